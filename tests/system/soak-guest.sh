# SPDX-License-Identifier: GPL-2.0-only
# Features of Debian's kernel that nothing else here uses (ftrace, probes, BPF, KSM, memory cgroups, suspend) and stress-ng, as a
# guest uses them: tests/system/items.sh. By name only, ten minutes: `tests/setup --soak` fetches stress-ng. With `--hv none` the
# same list runs on the bare machine, for a comparison (docs/soak.md).
# machine: --smp 2 --add build/image/soak.cpio.gz:/root/soak.cpio.gz --add build/programs/kernel_features --add tests/system/items.sh --timeout 2400
. /root/lib.sh

# Items that end with another status than 0 on the bare kernel, too, or cannot work in a guest: NAME STATUS.
expected=''

soak_files() {
    mkdir -p "$1/soak"
    cp /root/kernel_features /root/items.sh "$1/soak/"
}
# A check for each item that comes from stdin.
report() {
    while read -r kind name rc bad text; do
        case $kind in
        note) echo "    | $name $rc $bad $text" ;;
        item)
            usual=$(echo "$expected" | sed -n "s/^ *$name //p")
            is "$name $text" "$rc $bad" "rc=${usual:-0} kernel=0"
            ;;
        esac
    done
}

if [ ! -e /sys/hypervisor/type ]; then
    soak_files /
    (cd / && zcat /root/soak.cpio.gz | cpio -idu 2>/dev/null)
    sh /soak/items.sh | report
    exit 0
fi

check "daemons and bridge" xen-up || exit 1
soak_files /tmp/soak
(cat /boot/guest-initrd.gz /root/soak.cpio.gz && cd /tmp/soak && find . | cpio -o -H newc 2>/dev/null | gzip) >/root/soak.gz
mk-guest-disk /root/soak.img 8
kernel=/boot/vmlinux
[ -e $kernel ] || kernel=/boot/vmlinuz
cat >/root/soak.cfg <<END
name = "soak"
memory = 640
vcpus = 2
kernel = "$kernel"
ramdisk = "/root/soak.gz"
extra = "console=hvc0 ip=10.0.0.9/24 run=sh+/soak/items.sh"
disk = [ "format=raw, vdev=xvda, access=rw, target=/root/soak.img" ]
vif = [ "bridge=xenbr0" ]
END
log=/var/log/xen/console/guest-soak.log
# Shows what the guest has said since the last time: a machine that stops half way has reported until then.
ended() {
    sleep 1
    grep -q '^items done' $log || ! xm domid soak
    over=$?
    lines=$(wc -l <$log)
    [ "$lines" -le $shown ] || sed -n "$((shown + 1)),${lines}p" $log | tr -d '\r' | report >&5
    shown=$lines
    return $over
}
check "xm create" xm create -q /root/soak.cfg || exit 1
exec 5>&1
shown=0
check "all items have run" wait_for 600 ended
check "the guest still answers" ping -c 1 -W 5 10.0.0.9 || tail -n 20 $log
check "xm shutdown" xm shutdown -w -t 120 soak
check "nothing is left" wait_for 30 alone
