/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a test kernel's text goes: the hypervisor's console, or, in a domain that tools made, its console ring. */
#include "console.h"
#include "memory.h"
#include <public/io/console.h>

static struct xencons_interface *ring;
static uint32_t port;
static volatile int busy;

/* Nobody waits for the tools' events: they would wake up who waits for others. */
static void mask(uint32_t p)
{
    __atomic_or_fetch(&shared->evtchn_mask[p / 64], 1ul << p % 64, __ATOMIC_SEQ_CST);
}

void console_init(void)
{
    if (privileged())
        return;
    ring = mfn_to_virt(start_info->console.domU.mfn);
    port = start_info->console.domU.evtchn;
    mask(port);
    mask(start_info->store_evtchn);
    shared->vcpu_info[0].evtchn_pending_sel = 0;
    shared->vcpu_info[0].evtchn_upcall_pending = 0;
}

static void notify(void)
{
    struct evtchn_send send = { .port = port };

    barrier();
    hc_event_channel_op(EVTCHNOP_send, &send);
    hc_sched_op(SCHEDOP_yield, NULL);
}

/* A test may have closed the port: then the reader looks when the domain has gone. What finds no room is lost after a while. */
void console_write(const char *text, unsigned n)
{
    unsigned patience = 200000;

    if (!ring) {
        hc_console_io(CONSOLEIO_write, n, text);
        return;
    }
    while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
        asm volatile("pause");
    while (n && patience) {
        uint32_t at = ring->out_prod;

        if (at - *(volatile XENCONS_RING_IDX *)&ring->out_cons == sizeof(ring->out)) {
            patience--;
            notify();
            continue;
        }
        ring->out[MASK_XENCONS_IDX(at, ring->out)] = *text++;
        barrier();
        ring->out_prod = at + 1;
        n--;
    }
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
    notify();
}

void console_flush(void)
{
    for (unsigned i = 0; ring && i < 200000 && *(volatile XENCONS_RING_IDX *)&ring->out_cons != ring->out_prod; i++)
        notify();
}
