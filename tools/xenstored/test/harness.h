/* SPDX-License-Identifier: GPL-2.0-only */
/* A store with domains but without a hypervisor, and requests to it as bytes. */
#ifndef HARNESS_H
#define HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../conn.h"
#include "../proto.h"

#define MAX_DOMAINS 8

struct world {
    struct store *store;
    struct conn *conns[MAX_DOMAINS];    /* by domid; 0 is privileged */
    unsigned int introduced, released;  /* what the host was asked for last */
    unsigned int logged;                /* lines */
    bool log_controls;                  /* a line had control characters */
};

/* The last answer of ask(): its type, its body with a NUL behind. */
struct answer {
    uint32_t type, req_id, tx_id;
    size_t len;
    char body[XENSTORE_PAYLOAD_MAX + 1];
};

struct world *world_new(unsigned int domains);
void world_free(struct world *w);

/* Sends a request of that domain, in pieces of odd sizes, and takes its reply. */
const struct answer *ask(struct world *w, unsigned int domid, uint32_t type,
                         uint32_t tx, const void *body, size_t len);
/* 0, or the negative errno that the answer names. */
int result(const struct answer *a);

/* The usual requests. Each returns result(). */
int s_write(struct world *w, unsigned int domid, uint32_t tx, const char *path,
            const char *value);
int s_path(struct world *w, unsigned int domid, uint32_t type, uint32_t tx,
           const char *path);
/* perms: "n0 r1" */
int s_chmod(struct world *w, unsigned int domid, uint32_t tx, const char *path,
            const char *perms);
int s_watch(struct world *w, unsigned int domid, const char *path,
            const char *token);
uint32_t s_start(struct world *w, unsigned int domid);
int s_end(struct world *w, unsigned int domid, uint32_t tx, bool commit);
/* NULL where it cannot be read; else valid until the next request. */
const char *s_read(struct world *w, unsigned int domid, uint32_t tx,
                   const char *path);
/* Names with ',' between. */
const char *s_list(struct world *w, unsigned int domid, uint32_t tx,
                   const char *path);

/* The oldest event as "path token", "" if there is none. */
const char *next_event(struct world *w, unsigned int domid);
/* The accounts agree with the tree. */
void check_accounts(struct world *w);

#endif /* HARNESS_H */
