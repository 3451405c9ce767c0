/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's life: the steps that make it, in order, each with what takes it back. Creation runs them forwards, and
 * backwards from where one failed; destruction runs all of them backwards. All of it runs in the worker.
 */
#ifndef XEND_GUEST_H
#define XEND_GUEST_H

#include "call.h"
#include "domain.h"

/* Creates from source (taken over, whatever comes back). 0 with *out in the list, or call_fail()ed. dry_run: *out NULL. */
int guest_create(struct call *c, struct domain_source *source, bool paused, bool dry_run, struct domain **out);
/*
 * Takes everything back and frees d. Its state file says so from the beginning, and goes last; where d->source.again it stays,
 * for the creation that follows.
 */
void guest_destroy(struct xend *x, struct domain *d);
/* Only the devices, of a guest that has ended and stays for inspection. The caller writes the state file. */
void guest_detach_devices(struct xend *x, struct domain *d);

/* Fails with the position of the setting that is to blame. */
#define guest_fail(c, d, where, remedy, ...) config_fail(&(c)->err, (d)->source.file, where, remedy, __VA_ARGS__)

/* What only the host can tell, before anything is touched. Fills d->disks. 0 or call_fail()ed. */
int guest_check_host(struct call *c, struct domain *d);

/* Fails with libxc's last error, at the setting it is about. */
int guest_fail_build(struct call *c, struct domain *d, int ret);
void guest_build_params(const struct domain *d, struct xc_build_params *p);

/* Notes in d->source.present what the guest is now, as long as its nodes in the store are there. */
void guest_look(struct xend_link *link, struct domain *d);

/* Devices. attach: 0 or call_fail()ed, having kept in d what detach needs. detach always succeeds, at the latest at its deadline. */
int guest_attach_disk(struct call *c, struct domain *d, size_t i);
void guest_detach_disk(struct xend *x, struct domain *d, size_t i);
int guest_attach_vif(struct call *c, struct domain *d, size_t i);
void guest_detach_vif(struct xend *x, struct domain *d, size_t i);

/* PCI devices: all of the guest's are one device in the store. */
int guest_check_pci(struct call *c, struct domain *d);
/* Is there a device to assign, and an IOMMU that confines it? */
bool guest_confines_pcis(struct call *c, const struct domain *d);
int guest_attach_pcis(struct call *c, struct domain *d);
void guest_detach_pcis(struct xend *x, struct domain *d);

/* A device as the store has it. */
struct guest_device {
	const char *kind;		/* "vbd", "vif", "pci" */
	uint32_t domid;
	unsigned int number;
};

/* Waits until the backend has reached at least state; call_fail()s with what it waited for. */
int guest_wait_backend(struct call *c, struct domain *d, struct config_where where, const struct guest_device *device, int state);
/* Closes the backend, waits until the kernel has let go of the device, removes all nodes of both ends. */
void guest_remove_device(struct xend *x, const struct guest_device *device);

/* The guest's nodes that are no devices' ones. 0 or call_fail()ed. */
int guest_write_store(struct call *c, struct domain *d);
void guest_remove_store(struct xend *x, struct domain *d);
/* Waits until a daemon serves the console; a warning when none does. 0 or call_fail(). */
int guest_wait_console(struct call *c, struct domain *d);
/* Gives the guest's entry in the store the name and UUID that it has now; @old_uuid: the one it had, NULL: not known. 0 or a negative errno. */
int guest_rename_store(struct xend *x, struct domain *d, const char *old_uuid);

#endif
