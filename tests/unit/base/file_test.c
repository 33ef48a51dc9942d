// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

static int make_folder(void **state)
{
    char *folder = strdup("/tmp/file-test-XXXXXX");
    *state = folder;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"state", "deep/er/state", "deep/er", "deep", "plain", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[200];
        (void)snprintf(path, sizeof path, "%s/%s", (char *)*state, names[i]);
        (void)remove(path);
    }
    free(*state);
    return 0;
}

static const char *path_of(void **state, const char *name)
{
    static char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", (char *)*state, name);
    return path;
}

static size_t entries_of(const char *folder)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        count++;
    }
    (void)closedir(dir);
    return count - 2;
}

static void test_write_and_read_back(void **state)
{
    struct error error = {.class = ERROR_NONE};
    const char *path = path_of(state, "state");
    assert_true(file_replace(path, "old text", 8, &error));
    assert_true(file_replace(path, "n\0w", 3, &error));
    AUTO(buf) out;
    buf_init(&out, 100);
    buf_add_text(&out, "before:");
    assert_true(file_read(path, 3, &out, &error));
    assert_int_equal(out.len, 10);
    assert_memory_equal(out.data, "before:n\0w", 11);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(entries_of(*state), 1); // no temporary file stays
}

static void test_empty_file_and_new_folders(void **state)
{
    struct error error = {.class = ERROR_NONE};
    const char *path = path_of(state, "deep/er/state");
    assert_true(file_replace(path, "", 0, &error));
    AUTO(buf) out;
    buf_init(&out, 100);
    assert_true(file_read(path, 0, &out, &error));
    assert_int_equal(out.len, 0);
    struct stat status;
    assert_int_equal(stat(path_of(state, "deep"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

static void test_limits(void **state)
{
    struct error error = {.class = ERROR_NONE};
    const char *path = path_of(state, "plain");
    char text[40000];
    memset(text, 'a', sizeof text);
    assert_true(file_replace(path, text, sizeof text, &error));
    AUTO(buf) out;
    buf_init(&out, 100000);
    assert_true(file_read(path, sizeof text, &out, &error));
    assert_int_equal(out.len, sizeof text);
    buf_reset(&out);
    assert_false(file_read(path, sizeof text - 1, &out, &error));
    assert_int_equal(error.class, ERROR_LIMIT);
    AUTO(buf) small;
    buf_init(&small, 10);
    assert_false(file_read(path, sizeof text, &small, &error));
    assert_int_equal(error.class, ERROR_LIMIT);
}

static void test_failures(void **state)
{
    struct error error = {.class = ERROR_NONE};
    AUTO(buf) out;
    buf_init(&out, 100);
    assert_false(file_read(path_of(state, "missing"), 10, &out, &error));
    assert_int_equal(error.class, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "missing"));
    assert_false(file_read(*state, 10, &out, &error)); // a folder
    assert_true(error.class == ERROR_INTERNAL || error.class == ERROR_FORBIDDEN);
    assert_int_equal(out.len, 0);

    size_t before = entries_of(*state);
    assert_true(file_replace(path_of(state, "plain"), "a", 1, &error));
    assert_false(file_replace(path_of(state, "plain/state"), "a", 1, &error));
    assert_int_equal(error.class, ERROR_NOT_FOUND);
    assert_false(file_replace(*state, "a", 1, &error)); // onto a folder
    assert_int_equal(error.class, ERROR_INTERNAL);
    assert_false(file_replace("", "a", 1, &error));
    assert_int_equal(entries_of(*state), before + 1);

    char path[5000];
    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = '\0';
    assert_false(file_replace(path, "a", 1, &error));
    assert_int_equal(error.class, ERROR_LIMIT);
}

static void expect_refused(const char *path, const char *kind)
{
    struct error error = {.class = ERROR_NONE};
    AUTO(buf) out;
    buf_init(&out, 100);
    assert_false(file_read(path, 10, &out, &error));
    assert_int_equal(error.class, ERROR_INTERNAL);
    assert_non_null(strstr(error.text, path));
    assert_non_null(strstr(error.text, kind));
    assert_int_equal(out.len, 0);
}

static void test_no_regular_file(void **state)
{
    const char *path = path_of(state, "plain");
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(10); // to open it would wait for a writer
    expect_refused(path, "it is a pipe, no regular file");
    int fd = open(path, O_RDWR | O_CLOEXEC); // to read it would wait for bytes
    expect_refused(path, "it is a pipe, no regular file");
    (void)close(fd);
    expect_refused("/dev/null", "it is a device or socket, no regular file");
    expect_refused("/dev/zero", "it is a device or socket, no regular file");
    expect_refused(*state, "it is a folder, no regular file");
    alarm(0);
}

static void test_stream(void **state)
{
    struct error error = {.class = ERROR_NONE};
    const char *path = path_of(state, "plain");
    AUTO(buf) out;
    buf_init(&out, 100);
    assert_true(file_read_stream("/dev/null", 10, &out, &error));
    assert_int_equal(out.len, 0);
    assert_false(file_read_stream(path, 10, &out, &error));
    assert_int_equal(error.class, ERROR_NOT_FOUND);

    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(10);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        _exit(write(fd, "later", 5) == 5 ? 0 : 1);
    }
    bool ok = file_read_stream(path, 5, &out, &error);
    (void)waitpid(child, NULL, 0);
    alarm(0);
    assert_true(ok);
    assert_string_equal(out.data, "later");
}

// The standard input, also one that was made not to wait.
static void test_standard_input(void **state)
{
    (void)state;
    struct error error = {.class = ERROR_NONE};
    AUTO(buf) out;
    buf_init(&out, 100);
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    int kept = dup(STDIN_FILENO);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    alarm(10);
    pid_t child = fork();
    if (child == 0) {
        (void)usleep(50 * 1000);
        _exit(write(ends[1], "later", 5) == 5 ? 0 : 1);
    }
    (void)close(ends[1]);
    bool ok = file_read_stream("-", 10, &out, &error);
    (void)waitpid(child, NULL, 0);
    alarm(0);
    (void)dup2(kept, STDIN_FILENO);
    (void)close(kept);
    (void)close(ends[0]);
    assert_true(ok);
    assert_string_equal(out.data, "later");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_and_read_back, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_empty_file_and_new_folders, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_limits, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_failures, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_no_regular_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_stream, make_folder, remove_folder),
        cmocka_unit_test(test_standard_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
