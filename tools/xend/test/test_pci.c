/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices of a guest while the store cannot be read: no operation takes that for a guest without devices. And which CPUs
 * guest_look() notes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <xenctrl.h>

#include "../../lib/json.h"
#include "../../lib/mem.h"
#include "../guest_pci.h"
#include "../guest_save.h"
#include "../log.h"
#include "../ops.h"
#include "../store.h"
#include "fake_store.h"

#define DOMID 7
#define BUS "/local/domain/0/backend/pci/7/0"

/* The store of a guest with one device. */
const struct fake_node fake_nodes[] = {
	{ BUS "/frontend", "/local/domain/7/device/pci/0" }, { BUS "/num_devs", "1" }, { BUS "/dev-0", "0000:00:05.0" },
	{ BUS "/opts-0", "permissive=1" }, { BUS "/state", "4" },
};
const size_t fake_node_count = sizeof(fake_nodes) / sizeof(*fake_nodes);
static unsigned int saved, removed, released;
static struct domain guest = { .name = "g", .domid = DOMID, .config = { .maxvcpus = 1 } };

/* ---- what is beside the operations ---- */

char *store_read(struct xs_handle *xs, const char *fmt, ...) { return NULL; }
bool store_exists(struct xs_handle *xs, const char *fmt, ...) { return true; }
int store_write(struct xs_handle *xs, const char *value, const char *fmt, ...) { return 0; }
void store_remove(struct xs_handle *xs, const char *fmt, ...) { }
void store_base(struct store_batch *b, const char *fmt, ...) { }
void store_put(struct store_batch *b, const char *key, const char *fmt, ...) { }
void store_owner(struct store_batch *b, const char *key, unsigned int owner, int reader) { }

int store_batch_run(struct xs_handle *xs, void (*fill)(struct store_batch *b, void *arg), void *arg, char failed[STORE_PATH_MAX])
{
	return 0;
}

int store_wait(struct xend *x, struct xs_handle *xs, const char *path, bool (*good)(const char *value, int arg), int arg, int64_t until)
{
	return 0;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *count)
{
	char **list;

	errno = EIO;
	if (fake_read_fails())
		return NULL;
	list = mem_alloc(1, sizeof(*list) + 2);
	*list = strcpy((char *)(list + 1), "7");
	*count = 1;
	return list;
}

int call_domain(struct call *c, uint32_t *domid)
{
	*domid = DOMID;
	return 0;
}

int call_fail(struct call *c, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!c->err.text && vasprintf(&c->err.text, fmt, ap) < 0)
		abort();
	va_end(ap);
	c->code = code;
	return -code;
}

int call_fail_xc(struct call *c, int ret) { return ret; }
struct domain *domain_get(struct xend *x, uint32_t domid) { return &guest; }
char *domain_name(struct xend *x, struct xend_link *link, uint32_t domid) { return mem_strdup("other"); }
int guest_wait_backend(struct call *c, struct domain *d, struct config_where where, const struct guest_device *device, int state) { return 0; }
void guest_remove_device(struct xend *x, const struct guest_device *device) { removed++; }
int64_t xend_now_ms(void) { return 0; }
void log_line(const char *fmt, ...) { }

int guest_save(struct call *c, struct domain *d, const char *file, bool leave)
{
	saved++;
	return 0;
}

int guest_restore(struct call *c, const char *file, bool paused, struct domain **out) { return -EINVAL; }

int xc_physinfo(struct xc_handle *h, struct xc_physinfo *info)
{
	*info = (struct xc_physinfo){ .cap_directio = true };
	return 0;
}

int xc_deassign_device(struct xc_handle *h, uint32_t domid, uint32_t device)
{
	released++;
	return 0;
}

int xc_assign_device(struct xc_handle *h, uint32_t domid, uint32_t device) { return 0; }
int xc_domain_ioport_permission(struct xc_handle *h, uint32_t domid, uint32_t first, uint32_t count, bool allow) { return 0; }
int xc_domain_iomem_permission(struct xc_handle *h, uint32_t domid, uint64_t first, uint64_t count, bool allow) { return 0; }
int xc_domain_irq_permission(struct xc_handle *h, uint32_t domid, uint32_t line, bool allow) { return 0; }
int xc_physdev_map_gsi(struct xc_handle *h, uint32_t domid, uint32_t line) { return 0; }
int xc_physdev_unmap_pirq(struct xc_handle *h, uint32_t domid, uint32_t line) { return 0; }
int xc_sched_get(struct xc_handle *h, uint32_t domid, struct xc_sched_params *params) { return -EIO; }
int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info) { return -EIO; }

/* A host of 12 CPUs. */
static uint16_t pinned_to, preferred;	/* 0: the hypervisor cannot be asked */

int xc_max_cpus(struct xc_handle *h) { return 12; }

int xc_vcpu_getaffinity(struct xc_handle *h, uint32_t domid, uint32_t vcpu, uint8_t *hard, uint8_t *soft, uint32_t nr_bits)
{
	assert_int_equal(nr_bits, 12);
	memcpy(hard, &pinned_to, sizeof(pinned_to));
	memcpy(soft, &preferred, sizeof(preferred));
	return pinned_to && preferred ? 0 : -EIO;
}

/* ---- the tests ---- */

/* Runs the operation with that read failing; returns how many reads there were. */
static unsigned int run(int (*op)(struct call *c), const char *args, unsigned int fail, struct call *c)
{
	static struct xend x;
	static struct xend_link link;
	struct json *j = json_parse(args, strlen(args), NULL);

	*c = (struct call){ .x = &x, .link = &link, .args = j };
	fake_reads = saved = 0;
	fake_fail_at = fail;
	c->code = -op(c);
	json_free(j);
	c->args = NULL;
	fake_fail_at = 0;
	return fake_reads;
}

static void clear(struct call *c)
{
	json_free(c->result);
	config_error_free(&c->err);
	strbuf_free(&c->warnings);
}

/* Without a failure the operation answers @code; with each of its reads failing it answers that error, in words. */
static void each_read(const char *name, int (*op)(struct call *c), const char *args, int code)
{
	struct call c;
	unsigned int count = run(op, args, 0, &c);

	assert_int_equal(c.code, code);
	assert_true(count > 0);
	clear(&c);
	for (unsigned int i = 1; i <= count; i++) {
		run(op, args, i, &c);
		if (c.code != EIO || !c.err.text || !strstr(c.err.text, "in the store") || saved)
			fail_msg("%s: read %u of %u fails: code %d, \"%s\"%s", name, i, count, c.code, c.err.text ? c.err.text : "",
				 saved ? ", saved" : "");
		clear(&c);
	}
}

static void operations(void **state)
{
	each_read("pci-list", op_pci_list, "{\"domain\":\"g\"}", 0);
	each_read("pci-assignable-list", op_pci_assignable_list, "{}", 0);
	each_read("pci-detach", op_pci_detach, "{\"domain\":\"g\",\"device\":\"00:06.0\"}", ENODEV);
	each_read("save", op_save, "{\"domain\":\"g\",\"file\":\"/i\"}", EOPNOTSUPP);
}

/* The guest keeps what it is known to have. */
static void look(void **state)
{
	static struct xend_link link;

	for (fake_fail_at = 0; fake_fail_at < 5; fake_fail_at++) {
		struct domain_present *p = &guest.source.present;

		fake_reads = 0;
		guest_look(&link, &guest);
		if (p->pci_count != 1 || strcmp(p->pcis[0].address, "0000:00:05.0") || !p->pcis[0].permissive)
			fail_msg("read %u fails: %zu devices", fake_fail_at, p->pci_count);
	}
	fake_fail_at = 0;
}

/* What a guest that ends may have is taken from it, even if the store does not say what. */
static void detach(void **state)
{
	static struct xend x;
	struct config_pci pci = { .address = "0000:00:05.0" };

	guest.config.pcis = &pci;
	guest.config.pci_count = 1;
	for (fake_fail_at = 0; fake_fail_at < 5; fake_fail_at++) {
		fake_reads = removed = released = 0;
		guest_detach_pcis(&x, &guest);
		if (removed != 1 || released != 1)
			fail_msg("read %u fails: bus %sremoved, %u devices released", fake_fail_at, removed ? "" : "not ", released);
	}
	guest.config.pci_count = fake_fail_at = 0;
}

/* What is noted of vCPU 0, as text; NULL: nothing. */
static char *noted_cpus(const struct domain *d, enum present_affinity_kind kind)
{
	const uint8_t *cpus = present_affinity(&d->source.present, kind, 0);

	return cpus ? config_cpus_text(cpus) : NULL;
}

/* A set is noted where it is another than the vCPU was made with, or once it was noted; the one of the other kind is not. */
static void affinity_of(enum present_affinity_kind kind)
{
	static const struct { const char *made_with; uint16_t now; const char *before, *noted; } rows[] = {
		{ NULL, 0xfff, NULL, NULL }, { NULL, 0x3, NULL, "0-1" }, { "0-1", 0x3, NULL, NULL }, { "0-1", 0xfff, NULL, "all" },
		{ "0-1,400", 0x3, NULL, NULL }, { "2", 0x3, NULL, "0-1" }, { "2", 0, NULL, NULL }, { "0-1", 0x3, "5", "0-1" },
		{ NULL, 0, "5", "5" },
	};
	static struct xend_link link;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct domain d = { .name = (char *)"g", .domid = DOMID, .config = { .maxvcpus = 1 } };
		struct config_affinity *made_with = kind == PRESENT_SOFT ? &d.config.soft : &d.config.hard;
		uint8_t cpus[CONFIG_CPUS_MAX / 8] = { 0 };
		char *text, *other;

		made_with->given = rows[i].made_with != NULL;
		if (rows[i].made_with)
			assert_true(config_parse_cpus(rows[i].made_with, made_with->cpus, &made_with->nodes));
		if (rows[i].before && config_parse_cpus(rows[i].before, cpus, &made_with->nodes))
			present_set_affinity(&d.source.present, kind, 0, cpus);
		pinned_to = kind == PRESENT_HARD ? rows[i].now : 0xfff;
		preferred = kind == PRESENT_SOFT ? rows[i].now : 0xfff;
		guest_look(&link, &d);
		text = noted_cpus(&d, kind);
		other = noted_cpus(&d, kind == PRESENT_SOFT ? PRESENT_HARD : PRESENT_SOFT);
		if (other || (text && rows[i].noted ? strcmp(text, rows[i].noted) : text || rows[i].noted))
			fail_msg("row %zu: noted %s%s", i, text ? text : "nothing", other ? ", and of the other kind" : "");
		free(text);
		free(other);
		present_free(&d.source.present);
	}
}

static void affinity(void **state)
{
	affinity_of(PRESENT_HARD);
	affinity_of(PRESENT_SOFT);
}

/* ---- sysfs ---- */

#define SYSFS "test/pci.dir"
#define DRIVERS SYSFS "/drivers"

static const char *const files[] = {
	PCI_SYSFS "0000:00:05.0/resource", PCI_SYSFS "0000:00:05.3/resource", DRIVERS "/e1000/unbind", DRIVERS "/e1000/bind",
	PCIBACK "/new_slot", PCIBACK "/bind", PCIBACK "/permissive",
};

/* A device of functions 0 and 3, which dom0's e1000 has. */
static void make_sysfs(void)
{
	assert_int_equal(system("rm -rf " SYSFS " && cd test && mkdir -p pci.dir/devices pci.dir/drivers/e1000 pci.dir/drivers/pciback && "
				"cd pci.dir && mkdir devices/0000:00:05.0 devices/0000:00:05.3 drivers/pciback/0000:00:05.0 && "
				"ln -s ../../drivers/e1000 devices/0000:00:05.0/driver && "
				"ln -s ../../drivers/e1000 devices/0000:00:05.3/driver"), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		fclose(fopen(files[i], "w"));
}

/* What was written to the file; "" for nothing. */
static const char *written(const char *path)
{
	static char text[64];
	FILE *f = fopen(path, "r");

	*text = 0;
	if (f && !fgets(text, sizeof(text), f))
		*text = 0;
	if (f)
		fclose(f);
	return text;
}

/* Creates as far as the check and the giving, or only the check; returns the error's text, which the caller frees. */
static char *prepare(struct domain *d, bool give, const char *pci)
{
	static struct xend x;
	static struct xend_link link;
	struct call c = { .x = &x, .link = &link };
	struct config_error err = { 0 };

	*d = (struct domain){ .name = (char *)"g", .domid = DOMID, .source.file = (char *)"g.cfg", .config.pci_count = 1 };
	d->config.pcis = mem_alloc(1, sizeof(*d->config.pcis));
	assert_int_equal(config_read_pci(pci, d->config.pcis, &err), 0);
	if (guest_check_pci(&c, d) == 0)
		for (size_t i = 0; give && i < d->config.pci_count && !c.err.text; i++)
			pci_give(&c, d, &d->config.pcis[i]);
	strbuf_free(&c.warnings);
	return c.err.text;
}

static void drop(struct domain *d, char *error)
{
	free(error);
	free(d->config.pcis);
	present_free(&d->source.present);
}

/* The device goes from its driver to pciback, and back where that fails; only when the guest is made. */
static void seize(void **state)
{
	struct domain d;
	char *error;

	make_sysfs();
	error = prepare(&d, true, "00:05.3");
	assert_non_null(strstr(error, "0000:00:05.3 is in use by dom0's driver e1000"));
	drop(&d, error);
	error = prepare(&d, false, "00:05.3,seize=1");
	assert_null(error);
	assert_string_equal(written(DRIVERS "/e1000/unbind"), "");
	drop(&d, error);
	error = prepare(&d, true, "00:05.3,seize=1");
	assert_null(error);
	assert_string_equal(written(DRIVERS "/e1000/unbind"), "0000:00:05.3");
	assert_string_equal(written(PCIBACK "/new_slot"), "0000:00:05.3");
	assert_string_equal(written(PCIBACK "/bind"), "0000:00:05.3");
	assert_string_equal(written(DRIVERS "/e1000/bind"), "");
	drop(&d, error);
	unlink(PCIBACK "/bind");
	error = prepare(&d, true, "00:05.3,seize=1");
	assert_non_null(strstr(error, "0000:00:05.3 cannot be seized: No such file"));
	assert_string_equal(written(DRIVERS "/e1000/bind"), "0000:00:05.3");
	drop(&d, error);
	assert_int_equal(system("rm -r " PCIBACK), 0);
	error = prepare(&d, false, "00:05.3,seize=1");
	assert_non_null(strstr(error, "domain 0 has no driver xen-pciback"));
	drop(&d, error);
	make_sysfs();
}

/* The address of all functions becomes those that there are, in the configuration and in what is kept. */
static void functions(void **state)
{
	struct domain d;
	char *error = prepare(&d, true, "00:05.*,seize=1,permissive=1");

	/* Function 0 is the one that the store's guest has. */
	assert_non_null(strstr(error, "0000:00:05.0 is in use by guest other"));
	assert_int_equal(d.config.pci_count, 2);
	assert_int_equal(d.source.present.pci_count, 2);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(d.config.pcis[i].address, i ? "0000:00:05.3" : "0000:00:05.0");
		assert_string_equal(d.source.present.pcis[i].address, d.config.pcis[i].address);
		assert_true(d.config.pcis[i].seize && d.config.pcis[i].permissive);
	}
	drop(&d, error);
	error = prepare(&d, true, "00:06.*");
	assert_non_null(strstr(error, "this host has no PCI device 0000:00:06.*"));
	drop(&d, error);
}

/* xm pci-attach and pci-detach of all functions. */
static void functions_of_a_running_guest(void **state)
{
	struct call c;

	guest.source.file = (char *)"g.cfg";
	run(op_pci_attach, "{\"domain\":\"g\",\"device\":\"00:05.*,seize=1\"}", 0, &c);
	assert_non_null(strstr(c.err.text, "0000:00:05.0 is in use by guest other"));
	clear(&c);
	run(op_pci_detach, "{\"domain\":\"g\",\"device\":\"00:06.*\"}", 0, &c);
	assert_int_equal(c.code, ENODEV);
	assert_string_equal(c.err.text, "g has no function of PCI device 0000:00:06.*");
	clear(&c);
	released = 0;
	run(op_pci_detach, "{\"domain\":\"g\",\"device\":\"00:05.*\"}", 0, &c);
	assert_int_equal(c.code, 0);
	assert_int_equal(released, 1);
	clear(&c);
	each_read("pci-detach of all", op_pci_detach, "{\"domain\":\"g\",\"device\":\"00:06.*\"}", ENODEV);
}

static int set_up(void **state)
{
	make_sysfs();
	return 0;
}

static int clean_up(void **state)
{
	present_free(&guest.source.present);
	return system("rm -r " SYSFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(operations), cmocka_unit_test(look), cmocka_unit_test(detach),
					   cmocka_unit_test(affinity), cmocka_unit_test(seize), cmocka_unit_test(functions),
					   cmocka_unit_test(functions_of_a_running_guest) };

	return cmocka_run_group_tests_name("pci", tests, set_up, clean_up);
}
