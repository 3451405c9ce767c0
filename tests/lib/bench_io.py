# SPDX-License-Identifier: GPL-2.0-only
"""A guest from `create` to its userspace, then its disk and network card: ours beside Debian's tools on 4.17."""
from bench_common import OURS, REFERENCE, Table, lines, program, ratio

XL = "/usr/lib/xen-4.17/bin/xl"
PORT = 5555

SCRIPT = """{up} || exit 1
/root/bench_io serve {port} &
mkdir /root/more
cp /root/bench_io /root/bench_init /root/more/
# The packed archive is the last: what follows an archive has to begin at a multiple of four.
(cd /root/more && printf 'bench_io\\nbench_init\\n' | cpio -o -H newc 2>/dev/null) >/root/initrd
cat /boot/guest-initrd.gz >>/root/initrd
dd if=/dev/zero of=/root/disk.img bs=1M count=32 2>/dev/null
cat >/root/guest.cfg <<END
name = "bench"
memory = 160
vcpus = 1
kernel = "/boot/vmlinuz"
ramdisk = "/root/initrd"
disk = [ "format=raw, vdev=xvda, access=rw, target=/root/disk.img" ]
vif = [ "bridge=xenbr0" ]
extra = "console=hvc0 quiet rdinit=/bench_init ip=10.0.0.2/24,10.0.0.1 run=echo+INIT+\\$BENCH_TSC;/bench_io+run+/dev/xvda+10.0.0.1+{port}"
tsc_mode = "native"
END
# The first `create` unpacks the kernel for all later ones.
before=$(/root/bench_io clock)
{tool} create -p /root/guest.cfg >&2 || exit 1
first=$(($(/root/bench_io clock) - before))
{tool} destroy bench
sleep 2
before=$(/root/bench_io clock)
{tool} create /root/guest.cfg >&2 || exit 1
after=$(/root/bench_io clock)
tty=
for try in $(seq 50); do
    tty=$(xenstore-read /local/domain/$({tool} domid bench)/console/tty 2>/dev/null) && [ -n "$tty" ] && break
    sleep 0.1
done
stty -F "$tty" raw -echo
cat "$tty" >/root/console &
for try in $(seq 200); do
    sleep 0.5
    ! grep -q IO-END /root/console || break
done
init=$(sed -n 's/^INIT \\([0-9]*\\).*/\\1/p' /root/console)
printf 'START\\t%s\\t%s\\t%s\\n' $first $((after - before)) $((init - after))
cat /root/console
"""
OUR_TOOLS = {"up": "xen-up", "tool": "xm"}
THEIR_TOOLS = {"up": "xen-up reference", "tool": XL}

# bench_io's name, unit, KiB of it.
RATES = (
    ("disk: read, 256 KiB requests", "MiB/s", 1024),
    ("disk: write, 256 KiB requests", "MiB/s", 1024),
    ("disk: read, 4 KiB requests", "MiB/s", 1024),
    ("disk: write, 4 KiB requests", "MiB/s", 1024),
    ("network: guest to dom0", "MiB/s", 1024),
    ("network: dom0 to guest", "MiB/s", 1024),
)
TRIP = "network: one byte there and back"


def figures(bench, hv, tools, *arguments):
    """Name -> figure; ns for what takes time, KiB/s for rates."""
    text = bench.run("io-" + hv, hv, SCRIPT.format(port=PORT, **tools), "--mem", "2048", *program("bench_io"),
                     *program("bench_init"), *arguments)
    found = {name: int(value) for name, value in (f for f in lines(text, "IO") if len(f) == 2) if value.isdigit()}
    for fields in lines(text, "START"):
        if len(fields) == 3 and all(f.lstrip("-").isdigit() for f in fields):
            found["first"], found["create"], found["init"] = (int(f) for f in fields)
    return found


def measure(bench):
    ours = figures(bench, OURS, OUR_TOOLS)
    theirs = figures(bench, REFERENCE, THEIR_TOOLS, "--with-debian-tools", "--without-tools")
    table = Table("A guest's start, disk and network; one CPU, an instruction a nanosecond", ["", "ours", "4.17 with xl", "ours ahead by"])
    for name, text in (("first", "the first `create -p`, ms"), ("create", "a `create` of the same kernel after it, ms"),
                       ("init", "`create` done to the guest's first process, ms")):
        mine, other = ours.get(name), theirs.get(name)
        table.add(text, *[None if v is None else "%.0f" % (v / 1e6) for v in (mine, other)], ratio(other, mine))
    for name, unit, divisor in RATES:
        mine, other = ours.get(name), theirs.get(name)
        table.add("%s, %s" % (name, unit), *[None if v is None else "%.1f" % (v / divisor) for v in (mine, other)], ratio(mine, other))
    mine, other = ours.get(TRIP), theirs.get(TRIP)
    table.add(TRIP + ", µs", *[None if v is None else "%.1f" % (v / 1e3) for v in (mine, other)], ratio(other, mine))
    return table
