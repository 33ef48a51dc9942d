// SPDX-License-Identifier: MIT
// What could be read of each (cluster, kind), and what that makes of a pass: an unread list is
// never "no failures" (BEHAVIOUR sections 1 and 3).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/action.h"

enum sight_state {
    SIGHT_READ,    // the whole list was read, or all of it in some namespaces (partial)
    SIGHT_LIMITED, // 403 or 404 on a kind other than backup: a limitation, not an error
    SIGHT_UNREAD,  // evidence is missing: never "no failures"
};

// How one kind was seen on one cluster.
struct sight {
    size_t cluster;
    enum action_kind kind;
    enum sight_state state;
    enum error_class class; // of the failure, ERROR_NONE when read; of a partial one why it is
    const char *reason;     // one clean line, "" when read; of a partial one what is not seen
    const char *remedy;     // what the operator can do, "" when nothing is known
    size_t items;           // elements read
    size_t older_failures;  // Failed, but ended before the window
    size_t older_stuck;     // stuck since so long before it that only their number is told
    int64_t window_start;   // failures that ended before it were not looked at
    int64_t clock_skew;     // server's Date minus ours in seconds when the first page came, 0 when
                            // unknown
    bool overflowed;        // it was read, but the pass had no room to keep all of it
    bool partial; // it was read in these namespaces only: the list of the cluster is forbidden
    const char *const *namespaces;
    size_t namespace_count;
};

// True when all there is was read and kept: only then what is absent does not exist.
bool sight_is_whole(const struct sight *sight);

// True when all runs of a cluster, and what they did, are known: runs and backups were read, no
// other kind of action is unread.
bool sight_knows_runs(const struct sight *sights, size_t count, size_t cluster);

// True when all that this token may see was read and kept: its watermark moves, and what it shows
// is evidence; what it does not show may be where it could not look.
bool sight_is_current(const struct sight *sight);

// True when what is in this namespace was read: of a partial sight in its namespaces only.
bool sight_reaches(const struct sight *sight, const char *namespace_name);

// How many seconds the server's clock is behind ours; 0 when it is not, and when it is so far
// behind that it is wrong rather than late.
int64_t sight_behind(const struct sight *sight);

// What a failure of this class means for this kind: 403 and 404 on a kind other than backup are
// limitations, all else is unread; ERROR_NONE is read.
enum sight_state sight_judge(enum action_kind kind, enum error_class class);

enum sight_extent {
    SIGHT_ALL,  // every kind was read, or is a limitation
    SIGHT_SOME, // some cluster or kind is unread
    SIGHT_NONE, // no cluster had a readable kind of action
};

// Once all lists have ended: a cluster of which no kind of action was read is unread, its
// limitations too, whatever its policies say.
// Returns how far the pass could see.
enum sight_extent sight_settle(struct sight *sights, size_t count);
