/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Port I/O of guests. Two questions: does the guest's kernel allow it to its user mode (IOPL, I/O bitmap), and does
 * the hypervisor allow it to the domain (ioport_caps)? What it does not allow reads as all ones and is written nowhere.
 */
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <xen/rangeset.h>
#include <x86/asm.h>
#include <x86/debugreg.h>
#include <x86/pci.h>
#include <x86/mm.h>
#include <x86/pv.h>
#include "emulate.h"

#define PORT_CMOS_INDEX  0x70
#define PORT_CMOS_DATA   0x71
#define PORT_PCI_ADDRESS 0xcf8
#define PORT_PCI_DATA    0xcfc
#define STRING_CHUNK     1024     /* elements before interrupts get their turn; rip stays */

/* Index and data registers are two accesses that nobody may come between. */
static spinlock_t cmos_lock = SPIN_LOCK_UNLOCKED;
/* What dom0 last wrote to the index registers. */
static u32 pci_index;
static u8 cmos_index;

/* The guest's kernel counts as level 1, with the assist architectural_iopl as level 0. */
static bool iopl_ok(const struct vcpu *v)
{
    bool is_level_0 = v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl);

    return v->arch.pv.iopl >= (!v->arch.in_kernel ? 3 : is_level_0 ? 0 : 1);
}

/* The bitmap lies in the guest kernel's address space. */
static bool bitmap_ok(struct vcpu *v, u16 port, unsigned int bytes)
{
    u32 last = port + bytes - 1;
    bool was_user = !v->arch.in_kernel;
    u16 bits = 0xffff;
    int rc;

    if (last >= v->arch.pv.iobmp.limit || !v->arch.pv.iobmp.gva)
        return false;
    if (was_user)
        write_cr3(v->arch.cr3_kernel);
    rc = copy_from_guest(&bits, gva(v->arch.pv.iobmp.gva + port / 8), last / 8 != port / 8 ? 2 : 1);
    if (was_user)
        write_guest_cr3(v);
    return !rc && !(bits >> port % 8 & ((1u << bytes) - 1));
}

static bool guest_allows(struct vcpu *v, u16 port, unsigned int bytes)
{
    return iopl_ok(v) || bitmap_ok(v, port, bytes);
}

static u32 raw_in(u16 port, unsigned int bytes)
{
    return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
}

static void raw_out(u16 port, unsigned int bytes, u32 value)
{
    if (bytes == 1)
        outb(value, port);
    else if (bytes == 2)
        outw(value, port);
    else
        outl(value, port);
}

static bool is_pci_data(u16 port)
{
    return (port & ~3) == PORT_PCI_DATA;
}

/* Index and data pairs that the hypervisor shares with dom0. False: an ordinary port. */
static bool shared_in(u16 port, unsigned int bytes, u32 *value)
{
    unsigned long f;

    if (port == PORT_PCI_ADDRESS && bytes == 4) {
        *value = pci_index;
    } else if (is_pci_data(port)) {
        *value = pci_guest_config_read(pci_index, port & 3, bytes);
    } else if (port == PORT_CMOS_INDEX && bytes == 1) {
        *value = cmos_index;
    } else if (port == PORT_CMOS_DATA && bytes == 1) {
        f = spin_lock_irqsave(&cmos_lock);
        outb(cmos_index & 0x7f, PORT_CMOS_INDEX);
        *value = inb(PORT_CMOS_DATA);
        spin_unlock_irqrestore(&cmos_lock, f);
    } else {
        return false;
    }
    return true;
}

static bool shared_out(u16 port, unsigned int bytes, u32 value)
{
    unsigned long f;

    if (port == PORT_PCI_ADDRESS && bytes == 4) {
        pci_index = value;
    } else if (is_pci_data(port)) {
        pci_guest_config_write(pci_index, port & 3, bytes, value);
    } else if (port == PORT_CMOS_INDEX && bytes == 1) {
        cmos_index = value;
    } else if (port == PORT_CMOS_DATA && bytes == 1) {
        f = spin_lock_irqsave(&cmos_lock);
        outb(cmos_index & 0x7f, PORT_CMOS_INDEX);
        outb(value, PORT_CMOS_DATA);
        spin_unlock_irqrestore(&cmos_lock, f);
    } else {
        return false;
    }
    return true;
}

static bool hypervisor_allows(const struct domain *d, u16 port, unsigned int bytes)
{
    return rangeset_contains(d->ioport_caps, port, port + bytes - 1);
}

static u32 guest_in(struct vcpu *v, u16 port, unsigned int bytes)
{
    u32 value;

    if (is_hardware_domain(v->domain) && shared_in(port, bytes, &value))
        return value;
    return hypervisor_allows(v->domain, port, bytes) ? raw_in(port, bytes) : ~0u;
}

static void guest_out(struct vcpu *v, u16 port, unsigned int bytes, u32 value)
{
    if (is_hardware_domain(v->domain) && shared_out(port, bytes, value))
        return;
    if (hypervisor_allows(v->domain, port, bytes))
        raw_out(port, bytes, value);
}

static void set_accumulator(struct cpu_user_regs *regs, unsigned int bytes, u32 value)
{
    if (bytes == 1)
        regs->al = value;
    else if (bytes == 2)
        regs->ax = value;
    else
        regs->rax = value;
}

static enum emul_result port_access(struct emulation *e, u16 port)
{
    unsigned int bytes = e->opcode & 1 ? (e->opsize == 2 ? 2 : 4) : 1;

    if (!guest_allows(e->v, port, bytes))
        return EMUL_REFUSED;
    if (e->opcode & 2)
        guest_out(e->v, port, bytes, e->regs->eax);
    else
        set_accumulator(e->regs, bytes, guest_in(e->v, port, bytes));
    e->dr6 = debugreg_io(e->v, port, bytes);
    return EMUL_DONE;
}

enum emul_result emulate_port_imm(struct emulation *e)
{
    return port_access(e, emulate_next(e));
}

enum emul_result emulate_port_dx(struct emulation *e)
{
    return port_access(e, e->regs->dx);
}

/* One element of INS (to es:rdi) or OUTS (from rsi). False: the memory is not accessible, #PF has been delivered. */
static bool string_element(struct emulation *e, bool out, u16 port, unsigned int bytes, u64 va)
{
    u32 value = 0;

    if (e->address32)
        va = (u32)va;
    if (out) {
        if (!copy_from_guest(&value, gva(va), bytes)) {
            guest_out(e->v, port, bytes, value);
            return true;
        }
    } else {
        /* Reading the port first would lose data where the store then faults: try the store with what is there. */
        if (!copy_from_guest(&value, gva(va), bytes) && !copy_to_guest(gva(va), &value, bytes)) {
            value = guest_in(e->v, port, bytes);
            return !copy_to_guest(gva(va), &value, bytes);
        }
    }
    pv_deliver_page_fault(e->regs, va, out ? 4 : 6);
    return false;
}

enum emul_result emulate_string_io(struct emulation *e)
{
    struct cpu_user_regs *regs = e->regs;
    bool out = e->opcode & 2;
    unsigned int bytes = e->opcode & 1 ? (e->opsize == 2 ? 2 : 4) : 1;
    s64 step = regs->rflags & EFLAGS_DF ? -(s64)bytes : bytes;
    u64 *pointer = out ? &regs->rsi : &regs->rdi;

    if (e->segment || !guest_allows(e->v, regs->dx, bytes))
        return EMUL_REFUSED;
    for (unsigned int n = 0; n < STRING_CHUNK; n++) {
        if (e->repeat && !(e->address32 ? regs->ecx : regs->rcx))
            return EMUL_DONE;
        if (!string_element(e, out, regs->dx, bytes, *pointer))
            return EMUL_RETRY;
        *pointer += step;
        e->dr6 = debugreg_io(e->v, regs->dx, bytes);
        if (!e->repeat)
            return EMUL_DONE;
        regs->rcx--;
        if (unlikely(e->dr6))
            return regs->rcx ? EMUL_RETRY : EMUL_DONE;
    }
    return EMUL_RETRY;
}

/* With I/O privilege these do not fault on a bare machine; the real interrupt flag is not the guest's, though. */
enum emul_result emulate_cli_sti(struct emulation *e)
{
    return iopl_ok(e->v) ? EMUL_DONE : EMUL_REFUSED;
}
