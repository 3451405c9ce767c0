# SPDX-License-Identifier: GPL-2.0-only
# xm is killed in the middle of its work, xend is, and started again; then xenstored is.
# machine: --smp 1 --add build/image/vmlinux:/boot/vmlinux --add build/guest/spin.elf:/root/spin.elf --add tests/system/xl.sh:/root/xl.sh --timeout 600
. /root/lib.sh
tool=xm
. /root/xl.sh

kill_xend() { kill -9 "$(cat /run/xend/xend.pid)"; wait_for 10 sh -c '! xend status'; }
# What the state file of a guest says, changed.
say() { sed -i "$2" "$(grep -l "\"name\":\"$1\"" /run/xend/domains/*)"; }
paused() { xm create -q -p tiny.cfg kernel=$kernel name="$1" memory=96; }

check "daemons and bridge" xen-up || exit 1
guest_config one
free_before=$(free_memory)
check "xm is killed while it creates a guest" killed INT record_there xm create /root/one.cfg
check "which answers all the same" wait_for 60 answers
# Its image has begun, and is far from complete.
written() { [ -n "$(find /root -name '.one.save.*.partial' -size +0)" ]; }
xm save one /root/one.save 2>/tmp/save.err &
until written; do :; done
check "xend is killed while it saves the guest" kill_xend
check "and has left a part of the image" written
check "xend starts again" xend
check "the guest goes on" wait_for 30 answers
is "and the part is gone" "$(ls -A /root | grep one.save)" ""
kill_xend
state=$(grep -l '"name":"one"' /run/xend/domains/*)
sed -i.old 's/"version":1/"version":2/' $state
mv $state.old /root/state
check "another xend" xend
check "that cannot read the state of the guest" grep -q 'of version 2 or' /var/log/xen/xend.log
check "leaves the file" [ -e $state ]
kill_xend
mv /root/state $state
check "one that can" xend
check "takes the guest over" sh -c 'xm list -l one | grep -q one.cfg'

check "a guest that listens to nothing" xm create -q /dev/null name=deaf kernel=/root/spin.elf memory=64
check "cannot be unpaused, as it is not paused" sh -c 'xm unpause deaf 2>&1 | grep -q "is not paused"'
xm save deaf /root/deaf.save 2>/tmp/deaf.err &
saving=$!
check "is asked to suspend" wait_for 20 sh -c 'ls /root/.deaf.save.*'
for command in "pause deaf" "unpause deaf" "shutdown deaf" "reboot deaf" "sysrq deaf h" "vcpu-set deaf 1"; do
    check "xm $command is refused" sh -c "xm $command 2>&1 | grep -q 'deaf is being saved'"
done
check "xend stops all the same" xend stop
wait $saving
check "the save says why it ended" grep -q 'save: the connection to xend broke' /tmp/deaf.err
is "and leaves nothing" "$(ls -A /root | grep deaf.save)" ""
check "xend" xend
check "takes the guest over" wait_for 10 sh -c 'xm list -l deaf | grep -q spin.elf'
check "xm destroy" xm destroy deaf
for command in pause unpause shutdown destroy; do
    check "xm $command of what is gone" sh -c "xm $command deaf 2>&1 | grep -q 'no such domain: deaf'"
done

first=$(xm domid one)
kill -STOP "$(cat /run/xenconsoled.pid)"
check "it reboots" xm reboot one
check "and does not run yet" wait_for 60 sh -c "[ \$(xm domid one) != $first ] && xm list one | grep -q ' --p--- '"
check "xend stops meanwhile" xend stop
is "and has taken back what there was" "$(ls /sys/bus/xen-backend/devices)" ""
kill -CONT "$(cat /run/xenconsoled.pid)"
check "the next one" xend
check "makes the guest anew" sh -c "[ \$(xm domid one) -gt $((first + 1)) ] && xm list one | grep -q ' [r-][b-]---- '"
# Whatever a xend that was killed in a destroy had done: the guest is paused, and has its devices.
kill -STOP "$(cat /run/xenstored.pid)"
xm destroy one 2>/dev/null &
check "xm destroy pauses it" wait_for 20 sh -c 'xm list one | grep -q " --p--- "'
check "xend is killed" kill_xend
kill -CONT "$(cat /run/xenstored.pid)"
check "another xend" xend
check "finishes the destruction" gone one
is "of its devices, too" "$(ls /sys/bus/xen-backend/devices)" ""
is "and of its state" "$(ls /run/xend/domains)" ""
check "all it had is free" wait_for 20 same_free

check "a guest is made" paused half
kill_xend
say half 's/"domid":[0-9]*/"domid":4294967295/; s/"phase":[0-9]*/"phase":0/'
check "whose id a killed xend could not write down" xend
check "is taken back" wait_for 20 same_free
is "and its file" "$(ls /run/xend/domains)" ""

check "a guest is made" paused half
first=$(xm domid half)
kill_xend
say half 's/"phase":[0-9]*/"phase":0/; s/"again":false/"again":true/'
check "which a killed xend was restarting" xend
check "is made anew" [ "$(xm domid half)" -gt "$first" ]

# As if xend had been killed between the name of a complete image and the state file that says so: it has noted which file that is.
image_noted() {
    kill_xend
    noted="\"path\":\"/root/half.save\",\"dev\":$(stat -c %d /root/half.save),\"ino\":$(stat -c %i /root/half.save)"
    say half "s|\"phase\":[0-9]*|\"phase\":4,\"image\":{$noted}|"
}
first=$(xm domid half)
echo xmimage >/root/half.save
image_noted
mv /root/half.save /root/old.save
echo xmimage >/root/half.save
check "a xend that finds another file in the place of an image" xend
is "lets the guest go on" "$(xm domid half)" "$first"
kill_xend
mv /root/old.save /root/half.save
check "one that finds the image complete" xend
check "ends it" gone half
check "its memory is free" wait_for 20 same_free
is "and the image is there" "$(cat /root/half.save)" xmimage

check "two guests are made" sh -c 'xm create -q -p tiny.cfg kernel=$0 name=old memory=96 && xm create -q -p tiny.cfg kernel=$0 name=new memory=96' $kernel
# Neither has a kernel that listens.
before=$(date +%s)
check "xm shutdown -w of both ends at its limit" sh -c '! xm shutdown -w -t 4 old new 2>/tmp/late'
check "which is that of both together" [ $(($(date +%s) - before)) -lt 8 ]
is "and names both" "$(grep -c 'has not shut down after 4 s; wait longer, or use xm destroy' /tmp/late)" 2
check "two more" sh -c 'paused() { xm create -q -p tiny.cfg kernel=$0 name=$1 memory=96; }; paused first && paused last' $kernel
(sleep 2; xm destroy last; xm destroy first) &
check "whose end in another order is no error" xm shutdown -w -t 60 first last
wait $!
kill_xend
say old "s/\"domid\":[0-9]*/\"domid\":$(xenstore list /local/domain | sort -n | tail -n 1)/"
check "one of which has the id that another had before" xend
check "is left alone when the other is given up" wait_for 20 sh -c 'xm log | grep "^[^ ]* [^ ]* old: domain .* is another one now"'
check "and still there" sh -c 'xm list -l new | grep -q tiny.cfg'
check "xm destroy" xm destroy new
check "xm destroy of what nobody manages" xm destroy old
check "all memory is free" wait_for 20 same_free

kill -9 "$(cat /run/xenstored.pid)"
check "xend ends when xenstored is gone" wait_for 20 sh -c '! xend status'
check "and says so" grep -q 'lost xenstored' /var/log/xen/xend.log
cat /var/log/xen/xend.log
