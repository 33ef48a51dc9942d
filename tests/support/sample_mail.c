// SPDX-License-Identifier: MIT
// sample-mail FOLDER [SCENARIO...]: writes SCENARIO.html, .txt and .eml for looking at, without a
// cluster or a mail server. Without scenarios: all of sample_story.h.
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "notify/email.h"
#include "report/html.h"
#include "report/text.h"
#include "sample_story.h"

#include "base/banned.h"

static bool write_file(struct arena *arena, const char *folder, const char *name,
                       const char *suffix, const struct buf *content)
{
    struct error error;
    const char *path = arena_format(arena, "%s/%s.%s", folder, name, suffix);
    if (!file_replace(path, content->data, content->len, &error)) {
        (void)fprintf(stderr, "sample-mail: %s\n", error.text);
        return false;
    }
    return true;
}

static bool write_sample(const char *folder, const char *name)
{
    static const struct email_address to[] = {{"Backup team", "team@example.com"},
                                              {"", "second@example.com"}};
    static const struct email_options options = {
        .from = {"Kasten Alerts", "alerts@example.com"},
        .to = to,
        .to_count = 2,
    };
    static const struct channel_envelope envelope = {.message_id = "<sample.1@example.com>",
                                                     .date = 1775125320};
    AUTO_PTR(arena) arena = arena_create();
    struct digest digest;
    struct error error;
    AUTO(buf) out;
    buf_init(&out, EMAIL_MAX_BYTES);
    if (!sample_make(arena, name, &digest)) {
        (void)fprintf(stderr, "sample-mail: no scenario \"%s\"\n", name);
        return false;
    }
    struct rendered html = html_render(&out, &digest, HTML_MAIL_BYTES);
    (void)printf("%s: %zu bytes of HTML, %zu of %zu rows; subject: %s\n", name, out.len, html.rows,
                 digest.row_count, digest.subject);
    bool written = write_file(arena, folder, name, "html", &out);
    buf_reset(&out);
    (void)text_render(&out, &digest, 0);
    written = write_file(arena, folder, name, "txt", &out) && written;
    buf_reset(&out);
    if (!email_compose(&options, &digest, &envelope, &out, &error)) {
        (void)fprintf(stderr, "sample-mail: %s\n", error.text);
        return false;
    }
    return write_file(arena, folder, name, "eml", &out) && written;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: sample-mail FOLDER [SCENARIO...]\n");
        return 2;
    }
    if (!timestamp_use_zone("Europe/Berlin")) {
        (void)fprintf(stderr, "sample-mail: no time zone database\n");
        return 1;
    }
    bool written = true;
    for (int i = 2; i < argc; i++) {
        written = write_sample(argv[1], argv[i]) && written;
    }
    for (size_t i = 0; argc == 2 && sample_name(i) != NULL; i++) {
        written = write_sample(argv[1], sample_name(i)) && written;
    }
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
