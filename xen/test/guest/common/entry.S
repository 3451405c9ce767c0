/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the hypervisor enters a test kernel: exceptions and callbacks.
 * It pushes SS, RSP, RFLAGS, CS, RIP, the error code where there is one, R11, RCX.  The two slots of R11 and RCX become
 * error code and vector of struct regs (trap.h).
 */
#include <public/xen.h>

.macro stub vec, has_error
    .balign 16
trap_\vec:
    mov (%rsp), %rcx
    mov 8(%rsp), %r11
    .if \has_error
    add $8, %rsp
    .else
    movq $0, 8(%rsp)
    .endif
    movq $\vec, (%rsp)
    jmp trap_common
.endm

    .text
    .altmacro
.macro stub_for vec
    .if \vec == 8 || (\vec >= 10 && \vec <= 14) || \vec == 17 || \vec == 21
    stub \vec, 1
    .else
    stub \vec, 0
    .endif
.endm
.set v, 0
.rept 256
    stub_for %v
    .set v, v + 1
.endr
    stub 256, 0 /* event callback */
    stub 258, 0 /* syscall callback */

/* The failsafe frame has DS, ES, FS, GS between R11 and RIP: they are kept in failsafe_segments. */
    .balign 16
    .globl failsafe_entry
failsafe_entry:
    mov 16(%rsp), %rcx
    mov %rcx, failsafe_segments(%rip)
    mov 24(%rsp), %rcx
    mov %rcx, failsafe_segments + 8(%rip)
    mov 32(%rsp), %rcx
    mov %rcx, failsafe_segments + 16(%rip)
    mov 40(%rsp), %rcx
    mov %rcx, failsafe_segments + 24(%rip)
    mov (%rsp), %rcx
    mov 8(%rsp), %r11
    add $32, %rsp
    movq $0, 8(%rsp)
    movq $257, (%rsp)
    /* fall through */

    .globl trap_common
trap_common:
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %rax
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp
    call trap_c
    mov %rbp, %rsp

/* Leaves through the iret hypercall with the struct regs at RSP. */
    .globl trap_return
trap_return:
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rax
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    add $16, %rsp
    push $0
    jmp hypercall_page + __HYPERVISOR_iret * 32

/* regs_run(struct regs *): as if that frame's trap ended; never comes back by itself. */
    .globl regs_run
regs_run:
    mov %rdi, %rsp
    jmp trap_return

    .globl event_entry, syscall_entry
event_entry = trap_256
syscall_entry = trap_258

    .section .rodata
    .balign 8
    .globl trap_entries
trap_entries:
.macro entry_for vec
    .quad trap_\vec
.endm
.set v, 0
.rept 256
    entry_for %v
    .set v, v + 1
.endr

    .bss
    .balign 8
    .globl failsafe_segments
failsafe_segments:
    .skip 32
    .section .note.GNU-stack, "", @progbits
