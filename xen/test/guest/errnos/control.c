/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl, sysctl, platform_op, hvm_op, and numbers of hypercalls that are not there. */
#define __XEN_TOOLS__
#include "errnos.h"
#include <public/domctl.h>
#include <public/platform.h>
#include <public/sysctl.h>

#define CONTROL(call, type, version, ...)                                                                             \
    { .name = #call, .nr = __HYPERVISOR_##call, .pointer = 0, .size = 16,                                             \
      .good = &(const struct type){ .cmd = 0xffff, .interface_version = version },                                    \
      .fields = { V(struct type, cmd, 0, 1000, 0xffffffff), V(struct type, interface_version, 0, version - 1, version + 1, 0xffffffff), __VA_ARGS__ } }

const struct op control_ops[] = {
    CONTROL(domctl, xen_domctl, XEN_DOMCTL_INTERFACE_VERSION, F(struct xen_domctl, domain, DOMID)),
    CONTROL(sysctl, xen_sysctl, XEN_SYSCTL_INTERFACE_VERSION),
    CONTROL(platform_op, xen_platform_op, XENPF_INTERFACE_VERSION),
    { .name = NULL },
};

/* Each command about a domain that is not there, with zeros. */
static void probe_domctls(void)
{
    char name[80];

    for (unsigned cmd = 1; cmd <= XEN_DOMCTL_set_paging_mempool_size; cmd++) {
        struct xen_domctl d = { .cmd = cmd, .interface_version = XEN_DOMCTL_INTERFACE_VERSION, .domain = 0x1234 };

        if (cmd == XEN_DOMCTL_createdomain)
            continue;
        snprintf(name, sizeof(name), "domctl.%u absent", cmd);
        row(name, hc_domctl(&d));
    }
}

/* Commands that a domain may not use on itself. */
static void probe_domctls_self(void)
{
    static const unsigned cmds[] = { XEN_DOMCTL_destroydomain, XEN_DOMCTL_pausedomain, XEN_DOMCTL_setvcpucontext, XEN_DOMCTL_max_vcpus, XEN_DOMCTL_resumedomain,
                                     XEN_DOMCTL_set_ext_vcpucontext, XEN_DOMCTL_settscinfo, XEN_DOMCTL_setvcpuextstate, XEN_DOMCTL_set_vcpu_msrs,
                                     XEN_DOMCTL_setdebugging, XEN_DOMCTL_soft_reset, XEN_DOMCTL_shadow_op };
    char name[80];

    for (unsigned i = 0; i < ARRAY_SIZE(cmds); i++) {
        struct xen_domctl d = { .cmd = cmds[i], .interface_version = XEN_DOMCTL_INTERFACE_VERSION, .domain = own_domid() };

        snprintf(name, sizeof(name), "domctl.%u self", cmds[i]);
        row(name, hc_domctl(&d));
    }
}

static void probe_sysctls(void)
{
    char name[80];

    for (unsigned cmd = 1; cmd <= 31; cmd++) {
        struct xen_sysctl s = { .cmd = cmd, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

        snprintf(name, sizeof(name), "sysctl.%u zeros", cmd);
        row(name, hc_sysctl(&s) < 0 ? hc_sysctl(&s) : 0);
    }
}

/* Not those that change the machine with zeros. */
static bool platform_harmless(unsigned cmd)
{
    return cmd != XENPF_enter_acpi_sleep && cmd != XENPF_settime32 && cmd != XENPF_settime64 && cmd != XENPF_platform_quirk;
}

static void probe_platform(void)
{
    char name[80];

    for (unsigned cmd = 16; cmd <= 66; cmd++) {
        struct xen_platform_op p = { .cmd = cmd, .interface_version = XENPF_INTERFACE_VERSION };

        if (!platform_harmless(cmd))
            continue;
        snprintf(name, sizeof(name), "platform_op.%u zeros", cmd);
        row(name, hc_platform_op(&p) < 0 ? hc_platform_op(&p) : 0);
    }
}

/* Numbers without a hypercall, and those that only other kinds of hypervisor have. */
static void probe_numbers(void)
{
    static const unsigned numbers[] = { 11, 27, 31, 38, 39, 40, 41, 42, 43, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 63 };
    char name[80];

    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
        snprintf(name, sizeof(name), "hypercall.%u", numbers[i]);
        row(name, hypercall(numbers[i], 0, 0, 0, 0));
    }
}

void probe_controls(void)
{
    probe_all(control_ops);
    probe_domctls();
    probe_domctls_self();
    probe_sysctls();
    probe_platform();
    probe_commands("hvm_op", __HYPERVISOR_hvm_op, 1, 0, 27);
    probe_numbers();
}
