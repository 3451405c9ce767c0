/* SPDX-License-Identifier: GPL-2.0-only */
/* The PCI devices that dom0 reported. */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/msix.h>
#include <xen/rangeset.h>
#include <xen/softirq.h>
#include <x86/pci.h>

static struct rangeset *devices;         /* made with the first device */

static int list_device(pci_addr_t a)
{
    if (!devices)
        devices = rangeset_new();
    return devices ? rangeset_add(devices, a.v, a.v) : -ENOMEM;
}

/* Listed last: to take it off the list again needs memory. */
int pci_device_add(pci_addr_t a)
{
    bool known = rangeset_contains(devices, a.v, a.v);
    int rc = msix_look(a.v, 0);

    if (rc && rc != -ENODEV)
        return rc;
    rc = iommu_add_device(a.v);
    if (!rc)
        rc = list_device(a);
    if (rc && !known) {
        iommu_remove_device(a.v);
        msix_forget(a.v);
    }
    return rc;
}

int pci_device_remove(pci_addr_t a)
{
    int rc = -ENODEV;

    if (rangeset_contains(devices, a.v, a.v))
        rc = rangeset_remove(devices, a.v, a.v);
    if (!rc) {
        iommu_remove_device(a.v);
        msix_forget(a.v);
    }
    return rc;
}

struct walk { int (*fn)(u32 device); u64 next; };

static int walk_range(u64 first, u64 last, void *arg)
{
    struct walk *w = arg;
    int rc = 0;

    for (w->next = first; !rc && w->next <= last; ) {
        rc = w->fn((u32)w->next++);
        if (!rc && preempt_check())
            rc = -ERESTART;
    }
    return rc;
}

int pci_devices_walk(u64 *next, int (*fn)(u32 device))
{
    struct walk w = { .fn = fn };
    int rc = devices ? rangeset_for_each(devices, *next, ~0u, walk_range, &w) : 0;

    if (rc == -ERESTART)
        *next = w.next;
    return rc;
}
