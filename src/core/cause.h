// SPDX-License-Identifier: MIT
// What core/root_cause finds, and the bounds it keeps: the types that its parts share.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROOT_CAUSE_MAX_BYTES = 500, ROOT_CAUSE_MAX_CAUSES = 16 };

// What a message is worth.
enum statement_class {
    STATEMENT_EMPTY,       // nothing said, or only punctuation
    STATEMENT_WRAPPER,     // true of every failure ("Job failed to be executed")
    STATEMENT_EFFECT,      // follows from the cause ("context canceled", "exit status 1")
    STATEMENT_INFORMATIVE, // names something
};

struct cause {
    const char *text;     // one clean line of at most ROOT_CAUSE_MAX_BYTES, secrets masked
    const char *where;    // all places, for people: "namespaces a, b"; "" when unknown
    bool truncated;       // the source was cut; text ends in "(truncated)"
    bool informative;     // false: only wrappers or effects were found
    uint64_t fingerprint; // of the normalised text: equal causes of different objects are equal
    const char *const *places; // where, one by one: "namespace a"; place_count of them
    size_t place_count;
};

struct cause_list {
    struct cause *items;
    size_t count;
    size_t omitted; // causes beyond ROOT_CAUSE_MAX_CAUSES; the last item then says how many
};
