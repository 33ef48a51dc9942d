// SPDX-License-Identifier: MIT
#include "net/smtp_secret.h"

#include <string.h>

#include "codec/base64.h"

#include "base/banned.h"

enum { MIN_SECRET_CHARACTERS = 4, FORM_BYTES = 256 * 1024 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void wipe(struct buf *buf)
{
    if (buf->capacity > 0) {
        explicit_bzero(buf->data, buf->capacity);
    }
    buf_finish(buf);
}

static void add_word(struct smtp_secret *secret, const char *word)
{
    if (word != NULL) {
        secret->words[secret->count++] = word;
    }
}

static void add_form(struct smtp_secret *secret, struct buf *form, const char *bytes, size_t len)
{
    base64_encode(bytes, len, form);
    while (form->len > 0 && form->data[form->len - 1] == '=') {
        buf_truncate(form, form->len - 1); // a server may leave the padding out
    }
    add_word(secret, form->data);
}

void smtp_secret_init(struct smtp_secret *secret, const char *user, const char *password,
                      const char *sent)
{
    *secret = (struct smtp_secret){.count = 0};
    for (size_t i = 0; i < SMTP_SECRET_FORMS; i++) {
        buf_init(&secret->forms[i], FORM_BYTES);
    }
    add_word(secret, sent);
    if (user != NULL && password != NULL) {
        struct buf plain;
        buf_init(&plain, FORM_BYTES);
        buf_add_char(&plain, '\0');
        buf_add_text(&plain, user);
        buf_add_char(&plain, '\0');
        buf_add_text(&plain, password);
        add_form(secret, &secret->forms[0], plain.data, plain.len);
        wipe(&plain);
    }
    if (password != NULL) {
        add_form(secret, &secret->forms[1], password, strlen(password));
    }
    add_word(secret, password);
    if (user != NULL) {
        add_form(secret, &secret->forms[2], user, strlen(user));
    }
}

void smtp_secret_finish(struct smtp_secret *secret)
{
    for (size_t i = 0; i < SMTP_SECRET_FORMS; i++) {
        if (secret->forms[i].data != NULL) { // else it was never set up
            wipe(&secret->forms[i]);
        }
    }
    secret->count = 0;
}

static bool is_long_enough(const char *word)
{
    size_t characters = 0;
    for (; *word != '\0' && characters < MIN_SECRET_CHARACTERS; word++) {
        characters += is_blank(*word) ? 0 : 1;
    }
    return characters == MIN_SECRET_CHARACTERS;
}

// The length of what spells word at the start of text, 0 when nothing does. With cut the text may
// end before the word does.
static size_t spelled_length(const char *text, const char *word, bool cut)
{
    size_t at = 0;
    size_t characters = 0;
    for (;; word++) {
        if (is_blank(*word)) {
            continue;
        }
        if (*word == '\0') {
            return at + strspn(text + at, "=");
        }
        size_t blanks = characters > 0 ? strspn(text + at, " ") : 0;
        if (cut && text[at + blanks] == '\0' && characters >= MIN_SECRET_CHARACTERS) {
            return at;
        }
        if (text[at + blanks] != *word) {
            return 0;
        }
        at += blanks + 1;
        characters++;
    }
}

static void mask_word(const char *word, bool cut, struct buf *text)
{
    struct buf masked;
    buf_init(&masked, text->max);
    const char *from = text->data;
    for (const char *at = from; *at != '\0';) {
        size_t len = spelled_length(at, word, cut);
        if (len > 0) {
            buf_add(&masked, from, (size_t)(at - from));
            buf_add_text(&masked, "***");
            from = at + len;
        }
        at += len > 0 ? len : 1;
    }
    if (from == text->data) {
        buf_finish(&masked);
        return;
    }
    buf_add_text(&masked, from);
    wipe(text);
    *text = masked;
}

void smtp_secret_mask(const struct smtp_secret *secret, bool cut, struct buf *text)
{
    for (size_t i = 0; i < secret->count; i++) {
        if (is_long_enough(secret->words[i])) {
            mask_word(secret->words[i], cut, text);
        }
    }
}
