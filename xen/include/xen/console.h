/* SPDX-License-Identifier: GPL-2.0-only */
/* The console: a ring of all messages, output devices, input switching (common/console.c) and its keys (common/keyhandler.c). */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include <xen/types.h>

struct cpu_user_regs;
struct domain;

/*
 * An output device. What a slow one cannot take at once waits in a buffer of its own, which is sent by interrupts: whoever prints
 * much waits between two pieces, preemptible, while console_is_behind().
 */
struct console_dev {
    const char *name;
    void (*puts)(struct console_dev *dev, const char *s, size_t n);     /* console lock held; must not sleep or print */
    bool (*is_behind)(struct console_dev *dev);                         /* NULL: it never is */
    struct console_dev *next;
};
void console_add(struct console_dev *dev);
void console_remove(struct console_dev *dev);
/* A character from a serial line (interrupt context). */
void console_rx(char c, struct cpu_user_regs *regs);
void console_init_late(void);                  /* after dom0 exists: hands input to it */
/* dom0's CONSOLEIO_write: goes to the devices, not into the ring of messages unless @ring. */
void console_guest_write(const char *s, size_t n);
size_t console_guest_read(char *buf, size_t n);
/* CONSOLEIO_write of an unprivileged guest: whole lines prefixed "(d3) ", rate limited. */
void console_domu_write(u16 domid, const char *s, size_t n);
/* XEN_SYSCTL_readconsole: copies ring from *@index on into @buf; advances *@index. Returns bytes. */
size_t console_ring_read(char *buf, size_t n, u32 *index, bool incremental);
void console_ring_clear(void);
/* Does a device have much to send yet? Then callers that can be preempted print nothing more for now. */
bool console_is_behind(void);
/* After this all output is synchronous and lock-free: panic. */
void console_force_unlock(void);
/* After this all output is synchronous, and what waited has been sent: the machine ends. */
void console_go_sync(void);
bool console_is_sync(void);

/* ---- debug keys (common/keyhandler.c): after CTRL-a CTRL-a CTRL-a, 'h' lists them; also XEN_SYSCTL_debug_keys ---- */

#define KEY_LINES     8      /* lines of a piece, about 6,000 instructions each, at the most */
#define KEY_POS_BITS  48
#define KEY_ITEM_BITS 32

/*
 * A key's function, outside of interrupts: prints a piece of what the key shows, from @pos on, which is 0 at first. Returns the position
 * to continue at, of KEY_POS_BITS, or 0 at the end.
 */
typedef u64 key_fn(u64 pos);
void keyhandler_register(char key, key_fn *fn, const char *what);
void keyhandler_init(void);
/* A piece of what @key shows; @pos and result as of its function. */
u64 keyhandler_run(char key, u64 pos);
/* Inside of interrupts: all of it, later, but for the reboot key. */
void keyhandler_interrupt(char key);

/* A piece of what a key shows of @d, from @item on; 0 at first, 0 at the end. */
typedef u64 key_domain_fn(struct domain *d, u64 item);
/* A piece of what a key shows of all domains: domid << KEY_ITEM_BITS | item. */
u64 key_of_domains(u64 pos, key_domain_fn *fn);

#endif
