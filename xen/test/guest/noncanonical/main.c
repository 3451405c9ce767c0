/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that are none, or the hypervisor's, in every register and structure that takes one: refused, or the guest's own fault. */
#include "test.h"
#include <public/arch-x86/cpuid.h>

static const unsigned long bad[] = {
    0x0000800000000000ul, 0x8000000000000000ul, 0xffff7ffffffffffful, 0x7ffffffffffffffful, 0x00ff000000000000ul,
};

static void check_kernel_entries(unsigned long a)
{
    struct trap_info table[2] = { { .vector = 6, .cs = FLAT_KERNEL_CS, .address = a } };
    struct callback_register r = { .type = CALLBACKTYPE_event, .address = a };
    struct xennmi_callback n = { .handler_address = a };

    EXPECT(hc_set_trap_table(table), -XEN_EINVAL);
    EXPECT(hc_set_callbacks(a, failsafe_entry, syscall_entry), -XEN_EINVAL);
    EXPECT(hc_set_callbacks(event_entry, a, syscall_entry), -XEN_EINVAL);
    EXPECT(hc_set_callbacks(event_entry, failsafe_entry, a), -XEN_EINVAL);
    for (unsigned type = 0; type < 8; type++) {
        r.type = (uint16_t)type;
        CHECK(hc_callback_op(CALLBACKOP_register, &r) < 0, "callback %u at %lx", type, a);
    }
    CHECK(hc_nmi_op(XENNMI_register_callback, &n) < 0, "NMI callback at %lx", a);
}

static void check_bases(unsigned long a)
{
    for (unsigned which = 0; which < 3; which++)
        CHECK(hc_set_segment_base(which, a) < 0, "segment base %u at %lx", which, a);
    CHECK(TRY("wrmsr", NO_OUTPUTS, "c"(0xc0000100u), "a"((unsigned)a), "d"((unsigned)(a >> 32))) == VECTOR_GP, "FS base %lx", a);
    CHECK(TRY("wrmsr", NO_OUTPUTS, "c"(0xc0000101u), "a"((unsigned)a), "d"((unsigned)(a >> 32))) == VECTOR_GP, "GS base %lx", a);
    CHECK(TRY("wrmsr", NO_OUTPUTS, "c"(0xc0000102u), "a"((unsigned)a), "d"((unsigned)(a >> 32))) == VECTOR_GP, "kernel GS base %lx", a);
}

static void check_mappings(unsigned long a)
{
    struct mmuext_op op = { .cmd = MMUEXT_INVLPG_LOCAL, .arg1.linear_addr = a };

    CHECK(hc_update_va_mapping(a, 0, UVMF_INVLPG) < 0, "update_va_mapping at %lx", a);
    CHECK(hc_update_va_mapping(a, virt_to_mfn(boot_stack) * PAGE_SIZE | PTE_RO, UVMF_INVLPG | UVMF_ALL) < 0, "a mapping at %lx", a);
    hc_mmuext_op(&op, 1, NULL, DOMID_SELF);   /* nothing to flush there: done or refused, not a fault */
    op.cmd = MMUEXT_INVLPG_ALL;
    hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
    CHECK(mmuext(MMUEXT_SET_LDT, a, 16) < 0, "an LDT at %lx", a);
    CHECK(pt_write(a & ~7ul, 0) < 0, "mmu_update at %lx", a);
    for (int level = 1; level <= 4; level++)
        CHECK(pin_table(level, a >> 12) < 0, "L%d in frame %lx", level, a >> 12);
    CHECK(mmuext(MMUEXT_NEW_BASEPTR, a >> 12, 0) < 0, "a base in frame %lx", a >> 12);
    CHECK(mmuext(MMUEXT_NEW_USER_BASEPTR, a >> 12, 0) < 0, "a user base in frame %lx", a >> 12);
    CHECK(mmuext(MMUEXT_CLEAR_PAGE, a >> 12, 0) < 0, "clearing frame %lx", a >> 12);
    CHECK(mmuext(MMUEXT_COPY_PAGE, a >> 12, virt_to_mfn(boot_stack)) < 0, "copying to frame %lx", a >> 12);
    CHECK(hc_update_descriptor(a, 0) < 0, "a descriptor at %lx", a);
    for (unsigned reg = 0; reg < 4; reg++)
        CHECK(hc_set_debugreg(reg, a) < 0, "DR%u at %lx", reg, a);
}

/* Areas that are written later, when the vCPU is switched to: their addresses may only be bad for the guest. */
static void check_areas(unsigned long a)
{
    struct vcpu_register_runstate_memory_area r;
    struct vcpu_register_time_memory_area t;
    struct vcpu_register_vcpu_info i = { .mfn = a >> 12 };

    r.addr.p = t.addr.p = a;
    hc_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &r);
    hc_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &t);
    CHECK(hc_vcpu_op(VCPUOP_register_vcpu_info, 0, &i) < 0, "vcpu_info in frame %lx", a >> 12);
    hc_sched_op(SCHEDOP_yield, NULL);
    timer_sleep(MILLISECONDS);
    r.addr.p = t.addr.p = 0;
    hc_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &r);
    hc_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &t);
}

#define CONTEXT_FIELD(field) { #field, offsetof(struct vcpu_guest_context, field) }

static void check_contexts(unsigned long a)
{
    static const struct { const char *name; size_t at; } fields[] = {
        CONTEXT_FIELD(user_regs.rip), CONTEXT_FIELD(event_callback_eip), CONTEXT_FIELD(failsafe_callback_eip),
        CONTEXT_FIELD(syscall_callback_eip), CONTEXT_FIELD(fs_base), CONTEXT_FIELD(gs_base_kernel),
        CONTEXT_FIELD(gs_base_user), CONTEXT_FIELD(trap_ctxt[14].address), CONTEXT_FIELD(ctrlreg[3]),
    };
    static struct vcpu_guest_context c;

    if (hc_vcpu_op(VCPUOP_is_up, 1, NULL) < 0)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
        smp_context(&c, test_main);
        *(unsigned long *)((char *)&c + fields[i].at) = a;
        CHECK(hc_vcpu_op(VCPUOP_initialise, 1, &c) == -XEN_EINVAL, "a vCPU with %s %lx", fields[i].name, a);
    }
    smp_context(&c, test_main);
    c.ldt_base = a;
    c.ldt_ents = 16;
    CHECK(on_reference() || hc_vcpu_op(VCPUOP_initialise, 1, &c) == -XEN_EINVAL, "a vCPU with an LDT at %lx", a);
}

/* Stacks: the frame of the next exception has no place; the trial is made in crash_stack. Here it is only set. */
static void check_stack(unsigned long a)
{
    hc_stack_switch(FLAT_KERNEL_SS, a);
    EXPECT(hc_stack_switch(FLAT_KERNEL_SS, trap_stack + TRAP_STACK_SIZE), 0);
}

void test_main(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        check_kernel_entries(bad[i]);
        check_bases(bad[i]);
        check_mappings(bad[i]);
        check_areas(bad[i]);
        check_contexts(bad[i]);
        check_stack(bad[i]);
        CHECK(try_read(bad[i]) == VECTOR_GP, "%lx read: vector %d", bad[i], trap_last.vector);
    }
    check_mappings(HYPERVISOR_VIRT_START + 0x200000);
    check_mappings(HYPERVISOR_VIRT_END - PAGE_SIZE);
    check_areas(HYPERVISOR_VIRT_START + 0x200000);
}
