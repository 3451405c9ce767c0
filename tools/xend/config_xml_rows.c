/* SPDX-License-Identifier: GPL-2.0-only */
/* Domain XML: the table of elements and attributes, and the handlers of settings that are made from several of them. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "config_xml.h"

/* An amount of memory with its unit (KiB where none is given), in KiB. */
static int xml_amount(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *text, uint64_t *kib)
{
	static const struct { const char *name; uint64_t bytes; } units[] = {
		{ "KiB", 1024 }, { "k", 1024 }, { "b", 1 }, { "bytes", 1 }, { "KB", 1000 }, { "M", 1 << 20 }, { "MiB", 1 << 20 },
		{ "MB", 1000000 }, { "G", 1 << 30 }, { "GiB", 1 << 30 }, { "GB", 1000000000 }, { "T", 1ULL << 40 }, { "TiB", 1ULL << 40 },
	};
	char *unit = xml_attribute(node, "unit"), *end;
	unsigned long long number;
	uint64_t bytes = 0;
	size_t i = 0;
	int ret = 0;

	errno = 0;
	number = strtoull(text, &end, 10);
	while (unit && i < sizeof(units) / sizeof(*units) && strcmp(units[i].name, unit))
		i++;
	if (*kib)
		ret = xml_fail(x, row, node, "remove one", "is given twice");
	else if (errno || end == text || *end || *text == '-')
		ret = xml_fail(x, row, node, "write the digits alone, and the unit as an attribute", "\"%s\" is not a number", text);
	else if (i == sizeof(units) / sizeof(*units))
		ret = xml_fail(x, row, node, "use KiB, MiB or GiB", "unit \"%s\" is not known", unit);
	else if (__builtin_mul_overflow(number, units[i].bytes, &bytes) || bytes >> 20 > CONFIG_MEMORY_MAX || bytes < 1 << 20)
		ret = xml_fail(x, row, node, NULL, "%s is out of range; a value from 1 MiB to %u MiB is possible", text, CONFIG_MEMORY_MAX);
	*kib = bytes >> 10;
	free(unit);
	return ret;
}

static int xml_memory(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	x->at_memory = xml_where(row, node);
	return xml_amount(x, row, node, value, &x->memory_kib);
}

static int xml_current_memory(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	x->at_current = xml_where(row, node);
	return xml_amount(x, row, node, value, &x->current_kib);
}

/* <vcpupin vcpu="0" cpuset="0-3"/> */
static int xml_vcpupin(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	char *vcpu = xml_attribute(node, "vcpu"), *cpuset = xml_attribute(node, "cpuset"), *end = NULL;
	unsigned long number = vcpu && *vcpu >= '0' && *vcpu <= '9' ? strtoul(vcpu, &end, 10) : CONFIG_VCPUS_MAX;
	int ret;

	if (!end || *end || number >= CONFIG_VCPUS_MAX || !cpuset)
		ret = xml_fail(x, row, node, "write vcpu='0' cpuset='0-3'", "names no vCPU and its CPUs");
	else
		ret = config_pin_vcpu(x->r, xml_where(row, node), number, cpuset);
	free(vcpu);
	free(cpuset);
	return ret;
}

/* <clock offset="variable" adjustment="3600" basis="utc"/> */
static int xml_clock(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	char *offset = xml_attribute(node, "offset"), *adjustment = xml_attribute(node, "adjustment");
	char *basis = xml_attribute(node, "basis");
	struct config_where where = xml_where(row, node);
	bool variable = offset && !strcmp(offset, "variable");
	int ret = 0;

	if ((offset && !strcmp(offset, "localtime")) || (basis && !strcmp(basis, "localtime")))
		ret = config_set_text(x->r, "localtime", where, "1");
	else if (offset && !variable && strcmp(offset, "utc"))
		ret = xml_fail(x, row, node, "use offset='utc' or 'variable'", "offset %s is not supported", offset);
	else if (basis && strcmp(basis, "utc"))
		ret = xml_fail(x, row, node, "use basis='utc'", "basis %s is not supported", basis);
	else if (adjustment && !variable && strcmp(adjustment, "reset") && strcmp(adjustment, "0"))
		ret = xml_fail(x, row, node, "use offset='variable'", "an adjustment needs offset='variable'");
	else if (adjustment && variable)
		ret = config_set_text(x->r, "rtc_timeoffset", where, adjustment);
	free(offset);
	free(adjustment);
	free(basis);
	return ret;
}

/* <timer name="tsc" mode="native"/>; the others are emulated hardware. */
static int xml_timer(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	static const struct { const char *mode, *key; } modes[] = {
		{ "auto", "default" }, { "emulate", "always_emulate" }, { "native", "native" }, { "paravirt", "native_paravirt" },
	};
	char *name = xml_attribute(node, "name"), *mode = xml_attribute(node, "mode"), *present = xml_attribute(node, "present");
	bool off = present && !strcmp(present, "no");
	size_t i = 0;
	int ret = 0;

	while (mode && i < sizeof(modes) / sizeof(*modes) && strcmp(modes[i].mode, mode))
		i++;
	if (!name)
		ret = xml_fail(x, row, node, "write name='tsc'", "has no name");
	else if (strcmp(name, "tsc"))
		ret = off ? 0 : config_set_text(x->r, "hpet", xml_where(row, node), "1");
	else if (off || i == sizeof(modes) / sizeof(*modes))
		ret = xml_fail(x, row, node, "use mode='auto', 'native' or 'emulate'", "a TSC of that kind is not supported");
	else
		ret = config_set_text(x->r, "tsc_mode", xml_where(row, node), modes[i].key);
	free(name);
	free(mode);
	free(present);
	return ret;
}

/* A feature of emulated hardware: <acpi/>, or state="off". */
static int xml_feature(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	char *state = xml_attribute(node, "state");
	int ret = config_set_text(x->r, row->key, xml_where(row, node), state && !strcmp(state, "off") ? "0" : "1");

	free(state);
	return ret;
}

/* With all that is in it. */
static int xml_ignore_tree(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	int ret = config_set_text(x->r, row->key, xml_where(row, node), "1");

	return ret ? ret : 1;
}

/* <disk>, <interface>, <hostdev>: key names the list. */
int xml_item(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	static const struct { const char *key; const struct config_item_kind *kind; } kinds[] = {
		{ "disk", &config_disk_kind }, { "vif", &config_vif_kind }, { "pci", &config_pci_kind },
	};
	size_t i = 0;

	while (strcmp(kinds[i].key, row->key))
		i++;
	config_item_start(&x->item, x->r, kinds[i].kind, xml_where(row, node));
	x->item_read_only = x->item_shared = false;
	strbuf_clear(&x->item_ips);
	return xml_group(x, row, node, value);
}

/* A regular file is refused for type='block', as for phy: */
static int xml_disk_type(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	x->item.disk.want_phy = !strcmp(value, "block");
	return xml_one_of(x, row, node, value);
}

static int xml_disk_format(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	return config_item_set(&x->item, "format", strcmp(value, "aio") ? value : "raw");
}

static int xml_disk_discard(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	if (strcmp(value, "unmap") && strcmp(value, "ignore"))
		return xml_fail(x, row, node, "use discard='unmap' or 'ignore'", "\"%s\" is not supported", value);
	return config_item_set(&x->item, "discard", strcmp(value, "ignore") ? "1" : "0");
}

static int xml_disk_readonly(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	x->item_read_only = true;
	return xml_group(x, row, node, value);
}

static int xml_disk_shareable(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	x->item_shared = true;
	return xml_group(x, row, node, value);
}

/* libvirt writes the name that a running guest's interface got; a name of that form is no wish. */
static int xml_vif_name(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	return strncmp(value, "vif", 3) ? config_item_set(&x->item, "vifname", value) : 0;
}

/* One address an element; all of them are one value. */
static int xml_vif_ip(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	if (!*value || strpbrk(value, " \t\n"))
		return xml_fail(x, row, node, NULL, "\"%s\" is no address", value);
	strbuf_printf(&x->item_ips, "%s%s", x->item_ips.len ? " " : "", value);
	return 0;
}

/* In KB each second, as libvirt's Xen driver writes it to rate=. */
static int xml_vif_rate(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	char *rate = mem_printf("%sKB/s", value);
	int ret = config_item_set(&x->item, "rate", rate);

	free(rate);
	return ret;
}

/* <address domain="0x0000" bus="0x05" slot="0x00" function="0x0"/> to 0000:05:00.0; function="*" is not libvirt's. */
static int xml_pci_address(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	static const struct { const char *name; unsigned long max; } parts[] = {
		{ "domain", 0xffff }, { "bus", 0xff }, { "slot", 0x1f }, { "function", 7 },
	};
	unsigned long numbers[4] = { 0 };
	bool all_functions = false;
	char *address;
	int ret = 0;

	for (size_t i = 0; i < 4 && !ret; i++) {
		char *text = xml_attribute(node, parts[i].name), *end = NULL;

		all_functions = i == 3 && text && !strcmp(text, "*");
		numbers[i] = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 0) : 0;
		if (!all_functions && ((!text && i) || (text && (!end || *end || numbers[i] > parts[i].max))))
			ret = xml_fail(x, row, node, "write it as bus='0x05' slot='0x00' function='0x0'", "%s is no number up to 0x%lx",
				       parts[i].name, parts[i].max);
		free(text);
	}
	if (ret)
		return ret;
	address = mem_printf("%04lx:%02lx:%02lx.%c", numbers[0], numbers[1], numbers[2], all_functions ? '*' : '0' + (int)numbers[3]);
	ret = config_item_set(&x->item, "bdf", address);
	free(address);
	return ret;
}

static int xml_pci_yes(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return xml_fail(x, row, node, "use yes or no", "\"%s\" is not supported", value);
	return config_item_set(&x->item, row->key, strcmp(value, row->arg) ? "0" : "1");
}

/* The guest sees the device in a slot of its only bus. */
static int xml_pci_zero(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	char *end;

	if (!*value || strtoul(value, &end, 0) || *end)
		return xml_fail(x, row, node, "use 0", "\"%s\" is not supported", value);
	return 0;
}

int xml_end_item(struct xml_reader *x)
{
	int ret = 0;

	if (x->item.kind == &config_disk_kind && (x->item_read_only || x->item_shared))
		ret = config_item_set(&x->item, "access", !x->item_shared ? "ro" : x->item_read_only ? "r!" : "w!");
	if (x->item_ips.len)
		ret = config_item_set(&x->item, "ip", x->item_ips.data);
	return ret;
}

/* <memory> and <vcpu> are the maximum; <currentMemory> and <vcpu current=""> the size that the guest starts with. */
int xml_end_guest(struct xml_reader *x)
{
	struct domain_config *c = x->r->config;

	if (c->maxvcpus && !c->vcpus) {
		c->vcpus = c->maxvcpus;
		c->at_vcpus = c->at_maxvcpus;
	}
	if (x->memory_kib) {
		c->maxmem_mib = x->memory_kib >> 10;
		c->at_maxmem = x->at_memory;
	}
	if (!x->current_kib) {
		x->current_kib = x->memory_kib;
		x->at_current = x->at_memory;
	}
	if (x->current_kib) {
		c->memory_mib = x->current_kib >> 10;
		c->at_memory = x->at_current;
	}
	return 0;
}

#define NO_DISPLAY "guests have a text console only: use xm console, and remove it"
#define ITEM(path, key) { path, xml_item_key, key, NULL }
#define KEY(path, key) { path, xml_key, key, NULL }
#define GROUP(path) { path, xml_group, NULL, NULL }
#define ONE_OF(path, words) { path, xml_one_of, NULL, words }
/* SKIP: makes no difference, or libvirt's report of a running guest. PART: its element's handler has read it. */
#define SKIP(path) { path, xml_skip, NULL, NULL }
#define SKIP_TREE(path) { path, xml_skip_tree, NULL, NULL }
#define PART(path) { path, xml_skip, NULL, NULL }
#define REFUSE(path, remedy) { path, xml_refuse, NULL, remedy }

static const struct xml_row rows[] = {
	ONE_OF("@type", "xen"), SKIP("@id"),
	KEY("name", "name"), KEY("uuid", "uuid"), SKIP_TREE("title"), SKIP_TREE("description"), SKIP_TREE("metadata"),
	{ "memory", xml_memory, NULL, NULL }, PART("memory@unit"),
	{ "currentMemory", xml_current_memory, NULL, NULL }, PART("currentMemory@unit"),
	KEY("vcpu", "maxvcpus"), KEY("vcpu@current", "vcpus"), KEY("vcpu@cpuset", "cpus"), ONE_OF("vcpu@placement", "static"),
	GROUP("cputune"), KEY("cputune/shares", "cpu_weight"),
	{ "cputune/vcpupin", xml_vcpupin, NULL, NULL }, PART("cputune/vcpupin@vcpu"), PART("cputune/vcpupin@cpuset"),
	GROUP("os"), ONE_OF("os/type", "linux xen"), ONE_OF("os/type@arch", "x86_64"), ONE_OF("os/type@machine", "xenpv"),
	KEY("os/kernel", "kernel"), KEY("os/initrd", "ramdisk"), KEY("os/cmdline", "cmdline"), KEY("os/root", "root"),
	SKIP_TREE("os/boot"), REFUSE("os/loader", "it is for HVM guests; remove it"),
	REFUSE("bootloader", "give <os><kernel>, for example a grub-x86_64-xen.bin"), KEY("bootloader_args", "bootloader_args"),
	{ "clock", xml_clock, NULL, NULL }, PART("clock@offset"), PART("clock@adjustment"), PART("clock@basis"),
	{ "clock/timer", xml_timer, NULL, NULL }, PART("clock/timer@name"), PART("clock/timer@mode"), PART("clock/timer@present"),
	GROUP("features"), { "features/acpi", xml_feature, "acpi", NULL },
	{ "features/apic", xml_feature, "apic", NULL }, { "features/pae", xml_feature, "pae", NULL },
	{ "features/hap", xml_feature, "hap", NULL }, PART("features/hap@state"),
	GROUP("features/xen"), { "features/xen/e820_host", xml_feature, "e820_host", NULL }, PART("features/xen/e820_host@state"),
	KEY("on_poweroff", "on_poweroff"), KEY("on_reboot", "on_reboot"), KEY("on_crash", "on_crash"),
	SKIP_TREE("resource"),

	GROUP("devices"), SKIP("devices/emulator"), SKIP_TREE("devices/input"), SKIP_TREE("devices/memballoon"),
	GROUP("devices/console"), ONE_OF("devices/console@type", "pty"), SKIP("devices/console@tty"),
	SKIP_TREE("devices/console/source"), SKIP_TREE("devices/console/alias"), GROUP("devices/console/target"),
	ONE_OF("devices/console/target@type", "xen"), ONE_OF("devices/console/target@port", "0"),
	{ "devices/serial", xml_ignore_tree, "serial", NULL },
	REFUSE("devices/graphics", NO_DISPLAY), REFUSE("devices/video", NO_DISPLAY),
	REFUSE("devices/sound", "there is no sound backend; remove it"),
	REFUSE("devices/filesystem", "there is no 9pfs backend; remove it"),
	REFUSE("devices/channel", "there are no channels; remove it"),
	GROUP("devices/controller"), SKIP("devices/controller@type"), SKIP("devices/controller@index"),
	SKIP("devices/controller@model"), SKIP_TREE("devices/controller/address"), SKIP_TREE("devices/controller/alias"),
	KEY("devices/controller@maxGrantFrames", "max_grant_frames"), KEY("devices/controller@maxEventChannels", "max_event_channels"),

	{ "devices/disk", xml_item, "disk", NULL }, { "devices/disk@type", xml_disk_type, NULL, "file block" },
	ITEM("devices/disk@device", "devtype"), GROUP("devices/disk/driver"),
	ONE_OF("devices/disk/driver@name", "phy file tap tap2 qemu"),
	{ "devices/disk/driver@type", xml_disk_format, NULL, NULL }, { "devices/disk/driver@discard", xml_disk_discard, NULL, NULL },
	GROUP("devices/disk/source"), ITEM("devices/disk/source@file", "target"), ITEM("devices/disk/source@dev", "target"),
	GROUP("devices/disk/target"), ITEM("devices/disk/target@dev", "vdev"), SKIP("devices/disk/target@bus"),
	{ "devices/disk/readonly", xml_disk_readonly, NULL, NULL }, { "devices/disk/shareable", xml_disk_shareable, NULL, NULL },
	GROUP("devices/disk/backenddomain"), ITEM("devices/disk/backenddomain@name", "backend"),
	SKIP_TREE("devices/disk/address"), SKIP_TREE("devices/disk/alias"), SKIP_TREE("devices/disk/boot"),

	{ "devices/interface", xml_item, "vif", NULL }, ONE_OF("devices/interface@type", "bridge ethernet"),
	GROUP("devices/interface/mac"), ITEM("devices/interface/mac@address", "mac"),
	GROUP("devices/interface/source"), ITEM("devices/interface/source@bridge", "bridge"),
	GROUP("devices/interface/script"), ITEM("devices/interface/script@path", "script"),
	GROUP("devices/interface/target"), { "devices/interface/target@dev", xml_vif_name, NULL, NULL },
	GROUP("devices/interface/ip"), { "devices/interface/ip@address", xml_vif_ip, NULL, NULL },
	ONE_OF("devices/interface/ip@family", "ipv4 ipv6"),
	REFUSE("devices/interface/ip@prefix", "scripts take the address alone; remove it"),
	GROUP("devices/interface/model"), ITEM("devices/interface/model@type", "model"),
	GROUP("devices/interface/mtu"), ITEM("devices/interface/mtu@size", "mtu"),
	GROUP("devices/interface/bandwidth"), GROUP("devices/interface/bandwidth/outbound"),
	{ "devices/interface/bandwidth/outbound@average", xml_vif_rate, NULL, NULL },
	REFUSE("devices/interface/bandwidth/inbound", "only the rate at which the guest sends can be limited; remove it"),
	GROUP("devices/interface/backenddomain"), ITEM("devices/interface/backenddomain@name", "backend"),
	SKIP_TREE("devices/interface/address"), SKIP_TREE("devices/interface/alias"),

	{ "devices/hostdev", xml_item, "pci", NULL }, ONE_OF("devices/hostdev@type", "pci"),
	ONE_OF("devices/hostdev@mode", "subsystem"), { "devices/hostdev@managed", xml_pci_yes, "seize", "yes" },
	GROUP("devices/hostdev/driver"), ONE_OF("devices/hostdev/driver@name", "xen"), GROUP("devices/hostdev/source"),
	{ "devices/hostdev/source@writeFiltering", xml_pci_yes, "permissive", "no" },
	{ "devices/hostdev/source/address", xml_pci_address, NULL, NULL }, PART("devices/hostdev/source/address@domain"),
	PART("devices/hostdev/source/address@bus"), PART("devices/hostdev/source/address@slot"),
	PART("devices/hostdev/source/address@function"), SKIP_TREE("devices/hostdev/alias"),
	GROUP("devices/hostdev/address"), ONE_OF("devices/hostdev/address@type", "pci"),
	ITEM("devices/hostdev/address@slot", "vslot"), { "devices/hostdev/address@domain", xml_pci_zero, NULL, NULL },
	{ "devices/hostdev/address@bus", xml_pci_zero, NULL, NULL }, { "devices/hostdev/address@function", xml_pci_zero, NULL, NULL },
};

const struct xml_row *xml_row_table(size_t *count)
{
	_Static_assert(sizeof(rows) / sizeof(*rows) <= sizeof(((struct xml_reader *)0)->seen) * 8, "a bit for each row");
	*count = sizeof(rows) / sizeof(*rows);
	return rows;
}
