// SPDX-License-Identifier: MIT
#include "fleet/selector.h"

#include <stdio.h>
#include <string.h>

#include "fleet/object.h"

#include "base/banned.h"

bool selector_read(const char *text, struct selector *ret)
{
    ret->count = 0;
    if (snprintf(ret->text, sizeof ret->text, "%s", text) >= SELECTOR_TEXT_BYTES ||
        strpbrk(text, "() ") != NULL) {
        return false;
    }
    char *rest = ret->text;
    while (rest != NULL && rest[0] != '\0') {
        if (ret->count == SELECTOR_TERMS_MAX) {
            return false;
        }
        char *term = strsep(&rest, ",");
        char *sign = strchr(term, '=');
        bool negated = term[0] == '!';
        size_t value = SELECTOR_NO_VALUE;
        if (sign != NULL) {
            negated = sign > term && sign[-1] == '!';
            value = (size_t)(sign - ret->text) + (sign[1] == '=' ? 2 : 1);
            sign[negated ? -1 : 0] = '\0';
        } else if (negated) {
            term++;
        }
        ret->terms[ret->count].key = (size_t)(term - ret->text);
        ret->terms[ret->count].value = value;
        ret->terms[ret->count].negated = negated;
        ret->count++;
    }
    return true;
}

bool selector_matches(const struct selector *selector, const json_t *object)
{
    const json_t *labels = json_object_get(json_object_get(object, "metadata"), "labels");
    for (size_t i = 0; i < selector->count; i++) {
        size_t value = selector->terms[i].value;
        const char *label = object_string(labels, selector->text + selector->terms[i].key, NULL);
        bool fits = label != NULL &&
                    (value == SELECTOR_NO_VALUE || strcmp(label, selector->text + value) == 0);
        if (fits == selector->terms[i].negated) {
            return false;
        }
    }
    return true;
}
