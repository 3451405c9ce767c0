/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The place of a CPU from its APIC id: the low bits number the threads of a core, those above the cores of a socket.
 * Widths: leaf 0xB where there is one (Intel SDM vol. 3, 9.9), else leaves 1 and 4 or 0x80000008 (AMD64 vol. 3, E.4.7).
 */
#include <x86/apic.h>
#include <x86/asm.h>
#include <x86/cpufeature.h>
#include <x86/topology.h>

struct widths { unsigned int thread, socket; };    /* bits of the APIC id below the core's, below the socket's */

static unsigned int bits_for(unsigned int n)
{
    unsigned int b = 0;

    while ((1u << b) < n)
        b++;
    return b;
}

static bool from_leaf_b(struct widths *w)
{
    u32 a, b, c, d;

    if (cpu_host.max_leaf < 0xb)
        return false;
    cpuid_count(0xb, 0, &a, &b, &c, &d);
    if (!(b & 0xffff))
        return false;
    w->thread = w->socket = a & 31;
    for (unsigned int i = 1; i < 8; i++) {
        cpuid_count(0xb, i, &a, &b, &c, &d);
        if (!(c >> 8 & 0xff))
            break;
        w->socket = a & 31;
    }
    return true;
}

static struct widths widths(void)
{
    struct widths w = { 0, 0 };
    unsigned int logical, cores = 1;
    u32 a, b, c, d;

    if (from_leaf_b(&w))
        return w;
    cpuid_count(1, 0, &a, &b, &c, &d);
    logical = d & (1u << 28) ? b >> 16 & 0xff : 1;
    if (cpu_host.vendor == CPU_VENDOR_INTEL && cpu_host.max_leaf >= 4) {
        cpuid_count(4, 0, &a, &b, &c, &d);
        cores = (a >> 26) + 1;
    } else if (cpu_host.max_extended_leaf >= 0x80000008) {
        cores = (cpuid_ecx(0x80000008) & 0xff) + 1;
    }
    w.socket = bits_for(logical > cores ? logical : cores);
    w.thread = logical > cores ? bits_for(logical / cores) : 0;
    return w;
}

u32 cpu_socket_id(unsigned int cpu) { return cpu_apicid[cpu] >> widths().socket; }

u32 cpu_core_id(unsigned int cpu)
{
    struct widths w = widths();

    return (cpu_apicid[cpu] & ((1u << w.socket) - 1)) >> w.thread;
}

unsigned int cpu_threads_per_core(void) { return 1u << widths().thread; }

unsigned int cpu_cores_per_socket(void)
{
    struct widths w = widths();

    return 1u << (w.socket - w.thread);
}
