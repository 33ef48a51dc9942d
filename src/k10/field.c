// SPDX-License-Identifier: MIT
#include "k10/field.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "codec/json.h"

#include "base/banned.h"

const char *field_text(struct arena *arena, const struct json *value)
{
    const char *text = json_text(value);
    if (text == NULL || *text == '\0') {
        return "";
    }
    AUTO(buf) line;
    buf_init(&line, 4096);
    utf8_clean(&line, text, utf8_cut(text, strlen(text), FIELD_BYTES));
    return arena_strndup(arena, line.data, line.len);
}

bool field_parse_time(const char *text, int64_t *ret)
{
    return timestamp_parse(text, ret) && *ret > 0;
}

int64_t field_time(const struct json *value)
{
    const char *text = json_text(value);
    int64_t instant;
    return text != NULL && field_parse_time(text, &instant) ? instant : TIMESTAMP_NONE;
}
