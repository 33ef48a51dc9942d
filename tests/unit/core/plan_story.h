// SPDX-License-Identifier: MIT
// Stories: what happens in K10 and what each pass then says, one line an event, in April 2026 or
// at a full RFC 3339 time. Every pass must say exactly what its line expects (world_text).
//
//   DD HH:MM[:SS] VERB ARGUMENTS [=> expected]
//
//   fail RUN APP [KEY=VALUE...]   an action failed. RUN "-": without a run. Keys: kind, cause (1),
//                                 policy ("-": none), uid, name, ns (the run's namespace), cluster,
//                                 began (seconds before its end)
//   good RUN APP [...]            the same, ended well        gone RUN      no longer to be read
//   left, cancel, skip RUN APP    Complete with exceptions, Cancelled, Skipped
//   begin RUN APP                 it is at work, until one of the above says how it ended
//   failrun RUN, goodrun RUN, ... a RunAction
//   overdue POLICY [over HOW]     HOW: well, quietly, or why it is no longer so
//   stuck RUN over HOW            expires THING DAYS|over
//   pass => TEXT                  a pass whose mail, if any, is accepted
//   refused => TEXT               one whose mail is not
//   open => TEXT                  the open incidents          told ID, untold ID
//   silence SUBJECT SECONDS       from this instant on
//   blind CLUSTER KIND|all network|forbidden|missing|unavailable
//   broken CLUSTER KIND           unread, its failures are read all the same
//   see CLUSTER KIND|all          read again
//   partly CLUSTER KIND NS,NS     read in these namespaces only; a run is in kasten-io, an action
//                                 in its application's
//   policies NAME,NAME|none|unread
//   set every_run|remind|after|lookback|recovered|unreachable|clusters|older|existed|state VALUE
//   was ID DD HH:MM               an entry of the original
//   skew CLUSTER SECONDS          the server's Date minus ours
//   mark CLUSTER KIND => DD HH:MM its watermark
#pragma once

#include <stddef.h>

enum { STORY_LINES = 120 };

struct story {
    const char *name;
    const char *lines[STORY_LINES]; // up to the first NULL
};

// A few stories; STORY_TABLE(array).
struct story_table {
    const struct story *stories;
    size_t count;
};
#define STORY_TABLE(array)                      \
    {                                           \
        array, sizeof(array) / sizeof(array)[0] \
    }

// Runs each story as a test of its own, in a world of its own. Returns main's status.
int story_main(const struct story_table *tables, size_t count);
