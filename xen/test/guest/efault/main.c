/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pointers that are none, for every hypercall that takes one: unmapped, not canonical, in the hypervisor's range, running
 * over the end of mapped memory.  Each answers -EFAULT or did nothing, and leaves the caller alive.
 */
#include "test.h"

struct call {
    const char *name;
    unsigned number;
    unsigned long args[4];
    int pointer; /* which argument is replaced */
    bool dom0;   /* others are refused before it is looked at */
};

#define CALL(nr, ptr, ...)      { #nr, __HYPERVISOR_##nr, { __VA_ARGS__ }, ptr, false }
#define CALL_DOM0(nr, ptr, ...) { #nr, __HYPERVISOR_##nr, { __VA_ARGS__ }, ptr, true }

static const struct call calls[] = {
    CALL(set_trap_table, 0, 0),
    CALL(mmu_update, 0, 0, 1, 0, DOMID_SELF),
    CALL(mmuext_op, 0, 0, 1, 0, DOMID_SELF),
    CALL(set_gdt, 0, 0, 512),
    CALL(multicall, 0, 0, 1),
    CALL(memory_op, 1, XENMEM_exchange),
    CALL(memory_op, 1, XENMEM_current_reservation),
    CALL(memory_op, 1, XENMEM_machphys_mfn_list),
    CALL(memory_op, 1, XENMEM_machphys_mapping),
    CALL(memory_op, 1, XENMEM_memory_map),
    CALL_DOM0(memory_op, 1, XENMEM_machine_memory_map),
    CALL(memory_op, 1, XENMEM_add_to_physmap),
    CALL(xen_version, 1, XENVER_extraversion),
    CALL(xen_version, 1, XENVER_get_features),
    CALL(console_io, 2, CONSOLEIO_write, 16),
    CALL(vcpu_op, 2, VCPUOP_get_runstate_info, 0),
    CALL(vcpu_op, 2, VCPUOP_set_singleshot_timer, 0),
    CALL(sched_op, 1, SCHEDOP_poll),
    CALL(sched_op, 1, SCHEDOP_shutdown_code),
    CALL(callback_op, 1, CALLBACKOP_register),
    CALL(callback_op, 1, CALLBACKOP_unregister),
    CALL(event_channel_op, 1, EVTCHNOP_send),
    CALL(event_channel_op, 1, EVTCHNOP_bind_virq),
    CALL(event_channel_op, 1, EVTCHNOP_status),
    CALL(event_channel_op, 1, EVTCHNOP_bind_pirq),
    CALL(physdev_op, 1, PHYSDEVOP_eoi),
    CALL(physdev_op, 1, PHYSDEVOP_set_iopl),
    CALL_DOM0(physdev_op, 1, PHYSDEVOP_map_pirq),
    CALL_DOM0(physdev_op, 1, PHYSDEVOP_apic_read),
    CALL(grant_table_op, 1, GNTTABOP_map_grant_ref, 0, 1),
    CALL(grant_table_op, 1, GNTTABOP_setup_table, 0, 1),
    CALL(grant_table_op, 1, GNTTABOP_copy, 0, 1),
    CALL(grant_table_op, 1, GNTTABOP_query_size, 0, 1),
    CALL_DOM0(platform_op, 0, 0),
    CALL_DOM0(domctl, 0, 0),
    CALL_DOM0(sysctl, 0, 0),
};

/* These return how many extents they finished: none, which is no error code. */
static const unsigned counting[] = { XENMEM_increase_reservation, XENMEM_decrease_reservation, XENMEM_populate_physmap };

static void try_all(const char *kind, unsigned long pointer)
{
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        const struct call *c = &calls[i];
        unsigned long a[4] = { c->args[0], c->args[1], c->args[2], c->args[3] };
        long result;

        /* A null trap table is a request of its own: forget all handlers. */
        a[c->pointer] = pointer;
        result = hypercall(c->number, a[0], a[1], a[2], a[3]);
        CHECK(result == (c->dom0 && !privileged() ? -XEN_EPERM : -XEN_EFAULT), "%s(%lx, %lx), %s pointer: %ld", c->name, c->args[0], c->args[1], kind, result);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(counting); i++)
        CHECK(hc_memory_op(counting[i], pointer) == 0, "memory_op %u, %s pointer: %ld", counting[i], kind,
              hc_memory_op(counting[i], pointer));
}

void test_main(void)
{
    char *last = page_alloc();
    unsigned long guard = SCRATCH_VA + PAGE_SIZE;

    try_all("unmapped", 0x1000);
    try_all("non-canonical", 0x0000800000000000ul);
    try_all("high non-canonical", 0xffff7ffffffff000ul);
    try_all("hypervisor's", HYPERVISOR_VIRT_START + (3ul << 39));
    try_all("hypervisor's last", HYPERVISOR_VIRT_END - 8);
    try_all("wrapping", ~7ul);
    NEED(map_frame(SCRATCH_VA, virt_to_mfn(last), PTE_DATA), 0);
    try_all("cut off", guard - 1);
}
