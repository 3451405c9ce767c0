/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest becomes a file and comes back. The file: IMAGE_MAGIC, the length of a JSON text as 8 bytes little-endian, the
 * text (what the guest was made from), then libxc's image. Runs in the worker.
 */
#include "guest_save.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xensave.h>

#include "../lib/json.h"
#include "../lib/mem.h"
#include "log.h"
#include "store.h"

#define IMAGE_MAGIC "xmimage\n"
#define IMAGE_VERSION 1
#define IMAGE_TEXT_MAX (16u << 20)
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

static int save_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		p += n > 0 ? n : 0;
		len -= n > 0 ? n : 0;
	}
	return 0;
}

static int save_write_head(int fd, const struct domain *d)
{
	struct json *j = json_new(JSON_OBJECT), *list;
	struct strbuf b = { 0 };
	uint64_t len;
	int ret;

	json_add_int(j, "version", IMAGE_VERSION);
	json_add_str(j, "name", d->name);
	json_add_str(j, "file", d->source.file);
	json_add_str(j, "text", d->source.text);
	list = json_add_new(j, "overrides", JSON_ARRAY);
	for (size_t i = 0; i < d->source.override_count; i++)
		json_add_str(list, NULL, d->source.overrides[i]);
	json_write(j, &b, 0);
	len = htole64(b.len);
	ret = save_write_all(fd, IMAGE_MAGIC, strlen(IMAGE_MAGIC));
	if (!ret)
		ret = save_write_all(fd, &len, sizeof(len));
	if (!ret)
		ret = save_write_all(fd, b.data, b.len);
	strbuf_free(&b);
	json_free(j);
	return ret;
}

/* The suspended guest as a file, whole or not at all. */
static int save_write(struct call *c, struct domain *d, const char *file)
{
	char *temp = mem_printf("%s.new", file);
	int ret, fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0) {
		ret = call_fail(c, errno, "%s: %s", temp, strerror(errno));
		goto out;
	}
	ret = save_write_head(fd, d);
	if (ret < 0)
		call_fail(c, -ret, "%s: %s", temp, strerror(-ret));
	else if ((ret = xc_domain_save(c->link->xc, d->domid, fd)) < 0)
		call_fail_xc(c, ret);
	else if (fsync(fd) < 0 || rename(temp, file) < 0)
		ret = call_fail(c, errno, "%s: %s", file, strerror(errno));
	close(fd);
	if (ret < 0)
		unlink(temp);
out:
	free(temp);
	return ret;
}

/*
 * Its phase while it is saved: policy_scan() must not take its suspension for its end, nor must a new xend, if this one is
 * killed meanwhile.
 */
static int save_begin(struct call *c, struct domain *d)
{
	bool running;
	int ret;

	pthread_mutex_lock(&c->x->lock);
	running = d->phase == DOMAIN_RUNNING;
	if (running)
		d->phase = DOMAIN_ENDING;
	pthread_mutex_unlock(&c->x->lock);
	if (!running)
		return call_fail(c, EBUSY, "%s is ending", d->name);
	d->suspend_asked = true;
	ret = domain_save(d);
	if (!ret)
		return 0;
	d->suspend_asked = false;
	domain_set_phase(c->x, d, DOMAIN_RUNNING);
	return call_fail(c, -ret, "write %s/%s: %s", DOMAIN_DIR, d->uuid_text, strerror(-ret));
}

int guest_save(struct call *c, struct domain *d, const char *file, bool leave)
{
	int ret;

	if (save_begin(c, d) < 0)
		return -c->code;
	ret = save_suspend(c, d);
	if (ret < 0) {
		domain_set_phase(c->x, d, DOMAIN_RUNNING);
		domain_save(d);
		return ret;
	}
	ret = save_write(c, d, file);
	d->suspend_asked = false;
	if (ret < 0 || leave) {
		guest_resume(c->x, c->link, d);
		log_line("%s (domain %u): %s %s, goes on", d->name, d->domid, ret < 0 ? "not saved in" : "saved in", file);
		return ret;
	}
	log_line("%s (domain %u): saved in %s", d->name, d->domid, file);
	/* From here on it must not go on, under a new xend either: it is in the file. */
	domain_save(d);
	guest_destroy(c->x, d);
	return 0;
}

static int restore_read_all(int fd, void *to, size_t len)
{
	char *p = to;

	while (len) {
		ssize_t n = read(fd, p, len);

		if (n == 0)
			return -ENODATA;
		if (n < 0 && errno != EINTR)
			return -errno;
		p += n > 0 ? n : 0;
		len -= n > 0 ? n : 0;
	}
	return 0;
}

/* The file's text, NULL where it is no image. */
static struct json *restore_read_head(int fd)
{
	char magic[sizeof(IMAGE_MAGIC) - 1], *text;
	struct json *j = NULL;
	uint64_t len;

	if (restore_read_all(fd, magic, sizeof(magic)) < 0 || memcmp(magic, IMAGE_MAGIC, sizeof(magic)) ||
	    restore_read_all(fd, &len, sizeof(len)) < 0 || le64toh(len) > IMAGE_TEXT_MAX)
		return NULL;
	len = le64toh(len);
	text = mem_alloc(len + 1, 1);
	if (restore_read_all(fd, text, len) == 0)
		j = json_parse(text, len, NULL);
	free(text);
	if (json_int(j, "version", 0) != IMAGE_VERSION) {
		json_free(j);
		return NULL;
	}
	return j;
}

static void restore_source(const struct json *j, struct domain_source *s)
{
	const struct json *list = json_get(j, "overrides");

	s->file = mem_strdup(json_str(j, "file", ""));
	s->text = mem_strdup(json_str(j, "text", ""));
	for (size_t i = 0; list && i < list->count; i++) {
		if (list->items[i]->type != JSON_STRING)
			continue;
		s->overrides = mem_grow(s->overrides, s->override_count + 1, sizeof(char *));
		s->overrides[s->override_count++] = mem_strdup(list->items[i]->str);
	}
}

int guest_restore(struct call *c, const char *file, bool paused, struct domain **out)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), ret;
	struct domain_source source = { 0 };
	struct json *j;

	*out = NULL;
	if (fd < 0)
		return call_fail(c, errno, "%s: %s", file, strerror(errno));
	j = restore_read_head(fd);
	if (!j) {
		ret = call_fail(c, EINVAL, "%s: not a file that xm save has written", file);
		goto out;
	}
	restore_source(j, &source);
	source.image = fd;
	ret = guest_create(c, &source, paused, false, out);
out:
	json_free(j);
	close(fd);
	return ret;
}
