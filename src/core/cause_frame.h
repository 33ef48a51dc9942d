// SPDX-License-Identifier: MIT
// Stack traces of Go, Python and Java in what a program wrote: their lines name functions and
// files, never a reason.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum cause_frame {
    CAUSE_FRAME_NONE,
    CAUSE_FRAME_LINE,
    CAUSE_FRAME_BELOW_CALL, // Go: the line before names the function
    CAUSE_FRAME_ABOVE_CODE, // Python: an indented line behind it is source code
};

// What a line, with its leading white space, is of a stack trace.
enum cause_frame cause_frame_judge(const char *line, size_t len);

// True for what may be the call above a CAUSE_FRAME_BELOW_CALL: "main.run(0xc000)", "created by
// ..".
bool cause_frame_is_call(const char *line, size_t len);
