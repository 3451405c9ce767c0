/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxenstore against a daemon that answers anything. The input is the calls that a client makes and the messages that come back, all of
 * which wait in the socket before the first call; at their end the daemon has hung up.
 */
#include <errno.h>
#include "input.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "../../tools/libxenstore/xs_private.h"
#include "../../tools/libxenstore/xenstore_lib.h"

#define CALLS 8

static const uint8_t types[] = {
    XS_DIRECTORY, XS_READ, XS_GET_PERMS, XS_WATCH, XS_UNWATCH, XS_TRANSACTION_START, XS_TRANSACTION_END, XS_WRITE, XS_MKDIR, XS_RM,
    XS_SET_PERMS, XS_WATCH_EVENT, XS_ERROR, XS_DIRECTORY_PART, XS_GET_DOMAIN_PATH, XS_IS_DOMAIN_INTRODUCED, XS_CONTROL,
};

static void daemon_says(int fd)
{
    struct xsd_sockmsg hdr = { .type = types[input_below(sizeof(types))], .req_id = 1 + input_below(CALLS * 2) };
    static char body[XENSTORE_PAYLOAD_MAX + 16];

    hdr.len = input_below(16) ? input_below(64) : input_below(XENSTORE_PAYLOAD_MAX + 16);
    for (uint32_t i = 0; i < hdr.len; i++)
        body[i] = (char)input_byte();
    if (hdr.type == XS_ERROR && input_below(2)) {
        static const char *const names[] = { "E2BIG", "EAGAIN", "ENOENT", "EINVAL" };

        strcpy(body, names[input_below(4)]);
        hdr.len = (uint32_t)strlen(body) + 1;
    }
    if (write(fd, &hdr, sizeof(hdr)) != sizeof(hdr) || write(fd, body, hdr.len) != (ssize_t)hdr.len)
        return;
}

/* What a call gives is read to its end: the sanitizers look. */
static size_t look(const char *text)
{
    return text ? strlen(text) : 0;
}

static size_t look_at_strings(char **strings, unsigned int nr)
{
    size_t sum = 0;

    for (unsigned int i = 0; strings && i < nr; i++)
        sum += look(strings[i]);
    return sum;
}

static void call_lists(struct xs_handle *h)
{
    struct xs_permissions *perms;
    unsigned int nr = 0, sum = 0;
    char **strings = xs_directory(h, XBT_NULL, "/a", &nr);

    look_at_strings(strings, nr);
    free(strings);
    perms = xs_get_permissions(h, XBT_NULL, "/a", &nr);
    for (unsigned int i = 0; perms && i < nr; i++)
        sum += perms[i].id + perms[i].perms;
    FUZZ_CHECK(!perms || nr);
    free(perms);
    (void)sum;
}

static void call_watches(struct xs_handle *h)
{
    char **event;

    xs_watch(h, "/a", "token");
    xs_fileno(h);
    while ((event = xs_check_watch(h))) {
        look_at_strings(event, 2);
        free(event);
    }
    xs_unwatch(h, "/a", "token");
}

static void call_one(struct xs_handle *h)
{
    struct xs_permissions perms = { 1, XS_PERM_READ };
    unsigned int len;
    char *text = NULL;

    switch (input_below(8)) {
    case 0: call_lists(h); break;
    case 1: call_watches(h); break;
    case 2: text = xs_read(h, XBT_NULL, "/a", &len); FUZZ_CHECK(!text || text[len] == '\0'); break;
    case 3: xs_transaction_end(h, xs_transaction_start(h), false); break;
    case 4: text = xs_get_domain_path(h, 1); look(text); break;
    case 5: xs_is_domain_introduced(h, 1); break;
    case 6: xs_set_permissions(h, XBT_NULL, "/a", &perms, 1); break;
    default: xs_write(h, XBT_NULL, "/a", "x", 1); break;
    }
    free(text);
}

static void call_batch(struct xs_handle *h)
{
    struct xs_batch *b = xs_batch_new(h, XBT_NULL);
    const char *failed;

    for (unsigned int i = input_below(5); i; i--)
        xs_batch_write(b, "/a/b", "value", 5);
    xs_batch_mkdir(b, "/c");
    if (!xs_batch_run(b, &failed))
        look(failed);
    xs_batch_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "/nonexistent";
    struct xs_handle *h;
    int pair[2];

    input = data;
    input_left = size;
    setenv("XENSTORED_PATH", name, 1);
    setenv("XENSTORED_DEVICE", "/dev/null", 1);
    h = xs_open(input_below(2) ? XS_UNWATCH_FILTER : 0);
    FUZZ_CHECK(h && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    close(h->fd);
    h->fd = pair[0];
    h->is_socket = true;
    for (unsigned int i = 0, nr = input_below(2 * CALLS); i < nr; i++)
        daemon_says(pair[1]);
    shutdown(pair[1], SHUT_WR);
    for (unsigned int i = 0; i < CALLS; i++) {
        if (input_below(8))
            call_one(h);
        else
            call_batch(h);
    }
    xs_close(h);
    close(pair[1]);
    return 0;
}
