# SPDX-License-Identifier: GPL-2.0-only
"""From the hypervisor's first instruction to dom0's userspace, counted by the plugin insn_count; and what a hypervisor keeps."""
import gzip
import os
import struct

from bench_common import BARE, OURS, PROGRAMS, REFERENCE, ROOT, Failure, Table, program

MEMORY_MIB = 2048
MULTIBOOT_MAGIC, MULTIBOOT_HAS_ADDRESSES = 0x1BADB002, 1 << 16       # Multiboot specification 0.6.96, 3.1.1
NOTE_ENTRY, NOTE_PHYS32_ENTRY = 1, 18                               # public/elfnote.h
SHORTEN = 1e6

SCRIPT = """echo "BENCH	clock	$BENCH_TSC"
[ ! -e /sys/hypervisor/type ] || echo "BENCH	pages	$(/root/bench_memory)"
"""


def read_image(path):
    opener = gzip.open if open(path, "rb").read(2) == b"\x1f\x8b" else open
    with opener(path, "rb") as f:
        return f.read()


def multiboot_entry(path):
    """Where the loader enters a hypervisor's image."""
    image = read_image(path)
    for at in range(0, 8192, 4):
        magic, flags, check = struct.unpack_from("<III", image, at)
        if magic != MULTIBOOT_MAGIC or (magic + flags + check) & 0xffffffff:
            continue
        if flags & MULTIBOOT_HAS_ADDRESSES:
            return struct.unpack_from("<I", image, at + 28)[0]
        return struct.unpack_from("<I", image, 24)[0]                # ELF32: e_entry
    raise Failure("%s has no multiboot header" % path)


def kernel_note(image, wanted):
    """The number in a kernel's note of that type (ELF64; notes of the name Xen)."""
    start, size, count = struct.unpack_from("<Q", image, 32)[0], *struct.unpack_from("<HH", image, 54)
    for i in range(count):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", image, start + i * size)
        at, end = offset, offset + length
        while kind == 4 and at < end:
            name_len, desc_len, note = struct.unpack_from("<III", image, at)
            name = image[at + 12:at + 12 + name_len]
            desc = at + 12 + (name_len + 3) // 4 * 4
            if name == b"Xen\0" and note == wanted:
                return struct.unpack_from("<Q" if desc_len == 8 else "<I", image, desc)[0]
            at = desc + (desc_len + 3) // 4 * 4
    raise Failure("the kernel has no note of type %d" % wanted)


def marks(bench, hv):
    """(name, address) of the instructions whose first execution we look for."""
    kernel = read_image(os.path.join(ROOT, "build/image/vmlinux"))
    init = struct.unpack_from("<Q", read_image(os.path.join(PROGRAMS, "bench_init")), 24)[0]
    if hv == BARE:
        return [("kernel", kernel_note(kernel, NOTE_PHYS32_ENTRY)), ("init", init)]
    image = os.path.join(ROOT, "cache/xen-reference/boot/xen-4.17-amd64.gz") if hv == REFERENCE else bench.options.hv
    return [("hypervisor", multiboot_entry(image)), ("kernel", kernel_note(kernel, NOTE_ENTRY)), ("init", init)]


def boot(bench, hv):
    """Name -> figure of one boot; what was not reached is missing."""
    name = "boot-" + hv
    counts = bench.path(name + ".counts")
    open(counts, "w").close()
    plugin = ",".join([os.path.join(PROGRAMS, "insn_count.so"), "out=" + counts] +
                      ["mark=%s:%#x" % mark for mark in marks(bench, hv)])
    text = bench.run(name, hv, SCRIPT, "--direct", "--mem", str(MEMORY_MIB), "--without-tools", "--dom0-cmdline",
                     "rdinit=/root/bench_init", "--qemu=-plugin", "--qemu=" + plugin, *program("bench_init"), *program("bench_memory"))
    figures = {word: int(number) for word, number in (line.split() for line in open(counts))}
    for line in text.splitlines():
        fields = line.split("\t")
        if fields[0] == "BENCH" and fields[1] == "clock" and fields[2]:
            figures["clock"] = int(fields[2])
        if fields[0] == "BENCH" and fields[1] == "pages" and len(fields[2].split()) == 2:
            free, dom0 = (int(f) for f in fields[2].split())
            figures["kept"] = MEMORY_MIB * 256 - free - dom0
    return figures


def between(figures, first, last):
    if first not in figures or last not in figures:
        return None
    return "%.1f" % ((figures[last] - figures[first]) / SHORTEN)


def measure(bench):
    seen = {hv: boot(bench, hv) for hv in (OURS, REFERENCE, BARE)}
    table = Table("Boot, millions of instructions; %d MiB, one CPU" % MEMORY_MIB, ["", "ours", "4.17", "bare kernel"])
    hypervisors = (OURS, REFERENCE)
    table.add("hypervisor entered to dom0's first instruction", *[between(seen[h], "hypervisor", "kernel") for h in hypervisors], "-")
    table.add("dom0's first instruction to /init", *[between(seen[h], "kernel", "init") for h in (OURS, REFERENCE, BARE)])
    table.add("both", *[between(seen[h], "hypervisor", "init") for h in hypervisors], between(seen[BARE], "kernel", "init"))
    table.add("machine's clock at /init, idle time and firmware included, ms",
              *["%.0f" % (seen[h]["clock"] / SHORTEN) if "clock" in seen[h] else None for h in (OURS, REFERENCE, BARE)])
    table.add("memory neither free nor dom0's, MiB",
              *["%.1f" % (seen[h]["kept"] / 256) if "kept" in seen[h] else None for h in hypervisors], "-")
    table.add("image, compressed, bytes", *[size(bench, h) for h in hypervisors], "-")
    return table


def size(bench, hv):
    path = bench.options.hv + ".gz" if hv == OURS else os.path.join(ROOT, "cache/xen-reference/boot/xen-4.17-amd64.gz")
    return os.path.getsize(path) if os.path.exists(path) else None
