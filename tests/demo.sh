# SPDX-License-Identifier: GPL-2.0-only
# The demo's day, run as root in dom0: every command is what an administrator would type.
. /root/lib.sh
steps=0 held=0
begun=$(cut -d. -f1 /proc/uptime)

# step "what" command...: prints the commands' output indented, then whether it held and how long it took.
step() {
    what=$1
    shift
    steps=$((steps + 1))
    echo "[$(cut -d' ' -f1 /proc/uptime)] $what"
    t0=$(cut -d' ' -f1 /proc/uptime)
    if "$@" >/tmp/step.out 2>&1; then result=held held=$((held + 1)); else result="FAILED (status $?)"; fi
    t1=$(cut -d' ' -f1 /proc/uptime)
    # The guest's shell asks the terminal for its place; and a last line without an end gets one.
    sed 's/\x1b\[[0-9;]*[a-zA-Z]//g' /tmp/step.out | awk '{ print "      " $0 }' | tail -n 12
    echo "    $result after $(echo "$t0 $t1" | awk '{ printf "%.1f", $2 - $1 }') s"
}

# shows "command line": says it before it runs it.
run() { echo "# $*"; "$@"; }

dom0_is_up() {
    echo "$(uname -sr) as dom0 on $(grep -c ^processor /proc/cpuinfo) CPUs, hypervisor: $(cat /sys/hypervisor/type) $(cat /sys/hypervisor/version/major).$(cat /sys/hypervisor/version/minor)$(cat /sys/hypervisor/version/extra)"
    [ "$(cat /sys/hypervisor/type)" = xen ]
}
guest_disk() { mkdir -p /var/lib/xen/images && run mk-guest-disk /var/lib/xen/images/guest1.img 16; }
create() { run xm create "$@"; }
listed() { run xm list; xm list | grep -q "^$1 "; }
gone() { ! xm list "$1" >/dev/null 2>&1; }
answers() { run ping -c 3 -W 2 "$1"; }
up() { wait_for 60 ping -c 1 -W 1 "$1" && echo "$1 answers"; }

# A megabyte to the guest's echo service and back, compared.
transfer() {
    dd if=/dev/urandom of=/tmp/sent bs=64k count=16 2>/dev/null
    run sh -c 'nc -w 20 10.0.0.2 7 </tmp/sent | head -c 1048576 >/tmp/back'
    cmp /tmp/sent /tmp/back && echo "1 MiB there and back, identical"
}

# typed NAME "command" "what must come back": what a person does at xm console.
typed() {
    name=$1 line=$2 wanted=$3
    rm -f /tmp/console.out
    { sleep 1; printf '\n%s\n' "$line"; wait_for 20 grep -q "$wanted" /tmp/console.out; printf '\035'; } |
        xm console "$name" >/tmp/console.out 2>&1
    tr -d '\r' </tmp/console.out | tail -n 4
    grep -q "$wanted" /tmp/console.out
}
disk_written() { typed guest1 'mount | grep xvda; echo kept-$((6*7)) > /mnt/note; sync; cat /mnt/note' 'kept-42'; }
disk_read_here() {
    mkdir -p /mnt/look
    run mount -o loop,ro /var/lib/xen/images/guest1.img /mnt/look || return
    cat /mnt/look/note
    grep -q kept-42 /mnt/look/note
    status=$?
    umount /mnt/look
    return $status
}
shut_down() { run xm shutdown -w "$1" && wait_for 30 gone "$1"; }
destroyed() { run xm destroy "$1" && wait_for 10 gone "$1"; }

state() {
    xm list | awk 'NR > 1 { print $1 }'
    xm info | grep free_memory
    xenstore-ls /local/domain | grep -c .
    losetup -a | grep -c .
    ls /sys/class/net
}
must_fail() {
    state >/tmp/before
    echo "# xm create /etc/xen/guest1.cfg name=wrong kernel=/boot/no-such-kernel"
    if xm create /etc/xen/guest1.cfg name=wrong kernel=/boot/no-such-kernel; then
        echo "it was created"
        return 1
    fi
    state >/tmp/after
    diff /tmp/before /tmp/after && echo "nothing was left behind"
}
summary_of_info() { xm info >/tmp/info && grep -E '^(release|nr_cpus|total_memory|free_memory|xen_version|xen_major|xen_caps)' /tmp/info; }

step "dom0 is up" dom0_is_up
step "the daemons and the bridge come up" xen-up
step "xm info" summary_of_info
step "a disk for the guest" guest_disk
step "xm create: the example guest" create /etc/xen/guest1.cfg
step "xm create: a second guest" create /etc/xen/guest2.cfg
step "xm list" listed guest1
step "the guest has booted" up 10.0.0.2
step "ping over the bridge" answers 10.0.0.2
step "a transfer between dom0 and guest" transfer
step "xm console: a command typed into the guest" typed guest1 'echo $((6*7)) answers on $(hostname)' '42 answers on guest'
step "a write and a read back on the guest's disk" disk_written
step "xm shutdown of the first guest" shut_down guest1
step "what it wrote is in the disk image" disk_read_here
step "xm destroy of the second guest" destroyed guest2
step "a create that must fail leaves nothing behind" must_fail
echo "demo: $held of $steps steps held in $(($(cut -d. -f1 /proc/uptime) - begun)) s; powering off"
[ $held -eq $steps ]
