// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

static void test_memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    unsigned char *before = NULL;
    for (size_t size = 1; size < 100000; size = size * 3 / 2 + 1) {
        unsigned char *memory = arena_alloc(arena, size);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(memory[i], 0);
        }
        memset(memory, 0xAA, size);
        if (before != NULL) {
            assert_int_equal(before[0], 0xAA);
        }
        before = memory;
    }
    assert_non_null(arena_alloc(arena, 0));
}

static void test_large_request_keeps_the_current_block(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    char *first = arena_alloc(arena, 16);
    size_t small_used = arena_used(arena);
    char *large = arena_alloc(arena, 1 << 20);
    large[(1 << 20) - 1] = 1;
    char *second = arena_alloc(arena, 16);
    assert_ptr_equal(second, first + 16);
    assert_true(arena_used(arena) >= small_used + (1 << 20));
    assert_true(arena_used(arena) < small_used + (1 << 20) + 4096);
}

static void test_text(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    assert_string_equal(arena_strdup(arena, ""), "");
    assert_string_equal(arena_strdup(arena, "name"), "name");
    assert_string_equal(arena_strndup(arena, "name", 2), "na");
    assert_string_equal(arena_strndup(arena, "name", 0), "");
    assert_memory_equal(arena_strndup(arena, "a\0b", 3), "a\0b", 4);
    assert_string_equal(arena_format(arena, "%s", ""), "");
    assert_string_equal(arena_format(arena, "%s/%d", "a", -1), "a/-1");
    char *wide = arena_format(arena, "%70000d", 7);
    assert_int_equal(strlen(wide), 70000);
}

static void test_array_and_destroy_of_nothing(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    int64_t *numbers = arena_alloc_array(arena, 1000, sizeof *numbers);
    assert_int_equal(numbers[999], 0);
    assert_non_null(arena_alloc_array(arena, 0, 8));
    assert_non_null(arena_alloc_array(arena, 8, 0));
    arena_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(test_large_request_keeps_the_current_block),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_array_and_destroy_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
