# SPDX-License-Identifier: GPL-2.0-only
"""Writes cpio archives in the `newc` form that the kernel unpacks as an initramfs (kernel documentation: buffer-format)."""


def _entry(out, number, name, mode, data):
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08X" % f for f in fields) + name + b"\0"
    out.write(header + b"\0" * (-len(header) % 4))
    out.write(data + b"\0" * (-len(data) % 4))


def write(out, files):
    """Appends an archive of (path, mode, bytes); folders above a path are made."""
    made, number = set(), 1
    for path, mode, data in files:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder not in made:
                made.add(folder)
                _entry(out, number, folder.encode(), 0o40755, b"")
                number += 1
        _entry(out, number, path.encode(), 0o100000 | mode, data)
        number += 1
    _entry(out, 0, b"TRAILER!!!", 0, b"")
