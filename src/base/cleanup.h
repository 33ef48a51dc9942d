// SPDX-License-Identifier: MIT
// Handles that end with their scope. AUTO(buf) x = ... calls buf_cleanup(&x) when x leaves scope;
// TAKE(p) hands the pointer on and leaves NULL behind, so that the cleanup has nothing to end.
#pragma once

#define AUTO(type) __attribute__((cleanup(type##_cleanup))) struct type
#define AUTO_PTR(type) __attribute__((cleanup(type##_cleanup_ptr))) struct type *

#define TAKE(pointer)                           \
    __extension__({                             \
        __typeof__(pointer) taken_ = (pointer); \
        (pointer) = NULL;                       \
        taken_;                                 \
    })

// Defines the function that AUTO_PTR(type) calls; destroy takes NULL.
#define DEFINE_CLEANUP_PTR(type, destroy)                        \
    static inline void type##_cleanup_ptr(struct type **pointer) \
    {                                                            \
        destroy(*pointer);                                       \
    }

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(position, first) \
    __attribute__((format(printf, position, first), nonnull(position)))
