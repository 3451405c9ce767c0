/* SPDX-License-Identifier: GPL-2.0-only */
/* destroy_begin DOMID: the first piece of the domain's destruction, as a caller that is killed after it. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define __XEN_TOOLS__ 1
#include <public/domctl.h>
#include <xenctrl.h>

int main(int argc, char **argv)
{
	struct xen_domctl *op = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	struct xc_handle *h;
	long ret;

	if (argc != 2 || op == MAP_FAILED || xc_open(&h))
		return 2;
	*op = (struct xen_domctl){
		.cmd = XEN_DOMCTL_destroydomain,
		.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
		.domain = atoi(argv[1]),
	};
	ret = xc_hypercall(h, __HYPERVISOR_domctl, (unsigned long)op, XEN_DOMCTL_IN_PIECES, 0, 0, 0);
	xc_close(h);
	if (ret == -EAGAIN)
		return 0;
	fprintf(stderr, "destroy_begin: %s\n", ret ? strerror(-ret) : "it was the only piece");
	return 1;
}
