/* SPDX-License-Identifier: GPL-2.0-only */
/* IO-APICs: pins with a redirection entry each, numbered over all of them as GSIs (arch/x86/irq/ioapic.c). */
#ifndef X86_IOAPIC_H
#define X86_IOAPIC_H

#include <xen/types.h>

/* Boot, from the MADT. */
void ioapic_add(u8 id, u64 address, u32 gsi_base);
/* ISA interrupt @isa arrives at @gsi. */
void ioapic_set_override(u8 isa, u32 gsi, bool level, bool active_low);
/* Boot CPU: maps them, masks all pins, makes the GSIs' irq descriptors. */
void ioapic_init(void);

unsigned int ioapic_nr_gsis(void);            /* highest GSI + 1 */
bool ioapic_has_gsi(unsigned int gsi);
u32 ioapic_isa_to_gsi(u8 isa);

/* One pin's entry; all take the IO-APIC's lock, any context. */
void ioapic_route(unsigned int gsi, u8 vector, u32 apicid, bool level, bool active_low);  /* leaves it masked as it is */
void ioapic_set_target(unsigned int gsi, u8 vector, u32 apicid);
void ioapic_mask(unsigned int gsi);
void ioapic_unmask(unsigned int gsi);
void ioapic_shutdown(void);                   /* masks all: reboot */

/* PHYSDEVOP_apic_read: a register as dom0 may see it; false: no such IO-APIC. */
bool ioapic_guest_read(u64 address, u32 reg, u32 *value);
bool ioapic_exists(u64 address);
/* The page of the n-th IO-APIC, 0 past the last: kept from guests. */
u64 ioapic_address(unsigned int n);

#endif
