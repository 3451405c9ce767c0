/* SPDX-License-Identifier: GPL-2.0-only */
/* Which threads make a core and which cores a socket (arch/x86/cpu/topology.c). */
#ifndef X86_TOPOLOGY_H
#define X86_TOPOLOGY_H

#include <xen/types.h>

unsigned int cpu_threads_per_core(void);
unsigned int cpu_cores_per_socket(void);
u32 cpu_core_id(unsigned int cpu);       /* within its socket */
u32 cpu_socket_id(unsigned int cpu);

#endif
