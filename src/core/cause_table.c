// SPDX-License-Identifier: MIT
#include "core/cause_table.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

#include "base/banned.h"

#define EMPTY STATEMENT_EMPTY
#define WRAPPER STATEMENT_WRAPPER
#define EFFECT STATEMENT_EFFECT
#define INFORMATIVE STATEMENT_INFORMATIVE

// Numbers name samples under tests/fixtures/causes (their note says where the shape comes from).
const struct cause_phrase cause_table_rows[] = {
    // Values that are no statement.
    {EMPTY, "null", false, "cause stored as the text null"},
    {EMPTY, "<nil>", false, "Go's %v of a nil error"},
    {EMPTY, "nil", false, "Go's nil"},
    {EMPTY, "%!*(<nil>)", false, "Go's verb without a value"},
    {EMPTY, "none", false, "empty value of a field"},
    {EMPTY, "undefined", false, "empty value of a field"},
    {EMPTY, "n/a", false, "empty value of a field"},
    {EMPTY, "error", false, "text behind two JSON objects in one line"},
    {EMPTY, "errors", false, "label before a list"},
    {EMPTY, "err", false, "label before a value"},
    {EMPTY, "cause", false, "label before a value"},
    {EMPTY, "caused by", false, "label before a value"},
    {EMPTY, "reason", false, "label before a value"},
    {EMPTY, "message", false, "label before a value"},
    {EMPTY, "details", false, "label before a value"},
    {EMPTY, "stdout", false, "label of a command's output"},
    {EMPTY, "stderr", false, "label of a command's output"},
    {EMPTY, "pod details*", false, "what stood before a Go dump"},

    // Wrappers: true of every failure.
    {WRAPPER, "job failed to be executed", false, "top message of nearly every action"},
    {WRAPPER, "job failed", false, "older top message"},
    {WRAPPER, "failed checking jobs in group", false, "runs, over FailedSubPhases"},
    {WRAPPER, "failure in *", true, "runs: exporting restorepoint, snapshotting workload X"},
    {WRAPPER, "failures in *", true, "plural of the same"},
    {WRAPPER, "actionset failed", false, "every blueprint and data mover failure"},
    {WRAPPER, "actionset * failed", false, "the same with its name"},
    {WRAPPER, "action failed", false, "wrapper of an action"},
    {WRAPPER, "phase failed", false, "wrapper of a phase"},
    {WRAPPER, "policy run failed", false, "wrapper of a run"},
    {WRAPPER, "operation error", false, "Kanister operation without a name"},
    {WRAPPER, "operation failed", false, "Kanister operation without a name"},
    {WRAPPER, "# error has occurred", false, "list of errors"},
    {WRAPPER, "# errors have occurred", false, "list of errors"},
    {WRAPPER, "# error occurred", false, "list of errors of another library"},
    {WRAPPER, "# errors occurred", false, "list of errors of another library"},
    {WRAPPER, "one or more errors*", false, "list of errors of another library"},
    {WRAPPER, "multiple errors*", false, "list of errors"},
    {WRAPPER, "failed to exec command in pod", false, "before a command's stderr"},
    {WRAPPER, "failed to exec command in pod *", false, "the same with its name"},
    {WRAPPER, "pod failed", false, "blueprint job"},
    {WRAPPER, "pod * failed", true, "blueprint job with its name"},
    {WRAPPER, "pod * failed. pod details*", true, "the same before a Go dump"},
    {WRAPPER, "failed to copy artifacts", true, "exports, over the repository's error"},
    {WRAPPER, "failed to move data from source", true, "data mover, over the stream's error"},
    {WRAPPER, "failed to * some applications", true, "exceptions of a run"},
    {WRAPPER, "failed to * some volumes", true, "exceptions of a run"},
    {WRAPPER, "failed to execute phase", false, "wrapper of a phase"},
    {WRAPPER, "failed to execute phase *", true, "the same with its name"},
    {WRAPPER, "failed to execute job", false, "wrapper of a job"},
    {WRAPPER, "failed to run job", false, "wrapper of a job"},
    {WRAPPER, "rpc error", true, "gRPC's prefix, read with its code"},
    {WRAPPER, "error from server (*)", true, "kubectl's prefix"},
    {WRAPPER, "an error occurred", false, "says nothing"},
    {WRAPPER, "error occurred", false, "says nothing"},
    {WRAPPER, "an error has occurred", false, "says nothing"},
    {WRAPPER, "unknown error", false, "says nothing"},
    {WRAPPER, "internal error", false, "says nothing"},
    {WRAPPER, "failed", false, "says nothing"},
    {WRAPPER, "failure", false, "status of a Kubernetes Status object"},
    {WRAPPER, "unknown", false, "says nothing"},
    {WRAPPER, "no reason given by k10", false, "our own words, when causes are merged"},

    // A killed container says why it ended; the remedy out-of-memory looks for it.
    {INFORMATIVE, "command terminated with exit code 137", false, "worker killed for memory"},
    {INFORMATIVE, "exit status 137", false, "worker killed for memory"},

    // A command's end: its output, or who ran it, says more.
    {WRAPPER, "command terminated with exit code #", false, "kopia in a pod, 06b's deepest"},
    {WRAPPER, "command terminated with exit code #. std*", false, "the same before its output"},
    {WRAPPER, "command failed", false, "wrapper of a command"},

    // Effects: follow from the cause, wherever they stand.
    {EFFECT, "context canceled", false, "kopia, many ERROR lines after the first"},
    {EFFECT, "context cancelled", false, "the other spelling"},
    {EFFECT, "context deadline exceeded", false, "any wait of K10"},
    {EFFECT, "deadline exceeded", false, "any wait"},
    {EFFECT, "code = * desc = context *", false, "gRPC's form of the two above"},
    {EFFECT, "code = * desc = deadline exceeded", false, "gRPC's own words"},
    {EFFECT, "exit status #", false, "Go's exec of a command"},
    {EFFECT, "exit code #", false, "a container's end"},
    {EFFECT, "exited with code #", false, "a container's end"},
    {EFFECT, "process exited with *", false, "a container's end"},
    {EFFECT, "signal", false, "Go's exec of a killed command, before the signal's name"},
    {EFFECT, "killed", false, "the signal's name"},
    {EFFECT, "terminated", false, "the signal's name"},
    {EFFECT, "timed out waiting for the condition", false, "Kubernetes' wait"},
    {EFFECT, "timed out", false, "any wait"},
    {EFFECT, "timeout", false, "any wait"},
    {EFFECT, "client rate limiter wait returned an error", false, "client-go after a deadline"},
    {EFFECT, "operation was canceled", false, "Go's dial after a cancel"},
    {EFFECT, "the operation was canceled", false, "the same"},
    {EFFECT, "request canceled", false, "Go's HTTP client after a cancel"},
    {EFFECT, "canceled", false, "short form"},
    {EFFECT, "cancelled", false, "short form"},
    {EFFECT, "eof", false, "the stream's end"},
    {EFFECT, "unexpected eof", false, "the stream's end"},
    {EFFECT, "broken pipe", false, "the stream's end"},
    {EFFECT, "write |#", false, "Go's pipe, before broken pipe"},
    {EFFECT, "use of closed network connection", false, "the stream's end"},
    {EFFECT, "retry attempts exceeded", false, "any retry"},
    {EFFECT, "giving up after # attempts", false, "any retry"},
    {EFFECT, "max retries exceeded", false, "any retry"},
    {STATEMENT_EMPTY, NULL, false, NULL},
};

enum step { STEP_ON, STEP_STAR, STEP_FAIL };

// One element of the pattern against the text at *ret_at.
static enum step match_one(const char **pattern, const char *text, size_t len, size_t *ret_at)
{
    size_t at = *ret_at;
    if (**pattern == '*') {
        return STEP_STAR;
    }
    if (**pattern == '#') {
        while (at < len && ascii_is_digit(text[at])) {
            at++;
        }
        if (at == *ret_at) {
            return STEP_FAIL;
        }
    } else if (at < len && ascii_lower(text[at]) == **pattern) {
        at++;
    } else {
        return STEP_FAIL;
    }
    *ret_at = at;
    (*pattern)++;
    return STEP_ON;
}

// Only the last '*' is ever moved on, so the work is at most the product of both lengths.
static bool match_whole(const char *pattern, const char *text, size_t len, bool is_cut)
{
    const char *star = NULL;
    size_t star_at = 0;
    size_t at = 0;
    while (true) {
        if (at == len && *pattern != '*') {
            return *pattern == '\0' || (is_cut && star == NULL);
        }
        switch (match_one(&pattern, text, len, &at)) {
        case STEP_ON:
            break;
        case STEP_STAR:
            star = ++pattern;
            star_at = at;
            if (*pattern == '\0') {
                return true;
            }
            break;
        case STEP_FAIL:
            if (star == NULL || star_at >= len) {
                return false;
            }
            pattern = star;
            star_at++;
            while (star_at < len && *star != '#' && ascii_lower(text[star_at]) != *star) {
                star_at++;
            }
            at = star_at;
            break;
        }
    }
}

static bool may_end_in(const char *pattern, char last)
{
    char end = pattern[strlen(pattern) - 1];
    return end == last || end == '*' || (end == '#' && ascii_is_digit(last));
}

const struct cause_phrase *cause_table_find(const char *segment, size_t len, bool is_cut)
{
    enum { LONGEST = 256 }; // no row speaks of a longer text
    if (len == 0 || len > LONGEST) {
        return NULL;
    }
    // Two letters rule out nearly all rows, the last one most of the others.
    char low[2] = {ascii_lower(segment[0]), len > 1 ? ascii_lower(segment[1]) : '\0'};
    char last = ascii_lower(segment[len - 1]);
    for (const struct cause_phrase *row = cause_table_rows; row->pattern != NULL; row++) {
        char first = *row->pattern;
        char second = row->pattern[1];
        if ((first == low[0] || first == '#') &&
            (second == low[1] || second == '*' || second == ' ' || is_cut) &&
            (is_cut || may_end_in(row->pattern, last)) &&
            match_whole(row->pattern, segment, len,
                        is_cut && row->class != STATEMENT_INFORMATIVE)) {
            return row;
        }
    }
    return NULL;
}

static bool has_letter(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = ascii_lower(text[i]);
        if (c >= 'a' && c <= 'z') {
            return true;
        }
        // U+FFFD stands for what could not be read; any other character above ASCII speaks.
        if ((unsigned char)c >= 0x80) {
            if (len - i >= 3 && memcmp(text + i, "\xEF\xBF\xBD", 3) == 0) {
                i += 2;
                continue;
            }
            return true;
        }
    }
    return false;
}

static bool is_edge(char c)
{
    return (c >= ' ' && c <= '.' && c != '#' && c != '$' && c != '%' && c != '&' && c != '*' &&
            c != '+' && c != '-') ||
           c == '\t' || c == ':' || c == ';' || c == '`' || c == '[' || c == ']';
}

// True when the text ends in a bracket that it opened: "Error from server (NotFound)".
static bool closes(const char *text, size_t len)
{
    char last = text[len - 1];
    return (last == ')' && memchr(text, '(', len) != NULL) ||
           (last == ']' && memchr(text, '[', len) != NULL);
}

struct segment {
    const char *text;
    size_t len;
    size_t next; // offset of the following segment in the message
};

// The next part of a message: up to ": " or "; ", without quotes and stops around it.
static bool next_segment(const char *message, size_t len, size_t *at, struct segment *ret)
{
    if (*at >= len) {
        return false;
    }
    size_t end = *at;
    while (end < len && !((message[end] == ':' || message[end] == ';') &&
                          (end + 1 == len || message[end + 1] == ' '))) {
        end++;
    }
    size_t next = end + 2 < len ? end + 2 : len;
    size_t start = *at;
    while (start < end && is_edge(message[start])) {
        start++;
    }
    while (end > start && is_edge(message[end - 1]) && !closes(message + start, end - start)) {
        end--;
    }
    *at = next;
    *ret = (struct segment){message + start, end - start, next};
    return true;
}

struct cause_judgement cause_table_judge(const char *message, size_t len, bool is_cut)
{
    struct cause_judgement judgement = {STATEMENT_EMPTY, 0};
    bool at_front = true;
    struct segment segment;
    size_t at = 0;
    while (judgement.class != STATEMENT_INFORMATIVE && next_segment(message, len, &at, &segment)) {
        const struct cause_phrase *row =
            cause_table_find(segment.text, segment.len, is_cut && segment.next == len);
        bool speaks = row == NULL && has_letter(segment.text, segment.len);
        enum statement_class class = row != NULL ? row->class
                                     : speaks    ? STATEMENT_INFORMATIVE
                                                 : STATEMENT_EMPTY;
        at_front = at_front && class <= STATEMENT_WRAPPER && !(row != NULL && row->names_what);
        judgement.skip = at_front ? segment.next : judgement.skip;
        judgement.class = class > judgement.class ? class : judgement.class;
    }
    return judgement;
}

enum statement_class cause_table_class(const char *message, size_t len, bool is_cut)
{
    return cause_table_judge(message, len, is_cut).class;
}

bool cause_table_names_what(const char *message, size_t len)
{
    struct segment segment;
    size_t at = 0;
    while (next_segment(message, len, &at, &segment)) {
        const struct cause_phrase *row = cause_table_find(segment.text, segment.len, false);
        if (row == NULL ? has_letter(segment.text, segment.len) : row->names_what) {
            return true;
        }
    }
    return false;
}
