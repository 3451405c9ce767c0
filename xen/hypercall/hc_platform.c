/* SPDX-License-Identifier: GPL-2.0-only */
/* HYPERVISOR_platform_op: dom0 and the machine. The argument is copied in whole; rows that answer copy it back. */
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/symbols.h>
#include <xen/time.h>
#include <x86/apic.h>
#include <x86/boot.h>
#include <x86/cpufeature.h>
#include <x86/platform.h>
#include <public/platform.h>

static int op_settime32(struct xen_platform_op *op)
{
    time_set_wallclock(op->u.settime32.secs, op->u.settime32.nsecs, op->u.settime32.system_time);
    return 0;
}

static int op_settime64(struct xen_platform_op *op)
{
    if (op->u.settime64.mbz)
        return -EINVAL;
    time_set_wallclock(op->u.settime64.secs, op->u.settime64.nsecs, op->u.settime64.system_time);
    return 0;
}

/* Interrupts are not moved about by the hypervisor, and its IO-APIC accesses suit all chips. */
static int op_quirk(struct xen_platform_op *op)
{
    return op->u.platform_quirk.quirk_id == QUIRK_NOIRQBALANCING ? 0 : -EINVAL;
}

static u32 max_present_cpu(void)
{
    u32 last = 0, cpu;

    for_each_cpu(cpu, &cpu_present_map)
        last = cpu;
    return last;
}

static int op_cpu_version(struct xen_platform_op *op)
{
    struct xenpf_pcpu_version *v = &op->u.pcpu_version;

    v->max_present = max_present_cpu();
    memset(v->vendor_id, 0, sizeof(v->vendor_id));
    v->family = v->model = v->stepping = 0;
    if (v->xen_cpuid >= nr_cpu_ids || !cpumask_test(v->xen_cpuid, &cpu_online_map))
        return 0;
    memcpy(v->vendor_id, cpu_host.vendor_id, sizeof(v->vendor_id));
    v->family = cpu_host.family;
    v->model = cpu_host.model;
    v->stepping = cpu_host.stepping;
    return 0;
}

static int op_cpuinfo(struct xen_platform_op *op)
{
    struct xenpf_pcpuinfo *i = &op->u.pcpu_info;

    i->max_present = max_present_cpu();
    i->flags = XEN_PCPU_FLAGS_INVALID;
    if (i->xen_cpuid >= nr_cpu_ids || !cpumask_test(i->xen_cpuid, &cpu_present_map))
        return 0;
    i->apic_id = cpu_apicid[i->xen_cpuid];
    i->acpi_id = cpu_acpi_id[i->xen_cpuid];
    i->flags = cpumask_test(i->xen_cpuid, &cpu_online_map) ? XEN_PCPU_FLAGS_ONLINE : 0;
    return 0;
}

/* BIOS disks and the display's EDID are not read at boot: nothing there. */
static int op_firmware_info(struct xen_platform_op *op)
{
    struct xenpf_firmware_info *f = &op->u.firmware_info;

    switch (f->type) {
    case XEN_FW_DISK_INFO:
    case XEN_FW_DISK_MBR_SIGNATURE:
        return f->index ? -ENOENT : -ESRCH;
    case XEN_FW_VBEDDC_INFO:
        return f->index ? -ENOENT : -ESRCH;
    case XEN_FW_EFI_INFO:
        return -ESRCH;
    case XEN_FW_KBD_SHIFT_FLAGS:
        if (f->index || boot_info.is_efi)
            return -ESRCH;
        f->u.kbd_shift_flags = platform_kbd_shift_flags();
        return 0;
    }
    return -EINVAL;
}

static int op_acpi_sleep(struct xen_platform_op *op)
{
    const struct xenpf_enter_acpi_sleep *s = &op->u.enter_acpi_sleep;

    if (s->sleep_state < 1 || s->sleep_state > 5 || (s->flags & ~XENPF_ACPI_SLEEP_EXTENDED))
        return -EINVAL;
    if (s->sleep_state != 5)
        return -EOPNOTSUPP;           /* suspend to memory is not there */
    return machine_power_off(s->val_a, s->val_b, s->flags & XENPF_ACPI_SLEEP_EXTENDED);
}

static int op_idletime(struct xen_platform_op *op)
{
    struct xenpf_getidletime *g = &op->u.getidletime;
    gva_t map = handle_gva(g->cpumap_bitmap), times = handle_gva(g->idletime);
    u32 n = min(g->cpumap_nr_cpus, (u32)NR_CPUS), bytes = (n + 7) / 8, cpu;
    u8 bits[NR_CPUS / 8] = { 0 };

    if (copy_from_guest(bits, map, bytes))
        return -EFAULT;
    for (cpu = 0; cpu < n; cpu++) {
        u64 idle;

        if (!(bits[cpu / 8] >> cpu % 8 & 1))
            continue;
        if (!cpumask_test(cpu, &cpu_online_map)) {
            bits[cpu / 8] &= (u8)~(1u << cpu % 8);
            continue;
        }
        idle = sched_idle_time(cpu);
        if (copy_to_guest(gva_add(times, cpu * sizeof(idle)), &idle, sizeof(idle)))
            return -EFAULT;
    }
    if (copy_to_guest(map, bits, bytes))
        return -EFAULT;
    g->now = (u64)now();
    return 0;
}

static int op_get_symbol(struct xen_platform_op *op)
{
    struct xenpf_symdata *s = &op->u.symdata;
    const char *name;
    u32 room = s->namelen, n;

    name = symbol_at(s->symnum, &s->address);
    if (!name) {
        s->namelen = 0;
        return 0;
    }
    n = (u32)strlen(name) + 1;
    if (copy_to_guest(handle_gva(s->name), name, min(n, room)))
        return -EFAULT;
    s->namelen = n;
    s->type = 't';
    s->symnum++;
    return 0;
}

/*
 * Not there, said clearly: MTRRs are the firmware's, CPUs stay on line, idle CPUs halt and frequencies are
 * the firmware's, microcode is loaded by the boot chain.
 */
static int op_not_supported(struct xen_platform_op *op) { return -EOPNOTSUPP; }

#define IN(cmd, fn)  [XENPF_##cmd] = { fn, false }
#define OUT(cmd, fn) [XENPF_##cmd] = { fn, true }

static const struct { int (*fn)(struct xen_platform_op *op); bool out; } ops[] = {
    IN(settime32, op_settime32),
    IN(settime64, op_settime64),
    IN(add_memtype, op_not_supported),
    IN(del_memtype, op_not_supported),
    IN(read_memtype, op_not_supported),
    IN(microcode_update, op_not_supported),
    IN(platform_quirk, op_quirk),
    OUT(get_cpu_version, op_cpu_version),
    OUT(firmware_info, op_firmware_info),
    IN(enter_acpi_sleep, op_acpi_sleep),
    IN(change_freq, op_not_supported),
    OUT(getidletime, op_idletime),
    IN(set_processor_pminfo, op_not_supported),
    OUT(get_cpuinfo, op_cpuinfo),
    IN(cpu_online, op_not_supported),
    IN(cpu_offline, op_not_supported),
    IN(cpu_hotadd, op_not_supported),
    IN(mem_hotadd, op_not_supported),
    IN(core_parking, op_not_supported),
    OUT(get_symbol, op_get_symbol),
};

long hc_platform_op(unsigned long arg, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct xen_platform_op op;
    int rc;

    if (copy_from_guest(&op, gva(arg), sizeof(op)))
        return -EFAULT;
    if (op.interface_version != XENPF_INTERFACE_VERSION)
        return -EACCES;
    if (op.cmd >= ARRAY_SIZE(ops) || !ops[op.cmd].fn)
        return -ENOSYS;
    rc = ops[op.cmd].fn(&op);
    if (!rc && ops[op.cmd].out && copy_to_guest(gva(arg), &op, sizeof(op)))
        rc = -EFAULT;
    return rc;
}
