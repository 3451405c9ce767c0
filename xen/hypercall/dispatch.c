/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the guest's registers to a handler, and the two forms of preemption: re-issuing SYSCALL, or, inside a multicall,
 * rewriting the entry. The assembly fast path in arch/x86/entry/entry.S does the common case of hypercall_dispatch().
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <x86/entry_asm.h>
#include <x86/pv.h>

/* The multicall entry being run on this CPU, NULL outside; its arguments are rewritten on preemption. */
DEFINE_PER_CPU(struct multicall_entry *, multicall_entry);

static bool may_call(const struct hypercall_row *row)
{
    return row->who == HC_ANY || current->domain->is_privileged;
}

long hypercall_call(unsigned long nr, const unsigned long *a);
long hypercall_call(unsigned long nr, const unsigned long *a)
{
    const struct hypercall_row *row = &hypercall_table[nr & 63];

    if (nr >= 64 || !row->fn)
        return -ENOSYS;
    if (!may_call(row))
        return -EPERM;
    return row->fn(a[0], a[1], a[2], a[3], a[4]);
}

/* entry.S: numbers out of range or without a handler, and calls that need a privilege. */
long hypercall_dispatch(struct cpu_user_regs *regs);
long hypercall_dispatch(struct cpu_user_regs *regs)
{
    const unsigned long args[5] = { regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8 };

    return hypercall_call(regs->rax, args);
}

long hypercall_continue(unsigned int n, ...)
{
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    struct multicall_entry *mc = this_cpu(multicall_entry);
    u64 *const reg[5] = { &regs->rdi, &regs->rsi, &regs->rdx, &regs->r10, &regs->r8 };
    va_list ap;

    va_start(ap, n);
    for (unsigned int i = 0; i < n; i++) {
        unsigned long arg = va_arg(ap, unsigned long);

        if (mc)
            mc->args[i] = arg;
        else
            *reg[i] = arg;
    }
    va_end(ap);
    if (!mc)
        regs->rip -= 2;                          /* SYSCALL is two bytes; rax still holds the number */
    return -ERESTART;
}

/*
 * The page of stubs that a guest maps: call number n at n * 32. rcx and r11 are saved around SYSCALL, but for iret,
 * which does not come back and takes rax, rcx and r11 from the stack.
 */
void hypercall_page_fill(void *page)
{
    static const u8 call[] = { 0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };
    static const u8 iret[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, 0, 0, 0, 0, 0x0f, 0x05 };
    u8 *p = page;

    memset(p, 0xcc, PAGE_SIZE);
    for (unsigned int i = 0; i < PAGE_SIZE / 32; i++, p += 32) {
        if (i == __HYPERVISOR_iret) {
            memcpy(p, iret, sizeof(iret));
            p[5] = i;
        } else {
            memcpy(p, call, sizeof(call));
            p[4] = i;
        }
    }
}
