// SPDX-License-Identifier: MIT
// What the process's status says (BEHAVIOUR section 8). A CronJob fails when, and only when, the
// alerter could not do its work: failures found and mailed are status 0.
#pragma once

enum exit_status {
    EXIT_STATUS_DONE = 0,
    EXIT_STATUS_INTERNAL = 1,
    EXIT_STATUS_USAGE = 2,
    EXIT_STATUS_PARTIAL = 3,   // some cluster or kind was not read
    EXIT_STATUS_BLIND = 4,     // no cluster was read
    EXIT_STATUS_MAIL = 5,      // the mail was not accepted
    EXIT_STATUS_STATE = 6,     // the state was not read or not written
    EXIT_STATUS_ALERTS = 10,   // --fail-on-alerts: failures were found
    EXIT_STATUS_SETTINGS = 78, // sysexits' EX_CONFIG
};

// The one that is reported when both hold: 78, 2, 1, 5, 6, 4, 3, 10, 0.
enum exit_status exit_status_worse(enum exit_status a, enum exit_status b);
