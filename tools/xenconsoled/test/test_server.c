/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's turns beside a guest, a store and a hypervisor of a few variables. Each allocation fails in turn: nothing is
 * lost but output, and what could not be done is done when there is memory again. The same for file descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../xenstored/test/fail_alloc.h"
#include "../conring.h"
#include "../hvlog.h"
#include "../server.h"

size_t __sanitizer_get_current_allocated_bytes(void);

#define GUEST_PORT 7

static struct xencons_interface ring;
static bool guest_exists, event_pending, transaction;
static int events[2];                   /* pipe: a byte for each watch event; for each event of the port */
static char folder[64], tty[64], watched[4][2][64];
static unsigned int fired, taken;       /* watch events, in watched[] */
static unsigned int exchanges;          /* with xenstored */
static int64_t ahead_ms;                /* the clock is ahead of the machine's */

/* ---- what is beside the daemon ---- */

int __real_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t);

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
    int rc = __real_clock_gettime(id, t);

    t->tv_sec += ahead_ms / 1000;
    return rc;
}

static void fire(const char *path, const char *token)
{
    assert_in_range(fired, 0, 3);
    snprintf(watched[fired][0], 64, "%s", path);
    snprintf(watched[fired++][1], 64, "%s", token);
    assert_int_equal(write(events[1], "", 1), 1);
}

/* Room that xenstored's answer takes in the client. */
static void *client_memory(size_t len)
{
    void *p = malloc(len);

    if (!p)
        errno = ENOMEM;
    return p;
}

static char *client_copy(const char *text)
{
    char *p = client_memory(strlen(text) + 1);

    return p ? strcpy(p, text) : NULL;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
    void *p = client_memory(1);

    exchanges++;
    free(p);
    if (p)
        fire(path, token);
    return p != NULL;
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
    return true;
}

static char *client_read(const char *path)
{
    const char *node = strrchr(path, '/') + 1;

    if (strcmp(node, "ring-ref") == 0 || strcmp(node, "port") == 0)
        return client_copy("5");
    if (strcmp(node, "name") == 0)
        return client_copy("web");
    if (strcmp(node, "type") == 0)
        return client_copy("xenconsoled");
    errno = ENOENT;
    return NULL;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
    exchanges++;
    return client_read(path);
}

bool xs_read_many(struct xs_handle *h, xs_transaction_t t, const char *const paths[], unsigned int nr, char *values[])
{
    bool good = true;

    exchanges++;
    errno = ENOENT;
    for (unsigned int i = 0; i < nr; i++) {
        values[i] = good ? client_read(paths[i]) : NULL;
        good &= values[i] || errno == ENOENT;
    }
    for (unsigned int i = 0; i < nr && !good; i++) {
        free(values[i]);
        values[i] = NULL;
    }
    return good;
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data, unsigned int len)
{
    void *p = client_memory(1);

    exchanges++;
    free(p);
    if (p)
        snprintf(tty, sizeof(tty), "%.*s", (int)len, (const char *)data);
    return p != NULL;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
    void *p = client_memory(1);

    exchanges++;
    free(p);
    transaction = p != NULL;
    return p ? 1 : XBT_NULL;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
    assert_true(transaction);
    exchanges++;
    transaction = false;
    if (abort)
        tty[0] = '\0';
    return true;
}

char **xs_check_watch(struct xs_handle *h)
{
    char **out, byte;

    errno = EAGAIN;
    if (taken == fired)
        return NULL;
    out = client_memory(2 * sizeof(*out));
    if (!out)
        return NULL;
    out[XS_WATCH_PATH] = watched[taken][0];
    out[XS_WATCH_TOKEN] = watched[taken++][1];
    assert_int_equal(read(events[0], &byte, 1), 1);
    return out;
}

int xs_fileno(struct xs_handle *h)
{
    return events[0];
}

int xc_domain_getinfolist(struct xc_handle *h, uint32_t first, uint32_t max, struct xc_domain_info *info)
{
    if (first > 1 || !guest_exists)
        return 0;
    *info = (struct xc_domain_info){ .domid = 1 };
    return 1;
}

int xc_gnttab_map(struct xc_gnttab *g, uint32_t domid, const uint32_t *refs, unsigned nr, int prot, void **out)
{
    *out = &ring;
    return 0;
}

int xc_gnttab_unmap(struct xc_gnttab *g, void *addr, unsigned nr)
{
    return 0;
}

int xc_map_foreign_page(struct xc_handle *h, uint32_t domid, int prot, uint64_t mfn, void **out)
{
    return -EINVAL;
}

void xc_unmap_foreign(struct xc_handle *h, void *addr, size_t nr)
{
}

int xc_evtchn_fd(const struct xc_evtchn *e)
{
    static int always = -1;             /* readable: the port is looked at in each turn */

    if (always < 0)
        always = open("/dev/zero", O_RDONLY);
    return always;
}

int xc_evtchn_bind_interdomain(struct xc_evtchn *e, uint32_t domid, uint32_t remote_port)
{
    event_pending = true;               /* as the hypervisor does: what was sent before is heard */
    return GUEST_PORT;
}

int xc_evtchn_bind_virq(struct xc_evtchn *e, uint32_t virq)
{
    return 1;
}

int xc_evtchn_unbind(struct xc_evtchn *e, uint32_t port)
{
    return 0;
}

int xc_evtchn_unmask(struct xc_evtchn *e, uint32_t port)
{
    return 0;
}

int xc_evtchn_notify(struct xc_evtchn *e, uint32_t port)
{
    return 0;
}

int xc_evtchn_pending(struct xc_evtchn *e)
{
    if (!event_pending)
        return -EAGAIN;
    event_pending = false;
    return GUEST_PORT;
}

long xc_readconsole(struct xc_handle *h, char *buf, size_t len, uint32_t *index, bool clear)
{
    return 0;
}

/* ---- the tests ---- */

static void turns(struct server *s, int nr)
{
    while (nr--)
        assert_int_equal(server_turn(s), 0);
}

static void guest_prints(const char *text)
{
    for (; *text; text++)
        ring.out[MASK_XENCONS_IDX(ring.out_prod++, ring.out)] = *text;
    event_pending = true;
}

static size_t file_size(const char *name)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

/* A server that waits for domains to come. */
static int begin(struct server *s)
{
    memset(&ring, 0, sizeof(ring));
    memset(s, 0, sizeof(*s));
    s->host.gnttab = (void *)&ring;
    s->host.xs = (void *)&ring;
    s->host.log_dir = folder;
    guest_exists = true;
    event_pending = transaction = false;
    fired = taken = 0;
    ahead_ms = 0;
    tty[0] = '\0';
    assert_int_equal(pipe(events), 0);
    fire("@introduceDomain", "domains");
    return server_open(s);
}

/* The guest goes, and all is given back. */
static void finish(struct server *s)
{
    guest_exists = false;
    fired = taken = 0;
    fire("@releaseDomain", "domains");
    turns(s, 2);
    ahead_ms += 60000;
    turns(s, 2);
    assert_null(s->consoles);
    server_close(s);
    close(events[0]);
    close(events[1]);
}

static void check_served(struct server *s)
{
    char path[128], bytes[64];
    size_t logged = file_size("guest-web.log");
    int fd;

    assert_int_equal(strncmp(tty, "/dev/pts/", 9), 0);
    guest_prints("hello\n");
    turns(s, 2);
    assert_int_equal(file_size("guest-web.log"), logged + 6);
    fd = open(tty, O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(fd >= 0);
    turns(s, 2);
    assert_true(read(fd, bytes, sizeof(bytes)) > 0);
    close(fd);
    snprintf(path, sizeof(path), "%s/guest-web.log", folder);
    unlink(path);
}

static void each_in_turn(void **state)
{
    size_t before = __sanitizer_get_current_allocated_bytes();
    unsigned long n = 0, asked;

    do {
        struct server s;

        fail_alloc(++n, 0);
        if (begin(&s) < 0) {
            fail_alloc(0, 0);
            asked = n;
            server_close(&s);
            continue;
        }
        turns(&s, 4);
        guest_prints("early\n");
        turns(&s, 2);
        asked = fail_alloc_count();
        fail_alloc(0, 0);
        ahead_ms += 5000;
        turns(&s, 4);
        check_served(&s);
        finish(&s);
        assert_int_equal(__sanitizer_get_current_allocated_bytes(), before);
    } while (asked >= n);
    print_message("%lu allocations\n", n - 1);
    assert_true(n > 10);
}

static void all_of_them(void **state)
{
    struct server s;

    assert_int_equal(begin(&s), 0);
    fail_alloc(1, 1);
    turns(&s, 4);
    ahead_ms += 5000;
    turns(&s, 4);
    fail_alloc(0, 0);
    ahead_ms += 5000;
    turns(&s, 4);
    check_served(&s);
    finish(&s);
}

static void out_of_files(void **state)
{
    struct rlimit files = { 64, 64 }, old;
    int spare[64], nr = 0;
    struct server s;

    xc_evtchn_fd(NULL);
    assert_int_equal(begin(&s), 0);
    getrlimit(RLIMIT_NOFILE, &old);
    files.rlim_max = old.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    while ((spare[nr] = dup(0)) >= 0)
        nr++;
    turns(&s, 4);
    assert_string_equal(tty, "");
    while (nr)
        close(spare[--nr]);
    ahead_ms += 5000;
    turns(&s, 4);
    check_served(&s);
    finish(&s);
    setrlimit(RLIMIT_NOFILE, &old);
}

/* A watch, what the store says, and the transaction that publishes the terminal: the create of a guest waits for it. */
static void few_exchanges(void **state)
{
    struct server s;

    assert_int_equal(begin(&s), 0);
    exchanges = 0;
    turns(&s, 3);
    assert_true(tty[0] != '\0');
    assert_int_equal(exchanges, 6);
    finish(&s);
}

/* A look at a descriptor that does not wait is ended by a signal all the same, where it finds nothing. */
static bool interrupted;
int __real_poll(struct pollfd *fds, nfds_t nr, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t nr, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t nr, int timeout)
{
    int found = __real_poll(fds, nr, timeout);

    if (found || timeout || !interrupted)
        return found;
    errno = EINTR;
    return -1;
}

/* The kernel hands what was written to a terminal over in its own time. */
static bool arrives(int fd, int bytes)
{
    int unread = 0;

    for (int i = 0; i < 5000 && unread < bytes; i++) {
        usleep(1000);
        if (ioctl(fd, FIONREAD, &unread))
            return false;
    }
    return unread == bytes;
}

/* What a guest printed last is kept while a client has its terminal open; without one the terminal goes at once. */
static void last_words(void **state)
{
    struct server s;
    char bytes[64];
    int fd;

    for (int round = 0; round < 3; round++) {
        bool client = round > 0;

        assert_int_equal(begin(&s), 0);
        turns(&s, 4);
        fd = client ? open(tty, O_RDWR | O_NOCTTY | O_NONBLOCK) : -1;
        guest_prints("the end\n");
        turns(&s, 2);
        assert_true(!client || arrives(fd, 8));
        guest_exists = false;
        fired = taken = 0;
        fire("@releaseDomain", "domains");
        interrupted = round == 2;
        turns(&s, 3);
        interrupted = false;
        assert_int_equal(s.consoles != NULL, client);
        if (client)
            assert_int_equal(read(fd, bytes, sizeof(bytes)), 8);
        turns(&s, 1);
        assert_null(s.consoles);
        close(fd);
        finish(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_in_turn), cmocka_unit_test(few_exchanges), cmocka_unit_test(all_of_them), cmocka_unit_test(out_of_files),
        cmocka_unit_test(last_words),
    };
    int rc;

    strcpy(folder, "/tmp/test_server.XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    rc = cmocka_run_group_tests_name("xenconsoled's turns", tests, NULL, NULL);
    rmdir(folder);
    return rc;
}
