/* SPDX-License-Identifier: GPL-2.0-only */
/* Host tests: the machine below xen/common: memory, a clock that tests turn, CPUs by number. Weak where a test links the real thing. */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xen/iommu.h>
#include <xen/irq.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>

#define WEAK __attribute__((weak))

bool host_irqs_on = true;
__thread unsigned int host_cpu;   /* threads of a test play a CPU each */
struct cpu_info host_cpu_info[NR_CPUS];
cpumask_t cpu_online_map, cpu_present_map;
unsigned int nr_cpu_ids = 1;
s_time_t host_now;
unsigned long cpu_khz = 1000000;
unsigned long max_frame, *ram_bitmap;
struct domain *dom0 WEAK, *idle_domain WEAK;

s_time_t now(void) { return host_now; }
unsigned int host_cache_flushes;
void frame_flush_caches(struct frame_info *f) { host_cache_flushes++; }
void WEAK frame_make_coherent(struct frame_info *f) { }
void WEAK cpu_relax(void) { fail_msg("spins for ever on CPU %u", host_cpu); }
void softirq_raise(enum softirq nr) { host_cpu_info[host_cpu].softirq_pending |= 1UL << nr; }
void cpu_softirq_raise(unsigned int cpu, enum softirq nr) { host_cpu_info[cpu].softirq_pending |= 1UL << nr; }
void WEAK softirq_register(enum softirq nr, void (*fn)(void)) { }
void smp_send_event_check(unsigned int cpu) { host_cpu_info[cpu].softirq_pending |= 0; }

/* ---- messages ---- */

void WEAK printk(const char *fmt, ...) { }
void WEAK gprintk(const char *fmt, ...) { }
void panic(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
    abort();
}
void bug_at(const char *file, int line, const char *what)
{
    printf("%s:%d: %s\n", file, line, what);
    abort();
}

/* ---- memory ---- */

unsigned int host_live_allocs;
size_t host_largest_alloc;
int host_fail_alloc_after = -1;

static bool fails(void)
{
    return host_fail_alloc_after >= 0 && host_fail_alloc_after-- == 0;
}
static void *counted(void *p)
{
    host_live_allocs += p != NULL;
    return p;
}
static bool gives(size_t n)
{
    bool ok = !fails();

    if (ok)
        host_largest_alloc = max(host_largest_alloc, n);
    return ok;
}
void *xmalloc(size_t n) { return gives(n) ? counted(malloc(n)) : NULL; }
void *xzalloc(size_t n) { return gives(n) ? counted(calloc(1, n)) : NULL; }
void *xcalloc(size_t n, size_t size) { return gives(n * size) ? counted(calloc(n, size)) : NULL; }
void xfree(void *p)
{
    host_live_allocs -= p != NULL;
    free(p);
}
void *WEAK alloc_xen_pages(unsigned int order, unsigned int flags)
{
    void *p;

    if (fails())
        return NULL;
    p = aligned_alloc(PAGE_SIZE, PAGE_SIZE << order);
    memset(p, 0, PAGE_SIZE << order);
    return counted(p);
}
int WEAK alloc_zeroed_pages(unsigned int order, void **p)
{
    *p = alloc_xen_pages(order, ALLOC_ZERO);
    return *p ? 0 : -ENOMEM;
}
void WEAK free_xen_pages(void *p, unsigned int order) { xfree(p); }

static void *fixed(unsigned long at, size_t n)
{
    void *p = mmap((void *)at, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    assert_ptr_equal(p, (void *)at);
    return p;
}

void host_memory(unsigned int n)
{
    max_frame = n + 1;
    free(ram_bitmap);
    ram_bitmap = calloc(BITS_TO_LONGS(max_frame), sizeof(unsigned long));
    for (unsigned int m = 1; m <= n; m++)
        set_bit(m, ram_bitmap);
    fixed(FRAMETABLE_VIRT, ROUND_UP(max_frame * sizeof(struct frame_info), PAGE_SIZE));
    fixed(DIRECTMAP_VIRT, max_frame * PAGE_SIZE);
}

unsigned int host_frames_held;
int WEAK frame_get_and_type(struct frame_info *f, struct domain *d, u64 type)
{
    host_frames_held++;
    return 0;
}
void WEAK frame_put_and_type(struct frame_info *f) { host_frames_held--; }

/* ---- domains ---- */

struct domain *host_domain(u16 id, unsigned int vcpus)
{
    struct domain *d = alloc_xen_page();

    d->id = id;
    d->refs = 1;
    d->max_vcpus = vcpus;
    d->vcpu = xcalloc(vcpus, sizeof(*d->vcpu));
    d->shared_info = alloc_xen_page();
    cpumask_setall(&d->pool_cpus);
    for (unsigned int i = 0; i < vcpus; i++) {
        struct vcpu *v = xzalloc(sizeof(*v));

        v->domain = d;
        v->id = i;
        v->info = i < XEN_LEGACY_MAX_VCPUS ? &d->shared_info->vcpu_info[i] : NULL;
        cpumask_setall(&v->hard_affinity);
        cpumask_setall(&v->soft_affinity);
        cpumask_setall(&v->may_run);
        d->vcpu[i] = v;
    }
    return d;
}

void host_domain_free(struct domain *d)
{
    for (unsigned int i = 0; i < d->max_vcpus; i++)
        xfree(d->vcpu[i]);
    xfree(d->vcpu);
    free_xen_page(d->shared_info);
    free_xen_page(d);
}

bool WEAK domain_get(struct domain *d)
{
    d->refs++;
    return true;
}
void WEAK domain_put(struct domain *d) { d->refs--; }

/* ---- what a test may link for real ---- */

void WEAK timer_init(struct timer *t, void (*fn)(void *), void *arg, unsigned int cpu)
{
    *t = (struct timer){ .fn = fn, .arg = arg, .cpu = cpu };
}
void WEAK timer_set(struct timer *t, s_time_t expires)
{
    t->expires = expires;
    t->active = true;
}
void WEAK timer_stop(struct timer *t) { t->active = false; }
void WEAK timer_kill(struct timer *t) { t->active = false; }
void WEAK timer_migrate(struct timer *t, unsigned int cpu) { t->cpu = cpu; }
void WEAK vcpu_kick(struct vcpu *v) { }
void WEAK vcpu_unblock(struct vcpu *v) { }
bool WEAK vcpu_event_deliverable(const struct vcpu *v) { return false; }
void WEAK keyhandler_register(char key, void (*fn)(struct cpu_user_regs *), const char *what) { }
int WEAK irq_guest_bind(struct domain *d, unsigned int pirq, bool share) { return 0; }
void WEAK irq_guest_unbind(struct domain *d, unsigned int pirq) { }
void WEAK irq_set_affinity_vcpu(struct domain *d, unsigned int pirq, struct vcpu *v) { }
unsigned int WEAK nr_pirqs(void) { return 64; }

/* No domain of a test logs writes unless it links the log. */
void WEAK log_dirty_mark_slow(struct domain *d, const struct frame_info *f) { fail_msg("writes are not logged here"); }
void WEAK mirror_forget(struct domain *d, const void *entry) { fail_msg("there are no mirrors here"); }
void WEAK mirror_drop(struct domain *d, struct frame_info *table) { fail_msg("there are no mirrors here"); }

/* Nor has one a device unless it links common/iommu.c. */
void WEAK iommu_type_changes(struct domain *d, struct frame_info *f, u64 was, u64 type) { fail_msg("there are no devices here"); }
void WEAK iommu_unmap_leaving(struct domain *d, struct frame_info *f) { fail_msg("there are no devices here"); }
