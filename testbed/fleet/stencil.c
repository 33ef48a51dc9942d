// SPDX-License-Identifier: MIT
#include "fleet/stencil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

const char stencil_name[] = "@NAME@";
const char stencil_run[] = "@RUN@";
const char stencil_app[] = "@APP@";
const char stencil_policy[] = "@POLICY@";

static const struct {
    const char *placeholder;
    size_t offset;
} fields[] = {
    {stencil_name, offsetof(struct generated, name)},
    {stencil_run, offsetof(struct generated, run)},
    {stencil_app, offsetof(struct generated, app)},
    {stencil_policy, offsetof(struct generated, policy)},
    {"@UID@", offsetof(struct generated, uid)},
    {"@CREATED@", offsetof(struct generated, created)},
    {"@SCHEDULED@", offsetof(struct generated, scheduled)},
    {"@START@", offsetof(struct generated, start)},
    {"@END@", offsetof(struct generated, end)},
};

// Random hexadecimal digits, a sixth of an object: without them a history compresses 30:1, where
// lists of a real API server come to 8:1 to 10:1.
static const char noise[] = "@NOISE@";

enum { FIELD_COUNT = sizeof fields / sizeof *fields, FIELD_NOISE = FIELD_COUNT };

static void set(json_t *object, const char *key, const char *text)
{
    if (object != NULL) {
        (void)json_object_set_new(object, key, json_string(text));
    }
}

static const char *placeholder(size_t field)
{
    return field == FIELD_NOISE ? noise : fields[field].placeholder;
}

static void set_placeholders(json_t *object)
{
    json_t *metadata = json_object_get(object, "metadata");
    (void)json_object_set_new(metadata, "annotations",
                              json_pack("{s:s}", "k10.kasten.io/artifacts", noise));
    json_t *status = json_object_get(object, "status");
    set(metadata, "uid", "@UID@");
    set(metadata, "creationTimestamp", "@CREATED@");
    set(json_array_get(json_object_get(metadata, "managedFields"), 0), "time", "@CREATED@");
    set(json_object_get(object, "spec"), "scheduledTime", "@SCHEDULED@");
    set(status, "startTime", "@START@");
    set(status, "endTime", "@END@");
}

static void pad(json_t *object, size_t missing)
{
    json_t *managed =
        json_array_get(json_object_get(json_object_get(object, "metadata"), "managedFields"), 0);
    json_t *set_of_fields = json_object_get(json_object_get(managed, "fieldsV1"), "f:status");
    char key[64];
    for (unsigned i = 0; missing >= 40 && set_of_fields != NULL; i++) {
        // `"k:{\"phase\":\"stage-00001\"}":{},` is 35 bytes as JSON.
        (void)snprintf(key, sizeof key, "k:{\"phase\":\"stage-%05u\"}", i);
        (void)json_object_set_new(set_of_fields, key, json_object());
        missing -= 35;
    }
}

static void cut(struct stencil *stencil)
{
    const char *start = stencil->text;
    while (stencil->count < STENCIL_PIECES_MAX) {
        const char *nearest = NULL;
        int field = -1;
        for (size_t i = 0; i <= FIELD_COUNT; i++) {
            const char *found = strstr(start, placeholder(i));
            if (found != NULL && (nearest == NULL || found < nearest)) {
                nearest = found;
                field = (int)i;
            }
        }
        size_t len = nearest == NULL ? strlen(start) : (size_t)(nearest - start);
        stencil->pieces[stencil->count].start = (size_t)(start - stencil->text);
        stencil->pieces[stencil->count].len = len;
        stencil->pieces[stencil->count].field = field;
        stencil->count++;
        if (nearest == NULL) {
            return;
        }
        start = nearest + strlen(placeholder((size_t)field));
    }
    (void)fprintf(stderr, "kasten-fleet: a stencil has more than %d placeholders\n",
                  STENCIL_PIECES_MAX - 1);
    abort();
}

void stencil_create(struct stencil *stencil, const struct action_style *style, json_t *object,
                    size_t bytes)
{
    *stencil = (struct stencil){0};
    set_placeholders(object);
    struct buf text;
    buf_init(&text, OBJECT_TEXT_MAX);
    action_write_element(&text, style, object);
    // Times and uids fill to about 15 bytes more than their placeholders, some ten of them.
    stencil->noise_bytes = bytes / 6;
    size_t natural = text.len + stencil->noise_bytes + 150;
    if (natural < bytes) {
        pad(object, bytes - natural);
        buf_reset(&text);
        action_write_element(&text, style, object);
    }
    stencil->text = strdup(text.data);
    buf_finish(&text);
    if (stencil->text == NULL) {
        abort();
    }
    cut(stencil);
}

void stencil_finish(struct stencil *stencil)
{
    free(stencil->text);
    stencil->text = NULL;
}

static void add_noise(uint64_t seed, size_t bytes, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    char block[16];
    for (size_t done = 0; done < bytes; done += sizeof block) {
        uint64_t bits = object_mix(seed, done);
        for (size_t i = 0; i < sizeof block; i++) {
            block[i] = digits[bits & 15U];
            bits >>= 4;
        }
        size_t left = bytes - done;
        buf_add(out, block, left < sizeof block ? left : sizeof block);
    }
}

void stencil_fill(const struct stencil *stencil, const struct generated *values, struct buf *out)
{
    for (size_t i = 0; i < stencil->count; i++) {
        buf_add(out, stencil->text + stencil->pieces[i].start, stencil->pieces[i].len);
        if (stencil->pieces[i].field == FIELD_NOISE) {
            add_noise(values->noise, stencil->noise_bytes, out);
        } else if (stencil->pieces[i].field >= 0) {
            buf_add_text(out, (const char *)values + fields[stencil->pieces[i].field].offset);
        }
    }
}
