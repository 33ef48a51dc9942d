// SPDX-License-Identifier: MIT
#include "report/digest_text.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include "base/banned.h"

enum { LIST_BYTES = 65536 };

static const char ellipsis[] = "...";

const char *digest_clean(struct arena *arena, const char *text, size_t max_bytes)
{
    if (text == NULL) {
        return "";
    }
    // Cleaning makes at most three bytes of one, so no more than this can matter.
    size_t len = strnlen(text, max_bytes + 1);
    AUTO(buf) clean;
    buf_init(&clean, len * 3 + 1);
    utf8_clean(&clean, text, text[len] == '\0' ? len : utf8_cut(text, len + 1, len));
    if (clean.len <= max_bytes && text[len] == '\0') {
        return arena_strndup(arena, clean.data, clean.len);
    }
    size_t cut = utf8_cut(clean.data, clean.len, max_bytes - (sizeof ellipsis - 1));
    buf_truncate(&clean, cut);
    buf_add_text(&clean, ellipsis);
    return arena_strdup(arena, clean.data);
}

const char *digest_object_name(struct arena *arena, const char *name)
{
    const char *clean = digest_clean(arena, name, DIGEST_NAME_BYTES);
    return *clean == '\0' ? "(no name)" : clean;
}

size_t digest_characters(const char *text)
{
    size_t characters = 0;
    for (; *text != '\0'; text++) {
        characters += ((unsigned char)*text & 0xC0) != 0x80 ? 1 : 0;
    }
    return characters;
}

static const char *skip_characters(const char *text, size_t characters)
{
    while (*text != '\0' && characters > 0) {
        text++;
        while (((unsigned char)*text & 0xC0) == 0x80) {
            text++;
        }
        characters--;
    }
    return text;
}

const char *digest_shorten(struct arena *arena, const char *text, size_t characters)
{
    if (digest_characters(text) <= characters) {
        return text;
    }
    size_t kept = characters > 3 ? characters - 3 : 0;
    size_t len = (size_t)(skip_characters(text, kept) - text);
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    return arena_format(arena, "%.*s%s", (int)len, text, ellipsis + (3 - (characters - kept)));
}

const char *digest_count(struct arena *arena, size_t count, const char *one, const char *many)
{
    return arena_format(arena, "%zu %s", count, count == 1 ? one : many);
}

const char *digest_ordinal(struct arena *arena, size_t number)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    bool is_teen = number / 10 % 10 == 1;
    size_t last = is_teen || number % 10 > 3 ? 0 : number % 10;
    return arena_format(arena, "%zu%s", number, endings[last]);
}

const char *digest_duration(struct arena *arena, int64_t seconds)
{
    char text[TIMESTAMP_TEXT_BYTES];
    timestamp_format_age(seconds, text);
    return arena_strdup(arena, text);
}

const char *digest_span(struct arena *arena, int64_t seconds)
{
    static const char *const nothing[] = {" 0 h", " 0 min"};
    const char *text = digest_duration(arena, seconds);
    size_t len = strlen(text);
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        size_t tail = strlen(nothing[i]);
        if (len > tail && strcmp(text + len - tail, nothing[i]) == 0) {
            return arena_strndup(arena, text, len - tail);
        }
    }
    return text;
}

const char *digest_capital(struct arena *arena, const char *text)
{
    char *made = arena_strdup(arena, text);
    made[0] = (char)toupper((unsigned char)made[0]);
    return made;
}

struct digest_figure digest_figure(struct arena *arena, size_t value,
                                   const struct digest_noun *noun, enum digest_state state)
{
    return (struct digest_figure){
        .value = arena_format(arena, "%zu", value),
        .label = value == 1 ? noun->one : noun->many,
        .state = state,
    };
}

const char *digest_list(struct arena *arena, const char *const *names, size_t count, size_t shown)
{
    AUTO(buf) list;
    buf_init(&list, LIST_BYTES);
    for (size_t i = 0; i < count && i < shown; i++) {
        buf_add_text(&list, i == 0 ? "" : ", ");
        buf_add_text(&list, names[i]);
    }
    if (shown < count) {
        buf_add_format(&list, "%s%zu more", shown == 0 ? "" : " and ", count - shown);
    }
    return arena_strdup(arena, list.data);
}

// "2026-04-02 10:00 UTC"
static void format_utc(int64_t instant, char ret[TIMESTAMP_TEXT_BYTES])
{
    static const char zone[] = " UTC";
    enum { DATE = 10, MINUTES = 16 };
    timestamp_format(instant, ret);
    if (strlen(ret) > MINUTES) {
        ret[DATE] = ' ';
        memcpy(ret + MINUTES, zone, sizeof zone);
    }
}

const char *digest_time(struct arena *arena, int64_t instant, bool local_time)
{
    enum { DATE = 10 };
    char utc[TIMESTAMP_TEXT_BYTES];
    char local[TIMESTAMP_TEXT_BYTES];
    if (instant == TIMESTAMP_NONE) {
        return "";
    }
    format_utc(instant, utc);
    timestamp_format_local(instant, local);
    if (!local_time || strcmp(utc, local) == 0 || strlen(utc) <= DATE) {
        return arena_strdup(arena, utc);
    }
    bool same_day = strncmp(utc, local, DATE) == 0;
    return arena_format(arena, "%s (%s)", local, same_day ? utc + DATE + 1 : utc);
}

const char *digest_time_and_age(struct arena *arena, int64_t instant, int64_t now, bool local_time)
{
    enum { CLOCKS_AGREE_SECONDS = 120 };
    if (instant == TIMESTAMP_NONE) {
        return "";
    }
    char age[TIMESTAMP_TEXT_BYTES];
    bool future = instant > now;
    timestamp_format_age(future ? instant - now : now - instant, age);
    const char *side = "ago";
    if (future && instant - now > CLOCKS_AGREE_SECONDS) {
        side = "in the future";
    } else if (future) {
        timestamp_format_age(0, age);
    }
    return arena_format(arena, "%s, %s %s", digest_time(arena, instant, local_time), age, side);
}

const char *digest_policy_name(struct arena *arena, const char *policy)
{
    const char *slash = policy == NULL ? NULL : strchr(policy, '/');
    return digest_clean(arena, slash == NULL ? policy : slash + 1, DIGEST_NAME_BYTES);
}

const char *digest_name(struct arena *arena, const struct digest_input *input, size_t cluster)
{
    const char *name = cluster < input->cluster_count ? input->clusters[cluster].name : NULL;
    return name == NULL || *name == '\0' ? arena_format(arena, "cluster-%zu", cluster + 1)
                                         : digest_clean(arena, name, DIGEST_NAME_BYTES);
}

const char *digest_label(struct arena *arena, const struct digest_input *input, size_t cluster)
{
    const char *label = cluster < input->cluster_count ? input->clusters[cluster].label : NULL;
    return label == NULL || *label == '\0' ? digest_name(arena, input, cluster)
                                           : digest_clean(arena, label, DIGEST_NAME_BYTES);
}
