// SPDX-License-Identifier: MIT
#include "core/cause_fingerprint.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/ascii.h"
#include "base/map.h"

#include "base/banned.h"

static bool is_hex(char c)
{
    return ascii_is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
}

struct part {
    const char *text;
    size_t len;
    size_t digits;
    bool all_hex;
    bool has_small;
    bool has_capital;
};

static struct part read_part(const char *text)
{
    struct part part = {.text = text, .all_hex = true};
    while (ascii_is_alnum(text[part.len])) {
        char c = text[part.len++];
        part.digits += ascii_is_digit(c);
        part.all_hex = part.all_hex && is_hex(c);
        part.has_small |= c >= 'a' && c <= 'z';
        part.has_capital |= c >= 'A' && c <= 'Z';
    }
    return part;
}

// Hex of a length nobody writes by hand, request ids of object stores, pointers.
static bool is_identifier(const struct part *part)
{
    if (part->digits == 0) {
        return false;
    }
    bool is_utc = part->digits + 1 == part->len && part->text[part->len - 1] == 'Z';
    return part->digits == part->len || is_utc || (part->all_hex && part->len >= 4) ||
           (part->len >= 12 && part->digits >= 2 && (part->has_capital || part->digits >= 4)) ||
           (part->len > 2 && part->text[0] == '0' && ascii_lower(part->text[1]) == 'x');
}

// "web-7d4b9c6f5d-xk2lp": the hash of a ReplicaSet and the suffix of a generated name; the names
// of runs end in ten such characters.
static bool is_generated(const struct part *part, char before)
{
    // The alphabet of Kubernetes' generated names: no vowels, no 0, 1 and 3.
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    bool is_suffix_length = part->len == 5 || (part->len >= 8 && part->len <= 10);
    return before == '-' && is_suffix_length && part->has_small && !part->has_capital &&
           strspn(part->text, alphabet) >= part->len;
}

// A group of hex digits after the number before it, in an IPv6 address: "fd00:10:96::a".
static bool is_address_group(const struct part *part, const struct buf *out)
{
    size_t len = out->len;
    return part->all_hex && part->len <= 4 && len >= 2 && out->data[len - 1] == ':' &&
           (out->data[len - 2] == '#' || out->data[len - 2] == ':');
}

// "#.#", "#:#", "#-#", "#t#", "[#]:#" are one address, time or version.
static void add_number(struct buf *out)
{
    size_t len = out->len;
    while (len > 0 && strchr(".:-+/tzhms[]_x", out->data[len - 1]) != NULL) {
        len--;
    }
    bool joins = len > 0 && out->data[len - 1] == '#' && out->len - len <= 3;
    buf_truncate(out, joins ? len : out->len);
    if (!joins) {
        buf_add_char(out, '#');
    }
}

static void add_lower(struct buf *out, const char *text, size_t len)
{
    size_t from = out->len;
    buf_add(out, text, len);
    for (size_t i = from; i < out->len; i++) {
        out->data[i] = ascii_lower(out->data[i]);
    }
}

// Letters with digits in them ("s3", "pvc12"): digits alone are replaced.
static void add_mixed(struct buf *out, const struct part *part)
{
    if (part->digits == 0) {
        add_lower(out, part->text, part->len);
        return;
    }
    for (size_t i = 0; i < part->len; i++) {
        if (ascii_is_digit(part->text[i])) {
            add_number(out);
        } else {
            buf_add_char(out, ascii_lower(part->text[i]));
        }
    }
}

// The length of a word of letters alone that cannot be part of a name or an address.
static size_t plain_word(const char *text, char before)
{
    size_t len = 0;
    while ((unsigned char)((text[len] | 0x20) - 'a') < 26) {
        len++;
    }
    return before == '-' || before == ':' || ascii_is_digit(text[len]) ? 0 : len;
}

// The length of a word that announces an identifier of one request, whatever that looks like: S3's
// HostID is base64, Azure's RequestId a UUID.
static size_t id_word(const char *text, char before)
{
    static const char *const words[] = {
        "requestid",   "request id",   "request-id",     "request_id",     "hostid",
        "host id",     "x-amz-id-2",   "traceid",        "trace id",       "trace-id",
        "activityid",  "activity id",  "correlationid",  "correlation id", "correlation-id",
        "operationid", "operation id", "transaction id",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0] && !ascii_is_alnum(before); i++) {
        size_t len = strlen(words[i]);
        size_t same = 0;
        while (same < len && ascii_lower(text[same]) == words[i][same]) {
            same++;
        }
        if (same == len && text[len] != '\0' && strchr(":=", text[len]) != NULL) {
            return len;
        }
    }
    return 0;
}

// Adds the word and one number for what follows it. Returns how much of the text that was.
static size_t add_announced(struct buf *out, const char *text, size_t word)
{
    size_t value = word + strspn(text + word, ":= \"'");
    size_t len = strcspn(text + value, " ,;\"')]}<");
    add_lower(out, text, word);
    buf_add_text(out, len > 0 ? ": #" : "");
    return value + len;
}

void cause_fingerprint_normalise(struct buf *out, const char *text)
{
    for (size_t i = 0; text[i] != '\0';) {
        size_t gap = i;
        while (text[gap] != '\0' && !ascii_is_alnum(text[gap])) {
            gap++;
        }
        buf_add(out, text + i, gap - i);
        i = gap;
        char before = i > 0 ? text[i - 1] : '\0';
        size_t announced = id_word(text + i, before);
        if (announced > 0) {
            i += add_announced(out, text + i, announced);
            continue;
        }
        size_t plain = plain_word(text + i, before);
        if (plain > 0) {
            add_lower(out, text + i, plain);
            i += plain;
            continue;
        }
        struct part part = read_part(text + i);
        if (is_identifier(&part) || is_generated(&part, before) || is_address_group(&part, out)) {
            add_number(out);
        } else {
            add_mixed(out, &part);
        }
        i += part.len;
    }
}

uint64_t cause_fingerprint(const char *text)
{
    AUTO(buf) normal;
    buf_init(&normal, 4 * strlen(text) + 16);
    cause_fingerprint_normalise(&normal, text);
    return map_hash(normal.data, normal.len);
}
