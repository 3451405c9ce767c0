# SPDX-License-Identifier: GPL-2.0-only
"""Machine-wide slots for QEMU: only so many run at once, whoever starts them. A slot is an flock on a file in /tmp,
held by an open descriptor; whoever inherits the descriptor holds the slot too."""
import fcntl
import os
import sys
import time

SLOTS = int(os.environ.get("QEMU_SLOTS", "2"))
PATH = "/tmp/xen-qemu.%d"


def acquire(say=lambda text: print(text, file=sys.stderr)):
    """Waits for a free slot and returns its descriptor, which a child process inherits. QEMU_SLOT_HELD
    in the environment: whoever calls us holds the slot already."""
    if os.environ.get("QEMU_SLOT_HELD"):
        return os.open(os.devnull, os.O_RDONLY)
    files = [os.open(PATH % i, os.O_RDWR | os.O_CREAT, 0o666) for i in range(SLOTS)]
    told = False
    while True:
        for fd in files:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            for other in files:
                if other != fd:
                    os.close(other)
            os.set_inheritable(fd, True)
            return fd
        if not told:
            say("waiting for one of %d QEMU slots" % SLOTS)
            told = True
        time.sleep(0.2)
