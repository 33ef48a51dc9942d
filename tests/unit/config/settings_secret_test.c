// SPDX-License-Identifier: MIT
// The property: whatever is wrong with it and wherever it was put, no part of a secret is in a
// message.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "settings_support.h"

enum { ROUNDS = 40, SECRET_BYTES = 24, WINDOW = 5 };

struct template
{
    const char *changes[SUPPORT_CHANGES]; // S stands for the secret
    bool silent;                          // it may be valid
};

#define S "\x7E" // the place of the secret: '~', which no template needs

static const struct template templates[] = {
    {{"SMTP_PASSWORD=" S}, false},
    {{"SMTP_USER=u", "SMTP_PASSWORD=" S}, true},
    {{"SMTP_USER=u", "SMTP_PASSWORD=" S "\n"}, false},
    {{"SMTP_USER=u", "SMTP_PASSWORD=" S "\n\n"}, false},
    {{"SMTP_USER=u", "SMTP_PASSWORD=" S "\n" S}, false},
    {{"SMTP_USER=u", "SMTP_PASSWORD=\x01" S}, false},
    {{"SMTP_USER=u", "SMTP_PASSWORD=" S, "SMTP_TLS=none"}, false},
    {{"SMTP_USER=u", "SMTP_PASSWORD=" S, "SMTP_PASSWORD_FILE=" S}, false},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=" S}, false},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=/" S}, false},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=bad-secret"}, false},
    {{"SMTP_USER=u\n", "SMTP_PASSWORD=" S}, false},
    {{"SMTP_PASSWD=" S}, false},
    {{"SMPT_PASSWORD=" S}, false},
    {{"SMTP_HOST=u:" S "@mail.example.com"}, false},
    {{"SMTP_HOST=smtp://u:" S "@mail.example.com"}, false},
    {{"CLUSTER_1_TOKEN=" S " " S}, false},
    {{"CLUSTER_1_TOKEN=Bearer " S}, false},
    {{"CLUSTER_1_TOKEN=bearer " S "\n"}, false},
    {{"CLUSTER_1_TOKEN=" S "\r\n"}, false},
    {{"CLUSTER_1_TOKEN=" S "\x80"}, false},
    {{"CLUSTER_1_TOKEN=ZXlK" S}, false},
    {{"CLUSTER_1_TOKEN=" S, "CLUSTER_1_TOKEN_FILE=" S}, false},
    {{"-CLUSTER_1_TOKEN", "CLUSTER_1_TOKEN_FILE=" S}, false},
    {{"-CLUSTER_1_TOKEN", "CLUSTER_1_TOKEN_FILE=bad-secret"}, false},
    {{"CLUSTER_1_TOKN=" S}, false},
    {{"CLUSTER_0_TOKEN=" S}, false},
    {{"CLUSTER_2_TOKEN=" S}, false},
    {{"CLUSTER_1_CA_DATA=" S}, false},
    {{"CLUSTER_1_API_URL=https://u:" S "@x.example"}, false},
    {{"CLUSTER_1_API_URL=https://" S "@x.example/"}, true},
    {{"CLUSTER_1_API_URL=https://x.example/?token=" S}, false},
    {{"CLUSTER_1_API_URL=https://x.example/#" S}, false},
    {{"CLUSTER_1_DASHBOARD_URL=https://u:" S "@x.example"}, false},
    {{"KUBECONFIG_CONTEXTS=" S}, false},
};

// The same secrets in every run: a failure can be repeated.
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 16;
}

static void make_secret(uint32_t *random, char ret[SECRET_BYTES + 1])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+=%$!&*;,'\"\\<>|(){}";
    for (size_t i = 0; i < SECRET_BYTES; i++) {
        ret[i] = alphabet[next_random(random) % (sizeof alphabet - 1)];
    }
    ret[SECRET_BYTES] = '\0';
}

static const char *put_secret(struct arena *arena, const char *text, const char *secret)
{
    const char *place = strchr(text, S[0]);
    const char *all = text;
    while (place != NULL) {
        size_t before = (size_t)(place - all);
        all = arena_format(arena, "%.*s%s%s", (int)before, all, secret, place + 1);
        place = strchr(all + before + strlen(secret), S[0]);
    }
    return all;
}

static void check_template(const struct template *template, const char *secret)
{
    const char *changes[SUPPORT_CHANGES] = {NULL};
    struct arena *arena = arena_create();
    for (size_t i = 0; i < SUPPORT_CHANGES && template->changes[i] != NULL; i++) {
        changes[i] = put_secret(arena, template->changes[i], secret);
    }
    struct loaded loaded;
    support_load(&loaded, changes);
    const char *messages = support_messages(&loaded);
    if (!template->silent && *messages == '\0') {
        fail_msg("%s: no message with the secret %s", template->changes[0], secret);
    }
    for (size_t i = 0; i + WINDOW <= SECRET_BYTES; i++) {
        char window[WINDOW + 1] = {0};
        memcpy(window, secret + i, WINDOW);
        if (strstr(messages, window) != NULL) {
            fail_msg("%s: \"%s\" of the secret is in\n%s", template->changes[0], window, messages);
        }
    }
    support_finish(&loaded);
    arena_destroy(arena);
}

static void test_no_secret_in_messages(void **state)
{
    (void)state;
    uint32_t random = 20260402;
    for (size_t round = 0; round < ROUNDS; round++) {
        char secret[SECRET_BYTES + 1];
        make_secret(&random, secret);
        char content[2 * SECRET_BYTES + 2];
        int len = snprintf(content, sizeof content, "%s\n%s", secret, secret);
        support_enter_folder();
        support_write_file("bad-secret", content, (size_t)len);
        for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
            check_template(&templates[i], secret);
        }
        support_leave_folder();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_secret_in_messages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
