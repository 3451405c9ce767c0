/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hypervisor says about itself: version, build, features. */
#include "xc_private.h"

#include <stdio.h>

static long version_op(struct xc_handle *h, unsigned cmd, void *arg, size_t len)
{
    return xc_call_arg(h, __HYPERVISOR_xen_version, cmd, arg, len);
}

/* These sub-operations fill a fixed character array; we end it for safety. */
static void version_string(struct xc_handle *h, unsigned cmd, char *to, size_t len)
{
    if (version_op(h, cmd, to, len) < 0)
        to[0] = '\0';
    to[len - 1] = '\0';
}

static void version_build_id(struct xc_handle *h, struct xc_version_info *v)
{
    struct { xen_build_id_t head; unsigned char bytes[64]; } id = { 0 };
    size_t max = (sizeof(v->build_id) - 1) / 2;
    long len;

    id.head.len = sizeof(id.bytes);
    len = version_op(h, XENVER_build_id, &id, sizeof(id));
    for (long i = 0; i < len && i < (long)max; i++)
        snprintf(v->build_id + 2 * i, 3, "%02x",
                 ((unsigned char *)&id)[sizeof(id.head.len) + i]);
}

static void version_compile(struct xc_handle *h, struct xc_version_info *v)
{
    struct xen_compile_info c = { 0 };

    if (version_op(h, XENVER_compile_info, &c, sizeof(c)) < 0)
        return;
    snprintf(v->compiler, sizeof(v->compiler), "%.63s", c.compiler);
    snprintf(v->compile_by, sizeof(v->compile_by), "%.15s", c.compile_by);
    snprintf(v->compile_domain, sizeof(v->compile_domain), "%.31s",
             c.compile_domain);
    snprintf(v->compile_date, sizeof(v->compile_date), "%.31s", c.compile_date);
}

int xc_version(struct xc_handle *h, struct xc_version_info *v)
{
    struct xen_platform_parameters plat = { 0 };
    long rc = xc_hypercall(h, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0);

    *v = (struct xc_version_info){ 0 };
    if (rc < 0)
        return xc_fail_call(h, rc, "ask for the hypervisor's version");
    v->major = rc >> 16;
    v->minor = rc & 0xffff;
    version_string(h, XENVER_extraversion, v->extra, sizeof(v->extra));
    version_string(h, XENVER_capabilities, v->capabilities,
                   sizeof(v->capabilities));
    version_string(h, XENVER_changeset, v->changeset, sizeof(v->changeset));
    version_string(h, XENVER_commandline, v->commandline, sizeof(v->commandline));
    version_compile(h, v);
    version_build_id(h, v);
    if (version_op(h, XENVER_platform_parameters, &plat, sizeof(plat)) >= 0)
        v->virt_start = plat.virt_start;
    rc = xc_hypercall(h, __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0, 0, 0);
    v->pagesize = rc > 0 ? (uint32_t)rc : XC_PAGE_SIZE;
    return 0;
}

int xc_features(struct xc_handle *h, uint32_t *submap0)
{
    struct xen_feature_info f = { .submap_idx = 0 };
    long rc = version_op(h, XENVER_get_features, &f, sizeof(f));

    if (rc < 0)
        return xc_fail_call(h, rc, "ask for the hypervisor's features");
    *submap0 = f.submap;
    return 0;
}
