/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In dom0: what xenstored answers where specifications are silent, a line each ("what: answer"), for a comparison of two of
 * them. Its own client on the socket, so that no library has a part in it; two bare domains that it makes and destroys.
 */
#include <errno.h>                      /* before xs_wire.h, for its table of errors */

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <public/io/xs_wire.h>
#include <xenctrl.h>

#define PATH "/run/xenstored/socket"

struct client { int fd; };

static struct xc_handle *xc;
static char answer[XENSTORE_PAYLOAD_MAX + 1];

static void need(const char *what, bool holds)
{
    if (holds)
        return;
    printf("store_compare: cannot %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct client client_open(void)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = PATH };
    struct client c = { socket(AF_UNIX, SOCK_STREAM, 0) };

    need("connect", connect(c.fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
    return c;
}

static void receive(struct client *c, void *to, size_t len)
{
    while (len) {
        ssize_t n = recv(c->fd, to, len, 0);

        need("receive", n > 0);
        to = (char *)to + n;
        len -= (size_t)n;
    }
}

/* Takes the next message that is no event, or any. Its body is in answer[], with ' ' for NULs between strings. */
static struct xsd_sockmsg take(struct client *c, bool events)
{
    struct xsd_sockmsg hdr;

    do {
        receive(c, &hdr, sizeof(hdr));
        need("receive", hdr.len <= XENSTORE_PAYLOAD_MAX);
        receive(c, answer, hdr.len);
        answer[hdr.len] = '\0';
        for (uint32_t i = 0; i + 1 < hdr.len; i++)
            if (!answer[i])
                answer[i] = ' ';
    } while (!events && hdr.type == XS_WATCH_EVENT);
    return hdr;
}

/* Sends a request; its arguments are separated by '|', each of which becomes a NUL. */
static uint32_t ask(struct client *c, uint32_t type, uint32_t tx, const char *args)
{
    struct xsd_sockmsg hdr = { .type = type, .tx_id = tx, .len = (uint32_t)strlen(args) };
    char bytes[sizeof(hdr) + XENSTORE_PAYLOAD_MAX];

    memcpy(bytes, &hdr, sizeof(hdr));
    memcpy(bytes + sizeof(hdr), args, hdr.len);
    for (uint32_t i = 0; i < hdr.len; i++)
        if (bytes[sizeof(hdr) + i] == '|')
            bytes[sizeof(hdr) + i] = '\0';
    need("send", send(c->fd, bytes, sizeof(hdr) + hdr.len, 0) > 0);
    return take(c, false).type;
}

/* Asks, and prints the answer. */
static void show(const char *what, struct client *c, uint32_t type, uint32_t tx, const char *args)
{
    ask(c, type, tx, args);
    printf("%s: %s\n", what, answer);
}

static uint32_t begin(struct client *c)
{
    ask(c, XS_TRANSACTION_START, 0, "|");
    return (uint32_t)strtoul(answer, NULL, 10);
}

/* A transaction whose nodes another client changes: what it reads, and how it ends. */
static void transactions(void)
{
    struct client a = client_open(), b = client_open();
    uint32_t tx;

    ask(&a, XS_WRITE, 0, "/compare/x|one");
    ask(&a, XS_WRITE, 0, "/compare/y|one");
    tx = begin(&a);
    show("reads x", &a, XS_READ, tx, "/compare/x|");
    ask(&b, XS_WRITE, 0, "/compare/x|two");
    ask(&b, XS_WRITE, 0, "/compare/y|two");
    show("reads x, which was changed", &a, XS_READ, tx, "/compare/x|");
    show("writes x", &a, XS_WRITE, tx, "/compare/x|mine");
    show("reads what it wrote", &a, XS_READ, tx, "/compare/x|");
    show("reads a node that is not there", &a, XS_READ, tx, "/compare/z|");
    show("ends", &a, XS_TRANSACTION_END, tx, "T|");
    show("x is then", &a, XS_READ, 0, "/compare/x|");
    ask(&a, XS_RM, 0, "/compare|");
    close(a.fd);
    close(b.fd);
}

static uint32_t domain_make(uint32_t domid)
{
    struct xc_domain_config cfg = { .max_vcpus = 1, .domid = domid };

    cfg.handle[0] = (uint8_t)(1 + (domid != 0));
    errno = -xc_domain_create(xc, &cfg, &domid);
    need("make a domain", errno == 0);
    return domid;
}

/* Whether an event of "@releaseDomain" comes within so long. */
static bool released(struct client *c, int ms)
{
    struct pollfd p = { .fd = c->fd, .events = POLLIN };

    return poll(&p, 1, ms) > 0 && take(c, true).type == XS_WATCH_EVENT;
}

/* Rights of a domain that does not exist, of one that was never introduced, and of the next with its number. */
static void rights(void)
{
    struct client a = client_open();
    uint32_t domid = domain_make(0);
    char args[64];

    ask(&a, XS_WATCH, 0, "@releaseDomain|t|");
    released(&a, 3000);
    ask(&a, XS_WRITE, 0, "/compare/x|v");
    show("right for no domain", &a, XS_SET_PERMS, 0, "/compare/x|n0|r4242|");
    show("is then", &a, XS_GET_PERMS, 0, "/compare/x|");
    show("node of no domain", &a, XS_SET_PERMS, 0, "/compare/x|n4242|r0|");
    show("is then", &a, XS_GET_PERMS, 0, "/compare/x|");
    snprintf(args, sizeof(args), "/compare/x|n0|r%u|", domid);
    show("right for a domain", &a, XS_SET_PERMS, 0, args);
    ask(&a, XS_GET_PERMS, 0, "/compare/x|");
    snprintf(args, sizeof(args), "n0 r%u", domid);
    printf("is there: %d\n", strcmp(answer, args) == 0);
    xc_domain_destroy(xc, domid);
    printf("its death is told: %d\n", released(&a, 1000));
    ask(&a, XS_GET_PERMS, 0, "/compare/x|");
    printf("right of the dead is shown: %d\n", strcmp(answer, args) == 0);
    domain_make(domid);
    ask(&a, XS_GET_PERMS, 0, "/compare/x|");
    printf("the next of its number has the right: %d\n", strcmp(answer, args) == 0);
    xc_domain_destroy(xc, domid);
    ask(&a, XS_RM, 0, "/compare|");
    close(a.fd);
}

int main(void)
{
    errno = -xc_open(&xc);
    need("reach the hypervisor", errno == 0);
    transactions();
    rights();
    xc_close(xc);
    return 0;
}
