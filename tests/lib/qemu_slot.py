# SPDX-License-Identifier: GPL-2.0-only
"""Machine-wide slots for QEMU: only so many run at once, whoever starts them, and those who wait are served in the order in
which they came. A slot is an flock on a file in /tmp, held by an open descriptor; whoever inherits the descriptor holds the
slot too. A place in the queue is a numbered file that its owner has locked, so that the place of a process that was killed
is free."""
import fcntl
import os
import sys
import time

SLOTS = int(os.environ.get("QEMU_SLOTS", "2"))
PATH = os.environ.get("QEMU_SLOT_PATH", "/tmp/xen-qemu")
POLL_S = 0.2


def lock_file(path, flags=fcntl.LOCK_EX):
    """Opens and locks the file; None if LOCK_NB is in @flags and another process has it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(fd, flags)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


class Place:
    """A place in the queue. All files of the queue change under the lock of its counter, "next"."""

    def __init__(self):
        self.folder = PATH + ".queue"
        os.makedirs(self.folder, exist_ok=True)
        counter = lock_file(self.folder + "/next")
        self.number = int(os.pread(counter, 20, 0) or 0)
        os.pwrite(counter, b"%d" % (self.number + 1), 0)
        self.fd = lock_file("%s/%d" % (self.folder, self.number))
        os.close(counter)

    def is_first(self):
        counter = lock_file(self.folder + "/next")
        first = True
        for name in os.listdir(self.folder):
            if not name.isdigit() or int(name) >= self.number:
                continue
            left = lock_file(self.folder + "/" + name, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if left is None:
                first = False
            else:
                os.unlink(self.folder + "/" + name)
                os.close(left)
        os.close(counter)
        return first

    def leave(self):
        os.unlink("%s/%d" % (self.folder, self.number))
        os.close(self.fd)


def take_slot():
    """The descriptor of a free slot, or None."""
    for i in range(SLOTS):
        fd = lock_file("%s.%d" % (PATH, i), fcntl.LOCK_EX | fcntl.LOCK_NB)
        if fd is not None:
            return fd
    return None


def acquire(say=lambda text: print(text, file=sys.stderr)):
    """Waits for a free slot and returns its descriptor, which a child process inherits. QEMU_SLOT_HELD
    in the environment: whoever calls us holds the slot already."""
    if os.environ.get("QEMU_SLOT_HELD"):
        return os.open(os.devnull, os.O_RDONLY)
    place = Place()
    told = False
    while True:
        fd = take_slot() if place.is_first() else None
        if fd is not None:
            place.leave()
            os.set_inheritable(fd, True)
            return fd
        if not told:
            say("waiting for one of %d QEMU slots" % SLOTS)
            told = True
        time.sleep(POLL_S)
