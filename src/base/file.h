// SPDX-License-Identifier: MIT
// Whole small files: read with a bound, written by rename so that a reader sees the old or the
// new content and nothing between.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

// Appends the file's content to out, at most max_bytes (ERROR_LIMIT above). A missing file is
// ERROR_NOT_FOUND, a directory or unreadable file ERROR_FORBIDDEN or ERROR_INTERNAL.
bool file_read(const char *path, size_t max_bytes, struct buf *out, struct error *error) MUST_USE;

// Writes path's content with mode 0600 through a temporary file beside it, fsync and rename.
// Missing parent folders are made with mode 0700.
bool file_replace(const char *path, const char *bytes, size_t len, struct error *error) MUST_USE;

// Makes the folders above path that are missing, mode 0700.
bool file_make_parents(const char *path, struct error *error) MUST_USE;
