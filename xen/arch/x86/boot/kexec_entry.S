/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec's last code: copied to a page of its own (kexec.c), it runs at that page's machine address, interrupts off.
 * rdi = list of struct kexec_move, rsi = entry, rdx = tables that map all of these and the image, rcx = top of our page.
 */
        .section .rodata, "a"
        .globl  kexec_code_start, kexec_code_end
        .balign 16
        .code64
kexec_code_start:
        movq    %rdx, %cr3
        movq    %rcx, %rsp
        movl    $0x20, %eax                      /* CR4: PAE alone */
        movq    %rax, %cr4
        movq    %rsi, %rbx
        cld
.Lmove:
        movq    (%rdi), %rax                     /* to */
        movq    8(%rdi), %rsi                    /* from, or a flag */
        addq    $16, %rdi
        testb   $2, %sil                         /* KEXEC_MOVE_END */
        jnz     .Lmoved
        testb   $1, %sil                         /* KEXEC_MOVE_NEXT */
        cmovnzq %rax, %rdi
        jnz     .Lmove
        movq    %rdi, %rdx
        movq    %rax, %rdi
        movl    $512, %ecx
        rep movsq
        movq    %rdx, %rdi
        jmp     .Lmove
.Lmoved:
        leaq    .Lgdt(%rip), %rax
        movq    %rax, .Lgdtr + 2(%rip)
        lgdt    .Lgdtr(%rip)
        lidt    .Lno_idt(%rip)
        pushq   $0x08
        leaq    .Lflat(%rip), %rax
        pushq   %rax
        lretq
.Lflat:
        movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        jmp     *%rbx

        .balign 8
.Lgdt:
        .quad   0
        .quad   0x00af9b000000ffff               /* 0x08: 64-bit code */
        .quad   0x00cf93000000ffff               /* 0x10: data */
.Lgdtr:
        .short  23
        .quad   0
.Lno_idt:
        .short  0
        .quad   0
kexec_code_end:

        .section .note.GNU-stack, "", @progbits
