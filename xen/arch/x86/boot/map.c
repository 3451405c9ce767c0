/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's own page tables: map_pages, ioremap. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/spinlock.h>
#include <x86/asm.h>
#include <x86/memory.h>
#include <x86/page.h>

static spinlock_t map_lock = SPIN_LOCK_UNLOCKED;
static bool heap_ready;
static unsigned long ioremap_next = IOREMAP_VIRT;

void map_heap_is_ready(void);
void map_heap_is_ready(void) { heap_ready = true; }

static pte_t *new_table(void)
{
    return heap_ready ? alloc_xen_page() : boot_alloc_pages(1);
}

/* A 2 MiB or 1 GiB mapping becomes a table of the next smaller ones. */
static int split(pte_t *e, int level)
{
    pte_t *table = new_table();
    u64 flags = pte_flags(*e) & ~PTE_PS;
    u64 base = mfn_x(pte_mfn(*e)) & ~((1UL << (LEVEL_SHIFT(level) - 12)) - 1);

    if (!table)
        return -ENOMEM;
    for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
        table[i] = pte_make(mfn(base + ((u64)i << (LEVEL_SHIFT(level - 1) - 12))),
                            flags | (level > 2 ? PTE_PS : 0));
    *e = pte_make(virt_to_mfn(table), PAGE_HV_TABLE);
    return 0;
}

/* The entry at @level that maps @va, making the tables above it. NULL: no memory. */
static pte_t *entry_of(unsigned long va, int level)
{
    pte_t *table = idle_l4;

    for (int l = 4; l > level; l--) {
        pte_t *e = &table[PT_INDEX(va, l)];
        if (!pte_present(*e)) {
            pte_t *t = new_table();
            if (!t)
                return NULL;
            *e = pte_make(virt_to_mfn(t), PAGE_HV_TABLE);
        } else if ((pte_x(*e) & PTE_PS) && split(e, l)) {
            return NULL;
        }
        table = mfn_to_virt(pte_mfn(*e));
    }
    return &table[PT_INDEX(va, level)];
}

static bool fits_large(unsigned long va, mfn_t m, unsigned long n)
{
    return n >= 512 && !((va >> 12) & 511) && !(mfn_x(m) & 511);
}

int map_pages(unsigned long va, mfn_t m, unsigned long n, u64 flags)
{
    int rc = 0;

    spin_lock(&map_lock);
    while (n) {
        int level = fits_large(va, m, n) ? 2 : 1;
        unsigned long step = level == 2 ? 512 : 1;
        pte_t *e = entry_of(va, level);

        if (!e) {
            rc = -ENOMEM;
            break;
        }
        /* A table below a new large mapping is left to leak: it happens at boot only, on the boot tables. */
        *e = pte_make(m, flags | (level == 2 ? PTE_PS : 0));
        invlpg(va);
        va += step << 12;
        m = mfn_add(m, step);
        n -= step;
    }
    spin_unlock(&map_lock);
    return rc;
}

void unmap_pages(unsigned long va, unsigned long n)
{
    spin_lock(&map_lock);
    for (; n; n--, va += PAGE_SIZE) {
        pte_t *e = entry_of(va, 1);
        if (e)
            *e = pte(0);
        invlpg(va);
    }
    spin_unlock(&map_lock);
}

static void *ioremap_flags(maddr_t a, size_t bytes, u64 flags)
{
    u64 offset = maddr_x(a) & ~PAGE_MASK;
    unsigned long n = DIV_ROUND_UP(offset + bytes, PAGE_SIZE), va;

    spin_lock(&map_lock);
    va = ioremap_next;
    if (va + (n << 12) > IOREMAP_END)
        va = 0;
    else
        ioremap_next += n << 12;
    spin_unlock(&map_lock);
    if (!va || map_pages(va, maddr_to_mfn(a), n, flags))
        return NULL;
    return (void *)(va + offset);
}

void *ioremap(maddr_t a, size_t bytes) { return ioremap_flags(a, bytes, PAGE_HV_UC); }
void *ioremap_cached(maddr_t a, size_t bytes) { return ioremap_flags(a, bytes, PAGE_HV_RW); }

/* The addresses are not reused: 62 GiB of them outlast any boot. */
void iounmap(void *p)
{
    unmap_pages((unsigned long)p & PAGE_MASK, 1);
}
