/* SPDX-License-Identifier: GPL-2.0-only */
#include "stray.h"
#include "edu.h"
#include "test.h"

#define MESSAGE_ADDRESS 0xfee00000u /* the CPU with APIC id 0, physical mode */
#define CALLS 64

static uint32_t card;
static unsigned traps[256];

static bool count_trap(struct regs *regs)
{
    if (regs->vector >= 256)
        return false;
    traps[regs->vector]++;
    return true;
}

unsigned stray_traps(unsigned vector) { return traps[vector]; }

void stray_begin(void)
{
    static const struct callback_register nmi = { .type = CALLBACKTYPE_nmi };
    struct callback_register r = nmi;

    card = edu_find(0);
    if (!card)
        report_error("needs QEMU's device edu");
    edu_map(card);
    r.address = trap_entries[2];
    NEED(hc_callback_op(CALLBACKOP_register, &r), 0);
    timer_sleep(1 * MILLISECONDS);
    trap_hook = count_trap;
}

/* Most of the time goes by in the hypervisor, whose interrupts are on there, and much of it in a copy, which has a fix-up. */
static void call_until_sent(void)
{
    static struct multicall_entry calls[CALLS];
    static char capabilities[1024];
    uint64_t end = time_now() + 20000 * MILLISECONDS;

    do {
        for (unsigned i = 0; i < CALLS; i++)
            calls[i] = (struct multicall_entry){
                .op = __HYPERVISOR_xen_version,
                .args = { XENVER_capabilities, (unsigned long)capabilities },
            };
        NEED(hc_multicall(calls, CALLS), 0);
        for (unsigned i = 0; i < CALLS; i++)
            NEED((long)calls[i].result, 0);
        NEED(time_now() < end, true);
    } while (edu_is_busy());
}

void stray_send_to_hypervisor(unsigned data)
{
    edu_set_message(card, MESSAGE_ADDRESS, (uint16_t)data);
    edu_interrupt_later();
    call_until_sent();
    edu_set_message(card, MESSAGE_ADDRESS, 0);
}

void stray_send(unsigned data)
{
    edu_set_message(card, MESSAGE_ADDRESS, (uint16_t)data);
    edu_interrupt();
    stray_send_to_hypervisor(data);
}

void stray_check_alive(const char *what)
{
    uint64_t from = time_now();

    timer_sleep(1 * MILLISECONDS);
    CHECK(time_now() - from >= 1 * MILLISECONDS, "%s: no time went by", what);
}
