# SPDX-License-Identifier: GPL-2.0-only
# Features of Debian's kernel that nothing else here uses (ftrace, probes, BPF, KSM, memory cgroups, suspend) and stress-ng, as a
# guest uses them: tests/system/items.sh. By name only, many minutes: `tests/setup --soak` fetches stress-ng, and
# `tests/system/run --items 'PATTERN...' --limit S` runs a part of the list. An item that hangs or ends the guest is reported, and
# a new guest goes on behind it. With `--hv none` the same list runs on the bare machine, for a comparison (docs/soak.md).
# 48-features is the short form: it sets limit and patterns itself, and has no stress-ng.
# machine: --smp 2 --dom0-cmdline crashkernel=128M --add build/image/soak.cpio.gz:/root/soak.cpio.gz --add build/programs/kernel_features --add tests/system/items.sh --add build/system/soak-options:/root/soak-options --timeout 2400
. /root/lib.sh
[ -n "${patterns-}" ] || . /root/soak-options   # limit, patterns

# Known results (docs/soak.md has their causes): WHERE NAME RESULT. WHERE is the bare kernel (none), a guest, a guest on this
# hypervisor (ours) or on Debian's (4.17), or any. RESULT is a pattern for "rc=STATUS kernel=COMPLAINTS", or how an item ended that
# gave no result. One of an item's lines has to hold; an item without a line has to succeed without a complaint.
expected='
any stress-rseq rc=4 kernel=0
any stress-x86syscall rc=4 kernel=0
none stress-opcode rc=0 kernel=*
guest stress-madvise rc=0 kernel=[01]
guest dontneed rc=0 kernel=[01]
guest pm-core rc=1 kernel=0
guest hibernate hangs
guest kexec-load rc=137 kernel=[1-9]*
guest kexec-crash rc=1 kernel=0
guest kexec-boot rc=1 kernel=[1-9]*
guest function rc=0 kernel=*
guest function rc=137 kernel=*
guest function-graph rc=0 kernel=*
guest function-graph rc=137 kernel=*
4.17 pm-freezer rc=0 kernel=[01]
4.17 pm-devices rc=0 kernel=[01]
4.17 suspend-mem rc=0 kernel=[01]
4.17 events rc=137 kernel=0
4.17 stress-vm-segv rc=[02] kernel=0
4.17 stress-itimer rc=[02] kernel=0
'
where=none
[ ! -e /sys/hypervisor/type ] || { grep -q again /sys/hypervisor/version/extra && where='guest\|ours' || where='guest\|4.17'; }

# known NAME: the results that are known of it.
known() { echo "$expected" | sed -n "s/^\(any\|$where\) $1 //p"; }
# result NAME RESULT TEXT
result() {
    known "$1" >/tmp/known
    while read -r pattern; do
        case $2 in $pattern) ok "$1 $3: $2, as is known"; return ;; esac
    done </tmp/known
    is "$1 $3" "$2" "$(tr '\n' '|' </tmp/known | grep . || echo rc=0 kernel=0)"
}

# soak_files FOLDER CONSOLE: what items.sh needs. The kernel of kexec-boot says on CONSOLE that it runs.
soak_files() {
    mkdir -p "$1/soak" /tmp/kexec
    cp /root/kernel_features /root/items.sh "$1/soak/"
    [ -e /root/soak.cpio.gz ] || return 0
    cp /boot/vmlinuz "$1/soak/"
    read -r marker </dom0-run/marker
    cat >/tmp/kexec/init <<END
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t devtmpfs devtmpfs /dev
exec >$2 2>&1
stty raw -echo -onlcr 115200 <$2
case $2 in
/dev/ttyS*) printf 'ok - kexec-boot: the new kernel runs\n%s 0\n' "$marker" ;;
*) printf 'item kexec-boot rc=0 kernel=0 s=0: the new kernel runs\nitems done\n' ;;
esac
sleep 2
poweroff -f
END
    chmod +x /tmp/kexec/init
    (cat /boot/guest-initrd.gz && cd /tmp/kexec && echo init | cpio -o -H newc 2>/dev/null | gzip -1) >"$1/soak/kexec.gz"
}
# A check for each item that comes from stdin.
report() {
    while read -r kind name rc bad text; do
        case $kind in
        note) echo "    | $name $rc $bad $text" ;;
        item) result "$name" "$rc $bad" "$text" ;;
        esac
    done
}

if [ ! -e /sys/hypervisor/type ]; then
    soak_files '' /dev/ttyS1
    (cd / && zcat /root/soak.cpio.gz | cpio -idu 2>/dev/null)
    sh -fc "exec sh /soak/items.sh --limit $limit $patterns" | report
    exit 0
fi

log=/var/log/xen/console/guest-soak.log
kernel=/boot/vmlinux
[ -e $kernel ] || kernel=/boot/vmlinuz
# soak_boot AFTER: a guest that runs the items behind AFTER.
soak_boot() {
    echo "exec sh /soak/items.sh --limit $limit ${1:+--after $1} $patterns" >/tmp/soak/soak/run
    (cat /root/soak-base.gz && cd /tmp/soak && echo soak/run | cpio -o -H newc 2>/dev/null | gzip -1) >/root/soak.gz
    xm create -q /root/soak.cfg
}
# Reports the items of one boot as they end. Fails when one hangs ($how says so) or the domain ends; $current is that item.
soak_follow() {
    clock
    heard=$now current=boot
    while :; do
        sleep 1
        clock
        lines=$(wc -l <$log)
        if [ "$lines" -gt $shown ]; then
            sed -n "$((shown + 1)),${lines}p" $log | tr -d '\r' >/tmp/news
            shown=$lines heard=$now
            report </tmp/news
            current=$(sed -n 's/^begin //p' /tmp/news | tail -n 1 | grep . || echo "$current")
            ! grep -q '^items done' /tmp/news || return 0
        fi
        xm domid soak >/dev/null 2>&1 || { how="the guest ended"; return 1; }
        [ $((now - heard)) -lt $((limit + 60)) ] || { how="hangs"; return 1; }
    done
}

check "daemons and bridge" xen-up || exit 1
soak_files /tmp/soak /dev/hvc0
(cat /boot/guest-initrd.gz $(ls /root/soak.cpio.gz 2>/dev/null) && cd /tmp/soak && find . | cpio -o -H newc 2>/dev/null | gzip -1) >/root/soak-base.gz
mk-guest-disk /root/soak.img 8
cat >/root/soak.cfg <<END
name = "soak"
memory = 640
vcpus = 2
kernel = "$kernel"
ramdisk = "/root/soak.gz"
extra = "console=hvc0 crashkernel=128M no_console_suspend ip=10.0.0.9/24 run=sh+-f+/soak/run"
disk = [ "format=raw, vdev=xvda, access=rw, target=/root/soak.img" ]
vif = [ "bridge=xenbr0" ]
on_crash = "destroy"
END
# Where the guest's vCPUs are, three times: System.map of its kernel says in which functions, as it is not moved.
soak_registers() {
    for i in 1 2 3; do xm debug-keys 0 && xm debug-keys q; done
    xm dmesg | grep -A 14 "d$(xm domid soak)v[01]" | tail -n 120
}
# soak_left: items are left behind $current.
soak_left() { sh -fc "sh /root/items.sh --list --after $current $patterns" | grep -q .; }

shown=0 after=
touch $log
until check "xm create" soak_boot "$after" || exit 1; soak_follow; do
    result "$current" "$how" "after $((now - heard)) s"
    status=$?
    { grep -E 'BUG: |RIP: e030' $log; tail -n 20 $log; xm vcpu-list soak; soak_registers; xm dmesg | tail -n 4; } 2>&1 | sed 's/^/    | /'
    xm destroy soak 2>/dev/null
    wait_for 30 alone
    [ "$current" != boot ] && soak_left || exit $status
    after=$current
done
check "the guest still answers" ping -c 1 -W 5 10.0.0.9 || tail -n 20 $log
check "xm shutdown" xm shutdown -w -t 120 soak
check "nothing is left" wait_for 30 alone
