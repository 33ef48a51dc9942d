// SPDX-License-Identifier: MIT
// How each class of findings is spoken of: one entry of one table per class, beside the file with
// its sentences. Everything else in report/ asks the entry; only failures are counted by name.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/digest.h"

struct arena;

enum {
    DIGEST_NOUNS = 3,                           // at most, per class
    DIGEST_ROW_CLASSES = ALERT_CLASS_COUNT - 2, // unreachable and recovered have lists of their own
};

struct digest_noun {
    const char *one;
    const char *many;
};

// What a mail about one thing is named by.
struct digest_title {
    const char *text;     // "daily failed", "daily is overdue": equal in every mail of one incident
    const char *tail;     // what follows where there is room: a cause, a run; "" for none
    const char *headline; // "daily still failing on K3s, 3 failed runs in a row"; NULL of endings
};

struct digest_class {
    const char *label;          // "stuck": in the band, and "2 stuck" where there is little room
    const char *title;          // over the rows: "failed runs"
    const char *still;          // the same of reminders: "still failing"
    const char *message;        // of a new row's log line
    const char *still_message;  // of a reminder's
    const char *header;         // its count: X-Kasten-Alert-HEADER
    const char *cause_label;    // before a cause: "Error"
    const char *watched;        // what the footer says why the mail came, a sentence
    const char *well;           // closings that recovered: "2 recovered"
    const char *gone;           // the other closings: "2 ended without a good run"
    enum digest_state state;    // of what stands so
    bool has_run;               // a row is a run, or an action, and has its name
    bool is_run;                // one that has ended
    bool has_cause;             // a row without a cause says that none is known
    struct digest_noun actions; // of a row; NULL where it has none
    struct digest_noun all;     // whatever the nouns below count
    struct digest_noun nouns[DIGEST_NOUNS]; // those behind the last are NULL
    struct digest_noun in_subject[2];       // any rows; all of them backing up. NULL: nouns do

    // Which of nouns a finding is; NULL: the first.
    size_t (*noun_of)(const struct finding *finding);

    // Fills what, story, reason, since, command, command_note, remedy; policy where it differs;
    // ended of what has ended.
    void (*tell)(struct arena *arena, const struct digest_input *input, const struct plan_row *row,
                 struct digest_row *ret);

    // Names a mail about one row, or about one closing.
    struct digest_title (*name)(struct arena *arena, const struct digest_input *input,
                                const struct plan_row *row);
    struct digest_title (*name_end)(struct arena *arena, const struct digest_input *input,
                                    const struct plan_closing *closing);

    struct digest_ending (*end)(struct arena *arena, const struct digest_input *input,
                                const struct plan_closing *closing);

    // NULL: state does.
    enum digest_state (*judge)(const struct plan_row *row, int64_t now);

    // What else a strip about this class alone shows; NULL, or without a value: nothing.
    struct digest_figure (*extra)(struct arena *arena, const struct digest_input *input);
};

// The entry of a class.
const struct digest_class *digest_class_of(enum alert_class class);

// The classes that rows are of, the worst first: DIGEST_ROW_CLASSES of them.
extern const enum alert_class digest_class_order[];

// digest_run.c: runs and actions that failed, or ended otherwise than they should.
void digest_run_tell(struct arena *arena, const struct digest_input *input,
                     const struct plan_row *row, struct digest_row *ret);
struct digest_title digest_run_name(struct arena *arena, const struct digest_input *input,
                                    const struct plan_row *row);
struct digest_title digest_run_name_end(struct arena *arena, const struct digest_input *input,
                                        const struct plan_closing *closing);
struct digest_ending digest_run_end(struct arena *arena, const struct digest_input *input,
                                    const struct plan_closing *closing);
struct digest_figure digest_run_extra(struct arena *arena, const struct digest_input *input);
struct digest_figure digest_exceptions_extra(struct arena *arena, const struct digest_input *input);

// digest_stuck.c: runs and actions that do not end.
void digest_stuck_tell(struct arena *arena, const struct digest_input *input,
                       const struct plan_row *row, struct digest_row *ret);
struct digest_title digest_stuck_name(struct arena *arena, const struct digest_input *input,
                                      const struct plan_row *row);
struct digest_title digest_stuck_name_end(struct arena *arena, const struct digest_input *input,
                                          const struct plan_closing *closing);
struct digest_ending digest_stuck_end(struct arena *arena, const struct digest_input *input,
                                      const struct plan_closing *closing);
struct digest_figure digest_stuck_extra(struct arena *arena, const struct digest_input *input);

// digest_overdue.c: policies whose runs or exports did not come, and clusters that stand still.
size_t digest_overdue_noun(const struct finding *finding);
void digest_overdue_tell(struct arena *arena, const struct digest_input *input,
                         const struct plan_row *row, struct digest_row *ret);
struct digest_title digest_overdue_name(struct arena *arena, const struct digest_input *input,
                                        const struct plan_row *row);
struct digest_figure digest_overdue_extra(struct arena *arena, const struct digest_input *input);
struct digest_title digest_overdue_name_end(struct arena *arena, const struct digest_input *input,
                                            const struct plan_closing *closing);
struct digest_ending digest_overdue_end(struct arena *arena, const struct digest_input *input,
                                        const struct plan_closing *closing);

// digest_invalid.c: policies, presets and profiles that K10 does not accept. Nothing ran, so
// nothing of them is worded as a run.
size_t digest_invalid_noun(const struct finding *finding);
void digest_invalid_tell(struct arena *arena, const struct digest_input *input,
                         const struct plan_row *row, struct digest_row *ret);
struct digest_title digest_invalid_name(struct arena *arena, const struct digest_input *input,
                                        const struct plan_row *row);
struct digest_title digest_invalid_name_end(struct arena *arena, const struct digest_input *input,
                                            const struct plan_closing *closing);
struct digest_ending digest_invalid_end(struct arena *arena, const struct digest_input *input,
                                        const struct plan_closing *closing);

// digest_expiring.c: the token, the server's certificate, the CA it is checked with.
size_t digest_expiring_noun(const struct finding *finding);
enum digest_state digest_expiring_judge(const struct plan_row *row, int64_t now);
void digest_expiring_tell(struct arena *arena, const struct digest_input *input,
                          const struct plan_row *row, struct digest_row *ret);
struct digest_title digest_expiring_name(struct arena *arena, const struct digest_input *input,
                                         const struct plan_row *row);
struct digest_title digest_expiring_name_end(struct arena *arena, const struct digest_input *input,
                                             const struct plan_closing *closing);
struct digest_ending digest_expiring_end(struct arena *arena, const struct digest_input *input,
                                         const struct plan_closing *closing);

// What several of these files need (digest_story.c).

// Why something that is wrong now is in the mail, by its label: "It is stuck, and no mail ...".
const char *digest_condition_reason(struct arena *arena, const struct plan_row *row);

// "it was LABEL for 1 d 2 h, since ...", of a condition that is over.
const char *digest_condition_length(struct arena *arena, const struct digest_input *input,
                                    const struct plan_closing *closing);
