/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's device edu (docs/specs/edu of QEMU): a buffer of 4 KiB that it copies from and to memory. */
#ifndef TEST_EDU_H
#define TEST_EDU_H

#include <stdbool.h>
#include <stdint.h>

/* Bus, device and function of the one that comes @nth of all; 0: there are not so many. */
uint32_t edu_find(unsigned nth);
/* The message that its interrupts send from now on; needs its registers. */
void edu_set_message(uint32_t sbdf, uint32_t address, uint16_t data);
/* Sends the message at once, or some microseconds later, when edu_is_busy() turns false. */
void edu_interrupt(void);
void edu_interrupt_later(void);
bool edu_is_busy(void);
/* Takes hold of its registers, and lets it read and write memory. */
void edu_map(uint32_t sbdf);
bool edu_is_master(uint32_t sbdf);
void edu_set_master(uint32_t sbdf);
/* The first 64 bytes of a frame to its buffer, and back. Whether it came to an end, which says nothing about what was copied. */
bool edu_read(unsigned long mfn);
bool edu_write(unsigned long mfn);

/* The bridge on bus 0 to the bus of @sbdf; 0: none. */
uint32_t bridge_find(uint32_t sbdf);
/* The number of the one bus behind it. */
void bridge_set_bus(uint32_t bridge, uint8_t bus);

#endif
