/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses that may fault: copies to and from guests, MSRs. */
#include <x86/entry_asm.h>

        .text
/* size_t usercopy(void *dst, const void *src, size_t n): bytes left over, 0 when all went. */
        .globl  usercopy
        .hidden usercopy
        .balign 16
usercopy:
        movq    %rdx, %rcx
        shrq    $3, %rcx
        andl    $7, %edx
1:      rep movsq
        movl    %edx, %ecx
2:      rep movsb
        movq    %rcx, %rax
        ret
3:      leaq    (%rdx, %rcx, 8), %rax
        ret
4:      movq    %rcx, %rax
        ret
        EX_TABLE 1b, 3b
        EX_TABLE 2b, 4b

/* int rdmsr_safe(u32 msr, u64 *value) */
        .globl  rdmsr_safe
        .hidden rdmsr_safe
        .balign 16
rdmsr_safe:
        movl    %edi, %ecx
5:      rdmsr
        shlq    $32, %rdx
        orq     %rdx, %rax
        movq    %rax, (%rsi)
        xorl    %eax, %eax
        ret
6:      movl    $-14, %eax
        ret
        EX_TABLE 5b, 6b

/* int wrmsr_safe(u32 msr, u64 value) */
        .globl  wrmsr_safe
        .hidden wrmsr_safe
        .balign 16
wrmsr_safe:
        movl    %edi, %ecx
        movl    %esi, %eax
        movq    %rsi, %rdx
        shrq    $32, %rdx
7:      wrmsr
        xorl    %eax, %eax
        ret
        EX_TABLE 7b, 6b

        .section .note.GNU-stack, "", @progbits
