// SPDX-License-Identifier: MIT
// JSON as a Go server writes it, and the small parts every Kubernetes object has.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { OBJECT_UID_BYTES = 37, OBJECT_TEXT_MAX = 512 << 20 };

enum key_order { KEYS_TYPED, KEYS_SORTED };

// Appends value as compact JSON with "<", ">" and "&" escaped as encoding/json does.
// KEYS_TYPED keeps the order in which the members were set, KEYS_SORTED sorts them.
void object_write(struct buf *out, const json_t *value, enum key_order order);

// A UUID that depends on seed and text only.
void object_uid(uint64_t seed, const char *text, char ret[OBJECT_UID_BYTES]);

// A well-mixed number from two others (for names, times and choices that must not vary by run).
uint64_t object_mix(uint64_t seed, uint64_t index);

// A copy of value in which each {"$json": X} became a string holding X as compact JSON, from the
// inside out. The caller owns the reference.
json_t *object_expand(const json_t *value);

// JSON merge patch (RFC 7386): members of patch replace those of target, null removes.
void object_merge(json_t *target, const json_t *patch);

// A metadata.managedFields array of one entry.
json_t *object_managed_fields(const char *api_version, const char *manager, const char *time);

// The string member, or fallback when it is absent or no string.
const char *object_string(const json_t *object, const char *key, const char *fallback);
long object_long(const json_t *object, const char *key, long fallback);
double object_number(const json_t *object, const char *key, double fallback);
bool object_flag(const json_t *object, const char *key, bool fallback);

// True when every member of object is in the NULL-terminated list of names; else *ret_unknown is
// the first that is not.
bool object_has_only(const json_t *object, const char *const *names, const char **ret_unknown);
