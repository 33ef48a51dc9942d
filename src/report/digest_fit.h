// SPDX-License-Identifier: MIT
// Which rows of a digest a mail of bounded size shows: as many of each group as fit, so that a
// large group does not hide the small ones. How a row looks is the layout's business.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "report/digest.h"

// How one output writes a group; each function appends to out.
struct digest_layout {
    void (*begin)(struct buf *out, const struct digest_group *group);
    // False when not all of the row's namespaces and causes were written.
    bool (*row)(struct buf *out, const struct digest_group *group, size_t index);
    void (*more)(struct buf *out, const struct digest_group *group, size_t count); // left out
    void (*end)(struct buf *out, const struct digest_group *group);
};

struct digest_shown {
    size_t rows;
    bool complete; // nothing was left out or shortened
    bool fits;     // nothing was left out but what the limit of rows per group left out
};

// Appends the groups, their rows ending at end (a length of out) at the latest: the largest number
// of rows per group with which every group fits. When a single row of each is too much, those that
// fit. A group without a row is not shown at all.
struct digest_shown digest_fit_groups(struct buf *out, const struct digest *digest,
                                      const struct digest_layout *layout, size_t end);
