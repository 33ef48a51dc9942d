// SPDX-License-Identifier: MIT
// Whole small files: read with a bound, written by rename so that a reader sees the old or the
// new content and nothing between.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

// Appends the regular file's content to out, at most max_bytes (ERROR_LIMIT above). A missing file
// is ERROR_NOT_FOUND, an unreadable one ERROR_FORBIDDEN or ERROR_INTERNAL. Folders, pipes, devices
// and sockets are ERROR_INTERNAL: nothing here waits for a writer.
bool file_read(const char *path, size_t max_bytes, struct buf *out, struct error *error) MUST_USE;

// As file_read, for files of whatever kind: it waits until a pipe or terminal ends. "-" is the
// standard input. For commands with a person in front of them, who can end the wait.
bool file_read_stream(const char *path, size_t max_bytes, struct buf *out,
                      struct error *error) MUST_USE;

// Writes path's content with mode 0600 through a temporary file beside it, fsync and rename.
// Missing parent folders are made with mode 0700.
bool file_replace(const char *path, const char *bytes, size_t len, struct error *error) MUST_USE;

// Makes the folders above path that are missing, mode 0700.
bool file_make_parents(const char *path, struct error *error) MUST_USE;
