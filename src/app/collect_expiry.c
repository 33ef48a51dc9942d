// SPDX-License-Identifier: MIT
#include <string.h>

#include "app/collect_parts.h"
#include "app/diagnosis.h"
#include "base/arena.h"
#include "base/timestamp.h"
#include "core/incident.h"
#include "core/ledger.h"
#include "kube/token.h"

#include "base/banned.h"

enum { EXPIRY_AHEAD_SECONDS = 14 * TIMESTAMP_DAY_SECONDS };

// One thing with an end.
struct expiring {
    const char *name;    // "token", "certificate", "ca": as incidents have it
    int64_t expires;     // TIMESTAMP_NONE: it has no end, endless says why
    int64_t ahead_s;     // told so long before
    const char *note;    // what to do
    const char *endless; // for one that was told before
};

// As the planner names the incident of such a condition.
static bool is_open(const struct collecting *collecting, const char *cluster, const char *name)
{
    const struct ledger *ledger = collecting->input->ledger;
    if (ledger == NULL || ledger->incidents.count == 0) {
        return false;
    }
    struct incident incident = {.class = ALERT_EXPIRING,
                                .cluster = cluster,
                                .policy = "",
                                .kind = ACTION_BACKUP,
                                .app = name};
    return ledger_incident_like(ledger, &incident) != NULL;
}

static void add(struct collecting *collecting, size_t cluster, const struct expiring *what,
                const struct plan_ending *ending)
{
    struct plan_condition condition = {
        .class = ALERT_EXPIRING,
        .cluster = cluster,
        .kind = ACTION_BACKUP,
        .name = what->name,
        .namespace_name = "",
        .note = ending == NULL ? what->note : NULL,
        .expires = what->expires != TIMESTAMP_NONE ? what->expires : 0,
        .ending = ending,
    };
    collecting_add_condition(collecting, &condition);
}

// The end of what was told, if it was.
static void end(struct collecting *collecting, size_t cluster, const struct expiring *what,
                const struct plan_ending *ending)
{
    const char *name = collecting->input->fleet->clusters[cluster].settings->name;
    if (is_open(collecting, name, what->name)) {
        struct plan_ending *kept = arena_alloc(collecting->arena, sizeof *kept);
        *kept = *ending;
        add(collecting, cluster, what, kept);
    }
}

static void judge(struct collecting *collecting, size_t cluster, const struct expiring *what)
{
    int64_t now = collecting->began;
    if (what->expires != TIMESTAMP_NONE && what->expires - now <= what->ahead_s) {
        add(collecting, cluster, what, NULL);
        return;
    }
    const char *why = what->endless;
    if (what->expires != TIMESTAMP_NONE) {
        char until[TIMESTAMP_TEXT_BYTES];
        timestamp_format_local(what->expires, until);
        why = arena_format(collecting->arena, "it is valid until %s", until);
    }
    end(collecting, cluster, what, &(struct plan_ending){.at = now, .recovered = true, .why = why});
}

// One made for less than the time ahead is renewed by whoever made it so (a projected token, a
// vault): it is told only when that has not been done by the last tenth of its life.
static int64_t token_ahead(const struct fleet_cluster *owner)
{
    if (fleet_token_is_mounted(owner)) {
        return 0; // the kubelet renews it
    }
    int64_t lifetime = owner->kube.bearer != NULL ? kube_token_lifetime(owner->kube.bearer) : 0;
    bool is_short = lifetime > 0 && lifetime <= EXPIRY_AHEAD_SECONDS;
    return is_short ? lifetime / 10 : EXPIRY_AHEAD_SECONDS;
}

static void judge_token(struct collecting *collecting, size_t cluster)
{
    const struct fleet_cluster *owner = &collecting->input->fleet->clusters[cluster];
    const char *token = owner->kube.bearer;
    judge(collecting, cluster,
          &(struct expiring){
              .name = "token",
              .expires = token != NULL ? kube_token_expiry(token) : TIMESTAMP_NONE,
              .ahead_s = token_ahead(owner),
              .note = diagnosis_token_renewal(collecting->arena, owner),
              .endless = token != NULL ? "the token in its place names no end"
                                       : "no token is used any more",
          });
}

static void judge_certificate(struct collecting *collecting, size_t cluster)
{
    const struct fleet_cluster *owner = &collecting->input->fleet->clusters[cluster];
    const struct http_certificates *certificates = owner->kube.certificates;
    const struct http_certificate *server = &certificates->server;
    bool is_own_root = certificates->ca.expires == TIMESTAMP_NONE && owner->kube.tls.ca_pem != NULL;
    judge(collecting, cluster,
          &(struct expiring){
              .name = "certificate",
              .expires = server->expires,
              .ahead_s = EXPIRY_AHEAD_SECONDS,
              .note = arena_format(
                  collecting->arena, "renew the API server's certificate (%s, issued by %s)%s",
                  server->subject, server->issuer,
                  is_own_root ? arena_format(collecting->arena,
                                             ", and put the new one into CLUSTER_%u_CA_DATA: it is "
                                             "trusted itself",
                                             owner->settings->number)
                              : ""),
          });
}

static void judge_ca(struct collecting *collecting, size_t cluster)
{
    const struct fleet_cluster *owner = &collecting->input->fleet->clusters[cluster];
    const struct http_certificate *ca = &owner->kube.certificates->ca;
    bool is_given = owner->kube.tls.ca_pem != NULL; // the system's roots are the system's care
    unsigned number = owner->settings->number;
    const char *where = owner->settings->ca_pem == NULL
                            ? "a new pod then finds it in its ca.crt"
                            : arena_format(collecting->arena,
                                           "put it into CLUSTER_%u_CA_DATA or the file of "
                                           "CLUSTER_%u_CA_FILE beside the old one, before the "
                                           "server uses it",
                                           number, number);
    judge(collecting, cluster,
          &(struct expiring){
              .name = "ca",
              .expires = is_given ? ca->expires : TIMESTAMP_NONE,
              .ahead_s = EXPIRY_AHEAD_SECONDS,
              .note = arena_format(collecting->arena, "renew the cluster's CA (%s); %s",
                                   ca->subject, where),
              .endless = is_given ? "the server's certificate is trusted itself now"
                                  : "the system's CAs are trusted now",
          });
}

// Settings that verify nothing leave nothing that could expire.
static void judge_unverified(struct collecting *collecting, size_t cluster)
{
    static const struct expiring all[] = {
        {.name = "certificate", .expires = TIMESTAMP_NONE},
        {.name = "ca", .expires = TIMESTAMP_NONE},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        end(collecting, cluster, &all[i],
            &(struct plan_ending){.at = collecting->began,
                                  .why = "certificates are not verified there any more"});
    }
}

static bool is_verified(const struct kube_cluster *kube)
{
    return !kube->tls.insecure && strncmp(kube->base_url, "https:", strlen("https:")) == 0;
}

// True when some kind of action was: what is wrong with an unread cluster is told as such.
static bool was_read(const struct collection *collection, size_t cluster)
{
    for (size_t i = 0; i < collection->sight_count; i++) {
        const struct sight *sight = &collection->sights[i];
        if (sight->cluster == cluster && sight->kind < ACTION_KIND_COUNT &&
            sight->state == SIGHT_READ) {
            return true;
        }
    }
    return false;
}

void collect_expiry(struct collecting *collecting)
{
    const struct fleet *fleet = collecting->input->fleet;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct kube_cluster *kube = &fleet->clusters[i].kube;
        if (!was_read(collecting->result, i)) {
            continue;
        }
        judge_token(collecting, i);
        if (!is_verified(kube)) {
            judge_unverified(collecting, i);
        } else if (kube->certificates != NULL &&
                   kube->certificates->server.expires != TIMESTAMP_NONE) {
            judge_certificate(collecting, i);
            judge_ca(collecting, i);
        }
    }
}
