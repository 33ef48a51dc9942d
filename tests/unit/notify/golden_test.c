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
#include "base/file.h"
#include "base/timestamp.h"
#include "notify/email.h"
#include "report/html.h"
#include "report/text.h"

// The mails of tests/golden, byte for byte. UPDATE_GOLDEN=1 writes them anew: look at what changed
// (git diff, tests/support/mail_clients) before keeping it.
enum { BUFFER_BYTES = 8 * 1024 * 1024 };

static void compare(struct arena *arena, const char *name, const char *suffix,
                    const struct buf *content)
{
    const char *path = arena_format(arena, TEST_FIXTURES "/../golden/%s.%s", name, suffix);
    const char *update = getenv("UPDATE_GOLDEN");
    struct error error;
    if (update != NULL && strcmp(update, "1") == 0) {
        assert_true(file_replace(path, content->data, content->len, &error));
        return;
    }
    AUTO(buf) golden;
    buf_init(&golden, BUFFER_BYTES);
    if (!file_read(path, BUFFER_BYTES, &golden, &error)) {
        fail_msg("%s", error.text);
    }
    if (strcmp(golden.data, content->data) != 0) {
        fail_msg("%s.%s is not as in tests/golden; UPDATE_GOLDEN=1 rewrites it", name, suffix);
    }
}

static void test_golden(void **state)
{
    static const char *const names[] = {
        "typical",  "group",      "unread",   "first",     "hostile",    "story",
        "reminder", "recovered",  "invalid",  "classes",   "exceptions", "stuck",
        "overdue",  "standstill", "expiring", "explained", "over"};
    static const struct email_address to[] = {{"Backup team", "team@example.com"}};
    static const struct email_options options = {
        .from = {"Kasten Alerts", "alerts@example.com"},
        .to = to,
        .to_count = 1,
    };
    static const struct channel_envelope envelope = {.message_id = "<sample.1@example.com>",
                                                     .date = 1775125320};
    (void)state;
    assert_true(timestamp_use_zone("Europe/Berlin"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO_PTR(arena) arena = arena_create();
        struct digest digest;
        struct error error;
        AUTO(buf) out;
        buf_init(&out, BUFFER_BYTES);
        assert_true(sample_make(arena, names[i], &digest));
        (void)text_render(&out, &digest, 0);
        compare(arena, names[i], "txt", &out);
        buf_reset(&out);
        (void)html_render(&out, &digest, HTML_MAIL_BYTES);
        compare(arena, names[i], "html", &out);
        if (i == 0) {
            buf_reset(&out);
            assert_true(email_compose(&options, &digest, &envelope, &out, &error));
            compare(arena, names[i], "eml", &out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
