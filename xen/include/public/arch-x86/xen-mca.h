/* SPDX-License-Identifier: MIT */
/* mca(arg): machine checks.  Numbers and the call's envelope only: we answer -ENOSYS. */
#ifndef __XEN_PUBLIC_ARCH_X86_MCA_H__
#define __XEN_PUBLIC_ARCH_X86_MCA_H__

#define __HYPERVISOR_mca __HYPERVISOR_arch_0
#define VIRQ_MCA         VIRQ_ARCH_0

#define XEN_MCA_INTERFACE_VERSION 0x01ecc003

#endif
