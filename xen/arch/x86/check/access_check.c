/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug build (make ACCESS_CHECK=1): before each access through a guest address the tables that the CPU would walk are walked in
 * software. Invariant 8 of the design: the hypervisor reads and writes guest memory only where the guest itself could. The
 * CPU checks less for ring 0 than for ring 3: it does not look at U. It does look at RW, as long as CR0.WP is set.
 *
 * The walk starts at CR3, not at the guest's table, so that it sees what own_l4.c, mirror.c and the direct map made of it. The
 * domain's pt_lock keeps tables from becoming something else meanwhile. With interrupts off the lock's holder might
 * wait for this CPU to flush its TLB, so there, where the lock is taken, the access goes unchecked.
 */
#include <xen/access_check.h>
#include <xen/domain.h>
#include <xen/lib.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/irqflags.h>
#include <x86/page.h>
#include <x86/pt_lock.h>

const char *access_refused(const pte_t *l4, u64 va, bool write, bool write_protect)
{
    u64 rights = PTE_US | PTE_RW;
    const pte_t *table = l4;

    if (!is_canonical(va))
        return NULL;
    for (unsigned int level = 4; ; level--) {
        pte_t e = pte(READ_ONCE(table[PT_INDEX(va, level)].v));

        if (!pte_present(e))
            return NULL;
        rights &= e.v;
        if (level == 1 || (level < 4 && (e.v & PTE_PS)))
            break;
        table = mfn_to_virt(pte_mfn(e));
    }
    if (!(rights & PTE_US))
        return "only the hypervisor may use";
    return write && !(rights & PTE_RW) && !write_protect ? "nobody may write" : NULL;
}

/*
 * Not in the lock's queue, whose turn would pass from copy to copy: where few of many emulated CPUs run at a time, each hand-over waits
 * for the one whose turn it is.
 */
static bool lock_tables(struct domain *d)
{
    if (!local_irq_is_enabled())
        return pt_trylock(d);
    while (!pt_trylock(d))
        cpu_relax();
    return true;
}

void access_check(u64 va, u64 n, bool write)
{
    struct domain *d = current->domain;
    u64 end = va + n;

    if (!n || !lock_tables(d))
        return;
    for (u64 at = va; at - va < n; at = (at & PAGE_MASK) + PAGE_SIZE) {
        const char *why = access_refused(maddr_to_virt(maddr(read_cr3() & PTE_ADDR)), at, write, read_cr0() & CR0_WP);

        if (why)
            panic("access check: d%u: %s of %lx to %lx reaches, at %lx, a page that %s", d->id, write ? "write" : "read", va, end,
                  at, why);
    }
    pt_unlock(d);
}
