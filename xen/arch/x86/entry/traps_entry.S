/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of the 256 vectors. Each stub completes a struct cpu_user_regs: error code (0 where the CPU pushes none) and
 * vector. From ring 3 the frame lies at the stack's top (TSS.rsp0): it is the vCPU's frame.
 * Error codes: AMD64 vol. 2, 8.2.
 *
 * An interrupt (a device's message, an IPI) that names the vector of an exception pushes no error code. The CPU aligns the
 * stack to 16 bytes before it pushes a frame (AMD64 vol. 2, 8.9.3), so bit 3 of rsp tells the five words of an interrupt
 * from the six of an exception with an error code.
 */
#include <x86/entry_asm.h>

        .section .text.entry, "ax", @progbits

.macro STUB vec, has_error, common, kind
        .balign 16
entry_\vec\()_\kind:
        .if \has_error
        testb   $8, %spl
        jnz     1f
        .else
        pushq   $0
        .endif
        movl    $\vec, 4(%rsp)
        jmp     \common\()_\kind
        .if \has_error
1:      pushq   $0
        movl    $(\vec | ENTRY_STRAY), 4(%rsp)
        jmp     \common\()_\kind
        .endif
        .pushsection .rodata, "a"
        .quad   entry_\vec\()_\kind
        .popsection
.endm

.altmacro
.macro STUBS from, to, has_error, common, kind
        .set    vec, \from
        .rept   \to - \from + 1
        STUB    %vec, \has_error, \common, \kind
        .set    vec, vec + 1
        .endr
.endm

/* A table of 256 stubs. @kind: plain, or guarded (guard.S). */
.macro ALL_STUBS table, kind
        .pushsection .rodata, "a"
        .balign 8
        .globl  \table
        .hidden \table
\table:
        .popsection
        STUBS   0, 0, 0, trap_common, \kind
        STUBS   1, 1, 0, debug_common, \kind
        STUBS   2, 2, 0, ist_common, \kind
        STUBS   3, 7, 0, trap_common, \kind
        STUBS   8, 8, 1, ist_common, \kind
        STUBS   9, 9, 0, trap_common, \kind
        STUBS   10, 14, 1, trap_common, \kind
        STUBS   15, 16, 0, trap_common, \kind
        STUBS   17, 17, 1, trap_common, \kind
        STUBS   18, 18, 0, ist_common, \kind
        STUBS   19, 20, 0, trap_common, \kind
        STUBS   21, 21, 1, trap_common, \kind
        STUBS   22, 28, 0, trap_common, \kind
        STUBS   29, 30, 1, trap_common, \kind
        STUBS   31, 31, 0, trap_common, \kind
        STUBS   32, 127, 0, irq_common, \kind
        STUBS   128, 128, 0, trap_common, \kind
        STUBS   129, 255, 0, irq_common, \kind
.endm
        ALL_STUBS entry_stubs, plain
        ALL_STUBS entry_stubs_guarded, guarded
.noaltmacro

        .balign 16
trap_common_plain:
        SAVE_REGS
        cld
        .globl  trap_saved
trap_saved:
        movq    %rsp, %rdi
        testb   $3, REGS_cs(%rsp)
        jz      1f
        call    do_exception
        testb   %al, %al
        jz      ret_to_guest
        cli
        jmp     handler_to_guest
1:      call    do_exception
        jmp     restore_hypervisor

        .balign 16
irq_common_plain:
        SAVE_REGS
        cld
        .globl  irq_saved
irq_saved:
        movq    %rsp, %rdi
        movzbl  REGS_vector(%rsp), %esi
        testb   $3, REGS_cs(%rsp)
        jz      1f
        call    do_IRQ
        jmp     ret_to_guest
1:      call    do_IRQ
        .globl  restore_hypervisor
restore_hypervisor:
        RESTORE_REGS
        addq    $8, %rsp
        iretq

/*
 * NMI, double fault, machine check: one that interrupts the hypervisor stays on its own stack and returns without looking
 * for work. One from a guest moves to the vCPU's frame and leaves by the common exit path: another vCPU may have changed
 * the descriptors of CS and SS meanwhile, and only the IRET there has a fix-up.
 */
        .balign 16
ist_common_plain:
        SAVE_REGS
        cld
        testb   $3, REGS_cs(%rsp)
        jnz     ist_from_guest
        movq    %rsp, %rdi
        call    do_exception
        jmp     restore_hypervisor

/* Copies the frame on this IST stack to the vCPU's frame; rsp = &guest_regs. */
.macro MOVE_TO_GUEST_FRAME
        movq    %rsp, %rsi
        movq    %rsp, %rdi
        orq     $0x7fff, %rdi
        leaq    1 - 256 + 8(%rdi), %rdi
        movq    %rdi, %rdx
        movl    $REGS_es / 8, %ecx
        rep movsq
        movq    %rdx, %rsp
.endm

/* The exit path may use SYSRET: NMIs are let in here, once their stack is free (AMD64 vol. 2, 8.2.3: by an IRET). */
        .globl  ist_from_guest
ist_from_guest:
        MOVE_TO_GUEST_FRAME
        leaq    trap_saved(%rip), %rax
        pushq   $0
        pushq   %rdx
        pushfq
        pushq   $HV_CS
        pushq   %rax
        iretq

/*
 * #DB has a stack of its own because a breakpoint hit by the stack switch just before SYSCALL is delivered in the
 * syscall stub, still on the guest's stack. One that comes from a guest moves to the vCPU's frame.
 */
        .balign 16
debug_common_plain:
        SAVE_REGS
        cld
        testb   $3, REGS_cs(%rsp)
        jz      1f
        .globl  debug_from_guest
debug_from_guest:
        MOVE_TO_GUEST_FRAME
        jmp     trap_saved
1:      movq    %rsp, %rdi
        call    do_exception
        jmp     restore_hypervisor

        .section .note.GNU-stack, "", @progbits
