/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HYPERVISOR_mca and HYPERVISOR_kexec_op: the interfaces are there, the services are not. A machine check is
 * printed and ends in a panic; a crash reboots. Both are answered as by a hypervisor built without them.
 */
#include <xen/hypercall.h>

long hc_mca(unsigned long arg, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    return -ENOSYS;
}

long hc_kexec_op(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    return -ENOSYS;
}
