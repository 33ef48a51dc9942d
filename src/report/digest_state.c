// SPDX-License-Identifier: MIT
// How bad it is, in a word, a colour and a few figures.
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

static void count_row(struct digest_tally *tally, const struct plan_row *row)
{
    bool repeats = row->reason == PLAN_REMINDER;
    if (digest_row_is_invalid(row) && repeats) {
        tally->still_invalid++;
    } else if (digest_row_is_invalid(row)) {
        digest_invalid_add(&tally->invalid, row->finding->kind);
    } else {
        tally->still += repeats ? 1 : 0;
        tally->fresh += repeats ? 0 : 1;
        tally->followed += row->reason == PLAN_FOLLOWED ? 1 : 0;
        tally->id_only += row->reason == PLAN_ID_ONLY ? 1 : 0;
    }
}

struct digest_tally digest_count_plan(const struct plan *plan)
{
    struct digest_tally tally = {0};
    for (size_t i = 0; i < plan->row_count; i++) {
        count_row(&tally, &plan->rows[i]);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        bool well = plan->closings[i].reason == PLAN_RECOVERED;
        if (digest_closing_is_invalid(&plan->closings[i])) {
            tally.valid += well ? 1 : 0;
            tally.deleted += well ? 0 : 1;
        } else {
            tally.recovered += well ? 1 : 0;
            tally.ended += well ? 0 : 1;
        }
    }
    return tally;
}

bool digest_is_single(const struct plan *plan)
{
    bool threaded = plan->thread != NULL && *plan->thread != '\0';
    bool runs = true;
    for (size_t i = 0; i < plan->row_count; i++) {
        runs = runs && !digest_row_is_invalid(&plan->rows[i]);
    }
    return plan->row_count == 1 || (plan->row_count > 1 && threaded && runs);
}

struct state_words {
    enum digest_state state;
    const char *word;
    const char *machine_word;
};

static struct state_words words_of_rows(const struct plan *plan, const struct digest_tally *tally)
{
    size_t invalid = tally->invalid.count + tally->still_invalid;
    if (invalid == plan->row_count) {
        const char *word = tally->invalid.count == 0 ? "Still invalid" : "Invalid";
        return (struct state_words){DIGEST_FAILED, word, "invalid"};
    }
    if (invalid > 0) {
        const char *word = tally->fresh == 0 ? "Still failing" : "Failed";
        return (struct state_words){DIGEST_FAILED, word, "failed"};
    }
    if (tally->followed == plan->row_count) {
        return (struct state_words){DIGEST_WARNING, "Failed, since well", "failed"};
    }
    if (tally->still == plan->row_count) {
        return (struct state_words){DIGEST_FAILED, "Still failing", "failed"};
    }
    bool known = tally->followed + tally->id_only < plan->row_count;
    return (struct state_words){known ? DIGEST_FAILED : DIGEST_WARNING, "Failed", "failed"};
}

static struct state_words words_of_plan(const struct plan *plan, const struct digest_tally *tally)
{
    if (plan->row_count > 0) {
        return words_of_rows(plan, tally);
    }
    if (plan->unread_count > 0) {
        const char *word = plan->clusters_read == 0 ? "Nothing read" : "Not all read";
        return (struct state_words){DIGEST_WARNING, word, "unread"};
    }
    if (tally->recovered > 0) {
        return (struct state_words){DIGEST_OK, "Recovered", "recovered"};
    }
    if (tally->valid > 0) {
        return (struct state_words){DIGEST_OK, "Valid again", "recovered"};
    }
    if (plan->readable_count > 0) {
        return (struct state_words){DIGEST_OK, "Readable again", "recovered"};
    }
    if (tally->ended + tally->deleted > 0) {
        return (struct state_words){DIGEST_WARNING, "Ended", "ended"};
    }
    return (struct state_words){DIGEST_OK, "OK", "ok"};
}

// One part of the rows' title, in upper case where it begins it.
static void add_title(struct arena *arena, struct digest *ret, const char *first, const char *later,
                      size_t count)
{
    bool begins = *ret->rows_title == '\0';
    if (count > 0) {
        ret->rows_title = arena_format(arena, "%s%s%s: %zu", ret->rows_title, begins ? "" : ", ",
                                       begins ? first : later, count);
    }
}

static const char *rows_noun(const struct digest_tally *tally)
{
    size_t runs = tally->fresh + tally->still;
    bool invalid = tally->invalid.count + tally->still_invalid > 0;
    if (invalid) {
        return runs == 0 ? "invalid objects" : "rows";
    }
    return tally->still == 0   ? "failed runs"
           : tally->fresh == 0 ? "reminders"
                               : "failed runs and reminders";
}

static void name_rows(struct arena *arena, const struct digest_tally *tally, struct digest *ret)
{
    ret->rows_noun = rows_noun(tally);
    ret->rows_title = "";
    add_title(arena, ret, "Failed runs", "failed runs", tally->fresh);
    add_title(arena, ret, "Still failing", "still failing", tally->still);
    add_title(arena, ret, "Invalid", "invalid", tally->invalid.count);
    add_title(arena, ret, "Still invalid", "still invalid", tally->still_invalid);
}

static struct digest_figure figure(struct arena *arena, size_t value, const char *one,
                                   const char *many, enum digest_state state)
{
    return (struct digest_figure){arena_format(arena, "%zu", value), value == 1 ? one : many,
                                  state};
}

// Applications of the incidents that ended.
static size_t applications_well(const struct plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->closing_count; i++) {
        bool well = plan->closings[i].reason == PLAN_RECOVERED &&
                    !digest_closing_is_invalid(&plan->closings[i]);
        count += well ? plan->closings[i].app_count : 0;
    }
    return count;
}

static struct digest_figure longest(struct arena *arena, const struct plan *plan)
{
    size_t most = 0;
    for (size_t i = 0; i < plan->row_count; i++) {
        most = plan->rows[i].runs > most ? plan->rows[i].runs : most;
    }
    return figure(arena, most, "failed run in a row", "failed runs in a row", DIGEST_FAILED);
}

// What else the rows' figures can say: that something is well, or goes on, or how much failed.
static struct digest_figure third_figure(struct arena *arena, const struct plan *plan,
                                         const struct digest_tally *tally)
{
    size_t invalid = tally->invalid.count + tally->still_invalid;
    if (invalid > 0) {
        return figure(arena, invalid, "invalid object", "invalid objects", DIGEST_FAILED);
    }
    if (tally->recovered > 0) {
        return figure(arena, tally->recovered, "recovered", "recovered", DIGEST_OK);
    }
    if (tally->still > 0 && tally->fresh > 0) {
        return figure(arena, tally->still, "still failing", "still failing", DIGEST_FAILED);
    }
    if (tally->still > 0) {
        return longest(arena, plan);
    }
    return figure(arena, plan->failed_actions, "failed action", "failed actions",
                  plan->row_count > 0 ? DIGEST_FAILED : DIGEST_OK);
}

static struct digest_figure clusters_figure(struct arena *arena, const struct plan *plan)
{
    struct digest_figure clusters = {
        arena_format(arena, "%zu of %zu", plan->clusters_read, plan->cluster_count),
        "clusters read", plan->unread_count == 0 ? DIGEST_OK : DIGEST_WARNING};
    for (size_t i = 0; i < plan->unread_count; i++) {
        if (!plan->unread[i].whole_cluster) {
            clusters.label = plan->unread[i].in_part ? "clusters read, not all of each"
                                                     : "clusters read, not all kinds";
        }
    }
    return clusters;
}

// Of a mail whose rows are all invalid objects.
static void add_invalid_figures(struct arena *arena, const struct plan *plan, struct digest *ret)
{
    static const char *const one[] = {"invalid policy", "invalid policy preset", "invalid profile"};
    static const char *const many[] = {"invalid policies", "invalid policy presets",
                                       "invalid profiles"};
    struct digest_invalid all = {0};
    for (size_t i = 0; i < plan->row_count; i++) {
        digest_invalid_add(&all, plan->rows[i].finding->kind);
    }
    for (size_t i = 0; i < DIGEST_OBJECT_KINDS; i++) {
        ret->figures[i] = figure(arena, all.by_kind[i], one[i], many[i],
                                 all.by_kind[i] > 0 ? DIGEST_FAILED : DIGEST_OK);
    }
}

// Of a mail that says only that something is over.
static void add_good_figures(struct arena *arena, const struct plan *plan,
                             const struct digest_tally *tally, struct digest *ret)
{
    struct digest_figure *figures = ret->figures;
    if (tally->recovered + tally->ended == 0) {
        figures[0] = figure(arena, tally->valid, "valid again", "valid again", DIGEST_OK);
        figures[1] = figure(arena, 0, "failed run", "failed runs", DIGEST_OK);
        figures[2] = figure(arena, tally->deleted, "deleted while invalid", "deleted while invalid",
                            tally->deleted > 0 ? DIGEST_WARNING : DIGEST_OK);
        return;
    }
    figures[0] =
        figure(arena, tally->recovered + tally->valid, "recovered", "recovered", DIGEST_OK);
    figures[1] = figure(arena, applications_well(plan), "application well again",
                        "applications well again", DIGEST_OK);
    figures[2] = figure(arena, tally->ended + tally->deleted, "ended without a good run",
                        "ended without a good run",
                        tally->ended + tally->deleted > 0 ? DIGEST_WARNING : DIGEST_OK);
}

static void add_figures(struct arena *arena, const struct plan *plan,
                        const struct digest_tally *tally, struct digest *ret)
{
    struct digest_figure *figures = ret->figures;
    bool good_only = plan->row_count == 0 && plan->closing_count > 0;
    enum digest_state state = plan->row_count > 0 ? ret->state : DIGEST_OK;
    ret->figure_count = 4;
    figures[3] = clusters_figure(arena, plan);
    if (good_only) {
        add_good_figures(arena, plan, tally, ret);
        return;
    }
    if (plan->row_count > 0 && tally->fresh + tally->still == 0) {
        add_invalid_figures(arena, plan, ret);
        return;
    }
    bool reminders_only = tally->fresh == 0 && tally->still > 0;
    figures[0] = reminders_only
                     ? figure(arena, tally->still, "still failing", "still failing", state)
                     : figure(arena, tally->fresh, "failed run", "failed runs", state);
    figures[1] =
        figure(arena, ret->namespace_count, "application affected", "applications affected", state);
    figures[2] = third_figure(arena, plan, tally);
}

void digest_make_state(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    struct digest_tally tally = digest_count_plan(input->plan);
    struct state_words words = words_of_plan(input->plan, &tally);
    ret->state = words.state;
    ret->word = words.word;
    ret->state_word = words.machine_word;
    name_rows(arena, &tally, ret);
    add_figures(arena, input->plan, &tally, ret);
}
