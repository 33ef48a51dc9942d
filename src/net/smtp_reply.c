// SPDX-License-Identifier: MIT
#include "net/smtp_reply.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

#include "base/banned.h"

enum { MIN_SECRET_BYTES = 4 };

void smtp_reply_init(struct smtp_reply *reply)
{
    *reply = (struct smtp_reply){.code = 0};
    buf_init(&reply->text, SMTP_REPLY_BYTES);
}

void smtp_reply_finish(struct smtp_reply *reply)
{
    buf_finish(&reply->text);
    reply->code = 0;
    reply->complete = false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int read_code(const char *line, size_t len)
{
    bool fits = len >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) &&
                is_digit(line[2]) && (len == 3 || strchr(" -\r\n", line[3]) != NULL);
    return fits ? (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0') : 0;
}

// Appends at most as much as there is room for, cut between characters.
static void add_cut(struct buf *out, const char *bytes, size_t len)
{
    buf_add(out, bytes, utf8_cut(bytes, len, out->max - out->len));
}

// The enhanced status code ("5.7.1") stands on every line of a reply; once is enough.
static size_t repeated_status(const struct buf *so_far, const struct buf *line)
{
    size_t len = strcspn(line->data, " ");
    bool status = len >= 5 && is_digit(line->data[0]) && line->data[1] == '.' &&
                  strspn(line->data, "0123456789.") == len;
    bool repeated = status && so_far->len > len && strncmp(so_far->data, line->data, len) == 0 &&
                    so_far->data[len] == ' ';
    return repeated ? len + (line->data[len] == ' ' ? 1 : 0) : 0;
}

bool smtp_reply_add_line(struct smtp_reply *reply, const char *line, size_t len)
{
    int code = read_code(line, len);
    if (code == 0) {
        return false;
    }
    if (reply->complete) {
        reply->complete = false;
        buf_reset(&reply->text);
    }
    reply->code = code;
    reply->complete = len < 4 || line[3] != '-';
    AUTO(buf) clean;
    buf_init(&clean, (size_t)4 * SMTP_REPLY_BYTES);
    size_t rest = len > 4 ? len - 4 : 0;
    utf8_clean(&clean, len > 4 ? line + 4 : "", rest < SMTP_REPLY_BYTES ? rest : SMTP_REPLY_BYTES);
    size_t skip = repeated_status(&reply->text, &clean);
    if (clean.len > skip) {
        add_cut(&reply->text, " ", reply->text.len > 0 ? 1 : 0);
        add_cut(&reply->text, clean.data + skip, clean.len - skip);
    }
    return reply->complete;
}

void smtp_reply_mask(struct smtp_reply *reply, const char *secret)
{
    size_t secret_len = strlen(secret);
    if (secret_len < MIN_SECRET_BYTES || strstr(reply->text.data, secret) == NULL) {
        return;
    }
    struct buf masked;
    buf_init(&masked, SMTP_REPLY_BYTES);
    const char *at = reply->text.data;
    for (const char *found; (found = strstr(at, secret)) != NULL; at = found + secret_len) {
        add_cut(&masked, at, (size_t)(found - at));
        add_cut(&masked, "***", 3);
    }
    add_cut(&masked, at, strlen(at));
    buf_finish(&reply->text);
    reply->text = masked;
}
