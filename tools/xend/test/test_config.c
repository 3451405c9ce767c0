/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of the config reader: good files, one message for each mistake, and damaged copies of the good files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/mem.h"
#include "../../lib/strbuf.h"
#include "../config_internal.h"

static const char classic[] =
	"# a guest as xl's users write it\n"
	"name = \"web1\"\n"
	"type = \"pv\"; vcpus = 2\n"
	"maxvcpus=4\n"
	"kernel = '/boot/vm' \"linuz\"\n"
	"ramdisk = \"/boot/\" + 'initrd' # a comment\n"
	"root = \"/dev/xvda1 ro\"\n"
	"extra = \"console=hvc0\"\n"
	"memory = '256'\n"
	"maxmem = 0x200\n"
	"cpus = \"0-3,^1\"\n"
	"cpu_weight = 512\ncap = 150\n"
	"disk = [ 'phy:/dev/vg/web1,xvda,w',\n"
	"\t# in between\n"
	"\t\"format=raw, vdev=xvdb, access=ro, target=/srv/a,b.img\",\n"
	"\t'/srv/c.img,raw,xvdc,rw', 'file:/srv/d.iso,hdc:cdrom,r' ]\n"
	"vif = [ 'mac=00:16:3e:00:00:01,bridge=xenbr0,rate=10Mb/s@20ms', '',\n"
	"  'script=vif-other, ip=10.0.0.2 10.0.0.3, vifname=web1.1' ]\n"
	"on_poweroff = 'destroy'\non_reboot=\"rename-restart\"\non_crash = 'preserve'\n"
	"uuid = \"01234567-89ab-cdef-0123-456789abcdef\"\n"
	"vfb = []\nvnc = 0\npae = 1\n";

static const char xml[] =
	"<?xml version='1.0'?>\n"
	"<domain type='xen'>\n"
	"  <name>web1</name>\n"
	"  <uuid>01234567-89ab-cdef-0123-456789abcdef</uuid>\n"
	"  <memory unit='MiB'>512</memory>\n"
	"  <currentMemory>262144</currentMemory>\n"
	"  <vcpu current='2' cpuset='0-3,^1'>4</vcpu>\n"
	"  <cputune><shares>512</shares></cputune>\n"
	"  <os><type>linux</type><kernel>/boot/vmlinuz</kernel><initrd>/boot/initrd</initrd>\n"
	"    <cmdline>root=/dev/xvda1 ro console=hvc0</cmdline></os>\n"
	"  <on_reboot>rename-restart</on_reboot><on_crash>preserve</on_crash>\n"
	"  <devices>\n"
	"    <disk type='block' device='disk'><driver name='phy'/><source dev='/dev/vg/web1'/><target dev='xvda' bus='xen'/></disk>\n"
	"    <disk type='file'><source file='/srv/a,b.img'/><target dev='xvdb'/><readonly/></disk>\n"
	"    <interface type='bridge'><mac address='00:16:3e:00:00:01'/><source bridge='xenbr0'/></interface>\n"
	"    <console type='pty'/>\n"
	"  </devices>\n"
	"</domain>\n";

/* Reads text; 0 or the reader's error. The caller frees c, *error. */
static int read_text(const char *text, size_t len, const char *const *overrides, size_t count, struct domain_config *c,
		     char **error)
{
	struct config_source source = { "t.cfg", text, len, overrides, count, NULL };
	struct config_error err = { 0 };
	struct strbuf warnings = { 0 };
	int ret = domain_config_read(&source, c, &warnings, &err);

	strbuf_free(&warnings);
	*error = err.text;
	return ret;
}

static void check_common(const struct domain_config *c)
{
	assert_string_equal(c->name, "web1");
	assert_int_equal(c->uuid[1], 0x23);
	assert_int_equal(c->memory_mib, 256);
	assert_int_equal(c->maxmem_mib, 512);
	assert_int_equal(c->vcpus, 2);
	assert_int_equal(c->maxvcpus, 4);
	assert_int_equal(c->hard.cpus[0], 0xd);
	assert_int_equal(c->weight, 512);
	assert_string_equal(c->kernel, "/boot/vmlinuz");
	assert_string_equal(c->ramdisk, "/boot/initrd");
	assert_string_equal(c->cmdline, "root=/dev/xvda1 ro console=hvc0");
	assert_int_equal(c->on_poweroff, ACTION_DESTROY);
	assert_int_equal(c->on_reboot, ACTION_RENAME_RESTART);
	assert_int_equal(c->on_crash, ACTION_PRESERVE);
	assert_string_equal(c->disks[0].target, "/dev/vg/web1");
	assert_true(c->disks[0].want_phy);
	assert_int_equal(c->disks[0].number, 51712);
	assert_string_equal(c->disks[1].target, "/srv/a,b.img");
	assert_true(c->disks[1].read_only);
	assert_int_equal(c->vifs[0].mac[5], 1);
	assert_string_equal(c->vifs[0].bridge, "xenbr0");
}

static void test_classic(void **state)
{
	struct domain_config c;
	char *error;

	assert_int_equal(read_text(classic, strlen(classic), NULL, 0, &c, &error), 0);
	check_common(&c);
	assert_int_equal(c.disk_count, 4);
	assert_int_equal(c.disks[2].number, 51744);
	assert_true(c.disks[3].cdrom && c.disks[3].read_only);
	assert_int_equal(c.disks[1].where.line, 16);
	assert_int_equal(c.vif_count, 3);
	assert_int_equal(c.vifs[0].rate_bytes, 25000);
	assert_string_equal(c.vifs[2].script, "/etc/xen/scripts/vif-other");
	assert_string_equal(c.vifs[2].ip, "10.0.0.2 10.0.0.3");
	domain_config_free(&c);
}

static void test_xml(void **state)
{
	struct domain_config c;
	char *error = NULL;

	if (read_text(xml, strlen(xml), NULL, 0, &c, &error) < 0)
		fail_msg("%s", error);
	check_common(&c);
	assert_int_equal(c.disk_count, 2);
	domain_config_free(&c);
}

static void test_overrides(void **state)
{
	const char *const overrides[] = { "name=db1", "memory=64", "vcpus=1", "disk=file:/a,xvda,w", "disk=file:/b,xvdb,r",
					  "vif=['mac=00:16:3e:00:00:02']", "kernel=/k", "extra=a=b c" };
	struct domain_config c;
	char *error = NULL;

	if (read_text("memory=32\ndisk=['file:/z,xvda,w']", 33, overrides, 8, &c, &error) < 0)
		fail_msg("%s", error);
	assert_string_equal(c.name, "db1");
	assert_int_equal(c.memory_mib, 64);
	assert_int_equal(c.disk_count, 2);
	assert_string_equal(c.disks[1].target, "/b");
	assert_int_equal(c.vif_count, 1);
	assert_string_equal(c.cmdline, "a=b c");
	domain_config_free(&c);
}

/* Each setting of the command line takes back what the file says, in both syntaxes. */
static void test_none_takes_back(void **state)
{
	static const char *const files[] = {
		"name='a'\nkernel='/k'\nramdisk='/r'\nmemory=64\nvcpus=2\nmaxvcpus=4\ncpus='1'\ncpu_weight=512\non_reboot='destroy'\n"
		"uuid='01234567-89ab-cdef-0123-456789abcdef'\ndisk=['/a,,xvda']\nvif=['']\npci=['00:05.0']\ntsc_mode=1\ntype='pv'\n",
		"<domain type='xen'><name>a</name><uuid>01234567-89ab-cdef-0123-456789abcdef</uuid><memory unit='MiB'>64</memory>"
		"<vcpu current='2' cpuset='1'>4</vcpu><cputune><shares>512</shares><vcpupin vcpu='1' cpuset='3'/></cputune>"
		"<os><kernel>/k</kernel><initrd>/r</initrd></os><on_reboot>destroy</on_reboot>"
		"<clock offset='utc'><timer name='tsc' mode='emulate'/></clock><devices>"
		"<disk type='file'><source file='/a'/><target dev='xvda'/></disk><interface type='bridge'/>"
		"<hostdev type='pci'><source><address bus='0' slot='5' function='0'/></source></hostdev></devices></domain>",
	};
	static const char *const overrides[] = { "ramdisk=None", "memory=None", "maxmem=None", "vcpus=None", "maxvcpus=None", "cpus=None",
						 "cpu_weight=None", "on_reboot=(None)", "uuid=None", "disk=None", "vif=None", "pci=None",
						 "tsc_mode=None", "type=None" };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct domain_config c;
		char *error = NULL;

		if (read_text(files[i], strlen(files[i]), overrides, sizeof(overrides) / sizeof(*overrides), &c, &error) < 0)
			fail_msg("%s", error);
		assert_string_equal(c.name, "a");
		assert_null(c.ramdisk);
		assert_int_equal(c.memory_mib, 128);
		assert_int_equal(c.maxmem_mib, 128);
		assert_int_equal(c.vcpus, 1);
		assert_int_equal(c.maxvcpus, 1);
		assert_null(domain_config_cpus(&c, 0));
		assert_int_equal(c.weight, 0);
		assert_int_equal(c.on_reboot, ACTION_RESTART);
		assert_false(c.uuid_given);
		assert_int_equal(c.disk_count + c.vif_count + c.pci_count, 0);
		assert_int_equal(c.tsc_mode, 0);
		domain_config_free(&c);
	}
}

/* Relative paths start in the folder of the settings, or else in that of the source. */
static void test_folder(void **state)
{
	static const struct { const char *text, *override, *kernel; } rows[] = {
		{ "name='a'\nkernel='k'", "vcpus=1", "/here/k" }, { "name='a'\nkernel='k'\nfolder='/file'", "vcpus=1", "/file/k" },
		{ "name='a'\nkernel='k'\nfolder='/file'", "folder=/line", "/line/k" },
		{ "name='a'\nkernel='k'\nfolder='/file'", "folder=None", "/here/k" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct config_source source = { .file = "t.cfg", .text = rows[i].text, .len = strlen(rows[i].text),
						.overrides = &rows[i].override, .override_count = 1, .folder = "/here" };
		struct config_error err = { 0 };
		struct strbuf warnings = { 0 };
		struct domain_config c;

		if (domain_config_read(&source, &c, &warnings, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(c.kernel, rows[i].kernel);
		domain_config_free(&c);
		strbuf_free(&warnings);
	}
}

static void test_vdev(void **state)
{
	static const struct { const char *name; long number; } table[] = {
		{ "xvda", 51712 }, { "xvda15", 51727 }, { "xvdp", 51952 }, { "xvdq", 268439552 }, { "xvda16", 268435472 },
		{ "xvdaa", 268435456 + 26 * 256 }, { "sda1", 2049 }, { "hda", 768 }, { "hdb", 832 }, { "hdc", 5632 }, { "hdd1", 5697 },
		{ "xvd", -1 }, { "xvda0", -1 }, { "xvda256", -1 }, { "sdq", -1 }, { "hde", -1 }, { "vda", -1 }, { "xvda1x", -1 },
		{ "", -1 }, { "xvd1", -1 },
		/* The examples of xen-vbd-interface(7), and numbers as they go to the store. */
		{ "d0", 51712 }, { "d0p0", 51712 }, { "d1p2", 51730 }, { "xvdb2", 51730 }, { "d536p37", 268435456 + 536 * 256 + 37 },
		{ "xvdtq37", 268435456 + 536 * 256 + 37 }, { "sdb3", 2067 }, { "hdc2", 5634 }, { "0x1", 1 }, { "51712", 51712 },
		{ "0xca00", 51712 }, { "0145000", 51712 }, { "0x1fffffff", 0x1fffffff }, { "0x20000000", -1 }, { "d", -1 }, { "d0p", -1 },
		{ "d0p256", -1 }, { "d1048576", -1 }, { "d0p1x", -1 }, { "-1", -1 }, { "1x", -1 }, { "08", -1 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (config_vdev_number(table[i].name) != table[i].number)
			fail_msg("%s is read as %ld", table[i].name, config_vdev_number(table[i].name));
}

#define BASE "name='a'\nkernel='/k'\n"

static void test_messages(void **state)
{
	static const struct { const char *text, *error; } table[] = {
		{ BASE "memroy = 5", "t.cfg:3: memroy: unknown key; did you mean memory?" },
		{ BASE "memroy = 5\nvcpsu=2;vcpus=0\nzzqqzz=1", "t.cfg:3: memroy: unknown key; did you mean memory?; also unknown: vcpsu in line 4, did you mean vcpus?; zzqqzz in line 5" },
		{ "<domain>\n<nme x='y'><z/></nme>\n<memory unt='k'>5000</memory>\n<zzqqzz/></domain>",
		  "t.cfg:2: domain: unknown element <nme>; did you mean <name>?; also unknown: attribute unt in line 3, did you mean unit?; element <zzqqzz> in line 4" },
		{ BASE "zzqqzz = 5", "t.cfg:3: zzqqzz: unknown key; see xm.cfg(5) for all keys" },
		{ BASE "vcpus = 0", "t.cfg:3: vcpus: 0 is out of range; a value from 1 to 128 is possible" },
		{ BASE "vcpus = \"two\"", "t.cfg:3: vcpus: \"two\" is not a number; write the digits alone" },
		{ BASE "memory = \"128M\"", "t.cfg:3: memory: \"128M\" is not a number of MiB; write the digits alone" },
		{ BASE "memory = 128M", "t.cfg:3: memory: 128M is not a number; write digits only, or quote the text" },
		{ BASE "memory = [1]", "t.cfg:3: memory: wants a number of MiB, not a list; memory the guest starts with, in MiB" },
		{ BASE "vcpus = True", "t.cfg:3: vcpus: wants a number, not True or False; CPUs that are online when the guest starts" },
		{ BASE "extra = [5]", "t.cfg:3: extra: wants a text, not a list; added at the end of the kernel's command line" },
		{ BASE "extra = five", "t.cfg:3: extra: five is neither a number nor quoted text; put text in quotes" },
		{ BASE "extra = 'a\nb'", "t.cfg:3: extra: text without its closing '; close it before the end of the line" },
		{ BASE "disk = [ 'a',\n'b'\n", "t.cfg:3: disk: the bracket opened here has no closing ]; close it" },
		{ BASE "disk = [ 'a' 5 ]", "t.cfg:3: disk: expected , or ] but found 5; separate items with a comma" },
		{ BASE "import os", "t.cfg:3: syntax: expected = after import; only key = value is read here, no other Python" },
		{ BASE "extra = 'a' % b", "t.cfg:3: extra: unexpected % after the value; end the statement there; expressions are not read" },
		{ BASE "= 5", "t.cfg:3: syntax: a line starts with =, which is no key; write key = value, and # before a comment" },
		{ BASE "vcpus =\n", "t.cfg:3: vcpus: there is no value after =; give one, or remove the line" },
		{ "kernel='/k'", "t.cfg:1: name: missing; add name = \"...\"" },
		{ "name='a'", "t.cfg:1: kernel: missing; add kernel = \"/boot/...\"" },
		{ BASE "builder='hvm'", "t.cfg:3: builder: hvm guests are not supported; use \"linux\" or \"generic\", or remove it" },
		{ BASE "on_crash='explode'", "t.cfg:3: on_crash: \"explode\" is not known here; use one of destroy, restart, rename-restart, preserve" },
		{ BASE "vfb=['vnc=1']", "t.cfg:3: vfb: not supported; guests have a text console only: use xm console, and remove it" },
		{ BASE "memory=64\nmaxmem=32", "t.cfg:4: maxmem: 32 MiB is less than memory, 64 MiB; raise maxmem or lower memory" },
		{ BASE "name='a b'", "t.cfg:3: name: the name has a character that is not allowed; use letters, digits and _.+:@-, at most 63, not digits alone" },
		{ BASE "name='12'", "t.cfg:3: name: 12 would be taken for a domain's number; use letters, digits and _.+:@-, at most 63, not digits alone" },
		{ BASE "cpus='0-'", "t.cfg:3: cpus: \"0-\" is no set of CPUs; write it as \"0-3,5,^2\", \"node:0\" or \"all\"" },
		{ BASE "vif=['brigde=x']", "t.cfg:3: vif: unknown key brigde, did you mean bridge?; write it as \"mac=00:16:3e:..., bridge=xenbr0\" or leave it empty for the defaults" },
		{ BASE "vif=['mac=1:2']", "t.cfg:3: vif: \"1:2\" is no MAC address, six pairs of hexadecimal digits with colons; write it as \"mac=00:16:3e:..., bridge=xenbr0\" or leave it empty for the defaults" },
		{ BASE "pci=['00:5']", "t.cfg:3: pci: \"00:5\" is no device's address; write it as \"00:05.0\", the address that lspci shows" },
		{ BASE "pci=['00:20.0']", "t.cfg:3: pci: \"00:20.0\" is no device's address; write it as \"00:05.0\", the address that lspci shows" },
		{ BASE "pci=['00:05.0x']", "t.cfg:3: pci: \"00:05.0x\" is no device's address; write it as \"00:05.0\", the address that lspci shows" },
		{ BASE "pci=['00:05.0@20']", "t.cfg:3: pci: \"20\" is no slot, 0 to 1f; write it as \"00:05.0\", the address that lspci shows" },
		{ BASE "pci=['00:05.0,permissive=2']", "t.cfg:3: pci: permissive is 0 or 1; write it as \"00:05.0\", the address that lspci shows" },
		{ BASE "pci=['00:05.1','00:05.*']", "t.cfg:3: pci: 0000:00:05.* is named twice; write it as \"00:05.0\", the address that lspci shows" },
		{ BASE "pci=['00:05.0','0000:00:05.0,permissive=1']", "t.cfg:3: pci: 0000:00:05.0 is named twice; write it as \"00:05.0\", the address that lspci shows" },
		{ BASE "disk=[\n'file:/a,xvdA,w']", "t.cfg:4: disk: vdev \"xvdA\" is no name of a disk, such as xvda, xvdb1, sda, hdc, d0p1 or 51712; write it as \"format=raw, vdev=xvda, access=rw, target=/path\" or \"file:/path,xvda,w\"" },
		{ BASE "disk=['nonsense']", "t.cfg:3: disk: no vdev, the guest's name for the disk; write it as \"format=raw, vdev=xvda, access=rw, target=/path\" or \"file:/path,xvda,w\"" },
		{ BASE "disk=['/a,qcow2,xvda,w']", "t.cfg:3: disk: format qcow2 is not supported, only raw is; write it as \"format=raw, vdev=xvda, access=rw, target=/path\" or \"file:/path,xvda,w\"" },
		{ "<domain type='xen'>\n<nme>a</nme></domain>", "t.cfg:2: domain: unknown element <nme>; did you mean <name>?" },
		{ "<domain type='xen'>\n<name>a</name>\n<memory unit='GiB'>x</memory></domain>", "t.cfg:3: memory: \"x\" is not a number; write the digits alone, and the unit as an attribute" },
		{ "<domain>\n<name>a</name", "t.cfg:2: syntax: Premature end of data in tag domain line 1; correct the XML" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct domain_config c;
		char *error = NULL;

		assert_int_equal(read_text(table[i].text, strlen(table[i].text), NULL, 0, &c, &error), -EINVAL);
		assert_string_equal(error, table[i].error);
		free(error);
	}
}

/* Damaged copies either read or are refused with a message; ASan and UBSan watch. */
static void damage(const char *text)
{
	static const char bytes[] = "'\"[](),=\\\n#;<>&+-^:@/!0x\xff\0";
	size_t len = strlen(text);
	char *copy = mem_strdup(text);
	unsigned int seed = 1;

	for (int round = 0; round < 4000; round++) {
		struct domain_config c;
		char *error = NULL;
		size_t n = len;

		memcpy(copy, text, len);
		for (int i = 0; i <= round % 4; i++) {
			seed = seed * 1103515245 + 12345;
			copy[(seed >> 8) % len] = bytes[(seed >> 3) % (sizeof(bytes) - 1)];
		}
		if (round % 5 == 0)
			n = (seed >> 4) % len;
		if (read_text(copy, n, NULL, 0, &c, &error) == 0)
			domain_config_free(&c);
		else
			assert_true(error && !strchr(error, '\n'));
		free(error);
	}
	free(copy);
}

static void test_damage(void **state)
{
	damage(classic);
	damage(xml);
}

/* The manual describes every key of the table. */
static void test_manual(void **state)
{
	FILE *f = fopen("../../docs/man/xm.cfg.5", "r");
	const struct config_key *table;
	struct strbuf b = { 0 };
	size_t count;
	int c;

	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		strbuf_putc(&b, c);
	fclose(f);
	table = config_key_table(&count);
	for (size_t i = 0; i < count; i++) {
		char *line = mem_printf("\n.B %s", table[i].name);

		if (!strstr(b.data, line))
			fail_msg("docs/man/xm.cfg.5 has no line .B %s", table[i].name);
		free(line);
	}
	strbuf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classic), cmocka_unit_test(test_xml), cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_none_takes_back), cmocka_unit_test(test_folder),
		cmocka_unit_test(test_vdev), cmocka_unit_test(test_messages), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
