// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

// Sentences in the order in which they are added.
struct sentences {
    struct arena *arena;
    const char **items;
    size_t count;
    size_t capacity;
};

static struct sentences sentences_begin(struct arena *arena, size_t capacity)
{
    return (struct sentences){
        .arena = arena,
        .items = arena_alloc_array(arena, capacity, sizeof(const char *)),
        .capacity = capacity,
    };
}

static void sentences_add(struct sentences *sentences, const char *text)
{
    if (*text != '\0' && sentences->count < sentences->capacity) {
        sentences->items[sentences->count++] = text;
    }
}

static void add_given(struct sentences *sentences, const char *const *given, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sentences_add(sentences, digest_clean(sentences->arena, given[i], DIGEST_SENTENCE_BYTES));
    }
}

// One sentence about a number of things, "" for none.
static const char *count_sentence(struct arena *arena, const char *before, size_t count,
                                  const char *one, const char *many, const char *after)
{
    return count == 0 ? ""
                      : arena_format(arena, "%s%s%s", before, digest_count(arena, count, one, many),
                                     after);
}

static const char *in_all(struct arena *arena, const struct digest *digest,
                          const struct digest_tally *tally)
{
    const struct digest_counts *failed = &tally->of[ALERT_FAILED];
    const char *in = digest_count(arena, digest_applications(arena, digest, ALERT_FAILED),
                                  "application", "applications");
    if (failed->fresh + failed->still == 0) {
        return "";
    }
    if (failed->fresh == 0) {
        return count_sentence(arena, "In all: ", failed->still, "still failing", "still failing",
                              arena_format(arena, ", in %s.", in));
    }
    const char *still =
        failed->still == 0 ? "" : arena_format(arena, "; %zu still failing", failed->still);
    return arena_format(
        arena, "In all: %s with %s%s, in %s.",
        digest_count(arena, failed->fresh, "failed run", "failed runs"),
        digest_count(arena, digest->action_count, "failed action", "failed actions"), still, in);
}

// What is counted in the rows of all other classes.
static const char *in_all_others(struct arena *arena, const struct digest_tally *tally)
{
    const char *parts[2 * DIGEST_ROW_CLASSES];
    size_t count = 0;
    for (size_t i = 0; i < DIGEST_ROW_CLASSES; i++) {
        enum alert_class class = digest_class_order[i];
        const struct digest_counts *counts = &tally->of[class];
        if (class == ALERT_FAILED) {
            continue;
        }
        if (counts->fresh > 0) {
            parts[count++] = digest_nouns(arena, class, counts->fresh_of);
        }
        if (counts->still > 0) {
            parts[count++] =
                arena_format(arena, "%zu %s", counts->still, digest_class_of(class)->still);
        }
    }
    const struct digest_counts *failed = &tally->of[ALERT_FAILED];
    return count == 0 ? ""
                      : arena_format(arena, "%s: %s.",
                                     failed->fresh + failed->still > 0 ? "Besides" : "In all",
                                     digest_join(arena, parts, count));
}

static const char *older(struct arena *arena, const struct plan *plan)
{
    if (plan->older_failures == 0) {
        return plan->first_pass ? "First pass: nothing was mailed before it." : "";
    }
    return arena_format(
        arena, "%s: %s ended before the look-back window (LOOKBACK_HOURS) and %s not mailed.",
        plan->first_pass ? "First pass" : "Read for the first time",
        digest_count(arena, plan->older_failures, "older failure", "older failures"),
        plan->older_failures == 1 ? "is" : "are");
}

static const char *older_stuck(struct arena *arena, const struct plan *plan)
{
    return plan->older_stuck == 0
               ? ""
               : arena_format(arena,
                              "%s stuck for more than 7 days when this was first looked for: not "
                              "mailed.",
                              digest_count(arena, plan->older_stuck, "action was", "actions were"));
}

static void add_counts(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    enum { LINES = 11 };
    const struct plan *plan = input->plan;
    struct digest_tally tally = digest_count_plan(plan);
    size_t followed = 0;
    for (size_t i = 0; i < ALERT_CLASS_COUNT; i++) {
        followed += tally.of[i].followed;
    }
    struct sentences lines = sentences_begin(arena, LINES);
    sentences_add(&lines, ret->row_count == 0 ? "" : in_all(arena, ret, &tally));
    sentences_add(&lines, in_all_others(arena, &tally));
    sentences_add(&lines, count_sentence(arena, "Of these ", followed, "run was", "runs were",
                                         " followed by a good run."));
    sentences_add(&lines,
                  count_sentence(arena, "Mailed before and not repeated here: ", plan->already_told,
                                 "failed run or incident", "failed runs or incidents", "."));
    sentences_add(&lines, count_sentence(arena, "Silenced and not in this mail: ", plan->silenced,
                                         "failed run or incident", "failed runs or incidents",
                                         "; what still fails when the silence ends is mailed "
                                         "then."));
    sentences_add(&lines, count_sentence(arena,
                                         "Kept for the next reminder "
                                         "(ALERT_EVERY_RUN=false): ",
                                         plan->held, "failed run", "failed runs",
                                         " of what is failing already."));
    sentences_add(&lines, count_sentence(arena, "In a mail that another pass is sending now: ",
                                         plan->covered, "failed run", "failed runs", "."));
    sentences_add(&lines, older(arena, plan));
    sentences_add(&lines, older_stuck(arena, plan));
    sentences_add(&lines, ret->unread_count == 0 ? ""
                                                 : "What could not be read may hold failures that "
                                                   "are not counted here.");
    ret->counts = lines.items;
    ret->count_count = lines.count;
}

static const char *insecure(struct arena *arena, const struct digest_input *input)
{
    enum { NAMED_AT_MOST = 50 };
    const char **labels = arena_alloc_array(arena, input->cluster_count, sizeof *labels);
    size_t count = 0;
    for (size_t i = 0; i < input->cluster_count; i++) {
        if (input->clusters[i].insecure_tls) {
            labels[count++] = digest_label(arena, input, i);
        }
    }
    if (count == 0) {
        return "";
    }
    return arena_format(arena,
                        "TLS of %s is not verified (INSECURE_SKIP_TLS_VERIFY=true): whoever "
                        "answered there may not have been the cluster.",
                        digest_list(arena, labels, count, NAMED_AT_MOST));
}

// Why the reader gets this mail; no word of a state the mail is not about.
static const char *why_this_mail(struct arena *arena, const struct digest_input *input)
{
    const struct plan *plan = input->plan;
    struct digest_tally tally = digest_count_plan(plan);
    const char *why = tally.classes == 1 ? digest_class_of(tally.top)->watched
                      : tally.classes > 1
                          ? "It reads K10's actions and policies on each cluster and mails once "
                            "what it finds wrong there."
                      : plan->unread_count > 0
                          ? "It reads the K10 actions of each cluster and says so when it cannot."
                          : "It reads the K10 actions of each cluster and says when what it mailed "
                            "of is over.";
    return arena_format(arena,
                        "You get this mail because ALERT_TO of kasten-alerter names your address. "
                        "%s",
                        why);
}

static const char *next_reminder(struct arena *arena, const struct digest_input *input)
{
    int64_t next = input->plan->next_reminder;
    if (next == TIMESTAMP_NONE || next <= input->now) {
        return "";
    }
    return arena_format(
        arena, "Next reminder of what is not well by then: %s, in %s (REMIND_EVERY).",
        digest_time(arena, next, input->local_time), digest_duration(arena, next - input->now));
}

// True for a text that a shell takes for one plain word and no option.
static bool is_plain_word(const char *text)
{
    enum { MAX_BYTES = 320 };
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                              ".:/_-";
    size_t len = text == NULL ? 0 : strlen(text);
    return len > 0 && len <= MAX_BYTES && strspn(text, all) == len &&
           strchr(letters, text[0]) != NULL;
}

// What silences a row: its alert id; of a policy that is invalid or overdue "CLUSTER/POLICY"; of
// all else without an alert id its incident's.
static const char *subject_of_row(struct arena *arena, const struct digest_input *input,
                                  const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    bool named = *digest_clean(arena, finding->policy, DIGEST_NAME_BYTES) != '\0';
    bool is_policy = (finding->overdue != NULL || finding->kind == OBJECT_POLICY) && named;
    const char *id = row->id == NULL ? "" : row->id;
    return is_policy ? arena_format(arena, "%s/%s", digest_name(arena, input, finding->cluster),
                                    digest_object_name(arena, finding->policy))
                     : id + (*id == '!' ? 1 : 0);
}

// What silences a row of the mail; of a mail without rows the cluster that cannot be read; NULL
// when nothing of that can stand in a command.
static const char *silence_subject(struct arena *arena, const struct digest_input *input)
{
    const struct plan *plan = input->plan;
    for (size_t i = 0; i < plan->row_count; i++) {
        const char *subject = subject_of_row(arena, input, &plan->rows[i]);
        if (is_plain_word(subject)) {
            return subject;
        }
    }
    for (size_t i = 0; i < plan->unread_count && plan->row_count == 0; i++) {
        const char *name = digest_name(arena, input, plan->unread[i].cluster);
        if (is_plain_word(name)) {
            return name;
        }
    }
    return NULL;
}

// Footer lines in the order in which they are added.
struct footer {
    struct digest_note *items;
    size_t count;
    size_t capacity;
};

static void footer_add(struct footer *footer, const char *text, const char *command)
{
    if (*text != '\0' && footer->count < footer->capacity) {
        footer->items[footer->count++] = (struct digest_note){text, command};
    }
}

static void add_how_to(struct arena *arena, const struct digest_input *input, struct footer *footer)
{
    struct digest_tally tally = digest_count_plan(input->plan);
    size_t failures = tally.of[ALERT_FAILED].fresh + tally.of[ALERT_FAILED].still;
    const char *subject = silence_subject(arena, input);
    if (subject != NULL) {
        footer_add(footer,
                   "To hear nothing of it for a while; the name of a policy or of a cluster may "
                   "stand there too:",
                   arena_format(arena, "kasten-alerter state silence %s --for 8h", subject));
    }
    if (failures > 0 || input->plan->unread_count > 0) {
        footer_add(footer,
                   "To have failures inside LOOKBACK_HOURS mailed again, delete the ConfigMap "
                   "kasten-alerter-sent (with STATE=file: the file).",
                   NULL);
    }
}

static void add_footer(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    enum { OWN_LINES = 6 };
    struct footer footer = {.capacity = OWN_LINES + input->footnote_count};
    footer.items = arena_alloc_array(arena, footer.capacity, sizeof *footer.items);
    footer_add(&footer, why_this_mail(arena, input), NULL);
    footer_add(&footer, next_reminder(arena, input), NULL);
    add_how_to(arena, input, &footer);
    footer_add(&footer, insecure(arena, input), NULL);
    for (size_t i = 0; i < input->footnote_count; i++) {
        footer_add(&footer, digest_clean(arena, input->footnotes[i], DIGEST_SENTENCE_BYTES), NULL);
    }
    footer_add(&footer,
               arena_format(arena, "kasten-alerter %s, pass of %s", ret->version,
                            digest_time(arena, input->now, input->local_time)),
               NULL);
    ret->footer = footer.items;
    ret->footer_count = footer.count;
}

static const char *catching_up(struct arena *arena, const struct digest_input *input)
{
    enum { NAMED_AT_MOST = 5 };
    const struct plan *plan = input->plan;
    if (plan->late_count == 0) {
        return "";
    }
    struct map labels;
    map_init(&labels, arena);
    int64_t earliest = plan->late[0].last_read;
    for (size_t i = 0; i < plan->late_count; i++) {
        map_set(&labels, digest_label(arena, input, plan->late[i].cluster), NULL);
        earliest = plan->late[i].last_read < earliest ? plan->late[i].last_read : earliest;
    }
    const char **names = arena_alloc_array(arena, labels.count, sizeof *names);
    for (size_t i = 0; i < labels.count; i++) {
        names[i] = labels.entries[i].key;
    }
    return arena_format(
        arena, "This pass catches up: %s %s last read %sat %s; %s.",
        digest_list(arena, names, labels.count, NAMED_AT_MOST), labels.count == 1 ? "was" : "were",
        labels.count == 1 ? "" : "earlier than usual, the earliest ",
        digest_time_and_age(arena, earliest, input->now, input->local_time),
        digest_count_plan(plan).of[ALERT_FAILED].fresh > 0 ? "failures since then are in this mail"
                                                           : "it found no new failure since then");
}

void digest_make_notes(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    enum { OWN_LINES = 2 };
    struct sentences notices = sentences_begin(arena, OWN_LINES + input->notice_count);
    if (input->plan->again) {
        sentences_add(&notices, "This mail repeats one whose delivery was not confirmed; it has "
                                "the same Message-ID.");
    }
    sentences_add(&notices, catching_up(arena, input));
    add_given(&notices, input->notices, input->notice_count);
    ret->notices = notices.items;
    ret->notice_count = notices.count;
    add_counts(arena, input, ret);
    add_footer(arena, input, ret);
}
