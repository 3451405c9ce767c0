/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket spinlocks. A lock that an interrupt handler takes is taken with the
 * _irqsave form everywhere. Lock order, outermost first (see docs/architecture):
 *   domctl_lock > pool_lock > domlist_lock > domain.lock > grant_table.lock > domain.pt_lock >
 *   domain.page_lock > devices_lock > domain_iommu.lock > evtchn.lock > pt_lock.queue_lock > sched cpu lock > timer cpu lock >
 *   heap_lock > irq_desc.lock > an IOMMU's queue > console_lock
 */
#ifndef XEN_SPINLOCK_H
#define XEN_SPINLOCK_H

#include <xen/types.h>
#include <x86/irqflags.h>

typedef struct {
    union {
        u32 both;
        struct { u16 serving, next; };
    };
} spinlock_t;

#define SPIN_LOCK_UNLOCKED { { 0 } }

static inline void spin_lock_init(spinlock_t *l) { l->both = 0; }

static inline void spin_lock(spinlock_t *l)
{
    u16 me = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

    if (likely(__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) == me))
        return;
    do
        cpu_relax();
    while (__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != me);
}
static inline void spin_unlock(spinlock_t *l)
{
    /* The holder alone writes it: one plain instruction, which x86 keeps behind all earlier accesses. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    l->serving++;
}
static inline bool spin_trylock(spinlock_t *l)
{
    u32 old = __atomic_load_n(&l->both, __ATOMIC_RELAXED);     /* serving in the low half, next above it */

    return (u16)old == old >> 16 &&
           __atomic_compare_exchange_n(&l->both, &old, old + (1u << 16), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
static inline bool spin_is_locked(spinlock_t *l)
{
    spinlock_t v = { { __atomic_load_n(&l->both, __ATOMIC_RELAXED) } };
    return v.serving != v.next;
}
/* By its holder: does somebody wait for it? */
static inline bool spin_is_contended(spinlock_t *l)
{
    return (u16)(__atomic_load_n(&l->next, __ATOMIC_RELAXED) - l->serving) > 1;
}
static inline unsigned long spin_lock_irqsave(spinlock_t *l)
{
    unsigned long f = local_irq_save();
    spin_lock(l);
    return f;
}
static inline void spin_unlock_irqrestore(spinlock_t *l, unsigned long f)
{
    spin_unlock(l);
    local_irq_restore(f);
}
static inline void spin_lock_irq(spinlock_t *l) { local_irq_disable(); spin_lock(l); }
static inline void spin_unlock_irq(spinlock_t *l) { spin_unlock(l); local_irq_enable(); }

#endif
