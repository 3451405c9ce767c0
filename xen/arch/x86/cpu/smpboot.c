/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings up the other CPUs, one at a time (Intel SDM vol. 3A, 9.4.4: INIT, start-up, start-up). */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/params.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <x86/apic.h>
#include <x86/asm.h>
#include <x86/boot.h>
#include <x86/cpufeature.h>
#include <x86/msr.h>
#include <x86/pv.h>
#include <x86/smpboot.h>
#include <x86/spec.h>

static unsigned int opt_maxcpus = NR_CPUS;
PARAM("maxcpus", maxcpus, PARAM_UINT, &opt_maxcpus, "highest number of CPUs to use");
static bool opt_nosmp;
PARAM("nosmp", nosmp, PARAM_BOOL, &opt_nosmp, "use the boot CPU only");

extern const char trampoline_start[], trampoline_end[];
extern const u64 trampoline_cr3, trampoline_stack, trampoline_entry, trampoline_efer;

#define EFER_BITS   0x901u             /* NXE, LME, SCE */
#define START_MS    1000

/* The starting CPU sets it, the boot CPU waits for it. */
static volatile unsigned int started_cpu;

/* First C code of another CPU, on its own stack with cpu_info filled in, on the trampoline's page tables. */
static void secondary_start(void) noreturn __used;
static void secondary_start(void)
{
    unsigned int cpu = smp_processor_id();

    write_cr3(image_maddr(idle_l4));
    cpu_init_control();
    cpu_init_descriptors(cpu);
    guard_init_cpu(cpu);
    apic_init_cpu();
    time_init_cpu();
    apic_timer_init_cpu();
    cpumask_set(cpu, &cpu_online_map);
    __atomic_store_n(&started_cpu, cpu, __ATOMIC_RELEASE);
    local_irq_enable();
    idle_loop();
}

/* A copy of the hypervisor's L4 below 4 GiB with the trampoline's page at its own address. */
static pte_t *make_trampoline_tables(void)
{
    pte_t *l4 = alloc_xen_pages(0, ALLOC_ZERO | ALLOC_BITS(32)), *table = l4;

    if (!l4)
        return NULL;
    memcpy(l4, idle_l4, PAGE_SIZE);
    for (int level = 4; level > 1; level--) {
        pte_t *next = alloc_xen_page();

        if (!next)
            return NULL;
        table[PT_INDEX(TRAMPOLINE_PADDR, level)] = pte_make(virt_to_mfn(next), PAGE_HV_TABLE);
        table = next;
    }
    table[PT_INDEX(TRAMPOLINE_PADDR, 1)] = pte_make(mfn(TRAMPOLINE_PADDR >> PAGE_SHIFT), PTE_P | PTE_RW | PTE_A | PTE_D);
    return l4;
}

static void free_trampoline_tables(pte_t *l4)
{
    pte_t *table = l4;

    for (int level = 4; level >= 1; level--) {
        pte_t *next = level > 1 ? mfn_to_virt(pte_mfn(table[PT_INDEX(TRAMPOLINE_PADDR, level)])) : NULL;

        free_xen_page(table);
        table = next;
    }
}

static void patch(const u64 *word, u64 value)
{
    *(u64 *)((char *)maddr_to_virt(maddr(TRAMPOLINE_PADDR)) + ((const char *)word - trampoline_start)) = value;
}

/* Stack, per-CPU area, idle vCPU. 0 or -ENOMEM: what was made stays for the next try, which never comes. */
static int prepare_cpu(unsigned int cpu)
{
    struct cpu_info *info;
    int rc;

    cpu_stack[cpu] = alloc_xen_pages(STACK_ORDER, ALLOC_ZERO);
    if (!cpu_stack[cpu])
        return -ENOMEM;
    rc = percpu_init_cpu(cpu);
    if (!rc)
        rc = sched_init_cpu(cpu);
    if (rc)
        return rc;
    info = cpu_info_of(cpu);
    info->processor_id = cpu;
    info->percpu_offset = percpu_offset[cpu];
    info->current_vcpu = idle_vcpu(cpu);
    return 0;
}

static bool wait_for_start(unsigned int cpu, unsigned int ms)
{
    for (unsigned int i = 0; i < ms * 20; i++) {
        if (__atomic_load_n(&started_cpu, __ATOMIC_ACQUIRE) == cpu)
            return true;
        udelay(50);
    }
    return false;
}

static bool start_cpu(unsigned int cpu)
{
    u32 id = cpu_apicid[cpu];

    patch(&trampoline_stack, (u64)cpu_info_of(cpu));
    apic_send(id, ICR_INIT | ICR_ASSERT | ICR_LEVEL);
    udelay(200);
    apic_send(id, ICR_INIT | ICR_LEVEL);
    udelay(10000);
    apic_send(id, ICR_STARTUP | TRAMPOLINE_PADDR >> PAGE_SHIFT);
    if (wait_for_start(cpu, 10))
        return true;
    apic_send(id, ICR_STARTUP | TRAMPOLINE_PADDR >> PAGE_SHIFT);
    return wait_for_start(cpu, START_MS);
}

static bool boot_cpu(unsigned int cpu)
{
    int rc = prepare_cpu(cpu);

    if (rc) {
        printk(XENLOG_ERR "CPU %u: no memory (%d)\n", cpu, rc);
        return false;
    }
    if (!start_cpu(cpu)) {
        printk(XENLOG_ERR "CPU %u (APIC id %u) does not start: left out\n", cpu, cpu_apicid[cpu]);
        return false;
    }
    return true;
}

void smp_boot_all(void)
{
    unsigned int cpu, last = opt_nosmp ? 1 : max(opt_maxcpus, 1u);
    pte_t *l4;

    for_each_cpu(cpu, &cpu_present_map)
        if (cpu >= last)
            cpumask_clear(cpu, &cpu_present_map);
    nr_cpu_ids = min(nr_cpu_ids, last);
    if (nr_cpu_ids == 1)
        return;
    l4 = make_trampoline_tables();
    if (!l4) {
        printk(XENLOG_ERR "no memory to start other CPUs\n");
        return;
    }
    memcpy(maddr_to_virt(maddr(TRAMPOLINE_PADDR)), trampoline_start, (size_t)(trampoline_end - trampoline_start));
    patch(&trampoline_cr3, maddr_x(virt_to_maddr(l4)));
    patch(&trampoline_entry, (u64)secondary_start);
    patch(&trampoline_efer, EFER_BITS);
    for_each_cpu(cpu, &cpu_present_map)
        if (cpu && !boot_cpu(cpu))
            cpumask_clear(cpu, &cpu_present_map);
    /* A CPU that started too late finds no trampoline: cleared by then, but its INIT state is harmless. */
    free_trampoline_tables(l4);
    printk("Brought up %u CPUs\n", cpumask_weight(&cpu_online_map));
}
