/* SPDX-License-Identifier: GPL-2.0-only */
/* Bring-up of the machine around the CPU (arch/x86/cpu/platform.c). */
#ifndef X86_PLATFORM_H
#define X86_PLATFORM_H

/*
 * Boot CPU, memory allocator and console work. On return: CPU features known,
 * ACPI tables read, softirqs and this CPU's timers work, LAPIC, IO-APICs and
 * system time run, interrupts are enabled.
 */
void platform_init(void);

#endif
