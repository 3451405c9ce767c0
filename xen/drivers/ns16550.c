/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial lines com1 and com2: NS16550A registers (National Semiconductor PC16550D data sheet, 8).
 * com1=<baud>[/<clock>][,8n1[,<io-base>[,<irq>]]] as in the field; output polls, input by interrupt.
 */
#include <xen/console.h>
#include <xen/drivers.h>
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <x86/asm.h>

enum { RBR, IER, FCR, LCR, MCR, LSR, MSR };   /* offsets; THR = RBR, DLL = RBR, DLM = IER, IIR = FCR */
#define LSR_DR   0x01
#define LSR_THRE 0x20
#define CLOCK_BAUD 115200

struct line {
    struct console_dev dev;
    u16 port;
    u8 irq, lcr;
    u32 baud;              /* 0: leave as the firmware set it */
    bool wanted, given, present;   /* by console=, by com1= or com2= */
};

static void line_puts(struct line *l, const char *s, size_t n);
static void com1_puts(const char *s, size_t n);
static void com2_puts(const char *s, size_t n);

static struct line lines[2] = {
    { .dev = { "com1", com1_puts }, .port = 0x3f8, .irq = 4, .lcr = 3, .baud = 115200 },
    { .dev = { "com2", com2_puts }, .port = 0x2f8, .irq = 3, .lcr = 3, .baud = 115200 },
};
static bool want_vga = true, console_given;
bool console_wants_vga(void) { return want_vga; }

static void com1_puts(const char *s, size_t n) { line_puts(&lines[0], s, n); }
static void com2_puts(const char *s, size_t n) { line_puts(&lines[1], s, n); }

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

static void line_puts(struct line *l, const char *s, size_t n)
{
    for (; n; n--, s++) {
        for (unsigned int spin = 0; spin < 100000 && !(inb((u16)(l->port + LSR)) & LSR_THRE); spin++)
            ;
        outb((u8)*s, l->port);
    }
}

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

    inb((u16)(l->port + FCR));
    while (inb((u16)(l->port + LSR)) & LSR_DR)
        console_rx((char)inb(l->port), NULL);
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
            outb(1, (u16)(l->port + IER));   /* received data */
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
