# SPDX-License-Identifier: GPL-2.0-only
# Debian's xl on our hypervisor: a running guest's memory, CPUs, weight, disks and network cards are changed.
# machine: --smp 2 --with-debian-tools --without-tools --add tests/system/xl.sh:/root/xl.sh --timeout 600
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
check "xl mem-set to all" xl mem-set byxl 128
check "the guest takes it" wait_for 30 memory_is 128
check "xl mem-max" xl mem-max byxl 256

check "xl vcpu-set 1" xl vcpu-set byxl 1
check "the guest gives a CPU up" wait_for 30 sh -c '[ "$(xl vcpu-list byxl | grep -c -- "--p")" = 1 ]'
check "xl vcpu-pin" xl vcpu-pin byxl 0 1
check "pinned shows" sh -c 'xl vcpu-list byxl | awk "NR == 2" | grep -q " 1 / all *$\| 1 / "'
check "it runs there" wait_for 10 sh -c '[ "$(xl vcpu-list byxl | awk "NR == 2 { print \$4 }")" = 1 ]'
check "soft pinning" xl vcpu-pin byxl 0 - 0
check "xl vcpu-pin to no CPU of this machine is refused" sh -c '! xl vcpu-pin byxl 0 77'
check "xl vcpu-pin all" xl vcpu-pin byxl all all all
check "xl sched-credit -w -c" xl sched-credit -d byxl -w 1000 -c 50
check "shows" sh -c 'xl sched-credit -d byxl | grep -q "^byxl .* 1000 *50 *$"'
check "a weight of 0 is refused" sh -c '! xl sched-credit -d byxl -w 0'
check "without a cap again" xl sched-credit -d byxl -c 0

mk-guest-disk /root/second.img 8
check "xl block-attach" xl block-attach byxl 'format=raw, vdev=xvdb, access=rw, target=/root/second.img'
check "xl block-list has it" sh -c 'xl block-list byxl | grep -q "^51728 "'
check "xl block-detach" xl block-detach byxl xvdb
check "it is gone" wait_for 20 sh -c '! xl block-list byxl | grep -q "^51728 "'
check "xl network-attach" xl network-attach byxl bridge=xenbr0 mac=00:16:3e:00:00:77
check "xl network-list has it" sh -c 'xl network-list byxl | grep -q "^1 .*00:16:3e:00:00:77"'
check "the first one still answers" wait_for 20 answers
check "xl destroy" xl destroy byxl
check "its memory is free again" wait_for 20 same_free
xl_logs
