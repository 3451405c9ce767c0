/* SPDX-License-Identifier: GPL-2.0-only */
/* A test kernel's ELF notes, hypercall page and first instructions. */
#include <public/elfnote.h>

.macro note type, form, value
    .pushsection .note.Xen, "a", @note
    .balign 4
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  .ifc \form, text
    .asciz "\value"
    .else
    .quad \value
    .endif
2:  .balign 4
    .popsection
.endm

    note XEN_ELFNOTE_GUEST_OS, text, test
    note XEN_ELFNOTE_XEN_VERSION, text, xen-3.0
    note XEN_ELFNOTE_LOADER, text, generic
    note XEN_ELFNOTE_VIRT_BASE, number, VIRT_BASE
    note XEN_ELFNOTE_PADDR_OFFSET, number, 0
    note XEN_ELFNOTE_ENTRY, number, start
    note XEN_ELFNOTE_HYPERCALL_PAGE, number, hypercall_page

    .section .text.hypercall_page, "ax", @progbits
    .balign 4096
    .globl hypercall_page
hypercall_page:
    .skip 4096, 0xcc

    .text
    .globl start
start:
    cld
    lea boot_stack_end(%rip), %rsp
    xor %ebp, %ebp
    mov %rsi, %rdi
    call start_c
    ud2

    .section .bss.page, "aw", @nobits
    .balign 4096
    .globl boot_stack, boot_stack_end
boot_stack:
    .skip 32768
boot_stack_end:
    .section .note.GNU-stack, "", @progbits
