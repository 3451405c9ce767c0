/* SPDX-License-Identifier: GPL-2.0-only */
/* Bring-up of the machine around the CPU (arch/x86/cpu/platform.c). */
#ifndef X86_PLATFORM_H
#define X86_PLATFORM_H

#include <xen/types.h>

/*
 * Boot CPU, memory allocator and console work. On return: CPU features known,
 * ACPI tables read, softirqs and this CPU's timers work, LAPIC, IO-APICs and
 * system time run, interrupts are enabled.
 */
void platform_init(void);

/* Before this kernel is left for good: other CPUs are stopped, no interrupt arrives any more. */
void machine_quiesce(void);
/* XENPF_enter_acpi_sleep, S5. Stops the other CPUs; -EOPNOTSUPP before that when the firmware names no register. */
int machine_power_off(u16 val_a, u16 val_b, bool extended);
/* Key d. */
void dump_cpus_init(void);
/* The BIOS's shift key state at boot (0x417 of its data area). */
u8 platform_kbd_shift_flags(void);

#endif
