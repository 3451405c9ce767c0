/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables apart: on CPUs with Meltdown a guest runs on a copy of its L4, one a CPU and mode, in which of the hypervisor there
 * is what the CPU itself needs to get out of the guest: the entry code, the IDT, this CPU's SYSCALL stub, stacks, GDT and
 * TSS; and what guests see anyway, the machine-to-phys table and the window with their descriptor tables.
 *
 * The hypervisor itself runs on the guest's own L4 (or its mirror), as without. Before a guest is entered its copy is taken again
 * where it is of another L4, or an L4 of the domain changed since. That is in time: a table below that goes out of use is stamped
 * with the TLB clock after the change, and a CPU that has not flushed since then gets an interrupt, which leads it here.
 */
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <xen/pt_check.h>
#include <x86/asm.h>
#include <x86/boot.h>
#include <x86/cpu_info.h>
#include <x86/entry_asm.h>
#include <x86/memory.h>
#include <x86/page.h>
#include <x86/pv.h>
#include <x86/smpboot.h>
#include <x86/spec.h>

/* Copy of the L4 at @cr3, taken at @generation. */
struct root {
    pte_t *l4;
    u64 cr3, generation;
};

u64 xpti_generation;
/* [in_kernel]; only ever used by their CPU, interrupts off. */
static DEFINE_PER_CPU(struct root, roots)[2];

extern const char entry_text_start[], entry_text_end[];

/* ---- the tables of a CPU ---- */

static pte_t hypervisor_leaf(u64 va)
{
    const pte_t *table = idle_l4;

    for (int level = 4; ; level--) {
        pte_t e = table[PT_INDEX(va, level)];

        ASSERT(pte_present(e));
        if (level == 1)
            return e;
        if (pte_x(e) & PTE_PS) {
            u64 frames_in = 1UL << (LEVEL_SHIFT(level) - PAGE_SHIFT);
            u64 first = mfn_x(pte_mfn(e)) & ~(frames_in - 1);

            return pte_make(mfn(first + (va >> PAGE_SHIFT & (frames_in - 1))), pte_flags(e) & ~(PTE_PS | PTE_PAT_L));
        }
        table = mfn_to_virt(pte_mfn(e));
    }
}

static void show_page(pte_t *l4, u64 va)
{
    pte_t *table = l4;

    for (int level = 4; level > 1; level--) {
        pte_t *e = &table[PT_INDEX(va, level)];

        if (!pte_present(*e)) {
            void *next = alloc_xen_page();

            if (!next)
                boot_refuse("no memory for a CPU's own page tables: xpti=no does without them");
            *e = pte_make(virt_to_mfn(next), PAGE_HV_TABLE);
        }
        table = mfn_to_virt(pte_mfn(*e));
    }
    table[PT_INDEX(va, 1)] = pte(pte_x(hypervisor_leaf(va)) & ~PTE_G);
}

static void show_range(pte_t *l4, const void *from, const void *to)
{
    for (u64 va = (u64)from & PAGE_MASK; va < (u64)to; va += PAGE_SIZE)
        show_page(l4, va);
}

/* The stack's second quarter up to the last page is the hypervisor's alone: the CPU never starts there. */
static void show_stacks(pte_t *l4, const char *stack)
{
    show_range(l4, stack, stack + (IST_DB_PAGE + 1) * PAGE_SIZE);
    show_range(l4, stack + STACK_SIZE - PAGE_SIZE, stack + STACK_SIZE);
}

static void make_tables(unsigned int cpu)
{
    struct root *r = per_cpu(roots, cpu);
    const void *from, *to;

    for (unsigned int i = 0; i < 2; i++) {
        r[i].l4 = alloc_xen_page();
        if (!r[i].l4)
            boot_refuse("no memory for a CPU's own page tables: xpti=no does without them");
    }
    show_range(r[0].l4, entry_text_start, entry_text_end);
    for (unsigned int i = 0; cpu_entry_memory(cpu, i, &from, &to); i++)
        show_range(r[0].l4, from, to);
    show_stacks(r[0].l4, cpu_stack[cpu]);
    memcpy(r[1].l4, r[0].l4, PAGE_SIZE);
}

void guard_init_cpu(unsigned int cpu)
{
    if (!spec.xpti_dom0 && !spec.xpti_domu)
        return;
    make_tables(cpu);
    cpu_guard_entries(cpu);
}

/* ---- into a guest ---- */

static void copy_l4(struct root *r, u64 cr3)
{
    const pte_t *from = maddr_to_virt(maddr(cr3 & PTE_ADDR));

    for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
        if (!L4_SLOT_IS_HYPERVISOR(i) || i == PT_INDEX(RO_M2P_VIRT, 4) || i == PERDOMAIN_L4_SLOT)
            r->l4[i] = pte(READ_ONCE(from[i].v));
}

static bool is_hidden_from(const struct domain *d)
{
    return d->is_privileged ? spec.xpti_dom0 : spec.xpti_domu;
}

static u64 generation_of(const struct domain *d)
{
    return __atomic_load_n(&d->arch.l4_generation, __ATOMIC_SEQ_CST);
}

bool guard_copy_was_old(void)
{
    const struct vcpu *v = current;

    return this_cpu(roots)[v->arch.in_kernel].generation != generation_of(v->domain);
}

/* What a guest could still read of others' data in the CPU's own buffers: they are overwritten, the divider's last of all. */
static void clear_buffers(void)
{
    static const u16 any_selector = HV_DS;
    u32 quotient = 0, remainder = 0;

    if (spec.verw)
        asm volatile ("verw %0" :: "m" (any_selector) : "cc");
    if (spec.div)
        asm volatile ("divl %2" : "+a" (quotient), "+d" (remainder) : "r" (1u) : "cc");
}

/*
 * The last C code before the current vCPU runs, interrupts off; guard.S calls it. The CR3 to run it on, already noted in
 * cpu_info; 0: no other than now. What is touched after this is the vCPU's frame.
 */
u64 guard_close(void);
u64 __used guard_close(void)
{
    struct cpu_info *info = get_cpu_info();
    struct vcpu *v = info->current_vcpu;

    info->guest_cr3 = 0;
    if (is_hidden_from(v->domain)) {
        struct root *r = &this_cpu(roots)[v->arch.in_kernel];
        u64 generation = generation_of(v->domain);

        if (r->cr3 != v->arch.cr3 || r->generation != generation) {
            copy_l4(r, v->arch.cr3);
            r->cr3 = v->arch.cr3;
            r->generation = generation;
        }
        info->xen_cr3 = v->arch.cr3;
        info->guest_cr3 = mfn_to_maddr(virt_to_mfn(r->l4)).v;
    }
    if (unlikely(spec.clears))
        clear_buffers();
    return info->guest_cr3;
}
