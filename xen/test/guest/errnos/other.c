/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypercalls with few operations. */
#include "errnos.h"
#include <public/kexec.h>

#define LIST(...) __VA_ARGS__
#define GOOD(type, ...) .size = sizeof(struct type), .good = &(const struct type){ __VA_ARGS__ }
#define VERSION(op_, ...)                                                                                             \
    { .name = "version." #op_, .nr = __HYPERVISOR_xen_version, .args = { XENVER_##op_ }, .pointer = 1, .run = true, __VA_ARGS__ }
/* A call without a pointer. */
#define PLAIN(call_, ...) { .name = #call_, .nr = __HYPERVISOR_##call_, .pointer = NO_POINTER, __VA_ARGS__ }
#define WITH(call_, op_, nr_, ...)                                                                                    \
    { .name = #call_ "." #op_, .nr = __HYPERVISOR_##call_, .args = { nr_ }, .pointer = 1, __VA_ARGS__ }
#define NONCANONICAL 0x800000000000ul, 0xffff7fffffffffff

const struct op other_ops[] = {
    { .name = "version.version", .nr = __HYPERVISOR_xen_version, .args = { XENVER_version }, .pointer = 1 },
    VERSION(extraversion),
    VERSION(compile_info),
    VERSION(capabilities),
    VERSION(changeset),
    VERSION(platform_parameters),
    VERSION(get_features, .size = 8, .fields = { V(struct xen_feature_info, submap_idx, 1, 2, 0xffffffff) }),
    { .name = "version.pagesize", .nr = __HYPERVISOR_xen_version, .args = { XENVER_pagesize }, .pointer = 1 },
    VERSION(guest_handle),
    VERSION(commandline),
    VERSION(build_id, .size = 4, .fields = { V(struct xen_build_id, len, 0, 1, 19, 20, 0xffffffff) }),
    { .name = "version", .nr = __HYPERVISOR_xen_version, .pointer = 1, .fields = { AV("cmd", 0, 11, 12, 64, 0x7fffffff, 0xffffffff) } },
    { .name = "console.write", .nr = __HYPERVISOR_console_io, .args = { CONSOLEIO_write, 1 }, .pointer = 2,
      .fields = { AV("count", 1, 0) } },
    { .name = "console.read", .nr = __HYPERVISOR_console_io, .args = { CONSOLEIO_read, 1 }, .pointer = 2, .fields = { AV("count", 1, 0) } },
    { .name = "console", .nr = __HYPERVISOR_console_io, .args = { 2, 1 }, .pointer = 2, .fields = { AV("cmd", 0, 2, 3, 0x7fffffff, 0xffffffff) } },

    PLAIN(set_debugreg, .fields = { AV("value", 1, 0, 0x1000, HYPERVISOR_VIRT_START, NONCANONICAL), AV("reg", 0, 1, 4, 5, 8, 0xffffffff) }),
    PLAIN(set_debugreg, .args = { 6 }, .fields = { AV("dr6", 1, 0, 0xffff0ff0, 1ul << 32, ~0ul) }),
    PLAIN(set_debugreg, .args = { 7 }, .fields = { AV("dr7", 1, 0x400, 1ul << 32, ~0ul, 1 << 13, 0x20000) }),
    PLAIN(get_debugreg, .fields = { AV("reg", 0, 0, 4, 5, 8, 0xffffffff) }),
    PLAIN(update_descriptor, .args = { 0, 0 }, .fields = { A("where", 0, MADDR), AV("maddr", 0, 1, 4, ~7ul) }),
    PLAIN(set_segment_base, .fields = { AV("fs", 1, NONCANONICAL) }),
    PLAIN(set_segment_base, .args = { 1 }, .fields = { AV("user gs", 1, NONCANONICAL) }),
    PLAIN(set_segment_base, .args = { 2 }, .fields = { AV("kernel gs", 1, NONCANONICAL) }),
    PLAIN(set_segment_base, .fields = { AV("which", 0, 4, 64, 0xffffffff) }),
    PLAIN(set_callbacks, .args = { 0x1000, 0x1000, 0x1000 }, .fields = { AV("event", 0, NONCANONICAL), AV("failsafe", 1, NONCANONICAL), AV("syscall", 2, NONCANONICAL) }),
    PLAIN(vm_assist, .fields = { AV("type", 1, 6, 7, 31, 32, 33, 63, 64), AV("cmd", 0, 2, 3, 0xffffffff) }),
    PLAIN(vm_assist, .args = { 1 }, .fields = { AV("disable", 1, 0, 1, 3, 4, 5, 64, ~0ul) }),
    PLAIN(set_timer_op, .fields = { AV("time", 0, 0, 1, 1ul << 62, 1ul << 63, ~0ul) }),
    PLAIN(fpu_taskswitch, .fields = { AV("set", 0, 2, 0) }),

    { .name = "set_trap_table", .nr = __HYPERVISOR_set_trap_table, .pointer = 0, .size = sizeof(struct trap_info),
      .good = &(const struct trap_info){ .vector = 200, .cs = FLAT_KERNEL_CS, .address = 0 },
      .fields = { V(struct trap_info, address, NONCANONICAL) } },
    { .name = "set_gdt", .nr = __HYPERVISOR_set_gdt, .args = { 0, 1 }, .pointer = 0, .size = 8, .good = &(const unsigned long){ ~0ul },
      .fields = { AV("entries", 1, 7169, 8192, 0x10000, ~0ul), { "frame", 0, 8, OTHER_FRAME, { 0 }, 0 } } },
    { .name = "multicall", .nr = __HYPERVISOR_multicall, .args = { 0, 1 }, .pointer = 0, .fields = { AV("count", 1, 0) } },

    WITH(callback_op, register, CALLBACKOP_register, GOOD(callback_register, .type = CALLBACKTYPE_sysenter, .address = 0x1000),
         .fields = { V(struct callback_register, type, 1, 6, 8, 9, 0xffff), V(struct callback_register, address, NONCANONICAL), V(struct callback_register, flags, 2, 0xffff) }),
    WITH(callback_op, unregister, CALLBACKOP_unregister, GOOD(callback_unregister, .type = 9),
         .fields = { V(struct callback_unregister, type, 0, 1, 2, 5, 6, 7, 8) }),
    { .name = "callback_op", .nr = __HYPERVISOR_callback_op, .pointer = 1, .fields = { AV("cmd", 0, 2, 3, 0x7fffffff, 0xffffffff) } },
    WITH(nmi_op, register, XENNMI_register_callback, GOOD(xennmi_callback, .handler_address = 1ul << 47), .fields = { V(struct xennmi_callback, handler_address, NONCANONICAL) }),
    { .name = "nmi_op", .nr = __HYPERVISOR_nmi_op, .pointer = 1, .fields = { AV("cmd", 0, 2, 3, 0xffffffff) } },

    WITH(kexec_op, kexec, KEXEC_CMD_kexec, .size = 8, .good = &(const unsigned long){ 9 }, .fields = { { "type", 0, 4, VALUES, { 1, 2, 0xffffffff }, 3 } }),
    WITH(kexec_op, get_range, KEXEC_CMD_kexec_get_range, .size = sizeof(struct xen_kexec_range), .fields = { V(struct xen_kexec_range, range, 3, 4, 5, 7, 0xffffffff),
         V(struct xen_kexec_range, nr, 1, 1000, 0xffffffff) }),
    WITH(kexec_op, load, KEXEC_CMD_kexec_load, .size = sizeof(struct xen_kexec_load), .fields = { V(struct xen_kexec_load, type, 1, 2, 255), V(struct xen_kexec_load, nr_segments, 17, 0xffffffff) }),
    WITH(kexec_op, unload, KEXEC_CMD_kexec_unload, .size = 8, .fields = { { "type", 0, 1, VALUES, { 0, 1, 2, 255 }, 4 } }),
    WITH(kexec_op, status, KEXEC_CMD_kexec_status, .size = 8, .fields = { { "type", 0, 1, VALUES, { 0, 1, 2, 255 }, 4 } }),
    { .name = "kexec_op", .nr = __HYPERVISOR_kexec_op, .pointer = 1, .fields = { AV("cmd", 0, 1, 2, 7, 64, 0xffffffff) } },
    { .name = NULL },
};
