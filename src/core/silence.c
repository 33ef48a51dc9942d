// SPDX-License-Identifier: MIT
#include "core/silence.h"

#include <string.h>

#include "base/arena.h"
#include "core/alert_id.h"
#include "core/incident.h"
#include "core/ledger.h"

#include "base/banned.h"

static bool is_silent(const struct ledger *ledger, const char *subject, int64_t now)
{
    int64_t until = ledger_silenced_until(ledger, subject);
    return until > now;
}

const char *silence_id_subject(struct arena *arena, const char *id)
{
    struct alert_id parsed;
    if (!alert_id_parse(arena, id, &parsed)) {
        return arena_format(arena, SILENCE_ID "%s", id);
    }
    bool plain = parsed.class == ALERT_FAILED;
    return arena_format(arena, SILENCE_ID "%s:%s%s%s", parsed.cluster, parsed.subject,
                        plain ? "" : ":", plain ? "" : alert_class_word(parsed.class));
}

bool silence_covers(const struct ledger *ledger, const char *cluster, const char *policy,
                    const char *id, int64_t now)
{
    if (ledger->silences.count == 0) {
        return false;
    }
    AUTO_PTR(arena) scratch = arena_create();
    const char *name = incident_policy_name(policy);
    if (is_silent(ledger, arena_format(scratch, SILENCE_CLUSTER "%s", cluster), now)) {
        return true;
    }
    if (*name != '\0' &&
        (is_silent(ledger, arena_format(scratch, SILENCE_POLICY "%s", name), now) ||
         is_silent(ledger, arena_format(scratch, SILENCE_POLICY "%s/%s", cluster, name), now))) {
        return true;
    }
    return *id != '\0' && is_silent(ledger, silence_id_subject(scratch, id), now);
}
