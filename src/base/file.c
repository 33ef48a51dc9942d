// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

enum { PATH_BYTES = 4096 };

static bool fail(struct error *error, const char *what, const char *path)
{
    enum error_class class = ERROR_INTERNAL;
    if (errno == ENOENT || errno == ENOTDIR) {
        class = ERROR_NOT_FOUND;
    } else if (errno == EACCES || errno == EPERM || errno == EROFS) {
        class = ERROR_FORBIDDEN;
    }
    return error_set(error, class, "cannot %s \"%s\": %s", what, path, strerror(errno));
}

static bool read_all(int fd, const char *path, size_t max_bytes, struct buf *out,
                     struct error *error)
{
    char chunk[16384];
    size_t total = 0;
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0) {
            return true;
        }
        if (got < 0 && errno == EAGAIN) { // a standard input that another program made so
            struct pollfd readable = {.fd = fd, .events = POLLIN};
            (void)poll(&readable, 1, -1);
            continue;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(error, "read", path);
        }
        total += (size_t)got;
        buf_add(out, chunk, (size_t)got);
        if (total > max_bytes || out->overflow) {
            return error_set(error, ERROR_LIMIT, "file \"%s\" is larger than %zu bytes", path,
                             max_bytes);
        }
    }
}

static bool check_regular(int fd, const char *path, struct error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return fail(error, "read", path);
    }
    if (S_ISREG(status.st_mode)) {
        return true;
    }
    const char *kind = S_ISDIR(status.st_mode)    ? "a folder"
                       : S_ISFIFO(status.st_mode) ? "a pipe"
                                                  : "a device or socket";
    return error_set(error, ERROR_INTERNAL, "cannot read \"%s\": it is %s, no regular file", path,
                     kind);
}

bool file_read(const char *path, size_t max_bytes, struct buf *out, struct error *error)
{
    // Without O_NONBLOCK the opening itself waits for a pipe's writer.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return fail(error, "open", path);
    }
    bool ok = check_regular(fd, path, error) && read_all(fd, path, max_bytes, out, error);
    (void)close(fd);
    return ok;
}

bool file_read_stream(const char *path, size_t max_bytes, struct buf *out, struct error *error)
{
    if (strcmp(path, "-") == 0) {
        return read_all(STDIN_FILENO, "the standard input", max_bytes, out, error);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return fail(error, "open", path);
    }
    bool ok = read_all(fd, path, max_bytes, out, error);
    (void)close(fd);
    return ok;
}

bool file_make_parents(const char *path, struct error *error)
{
    char folder[PATH_BYTES];
    size_t len = strlen(path);
    if (len >= sizeof folder) {
        return error_set(error, ERROR_LIMIT, "path is longer than %d bytes", PATH_BYTES - 1);
    }
    memcpy(folder, path, len + 1);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            return fail(error, "make folder", folder);
        }
        *slash = '/';
    }
    return true;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

// Makes the rename last through a power cut. Some file systems cannot sync a folder, which is no
// reason to fail: the content is in place.
static void sync_parent(const char *path)
{
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    size_t len = slash != NULL ? (size_t)(slash - path) : 0;
    (void)snprintf(folder, sizeof folder, "%.*s", (int)len, path);
    const char *name = slash == path ? "/" : folder;
    int fd = open(slash == NULL ? "." : name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

bool file_replace(const char *path, const char *bytes, size_t len, struct error *error)
{
    char temporary[PATH_BYTES];
    if (!file_make_parents(path, error)) {
        return false;
    }
    int path_len = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (path_len < 0 || (size_t)path_len >= sizeof temporary) {
        return error_set(error, ERROR_LIMIT, "path \"%.100s...\" is too long", path);
    }
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return fail(error, "write beside", path);
    }
    bool ok = write_all(fd, bytes, len) && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    if (!ok || rename(temporary, path) != 0) {
        (void)fail(error, "write", path);
        (void)unlink(temporary);
        return false;
    }
    sync_parent(path);
    return true;
}
