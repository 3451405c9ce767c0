/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations that turn guests into files and back: save, restore. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/json.h"
#include "guest_pci.h"
#include "guest_save.h"
#include "ops.h"
#include "store.h"

/* xend has its own current folder, so only a whole path says which file is meant. */
static const char *op_file(struct call *c)
{
	const char *file = json_str(c->args, "file", "");

	if (*file == '/')
		return file;
	call_fail(c, EINVAL, "\"%s\" is not the whole path of a file", file);
	return NULL;
}

int op_save(struct call *c)
{
	const char *file = op_file(c);
	char *bus = NULL;
	struct domain *d;
	uint32_t domid;
	int ret;

	if (!file || call_domain(c, &domid) < 0)
		return -c->code;
	if (!domid)
		return call_fail(c, EINVAL, "domain 0 cannot be saved; it is the one that runs this");
	d = domain_get(c->x, domid);
	if (!d)
		return call_fail(c, EINVAL, "domain %u was not made by xend, so its configuration is not known", domid);
	ret = store_get(c->link->xs, &bus, PCI_BACKEND "/frontend", domid);
	if (ret < 0)
		return pci_fail_read(c, domid, ret);
	free(bus);
	if (bus)
		return call_fail(c, EOPNOTSUPP, "%s drives a PCI device, whose state cannot be saved", d->name);
	return guest_save(c, d, file, json_bool(c->args, "leave", false));
}

int op_restore(struct call *c)
{
	const char *file = op_file(c);
	struct domain *d;

	if (!file || guest_restore(c, file, json_bool(c->args, "paused", false), &d) < 0)
		return -c->code;
	c->result = json_new(JSON_OBJECT);
	json_add_int(c->result, "domid", d->domid);
	json_add_str(c->result, "name", d->name);
	return 0;
}
