# SPDX-License-Identifier: GPL-2.0-only
"""Runs a machine of dom0_machine: starts QEMU in a slot, carries its serial lines, decides how the run ended.
COM1 is the console, COM2 the script's output, which ends with a line of the run's marker and the script's status."""
import ctypes
import os
import re
import select
import signal
import subprocess
import sys
import time

import qemu_slot

TIMEOUT, STOPPED, STILL_ON = 124, 125, 126
TAIL_LINES = 25
# How long dom0 may take to switch the machine off after its script: when nobody looks at it, and when it is the question.
GRACE, POWEROFF_LIMIT = 1.0, 20.0
PR_SET_PDEATHSIG = 1


def say(text):
    sys.stdout.flush()
    print("dom0-run: " + text, file=sys.stderr, flush=True)


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Output:
    """COM2: what firmware wrote, a line "MARKER begin", the script's output, a line "MARKER STATUS". Passes the output on
    as it comes and keeps back only what may be the start of a marker."""

    def __init__(self, marker):
        self.marker = marker.encode()
        self.held = b""
        self.begun = False
        self.status = None

    def feed(self, data):
        self.held += data
        while self.status is None:
            at = self.held.find(self.marker)
            end = self.held.find(b"\n", at) if at >= 0 else -1
            if end < 0:
                break
            word = self.held[at + len(self.marker):end].strip()
            self._pass_on(at)
            self.held = self.held[end + 1 - at:]
            if word == b"begin":
                self.begun = True
            else:
                self.status = int(word)
        if self.status is None:
            self._pass_on(self._safe())

    def _safe(self):
        """How many of the bytes held cannot belong to a marker."""
        at = self.held.find(self.marker)
        if at >= 0:
            return at
        for n in range(min(len(self.marker) - 1, len(self.held)), 0, -1):
            if self.held.endswith(self.marker[:n]):
                return len(self.held) - n
        return len(self.held)

    def _pass_on(self, count):
        if self.begun and count:
            sys.stdout.buffer.write(self.held[:count])
            sys.stdout.buffer.flush()
        self.held = self.held[count:]


class Console:
    """The console: into the log, and where else it is wanted; notices the line that --until waits for."""

    def __init__(self, machine, options):
        self.log = open(machine.log_path, "wb", buffering=0)
        self.to_stdout = options.no_initrd
        self.to_stderr = options.console
        self.until = re.compile(options.until.encode()) if options.until else None
        self.line = b""
        self.matched = False

    def feed(self, data):
        self.log.write(data)
        if self.to_stdout:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        if self.to_stderr:
            sys.stderr.buffer.write(data)
            sys.stderr.buffer.flush()
        if self.until and not self.matched:
            *lines, self.line = (self.line + data).split(b"\n")
            self.matched = any(self.until.search(line) for line in lines)


def show_tail(machine):
    with open(machine.log_path, "rb") as log:
        lines = log.read().decode("utf-8", "replace").replace("\r", "").splitlines()
    if not lines:
        say("nothing came on the console")
    for line in lines[-TAIL_LINES:]:
        print("  | " + line, file=sys.stderr)


def start(args, log, pass_fds, stdin=subprocess.DEVNULL):
    """QEMU's own messages go to a file: on its stderr they would mix with ours."""
    return subprocess.Popen(args, stdin=stdin, stdout=log, stderr=subprocess.STDOUT, pass_fds=pass_fds,
                            preexec_fn=die_with_parent)


def interactive(machine, options):
    args = machine.qemu_args()
    slot = qemu_slot.acquire(say)
    # CTRL-a belongs to the hypervisor's console, so QEMU's own escape is CTRL-t.
    args += ["-chardev", "stdio,id=com1,mux=on,signal=off,logfile=" + machine.log_path, "-serial", "chardev:com1",
             "-mon", "chardev=com1", "-echr", "20"]
    say("CTRL-t x leaves, or poweroff in dom0")
    process = subprocess.Popen(args, pass_fds=(slot,), preexec_fn=die_with_parent)
    return process.wait()


def pump(process, readers, done, deadline):
    """Carries the lines until done(), the deadline, or QEMU's end. True if it ended by done()."""
    open_fds = dict(readers)
    while open_fds and not done():
        left = deadline - time.monotonic() if deadline else 1.0
        if left <= 0:
            return False
        for fd in select.select(list(open_fds), [], [], min(left, 1.0))[0]:
            data = os.read(fd, 65536)
            if data:
                open_fds[fd](data)
            else:
                del open_fds[fd]
    return done()


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def verdict(machine, options, process, output, console, timed_out, qemu_log):
    """The exit status, and on stderr why it is not the script's."""
    if options.no_initrd and (console.matched or (not timed_out and not options.until and process.returncode == 0)):
        return 0
    if timed_out:
        say("no end after %g s%s" % (options.timeout, "" if options.no_initrd else " (timeout); the console ended with:"))
        if not options.no_initrd:
            show_tail(machine)
        return TIMEOUT
    with open(qemu_log, errors="replace") as f:
        said = f.read().strip()
    if process.returncode:
        say("QEMU ended with status %d%s" % (process.returncode, ": " + said.splitlines()[-1] if said else ""))
    else:
        say("the machine stopped before its end was seen" if options.no_initrd else
            "the machine stopped before the script ended; the console ended with:")
    if not options.no_initrd:
        show_tail(machine)
    return STOPPED


def run(machine, options):
    """The whole run; returns dom0-run's exit status."""
    if options.interactive:
        return interactive(machine, options)
    args = machine.qemu_args()
    slot = qemu_slot.acquire(say)
    started = time.monotonic()
    output, console = Output(machine.marker), Console(machine, options)
    lines = [os.pipe(), os.pipe()]
    for i, (_, end) in enumerate(lines):
        args += ["-chardev", "file,id=com%d,path=/dev/fd/%d" % (i + 1, end), "-serial", "chardev:com%d" % (i + 1)]
    if options.gdb:
        say("waiting: gdb -ex 'target remote :1234' xen/xen-syms")
    qemu_log = os.path.join(machine.folder, "qemu.log")
    with open(qemu_log, "wb") as log:
        process = start(args, log, (slot, lines[0][1], lines[1][1]))
    os.close(slot)
    for _, end in lines:
        os.close(end)
    readers = {lines[0][0]: console.feed, lines[1][0]: output.feed}
    deadline = started + options.timeout if options.timeout else 0
    try:
        ended = pump(process, readers, lambda: output.status is not None or console.matched, deadline)
        if output.status is not None:
            return finish(process, readers, output, options)
        timed_out = not ended and process.poll() is None and deadline and time.monotonic() >= deadline
        if not timed_out and not ended:
            process.wait()
    finally:
        stop(process)
    return verdict(machine, options, process, output, console, timed_out, qemu_log)


def finish(process, readers, output, options):
    """After the script: dom0 switches off; QEMU is ended if that does not work."""
    limit = POWEROFF_LIMIT if options.poweroff else GRACE
    pump(process, readers, lambda: False, time.monotonic() + limit)
    if options.poweroff and process.poll() is None:
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            say("the script ended with %d, but dom0 did not switch the machine off in %g s" % (output.status, limit))
            return STILL_ON
    return output.status
