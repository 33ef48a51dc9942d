// SPDX-License-Identifier: MIT
// How a token or certificate that ends soon is spoken of.
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { TOKEN, CERTIFICATE, CA, KINDS, URGENT_SECONDS = 3 * TIMESTAMP_DAY_SECONDS };

// How each is called: in a subject, in a sentence before the cluster's label.
static const struct {
    const char *word; // the finding's name
    const char *in_subject;
    const char *before_cluster;
} words[KINDS] = {
    [TOKEN] = {"token", "token", "the token for "},
    [CERTIFICATE] = {"certificate", "server certificate", "the certificate of the API server of "},
    [CA] = {"ca", "trusted CA", "the CA that is trusted for "},
};

static size_t find(const char *name)
{
    size_t kind = KINDS - 1;
    while (kind > 0 && (name == NULL || strcmp(words[kind].word, name) != 0)) {
        kind--;
    }
    return kind;
}

size_t digest_expiring_noun(const struct finding *finding)
{
    return find(finding->name);
}

enum digest_state digest_expiring_judge(const struct plan_row *row, int64_t now)
{
    return row->finding->expires - now > URGENT_SECONDS ? DIGEST_WARNING : DIGEST_FAILED;
}

// "the token for K3s expires in 6 d 2 h", "... has expired, 3 h 0 min ago"
static const char *expires(struct arena *arena, const struct digest_input *input,
                           const struct plan_row *row)
{
    const struct finding *finding = row->finding;
    int64_t left = finding->expires - input->now;
    const char *thing = arena_format(arena, "%s%s", words[find(finding->name)].before_cluster,
                                     digest_label(arena, input, finding->cluster));
    return left > 0 ? arena_format(arena, "%s expires in %s", thing, digest_duration(arena, left))
                    : arena_format(arena, "%s has expired, %s ago", thing,
                                   digest_duration(arena, -left));
}

static const char *reason(const struct plan_row *row)
{
    switch (row->reason) {
    case PLAN_REMINDER:
        return "It is not renewed yet. A mail names it 14, 7, 3 and 1 days ahead, and once it has "
               "expired.";
    case PLAN_SILENCE_ENDED:
        return "It came close to its end while it was silenced.";
    case PLAN_ID_ONLY:
        return plan_reason_sentence(PLAN_ID_ONLY);
    default:
        return "It expires within 14 days, and no mail has told it yet.";
    }
}

static const struct digest_remedy *remedy(struct arena *arena, const struct finding *finding)
{
    const char *note = digest_clean(arena, finding->note, DIGEST_SENTENCE_BYTES);
    if (*note == '\0') {
        return NULL;
    }
    struct digest_remedy *made = arena_alloc(arena, sizeof *made);
    *made = (struct digest_remedy){.means = "", .next_step = note};
    return made;
}

void digest_expiring_tell(struct arena *arena, const struct digest_input *input,
                          const struct plan_row *row, struct digest_row *ret)
{
    ret->policy = "";
    ret->what = arena_format(arena, "%s, on %s", expires(arena, input, row),
                             digest_time(arena, row->finding->expires, input->local_time));
    ret->story = digest_last_mail(arena, input, row);
    ret->reason = reason(row);
    ret->since = row->since;
    ret->remedy = remedy(arena, row->finding);
}

struct digest_title digest_expiring_name(struct arena *arena, const struct digest_input *input,
                                         const struct plan_row *row)
{
    return (struct digest_title){
        .text = arena_format(arena, "%s expires", words[find(row->finding->name)].in_subject),
        .tail = "",
        .headline = expires(arena, input, row),
    };
}

static const char *closed_name(const struct plan_closing *closing)
{
    return closing->app_count > 0 ? closing->apps[0] : "";
}

struct digest_title digest_expiring_name_end(struct arena *arena, const struct digest_input *input,
                                             const struct plan_closing *closing)
{
    (void)input;
    bool recovered = closing->reason == PLAN_RECOVERED;
    return (struct digest_title){
        .text = arena_format(arena, "%s %s", words[find(closed_name(closing))].in_subject,
                             recovered ? "was renewed" : "is no longer used"),
        .tail = digest_clean(arena, closing->why, DIGEST_CAUSE_BYTES),
    };
}

struct digest_ending digest_expiring_end(struct arena *arena, const struct digest_input *input,
                                         const struct plan_closing *closing)
{
    bool recovered = closing->reason == PLAN_RECOVERED;
    const char *label = digest_label(arena, input, closing->cluster);
    const char *why = digest_clean(arena, closing->why, DIGEST_WHY_BYTES);
    const char *first = recovered ? "it was about to expire" : "it is no longer used";
    return (struct digest_ending){
        .cluster = label,
        .policy = "",
        .what = arena_format(arena, "%s%s %s", words[find(closed_name(closing))].before_cluster,
                             label, recovered ? "was renewed" : "expires no more"),
        .story = *why == '\0' ? first : why,
    };
}
