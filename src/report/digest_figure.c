// SPDX-License-Identifier: MIT
// The summary strip: at most three figures about what was found, and how much of the fleet was
// read.
#include "base/arena.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

// The strip while it is made; what finds no room is left out.
struct strip {
    struct arena *arena;
    const struct digest_input *input;
    struct digest *digest;
    struct digest_tally tally;
};

enum { BEFORE_CLUSTERS = 3 };

static const struct digest_noun affected = {"application affected", "applications affected"};
static const struct digest_noun recovered = {"recovered", "recovered"};

static void put(struct strip *strip, struct digest_figure figure)
{
    struct digest *digest = strip->digest;
    if (figure.value != NULL && digest->figure_count < BEFORE_CLUSTERS) {
        digest->figures[digest->figure_count++] = figure;
    }
}

static void add(struct strip *strip, size_t value, const struct digest_noun *noun,
                enum digest_state state)
{
    put(strip, digest_figure(strip->arena, value, noun, state));
}

static struct digest_noun unchanging(const char *text)
{
    return (struct digest_noun){text, text};
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

// The rows of a class in one figure.
static void add_class(struct strip *strip, enum alert_class which, enum digest_state state)
{
    const struct digest_counts *counts = &strip->tally.of[which];
    const struct digest_class *class = digest_class_of(which);
    struct digest_noun still = unchanging(class->still);
    bool all = which != ALERT_FAILED; // further failures of the same are counted apart
    if (counts->fresh == 0 && counts->still > 0) {
        add(strip, counts->still, &still, state);
    } else {
        add(strip, counts->fresh + (all ? counts->still : 0), &class->all, state);
    }
}

// Of one class that counts several things apart: each.
static void add_nouns(struct strip *strip, enum alert_class which)
{
    const struct digest_counts *counts = &strip->tally.of[which];
    const struct digest_class *class = digest_class_of(which);
    for (size_t i = 0; i < DIGEST_NOUNS && class->nouns[i].one != NULL; i++) {
        add(strip, counts->all_of[i], &class->nouns[i],
            counts->all_of[i] > 0 ? strip->digest->state : DIGEST_OK);
    }
}

// Of rows of one class, or none at all: what else they can say.
static void add_one_class(struct strip *strip)
{
    enum alert_class top = strip->tally.top;
    const struct digest_class *class = digest_class_of(top);
    const struct digest_counts *counts = &strip->tally.of[top];
    enum digest_state state = strip->input->plan->row_count > 0 ? strip->digest->state : DIGEST_OK;
    if (class->nouns[1].one != NULL) {
        add_nouns(strip, top);
    } else {
        add_class(strip, top, state);
        add(strip, strip->digest->namespace_count, &affected, state);
    }
    if (strip->tally.well > 0) {
        add(strip, strip->tally.well, &recovered, DIGEST_OK);
    } else if (top == ALERT_FAILED && counts->still > 0 && counts->fresh > 0) {
        struct digest_noun still = unchanging(class->still);
        add(strip, counts->still, &still, DIGEST_FAILED);
    } else if (class->extra != NULL) {
        put(strip, class->extra(strip->arena, strip->input));
    }
}

// The worst of a class's rows.
static enum digest_state state_of(const struct strip *strip, enum alert_class class)
{
    const struct plan *plan = strip->input->plan;
    enum digest_state state = DIGEST_OK;
    for (size_t i = 0; i < plan->row_count; i++) {
        enum digest_state own = digest_row_state(&plan->rows[i], strip->input->now);
        state = plan->rows[i].finding->class == class && own > state ? own : state;
    }
    return state;
}

// One figure per class, the worst first; those for which there is no room in one.
static void add_several_classes(struct strip *strip)
{
    static const struct digest_noun others = {"other finding", "other findings"};
    size_t room = strip->tally.classes <= BEFORE_CLUSTERS ? BEFORE_CLUSTERS : BEFORE_CLUSTERS - 1;
    size_t done = 0;
    size_t rest = 0;
    enum digest_state worst = DIGEST_OK;
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        enum alert_class class = digest_class_order[i];
        const struct digest_counts *counts = &strip->tally.of[class];
        if (counts->fresh + counts->still == 0) {
            continue;
        }
        enum digest_state state = state_of(strip, class);
        if (done < room) {
            add_class(strip, class, state);
            done++;
        } else {
            rest += counts->fresh + counts->still;
            worst = state > worst ? state : worst;
        }
        bool room_for_more = strip->tally.classes == 2 && strip->digest->figure_count == 1;
        if (room_for_more && strip->digest->namespace_count > 0) {
            add(strip, strip->digest->namespace_count, &affected, strip->digest->state);
        }
    }
    if (rest > 0) {
        add(strip, rest, &others, worst);
    }
}

// Applications of the incidents of runs that ended well.
static size_t applications_well(const struct plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->closing_count; i++) {
        const struct plan_closing *closing = &plan->closings[i];
        bool well = closing->reason == PLAN_RECOVERED && digest_class_of(closing->class)->is_run;
        count += well ? closing->app_count : 0;
    }
    return count;
}

// The class that all closings are of; the failures' of several.
static const struct digest_class *class_of_closings(const struct digest_tally *tally)
{
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        const struct digest_counts *counts = &tally->of[digest_class_order[i]];
        if (counts->well + counts->gone == tally->well + tally->gone) {
            return digest_class_of(digest_class_order[i]);
        }
    }
    return digest_class_of(ALERT_FAILED);
}

// Of a mail that says only that something is over.
static void add_good(struct strip *strip)
{
    static const struct digest_noun apps = {"application well again", "applications well again"};
    const struct digest_tally *tally = &strip->tally;
    const struct digest_class *class = class_of_closings(tally);
    struct digest_noun well = unchanging(class->well);
    struct digest_noun gone = unchanging(class->gone);
    add(strip, tally->well, &well, DIGEST_OK);
    if (class->is_run) {
        add(strip, applications_well(strip->input->plan), &apps, DIGEST_OK);
    } else {
        add(strip, 0, &digest_class_of(ALERT_FAILED)->all, DIGEST_OK);
    }
    add(strip, tally->gone, &gone, tally->gone > 0 ? DIGEST_WARNING : DIGEST_OK);
}

void digest_make_figures(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    struct strip strip = {arena, input, ret, digest_count_plan(input->plan)};
    ret->figure_count = 0;
    if (input->plan->row_count == 0 && input->plan->closing_count > 0) {
        add_good(&strip);
    } else if (strip.tally.classes > 1) {
        add_several_classes(&strip);
    } else {
        add_one_class(&strip);
    }
    ret->figures[ret->figure_count++] = clusters_figure(arena, input->plan);
}
