// SPDX-License-Identifier: MIT
// C library functions that nobody here may call: unbounded copies, hidden static buffers,
// conversions without error. Include it last in a .c file's include block.
#pragma once

// glibc makes macros of these two for clang with _FORTIFY_SOURCE.
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison strtok asctime ctime gmtime localtime atoi atol atoll atof
#pragma GCC poison system popen tmpnam mktemp
