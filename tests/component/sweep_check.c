// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "sweep.h"

enum { OVERLAP_SECONDS = 600, EARLY_SECONDS = 600, LOOKBACK_MINUTES = 120, SHOWN = 40 };

static size_t violations;

size_t sweep_violations(void)
{
    return violations;
}

void sweep_violate(const struct sweep_run *run, const char *what, const char *detail)
{
    violations++;
    if (violations <= SHOWN) {
        (void)printf("%s, %s in pass %zu at point %zu/%zu (%s): %s: %s\n", run->scenario->name,
                     run->what, run->pass, run->point, run->second,
                     run->where != NULL ? run->where : "-", what, detail);
    }
}

static bool is_listed(const char *const *list, const char *text)
{
    for (size_t i = 0; i < SWEEP_LIST && list[i] != NULL; i++) {
        if (strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_failed_child(const struct scenario *scenario, const struct world_object *run)
{
    for (size_t i = 0; i < SWEEP_OBJECTS && scenario->objects[i].cluster != NULL; i++) {
        const struct world_object *object = &scenario->objects[i];
        if (strcmp(object->resource, "backupactions") == 0 &&
            strcmp(object->state, "Failed") == 0 && strcmp(object->run, run->run) == 0) {
            return true;
        }
    }
    return false;
}

// A failure that somebody must be told of.
static bool is_expected(const struct scenario *scenario, const struct world_object *object)
{
    if (strcmp(object->resource, "policies") == 0 || strcmp(object->state, "Complete") == 0) {
        return false;
    }
    bool is_run = strcmp(object->resource, "runactions") == 0;
    bool in_reach = object->ended >= scenario->passes[0] - LOOKBACK_MINUTES;
    return in_reach && !is_listed(scenario->lost, object->uid) &&
           !(is_run && has_failed_child(scenario, object));
}

static int64_t instant(const struct world_object *object)
{
    return WORLD_NOON + object->ended * WORLD_MINUTE;
}

static bool row_names(const char *row, const struct world_mail *mail,
                      const struct world_object *object)
{
    char word[WORLD_MAIL_TEXT];
    (void)snprintf(word, sizeof word, "%s:%s:", object->cluster, object->run);
    if (strncmp(row, word, strlen(word)) != 0) {
        return false;
    }
    const char *apps = strchr(row, ' ');
    if (apps == NULL) { // by its id alone: all that had failed when the mail was made
        return instant(object) <= mail->date;
    }
    (void)snprintf(word, sizeof word, " %s ", object->app);
    char all[WORLD_MAIL_TEXT + 2];
    (void)snprintf(all, sizeof all, "%s ", apps);
    return strstr(all, word) != NULL;
}

// A mail sent again while the object could not be read.
static bool names_by_id_alone(const struct world_mail *mail, const struct world_object *object)
{
    for (size_t i = 0; i < mail->row_count; i++) {
        if (strchr(mail->rows[i], ' ') == NULL && row_names(mail->rows[i], mail, object)) {
            return *object->app != '\0';
        }
    }
    return false;
}

static bool mail_names(const struct world_mail *mail, const struct world_object *object)
{
    for (size_t i = 0; i < mail->row_count; i++) {
        if (row_names(mail->rows[i], mail, object)) {
            return true;
        }
    }
    return false;
}

static bool was_taken(const struct outside *outside, const struct world_object *object)
{
    for (size_t i = 0; i < outside->mail_count; i++) {
        if (outside->mails[i].taken != 0 && mail_names(&outside->mails[i], object)) {
            return true;
        }
    }
    return false;
}

static bool was_sent(const struct sweep_run *run, const struct outside *outside, const char *id)
{
    for (size_t i = 0; i < outside->mail_count; i++) {
        const struct world_mail *mail = &outside->mails[i];
        for (size_t j = 0; j < mail->row_count && mail->taken != 0; j++) {
            size_t len = strcspn(mail->rows[j], " ");
            if (strlen(id) == len && strncmp(mail->rows[j], id, len) == 0) {
                return true;
            }
        }
    }
    return run->scenario->sent != NULL && strstr(run->scenario->sent, id) != NULL;
}

static void check_sent(const struct sweep_run *run, const struct outside *outside,
                       const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->sent.count; i++) {
        if (ledger->sent.entries[i].value != NULL &&
            !was_sent(run, outside, ledger->sent.entries[i].key)) {
            sweep_violate(run, "recorded without acceptance", ledger->sent.entries[i].key);
        }
    }
}

static void check_watermarks(const struct sweep_run *run, const struct outside *outside,
                             const struct ledger *ledger)
{
    const struct scenario *scenario = run->scenario;
    for (size_t i = 0; i < SWEEP_OBJECTS && scenario->objects[i].cluster != NULL; i++) {
        const struct world_object *object = &scenario->objects[i];
        if (!is_expected(scenario, object) || instant(object) > world_now() ||
            was_taken(outside, object)) {
            continue;
        }
        bool is_run = strcmp(object->resource, "runactions") == 0;
        int64_t watermark =
            ledger_watermark(ledger, object->cluster, is_run ? ACTION_RUN : ACTION_BACKUP);
        if (watermark != TIMESTAMP_NONE && watermark - OVERLAP_SECONDS > instant(object)) {
            sweep_violate(run, "a watermark has passed an untold failure", object->uid);
        }
    }
}

// False when there is no state.
static bool decode(const struct sweep_run *run, struct world *world, struct ledger *ledger)
{
    struct json *parsed;
    struct error error;
    struct state_health health;
    const char *text = world->outside->state;
    if (*text == '\0') {
        return false;
    }
    if (!json_parse(text, strlen(text), &parsed, &error)) {
        sweep_violate(run, "the state is no JSON", error.text);
        return false;
    }
    AUTO_PTR(json) document = parsed;
    state_format_decode(document, ledger, &health);
    if (health.unreadable || health.newer) {
        sweep_violate(run, "the state does not decode", health.reason);
    }
    const char *theirs = json_text(json_path(document, "data", "theirs", NULL));
    if (world->outside->foreign > 0 && !world->outside->deleted && theirs == NULL) {
        sweep_violate(run, "another writer's key is gone", "theirs");
    }
    return true;
}

void sweep_check_pass(const struct sweep_run *run, struct world *world)
{
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    ledger_init(&ledger, arena);
    if (decode(run, world, &ledger)) {
        check_sent(run, world->outside, &ledger);
        check_watermarks(run, world->outside, &ledger);
    }
}

static bool is_reminder(const struct world *world, const struct world_mail *first,
                        const struct world_mail *second)
{
    return second->at - first->at >= world->settings.remind_every_s - EARLY_SECONDS;
}

// Two mails that tell the same and that the server took.
static void check_repeat(const struct sweep_run *run, const struct world *world,
                         const struct world_mail *first, const struct world_mail *second,
                         const char *what)
{
    bool same = strcmp(first->message_id, second->message_id) == 0;
    bool to_the_same = (first->taken & second->taken) != 0;
    if (!same && !run->scenario->repeats_as_new && !is_reminder(world, first, second)) {
        sweep_violate(run, "repeated as another message", what);
    }
    if (same && to_the_same && first->answered && !run->killed) {
        sweep_violate(run, "repeated although its answer was seen", what);
    }
    if (same && to_the_same && second->at - first->date < OVERLAP_SECONDS && !run->killed) {
        sweep_violate(run, "repeated while its pass may still run", what);
    }
}

// Sent again to those who lacked it, a row holds the whole run, also what an earlier mail told of
// it.
static bool is_widened(const struct outside *outside, const struct world_mail *mail,
                       const struct world_object *object)
{
    for (const struct world_mail *first = outside->mails; first < mail; first++) {
        if (strcmp(first->message_id, mail->message_id) == 0) {
            return !mail_names(first, object);
        }
    }
    return false;
}

// A try that was refused for good takes the intent back: what comes then is another message, also
// when the answer to an earlier try was lost.
static bool was_rejected(const struct outside *outside, const struct world_mail *mail)
{
    for (size_t i = 0; i < outside->mail_count; i++) {
        const struct world_mail *other = &outside->mails[i];
        if (other > mail && other->rejected && strcmp(other->message_id, mail->message_id) == 0) {
            return true;
        }
    }
    return false;
}

// Who took this message in any of its tries.
static unsigned taken_in_all(const struct outside *outside, const struct world_mail *mail)
{
    unsigned taken = 0;
    for (size_t i = 0; i < outside->mail_count; i++) {
        bool same = strcmp(outside->mails[i].message_id, mail->message_id) == 0;
        taken |= same ? outside->mails[i].taken : 0;
    }
    return taken;
}

static void check_failure(const struct sweep_run *run, const struct world *world,
                          const struct world_object *object)
{
    const struct outside *outside = world->outside;
    const struct world_mail *last = NULL;
    bool id_alone = false; // it was named so: it may be told once more with what it is
    unsigned taken = 0;
    unsigned all = (1U << run->scenario->recipients) - 1;
    for (size_t i = 0; i < outside->mail_count; i++) {
        const struct world_mail *mail = &outside->mails[i];
        if (mail->taken == 0 || !mail_names(mail, object)) {
            continue;
        }
        id_alone = id_alone || names_by_id_alone(mail, object);
        if (last != NULL && !id_alone && !is_widened(outside, last, object) &&
            !is_widened(outside, mail, object) && !was_rejected(outside, last)) {
            check_repeat(run, world, last, mail, object->uid);
        }
        taken |= taken_in_all(outside, mail);
        last = mail;
    }
    if ((taken | run->scenario->never) != all) {
        sweep_violate(run, taken == 0 ? "never told" : "not told to all", object->uid);
    }
}

static bool tells(const struct world_mail *mail, const char *id)
{
    for (size_t i = 0; i < mail->id_count; i++) {
        if (strcmp(mail->ids[i], id) == 0) {
            return true;
        }
    }
    return false;
}

static void check_told(const struct sweep_run *run, const struct world *world, const char *id)
{
    const struct world_mail *last = NULL;
    for (size_t i = 0; i < world->outside->mail_count; i++) {
        const struct world_mail *mail = &world->outside->mails[i];
        if (mail->taken != 0 && tells(mail, id)) {
            if (last != NULL) {
                check_repeat(run, world, last, mail, id);
            }
            last = mail;
        }
    }
    if (last == NULL) {
        sweep_violate(run, "never told", id);
    }
}

static void check_mails(const struct sweep_run *run, const struct outside *outside)
{
    for (size_t i = 0; i < outside->mail_count; i++) {
        const struct world_mail *mail = &outside->mails[i];
        for (size_t j = 0; j < i; j++) {
            bool same = strcmp(mail->message_id, outside->mails[j].message_id) == 0;
            if (same && mail->date != outside->mails[j].date) {
                sweep_violate(run, "another Date under the same Message-ID", mail->message_id);
            }
        }
        for (size_t j = 0; j < mail->row_count; j++) {
            for (size_t k = 0; k < j; k++) {
                if (strcmp(mail->rows[j], mail->rows[k]) == 0) {
                    sweep_violate(run, "the same row twice in one mail", mail->rows[j]);
                }
            }
        }
    }
}

static void check_incidents(const struct sweep_run *run, const struct ledger *ledger)
{
    const char *const *open = run->scenario->open;
    for (size_t i = 0; i < ledger->incidents.count; i++) {
        const struct map_entry *entry = &ledger->incidents.entries[i];
        if (entry->value != NULL && !is_listed(open, entry->key)) {
            sweep_violate(run, "an incident is open that should not be", entry->key);
        }
    }
    for (size_t i = 0; i < SWEEP_LIST && open[i] != NULL; i++) {
        if (ledger_incident(ledger, open[i]) == NULL) {
            sweep_violate(run, "an incident is not open", open[i]);
        }
    }
}

void sweep_check_end(const struct sweep_run *run, struct world *world)
{
    const struct scenario *scenario = run->scenario;
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    char status[16];
    ledger_init(&ledger, arena);
    for (size_t i = 0; i < SWEEP_OBJECTS && scenario->objects[i].cluster != NULL; i++) {
        if (is_expected(scenario, &scenario->objects[i])) {
            check_failure(run, world, &scenario->objects[i]);
        }
    }
    for (size_t i = 0; i < SWEEP_LIST && scenario->told[i] != NULL; i++) {
        check_told(run, world, scenario->told[i]);
    }
    check_mails(run, world->outside);
    if (decode(run, world, &ledger)) {
        check_incidents(run, &ledger);
        if (ledger.pending_count > 0) {
            sweep_violate(run, "a mail is still pending", ledger.pendings[0].message_id);
        }
    }
    if (!scenario->may_end_badly && world->result.status != EXIT_STATUS_DONE) {
        (void)snprintf(status, sizeof status, "%d", (int)world->result.status);
        sweep_violate(run, "the last pass did not end well", status);
    }
}
