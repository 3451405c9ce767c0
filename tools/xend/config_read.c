/* SPDX-License-Identifier: GPL-2.0-only */
/* From a source, in either form, to the checked configuration: defaults and checks that concern several keys. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "config_internal.h"

/* Enough for a small Linux; xm's own default. */
#define DEFAULT_MEMORY_MIB 128

const struct domain_config config_defaults = {
	.on_poweroff = ACTION_DESTROY, .on_reboot = ACTION_RESTART, .on_crash = ACTION_DESTROY, .on_watchdog = ACTION_DESTROY,
};

const char *config_action_name(enum config_action action)
{
	static const char *const names[] = { "destroy", "restart", "rename-restart", "preserve" };

	return names[action];
}

void domain_config_free(struct domain_config *c)
{
	config_drop_disks(c);
	config_drop_vifs(c);
	free(c->disks);
	free(c->vifs);
	free(c->pcis);
	free(c->hard.pins);
	free(c->soft.pins);
	free(c->name);
	free(c->kernel);
	free(c->ramdisk);
	free(c->folder);
	free(c->root);
	free(c->extra);
	free(c->cmdline);
	*c = (struct domain_config){ 0 };
}

static const uint8_t *config_cpus(const struct config_affinity *a, uint32_t vcpu)
{
	if (vcpu < a->pin_count && a->pins[vcpu].given)
		return a->pins[vcpu].cpus;
	return a->given ? a->cpus : NULL;
}

const uint8_t *domain_config_cpus(const struct domain_config *c, uint32_t vcpu)
{
	return config_cpus(&c->hard, vcpu);
}

const uint8_t *domain_config_soft_cpus(const struct domain_config *c, uint32_t vcpu)
{
	return config_cpus(&c->soft, vcpu);
}

void config_affinity_pin(struct config_affinity *a, uint32_t vcpu, const uint8_t *cpus)
{
	if (vcpu >= a->pin_count) {
		a->pins = mem_grow(a->pins, vcpu + 1, sizeof(*a->pins));
		memset(a->pins + a->pin_count, 0, (vcpu + 1 - a->pin_count) * sizeof(*a->pins));
		a->pin_count = vcpu + 1;
	}
	a->pins[vcpu].given = true;
	memcpy(a->pins[vcpu].cpus, cpus, sizeof(a->pins[vcpu].cpus));
}

/* The complete command line; xl's order: root first, extra last. */
static int config_check_cmdline(struct config_reader *r)
{
	struct domain_config *c = r->config;

	if (c->cmdline && (c->root || c->extra))
		strbuf_printf(r->warnings, "%s: root and extra are ignored: cmdline is the whole command line\n", r->file);
	if (!c->cmdline)
		c->cmdline = mem_printf("%s%s%s%s", c->root ? "root=" : "", c->root ? c->root : "",
					c->root && c->extra ? " " : "", c->extra ? c->extra : "");
	if (!c->at_cmdline.key)
		c->at_cmdline = (struct config_where){ "extra", c->at_kernel.line };
	if (strlen(c->cmdline) > CONFIG_CMDLINE_MAX)
		return config_fail(r->err, r->file, c->at_cmdline, "shorten it",
				   "the command line has %zu characters, a guest can be given %d", strlen(c->cmdline),
				   CONFIG_CMDLINE_MAX);
	return 0;
}

static void config_check_pins(struct config_reader *r, struct config_where where, struct config_affinity *a)
{
	uint32_t vcpus = r->config->maxvcpus;

	if (a->pin_count <= vcpus)
		return;
	config_warn(r, where, "%zu sets of CPUs for %u vCPUs: those beyond are ignored", a->pin_count, vcpus);
	a->pin_count = vcpus;
}

static int config_check_numbers(struct config_reader *r)
{
	struct domain_config *c = r->config;

	if (!c->memory_mib)
		c->memory_mib = DEFAULT_MEMORY_MIB;
	if (!c->at_memory.key)
		c->at_memory = (struct config_where){ "memory", c->at_name.line };
	if (!c->maxmem_mib)
		c->maxmem_mib = c->memory_mib;
	if (c->maxmem_mib < c->memory_mib)
		return config_fail(r->err, r->file, c->at_maxmem, "raise maxmem or lower memory",
				   "%u MiB is less than memory, %u MiB", c->maxmem_mib, c->memory_mib);
	if (!c->vcpus)
		c->vcpus = 1;
	if (!c->at_vcpus.key)
		c->at_vcpus = (struct config_where){ "vcpus", c->at_name.line };
	if (!c->maxvcpus)
		c->maxvcpus = c->vcpus;
	if (c->maxvcpus < c->vcpus)
		return config_fail(r->err, r->file, c->at_maxvcpus, "raise maxvcpus or lower vcpus",
				   "%u is less than vcpus, %u", c->maxvcpus, c->vcpus);
	config_check_pins(r, c->at_cpus, &c->hard);
	config_check_pins(r, c->at_cpus_soft, &c->soft);
	if (c->cap > c->maxvcpus * 100)
		return config_fail(r->err, r->file, c->at_cap, "100 is one whole CPU", "%u%% is more than %u vcpus can use",
				   c->cap, c->maxvcpus);
	return 0;
}

int config_make_absolute(struct config_reader *r, struct config_where where, char **path)
{
	char *whole;

	if (!*path || **path == '/')
		return 0;
	if (!r->config->folder)
		return config_fail(r->err, r->file, where, "write the whole path, from /", "%s is no absolute path", *path);
	whole = mem_printf("%s%s%s", r->config->folder, strcmp(r->config->folder, "/") ? "/" : "", *path);
	free(*path);
	*path = whole;
	return 0;
}

static int config_check_paths(struct config_reader *r)
{
	struct domain_config *c = r->config;

	if (config_make_absolute(r, c->at_kernel, &c->kernel) < 0 || config_make_absolute(r, c->at_ramdisk, &c->ramdisk) < 0)
		return -EINVAL;
	for (size_t i = 0; i < c->disk_count; i++)
		if (config_disk_place(r, &c->disks[i]) < 0)
			return -EINVAL;
	return 0;
}

int config_check(struct config_reader *r)
{
	struct domain_config *c = r->config;
	struct config_where whole = { "name", 1 };

	if (!c->name)
		return config_fail(r->err, r->file, whole, "add name = \"...\"", "missing");
	whole.key = "kernel";
	if (!c->kernel)
		return config_fail(r->err, r->file, whole, "add kernel = \"/boot/...\"", "missing");
	if (config_check_numbers(r) < 0 || config_check_paths(r) < 0)
		return -EINVAL;
	return config_check_cmdline(r);
}

/* The first character that is no white space decides the form. */
static bool config_is_xml(const struct config_source *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (!strchr(" \t\r\n", s->text[i]) || !s->text[i])
			return s->text[i] == '<';
	return false;
}

static int config_read_settings(struct config_reader *r, const struct config_source *source, bool xml)
{
	struct config_settings s = { 0 };
	int ret = 0;

	if (xml)
		ret = config_read_xml(r, source->text, source->len);
	else
		ret = config_parse(source->file, source->text, source->len, &s, r->err);
	for (size_t i = 0; i < source->override_count && !ret; i++)
		ret = config_parse_override(source->overrides[i], &s, r->err);
	if (!ret) {
		config_reset(r, &s);
		ret = config_apply(r, &s);
	}
	config_settings_free(&s);
	return ret;
}

int domain_config_read(const struct config_source *source, struct domain_config *out, struct strbuf *warnings,
		       struct config_error *err)
{
	struct config_reader r = { .file = source->file, .config = out, .warnings = warnings, .err = err };
	int ret;

	*out = config_defaults;
	if (source->len > CONFIG_TEXT_MAX)
		ret = config_fail(err, source->file, (struct config_where){ "syntax", 1 }, NULL,
				  "the file has more than %u bytes", CONFIG_TEXT_MAX);
	else
		ret = config_read_settings(&r, source, config_is_xml(source));
	if (!ret && !out->folder && source->folder && *source->folder == '/')
		out->folder = mem_strdup(source->folder);
	if (!ret)
		ret = config_check(&r);
	config_error_free(&r.unknown);
	strbuf_free(&r.unknown_rest);
	if (ret)
		domain_config_free(out);
	return ret;
}
