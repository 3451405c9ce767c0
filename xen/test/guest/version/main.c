/* SPDX-License-Identifier: GPL-2.0-only */
/* xen_version: every sub-operation, its strings and its bad arguments. */
#include "test.h"

#define BAD_POINTER 0x1000ul /* mapped nowhere */

static void check_string(unsigned cmd, char *buf, size_t size, const char *name)
{
    memset(buf, 0x55, size);
    EXPECT(hc_xen_version(cmd, buf), 0);
    for (size_t i = 0; i < size; i++)
        if (!buf[i])
            return;
    CHECK(false, "%s: no ending zero in %zu bytes", name, size);
}

static void check_numbers(void)
{
    struct xen_platform_parameters where = { 0 };
    struct xen_feature_info features = { .submap_idx = 0 };
    xen_domain_handle_t handle;

    EXPECT(hc_xen_version(XENVER_version, NULL), 4 << 16 | 17);
    EXPECT(hc_xen_version(XENVER_pagesize, NULL), PAGE_SIZE);
    EXPECT(hc_xen_version(XENVER_platform_parameters, &where), 0);
    EXPECT(where.virt_start, HYPERVISOR_VIRT_START);
    EXPECT(hc_xen_version(XENVER_guest_handle, &handle), 0);
    EXPECT(hc_xen_version(XENVER_get_features, &features), 0);
    CHECK(features.submap & (1u << XENFEAT_mmu_pt_update_preserve_ad), "features %x", features.submap);
    CHECK(features.submap & (1u << XENFEAT_highmem_assist), "features %x", features.submap);
    CHECK(features.submap & (1u << XENFEAT_gnttab_map_avail_bits), "features %x", features.submap);
    EXPECT(!!(features.submap & (1u << XENFEAT_dom0)), privileged());
    CHECK(!(features.submap & (1u << XENFEAT_writable_page_tables)), "features %x", features.submap);
    CHECK(!(features.submap & (1u << XENFEAT_auto_translated_physmap)), "features %x", features.submap);
    features.submap_idx = XENFEAT_NR_SUBMAPS;
    EXPECT(hc_xen_version(XENVER_get_features, &features), -XEN_EINVAL);
}

static void check_strings(void)
{
    static char buf[4096];
    struct xen_compile_info *built = (struct xen_compile_info *)buf;

    check_string(XENVER_extraversion, buf, sizeof(xen_extraversion_t), "extraversion");
    check_string(XENVER_changeset, buf, sizeof(xen_changeset_info_t), "changeset");
    check_string(XENVER_commandline, buf, sizeof(xen_commandline_t), "commandline");
    check_string(XENVER_capabilities, buf, sizeof(xen_capabilities_info_t), "capabilities");
    CHECK(starts_with(buf, "xen-3.0-x86_64"), "capabilities are %s", buf);
    EXPECT(hc_xen_version(XENVER_compile_info, built), 0);
    CHECK(built->compiler[0], "no compiler named");
}

static void check_build_id(void)
{
    static union {
        struct xen_build_id id;
        char room[64];
    } u;
    long length = hc_xen_version(XENVER_build_id, NULL);

    if (!privileged()) {
        EXPECT(length, -XEN_EPERM);
        return;
    }
    if (length == -XEN_ENODATA)
        return; /* allowed: linked without one */
    CHECK(length > 0 && length <= 32, "build id is %ld bytes", length);
    u.id.len = (uint32_t)length - 1;
    EXPECT(hc_xen_version(XENVER_build_id, &u), -XEN_ENOBUFS);
    u.id.len = sizeof(u) - sizeof(u.id);
    EXPECT(hc_xen_version(XENVER_build_id, &u), length);
}

void test_main(void)
{
    check_numbers();
    check_strings();
    check_build_id();
    EXPECT(hc_xen_version(11, NULL), -XEN_ENOSYS);
    EXPECT(hc_xen_version(~0u, NULL), -XEN_ENOSYS);
    for (unsigned cmd = XENVER_extraversion; cmd <= XENVER_commandline; cmd++)
        if (cmd != XENVER_pagesize)
            CHECK(hc_xen_version(cmd, BAD_POINTER) == -XEN_EFAULT, "command %u with a bad pointer: %ld", cmd,
                  hc_xen_version(cmd, BAD_POINTER));
}
