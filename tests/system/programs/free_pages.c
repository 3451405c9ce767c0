/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints how many page frames the hypervisor has free, those included that wait to be cleared. */
#include <stdio.h>
#include <string.h>

#include <xenctrl.h>

int main(void)
{
	struct xc_physinfo info;
	struct xc_handle *h;
	int ret = xc_open(&h);

	if (!ret)
		ret = xc_physinfo(h, &info);
	if (ret) {
		fprintf(stderr, "free_pages: %s\n", strerror(-ret));
		return 1;
	}
	printf("%llu\n", (unsigned long long)(info.free_pages + info.scrub_pages));
	xc_close(h);
	return 0;
}
