// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/monotonic.h"
#include "kube/state_store.h"

enum { WAIT_MS = 120, PATIENT_MS = 5000, PATH_ROOM = 100 };

struct place {
    char folder[40];
    char path[PATH_ROOM];
    char lock_path[PATH_ROOM];
    struct arena *arena;
    struct ledger ledger;
    struct state_health health;
    struct error error;
    struct state_report report;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (place == NULL) {
        return -1;
    }
    memcpy(place->folder, "/tmp/state-file-test-XXXXXX", sizeof "/tmp/state-file-test-XXXXXX");
    *state = place;
    if (mkdtemp(place->folder) == NULL) {
        return -1;
    }
    (void)snprintf(place->path, sizeof place->path, "%s/state", place->folder);
    (void)snprintf(place->lock_path, sizeof place->lock_path, "%s/state.lock", place->folder);
    place->arena = arena_create();
    ledger_init(&place->ledger, place->arena);
    alarm(30); // whatever waits for ever ends here
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    alarm(0);
    (void)unlink(place->path);
    (void)unlink(place->lock_path);
    (void)rmdir(place->folder);
    arena_destroy(place->arena);
    free(place);
    return 0;
}

static void write_text(const char *path, const char *text)
{
    struct error error = {.class = ERROR_NONE};
    assert_true(file_replace(path, text, strlen(text), &error));
}

// Adds an id unless it is there.
static bool add_id(void *context, struct ledger *ledger)
{
    const char *id = context;
    if (ledger_find(ledger, id) != NULL) {
        return false;
    }
    (void)ledger_add(ledger, id, 1775124000);
    return true;
}

static bool add(struct place *place, struct state_store *store, const char *id)
{
    struct state_change change = {add_id, (void *)(uintptr_t)id};
    return store->update(store, place->arena, &change, &place->report, &place->error);
}

// Nothing to add, but a reason to write.
static bool only_write(void *context, struct ledger *ledger)
{
    (void)context;
    (void)ledger;
    return true;
}

static void test_round_trip(void **state)
{
    struct place *p = *state;
    AUTO_PTR(state_store) store = state_file_create(p->path, "a file", WAIT_MS);
    assert_string_equal(store->description, "a file");
    assert_true(store->load(store, &p->ledger, &p->health, &p->error));
    assert_false(p->ledger.existed);
    assert_true(add(p, store, "k3s:run-a:2026-04-02"));
    assert_false(p->report.crowded);
    assert_true(p->report.bytes > 0);

    // Another pass that read nothing keeps what the first wrote.
    assert_true(add(p, store, "k3s:run-b:2026-04-02"));

    struct ledger read;
    ledger_init(&read, p->arena);
    assert_true(store->load(store, &read, &p->health, &p->error));
    assert_true(read.existed);
    assert_false(p->health.unreadable);
    assert_non_null(ledger_find(&read, "k3s:run-a:2026-04-02"));
    assert_int_equal(ledger_find(&read, "k3s:run-b:2026-04-02")->sent_at, 1775124000);
    struct stat status;
    assert_int_equal(stat(p->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void test_nothing_to_write(void **state)
{
    struct place *p = *state;
    AUTO_PTR(state_store) store = state_file_create(p->path, "", WAIT_MS);
    struct stat before;
    struct stat after;
    assert_true(add(p, store, "k3s:run-a:2026-04-02"));
    size_t bytes = p->report.bytes;
    assert_int_equal(stat(p->path, &before), 0);
    assert_true(add(p, store, "k3s:run-a:2026-04-02"));
    assert_int_equal(stat(p->path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino); // a write would have replaced it
    assert_int_equal(p->report.bytes, bytes);
}

static void write_many(struct place *p, int writer, int count)
{
    AUTO_PTR(state_store) store = state_file_create(p->path, "", PATIENT_MS);
    for (int i = 0; i < count; i++) {
        char id[64];
        (void)snprintf(id, sizeof id, "k3s:run-%d-%d:2026-04-02", writer, i);
        if (!add(p, store, id)) {
            _exit(1);
        }
    }
}

static void test_concurrent_writers(void **state)
{
    enum { WRITERS = 3, WRITES = 20 };
    struct place *p = *state;
    pid_t children[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            write_many(p, i, WRITES);
            _exit(0);
        }
        assert_true(children[i] > 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    AUTO_PTR(state_store) store = state_file_create(p->path, "", WAIT_MS);
    assert_true(store->load(store, &p->ledger, &p->health, &p->error));
    assert_int_equal(p->ledger.sent.count, WRITERS * WRITES);
}

static void test_garbage(void **state)
{
    struct place *p = *state;
    static const char *const texts[] = {"", "no JSON", "[1]", "{\"data\":", "\"text\""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        AUTO_PTR(state_store) store = state_file_create(p->path, "", WAIT_MS);
        write_text(p->path, texts[i]);
        ledger_init(&p->ledger, p->arena);
        assert_true(store->load(store, &p->ledger, &p->health, &p->error));
        assert_true(p->health.unreadable);
        assert_true(p->ledger.existed);
        struct state_change change = {only_write, NULL};
        assert_true(store->update(store, p->arena, &change, &p->report, &p->error));
        ledger_init(&p->ledger, p->arena);
        assert_true(store->load(store, &p->ledger, &p->health, &p->error));
        assert_false(p->health.unreadable); // it is kept beside, and told once
        AUTO(buf) content;
        buf_init(&content, 10000);
        assert_true(file_read(p->path, 10000, &content, &p->error));
        assert_non_null(strstr(content.data, "\"unreadable\""));
    }
}

static void test_no_file(void **state)
{
    struct place *p = *state;
    AUTO_PTR(state_store) store = state_file_create(p->path, "", WAIT_MS);
    assert_int_equal(mkfifo(p->path, 0600), 0);
    assert_false(store->load(store, &p->ledger, &p->health, &p->error));
    assert_false(add(p, store, "k3s:run-a:2026-04-02"));
    assert_non_null(strstr(p->error.text, "it is a pipe"));
    struct stat status;
    assert_int_equal(stat(p->path, &status), 0);
    assert_true(S_ISFIFO(status.st_mode)); // and stays one
}

// A process that holds the lock for hold_ms; returns once it has it.
static pid_t hold_lock(const char *lock_path, unsigned hold_ms)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        bool held = lock >= 0 && flock(lock, LOCK_EX) == 0 && write(ready[1], "x", 1) == 1;
        (void)usleep(held ? hold_ms * 1000 : 0);
        _exit(0);
    }
    (void)close(ready[1]);
    assert_true(child > 0);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    return child;
}

static void test_lock_is_held(void **state)
{
    struct place *p = *state;
    AUTO_PTR(state_store) store = state_file_create(p->path, "", WAIT_MS);
    write_text(p->path, "{}");
    pid_t child = hold_lock(p->lock_path, 20 * 1000);
    int64_t begun = monotonic_ms();
    bool saved = add(p, store, "k3s:run-a:2026-04-02");
    int64_t waited = monotonic_ms() - begun;
    // Reading needs no lock: the file is replaced whole.
    bool loaded = store->load(store, &p->ledger, &p->health, &p->error);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    assert_false(saved);
    assert_true(loaded);
    assert_true(waited >= WAIT_MS && waited < PATIENT_MS);
    assert_int_equal(p->error.class, ERROR_UNAVAILABLE);
    assert_non_null(strstr(p->error.text, "another pass holds the lock"));
    assert_non_null(strstr(p->error.text, p->lock_path));
    AUTO(buf) content;
    buf_init(&content, 100);
    assert_true(file_read(p->path, 100, &content, &p->error));
    assert_string_equal(content.data, "{}");
    assert_true(add(p, store, "k3s:run-a:2026-04-02")); // free again
}

static void test_lock_is_released(void **state)
{
    struct place *p = *state;
    AUTO_PTR(state_store) store = state_file_create(p->path, "", PATIENT_MS);
    pid_t child = hold_lock(p->lock_path, 100);
    bool saved = add(p, store, "k3s:run-a:2026-04-02");
    (void)waitpid(child, NULL, 0);
    assert_true(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_to_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_concurrent_writers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_garbage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lock_is_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lock_is_released, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
