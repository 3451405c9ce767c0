/* SPDX-License-Identifier: GPL-2.0-only */
/* The second thread. */
#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../lib/json.h"

/* Lock: guards the two queues and quit. Taken alone, never with x->lock. */
static pthread_mutex_t worker_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t worker_wake = PTHREAD_COND_INITIALIZER;
static struct worker_job *worker_todo, *worker_finished;
static bool worker_quit;
static pthread_t worker_thread;
static int worker_event = -1;

static void worker_append(struct worker_job **queue, struct worker_job *job)
{
	job->next = NULL;
	while (*queue)
		queue = &(*queue)->next;
	*queue = job;
}

static struct worker_job *worker_take(struct worker_job **queue)
{
	struct worker_job *job = *queue;

	if (job)
		*queue = job->next;
	return job;
}

void worker_job_free(struct worker_job *job)
{
	if (!job)
		return;
	call_clear(&job->call);
	json_free(job->request);
	free(job);
}

static void *worker_main(void *arg)
{
	struct xend *x = arg;
	uint64_t one = 1;

	for (;;) {
		struct worker_job *job;

		pthread_mutex_lock(&worker_lock);
		while (!worker_todo && !worker_quit)
			pthread_cond_wait(&worker_wake, &worker_lock);
		job = worker_quit ? NULL : worker_take(&worker_todo);
		pthread_mutex_unlock(&worker_lock);
		if (!job)
			return NULL;
		job->call.x = x;
		job->call.link = &x->worker;
		job->ret = job->run(&job->call);
		pthread_mutex_lock(&worker_lock);
		worker_append(&worker_finished, job);
		pthread_mutex_unlock(&worker_lock);
		if (write(worker_event, &one, sizeof(one)) < 0)
			abort();	/* an eventfd takes 2^64 - 2 of these */
	}
}

int worker_start(struct xend *x)
{
	worker_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker_event < 0)
		return -errno;
	return -pthread_create(&worker_thread, NULL, worker_main, x);
}

void worker_stop(struct xend *x)
{
	struct worker_job *job;

	atomic_store(&x->stopping, true);
	pthread_mutex_lock(&worker_lock);
	worker_quit = true;
	pthread_cond_signal(&worker_wake);
	pthread_mutex_unlock(&worker_lock);
	pthread_join(worker_thread, NULL);
	while ((job = worker_take(&worker_todo)))
		worker_job_free(job);
}

void worker_submit(struct xend *x, struct worker_job *job)
{
	pthread_mutex_lock(&worker_lock);
	worker_append(&worker_todo, job);
	pthread_mutex_unlock(&worker_lock);
	/* Unlocked: the thread that wakes would wait for the lock. */
	pthread_cond_signal(&worker_wake);
}

int worker_fd(void)
{
	return worker_event;
}

struct worker_job *worker_done(void)
{
	struct worker_job *job;
	uint64_t count;

	pthread_mutex_lock(&worker_lock);
	job = worker_take(&worker_finished);
	if (!worker_finished && read(worker_event, &count, sizeof(count)) < 0)
		count = 0;	/* nothing was there: fine */
	pthread_mutex_unlock(&worker_lock);
	return job;
}
