# SPDX-License-Identifier: GPL-2.0-only
"""What `states` and `longest` share: the operations that the published headers name, and their rows in docs/abi."""
import os
import re

HERE = os.path.dirname(os.path.realpath(__file__))
TREE = os.path.join(HERE, "..", "..", "..")
HEADERS = os.environ.get("ABI_REFERENCE", "/usr/include/xen")

# Constants (header, pattern with the operation's name as group 1), and the page and section whose tables have their rows.
# Older names of the same operation, limits and parts of arguments are no operations.
FAMILIES = [
    ("xen.h", r"__HYPERVISOR_([a-z]\w*)\s+\d+\b", "hypercalls.md", "Hypercalls"),
    ("xen.h", r"MMUEXT_([A-Z]\w*)\s+\d+", "hypercalls.md", "mmuext_op"),
    ("xen.h", r"CONSOLEIO_(\w+)\s+\d+", "hypercalls.md", "console_io"),
    ("xen.h", r"VMASST_TYPE_(\w+)\s+\d+", "hypercalls.md", "vm_assist"),
    ("memory.h", r"XENMEM_((?!resource_|\w+_op_)[a-z]\w*)\s+\d+", "hypercalls.md", "memory_op"),
    ("event_channel.h", r"EVTCHNOP_(\w+)\s+\d+", "hypercalls.md", "event_channel_op"),
    ("grant_table.h", r"GNTTABOP_(?!error_msgs)(\w+)\s+\d+", "hypercalls.md", "grant_table_op"),
    ("vcpu.h", r"VCPUOP_(\w+)\s+\d+", "hypercalls.md", "vcpu_op"),
    ("sched.h", r"SCHEDOP_(\w+)\s+\d+", "hypercalls.md", "sched_op"),
    ("physdev.h", r"PHYSDEVOP_([a-z]\w*)\s+\d+", "hypercalls.md", "physdev_op"),
    ("platform.h", r"XENPF_([a-z]\w*)\s+\d+", "hypercalls.md", "platform_op"),
    ("kexec.h", r"KEXEC_CMD_(\w+)\s+\d+", "hypercalls.md", "kexec_op"),
    ("version.h", r"XENVER_(\w+)\s+\d+", "hypercalls.md", "xen_version"),
    ("callback.h", r"CALLBACKOP_(\w+)\s+\d+", "hypercalls.md", "callback_op"),
    ("callback.h", r"CALLBACKTYPE_(\w+)\s+\d+", "hypercalls.md", "callback_op"),
    ("nmi.h", r"XENNMI_(\w+)\s+\d+", "hypercalls.md", "nmi_op"),
    ("arch-x86/xen-mca.h", r"XEN_MC_((?:fetch|notifydomain|physcpuinfo|msrinject|mceinject|inject_v2))\s+\d+", "hypercalls.md", "mca"),
    ("domctl.h", r"XEN_DOMCTL_([a-z]\w*)\s+\d+", "domctl.md", "domctl"),
    ("sysctl.h", r"XEN_SYSCTL_((?!pm_op_|cpu_featureset_|cpu_policy_)[a-z]\w*)\s+\d+", "sysctl.md", "sysctl"),
    ("sysctl.h", r"XEN_SYSCTL_pm_op_(\w+)\s+0x", "sysctl.md", "pm_op"),
    ("sysctl.h", r"XEN_SYSCTL_CPU_HOTPLUG_(\w+)\s+\d+", "sysctl.md", "cpu_hotplug"),
    ("sysctl.h", r"XEN_SYSCTL_CPUPOOL_OP_(\w+)\s+\d+", "sysctl.md", "cpupool_op"),
]
# Sub-commands that two levels of argument below share their prefix with operations.
NOT_OPERATIONS = {"domctl.h": r"vmtrace_(?!op)", "memory.h": r"$^"}
# Calls of hypercall numbers that have sub-operations: those prove the call.
GROUPS = ("memory_op xen_version console_io grant_table_op vm_assist vcpu_op mmuext_op nmi_op sched_op callback_op "
          "event_channel_op physdev_op sysctl domctl platform_op kexec_op").split()


def names(header, pattern):
    """Operations of a header: short name -> constant."""
    found = {}
    skip = NOT_OPERATIONS.get(header, r"$^")
    for line in open(os.path.join(HEADERS, header)):
        m = re.match(r"\s*#\s*define\s+(" + pattern + ")", line)
        if m and not re.match(skip, m.group(2)):
            found[m.group(2).lower()] = m.group(1).split()[0]
    return found


def rows(page, section):
    """Rows of the section's tables: name -> state (the last column)."""
    result, here = {}, False
    for line in open(os.path.join(TREE, "docs", "abi", page)):
        if line.startswith("#"):
            here = line.lstrip("# ").split(",")[0].strip() == section
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not here or not line.startswith("|") or set(cells[0]) <= set("-"):
            continue
        # The hypercalls' table has numbers first.
        column = 1 if re.match(r"[0-9, ]+$", cells[0]) else 0
        for name in re.findall(r"\w+", re.sub(r"\([^)]*\)", "", cells[column])):
            result[name.lower()] = cells[-1]
    for title in ("sub", "operation", "command", "nr", "type", "callback"):
        result.pop(title, None)
    return result


def have_headers():
    """False, having said so, where Debian's headers are missing."""
    if os.path.exists(os.path.join(HEADERS, "xen.h")):
        return True
    print("SKIP: %s/xen.h is missing: install libxen-dev\n0 passed, 0 failed, 1 skipped" % HEADERS)
    return False
