/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables that a vCPU runs on: what a refused change leaves. */
#include "pagetable_machine.h"

#include <setjmp.h>
#include <xen/errno.h>
#include <x86/pt_lock.h>

static jmp_buf *cr3_load;          /* where a load of CR3, which this program must not execute, ends */

u64 mirror_cr3(struct domain *dom, struct frame_info *l4, bool user) { return mfn_x(frame_to_mfn(l4)) << PAGE_SHIFT | 0x800; }
u32 tlb_flush_begin(void)
{
    if (cr3_load)
        longjmp(*cr3_load, 1);
    return 0;
}
void tlb_flush_end(u32 t) { }
void domain_crash(struct domain *dom, const char *fmt, ...) { fail_msg("the domain was crashed"); }

/* A domain that has had an L4 that maps itself: each vCPU gets pages for own L4s, for which there is no memory. */
static void test_no_memory_leaves_nothing(void **state)
{
    table(300)[0] = entry(301, RW);
    v->arch.in_kernel = true;
    d->arch.maps_itself = true;
    host_cpu_info[0].softirq_pending = 1;
    host_fail_alloc_after = 0;
    assert_int_equal(set_guest_table(v, mfn(300), true), -ENOMEM);
    host_fail_alloc_after = -1;
    assert_null(v->arch.old_table);
    assert_true(uses(300) == 0 && refs(300) == 1 && uses(301) == 0);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(set_guest_table(v, mfn(300), true), 0);
    assert_true(v->arch.guest_table_user == frame(300) && uses(300) == 1);
    assert_int_equal(set_guest_table(v, mfn(0), true), 0);
    assert_true(uses(300) == 0 && refs(300) == 1);
    own_l4_free(v);
    d->arch.maps_itself = false;
}

/*
 * The CPU has left the mirror of the old table before another one can take pt_lock: it makes room among the mirrors, and releases
 * those of tables that no vCPU has.
 */
static void test_mirror_is_left_under_the_lock(void **state)
{
    pte_t *xen = &idle_l4[PT_INDEX(XEN_VIRT, 4)], was = *xen;
    jmp_buf env;

    *xen = pte(0x1007);              /* or each L4 would be a bare one */
    v->arch.in_kernel = true;
    d->arch.l4_copied = true;
    d->arch.mirror = (void *)d;
    cr3_load = &env;
    if (!setjmp(env)) {
        (void)set_guest_table(v, mfn(300), false);
        fail_msg("CR3 was not loaded");
    }
    cr3_load = NULL;
    *xen = was;
    assert_true(v->arch.guest_table == frame(300) && v->arch.cr3 == v->arch.cr3_kernel);
    assert_true(pt_is_locked(d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGETABLE_TEST(test_mirror_is_left_under_the_lock),
        PAGETABLE_TEST(test_no_memory_leaves_nothing),
    };

    return cmocka_run_group_tests_name("guest_table", tests, NULL, NULL);
}
