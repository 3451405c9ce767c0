# SPDX-License-Identifier: GPL-2.0-only
"""Everyday system calls: tests/system/programs/bench_linux on the bare kernel, in dom0 and in a guest."""
from bench_common import BARE, OURS, REFERENCE, Table, lines, program, say

# A loop of this many instructions, and what its call may cost.
KNOWN, KNOWN_EXTRA = 1000, 10

ALONE = "exec /root/bench_linux\n"

# In dom0, before any daemon runs; then in a guest, whose console is read through its terminal.
WITH_GUEST = """/root/bench_linux || exit 1
set -e
mkdir /root/more
cp /root/bench_linux /root/more/
# The packed archive is the last: what follows an archive has to begin at a multiple of four.
(cd /root/more && echo bench_linux | cpio -o -H newc) >/root/initrd
cat /boot/guest-initrd.gz >>/root/initrd
cat >/root/guest.cfg <<END
name = "bench"
memory = 160
vcpus = 1
kernel = "/boot/vmlinuz"
ramdisk = "/root/initrd"
extra = "console=hvc0 quiet run=/bench_linux"
tsc_mode = "native"
END
{up}
{create} -p /root/guest.cfg >&2
domid=$({domid} bench)
tty=
for try in $(seq 50); do
    tty=$(xenstore-read /local/domain/$domid/console/tty 2>/dev/null) && [ -n "$tty" ] && break
    sleep 0.1
done
stty -F "$tty" raw -echo
cat "$tty" >/root/console &
{unpause} bench
for try in $(seq 300); do
    sleep 1
    ! grep -q LINUX-END /root/console || break
done
echo GUEST
cat /root/console
"""
XL = "/usr/lib/xen-4.17/bin/xl"
OUR_TOOLS = {"up": "xen-up", "create": "xm create", "domid": "xm domid", "unpause": "xm unpause"}
THEIR_TOOLS = {"up": "xen-up reference", "create": XL + " create", "domid": XL + " domid", "unpause": XL + " unpause"}


def figures(where, text):
    """Row name -> instructions. None of them counts when the loop of known length says that ticks are no instructions."""
    found = {fields[0]: int(fields[1]) for fields in lines(text, "LINUX") if len(fields) == 2 and fields[1].isdigit()}
    known = found.pop("calibration", None)
    if known is None or not KNOWN <= known <= KNOWN + KNOWN_EXTRA:
        say("%s: a loop of %d instructions took %s ticks; no figure counts" % (where, KNOWN, known))
        return {}
    return found


def with_guest(bench, hv, tools, *arguments):
    text = bench.run("linux-" + hv, hv, WITH_GUEST.format(**tools), "--mem", "2048", *program("bench_linux"), *arguments)
    dom0, _, guest = text.partition("GUEST\n")
    return figures("dom0 on " + hv, dom0), figures("guest on " + hv, guest)


def share(ours, theirs, bare):
    """Our overhead over the bare kernel as a part of theirs."""
    if None in (ours, theirs, bare):
        return None
    return "-" if theirs <= bare else "%.2f" % ((ours - bare) / (theirs - bare))


def measure(bench):
    bare = figures("bare kernel", bench.run("linux-bare", BARE, ALONE, "--without-tools", *program("bench_linux")))
    dom0, guest = with_guest(bench, OURS, OUR_TOOLS)
    their_dom0, their_guest = with_guest(bench, REFERENCE, THEIR_TOOLS, "--with-debian-tools", "--without-tools")
    table = Table("Linux inside, instructions per operation",
                  ["operation", "bare kernel", "dom0, 4.17", "dom0, ours", "guest, 4.17", "guest, ours", "overhead, dom0", "overhead, guest"])
    for name in bare or ["every row"]:
        row = [f.get(name) for f in (bare, their_dom0, dom0, their_guest, guest)]
        table.add(name, *row, share(row[2], row[1], row[0]), share(row[4], row[3], row[0]))
    return table
