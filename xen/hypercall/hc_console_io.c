/* SPDX-License-Identifier: GPL-2.0-only */
/* HYPERVISOR_console_io: the emergency console. dom0 reads and writes; a domU's output is debug text, whole lines. */
#include <xen/console.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/softirq.h>

#define CHUNK 128u

static long write_on(gva_t from, unsigned int count)
{
    return hypercall_continue(3, (unsigned long)CONSOLEIO_write, (unsigned long)count, gva_x(from));
}

static long console_write(gva_t from, unsigned int count)
{
    struct domain *d = current->domain;
    char chunk[CHUNK];

    while (count) {
        unsigned int n = min(count, CHUNK);

        /* Not for guests, whose output is limited: they need not wait for what others print. */
        if (is_hardware_domain(d) && console_is_behind())
            return write_on(from, count);
        if (copy_from_guest(chunk, from, n))
            return -EFAULT;
        if (is_hardware_domain(d))
            console_guest_write(chunk, n);
        else
            console_domu_write(d->id, chunk, n);
        from = gva_add(from, n);
        count -= n;
        if (count && preempt_check())
            return write_on(from, count);
    }
    return 0;
}

static long console_read(gva_t to, unsigned int count)
{
    char chunk[CHUNK];
    long done = 0;

    while (count) {
        size_t n = console_guest_read(chunk, min(count, CHUNK));

        if (!n)
            break;
        if (copy_to_guest(to, chunk, n))
            return -EFAULT;
        to = gva_add(to, n);
        done += (long)n;
        count -= (unsigned int)n;
    }
    return done;
}

long hc_console_io(unsigned long cmd, unsigned long count, unsigned long buffer, unsigned long a4, unsigned long a5)
{
    if ((int)count < 0)
        return -EINVAL;
    switch ((int)cmd) {
    case CONSOLEIO_write:
        return console_write(gva(buffer), (unsigned int)count);
    case CONSOLEIO_read:
        return caller_may(HC_PRIVILEGED) ? console_read(gva(buffer), (unsigned int)count) : -EPERM;
    default:
        return -ENOSYS;
    }
}
