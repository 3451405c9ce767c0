/* SPDX-License-Identifier: GPL-2.0-only */
/* xen_version: who the hypervisor is; see public/version.h. */
#include <xen/version.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/percpu.h>
#include <public/version.h>

/* The ABI that we keep. Debian's tools choose their directory by it. */
#define ABI_MAJOR 4
#define ABI_MINOR 17

/* A string in a field of @size bytes, zero to its end. */
static long put_string(gva_t arg, const char *s, size_t size)
{
    char buf[1024] = { 0 };

    ASSERT(size <= sizeof(buf));
    strlcpy(buf, s, size);
    return copy_to_guest(arg, buf, size);
}

static long op_version(gva_t arg) { return ABI_MAJOR << 16 | ABI_MINOR; }
static long op_extraversion(gva_t arg) { return put_string(arg, build_extra_version, XEN_EXTRAVERSION_LEN); }
static long op_capabilities(gva_t arg) { return put_string(arg, "xen-3.0-x86_64 ", XEN_CAPABILITIES_INFO_LEN); }
static long op_changeset(gva_t arg) { return put_string(arg, build_changeset, XEN_CHANGESET_INFO_LEN); }
static long op_pagesize(gva_t arg) { return arg.v ? -EINVAL : (long)PAGE_SIZE; }

static long op_compile_info(gva_t arg)
{
    struct xen_compile_info c = { 0 };

    strlcpy(c.compiler, build_compiler, sizeof(c.compiler));
    strlcpy(c.compile_by, build_by, sizeof(c.compile_by));
    strlcpy(c.compile_domain, build_domain, sizeof(c.compile_domain));
    strlcpy(c.compile_date, build_date, sizeof(c.compile_date));
    return copy_to_guest(arg, &c, sizeof(c));
}

static long op_platform_parameters(gva_t arg)
{
    struct xen_platform_parameters p = { .virt_start = HYPERVISOR_START };

    return copy_to_guest(arg, &p, sizeof(p));
}

/* The guest's own page tables are written by hypercall or by emulated stores; what else holds, see public/features.h. */
static long op_get_features(gva_t arg)
{
    struct xen_feature_info f;

    if (copy_from_guest(&f, arg, sizeof(f)))
        return -EFAULT;
    if (f.submap_idx >= XENFEAT_NR_SUBMAPS)
        return -EINVAL;
    f.submap = 1U << XENFEAT_mmu_pt_update_preserve_ad | 1U << XENFEAT_highmem_assist |
               1U << XENFEAT_gnttab_map_avail_bits | 1U << XENFEAT_memory_op_vnode_supported;
    if (current->domain->vm_assist & (1UL << VMASST_TYPE_pae_extended_cr3))
        f.submap |= 1U << XENFEAT_pae_pgdir_above_4gb;
    if (is_hardware_domain(current->domain))
        f.submap |= 1U << XENFEAT_dom0;
    return copy_to_guest(arg, &f, sizeof(f));
}

static long op_guest_handle(gva_t arg)
{
    return copy_to_guest(arg, current->domain->handle, sizeof(current->domain->handle));
}

/* The host's options are not a guest's business. */
static long op_commandline(gva_t arg)
{
    return put_string(arg, caller_may(HC_PRIVILEGED) ? saved_cmdline : "<denied>", sizeof(xen_commandline_t));
}

static long op_build_id(gva_t arg)
{
    struct xen_build_id id;
    const u8 *bytes;
    size_t n = build_id_bytes(&bytes);

    if (!caller_may(HC_PRIVILEGED))
        return -EPERM;
    if (!n)
        return -ENODATA;
    if (!gva_x(arg))
        return n;
    if (copy_from_guest(&id, arg, sizeof(id.len)))
        return -EFAULT;
    if (!id.len)
        return -EINVAL;
    if (n > id.len)
        return -ENOBUFS;
    return copy_to_guest(gva_add(arg, offsetof(struct xen_build_id, buf)), bytes, n) ? -EFAULT : (long)n;
}

static long (*const ops[])(gva_t) = {
    [XENVER_version] = op_version,
    [XENVER_extraversion] = op_extraversion,
    [XENVER_compile_info] = op_compile_info,
    [XENVER_capabilities] = op_capabilities,
    [XENVER_changeset] = op_changeset,
    [XENVER_platform_parameters] = op_platform_parameters,
    [XENVER_get_features] = op_get_features,
    [XENVER_pagesize] = op_pagesize,
    [XENVER_guest_handle] = op_guest_handle,
    [XENVER_commandline] = op_commandline,
    [XENVER_build_id] = op_build_id,
};

long hc_xen_version(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    return (u32)cmd < ARRAY_SIZE(ops) ? ops[(u32)cmd](gva(arg)) : -ENOSYS;
}
