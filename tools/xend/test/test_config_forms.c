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
#include "../config.h"
#include "show_config.h"

/* The text of an item, and what it is read as; where that starts with "! ", the reason why it is refused. */
struct form {
	const char *text, *result;
};

/* Reads the text of a file; the caller frees the answer. An error is "! ", its line and key, and its reason. */
static char *read_text(const char *text, void (*show)(struct strbuf *b, const struct domain_config *c))
{
	struct config_source source = { .file = "t", .text = text, .len = strlen(text) };
	struct strbuf b = { 0 }, warnings = { 0 };
	struct config_error err = { 0 };
	struct domain_config c;

	if (domain_config_read(&source, &c, &warnings, &err) < 0) {
		strbuf_printf(&b, "! %.*s", (int)strcspn(err.text + 2, ";"), err.text + 2);
	} else {
		show(&b, &c);
		domain_config_free(&c);
	}
	config_error_free(&err);
	strbuf_free(&warnings);
	return strbuf_take(&b);
}

static void show_first_device(struct strbuf *b, const struct domain_config *c)
{
	if (c->disk_count)
		show_disk(b, c->disks);
	else if (c->vif_count)
		show_vif(b, c->vifs);
	else if (c->pci_count)
		show_pci(b, c->pcis);
}

/* Reads one item of the list @key. An error is "! " and its reason. */
static char *read_form(const char *key, const char *text)
{
	char *file = mem_printf("name='a'\nkernel='/k'\n%s=[\"%s\"]\n", key, text), *prefix = mem_printf("! 3: %s: ", key);
	char *result = read_text(file, show_first_device);

	if (!strncmp(result, prefix, strlen(prefix)))
		memmove(result + 2, result + strlen(prefix), strlen(result + strlen(prefix)) + 1);
	free(prefix);
	free(file);
	return result;
}

static void check_forms(const char *key, const struct form *forms, size_t count, char *(*read)(const char *key, const char *text))
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		char *result = read(key, forms[i].text);

		if (strcmp(result, forms[i].result)) {
			wrong++;
			print_error("%s \"%s\"\n    is read as  %s\n    should be   %s\n", key, forms[i].text, result, forms[i].result);
		}
		free(result);
	}
	if (wrong)
		fail_msg("%zu of %zu texts of %s are read wrongly", wrong, count, key);
}

#define CHECK_FORMS(key, forms) check_forms(key, forms, sizeof(forms) / sizeof(*(forms)), read_form)

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

/* Lines of a guest of the classic syntax, of one that has two vCPUs and may have four. */
static char *read_classic(const char *key, const char *text)
{
	char *file = mem_printf("name='a';kernel='/k';vcpus=2;maxvcpus=4\n%s", text), *result = read_text(file, show_config);

	free(file);
	return result;
}

static void test_cpus(void **state)
{
#define GUEST(cpus) "name a; kernel /k; memory 128 of 128; vcpus 2 of 4; " cpus "on destroy restart destroy destroy; "
	static const struct form forms[] = {
		{ "", GUEST("") },
		{ "cpus='0-2,^1'", GUEST("vcpu 0 on 0 2; vcpu 1 on 0 2; vcpu 2 on 0 2; vcpu 3 on 0 2; ") },
		{ "cpus=3", GUEST("vcpu 0 on 3; vcpu 1 on 3; vcpu 2 on 3; vcpu 3 on 3; ") },
		{ "cpus=['0','1']", GUEST("vcpu 0 on 0; vcpu 1 on 1; ") },
		{ "cpus=['2','3-8,^5']", GUEST("vcpu 0 on 2; vcpu 1 on 3 4 6 7 8; ") },
		{ "cpus=[1,0,3,2]", GUEST("vcpu 0 on 1; vcpu 1 on 0; vcpu 2 on 3; vcpu 3 on 2; ") },
		{ "cpus=['0','1','2','3','4']", GUEST("vcpu 0 on 0; vcpu 1 on 1; vcpu 2 on 2; vcpu 3 on 3; ") },
		{ "cpus=['0-3']", GUEST("vcpu 0 on 0 1 2 3; ") }, { "cpus=[]", GUEST("") },
		{ "cpus=['0','nodes:1']", "! 2: cpus: \"nodes:1\": NUMA nodes are not supported" },
	};

	check_forms("a guest", forms, sizeof(forms) / sizeof(*forms), read_classic);
}

/* Elements inside <domain>, of the same guest. */
static char *read_xml(const char *key, const char *text)
{
	char *file = mem_printf("<domain type='xen'><name>a</name><vcpu current='2'>4</vcpu><memory>131072</memory>"
				"<os><kernel>/k</kernel></os>\n%s</domain>", text);
	char *result = read_text(file, show_config);

	free(file);
	return result;
}

#define END "on destroy restart destroy destroy; "
#define XML_GUEST "name a; kernel /k; memory 128 of 128; vcpus 2 of 4; "
#define DISK(inner) "<devices><disk type='file'>" inner "<target dev='xvda'/></disk></devices>"
#define VIF(inner) "<devices><interface type='bridge'>" inner "</interface></devices>"
#define PCI(attributes, inner) "<devices><hostdev mode='subsystem' type='pci' " attributes "><source>" \
	"<address domain='0x0000' bus='0x05' slot='0x00' function='0x1'/></source>" inner "</hostdev></devices>"

/* Each element and attribute is read, or refused by name. */
static void test_xml(void **state)
{
	static const struct form forms[] = {
		{ "", XML_GUEST END },
		{ VIF("<ip address='10.0.0.2'/><ip address='10.0.0.3'/>"), XML_GUEST END "vif ip 10.0.0.2 10.0.0.3; " },
		{ VIF("<ip address='10.0.0.2' prefix='24'/>"), "! 2: ip@prefix: not supported" },
		{ VIF("<mac address='00:16:3e:00:00:01'/><mac address='00:16:3e:00:00:02'/>"), "! 2: interface: mac is given twice" },
		{ VIF("<bandwidth><outbound average='1000'/></bandwidth>"), XML_GUEST END "vif rate 50000/50000; " },
		{ VIF("<bandwidth><inbound average='1000'/></bandwidth>"), "! 2: inbound: not supported" },
		{ VIF("<bandwidth><outbound average='1000' peak='5'/></bandwidth>"), "! 2: outbound: unknown attribute peak" },
		{ VIF("<link state='down'/>"), "! 2: interface: unknown element <link>" },
		{ "<clock offset='utc'/>", XML_GUEST END }, { "<clock offset='utc' adjustment='reset'/>", XML_GUEST END },
		{ "<clock offset='variable' adjustment='-3600' basis='utc'/>", XML_GUEST END "offset -3600; " },
		{ "<clock offset='variable' adjustment='3600' basis='localtime'/>", "! 2: clock: not supported" },
		{ "<clock offset='localtime'/>", "! 2: clock: not supported" },
		{ "<clock offset='utc' adjustment='5'/>", "! 2: clock: an adjustment needs offset='variable'" },
		{ "<clock offset='utc'><timer name='tsc' mode='emulate'/></clock>", XML_GUEST END "tsc 1; " },
		{ "<clock offset='utc'><timer name='tsc' mode='native'/></clock>", XML_GUEST END "tsc 2; " },
		{ "<clock><timer name='tsc' mode='smpsafe'/></clock>", "! 2: timer: a TSC of that kind is not supported" },
		{ "<clock><timer name='tsc' frequency='5'/></clock>", "! 2: timer: unknown attribute frequency" },
		{ "<clock><timer name='hpet' present='no'/></clock>", XML_GUEST END },
		{ "<devices><controller type='xenbus' index='0' maxGrantFrames='64' maxEventChannels='2047'/></devices>",
		  XML_GUEST END "grant frames 64; event channels 2047; " },
		{ "<devices><controller type='xenbus' ports='4'/></devices>", "! 2: controller: unknown attribute ports" },
		{ PCI("managed='no'", ""), XML_GUEST END "0000:05:00.1 at -1; " },
		{ PCI("managed='no'", "<address type='pci' domain='0' bus='0x00' slot='0x08'/>"), XML_GUEST END "0000:05:00.1 at 8; " },
		{ PCI("managed='yes'", ""), "! 2: hostdev: seize=1 is not supported: bind the device to pciback first" },
		{ PCI("", "<source writeFiltering='no'/>"), XML_GUEST END "0000:05:00.1 at -1 permissive; " },
		{ "<devices><hostdev type='usb'/></devices>", "! 2: hostdev@type: \"usb\" is not supported" },
		{ "<devices><hostdev type='pci'><source/></hostdev></devices>", "! 2: hostdev: no device's address" },
		{ DISK("<driver name='tap' type='aio'/><source file='/a'/>"), XML_GUEST END "/a as xvda (51712), rw; " },
		{ DISK("<driver name='qemu' type='raw'/><source file='/a'/>"), XML_GUEST END "/a as xvda (51712), rw; " },
		{ DISK("<driver name='qemu' type='qcow2'/><source file='/a'/>"), "! 2: disk: format qcow2 is not supported, only raw is" },
		{ DISK("<driver name='file' discard='ignore'/><source file='/a'/>"), XML_GUEST END "/a as xvda (51712), rw no-discard; " },
		{ DISK("<driver name='file' cache='none'/><source file='/a'/>"), "! 2: driver: unknown attribute cache" },
		{ DISK("<source file='/a'/><readonly/>"), XML_GUEST END "/a as xvda (51712), ro; " },
		{ DISK("<source file='/a'/><readonly/><shareable/>"), XML_GUEST END "/a as xvda (51712), ro shared; " },
		{ DISK("<source file='/a'/><source file='/b'/>"), "! 2: disk: target is given twice" },
		{ DISK("<source file='/a'/><transient/>"), "! 2: disk: unknown element <transient>" },
		{ "<name>b</name>", "! 2: name: is given twice" }, { "<memory>262144</memory>", "! 2: memory: is given twice" },
		{ "<cputune><vcpupin vcpu='1' cpuset='3'/></cputune>", XML_GUEST "vcpu 1 on 3; " END },
		{ "<cputune><vcpupin vcpu='1' cpuset='3'/><vcpupin vcpu='1' cpuset='2'/></cputune>",
		  "! 2: vcpupin: the CPUs of vCPU 1 are given twice" },
		{ "<cputune><period>5</period></cputune>", "! 2: cputune: unknown element <period>" },
		{ "<devices><console type='file'/></devices>", "! 2: console@type: \"file\" is not supported" },
		{ "<devices>text</devices>", "! 2: devices: unexpected text \"text\"" },
		{ "<on_crash>coredump-destroy</on_crash>", "! 2: on_crash: \"coredump-destroy\" is not known here" },
		{ "<title>a <b>c</b></title><metadata><x y='z'/></metadata>", XML_GUEST END },
	};

	check_forms("domain", forms, sizeof(forms) / sizeof(*forms), read_xml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places), cmocka_unit_test(test_cpus), cmocka_unit_test(test_xml),
	};

	return cmocka_run_group_tests_name("config_forms", tests, NULL, NULL);
}
