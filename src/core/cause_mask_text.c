// SPDX-License-Identifier: MIT
#include "core/cause_mask_text.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "core/cause_mask.h"
#include "core/cause_mask_blocks.h"

#include "base/banned.h"

const char *cause_mask_text(struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    AUTO(buf) blocks;
    AUTO(buf) line;
    buf_init(&blocks, 8 * len + 64);
    buf_init(&line, 8 * len + 64);
    cause_mask_blocks(&blocks, text, len);
    utf8_clean(&line, blocks.data, blocks.len);
    buf_reset(&blocks);
    cause_mask_line(&blocks, line.data, line.len);
    return arena_strndup(arena, blocks.data, blocks.len);
}
