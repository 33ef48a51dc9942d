// SPDX-License-Identifier: MIT
#include "notify/email_message.h"

#include <inttypes.h>
#include <string.h>

#include "base/map.h"
#include "codec/quoted_printable.h"
#include "report/csv.h"
#include "report/html.h"
#include "report/text.h"

#include "base/banned.h"

enum {
    PART_BYTES = 8 * 1024 * 1024, // what the buffers may grow to
    TEXT_BYTES = 200 * 1000,      // of the text part
    CSV_BYTES = 3 * 1024 * 1024,  // of the attachment before encoding
    CSV_ENCODED_BYTES = 4 * 1024 * 1024,
};

void email_parts_render(struct email_parts *parts, const struct digest *digest)
{
    buf_init(&parts->text, PART_BYTES);
    buf_init(&parts->html, PART_BYTES);
    buf_init(&parts->csv, PART_BYTES);
    struct rendered text = text_render(&parts->text, digest, TEXT_BYTES);
    struct rendered html = html_render(&parts->html, digest, HTML_MAIL_BYTES);
    if (!text.complete || !html.complete) {
        (void)csv_render(&parts->csv, digest, CSV_BYTES);
    }
}

void email_parts_finish(struct email_parts *parts)
{
    buf_finish(&parts->text);
    buf_finish(&parts->html);
    buf_finish(&parts->csv);
}

// The characters "=_" never stand in quoted-printable, so that no part can hold a boundary.
static void add_boundary(struct buf *out, const char *message_id, char kind)
{
    buf_add_format(out, "=_%c-%016" PRIx64, kind, map_hash(message_id, strlen(message_id)));
}

static void add_delimiter(struct buf *out, const char *message_id, char kind)
{
    buf_add_text(out, "--");
    add_boundary(out, message_id, kind);
    buf_add_text(out, "\r\n");
}

static void add_close(struct buf *out, const char *message_id, char kind)
{
    buf_add_text(out, "--");
    add_boundary(out, message_id, kind);
    buf_add_text(out, "--\r\n");
}

static void add_multipart(struct buf *out, const char *subtype, const char *message_id, char kind)
{
    buf_add_format(out, "Content-Type: multipart/%s;\r\n boundary=\"", subtype);
    add_boundary(out, message_id, kind);
    buf_add_text(out, "\"\r\n\r\n");
}

static void add_entity(struct buf *out, const char *type, const struct buf *content)
{
    buf_add_format(out, "Content-Type: %s\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
                   type);
    quoted_printable_encode(out, content->data, content->len);
    buf_add_text(out, "\r\n"); // belongs to the delimiter that follows (RFC 2046 section 5.1.1)
}

static void add_alternative(struct buf *out, const struct email_parts *parts,
                            const char *message_id)
{
    add_multipart(out, "alternative", message_id, 'a');
    add_delimiter(out, message_id, 'a');
    add_entity(out, "text/plain; charset=utf-8", &parts->text);
    add_delimiter(out, message_id, 'a');
    add_entity(out, "text/html; charset=utf-8", &parts->html);
    add_close(out, message_id, 'a');
}

// The attachment, cut at a line's end where its encoding (up to three octets for one) is too long.
static void add_csv(struct buf *out, const struct buf *csv)
{
    AUTO(buf) encoded;
    buf_init(&encoded, CSV_ENCODED_BYTES);
    size_t len = csv->len;
    quoted_printable_encode(&encoded, csv->data, len);
    while (encoded.overflow) {
        len /= 2;
        while (len > 0 && csv->data[len - 1] != '\n') {
            len--;
        }
        buf_reset(&encoded);
        quoted_printable_encode(&encoded, csv->data, len);
        buf_add_text(&encoded, "and more that has no room here\r\n");
    }
    buf_add_text(out, "Content-Type: text/csv; charset=utf-8; header=present;\r\n"
                      " name=\"kasten-failures.csv\"\r\n"
                      "Content-Disposition: attachment; filename=\"kasten-failures.csv\"\r\n"
                      "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    buf_add(out, encoded.data, encoded.len);
    buf_add_text(out, "\r\n");
}

void email_body_write(struct buf *out, const struct email_parts *parts, const char *message_id)
{
    if (parts->csv.len == 0) {
        add_alternative(out, parts, message_id);
        return;
    }
    add_multipart(out, "mixed", message_id, 'm');
    add_delimiter(out, message_id, 'm');
    add_alternative(out, parts, message_id);
    add_delimiter(out, message_id, 'm');
    add_csv(out, &parts->csv);
    add_close(out, message_id, 'm');
}
