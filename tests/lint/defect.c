// SPDX-License-Identifier: MIT
// Frees twice. scripts/analyze requires each analyzer to say so before it believes one that is
// silent about src/.
#include <stdlib.h>

int defect(int size, int way);

int defect(int size, int way)
{
    char *text = malloc((size_t)size);
    if (text == NULL) {
        return 0;
    }
    if (way > 2) {
        free(text);
    }
    free(text);
    return 1;
}
