// SPDX-License-Identifier: MIT
#include "app/log_sink.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "codec/json.h"

#include "base/banned.h"

enum { LINE_BYTES = 16 * 1024, VALUE_BYTES = 2048 };

// A value as it is when it is one plain word, else in quotes with '"' and '\' escaped.
static void add_value(struct buf *line, const char *value)
{
    AUTO(buf) clean;
    buf_init(&clean, (size_t)VALUE_BYTES * 4);
    utf8_clean(&clean, value, utf8_cut(value, strlen(value), VALUE_BYTES));
    if (clean.len > 0 && strpbrk(clean.data, " \"=\\") == NULL) {
        buf_add(line, clean.data, clean.len);
        return;
    }
    buf_add_char(line, '"');
    for (const char *c = clean.data; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            buf_add_char(line, '\\');
        }
        buf_add_char(line, *c);
    }
    buf_add_char(line, '"');
}

static void add_text_line(struct buf *line, bool colour, const char *time_text,
                          enum log_level level, const char *message, const struct log_field *fields)
{
    static const char *const words[] = {"ERROR", "WARN ", "INFO ", "DEBUG"};
    static const char *const colours[] = {"\033[1;31m", "\033[33m", "\033[32m", "\033[2m"};
    const char *end = colour ? "\033[0m" : "";
    buf_add_format(line, "%s%s%s %s%s%s ", colour ? "\033[2m" : "", time_text, end,
                   colour ? colours[level] : "", words[level], end);
    utf8_clean(line, message, strlen(message));
    for (; fields->key != NULL; fields++) {
        if (fields->value != NULL) {
            buf_add_format(line, " %s%s=%s", colour ? "\033[2m" : "", fields->key, end);
            add_value(line, fields->value);
        }
    }
}

static void add_json_line(struct buf *line, const char *time_text, enum log_level level,
                          const char *message, const struct log_field *fields)
{
    AUTO_PTR(json) object = json_new_object();
    json_set_text(object, "time", time_text);
    json_set_text(object, "level", log_level_name(level));
    json_set_text(object, "message", message);
    for (; fields->key != NULL; fields++) {
        if (fields->value != NULL) {
            json_set_text(object, fields->key, fields->value);
        }
    }
    json_write(object, JSON_COMPACT, line);
}

static void write_line(struct log *log, enum log_level level, const char *message,
                       const struct log_field *fields)
{
    struct log_sink *sink = (struct log_sink *)(void *)log;
    char time_text[TIMESTAMP_TEXT_BYTES];
    AUTO(buf) line;
    buf_init(&line, LINE_BYTES);
    timestamp_format((int64_t)time(NULL), time_text);
    if (sink->style == LOG_SINK_JSON) {
        add_json_line(&line, time_text, level, message, fields);
    } else {
        add_text_line(&line, sink->style == LOG_SINK_COLOUR, time_text, level, message, fields);
    }
    (void)fprintf(sink->stream, "%s\n", line.data);
    (void)fflush(sink->stream);
}

void log_sink_init(struct log_sink *sink, FILE *stream, enum log_sink_style style,
                   enum log_level level)
{
    *sink = (struct log_sink){{write_line, level}, stream, style};
}

static bool is_set(const char *key)
{
    const char *value = getenv(key);
    return value != NULL && *value != '\0';
}

bool log_sink_wants_colour(FILE *stream)
{
    if (is_set("FORCE_COLOR")) {
        return true;
    }
    const char *term = getenv("TERM");
    return !is_set("NO_COLOR") && isatty(fileno(stream)) == 1 && term != NULL &&
           strcmp(term, "dumb") != 0;
}
