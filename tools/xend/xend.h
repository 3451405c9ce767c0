/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all of xend shares. Two threads: the loop answers what can be answered at once and never waits; the worker does,
 * one after the other, what takes long (create, destroy, restart). Each has its own link to hypervisor and store.
 */
#ifndef XEND_H
#define XEND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct domain;
struct xc_handle;
struct xs_handle;

/* A thread's connections; only that thread uses them. */
struct xend_link {
	struct xc_handle *xc;
	struct xs_handle *xs;
};

struct xend_options {
	bool foreground;
	const char *log_file;
	const char *group;		/* its members may look, not only root; NULL: nobody else */
	unsigned int backend_ms;	/* how long a backend or hotplug script may take */
	unsigned int restart_s;		/* a guest that ran shorter is not restarted */
};

struct xend {
	struct xend_options options;
	struct xend_link loop, worker;
	pthread_mutex_t lock;		/* guards domains, and the fields of struct domain that say so */
	struct domain *domains;
	atomic_bool stopping;		/* set by the loop; what waits in the worker gives up */
};

/* The loop: serves until a signal ends it. 0 or a negative errno. listener: the bound socket. */
int xend_loop_run(struct xend *x, int listener);

/* Opens a thread's connections. 0, or -errno with *why (static or owned by libxc) set. */
int xend_link_open(struct xend_link *link, const char **why);
void xend_link_close(struct xend_link *link);

/* Milliseconds of a clock that never jumps. */
int64_t xend_now_ms(void);

#endif
