/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest segment selectors and bases. A guest owns both GS bases: in guest kernel mode MSR_GS_BASE holds the kernel's and
 * MSR_KERNEL_GS_BASE the user's, in guest user mode the reverse; a change of mode is one SWAPGS. Owner: PV.
 */
#ifndef X86_SEGMENT_H
#define X86_SEGMENT_H

#include <x86/asm.h>

#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

/* The guest whose vCPU was loaded last decides (cpu/msr_guest.c). */
static inline bool has_fsgsbase(void) { return read_cr4() & CR4_FSGSBASE; }

static inline u64 read_fs_base(void)
{
    u64 v;

    if (!has_fsgsbase())
        return rdmsr(MSR_FS_BASE);
    asm volatile ("rdfsbase %0" : "=r" (v));
    return v;
}
static inline u64 read_gs_base(void)
{
    u64 v;

    if (!has_fsgsbase())
        return rdmsr(MSR_GS_BASE);
    asm volatile ("rdgsbase %0" : "=r" (v));
    return v;
}
static inline void write_fs_base(u64 v)
{
    if (has_fsgsbase())
        asm volatile ("wrfsbase %0" :: "r" (v));
    else
        wrmsr(MSR_FS_BASE, v);
}
static inline void write_gs_base(u64 v)
{
    if (has_fsgsbase())
        asm volatile ("wrgsbase %0" :: "r" (v));
    else
        wrmsr(MSR_GS_BASE, v);
}
static inline u64 read_gs_shadow(void) { return rdmsr(MSR_KERNEL_GS_BASE); }
static inline void write_gs_shadow(u64 v) { wrmsr(MSR_KERNEL_GS_BASE, v); }

static inline u16 read_ds(void) { u16 s; asm volatile ("mov %%ds, %0" : "=rm" (s)); return s; }
static inline u16 read_es(void) { u16 s; asm volatile ("mov %%es, %0" : "=rm" (s)); return s; }
static inline u16 read_fs(void) { u16 s; asm volatile ("mov %%fs, %0" : "=rm" (s)); return s; }
static inline u16 read_gs(void) { u16 s; asm volatile ("mov %%gs, %0" : "=rm" (s)); return s; }

/* Loads a selector of a guest's choice; false: it could not be loaded, the register is null. */
#define DEFINE_LOAD_SELECTOR(reg)                                                               \
static inline bool load_##reg(u16 sel)                                                          \
{                                                                                               \
    asm goto ("1: mov %0, %%" #reg "\n\t"                                                       \
              ".pushsection .ex_table, \"a\"; .balign 8; .quad 1b, %l1; .popsection"            \
              :: "r" ((u32)sel) : "memory" : fault);                                            \
    return true;                                                                                \
fault:                                                                                          \
    asm volatile ("mov %0, %%" #reg :: "r" (0));                                                \
    return false;                                                                               \
}
DEFINE_LOAD_SELECTOR(ds)
DEFINE_LOAD_SELECTOR(es)
DEFINE_LOAD_SELECTOR(fs)
DEFINE_LOAD_SELECTOR(gs)
#undef DEFINE_LOAD_SELECTOR

/* arch/x86/entry/descriptors.c: the GDT register, at the CPU's own page or at a vCPU's window. */
void gdt_load_own(void);
void gdt_load_window(unsigned int vcpu_id);

#endif
