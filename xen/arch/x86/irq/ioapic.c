/* SPDX-License-Identifier: GPL-2.0-only */
/* IO-APICs (Intel 82093AA data sheet, 3). */
#include <xen/lib.h>
#include <xen/spinlock.h>
#include <xen/page_alloc.h>
#include <x86/asm.h>
#include <x86/ioapic.h>
#include <x86/irq_desc.h>
#include <x86/page.h>

enum { IOREGSEL = 0x00, IOWIN = 0x10 };
enum { IOAPIC_ID, IOAPIC_VERSION, IOAPIC_PIN0 = 0x10 };
#define PIN_LEVEL      (1u << 15)
#define PIN_MASKED     (1u << 16)
#define PIN_ACTIVE_LOW (1u << 13)

#define MAX_IOAPICS 256    /* their ids have 8 bits */
#define NR_ISA      16

struct pin { u32 low, high; };           /* what the hardware's entry holds */
struct ioapic {
    u8 id;
    u64 address;
    u32 gsi_base, nr_pins;
    volatile char *regs;
    struct pin *pins;
};
static struct ioapic ioapics[MAX_IOAPICS];
static unsigned int nr_ioapics;
/* Select-then-access pairs, and the pins' copies. */
static spinlock_t ioapic_lock = SPIN_LOCK_UNLOCKED;

struct override { u32 gsi; bool present, level, active_low; };
static struct override overrides[NR_ISA];

static u32 reg_read(const struct ioapic *a, u32 reg)
{
    mmio_write32(a->regs + IOREGSEL, reg);
    return mmio_read32(a->regs + IOWIN);
}

static void reg_write(const struct ioapic *a, u32 reg, u32 v)
{
    mmio_write32(a->regs + IOREGSEL, reg);
    mmio_write32(a->regs + IOWIN, v);
}

void ioapic_add(u8 id, u64 address, u32 gsi_base)
{
    if (nr_ioapics == MAX_IOAPICS) {
        printk(XENLOG_WARN "more than %u IO-APICs: the rest is not used\n", MAX_IOAPICS);
        return;
    }
    ioapics[nr_ioapics++] = (struct ioapic){ .id = id, .address = address, .gsi_base = gsi_base };
}

void ioapic_set_override(u8 isa, u32 gsi, bool level, bool active_low)
{
    if (isa < NR_ISA)
        overrides[isa] = (struct override){ gsi, true, level, active_low };
}

u32 ioapic_isa_to_gsi(u8 isa)
{
    return isa < NR_ISA && overrides[isa].present ? overrides[isa].gsi : isa;
}

static struct ioapic *ioapic_of(unsigned int gsi)
{
    for (unsigned int i = 0; i < nr_ioapics; i++)
        if (gsi >= ioapics[i].gsi_base && gsi - ioapics[i].gsi_base < ioapics[i].nr_pins)
            return &ioapics[i];
    return NULL;
}

bool ioapic_has_gsi(unsigned int gsi) { return ioapic_of(gsi); }

unsigned int ioapic_nr_gsis(void)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < nr_ioapics; i++)
        n = max(n, ioapics[i].gsi_base + ioapics[i].nr_pins);
    return n;
}

static void ioapic_start(struct ioapic *a)
{
    a->regs = ioremap(maddr(a->address), 0x20);
    a->nr_pins = (reg_read(a, IOAPIC_VERSION) >> 16 & 0xff) + 1;
    a->pins = xcalloc(a->nr_pins, sizeof(*a->pins));
    if (!a->pins)
        panic("no memory for an IO-APIC");
    for (unsigned int i = 0; i < a->nr_pins; i++) {
        a->pins[i].low = PIN_MASKED;
        reg_write(a, IOAPIC_PIN0 + 2 * i, PIN_MASKED);
        reg_write(a, IOAPIC_PIN0 + 2 * i + 1, 0);
    }
    printk("IO-APIC %u at %#lx: GSI %u to %u\n", a->id, a->address, a->gsi_base, a->gsi_base + a->nr_pins - 1);
}

/* ISA lines: edge, active high unless overridden. PCI lines: level, active low until dom0 says otherwise. */
static void describe_gsi(unsigned int gsi)
{
    struct irq_desc *desc = &irq_descs[gsi];

    desc->kind = IRQ_GSI;
    desc->level = desc->active_low = gsi >= NR_ISA;
    for (unsigned int isa = 0; isa < NR_ISA; isa++)
        if (overrides[isa].present && overrides[isa].gsi == gsi) {
            desc->level = overrides[isa].level;
            desc->active_low = overrides[isa].active_low;
            desc->set_up = true;
        }
}

void ioapic_init(void)
{
    for (unsigned int i = 0; i < nr_ioapics; i++)
        ioapic_start(&ioapics[i]);
    if (!nr_ioapics)
        printk(XENLOG_WARN "no IO-APIC: dom0 gets no interrupts of serial lines, IDE disks and keyboard, only MSIs: switch ACPI on\n");
    irq_descs_init(max(ioapic_nr_gsis(), (unsigned int)NR_ISA));
    for (unsigned int gsi = 0; gsi < nr_gsis; gsi++)
        if (ioapic_has_gsi(gsi))
            describe_gsi(gsi);
}

/* Writes pin @gsi's copy to the hardware, destination first; lock held. */
static void pin_write(struct ioapic *a, unsigned int gsi)
{
    unsigned int n = gsi - a->gsi_base;

    reg_write(a, IOAPIC_PIN0 + 2 * n + 1, a->pins[n].high);
    reg_write(a, IOAPIC_PIN0 + 2 * n, a->pins[n].low);
}

static void pin_change(unsigned int gsi, u32 clear, u32 set, const u32 *high)
{
    struct ioapic *a = ioapic_of(gsi);
    struct pin *p = &a->pins[gsi - a->gsi_base];
    unsigned long flags = spin_lock_irqsave(&ioapic_lock);

    p->low = (p->low & ~clear) | set;
    if (high) {
        p->high = *high;
        pin_write(a, gsi);
    } else {
        reg_write(a, IOAPIC_PIN0 + 2 * (gsi - a->gsi_base), p->low);
    }
    spin_unlock_irqrestore(&ioapic_lock, flags);
}

void ioapic_route(unsigned int gsi, u8 vector, u32 apicid, bool level, bool active_low)
{
    u32 high = apicid << 24;

    pin_change(gsi, ~PIN_MASKED, vector | (level ? PIN_LEVEL : 0) | (active_low ? PIN_ACTIVE_LOW : 0), &high);
}

void ioapic_set_target(unsigned int gsi, u8 vector, u32 apicid)
{
    u32 high = apicid << 24;

    pin_change(gsi, 0xff, vector, &high);
}

void ioapic_mask(unsigned int gsi) { pin_change(gsi, 0, PIN_MASKED, NULL); }
void ioapic_unmask(unsigned int gsi) { pin_change(gsi, PIN_MASKED, 0, NULL); }

/* No lock: the machine is about to stop, whoever has it does not come back. */
void ioapic_shutdown(void)
{
    for (unsigned int i = 0; i < nr_ioapics; i++)
        for (unsigned int pin = 0; ioapics[i].regs && pin < ioapics[i].nr_pins; pin++)
            reg_write(&ioapics[i], IOAPIC_PIN0 + 2 * pin, PIN_MASKED);
}

static struct ioapic *ioapic_at(u64 address)
{
    for (unsigned int i = 0; i < nr_ioapics; i++)
        if (ioapics[i].address == address)
            return &ioapics[i];
    return NULL;
}

bool ioapic_exists(u64 address) { return ioapic_at(address); }
u64 ioapic_address(unsigned int n) { return n < nr_ioapics ? ioapics[n].address : 0; }

bool ioapic_guest_read(u64 address, u32 reg, u32 *value)
{
    struct ioapic *a = ioapic_at(address);
    unsigned long flags;

    if (!a || reg >= IOAPIC_PIN0 + 2 * a->nr_pins)
        return false;
    flags = spin_lock_irqsave(&ioapic_lock);
    *value = reg_read(a, reg);
    spin_unlock_irqrestore(&ioapic_lock, flags);
    return true;
}
