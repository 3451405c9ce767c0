/* SPDX-License-Identifier: GPL-2.0-only */
/* The serial line's output: none waits for a transmitter that is busy, all arrives in order, and the machine's last words do, too. */
#include "host.h"

#include <string.h>
#include <xen/console.h>
#include <xen/drivers.h>
#include <xen/irq.h>
#include <xen/time.h>
#include <x86/asm.h>

#define PORT       0x3f8
#define FIFO       16u
#define BUFFER     16384u
#define FEW_LOOKS  16u

/* ---- the chip ---- */

static u8 ier, lcr;
static unsigned int in_fifo, looks, looks_busy;      /* looks_busy: the transmitter is empty after so many looks; 0: never */
static bool interrupt, instant;                      /* instant: the transmitter is empty at once, as an emulated one */
static char sent[200000];
static size_t nr_sent;

static void transmit(void)
{
    in_fifo = 0;
    interrupt = ier & 2;
}

u8 inb(u16 port)
{
    bool pending = interrupt;

    if (port == PORT + 3)
        return lcr;
    if (port == PORT + 2) {
        interrupt = false;
        return pending ? 2 : 1;
    }
    assert_int_equal(port, PORT + 5);
    looks++;
    if (in_fifo && looks_busy && looks % looks_busy == 0)
        transmit();
    return in_fifo ? 0 : 0x20;
}

void outb(u8 value, u16 port)
{
    if (port == PORT + 3) {
        lcr = value;
    } else if (port == PORT && !(lcr & 0x80)) {
        assert_true(in_fifo < FIFO);
        interrupt = false;
        in_fifo++;
        sent[nr_sent++] = (char)value;
        if (instant)
            transmit();
    } else if (port == PORT + 1 && !(lcr & 0x80)) {
        interrupt = (value & 2) && !(ier & 2) && !in_fifo;
        ier = value;
    }
}

/* ---- what the driver calls ---- */

extern int (*const param_com1)(const char *value);

static struct console_dev *dev;
static void (*handler)(void *);
static void *handler_arg;
static bool sync;

void console_add(struct console_dev *d) { dev = d; }
bool console_is_sync(void) { return sync; }
void console_rx(char c, struct cpu_user_regs *regs) { fail_msg("nothing was received"); }
void printk(const char *fmt, ...) { }
int irq_request(unsigned int irq, void (*fn)(void *), void *arg, const char *name)
{
    handler = fn;
    handler_arg = arg;
    return 0;
}

/* ---- tests ---- */

static char text[3 * BUFFER];

static void say(size_t from, size_t n)
{
    dev->puts(dev, text + from, n);
}

static void expect_sent(size_t n)
{
    assert_int_equal(nr_sent, n);
    assert_memory_equal(sent, text, n);
}

static void forget(void)
{
    nr_sent = looks = looks_busy = 0;
}

/* Before there are interrupts. */
static void early_output_waits(void **state)
{
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(' ' + i % 90);
    looks_busy = 100;
    assert_int_equal(param_com1("115200,8n1"), 0);
    serial_init_early();
    assert_non_null(dev);
    say(0, 1000);
    expect_sent(1000);
    in_fifo = 0;
    serial_init_irq();
    assert_int_equal(ier, 1);
}

/* Nothing is looked at that is not ready, and what was said comes in order when it is. */
static void busy_line_holds_nobody_up(void **state)
{
    forget();
    host_now = 10 * NSEC_PER_SEC;
    in_fifo = 0;
    say(0, FIFO);
    forget();
    host_now += NSEC_PER_SEC / 2;
    for (size_t at = 0; at < BUFFER; at += 64) {
        looks = 0;
        say(at, 64);
        assert_true(looks <= FEW_LOOKS);
        assert_true(dev->is_behind(dev) == (at + 64 > 4096));
    }
    assert_int_equal(ier, 3);
    assert_int_equal(nr_sent, 0);
    while (nr_sent < BUFFER) {
        size_t before = nr_sent;

        transmit();
        assert_true(interrupt);
        handler(handler_arg);
        assert_int_equal(nr_sent - before, FIFO);
    }
    expect_sent(BUFFER);
    assert_int_equal(ier, 1);
    assert_false(dev->is_behind(dev));
}

/* A line that takes everything at once: an interrupt has an end, and comes again while something is left. */
static void fast_line_is_interrupted_again(void **state)
{
    forget();
    in_fifo = FIFO;
    say(0, BUFFER);
    instant = true;
    transmit();
    for (size_t before = 0; nr_sent < BUFFER; before = nr_sent) {
        assert_true(interrupt);
        handler(handler_arg);
        assert_true(nr_sent > before && nr_sent - before < 2048);
    }
    expect_sent(BUFFER);
    instant = false;
}

/* More than the buffer takes: nothing is lost while the line goes on. */
static void full_buffer_waits(void **state)
{
    forget();
    in_fifo = FIFO;
    looks_busy = 500;
    say(0, 2 * BUFFER);
    assert_true(nr_sent >= BUFFER);
    while (nr_sent < 2 * BUFFER) {
        transmit();
        handler(handler_arg);
    }
    expect_sent(2 * BUFFER);
}

/* A line that takes nothing is waited for once, and not by those who can wait; then it goes on with the last of what was said. */
static void stalled_line_is_given_up(void **state)
{
    forget();
    in_fifo = 0;
    say(0, FIFO);
    say(0, BUFFER / 2);
    assert_true(dev->is_behind(dev));
    host_now += 2 * NSEC_PER_SEC;
    assert_false(dev->is_behind(dev));
    looks = 0;
    say(0, 2 * BUFFER);
    assert_in_range(looks, 1000000, 1010000);
    looks = 0;
    say(0, 64);
    assert_true(looks <= FEW_LOOKS);
    forget();
    for (in_fifo = 0; nr_sent < BUFFER - FIFO; transmit())
        handler(handler_arg);
    while (ier & 2) {
        transmit();
        handler(handler_arg);
    }
    assert_memory_equal(sent + nr_sent - 64, text, 64);
}

/* All is sent, in order, though the holder of the lock has stopped; a line that is dead is given up. */
static void last_words(void **state)
{
    forget();
    in_fifo = FIFO;
    say(0, 5000);
    sync = true;
    looks_busy = 100;
    say(5000, 100);
    expect_sent(5100);
    forget();
    in_fifo = FIFO;
    say(0, BUFFER);
    assert_int_equal(nr_sent, 0);
    assert_true(looks < 2000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(early_output_waits), cmocka_unit_test(busy_line_holds_nobody_up),
        cmocka_unit_test(fast_line_is_interrupted_again), cmocka_unit_test(full_buffer_waits),
        cmocka_unit_test(stalled_line_is_given_up), cmocka_unit_test(last_words),
    };

    return cmocka_run_group_tests_name("serial", tests, NULL, NULL);
}
