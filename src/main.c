// SPDX-License-Identifier: MIT
#include <signal.h>
#include <unistd.h>

#include "app/cli.h"

#include "base/banned.h"

// A reader that goes away (kasten-alerter --dry-run | head) must not end a pass half-way.
int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    return (int)cli_main(argc, argv, environ);
}
