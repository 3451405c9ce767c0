/* SPDX-License-Identifier: GPL-2.0-only */
/* IOMMUs as the rest of the machine's code sees them (arch/x86/iommu/boot.c). */
#ifndef X86_IOMMU_H
#define X86_IOMMU_H

#include <xen/types.h>

/* Boot CPU, before dom0 is built: finds the units, maps memory for dom0's devices, switches translation on. */
void iommu_boot(void);
/* Unit @i's registers, whole pages: the first frame; the last goes to *@last. 0: there are no more in use. */
u64 iommu_registers(unsigned int i, u64 *last);

#endif
