/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU pools on a machine of two CPUs: made, filled, emptied, ended; a domain made in one, moved out and in; what has to be
 * refused; and that a vCPU stays on its pool's CPUs.
 */
#define __XEN_TOOLS__
#include "target.h"
#include "test.h"
#include <public/domctl.h>
#include <public/sysctl.h>

#define ANY     XEN_SYSCTL_CPUPOOL_PAR_ANY
#define UNKNOWN 999u

static struct xen_domctl ctl;
static struct xen_sysctl sys;
static uint8_t bits[8];

static long domctl(unsigned cmd, domid_t domain)
{
    return domctl_of(&ctl, cmd, domain);
}

static struct xen_sysctl_cpupool_op *op(unsigned what, unsigned pool)
{
    memset(&sys, 0, sizeof(sys));
    memset(bits, 0, sizeof(bits));
    sys.cmd = XEN_SYSCTL_cpupool_op;
    sys.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    sys.u.cpupool_op.op = what;
    sys.u.cpupool_op.cpupool_id = pool;
    set_xen_guest_handle(sys.u.cpupool_op.cpumap.bitmap, bits);
    sys.u.cpupool_op.cpumap.nr_bits = 64;
    return &sys.u.cpupool_op;
}

static long with_cpu(unsigned what, unsigned pool, unsigned cpu)
{
    op(what, pool)->cpu = cpu;
    return hc_sysctl(&sys);
}

static long move(domid_t domain, unsigned pool)
{
    op(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, pool)->domid = domain;
    return hc_sysctl(&sys);
}

static long simple(unsigned what, unsigned pool)
{
    op(what, pool);
    return hc_sysctl(&sys);
}

/* CREATE with the policy that pool 0 has. */
static long create(unsigned pool)
{
    unsigned policy;

    NEED(simple(XEN_SYSCTL_CPUPOOL_OP_INFO, 0), 0);
    policy = sys.u.cpupool_op.sched_id;
    op(XEN_SYSCTL_CPUPOOL_OP_CREATE, pool)->sched_id = policy;
    return hc_sysctl(&sys);
}

static void expect_pool(unsigned from, unsigned id, unsigned cpus, unsigned domains)
{
    NEED(simple(XEN_SYSCTL_CPUPOOL_OP_INFO, from), 0);
    EXPECT(sys.u.cpupool_op.cpupool_id, id);
    EXPECT(bits[0], cpus);
    if (domains != UNKNOWN)
        EXPECT(sys.u.cpupool_op.n_dom, domains);
}

static void expect_free(unsigned cpus)
{
    EXPECT(simple(XEN_SYSCTL_CPUPOOL_OP_FREEINFO, 0), 0);
    EXPECT(bits[0], cpus);
}

static void check_life(void)
{
    expect_pool(0, 0, 3, 1);
    expect_free(0);
    EXPECT(simple(XEN_SYSCTL_CPUPOOL_OP_INFO, 1), -XEN_ENOENT);
    EXPECT(create(ANY), 0);
    EXPECT(sys.u.cpupool_op.cpupool_id, 1);
    expect_pool(1, 1, 0, 0);
    EXPECT(simple(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 1), 0);
    EXPECT(simple(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 1), -XEN_ENOENT);
    EXPECT(simple(XEN_SYSCTL_CPUPOOL_OP_INFO, 1), -XEN_ENOENT);
    CHECK(simple(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 0) < 0, "pool 0 is destroyed");
    CHECK(simple(99, 0) < 0, "operation 99");
}

/* 4.17 does not take a CPU away from a vCPU that is busy on it at once. */
static long remove_cpu(unsigned pool, unsigned cpu)
{
    long result;

    for (unsigned i = 0; i < 1000; i++) {
        result = with_cpu(XEN_SYSCTL_CPUPOOL_OP_RMCPU, pool, cpu);
        if (result != -XEN_EAGAIN)
            break;
        hc_sched_op(SCHEDOP_yield, NULL);
    }
    return result;
}

static void check_cpus(unsigned pool)
{
    CHECK(with_cpu(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, pool, 1) < 0, "a CPU in two pools");
    CHECK(with_cpu(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, pool, ANY) < 0, "a CPU from nowhere");
    CHECK(with_cpu(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, pool, 999) < 0, "CPU 999");
    CHECK(with_cpu(XEN_SYSCTL_CPUPOOL_OP_RMCPU, pool, 1) < 0, "a CPU removed that is not there");
    EXPECT(remove_cpu(0, 1), 0);
    expect_free(2);
    expect_pool(0, 0, 1, 1);
    CHECK(with_cpu(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 0) < 0, "the last CPU of pool 0 is removed");
    EXPECT(with_cpu(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, pool, ANY), 0);
    expect_free(0);
    expect_pool(1, pool, 2, 0);
    CHECK(simple(XEN_SYSCTL_CPUPOOL_OP_DESTROY, pool) < 0, "a pool with a CPU is destroyed");
}

static domid_t make_domain(unsigned pool)
{
    ctl = target_description();
    ctl.u.createdomain.cpupool_id = pool;
    if (domctl(XEN_DOMCTL_createdomain, DOMID_INVALID))
        return DOMID_INVALID;
    return ctl.domain;
}

static unsigned pool_of(domid_t d)
{
    NEED(domctl(XEN_DOMCTL_getdomaininfo, d), 0);
    return ctl.u.getdomaininfo.cpupool;
}

static long pin(domid_t d, unsigned cpus)
{
    memset(&ctl.u, 0, sizeof(ctl.u));
    bits[0] = (uint8_t)cpus;
    ctl.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
    set_xen_guest_handle(ctl.u.vcpuaffinity.cpumap_hard.bitmap, bits);
    ctl.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
    return domctl(XEN_DOMCTL_setvcpuaffinity, d);
}

static void destroy(domid_t d)
{
    EXPECT(domctl(XEN_DOMCTL_destroydomain, d), 0);
    for (unsigned i = 0; i < 100 && !domctl(XEN_DOMCTL_getdomaininfo, d) && ctl.domain == d; i++)
        time_spin(10 * MILLISECONDS);
}

static void check_domain(unsigned pool)
{
    domid_t d = make_domain(pool);

    CHECK(make_domain(77) == DOMID_INVALID, "a domain in a pool that is not there");
    if (d == DOMID_INVALID)
        report_error("no domain");
    EXPECT(pool_of(d), pool);
    expect_pool(1, pool, 2, 1);
    memset(&ctl.u, 0, sizeof(ctl.u));
    ctl.u.max_vcpus.max = 1;
    NEED(domctl(XEN_DOMCTL_max_vcpus, d), 0);
    EXPECT(pin(d, 1), -XEN_EINVAL);
    EXPECT(pin(d, 2), 0);
    CHECK(with_cpu(XEN_SYSCTL_CPUPOOL_OP_RMCPU, pool, ANY) < 0, "a domain's last CPU is removed");
    CHECK(move(d, 77) < 0, "moved to a pool that is not there");
    CHECK(move(77, 0) < 0, "domain 77 is moved");
    CHECK(move(0, pool) < 0, "dom0 is moved");
    EXPECT(move(d, 0), 0);
    EXPECT(pool_of(d), 0);
    expect_pool(1, pool, 2, 0);
    EXPECT(move(d, pool), 0);
    EXPECT(pool_of(d), pool);
    destroy(d);
    expect_pool(1, pool, 2, 0);
    /* 4.17 counts a domain that has ended there until it is freed, which is not soon. */
    expect_pool(0, 0, 1, on_reference() ? UNKNOWN : 1);
}

static volatile unsigned long beats;

static void heartbeat(void)
{
    for (;;)
        beats++;
}

static unsigned cpu_of(unsigned vcpu)
{
    memset(&ctl.u, 0, sizeof(ctl.u));
    ctl.u.getvcpuinfo.vcpu = vcpu;
    NEED(domctl(XEN_DOMCTL_getvcpuinfo, 0), 0);
    return ctl.u.getvcpuinfo.cpu;
}

/* Both vCPUs of this kernel are busy, on two CPUs or one. One that has to leave a CPU does so at that CPU's next interrupt. */
static void check_confined(unsigned cpus)
{
    unsigned long then = beats;

    for (unsigned i = 0; i < 1000 && !(cpus >> cpu_of(0) & cpus >> cpu_of(1) & 1); i++)
        time_spin(5 * MILLISECONDS);

    for (unsigned i = 0; i < 20; i++) {
        time_spin(5 * MILLISECONDS);
        for (unsigned vcpu = 0; vcpu < 2; vcpu++)
            CHECK(cpus >> cpu_of(vcpu) & 1, "vCPU %u is on CPU %u", vcpu, cpu_of(vcpu));
    }
    CHECK(beats > then, "vCPU 1 does not run");
}

void test_main(void)
{
    event_mask_all();
    smp_start(heartbeat);
    check_life();
    check_confined(3);
    EXPECT(create(5), 0);
    CHECK(create(5) < 0, "pool 5 twice");
    check_cpus(5);
    check_confined(1);
    check_domain(5);
    EXPECT(remove_cpu(5, ANY), 0);
    EXPECT(simple(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 5), 0);
    EXPECT(with_cpu(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 0, 1), 0);
    expect_pool(0, 0, 3, on_reference() ? UNKNOWN : 1);
    check_confined(3);
}
