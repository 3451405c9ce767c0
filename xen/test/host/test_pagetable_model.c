/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * L4 tables that map themselves, by hand; then random requests against a model that recounts all references from the tables' contents
 * after each step.
 */
#include "pagetable_machine.h"

#include <string.h>

/* ---- L4s that map themselves ---- */

static bool has_hypervisor_slots(unsigned int n)
{
    for (unsigned int i = HYPERVISOR_L4_FIRST; i <= HYPERVISOR_L4_LAST; i++)
        if (table(n)[i])
            return true;
    return false;
}

/* The rule: no validated L4 has an entry that names itself and a slot of the hypervisor's. */
static bool self_map_rule_holds(unsigned int n)
{
    bool names_itself = false;

    for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
        names_itself |= !L4_SLOT_IS_HYPERVISOR(i) && (table(n)[i] & PTE_P) && (table(n)[i] >> PAGE_SHIFT & 0xffff) == n;
    return !names_itself || !has_hypervisor_slots(n);
}

static void test_self_map_at_pin(void **state)
{
    table(300)[7] = entry(300, RO);
    memset(&table(300)[HYPERVISOR_L4_FIRST], 0xff, 16 * sizeof(u64));      /* a guest's own values: not kept */
    assert_int_equal(pin(300, 4), 0);
    assert_true(self_map_rule_holds(300) && !has_hypervisor_slots(300));
    /* It stays so until it is validated again, whatever becomes of the entry. */
    assert_int_equal(update(300, 7, 0), 0);
    assert_false(has_hypervisor_slots(300));
    assert_int_equal(update(300, 8, entry(300, RO)), 0);
    assert_int_equal(update(300, 7, entry(300, RO)), 0);
    assert_true(self_map_rule_holds(300));
    assert_int_equal(update(300, 7, entry(300, RW)), -EINVAL);
    assert_int_equal(update(300, 7, 0), 0);
    assert_int_equal(update(300, 8, 0), 0);
    assert_int_equal(unpin(300), 0);
    assert_int_equal(pin(300, 4), 0);
    assert_true(has_hypervisor_slots(300));
    assert_int_equal(unpin(300), 0);
}

/* A linear mapping holds no reference: none is to be dropped later when its entry goes while other work is pending. */
static void test_self_map_goes_with_pending_work(void **state)
{
    for (unsigned int level = 2; level <= 4; level++) {
        u64 held = refs(300);

        table(300)[7] = entry(300, RO);
        assert_int_equal(pin(300, level), 0);
        host_cpu_info[0].softirq_pending = 1;
        assert_int_equal(update(300, 7, 0), 0);
        host_cpu_info[0].softirq_pending = 0;
        assert_null(v->arch.old_table);
        assert_int_equal(uses(300), 1);
        assert_int_equal(unpin(300), 0);
        assert_int_equal(refs(300), held);
    }
}

static void test_self_map_in_use(void **state)
{
    pte_t *own;

    table(301)[0] = 0;
    set_pinned(300, 4);
    assert_true(has_hypervisor_slots(300));
    /* Used by another vCPU: a reference that is neither the pin nor the current vCPU's. */
    assert_int_equal(pin(300, 4), 0);
    assert_int_equal(update(300, 7, entry(300, RO)), -EBUSY);
    assert_true(table(300)[7] == 0 && has_hypervisor_slots(300));
    /* By the current one: it goes to an L4 of its own, which has all entries and is kept up to date. */
    v->arch.guest_table = frame(300);
    v->arch.in_kernel = true;
    v->arch.cr3 = v->arch.cr3_kernel = 300UL << PAGE_SHIFT;
    d->vcpu = &v;
    d->max_vcpus = 1;
    assert_int_equal(update(300, 7, entry(300, RO)), 0);
    own = v->arch.own_l4[0];
    assert_non_null(own);
    assert_true(v->arch.cr3 == virt_to_maddr(own).v && v->arch.cr3_kernel == v->arch.cr3 && !v->arch.own_l4[1]);
    assert_true(!has_hypervisor_slots(300) && own[256].v && own[7].v == table(300)[7]);
    assert_int_equal(update(300, 9, entry(301, RW)), 0);
    assert_true(own[9].v == table(300)[9] && own[9].v);
    assert_int_equal(update(300, 7, 0), 0);
    assert_int_equal(update(300, 9, 0), 0);
    assert_true(!own[7].v && !own[9].v && own[256].v && !has_hypervisor_slots(300));
    own_l4_free(v);
    v->arch.guest_table = NULL;
    d->max_vcpus = 0;
    assert_int_equal(unpin(300), 0);
    clear_pinned(300);
}

/* ---- random requests ---- */

static u32 seed = 1;
static unsigned int rnd(unsigned int n) { seed = seed * 1103515245 + 12345; return (seed >> 8) % n; }

struct count { unsigned int refs, writable, table; };

/* Counts what the entries of all checked tables refer to. */
static void recount(struct count *c, const unsigned int *pins)
{
    memset(c, 0, NR_FRAMES * sizeof(*c));
    for (unsigned int n = FIRST; n < OTHERS; n++) {
        unsigned int level = (unsigned int)(type_of(n) >> FT_SHIFT);

        c[n].refs += 1 + pins[n];
        c[n].table += pins[n];
        if (!uses(n) || level < 1 || level > 4)
            continue;
        assert_true(frame(n)->type_info & FT_VALIDATED);
        for (unsigned int i = 0; i < PTES_PER_PAGE; i++) {
            u64 e = table(n)[i];
            unsigned int to = (unsigned int)(e >> PAGE_SHIFT & 0xffff);

            if (!(e & PTE_P) || (level == 4 && i >= 256 && i <= 271) || to == n)
                continue;
            c[to].refs++;
            if (level == 1)
                c[to].writable += !!(e & PTE_RW);
            else
                c[to].table++;
        }
    }
}

/* Level 1 self-maps do count a reference. */
static void check_model(const unsigned int *pins)
{
    static struct count c[NR_FRAMES];

    recount(c, pins);
    for (unsigned int n = FIRST; n < OTHERS; n++) {
        if (type_of(n) == FT_L1 && uses(n))
            for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
                c[n].refs += (table(n)[i] & PTE_P) && (table(n)[i] >> PAGE_SHIFT & 0xffff) == n;
        assert_int_equal(refs(n), c[n].refs);
        assert_true(!c[n].writable || !c[n].table);
        assert_int_equal(uses(n), c[n].writable + c[n].table);
        assert_true(type_of(n) != FT_L4 || !ft_is_valid(frame(n)->type_info, FT_L4) || self_map_rule_holds(n));
    }
}

#define POOL 24    /* few frames, so that they meet */

static void one_request(unsigned int *pins)
{
    unsigned int n = 300 + rnd(POOL), to = 300 + rnd(POOL), index = rnd(3) ? rnd(8) : 254 + rnd(20);
    u64 e = rnd(5) ? entry(to, (rnd(2) ? RW : RO) | (rnd(20) ? 0 : PTE_PS)) : 0;

    switch (rnd(6)) {
    case 0:
        if (pin(n, 1 + rnd(4)) == 0)
            pins[n]++;
        break;
    case 1:
        if (pins[n]) {
            assert_int_equal(unpin(n), 0);
            pins[n]--;
        }
        break;
    default:
        /* Frames that are no tables are written by the guest itself. */
        if (!uses(n))
            table(n)[index] = e;
        else if (type_of(n) <= FT_L4)
            (void)update(n, index, e);
    }
}

static void test_random(void **state)
{
    unsigned int pins[NR_FRAMES] = { 0 };

    for (unsigned int i = 0; i < 60000; i++) {
        one_request(pins);
        if (i % 16 == 0)
            check_model(pins);
    }
    for (unsigned int n = FIRST; n < OTHERS; n++)
        for (; pins[n]; pins[n]--)
            assert_int_equal(unpin(n), 0);
    for (unsigned int n = FIRST; n < OTHERS; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGETABLE_TEST(test_self_map_at_pin),
        PAGETABLE_TEST(test_self_map_goes_with_pending_work),
        PAGETABLE_TEST(test_self_map_in_use),
        PAGETABLE_TEST(test_random),
    };

    return cmocka_run_group_tests_name("pagetable_model", tests, NULL, NULL);
}
