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

static void test_grown_arrays_keep_their_elements(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    int64_t *numbers = NULL;
    size_t capacity = 0;
    size_t moves = 0;
    for (size_t count = 0; count < 10000; count++) {
        int64_t *grown = arena_grow(arena, numbers, &capacity, count, sizeof *numbers);
        assert_true(capacity > count);
        assert_true(grown == numbers || count == 0 || capacity == 2 * count);
        assert_int_equal(grown[count], 0);
        moves += grown != numbers;
        numbers = grown;
        numbers[count] = (int64_t)count + 1;
    }
    assert_true(moves < 16);
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(numbers[i], i + 1);
    }
}

// What another part filled without spare room grows as well.
static void test_a_full_array_grows(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    char given[] = {'a', 'b', 'c'};
    size_t capacity = 0;
    char *grown = arena_grow(arena, given, &capacity, sizeof given, 1);
    assert_ptr_not_equal(grown, given);
    assert_int_equal(capacity, 6);
    assert_memory_equal(grown, "abc\0\0\0", 6);
    assert_ptr_equal(arena_grow(arena, grown, &capacity, 5, 1), grown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(test_large_request_keeps_the_current_block),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_array_and_destroy_of_nothing),
        cmocka_unit_test(test_grown_arrays_keep_their_elements),
        cmocka_unit_test(test_a_full_array_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
