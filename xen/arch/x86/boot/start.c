/* SPDX-License-Identifier: GPL-2.0-only */
/* From head.S to dom0: the order in which the hypervisor comes up. Each line may rely on those before it. */
#include <xen/console.h>
#include <xen/cpumask.h>
#include <xen/cpupool.h>
#include <xen/domain.h>
#include <xen/drivers.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <x86/boot.h>
#include <x86/cpu_info.h>
#include <x86/iommu.h>
#include <x86/memory.h>
#include <x86/mm.h>
#include <x86/multiboot.h>
#include <x86/platform.h>
#include <x86/pv.h>

extern char boot_stack[];
char *cpu_stack[NR_CPUS];

void start_xen(u32 magic, u32 info, u64 load_address);

static void start_boot_cpu_info(void)
{
    memset(get_cpu_info(), 0, sizeof(struct cpu_info));
    cpu_stack[0] = boot_stack;
}

static void announce(void)
{
    printk("Xen again, version 4.17: a hypervisor for paravirtualized guests\n");
    printk("Loader: %s; loaded at %#lx\n", boot_info.loader_name, boot_info.xen_start);
    printk("Command line: %s\n", saved_cmdline);
    for (unsigned int i = 0; i < boot_info.nr_mods; i++)
        printk("Module %u: %#lx, %lu bytes\n", i, boot_info.mods[i].start, boot_info.mods[i].size);
}

static void start_console(u32 magic, u32 info)
{
    multiboot_parse(magic, info);
    cmdline_parse(boot_info.cmdline);
    serial_init_early();
    announce();
}

static void start_dom0(void)
{
    const struct boot_mod *m = boot_info.mods;
    struct boot_module kernel = { 0 }, initrd = { 0 };

    if (!boot_info.nr_mods)
        boot_refuse("no dom0 kernel: give it as the first module (GRUB: module2 /boot/vmlinuz-…)");
    kernel = (struct boot_module){ m[0].start, m[0].size, m[0].cmdline };
    if (boot_info.nr_mods > 1)
        initrd = (struct boot_module){ m[1].start, m[1].size, m[1].cmdline };
    dom0_build(&kernel, &initrd);
    for (unsigned int i = 0; i < boot_info.nr_mods; i++)
        memory_release_range(m[i].start, m[i].start + m[i].size);
}

void start_xen(u32 magic, u32 info, u64 load_address)
{
    start_boot_cpu_info();
    traps_init();
    hypercall_init();
    boot_info.xen_start = load_address;
    start_console(magic, info);

    memory_init();
    memory_protect_image();
    if (console_wants_vga())
        vga_init();
    keyhandler_init();
    percpu_init_cpu(0);
    cpu_init_descriptors(0);
    m2p_init();

    platform_init();
    domain_init();
    m2p_share();
    sched_init();
    smp_boot_all();
    cpupool_init();
    memory_drop_identity();
    iommu_boot();

    start_dom0();
    console_init_late();
    domain_unpause_by_controller(dom0);
    reset_stack_and_run_current();
}
