/* SPDX-License-Identifier: GPL-2.0-only */
/* MSI and MSI-X: capabilities, tables, messages (PCI 3.0, 6.8; message format: AMD64 vol. 2, 16.12 and Intel SDM vol. 3A, 11.11). */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/apic.h>
#include <x86/asm.h>
#include <x86/irq_desc.h>
#include <x86/msix_table.h>
#include <x86/page.h>
#include <x86/pci.h>

#define CAP_MSI 0x05

enum { MSI_CONTROL = 2, MSI_ADDRESS = 4, MSI_ADDRESS_HIGH = 8, MSI_DATA32 = 8, MSI_DATA64 = 12, MSI_MASK32 = 12, MSI_MASK64 = 16 };
#define MSI_CONTROL_ENABLE   0x0001
#define MSI_CONTROL_MULTIPLE 0x0070
#define MSI_CONTROL_64       0x0080
#define MSI_CONTROL_MASKS    0x0100
enum { ENTRY_ADDRESS = 0, ENTRY_ADDRESS_HIGH = 4, ENTRY_DATA = 8, ENTRY_CONTROL = 12 };
#define MSI_ADDRESS_BASE     0xfee00000u

struct msi_entry {
    pci_addr_t device;
    bool msix, has_mask, wide, masked;
    u8 cap;                       /* offset of the capability */
    unsigned int index;           /* MSI-X: table entry */
    volatile char *slot;          /* MSI-X: that entry */
};

/* Claiming and freeing irq numbers above the GSIs. */
static spinlock_t msi_lock = SPIN_LOCK_UNLOCKED;

static void write_message(const struct msi_entry *m, u32 apicid, u8 vector)
{
    u32 address = MSI_ADDRESS_BASE | apicid << 12;

    if (m->msix) {
        /* A half-written entry must not fire. */
        mmio_write32(m->slot + ENTRY_CONTROL, 1);
        mmio_write32(m->slot + ENTRY_ADDRESS, address);
        mmio_write32(m->slot + ENTRY_ADDRESS_HIGH, 0);
        mmio_write32(m->slot + ENTRY_DATA, vector);
        mmio_write32(m->slot + ENTRY_CONTROL, m->masked);
        mmio_read32(m->slot + ENTRY_CONTROL);
        return;
    }
    pci_write32(m->device, (u16)(m->cap + MSI_ADDRESS), address);
    if (m->wide)
        pci_write32(m->device, (u16)(m->cap + MSI_ADDRESS_HIGH), 0);
    pci_write16(m->device, (u16)(m->cap + (m->wide ? MSI_DATA64 : MSI_DATA32)), vector);
}

void msi_set_message_locked(struct irq_desc *desc)
{
    write_message(desc->msi, cpu_apicid[desc->cpu], desc->vector);
}

/* MSIs without mask bits cannot be held back: their vector acknowledges and drops them. */
void msi_mask_locked(struct irq_desc *desc, bool mask)
{
    struct msi_entry *m = desc->msi;

    m->masked = mask;
    if (m->msix) {
        mmio_write32(m->slot + ENTRY_CONTROL, mask);
        mmio_read32(m->slot + ENTRY_CONTROL);
    } else if (m->has_mask) {
        pci_write32(m->device, (u16)(m->cap + (m->wide ? MSI_MASK64 : MSI_MASK32)), mask);
    }
}

static int read_msi(struct msi_entry *m)
{
    u16 control;

    m->cap = pci_find_capability(m->device, CAP_MSI);
    if (!m->cap)
        return -ENODEV;
    control = pci_read16(m->device, (u16)(m->cap + MSI_CONTROL));
    m->wide = control & MSI_CONTROL_64;
    m->has_mask = control & MSI_CONTROL_MASKS;
    pci_write16(m->device, (u16)(m->cap + MSI_CONTROL), control & (u16)~MSI_CONTROL_MULTIPLE);
    return 0;
}

static int read_msix(struct msi_entry *m, u64 table_base)
{
    struct msix_table t;
    int rc = msix_table_read(m->device, table_base, &t);

    if (rc)
        return rc;
    if (m->index >= t.nr || !t.bar || (table_base && table_base != t.bar))
        return -EINVAL;
    if (!t.table) {
        printk(XENLOG_WARN "PCI: device %04x:%02x:%02x.%x says that its MSI-X table is at %#lx + %#x, which is not its own memory\n",
               m->device.v >> 16, (m->device.v >> 8) & 0xff, (m->device.v >> 3) & 31, m->device.v & 7, t.bar, t.where & ~7u);
        return -EINVAL;
    }
    rc = msix_look(m->device.v, table_base);
    if (rc)
        return rc;
    m->slot = ioremap(maddr(t.table + m->index * MSIX_ENTRY_BYTES), MSIX_ENTRY_BYTES);
    return m->slot ? 0 : -ENOMEM;
}

static bool is_same(const struct irq_desc *desc, const struct msi_entry *m)
{
    return desc->kind == IRQ_MSI && desc->msi->device.v == m->device.v && desc->msi->msix == m->msix &&
           desc->msi->index == m->index;
}

/*
 * @desc becomes a message's, or nobody's. msi_lock held; and desc->lock, by which msi_restore_device() looks at the message: all but
 * the lock starts again.
 */
static void set_kind(struct irq_desc *desc, int kind, struct msi_entry *m)
{
    unsigned long flags = spin_lock_irqsave(&desc->lock);

    memset((char *)desc + sizeof(desc->lock), 0, sizeof(*desc) - sizeof(desc->lock));
    desc->msi = m;
    __atomic_store_n(&desc->kind, kind, __ATOMIC_RELEASE);
    spin_unlock_irqrestore(&desc->lock, flags);
}

static int claim_irq(struct msi_entry *m)
{
    int found = -ENOSPC;

    spin_lock(&msi_lock);
    for (unsigned int i = nr_gsis; i < nr_irqs; i++) {
        if (is_same(&irq_descs[i], m)) {
            found = -EBUSY;
            break;
        }
        if (irq_descs[i].kind == IRQ_UNUSED && found < 0)
            found = (int)i;
    }
    if (found >= 0)
        set_kind(&irq_descs[found], IRQ_MSI, m);
    spin_unlock(&msi_lock);
    return found;
}

static void give_irq_back(struct irq_desc *desc)
{
    spin_lock(&msi_lock);
    set_kind(desc, IRQ_UNUSED, NULL);
    spin_unlock(&msi_lock);
}

static void free_entry(struct msi_entry *m)
{
    if (m->slot)
        iounmap((void *)m->slot);
    xfree(m);
}

int msi_create(u32 device, bool msix, unsigned int entry, u64 table_base)
{
    struct msi_entry *m = xzalloc(sizeof(*m));
    struct irq_desc *desc;
    unsigned long flags;
    int rc, irq;

    if (!m)
        return -ENOMEM;
    *m = (struct msi_entry){ .device = { device }, .msix = msix, .index = msix ? entry : 0, .masked = true };
    rc = msix ? read_msix(m, table_base) : read_msi(m);
    if (rc)
        goto out;
    rc = irq = claim_irq(m);
    if (irq < 0)
        goto out;
    desc = &irq_descs[irq];
    flags = spin_lock_irqsave(&desc->lock);
    msi_mask_locked(desc, true);
    rc = irq_assign_vector_locked(desc);
    spin_unlock_irqrestore(&desc->lock, flags);
    if (!rc)
        return irq;
    give_irq_back(desc);
out:
    free_entry(m);
    return rc;
}

void msi_destroy(struct irq_desc *desc)
{
    struct msi_entry *m = desc->msi;
    unsigned long flags = spin_lock_irqsave(&desc->lock);

    irq_free_vector_locked(desc);
    /* Without mask bits it would go on with a vector that another interrupt may get. */
    if (!m->msix && !m->has_mask)
        pci_write16(m->device, (u16)(m->cap + MSI_CONTROL),
                    pci_read16(m->device, (u16)(m->cap + MSI_CONTROL)) & (u16)~MSI_CONTROL_ENABLE);
    spin_unlock_irqrestore(&desc->lock, flags);
    give_irq_back(desc);
    free_entry(m);
}

int msi_restore_device(u32 device)
{
    int rc = -ENODEV;

    for (unsigned int i = nr_gsis; i < nr_irqs; i++) {
        struct irq_desc *desc = &irq_descs[i];
        unsigned long flags;

        /* Under the lock: another domain's message may be destroyed meanwhile. */
        flags = spin_lock_irqsave(&desc->lock);
        if (desc->kind == IRQ_MSI && desc->msi->device.v == device) {
            msi_set_message_locked(desc);
            msi_mask_locked(desc, desc->msi->masked);
            rc = 0;
        }
        spin_unlock_irqrestore(&desc->lock, flags);
    }
    return rc;
}
