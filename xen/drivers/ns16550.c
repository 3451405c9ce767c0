/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial lines com1 and com2: NS16550A registers (National Semiconductor PC16550D data sheet, 8).
 * com1=<baud>[/<clock>][,8n1[,<io-base>[,<irq>]]] as in the field.
 *
 * A character takes 87 us at 115,200 baud: a line of text as long as some 100,000 instructions and more. So output goes to a buffer,
 * from which the transmitter is filled whenever it is empty: at once, else by its interrupt. Where the buffer is full, before there
 * are interrupts, and when the machine ends, output waits for the transmitter. One that takes nothing for a second, perhaps because
 * nobody reads what an emulated one sends, holds nothing up until it does again: of what waits the oldest is lost.
 */
#include <xen/console.h>
#include <xen/drivers.h>
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <x86/asm.h>

enum { RBR, IER, FCR, LCR, MCR, LSR, MSR };   /* offsets; THR = RBR, DLL = RBR, DLM = IER, IIR = FCR */
#define LSR_DR   0x01
#define LSR_THRE 0x20
#define IER_RX    0x01
#define IER_TX    0x02
#define IIR_NONE  0x01
#define CLOCK_BAUD 115200
#define FIFO_SIZE  16u
#define OUT_SIZE   16384u      /* a power of two */
#define OUT_BEHIND 4096u
#define LOOKS      1000000u    /* at a transmitter that is not empty: about a second */
#define SENT_PER_CALL 64u      /* characters, and what is new */
#define ROUNDS     16u         /* of an interrupt */

struct line {
    struct console_dev dev;
    u16 port;
    u8 irq, lcr;
    u32 baud;              /* 0: leave as the firmware set it */
    bool wanted, given, present;   /* by console=, by com1= or com2= */
    bool has_irq;
    spinlock_t lock;       /* guards the following; taken with interrupts off, after the console's */
    u8 ier;
    bool stalled;          /* LOOKS were in vain, and nothing was sent since */
    s_time_t sent_at;
    u32 put, sent;         /* positions in @out count up for ever */
    char *out;             /* OUT_SIZE bytes */
};

static void line_puts(struct console_dev *dev, const char *s, size_t n);
static bool line_is_behind(struct console_dev *dev);

static char buffers[2][OUT_SIZE];
static struct line lines[2] = {
    { .dev = { "com1", line_puts, line_is_behind }, .port = 0x3f8, .irq = 4, .lcr = 3, .baud = 115200, .out = buffers[0] },
    { .dev = { "com2", line_puts, line_is_behind }, .port = 0x2f8, .irq = 3, .lcr = 3, .baud = 115200, .out = buffers[1] },
};
static bool want_vga = true, console_given;
bool console_wants_vga(void) { return want_vga; }

static int parse_line(struct line *l, const char *v)
{
    const char *p = v;

    l->given = true;
    if (!strncmp(p, "auto", 4)) {
        l->baud = 0;
        p += 4;
    } else {
        l->baud = (u32)strtou64(p, &p, 10);
    }
    if (*p == '/')
        strtou64(p + 1, &p, 10);
    if (*p == ',') {
        p++;
        if (p[0] < '5' || p[0] > '8' || !strchr("noe", p[1]) || (p[2] != '1' && p[2] != '2'))
            return -EINVAL;
        l->lcr = (u8)((p[0] - '5') | (p[2] == '2' ? 4 : 0) | (p[1] == 'o' ? 8 : p[1] == 'e' ? 0x18 : 0));
        p += 3;
    }
    if (*p == ',')
        l->port = (u16)strtou64(p + 1, &p, 0);
    if (*p == ',')
        l->irq = (u8)strtou64(p + 1, &p, 0);
    return *p ? -EINVAL : 0;
}

static int parse_com1(const char *v) { return parse_line(&lines[0], v); }
static int parse_com2(const char *v) { return parse_line(&lines[1], v); }
PARAM_FN("com1", com1, parse_com1, "<baud>|auto[,8n1[,<port>[,<irq>]]]");
PARAM_FN("com2", com2, parse_com2, "<baud>|auto[,8n1[,<port>[,<irq>]]]");

/* console=com1,com2,vga,none: a list. */
static int parse_console(const char *v)
{
    lines[0].wanted = lines[1].wanted = want_vga = false;
    console_given = true;
    while (*v) {
        size_t n = 0;

        while (v[n] && v[n] != ',')
            n++;
        if (n == 4 && !strncmp(v, "com1", 4))
            lines[0].wanted = true;
        else if (n == 4 && !strncmp(v, "com2", 4))
            lines[1].wanted = true;
        else if (n == 3 && !strncmp(v, "vga", 3))
            want_vga = true;
        else if (n != 4 || strncmp(v, "none", 4))
            return -EINVAL;
        v += n + (v[n] == ',');
    }
    return 0;
}
PARAM_FN("console", console, parse_console, "list of com1, com2, vga, none");

/* ---- output ---- */

static bool is_empty(const struct line *l) { return inb((u16)(l->port + LSR)) & LSR_THRE; }

/* What waits, as far as the transmitter takes it: about @max characters. */
static void send_locked(struct line *l, size_t max)
{
    for (size_t n = 0; l->sent != l->put && n < max && is_empty(l);) {
        l->stalled = false;
        l->sent_at = now();
        for (unsigned int room = FIFO_SIZE; room && l->sent != l->put; room--, n++)
            outb((u8)l->out[l->sent++ % OUT_SIZE], l->port);
    }
}

/* Waits until @left characters wait at the most. Those that the transmitter does not take are lost. */
static void wait_locked(struct line *l, u32 left)
{
    while (l->put - l->sent > left) {
        unsigned int looks = 0, most = l->stalled ? 1 : LOOKS;

        while (!is_empty(l) && ++looks < most)
            ;
        l->stalled = looks == most;
        if (l->stalled)
            l->sent = l->put - left;
        else
            send_locked(l, FIFO_SIZE);
    }
}

/* The transmitter's interrupt exactly while something waits. */
static void set_interrupts_locked(struct line *l)
{
    u8 ier = l->has_irq ? l->put != l->sent ? IER_RX | IER_TX : IER_RX : 0;

    if (ier != l->ier)
        outb(l->ier = ier, (u16)(l->port + IER));
}

/* When the machine ends the holder may be a CPU that has stopped. */
static bool lock_output(struct line *l)
{
    if (console_is_sync())
        return spin_trylock(&l->lock);
    spin_lock(&l->lock);
    return true;
}

static void line_puts(struct console_dev *dev, const char *s, size_t n)
{
    struct line *l = container_of(dev, struct line, dev);
    unsigned long flags = local_irq_save();
    bool held = lock_output(l);

    for (size_t i = 0; i < n; i++) {
        if (l->put - l->sent == OUT_SIZE)
            wait_locked(l, OUT_SIZE - FIFO_SIZE);
        l->out[l->put++ % OUT_SIZE] = s[i];
    }
    if (l->has_irq && !console_is_sync())
        send_locked(l, n + SENT_PER_CALL);
    else
        wait_locked(l, 0);
    set_interrupts_locked(l);
    if (held)
        spin_unlock(&l->lock);
    local_irq_restore(flags);
}

static bool line_is_behind(struct console_dev *dev)
{
    struct line *l = container_of(dev, struct line, dev);

    return READ_ONCE(l->put) - READ_ONCE(l->sent) > OUT_BEHIND && now() - READ_ONCE(l->sent_at) < NSEC_PER_SEC;
}

/* ---- set-up and interrupts ---- */

static bool line_start(struct line *l)
{
    /* No chip: the line control register does not keep what is written. */
    outb(0x83, (u16)(l->port + LCR));
    if (inb((u16)(l->port + LCR)) != 0x83)
        return false;
    if (l->baud) {
        u16 divisor = (u16)(CLOCK_BAUD / l->baud);
        outb((u8)divisor, l->port);
        outb((u8)(divisor >> 8), (u16)(l->port + IER));
    }
    outb(l->lcr, (u16)(l->port + LCR));
    outb(0, (u16)(l->port + IER));
    outb(0x07, (u16)(l->port + FCR));        /* FIFOs on and empty */
    outb(0x0b, (u16)(l->port + MCR));        /* DTR, RTS, OUT2 (lets the interrupt out) */
    return true;
}

static void line_interrupt(void *arg)
{
    struct line *l = arg;
    unsigned int round = 0;

    for (; round < ROUNDS && !(inb((u16)(l->port + FCR)) & IIR_NONE); round++) {
        while (inb((u16)(l->port + LSR)) & LSR_DR)
            console_rx((char)inb(l->port), NULL);
        spin_lock(&l->lock);
        send_locked(l, SENT_PER_CALL);
        set_interrupts_locked(l);
        spin_unlock(&l->lock);
    }
    if (round < ROUNDS)
        return;
    /* The interrupt is an edge: with a cause that is left it does not come again, but after none had been enabled. */
    spin_lock(&l->lock);
    outb(0, (u16)(l->port + IER));
    outb(l->ier, (u16)(l->port + IER));
    spin_unlock(&l->lock);
}

/* Lines that console= names; without it com1, when com1= says how to set it up. */
void serial_init_early(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++) {
        struct line *l = &lines[i];
        bool wanted = console_given ? l->wanted : i == 0 && l->given;

        if (!wanted || l->present || !line_start(l))
            continue;
        l->present = true;
        console_add(&l->dev);
    }
}

static void line_use_irq(struct line *l)
{
    unsigned long flags = spin_lock_irqsave(&l->lock);

    l->has_irq = true;
    set_interrupts_locked(l);
    spin_unlock_irqrestore(&l->lock, flags);
}

void serial_init_irq(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++) {
        struct line *l = &lines[i];
        int rc;

        if (!l->present)
            continue;
        rc = irq_request(l->irq, line_interrupt, l, l->dev.name);
        if (rc)
            printk(XENLOG_WARN "%s: no interrupt %u (%d): input does not work\n", l->dev.name, l->irq, rc);
        else
            line_use_irq(l);
    }
}

bool serial_ports(unsigned int index, u16 *first, u16 *last)
{
    if (index >= ARRAY_SIZE(lines) || !lines[index].present)
        return false;
    *first = lines[index].port;
    *last = (u16)(lines[index].port + 7);
    return true;
}

bool serial_gsi(unsigned int index, unsigned int *gsi)
{
    if (index >= ARRAY_SIZE(lines) || !lines[index].present)
        return false;
    *gsi = lines[index].irq;
    return true;
}
