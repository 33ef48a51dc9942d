// SPDX-License-Identifier: MIT
// Runs a command and prints what it cost: wall and CPU seconds, peak RSS. A program of its own
// because Linux counts the peak of the process that forked into the child's: it must be small.
//   measure COMMAND [ARGUMENT ...]   ->  {"wall_s":..,"cpu_s":..,"rss_kib":..,"status":..}
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    struct timespec begun;
    struct timespec ended;
    struct rusage usage;
    int status;
    if (argc < 2) {
        (void)fputs("usage: measure COMMAND [ARGUMENT ...]\n", stderr);
        return 2;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &begun);
    pid_t pid = fork();
    if (pid == 0) {
        (void)execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
        perror("measure");
        return 1;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &ended);
    double wall =
        (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
    (void)printf("{\"wall_s\": %.4f, \"cpu_s\": %.4f, \"rss_kib\": %ld, \"status\": %d}\n", wall,
                 seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss,
                 WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    return 0;
}
