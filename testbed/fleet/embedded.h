// SPDX-License-Identifier: MIT
// Files of testbed/scenarios/ built into the program (testbed/embed.py makes the source).
#pragma once

extern const char embedded_default_scenario[];
extern const char embedded_generated_errors[];
