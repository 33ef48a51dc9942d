#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a C source that holds text files: embed.py OUTPUT NAME=FILE ..."""
import sys


def array(name: str, content: bytes) -> str:
    """A NUL-terminated array; a string literal would pass the length ISO C promises."""
    codes = [str(byte if byte < 128 else byte - 256) for byte in content + b"\0"]
    lines = [", ".join(codes[i : i + 20]) for i in range(0, len(codes), 20)]
    return f"const char {name}[] = {{\n    " + ",\n    ".join(lines) + ",\n};\n"


def main() -> None:
    output, *pairs = sys.argv[1:]
    parts = ["// SPDX-License-Identifier: MIT", '#include "fleet/embedded.h"', ""]
    for pair in pairs:
        name, path = pair.split("=", 1)
        with open(path, "rb") as file:
            parts.append(array(name, file.read()))
    with open(output, "w", encoding="ascii") as file:
        file.write("\n".join(parts))


if __name__ == "__main__":
    main()
