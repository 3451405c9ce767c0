/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's configuration: the one validated structure that both input forms, classic text and domain XML, give. */
#ifndef XEND_CONFIG_H
#define XEND_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where hotplug scripts are; a name without a folder means one of these. */
#define SCRIPT_FOLDER "/etc/xen/scripts/"

#define CONFIG_TEXT_MAX		(1u << 20)	/* bytes of one input file */
#define CONFIG_NAME_MAX		63		/* characters of a guest's name */
#define CONFIG_VCPUS_MAX	128		/* most vCPUs of one guest */
#define CONFIG_CPUS_MAX		512		/* physical CPUs that `cpus` can name */
#define CONFIG_DEVICES_MAX	64		/* disks, and network cards, of one guest */
#define CONFIG_MEMORY_MAX	(16u << 20)	/* MiB: 16 TiB */
#define CONFIG_CMDLINE_MAX	1023		/* start_info's cmd_line without its NUL (public/xen.h MAX_GUEST_CMDLINE) */

/* Where a setting came from, for messages. key is static text. */
struct config_where {
	const char *key;
	unsigned int line;		/* or one of CONFIG_LINE_* */
};

#define CONFIG_LINE_COMMAND 0U		/* the command line */
#define CONFIG_LINE_KEPT UINT32_MAX	/* no line of the file: what is known of the guest that was made from it */

/* What to do when a guest stops. */
enum config_action { ACTION_DESTROY, ACTION_RESTART, ACTION_RENAME_RESTART, ACTION_PRESERVE };

struct config_disk {
	char *target;			/* path of the file or device, absolute once checked */
	char *vdev;			/* "xvda1", "sda", "hdc": the guest's name for it */
	unsigned int number;		/* the same as the number of the store node */
	bool want_phy;			/* phy: was said: a regular file is refused */
	bool read_only, shared, cdrom;
	bool no_discard;		/* blkback does not offer discard */
	bool untrusted;			/* blkfront is told not to trust blkback */
	char *in_dev;			/* the choice where a target that was relative is not there; NULL: none, or chosen */
	struct config_where where;
};

struct config_vif {
	unsigned char mac[6];
	bool mac_given;
	char *bridge;			/* NULL: the first bridge of the host that is named xenbr0, else br0 */
	char *script;			/* absolute path; NULL: the default */
	char *ip;			/* for the script; may be NULL */
	char *name;			/* vifname; NULL: vif<domid>.<n> */
	char *gatewaydev;		/* for the script; may be NULL */
	uint32_t mtu;			/* 0: the script's default */
	bool untrusted;			/* netfront is told not to trust netback */
	uint64_t rate_bytes;		/* per rate_us; 0: no limit */
	uint32_t rate_us;
	struct config_where where;
};

/* A device of dom0's that xen-pciback holds. */
struct config_pci {
	char address[13];		/* "0000:00:05.0", as sysfs writes it; "0000:00:05.*": all functions, until pci_expand() */
	int vslot;			/* slot that the guest is to see it at; -1: chosen by the backend */
	bool permissive, msitranslate, power_mgmt;
	bool seize;			/* it is taken from its driver in dom0 */
	struct config_where where;
};

/* The CPUs of one vCPU. */
struct config_pin {
	uint8_t cpus[CONFIG_CPUS_MAX / 8];
	bool given;
};

struct config_affinity {
	uint8_t cpus[CONFIG_CPUS_MAX / 8];	/* of the vCPUs that have none in pins */
	bool given;
	uint32_t nodes;			/* the highest NUMA node that the sets name, and one; 0: they name none */
	struct config_pin *pins;	/* by the vCPU's number */
	size_t pin_count;
};

struct domain_config {
	char *name;
	unsigned char uuid[16];
	bool uuid_given;
	char *kernel, *ramdisk;		/* ramdisk may be NULL */
	char *folder;			/* where relative paths start; NULL: that of the source */
	char *root, *extra;		/* pieces of cmdline, NULL where not given */
	char *cmdline;			/* complete, never NULL once checked */
	uint32_t memory_mib, maxmem_mib;
	uint32_t vcpus, maxvcpus;	/* online at start, and at most */
	struct config_affinity hard, soft;	/* the CPUs that the vCPUs may run on, and those that they prefer */
	uint32_t weight;		/* 0: the scheduler's default */
	uint32_t cap;			/* percent of one CPU; 0: none */
	enum config_action on_poweroff, on_reboot, on_crash, on_watchdog;
	uint32_t max_grant_frames, max_maptrack_frames, max_event_channels;	/* 0: the hypervisor's defaults */
	uint32_t tsc_mode;		/* public/domctl.h: 0 default, 1 always emulate, 2 never */
	int32_t time_offset;		/* seconds that the guest's clock is ahead of the host's */
	struct config_disk *disks;
	struct config_vif *vifs;
	struct config_pci *pcis;
	size_t disk_count, vif_count, pci_count;
	/* For messages about things that only the host can tell. */
	struct config_where at_name, at_uuid, at_kernel, at_ramdisk, at_cmdline, at_memory, at_maxmem, at_vcpus, at_maxvcpus,
		at_cpus, at_cpus_soft, at_cap;
};

/* What the reader got: the text of one file and the settings given beside it. */
struct config_source {
	const char *file;		/* as the user named it, for messages */
	const char *text;
	size_t len;
	const char *const *overrides;	/* "key=value" */
	size_t override_count;
	const char *folder;		/* where relative paths start if no setting says so; NULL: none are read */
};

struct config_error {
	char *text;			/* "file:line: key: reason; remedy", owned; NULL: no error */
};

struct strbuf;

/*
 * Reads and checks all that needs no look at the host. 0 with *out filled (domain_config_free()), or -EINVAL with
 * err->text set. Warnings are appended to *warnings, one line each. Text that starts with '<' is domain XML.
 */
int domain_config_read(const struct config_source *source, struct domain_config *out, struct strbuf *warnings,
		       struct config_error *err);
void domain_config_free(struct domain_config *c);
/* The CPUs that vCPU number @vcpu may run on, and those that it prefers (a bitmap of CONFIG_CPUS_MAX); NULL: all. */
const uint8_t *domain_config_cpus(const struct domain_config *c, uint32_t vcpu);
const uint8_t *domain_config_soft_cpus(const struct domain_config *c, uint32_t vcpu);
void config_affinity_pin(struct config_affinity *a, uint32_t vcpu, const uint8_t *cpus);
/* A set of CPUs as text, "0-3,5" or "all"; the caller frees it. */
char *config_cpus_text(const uint8_t *cpus);
/*
 * And back; false on bad syntax. NUMA nodes are read for a host that has one, node 0, with all of its CPUs: *nodes is raised to
 * the highest that is named, and one, for guest_check_host().
 */
bool config_parse_cpus(const char *text, uint8_t *map, uint32_t *nodes);
/* Whether one address is the other's, or a function of the other's device. */
bool config_pci_same(const char *a, const char *b);
/* The text of one PCI device by itself, as xm pci-attach has it. 0 or -EINVAL with err->text set. */
int config_read_pci(const char *spec, struct config_pci *out, struct config_error *err);

/* Sets err->text once (later calls are ignored); always returns -EINVAL. remedy may be NULL. */
int config_fail(struct config_error *err, const char *file, struct config_where where, const char *remedy,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void config_error_free(struct config_error *err);

const char *config_action_name(enum config_action action);

#endif
