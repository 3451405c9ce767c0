# SPDX-License-Identifier: GPL-2.0-only
"""What commands of the toolstack cost dom0: ours on our hypervisor, Debian's xl on its 4.17."""
from bench_common import OURS, REFERENCE, Table, lines, program, ratio, say

ROUNDS = 3
MANY = 10
# bench_cost's own loop, in millions, and how far the hypervisor's account may be off.
SPIN, SPIN_SLACK = 20.0, 0.5

SCRIPT = """{up} || exit 1
cost() {{ /root/bench_cost "$@"; }}
for size in 32 256 1024; do
    printf 'name = "tiny%s"\\nmemory = %s\\nvcpus = 1\\nkernel = "/root/tiny_guest"\\n' $size $size >/root/$size.cfg
done
for round in $(seq {rounds}); do
    cost nothing nothing
    cost spin spin
    cost info {tool} info
    cost list {tool} list
    cost xenstore-read xenstore-read /local/domain/0/name
    for size in 32 256 1024; do
        cost create-$size {tool} create -p /root/$size.cfg
        cost unpause {tool} unpause tiny$size
        cost destroy-$size {tool} destroy tiny$size
    done
done
for i in $(seq {many}); do
    sed "s/tiny32/many$i/" /root/32.cfg >/root/many.cfg
    {tool} create -p /root/many.cfg >/dev/null || exit 1
done
for round in $(seq {rounds}); do cost list-many {tool} list; done
"""
XL = "/usr/lib/xen-4.17/bin/xl"

# Name of bench_cost's line, what the table says, our aim in millions.
ROWS = (
    ("create-32", "create -p of a 32 MiB guest with a tiny kernel", 10),
    ("create-256", "… of 256 MiB", 15),
    ("create-1024", "… of 1,024 MiB", 40),
    ("unpause", "unpause", 3),
    ("destroy-32", "destroy, 32 MiB", 7.2),
    ("destroy-1024", "destroy, 1,024 MiB", 41.2),
    ("list", "list, no guest", 2),
    ("list-many", "list, %d guests" % MANY, 2),
    ("info", "info", 2),
    ("xenstore-read", "xenstore-read of one key", 1),
)


def costs(bench, hv, up, tool, *arguments):
    """Name -> millions of dom0 instructions, the lowest round, less what the second of waiting costs by itself."""
    text = bench.run("tools-" + hv, hv, SCRIPT.format(up=up, tool=tool, rounds=ROUNDS, many=MANY), "--mem", "3071",
                     *program("bench_cost"), *program("tiny_guest"), *arguments)
    lowest, bad = {}, set()
    for name, ns, status in (fields for fields in lines(text, "COST") if len(fields) == 3):
        lowest[name] = min(lowest.get(name, float("inf")), int(ns) / 1e6)
        if status != "0":
            say("tools: %s on %s ended with status %s" % (name, hv, status))
            bad.add(name)
    idle = lowest.get("nothing", 0)
    figures = {name: value - idle for name, value in lowest.items() if name not in bad}
    spin = figures.get("spin", 0)
    if abs(spin - SPIN) > SPIN_SLACK:
        say("tools: a loop of %g million instructions was accounted as %.1f on %s; no figure counts" % (SPIN, spin, hv))
        return {}
    return figures


def measure(bench):
    ours = costs(bench, OURS, "xen-up", "xm")
    theirs = costs(bench, REFERENCE, "xen-up reference", XL, "--with-debian-tools", "--without-tools")
    table = Table("Toolstack, millions of dom0 instructions", ["command", "ours", "xl on 4.17", "ratio", "aim"])
    for name, text, aim in ROWS:
        mine, other = ours.get(name), theirs.get(name)
        verdict = "%g%s" % (aim, ", missed" if mine is not None and mine > aim else "")
        table.add(text, *[None if v is None else "%.1f" % v for v in (mine, other)], ratio(mine, other), verdict)
    return table
