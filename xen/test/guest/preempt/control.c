/* SPDX-License-Identifier: GPL-2.0-only */
/* The initial domain's calls about the machine: sysctl, platform_op, physdev_op, kexec_op, each with the most that it takes. */
#define __XEN_TOOLS__
#include "payload.h"
#include "preempt.h"
#include "target.h"
#include <public/domctl.h>
#include <public/sysctl.h>

#define DOMAINS     200
#define DEVICES     4096
#define RING_BYTES  65536
#define LEAVES      512

static struct xen_sysctl sys;
static struct xen_platform_op plat;
static char buffer[RING_BYTES + 65536] __attribute__((aligned(4096), section(".bss.page")));
static domid_t crowd[DOMAINS];

static long sysctl(unsigned cmd)
{
    sys.cmd = cmd;
    sys.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return hc_sysctl(&sys);
}

static void fresh(void) { memset(&sys, 0, sizeof(sys)); }

static void make_crowd(void)
{
    struct xen_domctl ctl = target_description();

    ctl.u.createdomain.max_grant_frames = ctl.u.createdomain.max_maptrack_frames = 1;
    for (unsigned i = 0; i < DOMAINS; i++)
        crowd[i] = target_create(&ctl, 0);
}

static void end_crowd(void)
{
    for (unsigned i = 0; i < DOMAINS; i++)
        target_destroy(crowd[i]);
}

static long read_console(void)
{
    fresh();
    set_xen_guest_handle(sys.u.readconsole.buffer, buffer);
    sys.u.readconsole.count = RING_BYTES;
    return sysctl(XEN_SYSCTL_readconsole);
}

/* Refusals fill the ring. */
static void fill_console(void)
{
    do {
        for (unsigned i = 0; i < 100; i++)
            (void)mmuext(MMUEXT_SET_LDT, 8, 1);
        NEED(read_console(), 0);
    } while (sys.u.readconsole.count < RING_BYTES - 100);
}

static long debug_key(char key)
{
    static char keys[16];

    fresh();
    memset(keys, key, sizeof(keys));
    set_xen_guest_handle(sys.u.debug_keys.keys, keys);
    sys.u.debug_keys.nr_keys = sizeof(keys);
    return sysctl(XEN_SYSCTL_debug_keys);
}

static long help_keys(void) { return debug_key('h'); }

static long domain_list(void)
{
    fresh();
    set_xen_guest_handle(sys.u.getdomaininfolist.buffer, (xen_domctl_getdomaininfo_t *)buffer);
    sys.u.getdomaininfolist.max_domains = sizeof(buffer) / sizeof(xen_domctl_getdomaininfo_t);
    return sysctl(XEN_SYSCTL_getdomaininfolist);
}

static long physinfo(void)
{
    fresh();
    return sysctl(XEN_SYSCTL_physinfo);
}

static long pci_places(void)
{
    fresh();
    set_xen_guest_handle(sys.u.pcitopoinfo.devs, (physdev_pci_device_t *)buffer);
    set_xen_guest_handle(sys.u.pcitopoinfo.nodes, (uint32_t *)(buffer + RING_BYTES));
    sys.u.pcitopoinfo.num_devs = DEVICES;
    return sysctl(XEN_SYSCTL_pcitopoinfo);
}

static long heap_below(void)
{
    fresh();
    sys.u.availheap.min_bitwidth = 20;
    sys.u.availheap.max_bitwidth = 30;
    return sysctl(XEN_SYSCTL_availheap);
}

static long host_policy(void)
{
    fresh();
    sys.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_host;
    sys.u.cpu_policy.nr_leaves = LEAVES;
    sys.u.cpu_policy.nr_msrs = 16;
    set_xen_guest_handle(sys.u.cpu_policy.leaves, (xen_cpuid_leaf_t *)buffer);
    set_xen_guest_handle(sys.u.cpu_policy.msrs, (xen_msr_entry_t *)(buffer + RING_BYTES));
    return sysctl(XEN_SYSCTL_get_cpu_policy);
}

static long featureset(void)
{
    fresh();
    sys.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_host;
    sys.u.cpu_featureset.nr_features = 64;
    set_xen_guest_handle(sys.u.cpu_featureset.features, (uint32_t *)buffer);
    return sysctl(XEN_SYSCTL_get_cpu_featureset);
}

static long pool_in_and_out(void)
{
    unsigned policy;
    long result;

    fresh();
    NEED(sysctl(XEN_SYSCTL_sched_id), 0);
    policy = sys.u.sched_id.sched_id;
    fresh();
    sys.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_CREATE;
    sys.u.cpupool_op.cpupool_id = 7;
    sys.u.cpupool_op.sched_id = policy;
    result = sysctl(XEN_SYSCTL_cpupool_op);
    sys.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_DESTROY;
    return result ? result : sysctl(XEN_SYSCTL_cpupool_op);
}

static long pool_info(void)
{
    fresh();
    sys.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_INFO;
    sys.u.cpupool_op.cpupool_id = 0;
    set_xen_guest_handle(sys.u.cpupool_op.cpumap.bitmap, (uint8_t *)buffer);
    sys.u.cpupool_op.cpumap.nr_bits = 4096;
    return sysctl(XEN_SYSCTL_cpupool_op);
}

static long scheduler(void)
{
    fresh();
    NEED(sysctl(XEN_SYSCTL_sched_id), 0);
    sys.u.scheduler_op.sched_id = sys.u.sched_id.sched_id;
    sys.u.scheduler_op.cpupool_id = 0;
    sys.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_getinfo;
    NEED(sysctl(XEN_SYSCTL_scheduler_op), 0);
    sys.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_putinfo;
    return sysctl(XEN_SYSCTL_scheduler_op);
}

static long platform(unsigned cmd)
{
    plat.cmd = cmd;
    plat.interface_version = XENPF_INTERFACE_VERSION;
    return hc_platform_op(&plat);
}

static long set_time(void)
{
    memset(&plat, 0, sizeof(plat));
    plat.u.settime64.secs = 1700000000;
    plat.u.settime64.system_time = time_now();
    return platform(XENPF_settime64);
}

static long symbol(void)
{
    memset(&plat, 0, sizeof(plat));
    plat.u.symdata.symnum = 500;
    plat.u.symdata.namelen = 128;
    set_xen_guest_handle(plat.u.symdata.name, buffer);
    return platform(XENPF_get_symbol);
}

static long idle_times(void)
{
    memset(&plat, 0, sizeof(plat));
    memset(buffer, 0xff, 512);
    plat.u.getidletime.cpumap_nr_cpus = 4096;
    set_xen_guest_handle(plat.u.getidletime.cpumap_bitmap, (uint8_t *)buffer);
    set_xen_guest_handle(plat.u.getidletime.idletime, (uint64_t *)(buffer + 4096));
    return platform(XENPF_getidletime);
}

static long free_interrupt(void)
{
    struct physdev_get_free_pirq a = { .type = MAP_PIRQ_TYPE_MSI };

    return hc_physdev_op(PHYSDEVOP_get_free_pirq, &a);
}

static long line_in_and_out(void)
{
    struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 11, .pirq = 11 };
    struct physdev_unmap_pirq unmap = { .domid = DOMID_SELF, .pirq = 11 };
    long result = hc_physdev_op(PHYSDEVOP_map_pirq, &map);

    return result ? result : hc_physdev_op(PHYSDEVOP_unmap_pirq, &unmap);
}

static long device_in_and_out(void)
{
    struct physdev_pci_device_add add = { .bus = 0, .devfn = 8 };
    struct physdev_pci_device device = { .bus = 0, .devfn = 8 };
    long result = hc_physdev_op(PHYSDEVOP_pci_device_add, &add);

    return result ? result : hc_physdev_op(PHYSDEVOP_pci_device_remove, &device);
}

#define E820_ENTRIES 128
#define E820_ENTRY   20      /* bytes */

static struct xen_memory_map e820_map(void)
{
    struct xen_memory_map m = { .nr_entries = E820_ENTRIES };

    set_xen_guest_handle(m.buffer, (void *)buffer);
    return m;
}

static long set_map(void)
{
    struct xen_foreign_memory_map f = { .domid = crowd[0], .map = e820_map() };

    _Static_assert(E820_ENTRIES * E820_ENTRY < sizeof(buffer), "the map's entries");
    return hc_memory_op(XENMEM_set_memory_map, &f);
}

#define IMAGE_AT    0x4000000ul
#define IMAGE_BYTES 0x400000ul

static long load_image(void)
{
    static struct xen_kexec_segment image[16];

    for (unsigned i = 0; i < ARRAY_SIZE(image); i++)
        image[i] = payload_segment(buffer, 65536, IMAGE_AT + i * IMAGE_BYTES / 16, IMAGE_BYTES / 16);
    return kexec_load(KEXEC_TYPE_DEFAULT, EM_X86_64, image, ARRAY_SIZE(image), IMAGE_AT);
}
static long unload_image(void) { return kexec_unload(KEXEC_TYPE_DEFAULT); }
static void have_image(void) { NEED(load_image(), 0); }
static void have_no_image(void) { (void)unload_image(); }

static const struct piece pieces[] = {
    { "readconsole, 65,536 bytes", fill_console, read_console, 0 },
    { "debug_keys, 16 times the longest list", NULL, help_keys, 0 },
    { "getdomaininfolist, 201 domains", NULL, domain_list, 0 },
    { "physinfo, 201 domains", NULL, physinfo, 0 },
    { "pcitopoinfo, 4,096 devices", NULL, pci_places, 0 },
    { "availheap, a part", NULL, heap_below, 0 },
    { "sysctl get_cpu_policy, all leaves", NULL, host_policy, 0 },
    { "get_cpu_featureset", NULL, featureset, 0 },
    { "cpupool_op create and destroy", NULL, pool_in_and_out, 0 },
    { "cpupool_op info", NULL, pool_info, 0 },
    { "sysctl scheduler_op, three calls", NULL, scheduler, 0 },
    { "settime64, 201 domains", NULL, set_time, 0 },
    { "get_symbol", NULL, symbol, 0 },
    { "getidletime, 4,096 CPUs asked for", NULL, idle_times, 0 },
    { "get_free_pirq", NULL, free_interrupt, 0 },
    { "map_pirq and unmap_pirq of a line", NULL, line_in_and_out, 0 },
    { "pci_device_add and remove", NULL, device_in_and_out, 0 },
    { "set_memory_map, 128 entries", NULL, set_map, 0 },
    { "kexec_load, 4 MiB in 16 segments", have_no_image, load_image, 0 },
    { "kexec_unload, 4 MiB", have_image, unload_image, 0 },
};

void measure_control(void)
{
    make_crowd();
    measure_pieces(pieces, ARRAY_SIZE(pieces));
    end_crowd();
}
