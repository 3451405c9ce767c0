/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings as the manual pages of Xen 4.17 and files of real hosts have them, each with the configuration read from it. */
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

/* A text and the configuration read from it; " ~ " stands before a warning, "! " before the reason of a refusal. */
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
		for (char *line = warnings.data, *end; line && (end = strchr(line, '\n')); line = end + 1)
			strbuf_printf(&b, " ~ %.*s", (int)(end - line - 2), line + 2);
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
	for (char *warning = strstr(result, " ~ 3: "); warning; warning = strstr(warning + 1, " ~ 3: "))
		memmove(warning + 3, warning + 8 + strlen(key), strlen(warning + 8 + strlen(key)) + 1);
	return result;
}

static void check_forms(const char *key, const struct form *forms, size_t count,
			char *(*read)(const char *key, const char *text))
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
		{ "36:00.0,seize=1", "0000:36:00.0 at -1 seize" }, { "36:00.0,seize=2", "! seize is 0 or 1" },
		{ "36:00.*", "0000:36:00.* at -1" }, { "0001:36:1f.*@3,permissive=1", "0001:36:1f.* at 3 permissive" },
		{ "36:00.8", "! \"36:00.8\" is no device's address" }, { "36:00.", "! \"36:00.\" is no device's address" },
		{ "36:00.**", "! \"36:00.**\" is no device's address" }, { "36:*", "! \"36:*\" is no device's address" },
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
		{ "cpus=['0','1','2','3','4']", GUEST("vcpu 0 on 0; vcpu 1 on 1; vcpu 2 on 2; vcpu 3 on 3; ")
		  " ~ 2: cpus: 5 sets of CPUs for 4 vCPUs: those beyond are ignored" },
		{ "cpus_soft='0-2,^1'", GUEST("vcpu 0 prefers 0 2; vcpu 1 prefers 0 2; vcpu 2 prefers 0 2; vcpu 3 prefers 0 2; ") },
		{ "cpus=['0-1']\ncpus_soft=['0','2']", GUEST("vcpu 0 on 0 1; vcpu 0 prefers 0; vcpu 1 prefers 2; ") },
		{ "cpus_soft=['0','1','2','3','4']", GUEST("vcpu 0 prefers 0; vcpu 1 prefers 1; vcpu 2 prefers 2; vcpu 3 prefers 3; ")
		  " ~ 2: cpus_soft: 5 sets of CPUs for 4 vCPUs: those beyond are ignored" },
		{ "cpus_soft='0-'", "! 2: cpus_soft: \"0-\" is no set of CPUs" },
		{ "cpus=['0-3']", GUEST("vcpu 0 on 0 1 2 3; ") }, { "cpus=[]", GUEST("") },
		/* Node 0 has all CPUs; whether a node is there is for the host to say (test_check). */
		{ "cpus=['0','node:0,^4-511']", GUEST("nodes below 1; vcpu 0 on 0; vcpu 1 on 0 1 2 3; ") },
		{ "cpus=['all,^node:0,2']", GUEST("nodes below 1; vcpu 0 on 2; ") },
		{ "cpus=['nodes:0-3,^node:2,^1-511']", GUEST("nodes below 4; vcpu 0 on 0; ") },
		{ "cpus=['1,node:1,^6']", GUEST("nodes below 2; vcpu 0 on 1; ") },
		{ "cpus_soft=['node:0, ^node:3, ^2-511']", GUEST("nodes below 4; vcpu 0 prefers 0 1; ") },
		{ "cpus='node0'", "! 2: cpus: \"node0\" is no set of CPUs" }, { "cpus='nodes:2-1'", "! 2: cpus: \"nodes:2-1\" is no set of CPUs" },
		{ "cpus='node:'", "! 2: cpus: \"node:\" is no set of CPUs" }, { "cpus='node:all'", "! 2: cpus: \"node:all\" is no set of CPUs" },
	};

	check_forms("a guest", forms, sizeof(forms) / sizeof(*forms), read_classic);
}

/* Lines of a guest that has only a name and a kernel; the settings that such a guest has anyway are left out. */
static char *read_file(const char *key, const char *text)
{
	static const char *const anyway[] = { "memory 128 of 128; vcpus 1 of 1; ", "memory 128 of 128; ", "vcpus 1 of 1; ",
					      "on destroy restart destroy destroy; " };
	char *file = mem_printf("name='a';kernel='/k'\n%s", text), *result = read_text(file, show_config), *at;

	for (size_t i = 0; i < sizeof(anyway) / sizeof(*anyway); i++)
		if ((at = strstr(result, anyway[i])))
			memmove(at, at + strlen(anyway[i]), strlen(at + strlen(anyway[i])) + 1);
	free(file);
	return result;
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

/* Elements inside <domain>, of a guest with a name and a kernel. */
static char *read_small_xml(const char *key, const char *text)
{
	char *file = mem_printf("<domain><name>a</name><os><kernel>/k</kernel></os>\n%s</domain>", text), *result = read_text(file, show_config);

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
		{ PCI("managed='yes'", ""), XML_GUEST END "0000:05:00.1 at -1 seize; " },
		{ "<devices><hostdev type='pci'><source><address bus='5' slot='0' function='*'/></source></hostdev></devices>",
		  XML_GUEST END "0000:05:00.* at -1; " },
		{ "<devices><hostdev type='pci'><source><address bus='*' slot='0' function='0'/></source></hostdev></devices>",
		  "! 2: address: bus is no number up to 0xff" },
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

	static const struct form small[] = {
		{ "<memory unit='MiB'>64</memory>", "name a; kernel /k; memory 64 of 64; vcpus 1 of 1; " END },
		{ "<currentMemory unit='MiB'>64</currentMemory>", "name a; kernel /k; memory 64 of 64; vcpus 1 of 1; " END },
		{ "<currentMemory unit='MiB'>64</currentMemory><memory unit='MiB'>96</memory>",
		  "name a; kernel /k; memory 64 of 96; vcpus 1 of 1; " END },
		{ "<vcpu current='2'/>", "! 2: vcpu: \"\" is not a number" },
	};

	check_forms("domain", forms, sizeof(forms) / sizeof(*forms), read_xml);
	check_forms("small domain", small, sizeof(small) / sizeof(*small), read_small_xml);
}

/* xl-disk-configuration(5) and xen-vbd-interface(7). Debian's libxlutil 4.17 reads or refuses the first ones likewise. */
static void test_disks(void **state)
{
	static const struct form forms[] = {
		{ "/dev/vg/guest-volume,,hda", "/dev/vg/guest-volume as hda (768), rw" },
		{ "/dev/vg/guest-volume,raw,hda,rw", "/dev/vg/guest-volume as hda (768), rw" },
		{ "format=raw, vdev=hda, access=rw, target=/dev/vg/guest-volume", "/dev/vg/guest-volume as hda (768), rw" },
		{ "raw:/dev/vg/guest-volume,hda,w", "/dev/vg/guest-volume as hda (768), rw" },
		{ "/root/image.iso,,hdc,cdrom", "/root/image.iso as hdc (5632), ro cdrom" },
		{ "/root/image.iso,,hdc,,cdrom", "/root/image.iso as hdc (5632), ro cdrom" },
		{ "/root/image.iso,raw,hdc,devtype=cdrom", "/root/image.iso as hdc (5632), ro cdrom" },
		{ "format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/root/image.iso", "/root/image.iso as hdc (5632), ro cdrom" },
		{ "raw:/root/image.iso,hdc:cdrom,ro", "/root/image.iso as hdc (5632), ro cdrom" },
		{ ",hdc:cdrom,r", " ~ an empty drive is left out: nothing could be put into it later" },
		{ "vdev=hdc,cdrom", " ~ an empty drive is left out: nothing could be put into it later" },
		{ "vdev=hdc,devtype=cdrom,target=", " ~ an empty drive is left out: nothing could be put into it later" },
		{ "phy:,hdc:cdrom,r", " ~ an empty drive is left out: nothing could be put into it later" },
		{ "cdrom", "! no vdev, the guest's name for the disk" }, { "tap2:cdrom,/a,hdc,r", "/a as hdc (5632), ro cdrom" },
		{ "tap:aio:/some/path,xvda,w", "/some/path as xvda (51712), rw" },
		{ "tap:tapdisk:aio:/a,xvda,w", "/a as xvda (51712), rw" }, { "tap2:tapdisk:aio:/a,xvda,w", "/a as xvda (51712), rw" },
		{ "tap2:aio:/a,xvda,w", "/a as xvda (51712), rw" }, { "tapdisk:/a,xvda,w", "/a as xvda (51712), rw" },
		{ "tap:/a,xvda,w", "/a as xvda (51712), rw" }, { "aio:raw:/a,xvda,w", "/a as xvda (51712), rw" },
		{ "file:/a,ioemu:hda,w", "/a as hda (768), rw" }, { "file:/a,ioemu:hdc:cdrom,r", "/a as hdc (5632), ro cdrom" },
		{ "/a,ioemu:hdc:cdrom,r", "/a as hdc (5632), ro cdrom" }, { "/a,hdc:cdrom,r", "/a as hdc (5632), ro cdrom" },
		{ "ioemu:hdc:cdrom", "! no vdev, the guest's name for the disk" },
		{ "phy:/dev/x,hda,w,", "phy /dev/x as hda (768), rw" }, { "phy:/dev/x,hda,", "phy /dev/x as hda (768), rw" },
		{ "/a,raw,xvda,rw,", "/a as xvda (51712), rw" }, { "/a,raw,xvda,", "/a as xvda (51712), rw" },
		{ "vdev=xvda,target=/a,", "/a as xvda (51712), rw" }, { "vdev=xvda,target=/a,b,,", "/a,b, as xvda (51712), rw" },
		/* Debian's gives a writable disk: there an empty place takes the access back to its default. */
		{ "file:/a,xvda,access=ro,,discard", "/a as xvda (51712), ro" },
		{ "/a,,xvda,,", "/a as xvda (51712), rw" }, { " /a,raw, xvda, ro", "/a as xvda (51712), ro" },
		{ "phy:vg/x,xvda,w", "phy /dev/vg/x as xvda (51712), rw" }, { "phy:/a,xvda", "phy /a as xvda (51712), rw" },
		{ "/a,raw,0x1,w", "/a as 0x1 (1), rw" }, { "phy:/dev/wd0e,0x1,w", "phy /dev/wd0e as 0x1 (1), rw" },
		{ "/a,raw,d0p1,r", "/a as d0p1 (51713), ro" }, { "/a,raw,51712,w", "/a as 51712 (51712), rw" },
		{ "/a,raw,xvda:cdrom,w", "/a as xvda (51712), ro cdrom" }, { "file:/a,xvda:disk,w", "/a as xvda (51712), rw" },
		{ "backend=0,backendtype=phy,vdev=xvda,target=/a", "/a as xvda (51712), rw" },
		{ "backendtype=qdisk,vdev=xvda,target=/a",
		  "/a as xvda (51712), rw ~ backendtype qdisk is ignored: blkback serves the disk" },
		{ "direct-io-safe,discard,specification=xen,vdev=xvda,target=/a", "/a as xvda (51712), rw" },
		{ "untrusted,vdev=xvda,target=/a", "/a as xvda (51712), rw untrusted" },
		{ "trusted=no,vdev=xvda,target=/a", "! trusted is 0 or 1" }, { "discard=off,vdev=xvda,target=/a", "! discard is 0 or 1" },
		{ "specification=virtio,vdev=xvda,target=/a", "! specification virtio is not supported, only xen is" },
		{ "qcow2:/a,xvda,w", "! format qcow2 is not supported, only raw is" },
		{ "/a,qcow2,xvda,w", "! format qcow2 is not supported, only raw is" },
		{ "drbd:r0,xvda,w", "! a disk's script is not supported" },
		{ "script=block-x,vdev=xvda,target=a", "! a disk's script is not supported" },
		{ "backend=storage,vdev=xvda,target=/a", "! backend storage is not supported, only domain 0 is" },
		{ "http:/a,xvda,r", "! http: is not supported, only phy: and file: are" },
		{ "access=RO,vdev=xvda,target=/a", "! access \"RO\" is not known, only r, ro, w, rw and w! are" },
		{ "/a,xvda,w", "! format xvda is not supported, only raw is" }, { "xvda", "! no vdev, the guest's name for the disk" },
		{ "colo,vdev=xvda,target=/a", "! target is given twice" }, { "", "! no target, the file or device in domain 0" },
		/* Ours alone. */
		{ "phy:/dev/x,xvda,w!", "phy /dev/x as xvda (51712), rw shared" }, { "/a, raw , xvda , ro ", "/a as xvda (51712), ro" },
		{ "vdev = xvda, target=/a", "/a as xvda (51712), rw" },
	};

	CHECK_FORMS("disk", forms);
}

/* xl-network-configuration(5) */
static void test_vifs(void **state)
{
	static const struct form forms[] = {
		{ "", "vif" }, { "mac=00:16:3E:74:34:32", "vif mac 00:16:3e:74:34:32" },
		{ "mac=00:16:3E:74:3d:76,model=rtl8139,bridge=xenbr0", "vif mac 00:16:3e:74:3d:76 bridge xenbr0" },
		{ "mac=00:16:3e:5f:48:e4,bridge=xenbr1", "vif mac 00:16:3e:5f:48:e4 bridge xenbr1" },
		{ "mac=0:16:3e:5:8:e", "vif mac 00:16:3e:05:08:0e" }, { "mac=00-16-3E-5F-48-E4", "vif mac 00:16:3e:5f:48:e4" },
		{ "mac=00-16:3e-5f:48-e4", "! \"00-16:3e-5f:48-e4\" is no MAC address, six pairs of hexadecimal digits with colons" },
		{ "mac=00:16:3e:5f:48", "! \"00:16:3e:5f:48\" is no MAC address, six pairs of hexadecimal digits with colons" },
		{ "mac=01:16:3e:5f:48:e4", "! 01:16:3e:5f:48:e4 is a multicast address" },
		{ "rate=10Mb/s", "vif rate 62500/50000" }, { "rate=250KB/s", "vif rate 12500/50000" },
		{ "rate=1MB/s@20ms", "vif rate 20000/20000" }, { "bridge=a,", "vif bridge a" },
		{ "type=vif,script=vif-route,ip=10.0.0.1", "vif script /etc/xen/scripts/vif-route ip 10.0.0.1" },
		{ "type=ioemu,model=e1000", "vif ~ type=ioemu is ignored: it is for HVM guests" },
		{ "gatewaydev=eth1,script=vif-route", "vif script /etc/xen/scripts/vif-route gatewaydev eth1" },
		{ "netdev=eth1", "vif gatewaydev eth1" }, { "netdev=eth1,gatewaydev=eth2", "! gatewaydev is given twice" },
		{ "mtu=1400,untrusted", "vif mtu 1400 untrusted" }, { "mtu=9k", "! mtu \"9k\" is no number from 68 to 65535" },
		{ "devid=0", "vif" }, { "devid=3", "! devid=3 is not supported: cards are numbered in the list's order" },
		{ "trusted=false", "! trusted is 0 or 1" }, { "trusted,untrusted", "! trusted is given twice" }, { "backend=net0", "! backend net0 is not supported, only domain 0 is" },
		/* libxlutil 4.17 takes the last for seconds, its manual for microseconds. */
		{ "rate=1000/s", "! rate \"1000/s\" is not understood" }, { "rate=10Mb", "! rate \"10Mb\" is not understood" },
		{ "rate=10Mb/s@10us", "vif rate 12/10" }, { "rate=10Mb/s@1s", "vif rate 1250000/1000000" },
		{ "rate=1Gb/s", "vif rate 6250000/50000" }, { "rate=10Mb/s@10", "vif rate 12/10" }, { "rate=10Mb/s@10m", "! rate \"10Mb/s@10m\" is not understood" },
		{ "name=eth1", "! unknown key name, did you mean vifname?" }, { "brigde=a", "! unknown key brigde, did you mean bridge?" },
	};

	CHECK_FORMS("vif", forms);
}

/* xl-pci-configuration(5). libxlutil 4.17 refuses the manual's slot too: 20 is hexadecimal, and a bus has 32 slots. */
static void test_pcis(void **state)
{
	static const struct form forms[] = {
		{ "36:00.0@20,seize=1", "! \"20\" is no slot, 0 to 1f" }, { "36:00.0@8", "0000:36:00.0 at 8" },
		{ "bdf=36:00.0,vslot=8,seize=0", "0000:36:00.0 at 8" }, { "0001:36:00.0", "0001:36:00.0 at -1" },
		{ "00:05.0,permissive=1,msitranslate=1", "0000:00:05.0 at -1 permissive msitranslate" },
		{ "00:05.0,power_mgmt=1", "0000:00:05.0 at -1 power_mgmt" }, { "36:00.0,permissive=", "0000:36:00.0 at -1" },
		{ "36:00.0,permissive=yes", "! permissive is 0 or 1" }, { "36:00.*", "0000:36:00.* at -1" },
		{ "36:00.0@8@9", "! \"8@9\" is no slot, 0 to 1f" }, { "36:00.8", "! \"36:00.8\" is no device's address" },
		{ "36:00.0,rdm_policy=strict", "0000:36:00.0 at -1 ~ rdm_policy is ignored: it is for HVM guests" },
		{ "name=x", "! unknown key name" },
	};

	CHECK_FORMS("pci", forms);
}

/* Settings beside the lists: xl.cfg(5), and files of xen-tools, Ganeti and xm. */
static void test_files(void **state)
{
	static const struct form forms[] = {
		{ "extra = 5", "name a; kernel /k; cmdline 5; " },
		{ "extra = 010", "name a; kernel /k; cmdline 010; " }, { "memory = 0400", "name a; kernel /k; memory 256 of 256; " },
		{ "extra = \"\\101\\x42\\103D\\71\"", "name a; kernel /k; cmdline ABCD9; " },
		{ "extra = '\\ta\\zb\\\\n'", "name a; kernel /k; cmdline \ta\\zb\\n; " },
		{ "extra = 'a\\0'", "! 2: extra: a \\0 that is no character" },
		{ "extra = 'a\\777'", "! 2: extra: a \\7 that is no character" },
		{ "extra = 'a\\xg'", "! 2: extra: a \\x that is no character" },
		{ "extra = 'a'\nextra += 'b'", "name a; kernel /k; cmdline ab; " },
		{ "extra += 'b'", "name a; kernel /k; cmdline b; " }, { "extra = 'a='\nextra += 5", "name a; kernel /k; cmdline a=5; " },
		{ "vcpus += 2", "name a; kernel /k; vcpus 2 of 2; " },
		{ "vcpus = 1\nvcpus += 2", "! 3: vcpus: nothing that += could add to" },
		{ "extra = 'a'\nextra += ['b']", "! 3: extra: nothing that += could add to" },
		{ "disk = ['/a,,xvda']\ndisk += ['/b,,xvdb']", "name a; kernel /k; /a as xvda (51712), rw; /b as xvdb (51728), rw; " },
		{ "vcpus = True", "! 2: vcpus: wants a number, not True or False" },
		{ "folder='/srv/g'\nkernel='vmlinuz'\nramdisk='./initrd'\ndisk=['a.img,,xvda', 'phy:vg/b,xvdb,r']",
		  "name a; kernel /srv/g/vmlinuz; ramdisk /srv/g/./initrd; /srv/g/a.img or /dev/a.img as xvda (51712), rw; "
		  "phy /dev/vg/b as xvdb (51728), ro;  ~ 1: kernel: ignored: line 3 sets it again" },
		{ "folder='/'\nramdisk='initrd'", "name a; kernel /k; ramdisk /initrd; " },
		{ "folder='srv'", "! 2: folder: \"srv\" is no absolute path" },
		{ "ramdisk='initrd'", "! 2: ramdisk: initrd is no absolute path" },
		{ "device_model_version = 'qemu-xen'\nserial='pty'\nusb=1",
		  "name a; kernel /k;  ~ 2: device_model_version: ignored: there is no device model ~ 3: serial: ignored: it is for "
		  "HVM guests: use xm console ~ 4: usb: ignored: it is for HVM guests" },
		{ "on_xend_start='ignore'\npool='Pool-0'\nlocaltime=0", "name a; kernel /k; " },
		{ "on_xend_start='start'", "! 2: on_xend_start: not supported" }, { "pool='Pool-1'", "! 2: pool: not supported" },
		{ "vpmu=1", "name a; kernel /k;  ~ 2: vpmu: ignored: it is for Arm guests" },
		{ "cap=20\ncpu_cap=50", "name a; kernel /k; cap 50;  ~ 2: cap: ignored: line 3 sets it again" },
		{ "cpu_weight=512\ncpu_cap=50", "name a; kernel /k; weight 512; cap 50; " }, { "tsc_mode='1'", "name a; kernel /k; tsc 1; " },
		{ "vcpus = '2'\nmemory='256'\nroot='/dev/xvda2 ro'\ndisk=[ 'file:/srv/disk.img,xvda2,w', 'file:/srv/swap.img,xvda1,w', ]\n"
		  "dhcp='dhcp'\nvif=[ 'mac=00:16:3E:12:34:56' ]\non_poweroff='destroy'\non_reboot='restart'\non_crash='restart'",
		  "name a; kernel /k; cmdline root=/dev/xvda2 ro; memory 256 of 256; vcpus 2 of 2; on destroy restart restart destroy; "
		  "/srv/disk.img as xvda2 (51714), rw; /srv/swap.img as xvda1 (51713), rw; vif mac 00:16:3e:12:34:56; "
		  " ~ 6: dhcp: ignored: put ip=dhcp into extra, or configure the network inside the guest" },
		{ "type='pv'; builder='generic'", "name a; kernel /k; " }, { "type='hvm'", "! 2: type: hvm guests are not supported" },
		{ "type='pvh'", "! 2: type: pvh guests are not supported" }, { "firmware='pvgrub64'", "! 2: firmware: not supported" },
		{ "vnuma = [ ['pnode=0','size=512','vcpus=0-4','vdistances=10,20'] ]", "! 2: vnuma: not supported" },
		{ "max_event_channels=4095\nmax_grant_frames=64\nmax_maptrack_frames=1024\nmax_grant_version=2",
		  "name a; kernel /k; grant frames 64; maptrack frames 1024; event channels 4095; " },
		{ "max_grant_version=1", "! 2: max_grant_version: not supported" },
		{ "bootloader='pygrub'", "! 2: bootloader: not supported" },
		{ "bootargs='x'", "name a; kernel /k;  ~ 2: bootargs: ignored: there is no bootloader" },
	};

	check_forms("file", forms, sizeof(forms) / sizeof(*forms), read_file);
}

/* The keys that the manual of 4.17 describes: each is set, refused or ignored by name. */
static void test_keys(void **state)
{
	static const char *const keys[] = {
		"acpi", "acpi_firmware", "acpi_laptop_slate", "acpi_s3", "acpi_s4", "altp2m", "altp2mhvm", "apic", "bios",
		"bios_path_override", "boot", "bootloader", "bootloader_args", "builder", "cap", "channel", "cmdline",
		"cpu_weight", "cpuid", "cpus", "cpus_soft", "device_model_args", "device_model_args_hvm",
		"device_model_args_pv", "device_model_override", "device_model_stubdomain_override",
		"device_model_stubdomain_seclabel", "device_model_user", "device_model_version", "device_tree", "disk",
		"dm_restrict", "driver_domain", "dtdev", "e820_host", "extra", "firmware", "gfx_passthru", "gic_version",
		"hap", "hdtype", "hpet", "init_seclabel", "iomem", "ioports", "irqs", "kernel", "keymap", "localtime",
		"max_event_channels", "max_grant_frames", "max_grant_version", "max_maptrack_frames", "maxmem", "maxvcpus",
		"mca_caps", "memory", "mmio_hole", "ms_vm_genid", "msr_relaxed", "name", "nestedhvm", "nographic",
		"nomigrate", "nx", "on_crash", "on_poweroff", "on_reboot", "on_soft_reset", "on_watchdog", "oos", "opengl",
		"p9", "pae", "passthrough", "pci", "pci_msitranslate", "pci_permissive", "pci_power_mgmt", "pci_seize",
		"pool", "pvcalls", "pvshim", "pvshim_cmdline", "pvshim_extra", "pvshim_path", "ramdisk", "rdm",
		"rdm_mem_boundary", "root", "rtc_timeoffset", "sdl", "seclabel", "serial", "shadow_memory", "smbios_firmware",
		"soundhw", "spice", "spice_clipboard_sharing", "spice_image_compression", "spice_streaming_video",
		"spiceagent_mouse", "spicedisable_ticketing", "spicehost", "spicepasswd", "spiceport", "spicetls_port",
		"spiceusbredirection", "spicevdagent", "stdvga", "stubdomain_cmdline", "stubdomain_kernel",
		"stubdomain_memory", "stubdomain_ramdisk", "tee", "timer_mode", "tsc_mode", "type", "usb", "usbctrl",
		"usbdev", "usbdevice", "usbversion", "uuid", "vcpus", "vdispl", "vendor_device", "vfb", "vga", "videoram",
		"vif", "viridian", "vkb", "vkb_device", "vmtrace_buf_kb", "vnc", "vncdisplay", "vnclisten", "vncpasswd",
		"vncunused", "vnuma", "vpmu", "vpt_align", "vsnd", "vtpm", "vuart", "xen_platform_pci",
		"xend_suspend_evtchn_compat",
	};
	struct strbuf unknown = { 0 };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		char *line = mem_printf("%s = None", keys[i]), *result = read_file("file", line);

		if (strstr(result, "unknown key"))
			strbuf_printf(&unknown, " %s", keys[i]);
		free(result);
		free(line);
	}
	if (unknown.len)
		fail_msg("not known:%s", unknown.data);
}

static char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r");
	struct strbuf b = { 0 };
	int c;

	if (!f)
		fail_msg("%s is not there", path);
	while ((c = getc(f)) != EOF)
		strbuf_putc(&b, c);
	fclose(f);
	return strbuf_take(&b);
}

/* The files that are installed as examples, without a warning. */
static void test_examples(void **state)
{
	static const struct form files[] = {
		{ "guest1.cfg", "name guest1; " }, { "guest1.xml", "name guest1; " }, { "guest2.cfg", "name guest2; " },
		{ "smp.cfg", "name smp; " }, { "tiny.cfg", "name tiny; " },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char *path = mem_printf("../examples/%s", files[i].text), *text = read_whole(path), *result = read_text(text, show_config);

		if (strncmp(result, files[i].result, strlen(files[i].result)) || strstr(result, " ~ "))
			fail_msg("%s: %s", path, result);
		free(result);
		free(text);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places), cmocka_unit_test(test_cpus), cmocka_unit_test(test_xml),
		cmocka_unit_test(test_disks), cmocka_unit_test(test_vifs), cmocka_unit_test(test_pcis), cmocka_unit_test(test_files),
		cmocka_unit_test(test_keys), cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests_name("config_forms", tests, NULL, NULL);
}
