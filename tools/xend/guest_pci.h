/* SPDX-License-Identifier: GPL-2.0-only */
/* What creating a guest with PCI devices and giving it one later have in common. The store says which guest has which device. */
#ifndef XEND_GUEST_PCI_H
#define XEND_GUEST_PCI_H

#include "guest.h"

struct store_batch;
struct xs_handle;

#ifndef PCI_SYSFS		/* a test has its own */
#define PCI_SYSFS "/sys/bus/pci/devices/"
#define PCIBACK "/sys/bus/pci/drivers/pciback"
#endif
#define PCI_FUNCTIONS 8		/* that a device may have */
#define PCI_BACKENDS "/local/domain/0/backend/pci"
#define PCI_BACKEND PCI_BACKENDS "/%u/0"

/*
 * What the store says of guests' devices. A negative errno says that it cannot be read now, which is not the same as "none":
 * a device must not be taken for free, nor a guest's devices be forgotten, because of that.
 */
/* Numbers of the guest's devices are below this; those in between may be free. */
int pci_count_indices(struct xs_handle *xs, uint32_t domid);
/* The number of that device of the guest's; NULL: a free one. -ENOENT: none. */
int pci_find_index(struct xs_handle *xs, uint32_t domid, const char *address);
/* The guest's devices; *out is the caller's to free, also after a failure. Returns how many there are. */
int pci_list(struct xs_handle *xs, uint32_t domid, struct config_pci **out);
/* 0 with the domain that has the device, -1: none. */
int pci_find_user(struct xs_handle *xs, const char *address, int64_t *user);
/* call_fail()s for one of these errors. */
int pci_fail_read(struct call *c, uint32_t domid, int ret);

/* The functions that are meant: one, or all that the device has on this host. Returns how many, or call_fail()s. */
int pci_functions(struct call *c, struct domain *d, const struct config_pci *pci, struct config_pci out[PCI_FUNCTIONS]);
/* Whether the device can be given to d. 0 or call_fail()ed. */
int pci_check(struct call *c, struct domain *d, const struct config_pci *pci);
/* What is to be said to whoever gives a device away. */
void pci_warn(struct call *c, const char *file);
/*
 * The right to use the device's registers, ports and interrupt line; a device to be seized is taken from its driver before. 0
 * or call_fail()ed.
 */
int pci_give(struct call *c, struct domain *d, const struct config_pci *pci);
int pci_take(struct call *c, struct domain *d, const struct config_pci *pci);

/* One device's nodes below the batch's base, the backend's folder. */
void pci_put_nodes(struct store_batch *b, unsigned int index, const struct config_pci *pci);
/* Both ends of a guest's PCI bus, with its first devices. 0 or call_fail()ed. */
int pci_make_device(struct call *c, struct domain *d, const struct config_pci *pcis, size_t count);

/* A device for a guest that runs; back from it; what it has: array gets {device, seen_as}. 0 or call_fail()ed. */
int guest_plug_pci(struct call *c, struct domain *d, const struct config_pci *pci);
int guest_unplug_pci(struct call *c, struct domain *d, const struct config_pci *pci);

#endif
