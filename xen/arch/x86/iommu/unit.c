/* SPDX-License-Identifier: GPL-2.0-only */
/* VT-d units: commands and the queue of invalidations (specification 4.1, 6.5.2 and 11.4). */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/time.h>
#include <x86/asm.h>
#include <x86/cpufeature.h>
#include <x86/page.h>
#include "vtd.h"

#define QUEUE_LENGTH (PAGE_SIZE / 16)
#define PATIENCE     NSEC_PER_SEC      /* units answer in microseconds */

/* Descriptors, 6.5.2. */
enum { INV_CONTEXT = 1, INV_IOTLB = 2, INV_WAIT = 5 };
#define INV_GLOBAL      (1UL << 4)
#define INV_DOMAIN      (2UL << 4)
#define INV_PAGE        (3UL << 4)
#define INV_DRAIN       (3UL << 6)     /* IOTLB: reads and writes that were translated before are done */
#define INV_WAIT_STATUS (1UL << 5)
#define INV_ID(id)      ((u64)(id) << 16)

struct vtd_unit vtd_units[DMAR_MAX_UNITS];
unsigned int vtd_nr_units;
static bool must_sync;                 /* a unit reads memory past the CPUs' caches */
static bool caches_absent;             /* a unit remembers what was not mapped */

void iommu_hw_sync(const void *p, size_t n)
{
    const char *end = (const char *)p + n;

    if (!must_sync)
        return;
    for (const char *at = (const char *)((u64)p & ~(u64)(cpu_host.clflush_bytes - 1)); at < end; at += cpu_host.clflush_bytes)
        asm volatile ("clflush %0" :: "m" (*at) : "memory");
    asm volatile ("mfence" ::: "memory");
}

static void wait_for(struct vtd_unit *u, unsigned int reg, u32 mask, u32 want)
{
    s_time_t end = now() + PATIENCE;

    while ((mmio_read32(u->regs + reg) & mask) != want) {
        if (now() > end)
            panic("IOMMU at %#lx: register %#x is %#x, not %#x", u->address, reg, mmio_read32(u->regs + reg), want);
        cpu_relax();
    }
}

/* Switches what @bit stands for; boot. */
static void command(struct vtd_unit *u, u32 bit, bool on)
{
    u32 v = mmio_read32(u->regs + VTD_GSTS) & G_KEPT & ~bit;

    mmio_write32(u->regs + VTD_GCMD, v | (on ? bit : 0));
    wait_for(u, VTD_GSTS, bit, on ? bit : 0);
}

/* ---- the queue ---- */

/* Carries out one invalidation, and waits until it is done. */
static void invalidate(struct vtd_unit *u, u64 low, u64 high)
{
    unsigned long flags = spin_lock_irqsave(&u->lock);
    unsigned int wait = (u->tail + 1) % QUEUE_LENGTH;
    s_time_t end = now() + PATIENCE;

    u->queue[u->tail][0] = low;
    u->queue[u->tail][1] = high;
    u->round++;
    u->queue[wait][0] = INV_WAIT | INV_WAIT_STATUS | (u64)u->round << 32;
    u->queue[wait][1] = virt_to_maddr((const void *)u->done).v;
    iommu_hw_sync(u->queue[u->tail], 16);
    iommu_hw_sync(u->queue[wait], 16);
    u->tail = (wait + 1) % QUEUE_LENGTH;
    mmio_write32(u->regs + VTD_IQT, u->tail * 16);
    while (*u->done != u->round) {
        if (now() > end || (mmio_read32(u->regs + VTD_FSTS) & FSTS_QUEUE_ERRORS))
            panic("IOMMU at %#lx does not forget translations: fault status %#x", u->address, mmio_read32(u->regs + VTD_FSTS));
        cpu_relax();
    }
    spin_unlock_irqrestore(&u->lock, flags);
}

void vtd_flush_all(void)
{
    for (unsigned int i = 0; i < vtd_nr_units; i++) {
        invalidate(&vtd_units[i], INV_CONTEXT | INV_GLOBAL, 0);
        invalidate(&vtd_units[i], INV_IOTLB | INV_GLOBAL | INV_DRAIN, 0);
    }
}

void iommu_hw_unmapped(u16 id, u64 m)
{
    for (unsigned int i = 0; i < vtd_nr_units; i++)
        if (vtd_units[i].cap & CAP_PAGE_FLUSH)
            invalidate(&vtd_units[i], INV_IOTLB | INV_PAGE | INV_DRAIN | INV_ID(id), m << PAGE_SHIFT);
        else
            invalidate(&vtd_units[i], INV_IOTLB | INV_DOMAIN | INV_DRAIN | INV_ID(id), 0);
}

void iommu_hw_mapped(u16 id, u64 m)
{
    if (caches_absent)
        iommu_hw_unmapped(id, m);
}

/* ---- boot ---- */

static const char *map_registers(struct vtd_unit *u)
{
    u64 bytes;

    u->regs = ioremap(maddr(u->address), PAGE_SIZE);
    if (!u->regs)
        return "no address for its registers";
    u->cap = mmio_read64(u->regs + VTD_CAP);
    u->ecap = mmio_read64(u->regs + VTD_ECAP);
    if (!~u->cap && !~u->ecap)
        return "nothing answers";
    bytes = CAP_FAULT_OFFSET(u->cap) + CAP_NR_FAULTS(u->cap) * 16;
    if (bytes <= PAGE_SIZE)
        return NULL;
    u->regs = ioremap(maddr(u->address), bytes);
    return u->regs ? NULL : "no address for its registers";
}

const char *vtd_probe(struct vtd_unit *u, u64 address)
{
    static const u32 firmware_had_on[] = { G_TRANSLATE, G_REMAP_INTERRUPTS, G_QUEUE };
    const char *why;

    *u = (struct vtd_unit){ .address = address };
    why = map_registers(u);
    if (why)
        return why;
    if (!(u->ecap & ECAP_QUEUE))
        return "it has no queue of invalidations";
    if (u->cap & CAP_NEEDS_WB_FLUSH)
        return "its write buffers have to be flushed by hand";
    for (unsigned int i = 0; i < ARRAY_SIZE(firmware_had_on); i++)
        if (mmio_read32(u->regs + VTD_GSTS) & firmware_had_on[i])
            command(u, firmware_had_on[i], false);
    must_sync |= !(u->ecap & ECAP_COHERENT);
    caches_absent |= !!(u->cap & CAP_CACHES_ABSENT);
    return NULL;
}

int vtd_prepare_queue(struct vtd_unit *u)
{
    u->queue = alloc_xen_page();
    u->done = alloc_xen_page();
    return u->queue && u->done ? 0 : -ENOMEM;
}

void vtd_begin(struct vtd_unit *u, u64 root)
{
    mmio_write32(u->regs + VTD_IQT, 0);
    mmio_write64(u->regs + VTD_IQA, virt_to_maddr(u->queue).v);
    command(u, G_QUEUE, true);
    mmio_write64(u->regs + VTD_RTADDR, root);
    command(u, G_ROOT, true);
    invalidate(u, INV_CONTEXT | INV_GLOBAL, 0);
    invalidate(u, INV_IOTLB | INV_GLOBAL | INV_DRAIN, 0);
    vtd_faults_begin(u);
    command(u, G_TRANSLATE, true);
    if ((u->cap & (CAP_PROTECTED_LOW | CAP_PROTECTED_HIGH)) && (mmio_read32(u->regs + VTD_PMEN) & PMEN_IS_ON)) {
        mmio_write32(u->regs + VTD_PMEN, mmio_read32(u->regs + VTD_PMEN) & ~PMEN_ENABLE);
        wait_for(u, VTD_PMEN, PMEN_IS_ON, 0);
    }
}
