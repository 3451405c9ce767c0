/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks against the host: which hotplug scripts a configuration may name, and which an image. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <xenctrl.h>

#include "../../lib/mem.h"
#include "../disk_use.h"
#include "../guest.h"

/* ---- what is beside the checks ---- */

static char refusal[256];

int config_fail(struct config_error *err, const char *file, struct config_where where, const char *remedy,
		const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(refusal, sizeof(refusal), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int call_fail(struct call *c, int code, const char *fmt, ...) { return -code; }
int call_fail_xc(struct call *c, int ret) { return ret; }
int domain_find_name(struct xend *x, struct xend_link *link, const char *name, uint32_t *domid) { return -ESRCH; }
int guest_check_pci(struct call *c, struct domain *d) { return 0; }

/* The sets of vCPU 0, by kind, as one byte; whether they were noted of a running guest, not written in its configuration. */
static uint8_t cpus_of[2][CONFIG_CPUS_MAX / 8];
static bool cpus_kept;
static unsigned int dropped[2];

static const uint8_t *cpus_find(enum present_affinity_kind kind) { return *cpus_of[kind] ? cpus_of[kind] : NULL; }
const uint8_t *domain_config_cpus(const struct domain_config *config, uint32_t vcpu) { return cpus_find(PRESENT_HARD); }
const uint8_t *domain_config_soft_cpus(const struct domain_config *config, uint32_t vcpu) { return cpus_find(PRESENT_SOFT); }
void config_affinity_pin(struct config_affinity *a, uint32_t vcpu, const uint8_t *cpus) { }

const uint8_t *present_affinity(const struct domain_present *p, enum present_affinity_kind kind, uint32_t vcpu)
{
	return cpus_kept ? cpus_find(kind) : NULL;
}

void present_set_affinity(struct domain_present *p, enum present_affinity_kind kind, uint32_t vcpu, const uint8_t *cpus)
{
	dropped[kind]++;
}

void present_choose_targets(struct domain_present *p, struct domain_config *c) { }
int xc_build_check(struct xc_handle *h, const struct xc_build_params *p, struct xc_kernel_info *info) { return 0; }

int disk_use_find(struct xend *x, struct xend_link *link, const struct domain_disk *is, const struct config_disk *disk,
		  uint32_t *domid, bool *read_only)
{
	return 0;
}

char *domain_name(struct xend *x, struct xend_link *link, uint32_t domid) { return NULL; }
int xc_domain_getinfolist(struct xc_handle *h, uint32_t first, uint32_t max, struct xc_domain_info *info) { return 0; }
const struct xc_error *xc_last_error(const struct xc_handle *h) { static const struct xc_error none; return &none; }
int xc_max_cpus(struct xc_handle *h) { return 1; }

static uint32_t nodes_of_host;

int xc_physinfo(struct xc_handle *h, struct xc_physinfo *info)
{
	*info = (struct xc_physinfo){ .nr_nodes = nodes_of_host };
	return 0;
}

/* A script runs as root; an image's author may choose among those of the host's administrator only. */
static void scripts(void **state)
{
	static const struct { const char *script; bool image; const char *why; } rows[] = {
		{ "/bin/true", false, "" },
		{ "/bin/true", true, "a saved guest may only name scripts of " SCRIPT_FOLDER },
		{ SCRIPT_FOLDER "../../../bin/true", true, "a saved guest may only name scripts of " SCRIPT_FOLDER },
		{ SCRIPT_FOLDER "sub/true", true, "a saved guest may only name scripts of " SCRIPT_FOLDER },
		{ "/etc/xen/script/true", true, "a saved guest may only name scripts of " SCRIPT_FOLDER },
		{ SCRIPT_FOLDER "test-check-no-script", true, "No such file" },
		{ SCRIPT_FOLDER "test-check-no-script", false, "No such file" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct config_vif vif = { .script = (char *)rows[i].script, .mac_given = true };
		struct domain d = { .name = (char *)"web", .source.image = rows[i].image ? 3 : 0,
				    .config = { .vifs = &vif, .vif_count = 1 } };
		struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };
		struct xend_link link = { 0 };
		struct call c = { .x = &x, .link = &link };

		*refusal = 0;
		guest_check_host(&c, &d);
		if (*rows[i].why ? !strstr(refusal, rows[i].why) : strstr(refusal, "saved guest") != NULL)
			fail_msg("script %s of %s: \"%s\"", rows[i].script, rows[i].image ? "an image" : "a configuration", refusal);
		free(d.disks);
	}
}

/* A host of one CPU: a set without it is refused, in words, where the file has it, and given up where the guest had it. */
static void cpus(void **state)
{
	static const struct { enum present_affinity_kind kind; uint8_t cpus; bool kept; const char *why, *warning; } rows[] = {
		{ PRESENT_HARD, 1, false, "", "" }, { PRESENT_SOFT, 3, false, "", "" }, { PRESENT_SOFT, 1, true, "", "" },
		{ PRESENT_HARD, 2, false, "none of the CPUs of vcpu 0 is on this host", "" },
		{ PRESENT_SOFT, 2, false, "none of the CPUs preferred by vcpu 0 is on this host", "" },
		{ PRESENT_HARD, 2, true, "", "web: vcpu 0 may run on all CPUs: none of those that it was pinned to is on this host\n" },
		{ PRESENT_SOFT, 2, true, "", "web: vcpu 0 prefers no CPUs: none of those that it preferred is on this host\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct domain d = { .name = (char *)"web", .config.maxvcpus = 1 };
		struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };
		struct xend_link link = { 0 };
		struct call c = { .x = &x, .link = &link };

		memset(cpus_of, 0, sizeof(cpus_of));
		memset(dropped, 0, sizeof(dropped));
		*cpus_of[rows[i].kind] = rows[i].cpus;
		cpus_kept = rows[i].kept;
		*refusal = 0;
		guest_check_host(&c, &d);
		if (strcmp(refusal, rows[i].why) || strcmp(c.warnings.len ? c.warnings.data : "", rows[i].warning) ||
		    dropped[rows[i].kind] != (*rows[i].warning != 0))
			fail_msg("row %zu: \"%s\", %.*s", i, refusal, (int)c.warnings.len, c.warnings.data);
		strbuf_free(&c.warnings);
		free(d.disks);
	}
	memset(cpus_of, 0, sizeof(cpus_of));
}

/* NUMA nodes that the sets of CPUs name are there. */
static void nodes(void **state)
{
	static const struct { uint32_t hard, soft, host; const char *why; } rows[] = {
		{ 0, 0, 4, "" }, { 1, 0, 1, "" }, { 0, 1, 1, "" },
		{ 2, 0, 1, "NUMA node 1 is not on this host, which has only node 0" },
		{ 1, 4, 1, "NUMA node 3 is not on this host, which has only node 0" },
		{ 1, 0, 2, "this host has 2 NUMA nodes: node: is only for a host of one" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct domain d = { .name = (char *)"web", .config = { .hard.nodes = rows[i].hard, .soft.nodes = rows[i].soft } };
		struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };
		struct xend_link link = { 0 };
		struct call c = { .x = &x, .link = &link };

		*refusal = 0;
		nodes_of_host = rows[i].host;
		guest_check_host(&c, &d);
		if (strcmp(refusal, rows[i].why))
			fail_msg("row %zu: \"%s\"", i, refusal);
		strbuf_free(&c.warnings);
		free(d.disks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(scripts), cmocka_unit_test(cpus), cmocka_unit_test(nodes) };

	return cmocka_run_group_tests_name("checks against the host", tests, NULL, NULL);
}
