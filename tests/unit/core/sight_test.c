// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/sight.h"

static void lacking_kinds_are_limitations_but_for_backups(void **state)
{
    (void)state;
    assert_int_equal(sight_judge(ACTION_BACKUP, ERROR_NONE), SIGHT_READ);
    assert_int_equal(sight_judge(ACTION_BACKUP, ERROR_FORBIDDEN), SIGHT_UNREAD);
    assert_int_equal(sight_judge(ACTION_BACKUP, ERROR_NOT_FOUND), SIGHT_UNREAD);
    assert_int_equal(sight_judge(ACTION_RUN, ERROR_FORBIDDEN), SIGHT_LIMITED);
    assert_int_equal(sight_judge(OBJECT_POLICY, ERROR_FORBIDDEN), SIGHT_LIMITED);
    assert_int_equal(sight_judge(OBJECT_POLICY, ERROR_NOT_FOUND), SIGHT_LIMITED);
    assert_int_equal(sight_judge(OBJECT_POLICY, ERROR_AUTH), SIGHT_UNREAD);
    assert_int_equal(sight_judge(ACTION_RUN, ERROR_UNAVAILABLE), SIGHT_UNREAD);
}

// One cluster: its backups, runs and policies as they were read, and as they are settled.
static void policies_do_not_make_a_cluster_readable(void **state)
{
    (void)state;
    static const struct {
        enum sight_state read[3];
        enum sight_state settled[3];
        enum sight_extent extent;
    } cases[] = {
        {{SIGHT_READ, SIGHT_READ, SIGHT_READ}, {SIGHT_READ, SIGHT_READ, SIGHT_READ}, SIGHT_ALL},
        {{SIGHT_READ, SIGHT_LIMITED, SIGHT_LIMITED},
         {SIGHT_READ, SIGHT_LIMITED, SIGHT_LIMITED},
         SIGHT_ALL},
        {{SIGHT_READ, SIGHT_READ, SIGHT_UNREAD},
         {SIGHT_READ, SIGHT_READ, SIGHT_UNREAD},
         SIGHT_SOME},
        {{SIGHT_UNREAD, SIGHT_LIMITED, SIGHT_READ},
         {SIGHT_UNREAD, SIGHT_UNREAD, SIGHT_READ},
         SIGHT_NONE},
        {{SIGHT_UNREAD, SIGHT_LIMITED, SIGHT_LIMITED},
         {SIGHT_UNREAD, SIGHT_UNREAD, SIGHT_UNREAD},
         SIGHT_NONE},
        {{SIGHT_UNREAD, SIGHT_READ, SIGHT_LIMITED},
         {SIGHT_UNREAD, SIGHT_READ, SIGHT_LIMITED},
         SIGHT_SOME},
    };
    static const enum action_kind kinds[] = {ACTION_BACKUP, ACTION_RUN, OBJECT_POLICY};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sight sights[3] = {0};
        for (size_t j = 0; j < 3; j++) {
            sights[j].kind = kinds[j];
            sights[j].state = cases[i].read[j];
        }
        assert_int_equal(sight_settle(sights, 3), cases[i].extent);
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(sights[j].state, cases[i].settled[j]);
        }
    }
}

static void another_clusters_kinds_do_not_help(void **state)
{
    (void)state;
    struct sight sights[] = {
        {.cluster = 0, .kind = ACTION_BACKUP, .state = SIGHT_READ},
        {.cluster = 1, .kind = ACTION_BACKUP, .state = SIGHT_UNREAD},
        {.cluster = 1, .kind = ACTION_RUN, .state = SIGHT_LIMITED},
    };
    assert_int_equal(sight_settle(sights, 3), SIGHT_SOME);
    assert_int_equal(sights[2].state, SIGHT_UNREAD);
}

static void only_what_was_kept_is_whole(void **state)
{
    (void)state;
    struct sight sight = {.state = SIGHT_READ};
    assert_true(sight_is_whole(&sight));
    sight.overflowed = true;
    assert_false(sight_is_whole(&sight));
    sight = (struct sight){.state = SIGHT_LIMITED};
    assert_false(sight_is_whole(&sight));
}

static void what_is_read_in_part_is_current_but_not_whole(void **state)
{
    (void)state;
    static const char *const namespaces[] = {"kasten-io", "shop"};
    struct sight sight = {.state = SIGHT_READ,
                          .partial = true,
                          .class = ERROR_FORBIDDEN,
                          .namespaces = namespaces,
                          .namespace_count = 2};
    assert_true(sight_is_current(&sight));
    assert_false(sight_is_whole(&sight));
    assert_true(sight_reaches(&sight, "shop"));
    assert_false(sight_reaches(&sight, "blog"));
    assert_false(sight_reaches(&sight, ""));
    sight.overflowed = true;
    assert_false(sight_is_current(&sight));
    sight = (struct sight){.state = SIGHT_READ};
    assert_true(sight_reaches(&sight, "blog"));
    sight.state = SIGHT_UNREAD;
    assert_false(sight_reaches(&sight, "blog"));
    assert_false(sight_is_current(&sight));
    // It is read: the cluster counts as one that can be.
    struct sight both[] = {{.kind = ACTION_BACKUP, .state = SIGHT_READ, .partial = true},
                           {.kind = ACTION_RUN, .state = SIGHT_LIMITED}};
    assert_int_equal(sight_settle(both, 2), SIGHT_ALL);
    assert_int_equal(both[1].state, SIGHT_LIMITED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lacking_kinds_are_limitations_but_for_backups),
        cmocka_unit_test(policies_do_not_make_a_cluster_readable),
        cmocka_unit_test(another_clusters_kinds_do_not_help),
        cmocka_unit_test(only_what_was_kept_is_whole),
        cmocka_unit_test(what_is_read_in_part_is_current_but_not_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
