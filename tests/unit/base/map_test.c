// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/map.h"

static void test_empty(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct map map;
    map_init(&map, arena);
    assert_null(map_get(&map, ""));
    assert_null(map_get(&map, "a"));
    assert_int_equal(map.count, 0);
}

static void test_set_replace_and_order(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct map map;
    map_init(&map, arena);
    int one = 1;
    int two = 2;
    char key[] = "b";
    map_set(&map, key, &one);
    key[0] = 'x'; // keys are copied
    map_set(&map, "a", &one);
    map_set(&map, "b", &two);
    map_set(&map, "", NULL);
    assert_int_equal(map.count, 3);
    assert_ptr_equal(map_get(&map, "b"), &two);
    assert_ptr_equal(map_get(&map, "a"), &one);
    assert_null(map_get(&map, ""));
    assert_null(map_get(&map, "x"));
    assert_string_equal(map.entries[0].key, "b");
    assert_string_equal(map.entries[1].key, "a");
    assert_string_equal(map.entries[2].key, "");
}

static void test_growth_keeps_order_and_values(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    AUTO_PTR(arena) arena = arena_create();
    struct map map;
    map_init(&map, arena);
    for (int i = 0; i < COUNT; i++) {
        struct map_entry *entry = map_entry(&map, arena_format(arena, "key-%d", i));
        assert_null(entry->value);
        entry->value = arena_format(arena, "%d", i);
    }
    assert_int_equal(map.count, COUNT);
    assert_true(map.slot_count >= 2 * map.count);
    for (int i = 0; i < COUNT; i++) {
        char key[32];
        char value[32];
        (void)snprintf(key, sizeof key, "key-%d", i);
        (void)snprintf(value, sizeof value, "%d", i);
        assert_string_equal(map_get(&map, key), value);
        assert_string_equal(map.entries[i].key, key);
    }
}

// The published test vectors of FNV-1a, 64 bit.
static void test_hash(void **state)
{
    (void)state;
    assert_true(map_hash("", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(map_hash("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(map_hash("foobar", 6) == UINT64_C(0x85944171f73967e8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_set_replace_and_order),
        cmocka_unit_test(test_growth_keeps_order_and_values),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
