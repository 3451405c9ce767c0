/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domain XML, the form libvirt uses for PV guests, through libxml2 into the same configuration as the classic syntax.
 * Elements go through tables: one that asks for something a PV guest cannot have is refused, never skipped.
 */
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "config_internal.h"

struct xml_reader {
	struct config_reader *r;
	struct config_item item;	/* being read, inside <disk> or <interface> */
	uint64_t memory_kib, current_kib;
	struct config_where at_memory, at_current;
};

/* One element that may stand at a place. key is the classic key its text is a value of, where there is one. */
struct xml_element {
	const char *name;
	int (*handler)(struct xml_reader *x, xmlNode *node, const struct xml_element *e);
	const char *key;
	const char *doc;
};

static struct config_where xml_where(const char *key, xmlNode *node)
{
	return (struct config_where){ key, xmlGetLineNo(node) > 0 ? (unsigned int)xmlGetLineNo(node) : 1 };
}

#define xml_fail(x, node, key, remedy, ...) \
	config_fail((x)->r->err, (x)->r->file, xml_where(key, node), remedy, __VA_ARGS__)

/* The element's text without white space around it; the caller frees it. Never NULL. */
static char *xml_text(xmlNode *node)
{
	xmlChar *content = xmlNodeGetContent(node);
	char *text = content ? (char *)content : (char *)"", *end, *copy;

	text += strspn(text, " \t\r\n");
	for (end = text + strlen(text); end > text && strchr(" \t\r\n", end[-1]); end--)
		;
	copy = mem_strndup(text, end - text);
	xmlFree(content);
	return copy;
}

/* An attribute's value, NULL where it is not there; the caller frees it. */
static char *xml_attribute(xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	char *copy = value ? mem_strdup((char *)value) : NULL;

	xmlFree(value);
	return copy;
}

/* Each child element through its row of the table. */
static int xml_children(struct xml_reader *x, xmlNode *parent, const struct xml_element *table, size_t count)
{
	for (xmlNode *node = parent->children; node; node = node->next) {
		const char *name = (const char *)node->name, *near;
		size_t i = 0;

		if (node->type != XML_ELEMENT_NODE)
			continue;
		while (i < count && strcmp(table[i].name, name))
			i++;
		if (i < count) {
			if (table[i].handler(x, node, &table[i]) < 0)
				return -EINVAL;
			continue;
		}
		near = config_nearest(name, table, count, sizeof(*table));
		if (near)
			return xml_fail(x, node, (const char *)parent->name, NULL, "unknown element <%s>; did you mean <%s>?", name, near);
		return xml_fail(x, node, (const char *)parent->name, "remove it", "unknown element <%s>", name);
	}
	return 0;
}

#define XML_CHILDREN(x, node, table) xml_children(x, node, table, sizeof(table) / sizeof(*(table)))

static int xml_skip(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	return 0;
}

static int xml_refuse(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	return xml_fail(x, node, e->name, e->doc, "not supported");
}

static int xml_value(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	char *text = xml_text(node);
	int ret = config_set_text(x->r, e->key, xml_where(e->name, node), text);

	free(text);
	return ret;
}

/* An amount of memory with its unit (KiB where none is given), in KiB. */
static int xml_amount(struct xml_reader *x, xmlNode *node, uint64_t *kib)
{
	static const struct { const char *name; uint64_t bytes; } units[] = {
		{ "KiB", 1024 }, { "k", 1024 }, { "b", 1 }, { "bytes", 1 }, { "KB", 1000 }, { "M", 1 << 20 }, { "MiB", 1 << 20 },
		{ "MB", 1000000 }, { "G", 1 << 30 }, { "GiB", 1 << 30 }, { "GB", 1000000000 }, { "T", 1ULL << 40 }, { "TiB", 1ULL << 40 },
	};
	const char *name = (const char *)node->name;
	char *unit = xml_attribute(node, "unit"), *text = xml_text(node), *end;
	unsigned long long number;
	uint64_t bytes = 0;
	size_t i = 0;
	int ret = 0;

	errno = 0;
	number = strtoull(text, &end, 10);
	while (unit && i < sizeof(units) / sizeof(*units) && strcmp(units[i].name, unit))
		i++;
	if (errno || end == text || *end || *text == '-')
		ret = xml_fail(x, node, name, "write the digits alone, and the unit as an attribute", "\"%s\" is not a number", text);
	else if (i == sizeof(units) / sizeof(*units))
		ret = xml_fail(x, node, name, "use KiB, MiB or GiB", "unit \"%s\" is not known", unit);
	else if (__builtin_mul_overflow(number, units[i].bytes, &bytes) || bytes >> 20 > CONFIG_MEMORY_MAX || bytes < 1 << 20)
		ret = xml_fail(x, node, name, NULL, "%s is out of range; a value from 1 MiB to %u MiB is possible", text, CONFIG_MEMORY_MAX);
	*kib = bytes >> 10;
	free(unit);
	free(text);
	return ret;
}

static int xml_memory(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	x->at_memory = xml_where(e->name, node);
	return xml_amount(x, node, &x->memory_kib);
}

static int xml_current_memory(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	x->at_current = xml_where(e->name, node);
	return xml_amount(x, node, &x->current_kib);
}

/* <vcpu current="online" cpuset="0-3">at most</vcpu> */
static int xml_vcpu(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	char *current = xml_attribute(node, "current"), *cpuset = xml_attribute(node, "cpuset"), *text = xml_text(node);
	struct config_where where = xml_where(e->name, node);
	int ret = config_set_text(x->r, "maxvcpus", where, text);

	if (!ret)
		ret = config_set_text(x->r, "vcpus", where, current ? current : text);
	if (!ret && cpuset)
		ret = config_set_text(x->r, "cpus", where, cpuset);
	free(current);
	free(cpuset);
	free(text);
	return ret;
}

static int xml_os_type(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	char *text = xml_text(node);
	int ret = 0;

	if (strcmp(text, "linux") && strcmp(text, "xen"))
		ret = xml_fail(x, node, "type", "use linux", "\"%s\" guests are not supported", text);
	free(text);
	return ret;
}

static int xml_os(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	static const struct xml_element table[] = {
		{ "type", xml_os_type, NULL, NULL }, { "kernel", xml_value, "kernel", NULL },
		{ "initrd", xml_value, "ramdisk", NULL }, { "cmdline", xml_value, "cmdline", NULL },
		{ "root", xml_value, "root", NULL }, { "boot", xml_skip, NULL, NULL },
		{ "loader", xml_refuse, NULL, "it is for HVM guests; remove it" },
	};

	return XML_CHILDREN(x, node, table);
}

/* Moves an attribute into *slot; fails where it must be there and is not. */
static int xml_take(struct xml_reader *x, xmlNode *node, const char *name, char **slot)
{
	char *value = xml_attribute(node, name);

	if (!value)
		return xml_fail(x, node, (const char *)node->name, NULL, "has no attribute %s", name);
	free(*slot);
	*slot = value;
	return 0;
}

static int xml_disk_driver(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	char *type = xml_attribute(node, "type");
	int ret = 0;

	if (type && strcmp(type, "raw"))
		ret = xml_fail(x, node, "disk", "convert the image to raw", "format %s is not supported, only raw is", type);
	free(type);
	return ret;
}

static int xml_disk_source(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	return xml_take(x, node, x->item.disk.want_phy ? "dev" : "file", &x->item.disk.target);
}

static int xml_disk_target(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	return xml_take(x, node, "dev", &x->item.disk.vdev);
}

static int xml_disk_readonly(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	x->item.disk.read_only = true;
	return 0;
}

static int xml_disk_shareable(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	x->item.disk.shared = true;
	return 0;
}

static int xml_disk(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	static const struct xml_element table[] = {
		{ "driver", xml_disk_driver, NULL, NULL }, { "source", xml_disk_source, NULL, NULL },
		{ "target", xml_disk_target, NULL, NULL }, { "readonly", xml_disk_readonly, NULL, NULL },
		{ "shareable", xml_disk_shareable, NULL, NULL }, { "address", xml_skip, NULL, NULL },
		{ "alias", xml_skip, NULL, NULL }, { "boot", xml_skip, NULL, NULL },
	};
	char *type = xml_attribute(node, "type"), *device = xml_attribute(node, "device");
	int ret = 0;

	config_item_start(&x->item, x->r, &config_disk_kind, xml_where("disk", node));
	x->item.disk.want_phy = type && !strcmp(type, "block");
	x->item.disk.cdrom = device && !strcmp(device, "cdrom");
	if (type && strcmp(type, "block") && strcmp(type, "file"))
		ret = xml_fail(x, node, "disk", "use type='file' or type='block'", "type %s is not supported", type);
	else if (device && strcmp(device, "disk") && strcmp(device, "cdrom"))
		ret = xml_fail(x, node, "disk", "use device='disk' or 'cdrom'", "device %s is not supported", device);
	free(type);
	free(device);
	if (!ret)
		ret = XML_CHILDREN(x, node, table);
	return config_item_finish(&x->item, ret);
}

/* The classic form of one setting of a network card is what checks it. */
static int xml_vif_mac(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	char *value = xml_attribute(node, "address");
	int ret = 0;

	if (!value || config_parse_mac(value, x->item.vif.mac) < 0 || x->item.vif.mac[0] & 1)
		ret = xml_fail(x, node, "interface", "write six pairs of hexadecimal digits with colons",
			       "\"%s\" is no MAC address of a card", value ? value : "");
	x->item.vif.mac_given = true;
	free(value);
	return ret;
}

static int xml_vif_source(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	return xml_take(x, node, "bridge", &x->item.vif.bridge);
}

static int xml_vif_script(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	char *path = NULL;

	if (xml_take(x, node, "path", &path) < 0)
		return -EINVAL;
	free(x->item.vif.script);
	x->item.vif.script = *path == '/' ? mem_strdup(path) : mem_printf(SCRIPT_FOLDER "%s", path);
	free(path);
	return 0;
}

/* libvirt writes the name that a running guest's interface got; names of that form are not a wish. */
static int xml_vif_target(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	if (xml_take(x, node, "dev", &x->item.vif.name) < 0)
		return -EINVAL;
	if (strlen(x->item.vif.name) > 15)
		return xml_fail(x, node, "interface", "use at most 15 characters", "\"%s\" is too long for an interface", x->item.vif.name);
	if (!strncmp(x->item.vif.name, "vif", 3))
		mem_replace(&x->item.vif.name, NULL);
	return 0;
}

static int xml_vif_ip(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	return xml_take(x, node, "address", &x->item.vif.ip);
}

static int xml_interface(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	static const struct xml_element table[] = {
		{ "mac", xml_vif_mac, NULL, NULL }, { "source", xml_vif_source, NULL, NULL },
		{ "script", xml_vif_script, NULL, NULL }, { "target", xml_vif_target, NULL, NULL },
		{ "ip", xml_vif_ip, NULL, NULL }, { "model", xml_skip, NULL, NULL },
		{ "alias", xml_skip, NULL, NULL }, { "address", xml_skip, NULL, NULL },
	};
	char *type = xml_attribute(node, "type");
	int ret = 0;

	config_item_start(&x->item, x->r, &config_vif_kind, xml_where("interface", node));
	if (!type || (strcmp(type, "bridge") && strcmp(type, "ethernet")))
		ret = xml_fail(x, node, "interface", "use type='bridge'", "type %s is not supported", type ? type : "(none)");
	free(type);
	if (!ret)
		ret = XML_CHILDREN(x, node, table);
	return config_item_finish(&x->item, ret);
}

/* A PV guest has a text console in any case, and input devices only beside a display. */
static int xml_devices(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	static const struct xml_element table[] = {
		{ "disk", xml_disk, NULL, NULL }, { "interface", xml_interface, NULL, NULL },
		{ "console", xml_skip, NULL, NULL }, { "input", xml_skip, NULL, NULL },
		{ "emulator", xml_skip, NULL, NULL }, { "memballoon", xml_skip, NULL, NULL },
		{ "controller", xml_skip, NULL, NULL }, { "serial", xml_skip, NULL, NULL },
		{ "graphics", xml_refuse, NULL, "guests have a text console only: use xm console, and remove it" },
		{ "video", xml_refuse, NULL, "guests have a text console only: use xm console, and remove it" },
		{ "hostdev", xml_refuse, NULL, "devices cannot be given to guests yet; remove it" },
		{ "sound", xml_refuse, NULL, "there is no sound backend; remove it" },
		{ "filesystem", xml_refuse, NULL, "there is no 9pfs backend; remove it" },
		{ "channel", xml_refuse, NULL, "there are no channels; remove it" },
	};

	return XML_CHILDREN(x, node, table);
}

static int xml_cputune(struct xml_reader *x, xmlNode *node, const struct xml_element *e)
{
	static const struct xml_element table[] = {
		{ "shares", xml_value, "cpu_weight", NULL },
		{ "vcpupin", xml_refuse, NULL, "use the attribute cpuset of <vcpu>" },
	};

	return XML_CHILDREN(x, node, table);
}

static const struct xml_element xml_domain[] = {
	{ "name", xml_value, "name", NULL }, { "uuid", xml_value, "uuid", NULL },
	{ "title", xml_skip, NULL, NULL }, { "description", xml_skip, NULL, NULL }, { "metadata", xml_skip, NULL, NULL },
	{ "memory", xml_memory, NULL, NULL }, { "currentMemory", xml_current_memory, NULL, NULL },
	{ "vcpu", xml_vcpu, NULL, NULL }, { "os", xml_os, NULL, NULL }, { "cputune", xml_cputune, NULL, NULL },
	{ "on_poweroff", xml_value, "on_poweroff", NULL }, { "on_reboot", xml_value, "on_reboot", NULL },
	{ "on_crash", xml_value, "on_crash", NULL }, { "devices", xml_devices, NULL, NULL },
	{ "clock", xml_skip, NULL, NULL }, { "features", xml_skip, NULL, NULL }, { "resource", xml_skip, NULL, NULL },
	{ "bootloader", xml_refuse, NULL, "give <os><kernel>, for example a grub-x86_64-xen.bin" },
	{ "bootloader_args", xml_skip, NULL, NULL },
};

/* <memory> is the most the guest may have, <currentMemory> what it starts with. */
static int xml_apply_memory(struct xml_reader *x)
{
	struct domain_config *c = x->r->config;

	if (!x->memory_kib)
		return 0;
	if (!x->current_kib) {
		x->current_kib = x->memory_kib;
		x->at_current = x->at_memory;
	}
	c->maxmem_mib = x->memory_kib >> 10;
	c->memory_mib = x->current_kib >> 10;
	c->at_maxmem = x->at_memory;
	c->at_memory = x->at_current;
	return 0;
}

static int xml_read_root(struct xml_reader *x, xmlDoc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc);
	char *type;
	int ret;

	if (doc->intSubset)
		return config_fail(x->r->err, x->r->file, (struct config_where){ "syntax", 1 }, "remove it", "a DOCTYPE is not read");
	if (!root || strcmp((const char *)root->name, "domain"))
		return config_fail(x->r->err, x->r->file, (struct config_where){ "syntax", 1 }, "put the guest into one",
				   "the outermost element is not <domain>");
	type = xml_attribute(root, "type");
	ret = type && strcmp(type, "xen") ? xml_fail(x, root, "domain", "use type='xen'", "type %s is not supported", type) : 0;
	free(type);
	if (!ret)
		ret = XML_CHILDREN(x, root, xml_domain);
	return ret ? ret : xml_apply_memory(x);
}

/* libxml2 reports through the context's last error; nothing goes to stderr. */
static void xml_quiet(void *context, const xmlError *error)
{
}

int config_read_xml(struct config_reader *r, const char *text, size_t len)
{
	struct xml_reader x = { .r = r };
	const xmlError *error;
	xmlParserCtxt *context;
	xmlDoc *doc;
	int ret;

	xmlSetStructuredErrorFunc(NULL, (xmlStructuredErrorFunc)(void (*)(void))xml_quiet);
	context = xmlNewParserCtxt();
	if (!context)
		abort();
	doc = xmlCtxtReadMemory(context, text, len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (doc) {
		ret = xml_read_root(&x, doc);
	} else {
		error = xmlCtxtGetLastError(context);
		ret = config_fail(r->err, r->file, (struct config_where){ "syntax", error && error->line > 0 ? (unsigned int)error->line : 1 },
				  "correct the XML", "%.*s", error && error->message ? (int)strcspn(error->message, "\n") : 9,
				  error && error->message ? error->message : "no XML");
	}
	xmlFreeDoc(doc);
	xmlFreeParserCtxt(context);
	return ret;
}
