/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Indirect branches of the whole image go through these (-mindirect-branch=thunk-extern): as built, a RET whose prediction
 * is the loop behind the CALL (Intel, "Retpoline: A Branch Target Injection Mitigation"). cpu/spec.c makes plain
 * jumps of them where the CPU needs no more. 32 bytes each, by register number, without rsp.
 */
        .section .text.entry, "ax", @progbits

.macro THUNK reg
        .balign 32
        .globl  __x86_indirect_thunk_\reg
        .hidden __x86_indirect_thunk_\reg
        .type   __x86_indirect_thunk_\reg, @function
__x86_indirect_thunk_\reg:
        call    2f
1:      pause
        lfence
        jmp     1b
        .balign 16
2:      movq    %\reg, (%rsp)
        ret
        .size   __x86_indirect_thunk_\reg, . - __x86_indirect_thunk_\reg
.endm

        .balign 32
        .globl  thunks_start, thunks_end
        .hidden thunks_start, thunks_end
thunks_start:
        .irp reg, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
        THUNK   \reg
        .endr
        .balign 32
thunks_end:

/* void rsb_overwrite(void): 32 calls that never return fill the return stack with harmless targets. */
        .globl  rsb_overwrite
        .hidden rsb_overwrite
        .balign 16
rsb_overwrite:
        movl    $16, %eax
1:      call    3f
2:      pause
        lfence
        jmp     2b
        .balign 16
3:      call    5f
4:      pause
        lfence
        jmp     4b
        .balign 16
5:      addq    $16, %rsp
        decl    %eax
        jnz     1b
        ret

        .section .note.GNU-stack, "", @progbits
