/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest is now: see present.h. */
#include "present.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/json.h"
#include "../lib/mem.h"

void present_free(struct domain_present *p)
{
	for (size_t i = 0; i < p->target_count; i++)
		free(p->targets[i].path);
	free(p->targets);
	free(p->affinities);
	free(p->pcis);
	*p = (struct domain_present){ 0 };
}

static struct config_pci *present_copy_pcis(const struct config_pci *pcis, size_t count)
{
	struct config_pci *copy = mem_alloc(count, sizeof(*copy));

	if (count)
		memcpy(copy, pcis, count * sizeof(*copy));
	return copy;
}

static void present_add_target(struct domain_present *p, unsigned int number, const char *path)
{
	p->targets = mem_grow(p->targets, p->target_count + 1, sizeof(*p->targets));
	p->targets[p->target_count++] = (struct present_target){ number, mem_strdup(path) };
}

static const char *present_target(const struct domain_present *p, unsigned int number)
{
	for (size_t i = 0; i < p->target_count; i++)
		if (p->targets[i].number == number)
			return p->targets[i].path;
	return NULL;
}

struct domain_present present_copy(const struct domain_present *p)
{
	struct domain_present copy = *p;

	copy.pcis = present_copy_pcis(p->pcis, p->pci_count);
	copy.targets = NULL;
	copy.affinities = NULL;
	copy.target_count = copy.affinity_count = 0;
	for (size_t i = 0; i < p->target_count; i++)
		present_add_target(&copy, p->targets[i].number, p->targets[i].path);
	for (size_t i = 0; i < p->affinity_count; i++)
		present_set_affinity(&copy, p->affinities[i].kind, p->affinities[i].vcpu, p->affinities[i].cpus);
	return copy;
}

const uint8_t *present_affinity(const struct domain_present *p, enum present_affinity_kind kind, uint32_t vcpu)
{
	for (size_t i = 0; i < p->affinity_count; i++)
		if (p->affinities[i].kind == kind && p->affinities[i].vcpu == vcpu)
			return p->affinities[i].cpus;
	return NULL;
}

void present_set_affinity(struct domain_present *p, enum present_affinity_kind kind, uint32_t vcpu, const uint8_t *cpus)
{
	uint8_t *there = (uint8_t *)present_affinity(p, kind, vcpu);

	if (vcpu >= CONFIG_VCPUS_MAX)
		return;
	if (!there) {
		p->affinities = mem_grow(p->affinities, p->affinity_count + 1, sizeof(*p->affinities));
		p->affinities[p->affinity_count].kind = kind;
		p->affinities[p->affinity_count].vcpu = vcpu;
		there = p->affinities[p->affinity_count++].cpus;
	}
	memcpy(there, cpus, CONFIG_CPUS_MAX / 8);
}

static void present_settle_target(struct config_disk *disk, const char *path)
{
	if (path)
		mem_replace(&disk->target, path);
	free(disk->in_dev);
	disk->in_dev = NULL;
}

void present_choose_targets(struct domain_present *p, struct domain_config *c)
{
	for (size_t i = 0; i < c->disk_count; i++) {
		struct config_disk *disk = &c->disks[i];
		bool in_dev = disk->in_dev && access(disk->target, F_OK) < 0 && access(disk->in_dev, F_OK) == 0;

		if (!disk->in_dev)
			continue;
		present_add_target(p, disk->number, in_dev ? disk->in_dev : disk->target);
		present_settle_target(disk, present_target(p, disk->number));
	}
}

bool present_vcpu_online(const struct domain_present *p, uint32_t vcpu)
{
	return vcpu < CONFIG_VCPUS_MAX && (p->online[vcpu / 8] >> (vcpu % 8) & 1);
}

void present_set_vcpu(struct domain_present *p, uint32_t vcpu, bool online)
{
	uint8_t bit = 1u << (vcpu % 8);

	if (vcpu >= CONFIG_VCPUS_MAX)
		return;
	p->online[vcpu / 8] = online ? p->online[vcpu / 8] | bit : p->online[vcpu / 8] & ~bit;
}

void present_add_pci(struct domain_present *p, const char *text)
{
	struct config_error err = { 0 };
	struct config_pci pci;

	if (p->pci_count < CONFIG_DEVICES_MAX && config_read_pci(text, &pci, &err) == 0) {
		p->pcis = mem_grow(p->pcis, p->pci_count + 1, sizeof(*p->pcis));
		p->pcis[p->pci_count++] = pci;
	}
	config_error_free(&err);
}

static void present_add_pci_text(struct json *list, const struct config_pci *pci)
{
	char slot[8] = "", *text;

	if (pci->vslot >= 0)
		snprintf(slot, sizeof(slot), "@%02x", pci->vslot & 31);
	text = mem_printf("%s%s,permissive=%d,msitranslate=%d,power_mgmt=%d%s", pci->address, slot, pci->permissive, pci->msitranslate,
			  pci->power_mgmt, pci->seize ? ",seize=1" : "");
	json_add_str(list, NULL, text);
	free(text);
}

/* By kind, the lists of their sets. */
static const char *const present_affinity_lists[] = { [PRESENT_HARD] = "affinity", [PRESENT_SOFT] = "soft_affinity" };

static void present_affinities_to_json(const struct domain_present *p, enum present_affinity_kind kind, struct json *present)
{
	struct json *list = json_add_new(present, present_affinity_lists[kind], JSON_ARRAY);

	for (size_t i = 0; i < p->affinity_count; i++) {
		struct json *item;
		char *text;

		if (p->affinities[i].kind != kind)
			continue;
		item = json_add_new(list, NULL, JSON_OBJECT);
		text = config_cpus_text(p->affinities[i].cpus);
		json_add_int(item, "vcpu", p->affinities[i].vcpu);
		json_add_str(item, "cpus", text);
		free(text);
	}
}

static void present_affinities_from_json(struct domain_present *p, enum present_affinity_kind kind, const struct json *present)
{
	const struct json *list = json_get(present, present_affinity_lists[kind]);

	for (size_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		uint8_t cpus[CONFIG_CPUS_MAX / 8] = { 0 };
		int64_t vcpu = json_int(list->items[i], "vcpu", -1);
		uint32_t nodes = 0;

		if (vcpu >= 0 && vcpu < CONFIG_VCPUS_MAX && config_parse_cpus(json_str(list->items[i], "cpus", ""), cpus, &nodes) &&
		    !nodes)
			present_set_affinity(p, kind, vcpu, cpus);
	}
}

void present_to_json(const struct domain_present *p, struct json *j)
{
	struct json *present, *list;

	if (!p->known)
		return;
	present = json_add_new(j, "present", JSON_OBJECT);
	json_add_int(present, "target_kib", p->target_kib);
	json_add_int(present, "had_kib", p->had_kib);
	json_add_int(present, "weight", p->weight);
	json_add_int(present, "cap", p->cap);
	list = json_add_new(present, "online", JSON_ARRAY);
	for (uint32_t i = 0; i < CONFIG_VCPUS_MAX; i++)
		if (present_vcpu_online(p, i))
			json_add_int(list, NULL, i);
	list = json_add_new(present, "pci", JSON_ARRAY);
	for (size_t i = 0; i < p->pci_count; i++)
		present_add_pci_text(list, &p->pcis[i]);
	list = json_add_new(present, "targets", JSON_ARRAY);
	for (size_t i = 0; i < p->target_count; i++) {
		struct json *target = json_add_new(list, NULL, JSON_OBJECT);

		json_add_int(target, "number", p->targets[i].number);
		json_add_str(target, "path", p->targets[i].path);
	}
	present_affinities_to_json(p, PRESENT_HARD, present);
	present_affinities_to_json(p, PRESENT_SOFT, present);
}

/* A number of an image or a state file; 0 where it is out of [0, max]. */
static uint64_t present_number(const struct json *j, const char *key, int64_t max)
{
	int64_t n = json_int(j, key, 0);

	return n < 0 || n > max ? 0 : n;
}

void present_from_json(struct domain_present *p, const struct json *j)
{
	const struct json *present = json_get(j, "present"), *list;

	present_free(p);
	if (!present || present->type != JSON_OBJECT)
		return;
	p->known = true;
	p->target_kib = present_number(present, "target_kib", (int64_t)CONFIG_MEMORY_MAX << 10);
	p->had_kib = present_number(present, "had_kib", (int64_t)CONFIG_MEMORY_MAX << 10);
	p->weight = present_number(present, "weight", 65535);
	p->cap = present_number(present, "cap", 65535);
	list = json_get(present, "online");
	for (size_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (list->items[i]->type == JSON_INT && list->items[i]->num >= 0 && list->items[i]->num < CONFIG_VCPUS_MAX)
			present_set_vcpu(p, list->items[i]->num, true);
	list = json_get(present, "pci");
	for (size_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++)
		if (list->items[i]->type == JSON_STRING)
			present_add_pci(p, list->items[i]->str);
	list = json_get(present, "targets");
	for (size_t i = 0; list && list->type == JSON_ARRAY && i < list->count && i < CONFIG_DEVICES_MAX; i++)
		if (*json_str(list->items[i], "path", "") == '/')
			present_add_target(p, json_int(list->items[i], "number", 0), json_str(list->items[i], "path", ""));
	present_affinities_from_json(p, PRESENT_HARD, present);
	present_affinities_from_json(p, PRESENT_SOFT, present);
}

void present_set_pcis(struct domain_present *p, struct domain_config *c, const struct config_pci *pcis, size_t count)
{
	struct config_pci *mine = present_copy_pcis(pcis, count), *its = present_copy_pcis(pcis, count);

	free(p->pcis);
	free(c->pcis);
	p->pcis = mine;
	c->pcis = its;
	p->pci_count = c->pci_count = count;
}

static void present_from_config(struct domain_present *p, const struct domain_config *c)
{
	present_free(p);
	p->known = true;
	p->target_kib = (uint64_t)c->memory_mib << 10;
	p->weight = c->weight;
	p->cap = c->cap;
	for (uint32_t i = 0; i < c->vcpus; i++)
		present_set_vcpu(p, i, true);
	p->pcis = present_copy_pcis(c->pcis, c->pci_count);
	p->pci_count = c->pci_count;
}

/*
 * A guest that had less than its target, as when the host had no more, starts with what it had, or with what it was made
 * with: so much has been enough.
 */
static void present_settle_memory(struct domain_present *p, struct domain_config *c)
{
	uint64_t max_kib = (uint64_t)c->maxmem_mib << 10, made_kib = (uint64_t)c->memory_mib << 10, start_kib;

	if (!p->target_kib)
		p->target_kib = made_kib;
	if (p->target_kib > max_kib)
		p->target_kib = max_kib;
	start_kib = p->target_kib;
	if (p->had_kib && p->had_kib < start_kib)
		start_kib = p->had_kib;
	if (start_kib < made_kib)
		start_kib = made_kib < p->target_kib ? made_kib : p->target_kib;
	p->made_mib = c->memory_mib;
	p->start_mib = (start_kib + 1023) >> 10;
}

static void present_settle_vcpus(struct domain_present *p, struct domain_config *c)
{
	present_set_vcpu(p, 0, true);	/* no kernel stops its first one */
	c->vcpus = 0;
	for (uint32_t i = 0; i < CONFIG_VCPUS_MAX; i++) {
		if (i >= c->maxvcpus)
			present_set_vcpu(p, i, false);
		c->vcpus += present_vcpu_online(p, i);
	}
}

/* Messages about a device name its line in the file, where it is there, and otherwise the file. */
static void present_place_pcis(struct domain_present *p, const struct domain_config *c)
{
	for (size_t i = 0; i < p->pci_count; i++) {
		p->pcis[i].where = (struct config_where){ "pci", CONFIG_LINE_KEPT };
		for (size_t n = 0; n < c->pci_count; n++)
			if (config_pci_same(c->pcis[n].address, p->pcis[i].address))
				p->pcis[i].where = c->pcis[n].where;
	}
}

static void present_settle_affinities(const struct domain_present *p, struct domain_config *c)
{
	for (size_t i = 0; i < p->affinity_count; i++) {
		const struct present_affinity *a = &p->affinities[i];

		if (a->vcpu < c->maxvcpus)
			config_affinity_pin(a->kind == PRESENT_SOFT ? &c->soft : &c->hard, a->vcpu, a->cpus);
	}
	if (p->affinity_count && !c->at_cpus.key)
		c->at_cpus = (struct config_where){ "cpus", CONFIG_LINE_KEPT };
}

void present_settle(struct domain_present *p, struct domain_config *c)
{
	if (!p->known)
		present_from_config(p, c);
	present_place_pcis(p, c);
	for (size_t i = 0; i < c->disk_count; i++)
		if (c->disks[i].in_dev && present_target(p, c->disks[i].number))
			present_settle_target(&c->disks[i], present_target(p, c->disks[i].number));
	present_settle_memory(p, c);
	present_settle_vcpus(p, c);
	present_settle_affinities(p, c);
	c->weight = p->weight;
	c->cap = p->cap;
	free(c->pcis);
	c->pcis = present_copy_pcis(p->pcis, p->pci_count);
	c->pci_count = p->pci_count;
}
