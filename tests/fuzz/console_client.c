/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console client between a terminal that types anything and a guest that prints anything: what was typed before the escape
 * character reaches the guest in its order, what the guest printed reaches the terminal, and the client comes to its end.
 */
#include <errno.h>
#include "input.h"
#include <fcntl.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include "../../tools/console/client.h"
#include "../../tools/console/find_tty.h"

#define ESCAPE 0x1d
#define MOST   1500

static char tty[64];
static int never;                       /* a pipe that nothing is written to: the store's events */

/* ---- what is beside the client ---- */

struct xs_handle *xs_open(unsigned long flags)
{
    return (void *)tty;
}

void xs_close(struct xs_handle *h)
{
}

int xs_fileno(struct xs_handle *h)
{
    return never;
}

char **xs_check_watch(struct xs_handle *h)
{
    errno = EAGAIN;
    return NULL;
}

bool tty_still_named(struct xs_handle *xs, const struct client *c, const char *path)
{
    return true;
}

int find_tty(struct xs_handle *xs, const struct client *c, char *path, size_t room)
{
    snprintf(path, room, "%s", tty);
    return 0;
}

/* ---- one run ---- */

static size_t take_bytes(unsigned char *to)
{
    size_t len = input_below(MOST);

    for (size_t i = 0; i < len; i++)
        to[i] = (unsigned char)input_byte();
    return len;
}

/* Puts the bytes into a file that is read from its beginning as descriptor fd. */
static void as_descriptor(int fd, const unsigned char *bytes, size_t len)
{
    int pipe_fds[2];

    FUZZ_CHECK(pipe(pipe_fds) == 0);
    FUZZ_CHECK(write(pipe_fds[1], bytes, len) == (ssize_t)len);
    close(pipe_fds[1]);
    dup2(pipe_fds[0], fd);
    close(pipe_fds[0]);
}

static void prepare_once(void)
{
    int pipe_fds[2];

    if (never)
        return;
    FUZZ_CHECK(pipe(pipe_fds) == 0);
    never = pipe_fds[0];
}

static void check_typed(int master, const unsigned char *typed, size_t len)
{
    const unsigned char *end = memchr(typed, ESCAPE, len);
    unsigned char got[MOST + 1];
    size_t want = end ? (size_t)(end - typed) : len, have = 0;
    ssize_t n;

    while (have < want && (n = read(master, got + have, want - have)) > 0)
        have += (size_t)n;
    FUZZ_CHECK(have == want && memcmp(got, typed, want) == 0);
}

static void check_printed(int out, const unsigned char *printed, size_t len)
{
    unsigned char got[MOST + 1];
    ssize_t n = pread(out, got, sizeof(got), 0);

    FUZZ_CHECK(n >= 0 && (size_t)n <= len && memcmp(got, printed, (size_t)n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct client client = { .domid = 1, .escape = ESCAPE, .notify_fd = -1, .linger_s = 0 };
    unsigned char typed[MOST], printed[MOST];
    size_t typed_len, printed_len;
    int master, slave, out = memfd_create("out", 0);
    struct termios t;

    input = data;
    input_left = size;
    prepare_once();
    typed_len = take_bytes(typed);
    printed_len = take_bytes(printed);
    FUZZ_CHECK(openpty(&master, &slave, tty, NULL, NULL) == 0);
    tcgetattr(slave, &t);
    cfmakeraw(&t);
    tcsetattr(slave, TCSANOW, &t);
    FUZZ_CHECK(write(master, printed, printed_len) == (ssize_t)printed_len);
    as_descriptor(STDIN_FILENO, typed, typed_len);
    dup2(out, STDOUT_FILENO);
    FUZZ_CHECK(client_run(&client) == 0);
    check_typed(master, typed, typed_len);
    check_printed(out, printed, printed_len);
    close(master);
    close(slave);
    close(out);
    return 0;
}
