/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domain XML, the form libvirt uses for PV guests, through libxml2 into the same configuration as the classic syntax. The
 * walk looks up each element and each attribute in one table of rows; one without a row is refused, never skipped.
 */
#include <errno.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "config_xml.h"

static int xml_children(struct xml_reader *x, xmlNode *parent, const char *path);

struct config_where xml_where(const struct xml_row *row, xmlNode *node)
{
	const char *slash = strrchr(row->path, '/');

	return (struct config_where){ slash ? slash + 1 : row->path, xmlGetLineNo(node) > 0 ? (unsigned int)xmlGetLineNo(node) : 1 };
}

char *xml_attribute(xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	char *copy = value ? mem_strdup((char *)value) : NULL;

	xmlFree(value);
	return copy;
}

/* The element's own text without white space around it; the caller frees it. */
static char *xml_text(xmlNode *node)
{
	struct strbuf b = { 0 };
	char *text, *copy;

	for (xmlNode *child = node->children; child; child = child->next)
		if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) && child->content)
			strbuf_puts(&b, (const char *)child->content);
	text = strbuf_take(&b);
	copy = mem_strdup(text + strspn(text, " \t\r\n"));
	for (size_t len = strlen(copy); len && strchr(" \t\r\n", copy[len - 1]); len--)
		copy[len - 1] = 0;
	free(text);
	return copy;
}

static const struct xml_row *xml_find(const char *path)
{
	const struct xml_row *rows;
	size_t count;

	rows = xml_row_table(&count);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(rows[i].path, path))
			return &rows[i];
	return NULL;
}

/* The rows beside path, with the same parent, hold the names that may have been meant. */
static void xml_note_unknown(struct xml_reader *x, xmlNode *node, const char *path, size_t parent)
{
	bool attribute = path[parent] == '@';
	const char *name = path + parent + (path[parent] == '@' || path[parent] == '/'), *near, *names[64];
	const char *owner = (const char *)(attribute ? node : node->parent)->name;
	struct config_where where = { owner, xmlGetLineNo(node) > 0 ? (unsigned int)xmlGetLineNo(node) : 1 };
	const struct xml_row *rows;
	size_t rows_count, count = 0;
	char *element, *near_element;

	rows = xml_row_table(&rows_count);
	for (size_t i = 0; i < rows_count && count < sizeof(names) / sizeof(*names); i++) {
		const char *tail = rows[i].path + (name - path);

		if (strncmp(rows[i].path, path, name - path) || strpbrk(tail, "/@"))
			continue;
		names[count++] = tail;
	}
	near = config_nearest(name, names, count, sizeof(*names));
	if (attribute) {
		config_unknown_add(x->r, where, "attribute", name, near);
		return;
	}
	element = mem_printf("<%s>", name);
	near_element = near ? mem_printf("<%s>", near) : NULL;
	config_unknown_add(x->r, where, "element", element, near_element);
	free(element);
	free(near_element);
}

static int xml_attributes(struct xml_reader *x, xmlNode *node, const char *path)
{
	int ret = 0;

	for (xmlAttr *a = node->properties; a && !ret; a = a->next) {
		char *place = mem_printf("%s@%s", path, (const char *)a->name), *value = xml_attribute(node, (const char *)a->name);
		const struct xml_row *row = xml_find(place);

		if (row)
			ret = row->handler(x, row, node, value ? value : "");
		else
			xml_note_unknown(x, node, place, strlen(path));
		free(value);
		free(place);
	}
	return ret;
}

/* One element: its own text, its attributes, and the elements in it. */
static int xml_element(struct xml_reader *x, xmlNode *node, const char *path, size_t parent)
{
	const struct xml_row *row = xml_find(path);
	char *text;
	int ret;

	if (!row) {
		xml_note_unknown(x, node, path, parent);
		return 0;
	}
	text = xml_text(node);
	ret = row->handler(x, row, node, text);
	free(text);
	if (ret > 0)
		return 0;
	if (!ret)
		ret = xml_attributes(x, node, path);
	if (!ret)
		ret = xml_children(x, node, path);
	if (row->handler != xml_item)
		return ret;
	return config_item_finish(&x->item, ret ? ret : xml_end_item(x));
}

static int xml_children(struct xml_reader *x, xmlNode *parent, const char *path)
{
	int ret = 0;

	for (xmlNode *node = parent->children; node && !ret; node = node->next) {
		char *place;

		if (node->type != XML_ELEMENT_NODE)
			continue;
		place = mem_printf("%s%s%s", path, *path ? "/" : "", (const char *)node->name);
		ret = xml_element(x, node, place, strlen(path));
		free(place);
	}
	return ret;
}

/* An element that has only elements and attributes. */
int xml_group(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	return *value ? xml_fail(x, row, node, "remove it", "unexpected text \"%s\"", value) : 0;
}

int xml_skip(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	return 0;
}

int xml_skip_tree(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	return 1;
}

int xml_refuse(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	return xml_fail(x, row, node, row->arg, "not supported");
}

/* One of the words of arg. */
int xml_one_of(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	char *list = mem_printf(" %s ", row->arg), *word = mem_printf(" %s ", value), *remedy;
	bool good = *value && !strchr(value, ' ') && strstr(list, word);

	if (!good) {
		remedy = mem_printf("use %s%s", strchr(row->arg, ' ') ? "one of " : "", row->arg);
		xml_fail(x, row, node, remedy, "\"%s\" is not supported", value);
		free(remedy);
	}
	free(list);
	free(word);
	return good ? 0 : -EINVAL;
}

/* A setting of the guest. */
int xml_key(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	size_t i, count;

	i = row - xml_row_table(&count);
	if (x->seen[i / 64] >> (i % 64) & 1)
		return xml_fail(x, row, node, "remove one", "is given twice");
	x->seen[i / 64] |= 1ULL << (i % 64);
	return config_set_text(x->r, row->key, xml_where(row, node), value);
}

/* A setting of the item that is being read; where arg is given it is the value. */
int xml_item_key(struct xml_reader *x, const struct xml_row *row, xmlNode *node, const char *value)
{
	return config_item_set(&x->item, row->key, row->arg ? row->arg : value);
}

static int xml_read_root(struct xml_reader *x, xmlDoc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc);
	struct config_where top = { "syntax", 1 };
	int ret;

	if (doc->intSubset)
		return config_fail(x->r->err, x->r->file, top, "remove it", "a DOCTYPE is not read");
	if (!root || strcmp((const char *)root->name, "domain"))
		return config_fail(x->r->err, x->r->file, top, "put the guest into one", "the outermost element is not <domain>");
	ret = xml_attributes(x, root, "");
	if (!ret)
		ret = xml_children(x, root, "");
	if (!ret)
		ret = config_unknown_fail(x->r);
	return ret ? ret : xml_end_guest(x);
}

/* libxml2 reports through the context's last error; nothing goes to stderr. */
static void xml_quiet(void *context, const xmlError *error)
{
}

static void *xml_malloc(size_t size)
{
	return mem_alloc(1, size);
}

static void *xml_realloc(void *old, size_t size)
{
	return mem_grow(old, 1, size);
}

/* libxml2 gives NULL for an attribute that is not there and for one that it has no memory for: it must have memory. */
static void xml_set_memory(void)
{
	static bool set;

	if (!set && xmlMemSetup(free, xml_malloc, xml_realloc, mem_strdup) < 0)
		abort();
	set = true;
}

int config_read_xml(struct config_reader *r, const char *text, size_t len)
{
	struct xml_reader x = { .r = r };
	const xmlError *error;
	xmlParserCtxt *context;
	xmlDoc *doc;
	int ret;

	xml_set_memory();
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
	strbuf_free(&x.item_ips);
	xmlFreeDoc(doc);
	xmlFreeParserCtxt(context);
	return ret;
}
