/* SPDX-License-Identifier: GPL-2.0-only */
/* See payload.h. The code runs wherever it is put, without a stack. */
#include "payload.h"
#include "hypercall.h"

asm(".data\n"
    ".balign 16\n"
    ".globl payload, payload_end, payload_words\n"
    "payload:\n"
    "    leaq payload_words(%rip), %rbx\n"
    "    leaq 8f(%rip), %rsi\n"
    "1:  movq (%rbx), %rax\n"
    "    testq %rax, %rax\n"
    "    jz 2f\n"
    "    movq (%rax), %rax\n"
    "    cmpq %rax, 8(%rbx)\n"
    "    leaq 16(%rbx), %rbx\n"
    "    je 1b\n"
    "    leaq 9f(%rip), %rsi\n"
    "2:  movl $0x3fd, %edx\n"
    "3:  inb %dx, %al\n"
    "    testb $0x20, %al\n"
    "    jz 3b\n"
    "    lodsb\n"
    "    testb %al, %al\n"
    "    jz 4f\n"
    "    movl $0x3f8, %edx\n"
    "    outb %al, %dx\n"
    "    jmp 2b\n"
    "4:  cli\n"
    "    hlt\n"
    "    jmp 4b\n"
    "    .balign 8\n"
    "payload_words:\n"
    "    .fill 16, 8, 0\n"
    "8:  .asciz \"\\r\\nSUCCESS: the image runs\\r\\n\"\n"
    "9:  .asciz \"\\r\\nFAILURE: the image runs, but a word of its memory is wrong\\r\\n\"\n"
    "payload_end:\n"
    ".text\n");

long kexec_op(unsigned cmd, void *arg) { return hypercall(__HYPERVISOR_kexec_op, cmd, arg, 0, 0); }

long kexec_load(unsigned type, unsigned arch, struct xen_kexec_segment *segments, unsigned n, uint64_t entry)
{
    struct xen_kexec_load l = { .type = (uint8_t)type, .arch = (uint16_t)arch, .nr_segments = n, .entry_maddr = entry };

    set_xen_guest_handle(l.segments.h, segments);
    return kexec_op(KEXEC_CMD_kexec_load, &l);
}

long kexec_unload(unsigned type)
{
    struct xen_kexec_unload u = { .type = (uint8_t)type };

    return kexec_op(KEXEC_CMD_kexec_unload, &u);
}

long kexec_status(unsigned type)
{
    struct xen_kexec_status s = { .type = (uint8_t)type };

    return kexec_op(KEXEC_CMD_kexec_status, &s);
}
