# SPDX-License-Identifier: GPL-2.0-only
"""What the tables of tests/bench have in common: running machines, and rows with cells that may have failed."""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", ".."))
PROGRAMS = os.path.join(ROOT, "build/programs")
MACHINE_LIMIT_S = 900
# Their images: what tests/dom0-run --hv takes. "ours" is what the user gave.
BARE, REFERENCE, OURS = "none", "debian", "ours"


class Failure(Exception):
    """A table that cannot be measured at all; the text says why in one line."""


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


class Bench:
    """The options, and a folder for what the machines leave behind. A context manager; leaving it removes the folder."""

    def __init__(self, options):
        self.options = options
        self.folder = options.keep or tempfile.mkdtemp(prefix="bench.")
        os.makedirs(self.folder, exist_ok=True)

    def __enter__(self):
        if subprocess.call(["make", "-s", "-C", os.path.join(ROOT, "tests/system/programs")], stdout=sys.stderr) != 0:
            raise SystemExit("bench: the programs do not build")
        return self

    def __exit__(self, *exc):
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def image(self, hv):
        return self.options.hv if hv == OURS else hv

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, name, hv, script, *arguments):
        """Runs a script in dom0, its instructions counted; returns what it printed, also of one that failed on its way."""
        say("%s: %s" % (name, self.image(hv)))
        command = [os.path.join(ROOT, "tests/dom0-run"), "--hv", self.image(hv), "--icount", "--cpu", self.options.cpu,
                   "--timeout", str(MACHINE_LIMIT_S), "--console-log", self.path(name + ".console"), *arguments, "-"]
        with open(self.path(name + ".out"), "w+", errors="replace") as out:
            status = subprocess.run(command, input=script.encode(), stdout=out).returncode
            out.seek(0)
            text = out.read()
        if status:
            say("%s: the machine ended with status %d" % (name, status))
            for line in text.splitlines()[-10:]:
                say("  | " + line)
        return text


def program(name):
    """Arguments of dom0-run that put a program of tests/system/programs into the image, as /root/NAME."""
    return ["--add", os.path.join(PROGRAMS, name)]


def lines(text, word):
    """The fields of each "WORD <tab> field <tab> field ..." line."""
    return [line.split("\t")[1:] for line in text.replace("\r", "").splitlines() if line.startswith(word + "\t")]


class Table:
    """Title, columns, rows of cells. A cell that is None is a failure and makes the table's."""

    def __init__(self, title, columns):
        self.title, self.columns, self.rows, self.failed = title, columns, [], False

    def add(self, *cells):
        self.failed |= None in cells
        self.rows.append(["failed" if c is None else c if isinstance(c, str) else "{:,}".format(c) for c in cells])

    def text(self):
        rows = [self.columns, ["---"] * len(self.columns)] + self.rows
        return "## %s\n\n%s\n" % (self.title, "\n".join("| " + " | ".join(row) + " |" for row in rows))


def ratio(a, b, digits=2):
    """a / b as text; "-" where there is nothing to divide, None where something is missing."""
    if a is None or b is None:
        return None
    return "-" if not b else "%.*f" % (digits, a / b)
