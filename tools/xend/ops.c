/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of operations: what xend can be asked, by whom, and which thread does it. */
#include "ops.h"

#include <string.h>

static const struct call_op table[] = {
	{ "create", CALL_ROOT, CALL_WORKER, op_create },
	{ "destroy", CALL_ROOT, CALL_WORKER, op_destroy },
	{ "save", CALL_ROOT, CALL_WORKER, op_save },
	{ "restore", CALL_ROOT, CALL_WORKER, op_restore },
	{ "pci-attach", CALL_ROOT, CALL_WORKER, op_pci_attach },
	{ "pci-detach", CALL_ROOT, CALL_WORKER, op_pci_detach },
	{ "pci-list", CALL_LOOK, CALL_AT_ONCE, op_pci_list },
	{ "pci-assignable-list", CALL_LOOK, CALL_AT_ONCE, op_pci_assignable_list },
	{ "pause", CALL_ROOT, CALL_AT_ONCE, op_pause },
	{ "unpause", CALL_ROOT, CALL_AT_ONCE, op_unpause },
	{ "shutdown", CALL_ROOT, CALL_AT_ONCE, op_shutdown },
	{ "reboot", CALL_ROOT, CALL_AT_ONCE, op_reboot },
	{ "sysrq", CALL_ROOT, CALL_AT_ONCE, op_sysrq },
	{ "vcpu-set", CALL_ROOT, CALL_AT_ONCE, op_vcpu_set },
	{ "debug-keys", CALL_ROOT, CALL_AT_ONCE, op_debug_keys },
	{ "dmesg", CALL_ROOT, CALL_AT_ONCE, op_dmesg },	/* it can clear the ring */
	{ "list", CALL_LOOK, CALL_AT_ONCE, op_list },
	{ "lookup", CALL_LOOK, CALL_AT_ONCE, op_lookup },
	{ "vcpu-list", CALL_LOOK, CALL_AT_ONCE, op_vcpu_list },
	{ "uptime", CALL_LOOK, CALL_AT_ONCE, op_uptime },
	{ "info", CALL_LOOK, CALL_AT_ONCE, op_info },
	{ "log", CALL_LOOK, CALL_AT_ONCE, op_log },
	{ "wait", CALL_LOOK, CALL_WAIT, op_wait },
};

const struct call_op *call_find_op(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}
