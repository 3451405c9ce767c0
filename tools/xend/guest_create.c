/* SPDX-License-Identifier: GPL-2.0-only */
/* Creating and destroying guests: the table of steps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <xenctrl.h>
#include <xensave.h>

#include "../lib/file.h"
#include "../lib/mem.h"
#include "guest.h"
#include "log.h"
#include "store.h"

static int step_record(struct call *c, struct domain *d)
{
	int ret = domain_save(d);

	return ret < 0 ? call_fail(c, -ret, "write %s/%s: %s", DOMAIN_DIR, d->uuid_text, file_strerror(-ret)) : 0;
}

static void undo_record(struct xend *x, struct domain *d)
{
	domain_unsave(d->uuid_text);
}

static int step_scheduling(struct call *c, struct domain *d)
{
	struct xc_sched_params params = { d->config.weight, d->config.cap };
	int ret = 0;

	if (params.weight || params.cap)
		ret = xc_sched_set(c->link->xc, d->domid, &params);
	if (!ret && d->config.tsc_mode)
		ret = xc_domain_set_tsc_mode(c->link->xc, d->domid, d->config.tsc_mode);
	if (!ret && d->config.time_offset)
		ret = xc_domain_set_time_offset(c->link->xc, d->domid, d->config.time_offset);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

static int step_domain(struct call *c, struct domain *d)
{
	struct xc_domain_config config = {
		.max_vcpus = d->config.maxvcpus, .max_evtchn_port = d->config.max_event_channels,
		.max_grant_frames = d->config.max_grant_frames, .max_maptrack_frames = d->config.max_maptrack_frames,
		.iommu = guest_confines_pcis(c, d),
	};
	uint32_t domid;
	int ret;

	memcpy(config.handle, d->uuid, sizeof(config.handle));
	ret = xc_domain_create(c->link->xc, &config, &domid);
	if (ret < 0)
		return call_fail_xc(c, ret);
	pthread_mutex_lock(&c->x->lock);
	d->domid = domid;
	pthread_mutex_unlock(&c->x->lock);
	/* A new xend that finds the file now knows what to undo. */
	return step_record(c, d);
}

static void undo_domain(struct xend *x, struct domain *d)
{
	int ret = d->domid == DOMAIN_NONE ? 0 : xc_domain_destroy(x->worker.xc, d->domid);

	if (ret < 0 && ret != -ESRCH)
		log_line("destroy domain %u: %s", d->domid, xc_error_text(x->worker.xc));
}

/* The memory behind the image's head. */
static int guest_read_image(struct call *c, struct domain *d, const struct xc_build_params *params)
{
	int ret = xc_domain_restore(c->link->xc, d->domid, d->source.image, params, &d->built);
	long long rest = ret < 0 ? 0 : (long long)image_file_rest(d->source.image);

	if (rest)
		strbuf_printf(&c->warnings, "%s: its file has %lld bytes behind the image's end, which are ignored\n", d->name, rest);
	return ret;
}

/* After the build, which makes the vCPUs. The call writes what is in force over the sets. */
static int step_affinity(struct call *c, struct domain *d)
{
	uint32_t nr_bits = xc_max_cpus(c->link->xc);
	uint8_t hard[CONFIG_CPUS_MAX / 8], soft[CONFIG_CPUS_MAX / 8];
	int ret = 0;

	nr_bits = nr_bits < CONFIG_CPUS_MAX ? nr_bits : CONFIG_CPUS_MAX;
	for (uint32_t vcpu = 0; vcpu < d->config.maxvcpus && !ret; vcpu++) {
		const uint8_t *may = domain_config_cpus(&d->config, vcpu), *prefers = domain_config_soft_cpus(&d->config, vcpu);

		if (may)
			memcpy(hard, may, sizeof(hard));
		if (prefers)
			memcpy(soft, prefers, sizeof(soft));
		if (may || prefers)
			ret = xc_vcpu_setaffinity(c->link->xc, d->domid, vcpu, may ? hard : NULL, prefers ? soft : NULL, nr_bits);
	}
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

static int step_build(struct call *c, struct domain *d)
{
	struct xc_build_params params;
	int ret;

	guest_build_params(d, &params);
	if (d->source.image)
		ret = guest_read_image(c, d, &params);
	else
		ret = xc_build_pv(c->link->xc, d->domid, &params, &d->built);
	d->source.image = 0;
	if (ret < 0)
		return guest_fail_build(c, d, ret);
	return step_affinity(c, d) < 0 ? -c->code : step_scheduling(c, d);
}

static int step_disks(struct call *c, struct domain *d)
{
	for (size_t i = 0; i < d->config.disk_count; i++)
		if (guest_attach_disk(c, d, i) < 0)
			return -EIO;
	return 0;
}

static void undo_disks(struct xend *x, struct domain *d)
{
	for (size_t i = d->config.disk_count; i-- > 0;)
		guest_detach_disk(x, d, i);
}

static int step_vifs(struct call *c, struct domain *d)
{
	for (size_t i = 0; i < d->config.vif_count; i++)
		if (guest_attach_vif(c, d, i) < 0)
			return -EIO;
	return 0;
}

static void undo_vifs(struct xend *x, struct domain *d)
{
	for (; d->vifs_up > 0; d->vifs_up--)
		guest_detach_vif(x, d, d->vifs_up - 1);
}

static int step_start(struct call *c, struct domain *d)
{
	int ret;

	domain_set_phase(c->x, d, DOMAIN_RUNNING);
	d->source.again = false;
	ret = step_record(c, d);
	if (!ret && !d->paused)
		ret = xc_domain_unpause(c->link->xc, d->domid);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

static void undo_start(struct xend *x, struct domain *d)
{
	if (d->domid != DOMAIN_NONE)
		xc_domain_pause(x->worker.xc, d->domid);
}

/* Undos run for a step that failed half-way, too, and for one that was never begun: each looks at what is there. */
static const struct guest_step {
	const char *name;
	int (*run)(struct call *c, struct domain *d);
	void (*undo)(struct xend *x, struct domain *d);
} steps[] = {
	{ "record", step_record, undo_record },
	{ "create domain", step_domain, undo_domain },
	{ "build", step_build, NULL },
	{ "store nodes", guest_write_store, guest_remove_store },
	{ "disks", step_disks, undo_disks },
	{ "network cards", step_vifs, undo_vifs },
	{ "PCI devices", guest_attach_pcis, guest_detach_pcis },
	{ "console", guest_wait_console, NULL },
	{ "start", step_start, undo_start },
};
#define STEP_COUNT (sizeof(steps) / sizeof(*steps))

/* From step @count - 1 down to step @first. */
static void guest_undo(struct xend *x, struct domain *d, size_t count, size_t first)
{
	while (count-- > first)
		if (steps[count].undo && (d->domid != DOMAIN_NONE || count < 2))
			steps[count].undo(x, d);
}

/* A domain that is gone may have left its id to another, of which nothing is to be taken. */
static void guest_give_up_id(struct xend *x, struct domain *d)
{
	struct xc_domain_info info;

	if (d->domid == DOMAIN_NONE || xc_domain_getinfo(x->worker.xc, d->domid, &info) < 0 ||
	    !memcmp(info.handle, d->uuid, sizeof(d->uuid)))
		return;
	log_line("%s: domain %u is another one now", d->name, d->domid);
	pthread_mutex_lock(&x->lock);
	d->domid = DOMAIN_NONE;
	pthread_mutex_unlock(&x->lock);
}

/* The state file of a guest without a domain that the next xend, or the creation that follows, is to make anew. */
static void guest_leave_record(struct xend *x, struct domain *d)
{
	pthread_mutex_lock(&x->lock);
	d->domid = DOMAIN_NONE;
	pthread_mutex_unlock(&x->lock);
	domain_save(d);
}

void guest_destroy(struct xend *x, struct domain *d)
{
	int ret;

	log_line("%s (domain %d): destroy", d->name, (int)d->domid);
	domain_set_phase(x, d, DOMAIN_ENDING);
	d->suspend_asked = false;
	/* A new xend that finds the file finishes the destruction. */
	ret = domain_save(d);
	if (ret < 0)
		log_line("write %s/%s: %s", DOMAIN_DIR, d->uuid_text, strerror(-ret));
	guest_give_up_id(x, d);
	guest_undo(x, d, STEP_COUNT, d->source.again ? 1 : 0);
	if (d->source.again)
		guest_leave_record(x, d);
	domain_remove(x, d);
	domain_free(d);
}

void guest_detach_devices(struct xend *x, struct domain *d)
{
	guest_detach_pcis(x, d);
	undo_vifs(x, d);
	undo_disks(x, d);
}

/* A UUID that the user did not choose goes into the source, so that a restart keeps it. */
static void guest_choose_uuid(struct domain *d)
{
	struct domain_config *c = &d->config;

	if (!c->uuid_given) {
		if (getrandom(c->uuid, sizeof(c->uuid), 0) != sizeof(c->uuid))
			abort();
		c->uuid[6] = (c->uuid[6] & 0x0f) | 0x40;	/* RFC 4122, version 4 */
		c->uuid[8] = (c->uuid[8] & 0x3f) | 0x80;
	}
	memcpy(d->uuid, c->uuid, sizeof(d->uuid));
	domain_uuid_text(d->uuid, d->uuid_text);
	if (c->uuid_given)
		return;
	d->source.overrides = mem_grow(d->source.overrides, d->source.override_count + 1, sizeof(char *));
	d->source.overrides[d->source.override_count++] = mem_printf("uuid=%s", d->uuid_text);
}

/* A domain from its source, checked against the host; NULL when the call has failed. */
static struct domain *guest_prepare(struct call *c, struct domain_source *source)
{
	struct domain *d = mem_alloc(1, sizeof(*d));

	d->domid = DOMAIN_NONE;
	d->phase = DOMAIN_BUILDING;
	d->started = time(NULL);
	d->source = *source;
	*source = (struct domain_source){ 0 };
	if (domain_source_read(&d->source, &d->config, &c->warnings, &c->err) < 0)
		goto fail;
	d->name = mem_strdup(d->config.name);
	guest_choose_uuid(d);
	if (guest_check_host(c, d) < 0)
		goto fail;
	return d;
fail:
	c->code = c->code ? c->code : EINVAL;
	domain_free(d);
	return NULL;
}

int guest_create(struct call *c, struct domain_source *source, bool paused, bool dry_run, struct domain **out)
{
	struct domain *d = guest_prepare(c, source);
	size_t done;
	bool again;

	*out = NULL;
	if (!d)
		return -c->code;
	if (dry_run) {
		domain_free(d);
		return 0;
	}
	d->paused = paused;
	domain_add(c->x, d);
	for (done = 0; done < STEP_COUNT; done++) {
		if (steps[done].run(c, d) == 0)
			continue;
		log_line("%s: %s failed: %s", d->name, steps[done].name, c->err.text);
		again = d->source.again && atomic_load(&c->x->stopping);
		/* The next xend makes it: this one stops. */
		guest_undo(c->x, d, done + 1, again ? 1 : 0);
		if (again)
			guest_leave_record(c->x, d);
		domain_remove(c->x, d);
		domain_free(d);
		c->code = c->code ? c->code : EIO;
		return -c->code;
	}
	log_line("%s: created as domain %u", d->name, d->domid);
	*out = d;
	return 0;
}
