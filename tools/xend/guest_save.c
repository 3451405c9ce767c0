/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest becomes a file and comes back: image_head.h, then libxc's image. Runs in the worker. */
#include "guest_save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xensave.h>

#include "../lib/file.h"
#include "../lib/mem.h"
#include "image_head.h"
#include "log.h"
#include "store.h"

#define SUSPEND_MS 60000	/* a guest that has not done it by then is taken to be unable to */
#define SUSPEND_AGAIN_MS 10000	/* one that took the word and did not is asked again: Linux gives up while programs start */

/* control/shutdown as long as the guest has not taken the word. */
static bool save_withdraw(struct xs_handle *xs, uint32_t domid)
{
	char *word = store_read(xs, "/local/domain/%u/control/shutdown", domid);
	bool there = word && !strcmp(word, "suspend");

	if (there)
		store_write(xs, "", "/local/domain/%u/control/shutdown", domid);
	free(word);
	return there;
}

static int save_ask(struct xs_handle *xs, uint32_t domid)
{
	return store_write(xs, "suspend", "/local/domain/%u/control/shutdown", domid);
}

/* Waits until the guest has ended in whatever way, which *info then says. 0 or call_fail()ed. */
static int save_wait(struct call *c, struct domain *d, struct xc_domain_info *info)
{
	int64_t until = xend_now_ms() + SUSPEND_MS, again = xend_now_ms() + SUSPEND_AGAIN_MS;
	int ret;

	while (!(ret = xc_domain_getinfo(c->link->xc, d->domid, info)) && !info->shutdown) {
		bool taken, over = atomic_load(&c->x->stopping) || xend_now_ms() > until;

		usleep(5000);
		if (!over && xend_now_ms() < again)
			continue;
		taken = !save_withdraw(c->link->xs, d->domid);
		if (over)
			return call_fail(c, ETIMEDOUT, "%s did not suspend itself in %d s%s", d->name, SUSPEND_MS / 1000,
					 taken ? ", though its kernel began to" : ": its kernel did not listen");
		save_ask(c->link->xs, d->domid);
		again = xend_now_ms() + SUSPEND_AGAIN_MS;
	}
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

/* Has the guest suspend itself. 0 or call_fail()ed; the guest then runs on, or has ended in its own way. */
static int save_suspend(struct call *c, struct domain *d)
{
	struct xc_domain_info info;
	int ret = xc_domain_getinfo(c->link->xc, d->domid, &info);

	if (ret < 0)
		return call_fail_xc(c, ret);
	if (info.paused)
		return call_fail(c, EINVAL, "domain %u is paused and cannot suspend itself; xm unpause it first", d->domid);
	ret = save_ask(c->link->xs, d->domid);
	if (ret < 0)
		return call_fail(c, -ret, "write control/shutdown of domain %u: %s", d->domid, strerror(-ret));
	if (save_wait(c, d, &info) < 0)
		return -c->code;
	/* Asked once too often, it must not find the word when it goes on. */
	save_withdraw(c->link->xs, d->domid);
	if (info.shutdown_reason != XC_SHUTDOWN_SUSPEND)
		return call_fail(c, EINVAL, "%s ended instead of suspending itself", d->name);
	return 0;
}

void guest_resume(struct xend *x, struct xend_link *link, struct domain *d)
{
	int ret = xc_domain_resume_cancelled(link->xc, d->domid);

	if (ret < 0)
		log_line("%s: cannot go on: %s", d->name, xc_error_text(link->xc));
	/* xenstored reports the next end of it, too. */
	xs_resume_domain(link->xs, d->domid);
	domain_set_phase(x, d, DOMAIN_RUNNING);
	domain_save(d);
}

/* Gives the image its name. With @leave the guest goes on beside it; otherwise the state file says where the guest is from now on. */
static int save_commit(struct domain *d, struct image_file *f, bool leave)
{
	int ret = leave ? 0 : image_file_identify(f, &d->image);

	if (!ret && !leave)
		ret = domain_save(d);
	return ret ? ret : image_file_commit(f);
}

static int save_fail_file(struct call *c, const struct image_file *f, int ret)
{
	return call_fail(c, -ret, "%s: %s", f->path,
			 ret == -ESTALE ? "its folder was renamed or replaced during the save" : file_strerror(-ret));
}

/* Writes the suspended guest's image. 0 or call_fail()ed; the file then does not have its name. */
static int save_write(struct call *c, struct domain *d, struct image_file *f, bool leave)
{
	int ret;

	guest_look(c->link, d);
	ret = image_head_write(f, d->name, &d->source);
	if (ret < 0)
		return save_fail_file(c, f, ret);
	ret = xc_domain_save(c->link->xc, d->domid, f->fd);
	if (ret == -ENOSPC || ret == -EDQUOT)
		return save_fail_file(c, f, ret);
	if (ret < 0)
		return call_fail_xc(c, ret);
	ret = save_commit(d, f, leave);
	return ret < 0 ? save_fail_file(c, f, ret) : 0;
}

/*
 * Its phase while it is saved: policy_scan() must not take its suspension for its end, nor must a new xend, if this one is
 * killed meanwhile.
 */
static int save_begin(struct call *c, struct domain *d, const struct image_file *f)
{
	bool running;
	int ret;

	pthread_mutex_lock(&c->x->lock);
	running = d->phase == DOMAIN_RUNNING;
	if (running)
		d->phase = DOMAIN_SAVING;
	pthread_mutex_unlock(&c->x->lock);
	if (!running)
		return call_domain_runs(c, d->domid) < 0 ? -c->code : call_fail(c, EBUSY, "%s has changed its state; try again", d->name);
	d->suspend_asked = true;
	mem_replace(&d->partial, f->temp);
	ret = domain_save(d);
	if (!ret)
		return 0;
	d->suspend_asked = false;
	mem_replace(&d->partial, NULL);
	domain_set_phase(c->x, d, DOMAIN_RUNNING);
	return call_fail(c, -ret, "write %s/%s: %s", DOMAIN_DIR, d->uuid_text, file_strerror(-ret));
}

/* The guest's image in @f, which has been planned. 0 or call_fail()ed; the guest goes on, or has shut down by itself. */
static int save_to(struct call *c, struct domain *d, struct image_file *f, bool leave)
{
	char *why = NULL;
	int ret = image_file_open(f, &why);

	if (ret < 0) {
		call_fail(c, -ret, "%s", why);
		free(why);
		d->suspend_asked = false;
	} else {
		ret = save_suspend(c, d);
	}
	if (ret < 0) {
		domain_set_phase(c->x, d, DOMAIN_RUNNING);
		return ret;
	}
	ret = save_write(c, d, f, leave);
	d->suspend_asked = false;
	if (ret < 0)
		image_id_free(&d->image);
	if (ret < 0 || leave)
		guest_resume(c->x, c->link, d);
	return ret;
}

int guest_save(struct call *c, struct domain *d, const char *file, bool leave)
{
	struct image_file f;
	char *why = NULL;
	int ret = image_file_plan(&f, file, &why);

	if (ret < 0) {
		call_fail(c, -ret, "%s", why);
		free(why);
		return ret;
	}
	if (save_begin(c, d, &f) < 0) {
		image_file_close(&f);
		return -c->code;
	}
	ret = save_to(c, d, &f, leave);
	/* A temporary file that is left by an error is removed before the state file stops to name it. */
	image_file_close(&f);
	mem_replace(&d->partial, NULL);
	if (!ret && !leave)
		domain_set_phase(c->x, d, DOMAIN_ENDING);
	domain_save(d);
	log_line("%s (domain %u): %s %s%s", d->name, d->domid, ret < 0 ? "not saved in" : "saved in", file,
		 ret < 0 || leave ? ", goes on" : "");
	if (!ret && !leave)
		guest_destroy(c->x, d);
	return ret;
}

int guest_restore(struct call *c, const char *file, bool paused, struct domain **out)
{
	struct domain_source source = { 0 };
	const char *kind;
	int fd = file_open_input(file, &kind), ret;

	*out = NULL;
	if (fd < 0)
		return kind ? call_fail(c, EINVAL, "%s: is %s, not a file that xm save has written", file, kind) :
			      call_fail(c, -fd, "%s: %s", file, strerror(-fd));
	ret = image_head_read(fd, &source);
	if (ret == -EINVAL)
		call_fail(c, EINVAL, "%s: not a file that xm save has written", file);
	else if (ret < 0)
		call_fail(c, -ret, "%s: %s", file, strerror(-ret));
	else
		ret = guest_create(c, &source, paused, false, out);
	close(fd);
	return ret;
}
