/* SPDX-License-Identifier: GPL-2.0-only */
/* Each CPU's local APIC, as memory or as MSRs (arch/x86/cpu/apic.c), and its timer (apic_timer.c). */
#ifndef X86_APIC_H
#define X86_APIC_H

#include <xen/types.h>

/* Vectors. 0x20..0x2f belong to the masked 8259s, 0x80 to guests' INT 80h. Higher = more urgent. */
#define VECTOR_PIC_FIRST      0x20
#define VECTOR_DYN_FIRST      0x30
#define VECTOR_INT80          0x80
#define VECTOR_DYN_LAST       0xdf
#define VECTOR_IOMMU_FAULT    0xf8
#define VECTOR_LOCAL_TIMER    0xf9
#define VECTOR_EVENT_CHECK    0xfa
#define VECTOR_TLB_FLUSH      0xfb
#define VECTOR_CALL           0xfc
#define VECTOR_STOP           0xfd
#define VECTOR_ERROR          0xfe
#define VECTOR_SPURIOUS       0xff

/* Low half of the interrupt command register (AMD64 vol. 2, 16.5). */
#define ICR_FIXED             0x000u
#define ICR_NMI               0x400u
#define ICR_INIT              0x500u
#define ICR_STARTUP           0x600u
#define ICR_ASSERT            0x4000u
#define ICR_LEVEL             0x8000u
#define ICR_PENDING           0x1000u

/* Machine address of the registers as the MADT gave it, before apic_init_boot(); 0 keeps the default. */
void apic_set_address(u64 address);
/* Boot CPU: chooses xAPIC or x2APIC, maps the registers. */
void apic_init_boot(void);
/* Each CPU: enabled, all local sources masked, error and spurious vectors set. */
void apic_init_cpu(void);
void apic_eoi(void);
/* This CPU's local APIC delivered @vector, and its EOI is due. Of an exception's vector: it is an interrupt. */
bool apic_in_service(unsigned int vector);
u32 apic_id(void);                            /* of this CPU */
/* Sends @command (ICR_* | vector) to the CPU with @apicid; interrupts are off inside. */
void apic_send(u32 apicid, u32 command);
bool apic_is_x2(void);
void apic_shutdown_cpu(void);                 /* this CPU: no more interrupts from its sources */

/* APIC ids by CPU number: BAD_APICID where there is none. Written before smp_boot_all(). */
#define BAD_APICID 0xffffffffu
extern u32 cpu_apicid[];
extern u32 cpu_acpi_id[];

/* Needs system time. Boot CPU: measures the timer's frequency. */
void apic_timer_init_boot(void);
void apic_timer_init_cpu(void);

#endif
