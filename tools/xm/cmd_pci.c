/* SPDX-License-Identifier: GPL-2.0-only */
/* xm pci-attach, pci-detach, pci-list and pci-assignable-list */
#include "xm.h"

static int pci_change_run(const struct xm_command *self, int argc, char **argv)
{
	struct json *args, *value;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (argc - optind != 2)
		return xm_usage(self, "which domain, and which device?");
	args = xm_domain_args(argv[optind]);
	json_add_str(args, "device", argv[optind + 1]);
	value = xm_call(self->name, args);
	json_free(value);
	return value ? XM_DONE : XM_FAILED;
}

static int pci_list_run(const struct xm_command *self, int argc, char **argv)
{
	struct json *list;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (argc - optind != 1)
		return xm_usage(self, "which domain?");
	list = xm_call("pci-list", xm_domain_args(argv[optind]));
	if (!list)
		return XM_FAILED;
	printf("%-12s  %s\n", "Device", "The guest's");
	for (size_t i = 0; i < list->count; i++)
		printf("%-12s  %s\n", json_str(list->items[i], "device", "?"), json_str(list->items[i], "seen_as", "-"));
	json_free(list);
	return XM_DONE;
}

static int pci_assignable_list_run(const struct xm_command *self, int argc, char **argv)
{
	struct json *list;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (argc != optind)
		return xm_usage(self, "it takes no arguments");
	list = xm_call("pci-assignable-list", NULL);
	if (!list)
		return XM_FAILED;
	for (size_t i = 0; i < list->count; i++)
		puts(list->items[i]->str);
	json_free(list);
	return XM_DONE;
}

const struct xm_command cmd_pci_attach = {
	"pci-attach", "DOMAIN DEVICE", "Gives a running guest a PCI device that xen-pciback holds.",
	"DEVICE: as in a configuration's pci list (xm.cfg(5), PCI DEVICES). It lasts until the guest ends.\n", pci_change_run,
};
const struct xm_command cmd_pci_detach = {
	"pci-detach", "DOMAIN DEVICE", "Asks a guest to let go of a PCI device, and takes it back.", NULL, pci_change_run,
};
const struct xm_command cmd_pci_list = { "pci-list", "DOMAIN", "Shows a guest's PCI devices.", NULL, pci_list_run };
const struct xm_command cmd_pci_assignable_list = {
	"pci-assignable-list", "", "Shows the PCI devices that can be given to a guest.", NULL, pci_assignable_list_run,
};
