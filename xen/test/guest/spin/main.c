/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs in kernel mode until somebody has looked, then in user mode, on tables of its own, for good: for xen/test/guest/hidden. Both
 * L4s map themselves.
 */
#include "test.h"

#define USER_VA (SCRATCH_VA + (9ul << 30))
#define SECONDS 4
#define SELF    200ul

static void map_itself(unsigned long l4)
{
    NEED(pt_write(l4 * PAGE_SIZE + SELF * 8, l4 * PAGE_SIZE | PTE_RO), 0);
}

static void build_user_tables(void)
{
    char *code = page_alloc();
    uint64_t *l4 = page_alloc();

    memcpy(code, "\xeb\xfe", 2);     /* JMP to itself */
    NEED(map_frame(USER_VA, virt_to_mfn(code), PTE_DATA & ~(1ul << 63)), 0);
    NEED(page_set_ro(l4), 0);
    NEED(pin_table(4, virt_to_mfn(l4)), 0);
    NEED(pt_write(virt_to_mfn(l4) * PAGE_SIZE + ((USER_VA >> 39) & 511) * 8, *pt_entry(USER_VA, 4)), 0);
    map_itself(virt_to_mfn(l4));
    NEED(mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(l4), 0), 0);
}

static bool go_on(struct regs *r)
{
    vcpu_self->evtchn_upcall_pending = 0;
    return r->vector == VECTOR_EVENT;
}

void test_main(void)
{
    static struct regs r = { .rip = USER_VA, .cs = FLAT_USER_CS, .rflags = 0x202, .rsp = USER_VA + 2048, .ss = FLAT_USER_SS };

    event_mask_all();
    pt_build(USER_VA);
    build_user_tables();
    map_itself(pt_base_mfn());
    trap_hook = go_on;
    printf("KERNEL MODE\n");
    time_spin(SECONDS * 1000ul * MILLISECONDS);
    printf("USER MODE\n");
    regs_run(&r);
}
