# SPDX-License-Identifier: GPL-2.0-only
# Debian's xl on our hypervisor: a running guest's memory, CPUs, weight, disks and network cards are changed.
# machine: --smp 2 --with-debian-tools --without-tools --add tests/system/xl.sh:/root/xl.sh --add build/image/vmlinux:/boot/vmlinux --timeout 600
. /root/lib.sh
. /root/xl.sh

xl_up || exit 1
guest_config byxl
free_before=$(free_memory)
check "xl create" xl create /root/byxl.cfg || exit 1
check "the guest answers" wait_for 60 answers

memory_is() { [ "$(xl list byxl | awk 'NR == 2 { print $3 }')" = "$1" ]; }
check "xl mem-set to less" xl mem-set byxl 100
check "the guest gives it back" wait_for 30 memory_is 100
check "and sees less itself" console_says byxl \
    'grep ^MemTotal /proc/meminfo; awk "/^MemTotal/ && \$2 < 100000 { print \"less-\" 6 * 7 }" /proc/meminfo' less-42
check "xl mem-set to all" xl mem-set byxl 128
check "the guest takes it" wait_for 30 memory_is 128
check "xl mem-max" xl mem-max byxl 256

offline() { xl vcpu-list byxl | grep -c -- '--p'; }
offline_is() { [ "$(offline)" = "$1" ]; }
check "xl vcpu-set 1" xl vcpu-set byxl 1
check "the guest gives a CPU up" wait_for 30 offline_is 1
check "xl vcpu-set 2" xl vcpu-set byxl 2
# Linux leaves it to user space to bring up a CPU that is there.
check "the guest brings it up" console_says byxl \
    'until echo 1 >/sys/devices/system/cpu/cpu1/online; do sleep 0.2; done; grep -c ^processor /proc/cpuinfo && echo up-$((6 * 7))' up-42
check "and has two" wait_for 30 offline_is 0
check "xl vcpu-pin" xl vcpu-pin byxl 0 1
check "pinned shows" sh -c 'xl vcpu-list byxl | awk "NR == 2" | grep -q " 1 / all *$\| 1 / "'
check "it runs there" wait_for 10 sh -c '[ "$(xl vcpu-list byxl | awk "NR == 2 { print \$4 }")" = 1 ]'
check "soft pinning" xl vcpu-pin byxl 0 - 0
check "xl vcpu-pin to no CPU of this machine is refused" sh -c '! xl vcpu-pin byxl 0 77'
check "xl vcpu-pin all" xl vcpu-pin byxl all all all

# What the guest gets of one CPU in four seconds, in tenths of a second.
used() { xl list byxl | awk 'NR == 2 { print int($6 * 10) }'; }
use() { a=$(used); sleep 4; echo $(($(used) - a)); }
check "the guest is busy" console_says byxl '(while :; do :; done) & echo $! >/run/busy; echo busy-$((6 * 7))' busy-42
all=$(use)
check "xl sched-credit -w -c" xl sched-credit -d byxl -w 1000 -c 20
check "shows" sh -c 'xl sched-credit -d byxl | grep -q "^byxl .* 1000 *20 *$"'
capped=$(use)
check "a cap of 20 % is what it gets: $capped instead of $all" [ $((capped * 2)) -lt "$all" ]
check "a weight of 0 is refused" sh -c '! xl sched-credit -d byxl -w 0'
check "without a cap again" xl sched-credit -d byxl -c 0
check "the guest rests" console_says byxl 'kill $(cat /run/busy); echo rests-$((6 * 7))' rests-42

mk-guest-disk /root/second.img 8
check "xl block-attach" xl block-attach byxl 'format=raw, vdev=xvdb, access=rw, target=/root/second.img'
check "xl block-list has it" sh -c 'xl block-list byxl | grep -q "^51728 "'
check "the guest writes to it" console_says byxl \
    'until mount /dev/xvdb /srv; do sleep 0.2; done; echo kept >/srv/file && umount /srv && echo wrote-$((6 * 7))' wrote-42
check "xl block-detach" xl block-detach byxl xvdb
check "it is gone" wait_for 20 sh -c '! xl block-list byxl | grep -q "^51728 "'
mkdir -p /mnt/second
check "what it wrote is there" sh -c 'mount -o loop /root/second.img /mnt/second && grep -q kept /mnt/second/file'
umount /mnt/second
check "xl network-attach" xl network-attach byxl bridge=xenbr0 mac=00:16:3e:00:00:77
check "xl network-list has it" sh -c 'xl network-list byxl | grep -q "^1 .*00:16:3e:00:00:77"'
check "the guest uses it" console_says byxl \
    'until ip addr add 10.0.1.9/24 dev eth1; do sleep 0.2; done; ip link set eth1 up && echo up-$((6 * 7))' up-42
ip addr add 10.0.1.1/24 dev xenbr0
check "and answers there" wait_for 20 ping -c 1 -W 1 10.0.1.9
check "xl network-detach" xl network-detach byxl 1
check "it is gone" wait_for 20 sh -c '! xl network-list byxl | grep -q "^1 "'
check "the first one still answers" wait_for 20 answers

check "xentop shows the guest, its CPUs, its network and its disk" sh -c \
    'xentop -b -f -v -n -x -i 1 | tee /dev/stderr | awk "\$1 == \"byxl\" { guest = 1 } guest && /^VCPUs/ { cpus = 1 } cpus && /^Net0/ { net = 1 } net && /^VBD/ { good = 1 } END { exit !good }"'
check "xl uptime shows it" sh -c 'xl uptime byxl | grep -q "^byxl *[0-9]* *[0-9]*:"'
check "xl rename" xl rename byxl other
check "the old name is free" gone byxl
check "xl destroy by the new name" xl destroy other
check "its memory is free again" wait_for 20 same_free
xl_logs
