/* SPDX-License-Identifier: GPL-2.0-only */
/* The second thread: jobs that take long, one after the other, in the order they came. */
#ifndef XEND_WORKER_H
#define XEND_WORKER_H

#include <stdint.h>

#include "call.h"

struct worker_job {
	struct worker_job *next;
	int (*run)(struct call *c);
	struct call call;
	struct json *request;		/* owns what call.args points into; may be NULL */
	uint64_t connection;		/* whom to answer; 0: nobody */
	int ret;
};

int worker_start(struct xend *x);
/* Ends the running job as soon as it can be, drops the others. */
void worker_stop(struct xend *x);
/* Takes job over. */
void worker_submit(struct xend *x, struct worker_job *job);
/* Readable when jobs are done; read by worker_done(). */
int worker_fd(void);
/* The next finished job, NULL when there is none; the caller frees it with worker_job_free(). */
struct worker_job *worker_done(void);
void worker_job_free(struct worker_job *job);

#endif
