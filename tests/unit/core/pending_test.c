// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "core/pending.h"

static void age_decides(void **state)
{
    (void)state;
    static const struct {
        int64_t age;
        bool accepted;
        enum pending_state expected;
    } cases[] = {
        {0, false, PENDING_YOUNG},
        {599, false, PENDING_YOUNG},
        {600, false, PENDING_RETRY},
        {3 * 86400, false, PENDING_RETRY},
        {3 * 86400 + 1, false, PENDING_GIVEN_UP},
        // only recipients are outstanding: whoever comes next tries
        {0, true, PENDING_RETRY},
        {3 * 86400, true, PENDING_RETRY},
        {3 * 86400 + 1, true, PENDING_GIVEN_UP},
        // the clock was set back since
        {-1, false, PENDING_YOUNG},
        {-599, false, PENDING_YOUNG},
        {-600, false, PENDING_RETRY},
        {-86400 * 400, false, PENDING_RETRY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pending pending = {.date = 1000000000, .accepted = cases[i].accepted};
        if (pending_judge(&pending, pending.date + cases[i].age) != cases[i].expected) {
            fail_msg("case %zu", i);
        }
    }
}

static void a_copy_is_whole(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct arena *other = arena_create();
    const char **ids = arena_alloc_array(other, 2, sizeof *ids);
    ids[0] = arena_strdup(other, "k3s:run-a:2026-04-02");
    ids[1] = arena_strdup(other, "!unreachable/k3s");
    struct pending pending = {
        .message_id = arena_strdup(other, "<1@x>"),
        .date = 7,
        .recipients = ids,
        .recipient_count = 1,
        .ids = ids,
        .id_count = 2,
        .accepted = true,
    };
    struct pending copy = pending_copy(arena, &pending);
    arena_destroy(other);
    assert_string_equal(copy.message_id, "<1@x>");
    assert_int_equal(copy.date, 7);
    assert_true(copy.accepted);
    assert_int_equal(copy.recipient_count, 1);
    assert_string_equal(copy.recipients[0], "k3s:run-a:2026-04-02");
    assert_true(pending_names(&copy, "!unreachable/k3s"));
    assert_false(pending_names(&copy, "!unreachable/k3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(age_decides),
        cmocka_unit_test(a_copy_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
