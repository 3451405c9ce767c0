/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's map of EOIs, whose page may be another domain's as soon as the domain has given it back. */
#include "host.h"

#include <pthread.h>
#include <sched.h>
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/rangeset.h>
#include <x86/irq_desc.h>

#define PAGE 20         /* the frame of the map */
#define PIRQ 100

struct irq_desc *irq_descs;
unsigned int nr_irqs = 128, nr_gsis = 24;
static struct domain *d;
static bool done;

void cpu_relax(void) { sched_yield(); }
unsigned int nr_pirqs(void) { return 128; }
struct irq_desc *irq_desc_of(unsigned int irq) { return NULL; }
bool irq_needs_eoi(struct domain *x, unsigned int pirq) { return false; }
void irq_guest_remove(struct irq_desc *desc, struct domain *x, unsigned int pirq) { }
int msi_create(u32 device, bool msix, unsigned int entry, u64 table_base) { return -ENODEV; }
void msi_destroy(struct irq_desc *desc) { }
bool rangeset_contains(struct rangeset *r, u64 first, u64 last) { return true; }

/* ---- the page is read from the domain and written to under one lock ---- */

static void *update(void *unused)
{
    pirq_update_eoi_map(d, PIRQ, true);
    WRITE_ONCE(done, true);
    return NULL;
}

static void *release(void *unused)
{
    irq_domain_release(d);
    WRITE_ONCE(done, true);
    return NULL;
}

/* The lock is the test's; whether @fn waits for it. */
static bool waits_for_lock(void *(*fn)(void *), pthread_t *thread)
{
    spinlock_t *l = &d->arch.pirq_eoi_lock;
    u16 me = l->serving;

    done = false;
    assert_int_equal(pthread_create(thread, NULL, fn, NULL), 0);
    while (!READ_ONCE(done) && (u16)(READ_ONCE(l->next) - me) < 2)
        sched_yield();
    return !READ_ONCE(done);
}

/* dom0 maps an interrupt for a domain that is being destroyed, whose page is another domain's soon. */
static void test_page_given_back(void **state)
{
    u64 *bits = mfn_to_virt(mfn(PAGE));
    pthread_t thread;
    bool waited;

    assert_int_equal(pirq_set_eoi_map(d, mfn(PAGE)), 0);
    spin_lock(&d->arch.pirq_eoi_lock);
    waited = waits_for_lock(update, &thread);
    assert_int_equal(READ_ONCE(bits[PIRQ / 64]), 0);
    spin_unlock(&d->arch.pirq_eoi_lock);
    pthread_join(thread, NULL);
    assert_true(waited);
    assert_int_equal(bits[PIRQ / 64], 1UL << PIRQ % 64);
    spin_lock(&d->arch.pirq_eoi_lock);
    waited = waits_for_lock(release, &thread);
    assert_int_equal(host_frames_held, 1);
    spin_unlock(&d->arch.pirq_eoi_lock);
    pthread_join(thread, NULL);
    assert_true(waited);
    assert_int_equal(host_frames_held, 0);
}

static void test_map(void **state)
{
    u64 *bits = mfn_to_virt(mfn(PAGE));

    assert_int_equal(pirq_set_eoi_map(d, mfn(~0UL)), -EINVAL);
    assert_int_equal(pirq_set_eoi_map(d, mfn(PAGE)), 0);
    assert_int_equal(pirq_set_eoi_map(d, mfn(PAGE + 1)), -EBUSY);
    assert_int_equal(host_frames_held, 1);
    pirq_update_eoi_map(d, PIRQ, true);
    assert_int_equal(bits[PIRQ / 64], 1UL << PIRQ % 64);
    pirq_update_eoi_map(d, PIRQ, false);
    assert_int_equal(bits[PIRQ / 64], 0);
    irq_domain_release(d);
    assert_int_equal(host_frames_held, 0);
    pirq_update_eoi_map(d, PIRQ, true);
    assert_int_equal(bits[PIRQ / 64], 0);
}

static int setup(void **state)
{
    host_memory(64);
    host_frames_held = 0;
    d = host_domain(1, 0);
    return 0;
}

static int teardown(void **state)
{
    host_domain_free(d);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_map, setup, teardown),
        cmocka_unit_test_setup_teardown(test_page_given_back, setup, teardown),
    };

    return cmocka_run_group_tests_name("pirq", tests, NULL, NULL);
}
