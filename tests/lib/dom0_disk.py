# SPDX-License-Identifier: GPL-2.0-only
"""The disks of an installed Debian: a copy of dom0's, with the files of this run and the hypervisor under test, and the guest's."""
import os
import shutil
import subprocess

PARTITION = 2048 * 512
# What `make -C xen install` leaves, and update-grub has made an entry for.
HYPERVISOR = "boot/xen-4.17-again.gz"
CANNOT = 77


def build(root, refusal):
    """Both images, as they were built; builds them when there are none."""
    folder = os.path.join(root, "cache/debian")
    status = subprocess.call(["flock", folder + ".lock", os.path.join(root, "tests/image/debian/build")])
    if status != 0:
        raise refusal("the installed Debian cannot be built (tests/image/debian/build)", CANNOT if status == CANNOT else 125)
    return os.path.join(folder, "dom0.img"), os.path.join(folder, "guest.img")


def debugfs(disk, commands):
    """Commands of debugfs(8) on a disk that is not in use; what they complain about."""
    done = subprocess.run(["debugfs", "-w", "-f", "-", "%s?offset=%d" % (disk, PARTITION)], text=True, check=False,
                          input="\n".join(commands) + "\n", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("debugfs ")]


def folders(path):
    """The folders above a path, outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


def write(disk, files, scratch, refusal):
    """Puts files, (path, mode, bytes), into the file system of a disk that is not in use."""
    # mkdir of a folder that is there damages the file system, hence the question.
    wanted = sorted({folder for path, _, _ in files for folder in folders(path)})
    commands = ["mkdir /" + folder for folder in wanted if debugfs(disk, ["stat /" + folder])]
    for i, (path, mode, data) in enumerate(files):
        source = os.path.join(scratch, "file%d" % i)
        with open(source, "wb") as out:
            out.write(data)
        if not debugfs(disk, ["stat /" + path]):
            commands.append("rm /" + path)
        commands += ["write %s /%s" % (source, path), "sif /%s mode 0%o" % (path, 0o100000 | mode)]
    wrong = debugfs(disk, commands)
    if wrong:
        raise refusal("debugfs cannot write to the disk: " + wrong[0])


def packed(image):
    """The bytes of a hypervisor as they are installed, compressed."""
    with open(image, "rb") as f:
        data = f.read()
    if data.startswith(b"\x1f\x8b"):
        return data
    return subprocess.run(["gzip", "-9n"], input=data, stdout=subprocess.PIPE, check=True).stdout


def drive(name, image, more):
    return ["-drive", "if=none,id=%s,format=raw,file=%s,%s" % (name, image.replace(",", ",,"), more),
            "-device", "virtio-blk-pci,drive=%s" % name]


def guest_args(root, refusal):
    """QEMU's arguments for the guest's disk; what is written to it is forgotten."""
    return drive("debian", build(root, refusal)[1], "snapshot=on")


def args(machine, root, hv, refusal):
    """QEMU's arguments: SeaBIOS starts GRUB from the first disk; the second is the guest's."""
    dom0, _ = build(root, refusal)
    disk = os.path.join(machine.folder, "dom0.img")
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", dom0, disk], check=True)
    scratch = os.path.join(machine.folder, "files")
    os.mkdir(scratch)
    write(disk, machine.run_files() + [(HYPERVISOR, 0o644, packed(hv))], scratch, refusal)
    shutil.rmtree(scratch)
    return drive("dom0", disk, "cache=unsafe") + guest_args(root, refusal)
