// SPDX-License-Identifier: MIT
// json_parse with its repair: nothing crashes, what is accepted can be read, written and parsed
// again to the same text, and its depth is bounded.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "codec/json.h"

enum { DEPTH_MAX = 500 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

struct walk {
    int depth;
};

static void walk_value(const struct json *value, int depth);

static bool walk_member(void *context, const char *key, const struct json *value)
{
    const struct walk *walk = context;
    require(utf8_is_valid(key, strlen(key)));
    walk_value(value, walk->depth);
    return true;
}

static void walk_value(const struct json *value, int depth)
{
    bool is_container = json_is_object(value) || json_is_array(value);
    require(!is_container || depth < DEPTH_MAX);
    const char *text = json_text(value);
    require(text == NULL || utf8_is_valid(text, strlen(text)));
    int64_t number;
    bool truth;
    require(!json_integer(value, &number) || !json_bool(value, &truth));
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_count(value); i++) {
            walk_value(json_at(value, i), depth + 1);
        }
    }
    struct walk walk = {depth + 1};
    json_each(value, walk_member, &walk);
}

static void check_rewrite(const struct json *value, size_t size)
{
    AUTO(buf) once;
    AUTO(buf) twice;
    buf_init(&once, 64 * size + 4096);
    buf_init(&twice, 64 * size + 4096);
    json_write(value, JSON_COMPACT, &once);
    require(!once.overflow);
    struct json *again = NULL;
    struct error error;
    require(json_parse(once.data, once.len, &again, &error));
    json_write(again, JSON_COMPACT, &twice);
    require(strcmp(once.data, twice.data) == 0);
    json_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1); // no NUL behind it
    require(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    struct json *value = NULL;
    struct error error = {.class = ERROR_NONE};
    bool ok = json_parse(copy, size, &value, &error);
    free(copy);
    require(ok ? value != NULL : value == NULL && error.class == ERROR_PROTOCOL);
    if (ok) {
        walk_value(value, 0);
        check_rewrite(value, size);
        json_free(value);
    }
    return 0;
}
