/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest is now, as the store and the hypervisor say: see present.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#include "../lib/mem.h"
#include "guest.h"
#include "guest_pci.h"
#include "log.h"
#include "store.h"

#define WEIGHT_DEFAULT 256	/* of the credit schedulers, public/domctl.h */

static void look_at_memory(struct xend_link *link, const struct domain *d, struct domain_present *p)
{
	char *target = store_read(link->xs, "/local/domain/%u/memory/target", d->domid);
	uint64_t kib = target ? strtoull(target, NULL, 10) : 0;
	struct xc_domain_info info;

	if (kib)
		p->target_kib = kib;
	if (xc_domain_getinfo(link->xc, d->domid, &info) == 0)
		p->had_kib = info.tot_pages << (XC_PAGE_SHIFT - 10);
	free(target);
}

static void look_at_vcpus(struct xend_link *link, const struct domain *d, struct domain_present *p)
{
	for (uint32_t i = 0; i < d->config.maxvcpus; i++) {
		char *word = store_read(link->xs, "/local/domain/%u/cpu/%u/availability", d->domid, i);

		if (word)
			present_set_vcpu(p, i, strcmp(word, "offline") != 0);
		free(word);
	}
}

/* Both sets, as far as the host has CPUs. */
static bool same_cpus(const uint8_t *a, const uint8_t *b, int cpus)
{
	for (int i = 0; i < cpus; i++)
		if ((a[i / 8] ^ b[i / 8]) >> (i % 8) & 1)
			return false;
	return true;
}

/* Where it is not the set that the vCPU was made with, NULL for all. All CPUs of this host mean all of any host. */
static void note_affinity(struct domain_present *p, enum present_affinity_kind kind, uint32_t vcpu, const uint8_t *made_with,
			  const uint8_t *now, int cpus)
{
	uint8_t all[CONFIG_CPUS_MAX / 8];

	memset(all, 0xff, sizeof(all));
	if (present_affinity(p, kind, vcpu) || !same_cpus(now, made_with ? made_with : all, cpus))
		present_set_affinity(p, kind, vcpu, same_cpus(now, all, cpus) ? all : now);
}

/* The sets that an administrator gave the vCPUs while they ran. */
static void look_at_affinity(struct xend_link *link, const struct domain *d, struct domain_present *p)
{
	int cpus = xc_max_cpus(link->xc);

	cpus = cpus > CONFIG_CPUS_MAX ? CONFIG_CPUS_MAX : cpus;
	for (uint32_t i = 0; i < d->config.maxvcpus && cpus > 0; i++) {
		uint8_t hard[CONFIG_CPUS_MAX / 8] = { 0 }, soft[CONFIG_CPUS_MAX / 8] = { 0 };

		if (xc_vcpu_getaffinity(link->xc, d->domid, i, hard, soft, cpus) < 0)
			continue;
		note_affinity(p, PRESENT_HARD, i, domain_config_cpus(&d->config, i), hard, cpus);
		note_affinity(p, PRESENT_SOFT, i, domain_config_soft_cpus(&d->config, i), soft, cpus);
	}
}

/* The default weight stays unsaid: it is no reason to refuse the guest on a host whose scheduler has no weights. */
static void look_at_share(struct xend_link *link, const struct domain *d, struct domain_present *p)
{
	struct xc_sched_params share;

	if (xc_sched_get(link->xc, d->domid, &share) < 0)
		return;
	if (p->weight || share.weight != WEIGHT_DEFAULT)
		p->weight = share.weight;
	p->cap = share.cap;
}

void guest_look(struct xend_link *link, struct domain *d)
{
	struct domain_present *p = &d->source.present;
	struct config_pci *pcis;
	int count;

	look_at_memory(link, d, p);
	look_at_vcpus(link, d, p);
	look_at_share(link, d, p);
	look_at_affinity(link, d, p);
	count = pci_list(link->xs, d->domid, &pcis);
	if (count < 0) {
		log_line("%s: read its PCI devices in the store: %s; it keeps those that it had", d->name, strerror(-count));
		free(pcis);
		return;
	}
	free(p->pcis);
	p->pcis = pcis;
	p->pci_count = count;
}
