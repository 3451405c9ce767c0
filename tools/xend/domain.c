/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of guests that xend manages. */
#include "domain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>

#include "../lib/mem.h"
#include "store.h"

void domain_free(struct domain *d)
{
	if (!d)
		return;
	for (size_t i = 0; d->disks && i < d->config.disk_count; i++)
		if (d->disks[i].loop_fd >= 0)
			close(d->disks[i].loop_fd);
	domain_source_free(&d->source);
	free(d->disks);
	free(d->partial);
	image_id_free(&d->image);
	free(d->name);
	domain_config_free(&d->config);
	free(d);
}

void domain_add(struct xend *x, struct domain *d)
{
	pthread_mutex_lock(&x->lock);
	d->next = x->domains;
	x->domains = d;
	pthread_mutex_unlock(&x->lock);
}

void domain_remove(struct xend *x, struct domain *d)
{
	pthread_mutex_lock(&x->lock);
	for (struct domain **p = &x->domains; *p; p = &(*p)->next) {
		if (*p == d) {
			*p = d->next;
			break;
		}
	}
	pthread_mutex_unlock(&x->lock);
}

void domain_set_phase(struct xend *x, struct domain *d, enum domain_phase phase)
{
	pthread_mutex_lock(&x->lock);
	d->phase = phase;
	pthread_mutex_unlock(&x->lock);
}

struct domain *domain_get(struct xend *x, uint32_t domid)
{
	struct domain *d;

	pthread_mutex_lock(&x->lock);
	for (d = x->domains; d && d->domid != domid; d = d->next)
		;
	pthread_mutex_unlock(&x->lock);
	return d;
}

void domain_ask_reboot(struct xend *x, uint32_t domid)
{
	pthread_mutex_lock(&x->lock);
	for (struct domain *d = x->domains; d; d = d->next)
		if (d->domid == domid)
			atomic_store(&d->reboot_asked, true);
	pthread_mutex_unlock(&x->lock);
}

static char *domain_managed_name(struct xend *x, uint32_t domid)
{
	char *name = NULL;

	pthread_mutex_lock(&x->lock);
	for (struct domain *d = x->domains; d && !name; d = d->next)
		if (d->domid == domid)
			name = mem_strdup(d->name);
	pthread_mutex_unlock(&x->lock);
	return name;
}

char *domain_name(struct xend *x, struct xend_link *link, uint32_t domid)
{
	char *name = domid ? domain_managed_name(x, domid) : mem_strdup("Domain-0");

	if (!name)
		name = store_read(link->xs, "/local/domain/%u/name", domid);
	return name ? name : mem_strdup("(null)");
}

/* Domains that xend did not make have their name in the store only. */
static int domain_find_foreign(struct xend *x, struct xend_link *link, const char *name, uint32_t *domid)
{
	struct xc_domain_info info[32];
	uint32_t first = 1;
	bool found = false;
	int got, ret = 0;

	while ((got = xc_domain_getinfolist(link->xc, first, 32, info)) > 0) {
		for (int i = 0; i < got && !found && !ret; i++) {
			char *other = NULL;

			if (!domain_get(x, info[i].domid))
				ret = store_get(link->xs, &other, "/local/domain/%u/name", info[i].domid);
			found = other && !strcmp(other, name);
			if (found)
				*domid = info[i].domid;
			free(other);
		}
		if (found || ret)
			return ret;
		first = info[got - 1].domid + 1;
	}
	return got < 0 ? got : -ESRCH;
}

int domain_find_name(struct xend *x, struct xend_link *link, const char *name, uint32_t *domid)
{
	int ret = -ESRCH;

	if (!strcmp(name, "Domain-0")) {
		*domid = 0;
		return 0;
	}
	pthread_mutex_lock(&x->lock);
	for (struct domain *d = x->domains; d; d = d->next) {
		if (d->domid != DOMAIN_NONE && !strcmp(d->name, name)) {
			*domid = d->domid;
			ret = 0;
		}
	}
	pthread_mutex_unlock(&x->lock);
	return ret ? domain_find_foreign(x, link, name, domid) : 0;
}

void domain_uuid_text(const unsigned char u[16], char text[37])
{
	char *p = text;

	for (int i = 0; i < 16; i++)
		p += sprintf(p, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", u[i]);
}
