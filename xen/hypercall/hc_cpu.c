/* SPDX-License-Identifier: GPL-2.0-only */
/* A vCPU's registers that only the hypervisor can set: kernel stack, segment bases, TS, debug registers. */
#include <xen/hypercall.h>
#include <x86/debugreg.h>
#include <x86/fpu.h>
#include <x86/page.h>
#include <x86/segment.h>

long hc_stack_switch(unsigned long ss, unsigned long sp, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct pv_vcpu *pv = &current->arch.pv;

    pv->kernel_ss = ss | 3;
    pv->kernel_sp = sp;
    return 0;
}

/* The selector goes into GS with the user's base beside it: the kernel's base is set aside by SWAPGS. */
static long load_user_gs(u16 selector)
{
    local_irq_disable();
    asm volatile ("swapgs" ::: "memory");
    load_gs(selector);
    asm volatile ("swapgs" ::: "memory");
    local_irq_enable();
    return 0;
}

long hc_set_segment_base(unsigned long which, unsigned long base, unsigned long a3, unsigned long a4, unsigned long a5)
{
    if (which == SEGBASE_GS_USER_SEL)
        return load_user_gs(base);
    if (!is_canonical(base))
        return -EINVAL;
    switch (which) {
    case SEGBASE_FS:
        write_fs_base(base);
        return 0;
    case SEGBASE_GS_USER:
        write_gs_shadow(base);
        return 0;
    case SEGBASE_GS_KERNEL:
        write_gs_base(base);
        return 0;
    default:
        return -EINVAL;
    }
}

long hc_fpu_taskswitch(unsigned long set, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct vcpu *v = current;

    if (set) {
        v->arch.pv.ctrlreg[0] |= CR0_TS;
        fpu_stts();
    } else {
        v->arch.pv.ctrlreg[0] &= ~CR0_TS;
        fpu_clts();
    }
    return 0;
}

long hc_set_debugreg(unsigned long reg, unsigned long value, unsigned long a3, unsigned long a4, unsigned long a5)
{
    return debugreg_set(current, reg, value);
}

long hc_get_debugreg(unsigned long reg, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    u64 value;
    int rc = debugreg_get(current, reg, &value);

    return rc ? rc : (long)value;
}

/* Performance counters are not virtualized. */
long hc_xenpmu_op(unsigned long op, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    return -EOPNOTSUPP;
}
