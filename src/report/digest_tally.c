// SPDX-License-Identifier: MIT
#include "base/arena.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

size_t digest_noun_of(const struct finding *finding)
{
    const struct digest_class *class = digest_class_of(finding->class);
    return class->noun_of == NULL ? 0 : class->noun_of(finding);
}

static void count_row(struct digest_counts *counts, const struct plan_row *row)
{
    bool repeats = row->reason == PLAN_REMINDER;
    size_t noun = digest_noun_of(row->finding);
    counts->still += repeats ? 1 : 0;
    counts->fresh += repeats ? 0 : 1;
    counts->fresh_of[noun] += repeats ? 0 : 1;
    counts->all_of[noun]++;
    counts->followed += row->reason == PLAN_FOLLOWED ? 1 : 0;
}

void digest_tally_row(struct digest_tally *tally, const struct plan_row *row)
{
    struct digest_counts *counts = &tally->of[row->finding->class];
    tally->classes += counts->fresh + counts->still == 0 ? 1 : 0;
    count_row(counts, row);
}

static void tally_closing(struct digest_tally *tally, const struct plan_closing *closing)
{
    struct digest_counts *counts = &tally->of[closing->class];
    bool well = closing->reason == PLAN_RECOVERED;
    counts->well += well ? 1 : 0;
    counts->gone += well ? 0 : 1;
    tally->well += well ? 1 : 0;
    tally->gone += well ? 0 : 1;
}

struct digest_tally digest_count_plan(const struct plan *plan)
{
    struct digest_tally tally = {0};
    for (size_t i = 0; i < plan->row_count; i++) {
        digest_tally_row(&tally, &plan->rows[i]);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        tally_closing(&tally, &plan->closings[i]);
    }
    for (size_t i = DIGEST_ROW_CLASSES; i-- > 0;) {
        const struct digest_counts *counts = &tally.of[digest_class_order[i]];
        tally.top = counts->fresh + counts->still > 0 ? digest_class_order[i] : tally.top;
    }
    return tally;
}

const char *digest_nouns(struct arena *arena, enum alert_class class,
                         const size_t counts[DIGEST_NOUNS])
{
    const struct digest_class *words = digest_class_of(class);
    const char *parts[DIGEST_NOUNS];
    size_t part_count = 0;
    for (size_t i = 0; i < DIGEST_NOUNS; i++) {
        if (counts[i] > 0) {
            parts[part_count++] =
                digest_count(arena, counts[i], words->nouns[i].one, words->nouns[i].many);
        }
    }
    return digest_list(arena, parts, part_count, part_count);
}

bool digest_is_single(const struct plan *plan)
{
    bool threaded = plan->thread != NULL && *plan->thread != '\0';
    bool runs = true;
    for (size_t i = 0; i < plan->row_count; i++) {
        enum alert_class class = plan->rows[i].finding->class;
        runs = runs && class == plan->rows[0].finding->class && digest_class_of(class)->is_run;
    }
    return plan->row_count == 1 || (plan->row_count > 1 && threaded && runs);
}
