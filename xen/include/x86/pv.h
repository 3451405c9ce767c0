/* SPDX-License-Identifier: GPL-2.0-only */
/* Running PV guests: entry and exit, exceptions into the guest, emulation, dom0's start (arch/x86/entry, arch/x86/pv). Owner: PV. */
#ifndef X86_PV_H
#define X86_PV_H

#include <xen/types.h>

struct vcpu;
struct domain;
struct cpu_user_regs;

/* Per-CPU descriptor tables and MSRs of the syscall entry; called on each CPU by cpu bring-up, after percpu and stack. */
void cpu_init_descriptors(unsigned int cpu);   /* GDT, TSS, IDT, IST stacks, STAR/LSTAR/FMASK, syscall stub page */
void traps_init(void);                         /* boot CPU: fills the IDT once */
/* C side of each exception, from entry: regs->entry_vector, regs->error_code are set. */
void do_exception(struct cpu_user_regs *regs);
/* Exceptions that the hypervisor expects at an instruction: section .ex_table, pairs of RIP → fix-up. */
u64 search_exception_table(u64 rip);

/* Makes @v take exception @vector on its way out. */
void pv_inject_exception(struct vcpu *v, unsigned int vector, u32 error_code);
void pv_inject_page_fault(struct vcpu *v, u64 cr2, u32 error_code);

/* dom0: kernel image and initrd as loaded by the boot loader (machine ranges). Panics with one line on refusal. */
struct boot_module { u64 start, size; const char *cmdline; };   /* machine address; cmdline without the first word */
void dom0_build(const struct boot_module *kernel, const struct boot_module *initrd);
/* xz, zstd, gzip, lz4 in memory → freshly allocated pages (*@out_order); -errno with message printed. */
int decompress(const void *in, size_t n, void **out, size_t *out_n);

/* Jumps into the current (first) vCPU. */
void reset_stack_and_run_current(void) __attribute__((noreturn));

#endif
