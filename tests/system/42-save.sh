# SPDX-License-Identifier: GPL-2.0-only
# xm save and xm restore of a guest that writes to its memory and its disk all the time and reads back what it wrote; with /run and the
# image's folder full, and with xm killed in the middle, too (soak.sh has more of these).
# machine: --smp 1 --add tests/system/xl.sh:/root/xl.sh --timeout 900
. /root/lib.sh
tool=xm
. /root/xl.sh

check "daemons and bridge" xen-up || exit 1
guest_config one "maxvcpus = 4"
put_work one
free_before=$(free_memory)
check "xm create" xm create /root/one.cfg || exit 1
check "the guest answers" wait_for 60 answers
check "it begins to work" begins_work one
# What it is, as store and hypervisor say: so many MiB, and so many of its 4 vCPUs.
is_now() {
    there=/local/domain/$(xm domid one)
    online=$(for cpu in 0 1 2 3; do xenstore-read $there/cpu/$cpu/availability; done | grep -c online)
    now_has="$(xenstore-read $there/memory/target) KiB, $online online; $(xm list one | awk '$1 == "one" { print $3 " MiB, " $4 }')"
    [ "$now_has" = "$(($1 * 1024)) KiB, $2 online; $1 MiB, $2" ] || { echo "$now_has"; return 1; }
}
# The guest's kernel takes CPUs away by itself; that it uses one more is for its users (udev) to say, once it has seen it.
use_cpus='until [ $(nproc) = 4 ]; do for on in /sys/devices/system/cpu/cpu[1-9]/online; do echo 1 >$on; done; sleep 0.2; done
echo used-$((6 * 7))'
becomes() {
    xenstore-write /local/domain/$(xm domid one)/memory/target $(($1 * 1024))
    xm vcpu-set one $2
    [ $2 = 1 ] || console_says one "$use_cpus" used-42
    wait_for 20 is_now $1 $2 || is_now $1 $2
}
refuses() { xm "$@" 2>&1 | tee /dev/stderr | grep -q "$why"; }
mkfifo /root/fifo
why='No such file' check "saving where no file can be is refused" refuses save one /nowhere/one.save
why='character device' check "into a device that keeps nothing, too" refuses save one /dev/full
check "which stays what it was" [ -c /dev/full ]
why='is a directory' check "into a directory, too" refuses save one /root
why='is a FIFO' check "into a FIFO, too" refuses save one /root/fifo
ln -s /root/one.cfg /root/planted
chown -h 1000 /root/planted
why='symbolic link of user 1000' check "through the link of a user, too" refuses save one /root/planted
check "without having been suspended, it goes on" works one
mkdir /root/small
mount -t tmpfs -o size=20M tmpfs /root/small
refused "saving where there is no room" 'one.save: No space left on device; make room' xm save one /root/small/one.save
is "leaves nothing" "$(ls -A /root/small)" ""
umount /root/small
check "and the guest goes on" works one
why='is a FIFO' check "restoring from a FIFO is refused" refuses restore /root/fifo
check "its date, uptime, memory, CPUs and kernel's log are right" facts_hold 10.0.0.9 128 2
check "it gets more memory and CPUs" becomes 150 4
behind=$facts_behind saved=$(date +%s)
small_run
check "/run gets full" fill /run
check "xm save" xm save one /root/one.save
check "the guest is gone" gone one
check "its memory is free" wait_for 20 same_free
fill /run
refused "restoring with a full /run" '/run/xend/domains/.*No space left on device; make room' xm restore /root/one.save
is "leaves nothing" "$(ls -A /run/xend/domains)" ""
check "room is made" make_room /run
why='not a file that xm save' check "restoring what is no image is refused" refuses restore /root/one.cfg
head -c 20000000 /root/one.save >/root/half.save
why='ends too early' check "half an image, too" refuses restore /root/half.save
check "which leaves nothing behind" wait_for 20 same_free
rm /root/half.save
check "ten seconds go by" wait_for 20 date_is $((saved + 10))
head -c 100000 /dev/zero >>/root/one.save
check "xm restore" xm restore /root/one.save
cp /tmp/check.out /tmp/restored
check "says what is behind the image's end" grep -q 'one: its file has 100000 bytes behind' /tmp/restored
check "it answers" wait_for 30 answers
check "it is what it was, not what it was made from" wait_for 20 is_now 150 4
check "its date, uptime, memory, CPUs and kernel's log are right" facts_hold 10.0.0.9 150 4
check "its clock went on while it was saved" facts_go_on $behind
check "it goes on with its work" works one
rm /root/one.save
id=$(xm domid one)
check "xm save -c" xm save -c one /root/one.save
is "leaves it running" "$(xm domid one)" "$id"
check "it answers" wait_for 30 answers
check "it goes on with its work" works one
rm /root/one.save
truncate -s 400M /root/lv
device=$(losetup -f)
losetup $device /root/lv
suspended() { xm list one | grep -q ' [r-][b-]-s-- '; }
check "xm is killed while it saves into a block device" killed KILL suspended xm save one $device
check "the guest is saved all the same" wait_for 30 gone one
check "the device stays one" [ -b $device ]
no_record() { ! record_there; }
wait_for 10 no_record
check "xm is killed while it restores from it" killed INT record_there xm restore $device
check "the guest answers" wait_for 30 answers
check "it goes on with its work" works one
losetup -d $device
rm /root/lv
check "it gives memory and CPUs back" becomes 112 1
check "another xend" sh -c 'xend stop && xend'
id=$(xm domid one)
check "/run gets full" fill /run
check "xm reboot" xm reboot -w -t 120 one
check "it is another domain" wait_for 60 sh -c "xm domid one && [ \$(xm domid one) != $id ]"
check "it answers" wait_for 60 answers
check "it keeps what it had, not what it was made with" wait_for 20 is_now 112 1
check "its date, uptime, memory, CPUs and kernel's log are right" facts_hold 10.0.0.9 112 1
check "xm shutdown" xm shutdown -w -t 120 one
check "its memory is free again" wait_for 30 same_free
cat /var/log/xen/xend.log
