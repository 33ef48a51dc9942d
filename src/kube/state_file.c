// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/monotonic.h"
#include "codec/json.h"
#include "kube/state_room.h"
#include "kube/state_store.h"

#include "base/banned.h"

enum { STATE_FILE_BYTES = 32 * 1024 * 1024, LOCK_RETRY_MS = 50 };

struct state_file {
    struct state_store store;
    char *path;
    char *lock_path;
    int64_t lock_wait_ms;
};

static struct state_file *file_of(struct state_store *store)
{
    return (struct state_file *)(void *)store;
}

// The document in the file; NULL when there is no file. A file that is no JSON object is a
// document with its text as unreadable state, so that it is set aside like a ConfigMap's garbage.
static bool read_document(const struct state_file *file, struct json **ret, struct error *error)
{
    AUTO(buf) content;
    buf_init(&content, STATE_FILE_BYTES);
    *ret = NULL;
    if (!file_read(file->path, STATE_FILE_BYTES, &content, error)) {
        return error->class == ERROR_NOT_FOUND;
    }
    struct error broken;
    if (json_parse(content.data, content.len, ret, &broken) && json_is_object(*ret)) {
        return true;
    }
    json_free(*ret);
    *ret = state_format_new(STATE_CONFIGMAP_NAME);
    json_set_text(json_ensure_object(*ret, "data"), "sent",
                  content.len > 0 ? content.data : "(empty file)");
    return true;
}

static bool file_load(struct state_store *store, struct ledger *ledger,
                      struct state_health *ret_health, struct error *error)
{
    struct json *read;
    *ret_health = (struct state_health){false, false, ""};
    if (!read_document(file_of(store), &read, error)) {
        return false;
    }
    AUTO_PTR(json) document = read;
    if (document != NULL) {
        state_format_decode(document, ledger, ret_health);
    }
    return true;
}

static bool write_document(const struct state_file *file, const struct json *document,
                           struct error *error)
{
    AUTO(buf) text;
    buf_init(&text, STATE_FILE_BYTES);
    json_write(document, JSON_PRETTY, &text);
    buf_add_char(&text, '\n');
    if (text.overflow) {
        return error_set(error, ERROR_LIMIT, "the state is larger than %d bytes", STATE_FILE_BYTES);
    }
    return file_replace(file->path, text.data, text.len, error);
}

static bool update_locked(const struct state_file *file, struct arena *arena,
                          const struct state_change *change, struct state_report *ret_report,
                          struct error *error)
{
    struct json *read;
    struct ledger ledger;
    struct state_health health = {false, false, ""};
    if (!read_document(file, &read, error)) {
        return false;
    }
    AUTO_PTR(json) document = read;
    ledger_init(&ledger, arena);
    if (document != NULL) {
        state_format_decode(document, &ledger, &health);
    }
    if (!change->apply(change->context, &ledger)) {
        *ret_report = (struct state_report){.newer = health.newer};
        state_room_measure(document, ret_report);
        return true;
    }
    if (document == NULL) {
        document = state_format_new(STATE_CONFIGMAP_NAME);
    }
    state_format_encode(document, &ledger, ret_report);
    return write_document(file, document, error);
}

static bool fail_lock(const struct state_file *file, struct error *error)
{
    return error_set(error, ERROR_FORBIDDEN, "cannot lock \"%s\": %s", file->lock_path,
                     strerror(errno));
}

// A pass that hangs with the lock must not make every later one hang, too.
static bool take_lock(const struct state_file *file, int lock, struct error *error)
{
    static const struct timespec pause = {.tv_nsec = LOCK_RETRY_MS * 1000000L};
    int64_t give_up_ms = monotonic_ms() + file->lock_wait_ms;
    while (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return fail_lock(file, error);
        }
        if (monotonic_ms() >= give_up_ms) {
            return error_set(error, ERROR_UNAVAILABLE,
                             "another pass holds the lock \"%s\" for longer than %.1f s",
                             file->lock_path, (double)file->lock_wait_ms / 1000.0);
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

// The lock is a file of its own because the state file is replaced by rename.
static bool file_update(struct state_store *store, struct arena *arena,
                        const struct state_change *change, struct state_report *ret_report,
                        struct error *error)
{
    const struct state_file *file = file_of(store);
    if (!file_make_parents(file->lock_path, error)) {
        return false;
    }
    int lock = open(file->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        return fail_lock(file, error);
    }
    bool ok = take_lock(file, lock, error) && update_locked(file, arena, change, ret_report, error);
    (void)close(lock);
    return ok;
}

static void file_destroy(struct state_store *store)
{
    struct state_file *file = file_of(store);
    free(file->path);
    free(file->lock_path);
    free(file);
}

struct state_store *state_file_create(const char *path, const char *description,
                                      int64_t lock_wait_ms)
{
    struct state_file *file = memory_alloc(sizeof *file);
    size_t len = strlen(path);
    file->store = (struct state_store){file_load, file_update, file_destroy, description};
    file->lock_wait_ms = lock_wait_ms;
    file->path = memory_alloc(len + 1);
    memcpy(file->path, path, len + 1);
    file->lock_path = memory_alloc(len + sizeof ".lock");
    memcpy(file->lock_path, path, len);
    memcpy(file->lock_path + len, ".lock", sizeof ".lock");
    return &file->store;
}
