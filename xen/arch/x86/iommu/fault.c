/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What units stopped (VT-d specification 4.1, 7.2 and 11.4.9 to 11.4.14). The interrupt masks itself and leaves the rest to
 * a timer, which unmasks it when 10 ms brought nothing new: a device that does wrong all the time costs next to nothing.
 */
#include <xen/irq.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <x86/apic.h>
#include <x86/asm.h>
#include "vtd.h"

#define PAUSE          (NSEC_PER_SEC / 100)
#define MSI_ADDRESS(a) (0xfee00000u | ((a) & 0xff) << 12)

/* A record, 11.4.14: its second word. */
#define RECORD_VALID   (1UL << 63)
#define RECORD_READ    (1UL << 62)
#define RECORD_REASON(w) ((unsigned int)((w) >> 32) & 0xff)
#define RECORD_DEVICE(w) ((u32)(w) & 0xffff)

static struct timer fault_timer;

static const char *reason_text(unsigned int reason)
{
    static const char *const text[] = {
        [1] = "no device is known on that bus", [2] = "the device is unknown or quarantined", [3] = "bad context entry", [4] = "address too large",
        [5] = "not the domain's to write", [6] = "not the domain's to read", [7] = "bad table", [8] = "bad root table",
        [9] = "bad context table",
    };

    return reason < ARRAY_SIZE(text) && text[reason] ? text[reason] : "see the VT-d specification, 7.1.3";
}

static void report(u64 address, u64 w)
{
    u32 sbdf = RECORD_DEVICE(w);
    unsigned int reason = RECORD_REASON(w);

    printk(XENLOG_GUEST "IOMMU: device 0000:%02x:%02x.%x of d%u: %s of %#lx stopped: reason %u, %s\n", sbdf >> 8, (sbdf >> 3) & 31,
           sbdf & 7, iommu_user_of(sbdf), w & RECORD_READ ? "read" : "write", address & PAGE_MASK, reason, reason_text(reason));
}

/* Whether there were any. */
static bool take_records(struct vtd_unit *u)
{
    bool any = false;
    unsigned int n = CAP_NR_FAULTS(u->cap);
    volatile char *r = u->regs + CAP_FAULT_OFFSET(u->cap);

    for (unsigned int i = 0; i < n; i++, r += 16) {
        u64 w = mmio_read64(r + 8);

        if (!(w & RECORD_VALID))
            continue;
        report(mmio_read64(r), w);
        mmio_write32(r + 12, (u32)(RECORD_VALID >> 32));        /* written as 1: cleared */
        any = true;
    }
    mmio_write32(u->regs + VTD_FSTS, FSTS_OVERFLOW);
    return any;
}

static void take_faults(void *unused)
{
    bool any = false;

    for (unsigned int i = 0; i < vtd_nr_units; i++)
        any |= take_records(&vtd_units[i]);
    if (any)
        timer_set(&fault_timer, now() + PAUSE);
    for (unsigned int i = 0; !any && i < vtd_nr_units; i++)
        mmio_write32(vtd_units[i].regs + VTD_FECTL, 0);
}

static void on_fault(struct cpu_user_regs *regs)
{
    for (unsigned int i = 0; i < vtd_nr_units; i++)
        mmio_write32(vtd_units[i].regs + VTD_FECTL, FECTL_MASKED);
    timer_set(&fault_timer, now());
}

void vtd_faults_init(void)
{
    timer_init(&fault_timer, take_faults, NULL, 0);
    vector_register(VECTOR_IOMMU_FAULT, on_fault);
}

void vtd_faults_begin(struct vtd_unit *u)
{
    mmio_write32(u->regs + VTD_FECTL, FECTL_MASKED);
    mmio_write32(u->regs + VTD_FEDATA, VECTOR_IOMMU_FAULT);
    mmio_write32(u->regs + VTD_FEADDR, MSI_ADDRESS(cpu_apicid[0]));
    mmio_write32(u->regs + VTD_FEUADDR, cpu_apicid[0] & ~0xffu);
    (void)take_records(u);                 /* from before */
    mmio_write32(u->regs + VTD_FECTL, 0);
}
