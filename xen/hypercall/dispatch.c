/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is called for a number, and the two forms of preemption: re-issuing SYSCALL, or, inside a multicall, rewriting the entry.
 * arch/x86/entry/entry.S and hc_multicall.c call what hypercall_entry[] has for a number below 64.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <x86/entry_asm.h>
#include <x86/pv.h>

/* NULL outside of a multicall. */
DEFINE_PER_CPU(struct multicall_state *, multicall_state);

hypercall_fn *hypercall_entry[64] __read_mostly;

void hypercall_init(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(hypercall_entry); i++) {
        const struct hypercall_row *row = &hypercall_table[i];

        hypercall_entry[i] = row->fn && row->who == HC_ANY ? row->fn : hypercall_checked;
    }
}

/* Numbers out of range or without a handler, and calls that need a privilege. */
long hypercall_checked(unsigned long a1, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    const struct multicall_state *mc = this_cpu(multicall_state);
    unsigned long nr = mc ? mc->nr : guest_cpu_user_regs()->rax;
    const struct hypercall_row *row = &hypercall_table[nr % ARRAY_SIZE(hypercall_entry)];

    if (nr >= ARRAY_SIZE(hypercall_entry) || !row->fn)
        return -ENOSYS;
    return caller_may(row->who) ? row->fn(a1, a2, a3, a4, a5) : -EPERM;
}

long hypercall_continue(unsigned int n, ...)
{
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    struct multicall_state *mc = this_cpu(multicall_state);
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
    if (mc)
        mc->nr_args = n;
    else
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
