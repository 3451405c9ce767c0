/* SPDX-License-Identifier: GPL-2.0-only */
/* Introduced domains: their rings and event channels, their coming and going. */
#ifndef DOMAIN_H
#define DOMAIN_H

#include "store.h"

struct domains;

/*
 * Opens the hypervisor's devices. -errno with a message on the log where that
 * fails. without: no hypervisor, the list stays empty (for tests).
 */
int domains_open(struct domains **out, bool without);
void domains_close(struct domains *ds);
/* Where connections are made; the store's host_ctx is ds. */
void domains_attach(struct domains *ds, struct store *s);
extern const struct store_host domains_host;

/* Maps dom0's own ring and wakes its kernel's xenbus. */
int domains_start_dom0(struct domains *ds);

/* -1, or readable when domains_take_events() is to be called. */
int domains_fd(const struct domains *ds);
/*
 * Takes events, of deaths too: before requests are served, which may be those of a toolstack that
 * gives a dead domain's id to a new one.
 */
void domains_take_events(struct domains *ds);
/*
 * Serves every domain's ring for a bounded time. Returns for poll() how many milliseconds later to
 * call again; -1: with the next event.
 */
int domains_service(struct domains *ds);

/* Keep what a dead domain owned (for old toolstacks); off by default. */
void domains_keep_orphans(struct domains *ds, bool keep);

#endif /* DOMAIN_H */
