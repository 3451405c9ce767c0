# SPDX-License-Identifier: GPL-2.0-only
# A guest's life with xend and xm: disk, network card, console ring, shutdown, reboot, crash, a xend that is restarted.
# What a guest sees of its machine after a restore is in 42-save.
# machine: --smp 2 --mem 2048 --timeout 1500 --add build/programs/hold_page:/bin/hold_page --add build/image/vmlinux:/boot/vmlinux
# machine: --hv debian --smp 2 --cpu qemu64 --mem 2048 --timeout 900
. /root/lib.sh

gone() { ! xm domid "$1" >/dev/null 2>&1; }
has_ended() { gone "$1" && ! ls /run/xend/domains | grep -q .; }
# What guests use of this machine; the same before and after.
state() {
    xenstore ls / | grep -v '^ *control\|feature-'
    ls /sys/class/net /sys/bus/xen-backend/devices
    ls -d /sys/block/loop*/loop 2>/dev/null
    ls /run/xend/domains
    xm list | awk 'NR > 1 { print $1, $2 }'
}
same() { state >/tmp/after; diff /tmp/before /tmp/after; }
# What ends in its own time (a backend's device) has ten seconds.
as_before() { wait_for 10 same || same; }
free_memory() { xm info | sed -n 's/^free_memory *: //p'; }
all_free() { [ "$(free_memory)" = "$before" ]; }

check "xenstored starts" xenstored
check "xend starts" xend
[ ! -e /usr/sbin/xenconsoled ] || check "xenconsoled starts" xenconsoled
check "the bridge is made" /etc/xen/scripts/network-bridge start
ip addr add 10.0.0.1/24 dev xenbr0
check "xend refuses to start twice" sh -c 'xend 2>&1 | grep -q "already running as process"'
mkdir -p /var/lib/xen/images
mk-guest-disk /var/lib/xen/images/guest1.img 16
state >/tmp/before
before=$(free_memory)

check "the example guest is created" xm create guest1.cfg
check "it answers over the bridge" wait_for 120 ping -c 1 -W 1 10.0.0.2
check "its date, uptime, memory, CPUs and kernel's log are right" facts_hold 10.0.0.2 128 1
is "it has a loop device" "$(ls -d /sys/block/loop*/loop | wc -l)" 1
is "its network card is on the bridge" "$(ls /sys/class/net/xenbr0/brif)" "vif$(xm domid guest1).0"
check "a transfer through its echo service" sh -c \
    'dd if=/dev/urandom bs=1k count=64 2>/dev/null >/tmp/sent; nc -w 10 10.0.0.2 7 </tmp/sent >/tmp/got; cmp /tmp/sent /tmp/got'
check "xm list shows it" sh -c 'xm list guest1 | grep -q "^guest1 "'
check "xm list --json is one list" sh -c 'xm list --json | tail -n 1 | grep -q "^]"'
check "xm domname" [ "$(xm domname "$(xm domid guest1)")" = guest1 ]
check "xm pause" xm pause guest1
check "paused shows in its state" sh -c 'xm list guest1 | grep -q " [r-][b-]p--- "'
check "xm unpause" xm unpause guest1
check "a second guest on the same disk is refused" sh -c \
    'xm create guest1.cfg name=other vif=[] 2>&1 | grep -q "guest1.cfg:11: disk: .*is used for writing by guest guest1"'
check "xend stops" xend stop
check "xend status says so" sh -c '! xend status'
check "xend starts again" xend
check "and knows the guest" sh -c 'xm list -l guest1 | grep -q guest1.img'
check "the guest did not notice" ping -c 1 -W 2 10.0.0.2
check "xm shutdown -w" xm shutdown -w -t 120 guest1
check "it is gone" wait_for 10 has_ended guest1
check "nothing of it is left" as_before
check "all memory came back" wait_for 10 all_free
# On the reference the tools have shown what they can; the rest does not depend on the hypervisor.
grep -q again /sys/hypervisor/version/extra || exit 0

# From here on the kernel is unpacked beforehand: that costs as much time as a kernel needs to start.
dmesg_has() { xm dmesg >/tmp/dmesg; for what in "$@"; do grep -q "$what" /tmp/dmesg || { echo "no $what"; return 1; }; done; }
check "xm dmesg shows memory map, CPUs, options, dom0's layout" dmesg_has "0000000000000000 to .* usable" "CPU: " "Brought up 2 CPUs" \
    "Command line: .*console=" "dom0 memory: " "dom0 layout: "
check "a guest writes to its disk" xm create guest1.cfg kernel=/boot/vmlinux vif=[] 'extra=console=hvc0 run=echo+written>/mnt/file;sync;umount+/mnt;poweroff+-f'
check "it powers itself off" wait_for 120 has_ended guest1
mkdir -p /mnt/check
check "what it wrote is there" sh -c 'mount -o loop /var/lib/xen/images/guest1.img /mnt/check && grep -q written /mnt/check/file'
umount /mnt/check

check "the XML example starts, too" xm create guest1.xml kernel=/boot/vmlinux
check "it answers" wait_for 120 ping -c 1 -W 1 10.0.0.2
first=$(xm domid guest1)
# However soon: that xend starts no guest again which ended at once by itself does not concern it.
# And though something still holds a page of the old one, which has the same UUID until it can go.
hold_page $first "$(xenstore-read /local/domain/$first/console/ring-ref)" >/tmp/held &
held=$!
check "a page of it is held" wait_for 10 grep held /tmp/held
check "xm reboot" xm reboot -w -t 120 guest1
check "it has another number" wait_for 20 sh -c "xm domid guest1 && [ \$(xm domid guest1) != $first ]"
kill $held
check "it answers again" wait_for 120 ping -c 1 -W 1 10.0.0.2
check "date, uptime, memory, CPUs and log are right after the reboot" facts_hold 10.0.0.2 128 1
check "xm destroy" xm destroy guest1
check "it is gone at once" has_ended guest1

# However slowly this machine emulates, the guest crashes within five minutes.
xend stop
check "xend takes a longer restart limit" xend -r 300
check "a guest that crashes at once" xm create tiny.cfg kernel=/boot/vmlinux on_crash=restart memory=96 ramdisk= 'extra=console=hvc0 panic=1'
check "is not started again and again" wait_for 120 has_ended tiny
check "the log says why" sh -c 'xm log | grep -q "tiny: ended .* not started again"'
check "on_crash=preserve keeps it" xm create tiny.cfg kernel=/boot/vmlinux on_crash=preserve memory=96 ramdisk= 'extra=console=hvc0 panic=1'
check "for inspection" wait_for 120 sh -c 'xm list tiny | grep -q " [r-][b-]-[s-]c- "'
# each_refused WORDS COMMAND...: every command (its arguments joined by +) is refused for tiny with these words.
each_refused() {
    words=$1
    shift
    for command in "$@"; do
        xm $(echo $command | tr + ' ') 2>&1 | grep -q "tiny $words" || { echo "xm $command"; return 1; }
    done
}
check "what only runs is not changed" each_refused "has shut down and is kept" pause+tiny unpause+tiny shutdown+tiny reboot+tiny \
    sysrq+tiny+h vcpu-set+tiny+1 save+tiny+/root/tiny.save
check "until it is destroyed" xm destroy tiny
check "as many consoles as there can be files" sh -c 'awk "/^Max open files/ && \$4 == \$5" /proc/$(cat /run/xenconsoled.pid)/limits | grep -q .'
kill -STOP "$(cat /run/xenconsoled.pid)"
xm create -q tiny.cfg kernel=/boot/vmlinux on_crash=destroy memory=96 ramdisk= 'extra=console=hvc0 panic=1' &
check "a guest whose console is not served yet is made" wait_for 60 sh -c 'xenstore-read /local/domain/$(xm domid tiny)/console/port'
check "and does not run" sh -c 'sleep 1; xm list tiny | grep -q " --p--- "'
check "nor can it be made to" each_refused "is being created" pause+tiny unpause+tiny shutdown+tiny reboot+tiny sysrq+tiny+h vcpu-set+tiny+1
kill -CONT "$(cat /run/xenconsoled.pid)"
check "until it is" wait $!
check "it ends" wait_for 120 has_ended tiny
check "its last words are in the log" wait_for 10 grep -q 'Kernel panic' /var/log/xen/console/guest-tiny.log
check "two CPUs of four" xm create smp.cfg kernel=/boot/vmlinux 'cpus=["0", "1"]'
check "answer" wait_for 120 ping -c 1 -W 1 10.0.0.4 || { tail -n 40 /var/log/xen/console/guest-smp.log; xm vcpu-list; xm dmesg | tail -n 20; }
check "and see two CPUs" facts_hold 10.0.0.4 256 2
is "each has its item of cpus" "$(xm vcpu-list smp | awk '$1 == "smp" { printf "%s/", $NF }')" 0/1/all/all/
is "xm vcpu-list shows four" "$(xm vcpu-list smp | grep -c '^smp ')" 4
check "xm vcpu-set" xm vcpu-set smp 1
check "takes one away" wait_for 60 sh -c '[ "$(xm vcpu-list smp | grep -c -- --p)" = 3 ]'
check "xm destroy" xm destroy smp
check "nothing is left" as_before
check "all memory came back" wait_for 10 all_free
cat /var/log/xen/xend.log
