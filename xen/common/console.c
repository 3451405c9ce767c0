/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages: levels, timestamps, the ring that "xm dmesg" reads, and the output devices.
 * console_lock guards the ring, the list of devices and the line state.
 */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/percpu.h>
#include <xen/spinlock.h>
#include <xen/time.h>

#define RING_SIZE 65536u          /* a power of two */
#define LINE_MAX_CHARS 512

enum level { LEVEL_NONE = -1, LEVEL_ERR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };

static spinlock_t console_lock = SPIN_LOCK_UNLOCKED;
static bool lock_broken, synchronous;
static char ring[RING_SIZE];
static u32 ring_start, ring_end;  /* positions count up for ever; the byte is at position % RING_SIZE */
static struct console_dev *devices;
static bool at_line_start = true;

static enum level log_level = LEVEL_INFO, guest_level = LEVEL_WARN;
static bool timestamps = true;

/* "error", "warning", "info", "debug", "all", "none"; an optional "/level" limits what is rate limited (accepted). */
static int parse_level(const char *v, enum level *out)
{
    static const struct { const char *word; enum level level; } words[] = {
        { "error", LEVEL_ERR }, { "warning", LEVEL_WARN }, { "info", LEVEL_INFO },
        { "debug", LEVEL_DEBUG }, { "all", LEVEL_DEBUG }, { "none", LEVEL_NONE },
    };
    char *slash = strchr(v, '/');
    size_t n = slash ? (size_t)(slash - v) : strlen(v);

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strlen(words[i].word) == n && !strncmp(words[i].word, v, n)) {
            *out = words[i].level;
            return 0;
        }
    return -EINVAL;
}

static int parse_loglvl(const char *v) { return parse_level(v, &log_level); }
static int parse_guest_loglvl(const char *v) { return parse_level(v, &guest_level); }
PARAM_FN("loglvl", loglvl, parse_loglvl, "none, error, warning, info, debug or all");
PARAM_FN("guest_loglvl", guest_loglvl, parse_guest_loglvl, "none, error, warning, info, debug or all");
PARAM("console_timestamps", console_timestamps, PARAM_BOOL, &timestamps, "time before each line");

static unsigned long lock(void)
{
    return lock_broken ? local_irq_save() : spin_lock_irqsave(&console_lock);
}

static void unlock(unsigned long flags)
{
    if (lock_broken)
        local_irq_restore(flags);
    else
        spin_unlock_irqrestore(&console_lock, flags);
}

void console_force_unlock(void) { lock_broken = synchronous = true; }
bool console_is_sync(void) { return READ_ONCE(synchronous); }

void console_go_sync(void)
{
    unsigned long flags = lock();

    synchronous = true;
    for (struct console_dev *d = devices; d; d = d->next)
        d->puts(d, "", 0);
    unlock(flags);
}

bool console_is_behind(void)
{
    unsigned long flags = lock();
    bool behind = false;

    for (struct console_dev *d = devices; d; d = d->next)
        behind |= d->is_behind && d->is_behind(d);
    unlock(flags);
    return behind;
}

void console_add(struct console_dev *dev)
{
    unsigned long flags = lock();
    u32 from = ring_start;

    dev->next = devices;
    devices = dev;
    /* What was said before this device was there. */
    for (; from != ring_end; from++)
        dev->puts(dev, &ring[from % RING_SIZE], 1);
    unlock(flags);
}

void console_remove(struct console_dev *dev)
{
    unsigned long flags = lock();

    for (struct console_dev **p = &devices; *p; p = &(*p)->next)
        if (*p == dev) {
            *p = dev->next;
            break;
        }
    unlock(flags);
}

static void to_devices(const char *s, size_t n)
{
    while (n) {
        size_t run = *s == '\n';

        while (run < n && s[run] != '\n')
            run++;
        for (struct console_dev *d = devices; d; d = d->next) {
            if (*s == '\n')
                d->puts(d, "\r", 1);
            d->puts(d, s, run);
        }
        s += run;
        n -= run;
    }
}

static void to_ring(const char *s, size_t n)
{
    for (; n; n--) {
        ring[ring_end++ % RING_SIZE] = *s++;
        if (ring_end - ring_start > RING_SIZE)
            ring_start = ring_end - RING_SIZE;
    }
}

static void emit(const char *s, size_t n)
{
    char stamp[40];

    while (n) {
        size_t line = 0;

        if (at_line_start) {
            s_time_t t = timestamps ? now() : 0;
            int k = timestamps ? snprintf(stamp, sizeof(stamp), "(XEN) [%5ld.%06ld] ", t / NSEC_PER_SEC,
                                          t % NSEC_PER_SEC / 1000)
                               : snprintf(stamp, sizeof(stamp), "(XEN) ");
            to_ring(stamp, (size_t)k);
            to_devices(stamp, (size_t)k);
        }
        while (line < n && s[line] != '\n')
            line++;
        at_line_start = line < n;
        line += at_line_start;
        to_ring(s, line);
        to_devices(s, line);
        s += line;
        n -= line;
    }
}

/* At most 10 guest-caused lines in 5 s, then one line counts what was dropped. console_lock held. */
static bool guest_limit(void)
{
    static s_time_t window;
    static unsigned int said, dropped;
    char text[64];
    s_time_t t = now();

    if (t - window > 5 * NSEC_PER_SEC) {
        if (dropped)
            emit(text, (size_t)snprintf(text, sizeof(text), "%u guest messages suppressed\n", dropped));
        window = t;
        said = dropped = 0;
    }
    if (said < 10 || guest_level >= LEVEL_DEBUG) {
        said++;
        return true;
    }
    dropped++;
    return false;
}

static void vprint_level(enum level l, bool guest, const char *prefix, const char *fmt, va_list ap)
{
    static char line[1024];       /* console_lock */
    unsigned long flags;
    size_t n;

    if (l > (guest ? guest_level : log_level))
        return;
    flags = lock();
    if (!guest || guest_limit()) {
        n = strlcpy(line, prefix, sizeof(line));
        n += (size_t)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
        emit(line, min(n, sizeof(line) - 1));
    }
    unlock(flags);
}

/* Takes "<n>" and "<G>" off the front of @fmt. */
static const char *parse_prefix(const char *fmt, enum level *l, bool *guest)
{
    *l = LEVEL_INFO;
    *guest = false;
    while (fmt[0] == '<' && fmt[1] && fmt[2] == '>') {
        if (fmt[1] == 'G') {
            *guest = true;
            *l = LEVEL_WARN;
        } else {
            *l = (enum level)(fmt[1] - '0');
        }
        fmt += 3;
    }
    return fmt;
}

void vprintk(const char *fmt, va_list ap)
{
    enum level l;
    bool guest;

    fmt = parse_prefix(fmt, &l, &guest);
    vprint_level(l, guest, "", fmt, ap);
}

void printk(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vprintk(fmt, ap);
    va_end(ap);
}

void gprintk(const char *fmt, ...)
{
    char who[24];
    enum level l;
    bool guest;
    va_list ap;

    fmt = parse_prefix(fmt, &l, &guest);
    if (!guest && l > LEVEL_WARN)
        l = LEVEL_WARN;
    snprintf(who, sizeof(who), "%pv: ", current);
    va_start(ap, fmt);
    vprint_level(l, true, who, fmt, ap);
    va_end(ap);
}

void console_guest_write(const char *s, size_t n)
{
    unsigned long flags = lock();

    to_devices(s, n);
    at_line_start = n && s[n - 1] == '\n' ? true : at_line_start;
    unlock(flags);
}

/*
 * Unprivileged guests' debug output: a line at a time. Carriage returns, which kernels send before a line feed, are left
 * out; other control characters, and bytes of 8-bit encodings, which a terminal may obey, are replaced.
 */
void console_domu_write(u16 domid, const char *s, size_t n)
{
    static struct { char text[128]; u8 used; u16 domid; } buffer;    /* console_lock */
    char prefix[16];
    unsigned long flags = lock();

    if (buffer.domid != domid)
        buffer.used = 0;
    buffer.domid = domid;
    for (; n; n--, s++) {
        if (*s == '\r')
            continue;
        if (*s != '\n' && buffer.used < sizeof(buffer.text) - 1) {
            buffer.text[buffer.used++] = *s >= ' ' && *s < 127 ? *s : *s == '\t' ? ' ' : '?';
            continue;
        }
        buffer.text[buffer.used] = '\n';
        if (guest_limit()) {
            emit(prefix, (size_t)snprintf(prefix, sizeof(prefix), "(d%u) ", domid));
            emit(buffer.text, buffer.used + 1u);
        }
        buffer.used = 0;
    }
    unlock(flags);
}

size_t console_ring_read(char *buf, size_t n, u32 *index, bool incremental)
{
    unsigned long flags = lock();
    u32 from = incremental && (s32)(*index - ring_start) > 0 && (s32)(ring_end - *index) >= 0 ? *index : ring_start;
    size_t done = 0;

    n = min(n, (size_t)(ring_end - from));
    /* At most two pieces: up to the array's end, and from its beginning. */
    while (done < n) {
        size_t piece = min(n - done, (size_t)(RING_SIZE - from % RING_SIZE));

        memcpy(buf + done, &ring[from % RING_SIZE], piece);
        done += piece;
        from += (u32)piece;
    }
    *index = from;
    unlock(flags);
    return done;
}

void console_ring_clear(void)
{
    unsigned long flags = lock();

    ring_start = ring_end;
    unlock(flags);
}
