/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts of list items, as the manual pages of Xen 4.17 and files of real hosts have them: what each is read as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/mem.h"
#include "../../lib/strbuf.h"
#include "../config_internal.h"

/* The text of an item, and what it is read as; where that starts with "! ", the reason why it is refused. */
struct form {
	const char *text, *result;
};

static void show_disk(struct strbuf *b, const struct config_disk *d)
{
	strbuf_printf(b, "%s%s as %s (%u), %s%s%s%s", d->want_phy ? "phy " : "", d->target, d->vdev, d->number,
		      d->read_only ? "ro" : "rw", d->shared ? " shared" : "", d->cdrom ? " cdrom" : "",
		      d->no_discard ? " no-discard" : "");
}

static void show_vif(struct strbuf *b, const struct config_vif *v)
{
	const unsigned char *m = v->mac;

	if (v->mac_given)
		strbuf_printf(b, "mac %02x:%02x:%02x:%02x:%02x:%02x ", m[0], m[1], m[2], m[3], m[4], m[5]);
	strbuf_printf(b, "bridge %s script %s ip %s name %s rate %llu/%u", v->bridge ? v->bridge : "-", v->script ? v->script : "-",
		      v->ip ? v->ip : "-", v->name ? v->name : "-", (unsigned long long)v->rate_bytes, v->rate_us);
}

static void show_pci(struct strbuf *b, const struct config_pci *p)
{
	strbuf_printf(b, "%s at %d%s%s%s", p->address, p->vslot, p->permissive ? " permissive" : "",
		      p->msitranslate ? " msitranslate" : "", p->power_mgmt ? " power_mgmt" : "");
}

/* Reads one item of the list @key; the caller frees the answer. An error is "! " and its reason, without place and remedy. */
static char *read_form(const char *key, const char *text)
{
	char *file = mem_printf("name='a'\nkernel='/k'\n%s=[\"%s\"]\n", key, text), *prefix = mem_printf("t.cfg:3: %s: ", key);
	struct config_source source = { .file = "t.cfg", .text = file, .len = strlen(file) };
	struct strbuf b = { 0 }, warnings = { 0 };
	struct config_error err = { 0 };
	struct domain_config c;

	if (domain_config_read(&source, &c, &warnings, &err) < 0) {
		assert_memory_equal(err.text, prefix, strlen(prefix));
		strbuf_printf(&b, "! %.*s", (int)strcspn(err.text + strlen(prefix), ";"), err.text + strlen(prefix));
	} else {
		if (c.disk_count)
			show_disk(&b, c.disks);
		else if (c.vif_count)
			show_vif(&b, c.vifs);
		else if (c.pci_count)
			show_pci(&b, c.pcis);
		domain_config_free(&c);
	}
	config_error_free(&err);
	strbuf_free(&warnings);
	free(prefix);
	free(file);
	return strbuf_take(&b);
}

static void check_forms(const char *key, const struct form *forms, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		char *result = read_form(key, forms[i].text);

		if (strcmp(result, forms[i].result)) {
			wrong++;
			print_error("%s \"%s\"\n    is read as  %s\n    should be   %s\n", key, forms[i].text, result, forms[i].result);
		}
		free(result);
	}
	if (wrong)
		fail_msg("%zu of %zu texts of %s are read wrongly", wrong, count, key);
}

#define CHECK_FORMS(key, forms) check_forms(key, forms, sizeof(forms) / sizeof(*(forms)))

/* A place is the first that was not given yet, whatever came before; nothing counts twice. */
static void test_places(void **state)
{
	static const struct form disks[] = {
		{ "vdev=xvda,ro,target=/srv/golden.img", "! target is given twice" },
		{ "vdev=xvda,ro,raw,target=/x", "! target is given twice" },
		{ "format=raw,/dev/vg/x,xvda,ro", "/dev/vg/x as xvda (51712), ro" },
		{ "access=ro,/dev/vg/x,raw,xvda", "/dev/vg/x as xvda (51712), ro" },
		{ "vdev=xvda,/a,raw,ro", "/a as xvda (51712), ro" },
		{ "/a,vdev=xvda,raw,ro", "/a as xvda (51712), ro" },
		{ "/a,raw,access=ro,xvda", "/a as xvda (51712), ro" },
		{ "vdev=xvda,format=raw,access=r,/a", "/a as xvda (51712), ro" },
		{ "/a,raw,xvda,ro,target=/b", "! target is given twice" },
		{ ",,hdc,cdrom,target=/b", "/b as hdc (5632), ro cdrom" },
		{ "vdev=xvda,vdev=xvdb,target=/a", "! vdev is given twice" },
		{ "vdev=xvda,access=ro,access=rw,target=/a", "! access is given twice" },
		{ "/a,raw,xvda,ro,access=rw", "! access is given twice" },
		{ "/a,raw,xvda,rw,ro", "! \"ro\" is one word too many" },
		{ "format=raw,format=raw,vdev=xvda,target=/a", "! format is given twice" },
		{ "devtype=disk,vdev=hdc:cdrom,target=/a", "! devtype is given twice" },
		{ "discard,no-discard,vdev=xvda,target=/a", "! discard is given twice" },
		{ "no-discard,vdev=xvda,target=/a", "/a as xvda (51712), rw no-discard" },
		{ "file:/a,vdev=xvda,ro", "/a as xvda (51712), ro" },
		{ "file:/a,xvda,access=ro", "/a as xvda (51712), ro" },
		{ "file:/a,xvda,format=raw", "/a as xvda (51712), rw" },
		{ "file:/a,raw,xvda,w", "! access \"xvda\" is not known, only r, ro, w, rw and w! are" },
		{ "format=,vdev=xvda,target=/a", "/a as xvda (51712), rw" },
		{ "vdev=xvda,target=/a,b=c,ro", "/a,b=c,ro as xvda (51712), rw" },
		{ "/a=b,raw,xvda,r", "/a=b as xvda (51712), ro" },
	};
	static const struct form vifs[] = {
		{ "mac=00:16:3e:00:00:01,bridge=a,mac=00:16:3e:00:00:02", "! mac is given twice" },
		{ "bridge=a,bridge=b", "! bridge is given twice" }, { "ip=10.0.0.1,ip=10.0.0.2", "! ip is given twice" },
		{ "rate=1Mb/s,rate=2Mb/s", "! rate is given twice" }, { "bridge=a,b", "! \"b\" is no key=value" },
	};
	static const struct form pcis[] = {
		{ "36:00.0@1f,permissive=1", "0000:36:00.0 at 31 permissive" },
		{ "36:00.0,vslot=1f,permissive=1", "0000:36:00.0 at 31 permissive" },
		{ "bdf=36:00.0,vslot=1f,permissive=1", "0000:36:00.0 at 31 permissive" },
		{ "permissive=1,36:00.0,1f", "0000:36:00.0 at 31 permissive" },
		{ "vslot=1,36:00.0@2", "! vslot is given twice" }, { "bdf=36:00.0,36:00.1", "! \"36:00.1\" is no slot, 0 to 1f" },
		{ "36:00.0,permissive=1,permissive=0", "! permissive is given twice" },
		{ "36:00.0,seize=0", "0000:36:00.0 at -1" }, { "permissive=1", "! no device's address" },
		{ "36:00.0,seize=1", "! seize=1 is not supported: bind the device to pciback first" },
	};

	CHECK_FORMS("disk", disks);
	CHECK_FORMS("vif", vifs);
	CHECK_FORMS("pci", pcis);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests_name("config_forms", tests, NULL, NULL);
}
