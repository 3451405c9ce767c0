/* SPDX-License-Identifier: GPL-2.0-only */
#include "forest.h"
#include "test.h"

#define LEGACY      32               /* vCPUs that have a vcpu_info in shared_info */
#define STACK_BYTES 2048

#define HPET        0xfed00ul        /* frame */
#define HPET_CONFIG 0x10
#define HPET_TIMER2 0x140            /* its configuration; comparator 8 bytes on */
#define HPET_NS     10               /* QEMU's: one tick */
#define ENABLE      1u               /* of HPET_CONFIG */
/* Edge, line 23, which is masked; interrupts on, or QEMU's timer stands; periodic, 32 bits; the next write sets the period. */
#define PERIODIC    (1u << 3)
#define MODE        (1u << 2 | PERIODIC | 1u << 6 | 1u << 8 | 23u << 9)

unsigned long forest_tree(unsigned l1_tables)
{
    static uint64_t *leaf;
    uint64_t *l4 = page_alloc(), *l3 = page_alloc(), *l2 = page_alloc();

    if (!leaf)
        leaf = page_alloc();
    for (unsigned i = 0; i < l1_tables; i++) {
        uint64_t *l1 = page_alloc();

        for (unsigned k = 0; k < 512; k++)
            l1[k] = virt_to_mfn(leaf) * PAGE_SIZE | PTE_RO;
        NEED(page_set_ro(l1), 0);
        l2[i] = virt_to_mfn(l1) * PAGE_SIZE | PTE_TABLE;
    }
    l3[0] = virt_to_mfn(l2) * PAGE_SIZE | PTE_TABLE;
    l4[0] = virt_to_mfn(l3) * PAGE_SIZE | PTE_TABLE;
    NEED(page_set_ro(l2), 0);
    NEED(page_set_ro(l3), 0);
    NEED(page_set_ro(l4), 0);
    return virt_to_mfn(l4);
}

void forest_pin(unsigned long l4)
{
    NEED(pin_table(4, l4), 0);
    NEED(unpin_table(l4), 0);
}

/* The top of a stack; two are made of a page. */
static char *new_stack(void)
{
    static char *page;
    char *top;

    top = page ? page + PAGE_SIZE : (page = page_alloc()) + STACK_BYTES;
    if (top == page + PAGE_SIZE)
        page = NULL;
    return top;
}

static void give_info(unsigned n)
{
    static struct vcpu_info *infos;
    struct vcpu_register_vcpu_info r;

    if (!infos)
        infos = page_alloc();
    infos[n - LEGACY].evtchn_upcall_mask = 1;
    r = (struct vcpu_register_vcpu_info){ .mfn = virt_to_mfn(infos), .offset = (n - LEGACY) * sizeof(*infos) };
    NEED(hc_vcpu_op(VCPUOP_register_vcpu_info, n, &r), 0);
}

void forest_vcpu(unsigned n, void (*function)(unsigned long n))
{
    static struct vcpu_guest_context context;

    if (n < LEGACY)
        shared->vcpu_info[n].evtchn_upcall_mask = 1;
    else
        give_info(n);
    smp_context(&context, (void (*)(void))function);
    context.user_regs.rdi = n;
    context.user_regs.rsp = (unsigned long)(new_stack() - 8);
    NEED(hc_vcpu_op(VCPUOP_initialise, n, &context), 0);
}

void forest_short_turns(unsigned ns)
{
    volatile uint32_t *hpet = (volatile uint32_t *)SCRATCH_VA;     /* QEMU's takes accesses of 4 bytes only */
    uint32_t first;

    pt_build(SCRATCH_VA);
    NEED(hc_update_va_mapping_otherdomain(SCRATCH_VA, HPET * PAGE_SIZE | PTE_DATA | PTE_PCD, UVMF_INVLPG | UVMF_ALL, DOMID_IO), 0);
    NEED(hpet[HPET_CONFIG / 4] & ENABLE, ENABLE);
    hpet[HPET_TIMER2 / 4] = MODE;
    hpet[HPET_TIMER2 / 4 + 2] = ns / HPET_NS;
    NEED(hpet[HPET_TIMER2 / 4] & PERIODIC, PERIODIC);
    first = hpet[HPET_TIMER2 / 4 + 2];
    time_spin(20 * ns);
    CHECK(hpet[HPET_TIMER2 / 4 + 2] != first, "the HPET's timer does not expire: its comparator stands");
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG | UVMF_ALL), 0);
}
