/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages, frames, page tables. */
#include "memory.h"
#include "report.h"

#define POOL_PAGES 384

struct start_info *start_info;
struct shared_info *shared;

static char pool[POOL_PAGES][PAGE_SIZE] __attribute__((aligned(4096), section(".bss.page")));
static unsigned pool_used;
static char shared_page[PAGE_SIZE] __attribute__((aligned(4096), section(".bss.page")));
static unsigned long spare_used;

char trap_stack[TRAP_STACK_SIZE] __attribute__((aligned(4096), section(".bss.page")));

void memory_init(struct start_info *si)
{
    start_info = si;
    NEED(hc_update_va_mapping(shared_page, si->shared_info | PTE_DATA, UVMF_INVLPG), 0);
    shared = (struct shared_info *)shared_page;
}

bool privileged(void)
{
    return start_info->flags & SIF_INITDOMAIN;
}

/* A port that oneself may bind says for whom it is. */
domid_t own_domid(void)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_status s = { .dom = DOMID_SELF };
    struct evtchn_close c;

    if (privileged())
        return 0;
    NEED(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
    s.port = c.port = a.port;
    NEED(hc_event_channel_op(EVTCHNOP_status, &s), 0);
    NEED(hc_event_channel_op(EVTCHNOP_close, &c), 0);
    return s.u.unbound.dom;
}

void *page_alloc(void)
{
    if (pool_used == POOL_PAGES)
        report_error("the pool of pages is empty");
    return pool[pool_used++];
}

unsigned long pfn_to_mfn(unsigned long pfn)
{
    return ((unsigned long *)start_info->mfn_list)[pfn];
}

unsigned long mfn_to_pfn(unsigned long mfn)
{
    return machine_to_phys_mapping[mfn];
}

unsigned long virt_to_mfn(const void *va)
{
    return pfn_to_mfn(((unsigned long)va - VIRT_BASE) / PAGE_SIZE);
}

void *mfn_to_virt(unsigned long mfn)
{
    return (void *)(VIRT_BASE + mfn_to_pfn(mfn) * PAGE_SIZE);
}

/* Spare frames are taken from the domain's end, which the builder maps last and the kernel never. */
unsigned long pfn_spare(void)
{
    unsigned long pfn = start_info->nr_pages - ++spare_used;

    if (pfn < 4096)
        report_error("no spare frame: give the domain more memory");
    return pfn;
}

unsigned long pt_base_mfn(void)
{
    return virt_to_mfn((void *)start_info->pt_base);
}

static unsigned pt_index(unsigned long va, int level)
{
    return (va >> (12 + 9 * (level - 1))) & 511;
}

uint64_t *pt_entry(unsigned long va, int level)
{
    uint64_t *table = (uint64_t *)start_info->pt_base;

    for (int l = 4; l > level; l--) {
        uint64_t e = table[pt_index(va, l)];

        if (!(e & PTE_P))
            return NULL;
        table = mfn_to_virt((e & PTE_FRAME) / PAGE_SIZE);
    }
    return &table[pt_index(va, level)];
}

uint64_t pt_entry_maddr(unsigned long va, int level)
{
    uint64_t *e = pt_entry(va, level);

    return e ? virt_to_mfn(e) * PAGE_SIZE + ((unsigned long)e & (PAGE_SIZE - 1)) : 0;
}

long pt_write(uint64_t maddr, uint64_t value)
{
    struct mmu_update req = { .ptr = maddr | MMU_NORMAL_PT_UPDATE, .val = value };

    return hc_mmu_update(&req, 1, NULL, DOMID_SELF);
}

long mmuext(unsigned cmd, unsigned long arg1, unsigned long arg2)
{
    struct mmuext_op op = { .cmd = cmd };

    op.arg1.mfn = arg1;
    op.arg2.src_mfn = arg2;
    return hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long pin_table(int level, unsigned long mfn)
{
    return mmuext(MMUEXT_PIN_L1_TABLE + (unsigned)level - 1, mfn, 0);
}

long unpin_table(unsigned long mfn)
{
    return mmuext(MMUEXT_UNPIN_TABLE, mfn, 0);
}

long page_set_ro(void *page)
{
    return hc_update_va_mapping(page, virt_to_mfn(page) * PAGE_SIZE | PTE_RO, UVMF_INVLPG);
}

long page_set_rw(void *page)
{
    return hc_update_va_mapping(page, virt_to_mfn(page) * PAGE_SIZE | PTE_DATA, UVMF_INVLPG);
}

void pt_build(unsigned long va)
{
    for (int level = 4; level > 1; level--) {
        uint64_t *e = pt_entry(va, level);
        void *table;

        if (*e & PTE_P)
            continue;
        table = page_alloc();
        NEED(page_set_ro(table), 0);
        NEED(pt_write(pt_entry_maddr(va, level), virt_to_mfn(table) * PAGE_SIZE | PTE_TABLE), 0);
    }
}

long map_frame(unsigned long va, unsigned long mfn, uint64_t flags)
{
    pt_build(va);
    return hc_update_va_mapping(va, mfn * PAGE_SIZE | flags, UVMF_INVLPG);
}
