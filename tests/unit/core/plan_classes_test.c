// SPDX-License-Identifier: MIT
// BEHAVIOUR section 3, the classes beside failed: what of them is told, reminded of and over.
#include "plan_story.h"

static const struct story exceptions[] = {
    {"runs that leave something out open an incident of their own",
     {
         "02 10:10 left run-a blog",
         "02 10:30 pass => new run-a:02:exceptions [blog] 1x",
         "02 10:30 open => exceptions:k3s/kasten-io/daily/backup/blog 1x",
         "02 11:10 left run-b blog",
         "02 11:30 pass => again run-b:02:exceptions [blog] 2x since 02 10:10",
         "02 12:10 good run-c blog",
         "02 12:30 pass => recovered kasten-io/daily backup [blog] 2x",
         "02 12:30 open => -",
     }},
    {"they are no recovery, but failures are not reminded of beside them",
     {
         "01 00:00 set lookback 2592000",
         "02 10:10 fail run-a blog",
         "02 10:30 pass => new run-a:02 [blog] 1x",
         "02 11:10 left run-b blog",
         "02 11:30 pass => new run-b:02:exceptions [blog] 1x",
         "03 10:30 pass => -",
         "03 11:30 pass => reminder run-b:03:exceptions [blog] 1x",
         "03 12:10 good run-c blog",
         "03 12:30 pass => recovered kasten-io/daily backup [blog] 1x",
     }},
    {"a run can fail for one and leave out something of another",
     {
         "02 10:10 fail run-a blog",
         "02 10:11 left run-a shop",
         "02 10:30 pass => new run-a:02:exceptions [shop] 1x | new run-a:02 [blog] 1x",
         "02 11:30 pass => -",
     }},
    {"silenced they are told when that ends",
     {
         "02 10:00 silence policy:daily 7200",
         "02 10:10 left run-a blog",
         "02 10:30 pass => silenced 1",
         "02 12:30 pass => silence-ended run-a:02:exceptions [blog] 1x",
     }},
};

static const struct story events[] = {
    {"what was cancelled or skipped is told once and opens nothing",
     {
         "02 10:10 cancel run-a blog",
         "02 10:11 skiprun run-b",
         "02 10:30 pass => new run-b:02:skipped [] | new run-a:02:cancelled [blog]",
         "02 10:30 open => -",
         "02 11:30 pass => -",
     }},
    {"silenced it is not told at all",
     {
         "02 10:00 silence policy:daily 7200",
         "02 10:10 cancel run-a blog",
         "02 10:30 pass => silenced 1",
         "02 12:30 pass => -",
     }},
    {"a run that was cancelled is no recovery",
     {
         "02 10:10 fail run-a blog",
         "02 10:30 pass => new run-a:02 [blog] 1x",
         "02 11:10 cancel run-b blog",
         "02 11:30 pass => new run-b:02:cancelled [blog]",
         "02 11:30 open => kasten-io/daily/backup/blog 1x",
     }},
};

static const struct story stuck[] = {
    {"a run and its actions are one row, told once and reminded of",
     {
         "01 00:00 set lookback 2592000",
         "01 10:00 beginrun run-a",
         "01 10:01 begin run-a blog",
         "01 10:02 begin run-a shop",
         "02 09:00 pass => -",
         "02 10:30 pass => new run-a:02:stuck [blog,shop]",
         "02 10:30 open => stuck:k3s/kasten-io/daily/run/run-a 1x",
         "02 11:30 pass => -",
         "03 10:30 pass => reminder run-a:02:stuck [blog,shop]",
         "03 11:30 pass => -",
         "03 12:00 stuck run-a over well",
         "03 12:00 good run-a blog",
         "03 12:00 good run-a shop",
         "03 12:00 goodrun run-a",
         "03 12:30 pass => recovered kasten-io/daily run [run-a] 0x",
         "03 12:30 open => -",
     }},
    {"that it failed at last is a row of its own",
     {
         "01 10:00 begin run-a blog",
         "02 10:30 pass => new run-a:02:stuck [blog]",
         "02 11:00 fail run-a blog",
         "02 11:00 stuck run-a over failed",
         "02 11:30 pass => new run-a:02 [blog] 1x | vanished kasten-io/daily run [run-a] 0x: "
         "failed",
         "02 11:30 open => kasten-io/daily/backup/blog 1x",
     }},
    {"unread lists neither show nor end it",
     {
         "01 10:00 begin run-a blog",
         "02 10:30 pass => new run-a:02:stuck [blog]",
         "02 10:40 blind k3s backup unavailable",
         "02 11:30 pass => unread k3s [backup] unavailable",
         "02 11:30 open => stuck:k3s/kasten-io/daily/run/run-a 1x; "
         "unreachable:k3s/-/backup/- 1x",
     }},
    {"silenced by its id it is told when that ends",
     {
         "01 10:00 begin run-a blog",
         "02 10:00 silence id:k3s:run-a:2026-04-02:stuck 7200",
         "02 10:30 pass => silenced 1",
         "02 12:30 pass => silence-ended run-a:02:stuck [blog]",
     }},
    {"one without a run goes by its own name",
     {
         "01 10:00 begin - blog policy=-",
         "02 10:30 pass => new backup/blog/action-0:02:stuck [blog]",
         "02 11:30 pass => -",
     }},
};

static const struct story overdue[] = {
    {"it is told once, reminded of, and over when a run completes",
     {
         "01 00:00 set lookback 2592000",
         "02 10:00 overdue daily",
         "02 10:30 pass => new !overdue:k3s/kasten-io/daily/run/- []",
         "02 11:30 pass => -",
         "03 10:30 pass => reminder !overdue:k3s/kasten-io/daily/run/- []",
         "03 10:40 overdue daily over well",
         "03 11:30 pass => recovered kasten-io/daily run [] 0x",
         "03 11:30 open => -",
         "03 12:30 pass => -",
     }},
    {"why it is over without a run is told",
     {
         "02 10:00 overdue daily",
         "02 10:30 pass => new !overdue:k3s/kasten-io/daily/run/- []",
         "02 10:40 overdue daily over paused",
         "02 11:30 pass => vanished kasten-io/daily run [] 0x: paused",
     }},
    {"a policy that fails is not told as overdue, too",
     {
         "02 10:10 fail run-a blog",
         "02 10:20 overdue daily",
         "02 10:30 pass => new run-a:02 [blog] 1x",
         "02 10:30 open => kasten-io/daily/backup/blog 1x",
         "02 11:10 good run-b blog",
         "02 11:30 pass => new !overdue:k3s/kasten-io/daily/run/- [] | "
         "recovered kasten-io/daily backup [blog] 1x",
     }},
    {"one that runs at last, and fails, is told as failing only",
     {
         "02 10:00 overdue daily",
         "02 10:30 pass => new !overdue:k3s/kasten-io/daily/run/- []",
         "02 11:10 fail run-a blog",
         "02 11:30 pass => new run-a:02 [blog] 1x",
         "02 11:30 open => kasten-io/daily/backup/blog 1x",
     }},
    {"nor beside a run that is stuck",
     {
         "01 10:00 begin run-a blog",
         "02 10:00 overdue daily",
         "02 10:30 pass => new run-a:02:stuck [blog]",
     }},
    {"what is not looked at stays open",
     {
         "02 10:00 overdue daily",
         "02 10:30 pass => new !overdue:k3s/kasten-io/daily/run/- []",
         "02 10:40 overdue other",
         "02 10:40 blind k3s run unavailable",
         "02 11:30 pass => new !overdue:k3s/kasten-io/other/run/- [] | unread k3s [run] "
         "unavailable",
     }},
};

static const struct story expiring[] = {
    {"it is told at 14, 7, 3 and 1 days and when it has happened",
     {
         "01 00:00 set lookback 2592000",
         "02 10:00 expires token 13",
         "02 10:30 pass => new !expiring:k3s/-/backup/token []",
         "02 11:30 pass => -",
         "04 10:30 pass => -",
         "08 10:30 pass => reminder !expiring:k3s/-/backup/token []",
         "08 11:30 pass => -",
         "12 10:30 pass => reminder !expiring:k3s/-/backup/token []",
         "14 10:30 pass => reminder !expiring:k3s/-/backup/token []",
         "14 22:30 pass => -",
         "15 10:30 pass => reminder !expiring:k3s/-/backup/token []",
         "17 10:30 pass => -",
     }},
    {"seen late it is told once for the days that are left",
     {
         "01 00:00 set lookback 2592000",
         "02 10:00 expires certificate 2",
         "02 10:30 pass => new !expiring:k3s/-/backup/certificate []",
         "02 22:30 pass => -",
         "03 10:30 pass => reminder !expiring:k3s/-/backup/certificate []",
     }},
    {"renewed it is over",
     {
         "02 10:00 expires token 13",
         "02 10:30 pass => new !expiring:k3s/-/backup/token []",
         "02 11:00 expires token over",
         "02 11:30 pass => recovered - backup [token] 0x",
         "02 11:30 open => -",
     }},
};

int main(void)
{
    const struct story_table tables[] = {STORY_TABLE(exceptions), STORY_TABLE(events),
                                         STORY_TABLE(stuck), STORY_TABLE(overdue),
                                         STORY_TABLE(expiring)};
    return story_main(tables, sizeof tables / sizeof tables[0]);
}
