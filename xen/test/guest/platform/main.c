/* SPDX-License-Identifier: GPL-2.0-only */
/* platform_op from the initial domain: what the machine is, sleep states, symbols; bad arguments. */
#include "test.h"

static struct xen_platform_op op;

static long platform(unsigned cmd)
{
    op.cmd = cmd;
    op.interface_version = XENPF_INTERFACE_VERSION;
    return hc_platform_op(&op);
}

static void check_cpus(void)
{
    memset(&op, 0, sizeof(op));
    EXPECT(platform(XENPF_get_cpuinfo), 0);
    EXPECT(op.u.pcpu_info.max_present, 0);
    EXPECT(op.u.pcpu_info.flags, XEN_PCPU_FLAGS_ONLINE);
    op.u.pcpu_info.xen_cpuid = 1;
    EXPECT(platform(XENPF_get_cpuinfo), 0);
    EXPECT(op.u.pcpu_info.flags, XEN_PCPU_FLAGS_INVALID);

    memset(&op, 0, sizeof(op));
    EXPECT(platform(XENPF_get_cpu_version), 0);
    CHECK(op.u.pcpu_version.vendor_id[0] >= 'A' && op.u.pcpu_version.family >= 6, "vendor and family: %d %u",
          op.u.pcpu_version.vendor_id[0], op.u.pcpu_version.family);
    op.u.pcpu_version.xen_cpuid = 1;
    EXPECT(platform(XENPF_get_cpu_version), 0);
    EXPECT(op.u.pcpu_version.family, 0);
}

static void check_idle(void)
{
    static uint8_t map[1];
    static uint64_t idle[8];
    struct xenpf_getidletime *g = &op.u.getidletime;

    /* 4.17 answers from its idle states' driver, which has none of QEMU's CPU. */
    if (on_reference())
        return;
    memset(&op, 0, sizeof(op));
    map[0] = 3;
    idle[1] = 77;
    g->cpumap_nr_cpus = 8;
    set_xen_guest_handle(g->cpumap_bitmap, map);
    set_xen_guest_handle(g->idletime, idle);
    EXPECT(platform(XENPF_getidletime), 0);
    /* The bit of a CPU that is not on line is taken away, its time left as it was. */
    EXPECT(map[0], 1);
    EXPECT(idle[1], 77);
    CHECK(g->now, "the time");
    set_xen_guest_handle(g->idletime, (uint64_t *)0x1000);
    EXPECT(platform(XENPF_getidletime), -XEN_EFAULT);
}

static void check_firmware(void)
{
    memset(&op, 0, sizeof(op));
    op.u.firmware_info.type = 99;
    EXPECT(platform(XENPF_firmware_info), -XEN_EINVAL);
    op.u.firmware_info.type = XEN_FW_DISK_INFO;
    op.u.firmware_info.index = 200;
    CHECK(platform(XENPF_firmware_info) < 0, "disk 200");
    op.u.firmware_info.type = XEN_FW_KBD_SHIFT_FLAGS;
    EXPECT(platform(XENPF_firmware_info), -XEN_ESRCH);
}

static void check_symbols(void)
{
    static char name[128];

    memset(&op, 0, sizeof(op));
    op.u.symdata.namelen = sizeof(name);
    set_xen_guest_handle(op.u.symdata.name, name);
    EXPECT(platform(XENPF_get_symbol), 0);
    EXPECT(op.u.symdata.symnum, 1);
    CHECK(name[0] && op.u.symdata.namelen <= sizeof(name), "a name: %s", name);
    CHECK(op.u.symdata.address >> 47, "its address is the hypervisor's: %lx", (unsigned long)op.u.symdata.address);
}

static void check_refusals(void)
{
    memset(&op, 0, sizeof(op));
    op.interface_version = XENPF_INTERFACE_VERSION - 1;
    op.cmd = XENPF_get_cpuinfo;
    EXPECT(hc_platform_op(&op), -XEN_EACCES);
    EXPECT(platform(999), -XEN_ENOSYS);
    op.u.platform_quirk.quirk_id = 99;
    EXPECT(platform(XENPF_platform_quirk), -XEN_EINVAL);
    op.u.platform_quirk.quirk_id = QUIRK_NOIRQBALANCING;
    EXPECT(platform(XENPF_platform_quirk), 0);
    memset(&op, 0, sizeof(op));
    EXPECT(platform(XENPF_enter_acpi_sleep), -XEN_EINVAL);
    op.u.enter_acpi_sleep.sleep_state = 6;
    EXPECT(platform(XENPF_enter_acpi_sleep), -XEN_EINVAL);
    memset(&op, 0, sizeof(op));
    op.u.settime64.mbz = 1;
    EXPECT(platform(XENPF_settime64), -XEN_EINVAL);
    /* What 4.17 takes from older kernels: 32 bits of seconds. */
    memset(&op, 0, sizeof(op));
    op.u.settime32.secs = 1000000000;
    EXPECT(platform(XENPF_settime32), 0);
    EXPECT(shared->wc_sec, 1000000000);
}

void test_main(void)
{
    check_cpus();
    check_idle();
    check_firmware();
    check_symbols();
    check_refusals();
}
