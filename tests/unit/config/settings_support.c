// SPDX-License-Identifier: MIT
#include "settings_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/banned.h"

static const char *const valid[] = {"SMTP_HOST=mail.example.com",
                                    "ALERT_FROM=k10@example.com",
                                    "ALERT_TO=ops@example.com",
                                    "CLUSTER_1_NAME=k3s",
                                    "CLUSTER_1_API_URL=https://192.168.1.105:6443",
                                    "CLUSTER_1_TOKEN=token-of-k3s"};

enum { VALID_COUNT = sizeof valid / sizeof valid[0], FILES = 32 };

void support_load_all(struct loaded *loaded, char *const *environment)
{
    *loaded = (struct loaded){.arena = arena_create()};
    loaded->ok = settings_load(loaded->arena, environment, &loaded->settings, &loaded->messages);
    assert_int_equal(loaded->ok, loaded->messages.problem_count == 0);
}

static bool is_changed(const char *variable, const char *const changes[])
{
    size_t key_len = strcspn(variable, "=");
    for (size_t i = 0; i < SUPPORT_CHANGES && changes[i] != NULL; i++) {
        const char *key = changes[i] + (changes[i][0] == '-' ? 1 : 0);
        if (strcspn(key, "=") == key_len && strncmp(key, variable, key_len) == 0) {
            return true;
        }
    }
    return false;
}

void support_load(struct loaded *loaded, const char *const changes[])
{
    char *environment[VALID_COUNT + SUPPORT_CHANGES + 1] = {NULL};
    struct arena *arena = arena_create();
    size_t count = 0;
    for (size_t i = 0; i < VALID_COUNT; i++) {
        if (!is_changed(valid[i], changes)) {
            environment[count++] = arena_strdup(arena, valid[i]);
        }
    }
    for (size_t i = 0; i < SUPPORT_CHANGES && changes[i] != NULL; i++) {
        if (changes[i][0] != '-') {
            environment[count++] = arena_strdup(arena, changes[i]);
        }
    }
    support_load_all(loaded, environment);
    // Nothing of the result may point into the environment: it goes away here, and the sanitizer
    // would tell.
    arena_destroy(arena);
}

void support_finish(struct loaded *loaded)
{
    arena_destroy(loaded->arena);
}

static const char *text_or(const char *text)
{
    return text != NULL ? text : "(null)";
}

static const char *addresses(const struct loaded *loaded, const struct mail_address *list,
                             size_t count)
{
    const char *all = "";
    for (size_t i = 0; i < count; i++) {
        all = arena_format(loaded->arena, "%s%s[%s]<%s>", all, i == 0 ? "" : " ", list[i].name,
                           list[i].address);
    }
    return all;
}

static const char *joined(const struct loaded *loaded, const char *const *words, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++) {
        text = arena_format(loaded->arena, "%s%s%s", text, i > 0 ? " " : "", words[i]);
    }
    return text;
}

static const char *cluster_field(const struct loaded *loaded, const char *field)
{
    const struct cluster_settings *cluster = &loaded->settings.clusters[0];
    const struct {
        const char *name;
        const char *value;
    } texts[] = {{"name", cluster->name},
                 {"label", cluster->label},
                 {"api_url", cluster->api_url},
                 {"in_cluster", cluster->in_cluster ? "true" : "false"},
                 {"token", cluster->token},
                 {"ca_pem", cluster->ca_pem},
                 {"tls_server_name", cluster->tls_server_name},
                 {"insecure", cluster->insecure_skip_tls_verify ? "true" : "false"},
                 {"k10_namespace", cluster->k10_namespace},
                 {"dashboard_url", cluster->dashboard_url}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].name, field) == 0) {
            return text_or(texts[i].value);
        }
    }
    fail_msg("no such field: cluster.%s", field);
    return "";
}

static const char *number_field(const struct loaded *loaded, const char *field)
{
    const struct settings *settings = &loaded->settings;
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {{"cluster_count", (int64_t)settings->cluster_count},
                   {"cluster_number", settings->clusters[0].number},
                   {"smtp_port", settings->smtp_port},
                   {"smtp_tls", settings->smtp_tls},
                   {"smtp_timeout_s", settings->smtp_timeout_s},
                   {"to_count", (int64_t)settings->to_count},
                   {"lookback_s", settings->lookback_s},
                   {"every_run", settings->every_run},
                   {"remind_every_s", settings->remind_every_s},
                   {"stuck_after_s", settings->stuck_after_s},
                   {"unreachable_after_s", settings->unreachable_after_s},
                   {"max_concurrency", settings->max_concurrency},
                   {"request_timeout_s", settings->request_timeout_s},
                   {"log_format", settings->log_format},
                   {"log_level", settings->log_level}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].name, field) == 0) {
            return arena_format(loaded->arena, "%lld", (long long)numbers[i].value);
        }
    }
    fail_msg("no such field: %s", field);
    return "";
}

const char *support_field(const struct loaded *loaded, const char *field)
{
    const struct settings *settings = &loaded->settings;
    if (strncmp(field, "cluster.", 8) == 0) {
        return cluster_field(loaded, field + 8);
    }
    const struct {
        const char *name;
        const char *value;
    } texts[] = {{"smtp_host", settings->smtp_host},
                 {"smtp_user", settings->smtp_user},
                 {"smtp_password", settings->smtp_password},
                 {"smtp_auth", settings->smtp_auth},
                 {"smtp_ca_pem", settings->smtp_ca_pem},
                 {"from", addresses(loaded, &settings->from, 1)},
                 {"to", addresses(loaded, settings->to, settings->to_count)},
                 {"subject_prefix", settings->subject_prefix},
                 {"alert_kinds", joined(loaded, settings->alert_kinds, settings->alert_kind_count)},
                 {"alert_on", joined(loaded, settings->alert_on, settings->alert_on_count)},
                 {"timezone", settings->timezone},
                 {"state", settings->state}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].name, field) == 0) {
            return text_or(texts[i].value);
        }
    }
    return number_field(loaded, field);
}

const char *support_messages(const struct loaded *loaded)
{
    const char *all = "";
    const struct settings_messages *messages = &loaded->messages;
    for (size_t i = 0; i < messages->problem_count; i++) {
        all = arena_format(loaded->arena, "%sproblem %s: %s\n", all, messages->problems[i].key,
                           messages->problems[i].text);
    }
    for (size_t i = 0; i < messages->warning_count; i++) {
        all = arena_format(loaded->arena, "%swarning %s: %s\n", all, messages->warnings[i].key,
                           messages->warnings[i].text);
    }
    return all;
}

static struct {
    char path[64];
    char before[512];
    char names[FILES][64];
    size_t count;
} folder;

void support_enter_folder(void)
{
    assert_non_null(getcwd(folder.before, sizeof folder.before));
    (void)snprintf(folder.path, sizeof folder.path, "/tmp/settings-test-XXXXXX");
    assert_non_null(mkdtemp(folder.path));
    assert_int_equal(chdir(folder.path), 0);
    folder.count = 0;
}

void support_write_file(const char *name, const char *bytes, size_t len)
{
    assert_true(folder.count < FILES && strlen(name) < sizeof folder.names[0]);
    memcpy(folder.names[folder.count++], name, strlen(name) + 1);
    FILE *file = fopen(name, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

void support_leave_folder(void)
{
    for (size_t i = 0; i < folder.count; i++) {
        (void)unlink(folder.names[i]);
    }
    assert_int_equal(chdir(folder.before), 0);
    assert_int_equal(rmdir(folder.path), 0);
}
