/* SPDX-License-Identifier: GPL-2.0-only */
/* The two legacy interrupt controllers: initialized once, masked for good (Intel 8259A data sheet). */
#include <x86/apic.h>
#include <x86/asm.h>
#include <x86/irq_desc.h>

#define PIC1 0x20
#define PIC2 0xa0

void pic_init(void)
{
    outb(0x11, PIC1);                        /* edge, cascade, ICW4 follows */
    outb(VECTOR_PIC_FIRST, PIC1 + 1);
    outb(1 << 2, PIC1 + 1);
    outb(0x01, PIC1 + 1);
    outb(0x11, PIC2);
    outb(VECTOR_PIC_FIRST + 8, PIC2 + 1);
    outb(2, PIC2 + 1);
    outb(0x01, PIC2 + 1);
    outb(0xff, PIC1 + 1);
    outb(0xff, PIC2 + 1);
}

/* Masked controllers still answer with their lowest line when a request went away in time. */
bool pic_is_spurious(unsigned int vector)
{
    return vector >= VECTOR_PIC_FIRST && vector < VECTOR_PIC_FIRST + 16;
}
