/* SPDX-License-Identifier: GPL-2.0-only */
/* The few devices the hypervisor drives itself: console lines and screen (drivers/). */
#ifndef XEN_DRIVERS_H
#define XEN_DRIVERS_H

#include <xen/types.h>

/* com1 works by polling from the first line on; interrupts for input once they can be had. */
void serial_init_early(void);
void serial_init_irq(void);
/* I/O ports [first, last] of each line in use are the hypervisor's: kept from dom0. Index 0..1; false when not in use. */
bool serial_ports(unsigned int index, u16 *first, u16 *last);
/* The GSI of a line in use. */
bool serial_gsi(unsigned int index, unsigned int *gsi);

/* console= names the screen (the default). */
bool console_wants_vga(void);
void vga_init(void);
void vga_release(void);     /* dom0 takes the screen, unless vga=keep */
extern bool vga_keep;

#endif
