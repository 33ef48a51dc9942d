// SPDX-License-Identifier: MIT
// How bad it is, in a word and a colour; what the rows are.
#include "base/arena.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

// Worst of all rows.
static enum digest_state worst(const struct plan *plan, int64_t now)
{
    enum digest_state state = DIGEST_OK;
    for (size_t i = 0; i < plan->row_count; i++) {
        enum digest_state own = digest_row_state(&plan->rows[i], now);
        state = own > state ? own : state;
    }
    return state;
}

static void say_rows(struct arena *arena, const struct digest_input *input,
                     const struct digest_tally *tally, struct digest *ret)
{
    const struct digest_counts *counts = &tally->of[tally->top];
    const struct digest_class *class = digest_class_of(tally->top);
    bool well = counts->followed == input->plan->row_count;
    const char *word = digest_capital(arena, counts->fresh == 0 ? class->still : class->label);
    ret->state = worst(input->plan, input->now);
    ret->word = well ? arena_format(arena, "%s, since well", word) : word;
    ret->state_word = alert_class_word(tally->top);
}

// The class whose closings are the only good news; the failures' among several.
static const struct digest_class *class_that_is_well(const struct digest_tally *tally)
{
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        enum alert_class class = digest_class_order[i];
        if (tally->of[class].well == tally->well) {
            return digest_class_of(class);
        }
    }
    return digest_class_of(ALERT_FAILED);
}

static void say(enum digest_state state, const char *word, const char *state_word,
                struct digest *ret)
{
    ret->state = state;
    ret->word = word;
    ret->state_word = state_word;
}

static void say_state(struct arena *arena, const struct digest_input *input,
                      const struct digest_tally *tally, struct digest *ret)
{
    const struct plan *plan = input->plan;
    if (plan->row_count > 0) {
        say_rows(arena, input, tally, ret);
    } else if (plan->unread_count > 0) {
        say(DIGEST_WARNING, plan->clusters_read == 0 ? "Nothing read" : "Not all read", "unread",
            ret);
    } else if (tally->well > 0) {
        say(DIGEST_OK, digest_capital(arena, class_that_is_well(tally)->well), "recovered", ret);
    } else if (plan->readable_count > 0) {
        say(DIGEST_OK, "Readable again", "recovered", ret);
    } else if (tally->gone > 0) {
        say(DIGEST_WARNING, "Ended", "ended", ret);
    } else {
        say(DIGEST_OK, "OK", "ok", ret);
    }
}

// One part of the rows' title, in upper case where it begins it.
static void add_title(struct arena *arena, struct digest *ret, const char *title, size_t count)
{
    bool begins = *ret->rows_title == '\0';
    if (count > 0) {
        ret->rows_title = arena_format(arena, "%s%s%s: %zu", ret->rows_title, begins ? "" : ", ",
                                       begins ? digest_capital(arena, title) : title, count);
    }
}

// "failed runs", "reminders", "failed runs and reminders"; "rows" of several classes or nouns.
static const char *rows_noun(struct arena *arena, const struct digest_tally *tally)
{
    const struct digest_counts *counts = &tally->of[tally->top];
    size_t noun = 0;
    while (noun + 1 < DIGEST_NOUNS && counts->all_of[noun] == 0) {
        noun++;
    }
    if (tally->classes != 1 || counts->all_of[noun] < counts->fresh + counts->still) {
        return "rows";
    }
    const char *many = digest_class_of(tally->top)->nouns[noun].many;
    return counts->still == 0   ? many
           : counts->fresh == 0 ? "reminders"
                                : arena_format(arena, "%s and reminders", many);
}

void digest_make_state(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    struct digest_tally tally = digest_count_plan(input->plan);
    say_state(arena, input, &tally, ret);
    ret->rows_noun = rows_noun(arena, &tally);
    ret->rows_title = "";
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        const struct digest_counts *counts = &tally.of[digest_class_order[i]];
        const struct digest_class *class = digest_class_of(digest_class_order[i]);
        add_title(arena, ret, class->title, counts->fresh);
        add_title(arena, ret, class->still, counts->still);
    }
}
