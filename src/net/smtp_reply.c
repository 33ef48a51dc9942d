// SPDX-License-Identifier: MIT
#include "net/smtp_reply.h"

#include <string.h>

#include "base/utf8.h"

#include "base/banned.h"

// More than libcurl 7.88 hands out as one line.
enum { LINE_BYTES = 64 * 1024 };

void smtp_reply_init(struct smtp_reply *reply, const struct smtp_secret *secret)
{
    *reply = (struct smtp_reply){.secret = secret};
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
static void add_cut(struct smtp_reply *reply, const char *bytes, size_t len)
{
    size_t fits = utf8_cut(bytes, len, reply->text.max - reply->text.len);
    buf_add(&reply->text, bytes, fits);
    reply->cut = reply->cut || fits < len;
}

static void mask(const struct smtp_reply *reply, bool cut, struct buf *text)
{
    if (reply->secret != NULL) {
        smtp_secret_mask(reply->secret, cut, text);
    }
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
        reply->cut = false;
        buf_reset(&reply->text);
    }
    reply->code = code;
    reply->complete = len < 4 || line[3] != '-';
    AUTO(buf) clean;
    buf_init(&clean, (size_t)4 * LINE_BYTES);
    size_t rest = len > 4 ? len - 4 : 0;
    utf8_clean(&clean, len > 4 ? line + 4 : "", rest < LINE_BYTES ? rest : LINE_BYTES);
    mask(reply, false, &clean); // before the cut, which would leave a piece of it
    size_t skip = repeated_status(&reply->text, &clean);
    if (clean.len > skip) {
        add_cut(reply, " ", reply->text.len > 0 ? 1 : 0);
        add_cut(reply, clean.data + skip, clean.len - skip);
    }
    if (reply->complete) {
        mask(reply, reply->cut, &reply->text);
    }
    return reply->complete;
}
