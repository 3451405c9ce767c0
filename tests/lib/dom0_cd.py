# SPDX-License-Identifier: GPL-2.0-only
"""Makes the CD image from which GRUB starts hypervisor, kernel and initrd, under BIOS and UEFI alike."""
import os
import shutil
import subprocess

# As 20_linux_xen does it: the first word of every command line is a placeholder, the initrd is passed as it is.
MULTIBOOT = {
    "2": ("multiboot2 {hv} placeholder {hv_options}", "module2 {kernel} placeholder {kernel_options}",
          "module2 --nounzip {initrd}"),
    "1": ("multiboot {hv} placeholder {hv_options}", "module {kernel} placeholder {kernel_options}",
          "module --nounzip {initrd}"),
}
BARE = ("linux {kernel} {kernel_options}", "initrd {initrd}")

CONFIG = """serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set timeout={timeout}
menuentry '{title}' {{
    {commands}
}}
"""


def commands(machine, hv, initrd):
    lines = MULTIBOOT[machine.o.multiboot] if hv else BARE
    names = {"hv": "/boot/" + os.path.basename(hv) if hv else "", "kernel": "/boot/vmlinuz", "initrd": "/boot/initrd",
             "hv_options": machine.hv_options(), "kernel_options": machine.kernel_options()}
    return [line.format(**names) for line in (lines if initrd else lines[:-1])]


def make(machine, hv, kernel, initrd):
    """Returns the path of the image, in the machine's folder."""
    root = os.path.join(machine.folder, "cd")
    boot = os.path.join(root, "boot")
    os.makedirs(os.path.join(boot, "grub"))
    if hv:
        # The compressed image is what gets installed: GRUB unpacks it.
        packed = hv + ".gz"
        if os.path.exists(packed) and os.path.getmtime(packed) >= os.path.getmtime(hv):
            hv = packed
        shutil.copy(hv, boot)
    shutil.copy(kernel, os.path.join(boot, "vmlinuz"))
    if initrd:
        # Reading a CD through firmware costs more than unpacking.
        with open(initrd, "rb") as source, open(os.path.join(boot, "initrd"), "wb") as out:
            subprocess.run(["gzip", "-1nc"], stdin=source, stdout=out, check=True)
    with open(os.path.join(boot, "grub", "grub.cfg"), "w") as config:
        config.write(CONFIG.format(title="dom0 on the hypervisor" if hv else "the bare kernel", timeout=0,
                                   commands="\n    ".join(commands(machine, hv, initrd))))
    iso = os.path.join(machine.folder, "boot.iso")
    log = os.path.join(machine.folder, "grub-mkrescue.log")
    with open(log, "w") as out:
        status = subprocess.call(["grub-mkrescue", "-o", iso, root], stdout=out, stderr=subprocess.STDOUT)
    if status != 0 or not os.path.exists(iso):
        from dom0_machine import Refusal
        machine.o.keep = True
        raise Refusal("grub-mkrescue failed, see %s" % log)
    return iso
