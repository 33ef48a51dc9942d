// SPDX-License-Identifier: MIT
#include <signal.h>
#include <unistd.h>

#include "app/cli.h"

#include "base/banned.h"

// As the first process of a container it would not be ended by a signal that it does not handle: a
// node's drain would wait for its grace period. Ending at once is safe at any point: what is about
// to be mailed is stored before.
static void end_now(int number)
{
    enum { KILLED_BY = 128 }; // as a shell names it
    _exit(KILLED_BY + number);
}

// A reader that goes away (kasten-alerter --dry-run | head) must not end a pass half-way.
int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGTERM, end_now);
    (void)signal(SIGINT, end_now);
    return (int)cli_main(argc, argv, environ);
}
