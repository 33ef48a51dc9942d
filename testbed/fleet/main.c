// SPDX-License-Identifier: MIT
// kasten-fleet: simulated clusters with K10, for the demo, the end-to-end tests and the bench.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "fleet/scenario.h"
#include "fleet/server.h"

#include "base/banned.h"

enum { EXIT_BAD_USAGE = 2, PATH_BYTES = 4096 };

static const char usage[] =
    "Usage: kasten-fleet --dir DIR [--certs DIR] [--scenario FILE] [--clusters N]\n"
    "                    [--max-seconds S]\n"
    "Serves one HTTPS port on loopback for each simulated cluster, writes DIR/fleet.json, prints\n"
    "\"ready\" and runs until SIGTERM, or for S seconds (3600). Certificates are made beforehand "
    "by\n"
    "testbed/make-certs, in --certs (else DIR, else DIR/certs). See testbed/README.md.\n";

struct options {
    const char *dir;
    const char *certs;
    const char *scenario;
    uint64_t clusters;
    uint64_t max_seconds;
    bool help;
};

static bool read_options(int argc, char **argv, struct options *ret)
{
    static const struct option names[] = {
        {"dir", required_argument, NULL, 'd'},
        {"certs", required_argument, NULL, 'c'},
        {"scenario", required_argument, NULL, 's'},
        {"clusters", required_argument, NULL, 'n'},
        {"max-seconds", required_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *ret = (struct options){.max_seconds = 3600};
    bool good = true;
    for (int option = 0; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case 'd':
            ret->dir = optarg;
            break;
        case 'c':
            ret->certs = optarg;
            break;
        case 's':
            ret->scenario = optarg;
            break;
        case 'n':
            good = good && parse_uint(optarg, 5000, &ret->clusters);
            break;
        case 'm':
            good = good && parse_uint(optarg, 1000000, &ret->max_seconds);
            break;
        case 'h':
            ret->help = true;
            break;
        default:
            good = false;
        }
    }
    return ret->help || (good && ret->dir != NULL && optind == argc);
}

static bool find_certs(const struct options *options, char ret[PATH_BYTES], struct error *error)
{
    static const char *const tails[] = {"", "/certs"};
    char path[PATH_BYTES + 16];
    for (size_t i = 0; i < 2; i++) {
        const char *base = options->certs == NULL ? options->dir : options->certs;
        (void)snprintf(path, sizeof path, "%s%s/ca.pem", base, tails[i]);
        if (access(path, R_OK) == 0) {
            (void)snprintf(path, sizeof path, "%s%s", base, tails[i]);
            return realpath(path, ret) != NULL ||
                   error_set(error, ERROR_INTERNAL, "%s: %s", path, strerror(errno));
        }
    }
    return error_set(error, ERROR_SETTINGS,
                     "no ca.pem in %s: run testbed/make-certs on that folder first",
                     options->certs == NULL ? options->dir : options->certs);
}

// A thousand clusters need a descriptor or three each, and one per connection.
static void raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool open_log(struct cluster *cluster, const char *dir, struct error *error)
{
    char path[PATH_BYTES + 256];
    (void)snprintf(path, sizeof path, "%s/%s.log", dir, cluster->name);
    cluster->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0600);
    return cluster->log_fd >= 0 ||
           error_set(error, ERROR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
}

static json_t *describe(const struct cluster *cluster, const char *dir, const char *certs)
{
    char url[512];
    char ca[PATH_BYTES + 256];
    char log[PATH_BYTES + 256];
    bool v6 = strchr(cluster->address, ':') != NULL;
    (void)snprintf(url, sizeof url, "https://%s%s%s:%d%s", v6 ? "[" : "", cluster->address,
                   v6 ? "]" : "", cluster->port, cluster->path_prefix);
    (void)snprintf(ca, sizeof ca, "%s/ca.pem", certs);
    (void)snprintf(log, sizeof log, "%s/%s.log", dir, cluster->name);
    return json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:s}", "name", cluster->name, "label",
                     cluster->label, "url", url, "port", cluster->port, "token",
                     cluster->control_token, "ca_file", ca, "certificate", cluster->certificate,
                     "log", log);
}

static bool write_fleet_file(const struct scenario *scenario, const char *dir, const char *certs,
                             struct error *error)
{
    char path[PATH_BYTES + 32];
    json_t *clusters = json_array();
    for (size_t i = 0; i < scenario->count; i++) {
        (void)json_array_append_new(clusters, describe(scenario->clusters[i], dir, certs));
    }
    json_t *root = json_pack("{s:i,s:o}", "pid", (int)getpid(), "clusters", clusters);
    char *text = json_dumps(root, JSON_INDENT(2));
    (void)snprintf(path, sizeof path, "%s/fleet.json", dir);
    bool written = text != NULL && file_replace(path, text, strlen(text), error);
    free(text);
    json_decref(root);
    return written;
}

static bool start(struct scenario *scenario, const char *dir, const char *certs,
                  struct error *error)
{
    for (size_t i = 0; i < scenario->count; i++) {
        if (!open_log(scenario->clusters[i], dir, error) ||
            !server_start(scenario->clusters[i], certs, error)) {
            return false;
        }
    }
    return write_fleet_file(scenario, dir, certs, error);
}

static void wait_for_end(const sigset_t *signals, uint64_t max_seconds)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    time_t end = now.tv_sec + (time_t)max_seconds;
    while (now.tv_sec < end) {
        struct timespec left = {.tv_sec = end - now.tv_sec};
        if (sigtimedwait(signals, NULL, &left) > 0) {
            return;
        }
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    }
    (void)fprintf(stderr, "kasten-fleet: ended by itself after --max-seconds\n");
}

static bool run(const struct options *options, const sigset_t *signals, struct error *error)
{
    struct fleet_counters counters = {0};
    struct scenario scenario = {0};
    char dir[PATH_BYTES];
    char certs[PATH_BYTES];
    (void)mkdir(options->dir, 0700);
    if (realpath(options->dir, dir) == NULL) {
        return error_set(error, ERROR_SETTINGS, "--dir %s: %s", options->dir, strerror(errno));
    }
    if (!find_certs(options, certs, error) ||
        !scenario_read(options->scenario, (size_t)options->clusters, &counters, &scenario, error)) {
        return false;
    }
    bool started = start(&scenario, dir, certs, error);
    if (started) {
        (void)puts("ready");
        (void)fflush(stdout);
        wait_for_end(signals, options->max_seconds);
    }
    atomic_store(&counters.stopping, true);
    for (size_t i = 0; i < scenario.count; i++) {
        server_stop(scenario.clusters[i]);
    }
    scenario_finish(&scenario);
    return started;
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error = {0};
    sigset_t signals;
    if (!read_options(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return EXIT_BAD_USAGE;
    }
    if (options.help) {
        (void)fputs(usage, stdout);
        return 0;
    }
    // Blocked before any thread begins, so that only wait_for_end takes them.
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    raise_limits();
    if (!run(&options, &signals, &error)) {
        (void)fprintf(stderr, "kasten-fleet: %s\n", error.text);
        return error.class == ERROR_SETTINGS ? EXIT_BAD_USAGE : 1;
    }
    return 0;
}
