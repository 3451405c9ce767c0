/* SPDX-License-Identifier: GPL-2.0-only */
/* Who gets what is typed: dom0, or the hypervisor's keys after CTRL-a three times. */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/event.h>
#include <xen/drivers.h>
#include <xen/lib.h>
#include <xen/spinlock.h>

#define SWITCH_KEY   ('a' & 0x1f)
#define SWITCH_COUNT 3
#define BUFFER_SIZE  512u

static spinlock_t input_lock = SPIN_LOCK_UNLOCKED;
static char buffer[BUFFER_SIZE];          /* input_lock; for dom0 */
static unsigned int produced, consumed;
static bool input_to_dom0, dom0_ready;
static unsigned int switch_presses;

static void say_where(void)
{
    printk("*** Serial input to %s (type 'CTRL-a' three times to switch input)\n",
           input_to_dom0 ? "DOM0" : "Xen");
}

static void to_dom0(char c)
{
    if (produced - consumed < BUFFER_SIZE)
        buffer[produced++ % BUFFER_SIZE] = c;
}

void console_rx(char c, struct cpu_user_regs *regs)
{
    unsigned long flags = spin_lock_irqsave(&input_lock);
    bool key = false, switched = false, notify;

    if (c == SWITCH_KEY) {
        if (++switch_presses == SWITCH_COUNT) {
            switch_presses = 0;
            if (dom0_ready) {
                input_to_dom0 = !input_to_dom0;
                switched = true;
            }
        }
    } else {
        /* Fewer than three were meant for dom0. */
        for (; switch_presses; switch_presses--)
            if (input_to_dom0)
                to_dom0(SWITCH_KEY);
        if (input_to_dom0)
            to_dom0(c);
        else
            key = true;
    }
    notify = input_to_dom0 && produced != consumed;
    spin_unlock_irqrestore(&input_lock, flags);

    if (switched)
        say_where();
    if (key)
        keyhandler_interrupt(c);
    if (notify)
        evtchn_send_global_virq(VIRQ_CONSOLE);
}

size_t console_guest_read(char *buf, size_t n)
{
    unsigned long flags = spin_lock_irqsave(&input_lock);
    size_t done = 0;

    while (done < n && consumed != produced)
        buf[done++] = buffer[consumed++ % BUFFER_SIZE];
    spin_unlock_irqrestore(&input_lock, flags);
    return done;
}

void console_init_late(void)
{
    serial_init_irq();
    vga_release();
    dom0_ready = input_to_dom0 = true;
    say_where();
}
