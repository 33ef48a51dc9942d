// SPDX-License-Identifier: MIT
#include "report/digest_fit.h"

#include "base/banned.h"

struct fitting {
    struct buf *out;
    const struct digest *digest;
    const struct digest_layout *layout;
    size_t end;
};

// Adds the rows of one group; false when the next one would pass the end.
static bool write_group(const struct fitting *fitting, const struct digest_group *group,
                        size_t rows_per_group, struct digest_shown *shown)
{
    struct buf *out = fitting->out;
    const struct digest_layout *layout = fitting->layout;
    size_t start = out->len;
    layout->begin(out, group);
    size_t done = 0;
    for (; done < group->row_count && done < rows_per_group; done++) {
        size_t before = out->len;
        bool complete = layout->row(out, group, done);
        if (out->len > fitting->end || out->overflow) {
            buf_truncate(out, done == 0 ? start : before);
            if (done > 0) {
                layout->end(out, group);
            }
            return false;
        }
        shown->rows++;
        shown->complete = shown->complete && complete;
    }
    if (done < group->row_count) {
        shown->complete = false;
        layout->more(out, group, group->row_count - done);
    }
    layout->end(out, group);
    return true;
}

static struct digest_shown write_groups(const struct fitting *fitting, size_t rows_per_group)
{
    enum { MISSES = 20 }; // a row of unusual size is passed over, a full mail is not tried for long
    const struct digest *digest = fitting->digest;
    struct digest_shown shown = {.complete = true, .fits = true};
    size_t misses = 0;
    for (size_t i = 0; i < digest->group_count && misses < MISSES; i++) {
        misses += write_group(fitting, &digest->groups[i], rows_per_group, &shown) ? 0 : 1;
    }
    if (misses > 0) {
        shown.fits = false;
        shown.complete = false;
    }
    return shown;
}

static size_t most_rows(const struct digest *digest)
{
    size_t most = 1;
    for (size_t i = 0; i < digest->group_count; i++) {
        size_t rows = digest->groups[i].row_count;
        most = rows > most ? rows : most;
    }
    return most;
}

struct digest_shown digest_fit_groups(struct buf *out, const struct digest *digest,
                                      const struct digest_layout *layout, size_t end)
{
    struct fitting fitting = {.out = out, .digest = digest, .layout = layout, .end = end};
    size_t start = out->len;
    size_t low = 1;
    size_t high = most_rows(digest);
    struct digest_shown all = write_groups(&fitting, high);
    if (all.fits || high == 1) {
        return all;
    }
    buf_truncate(out, start);
    high--;
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;
        bool fits = write_groups(&fitting, middle).fits;
        buf_truncate(out, start);
        low = fits ? middle : low;
        high = fits ? high : middle - 1;
    }
    return write_groups(&fitting, low);
}
