/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests/bench: "FREE DOM0", in page frames: what the hypervisor has to give, and what dom0 has. */
#include <stdio.h>
#include <string.h>

#include <xenctrl.h>

int main(void)
{
	struct xc_domain_info dom0;
	struct xc_physinfo host;
	struct xc_handle *h;
	int ret = xc_open(&h);

	if (!ret)
		ret = xc_physinfo(h, &host);
	if (!ret)
		ret = xc_domain_getinfo(h, 0, &dom0);
	if (ret) {
		fprintf(stderr, "bench_memory: %s\n", strerror(-ret));
		return 1;
	}
	printf("%llu %llu\n", (unsigned long long)(host.free_pages + host.scrub_pages), (unsigned long long)dom0.tot_pages);
	xc_close(h);
	return 0;
}
