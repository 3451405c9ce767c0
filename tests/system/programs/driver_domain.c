/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * driver_domain DOMID FRAME COUNT IRQ COUNT: gives a domain what one with a device has: a device's memory, I/O ports, and
 * interrupts, which are mapped for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <public/xen.h>
#include <public/physdev.h>
#include <xenctrl.h>

/* Linux' /dev/xen/privcmd (include/uapi/xen/privcmd.h). */
struct privcmd_hypercall {
	uint64_t op, arg[5];
};
#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

static int map_irq(int privcmd, unsigned domid, int irq)
{
	static struct physdev_map_pirq map __attribute__((aligned(4096)));
	struct privcmd_hypercall call = { __HYPERVISOR_physdev_op, { PHYSDEVOP_map_pirq, (uintptr_t)&map } };

	map = (struct physdev_map_pirq){ .domid = (domid_t)domid, .type = MAP_PIRQ_TYPE_GSI, .index = irq, .pirq = irq };
	if (mlock(&map, sizeof(map)) || ioctl(privcmd, IOCTL_PRIVCMD_HYPERCALL, &call) < 0)
		return -errno;
	return 0;
}

static int give(struct xc_handle *h, int privcmd, unsigned domid, unsigned long frame, unsigned nr_frames, unsigned irq,
		unsigned nr_irqs)
{
	int ret = xc_domain_iomem_permission(h, domid, frame, nr_frames, true);

	if (!ret)
		ret = xc_domain_ioport_permission(h, domid, 0x3c0, 32, true);
	for (unsigned i = irq; !ret && i < irq + nr_irqs; i++) {
		ret = xc_domain_irq_permission(h, domid, i, true);
		if (!ret)
			ret = map_irq(privcmd, domid, (int)i);
	}
	return ret;
}

int main(int argc, char **argv)
{
	unsigned long n[6] = { 0 };
	int privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC), ret;
	struct xc_handle *h;

	for (int i = 1; i < argc && i < 6; i++)
		n[i] = strtoul(argv[i], NULL, 0);
	ret = argc != 6 ? -EINVAL : privcmd < 0 ? -errno : xc_open(&h);
	if (!ret)
		ret = give(h, privcmd, (unsigned)n[1], n[2], (unsigned)n[3], (unsigned)n[4], (unsigned)n[5]);
	if (ret)
		fprintf(stderr, "driver_domain: %s\n", strerror(-ret));
	return ret ? 1 : 0;
}
