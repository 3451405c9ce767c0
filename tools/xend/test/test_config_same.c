/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both input forms have one meaning: generated guests are written as classic text and as domain XML, read by xend's
 * reader, and the two configurations are compared. Run with a number, the seed, to repeat a run; with a second one, the guest.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lib/mem.h"
#include "show_config.h"

#define GUESTS 10000

static uint64_t same_state;

/* xorshift64*: the guests of a seed are the same everywhere. */
static uint32_t same_random(uint32_t below)
{
	same_state ^= same_state >> 12;
	same_state ^= same_state << 25;
	same_state ^= same_state >> 27;
	return (same_state * 2685821657736338717ULL >> 33) % below;
}

static bool same_chance(void)
{
	return same_random(2);
}

/* A guest in both forms. Parts of the XML are collected where its order is not the classic text's. */
struct same_guest {
	struct strbuf classic, xml, devices;
	unsigned int maxvcpus;
};

static const char *same_word(const char *const *words, size_t count)
{
	return words[same_random(count)];
}

#define SAME_WORD(...) \
	same_word((const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* A text with the characters that either form has to escape. */
static char *same_text(const char *start)
{
	static const char letters[] = "abcXYZ019 =,.:/-_'\"<>&\\#;()[]";
	struct strbuf b = { 0 };

	strbuf_puts(&b, start);
	for (uint32_t i = 1 + same_random(20); i; i--)
		strbuf_putc(&b, letters[same_random(sizeof(letters) - 1)]);
	strbuf_putc(&b, 'e');
	return strbuf_take(&b);
}

static void same_classic_text(struct strbuf *b, const char *text)
{
	char quote = same_chance() ? '"' : '\'';

	strbuf_putc(b, quote);
	for (; *text; text++) {
		if (*text == quote || *text == '\\')
			strbuf_putc(b, '\\');
		strbuf_putc(b, *text);
	}
	strbuf_putc(b, quote);
}

static void same_xml_text(struct strbuf *b, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			strbuf_puts(b, "&lt;");
			break;
		case '>':
			strbuf_puts(b, "&gt;");
			break;
		case '&':
			strbuf_puts(b, "&amp;");
			break;
		case '\'':
			strbuf_puts(b, "&#39;");
			break;
		case '"':
			strbuf_puts(b, same_chance() ? "&quot;" : "&#x22;");
			break;
		default:
			strbuf_putc(b, *text);
		}
}

/* key = 'text' and <element>text</element> */
static void same_setting(struct same_guest *g, const char *key, const char *element, const char *text)
{
	strbuf_printf(&g->classic, "%s%s", key, SAME_WORD(" = ", "=", " =  "));
	same_classic_text(&g->classic, text);
	strbuf_puts(&g->classic, SAME_WORD("\n", ";", " # said\n"));
	strbuf_printf(&g->xml, "<%s>", element);
	same_xml_text(&g->xml, text);
	strbuf_printf(&g->xml, "</%s>\n", element);
}

static void same_identity(struct same_guest *g)
{
	char *text = mem_printf("guest%u.%c", same_random(100000), 'a' + same_random(26));

	same_setting(g, "name", "name", text);
	free(text);
	if (!same_chance())
		return;
	text = mem_printf("%08x-%04x-%04x-%04x-%04x%08x", same_random(1u << 30), same_random(1 << 16), same_random(1 << 16),
			  same_random(1 << 16), same_random(1 << 16), same_random(1u << 30));
	same_setting(g, "uuid", "uuid", text);
	free(text);
}

static void same_kernel(struct same_guest *g)
{
	char *kernel = same_text("/boot/"), *text;

	strbuf_puts(&g->xml, "<os><type>linux</type>");
	same_setting(g, "kernel", "kernel", kernel);
	free(kernel);
	if (same_chance()) {
		text = same_text("/boot/initrd");
		same_setting(g, "ramdisk", "initrd", text);
		free(text);
	}
	if (same_chance()) {
		text = same_text("console=hvc0 ");
		same_setting(g, "cmdline", "cmdline", text);
		free(text);
	} else if (same_chance()) {
		text = same_text("/dev/xvda");
		same_setting(g, "root", "root", text);
		free(text);
	}
	strbuf_puts(&g->xml, "</os>\n");
}

static void same_memory(struct same_guest *g)
{
	uint32_t maxmem = 16 + same_random(1 << 16), memory = same_chance() ? maxmem : 16 + same_random(maxmem - 15);

	if (same_chance())
		strbuf_printf(&g->xml, "<memory unit='%s'>%u</memory>", SAME_WORD("M", "MiB"), maxmem);
	else
		strbuf_printf(&g->xml, "<memory>%u</memory>", maxmem << 10);
	if (memory != maxmem || same_chance())
		strbuf_printf(&g->xml, "<currentMemory unit='KiB'>%u</currentMemory>\n", memory << 10);
	if (memory != maxmem || same_chance())
		strbuf_printf(&g->classic, "maxmem = %u\n", maxmem);
	strbuf_printf(&g->classic, SAME_WORD("memory = %u\n", "memory = '%u'\n", "memory = 0x%x\n"), memory);
}

static char *same_cpu_set(void)
{
	uint32_t first = same_random(8);

	if (same_chance())
		return mem_printf(SAME_WORD("%u", "node:0,^%u", "all,^nodes:1-3,^%u", "node:1,%u"), first);
	return mem_printf("%u-%u,^%u", first, first + 1 + same_random(9), first);
}

/* Both know a set for all vCPUs; sets of their own, vCPU by vCPU from the first, are a list or <vcpupin>. */
static void same_cpus(struct same_guest *g)
{
	uint32_t vcpus, pins = same_chance() ? 0 : same_random(g->maxvcpus + 1);
	char *set = pins || same_chance() ? NULL : same_cpu_set();

	vcpus = 1 + same_random(g->maxvcpus);
	strbuf_puts(&g->xml, "<vcpu placement='static'");
	if (vcpus != g->maxvcpus || same_chance())
		strbuf_printf(&g->xml, " current='%u'", vcpus);
	if (set)
		strbuf_printf(&g->xml, " cpuset='%s'", set);
	strbuf_printf(&g->xml, ">%u</vcpu>\n<cputune>", g->maxvcpus);
	strbuf_printf(&g->classic, "vcpus = %u\n", vcpus);
	if (vcpus != g->maxvcpus || same_chance())
		strbuf_printf(&g->classic, "maxvcpus = %u\n", g->maxvcpus);
	if (set)
		strbuf_printf(&g->classic, "cpus = \"%s\"\n", set);
	free(set);
	if (pins)
		strbuf_puts(&g->classic, "cpus = [");
	for (uint32_t i = 0; i < pins; i++) {
		set = same_cpu_set();
		strbuf_printf(&g->classic, "%s'%s'", i ? ",\n\t" : " ", set);
		strbuf_printf(&g->xml, "<vcpupin vcpu='%u' cpuset='%s'/>", i, set);
		free(set);
	}
	if (pins)
		strbuf_puts(&g->classic, " ]\n");
	if (same_chance()) {
		uint32_t weight = 1 + same_random(65535);

		strbuf_printf(&g->classic, "cpu_weight = %u\n", weight);
		strbuf_printf(&g->xml, "<shares>%u</shares>", weight);
	}
	strbuf_puts(&g->xml, "</cputune>\n");
}

static void same_actions(struct same_guest *g)
{
	static const char *const keys[] = { "on_poweroff", "on_reboot", "on_crash" };

	for (int i = 0; i < 3; i++)
		if (same_chance())
			same_setting(g, keys[i], keys[i], SAME_WORD("destroy", "restart", "rename-restart", "preserve"));
}

static void same_clock(struct same_guest *g)
{
	static const struct { const char *key, *mode; } tsc[] = {
		{ "default", "auto" }, { "always_emulate", "emulate" }, { "native", "native" },
	};
	int offset = (int)same_random(200000) - 100000;
	uint32_t mode = same_random(3);

	if (same_chance()) {
		strbuf_printf(&g->classic, "rtc_timeoffset = %d\n", offset);
		strbuf_printf(&g->xml, "<clock offset='variable' adjustment='%d'%s>", offset, SAME_WORD("", " basis='utc'"));
	} else {
		strbuf_puts(&g->xml, SAME_WORD("<clock>", "<clock offset='utc'>", "<clock offset='utc' adjustment='reset'>"));
	}
	if (same_chance()) {
		strbuf_printf(&g->classic, "tsc_mode = '%s'\n", tsc[mode].key);
		strbuf_printf(&g->xml, "<timer name='tsc' mode='%s'/>", tsc[mode].mode);
	}
	strbuf_puts(&g->xml, "</clock>\n");
	if (same_chance()) {
		uint32_t grants = 1 + same_random(4096), events = 16 + same_random(100000);

		strbuf_printf(&g->classic, "max_grant_frames = %u\nmax_event_channels = %u\n", grants, events);
		strbuf_printf(&g->devices, "<controller type='xenbus' index='0' maxGrantFrames='%u' maxEventChannels='%u'/>\n", grants,
			      events);
	}
}

/* The keys of a disk by name, in any order, with the target last; or in their places. */
static void same_classic_disk(struct same_guest *g, const char *target, const char *vdev, const char *access, bool cdrom,
			      bool no_discard)
{
	struct strbuf b = { 0 };
	bool places = !strchr(target, ',') && !strchr(target, '=') && same_chance();

	if (no_discard)
		strbuf_puts(&b, "no-discard,");
	if (cdrom)
		strbuf_puts(&b, SAME_WORD("cdrom, ", "devtype=cdrom,"));
	if (places && same_chance())
		strbuf_printf(&b, "vdev=%s,%s,,%s", vdev, target, access);
	else if (places)
		strbuf_printf(&b, "%s,%s,%s,%s", target, SAME_WORD("raw", ""), vdev, access);
	else if (same_chance())
		strbuf_printf(&b, "vdev=%s, access=%s,format=raw, target=%s", vdev, access, target);
	else
		strbuf_printf(&b, "access=%s, vdev=%s,target=%s", access, vdev, target);
	same_classic_text(&g->classic, b.data);
	strbuf_free(&b);
}

static void same_disk(struct same_guest *g, uint32_t number)
{
	bool read_only = same_chance(), shared = same_chance(), cdrom = !same_random(4), no_discard = !same_random(4);
	char *target = same_text("/srv/"), *vdev = mem_printf("%s%c%.*s", number < 2 ? SAME_WORD("xvd", "hd", "sd") : "xvd",
							      'a' + number, (int)same_random(2), "3");

	same_classic_disk(g, target, vdev, shared ? read_only ? "r!" : "w!" : read_only ? SAME_WORD("r", "ro") : SAME_WORD("w", "rw"),
			  cdrom, no_discard);
	strbuf_printf(&g->devices, "<disk%s device='%s'>%s<source %s='", SAME_WORD(" type='file'", ""), cdrom ? "cdrom" : "disk",
		      no_discard ? "<driver name='tap' type='raw' discard='ignore'/>" :
		      SAME_WORD("<driver name='file'/>", "<driver name='tap' type='aio'/>", ""), SAME_WORD("file", "dev"));
	same_xml_text(&g->devices, target);
	strbuf_printf(&g->devices, "'/><target dev='%s' bus='xen'/>%s%s</disk>\n", vdev, read_only ? "<readonly/>" : "",
		      shared ? "<shareable/>" : "");
	free(target);
	free(vdev);
}

static void same_vif(struct same_guest *g, uint32_t number)
{
	struct strbuf b = { 0 };
	uint32_t rate = 1 + same_random(100000), ips = same_random(3);

	strbuf_printf(&g->devices, "<interface type='%s'>", SAME_WORD("bridge", "ethernet"));
	if (same_chance()) {
		strbuf_printf(&b, "mac=00:16:3e:%02x:%02x:%02x,", number, rate & 0xff, same_random(256));
		strbuf_printf(&g->devices, "<mac address='%.17s'/>", b.data + 4);
	}
	if (same_chance()) {
		strbuf_printf(&b, "bridge=br%u, ", rate);
		strbuf_printf(&g->devices, "<source bridge='br%u'/>", rate);
	}
	if (same_chance()) {
		strbuf_printf(&b, "script=vif-%u,", rate);
		strbuf_printf(&g->devices, "<script path='%svif-%u'/>", SAME_WORD("", "/etc/xen/scripts/"), rate);
	}
	if (same_chance()) {
		strbuf_printf(&b, " vifname=net%u.%u,", rate, number);
		strbuf_printf(&g->devices, "<target dev='net%u.%u'/>", rate, number);
	}
	for (uint32_t i = 0; i < ips; i++) {
		strbuf_printf(&b, "%s10.0.%u.%u", i ? " " : "ip=", i, number);
		strbuf_printf(&g->devices, "<ip%s address='10.0.%u.%u'/>", SAME_WORD("", " family='ipv4'"), i, number);
	}
	if (same_chance()) {
		uint32_t mtu = 68 + same_random(9000);

		strbuf_printf(&b, "%smtu=%u", ips ? "," : "", mtu);
		strbuf_printf(&g->devices, "<mtu size='%u'/>", mtu);
		ips = 1;
	}
	if (same_chance()) {
		strbuf_printf(&b, "%srate=%uKB/s", ips ? "," : "", rate);
		strbuf_printf(&g->devices, "<bandwidth><outbound average='%u'/></bandwidth>", rate);
	}
	same_classic_text(&g->classic, b.data ? b.data : "");
	strbuf_puts(&g->devices, "</interface>\n");
	strbuf_free(&b);
}

static void same_pci(struct same_guest *g, uint32_t number)
{
	/* No two of a guest in one slot: all functions and one of them would be named twice. */
	uint32_t domain = same_random(3), bus = same_random(256), slot = same_random(8) << 2 | number, vslot = same_random(32);
	bool permissive = same_chance(), placed = same_chance(), seize = same_chance();
	char function = same_random(4) ? '0' + number : '*';
	struct strbuf b = { 0 };

	if (domain || same_chance())
		strbuf_printf(&b, "%04x:", domain);
	strbuf_printf(&b, "%02x:%02x.%c", bus, slot, function);
	if (placed)
		strbuf_printf(&b, SAME_WORD("@%x", ",%x", ",vslot=%x", ",vslot=0x%x"), vslot);
	if (permissive)
		strbuf_puts(&b, ",permissive=1");
	if (seize || same_chance())
		strbuf_printf(&b, ",seize=%d", seize);
	same_classic_text(&g->classic, b.data);
	strbuf_free(&b);
	strbuf_printf(&g->devices, "<hostdev mode='subsystem' type='pci' managed='%s'><driver name='xen'/><source%s>"
		      "<address%s bus='0x%02x' slot='0x%02x' function='%c'/></source>", seize ? "yes" : "no", permissive ? " writeFiltering='no'" : "",
		      domain == 0 ? "" : domain == 1 ? " domain='0x0001'" : " domain='0x0002'", bus, slot, function);
	if (placed)
		strbuf_printf(&g->devices, "<address type='pci' slot='0x%02x'/>", vslot);
	strbuf_puts(&g->devices, "</hostdev>\n");
}

static void same_list(struct same_guest *g, const char *key, void (*item)(struct same_guest *g, uint32_t number))
{
	uint32_t count = same_random(4);

	if (!count)
		return;
	strbuf_printf(&g->classic, "%s = [ ", key);
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			strbuf_puts(&g->classic, SAME_WORD(", ", ",\n\t", ",# next\n"));
		item(g, i);
	}
	strbuf_puts(&g->classic, SAME_WORD(" ]\n", ", ]\n"));
}

static void same_make(struct same_guest *g, uint64_t seed, unsigned int number)
{
	same_state = (seed + 1) * 0x9e3779b97f4a7c15ULL + number * 0xbf58476d1ce4e5b9ULL;
	same_state |= !same_state;
	*g = (struct same_guest){ .maxvcpus = 1 + same_random(8) };
	strbuf_puts(&g->xml, "<domain type='xen'>\n");
	same_identity(g);
	same_memory(g);
	same_cpus(g);
	same_kernel(g);
	same_actions(g);
	same_clock(g);
	same_list(g, "disk", same_disk);
	same_list(g, "vif", same_vif);
	same_list(g, "pci", same_pci);
	strbuf_printf(&g->xml, "<devices>\n%s</devices>\n</domain>\n", g->devices.data ? g->devices.data : "");
}

/* Settings of a command line; some take back those of the file. */
static size_t same_overrides(const char *overrides[4])
{
	static const char *const all[] = {
		"name=other", "maxvcpus=100", "cpus=0-1", "cpus=['3']", "disk=file:/x,xvdz,w", "disk=[]", "vif=[]", "vif=bridge=b,mtu=100",
		"pci=[]", "pci=05:00.0", "cpu_weight=7", "on_crash=preserve", "tsc_mode=native", "rtc_timeoffset=5",
	};
	size_t count = same_chance() ? 0 : same_random(5);

	for (size_t i = 0; i < count; i++)
		overrides[i] = all[same_random(sizeof(all) / sizeof(*all))];
	return count;
}

/* The configuration read from one form, as text; the caller frees it. */
static char *same_read(const struct strbuf *text, const char *const *overrides, size_t override_count)
{
	struct config_source source = { .file = "guest", .text = text->data, .len = text->len, .overrides = overrides,
					.override_count = override_count };
	struct strbuf b = { 0 }, warnings = { 0 };
	struct config_error err = { 0 };
	struct domain_config c;

	if (domain_config_read(&source, &c, &warnings, &err) < 0) {
		strbuf_printf(&b, "refused: %s", err.text);
	} else {
		show_config(&b, &c);
		domain_config_free(&c);
	}
	/* A warning is a difference too: neither form has one here. */
	if (warnings.len)
		strbuf_printf(&b, "\nwarnings: %s", warnings.data);
	strbuf_free(&warnings);
	config_error_free(&err);
	return strbuf_take(&b);
}

/* True where both forms were read as the same guest, and neither was refused. */
static bool same_check(uint64_t seed, unsigned int number)
{
	struct same_guest g;
	char *classic, *xml;
	const char *overrides[4];
	size_t count;
	bool same;

	same_make(&g, seed, number);
	count = same_overrides(overrides);
	classic = same_read(&g.classic, overrides, count);
	xml = same_read(&g.xml, overrides, count);
	/* A command line may ask for a disk, a card or a device twice; then both forms are refused with the same words. */
	same = !strcmp(classic, xml) && (count || strncmp(classic, "refused", 7)) && !strstr(classic, "\nwarnings: ");
	if (!same)
		fprintf(stderr, "guest %u of seed %llu\n%s\n%s\n%zu overrides: %s ...\nclassic: %s\nXML:     %s\n", number,
			(unsigned long long)seed, g.classic.data, g.xml.data, count, count ? overrides[0] : "", classic, xml);
	free(classic);
	free(xml);
	strbuf_free(&g.classic);
	strbuf_free(&g.xml);
	strbuf_free(&g.devices);
	return same;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
	unsigned int first = argc > 2 ? atoi(argv[2]) : 0, end = argc > 2 ? first + 1 : GUESTS, different = 0;

	for (unsigned int i = first; i < end && different < 3; i++)
		different += !same_check(seed, i);
	printf("classic text and domain XML: %u guests, seed %llu, %u differences\n", end - first,
	       (unsigned long long)seed, different);
	return different != 0;
}
