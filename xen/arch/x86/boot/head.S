/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first instructions: Multiboot 1 and 2 headers, from the loader's 32-bit mode to long mode
 * at the linked address, wherever the loader put the image (2 MiB aligned, below 4 GiB).
 * Sources: Multiboot 0.6.96 3.1-3.2, Multiboot2 2.0 3.1, AMD64 vol. 2 14.6.
 */
#include <x86/layout.h>

#define OFF(sym)   ((sym) - XEN_VIRT)            /* offset in the image */
#define CPU_INFO_RESERVE 512                     /* more than sizeof(struct cpu_info), 16-aligned */
#define PA(sym)    (OFF(sym) + XEN_LOAD_PADDR)   /* where it is without relocation */

#define MB1_MAGIC  0x1BADB002
#define MB1_FLAGS  0x00010003                    /* page-aligned modules, memory map, address fields valid */
#define MB2_MAGIC  0xE85250D6

        .section .head, "ax", @progbits
        .code32
        .globl image_entry
image_entry:
        jmp     start32

        .balign 8
mb1_header:
        .long   MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)
        .long   PA(mb1_header), PA(image_start), PA(image_load_end), PA(bss_end), PA(start32)

        .balign 8
mb2_header:
        .long   MB2_MAGIC, 0, mb2_end - mb2_header
        .long   -(MB2_MAGIC + 0 + (mb2_end - mb2_header))
        .balign 8
        .short  2, 0                             /* address fields */
        .long   24, PA(mb2_header), PA(image_start), PA(image_load_end), PA(bss_end)
        .balign 8
        .short  3, 0                             /* entry */
        .long   12, PA(start32)
        .balign 8
        .short  6, 0                             /* modules page-aligned */
        .long   8
        .balign 8
        .short  10, 1                            /* relocatable, optional to honour: 2 MiB steps, low first */
        .long   24, XEN_LOAD_PADDR, 0x7fffffff, 0x200000, 1
        .balign 8
        .short  1, 1                             /* wanted: memory map, ACPI RSDP old and new */
        .long   8 + 3 * 4, 6, 14, 15
        .balign 8
        .short  0, 0
        .long   8
mb2_end:

/*
 * eax = magic, ebx = information. Paging off, no stack, segments flat. The address we run at is found by a
 * call through a borrowed word of the information block.
 */
start32:
        cli
        cld
        movl    %eax, %esi
        movl    (%ebx), %edx
        leal    4(%ebx), %esp
        call    1f
1:      popl    %ebp
        movl    %edx, (%ebx)
        subl    $OFF(1b), %ebp                   /* ebp = machine address of image_start */
        leal    OFF(boot_stack) + STACK_SIZE(%ebp), %esp
        leal    OFF(boot_gdt)(%ebp), %eax
        movl    %eax, OFF(boot_gdtr) + 2(%ebp)
        lgdt    OFF(boot_gdtr)(%ebp)
        movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        pushl   $0x18
        leal    OFF(2f)(%ebp), %eax
        pushl   %eax
        lret
2:
        /* Long mode and NX, or a line that says so. */
        pushl   %ebx
        movl    $0x80000000, %eax
        cpuid
        cmpl    $0x80000001, %eax
        jb      ask_efer
        movl    $0x80000001, %eax
        cpuid
        movl    $OFF(msg_no_lm), %edi
        testl   $(1 << 29), %edx
        jz      refuse
        movl    $OFF(msg_no_nx), %edi
        testl   $(1 << 20), %edx
        jz      refuse
known_64_bit:
        popl    %ebx

        /* Fill in the tables: everything is relative to ebp. */
        leal    OFF(boot_l2)(%ebp), %edi
        movl    $(0x80 | 0x40 | 0x20 | 3), %eax  /* 2 MiB, D, A, RW, P */
        movl    $2048, %ecx
3:      movl    %eax, (%edi)
        addl    $0x200000, %eax
        addl    $8, %edi
        decl    %ecx
        jnz     3b

        leal    OFF(boot_l3)(%ebp), %edi         /* first 4 GiB */
        leal    OFF(boot_l2) + 3(%ebp), %eax
        movl    $4, %ecx
4:      movl    %eax, (%edi)
        addl    $4096, %eax
        addl    $8, %edi
        decl    %ecx
        jnz     4b

        leal    OFF(xen_l2)(%ebp), %edi          /* the image: 16 MiB from where it lies */
        leal    0x80 | 0x40 | 0x20 | 3(%ebp), %eax
        movl    $8, %ecx
5:      movl    %eax, (%edi)
        addl    $0x200000, %eax
        addl    $8, %edi
        decl    %ecx
        jnz     5b

        leal    OFF(xen_l2) + 3(%ebp), %eax
        movl    %eax, OFF(xen_l3)(%ebp)
        leal    OFF(boot_l3) + 3(%ebp), %eax
        movl    %eax, OFF(idle_l4)(%ebp)
        leal    OFF(directmap_l3) + 3(%ebp), %eax
        movl    %eax, OFF(idle_l4) + 260 * 8(%ebp)
        leal    OFF(xen_l3) + 3(%ebp), %eax
        movl    %eax, OFF(idle_l4) + 259 * 8(%ebp)
        leal    OFF(boot_l2) + 3(%ebp), %eax     /* the direct map starts as those 4 GiB, too */
        leal    OFF(directmap_l3)(%ebp), %edi
        movl    $4, %ecx
6:      movl    %eax, (%edi)
        addl    $4096, %eax
        addl    $8, %edi
        decl    %ecx
        jnz     6b

        movl    $0x20, %eax                      /* PAE */
        movl    %eax, %cr4
        leal    OFF(idle_l4)(%ebp), %eax
        movl    %eax, %cr3
        movl    $0xC0000080, %ecx                /* EFER: LME, NXE, SCE */
        rdmsr
        orl     $0x901, %eax
        wrmsr
        movl    $0x80010033, %eax                /* PG WP NE ET MP PE */
        movl    %eax, %cr0
        pushl   $0x08
        leal    OFF(start64_low)(%ebp), %eax
        pushl   %eax
        lret

/*
 * CPUID has no extended leaves (old machine types of QEMU hide them): EFER's own bits tell. Where there is no EFER,
 * RDMSR ends in the handler.
 */
ask_efer:
        leal    OFF(no_efer)(%ebp), %eax
        movw    %ax, OFF(boot_idt) + 13 * 8(%ebp)
        shrl    $16, %eax
        movw    %ax, OFF(boot_idt) + 13 * 8 + 6(%ebp)
        leal    OFF(boot_idt)(%ebp), %eax
        movl    %eax, OFF(boot_idtr) + 2(%ebp)
        lidt    OFF(boot_idtr)(%ebp)
        movl    $0xC0000080, %ecx
        rdmsr
        orl     $0x901, %eax                     /* LME, NXE, SCE */
        wrmsr
        rdmsr
        movl    $OFF(msg_no_lm), %edi
        testl   $(1 << 8), %eax
        jz      refuse
        movl    $OFF(msg_no_nx), %edi
        testl   $(1 << 11), %eax
        jz      refuse
        jmp     known_64_bit
no_efer:
        movl    $OFF(msg_no_lm), %edi

/* edi = offset of a message. Printed on COM1 and the VGA text screen; then stop. */
refuse:
        addl    %ebp, %edi
        movl    $0xb8000, %esi
7:      movb    (%edi), %al
        testb   %al, %al
        jz      9f
        movb    %al, (%esi)
        movb    $0x0f, 1(%esi)
        addl    $2, %esi
        movb    %al, %ah
        movw    $0x3fd, %dx
        movl    $100000, %ecx
8:      inb     %dx, %al
        testb   $0x20, %al
        loopz   8b
        movb    %ah, %al
        movw    $0x3f8, %dx
        outb    %al, %dx
        incl    %edi
        jmp     7b
9:      hlt
        jmp     9b

        .code64
start64_low:
        movabsq $start64, %rax
        jmp     *%rax
start64:
        movabsq $boot_gdtr64, %rax
        movl    %ebp, %ecx
        lgdt    (%rax)
        leaq    boot_stack + STACK_SIZE - CPU_INFO_RESERVE(%rip), %rsp
        xorl    %eax, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %eax, %fs
        movl    %eax, %gs
        xorl    %ebp, %ebp
        movl    %esi, %edi                       /* magic */
        movl    %ebx, %esi                       /* information, machine address */
        movl    %ecx, %edx                       /* where we are, machine address */
        call    start_xen
        ud2

        .section .rodata, "a"
msg_no_lm:
        .asciz  "Xen: this CPU has no 64-bit long mode: use a 64-bit CPU.\r\n"
msg_no_nx:
        .asciz  "Xen: this CPU has no NX (no-execute), or the firmware turned it off: enable it there.\r\n"

        .data
        .balign 8
boot_gdt:
        .quad   0
        .quad   0x00af9b000000ffff               /* 0x08: 64-bit code */
        .quad   0x00cf93000000ffff               /* 0x10: data */
        .quad   0x00cf9b000000ffff               /* 0x18: 32-bit code */
boot_gdtr:
        .short  31
        .long   0
        .long   0
boot_gdtr64:
        .short  31
        .quad   boot_gdt
        .balign 8
boot_idt:                                        /* #GP only; its address is filled in */
        .fill   13, 8, 0
        .quad   0x00008e0000180000               /* 32-bit interrupt gate, selector 0x18 */
boot_idtr:
        .short  14 * 8 - 1
        .long   0

        .section .bss.stack, "aw", @nobits
        .balign STACK_SIZE
        .globl  boot_stack
boot_stack:
        .skip   STACK_SIZE

        .section .bss.page_aligned, "aw", @nobits
        .balign 4096
        .globl  idle_l4, xen_l2, xen_l3, boot_l2, boot_l3, directmap_l3
idle_l4:        .skip 4096
xen_l3:         .skip 4096
xen_l2:         .skip 4096
boot_l3:        .skip 4096
directmap_l3:   .skip 4096
boot_l2:        .skip 4 * 4096

        .section .note.GNU-stack, "", @progbits
