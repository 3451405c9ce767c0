/* SPDX-License-Identifier: GPL-2.0-only */
/* The console ring with honest and dishonest indices, the bounded buffer and the bounded log. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <errno.h>

#include "../buffer.h"
#include "../conring.h"
#include "../logfile.h"

static struct xencons_interface ring;

static int setup(void **state)
{
    memset(&ring, 0, sizeof(ring));
    return 0;
}

static void print(const char *text)
{
    for (; *text; text++)
        ring.out[MASK_XENCONS_IDX(ring.out_prod++, ring.out)] = *text;
}

static void output(void **state)
{
    char bytes[64];

    ring.out_cons = ring.out_prod = 0xfffffffd;
    print("hello");
    assert_int_equal(conring_take(&ring, bytes, 2), 2);
    assert_int_equal(conring_take(&ring, bytes + 2, 60), 3);
    assert_memory_equal(bytes, "hello", 5);
    assert_int_equal(conring_take(&ring, bytes, 60), 0);
    assert_int_equal(ring.out_cons, 2);
}

static void impossible_output(void **state)
{
    char bytes[64];

    ring.out_prod = sizeof(ring.out) + 1;
    assert_int_equal(conring_take(&ring, bytes, 64), -EIO);
    assert_int_equal(conring_take(&ring, bytes, 64), 0);
    print("ok");
    assert_int_equal(conring_take(&ring, bytes, 64), 2);
    ring.out_prod -= 1;
    assert_int_equal(conring_take(&ring, bytes, 64), -EIO);
    assert_int_equal(conring_take(&ring, bytes, 64), 0);
}

static void input(void **state)
{
    char bytes[3000];

    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(conring_room(&ring), sizeof(ring.in));
    assert_int_equal(conring_put(&ring, bytes, 1000), 1000);
    assert_int_equal(conring_put(&ring, bytes, 1000), sizeof(ring.in) - 1000);
    assert_int_equal(conring_put(&ring, bytes, 1000), 0);
    ring.in_cons += 10;
    assert_int_equal(conring_put(&ring, bytes, 1000), 10);
    ring.in_cons = ring.in_prod + 1;    /* consumed more than was there */
    assert_int_equal(conring_room(&ring), 0);
    assert_int_equal(conring_put(&ring, bytes, 1000), 0);
}

/* Everything in the buffer, as one string. */
static const char *contents(struct buffer *b)
{
    static char text[70000];
    size_t n = 0, part;
    const char *bytes;

    while ((part = buffer_peek(b, &bytes))) {
        memcpy(text + n, bytes, part);
        n += part;
        buffer_drop(b, part);
    }
    text[n] = '\0';
    return text;
}

static void buffer_keeps_order(void **state)
{
    struct buffer b = { .limit = 1 << 14 };
    const char *bytes;

    buffer_add(&b, "one ", 4);
    buffer_add(&b, "two", 3);
    assert_int_equal(buffer_peek(&b, &bytes), 7);
    buffer_drop(&b, 4);
    buffer_add(&b, " three", 6);
    assert_string_equal(contents(&b), "two three");
    assert_int_equal(buffer_peek(&b, &bytes), 0);
    buffer_free(&b);
}

/* Of a long output the end stays, in order, across growing and wrapping. */
static void buffer_forgets_oldest(void **state)
{
    static char all[200000];
    struct buffer b = { .limit = 1 << 14 };
    size_t len = 0;

    for (unsigned int i = 0; len < 150000; i++) {
        size_t n = (i * 37) % 3000;

        for (size_t k = 0; k < n; k++)
            all[len + k] = (char)('a' + (len + k) % 26);
        buffer_add(&b, all + len, n);
        len += n;
        if (i % 7 == 0 && b.len)
            buffer_drop(&b, 1);
    }
    all[len] = '\0';
    assert_int_equal(b.room, 1 << 14);
    assert_true(b.len >= (1 << 14) - 1);
    len -= b.len;                       /* where the kept part begins */
    assert_string_equal(contents(&b), all + len);

    buffer_add(&b, all, 100000);        /* one piece larger than all of it */
    assert_int_equal(b.len, 1 << 14);
    all[100000] = '\0';
    assert_string_equal(contents(&b), all + 100000 - (1 << 14));
    buffer_free(&b);
}

/* The size of a file in a folder; -1 if there is none. */
static long size_of(const char *dir, const char *name)
{
    char path[512];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

/* Removes a folder and the files in it; how many those were. */
static unsigned int remove_folder(const char *dir)
{
    unsigned int files = 0;
    struct dirent *e;
    DIR *d = opendir(dir);
    char path[512];

    while ((e = readdir(d))) {
        snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
        files += e->d_name[0] != '.' && unlink(path) == 0;
    }
    closedir(d);
    assert_int_equal(rmdir(dir), 0);
    return files;
}

static void log_keeps_two_files(void **state)
{
    enum { PIECE = 1 << 16, MOST = 16 << 20 };
    static char piece[PIECE];
    char dir[] = "/tmp/xenconsoled.XXXXXX";
    struct logfile *l;

    assert_non_null(mkdtemp(dir));
    l = logfile_open(dir, "guest-", "a/../b");
    assert_non_null(l);
    memset(piece, 'x', sizeof(piece));
    for (int i = 0; i < 700; i++)       /* 44 MiB: twice over */
        logfile_write(l, piece, sizeof(piece));
    logfile_write(l, "the last line\n", 14);
    logfile_close(l);
    assert_in_range(size_of(dir, "guest-a_.._b.log"), 14, MOST + PIECE);
    assert_in_range(size_of(dir, "guest-a_.._b.log.1"), MOST, MOST + PIECE);
    l = logfile_open(dir, "guest-", "a/../b");      /* goes on where the file ends */
    logfile_write(l, "x", 1);
    logfile_close(l);
    assert_int_equal(size_of(dir, "guest-a_.._b.log") % PIECE, 15);
    assert_int_equal(remove_folder(dir), 2);
}

static char *read_log(const char *dir, const char *name)
{
    static char text[8192];
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    fclose(f);
    return text;
}

/* A limit of the file's size in the place of a full file system. */
static void set_room(rlim_t bytes)
{
    struct rlimit limit = { bytes, RLIM_INFINITY };

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void log_names_what_is_missing(void **state)
{
    char dir[] = "/tmp/xenconsoled.XXXXXX";
    struct logfile *l;

    assert_non_null(mkdtemp(dir));
    signal(SIGXFSZ, SIG_IGN);
    l = logfile_open(dir, "guest-", "full");
    set_room(10);
    logfile_write(l, "first line\nlost", 15);
    logfile_write(l, "and this\n", 9);
    set_room(RLIM_INFINITY);
    logfile_write(l, "last\n", 5);
    logfile_write(l, "more\n", 5);
    logfile_close(l);
    assert_string_equal(read_log(dir, "guest-full.log"),
                        "first line\nxenconsoled: 14 bytes are missing here: File too large\nlast\nmore\n");
    assert_int_equal(remove_folder(dir), 1);
}

static bool has_log(const char *dir, const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static void log_that_could_not_be_opened_is_tried_again(void **state)
{
    char dir[] = "/tmp/xenconsoled.XXXXXX";
    struct timespec tenth = { .tv_nsec = 100000000 };
    struct logfile *l;

    assert_non_null(mkdtemp(dir));
    assert_int_equal(rmdir(dir), 0);
    l = logfile_open(dir, "guest-", "late");
    logfile_write(l, "lost", 4);
    assert_int_equal(mkdir(dir, 0700), 0);
    for (int i = 0; i < 50 && !has_log(dir, "guest-late.log"); i++) {
        nanosleep(&tenth, NULL);
        logfile_write(l, "x", 1);
    }
    logfile_write(l, "last\n", 5);
    logfile_close(l);
    assert_non_null(strstr(read_log(dir, "guest-late.log"), "bytes are missing here: No such file or directory\nxlast\n"));
    assert_int_equal(remove_folder(dir), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(output, setup),
        cmocka_unit_test_setup(impossible_output, setup),
        cmocka_unit_test_setup(input, setup),
        cmocka_unit_test(buffer_keeps_order),
        cmocka_unit_test(buffer_forgets_oldest),
        cmocka_unit_test(log_keeps_two_files),
        cmocka_unit_test(log_names_what_is_missing),
        cmocka_unit_test(log_that_could_not_be_opened_is_tried_again),
    };

    return cmocka_run_group_tests_name("xenconsoled", tests, NULL, NULL);
}
