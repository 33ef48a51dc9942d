// SPDX-License-Identifier: MIT
#include "core/cause_candidate.h"

#include <string.h>

#include "base/banned.h"

// "C" says nothing beside "A: C" of the same place.
static bool is_end_of_another(const struct cause_candidate *candidates, size_t count, size_t index)
{
    enum { FEW = 64 };
    const struct cause_candidate *candidate = &candidates[index];
    size_t len = strlen(candidate->text);
    for (size_t i = 0; i < count && count <= FEW; i++) {
        const struct cause_candidate *other = &candidates[i];
        size_t other_len = strlen(other->text);
        bool is_longer = other_len > len + 2;
        if (is_longer && other->informative &&
            memcmp(other->text + other_len - len, candidate->text, len) == 0 &&
            memcmp(other->text + other_len - len - 2, ": ", 2) == 0 &&
            (*candidate->place == '\0' || strcmp(candidate->place, other->place) == 0)) {
            return true;
        }
    }
    return false;
}

// Beside informative causes a wrapper is worth a line only where it is all that is known of a
// place; an effect never is.
static bool is_worth_keeping(const struct cause_candidate *candidates, size_t count, size_t index)
{
    const struct cause_candidate *candidate = &candidates[index];
    if (candidate->informative) {
        return !is_end_of_another(candidates, count, index);
    }
    if (candidate->class == STATEMENT_EFFECT || *candidate->place == '\0') {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct cause_candidate *other = &candidates[i];
        if (other->informative && strcmp(other->place, candidate->place) == 0) {
            return false;
        }
    }
    return true;
}

size_t cause_candidate_drop_noise(struct cause_candidate *candidates, size_t count)
{
    bool keep[CAUSE_CANDIDATE_MAX];
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any |= candidates[i].informative;
    }
    if (!any) {
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        keep[i] = is_worth_keeping(candidates, count, i);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (keep[i]) {
            candidates[kept++] = candidates[i];
        }
    }
    return kept;
}

static bool has_hash(const struct cause_candidate *candidates, size_t count,
                     const struct cause_candidate *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].hash == wanted->hash &&
            candidates[i].fingerprint == wanted->fingerprint) {
            return true;
        }
    }
    return false;
}

size_t cause_candidate_count_like(const struct cause_candidate *candidates, size_t count,
                                  size_t index)
{
    size_t others = 0;
    for (size_t i = 0; i < count; i++) {
        const struct cause_candidate *other = &candidates[i];
        others += other->fingerprint == candidates[index].fingerprint &&
                  other->hash != candidates[index].hash && !has_hash(candidates, i, other);
    }
    return others;
}
