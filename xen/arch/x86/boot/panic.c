/* SPDX-License-Identifier: GPL-2.0-only */
/* The end: what the hypervisor says when an assertion of its own fails or it cannot boot, and what it does then (noreboot). */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/kexec.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <x86/arch_domain.h>
#include <x86/cpu_info.h>
#include <x86/debug.h>
#include <x86/pv.h>
#include <public/kexec.h>

static void noreturn stop_machine(void)
{
    if (opt_noreboot)
        machine_halt();
    printk(XENLOG_ERR "Reboot in five seconds...\n");
    udelay(5000000);
    machine_restart();
}

void panic(const char *fmt, ...)
{
    static int panicking;
    va_list ap;

    local_irq_disable();
    if (__atomic_fetch_add(&panicking, 1, __ATOMIC_SEQ_CST))
        for (;;)
            asm volatile ("cli; hlt");
    smp_stop_others();
    console_force_unlock();
    printk(XENLOG_ERR "****************************************\n");
    printk(XENLOG_ERR "Panic on CPU %u:\n", smp_processor_id());
    va_start(ap, fmt);
    vprintk(fmt, ap);
    va_end(ap);
    printk(XENLOG_ERR "\n");
    if (current) {
        printk(XENLOG_ERR "running vCPU: %pv\n", current);
        show_here();
    }
    printk(XENLOG_ERR "****************************************\n");
    machine_kexec(KEXEC_TYPE_CRASH);
    stop_machine();
}

void boot_refuse(const char *fmt, ...)
{
    char text[256];
    va_list ap;

    local_irq_disable();
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    printk(XENLOG_ERR "Cannot boot: %s\n", text);
    stop_machine();
}

void bug_at(const char *file, int line, const char *what)
{
    panic("Assertion '%s' failed at %s:%d", what, file, line);
}
