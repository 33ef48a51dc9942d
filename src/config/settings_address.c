// SPDX-License-Identifier: MIT
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "config/host.h"
#include "config/settings_read.h"

#include "base/banned.h"

// RFC 5321 section 4.5.3.1: local part, path (256 with its brackets), recipients of one message
// that every server takes.
enum { LOCAL_BYTES = 64, ADDRESS_BYTES = 254, RECIPIENTS = 100, NAME_BYTES = 200 };

struct slice {
    const char *at;
    size_t len;
};

static struct slice trim(struct slice slice)
{
    while (slice.len > 0 && slice.at[0] == ' ') {
        slice.at++;
        slice.len--;
    }
    while (slice.len > 0 && slice.at[slice.len - 1] == ' ') {
        slice.len--;
    }
    return slice;
}

// The characters of a dot-atom (RFC 5322 section 3.2.3). Quoted local parts and characters outside
// ASCII (RFC 6531) are not offered: too few servers take them.
static bool is_local_part(const char *text, size_t len)
{
    static const char atext[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "!#$%&'*+-/=?^_`{|}~.";
    return len > 0 && len <= LOCAL_BYTES && strspn(text, atext) >= len;
}

static const char *address_problem(const char *address)
{
    const char *at = strrchr(address, '@');
    if (*address == '\0') {
        return "has no address";
    }
    if (at == NULL) {
        return "has no @";
    }
    if (strpbrk(address, " <>\"") != NULL) {
        return "has a blank, bracket or quote in the address";
    }
    if (strlen(address) > ADDRESS_BYTES) {
        return "is longer than 254 bytes";
    }
    if (!is_local_part(address, (size_t)(at - address))) {
        return "has an unusual part before the @ (ASCII letters, digits and .!#$%&'*+-/=?^_`{|}~ "
               "are expected, 64 at most)";
    }
    return host_is_name(at + 1) ? NULL : "has no host name after the @";
}

// A display name: one quoted string, unquoted here, or plain words.
static const char *parse_display_name(struct arena *arena, struct slice text, const char **ret)
{
    bool quoted = text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"';
    char *name = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    size_t end = quoted ? text.len - 1 : text.len;
    for (size_t i = quoted ? 1 : 0; i < end; i++) {
        if (quoted && text.at[i] == '\\' && i + 1 < end) {
            i++;
        } else if (text.at[i] == '"') {
            return "has a quote inside the display name";
        }
        name[len++] = text.at[i];
    }
    if (len > NAME_BYTES) {
        return "has a display name longer than 200 bytes";
    }
    *ret = name;
    return NULL;
}

// "address", "<address>" or "name <address>"; NULL, or why it is none.
static const char *parse_address(struct arena *arena, struct slice text, struct mail_address *ret)
{
    const char *open = NULL;
    bool in_quotes = false;
    for (size_t i = 0; i < text.len && open == NULL; i++) {
        if (text.at[i] == '\\' && in_quotes) {
            i++;
        } else if (text.at[i] == '"') {
            in_quotes = !in_quotes;
        } else if (text.at[i] == '<' && !in_quotes) {
            open = text.at + i;
        }
    }
    struct mail_address address = {.name = ""};
    struct slice bare = text;
    if (open != NULL) {
        if (text.at[text.len - 1] != '>') {
            return "does not end at the bracket >";
        }
        size_t before = (size_t)(open - text.at);
        bare = trim((struct slice){open + 1, text.len - before - 2});
        struct slice name = trim((struct slice){text.at, before});
        const char *problem = parse_display_name(arena, name, &address.name);
        if (problem != NULL) {
            return problem;
        }
    }
    address.address = arena_strndup(arena, bare.at, bare.len);
    const char *problem = address_problem(address.address);
    if (problem == NULL) {
        *ret = address;
    }
    return problem;
}

// Up to the next comma or semicolon outside quotes and brackets.
static struct slice next_element(const char **at)
{
    const char *start = *at;
    bool in_quotes = false;
    bool in_brackets = false;
    const char *p = start;
    for (; *p != '\0'; p++) {
        if (*p == '\\' && in_quotes && p[1] != '\0') {
            p++;
        } else if (*p == '"') {
            in_quotes = !in_quotes;
        } else if (!in_quotes && (*p == '<' || *p == '>')) {
            in_brackets = *p == '<';
        } else if (!in_quotes && !in_brackets && (*p == ',' || *p == ';')) {
            break;
        }
    }
    *at = *p == '\0' ? p : p + 1;
    return trim((struct slice){start, (size_t)(p - start)});
}

// Local parts are case-sensitive by RFC 5321, host names are not.
static bool is_same_mailbox(const char *a, const char *b)
{
    const char *a_host = strrchr(a, '@');
    const char *b_host = strrchr(b, '@');
    return a_host - a == b_host - b && strncmp(a, b, (size_t)(a_host - a)) == 0 &&
           strcasecmp(a_host, b_host) == 0;
}

static bool is_listed(const struct mail_address_list *list, const char *address)
{
    for (size_t i = 0; i < list->count; i++) {
        if (is_same_mailbox(list->items[i].address, address)) {
            return true;
        }
    }
    return false;
}

static const char *text_problem(const struct settings_field *field)
{
    for (size_t i = 0; i < field->len;) {
        uint32_t point = 0;
        size_t count = utf8_decode(field->value + i, field->len - i, &point);
        if (count == 0 || utf8_is_unprintable(point)) {
            return "has a line break, a control or an invisible character";
        }
        i += count;
    }
    return NULL;
}

static bool reject_element(const struct settings_field *field, struct slice element,
                           const char *problem)
{
    struct settings_field part = *field;
    part.value = arena_strndup(field->arena, element.at, element.len);
    part.len = element.len;
    return settings_read_reject(&part, problem);
}

static bool read_elements(const struct settings_field *field, struct mail_address_list *list)
{
    bool valid = true;
    for (const char *at = field->value; *at != '\0';) {
        struct slice element = next_element(&at);
        struct mail_address address;
        if (element.len == 0) {
            continue;
        }
        const char *problem = parse_address(field->arena, element, &address);
        if (problem != NULL) {
            valid = reject_element(field, element, problem);
        } else if (is_listed(list, address.address)) {
            settings_report_warning(
                field->report, field->name, "names %s twice; it gets one mail",
                settings_report_quote(field->report, address.address, strlen(address.address)));
        } else if (list->count == RECIPIENTS) {
            return settings_read_reject(field, "has more than 100 addresses");
        } else {
            list->items[list->count++] = address;
        }
    }
    return valid;
}

bool settings_read_address_list(const struct settings_field *field, void *target)
{
    const char *problem = text_problem(field);
    if (problem != NULL) {
        return settings_read_reject(field, problem);
    }
    struct mail_address_list list = {
        .items = arena_alloc_array(field->arena, RECIPIENTS, sizeof(struct mail_address))};
    if (!read_elements(field, &list)) {
        return false;
    }
    if (list.count == 0) {
        return settings_read_reject(field, "has no address");
    }
    *(struct mail_address_list *)target = list;
    return true;
}

bool settings_read_address(const struct settings_field *field, void *target)
{
    struct mail_address address;
    const char *problem = text_problem(field);
    const char *at = field->value;
    if (problem == NULL) {
        struct slice element = next_element(&at);
        problem = *at != '\0' ? "has a comma or semicolon; a display name with one needs quotes"
                              : parse_address(field->arena, element, &address);
    }
    if (problem != NULL) {
        return settings_read_reject(field, problem);
    }
    *(struct mail_address *)target = address;
    return true;
}
