/* SPDX-License-Identifier: GPL-2.0-only */
/* Disks of domains that xend does not manage are used, too. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include <xenctrl.h>

#include "../../lib/mem.h"
#include "../disk_use.h"
#include "../store.h"
#include "fake_store.h"

#define DISK DISK_USE_SYSFS "/disk.img"		/* behind loop device 3 */
#define BACKEND "/local/domain/0/backend"

/* Domain 5 has a block device and a loop device, domain 6 a file by QEMU; 7 is managed, 8 is not there. */
const struct fake_node fake_nodes[] = {
	{ BACKEND "/vbd/5/51712/physical-device", "fd:2" }, { BACKEND "/vbd/5/51712/mode", "w" },
	{ BACKEND "/vbd/5/51728/physical-device", "7:3" }, { BACKEND "/vbd/5/51728/mode", "r" },
	{ BACKEND "/vbd/7/51712/physical-device", "fd:7" }, { BACKEND "/vbd/8/51712/physical-device", "fd:8" },
	{ BACKEND "/qdisk/6/51712/params", "aio:/dev/null" }, { BACKEND "/qdisk/6/51712/mode", "w" },
};
const size_t fake_node_count = sizeof(fake_nodes) / sizeof(*fake_nodes);

/* ---- what is beside the search ---- */

/* The names below @path, once each. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *count)
{
	char **names = mem_alloc(16, 32);
	size_t len = strlen(path);

	*count = 0;
	for (size_t i = 0; i < fake_node_count; i++) {
		char *name = (char *)(names + 16) + *count * 16;

		if (strncmp(fake_nodes[i].path, path, len) || fake_nodes[i].path[len] != '/')
			continue;
		snprintf(name, 16, "%.*s", (int)strcspn(fake_nodes[i].path + len + 1, "/"), fake_nodes[i].path + len + 1);
		if (!*count || strcmp(names[*count - 1], name))
			names[(*count)++] = name;
	}
	errno = ENOENT;
	if (++fake_reads == fake_fail_at)
		errno = EIO;
	if (*count && fake_reads != fake_fail_at)
		return names;
	*count = 0;
	free(names);
	return NULL;
}

struct domain *domain_get(struct xend *x, uint32_t domid)
{
	static struct domain managed;

	return domid == 7 ? &managed : NULL;
}

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
	return ++fake_reads == fake_fail_at ? -EIO : domid == 8 ? -ESRCH : 0;
}

/* ---- the tests ---- */

static struct domain_disk block(unsigned int maj, unsigned int min)
{
	return (struct domain_disk){ .dev = makedev(maj, min) };
}

static struct domain_disk file(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (struct domain_disk){ .dev = st.st_dev, .ino = st.st_ino };
}

static int find(struct domain_disk is, bool read_only, bool shared, uint32_t *domid)
{
	struct config_disk disk = { .read_only = read_only, .shared = shared };
	struct xend_link link = { 0 };
	struct xend x = { 0 };
	bool other_reads;

	fake_reads = 0;
	return disk_use_find(&x, &link, &is, &disk, domid, &other_reads);
}

static void uses(void **state)
{
	const struct { const char *name; struct domain_disk is; bool read_only, shared; uint32_t user; } rows[] = {
		{ "block device", block(0xfd, 2), false, false, 5 }, { "block device, read", block(0xfd, 2), true, false, 5 },
		{ "block device, shared", block(0xfd, 2), false, true, 0 }, { "another device", block(0xfd, 3), false, false, 0 },
		{ "file of a loop device", file(DISK), false, false, 5 }, { "both read", file(DISK), true, false, 0 },
		{ "the loop device", block(7, 3), false, false, 5 }, { "file of QEMU", file("/dev/null"), false, false, 6 },
		{ "another file", file("/"), false, false, 0 }, { "managed", block(0xfd, 7), false, false, 0 },
		{ "gone", block(0xfd, 8), false, false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint32_t domid = 0;
		int ret = find(rows[i].is, rows[i].read_only, rows[i].shared, &domid);

		if (ret != (rows[i].user != 0) || (ret && domid != rows[i].user))
			fail_msg("%s: %d, domain %u", rows[i].name, ret, domid);
	}
}

/* What cannot be read may be the disk. */
static void each_read(void **state)
{
	struct domain_disk is = block(0xfd, 9);
	unsigned int count;
	uint32_t domid;

	assert_int_equal(find(is, false, false, &domid), 0);
	count = fake_reads;
	assert_true(count > 10);
	for (fake_fail_at = 1; fake_fail_at <= count; fake_fail_at++) {
		int ret = find(is, false, false, &domid);

		if (ret != -EIO)
			fail_msg("read %u of %u fails: %d", fake_fail_at, count, ret);
	}
	fake_fail_at = 0;
}

static int set_up(void **state)
{
	char *path = realpath(".", NULL);
	FILE *f;

	assert_int_equal(system("mkdir -p " DISK_USE_SYSFS "/dev/block/7:3/loop"), 0);
	fclose(fopen(DISK, "w"));
	f = fopen(DISK_USE_SYSFS "/dev/block/7:3/loop/backing_file", "w");
	fprintf(f, "%s/" DISK "\n", path);
	fclose(f);
	free(path);
	return 0;
}

static int clean_up(void **state)
{
	return system("rm -r " DISK_USE_SYSFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(uses), cmocka_unit_test(each_read) };

	return cmocka_run_group_tests_name("disk_use", tests, set_up, clean_up);
}
