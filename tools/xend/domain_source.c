/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest is made from, as state files and images keep it. */
#include <stdlib.h>
#include <string.h>

#include "../lib/json.h"
#include "../lib/mem.h"
#include "domain.h"

void domain_source_free(struct domain_source *source)
{
	for (size_t i = 0; i < source->override_count; i++)
		free(source->overrides[i]);
	free(source->overrides);
	free(source->file);
	free(source->text);
	free(source->folder);
	present_free(&source->present);
	*source = (struct domain_source){ 0 };
}

void domain_source_to_json(const struct domain_source *source, struct json *j)
{
	struct json *list;

	json_add_str(j, "file", source->file);
	json_add_str(j, "text", source->text);
	if (source->folder)
		json_add_str(j, "folder", source->folder);
	list = json_add_new(j, "overrides", JSON_ARRAY);
	for (size_t i = 0; i < source->override_count; i++)
		json_add_str(list, NULL, source->overrides[i]);
	present_to_json(&source->present, j);
}

void domain_source_from_json(struct domain_source *source, const struct json *j)
{
	const struct json *list = json_get(j, "overrides");

	source->file = mem_strdup(json_str(j, "file", ""));
	source->text = mem_strdup(json_str(j, "text", ""));
	mem_replace(&source->folder, json_str(j, "folder", NULL));
	for (size_t i = 0; list && i < list->count; i++) {
		if (list->items[i]->type != JSON_STRING)
			continue;
		source->overrides = mem_grow(source->overrides, source->override_count + 1, sizeof(char *));
		source->overrides[source->override_count++] = mem_strdup(list->items[i]->str);
	}
	present_from_json(&source->present, j);
}

int domain_source_read(struct domain_source *source, struct domain_config *config, struct strbuf *warnings, struct config_error *err)
{
	struct config_source text = { source->file, source->text, strlen(source->text), (const char *const *)source->overrides,
				      source->override_count, source->folder };
	int ret = domain_config_read(&text, config, warnings, err);

	if (ret < 0)
		return ret;
	present_settle(&source->present, config);
	/* A guest that drives a PCI device is not saved: an image that names one asks for what no guest of its kind had. */
	if (source->image)
		config->pci_count = source->present.pci_count = 0;
	return 0;
}
