# SPDX-License-Identifier: GPL-2.0-only
"""What tests/dom0-run boots: collects kernel, hypervisor and image into a folder and makes QEMU's command line."""
import gzip
import os
import secrets
import shutil
import subprocess
import sys
import tempfile

import cpio

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", ".."))
DEBIAN_HV = os.path.join(ROOT, "cache/xen-reference/boot/xen-4.17-amd64.gz")
IMAGE = os.path.join(ROOT, "build/image")
OVMF = "/usr/share/ovmf/OVMF.fd"

# Every machine has its console on COM1; the hypervisor reboots when it fails, which stops QEMU (-no-reboot).
HV_CONSOLE = "com1=115200,8n1 console=com1 loglvl=all guest_loglvl=all"
DOM0_CONSOLE = {"xen": "console=hvc0 earlyprintk=xen", "none": "console=ttyS0,115200 earlyprintk=serial,ttyS0,115200"}
DOM0_ALWAYS = "panic=-1"

# The CPU where no other is asked for: all that QEMU has, but for the two that make kernels move and clear memory byte by byte,
# which are quick on real CPUs and eight times as slow in QEMU.
CPU = "max,-erms,-fsrm"
# With QEMU's own 1 GiB of translations, cleaning a page that many processes have executed takes seconds (docs/debugging.md).
ACCEL = "tcg,tb-size=128"

# dom0 gets a fixed part, so that guests have memory that nobody needs to balloon away first.
DOM0_MEM_MAX = 768

DISKS = {
    "virtio": ["-device", "virtio-blk-pci,drive={id}"],
    "ide": ["-device", "ide-hd,drive={id}"],
    "ahci": ["-device", "ide-hd,drive={id},bus=ahci.{n}"],
    "usb": ["-device", "usb-storage,drive={id},bus=xhci.0"],
}
CONTROLLERS = {"ahci": ["-device", "ahci,id=ahci"], "usb": ["-device", "qemu-xhci,id=xhci"]}
NETS = {"e1000": "e1000", "virtio": "virtio-net-pci"}


class Refusal(Exception):
    """The machine cannot be started; the text says why in one line, the status is dom0-run's."""

    def __init__(self, text, status=125):
        super().__init__(text)
        self.status = status


def flavour_folder(path, flavour):
    """Of one of Debian's other kernels; None: of the usual one."""
    return "%s-%s" % (path, flavour) if flavour else path


def build_part(part, flavour):
    build = ["flock", IMAGE + ".lock", os.path.join(ROOT, "tests/image/build"), part]
    if subprocess.call(build, stdout=sys.stderr, env=dict(os.environ, FLAVOUR=flavour or "")) != 0:
        raise Refusal("the dom0 image cannot be built (tests/image/build %s)" % part)


def need(path, remedy):
    if not os.path.isfile(path):
        raise Refusal("%s is missing: %s" % (os.path.relpath(path), remedy))
    return path


class Machine:
    """One run: a folder, the files in it, and the QEMU arguments. A context manager; leaving it removes the folder."""

    def __init__(self, options):
        self.o = options
        self.marker = "dom0-run-" + secrets.token_hex(12)
        self.folder = tempfile.mkdtemp(prefix="dom0-run.")
        os.makedirs(os.path.join(ROOT, "build"), exist_ok=True)
        self.log_path = os.path.abspath(options.console_log or os.path.join(self.folder, "console.log"))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.o.keep:
            print("dom0-run: kept %s" % self.folder, file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def hypervisor(self):
        """The image as it was given, or None for the bare kernel."""
        if self.o.hv == "none":
            return None
        if self.o.hv == "debian":
            return need(DEBIAN_HV, "run tests/setup")
        if self.o.hv:
            return need(self.o.hv, "--hv takes an image, `none` or `debian`")
        return need(os.path.join(ROOT, "xen/xen"), "run make xen (or see --hv)")

    def is_debian(self):
        return self.o.hv == "debian" or "xen-4." in os.path.basename(self.o.hv)

    def base_folder(self):
        """Where the parts of the image are that depend on dom0's kernel."""
        return flavour_folder(IMAGE, self.o.flavour)

    def kernel(self):
        if self.o.kernel:
            return need(self.o.kernel, "--kernel takes a file")
        unpacked = os.path.join(self.base_folder(), "vmlinux")
        if self.o.way == "direct" and not self.o.packed_kernel and os.path.exists(unpacked):
            return unpacked
        cache = flavour_folder("cache/kernel", self.o.flavour)
        boot = os.path.join(ROOT, cache, "boot")
        found = sorted(f for f in os.listdir(boot) if f.startswith("vmlinuz-")) if os.path.isdir(boot) else []
        if not found:
            raise Refusal("%s is missing: run tests/setup" % cache)
        return os.path.join(boot, found[-1])

    def hv_options(self):
        text = "%s %s" % (HV_CONSOLE, self.o.cmdline)
        if "dom0_mem=" not in text and not self.o.no_initrd:
            text += " dom0_mem=%dM,max:%dM" % ((min(DOM0_MEM_MAX, self.o.mem // 2),) * 2)
        return text.strip()

    def kernel_options(self):
        if self.o.kernel and self.o.no_initrd:
            return self.o.dom0_cmdline
        console = DOM0_CONSOLE["none" if self.o.hv == "none" else "xen"]
        disks = len(self.o.disk) + self.o.debian_disk
        if disks:
            devices = "dom0run.disks=%d" % disks
        else:
            # Probing controllers without disks takes a second that no script needs.
            quick = self.o.script and self.o.way == "direct" and self.o.net == "none" and not self.o.all_drivers
            devices = "dom0run.coldplug=no" if quick else ""
        return " ".join(f for f in (console, DOM0_ALWAYS, devices, self.o.dom0_cmdline) if f)

    def build_image(self):
        """The dom0 image of this run: the built parts, then the files of this run. Returns its path or None."""
        if self.o.no_initrd:
            return None
        parts = ["base"]
        if self.o.with_debian_tools or self.o.with_libvirt:
            parts.append("reference")
        if self.o.with_libvirt:
            parts.append("libvirt")
        if not self.o.without_tools:
            parts.append("asan" if self.o.with_sanitizers else "tools")
        self.build_parts(parts)
        path = os.path.join(self.folder, "initrd")
        with open(path, "wb") as out:
            for part in parts:
                with open(self.part_path(part), "rb") as source:
                    shutil.copyfileobj(source, out, 1 << 20)
            cpio.write(out, self.run_files())
        return path

    def part_path(self, part):
        return "%s/%s.cpio" % (self.base_folder() if part == "base" else IMAGE, part)

    def build_parts(self, parts):
        """The others build the base of the usual kernel with them."""
        for part in parts if self.o.flavour else parts[1:] or parts:
            if not self.o.no_build or not os.path.exists(self.part_path(part)):
                build_part(part, self.o.flavour if part == "base" else None)

    def guest_files(self):
        """The guests' kernel, where it is not the usual one."""
        if not self.o.guest_flavour:
            return []
        build_part("guest", self.o.guest_flavour)
        folder = flavour_folder(IMAGE, self.o.guest_flavour)
        return ["%s/%s:/boot/%s" % (folder, name, name) for name in ("vmlinux", "guest-initrd.gz")]

    def run_files(self):
        """(path in the image, mode, bytes) of what only this run has."""
        files = []
        if self.o.script:
            source = sys.stdin.buffer.read() if self.o.script == "-" else open(self.o.script, "rb").read()
            files += [("dom0-run/script", 0o755, source), ("dom0-run/marker", 0o644, self.marker.encode() + b"\n")]
        facts = "CPUS=%d\nMEMORY=%d\nHYPERVISOR=%s\n" % (self.o.smp, self.o.mem, "none" if self.o.hv == "none" else "xen")
        files.append(("dom0-run/machine", 0o644, facts.encode()))
        for item in self.o.add + self.guest_files():
            name, _, place = item.partition(":")
            need(name, "--add takes a file")
            place = place.lstrip("/") or "root/" + os.path.basename(name)
            files.append((place, 0o755 if os.access(name, os.X_OK) else 0o644, open(name, "rb").read()))
        return files

    def plain_hypervisor(self, image):
        """QEMU's -kernel wants the ELF file itself."""
        with open(image, "rb") as f:
            if f.read(2) != b"\x1f\x8b":
                return image
        path = os.path.join(self.folder, "xen")
        with gzip.open(image, "rb") as source, open(path, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        return path

    def boot_args(self):
        if self.o.way == "installed":
            import dom0_disk
            return dom0_disk.args(self, ROOT, self.hypervisor(), Refusal)
        hv, initrd = self.hypervisor(), self.build_image()
        kernel = self.kernel()
        if self.o.way != "direct":
            import dom0_cd
            iso = dom0_cd.make(self, hv, kernel, initrd)
            firmware = ["-bios", need(OVMF, "run tests/setup")] if self.o.way == "uefi" else []
            return firmware + ["-cdrom", iso, "-boot", "d"]
        if hv is None:
            return ["-kernel", kernel, "-append", self.kernel_options()] + (["-initrd", initrd] if initrd else [])
        # A comma separates modules; inside one it is doubled.
        modules = [("%s %s" % (kernel, self.kernel_options())).strip()] + ([initrd] if initrd else [])
        return ["-kernel", self.plain_hypervisor(hv), "-append", self.hv_options(),
                "-initrd", ",".join(m.replace(",", ",,") for m in modules)]

    def disk_args(self):
        args, used = [], {}
        for i, item in enumerate(self.o.disk):
            bus, colon, name = item.partition(":")
            if not colon or bus not in DISKS:
                bus, name = "virtio", item
            need(name, "--disk takes a file")
            kind = "qcow2" if name.endswith(".qcow2") else "raw"
            n = used.setdefault(bus, 0)
            if n == 0:
                args += CONTROLLERS.get(bus, [])
            used[bus] += 1
            args += ["-drive", "if=none,id=disk%d,format=%s,file=%s" % (i, kind, name.replace(",", ",,"))]
            args += [a.format(id="disk%d" % i, n=n) for a in DISKS[bus]]
        if self.o.debian_disk:
            import dom0_disk
            args += dom0_disk.guest_args(ROOT, Refusal)
        return args

    def qemu_args(self):
        """Everything but the serial lines, which belong to the session."""
        o = self.o
        cpu = o.cpu or ("qemu64" if self.is_debian() else CPU)
        args = ["qemu-system-x86_64", "-accel", ACCEL, "-machine", o.machine, "-cpu", cpu, "-smp", str(o.smp),
                "-m", str(o.mem), "-no-reboot", "-display", "none", "-nodefaults", "-vga", "std"]
        if o.icount:
            args += ["-icount", "shift=0,sleep=off"]
        if o.gdb:
            args += ["-s", "-S"]
        if o.net == "none":
            args += ["-nic", "none"]
        else:
            args += ["-netdev", "user,id=net0", "-device", NETS[o.net] + ",netdev=net0"]
        return args + self.disk_args() + self.boot_args() + o.qemu
