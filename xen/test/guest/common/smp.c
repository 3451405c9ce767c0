/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting and stopping vCPU 1. */
#include "smp.h"
#include "test.h"

static char stack[16384] __attribute__((aligned(4096), section(".bss.page")));
static char kernel_stack[16384] __attribute__((aligned(4096), section(".bss.page")));

void smp_context(struct vcpu_guest_context *context, void (*function)(void))
{
    const struct trap_info *traps = trap_table();

    memset(context, 0, sizeof(*context));
    context->flags = VGCF_in_kernel; /* not VGCF_online: VCPUOP_up starts it */
    /* A function is entered as if called: RSP is 8 off a multiple of 16. */
    context->user_regs.rip = (unsigned long)function;
    context->user_regs.rsp = (unsigned long)(stack + sizeof(stack) - 8);
    context->user_regs.cs = FLAT_KERNEL_CS;
    context->user_regs.ss = FLAT_KERNEL_SS;
    context->user_regs.rflags = 0x200;
    for (unsigned i = 0; traps[i].address; i++)
        context->trap_ctxt[traps[i].vector] = traps[i];
    context->kernel_ss = FLAT_KERNEL_SS;
    context->kernel_sp = (unsigned long)(kernel_stack + sizeof(kernel_stack));
    context->ctrlreg[3] = xen_pfn_to_cr3(pt_base_mfn());
    context->event_callback_eip = (unsigned long)event_entry;
    context->failsafe_callback_eip = (unsigned long)failsafe_entry;
    context->syscall_callback_eip = (unsigned long)syscall_entry;
    *(uint16_t *)context->fpu_ctxt.x = 0x37f;
    *(uint32_t *)(context->fpu_ctxt.x + 24) = 0x1f80;
}

void smp_start(void (*function)(void))
{
    static struct vcpu_guest_context context;

    if (hc_vcpu_op(VCPUOP_is_up, 1, NULL) == -XEN_ENOENT)
        report_skip("there is no second vCPU");
    smp_context(&context, function);
    shared->vcpu_info[1].evtchn_upcall_mask = 1;
    NEED(hc_vcpu_op(VCPUOP_initialise, 1, &context), 0);
    NEED(hc_vcpu_op(VCPUOP_up, 1, NULL), 0);
}

void smp_stop(void)
{
    hc_vcpu_op(VCPUOP_down, 1, NULL);
}
