// SPDX-License-Identifier: MIT
// The state object from outside: data.sent up to the first NUL of the input, data.state behind it.
// Nothing crashes, what is read fits a mail, and what is written is read back without complaint and
// written the same again.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/mail_header.h"
#include "kube/state_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void check_line(const char *text)
{
    AUTO(buf) clean;
    size_t len = strlen(text);
    buf_init(&clean, 4 * len + 16);
    utf8_clean(&clean, text, len);
    require(!clean.overflow && strcmp(clean.data, text) == 0);
}

static void check_ledger(const struct ledger *ledger)
{
    require(ledger->existed && ledger->revision != 0 && ledger->pending_count <= PENDING_MAX);
    for (size_t i = 0; i < ledger->pending_count; i++) {
        const struct pending *pending = &ledger->pendings[i];
        require(mail_header_message_id_is_safe(pending->message_id));
        require(pending->date >= 0 && pending->recipient_count > 0);
        for (size_t k = 0; k < pending->recipient_count; k++) {
            require(mail_header_address_is_safe(pending->recipients[k]));
        }
    }
    for (size_t i = 0; i < ledger->incidents.count; i++) {
        const struct incident *incident = ledger->incidents.entries[i].value;
        require(incident->held_count <= INCIDENT_HELD_MAX && *incident->cluster != '\0');
        check_line(incident->cluster);
        check_line(incident->policy);
        check_line(incident->app);
        check_line(incident->run);
    }
    for (size_t i = 0; i < ledger->causes.count; i++) {
        check_line(ledger->causes.entries[i].value);
    }
}

// Reads the document and writes it again; what the reader said of it.
static struct state_health rewrite(struct json *document)
{
    AUTO_PTR(arena) arena = arena_create();
    struct ledger ledger;
    struct state_health health;
    struct state_report report;
    ledger_init(&ledger, arena);
    state_format_decode(document, &ledger, &health);
    check_ledger(&ledger);
    require((*health.reason != '\0') == (health.unreadable || health.newer));
    state_format_encode(document, &ledger, &report);
    require(report.newer == health.newer);
    return health;
}

static const char *text_of(const struct json *document, const char *key)
{
    const char *text = json_text(json_path(document, "data", key, NULL));
    return text != NULL ? text : "";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_PTR(arena) arena = arena_create();
    char *sent = arena_strndup(arena, (const char *)data, size);
    size_t sent_len = strlen(sent);
    size_t rest = sent_len < size ? size - sent_len - 1 : 0;
    char *state = arena_strndup(arena, (const char *)data + (size - rest), rest);
    AUTO_PTR(json) document = state_format_new("x");
    struct json *object = json_ensure_object(document, "data");
    json_set_text(object, "sent", sent);
    json_set_text(object, "state", state);

    struct state_health first = rewrite(document);
    const char *sent_once = arena_strdup(arena, text_of(document, "sent"));
    const char *state_once = arena_strdup(arena, text_of(document, "state"));
    struct state_health second = rewrite(document);
    require(!second.unreadable && second.newer == first.newer);
    require(strcmp(text_of(document, "sent"), sent_once) == 0);
    require(strcmp(text_of(document, "state"), state_once) == 0);
    return 0;
}
