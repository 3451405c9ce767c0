/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where another CPU starts: real mode at TRAMPOLINE_PADDR, to which smpboot.c copies this, with the words at the end
 * filled in. The page tables it loads map that page at its own address, too (AMD64 vol. 2, 14.6 and 14.8).
 */
        .section .rodata, "a"
        .globl  trampoline_start, trampoline_end, trampoline_cr3, trampoline_stack, trampoline_entry, trampoline_efer
#define AT(sym) ((sym) - trampoline_start)

        .balign 16
        .code16
trampoline_start:
        cli
        cld
        movw    %cs, %ax
        movw    %ax, %ds
        xorl    %ebx, %ebx
        movw    %cs, %bx
        shll    $4, %ebx                         /* ebx = our address */
        leal    AT(trampoline_gdt)(%ebx), %eax
        movl    %eax, AT(trampoline_gdtr) + 2
        leal    AT(trampoline64)(%ebx), %eax
        movl    %eax, AT(trampoline_far)
        lgdtl   AT(trampoline_gdtr)
        movl    $0x20, %eax                      /* PAE */
        movl    %eax, %cr4
        movl    AT(trampoline_cr3), %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx                /* EFER */
        rdmsr
        orl     AT(trampoline_efer), %eax
        wrmsr
        movl    $0x80010033, %eax                /* PG WP NE ET MP PE: straight into long mode */
        movl    %eax, %cr0
        ljmpl   *AT(trampoline_far)

        .code64
trampoline64:
        movq    AT(trampoline_stack)(%rbx), %rsp
        xorl    %eax, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %eax, %fs
        movl    %eax, %gs
        xorl    %ebp, %ebp
        movq    AT(trampoline_entry)(%rbx), %rax
        pushq   $0
        jmp     *%rax

        .balign 8
trampoline_gdt:
        .quad   0
        .quad   0x00af9b000000ffff               /* 0x08: 64-bit code */
        .quad   0x00cf93000000ffff               /* 0x10: data */
trampoline_gdtr:
        .short  23
        .long   0
        .balign 4
trampoline_far:
        .long   0
        .short  0x08
        .balign 8
trampoline_cr3:   .quad 0
trampoline_stack: .quad 0
trampoline_entry: .quad 0
trampoline_efer:  .quad 0
trampoline_end:

        .section .note.GNU-stack, "", @progbits
