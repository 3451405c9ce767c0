/* SPDX-License-Identifier: GPL-2.0-only */
/* I/O ports that are functions of the test. */
#ifndef X86_ASM_H
#define X86_ASM_H

#include <xen/types.h>

u8 inb(u16 port);
void outb(u8 value, u16 port);

#endif
