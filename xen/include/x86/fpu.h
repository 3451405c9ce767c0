/* SPDX-License-Identifier: GPL-2.0-only */
/* FPU, SSE, AVX … state of vCPUs: loaded and saved at a switch (arch/x86/cpu/fpu.c). Owner: PV. */
#ifndef X86_FPU_H
#define X86_FPU_H

#include <xen/types.h>

struct vcpu;

/* The hardware format: legacy FXSAVE image, XSAVE header, extended part. AMD64 vol. 2, 11.5. */
struct xsave_area {
    u8 legacy[512];
    u64 xstate_bv, xcomp_bv, reserved[6];
    u8 extended[];
} __aligned(64);

void fpu_init_cpu(void);                      /* CR0, CR4, XCR0 of this CPU; the boot CPU decides what is used */
int fpu_vcpu_init(struct vcpu *v);            /* -ENOMEM */
void fpu_vcpu_destroy(struct vcpu *v);
void fpu_switch_from(struct vcpu *v);         /* saves what is on this CPU; interrupts off */
void fpu_switch_to(struct vcpu *v);
void fpu_reset(struct vcpu *v);               /* power-on state */
void fpu_set_fxsave(struct vcpu *v, const void *image);       /* 512 bytes, from a context */
void fpu_get_fxsave(struct vcpu *v, void *image);
bool fpu_xcr0_ok(u64 value);                   /* a value that XSETBV takes */
bool fpu_set_xcr0(struct vcpu *v, u64 value); /* XSETBV by @v (current); false: refused, #GP */

extern u64 xfeature_mask;                     /* bits of XCR0 that the hypervisor uses; 0: no XSAVE */
extern u32 xsave_area_size;                   /* of all those features */

/* CR0.TS: the next FPU instruction faults (#NM). Set only while a guest runs that wants it. */
static inline void fpu_stts(void) { unsigned long v; asm volatile ("mov %%cr0, %0; or $8, %0; mov %0, %%cr0" : "=&r" (v) :: "memory"); }
static inline void fpu_clts(void) { asm volatile ("clts" ::: "memory"); }

#endif
