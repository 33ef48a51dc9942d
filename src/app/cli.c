// SPDX-License-Identifier: MIT
#include "app/cli.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "app/explain.h"
#include "app/run.h"
#include "app/state.h"
#include "app/version.h"
#include "base/buf.h"
#include "base/parse.h"
#include "config/near_miss.h"
#include "config/settings.h"

#include "base/banned.h"

enum { HELP_BYTES = 256 * 1024 };

struct command {
    const char *name;
    const char *summary;
    enum exit_status (*main)(int argc, char *const *argv, char *const *environment);
    const char *help; // all of `help NAME`
};

static enum exit_status main_run(int argc, char *const *argv, char *const *environment);
static enum exit_status main_explain(int argc, char *const *argv, char *const *environment);
static enum exit_status main_state(int argc, char *const *argv, char *const *environment);
static enum exit_status main_help(int argc, char *const *argv, char *const *environment);
static enum exit_status main_version(int argc, char *const *argv, char *const *environment);

static const struct command commands[] = {
    {"run", "read every cluster once, mail new failures (the default)", main_run,
     "Usage: kasten-alerter [run] [--dry-run] [--fail-on-alerts]\n"
     "\n"
     "Reads the actions of every configured cluster, mails new failures once and\n"
     "records them. This is what the CronJob calls, also without the word run.\n"
     "\n"
     "  --dry-run         show the mail on the standard output; send, record nothing\n"
     "  --fail-on-alerts  exit 10 when failures are inside the window, for scripts\n"
     "\n"
     "Examples:\n"
     "  kasten-alerter run --dry-run                 what would be mailed now?\n"
     "  LOOKBACK_HOURS=24 kasten-alerter --dry-run   the failures of a day\n"
     "\n"
     "Settings come from the environment: kasten-alerter help settings\n"},
    {"explain", "show every error K10 stored for a run, and why the cause reads so", main_explain,
     "Usage: kasten-alerter explain [-o text|json] CLUSTER/RUN\n"
     "       kasten-alerter explain [-o text|json] --file PATH\n"
     "       kasten-alerter explain [-o text|json] -\n"
     "\n"
     "Prints the tree of statements in K10's error with the class of each: wrapper\n"
     "(true of every failure), effect (follows from the cause), informative. Those\n"
     "marked * make up the cause that the mail shows. A wrong choice is mended by a\n"
     "row in src/core/cause_table.c; please report it with this output.\n"
     "\n"
     "  CLUSTER/RUN  the NAME of a configured cluster and a run or action on it\n"
     "  --file PATH  an action, a status or an error as JSON, or any text\n"
     "  -            the same from the standard input\n"
     "  -o json      for programs\n"
     "\n"
     "Examples:\n"
     "  kasten-alerter explain k3s/run-f2776nnj4l\n"
     "  kubectl -n shop get backupactions.actions.kio.kasten.io b -o json |\n"
     "    kasten-alerter explain -\n"},
    {"state", "show what was told and is open; forget or silence an alert", main_state,
     "Usage: kasten-alerter state show [-o text|json]\n"
     "       kasten-alerter state forget ID\n"
     "       kasten-alerter state silence ID|POLICY|CLUSTER --for DURATION\n"
     "\n"
     "The state is the object that STATE names: the ConfigMap kasten-alerter-sent, or a\n"
     "file.\n"
     "\n"
     "  show     open incidents, silences, mails whose outcome is open, alert ids sent\n"
     "  forget   an alert id (what still fails inside the window is mailed again), or an\n"
     "           incident as show names it (the next failure is a new one)\n"
     "  silence  no mail about an alert id, a policy (POLICY on every cluster, or\n"
     "           CLUSTER/POLICY) or a cluster. What fails meanwhile is counted, not marked\n"
     "           sent; what still fails when it ends is mailed. --for 0 ends it now\n"
     "\n"
     "Examples:\n"
     "  kasten-alerter state show -o json\n"
     "  kasten-alerter state silence k3s/daily --for 8h\n"
     "  kasten-alerter state forget k3s:run-f2776nnj4l:2026-04-02\n"},
    {"version", "print the version", main_version,
     "Usage: kasten-alerter version\n\nPrints the program's name and version.\n"},
    {"help", "explain a command, the settings or the exit statuses", main_help,
     "Usage: kasten-alerter help [COMMAND | settings | exit-statuses]\n"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const char exit_statuses[] =
    "Exit statuses:\n"
    "  0   the pass did its work, also when failures were found and mailed\n"
    "  1   internal error\n"
    "  2   the command line is wrong\n"
    "  3   some cluster or kind could not be read, the rest was done\n"
    "  4   no cluster could be read\n"
    "  5   the mail was not accepted; the next pass tries again\n"
    "  6   the state was not read or not written; alerts may repeat\n"
    "  10  failures were found (only with --fail-on-alerts)\n"
    "  78  a setting is missing or wrong\n"
    "Where several hold, the first of 78, 2, 1, 5, 6, 4, 3, 10 counts.\n";

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static void print_overview(FILE *stream)
{
    (void)fputs("kasten-alerter mails failed Veeam Kasten K10 backups of many clusters, with the\n"
                "cause, once.\n"
                "\n"
                "Examples:\n"
                "  kasten-alerter                 one pass, as the CronJob runs it\n"
                "  kasten-alerter run --dry-run   show the mail, send and record nothing\n"
                "  kasten-alerter help settings   every setting, its default and meaning\n"
                "\n"
                "Commands:\n",
                stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void)fprintf(stream, "  %-9s %s\n", commands[i].name, commands[i].summary);
    }
    (void)fprintf(stream,
                  "\n"
                  "Options:\n"
                  "  -h, --help      this text, or that of the command before it\n"
                  "      --version   print the version\n"
                  "\n%s",
                  exit_statuses);
}

static void print_settings(FILE *stream)
{
    AUTO(buf) text;
    buf_init(&text, HELP_BYTES);
    settings_write_help(&text);
    (void)fwrite(text.data, 1, text.len, stream);
}

static enum exit_status usage_error(const char *what, const char *word)
{
    const char *nearest = NULL;
    size_t fewest = NEAR_MISS_EDITS + 1;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        size_t edits = near_miss_edits(word, commands[i].name);
        if (edits < fewest) {
            fewest = edits;
            nearest = commands[i].name;
        }
    }
    (void)fprintf(stderr, "kasten-alerter: unknown %s \"%.60s\"", what, word);
    if (nearest != NULL && *word != '-') {
        (void)fprintf(stderr, "; did you mean \"%s\"?", nearest);
    }
    (void)fputs("\nSee kasten-alerter --help\n", stderr);
    return EXIT_STATUS_USAGE;
}

static bool is_help(const char *word)
{
    return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

static enum exit_status main_run(int argc, char *const *argv, char *const *environment)
{
    struct run_options options = {false, false};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--dry-run") == 0 || strcmp(argv[i], "-n") == 0) {
            options.dry_run = true;
        } else if (strcmp(argv[i], "--fail-on-alerts") == 0) {
            options.fail_on_alerts = true;
        } else {
            return usage_error(*argv[i] == '-' ? "option" : "argument", argv[i]);
        }
    }
    return run_command(&options, environment);
}

static enum exit_status main_explain(int argc, char *const *argv, char *const *environment)
{
    struct explain_options options = {NULL, NULL, false};
    for (int i = 0; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "-o") == 0 && strcmp(next, "json") == 0) {
            options.as_json = true;
            i++;
        } else if (strcmp(argv[i], "-o") == 0 && strcmp(next, "text") == 0) {
            i++;
        } else if (strcmp(argv[i], "--file") == 0 && *next != '\0') {
            options.file = argv[++i];
        } else if (strcmp(argv[i], "-") == 0) {
            options.file = "-";
        } else if (*argv[i] != '-' && options.run == NULL) {
            options.run = argv[i];
        } else {
            return usage_error(*argv[i] == '-' ? "option" : "argument", argv[i]);
        }
    }
    if ((options.run == NULL) == (options.file == NULL)) {
        (void)fputs("kasten-alerter: explain takes CLUSTER/RUN, --file PATH or -\n"
                    "See kasten-alerter explain --help\n",
                    stderr);
        return EXIT_STATUS_USAGE;
    }
    return explain_command(&options, environment);
}

static enum exit_status state_usage(void)
{
    (void)fputs("kasten-alerter: state takes show, forget ID, or silence ID|POLICY|CLUSTER --for "
                "DURATION\n"
                "See kasten-alerter state --help\n",
                stderr);
    return EXIT_STATUS_USAGE;
}

// An option and its value; false for anything else.
static bool read_state_option(const char *option, const char *value, struct state_options *options)
{
    if (strcmp(option, "-o") == 0) {
        options->as_json = strcmp(value, "json") == 0;
        return options->as_json || strcmp(value, "text") == 0;
    }
    return strcmp(option, "--for") == 0 && parse_duration(value, &options->for_s);
}

static enum exit_status main_state(int argc, char *const *argv, char *const *environment)
{
    struct state_options options = {STATE_SHOW, NULL, -1, false};
    const char *verb = argc > 0 ? argv[0] : "";
    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (read_state_option(argv[i], next, &options)) {
            i++;
        } else if (strcmp(argv[i], "--for") == 0) {
            (void)fputs("kasten-alerter: --for takes a length of time: 90s, 30m, 8h, 7d, or 0\n",
                        stderr);
            return EXIT_STATUS_USAGE;
        } else if (*argv[i] != '-' && *argv[i] != '\0' && options.subject == NULL) {
            options.subject = argv[i];
        } else {
            return usage_error(*argv[i] == '-' ? "option" : "argument", argv[i]);
        }
    }
    bool has_subject = options.subject != NULL;
    bool has_for = options.for_s >= 0;
    if (strcmp(verb, "show") == 0 && !has_subject && !has_for) {
        options.verb = STATE_SHOW;
    } else if (strcmp(verb, "forget") == 0 && has_subject && !has_for && !options.as_json) {
        options.verb = STATE_FORGET;
    } else if (strcmp(verb, "silence") == 0 && has_subject && has_for && !options.as_json) {
        options.verb = STATE_SILENCE;
    } else {
        return state_usage();
    }
    return state_command(&options, environment);
}

static enum exit_status main_version(int argc, char *const *argv, char *const *environment)
{
    (void)environment;
    if (argc > 0) {
        return usage_error("argument", argv[0]);
    }
    (void)puts("kasten-alerter " APP_VERSION);
    return EXIT_STATUS_DONE;
}

static enum exit_status main_help(int argc, char *const *argv, char *const *environment)
{
    (void)environment;
    const char *topic = argc > 0 ? argv[0] : "";
    const struct command *command = find_command(topic);
    if (*topic == '\0') {
        print_overview(stdout);
    } else if (strcmp(topic, "settings") == 0) {
        print_settings(stdout);
    } else if (strcmp(topic, "exit-statuses") == 0) {
        (void)fputs(exit_statuses, stdout);
    } else if (command != NULL) {
        (void)fputs(command->help, stdout);
    } else {
        return usage_error("help topic", topic);
    }
    return EXIT_STATUS_DONE;
}

enum exit_status cli_main(int argc, char *const *argv, char *const *environment)
{
    const char *first = argc > 1 ? argv[1] : "";
    const struct command *command = find_command(first);
    for (int i = 1; i < argc; i++) {
        if (is_help(argv[i])) {
            return main_help(command != NULL ? 1 : 0, argv + 1, environment);
        }
    }
    if (strcmp(first, "--version") == 0) {
        return main_version(argc - 2, argv + 2, environment);
    }
    if (command != NULL) {
        return command->main(argc - 2, argv + 2, environment);
    }
    if (*first != '\0' && *first != '-') {
        return usage_error("command", first);
    }
    return main_run(argc - 1, argv + 1, environment);
}
