// SPDX-License-Identifier: MIT
#include "config/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "config/near_miss.h"

#include "base/banned.h"

#define DIGITS "0123456789"

static const char cluster_prefix[] = "CLUSTER_";

enum {
    PREFIX_LEN = sizeof cluster_prefix - 1,
    CLUSTER_DIGITS = 4,
    CLUSTER_NUMBER_MAX = 9999,
    CANDIDATE_BYTES = 64,
    // A shorter name is within two edits of too many others: STATE, STAGE.
    NEAR_MISS_NAME_MIN = 8,
};

struct reader {
    struct arena *arena;
    struct settings_report *report;
    struct map clusters; // digits -> struct environment_cluster
    struct environment *environment;
};

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

// "_PORT_25_TCP" at the end, or with _PROTO, _PORT or _ADDR behind it.
static bool is_port_link(const char *port)
{
    static const char *const ends[] = {"", "_PROTO", "_PORT", "_ADDR"};
    static const char *const protocols[] = {"_TCP", "_UDP", "_SCTP"};
    const char *rest = port + strlen("_PORT_");
    size_t digits = strspn(rest, DIGITS);
    for (size_t i = 0; digits > 0 && i < sizeof protocols / sizeof protocols[0]; i++) {
        const char *end = rest + digits + strlen(protocols[i]);
        for (size_t j = 0; starts_with(rest + digits, protocols[i]) && j < 4; j++) {
            if (strcmp(end, ends[j]) == 0) {
                return true;
            }
        }
    }
    return false;
}

// The variables that the kubelet sets for every Service of the namespace (Kubernetes, "Service":
// environment variables): NAME_SERVICE_HOST, NAME_SERVICE_PORT[_PORTNAME], NAME_PORT=tcp://...,
// NAME_PORT_25_TCP[_PROTO|_PORT|_ADDR].
static bool is_service_link(const char *name, const char *value)
{
    if (ends_with(name, "_SERVICE_HOST") || ends_with(name, "_SERVICE_PORT") ||
        strstr(name, "_SERVICE_PORT_") != NULL) {
        return true;
    }
    if (ends_with(name, "_PORT") && (starts_with(value, "tcp://") || starts_with(value, "udp://") ||
                                     starts_with(value, "sctp://"))) {
        return true;
    }
    for (const char *p = strstr(name, "_PORT_"); p != NULL; p = strstr(p + 1, "_PORT_")) {
        if (is_port_link(p)) {
            return true;
        }
    }
    return false;
}

// HTTP_PORT and SMTP_PORT are two edits apart and both common.
static bool is_other_protocol(const char *name)
{
    static const char *const protocols[] = {"HTTP", "FTP",  "SFTP", "TFTP", "AMQP", "IMAP",
                                            "NTP",  "SNMP", "LMTP", "SMB",  "STOMP"};
    size_t len = strcspn(name, "_");
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (strlen(protocols[i]) == len && strncmp(name, protocols[i], len) == 0) {
            return true;
        }
    }
    return false;
}

// The key that a row has for a name: as it is, or with CLUSTER_<N>_, N being the first number in
// the name. False for a row per cluster when there is none.
static bool make_candidate(const struct settings_key *key, const char *name,
                           char ret[CANDIDATE_BYTES])
{
    if (key->scope == SETTINGS_GLOBAL) {
        return snprintf(ret, CANDIDATE_BYTES, "%s", key->name) > 0;
    }
    const char *digits = strpbrk(name, DIGITS);
    if (digits == NULL) {
        return false;
    }
    size_t len = strspn(digits, DIGITS);
    for (; len > 1 && *digits == '0'; len--) {
        digits++;
    }
    if (*digits == '0' || len > CLUSTER_DIGITS) {
        digits = "1";
        len = 1;
    }
    return snprintf(ret, CANDIDATE_BYTES, "%s%.*s_%s", cluster_prefix, (int)len, digits,
                    key->name) > 0;
}

// The nearest key in ret; false when none is near.
static bool find_nearest(const char *name, char ret[CANDIDATE_BYTES])
{
    char candidate[CANDIDATE_BYTES];
    size_t fewest = NEAR_MISS_EDITS + 1;
    for (size_t i = 0; strlen(name) <= NEAR_MISS_BYTES && i < SETTINGS_KEY_COUNT; i++) {
        if (!make_candidate(&settings_table[i], name, candidate) ||
            strlen(candidate) < NEAR_MISS_NAME_MIN) {
            continue;
        }
        size_t edits = near_miss_edits(name, candidate);
        if (edits < fewest) {
            fewest = edits;
            memcpy(ret, candidate, sizeof candidate);
        }
    }
    return fewest <= NEAR_MISS_EDITS;
}

// Splits "CLUSTER_12_NAME"; false when it is not of that form. *ret_suffix begins after the '_'.
static bool split_cluster_key(const char *name, size_t *ret_digits, const char **ret_suffix)
{
    if (!starts_with(name, cluster_prefix)) {
        return false;
    }
    size_t digits = strspn(name + PREFIX_LEN, DIGITS);
    if (digits == 0 || name[PREFIX_LEN + digits] != '_') {
        return false;
    }
    *ret_digits = digits;
    *ret_suffix = name + PREFIX_LEN + digits + 1;
    return true;
}

static bool has_own_prefix(const char *name)
{
    size_t digits;
    const char *suffix;
    return starts_with(name, "SMTP_") || starts_with(name, "ALERT_") ||
           split_cluster_key(name, &digits, &suffix);
}

// A name of the environment may hold anything but '='.
static const char *shown_name(const struct reader *reader, const char *name)
{
    AUTO(buf) shown;
    buf_init(&shown, (size_t)NEAR_MISS_BYTES * 3);
    utf8_clean(&shown, name, utf8_cut(name, strlen(name), NEAR_MISS_BYTES));
    return arena_strdup(reader->arena, shown.data);
}

static void warn_unknown(struct reader *reader, const char *name)
{
    char nearest[CANDIDATE_BYTES];
    bool own = has_own_prefix(name);
    if ((own || !is_other_protocol(name)) && find_nearest(name, nearest)) {
        settings_report_warning(reader->report, shown_name(reader, name),
                                "is not a setting and has no effect; did you mean %s?", nearest);
    } else if (own) {
        settings_report_warning(reader->report, shown_name(reader, name),
                                "is not a setting and has no effect");
    }
}

static struct environment_cluster *cluster_of(struct reader *reader, const char *digits, size_t len)
{
    struct map_entry *entry =
        map_entry(&reader->clusters, arena_strndup(reader->arena, digits, len));
    if (entry->value == NULL) {
        struct environment_cluster *cluster = arena_alloc(reader->arena, sizeof *cluster);
        uint64_t number = 0;
        // The caller has checked that the digits are a number up to CLUSTER_NUMBER_MAX.
        if (parse_uint(entry->key, CLUSTER_NUMBER_MAX, &number)) {
            cluster->number = (unsigned)number;
        }
        entry->value = cluster;
    }
    return entry->value;
}

static void set_once(const char **place, const char *value)
{
    if (*place == NULL) {
        *place = value;
    }
}

static void read_variable(struct reader *reader, const char *name, const char *value)
{
    size_t digits;
    const char *suffix;
    const struct settings_key *key = settings_table_find(SETTINGS_GLOBAL, name);
    if (key != NULL) {
        set_once(&reader->environment->values[settings_table_index(key)], value);
        return;
    }
    if (split_cluster_key(name, &digits, &suffix)) {
        key = settings_table_find(SETTINGS_PER_CLUSTER, suffix);
    }
    if (key == NULL) {
        warn_unknown(reader, name);
    } else if (name[PREFIX_LEN] == '0' || digits > CLUSTER_DIGITS) {
        settings_report_problem(reader->report, shown_name(reader, name),
                                "expected a cluster number from 1 to %d without leading zeros",
                                CLUSTER_NUMBER_MAX);
    } else {
        struct environment_cluster *cluster = cluster_of(reader, name + PREFIX_LEN, digits);
        set_once(&cluster->values[settings_table_index(key)], value);
    }
}

static int compare_clusters(const void *a, const void *b)
{
    const struct environment_cluster *const *left = a;
    const struct environment_cluster *const *right = b;
    return ((*left)->number > (*right)->number) - ((*left)->number < (*right)->number);
}

void environment_read(struct arena *arena, char *const *strings, struct settings_report *report,
                      struct environment *ret)
{
    *ret = (struct environment){0};
    struct reader reader = {.arena = arena, .report = report, .environment = ret};
    map_init(&reader.clusters, arena);
    for (; *strings != NULL; strings++) {
        const char *equals = strchr(*strings, '=');
        if (equals == NULL || equals == *strings || equals[1] == '\0') {
            continue;
        }
        const char *name = arena_strndup(arena, *strings, (size_t)(equals - *strings));
        if (!is_service_link(name, equals + 1)) {
            read_variable(&reader, name, equals + 1);
        }
    }
    ret->cluster_count = reader.clusters.count;
    ret->clusters = arena_alloc_array(arena, ret->cluster_count, sizeof(void *));
    for (size_t i = 0; i < ret->cluster_count; i++) {
        ret->clusters[i] = reader.clusters.entries[i].value;
    }
    if (ret->cluster_count > 1) {
        qsort(ret->clusters, ret->cluster_count, sizeof(void *), compare_clusters);
    }
}
