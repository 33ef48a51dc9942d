// SPDX-License-Identifier: MIT
#include "core/cause_place.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "core/cause.h"
#include "core/cause_mask_text.h"

#include "base/banned.h"

enum { SHOWN_PLACES = 5, WHERE_BYTES = 400 };

static struct cause_place_part *find_kind(struct cause_place *place, const char *part,
                                          size_t kind_len)
{
    for (size_t i = 0; i < place->count; i++) {
        struct cause_place_part *known = &place->parts[i];
        if (known->kind_len == kind_len && memcmp(known->text, part, kind_len) == 0) {
            return known;
        }
    }
    return NULL;
}

// A plain name cannot hold a secret that masking would find.
static bool is_plain_name(const char *text, size_t len)
{
    enum { PLAIN_BYTES = 80 };
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.' &&
            c != ' ') {
            return false;
        }
    }
    return len <= PLAIN_BYTES;
}

static void add_part(struct arena *arena, struct cause_place *place, const char *part, size_t len)
{
    const char *blank = memchr(part, ' ', len);
    size_t kind_len = blank != NULL ? (size_t)(blank - part) : len;
    struct cause_place_part *slot = find_kind(place, part, kind_len);
    if (slot == NULL) {
        if (place->count == CAUSE_PLACE_MAX_PARTS) {
            return;
        }
        slot = &place->parts[place->count++];
    }
    slot->text = arena_strndup(arena, part, len);
    if (!is_plain_name(part, len)) {
        slot->text = cause_mask_text(arena, slot->text);
    }
    slot->kind_len = kind_len;
}

void cause_place_add(struct arena *arena, struct cause_place *place, const char *where)
{
    while (where != NULL && *where != '\0') {
        const char *comma = strstr(where, ", ");
        size_t len = comma != NULL ? (size_t)(comma - where) : strlen(where);
        if (len > 0) {
            add_part(arena, place, where, len);
        }
        where = comma != NULL ? comma + 2 : NULL;
    }
}

const char *cause_place_text(struct arena *arena, const struct cause_place *place)
{
    AUTO(buf) text;
    buf_init(&text, WHERE_BYTES);
    for (size_t i = 0; i < place->count; i++) {
        const struct cause_place_part *part = &place->parts[i];
        bool is_source = part->kind_len == 6 && memcmp(part->text, "source", 6) == 0;
        if (is_source && place->count > 1) {
            continue;
        }
        if (text.len > 0) {
            buf_add_text(&text, ", ");
        }
        buf_add_text(&text, part->text);
    }
    return arena_strndup(arena, text.data, text.len);
}

static bool has_place(const struct cause *cause, const char *place)
{
    for (size_t i = 0; i < cause->place_count; i++) {
        if (strcmp(cause->places[i], place) == 0) {
            return true;
        }
    }
    return false;
}

// True for places of one part that all have the kind ("namespace a", "namespace b").
static bool share_kind(const struct cause *cause, size_t *ret_kind_len)
{
    const char *first = cause->places[0];
    const char *blank = strchr(first, ' ');
    if (blank == NULL) {
        return false;
    }
    size_t len = (size_t)(blank - first) + 1;
    for (size_t i = 0; i < cause->place_count; i++) {
        if (strncmp(cause->places[i], first, len) != 0 || strstr(cause->places[i], ", ") != NULL) {
            return false;
        }
    }
    *ret_kind_len = len;
    return true;
}

static const char *write_where(struct arena *arena, const struct cause *cause)
{
    if (cause->place_count == 0) {
        return "";
    }
    if (cause->place_count == 1) {
        return cause->places[0];
    }
    AUTO(buf) text;
    buf_init(&text, SHOWN_PLACES * (size_t)WHERE_BYTES);
    size_t kind_len = 0;
    bool is_shared = share_kind(cause, &kind_len);
    if (is_shared) {
        buf_add(&text, cause->places[0], kind_len - 1);
        buf_add_text(&text, "s ");
    }
    size_t shown = cause->place_count <= SHOWN_PLACES ? cause->place_count : SHOWN_PLACES - 1;
    for (size_t i = 0; i < shown; i++) {
        const char *separator = is_shared ? ", " : "; ";
        buf_add_format(&text, "%s%s", i > 0 ? separator : "", cause->places[i] + kind_len);
    }
    if (shown < cause->place_count) {
        buf_add_format(&text, " and %zu more", cause->place_count - shown);
    }
    return arena_strndup(arena, text.data, text.len);
}

void cause_place_merge(struct arena *arena, struct cause *cause, const char *const *from,
                       size_t count)
{
    const char **places = arena_alloc_array(arena, cause->place_count + count, sizeof *places);
    if (cause->place_count > 0) {
        memcpy(places, cause->places, cause->place_count * sizeof *places);
    }
    cause->places = places;
    for (size_t i = 0; i < count && cause->place_count < CAUSE_PLACE_MAX_PLACES; i++) {
        if (*from[i] != '\0' && !has_place(cause, from[i])) {
            places[cause->place_count++] = arena_strdup(arena, from[i]);
        }
    }
    cause->where = write_where(arena, cause);
}
