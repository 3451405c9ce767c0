/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways in and out where a guest must not have the hypervisor in its page tables (cpu/xpti.c), or buffers have to be
 * cleared before it runs. They stand beside the plain ones, which so cost nothing for them: the IDT and the SYSCALL stubs name
 * these entries instead, and the first instruction of a way out is replaced by a jump here (cpu/spec.c).
 *
 * While a guest runs, CR3 is cpu_info.guest_cr3 (0: nothing is hidden from this guest); the tables that the hypervisor left are
 * in cpu_info.xen_cr3. Until CR3 is changed an entry touches this section, the stack and the descriptor tables only.
 */
#include <x86/entry_asm.h>

        .section .text.entry, "ax", @progbits

/* From a guest, rsp = &guest_regs. Clobbers rbx. */
.macro OPEN_FROM_GUEST
        cmpq    $0, CI_guest_cr3(%rsp)
        je      .Lopen\@
        movq    CI_xen_cr3(%rsp), %rbx
        movq    %rbx, %cr3
.Lopen\@:
.endm

/* From anywhere: rbx = the CR3 found. Clobbers rax, rcx. */
.macro OPEN_FROM_ANYWHERE
        movq    %rsp, %rax
        orq     $0x7fff, %rax
        movq    %cr3, %rbx
        cmpq    CI_guest_cr3 - CI_FROM_LAST_BYTE(%rax), %rbx
        jne     .Lopen\@
        movq    CI_xen_cr3 - CI_FROM_LAST_BYTE(%rax), %rcx
        movq    %rcx, %cr3
.Lopen\@:
.endm

        .globl  syscall_entry_guarded, syscall32_entry_guarded, sysenter_entry_guarded
        .balign 16
syscall_entry_guarded:
        SYSCALL_FRAME GUEST_CS64
        OPEN_FROM_GUEST
        jmp     syscall_framed

        .balign 16
syscall32_entry_guarded:
        SYSCALL_FRAME GUEST_CS32
        OPEN_FROM_GUEST
        jmp     syscall32_framed

        .balign 16
sysenter_entry_guarded:
        SYSENTER_FRAME
        OPEN_FROM_GUEST
        jmp     sysenter_framed

        .globl  trap_common_guarded, irq_common_guarded, ist_common_guarded, debug_common_guarded
        .balign 16
trap_common_guarded:
        SAVE_REGS
        cld
        OPEN_FROM_ANYWHERE
        jmp     trap_saved

        .balign 16
irq_common_guarded:
        SAVE_REGS
        cld
        OPEN_FROM_ANYWHERE
        jmp     irq_saved

/* What interrupts the hypervisor returns on the page tables that it found: it may be in the middle of an entry or exit path. */
        .balign 16
ist_common_guarded:
        SAVE_REGS
        cld
        OPEN_FROM_ANYWHERE
        testb   $3, REGS_cs(%rsp)
        jnz     ist_from_guest
        movq    %rsp, %rdi
        call    do_exception
        movq    %rbx, %cr3
        jmp     restore_hypervisor

        .balign 16
debug_common_guarded:
        SAVE_REGS
        cld
        OPEN_FROM_ANYWHERE
        testb   $3, REGS_cs(%rsp)
        jnz     debug_from_guest
        movq    %rsp, %rdi
        call    do_exception
        movq    %rbx, %cr3
        jmp     restore_hypervisor

/* @site: the instruction that a jump to @target replaces. */
.macro GUARD_SITE site, target
        .pushsection .rodata.guard_sites, "a"
        .balign 8
        .quad   \site, \target
        .popsection
.endm

/* rax: the result, rcx: the guest's rip; rbx is loaded from the frame last. */
        .balign 16
hypercall_exit_guarded:
        movq    %rax, REGS_rax(%rsp)
        movq    %rcx, %rbx
        call    guard_close
        testq   %rax, %rax
        jz      1f
        movq    %rax, %cr3
1:      movq    REGS_rax(%rsp), %rax
        movq    %rbx, %rcx
        movq    REGS_rbx(%rsp), %rbx
        jmp     hypercall_exit_rest
        GUARD_SITE hypercall_exit, hypercall_exit_guarded

        .balign 16
restore_guest_guarded:
        call    guard_close
        testq   %rax, %rax
        jz      1f
        movq    %rax, %cr3
1:      testl   $ENTRY_SYSCALL, REGS_vector(%rsp)
        jmp     restore_guest_rest
        GUARD_SITE restore_guest, restore_guest_guarded

        .section .note.GNU-stack, "", @progbits
