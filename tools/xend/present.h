/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest is now, as far as that can differ from what it was made from: its memory target, the vCPUs that are online,
 * its share of the CPUs, which of them it may run on and which it prefers, its PCI devices. Kept beside the source, so that a
 * restart, a restore and a new xend give the guest what it had, not what its configuration said. The name is an override of
 * the source, see policy_rename_source().
 */
#ifndef XEND_PRESENT_H
#define XEND_PRESENT_H

#include "config.h"

struct json;

/* The file or device that a relative target of a disk was found to mean. */
struct present_target {
	unsigned int number;		/* the disk's, as in struct config_disk */
	char *path;
};

/* The CPUs that a vCPU may run on, and those that it prefers. */
enum present_affinity_kind { PRESENT_HARD, PRESENT_SOFT };

/* One set of one vCPU, where it is another than the configuration says. */
struct present_affinity {
	enum present_affinity_kind kind;
	uint32_t vcpu;
	uint8_t cpus[CONFIG_CPUS_MAX / 8];
};

struct domain_present {
	bool known;			/* false: as the configuration says; present_settle() fills in the rest */
	uint64_t target_kib;		/* the guest is to have so much memory (memory/target) */
	uint64_t had_kib;		/* it had so much when present_* was last looked at; 0: not known */
	uint32_t start_mib;		/* and is to start with this; set by present_settle() */
	uint32_t made_mib;		/* what its configuration says, for a start that needs more than the target */
	uint8_t online[CONFIG_VCPUS_MAX / 8];
	uint32_t weight, cap;		/* as in struct domain_config */
	struct config_pci *pcis;	/* owned */
	size_t pci_count;
	struct present_target *targets;	/* owned */
	size_t target_count;
	struct present_affinity *affinities;	/* owned */
	size_t affinity_count;
};

void present_free(struct domain_present *p);
struct domain_present present_copy(const struct domain_present *p);
bool present_vcpu_online(const struct domain_present *p, uint32_t vcpu);
void present_set_vcpu(struct domain_present *p, uint32_t vcpu, bool online);
/* That set of that vCPU, NULL: as the configuration says. */
const uint8_t *present_affinity(const struct domain_present *p, enum present_affinity_kind kind, uint32_t vcpu);
void present_set_affinity(struct domain_present *p, enum present_affinity_kind kind, uint32_t vcpu, const uint8_t *cpus);
/* Appends the device of that text, as config_read_pci() reads it; a text that is none is left out. */
void present_add_pci(struct domain_present *p, const char *text);
/* Replaces the devices of both. */
void present_set_pcis(struct domain_present *p, struct domain_config *c, const struct config_pci *pcis, size_t count);

/*
 * Decides which file or device each relative target means that is still open: the one in the folder, or the one below /dev where
 * only that is there. @p keeps the decision: another file that appears later is not the guest's disk.
 */
void present_choose_targets(struct domain_present *p, struct domain_config *c);

/* Adds the object "present" to @j, or fills @p from it; @p stays unknown where @j has none. */
void present_to_json(const struct domain_present *p, struct json *j);
void present_from_json(struct domain_present *p, const struct json *j);

/*
 * Brings @p and a configuration that has just been read into agreement: what is known of the present replaces what @c says,
 * within the limits that @c sets (maxmem, maxvcpus); what is not known is taken from @c. @p is known afterwards.
 */
void present_settle(struct domain_present *p, struct domain_config *c);

#endif
