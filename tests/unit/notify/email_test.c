// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/sample_story.h"
#include "base/arena.h"
#include "notify/email.h"

static const struct email_address to[] = {{"Backup, Team", "team@example.com"},
                                          {NULL, "second@example.com"}};
static const struct email_options options = {
    .server = {.host = "smtp.example.com", .port = 587, .tls = SMTP_TLS_STARTTLS},
    .from = {"Kasten Alerts", "alerts@example.com"},
    .to = to,
    .to_count = 2,
};
static const struct channel_envelope envelope = {.message_id = "<sample.1@example.com>",
                                                 .date = 1775125320};

// The mail server of these tests: says what it is told to, checks what it is given.
static struct smtp_result answer;
static const char *const *expected_to;
static size_t expected_to_count;
static size_t sessions;

bool smtp_send(struct arena *arena, const struct smtp_server *server,
               const struct smtp_message *message, struct log *log, struct smtp_result *ret,
               struct error *error)
{
    (void)log;
    assert_ptr_equal(server, &options.server);
    assert_string_equal(message->from, "alerts@example.com");
    assert_int_equal(message->to_count, expected_to_count);
    for (size_t i = 0; i < expected_to_count; i++) {
        assert_string_equal(message->to[i], expected_to[i]);
    }
    sessions++;
    assert_memory_equal(message->data, "Date: ", 6);
    assert_int_equal(message->data_len, strlen(message->data));
    *ret = answer;
    ret->recipients = arena_alloc_array(arena, answer.recipient_count, sizeof *ret->recipients);
    for (size_t i = 0; i < answer.recipient_count; i++) {
        ret->recipients[i] = answer.recipients[i];
    }
    return answer.outcome == SMTP_ACCEPTED || error_set(error, ERROR_REFUSED, "the server said no");
}

static void compose(struct arena *arena, const char *name, struct buf *out)
{
    struct digest digest;
    struct error error;
    assert_true(sample_make(arena, name, &digest));
    assert_true(email_compose(&options, &digest, &envelope, out, &error));
}

// How often a header field of this name stands before the first empty line.
static size_t count_field(const char *message, const char *name)
{
    size_t count = 0;
    size_t len = strlen(name);
    for (const char *line = message; strncmp(line, "\r\n", 2) != 0;
         line = strstr(line, "\r\n") + 2) {
        count += strncmp(line, name, len) == 0 && line[len] == ':' ? 1 : 0;
    }
    return count;
}

static void check_message(const char *message, size_t len, size_t line_octets, bool threaded)
{
    static const char *const once[] = {"Date",
                                       "From",
                                       "To",
                                       "Subject",
                                       "Message-ID",
                                       "MIME-Version",
                                       "Auto-Submitted",
                                       "X-Auto-Response-Suppress",
                                       "List-Id",
                                       "Content-Type",
                                       "X-Kasten-Alert-State",
                                       "X-Kasten-Alert-Reason",
                                       "X-Kasten-Alert-Clusters",
                                       "X-Kasten-Alert-Failures",
                                       "X-Kasten-Alert-Invalid",
                                       "X-Kasten-Alert-Overdue",
                                       "X-Kasten-Alert-Stuck",
                                       "X-Kasten-Alert-Expiring",
                                       "X-Kasten-Alert-Exceptions",
                                       "X-Kasten-Alert-Applications",
                                       "X-Kasten-Alert-Unread",
                                       "X-Kasten-Alert-Recovered",
                                       "X-Kasten-Alert-Version"};
    static const char *const never[] = {"Bcc", "Precedence", "Cc", "X-Evil"};
    static const char *const thread[] = {"References", "In-Reply-To"};
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        assert_int_equal(count_field(message, once[i]), 1);
    }
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_int_equal(count_field(message, never[i]), 0);
    }
    for (size_t i = 0; i < sizeof thread / sizeof *thread; i++) {
        assert_int_equal(count_field(message, thread[i]), threaded ? 1 : 0);
    }
    size_t column = 0;
    for (size_t i = 0; i < len; i++) {
        bool line_end = message[i] == '\r' && message[i + 1] == '\n';
        assert_true(message[i] != '\n' || (i > 0 && message[i - 1] == '\r'));
        assert_true(message[i] != '\r' || line_end);
        assert_true(line_end || message[i] == '\n' || message[i] == '\t' ||
                    (message[i] >= 0x20 && message[i] < 0x7F));
        assert_true(column != 0 || message[i] != '.');
        column = message[i] == '\n' ? 0 : column + 1;
        assert_true(column <= line_octets + 1); // the CR too
    }
}

static void test_every_message_is_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; sample_name(i) != NULL; i++) {
        AUTO_PTR(arena) arena = arena_create();
        AUTO(buf) out;
        buf_init(&out, EMAIL_MAX_BYTES);
        compose(arena, sample_name(i), &out);
        // Names that are longer than a line cannot be folded; a hostile token makes no thread.
        bool hostile = strncmp(sample_name(i), "hostile", 7) == 0;
        bool threaded =
            strcmp(sample_name(i), "reminder") == 0 || strcmp(sample_name(i), "recovered") == 0;
        check_message(out.data, out.len, hostile ? 998 : 78, threaded);
    }
}

static void test_headers(void **state)
{
    static const char *const lines[] = {
        "Date: Thu, 02 Apr 2026 10:22:00 +0000\r\n",
        "\r\nFrom: Kasten Alerts <alerts@example.com>\r\n",
        "\r\nTo: \"Backup, Team\" <team@example.com>, second@example.com\r\n",
        "\r\nSubject: [Kasten Backup] 4 backup failures on OpenShift, K3s; cannot read\r\n",
        "cannot read\r\n RKE2\r\n",
        "\r\nMessage-ID: <sample.1@example.com>\r\n",
        "\r\nAuto-Submitted: auto-generated\r\n",
        "\r\nX-Auto-Response-Suppress: All\r\n",
        "\r\nList-Id: Kasten backup alerts\r\n <kasten-alerts.example.com>\r\n",
        "\r\nX-Kasten-Alert-State: failed\r\n",
        "\r\nX-Kasten-Alert-Reason: new, more-of-run, unread\r\n",
        "\r\nX-Kasten-Alert-Clusters: openshift, k3s, rke2\r\n",
        "\r\nX-Kasten-Alert-Failures: 4\r\n",
        "\r\nX-Kasten-Alert-Invalid: 0\r\n",
        "\r\nX-Kasten-Alert-Applications: 4\r\n",
        "\r\nX-Kasten-Alert-Unread: 1\r\n",
        "\r\nX-Kasten-Alert-Recovered: 0\r\n",
        "\r\nContent-Type: multipart/alternative;\r\n boundary=\"=_a-"};
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) out;
    buf_init(&out, EMAIL_MAX_BYTES);
    compose(arena, "typical", &out);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (strstr(out.data, lines[i]) == NULL) {
            fail_msg("no line %s", lines[i]);
        }
    }
    const char *text = strstr(out.data, "Content-Type: text/plain; charset=utf-8");
    const char *html = strstr(out.data, "Content-Type: text/html; charset=utf-8");
    assert_true(text != NULL && html != NULL && text < html);
    assert_null(strstr(out.data, "text/csv"));
}

// The mails of one incident: the same subject and the same root, but not of its end's subject.
static void test_thread(void **state)
{
    static const struct {
        const char *name;
        const char *line;
    } cases[] = {
        {"reminder", "\r\nReferences: <kasten-incident.5f1d36a0c2b94e77@example.com>\r\n"},
        {"reminder", "\r\nIn-Reply-To: <kasten-incident.5f1d36a0c2b94e77@example.com>\r\n"},
        {"reminder", "\r\nX-Kasten-Alert-Reason: reminder\r\n"},
        {"reminder", "\r\nX-Kasten-Alert-State: failed\r\n"},
        {"recovered", "\r\nReferences: <kasten-incident.5f1d36a0c2b94e77@example.com>\r\n"},
        {"recovered", "\r\nX-Kasten-Alert-Reason: recovered\r\n"},
        {"recovered", "\r\nX-Kasten-Alert-State: recovered\r\n"},
        {"recovered", "\r\nX-Kasten-Alert-Recovered: 1\r\n"},
        {"recovered", "\r\nX-Kasten-Alert-Clusters: k3s\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_PTR(arena) arena = arena_create();
        AUTO(buf) out;
        buf_init(&out, EMAIL_MAX_BYTES);
        compose(arena, cases[i].name, &out);
        assert_non_null(strstr(out.data, cases[i].line));
    }
}

static void test_what_is_cut_is_attached(void **state)
{
    (void)state;
    static const char *const names[] = {"many", "distinct", "hostile", "endings"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO_PTR(arena) arena = arena_create();
        AUTO(buf) out;
        buf_init(&out, EMAIL_MAX_BYTES);
        compose(arena, names[i], &out);
        assert_non_null(strstr(out.data, "Content-Type: multipart/mixed"));
        assert_non_null(strstr(out.data, "filename=\"kasten-failures.csv\""));
        assert_true(out.len < EMAIL_MAX_BYTES);
    }
}

static void test_a_resend_has_the_same_bytes(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    AUTO(buf) first;
    AUTO(buf) second;
    buf_init(&first, EMAIL_MAX_BYTES);
    buf_init(&second, EMAIL_MAX_BYTES);
    compose(arena, "typical", &first);
    compose(arena, "typical", &second);
    assert_string_equal(first.data, second.data);
}

static void test_bad_envelopes_are_refused(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct digest digest;
    struct error error;
    AUTO(buf) out;
    buf_init(&out, EMAIL_MAX_BYTES);
    assert_true(sample_make(arena, "single", &digest));
    struct email_options bad = options;
    bad.from.address = "alerts@example.com\r\nBcc: x@y";
    assert_false(email_compose(&bad, &digest, &envelope, &out, &error));
    assert_int_equal(error.class, ERROR_SETTINGS);
    static const struct email_address nobody[] = {{"", "not an address"}};
    bad = options;
    bad.to = nobody;
    bad.to_count = 1;
    assert_false(email_compose(&bad, &digest, &envelope, &out, &error));
    assert_int_equal(error.class, ERROR_SETTINGS);
    bad.to_count = 0;
    assert_false(email_compose(&bad, &digest, &envelope, &out, &error));
    struct channel_envelope forged = {.message_id = "<a@b>\r\nBcc: <x@y>"};
    assert_false(email_compose(&options, &digest, &forged, &out, &error));
    assert_int_equal(error.class, ERROR_INTERNAL);
    assert_int_equal(out.len, 0);
    AUTO(buf) small;
    buf_init(&small, 1000);
    assert_false(email_compose(&options, &digest, &envelope, &small, &error));
    assert_int_equal(error.class, ERROR_LIMIT);
}

static void test_delivery(void **state)
{
    (void)state;
    static const char *const everybody[] = {"team@example.com", "second@example.com"};
    static struct smtp_recipient recipients[] = {{"team@example.com", true, 250, "2.1.5 ok"},
                                                 {"second@example.com", false, 550, "5.1.1 no"}};
    AUTO_PTR(arena) arena = arena_create();
    struct digest digest;
    struct delivery delivery;
    struct error error;
    assert_true(sample_make(arena, "single", &digest));
    struct channel *channel = email_channel_create(arena, &options);
    expected_to = everybody;
    expected_to_count = 2;
    assert_string_equal(channel->description, "smtp.example.com:587 (STARTTLS)");
    answer = (struct smtp_result){SMTP_ACCEPTED, recipients, 2, 250, "queued"};
    assert_true(channel->deliver(channel, arena, &digest, &envelope, &delivery, &error));
    assert_int_equal(delivery.outcome, DELIVERY_ACCEPTED);
    assert_int_equal(delivery.recipient_count, 2);
    assert_true(delivery.recipients[0].accepted && !delivery.recipients[0].permanent);
    assert_true(!delivery.recipients[1].accepted && delivery.recipients[1].permanent);
    recipients[1].code = 450;
    answer.outcome = SMTP_AMBIGUOUS;
    assert_false(channel->deliver(channel, arena, &digest, &envelope, &delivery, &error));
    assert_int_equal(delivery.outcome, DELIVERY_AMBIGUOUS);
    assert_false(delivery.recipients[1].permanent);
    answer = (struct smtp_result){.outcome = SMTP_REFUSED};
    assert_false(channel->deliver(channel, arena, &digest, &envelope, &delivery, &error));
    assert_int_equal(delivery.outcome, DELIVERY_REFUSED);
    assert_int_equal(delivery.recipient_count, 0);
    struct channel_envelope forged = {.message_id = "x"};
    assert_false(channel->deliver(channel, arena, &digest, &forged, &delivery, &error));
    assert_int_equal(delivery.outcome, DELIVERY_REFUSED);
}

// A mail sent again goes to those whose answer is open; To shows all.
static void test_recipients(void **state)
{
    static const struct {
        const char *wanted[3];
        size_t wanted_count;
        const char *expected[2];
        size_t expected_count;
    } cases[] = {
        {{"second@example.com"}, 1, {"second@example.com"}, 1},
        {{"second@example.com", "team@example.com"},
         2,
         {"team@example.com", "second@example.com"},
         2},
        {{"gone@example.com", "team@example.com", "a\r\nRCPT TO:<b>"}, 3, {"team@example.com"}, 1},
        {{"gone@example.com"}, 1, {NULL}, 0},
        {{NULL}, 0, {NULL}, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct digest digest;
        struct delivery delivery;
        struct error error = {0};
        struct channel_envelope again = envelope;
        again.recipients = cases[i].wanted;
        again.recipient_count = cases[i].wanted_count;
        expected_to = cases[i].expected;
        expected_to_count = cases[i].expected_count;
        answer = (struct smtp_result){.outcome = SMTP_ACCEPTED};
        sessions = 0;
        assert_true(sample_make(arena, "single", &digest));
        struct channel *channel = email_channel_create(arena, &options);
        bool sent = channel->deliver(channel, arena, &digest, &again, &delivery, &error);
        assert_int_equal(sent, cases[i].expected_count > 0);
        assert_int_equal(sessions, cases[i].expected_count > 0 ? 1 : 0);
        if (!sent) {
            assert_int_equal(delivery.outcome, DELIVERY_REFUSED);
            assert_int_equal(delivery.recipient_count, 0);
            assert_int_equal(error.class, ERROR_SETTINGS);
        }
    }
}

static void test_dry_run(void **state)
{
    (void)state;
    static const char begin[] =
        "From: Kasten Alerts <alerts@example.com>\n"
        "To: Backup, Team <team@example.com>, second@example.com\n"
        "Subject: [Kasten Backup] K3s: daily-postgres failed - AccessDenied on profile s3-prod\n"
        "\n"
        "FAILED: daily-postgres failed on K3s\n";
    AUTO_PTR(arena) arena = arena_create();
    struct digest digest;
    AUTO(buf) out;
    buf_init(&out, EMAIL_MAX_BYTES);
    assert_true(sample_make(arena, "single", &digest));
    email_write_dry_run(&options, &digest, &out);
    assert_memory_equal(out.data, begin, sizeof begin - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_is_well_formed),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_thread),
        cmocka_unit_test(test_what_is_cut_is_attached),
        cmocka_unit_test(test_a_resend_has_the_same_bytes),
        cmocka_unit_test(test_bad_envelopes_are_refused),
        cmocka_unit_test(test_delivery),
        cmocka_unit_test(test_recipients),
        cmocka_unit_test(test_dry_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
