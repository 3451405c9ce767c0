/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens when a guest ends. */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

#include "../lib/json.h"
#include "../lib/mem.h"
#include "guest.h"
#include "guest_save.h"
#include "log.h"
#include "store.h"
#include "worker.h"

#define POLICY_AGAIN_US 200000

static const char *const policy_reasons[] = { "poweroff", "reboot", "suspend", "crash", "watchdog", "soft reset" };

static const char *policy_reason_name(unsigned int reason)
{
	return reason < sizeof(policy_reasons) / sizeof(*policy_reasons) ? policy_reasons[reason] : "unknown reason";
}

static enum config_action policy_action(const struct domain_config *c, unsigned int reason)
{
	switch (reason) {
	case XC_SHUTDOWN_POWEROFF:
		return c->on_poweroff;
	case XC_SHUTDOWN_REBOOT:
		return c->on_reboot;
	case XC_SHUTDOWN_CRASH:
		return c->on_crash;
	case XC_SHUTDOWN_WATCHDOG:
		return c->on_watchdog;
	default:
		return ACTION_DESTROY;
	}
}

/* A guest that keeps ending at once must not keep the host busy; one that was told to reboot does not end by itself. */
static bool policy_may_restart(struct xend *x, const struct domain *d)
{
	int64_t ran = time(NULL) - d->started;

	if (ran >= x->options.restart_s || ran < 0 || atomic_load(&d->reboot_asked))
		return true;
	log_line("%s: ended %lld s after its start, within %u s: not started again", d->name, (long long)ran, x->options.restart_s);
	return false;
}

static struct domain_source policy_copy_source(const struct domain_source *s)
{
	struct domain_source copy = { .file = mem_strdup(s->file), .text = mem_strdup(s->text), .override_count = s->override_count,
				      .again = s->again, .present = present_copy(&s->present),
				      .folder = s->folder ? mem_strdup(s->folder) : NULL };

	copy.overrides = mem_alloc(s->override_count, sizeof(char *));
	for (size_t i = 0; i < s->override_count; i++)
		copy.overrides[i] = mem_strdup(s->overrides[i]);
	return copy;
}

/* @uuid_text is the guest's, whose state file a failed start must not leave: each new xend would try it again. */
static void policy_start_again(struct call *c, struct domain_source *source, const char *name, const char *uuid_text)
{
	struct domain *d;

	source->again = true;
	if (guest_create(c, source, false, false, &d) == 0)
		return;
	log_line("%s: cannot be started again: %s", name, c->err.text);
	if (!atomic_load(&c->x->stopping))
		domain_unsave(uuid_text);
}

/* Takes d apart and, if it is to come back, makes it from what it was made from. */
static void policy_make_anew(struct call *c, struct domain *d)
{
	struct domain_source source = policy_copy_source(&d->source);
	char *name = mem_strdup(d->name), *uuid_text = mem_strdup(d->uuid_text);

	guest_destroy(c->x, d);
	if (source.again)
		policy_start_again(c, &source, name, uuid_text);
	domain_source_free(&source);
	free(name);
	free(uuid_text);
}

/* Finishes what a xend before this one had begun. */
static void policy_finish(struct xend *x)
{
	struct domain *next;

	for (struct domain *d = x->domains; d; d = next) {
		struct call c = { .x = x, .link = &x->worker };

		next = d->next;
		if (d->unfinished)
			policy_make_anew(&c, d);
		call_clear(&c);
	}
}

void policy_take_over(struct xend *x)
{
	/* A guest that is kept may have got its new UUID, and not yet its new name in the store. */
	for (struct domain *d = x->domains; d; d = d->next)
		if (d->phase == DOMAIN_PRESERVED)
			guest_rename_store(x, d, NULL);
	policy_finish(x);
}

static atomic_bool policy_loads;	/* a job is under way that tries state files again */

static int policy_load_job(struct call *c)
{
	domain_load_again(c->x, c->link);
	policy_finish(c->x);
	atomic_store(&policy_loads, false);
	return 0;
}

void policy_load_again(struct xend *x)
{
	struct worker_job *job;

	if (!domain_load_waiting() || atomic_exchange(&policy_loads, true))
		return;
	job = mem_alloc(1, sizeof(*job));
	job->run = policy_load_job;
	worker_submit(x, job);
}

static void policy_restart(struct call *c, struct domain *d)
{
	/* Written down before the guest is taken apart: it is to come back under a new xend, too, as it is now. */
	guest_look(c->link, d);
	d->source.again = policy_may_restart(c->x, d);
	domain_save(d);
	policy_make_anew(c, d);
}

static void policy_preserve(struct xend *x, struct domain *d)
{
	guest_detach_devices(x, d);
	domain_set_phase(x, d, DOMAIN_PRESERVED);
	domain_save(d);
}

/* Name and UUID of a guest. */
struct policy_identity {
	char *name;
	unsigned char uuid[16];
	char text[37];
};

/* The first free name-N, and a UUID of its own. */
static struct policy_identity policy_new_identity(struct call *c, const struct domain *d)
{
	struct policy_identity new = { 0 };
	uint32_t other;

	for (unsigned int n = 1; n < 1000; n++) {
		free(new.name);
		new.name = mem_printf("%s-%u", d->config.name, n);
		if (domain_find_name(c->x, c->link, new.name, &other) == -ESRCH)
			break;
	}
	if (getrandom(new.uuid, sizeof(new.uuid), 0) != sizeof(new.uuid))
		abort();
	new.uuid[6] = (new.uuid[6] & 0x0f) | 0x40;
	new.uuid[8] = (new.uuid[8] & 0x3f) | 0x80;
	domain_uuid_text(new.uuid, new.text);
	return new;
}

/* Gives d the other identity, and *other that of d. */
static void policy_swap_identity(struct xend *x, struct domain *d, struct policy_identity *other)
{
	struct policy_identity old = { .name = d->name };

	memcpy(old.uuid, d->uuid, sizeof(old.uuid));
	memcpy(old.text, d->uuid_text, sizeof(old.text));
	pthread_mutex_lock(&x->lock);
	d->name = other->name;
	memcpy(d->uuid, other->uuid, sizeof(d->uuid));
	memcpy(d->uuid_text, other->text, sizeof(d->uuid_text));
	pthread_mutex_unlock(&x->lock);
	*other = old;
}

/* What a new xend reads again must give the same name and UUID. */
static void policy_rename_source(struct domain *d)
{
	struct domain_source *s = &d->source;

	s->overrides = mem_grow(s->overrides, s->override_count + 2, sizeof(char *));
	s->overrides[s->override_count++] = mem_printf("name=%s", d->name);
	s->overrides[s->override_count++] = mem_printf("uuid=%s", d->uuid_text);
}

static void policy_undo_rename_source(struct domain *d)
{
	free(d->source.overrides[--d->source.override_count]);
	free(d->source.overrides[--d->source.override_count]);
}

/*
 * The guest that has ended gets another name and UUID, under which it is kept; the new one takes over name and UUID. A xend
 * may be killed at any point. What it leaves is decided by one call, xc_domain_sethandle(): before it the old state file holds,
 * with a guest that has ended, and a new xend begins again; after it the new file holds, and the old one is that of a guest
 * without a domain, which a new xend makes (again) or removes. 0, or a negative errno with all as it was.
 */
static int policy_rename(struct call *c, struct domain *d, bool again)
{
	struct policy_identity other = policy_new_identity(c, d);
	int ret;

	d->source.again = again;
	ret = domain_save_phase(d, DOMAIN_RUNNING);
	d->source.again = false;
	policy_swap_identity(c->x, d, &other);
	policy_rename_source(d);
	if (!ret)
		ret = domain_save_phase(d, DOMAIN_PRESERVED);
	if (!ret)
		ret = xc_domain_sethandle(c->link->xc, d->domid, d->uuid);
	if (!ret) {
		log_line("%s (domain %u): kept as %s", other.name, d->domid, d->name);
		ret = guest_rename_store(c->x, d, other.text);
		if (ret < 0)
			log_line("%s: write its name to the store: %s", d->name, strerror(-ret));
		free(other.name);
		return 0;
	}
	log_line("%s: rename: %s", other.name, strerror(-ret));
	domain_unsave(d->uuid_text);
	policy_undo_rename_source(d);
	policy_swap_identity(c->x, d, &other);
	free(other.name);
	return ret;
}

static void policy_rename_restart(struct call *c, struct domain *d)
{
	bool again = policy_may_restart(c->x, d);
	struct domain_source source;
	char uuid_text[37];

	guest_look(c->link, d);
	source = policy_copy_source(&d->source);
	memcpy(uuid_text, d->uuid_text, sizeof(uuid_text));
	guest_detach_devices(c->x, d);
	if (policy_rename(c, d, again) < 0) {
		policy_preserve(c->x, d);
	} else {
		domain_set_phase(c->x, d, DOMAIN_PRESERVED);
		if (again)
			policy_start_again(c, &source, d->config.name, uuid_text);
		else
			domain_unsave(uuid_text);
	}
	domain_source_free(&source);
}

static int policy_job(struct call *c)
{
	struct domain *d = domain_get(c->x, json_int(c->args, "domid", 0));
	struct xc_domain_info info;
	enum config_action action;
	int ret;

	/* Something else may have dealt with it while this job waited. */
	if (!d || d->phase != DOMAIN_ENDING)
		return 0;
	ret = d->domid == DOMAIN_NONE ? -ESRCH : xc_domain_getinfo(c->link->xc, d->domid, &info);
	if (ret < 0 && ret != -ESRCH) {
		/* The next look at all guests, which follows this job, comes to it again. */
		usleep(POLICY_AGAIN_US);
		log_line("%s (domain %d) has ended, and cannot be asked how: %s", d->name, (int)d->domid, strerror(-ret));
		domain_set_phase(c->x, d, DOMAIN_RUNNING);
		return 0;
	}
	if (ret < 0 || info.dying || !info.shutdown || memcmp(info.handle, d->uuid, sizeof(d->uuid))) {
		log_line("%s (domain %d) is gone", d->name, (int)d->domid);
		guest_destroy(c->x, d);
		return 0;
	}
	/* It took longer than xm save waited, or that xend is gone. */
	if (info.shutdown_reason == XC_SHUTDOWN_SUSPEND && d->suspend_asked) {
		log_line("%s (domain %u) suspended itself and was not saved, goes on", d->name, d->domid);
		d->suspend_asked = false;
		guest_resume(c->x, c->link, d);
		return 0;
	}
	action = policy_action(&d->config, info.shutdown_reason);
	log_line("%s (domain %u) has ended: %s; %s", d->name, d->domid, policy_reason_name(info.shutdown_reason),
		 config_action_name(action));
	if (action == ACTION_RESTART)
		policy_restart(c, d);
	else if (action == ACTION_RENAME_RESTART)
		policy_rename_restart(c, d);
	else if (action == ACTION_PRESERVE)
		policy_preserve(c->x, d);
	else
		guest_destroy(c->x, d);
	return 0;
}

static void policy_submit(struct xend *x, uint32_t domid)
{
	struct worker_job *job = mem_alloc(1, sizeof(*job));

	job->run = policy_job;
	job->request = json_new(JSON_OBJECT);
	json_add_int(job->request, "domid", domid);
	job->call.args = job->request;
	worker_submit(x, job);
}

/* Whether a guest with this state needs the policy: it has ended, or is not there any more. */
static bool policy_has_ended(struct xend *x, const struct domain *d)
{
	struct xc_domain_info info;
	int ret = xc_domain_getinfo(x->loop.xc, d->domid, &info);

	if (ret == -ESRCH)
		return true;
	return ret == 0 && (info.dying || info.shutdown || memcmp(info.handle, d->uuid, sizeof(d->uuid)));
}

void policy_scan(struct xend *x)
{
	pthread_mutex_lock(&x->lock);
	for (struct domain *d = x->domains; d; d = d->next) {
		if (d->phase != DOMAIN_RUNNING || !policy_has_ended(x, d))
			continue;
		d->phase = DOMAIN_ENDING;
		policy_submit(x, d->domid);
	}
	pthread_mutex_unlock(&x->lock);
}
