// SPDX-License-Identifier: MIT
#include "codec/mail_header.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "codec/base64.h"

#include "base/banned.h"

enum {
    FOLD_COLUMNS = 76,          // RFC 2047 section 2, of lines with encoded words; RFC 5322: 78
    ENCODED_WORD_OCTETS = 75,   // the same section
    ENCODED_WORD_AROUND = 12,   // "=?UTF-8?Q?" and "?="
    ENCODED_WORD_USEFUL = 30,   // a shorter one is better begun on a new line
    PLAIN_WORD_CHARACTERS = 60, // a longer one is encoded, so that it can be folded
    ADDRESS_OCTETS = 254,       // RFC 5321 section 4.5.3.1.3, less the angle brackets
    LOCAL_PART_OCTETS = 64,
    MESSAGE_ID_OCTETS = 250,
    TOKEN_OCTETS = 900, // of a line's 998
};

// A field that is being written: how long its last line is.
struct field {
    struct buf *out;
    size_t column;
};

static struct field field_begin(struct buf *out, const char *name)
{
    buf_add_text(out, name);
    buf_add_char(out, ':');
    return (struct field){.out = out, .column = strlen(name) + 1};
}

static void field_add(struct field *field, const char *bytes, size_t len)
{
    buf_add(field->out, bytes, len);
    field->column += len;
}

static void field_fold(struct field *field)
{
    buf_add(field->out, "\r\n ", 3);
    field->column = 1;
}

// A blank, or a fold where len more octets would be too many.
static void field_separate(struct field *field, size_t len)
{
    if (field->column + 1 + len > FOLD_COLUMNS && field->column > 1) {
        field_fold(field);
    } else {
        field_add(field, " ", 1);
    }
}

static void field_end(struct field *field)
{
    buf_add(field->out, "\r\n", 2);
}

// Letters, digits and what RFC 2047 section 5 (3) allows as itself in any place.
static bool is_q_literal(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t q_octets(const char *bytes, size_t len)
{
    size_t octets = 0;
    for (size_t i = 0; i < len; i++) {
        octets += is_q_literal((unsigned char)bytes[i]) || bytes[i] == ' ' ? 1 : 3;
    }
    return octets;
}

static size_t b_octets(size_t len)
{
    return (len + 2) / 3 * 4;
}

// The longest beginning of bytes that holds whole characters and encodes to at most room octets;
// at least one character.
static size_t fitting(const char *bytes, size_t len, size_t room, bool base64)
{
    size_t fits = 0;
    while (fits < len) {
        uint32_t point;
        size_t step = utf8_decode(bytes + fits, len - fits, &point);
        size_t next = fits + (step == 0 ? 1 : step);
        size_t octets = base64 ? b_octets(next) : q_octets(bytes, next);
        if (octets > room && fits > 0) {
            break;
        }
        fits = next;
    }
    return fits;
}

static void add_encoded_word(struct field *field, const char *bytes, size_t len, bool base64)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t before = field->out->len;
    buf_add_text(field->out, base64 ? "=?UTF-8?B?" : "=?UTF-8?Q?");
    if (base64) {
        base64_encode(bytes, len, field->out);
    }
    for (size_t i = 0; i < len && !base64; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (is_q_literal(c)) {
            buf_add_char(field->out, bytes[i]);
        } else if (c == ' ') {
            buf_add_char(field->out, '_');
        } else {
            buf_add(field->out, (char[]){'=', digits[c >> 4], digits[c & 15]}, 3);
        }
    }
    buf_add_text(field->out, "?=");
    field->column += field->out->len - before;
}

// Bytes, blanks included, as encoded words: a reader joins them without what is between.
static void field_add_encoded(struct field *field, const char *bytes, size_t len)
{
    bool base64 = b_octets(len) < q_octets(bytes, len);
    while (len > 0) {
        field_separate(field, ENCODED_WORD_USEFUL);
        size_t room = FOLD_COLUMNS - field->column;
        room = room > ENCODED_WORD_OCTETS ? ENCODED_WORD_OCTETS : room;
        size_t part = fitting(bytes, len, room - ENCODED_WORD_AROUND, base64);
        add_encoded_word(field, bytes, part, base64);
        bytes += part;
        len -= part;
    }
}

static bool is_plain(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] < 0x20 || bytes[i] > 0x7E ||
            (bytes[i] == '=' && i + 1 < len && bytes[i + 1] == '?')) {
            return false;
        }
    }
    return true;
}

static bool is_plain_word(const char *bytes, size_t len)
{
    return len <= PLAIN_WORD_CHARACTERS && is_plain(bytes, len);
}

// The length of the longest run of words from bytes on that all are, or all are not, plain.
static size_t run_length(const char *bytes, size_t len, bool *ret_plain)
{
    size_t end = strcspn(bytes, " ");
    *ret_plain = is_plain_word(bytes, end);
    while (!*ret_plain && end < len) {
        size_t word = strcspn(bytes + end + 1, " ");
        if (is_plain_word(bytes + end + 1, word)) {
            break;
        }
        end += 1 + word;
    }
    return end;
}

static void add_text(struct field *field, const char *text, size_t len)
{
    while (len > 0) {
        bool plain;
        size_t part = run_length(text, len, &plain);
        if (plain) {
            field_separate(field, part);
            field_add(field, text, part);
        } else {
            field_add_encoded(field, text, part);
        }
        size_t step = part < len ? part + 1 : part;
        text += step;
        len -= step;
    }
}

static void clean(struct buf *out, const char *value)
{
    size_t len = strlen(value);
    buf_init(out, len * (sizeof UTF8_REPLACEMENT - 1) + 1);
    utf8_clean(out, value, len);
}

void mail_header_text(struct buf *out, const char *name, const char *value)
{
    AUTO(buf) text;
    clean(&text, value);
    struct field field = field_begin(out, name);
    add_text(&field, text.data, text.len);
    field_end(&field);
}

void mail_header_tokens(struct buf *out, const char *name, const char *value)
{
    AUTO(buf) text;
    clean(&text, value);
    struct field field = field_begin(out, name);
    for (const char *word = text.data; *word != '\0';) {
        size_t len = strcspn(word, " ");
        field_separate(&field, len);
        for (size_t i = 0; i < len && i < TOKEN_OCTETS; i++) {
            field_add(&field, word[i] > 0x20 && word[i] < 0x7F ? &word[i] : "?", 1);
        }
        word += len + strspn(word + len, " ");
    }
    field_end(&field);
}

static bool is_atext(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

// A phrase (RFC 5322 section 3.2.5): atoms, a quoted string, or encoded words.
static void add_phrase(struct field *field, const char *name, size_t len)
{
    bool atoms = true;
    for (size_t i = 0; i < len; i++) {
        atoms = atoms && (is_atext(name[i]) || name[i] == ' ');
    }
    if (len > PLAIN_WORD_CHARACTERS || !is_plain(name, len)) {
        field_add_encoded(field, name, len);
        return;
    }
    field_separate(field, len + 2);
    if (atoms) {
        field_add(field, name, len);
        return;
    }
    field_add(field, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '"' || name[i] == '\\') {
            field_add(field, "\\", 1);
        }
        field_add(field, &name[i], 1);
    }
    field_add(field, "\"", 1);
}

void mail_header_mailboxes(struct buf *out, const char *name,
                           const struct mail_header_mailbox *mailboxes, size_t count)
{
    struct field field = field_begin(out, name);
    for (size_t i = 0; i < count; i++) {
        AUTO(buf) phrase;
        clean(&phrase, mailboxes[i].name == NULL ? "" : mailboxes[i].name);
        bool safe = mail_header_address_is_safe(mailboxes[i].address);
        const char *address = safe ? mailboxes[i].address : "invalid@invalid";
        size_t len = strlen(address);
        if (phrase.len > 0) {
            add_phrase(&field, phrase.data, phrase.len);
        }
        field_separate(&field, len + 3);
        if (phrase.len > 0) {
            field_add(&field, "<", 1);
        }
        field_add(&field, address, len);
        if (phrase.len > 0) {
            field_add(&field, ">", 1);
        }
        if (i + 1 < count) {
            field_add(&field, ",", 1);
        }
    }
    field_end(&field);
}

static bool is_dot_atom(const char *text, size_t len)
{
    bool atom = false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.' ? !atom : !is_atext(text[i])) {
            return false;
        }
        atom = text[i] != '.';
    }
    return atom;
}

// "[192.0.2.1]" or "[IPv6:2001:db8::1]".
static bool is_address_literal(const char *text, size_t len)
{
    static const char allowed[] = "0123456789ABCDEFabcdefIPv.:";
    return len > 2 && text[0] == '[' && strspn(text + 1, allowed) == len - 2 &&
           text[len - 1] == ']';
}

bool mail_header_address_is_safe(const char *address)
{
    const char *at = strrchr(address, '@');
    size_t len = strlen(address);
    if (at == NULL || len > ADDRESS_OCTETS || at - address > LOCAL_PART_OCTETS) {
        return false;
    }
    size_t domain = strlen(at + 1);
    return is_dot_atom(address, (size_t)(at - address)) &&
           (is_dot_atom(at + 1, domain) || is_address_literal(at + 1, domain));
}

bool mail_header_message_id_is_safe(const char *message_id)
{
    size_t len = strlen(message_id);
    const char *at = strchr(message_id, '@');
    if (len > MESSAGE_ID_OCTETS || len < 5 || message_id[0] != '<' || message_id[len - 1] != '>' ||
        at == NULL) {
        return false;
    }
    const char *end = message_id + len - 1;
    return is_dot_atom(message_id + 1, (size_t)(at - message_id - 1)) &&
           (is_dot_atom(at + 1, (size_t)(end - at - 1)) ||
            is_address_literal(at + 1, (size_t)(end - at - 1)));
}

const char *mail_header_domain(const char *address)
{
    return mail_header_address_is_safe(address) ? strrchr(address, '@') + 1 : "localhost";
}
