# SPDX-License-Identifier: GPL-2.0-only
# Debian's own toolstack (xl, xenstored, xenconsoled of 4.17), unmodified, on our hypervisor: the host's verbs and a guest's life.
# machine: --smp 2 --with-debian-tools --without-tools --add tests/system/xl.sh:/root/xl.sh --add build/image/vmlinux:/boot/vmlinux --timeout 600
. /root/lib.sh
. /root/xl.sh

xl_up || exit 1
check "xl info" xl info
check "xl info knows the machine" sh -c 'xl info | grep -q "^nr_cpus *: 2" && xl info | grep -q "^xen_version *: 4\.17"'
check "xl info -n shows nodes and CPUs" sh -c 'xl info -n | grep -q "^cpu_topology" && xl info -n | grep -q "^numa_info"'
check "xl list knows dom0" sh -c 'xl list | grep -q "^Domain-0 "'
check "xl vcpu-list" sh -c '[ "$(xl vcpu-list Domain-0 | wc -l)" = 3 ]'
check "xl dmesg" sh -c 'xl dmesg | grep -q "(XEN)"'
check "xl debug-keys" xl debug-keys h
check "and its answer is in the log" sh -c 'xl dmesg | tail -n 40 | grep -q "(XEN).*h.*help\|show this\|keys"'
check "xl uptime" sh -c 'xl uptime | grep -q "^Domain-0 *0 *[0-9]*:"'
check "xentop -b" sh -c 'xentop -b -i 1 | grep -q "Domain-0"'
check "xl sched-credit" sh -c 'xl sched-credit | grep -q "^Domain-0 .* 256 "'
check "xl sched-credit sets dom0's weight" xl sched-credit -d Domain-0 -w 512
check "which is what it says then" sh -c 'xl sched-credit -d Domain-0 | grep -q "^Domain-0 .* 512 "'
check "xl sched-credit -s shows the time slice" sh -c 'xl sched-credit -s | grep -q "tslice="'
check "xl cpupool-list" sh -c 'xl cpupool-list | grep -q "^Pool-0 *2 "'
check "xl cpupool-list -c" sh -c 'xl cpupool-list -c | grep -q "^Pool-0 *0,1"'
check "xl pci-assignable-list" xl pci-assignable-list

guest_config byxl
free_before=$(free_memory)
check "xl create" xl create /root/byxl.cfg || exit 1
check "the guest answers" wait_for 60 answers
check "xl list shows it" sh -c 'xl list byxl | grep -q "^byxl  *[0-9]* *128 *2 "'
is "xl domname of its xl domid" "$(xl domname "$(xl domid byxl)")" byxl
check "xl vcpu-list shows two" sh -c '[ "$(xl vcpu-list byxl | wc -l)" = 3 ]'
check "xl console sees what a shell in the guest prints" console_says byxl 'echo seen-$((6 * 7))' seen-42
check "xl pause" xl pause byxl
check "paused shows" sh -c 'xl list byxl | grep -q " [r-][b-]p--- "'
check "xl unpause" xl unpause byxl
check "it answers again" wait_for 20 answers
check "xl list -l is its configuration" sh -c 'xl list -l byxl | grep -q "\"name\": \"byxl\""'
check "xl sysrq" xl sysrq byxl h
check "xl trigger nmi" xl trigger byxl nmi
check "xl dump-core" sh -c 'xl dump-core byxl /root/core && [ "$(head -c 4 /root/core | tail -c 3)" = ELF ]'
rm -f /root/core
check "it still answers" wait_for 20 answers
id=$(xl domid byxl)
check "xl reboot" xl reboot byxl
check "it comes back as another domain" wait_for 90 sh -c "xl domid byxl && [ \$(xl domid byxl) != $id ]"
check "and answers" wait_for 90 answers
# What has been shut down is created again in 88-xl-daemons.
check "xl shutdown -w" timeout 120 xl shutdown -w byxl
check "it is gone" wait_for 60 gone byxl
check "its memory is free again" wait_for 20 same_free
xl_logs
