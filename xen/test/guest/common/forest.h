/* SPDX-License-Identifier: GPL-2.0-only */
/* Trees of page tables for vCPUs that pin and unpin them, each its own: what processes do that fork and end. */
#ifndef TEST_FOREST_H
#define TEST_FOREST_H

#include <stdbool.h>
#include <stdint.h>

/* A tree in no use: an L4 with @l1_tables L1 tables, all entries of which map one page read-only. Its L4's frame. */
unsigned long forest_tree(unsigned l1_tables);
/* Checks a whole tree, and takes it down. Ends the test if that is refused. */
void forest_pin(unsigned long l4);

/*
 * Initialises vCPU @n (1 to 95), with a small stack and a vcpu_info of its own where it needs one: it enters
 * @function with @n when it is started. Upcalls masked.
 */
void forest_vcpu(unsigned n, void (*function)(unsigned long n));

/*
 * Where instructions are counted QEMU runs one CPU at a time, from one timer's expiry to the next or to a PAUSE or HLT. A timer of
 * the HPET, without an interrupt, that expires every @ns makes these turns short. For the initial domain.
 */
void forest_short_turns(unsigned ns);

#endif
