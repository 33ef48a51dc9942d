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
#include "base/timestamp.h"
#include "report/csv.h"

static struct digest_cause cause = {.text = "=cmd|' /C calc'!A0", .where = "pod, \"x\""};
static const char *const namespaces[] = {"shop", "web"};

static void render(const struct digest_row *row, size_t max_bytes, struct buf *out)
{
    struct digest_row copy = *row;
    struct digest_group group = {.rows = &copy, .row_count = 1};
    struct digest digest = {.groups = &group, .group_count = 1, .row_count = 1};
    (void)csv_render(out, &digest, max_bytes);
}

static const struct digest_row sample_row = {
    .cluster = "@SUM(1)",
    .run_action = "run-a",
    .policy = "-1+2",
    .namespaces = namespaces,
    .namespace_count = 2,
    .causes = &cause,
    .cause_count = 1,
    .what = "+1",
    .reason = "new",
    .ended = "",
    .class_word = "failed",
    .id = "\xEF\xBC\x9D"
          "1",
    .ended_at = 1775125320,
    .reason_word = "again",
    .since = 1775125320 - 3600,
    .runs = 3,
};

static void test_cells(void **state)
{
    (void)state;
    AUTO(buf) out;
    buf_init(&out, 65536);
    render(&sample_row, 60000, &out);
    assert_string_equal(
        out.data,
        "\xEF\xBB\xBF"
        "Cluster,Run Action,Policy,Namespaces,Error,What,Ended,Reason,Alert ID,Reason Word,"
        "Since,Failed Runs,Class\r\n"
        "\"'@SUM(1)\",\"run-a\",\"'-1+2\",\"shop web\",\"'=cmd|' /C calc'!A0 (pod, \"\"x\"\")\","
        "\"'+1\",\"2026-04-02T10:22:00Z\",\"new\",\"'\xEF\xBC\x9D"
        "1\",\"again\",\"2026-04-02T09:22:00Z\",\"3\",\"failed\"\r\n");
    struct digest_row bare = {.id = "x",
                              .cluster = "",
                              .run_action = "",
                              .policy = "",
                              .what = "",
                              .reason = "",
                              .reason_word = "",
                              .class_word = "invalid",
                              .since = TIMESTAMP_NONE};
    buf_reset(&out);
    render(&bare, 60000, &out);
    assert_non_null(strstr(out.data, "\"\",\"x\",\"\",\"\",\"\",\"invalid\"\r\n"));
}

static void test_what_has_no_room_is_counted(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct digest digest;
    AUTO(buf) out;
    buf_init(&out, 8 * 1024 * 1024);
    assert_true(sample_make(arena, "many", &digest));
    assert_int_equal(csv_render(&out, &digest, 8 * 1024 * 1024), 5000);
    buf_reset(&out);
    size_t rows = csv_render(&out, &digest, 10000);
    assert_true(rows > 0 && rows < 50 && out.len <= 10000);
    char last[64];
    (void)snprintf(last, sizeof last, "\r\nand %zu more,,,,,,,,,,,,\r\n", 5000 - rows);
    assert_string_equal(out.data + out.len - strlen(last), last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_what_has_no_room_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
