/* SPDX-License-Identifier: GPL-2.0-only */
/* The reader of domain XML: its state, and the rows that say where each element and attribute goes. */
#ifndef XEND_CONFIG_XML_H
#define XEND_CONFIG_XML_H

#include <libxml/tree.h>

#include "../lib/strbuf.h"
#include "config_internal.h"

struct xml_reader {
	struct config_reader *r;
	struct config_item item;	/* being read: the <disk>, <interface> or <hostdev> */
	bool item_read_only, item_shared;
	struct strbuf item_ips;
	uint64_t memory_kib, current_kib;
	struct config_where at_memory, at_current;
	uint64_t seen[4];		/* bit i: rows[i] gave the guest a setting */
};

/*
 * The destination of one element's text or one attribute's value. @key is a key of the classic syntax or of the item that is
 * being read: both readers share the tables behind them. @arg is the handler's.
 */
struct xml_row {
	const char *path;		/* "os/kernel", "vcpu@current": elements below <domain>, and the attribute */
	/* 0 or -EINVAL; of an element also 1: nothing in it is to be read. */
	int (*handler)(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value);
	const char *key, *arg;
};

/* All rows. Where an element or attribute has none it is refused. */
const struct xml_row *xml_row_table(size_t *count);

/* The row's name for messages, at the node's line. */
struct config_where xml_where(const struct xml_row *row, xmlNode *node);
#define xml_fail(x, row, node, remedy, ...) \
	config_fail((x)->r->err, (x)->r->file, xml_where(row, node), remedy, __VA_ARGS__)
/* An attribute's value, NULL where it is not there; the caller frees it. */
char *xml_attribute(xmlNode *node, const char *name);

/* Handlers that concern more than one value are in config_xml_rows.c, the rest beside the walk. */
int xml_group(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value);
int xml_skip(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value);
int xml_skip_tree(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value);
int xml_refuse(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value);
int xml_one_of(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value);
int xml_key(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value);
int xml_item_key(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value);
int xml_item(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value);

/* Settings that several elements make together, once all elements of the item, or of the guest, were read. 0 or -EINVAL. */
int xml_end_item(struct xml_reader *x);
int xml_end_guest(struct xml_reader *x);

#endif
