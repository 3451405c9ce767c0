/* SPDX-License-Identifier: GPL-2.0-only */
/* Disks of domains that xend does not manage: those of other toolstacks, and of guests whose state file cannot be used now. */
#ifndef XEND_DISK_USE_H
#define XEND_DISK_USE_H

#include "domain.h"

#ifndef DISK_USE_SYSFS		/* a test has its own */
#define DISK_USE_SYSFS "/sys"
#endif

/*
 * Looks through the backends' nodes for another use of the disk @disk, whose identity is @is. 1 with *domid and *read_only
 * where both must not have it at once, 0 where there is none, or a negative errno: it cannot be learnt, and the disk must not
 * be taken for free.
 */
int disk_use_find(struct xend *x, struct xend_link *link, const struct domain_disk *is, const struct config_disk *disk,
		  uint32_t *domid, bool *read_only);

#endif
