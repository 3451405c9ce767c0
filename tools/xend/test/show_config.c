/* SPDX-License-Identifier: GPL-2.0-only */
/* A configuration as text, for tests that compare configurations. */
#include "show_config.h"

void show_disk(struct strbuf *b, const struct config_disk *d)
{
	strbuf_printf(b, "%s%s%s%s as %s (%u), %s%s%s%s%s", d->want_phy ? "phy " : "", d->target, d->in_dev ? " or " : "",
		      d->in_dev ? d->in_dev : "", d->vdev, d->number, d->read_only ? "ro" : "rw", d->shared ? " shared" : "",
		      d->cdrom ? " cdrom" : "", d->no_discard ? " no-discard" : "", d->untrusted ? " untrusted" : "");
}

void show_vif(struct strbuf *b, const struct config_vif *v)
{
	const unsigned char *m = v->mac;

	strbuf_puts(b, "vif");
	if (v->mac_given)
		strbuf_printf(b, " mac %02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	if (v->bridge)
		strbuf_printf(b, " bridge %s", v->bridge);
	if (v->script)
		strbuf_printf(b, " script %s", v->script);
	if (v->ip)
		strbuf_printf(b, " ip %s", v->ip);
	if (v->name)
		strbuf_printf(b, " name %s", v->name);
	if (v->gatewaydev)
		strbuf_printf(b, " gatewaydev %s", v->gatewaydev);
	if (v->mtu)
		strbuf_printf(b, " mtu %u", v->mtu);
	if (v->untrusted)
		strbuf_puts(b, " untrusted");
	if (v->rate_bytes)
		strbuf_printf(b, " rate %llu/%u", (unsigned long long)v->rate_bytes, v->rate_us);
}

void show_pci(struct strbuf *b, const struct config_pci *p)
{
	strbuf_printf(b, "%s at %d%s%s%s%s", p->address, p->vslot, p->permissive ? " permissive" : "",
		      p->msitranslate ? " msitranslate" : "", p->power_mgmt ? " power_mgmt" : "", p->seize ? " seize" : "");
}

static void show_text(struct strbuf *b, const char *name, const char *value)
{
	if (value && *value)
		strbuf_printf(b, "%s %s; ", name, value);
}

static void show_number(struct strbuf *b, const char *name, long long value)
{
	if (value)
		strbuf_printf(b, "%s %lld; ", name, value);
}

static void show_set(struct strbuf *b, uint32_t vcpu, const char *verb, const uint8_t *cpus)
{
	if (!cpus)
		return;
	strbuf_printf(b, "vcpu %u %s", vcpu, verb);
	for (int cpu = 0; cpu < CONFIG_CPUS_MAX; cpu++)
		if (cpus[cpu / 8] >> (cpu % 8) & 1)
			strbuf_printf(b, " %d", cpu);
	strbuf_puts(b, "; ");
}

static void show_cpus(struct strbuf *b, const struct domain_config *c)
{
	show_number(b, "nodes below", c->hard.nodes > c->soft.nodes ? c->hard.nodes : c->soft.nodes);
	for (uint32_t vcpu = 0; vcpu < c->maxvcpus; vcpu++) {
		show_set(b, vcpu, "on", domain_config_cpus(c, vcpu));
		show_set(b, vcpu, "prefers", domain_config_soft_cpus(c, vcpu));
	}
}

static void show_devices(struct strbuf *b, const struct domain_config *c)
{
	for (size_t i = 0; i < c->disk_count; i++) {
		show_disk(b, &c->disks[i]);
		strbuf_puts(b, "; ");
	}
	for (size_t i = 0; i < c->vif_count; i++) {
		show_vif(b, &c->vifs[i]);
		strbuf_puts(b, "; ");
	}
	for (size_t i = 0; i < c->pci_count; i++) {
		show_pci(b, &c->pcis[i]);
		strbuf_puts(b, "; ");
	}
}

void show_config(struct strbuf *b, const struct domain_config *c)
{
	show_text(b, "name", c->name);
	if (c->uuid_given)
		for (int i = 0; i < 16; i++)
			strbuf_printf(b, "%s%02x%s", i ? "" : "uuid ", c->uuid[i], i < 15 ? "" : "; ");
	show_text(b, "kernel", c->kernel);
	show_text(b, "ramdisk", c->ramdisk);
	show_text(b, "cmdline", c->cmdline);
	strbuf_printf(b, "memory %u of %u; vcpus %u of %u; ", c->memory_mib, c->maxmem_mib, c->vcpus, c->maxvcpus);
	show_cpus(b, c);
	show_number(b, "weight", c->weight);
	show_number(b, "cap", c->cap);
	strbuf_printf(b, "on %s %s %s %s; ", config_action_name(c->on_poweroff), config_action_name(c->on_reboot),
		      config_action_name(c->on_crash), config_action_name(c->on_watchdog));
	show_number(b, "grant frames", c->max_grant_frames);
	show_number(b, "maptrack frames", c->max_maptrack_frames);
	show_number(b, "event channels", c->max_event_channels);
	show_number(b, "tsc", c->tsc_mode);
	show_number(b, "offset", c->time_offset);
	show_devices(b, c);
}
