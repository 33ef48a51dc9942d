// SPDX-License-Identifier: MIT
// Go's dumps of objects in an error's text: `&Pod{ObjectMeta:{web-0 ...` of kilobytes, closed or
// cut. Found here so that nobody looks for JSON inside one.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

// The length of the dump that begins at text (len bytes), 0 when none does. brace is the offset of
// its '{'.
size_t cause_dump_length(const char *text, size_t len, size_t brace);

// The offset at which a dump whose '{' is at brace begins: its type's name and `&` included;
// brace itself when what stands before is no Go type.
size_t cause_dump_start(const char *text, size_t brace);

// Appends the dumped object's kind and name ("Pod web-0"); nothing when the name cannot be told.
void cause_dump_name(struct buf *out, const char *dump, size_t len);

// Appends what the dump of an error says: &errors.errorString{s:"..."}, Message of a StatusError.
// False, nothing appended, for any other dump.
bool cause_dump_error(struct buf *out, const char *dump, size_t len);
