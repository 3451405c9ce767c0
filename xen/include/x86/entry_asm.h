/* SPDX-License-Identifier: GPL-2.0-only */
/* Register frame offsets and macros shared by the assembly of arch/x86/entry. Pinned by entry/offsets.c. */
#ifndef X86_ENTRY_ASM_H
#define X86_ENTRY_ASM_H

/* struct cpu_user_regs */
#define REGS_r15          0
#define REGS_r14          8
#define REGS_r13         16
#define REGS_r12         24
#define REGS_rbp         32
#define REGS_rbx         40
#define REGS_r11         48
#define REGS_r10         56
#define REGS_r9          64
#define REGS_r8          72
#define REGS_rax         80
#define REGS_rcx         88
#define REGS_rdx         96
#define REGS_rsi        104
#define REGS_rdi        112
#define REGS_error_code 120
#define REGS_vector     124
#define REGS_rip        128
#define REGS_cs         136
#define REGS_rflags     144
#define REGS_rsp        152
#define REGS_ss         160
#define REGS_es         168
#define REGS_SIZE       200

/* struct cpu_info, seen from &guest_regs */
#define CI_processor_id    200
#define CI_current         208
#define CI_percpu_offset   216
#define CI_softirq_pending 224
#define CI_guest_cr3       232
#define CI_xen_cr3         240
/* From &guest_regs to the last byte of the stack, which or-ing STACK_SIZE - 1 to a stack pointer gives. */
#define CI_FROM_LAST_BYTE  247

/* Flag in entry_vector: rcx and r11 need no restoring, SYSRET may be used. */
#define ENTRY_SYSCALL      0x100
/* Flag in entry_vector: an exception's vector, without the error code that the CPU pushes with it: an interrupt. */
#define ENTRY_STRAY        0x200

#define HV_CS              0xe008
#define HV_DS              0xe010
#define TSS_SELECTOR       0xe040
#define LDT_SELECTOR       0xe050
#define GUEST_CS32         0xe023
#define GUEST_SS           0xe02b
#define GUEST_CS64         0xe033

#ifdef __ASSEMBLY__
.macro SAVE_REGS
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %rcx
        pushq   %rax
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
.endm

.macro RESTORE_REGS
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        popq    %r11
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rax
        popq    %rcx
        popq    %rdx
        popq    %rsi
        popq    %rdi
.endm

/* A fault at @from continues at @to. */
.macro EX_TABLE from, to
        .pushsection .ex_table, "a"
        .balign 8
        .quad   \from, \to
        .popsection
.endm
/* ss, cs: what the frame says of the caller, whose selectors SYSCALL does not keep. */
.macro SYSCALL_FRAME cs
        pushq   $GUEST_SS
        pushq   %rax
        pushq   %r11
        pushq   $\cs
        pushq   %rcx
        pushq   syscall_vector(%rip)
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %rcx
        subq    $8, %rsp
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
.endm

/*
 * rsp = &guest_regs.es; rip, rsp and CS of the caller are lost: CS is null, as the ABI has it. SYSENTER leaves all flags but IF as
 * they were. The flags are saved first, and trap_debug() lets TF stay for that one instruction.
 */
.macro SYSENTER_FRAME
        pushfq                                   /* in the place of ss */
        pushq   $0
        pushq   8(%rsp)
        movq    $GUEST_SS, 16(%rsp)
        pushq   $2                               /* without NT: IRETQ would fault with it */
        popfq
        pushq   $3
        pushq   $0
        pushq   $0
        SAVE_REGS
.endm
#endif

#endif
