# SPDX-License-Identifier: GPL-2.0-only
# Many guests: twenty at once, a hundred one after the other, four CPUs in one. Afterwards all is exactly as it was: page
# frames, store nodes with their permissions, loop devices, processes, descriptors, event channels, ports of the bridge.
# machine: --smp 2 --mem 3072 --timeout 1500 --add build/programs/free_pages:/bin/free_pages --add build/programs/tiny_guest:/boot/tiny_guest --add build/image/vmlinux:/boot/vmlinux
. /root/lib.sh
ROUNDS=100 AT_ONCE=20 WITH_LINUX=4

seconds() { cut -d. -f1 /proc/uptime; }
said_hello() { grep -q 'tiny guest: running' "/var/log/xen/console/guest-$1.log"; }

# tiny NAME [OPTION...]: the guest that only says hello.
tiny() { name=$1; shift; xm create -q "$@" /dev/null "name=$name" kernel=/boot/tiny_guest memory=8; }
with_devices() {
    xm create -q /dev/null "name=$1" kernel=/boot/tiny_guest memory=8 disk=file:/tmp/disk.img,xvda,w vif=bridge=xenbr0
}
# linux NAME ADDRESS CPUS [COMMAND, with + for spaces]
linux() {
    cat >/tmp/linux.cfg <<END
name = '$1'
kernel = '/boot/vmlinux'
ramdisk = '/boot/guest-initrd.gz'
memory = 128
vcpus = $3
vif = [ 'bridge=xenbr0' ]
extra = 'console=hvc0 ip=$2/24 ${4+run=$4}'
END
    xm create -q /tmp/linux.cfg
}

check "daemons and bridge" xen-up || exit 1
truncate -s 1M /tmp/disk.img
check "the first guest, which is not counted" with_devices warm-up
check "runs" wait_for 20 said_hello warm-up
check "and is destroyed" xm destroy warm-up
sleep 1
host_state >/tmp/before
grep -E '^(free pages|event channels|xen)' /tmp/before

begun=$(seconds)
made=0
for n in $(seq $AT_ONCE); do
    if [ $n -le $WITH_LINUX ]; then linux many$n 10.0.0.$((100 + n)) 1; else tiny many$n; fi && made=$((made + 1))
done
is "$AT_ONCE guests are created" $made $AT_ONCE
echo "created after $(($(seconds) - begun)) s"
check "xend lives" xm list || { dmesg | grep segfault; exit 1; }
is "xm list has them" "$(xm list | grep -c '^many')" $AT_ONCE
is "none is paused, dying or crashed" "$(xm list | grep '^many' | awk '{ print $5 }' | grep -c '[pscd]')" 0
for n in $(seq $AT_ONCE); do
    if [ $n -gt $WITH_LINUX ]; then wait_for 20 said_hello many$n || not_ok "many$n says nothing"
    else check "many$n answers" wait_for 120 ping -c 1 -W 1 10.0.0.$((100 + n)); fi
done
echo "all up after $(($(seconds) - begun)) s"
for n in $(seq $AT_ONCE); do xm destroy many$n || not_ok "many$n is not destroyed"; done
as_before "$AT_ONCE at once"
echo "gone after $(($(seconds) - begun)) s"

begun=$(seconds)
made=0 heard=0
xend_before=$(resident xend) store_before=$(resident xenstored) console_before=$(resident xenconsoled)
for n in $(seq $ROUNDS); do
    # Every tenth has devices, every other is destroyed before it ever ran.
    rm -f /var/log/xen/console/guest-churn.log
    case $n in
    *0) with_devices churn ;;
    *[13579]) tiny churn -p ;;
    *) tiny churn ;;
    esac && made=$((made + 1))
    case $n in *[02468]) wait_for 10 said_hello churn && heard=$((heard + 1)) ;; esac
    xm destroy churn || break
    [ $((n % 20)) -ne 0 ] || echo "round $n after $(($(seconds) - begun)) s"
done
is "$ROUNDS guests one after the other" $made $ROUNDS
is "those that were started ran" $heard $((ROUNDS / 2))
as_before "$ROUNDS rounds"
grown() { check "$1 has not grown ($2 to $3 KiB)" [ "$3" -le $(($2 + 512)) ]; }
grown xend $xend_before "$(resident xend)"
grown xenstored $store_before "$(resident xenstored)"
grown xenconsoled $console_before "$(resident xenconsoled)"

work='for+c+in+1+2+4+8;do+taskset+$c+dd+if=/dev/urandom+bs=64k+count=64|md5sum>/tmp/$c&done;wait;cat+/tmp/?>/srv/done'
check "a guest with four CPUs" linux wide 10.0.0.50 4 "$work"
finished() { [ "$(wget -qO- http://10.0.0.50/done | grep -c ' -$')" = 4 ]; }
check "has done work on each" wait_for 120 finished
xm vcpu-list wide
is "and each has used CPU time" "$(xm vcpu-list wide | awk '$1 == "wide" && $6 >= 0.2' | wc -l)" 4
check "it is destroyed" xm destroy wide
as_before "four CPUs"
