# SPDX-License-Identifier: GPL-2.0-only
"""Hypervisor operations: what xen/test/guest/bench-table prints."""
import os
import subprocess

from bench_common import ROOT, Failure, Table, say


def measure(bench):
    say("ops: the guest kernel `bench` on both hypervisors")
    command = [os.path.join(ROOT, "xen/test/guest/bench-table"), "--cpu", bench.options.cpu, bench.options.hv, "debian"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    rows = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in done.stdout.splitlines() if line.startswith("| ")]
    if len(rows) < 2:
        raise Failure("bench-table ended with status %d" % done.returncode)
    table = Table("Hypervisor operations, from a guest kernel as the initial domain", rows[0])
    for row in rows[1:]:
        table.add(*[None if cell == "failed" else cell for cell in row])
    return table
