// SPDX-License-Identifier: MIT
#include "config/settings_table.h"

#include <string.h>

#include "base/timestamp.h"

#include "base/banned.h"

const char *const settings_kind_words[] = {
    "backup",  "export",         "run",    "backupcluster", "import",       "validate",
    "restore", "restorecluster", "report", "retire",        "batchrestore", "upgrade",
    "stage",   "migratefcd",     NULL};

const char *const settings_class_words[] = {"failed",    "exceptions",  "stuck",    "overdue",
                                            "invalid",   "unreachable", "expiring", "recovered",
                                            "cancelled", "skipped",     NULL};

// In the order of the enumerations they stand for.
static const char *const tls_words[] = {"starttls", "implicit", "none", NULL};
static const char *const mechanism_words[] = {"plain", "login", "cram-md5", NULL};
static const char *const log_format_words[] = {"text", "json", NULL};
static const char *const log_level_words[] = {"error", "warn", "info", "debug", NULL};

_Static_assert(SETTINGS_TLS_IMPLICIT == 1 && SETTINGS_TLS_NONE == 2, "order of tls_words");
_Static_assert(SETTINGS_LOG_JSON == 1, "order of log_format_words");

static const char mail_server[] = "Mail server";
static const char mail[] = "The mail";
static const char reported[] = "What is reported";
static const char clusters[] = "Clusters";
static const char running[] = "Running";
static const char later[] = "Known names without effect in this version";

static const char later_help[] = "Is not supported by this version yet and has no effect.";

#define GLOBAL(field) .scope = SETTINGS_GLOBAL, .offset = offsetof(struct settings_draft, field)
#define CLUSTER(field)                                \
    .group = clusters, .scope = SETTINGS_PER_CLUSTER, \
    .offset = offsetof(struct cluster_settings, field)
enum { LONGEST_SECONDS = 365 * TIMESTAMP_DAY_SECONDS };

#define LATER .group = later, .type = SETTINGS_LATER, .help = later_help

const struct settings_key settings_table[SETTINGS_KEY_COUNT] = {
    {"SMTP_HOST", GLOBAL(settings.smtp_host), .group = mail_server, .type = SETTINGS_HOST,
     .required = true, .help = "The mail server that takes the mail, without a port."},
    {"SMTP_PORT", GLOBAL(settings.smtp_port), .group = mail_server, .type = SETTINGS_PORT,
     .fallback = "587", .help = "Its port."},
    {"SMTP_TLS", GLOBAL(smtp_tls), .group = mail_server, .type = SETTINGS_CHOICE,
     .choices = tls_words, .fallback = "starttls",
     .fallback_note = "starttls; implicit on port 465",
     .help =
         "starttls: the server must offer STARTTLS, else nothing is sent. implicit: TLS from the "
         "first byte. none: no TLS; refused for another machine unless SMTP_ALLOW_PLAINTEXT is "
         "set, and always refused there with SMTP_USER."},
    {"SMTP_CA_FILE", GLOBAL(settings.smtp_ca_pem), .group = mail_server, .type = SETTINGS_CA_FILE,
     .fallback_note = "the system's trust store",
     .help = "PEM file of the only authorities trusted for the mail server's certificate."},
    {"SMTP_USER", GLOBAL(settings.smtp_user), .group = mail_server, .type = SETTINGS_USER,
     .fallback_note = "no AUTH", .help = "User name for AUTH. Needs SMTP_PASSWORD."},
    {"SMTP_PASSWORD", GLOBAL(settings.smtp_password), .group = mail_server,
     .type = SETTINGS_PASSWORD, .secret = true,
     .help = "Password of SMTP_USER; for Gmail an app password, with or without its blanks."},
    {"SMTP_PASSWORD_FILE", GLOBAL(settings.smtp_password), .group = mail_server,
     .type = SETTINGS_SECRET_FILE, .instead_of = "SMTP_PASSWORD", .secret = true,
     .help = "File that holds SMTP_PASSWORD, instead of it."},
    {"SMTP_AUTH", GLOBAL(settings.smtp_auth), .group = mail_server, .type = SETTINGS_MECHANISM,
     .choices = mechanism_words, .fallback_note = "the best that both sides know",
     .help = "The only AUTH mechanism to use."},
    {"SMTP_ALLOW_PLAINTEXT", GLOBAL(smtp_allow_plaintext), .group = mail_server,
     .type = SETTINGS_BOOL, .fallback = "false",
     .help = "Allows SMTP_TLS=none to another machine, where everybody on the way can read the "
             "mail."},
    {"SMTP_TIMEOUT", GLOBAL(settings.smtp_timeout_s), .group = mail_server,
     .type = SETTINGS_DURATION, .min = 1, .max = 600, .fallback = "60",
     .help = "Limit for the whole session with the mail server."},

    {"ALERT_FROM", GLOBAL(settings.from), .group = mail, .type = SETTINGS_ADDRESS, .required = true,
     .help = "Sender of the mail."},
    {"ALERT_TO", GLOBAL(to), .group = mail, .type = SETTINGS_ADDRESS_LIST, .required = true,
     .help = "Recipients, separated by commas or semicolons. A display name with a comma stands in "
             "quotes: \"Ops, Team\" <ops@example.com>."},
    {"ALERT_SUBJECT_PREFIX", GLOBAL(settings.subject_prefix), .group = mail, .type = SETTINGS_TEXT,
     .max = 100, .fallback = "[Kasten Backup]", .help = "Begins every subject."},
    {"ALERT_TIMEZONE", GLOBAL(settings.timezone), .group = mail, .type = SETTINGS_ZONE,
     .fallback_note = "UTC only",
     .help = "Time zone shown beside UTC, by its IANA name: Europe/Berlin."},

    {"LOOKBACK_HOURS", GLOBAL(settings.lookback_s), .group = reported, .type = SETTINGS_HOURS,
     .fallback = "2",
     .help =
         "How far back to look for failures, at least; decimals are allowed. A little more than "
         "the interval between two passes."},
    {"ALERT_KINDS", GLOBAL(kinds), .group = reported, .type = SETTINGS_KINDS,
     .fallback = "backup,export,run,backupcluster,import,validate",
     .help =
         "Kinds of actions that are watched. Words replace the default; words with + and - edit "
         "it: +restore,-import. Further words: restore, restorecluster, report, retire, "
         "batchrestore, upgrade, stage, migratefcd. A kind that a K10 does not have is named and "
         "costs nothing."},
    {"ALERT_ON", GLOBAL(classes), .group = reported, .type = SETTINGS_CLASSES,
     .fallback = "failed,exceptions,stuck,overdue,invalid,unreachable,expiring,recovered",
     .help = "What is worth a mail. Words replace the default; words with + and - edit it: "
             "-recovered,+cancelled,+skipped. docs/alerts.md has a page for each."},
    {"ALERT_EVERY_RUN", GLOBAL(settings.every_run), .group = reported, .type = SETTINGS_BOOL,
     .fallback = "true",
     .help = "Every failed run is mailed. With false, further failures of the same policy, "
             "application and kind wait for the reminder unless their cause is another."},
    {"REMIND_EVERY", GLOBAL(settings.remind_every_s), .group = reported, .type = SETTINGS_DURATION,
     .min = 0, .max = LONGEST_SECONDS, .fallback = "24h",
     .help = "What still fails, or still cannot be read, is mailed again after this long without a "
             "mail about it. 0: never."},
    {"UNREACHABLE_AFTER", GLOBAL(settings.unreachable_after_s), .group = reported,
     .type = SETTINGS_DURATION, .min = 0, .max = LONGEST_SECONDS, .fallback = "0",
     .help = "A cluster that cannot be read is worth a mail after this long; 0: at once. For "
             "clusters whose K10 restarts often, 2h for example."},
    {"STUCK_AFTER", GLOBAL(settings.stuck_after_s), .group = reported, .type = SETTINGS_DURATION,
     .min = 60, .max = LONGEST_SECONDS, .fallback = "24h",
     .help = "An action that is Pending, Running or AttemptFailed for longer than this is stuck."},

    {"NAME", CLUSTER(name), .type = SETTINGS_NAME, .required = true, .max = 253,
     .help = "Name of the cluster in alert ids and STATE; unique."},
    {"LABEL", CLUSTER(label), .type = SETTINGS_TEXT, .max = 200, .fallback_note = "the NAME",
     .help = "Name of the cluster in the mail."},
    {"API_URL", CLUSTER(api_url), .type = SETTINGS_API_URL,
     .fallback_note = "in-cluster: the pod's own API server",
     .help = "The cluster's API server, with a path prefix where it has one. Required unless "
             "IN_CLUSTER."},
    {"IN_CLUSTER", CLUSTER(in_cluster), .type = SETTINGS_BOOL, .fallback = "false",
     .help = "The alerter runs in this cluster: token and CA come from the pod's service account "
             "unless they are set here."},
    {"TOKEN", CLUSTER(token), .type = SETTINGS_TOKEN, .secret = true,
     .help =
         "Service account token. Required unless IN_CLUSTER or API_URL is http:// to loopback."},
    {"TOKEN_FILE", CLUSTER(token), .type = SETTINGS_SECRET_FILE, .instead_of = "TOKEN",
     .secret = true, .help = "File that holds TOKEN, instead of it."},
    {"CA_DATA", CLUSTER(ca_pem), .type = SETTINGS_CA_DATA,
     .fallback_note = "in-cluster: the service account's; else the system's trust store",
     .help = "The only authorities trusted for the API server, as certificate-authority-data in a "
             "kubeconfig: PEM in base64."},
    {"CA_FILE", CLUSTER(ca_pem), .type = SETTINGS_CA_FILE, .instead_of = "CA_DATA",
     .help = "PEM file of these authorities, instead of CA_DATA."},
    {"TLS_SERVER_NAME", CLUSTER(tls_server_name), .type = SETTINGS_HOST,
     .fallback_note = "the host of API_URL",
     .help = "The name that the API server's certificate must hold."},
    {"INSECURE_SKIP_TLS_VERIFY", CLUSTER(insecure_skip_tls_verify), .type = SETTINGS_BOOL,
     .fallback = "false",
     .help =
         "Accepts any certificate. Whoever is on the way can read the token. Every log and every "
         "mail says so."},
    {"K10_NAMESPACE", CLUSTER(k10_namespace), .type = SETTINGS_NAMESPACE, .fallback = "kasten-io",
     .help = "Namespace in which K10 is installed."},
    {"DASHBOARD_URL", CLUSTER(dashboard_url), .type = SETTINGS_WEB_URL,
     .help = "K10's dashboard, for links in the mail: https://k10.example.com/k10."},

    {"STATE", GLOBAL(settings.state), .group = running, .type = SETTINGS_STATE,
     .fallback_note = "configmap in a pod, else a file under $XDG_STATE_HOME",
     .help = "Where the record of what was sent is kept: configmap (kasten-alerter-sent in "
             "the pod's namespace), configmap:CLUSTER or configmap:CLUSTER/NAMESPACE, file:PATH."},
    {"MAX_CONCURRENCY", GLOBAL(settings.max_concurrency), .group = running, .type = SETTINGS_COUNT,
     .min = 1, .max = 1024, .fallback = "64", .help = "Most requests at the same time."},
    {"REQUEST_TIMEOUT", GLOBAL(settings.request_timeout_s), .group = running,
     .type = SETTINGS_DURATION, .min = 1, .max = 600, .fallback = "30",
     .help = "Limit for one request to an API server with all its retries."},
    {"LOG_FORMAT", GLOBAL(log_format), .group = running, .type = SETTINGS_CHOICE,
     .choices = log_format_words, .fallback = "text", .help = "Form of the log's lines."},
    {"LOG_LEVEL", GLOBAL(settings.log_level), .group = running, .type = SETTINGS_CHOICE,
     .choices = log_level_words, .fallback = "info", .help = "The least that is logged."},

    {"KUBECONFIG_CONTEXTS", LATER},
};

const struct settings_key *settings_table_find(enum settings_scope scope, const char *name)
{
    for (size_t i = 0; i < SETTINGS_KEY_COUNT; i++) {
        if (settings_table[i].scope == scope && strcmp(settings_table[i].name, name) == 0) {
            return &settings_table[i];
        }
    }
    return NULL;
}

size_t settings_table_index(const struct settings_key *key)
{
    return (size_t)(key - settings_table);
}

// What the documents call a type, and what a message says was expected. Types whose row says more
// (choices, bounds) have no sentence here.
static const struct {
    const char *word;
    const char *expectation;
} types[SETTINGS_TYPE_COUNT] = {
    [SETTINGS_NAME] = {"name", "letters, digits, '.', '_' and '-', at most 253"},
    [SETTINGS_TEXT] = {"text", NULL},
    [SETTINGS_USER] = {"text", "a user name without control characters and blanks at the ends, at "
                               "most 320 bytes"},
    [SETTINGS_HOST] = {"host", "a host name or an IP address"},
    [SETTINGS_PORT] = {"port", "a port number from 1 to 65535"},
    [SETTINGS_CHOICE] = {NULL, NULL},
    [SETTINGS_MECHANISM] = {NULL, NULL},
    [SETTINGS_BOOL] = {"true or false", "true, false, 1, 0, yes or no"},
    [SETTINGS_COUNT] = {"number", NULL},
    [SETTINGS_DURATION] = {"duration", NULL},
    [SETTINGS_HOURS] = {"hours", "a number of hours above 0, decimals allowed, without a unit, at "
                                 "most 87840"},
    [SETTINGS_ADDRESS] = {"mail address", "one mail address, as ops@example.com or Ops "
                                          "<ops@example.com>"},
    [SETTINGS_ADDRESS_LIST] = {"mail addresses",
                               "mail addresses separated by commas or semicolons, as "
                               "ops@example.com or Ops <ops@example.com>"},
    [SETTINGS_KINDS] = {"list of words", NULL},
    [SETTINGS_CLASSES] = {"list of words", NULL},
    [SETTINGS_ZONE] = {"time zone", "an IANA time zone name such as Europe/Berlin, known to this "
                                    "system's time zone database"},
    [SETTINGS_STATE] = {"state", "configmap, configmap:CLUSTER, configmap:CLUSTER/NAMESPACE or "
                                 "file:PATH"},
    [SETTINGS_NAMESPACE] = {"namespace", "a namespace: small letters, digits and '-', at most 63"},
    [SETTINGS_API_URL] = {"URL", "https://HOST[:PORT][/PATH], or http:// to loopback"},
    [SETTINGS_WEB_URL] = {"URL", "https:// or http://HOST[:PORT][/PATH]"},
    [SETTINGS_PASSWORD] = {"secret", "a password without control characters"},
    [SETTINGS_TOKEN] = {"secret", "a token: visible ASCII characters without blanks"},
    [SETTINGS_SECRET_FILE] = {"path", "a file that can be read, of at most 64 KiB"},
    [SETTINGS_CA_DATA] = {"base64", "base64 of a PEM text with BEGIN CERTIFICATE"},
    [SETTINGS_CA_FILE] = {"path", "a PEM file with BEGIN CERTIFICATE, of at most 1 MiB"},
    [SETTINGS_LATER] = {"none", NULL},
};

static void add_words(struct buf *out, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        const char *joint = words[i + 1] == NULL ? " or " : ", ";
        buf_add_format(out, "%s%s", i == 0 ? "" : joint, words[i]);
    }
}

static void add_length(struct buf *out, uint64_t seconds)
{
    char text[TIMESTAMP_TEXT_BYTES];
    timestamp_format_age((int64_t)seconds, text);
    if (seconds > 0 && seconds % TIMESTAMP_DAY_SECONDS == 0) {
        buf_add_format(out, "%llu d", (unsigned long long)(seconds / TIMESTAMP_DAY_SECONDS));
    } else {
        buf_add_text(out, text);
    }
}

static void add_duration_range(struct buf *out, const struct settings_key *key)
{
    buf_add_text(out, "from ");
    add_length(out, key->min);
    buf_add_text(out, " to ");
    add_length(out, key->max);
}

static void add_count_range(struct buf *out, const struct settings_key *key)
{
    buf_add_format(out, "from %llu to %llu", (unsigned long long)key->min,
                   (unsigned long long)key->max);
}

void settings_table_add_type(struct buf *out, const struct settings_key *key)
{
    if (key->choices != NULL) {
        add_words(out, key->choices);
        return;
    }
    buf_add_text(out, types[key->type].word);
    if (key->type == SETTINGS_COUNT) {
        buf_add_char(out, ' ');
        add_count_range(out, key);
    } else if (key->type == SETTINGS_DURATION) {
        buf_add_char(out, ' ');
        add_duration_range(out, key);
    }
}

void settings_table_add_expectation(struct buf *out, const struct settings_key *key)
{
    switch (key->type) {
    case SETTINGS_CHOICE:
    case SETTINGS_MECHANISM:
        add_words(out, key->choices);
        break;
    case SETTINGS_KINDS:
    case SETTINGS_CLASSES:
        buf_add_text(out, "words of ");
        add_words(out, key->type == SETTINGS_KINDS ? settings_kind_words : settings_class_words);
        buf_add_text(out, ", all with + or - or none");
        break;
    case SETTINGS_TEXT:
        buf_add_format(out, "a text of at most %llu bytes", (unsigned long long)key->max);
        break;
    case SETTINGS_COUNT:
        buf_add_text(out, "a whole number ");
        add_count_range(out, key);
        break;
    case SETTINGS_DURATION:
        buf_add_text(out, "a length of time ");
        add_duration_range(out, key);
        buf_add_text(out, ": seconds, or 90s, 5m, 24h, 7d");
        break;
    default:
        buf_add_text(out, types[key->type].expectation != NULL ? types[key->type].expectation
                                                               : "nothing");
        break;
    }
}
