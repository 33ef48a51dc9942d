// SPDX-License-Identifier: MIT
// Values that are refused or warned about, and the words in which.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "settings_support.h"

struct message_case {
    const char *changes[SUPPORT_CHANGES];
    const char *line; // part of the only message, "problem KEY: TEXT" or "warning KEY: TEXT". Of a
                      // problem "problem KEY: " may be left out and warnings may stand beside it.
};

static const struct message_case cases[] = {
    // Required keys.
    {{"-SMTP_HOST"}, "problem SMTP_HOST: is required and not set: expected a host name or an IP"},
    {{"SMTP_HOST="}, "problem SMTP_HOST: is required and not set"},
    {{"-ALERT_FROM"}, "problem ALERT_FROM: is required and not set: expected one mail address"},
    {{"-ALERT_TO"}, "problem ALERT_TO: is required and not set: expected mail addresses"},
    {{"-CLUSTER_1_NAME"}, "problem CLUSTER_1_NAME: is required and not set: expected letters"},
    {{"-CLUSTER_1_NAME", "-CLUSTER_1_API_URL", "-CLUSTER_1_TOKEN"},
     "problem CLUSTER_1_NAME: is required and not set: expected at least one cluster"},
    {{"-CLUSTER_1_API_URL"},
     "problem CLUSTER_1_API_URL: is required and not set: expected "
     "https://HOST[:PORT][/PATH], or CLUSTER_1_IN_CLUSTER=true"},
    {{"-CLUSTER_1_TOKEN"},
     "problem CLUSTER_1_TOKEN: is required and not set: expected the token of "
     "a service account of that cluster, here or in CLUSTER_1_TOKEN_FILE"},
    // Hosts, ports, numbers.
    {{"SMTP_HOST=mail.example.com:587"},
     "problem SMTP_HOST: expected a host name or an IP address, found \"mail.example.com:587\", "
     "which seems to have a port"},
    {{"SMTP_HOST=smtp://mail.example.com"}, "which is a URL"},
    {{"SMTP_HOST=smtp://u:geheim@mail.example.com"}, "found a value with an @, which is a URL"},
    {{"SMTP_HOST=mail.example.com\n"}, "found \"mail.example.com\" (with a line break at the end)"},
    {{"SMTP_HOST= mail.example.com"},
     "found \"mail.example.com\" (with a blank at the start or end)"},
    {{"SMTP_HOST=mail\r\nevil"}, "found \"mail evil\" (with a line break inside)"},
    {{"SMTP_HOST=mail_1"}, "problem SMTP_HOST: expected a host name"},
    {{"SMTP_HOST=-mail"}, "problem SMTP_HOST: expected a host name"},
    {{"SMTP_HOST=a..b"}, "problem SMTP_HOST: expected a host name"},
    {{"SMTP_HOST=127.1"}, "problem SMTP_HOST: expected a host name"},
    {{"SMTP_HOST=10.0.0.256"}, "problem SMTP_HOST: expected a host name"},
    {{"SMTP_HOST=0x7f.0x1"}, "problem SMTP_HOST: expected a host name"},
    {{"SMTP_HOST=[mail.example.com]"}, "problem SMTP_HOST: expected a host name"},
    {{"SMTP_HOST=fe80::1%eth0"}, "problem SMTP_HOST: expected a host name"},
    {{"SMTP_HOST=m\xC3\xBCller.example"}, "problem SMTP_HOST: expected a host name"},
    {{"SMTP_PORT=587x"},
     "problem SMTP_PORT: expected a port number from 1 to 65535, found \"587x\""},
    {{"SMTP_PORT=0"}, "problem SMTP_PORT: expected a port number"},
    {{"SMTP_PORT=65536"}, "problem SMTP_PORT: expected a port number"},
    {{"SMTP_PORT=-25"}, "problem SMTP_PORT: expected a port number"},
    {{"SMTP_PORT=http://10.0.0.1:25"}, "problem SMTP_PORT: expected a port number"},
    {{"SMTP_TIMEOUT=0"}, "problem SMTP_TIMEOUT: expected a length of time from 1 s to 10 min"},
    {{"SMTP_TIMEOUT=11m"}, "problem SMTP_TIMEOUT: expected a length of time from 1 s to 10 min"},
    {{"REQUEST_TIMEOUT=1.5"}, "problem REQUEST_TIMEOUT: expected a length of time"},
    {{"REQUEST_TIMEOUT=5 m"}, "found \"5 m\""},
    {{"MAX_CONCURRENCY=0"}, "expected a whole number from 1 to 1024, found \"0\""},
    {{"MAX_CONCURRENCY=1025"}, "problem MAX_CONCURRENCY: expected a whole number"},
    {{"MAX_CONCURRENCY=99999999999999999999"}, "problem MAX_CONCURRENCY: expected"},
    {{"LOOKBACK_HOURS=2h"},
     "problem LOOKBACK_HOURS: expected a number of hours above 0, decimals "
     "allowed, without a unit, at most 87840, found \"2h\""},
    {{"LOOKBACK_HOURS=0"}, "problem LOOKBACK_HOURS: expected a number of hours"},
    {{"LOOKBACK_HOURS=0.0"}, "problem LOOKBACK_HOURS: expected a number of hours"},
    {{"LOOKBACK_HOURS=-1"}, "problem LOOKBACK_HOURS: expected a number of hours"},
    {{"LOOKBACK_HOURS=87841"}, "problem LOOKBACK_HOURS: expected a number of hours"},
    {{"LOOKBACK_HOURS=nan"}, "problem LOOKBACK_HOURS: expected a number of hours"},
    // Choices.
    {{"SMTP_TLS=ssl"}, "problem SMTP_TLS: expected starttls, implicit or none, found \"ssl\""},
    {{"SMTP_TLS=ssl", "SMTP_PORT=465"}, "problem SMTP_TLS: expected starttls"},
    {{"SMTP_USER=u", "SMTP_PASSWORD=p", "SMTP_AUTH=xoauth2"},
     "problem SMTP_AUTH: expected plain, login or cram-md5, found \"xoauth2\""},
    {{"LOG_FORMAT=yaml"}, "problem LOG_FORMAT: expected text or json"},
    {{"LOG_LEVEL=warning"}, "problem LOG_LEVEL: expected error, warn, info or debug"},
    {{"CLUSTER_1_IN_CLUSTER=on"}, "problem CLUSTER_1_IN_CLUSTER: expected true, false, 1, 0, yes"},
    {{"-CLUSTER_1_TOKEN", "CLUSTER_1_IN_CLUSTER=maybe"}, "problem CLUSTER_1_IN_CLUSTER: expected"},
    {{"ALERT_KINDS=backup,foo"},
     "all with + or - or none, found \"backup,foo\", which holds \"foo\""},
    {{"ALERT_KINDS=Backup"}, "problem ALERT_KINDS: expected words of backup, export"},
    {{"ALERT_KINDS=backup,+restore"}, "which mixes words with and without + or -"},
    {{"ALERT_KINDS=+restore,import"}, "which mixes words with and without + or -"},
    {{"ALERT_KINDS=-backup,-export,-run,-backupcluster,-import,-validate"}, "which leaves no kind"},
    {{"ALERT_KINDS=,"}, "which leaves no kind"},
    {{"ALERT_KINDS=+"}, "problem ALERT_KINDS: expected"},
    {{"ALERT_ON=failed,foo"},
     "problem ALERT_ON: expected words of failed, exceptions, stuck, overdue, invalid, "
     "unreachable, expiring, recovered, cancelled or skipped, all with + or - or none, found "
     "\"failed,foo\", which holds \"foo\""},
    {{"ALERT_ON=failed,+stuck"}, "which mixes words with and without + or -"},
    {{"ALERT_ON=,"}, "which leaves nothing to report"},
    {{"ALERT_ON=-failed"}, "warning ALERT_ON: leaves out failed: failed actions are not reported"},
    {{"ALERT_EVERY_RUN=never"}, "problem ALERT_EVERY_RUN: expected true, false, 1, 0, yes or no"},
    {{"REMIND_EVERY=-1"}, "problem REMIND_EVERY: expected a length of time from 0 s to 365 d"},
    {{"STUCK_AFTER=30"}, "problem STUCK_AFTER: expected a length of time from 1 min to 365 d"},
    {{"REMIND_EVERY=366d"}, "problem REMIND_EVERY: expected a length of time"},
    {{"UNREACHABLE_AFTER=soon"}, "problem UNREACHABLE_AFTER: expected a length of time"},
    {{"ALERT_TIMEZONE=Mars/Base"}, "problem ALERT_TIMEZONE: expected an IANA time zone name"},
    {{"ALERT_TIMEZONE=../../etc/passwd"}, "problem ALERT_TIMEZONE: expected an IANA"},
    {{"ALERT_TIMEZONE=/etc/localtime"}, "problem ALERT_TIMEZONE: expected an IANA"},
    {{"ALERT_TIMEZONE=Europe"}, "problem ALERT_TIMEZONE: expected an IANA"},
    {{"ALERT_TIMEZONE=zone.tab"}, "problem ALERT_TIMEZONE: expected an IANA"},
    {{"STATE=secret"}, "problem STATE: expected configmap, configmap:CLUSTER"},
    {{"STATE=file:"}, "problem STATE: expected configmap"},
    {{"STATE=file:/var/lib/"}, "problem STATE: expected configmap"},
    {{"STATE=configmap:"}, "problem STATE: expected configmap"},
    {{"STATE=configmap:k3s/"}, "problem STATE: expected configmap"},
    {{"STATE=configmap:k3s/Name_Space"}, "problem STATE: expected configmap"},
    {{"STATE=configmap:k3s/a/b"}, "problem STATE: expected configmap"},
    {{"STATE=configmap:rke2"},
     "problem STATE: expected configmap:CLUSTER with the NAME of a cluster, "
     "found \"configmap:rke2\""},
    // TLS and credentials of the mail server.
    {{"SMTP_TLS=none"},
     "problem SMTP_TLS: expected starttls or implicit, found none, which would send "
     "the mail in clear to \"mail.example.com\"; if that is meant, set "
     "SMTP_ALLOW_PLAINTEXT=true"},
    {{"SMTP_TLS=none", "SMTP_HOST=127.0.0.1.example.com"}, "problem SMTP_TLS: expected starttls"},
    {{"SMTP_TLS=none", "SMTP_USER=u", "SMTP_PASSWORD=p"},
     "which would send the password of SMTP_USER"},
    {{"SMTP_TLS=none", "SMTP_USER=u", "SMTP_PASSWORD=p", "SMTP_ALLOW_PLAINTEXT=true"},
     "which would send the password of SMTP_USER in clear"},
    {{"SMTP_TLS=none", "SMTP_ALLOW_PLAINTEXT=yes"},
     "warning SMTP_TLS: is none: the mail goes in clear"},
    {{"SMTP_TLS=starttls", "SMTP_PORT=465"}, "warning SMTP_TLS: is starttls, but port 465"},
    {{"SMTP_TLS=implicit"}, "warning SMTP_TLS: is implicit, but port 587"},
    {{"SMTP_USER=u"}, "problem SMTP_PASSWORD: is required with SMTP_USER and not set"},
    {{"SMTP_PASSWORD=p"}, "problem SMTP_USER: is required with SMTP_PASSWORD and not set"},
    {{"SMTP_PASSWORD_FILE=secret"}, "problem SMTP_USER: is required with SMTP_PASSWORD"},
    {{"SMTP_USER=u\n", "SMTP_PASSWORD=p"}, "problem SMTP_USER: expected a user name"},
    {{"SMTP_USER=u ", "SMTP_PASSWORD=p"}, "problem SMTP_USER: expected a user name"},
    {{"SMTP_USER=u", "SMTP_PASSWORD=p\n\n"},
     "problem SMTP_PASSWORD: expected a password without control characters, found 2 characters "
     "with "
     "a line break at the end"},
    {{"SMTP_USER=u", "SMTP_PASSWORD=\n"}, "problem SMTP_PASSWORD: expected a password"},
    {{"SMTP_USER=u", "SMTP_PASSWORD=a\tb"}, "found 3 characters with a blank inside"},
    {{"SMTP_USER=u", "SMTP_PASSWORD=p", "SMTP_PASSWORD_FILE=secret"},
     "problem SMTP_PASSWORD_FILE: expected one of SMTP_PASSWORD_FILE and SMTP_PASSWORD, found "
     "both"},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=missing"},
     "problem SMTP_PASSWORD_FILE: expected a file that "
     "can be read, of at most 64 KiB; the file it names "
     "does not exist"},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=/"}, "the file it names cannot be read"},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=empty"}, "the file it names is empty"},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=large"}, "the file it names is larger"},
    {{"SMTP_USER=u", "SMTP_PASSWORD_FILE=nul"}, "problem SMTP_PASSWORD_FILE: expected a password"},
    {{"SMTP_CA_FILE=secret"},
     "problem SMTP_CA_FILE: expected a PEM file with BEGIN CERTIFICATE, of at "
     "most 1 MiB, found \"secret\", which holds no BEGIN CERTIFICATE"},
    {{"SMTP_CA_FILE=/no/such"}, "found \"/no/such\", which does not exist"},
    {{"SMTP_CA_FILE=cut.pem"}, "which is cut off before END CERTIFICATE"},
    // Addresses.
    {{"ALERT_FROM=ops"},
     "problem ALERT_FROM: expected one mail address, as ops@example.com or Ops "
     "<ops@example.com>, found \"ops\", which has no @"},
    {{"ALERT_FROM=a@x.example,b@x.example"}, "which has a comma or semicolon"},
    {{"ALERT_FROM=Ops, Team <ops@x.example>"}, "which has a comma or semicolon"},
    {{"ALERT_FROM=a@x.example\n"}, "which has a line break"},
    {{"ALERT_FROM=a@x.example\r\nBcc: e@evil.example"}, "which has a line break"},
    {{"ALERT_FROM=Ops\t<a@x.example>"}, "which has a line break, a control"},
    {{"ALERT_FROM=Ops <a@x.example> x"}, "which does not end at the bracket >"},
    {{"ALERT_FROM=Ops <<a@x.example>>"}, "which has a blank, bracket or quote in the address"},
    {{"ALERT_FROM=Ops <>"}, "which has no address"},
    {{"ALERT_FROM=a b@x.example"}, "which has a blank"},
    {{"ALERT_FROM=Ops \"x\" <a@x.example>"}, "which has a quote inside the display name"},
    {{"ALERT_FROM=\"Ops <a@x.example>"}, "problem ALERT_FROM: expected one mail address"},
    {{"ALERT_FROM=@x.example"}, "which has an unusual part before the @"},
    {{"ALERT_FROM=a@"}, "which has no host name after the @"},
    {{"ALERT_FROM=a@10.0.0.1"}, "which has no host name after the @"},
    {{"ALERT_FROM=a@b@x.example"}, "which has an unusual part before the @"},
    {{"ALERT_FROM=j\xC3\xBCrgen@x.example"}, "which has an unusual part before the @"},
    {{"ALERT_FROM=a\xFF <a@x.example>"}, "which has a line break, a control or an invisible"},
    {{"ALERT_FROM=12345678901234567890123456789012345678901234567890123456789012345@x.example"},
     "which has an unusual part before the @"},
    {{"ALERT_TO=,;"}, "which has no address"},
    {{"ALERT_TO=ops@x.example,team"}, "found \"team\", which has no @"},
    {{"ALERT_TO=ops@x.example, e@evil.example\nBcc: f@x.example"}, "which has a line break"},
    {{"ALERT_TO=ops@x.example,ops@x.example"},
     "warning ALERT_TO: names \"ops@x.example\" twice; it gets one mail"},
    // Texts and names.
    {{"ALERT_SUBJECT_PREFIX=\x01\x02"}, "which holds nothing that can be shown"},
    {{"ALERT_SUBJECT_PREFIX="
      "12345678901234567890123456789012345678901234567890123456789012345678901234"
      "567890123456789012345678901"},
     "problem ALERT_SUBJECT_PREFIX: expected a text of at most 100 bytes, found "
     "\"123456789012345678901234567890123456789012345678901234567890...\""},
    {{"ALERT_SUBJECT_PREFIX=a\nb"},
     "warning ALERT_SUBJECT_PREFIX: holds control or invisible "
     "characters, which were replaced: \"a b\""},
    {{"CLUSTER_1_NAME=k3s/prod"},
     "problem CLUSTER_1_NAME: expected letters, digits, '.', '_' and '-'"},
    {{"CLUSTER_1_NAME=k3s\n"}, "problem CLUSTER_1_NAME: expected letters"},
    {{"CLUSTER_7_NAME=k3s", "CLUSTER_7_IN_CLUSTER=1"},
     "problem CLUSTER_7_NAME: expected a name of its own, found \"k3s\", which is CLUSTER_1_NAME "
     "too"},
    {{"CLUSTER_1_K10_NAMESPACE=Kasten_IO"},
     "problem CLUSTER_1_K10_NAMESPACE: expected a namespace"},
    // URLs.
    {{"CLUSTER_1_API_URL=http://192.168.1.105:6443"},
     "which would send the token in clear to another machine"},
    {{"CLUSTER_1_API_URL=http://localhost.evil.example:8001"},
     "which would send the token in clear"},
    {{"CLUSTER_1_API_URL=192.168.1.105:6443"}, "problem CLUSTER_1_API_URL: expected https://HOST"},
    {{"CLUSTER_1_API_URL=ftp://x.example"}, "problem CLUSTER_1_API_URL: expected https://HOST"},
    {{"CLUSTER_1_API_URL=https://u:geheim@x.example"},
     "found a URL, which holds a user or password"},
    {{"CLUSTER_1_API_URL=https://x.example?token=geheim"}, "found a URL, which has a query"},
    {{"CLUSTER_1_API_URL=https://x.example#geheim"}, "found a URL, which has a fragment"},
    {{"CLUSTER_1_API_URL=https://x.example\r\nHost: y"}, "problem CLUSTER_1_API_URL: expected"},
    {{"CLUSTER_1_API_URL=https://"}, "problem CLUSTER_1_API_URL: expected"},
    {{"CLUSTER_1_DASHBOARD_URL=javascript:alert(1)"}, "problem CLUSTER_1_DASHBOARD_URL: expected"},
    {{"CLUSTER_1_DASHBOARD_URL=ftp://x.example/k10"}, "problem CLUSTER_1_DASHBOARD_URL: expected"},
    // Tokens and authorities.
    {{"CLUSTER_1_TOKEN=geheim geheim"},
     "problem CLUSTER_1_TOKEN: expected a token: visible ASCII "
     "characters without blanks, found 13 characters with a blank "
     "inside"},
    {{"CLUSTER_1_TOKEN=geheim\r\nX: y"}, "found 12 characters with a line break inside"},
    {{"CLUSTER_1_TOKEN=Bearer geheim"}, "which begins with the word Bearer"},
    {{"CLUSTER_1_TOKEN=geh\xC3\xA9im"}, "found 6 characters with characters outside ASCII"},
    {{"CLUSTER_1_TOKEN=geheim\n"}, "warning CLUSTER_1_TOKEN: ends in a line break, which was cut"},
    {{"CLUSTER_1_TOKEN=ZXlKaGJHY2lPaUpTVXpJMU5pSjk="},
     "warning CLUSTER_1_TOKEN: looks base64-encoded"},
    {{"CLUSTER_1_TOKEN_FILE=secret"},
     "problem CLUSTER_1_TOKEN_FILE: expected one of "
     "CLUSTER_1_TOKEN_FILE and CLUSTER_1_TOKEN, found both set"},
    {{"-CLUSTER_1_TOKEN", "CLUSTER_1_TOKEN_FILE=no-such"},
     "problem CLUSTER_1_TOKEN_FILE: expected a "
     "file"},
    {{"CLUSTER_1_CA_FILE=cut.pem",
      "CLUSTER_1_CA_DATA="
      "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUIKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0t"
      "LQo="},
     "problem CLUSTER_1_CA_FILE: expected one of CLUSTER_1_CA_FILE and CLUSTER_1_CA_DATA, found "
     "both"},
    {{"CLUSTER_1_CA_DATA=TUlJQg=="}, "found 8 characters, which holds no BEGIN CERTIFICATE"},
    {{"CLUSTER_1_CA_DATA=no base64!"}, "which is not base64"},
    {{"CLUSTER_1_CA_DATA=-----BEGIN CERTIFICATE-----"}, "which is PEM itself"},
    {{"CLUSTER_1_TLS_SERVER_NAME=https://x"}, "problem CLUSTER_1_TLS_SERVER_NAME: expected a host"},
    {{"CLUSTER_1_INSECURE_SKIP_TLS_VERIFY=1"},
     "warning CLUSTER_1_INSECURE_SKIP_TLS_VERIFY: is true"},
    {{"CLUSTER_1_IN_CLUSTER=1", "CLUSTER_2_NAME=b", "CLUSTER_2_IN_CLUSTER=1"},
     "warning CLUSTER_2_IN_CLUSTER: is true as CLUSTER_1_IN_CLUSTER is"},
    // Names.
    {{"SMPT_HOST=x"},
     "warning SMPT_HOST: is not a setting and has no effect; did you mean SMTP_HOST?"},
    {{"ALERT_T0=x"},
     "warning ALERT_T0: is not a setting and has no effect; did you mean ALERT_TO?"},
    {{"LOOKBACK_HOUR=3"},
     "warning LOOKBACK_HOUR: is not a setting and has no effect; did you mean "
     "LOOKBACK_HOURS?"},
    {{"CLUSTER_1_APIURL=x"},
     "warning CLUSTER_1_APIURL: is not a setting and has no effect; did you mean "
     "CLUSTER_1_API_URL?"},
    {{"CLUSTR_12_TOKEN=geheim"},
     "warning CLUSTR_12_TOKEN: is not a setting and has no effect; did you "
     "mean CLUSTER_12_TOKEN?"},
    {{"CLUSTER1_NAME=x"},
     "warning CLUSTER1_NAME: is not a setting and has no effect; did you mean CLUSTER_1_NAME?"},
    {{"smtp_host=x"},
     "warning smtp_host: is not a setting and has no effect; did you mean SMTP_HOST?"},
    {{"SMTP_PASWORD=geheim"},
     "warning SMTP_PASWORD: is not a setting and has no effect; did you mean SMTP_PASSWORD?"},
    {{"SMTP_STARTTLS_REQUIRED=x"},
     "warning SMTP_STARTTLS_REQUIRED: is not a setting and has no effect\n"},
    {{"ALERT_COLOUR=x"}, "warning ALERT_COLOUR: is not a setting and has no effect\n"},
    {{"CLUSTER_1_FLAVOUR=x"}, "warning CLUSTER_1_FLAVOUR: is not a setting and has no effect\n"},
    {{"SMTP_\x1B[2J\n=x"}, "warning SMTP_\xEF\xBF\xBD[2J: is not a setting"},
    {{"CLUSTER_0_NAME=x"}, "problem CLUSTER_0_NAME: expected a cluster number from 1 to 9999"},
    {{"CLUSTER_01_NAME=x"}, "problem CLUSTER_01_NAME: expected a cluster number from 1 to 9999"},
    {{"CLUSTER_10000_TOKEN=geheim"}, "problem CLUSTER_10000_TOKEN: expected a cluster number"},
    // Names of later versions.
    {{"KUBECONFIG_CONTEXTS=all"},
     "warning KUBECONFIG_CONTEXTS: is not supported by this version yet"},
};

static bool is_as_expected(const struct loaded *loaded, const char *line)
{
    const struct settings_messages *messages = &loaded->messages;
    bool is_warning = strncmp(line, "warning ", 8) == 0;
    const char *all = support_messages(loaded);
    return strstr(all, line) != NULL && strstr(all, "geheim") == NULL &&
           (is_warning ? messages->problem_count == 0 && messages->warning_count == 1
                       : messages->problem_count == 1);
}

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct loaded loaded;
        support_load(&loaded, cases[i].changes);
        if (!is_as_expected(&loaded, cases[i].line)) {
            fail_msg("case %zu (%s): expected one message with\n%s\nfound\n%s", i,
                     cases[i].changes[0], cases[i].line, support_messages(&loaded));
        }
        support_finish(&loaded);
    }
}

static void test_all_at_once(void **state)
{
    (void)state;
    static const char *const changes[] = {"-SMTP_HOST",
                                          "SMTP_PORT=x",
                                          "ALERT_TO=a,b@x.example,c",
                                          "CLUSTER_1_API_URL=http://x.example",
                                          "-CLUSTER_1_TOKEN",
                                          "CLUSTER_2_LABEL=two",
                                          "LOG_LEVEL=loud",
                                          "SMPT_HOST=x"};
    struct loaded loaded;
    support_load(&loaded, changes);
    assert_int_equal(loaded.messages.warning_count, 1);
    static const char *const keys[] = {"SMTP_HOST",      "SMTP_PORT",       "ALERT_TO",
                                       "ALERT_TO",       "LOG_LEVEL",       "CLUSTER_1_API_URL",
                                       "CLUSTER_2_NAME", "CLUSTER_1_TOKEN", "CLUSTER_2_API_URL",
                                       "CLUSTER_2_TOKEN"};
    assert_int_equal(loaded.messages.problem_count, sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_string_equal(loaded.messages.problems[i].key, keys[i]);
    }
    support_finish(&loaded);
}

static void test_messages_are_bounded(void **state)
{
    (void)state;
    static char *environment[2001];
    struct arena *arena = arena_create();
    for (size_t i = 0; i < 2000; i++) {
        environment[i] = i % 2 == 0 ? arena_format(arena, "CLUSTER_%zu_NAME=!", i / 2 + 1)
                                    : arena_format(arena, "ALERT_X%zu=!", i);
    }
    struct loaded loaded;
    support_load_all(&loaded, environment);
    arena_destroy(arena);
    assert_false(loaded.ok);
    // 1000 clusters without a valid NAME, API_URL and TOKEN, and three required keys.
    assert_int_equal(loaded.messages.problem_count, 101);
    assert_string_equal(loaded.messages.problems[100].key, "settings");
    assert_string_equal(loaded.messages.problems[100].text, "and 2903 more problems");
    assert_int_equal(loaded.messages.warning_count, 101);
    assert_string_equal(loaded.messages.warnings[100].text, "and 900 more warnings");
    support_finish(&loaded);
}

static void test_too_many_recipients(void **state)
{
    (void)state;
    struct arena *arena = arena_create();
    const char *list = "ALERT_TO=a0@x.example";
    for (int i = 1; i < 100; i++) {
        list = arena_format(arena, "%s,a%d@x.example", list, i);
    }
    struct loaded loaded;
    support_load(&loaded, (const char *const[]){list, NULL});
    assert_true(loaded.ok);
    assert_int_equal(loaded.settings.to_count, 100);
    support_finish(&loaded);
    list = arena_format(arena, "%s;one@more.example", list);
    support_load(&loaded, (const char *const[]){list, NULL});
    assert_non_null(strstr(support_messages(&loaded), "which has more than 100 addresses"));
    support_finish(&loaded);
    arena_destroy(arena);
}

static int enter(void **state)
{
    (void)state;
    static char large[65 * 1024];
    memset(large, 'x', sizeof large);
    support_enter_folder();
    support_write_file("secret", "geheim\n", 7);
    support_write_file("empty", "", 0);
    support_write_file("nul", "geh\0eim", 7);
    support_write_file("large", large, sizeof large);
    support_write_file("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n", 33);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    support_leave_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_messages_are_bounded),
        cmocka_unit_test(test_too_many_recipients),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
