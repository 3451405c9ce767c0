/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HYPERVISOR_mca: the interface is there, the service is not. A machine check is printed and ends in a panic. It is answered as by a
 * hypervisor built without it.
 */
#include <xen/hypercall.h>

long hc_mca(unsigned long arg, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    return -ENOSYS;
}
