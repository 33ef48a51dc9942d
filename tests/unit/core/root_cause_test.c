// SPDX-License-Identifier: MIT
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "core/cause_fingerprint.h"
#include "core/cause_table.h"
#include "core/root_cause.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void messages_are_classified(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        enum statement_class class;
    } cases[] = {
        {NULL, STATEMENT_EMPTY},
        {"", STATEMENT_EMPTY},
        {" - : () ", STATEMENT_EMPTY},
        {"null", STATEMENT_EMPTY},
        {"\xEF\xBF\xBD", STATEMENT_EMPTY},
        {"Job failed to be executed", STATEMENT_WRAPPER},
        {"JOB FAILED TO BE EXECUTED.", STATEMENT_WRAPPER},
        {"Failed checking jobs in group", STATEMENT_WRAPPER},
        {"Failure in exporting restorepoint", STATEMENT_WRAPPER},
        {"Failure in snapshotting workload web", STATEMENT_WRAPPER},
        {"ActionSet Failed", STATEMENT_WRAPPER},
        {"operation error", STATEMENT_WRAPPER},
        {"2 errors have occurred", STATEMENT_WRAPPER},
        {"Failed to exec command in pod", STATEMENT_WRAPPER},
        {"command terminated with exit code 1", STATEMENT_WRAPPER},
        {"Failed to exec command in pod: command terminated with exit code 1", STATEMENT_WRAPPER},
        {"Pod failed", STATEMENT_WRAPPER},
        {"Failed to copy artifacts", STATEMENT_WRAPPER},
        {"context canceled", STATEMENT_EFFECT},
        {"context deadline exceeded", STATEMENT_EFFECT},
        {"exit status 2", STATEMENT_EFFECT},
        {"ActionSet Failed: context canceled", STATEMENT_EFFECT},
        {"rpc error: code = DeadlineExceeded desc = context deadline exceeded", STATEMENT_EFFECT},
        {"rpc error: code = Internal desc = image is locked", STATEMENT_INFORMATIVE},
        {"operation error S3: PutObject", STATEMENT_INFORMATIVE},
        {"Failure in exporting restorepoint: no space left on device", STATEMENT_INFORMATIVE},
        {"command terminated with exit code 137", STATEMENT_INFORMATIVE},
        {"No profile found", STATEMENT_INFORMATIVE},
        {"failed to connect to repository", STATEMENT_INFORMATIVE},
        {"\xE7\xA3\x81\xE7\x9B\x98", STATEMENT_INFORMATIVE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (root_cause_classify(cases[i].message) != cases[i].class) {
            fail_msg("%s: %s", cases[i].message,
                     root_cause_class_name(root_cause_classify(cases[i].message)));
        }
    }
}

// A row that never matches what it describes is a mistake in the table.
static void every_row_matches_itself(void **state)
{
    (void)state;
    for (const struct cause_phrase *row = cause_table_rows; row->pattern != NULL; row++) {
        char text[256];
        size_t len = 0;
        for (const char *p = row->pattern; *p != '\0' && len < sizeof text - 4; p++) {
            if (*p == '#') {
                len += (size_t)snprintf(text + len, sizeof text - len, "42");
            } else if (*p == '*') {
                len += (size_t)snprintf(text + len, sizeof text - len, "x");
            } else {
                text[len++] = *p;
            }
        }
        const struct cause_phrase *found = cause_table_find(text, len, false);
        assert_non_null(found);
        assert_int_equal(found->class, row->class);
        assert_non_null(row->seen);
    }
}

struct text_case {
    const char *input;
    const char *expected;
};

static const struct text_case masks[] = {
    {"plain text stays", "plain text stays"},
    {"password=hunter2", "password=***"},
    {"KOPIA_PASSWORD=hunter2 kopia", "KOPIA_PASSWORD=*** kopia"},
    {"--password hunter2 --host=a", "--password *** --host=a"},
    {"--password 'hun ter2' x", "--password '***' x"},
    {"password: hunter2", "password: ***"},
    {"passwd:hunter2", "passwd:***"},
    {"\"password\": \"hun\\\"ter2\", \"user\"", "\"password\": \"***\", \"user\""},
    {"invalid repository password", "invalid repository password"},
    {"wrong password: cipher: message authentication failed",
     "wrong password: cipher: message authentication failed"},
    {"password: is not set", "password: is not set"},
    {"secret: secrets \"x\" not found", "secret: secrets \"x\" not found"},
    {"client_secret=abc", "client_secret=***"},
    {"Secret Access Key: wJalrXUtnFEMI", "Secret Access Key: ***"},
    {"AccountKey=abc==;EndpointSuffix=x", "AccountKey=***"},
    {"map[AWS_SECRET_ACCESS_KEY:abc region:x]", "map[AWS_SECRET_ACCESS_KEY:*** region:x]"},
    {"Authorization: Bearer abc.def", "Authorization: Bearer ***"},
    {"Authorization: Basic dXNlcjpwYXNz end", "Authorization: Basic *** end"},
    {"Proxy-Authorization: Negotiate YII=", "Proxy-Authorization: Negotiate ***"},
    {"bearer sha256~Zm9vYmFy rejected", "bearer *** rejected"},
    {"Bearer authentication required", "Bearer authentication required"},
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "***"},
    {"token=abc&next=1", "token=***&next=1"},
    {"token has expired", "token has expired"},
    {"?sig=aB%2F1&se=2026", "?sig=***&se=2026"},
    {"config=/etc/x", "config=/etc/x"},
    {"X-Amz-Signature=0f3a&X-Amz-Date=2026", "X-Amz-Signature=***&X-Amz-Date=2026"},
    {"X-Amz-Signature%3D0f3a end", "X-Amz-Signature%3D*** end"},
    {"X-Amz-Security-Token=FwoG&a=b", "X-Amz-Security-Token=***&a=b"},
    {"key AKIAIOSFODNN7EXAMPLE denied", "key *** denied"},
    {"https://user:pass@host/path", "https://***@host/path"},
    {"https://user:pa/ss@host/path", "https://***@host/path"},
    {"https://host:8443/path@sha256:1", "https://host:8443/path@sha256:1"},
    {"https://host/a", "https://host/a"},
    {"mongodb://root:x@db:27017/admin", "mongodb://***@db:27017/admin"},
    {"app:geheim@tcp(10.0.0.1:3306)/db", "***@tcp(10.0.0.1:3306)/db"},
    {"a -----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY----- b", "a *** b"},
    {"a -----BEGIN CERTIFICATE-----\nMII", "a ***"},
    {"key wJalrXUtnFEMIK7MDENGbPxRfiCYzEXAMPLE42K1 refused", "key *** refused"},
    {"pvc-446f532d-055e-4baa-80fd-cd55db94cbe0 busy",
     "pvc-446f532d-055e-4baa-80fd-cd55db94cbe0 busy"},
    {"sha256:0f3ab4c5d6e7f8090f3ab4c5d6e7f8090f3ab4c5d6e7f809",
     "sha256:0f3ab4c5d6e7f8090f3ab4c5d6e7f8090f3ab4c5d6e7f809"},
    {"line\none\x07", "line one\xEF\xBF\xBD"},
    {"the password is swordfish", "the password is ***"},
    {"password is: swordfish.", "password is: ***."},
    {"the password was 'sword fish', try again", "the password was '***', try again"},
    {"password is incorrect", "password is incorrect"},
    {"the password is wrong or has been rejected", "the password is wrong or has been rejected"},
    {"SMTP_PASSWORD is not set", "SMTP_PASSWORD is not set"},
    {"password was rejected", "password was rejected"},
    {"the token is expired", "the token is expired"},
    {"the secret key is abc123def", "the secret key is ***"},
    {"wrong passphrase \"swordfish\" for key", "wrong passphrase \"***\" for key"},
    {"password 'sword fish' refused", "password '***' refused"},
    {"secret \"k10-s3\" not found", "secret \"k10-s3\" not found"},
    {"unknown field \"password\" \"x\"", "unknown field \"password\" \"x\""},
    {"password:\n  swordfish\nuser: app", "password: *** user: app"},
    {"a:\n  password:\r\n    sword fish\r\n  user: app", "a: password: *** user: app"},
    {"password: |-\n  sword\n\n  fish\nuser: app", "password: *** user: app"},
    {"\"password\":\n  \"sword fish\",\n", "\"password\": ***"},
    {"wrong password:\n  cipher: message authentication failed",
     "wrong password: cipher: message authentication failed"},
    {"secret:\n  name:\n   x", "secret: name: x"},
    {"token:\n  not found", "token: not found"},
    {"pass\xE2\x80\x8Bword=hunter2", "pass\xEF\xBF\xBDword=***"},
    {"password\xE2\x80\x8B=\xE2\x80\x8B hunter2", "password\xEF\xBF\xBD=\xEF\xBF\xBD ***"},
    {"--pass\xEF\xBB\xBFword hunter2 x", "--pass\xEF\xBF\xBDword *** x"},
    {"pass\xE2\x80\x8Bword:\n  swordfish", "pass\xEF\xBF\xBDword: ***"},
    {"Post \"https://hooks.slack.com/services/T0/B0/xyz\": EOF",
     "Post \"https://hooks.slack.com/services/***\": EOF"},
    {"https://hooks.slack.com/docs", "https://hooks.slack.com/docs"},
    {"https://api.telegram.org/bot12:abc/send x", "https://api.telegram.org/bot*** x"},
    {"Passwort: geheim", "Passwort: ***"},
    {"Das Kennwort lautet Geheim1, bitte", "Das Kennwort lautet ***, bitte"},
    {"Das Passwort ist falsch", "Das Passwort ist falsch"},
    {"Mot de passe\xC2\xA0: secret", "Mot de passe : ***"},
    {"Contrase\xC3\xB1"
     "a: secreto",
     "Contrase\xC3\xB1"
     "a: ***"},
    {"CONTRASE\xC3\x91"
     "A=secreto",
     "CONTRASE\xC3\x91"
     "A=***"},
    {"\xE5\xAF\x86\xE7\xA0\x81\xEF\xBC\x9Ahunter2", "\xE5\xAF\x86\xE7\xA0\x81\xEF\xBC\x9A***"},
    {"cannot open \"/var/run/secrets/kubernetes.io/serviceaccount/token\": No such file or "
     "directory",
     "cannot open \"/var/run/secrets/kubernetes.io/serviceaccount/token\": No such file or "
     "directory"},
    {"open \".../serviceaccount/token\": Permission denied",
     "open \".../serviceaccount/token\": Permission denied"},
    {"open /etc/kopia/password: permission denied", "open /etc/kopia/password: permission denied"},
    {"no key \"token\": Invalid", "no key \"token\": Invalid"},
    {"user/password: swordfish", "user/password: ***"},
    {"{\"token\" : \"abc\"}", "{\"token\" : \"***\"}"},
    {"\"password\": swordfish", "\"password\": ***"},
};

static void secrets_are_masked(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    for (size_t i = 0; i < COUNT(masks); i++) {
        assert_string_equal(root_cause_mask(arena, masks[i].input), masks[i].expected);
    }
}

static const struct text_case pairs[] = {
    // Two texts with equal fingerprints.
    {"dial tcp 10.1.2.3:51515: refused", "dial tcp 10.99.255.1:443: refused"},
    {"dial tcp [fd00:10:96::a]:443: refused", "dial tcp [fd00:10:96::b:1]:8443: refused"},
    {"pod web-7d4b9c6f5d-xk2lp is gone", "pod web-6f9c8b7d4-zq9wm is gone"},
    {"job copy-vol-data-8fkz2 failed", "job copy-vol-data-k7xw2 failed"},
    {"run-97bhpgsm2s ended", "run-f2776nnj4l ended"},
    {"pvc-446f532d-055e-4baa-80fd-cd55db94cbe0 busy",
     "pvc-0a6f532d-155e-4baa-90fd-ad55db94cbe1 busy"},
    {"at 2026-03-01T02:00:11Z late", "at 2025-12-31T23:59:59.123+02:00 late"},
    {"request 0c3f2a7b9d1e failed", "request 77aa19bcde02 failed"},
    {"at 0xc000123af0", "at 0xc0ffee1234"},
    {"took 3h2m1.5s of 4", "took 59s of 12"},
    {"RequestId: 4YX9ZK2QW81BPL3A", "RequestId: 1AB2CD3EF4GH5IJ6"},
    {"RequestID: 5T8QK2J0W3, HostID: aB/cD+eFgHiJkLmNoPq==, api error AccessDenied",
     "RequestID: 8W3N6C1ZTX, HostID: zY+xW/vUtSrQpOnMlKj==, api error AccessDenied"},
    {"x-amz-request-id: AB, denied", "x-amz-request-id: CD, denied"},
    {"Access Denied", "access denied"},
    {"disk3 is full", "disk12 is full"},
};

static void equal_causes_have_equal_fingerprints(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        AUTO(buf) a;
        AUTO(buf) b;
        buf_init(&a, 1024);
        buf_init(&b, 1024);
        cause_fingerprint_normalise(&a, pairs[i].input);
        cause_fingerprint_normalise(&b, pairs[i].expected);
        assert_string_equal(a.data, b.data);
    }
    assert_true(cause_fingerprint("No profile found") != cause_fingerprint("Access Denied"));
    assert_true(cause_fingerprint("bucket k10-prod") != cause_fingerprint("bucket k10-test"));
    // Stored beside open incidents: a change of the algorithm is a change of the state's format.
    assert_true(cause_fingerprint("Access Denied 17") == UINT64_C(0xfe75783405944717));
}

static void find(struct arena *arena, const struct statement *root, struct cause_list *ret)
{
    root_cause_find(arena, root, ret);
}

static void nothing_gives_a_sentence(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct cause_list list;
    find(arena, NULL, &list);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].text, "no reason given by K10");
    assert_false(list.items[0].informative);
    struct statement empty = {.message = " "};
    find(arena, &empty, &list);
    assert_string_equal(list.items[0].text, "no reason given by K10");
}

static void a_deep_tree_ends(void **state)
{
    (void)state;
    enum { DEPTH = 5000 };
    AUTO_PTR(arena) arena = arena_create();
    struct statement *chain = arena_alloc_array(arena, DEPTH, sizeof *chain);
    for (size_t i = 0; i < DEPTH; i++) {
        chain[i].message = "Job failed to be executed";
        chain[i].first_child = i + 1 < DEPTH ? &chain[i + 1] : NULL;
    }
    chain[400].message = "disk of node w1 is full";
    struct cause_list list;
    find(arena, chain, &list);
    assert_string_equal(list.items[0].text, "disk of node w1 is full");
}

static struct cause_list one_cause(struct arena *arena, const char *message, const char *where)
{
    struct statement statement = {.message = message, .where = where};
    struct cause_list list;
    find(arena, &statement, &list);
    return list;
}

static void merging_collects_places(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct cause_list list = one_cause(arena, "Job failed to be executed", NULL);
    struct cause_list a = one_cause(arena, "No profile found", "namespace a");
    struct cause_list b = one_cause(arena, "No profile found", "namespace b");
    struct cause_list c = one_cause(arena, "Access Denied", "namespace a, volume data");
    assert_true(root_cause_is_only_in(&a.items[0], "a"));
    root_cause_merge(arena, &list, &a);
    root_cause_merge(arena, &list, &b);
    root_cause_merge(arena, &list, &b);
    root_cause_merge(arena, &list, &c);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].text, "No profile found");
    assert_string_equal(list.items[0].where, "namespaces a, b");
    assert_false(root_cause_is_only_in(&list.items[0], "a"));
    assert_string_equal(list.items[1].where, "namespace a, volume data");
    assert_false(root_cause_is_only_in(&list.items[1], "a"));
}

static void merging_counts_what_it_omits(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct cause_list list = {.count = 0};
    for (int i = 0; i < 40; i++) {
        char text[64];
        snprintf(text, sizeof text, "disk %c%c is full", 'a' + i / 26, 'a' + i % 26);
        struct cause_list more = one_cause(arena, text, NULL);
        root_cause_merge(arena, &list, &more);
    }
    assert_int_equal(list.count, ROOT_CAUSE_MAX_CAUSES);
    assert_string_equal(list.items[list.count - 1].text, "and 25 more causes");
    assert_string_equal(list.items[0].text, "disk aa is full");
}

static void merging_an_empty_list(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct cause_list list = {.count = 0};
    struct cause_list none = {.count = 0};
    root_cause_merge(arena, &list, &none);
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_classified),
        cmocka_unit_test(every_row_matches_itself),
        cmocka_unit_test(secrets_are_masked),
        cmocka_unit_test(equal_causes_have_equal_fingerprints),
        cmocka_unit_test(nothing_gives_a_sentence),
        cmocka_unit_test(a_deep_tree_ends),
        cmocka_unit_test(merging_collects_places),
        cmocka_unit_test(merging_counts_what_it_omits),
        cmocka_unit_test(merging_an_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
