/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts that a device makes up, for stray and stray_low. */
#ifndef TEST_STRAY_H
#define TEST_STRAY_H

#include <stdbool.h>

/* Finds the device and takes the traps that come. */
void stray_begin(void);
/* A message with that data (vector and delivery mode), once in the guest's kernel and once while it makes hypercalls. */
void stray_send(unsigned data);
/* The second of these only. */
void stray_send_to_hypervisor(unsigned data);
/* How often the kernel's handler of @vector ran. */
unsigned stray_traps(unsigned vector);
/* The timer's event still comes: nothing is left in service at the local APIC that holds interrupts back. */
void stray_check_alive(const char *what);

#endif
