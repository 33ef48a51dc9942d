// SPDX-License-Identifier: MIT
// How fast json_items cuts a list that lies in memory: json_items_bench [MEGABYTES [CHUNK]].
// The list is made here: items of about 4 KB with labels, managedFields and now and then a nested
// error, the JSON text inside a JSON string that Kubernetes servers write.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/parse.h"
#include "codec/json_items.h"

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void add_item(struct buf *out, size_t index)
{
    buf_add_format(
        out,
        "{\"apiVersion\":\"actions.kio.kasten.io/v1alpha1\",\"kind\":\"BackupAction\","
        "\"metadata\":{\"name\":\"scheduled-%zu\",\"namespace\":\"app-%zu\",\"labels\":{",
        index, index % 97);
    for (size_t i = 0; i < 8; i++) {
        buf_add_format(out, "\"k10.kasten.io/label-%zu\":\"value-%zu\",", i, index + i);
    }
    buf_add_text(out, "\"z\":\"\"},\"managedFields\":[{\"manager\":\"k10\",\"fieldsV1\":{");
    for (size_t i = 0; i < 60; i++) {
        buf_add_format(out, "\"f:field-%zu\":{\".\":{},\"f:inner\":{}},", i);
    }
    buf_add_text(out, "\"f:z\":{}}}]},\"status\":{\"state\":");
    if (index % 100 == 0) {
        buf_add_text(out, "\"Failed\",\"error\":{\"message\":\"Job failed\",\"cause\":\"");
        for (size_t i = 0; i < 12; i++) {
            buf_add_text(out,
                         "{\\\"cause\\\":{\\\"message\\\":\\\"a \\\\\\\"quoted\\\\\\\" word\\\"}}");
        }
        buf_add_text(out, "\"}}}");
    } else {
        buf_add_text(out, "\"Complete\",\"progress\":100,\"text\":\"");
        for (size_t i = 0; i < 20; i++) {
            buf_add_text(out, "snapshot of a volume, \\u003cnone\\u003e left to do; ");
        }
        buf_add_text(out, "\"}}");
    }
}

static void make_list(struct buf *out, size_t bytes)
{
    buf_add_text(out, "{\"apiVersion\":\"v1\",\"items\":[");
    size_t index = 0;
    while (out->len < bytes && !out->overflow) {
        buf_add_text(out, index > 0 ? "," : "");
        add_item(out, index++);
    }
    buf_add_text(out, "],\"kind\":\"List\",\"metadata\":{\"continue\":\"\"}}\n");
}

static bool count_bytes(void *context, const char *bytes, size_t len, struct error *error)
{
    (void)bytes;
    (void)error;
    *(size_t *)context += len;
    return true;
}

static bool run(const struct buf *list, size_t chunk, struct error *error)
{
    size_t item_bytes = 0;
    struct json_items_limits limits = {16 << 20, 256 << 10, list->len};
    struct json_items_sink sink = {count_bytes, &item_bytes};
    AUTO_PTR(json_items) items = json_items_create(&limits, &sink);
    double start = seconds_now();
    for (size_t at = 0; at < list->len; at += chunk) {
        size_t len = chunk < list->len - at ? chunk : list->len - at;
        if (!json_items_feed(items, list->data + at, len, error)) {
            return false;
        }
    }
    const char *skeleton;
    size_t skeleton_len;
    bool has_items;
    if (!json_items_finish(items, &skeleton, &skeleton_len, &has_items, error)) {
        return false;
    }
    double seconds = seconds_now() - start;
    (void)printf("%zu items, %zu bytes, chunks of %zu: %.3f s, %.0f MB/s\n",
                 json_items_count(items), list->len, chunk, seconds,
                 (double)list->len / 1e6 / seconds);
    return true;
}

int main(int argc, char **argv)
{
    uint64_t megabytes = 170;
    uint64_t chunk = 16384;
    if ((argc > 1 && (!parse_uint(argv[1], 2000, &megabytes) || megabytes == 0)) ||
        (argc > 2 && (!parse_uint(argv[2], 1 << 30, &chunk) || chunk == 0))) {
        (void)fputs("usage: json_items_bench [MEGABYTES [CHUNK]]\n", stderr);
        return 2;
    }
    AUTO(buf) list;
    buf_init(&list, (size_t)megabytes * 1000000 + 65536);
    make_list(&list, (size_t)megabytes * 1000000);
    struct error error;
    for (int round = 0; round < 3; round++) {
        if (!run(&list, (size_t)chunk, &error)) {
            (void)fprintf(stderr, "json_items_bench: %s\n", error.text);
            return 1;
        }
    }
    return 0;
}
