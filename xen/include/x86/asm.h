/* SPDX-License-Identifier: GPL-2.0-only */
/* Single instructions as functions: control registers, MSRs, ports, CPUID. */
#ifndef X86_ASM_H
#define X86_ASM_H

#include <xen/types.h>

static inline unsigned long read_cr0(void) { unsigned long v; asm volatile ("mov %%cr0, %0" : "=r" (v)); return v; }
static inline unsigned long read_cr2(void) { unsigned long v; asm volatile ("mov %%cr2, %0" : "=r" (v)); return v; }
static inline unsigned long read_cr3(void) { unsigned long v; asm volatile ("mov %%cr3, %0" : "=r" (v)); return v; }
static inline unsigned long read_cr4(void) { unsigned long v; asm volatile ("mov %%cr4, %0" : "=r" (v)); return v; }
static inline void write_cr0(unsigned long v) { asm volatile ("mov %0, %%cr0" :: "r" (v) : "memory"); }
static inline void write_cr2(unsigned long v) { asm volatile ("mov %0, %%cr2" :: "r" (v) : "memory"); }
static inline void write_cr3(unsigned long v) { asm volatile ("mov %0, %%cr3" :: "r" (v) : "memory"); }
static inline void write_cr4(unsigned long v) { asm volatile ("mov %0, %%cr4" :: "r" (v) : "memory"); }

static inline u64 rdmsr(u32 msr)
{
    u32 lo, hi;
    asm volatile ("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
    return lo | (u64)hi << 32;
}
static inline void wrmsr(u32 msr, u64 v)
{
    asm volatile ("wrmsr" :: "c" (msr), "a" ((u32)v), "d" ((u32)(v >> 32)) : "memory");
}
/* The forms that survive a #GP: 0 or -EFAULT (arch/x86/entry/safe_ops.S). */
int rdmsr_safe(u32 msr, u64 *v);
int wrmsr_safe(u32 msr, u64 v);

static inline void cpuid_count(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
    asm volatile ("cpuid" : "=a" (*a), "=b" (*b), "=c" (*c), "=d" (*d) : "0" (leaf), "2" (sub));
}
static inline u32 cpuid_eax(u32 leaf) { u32 a, b, c, d; cpuid_count(leaf, 0, &a, &b, &c, &d); return a; }
static inline u32 cpuid_ebx(u32 leaf) { u32 a, b, c, d; cpuid_count(leaf, 0, &a, &b, &c, &d); return b; }
static inline u32 cpuid_ecx(u32 leaf) { u32 a, b, c, d; cpuid_count(leaf, 0, &a, &b, &c, &d); return c; }
static inline u32 cpuid_edx(u32 leaf) { u32 a, b, c, d; cpuid_count(leaf, 0, &a, &b, &c, &d); return d; }

static inline u8 inb(u16 p) { u8 v; asm volatile ("inb %w1, %0" : "=a" (v) : "Nd" (p)); return v; }
static inline u16 inw(u16 p) { u16 v; asm volatile ("inw %w1, %0" : "=a" (v) : "Nd" (p)); return v; }
static inline u32 inl(u16 p) { u32 v; asm volatile ("inl %w1, %0" : "=a" (v) : "Nd" (p)); return v; }
static inline void outb(u8 v, u16 p) { asm volatile ("outb %0, %w1" :: "a" (v), "Nd" (p)); }
static inline void outw(u16 v, u16 p) { asm volatile ("outw %0, %w1" :: "a" (v), "Nd" (p)); }
static inline void outl(u32 v, u16 p) { asm volatile ("outl %0, %w1" :: "a" (v), "Nd" (p)); }

static inline u8 mmio_read8(const volatile void *p) { return *(const volatile u8 *)p; }
static inline u32 mmio_read32(const volatile void *p) { return *(const volatile u32 *)p; }
static inline u64 mmio_read64(const volatile void *p) { return *(const volatile u64 *)p; }
static inline void mmio_write32(volatile void *p, u32 v) { *(volatile u32 *)p = v; }
static inline void mmio_write64(volatile void *p, u64 v) { *(volatile u64 *)p = v; }

static inline void invlpg(unsigned long va) { asm volatile ("invlpg (%0)" :: "r" (va) : "memory"); }
static inline void halt_once(void) { asm volatile ("sti; hlt" ::: "memory"); }

#define CR0_PE (1UL << 0)
#define CR0_MP (1UL << 1)
#define CR0_EM (1UL << 2)
#define CR0_TS (1UL << 3)
#define CR0_ET (1UL << 4)
#define CR0_NE (1UL << 5)
#define CR0_WP (1UL << 16)
#define CR0_PG (1UL << 31)
#define CR4_TSD (1UL << 2)
#define CR4_DE (1UL << 3)
#define CR4_PAE (1UL << 5)
#define CR4_MCE (1UL << 6)
#define CR4_PGE (1UL << 7)
#define CR4_PCE (1UL << 8)
#define CR4_OSFXSR (1UL << 9)
#define CR4_OSXMMEXCPT (1UL << 10)
#define CR4_UMIP (1UL << 11)
#define CR4_FSGSBASE (1UL << 16)
#define CR4_OSXSAVE (1UL << 18)
#define CR4_SMEP (1UL << 20)
#define CR4_SMAP (1UL << 21)

#define EFLAGS_CF (1UL << 0)
#define EFLAGS_TF (1UL << 8)
#define EFLAGS_IF (1UL << 9)
#define EFLAGS_DF (1UL << 10)
#define EFLAGS_IOPL (3UL << 12)
#define EFLAGS_NT (1UL << 14)
#define EFLAGS_RF (1UL << 16)
#define EFLAGS_VM (1UL << 17)
#define EFLAGS_AC (1UL << 18)

#endif
