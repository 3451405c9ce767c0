/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SYSCALL from a guest, the hypercall's fast path, and the way out to a guest.
 *
 * The hypervisor runs with the guest's GS bases: a CPU's own data is found from its stack (x86/cpu_info.h), so that
 * entry and exit need no SWAPGS. The per-CPU stub (entry/descriptors.c) has stored the guest's rax in guest_regs, left
 * the guest's rsp in rax and set rsp to &guest_regs.es. SFMASK has cleared IF, TF, DF, NT, AC.
 */
#include <x86/entry_asm.h>

        .section .text.entry, "ax", @progbits

/* SYSRET to a non-canonical address faults in ring 0 on Intel. Clobbers @tmp. */
.macro CANONICAL addr, tmp, otherwise
        movq    \addr, \tmp
        addq    half_of_canonical(%rip), \tmp
        shrq    $48, \tmp
        jne     \otherwise
.endm

/* Constants of the ways in and out lie with them: nothing else of the image may be mapped there (guard.S). */
        .globl  syscall_vector
        .hidden syscall_vector
        .balign 8
syscall_vector:                                  /* error code 0, entry_vector ENTRY_SYSCALL */
        .long   0, ENTRY_SYSCALL
half_of_canonical:
        .quad   1 << 47

        .globl  syscall_entry
        .balign 64
syscall_entry:
        SYSCALL_FRAME GUEST_CS64
        .globl  syscall_framed
syscall_framed:
        movq    CI_current(%rsp), %rbx
        cmpb    $0, VCPU_in_kernel(%rbx)
        je      guest_user_syscall
        sti
        movq    REGS_rax(%rsp), %rax
        cmpq    $64, %rax
        jae     hypercall_unknown
        andl    $63, %eax                        /* nothing in range changes; on a mispredicted path it stays in range */
        leaq    hypercall_entry(%rip), %r11
        movq    %r10, %rcx
        movq    (%r11, %rax, 8), %rax
        call    __x86_indirect_thunk_rax
hypercall_done:
        cmpq    $-85, %rax                       /* -ERESTART: hypercall_continue() or iret has written the frame */
        je      ret_to_guest
        cli
        movq    VCPU_info(%rbx), %rdx
        movzbl  (%rdx), %ecx
        orl     CI_softirq_pending(%rsp), %ecx
        orl     VCPU_exit_work(%rbx), %ecx
        jne     hypercall_work
        movq    REGS_rip(%rsp), %rcx
        CANONICAL %rcx, %rdx, hypercall_work
        .globl  hypercall_exit, hypercall_exit_rest
hypercall_exit:                                  /* 5 bytes: a jump to hypercall_exit_guarded may take their place */
        movq    REGS_rbx(%rsp), %rbx
hypercall_exit_rest:
        movq    REGS_rflags(%rsp), %r11
        movq    REGS_r10(%rsp), %r10
        movq    REGS_r9(%rsp), %r9
        movq    REGS_r8(%rsp), %r8
        movq    REGS_rdx(%rsp), %rdx
        movq    REGS_rsi(%rsp), %rsi
        movq    REGS_rdi(%rsp), %rdi
        movq    REGS_rsp(%rsp), %rsp
        sysretq

hypercall_work:
        movq    %rax, REGS_rax(%rsp)
        movq    %rbx, %rdi
        jmp     work_for_guest

hypercall_unknown:
        call    hypercall_checked
        jmp     hypercall_done

guest_user_syscall:
        movq    %rsp, %rdi
        call    pv_syscall_from_user
        testb   %al, %al
        jz      ret_to_guest_irqs_off

/*
 * Into a handler of the guest's kernel, as do_exception() says; interrupts off. Registers that C preserves are still the guest's,
 * but for rbx. What may be pending is left to the long way out.
 */
        .globl  handler_to_guest
handler_to_guest:
        movq    CI_current(%rsp), %rbx
        movq    VCPU_info(%rbx), %rdx
        movzbl  (%rdx), %ecx
        orl     CI_softirq_pending(%rsp), %ecx
        orl     VCPU_exit_work(%rbx), %ecx
        jne     ret_to_guest_irqs_off
        movq    REGS_rip(%rsp), %rcx
        movq    REGS_rax(%rsp), %rax
        jmp     hypercall_exit

        .globl  syscall32_entry
        .balign 16
syscall32_entry:                                 /* from compatibility mode: AMD only */
        SYSCALL_FRAME GUEST_CS32
        .globl  syscall32_framed
syscall32_framed:
        movq    %rsp, %rdi
        call    pv_syscall32_from_user
        jmp     ret_to_guest_irqs_off

        .globl  sysenter_entry
        .balign 16
sysenter_entry:                                  /* rsp = &guest_regs.es; the caller's rip and rsp are lost by design */
        SYSENTER_FRAME
        .globl  sysenter_framed
sysenter_framed:
        cld
        orl     $0x200, REGS_rflags(%rsp)
        movq    %rsp, %rdi
        call    pv_sysenter_from_user
        jmp     ret_to_guest_irqs_off

/*
 * The way out. rsp = &guest_regs, the frame is complete. Softirqs first, then what has to be delivered
 * (pv_exit_work()), then the guest's registers. Interrupts are off from the last test to the last instruction.
 */
        .globl  ret_to_guest
        .balign 16
ret_to_guest:
        cli
ret_to_guest_irqs_off:
        movq    CI_current(%rsp), %rdi
        movq    VCPU_info(%rdi), %rax
        movzbl  (%rax), %ecx
        orl     CI_softirq_pending(%rsp), %ecx
        orl     VCPU_exit_work(%rdi), %ecx
        jz      restore_guest
work_for_guest:                                  /* rdi = current */
        cmpq    $0, CI_softirq_pending(%rsp)
        jne     run_softirqs
        cmpl    $0, VCPU_exit_work(%rdi)
        jne     exit_work
        movq    VCPU_info(%rdi), %rax
        cmpb    $0, 1(%rax)                      /* an event, if anything: masked? */
        jne     restore_guest
exit_work:
        movq    %rsp, %rsi
        call    pv_exit_work                     /* (v, regs), interrupts off */
        jmp     ret_to_guest_irqs_off

run_softirqs:
        sti
        call    softirq_run
        jmp     ret_to_guest

        .globl  restore_guest, restore_guest_rest
restore_guest:                                   /* 8 bytes: a jump to restore_guest_guarded may take their place */
        testl   $ENTRY_SYSCALL, REGS_vector(%rsp)
restore_guest_rest:
        jz      1f
        movq    REGS_rip(%rsp), %rcx
        CANONICAL %rcx, %rdx, 1f
        cmpw    $GUEST_CS64, REGS_cs(%rsp)
        jne     1f
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        addq    $8, %rsp
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rax
        addq    $8, %rsp
        popq    %rdx
        popq    %rsi
        popq    %rdi
        movq    REGS_rip - REGS_error_code(%rsp), %rcx
        movq    REGS_rflags - REGS_error_code(%rsp), %r11
        movq    REGS_rsp - REGS_error_code(%rsp), %rsp
        sysretq
1:
        RESTORE_REGS
        addq    $8, %rsp
        .globl  guest_iret
guest_iret:
        iretq
        EX_TABLE guest_iret, guest_iret_failed

/* The IRET faulted on a page of the LDT that is there now. Interrupts were on meanwhile: what they left is looked at again. */
        .globl  guest_iret_again
guest_iret_again:
        pushq   $0
        SAVE_REGS
        jmp     ret_to_guest

/* A selector or address of the frame could not be loaded. All registers still hold the guest's values; rsp = &guest_regs.rip. */
guest_iret_failed:
        pushq   $0
        SAVE_REGS
        movq    CI_current(%rsp), %rdi
        call    pv_iret_failed
        jmp     ret_to_guest

/* void reset_stack_and_enter_guest(void): abandons this stack's contents for the current vCPU's frame. */
        .globl  reset_stack_and_enter_guest
reset_stack_and_enter_guest:
        movq    %rsp, %rax
        orq     $0x7fff, %rax
        leaq    1 - 256 + 8(%rax), %rsp          /* &guest_regs; entry/offsets.c */
        xorl    %ebp, %ebp
        jmp     ret_to_guest

/* void reset_stack_and_call(void (*fn)(void)): the idle loop, on an empty stack. */
        .globl  reset_stack_and_call
reset_stack_and_call:
        movq    %rsp, %rax
        orq     $0x7fff, %rax
        leaq    1 - 256(%rax), %rsp
        xorl    %ebp, %ebp
        call    __x86_indirect_thunk_rdi
        ud2

        .section .note.GNU-stack, "", @progbits
