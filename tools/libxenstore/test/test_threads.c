/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two clients on one domain's nodes, each a connection that two threads share, and a third thread of each that waits for
 * events. Built with ThreadSanitizer: a data race ends the test with its report.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"

#define HOME   "/local/domain/5"
#define ROUNDS 200

struct client {
    struct xs_handle *xs;
    int number;
    unsigned int events;
    unsigned int wrong;
};

static void check(struct client *c, bool good, const char *what)
{
    if (good)
        return;
    __atomic_add_fetch(&c->wrong, 1, __ATOMIC_RELAXED);
    fprintf(stderr, "client %d: %s: %s\n", c->number, what, strerror(errno));
}

/* One more in the counter, in a transaction that others' may make fail. */
static void count_up(struct client *c)
{
    for (;;) {
        xs_transaction_t t = xs_transaction_start(c->xs);
        char *value = xs_read(c->xs, t, HOME "/counter", NULL), text[24];

        check(c, t && value, "start and read");
        snprintf(text, sizeof(text), "%d", value ? atoi(value) + 1 : 0);
        free(value);
        check(c, xs_write(c->xs, t, HOME "/counter", text, (unsigned int)strlen(text)), "write");
        if (xs_transaction_end(c->xs, t, false))
            return;
        if (errno != EAGAIN) {
            check(c, false, "end");
            return;
        }
    }
}

static void *count(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        count_up(arg);
    return NULL;
}

/* Watches that come and go, lists, changes sent together. */
static void *mix(void *arg)
{
    struct client *c = arg;
    char path[64], token[16];

    snprintf(path, sizeof(path), HOME "/of-%d/node", c->number);
    for (int i = 0; i < ROUNDS; i++) {
        struct xs_batch *b = xs_batch_new(c->xs, XBT_NULL);
        const char *failed;
        unsigned int nr;

        snprintf(token, sizeof(token), "t%d", i);
        check(c, xs_watch(c->xs, path, token), "watch");
        xs_batch_write(b, path, token, (unsigned int)strlen(token));
        xs_batch_mkdir(b, HOME "/both");
        check(c, xs_batch_run(b, &failed), "batch");
        xs_batch_free(b);
        free(xs_directory(c->xs, XBT_NULL, HOME, &nr));
        check(c, xs_unwatch(c->xs, path, token), "unwatch");
    }
    return NULL;
}

static void *hear(void *arg)
{
    struct client *c = arg;
    bool last = false;

    while (!last) {
        struct pollfd p = { .fd = xs_fileno(c->xs), .events = POLLIN };
        char **event;

        if (poll(&p, 1, 60000) != 1) {
            check(c, false, "no event");
            return NULL;
        }
        while (!last && (event = xs_check_watch(c->xs))) {
            last = strcmp(event[XS_WATCH_PATH], HOME "/stop") == 0 && c->events > ROUNDS;
            c->events++;
            free(event);
        }
    }
    return NULL;
}

static unsigned int run(struct client c[2])
{
    void *(*const work[])(void *) = { count, mix, hear };
    pthread_t threads[2][3];
    unsigned int nr;

    for (int i = 0; i < 2; i++) {
        check(&c[i], xs_watch(c[i].xs, HOME "/counter", "counter"), "watch");
        check(&c[i], xs_watch(c[i].xs, HOME "/stop", "stop"), "watch");
        for (int j = 0; j < 3; j++)
            pthread_create(&threads[i][j], NULL, work[j], &c[i]);
    }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            pthread_join(threads[i][j], NULL);
    check(&c[0], xs_write(c[0].xs, XBT_NULL, HOME "/stop", "", 0), "stop");
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i][2], NULL);
    free(xs_directory(c[0].xs, XBT_NULL, HOME, &nr));
    return c[0].wrong + c[1].wrong;
}

int main(void)
{
    struct client c[2] = { { .xs = daemon_start() }, { .number = 1 } };
    unsigned int wrong = 1;
    char *value = NULL;

    c[1].xs = xs_open(XS_UNWATCH_FILTER);
    if (c[0].xs && c[1].xs && xs_write(c[0].xs, XBT_NULL, HOME "/counter", "0", 1)) {
        wrong = run(c);
        value = xs_read(c[0].xs, XBT_NULL, HOME "/counter", NULL);
        wrong += !value || atoi(value) != 2 * ROUNDS;
        printf("counter %s of %d, events %u and %u\n", value ? value : "?", 2 * ROUNDS, c[0].events, c[1].events);
    }
    free(value);
    xs_close(c[0].xs);
    xs_close(c[1].xs);
    daemon_end();
    printf("%d passed, %d failed, 0 skipped\n", !wrong, wrong != 0);
    return wrong != 0;
}
