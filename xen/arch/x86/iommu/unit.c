/* SPDX-License-Identifier: GPL-2.0-only */
/* VT-d units: commands and the queue of invalidations (specification 4.1, 6.5.2 and 11.4). */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/time.h>
#include <x86/asm.h>
#include <x86/cpufeature.h>
#include <x86/iommu.h>
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

static bool wait_for(struct vtd_unit *u, unsigned int reg, u32 mask, u32 want)
{
    s_time_t end = now() + PATIENCE;

    while ((mmio_read32(u->regs + reg) & mask) != want) {
        if (now() > end) {
            printk(XENLOG_ERR "IOMMU at %#lx: register %#x is %#x, not %#x\n", u->address, reg, mmio_read32(u->regs + reg), want);
            return false;
        }
        cpu_relax();
    }
    return true;
}

/* Switches what @bit stands for; boot. False: the unit does not answer. */
static bool command(struct vtd_unit *u, u32 bit, bool on)
{
    u32 v = mmio_read32(u->regs + VTD_GSTS) & G_KEPT & ~bit;

    mmio_write32(u->regs + VTD_GCMD, v | (on ? bit : 0));
    return wait_for(u, VTD_GSTS, bit, on ? bit : 0);
}

/* ---- the queue ---- */

/* Queues one invalidation and a wait descriptor; u->lock held. */
static void queue_locked(struct vtd_unit *u, u64 low, u64 high)
{
    unsigned int wait = (u->tail + 1) % QUEUE_LENGTH;

    u->queue[u->tail][0] = low;
    u->queue[u->tail][1] = high;
    u->round++;
    u->queue[wait][0] = INV_WAIT | INV_WAIT_STATUS | (u64)u->round << 32;
    u->queue[wait][1] = virt_to_maddr((const void *)u->done).v;
    iommu_hw_sync(u->queue[u->tail], 16);
    iommu_hw_sync(u->queue[wait], 16);
    u->tail = (wait + 1) % QUEUE_LENGTH;
    mmio_write32(u->regs + VTD_IQT, u->tail * 16);
}

static bool is_answered_locked(struct vtd_unit *u)
{
    s_time_t end = now() + PATIENCE;

    while (*u->done != u->round) {
        if (now() > end || (mmio_read32(u->regs + VTD_FSTS) & FSTS_QUEUE_ERRORS))
            return false;
        cpu_relax();
    }
    return true;
}

/*
 * Carries out one invalidation, and waits until it is done, with interrupts on: no interrupt changes what a device reaches. False: the
 * unit does not answer, now or since an earlier one.
 */
static bool invalidate(struct vtd_unit *u, u64 low, u64 high)
{
    bool ok;

    spin_lock(&u->lock);
    ok = !u->failed;
    if (ok) {
        queue_locked(u, low, high);
        ok = is_answered_locked(u);
        u->failed = !ok;
        if (!ok)
            printk(XENLOG_ERR "IOMMU at %#lx does not forget translations (fault status %#x): given up. Assigned devices behind it "
                   "are switched off and their domains crashed; those of dom0 should not be used\n", u->address,
                   mmio_read32(u->regs + VTD_FSTS));
    }
    spin_unlock(&u->lock);
    return ok;
}

bool iommu_hw_unit_failed(unsigned int unit) { return unit < vtd_nr_units && READ_ONCE(vtd_units[unit].failed); }

static bool flush_unit(struct vtd_unit *u)
{
    return invalidate(u, INV_CONTEXT | INV_GLOBAL, 0) && invalidate(u, INV_IOTLB | INV_GLOBAL | INV_DRAIN, 0);
}

int vtd_flush_all(void)
{
    bool ok = true;

    for (unsigned int i = 0; i < vtd_nr_units; i++)
        ok &= flush_unit(&vtd_units[i]);
    return ok ? 0 : -EIO;
}

int iommu_hw_unmapped(u16 id, u64 m)
{
    bool ok = true;

    for (unsigned int i = 0; i < vtd_nr_units; i++)
        if (vtd_units[i].cap & CAP_PAGE_FLUSH)
            ok &= invalidate(&vtd_units[i], INV_IOTLB | INV_PAGE | INV_DRAIN | INV_ID(id), m << PAGE_SHIFT);
        else
            ok &= invalidate(&vtd_units[i], INV_IOTLB | INV_DOMAIN | INV_DRAIN | INV_ID(id), 0);
    return ok ? 0 : -EIO;
}

int iommu_hw_mapped(u16 id, u64 m)
{
    return caches_absent ? iommu_hw_unmapped(id, m) : 0;
}

/* ---- boot ---- */

static const char *map_registers(struct vtd_unit *u)
{
    u->regs = ioremap(maddr(u->address), PAGE_SIZE);
    if (!u->regs)
        return "no address for its registers";
    u->cap = mmio_read64(u->regs + VTD_CAP);
    u->ecap = mmio_read64(u->regs + VTD_ECAP);
    if (!~u->cap && !~u->ecap)
        return "nothing answers";
    u->bytes = max(CAP_FAULT_OFFSET(u->cap) + CAP_NR_FAULTS(u->cap) * 16, ECAP_IOTLB_OFFSET(u->ecap) + 16);
    if (u->bytes <= PAGE_SIZE)
        return NULL;
    u->regs = ioremap(maddr(u->address), u->bytes);
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
        if ((mmio_read32(u->regs + VTD_GSTS) & firmware_had_on[i]) && !command(u, firmware_had_on[i], false))
            return "it does not answer";
    must_sync |= !(u->ecap & ECAP_COHERENT);
    caches_absent |= !!(u->cap & CAP_CACHES_ABSENT);
    return NULL;
}

u64 iommu_registers(unsigned int i, u64 *last)
{
    if (!iommu_enabled || i >= vtd_nr_units)
        return 0;
    *last = (vtd_units[i].address + vtd_units[i].bytes - 1) >> PAGE_SHIFT;
    return vtd_units[i].address >> PAGE_SHIFT;
}

int vtd_prepare_queue(struct vtd_unit *u)
{
    u->queue = alloc_xen_page();
    u->done = alloc_xen_page();
    return u->queue && u->done ? 0 : -ENOMEM;
}

static bool switch_protection_off(struct vtd_unit *u)
{
    if (!(u->cap & (CAP_PROTECTED_LOW | CAP_PROTECTED_HIGH)) || !(mmio_read32(u->regs + VTD_PMEN) & PMEN_IS_ON))
        return true;
    mmio_write32(u->regs + VTD_PMEN, mmio_read32(u->regs + VTD_PMEN) & ~PMEN_ENABLE);
    return wait_for(u, VTD_PMEN, PMEN_IS_ON, 0);
}

const char *vtd_begin(struct vtd_unit *u, u64 root)
{
    bool ok;

    mmio_write32(u->regs + VTD_IQT, 0);
    mmio_write64(u->regs + VTD_IQA, virt_to_maddr(u->queue).v);
    ok = command(u, G_QUEUE, true);
    mmio_write64(u->regs + VTD_RTADDR, root);
    ok = ok && command(u, G_ROOT, true) && flush_unit(u);
    if (ok)
        vtd_faults_begin(u);
    return ok && command(u, G_TRANSLATE, true) && switch_protection_off(u) ? NULL : "it does not answer";
}

void vtd_end(struct vtd_unit *u)
{
    mmio_write32(u->regs + VTD_FECTL, FECTL_MASKED);
    if (mmio_read32(u->regs + VTD_GSTS) & G_TRANSLATE)
        (void)command(u, G_TRANSLATE, false);
}
