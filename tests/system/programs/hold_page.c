/* SPDX-License-Identifier: GPL-2.0-only */
/* hold_page DOMID FRAME: maps a domain's frame and keeps it until it is killed, so that the domain cannot go when it ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>

int main(int argc, char **argv)
{
	struct xc_handle *h;
	void *page;
	int ret = argc == 3 ? xc_open(&h) : -22;

	if (!ret)
		ret = xc_map_foreign_page(h, strtoul(argv[1], NULL, 0), PROT_READ, strtoull(argv[2], NULL, 0), &page);
	if (ret) {
		fprintf(stderr, "hold_page: %s\n", strerror(-ret));
		return 1;
	}
	puts("held");
	fflush(stdout);
	for (;;)
		pause();
}
