/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of what a guest is now, against what it was made from: within the limits, through JSON and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lib/json.h"
#include "../../lib/mem.h"
#include "../../lib/strbuf.h"
#include "../domain.h"

#define TEXT "name=\"g\"\nkernel=\"/k\"\nmemory=160\nmaxmem=400\nvcpus=2\nmaxvcpus=4\npci=[\"00:05.0\"]\n"

/* A guest made from TEXT whose present is that JSON text ("" for none), as a restart reads it; image as a restore does. */
static void make(struct domain_source *s, struct domain_config *c, const char *present, bool image)
{
	struct strbuf b = { 0 }, warnings = { 0 };
	struct config_error err = { 0 };
	struct json *j, *made = json_new(JSON_OBJECT);

	json_add_str(made, "file", "g.cfg");
	json_add_str(made, "text", TEXT);
	json_write(made, &b, 0);
	if (*present) {
		strbuf_drop(&b, 1);	/* the brace */
		char *rest = strbuf_take(&b);

		strbuf_printf(&b, "{\"present\":%s,%s", present, rest);
		free(rest);
	}
	j = json_parse(b.data, b.len, NULL);
	assert_non_null(j);
	*s = (struct domain_source){ .image = image };
	domain_source_from_json(s, j);
	if (domain_source_read(s, c, &warnings, &err) < 0)
		fail_msg("%s", err.text);
	json_free(made);
	json_free(j);
	strbuf_free(&b);
	strbuf_free(&warnings);
}

static void drop(struct domain_source *s, struct domain_config *c)
{
	domain_source_free(s);
	domain_config_free(c);
}

static unsigned int online_mask(const struct domain_source *s)
{
	unsigned int mask = 0;

	for (uint32_t i = 0; i < 32; i++)
		mask |= (unsigned int)present_vcpu_online(&s->present, i) << i;
	return mask;
}

static void unknown_is_the_configuration(void **state)
{
	struct domain_source s;
	struct domain_config c;

	make(&s, &c, "", false);
	assert_int_equal(s.present.target_kib, 160 << 10);
	assert_int_equal(s.present.start_mib, 160);
	assert_int_equal(online_mask(&s), 3);
	assert_int_equal(c.vcpus, 2);
	assert_int_equal(c.pci_count, 1);
	drop(&s, &c);
}

/* The guest had this target and this much memory; with what it is to start. */
static void memory(void **state)
{
	static const struct { const char *present; uint64_t target_kib; uint32_t start_mib; } rows[] = {
		{ "{\"target_kib\":358400,\"had_kib\":358400}", 350 << 10, 350 },
		{ "{\"target_kib\":358401,\"had_kib\":358401}", 358401, 351 },
		{ "{\"target_kib\":102400,\"had_kib\":102400}", 100 << 10, 100 },	/* made small */
		{ "{\"target_kib\":102400,\"had_kib\":163840}", 100 << 10, 100 },	/* not yet */
		{ "{\"target_kib\":358400,\"had_kib\":204800}", 350 << 10, 200 },	/* the host had no more */
		{ "{\"target_kib\":358400,\"had_kib\":1}", 350 << 10, 160 },
		{ "{\"target_kib\":358400}", 350 << 10, 350 },
		{ "{\"target_kib\":9999999,\"had_kib\":9999999}", 400 << 10, 400 },	/* beyond maxmem */
		{ "{\"target_kib\":-5,\"had_kib\":-5}", 160 << 10, 160 },
		{ "{\"target_kib\":\"350\"}", 160 << 10, 160 },
		{ "[]", 160 << 10, 160 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct domain_source s;
		struct domain_config c;

		make(&s, &c, rows[i].present, false);
		if (s.present.target_kib != rows[i].target_kib || s.present.start_mib != rows[i].start_mib)
			fail_msg("%s: target %llu KiB, start %u MiB", rows[i].present, (unsigned long long)s.present.target_kib,
				 s.present.start_mib);
		assert_int_equal(s.present.made_mib, 160);
		drop(&s, &c);
	}
}

static void vcpus(void **state)
{
	static const struct { const char *present; unsigned int mask; } rows[] = {
		{ "{\"online\":[0,1,2,3]}", 15 }, { "{\"online\":[0]}", 1 }, { "{\"online\":[0,2]}", 5 },
		{ "{\"online\":[]}", 1 }, { "{\"online\":[2]}", 5 },		/* the first one is always online */
		{ "{\"online\":[0,4,127]}", 1 }, { "{\"online\":[0,128,-1,1000000]}", 1 }, { "{\"online\":[0,\"1\"]}", 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct domain_source s;
		struct domain_config c;

		make(&s, &c, rows[i].present, false);
		if (online_mask(&s) != rows[i].mask)
			fail_msg("%s: vCPUs %#x", rows[i].present, online_mask(&s));
		assert_int_equal(c.vcpus, __builtin_popcount(rows[i].mask));
		drop(&s, &c);
	}
}

static void devices_and_share(void **state)
{
	struct domain_source s;
	struct domain_config c;

	make(&s, &c, "{\"weight\":512,\"cap\":50,\"pci\":[\"0000:03:00.0@07,permissive=1\",\"nonsense\"]}", false);
	assert_int_equal(c.weight, 512);
	assert_int_equal(c.cap, 50);
	assert_int_equal(c.pci_count, 1);
	assert_string_equal(c.pcis[0].address, "0000:03:00.0");
	assert_int_equal(c.pcis[0].vslot, 7);
	assert_true(c.pcis[0].permissive);
	drop(&s, &c);
	make(&s, &c, "{\"pci\":[]}", false);	/* it gave the device back */
	assert_int_equal(c.pci_count, 0);
	drop(&s, &c);
	make(&s, &c, "{\"pci\":[\"00:05.0\"]}", true);	/* an image that asks for one */
	assert_int_equal(c.pci_count, 0);
	drop(&s, &c);
	make(&s, &c, "", true);		/* an image from before there was a present */
	assert_int_equal(c.pci_count, 0);
	assert_int_equal(s.present.pci_count, 0);
	drop(&s, &c);
}

/* An error about a device that the guest has since names the file, not a command line. */
static void places(void **state)
{
	struct domain_source s;
	struct domain_config c;

	make(&s, &c, "{\"pci\":[\"0000:03:00.0\",\"0000:00:05.0\"]}", false);
	for (size_t i = 0; i < 2; i++) {
		struct config_error err = { 0 };

		config_fail(&err, s.file, c.pcis[i].where, NULL, "x");
		assert_string_equal(err.text, i ? "g.cfg:7: pci: x" : "g.cfg: pci: x");
		config_error_free(&err);
	}
	drop(&s, &c);
}

/* Reads a guest with the relative target "null" that was made in @folder, as @present says. */
static void make_relative(struct domain_source *s, struct domain_config *c, const char *folder, const struct json *present)
{
	struct strbuf warnings = { 0 };
	struct config_error err = { 0 };

	*s = (struct domain_source){ 0 };
	domain_source_from_json(s, present);
	mem_replace(&s->file, "g.cfg");
	mem_replace(&s->text, "name=\"g\"\nkernel=\"/k\"\ndisk=[\"null,,xvda\"]\n");
	mem_replace(&s->folder, folder);
	if (domain_source_read(s, c, &warnings, &err) < 0)
		fail_msg("%s", err.text);
	present_choose_targets(&s->present, c);
	strbuf_free(&warnings);
}

/* What a relative target means is decided once: here without the file @path, and then with it, or the other way round. */
static void decided_once(const char *folder, const char *path, bool first, const char *expected)
{
	struct json *nothing = json_new(JSON_OBJECT), *kept = json_new(JSON_OBJECT);
	struct domain_source s;
	struct domain_config c;

	for (int round = 0; round < 2; round++) {
		if (first == !round)
			close(creat(path, 0600));
		else
			unlink(path);
		make_relative(&s, &c, folder, round ? kept : nothing);
		assert_string_equal(c.disks[0].target, expected);
		assert_null(c.disks[0].in_dev);
		assert_int_equal(s.present.target_count, 1);
		if (!round)
			domain_source_to_json(&s, kept);
		drop(&s, &c);
	}
	json_free(nothing);
	json_free(kept);
	unlink(path);
}

static void targets(void **state)
{
	char folder[] = "/tmp/test_present.XXXXXX", path[64];

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/null", folder);
	decided_once(folder, path, false, "/dev/null");
	decided_once(folder, path, true, path);
	rmdir(folder);
}

/* What an administrator gave the guest's vCPUs (xl vcpu-pin) replaces what the configuration says, for those vCPUs. */
static void kept_affinity(enum present_affinity_kind kind, const char *list, const uint8_t *(*read)(const struct domain_config *c, uint32_t vcpu))
{
	static const char *const texts[] = { "0", "0-3", "1,3-4,511", "all" };
	struct domain_source s;
	struct domain_config c;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *present = mem_printf("{\"%s\":[{\"vcpu\":1,\"cpus\":\"%s\"},{\"vcpu\":128,\"cpus\":\"1\"},{\"vcpu\":0,\"cpus\":\"x\"},"
					   "{\"vcpu\":9,\"cpus\":\"1\"}]}", list, texts[i]);
		struct domain_source t = { 0 };
		struct json *j = json_new(JSON_OBJECT);
		char *text;

		make(&s, &c, present, false);
		assert_null(read(&c, 0));
		assert_non_null(read(&c, 1));
		assert_null(read(&c, 2));
		assert_int_equal(c.at_cpus.line, CONFIG_LINE_KEPT);
		domain_source_to_json(&s, j);
		domain_source_from_json(&t, j);
		assert_non_null(present_affinity(&t.present, kind, 1));
		text = config_cpus_text(present_affinity(&t.present, kind, 1));
		assert_string_equal(text, texts[i]);
		free(text);
		free(present);
		domain_source_free(&t);
		drop(&s, &c);
		json_free(j);
	}
}

static void affinity(void **state)
{
	kept_affinity(PRESENT_HARD, "affinity", domain_config_cpus);
	kept_affinity(PRESENT_SOFT, "soft_affinity", domain_config_soft_cpus);
}

static void through_json(void **state)
{
	struct domain_source s, t = { 0 };
	struct json *j = json_new(JSON_OBJECT);
	struct domain_config c;

	make(&s, &c, "{\"target_kib\":358400,\"had_kib\":204800,\"online\":[0,3],\"weight\":300,\"cap\":70,"
		     "\"pci\":[\"00:05.0\",\"0001:06:07.1@1f,msitranslate=1,power_mgmt=1\"]}", false);
	domain_source_to_json(&s, j);
	domain_source_from_json(&t, j);
	assert_string_equal(t.file, "g.cfg");
	assert_string_equal(t.text, TEXT);
	assert_true(t.present.known);
	assert_int_equal(t.present.target_kib, 358400);
	assert_int_equal(t.present.had_kib, 204800);
	assert_int_equal(online_mask(&t), 9);
	assert_int_equal(t.present.weight, 300);
	assert_int_equal(t.present.cap, 70);
	assert_int_equal(t.present.pci_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(t.present.pcis[i].address, s.present.pcis[i].address);
		assert_int_equal(t.present.pcis[i].vslot, s.present.pcis[i].vslot);
		assert_int_equal(t.present.pcis[i].msitranslate, s.present.pcis[i].msitranslate);
		assert_int_equal(t.present.pcis[i].power_mgmt, s.present.pcis[i].power_mgmt);
	}
	domain_source_free(&t);
	drop(&s, &c);
	json_free(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_is_the_configuration), cmocka_unit_test(memory), cmocka_unit_test(vcpus),
		cmocka_unit_test(devices_and_share), cmocka_unit_test(places), cmocka_unit_test(targets), cmocka_unit_test(affinity), cmocka_unit_test(through_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
