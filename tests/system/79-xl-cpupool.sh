# SPDX-License-Identifier: GPL-2.0-only
# CPU pools by Debian's xl on our hypervisor: a second pool, a guest that moves into it, and back to one.
# machine: --smp 2 --cmdline dom0_max_vcpus=1 --with-debian-tools --without-tools --add tests/system/xl.sh:/root/xl.sh --add build/programs/tiny_guest:/boot/tiny_guest --timeout 400
. /root/lib.sh
. /root/xl.sh

xl_up || exit 1
check "xl create with options and no file" xl create /dev/null name='"small"' kernel='"/boot/tiny_guest"' memory=8
check "xl cpupool-cpu-remove" xl cpupool-cpu-remove Pool-0 1
check "xl cpupool-create" xl cpupool-create 'name="second"' 'cpus=["1"]'
check "xl cpupool-migrate" xl cpupool-migrate small second
check "xl cpupool-list has the second pool, its CPU and its guest" sh -c \
    'xl cpupool-list && xl cpupool-list second | grep -q "^second *1 *credit *y *1$" && xl cpupool-list -c | grep -q "^second *1$"'
check "the guest runs there" wait_for 10 sh -c '[ "$(xl vcpu-list small | awk "NR == 2 { print \$4 }")" = 1 ]'
check "xl cpupool-destroy of one with a guest is refused" sh -c '! xl cpupool-destroy second'
check "xl cpupool-rename" xl cpupool-rename second other
check "xl destroy" xl destroy small
check "xl cpupool-destroy" wait_for 10 xl cpupool-destroy other
check "xl cpupool-cpu-add" xl cpupool-cpu-add Pool-0 1
check "one pool with both CPUs" sh -c 'xl cpupool-list -c | awk "END { exit !(NR == 2 && \$2 == \"0,1\") }"'
