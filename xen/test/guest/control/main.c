/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domctl and sysctl from the initial domain: a domain's properties are set and read back, the machine's are read. What
 * makes and fills a domain is in the test `domctl`.
 */
#define __XEN_TOOLS__
#include "target.h"
#include "test.h"
#include <public/domctl.h>
#include <public/sysctl.h>

static struct xen_domctl ctl;
static struct xen_sysctl sys;
static domid_t dom;

static long domctl(unsigned cmd)
{
    return domctl_of(&ctl, cmd, dom);
}

static long sysctl(unsigned cmd)
{
    sys.cmd = cmd;
    sys.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return hc_sysctl(&sys);
}

#define FRESH(s) memset(&(s), 0, sizeof(s))

static void create(void)
{
    ctl = target_description();
    dom = DOMID_INVALID;
    NEED(domctl(XEN_DOMCTL_createdomain), 0);
    dom = ctl.domain;
    ctl.u.max_vcpus.max = 1;
    NEED(domctl(XEN_DOMCTL_max_vcpus), 0);
}

static void check_identity(void)
{
    FRESH(ctl);
    memset(ctl.u.setdomainhandle.handle, 0x5a, 16);
    EXPECT(domctl(XEN_DOMCTL_setdomainhandle), 0);
    FRESH(ctl);
    ctl.u.setdebugging.enable = 1;
    EXPECT(domctl(XEN_DOMCTL_setdebugging), 0);
    FRESH(ctl);
    EXPECT(domctl(XEN_DOMCTL_getdomaininfo), 0);
    EXPECT(ctl.u.getdomaininfo.handle[15], 0x5a);
    CHECK(ctl.u.getdomaininfo.flags & XEN_DOMINF_debugged, "flags %x", ctl.u.getdomaininfo.flags);
    FRESH(ctl);
    EXPECT(domctl(XEN_DOMCTL_get_address_size), 0);
    EXPECT(ctl.u.address_size.size, 64);
    EXPECT(domctl(XEN_DOMCTL_set_address_size), 0);
    ctl.u.address_size.size = 48;
    CHECK(domctl(XEN_DOMCTL_set_address_size) < 0, "48-bit words");
    FRESH(ctl);
    ctl.u.hypercall_init.gmfn = ~0ul;
    CHECK(domctl(XEN_DOMCTL_hypercall_init) < 0, "a hypercall page that is none");
}

#define MSR_TSC_AUX 0xc0000103u

/* Every switch to the vCPU writes it to the CPU: one that has no such register (RDTSCP) must not be told to. */
static void check_tsc_aux(void)
{
    static struct xen_domctl_vcpu_msr one;
    uint32_t a = 0x80000001, b, c = 0, d;

    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    one = (struct xen_domctl_vcpu_msr){ .index = MSR_TSC_AUX, .value = 0x1234 };
    FRESH(ctl);
    ctl.u.vcpu_msrs.msr_count = 1;
    set_xen_guest_handle(ctl.u.vcpu_msrs.msrs, &one);
    EXPECT(domctl(XEN_DOMCTL_set_vcpu_msrs), d >> 27 & 1 ? 0 : -XEN_EINVAL);
}

static void check_vcpu(void)
{
    FRESH(ctl);
    EXPECT(domctl(XEN_DOMCTL_getvcpuinfo), 0);
    EXPECT(ctl.u.getvcpuinfo.online, 0);
    ctl.u.getvcpuinfo.vcpu = 9;
    EXPECT(domctl(XEN_DOMCTL_getvcpuinfo), -XEN_EINVAL);
    FRESH(ctl);
    ctl.u.ext_vcpucontext.vcpu = 9;
    EXPECT(domctl(XEN_DOMCTL_get_ext_vcpucontext), -XEN_ESRCH);
    FRESH(ctl);
    EXPECT(domctl(XEN_DOMCTL_get_ext_vcpucontext), 0);
    CHECK(ctl.u.ext_vcpucontext.size >= 40, "size %u", ctl.u.ext_vcpucontext.size);
    ctl.u.ext_vcpucontext.sysenter_callback_eip = 0x8000000000000000ul;
    CHECK(domctl(XEN_DOMCTL_set_ext_vcpucontext) < 0, "a callback that is no address");
    FRESH(ctl);
    ctl.u.vcpuextstate.vcpu = 9;
    CHECK(domctl(XEN_DOMCTL_getvcpuextstate) < 0, "extended state of a vCPU that is none");
    CHECK(domctl(XEN_DOMCTL_setvcpuextstate) < 0, "extended state for a vCPU that is none");
    FRESH(ctl);
    EXPECT(domctl(XEN_DOMCTL_get_vcpu_msrs), 0);
    ctl.u.vcpu_msrs.vcpu = 9;
    CHECK(domctl(XEN_DOMCTL_get_vcpu_msrs) < 0, "registers of a vCPU that is none");
    CHECK(domctl(XEN_DOMCTL_set_vcpu_msrs) < 0, "registers for a vCPU that is none");
    check_tsc_aux();
    FRESH(ctl);
    ctl.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_NMI;
    ctl.u.sendtrigger.vcpu = 9;
    CHECK(domctl(XEN_DOMCTL_sendtrigger) < 0, "an NMI for a vCPU that is none");
}

/* Extended states that XRSTOR would refuse (XSA-53): words of the image, and what makes them bad. */
static void check_ext_state(void)
{
    enum { XCR0, XCR0_ACCUM, XSTATE_BV = (16 + 512) / 8, XCOMP_BV, RESERVED, LAST_RESERVED = RESERVED + 5 };
    static const struct { unsigned word; uint64_t value; } bad[] = {
        { XCR0, 0 }, { XCR0, 2 }, { XCR0, 5 }, { XCR0, ~0ul }, { XCR0_ACCUM, ~0ul }, { XSTATE_BV, 1ul << 62 }, { XSTATE_BV, ~0ul },
        { XCOMP_BV, 1 }, { RESERVED, 1 }, { LAST_RESERVED, 1ul << 63 },
    };
    static uint64_t image[1024];

    FRESH(ctl);
    if (domctl(XEN_DOMCTL_getvcpuextstate) < 0 || !ctl.u.vcpuextstate.size)
        return;
    NEED(ctl.u.vcpuextstate.size <= sizeof(image), 1);
    set_xen_guest_handle(ctl.u.vcpuextstate.buffer, image);
    NEED(domctl(XEN_DOMCTL_getvcpuextstate), 0);
    image[XCR0] = image[XCR0_ACCUM] = 3;
    if (domctl(XEN_DOMCTL_setvcpuextstate) < 0) {
        printf("  the state of a vCPU that never ran is not taken here\n");
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        uint64_t good = image[bad[i].word];

        image[bad[i].word] = bad[i].value;
        CHECK(domctl(XEN_DOMCTL_setvcpuextstate) < 0, "word %u of an extended state is %lx", bad[i].word, bad[i].value);
        image[bad[i].word] = good;
    }
    EXPECT(domctl(XEN_DOMCTL_setvcpuextstate), 0);
}

static void check_affinity(void)
{
    static uint8_t map[1] = { 1 }, nodes[1] = { 1 };

    FRESH(ctl);
    ctl.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
    set_xen_guest_handle(ctl.u.vcpuaffinity.cpumap_hard.bitmap, map);
    ctl.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
    EXPECT(domctl(XEN_DOMCTL_setvcpuaffinity), 0);
    map[0] = 0;
    EXPECT(domctl(XEN_DOMCTL_getvcpuaffinity), 0);
    EXPECT(map[0], 1);
    map[0] = 0;
    EXPECT(domctl(XEN_DOMCTL_setvcpuaffinity), -XEN_EINVAL);
    FRESH(ctl);
    set_xen_guest_handle(ctl.u.nodeaffinity.nodemap.bitmap, nodes);
    ctl.u.nodeaffinity.nodemap.nr_bits = 8;
    EXPECT(domctl(XEN_DOMCTL_setnodeaffinity), 0);
    EXPECT(domctl(XEN_DOMCTL_getnodeaffinity), 0);
    EXPECT(nodes[0], 1);
    nodes[0] = 0;
    EXPECT(domctl(XEN_DOMCTL_setnodeaffinity), -XEN_EINVAL);
}

static void check_scheduler(void)
{
    uint32_t id;

    FRESH(sys);
    EXPECT(sysctl(XEN_SYSCTL_sched_id), 0);
    id = sys.u.sched_id.sched_id;
    FRESH(sys);
    sys.u.scheduler_op.sched_id = id;
    sys.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_getinfo;
    EXPECT(sysctl(XEN_SYSCTL_scheduler_op), 0);
    sys.u.scheduler_op.sched_id = 99;
    EXPECT(sysctl(XEN_SYSCTL_scheduler_op), -XEN_EINVAL);
    FRESH(ctl);
    ctl.u.scheduler_op.sched_id = id;
    ctl.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    EXPECT(domctl(XEN_DOMCTL_scheduler_op), 0);
    ctl.u.scheduler_op.cmd = 99;
    EXPECT(domctl(XEN_DOMCTL_scheduler_op), -XEN_EINVAL);
}

static void check_rights(void)
{
    FRESH(ctl);
    ctl.u.ioport_permission.first_port = 0x300;
    ctl.u.ioport_permission.nr_ports = 8;
    ctl.u.ioport_permission.allow_access = 1;
    EXPECT(domctl(XEN_DOMCTL_ioport_permission), 0);
    ctl.u.ioport_permission.first_port = 65535;
    EXPECT(domctl(XEN_DOMCTL_ioport_permission), -XEN_EINVAL);
    FRESH(ctl);
    ctl.u.iomem_permission.first_mfn = 0xfebc0;
    ctl.u.iomem_permission.nr_mfns = 1;
    ctl.u.iomem_permission.allow_access = 1;
    EXPECT(domctl(XEN_DOMCTL_iomem_permission), 0);
    /* The local APIC is nobody's. */
    ctl.u.iomem_permission.first_mfn = 0xfee00;
    EXPECT(domctl(XEN_DOMCTL_iomem_permission), -XEN_EPERM);
    ctl.u.iomem_permission.first_mfn = ~0ul;
    ctl.u.iomem_permission.nr_mfns = 2;
    EXPECT(domctl(XEN_DOMCTL_iomem_permission), -XEN_EINVAL);
    FRESH(ctl);
    ctl.u.memory_mapping.first_gfn = 0x1000;
    ctl.u.memory_mapping.first_mfn = 0xfebc0;
    ctl.u.memory_mapping.nr_mfns = 1;
    ctl.u.memory_mapping.add_mapping = 1;
    EXPECT(domctl(XEN_DOMCTL_memory_mapping), 0);
    ctl.u.memory_mapping.nr_mfns = 0;
    EXPECT(domctl(XEN_DOMCTL_memory_mapping), -XEN_EINVAL);
}

static void check_wall_clock(const struct shared_info *its, uint32_t offset, const char *when)
{
    CHECK(!(its->wc_version & 1), "%s: wc_version %u is odd at rest", when, its->wc_version);
    CHECK(its->wc_sec == shared->wc_sec + offset, "%s: wc_sec is %u, ours %u", when, its->wc_sec, shared->wc_sec);
    CHECK(its->wc_nsec == shared->wc_nsec, "%s: wc_nsec is %u, ours %u", when, its->wc_nsec, shared->wc_nsec);
}

/*
 * The wall clock needs no call of its own: it is there from the creation on, and again before the first instruction, as a
 * domain builder may clear the whole page. 4.17 writes it when vCPU 0 gets its context, which this domain's does not.
 */
static void check_time(void)
{
    struct shared_info *its = (struct shared_info *)SCRATCH_VA;

    FRESH(ctl);
    NEED(domctl(XEN_DOMCTL_getdomaininfo), 0);
    pt_build(SCRATCH_VA);
    NEED(hc_update_va_mapping_otherdomain(SCRATCH_VA, ctl.u.getdomaininfo.shared_info_frame * PAGE_SIZE | PTE_DATA,
                                          UVMF_INVLPG, dom), 0);
    if (!on_reference())
        check_wall_clock(its, 0, "created");
    memset(its, 0, PAGE_SIZE);
    FRESH(ctl);
    EXPECT(domctl(XEN_DOMCTL_unpausedomain), 0);
    EXPECT(domctl(XEN_DOMCTL_pausedomain), 0);
    if (!on_reference())
        check_wall_clock(its, 0, "unpaused");
    FRESH(ctl);
    ctl.u.settimeoffset.time_offset_seconds = 3600;
    EXPECT(domctl(XEN_DOMCTL_settimeoffset), 0);
    check_wall_clock(its, 3600, "moved by an hour");
    EXPECT(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    FRESH(ctl);
    EXPECT(domctl(XEN_DOMCTL_gettscinfo), 0);
    CHECK(ctl.u.tsc_info.gtsc_khz > 1000, "kHz %u", ctl.u.tsc_info.gtsc_khz);
    EXPECT(domctl(XEN_DOMCTL_settscinfo), 0);
}

static void check_policy(void)
{
    FRESH(ctl);
    ctl.u.cpu_policy.nr_leaves = 1000;
    EXPECT(domctl(XEN_DOMCTL_get_cpu_policy), 0);
    CHECK(ctl.u.cpu_policy.nr_leaves > 10 && ctl.u.cpu_policy.nr_leaves < 1000, "%u leaves", ctl.u.cpu_policy.nr_leaves);
    ctl.u.cpu_policy.nr_leaves = 10000;
    CHECK(domctl(XEN_DOMCTL_set_cpu_policy) < 0, "more leaves than there are");
}

static void check_events(void)
{
    FRESH(ctl);
    ctl.u.subscribe.port = 0;
    EXPECT(domctl(XEN_DOMCTL_subscribe), 0);
    FRESH(ctl);
    ctl.u.set_virq_handler.virq = 99;
    CHECK(domctl(XEN_DOMCTL_set_virq_handler) < 0, "virq 99");
    EXPECT(domctl(XEN_DOMCTL_resumedomain), 0);
}

static void check_host(void)
{
    static struct xen_sysctl_cpuinfo cpu[4];
    static struct xen_sysctl_cputopo topo[4];
    static xen_domctl_getdomaininfo_t list[8];
    static char keys[1] = { 'h' };

    FRESH(sys);
    EXPECT(sysctl(XEN_SYSCTL_availheap), 0);
    CHECK(sys.u.availheap.avail_bytes > 1 << 20, "free: %lu", (unsigned long)sys.u.availheap.avail_bytes);
    FRESH(sys);
    set_xen_guest_handle(sys.u.getcpuinfo.info, cpu);
    sys.u.getcpuinfo.max_cpus = 4;
    EXPECT(sysctl(XEN_SYSCTL_getcpuinfo), 0);
    EXPECT(sys.u.getcpuinfo.nr_cpus, 1);
    FRESH(sys);
    set_xen_guest_handle(sys.u.cputopoinfo.cputopo, topo);
    sys.u.cputopoinfo.num_cpus = 4;
    EXPECT(sysctl(XEN_SYSCTL_cputopoinfo), 0);
    EXPECT(sys.u.cputopoinfo.num_cpus, 1);
    FRESH(sys);
    EXPECT(sysctl(XEN_SYSCTL_numainfo), 0);
    EXPECT(sys.u.numainfo.num_nodes, 1);
    FRESH(sys);
    set_xen_guest_handle(sys.u.getdomaininfolist.buffer, list);
    sys.u.getdomaininfolist.max_domains = 8;
    EXPECT(sysctl(XEN_SYSCTL_getdomaininfolist), 0);
    EXPECT(sys.u.getdomaininfolist.num_domains, 2);
    EXPECT(list[1].domain, dom);
    FRESH(sys);
    set_xen_guest_handle(sys.u.debug_keys.keys, keys);
    sys.u.debug_keys.nr_keys = 1;
    EXPECT(sysctl(XEN_SYSCTL_debug_keys), 0);
}

static void check_console(void)
{
    static char text[16384];

    FRESH(sys);
    set_xen_guest_handle(sys.u.readconsole.buffer, text);
    sys.u.readconsole.count = sizeof(text) - 1;
    EXPECT(sysctl(XEN_SYSCTL_readconsole), 0);
    CHECK(sys.u.readconsole.count > 100, "%u bytes", sys.u.readconsole.count);
}

static void check_features(void)
{
    static uint32_t words[64];

    FRESH(sys);
    sys.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_pv;
    sys.u.cpu_featureset.nr_features = 64;
    set_xen_guest_handle(sys.u.cpu_featureset.features, words);
    EXPECT(sysctl(XEN_SYSCTL_get_cpu_featureset), 0);
    /* FXSR and SSE2, without which no 64-bit system runs. */
    CHECK(sys.u.cpu_featureset.nr_features > 8 && (words[0] & 5u << 24) == 5u << 24, "features: %x", words[0]);
    sys.u.cpu_featureset.index = 99;
    EXPECT(sysctl(XEN_SYSCTL_get_cpu_featureset), -XEN_EINVAL);
    FRESH(sys);
    EXPECT(sysctl(XEN_SYSCTL_get_cpu_levelling_caps), 0);
    FRESH(sys);
    sys.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_host;
    EXPECT(sysctl(XEN_SYSCTL_get_cpu_policy), 0);
    CHECK(sys.u.cpu_policy.nr_leaves > 10, "%u leaves", sys.u.cpu_policy.nr_leaves);
    FRESH(sys);
    sys.u.pm_op.cmd = XEN_SYSCTL_pm_op_get_max_cstate;
    CHECK(sysctl(XEN_SYSCTL_pm_op) == 0 && sys.u.pm_op.u.get_max_cstate >= 1, "deepest idle state");
}

static void check_pool(void)
{
    static uint8_t map[1];

    FRESH(sys);
    sys.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_INFO;
    set_xen_guest_handle(sys.u.cpupool_op.cpumap.bitmap, map);
    sys.u.cpupool_op.cpumap.nr_bits = 8;
    EXPECT(sysctl(XEN_SYSCTL_cpupool_op), 0);
    EXPECT(map[0], 1);
    EXPECT(sys.u.cpupool_op.n_dom, 2);
    sys.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_FREEINFO;
    EXPECT(sysctl(XEN_SYSCTL_cpupool_op), 0);
    EXPECT(map[0], 0);
    FRESH(sys);
    sys.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN;
    sys.u.cpupool_op.domid = dom;
    EXPECT(sysctl(XEN_SYSCTL_cpupool_op), 0);
    sys.u.cpupool_op.domid = 77;
    EXPECT(sysctl(XEN_SYSCTL_cpupool_op), -XEN_ESRCH);
}

void test_main(void)
{
    create();
    check_identity();
    check_vcpu();
    check_ext_state();
    check_affinity();
    check_scheduler();
    check_rights();
    check_time();
    check_policy();
    check_events();
    check_host();
    check_console();
    check_features();
    check_pool();
    FRESH(ctl);
    EXPECT(domctl(XEN_DOMCTL_get_paging_mempool_size) <= 0, 1);
    EXPECT(domctl(XEN_DOMCTL_set_paging_mempool_size) <= 0, 1);
    EXPECT(domctl(XEN_DOMCTL_destroydomain), 0);
}
