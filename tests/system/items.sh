#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# items.sh [--limit S] [--after ITEM] [--together] [PATTERN...]: uses features of the running Linux kernel, one after the other, as root: those
# whose names match a shell pattern (default: all), from the one behind ITEM on. A feature that takes longer than S seconds
# (default 90) is killed. Prints `begin ITEM` before each, then `item ITEM rc=STATUS kernel=COMPLAINTS s=SECONDS: last line of its
# output`, and `items done` at the end. COMPLAINTS counts warnings and lock-ups in the kernel's log. `--list` prints the names
# instead. --together: stressors run in one process of stress-ng, for a second each: starting it takes longer.
# The same on a bare machine and in a guest: soak-guest.sh runs it. Needs the files and modules of tests/image/build soak in /soak.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
tracing=/sys/kernel/tracing
features=/soak/kernel_features

plain="cpus bpf bpf-filter test-bpf static-keys user-copy perf events kprobe kprobe-optimised kretprobe uprobe uretprobe
schedstats ksm userfaultfd softdirty mremap thp memcg-oom zram dontneed cpu-hotplug"
# stress-ng's stressors, NAME=WORKERS, each for three seconds. The items are called stress-NAME.
stressors="mlockmany=2 cpu-online=1 sysinval=1 mremap=2 fork=2 vfork=1 clone=1 pthread=1 mmap=2 mmapfork=1 mmapfixed=1
madvise=1 mprotect=2 munmap=1 mincore=1 remap=1 brk=2 stack=1 bigheap=1 vm=1 vm-segv=1 bad-altstack=1 sigsegv=1 sigtrap=1 sigfpe=1
ptrace=1 seccomp=1 membarrier=1 rseq=1 pkey=1 userfaultfd=1 x86syscall=1 sysbadaddr=1 opcode=1 tlb-shootdown=2 vdso=1
memfd=1 shm-sysv=1 timer=1 timerfd=1 hrtimers=1 itimer=1 clock=1 switch=1 affinity=2 set=1 get=1 dev-shm=1 numa=1 mlock=1 msync=1
icache=1 context=1 personality=1 prctl=1 resources=1 zombie=1 futex=1 cpu=2"
# Last: they stop devices and CPUs, slow the whole kernel down, or end it.
risky="pm-freezer pm-devices pm-core suspend-mem hibernate-test kexec-load kexec-crash function function-graph
function-graph-zram hibernate kexec-boot"

names() {
    printf '%s\n' $plain
    for stressor in $stressors; do echo "stress-${stressor%=*}"; done
    printf '%s\n' $risky
}

# chosen AFTER PATTERN...: the names that match a pattern, behind AFTER when that is given.
chosen() {
    after=$1
    shift
    for name in $(names); do
        if [ -n "$after" ]; then
            [ "$name" != "$after" ] || after=
            continue
        fi
        for pattern in "$@"; do
            case $name in $pattern) echo "$name" && break ;; esac
        done
    done
}

# Fails with the text.
not() { echo "$*"; exit 1; }
knob() { echo "$2" >"$1" || not "cannot write '$2' to $1"; }

# Work for a tracer: processes, files, faults, on all CPUs.
work() {
    for i in $(seq "$1"); do
        ls -lR /sys/class >/dev/null 2>&1 &
        cat /proc/self/maps >/dev/null
        wait
    done
}

entries() { awk '/^(entries|overrun):/ { n += $2 } END { print n }' $tracing/per_cpu/cpu*/stats; }

item_cpus() { echo "$(nproc) CPUs, $(sed -n 's/^MemTotal: *//p' /proc/meminfo), $(uname -r)"; [ "$(nproc)" = 2 ]; }
item_bpf() { [ "$(cat /proc/sys/net/core/bpf_jit_enable)" = 1 ] || not "the JIT is off"; $features bpf; }
item_bpf_filter() {
    modprobe -q af_packet
    for mode in 0 1 2; do knob /proc/sys/net/core/bpf_jit_enable $mode && { $features bpf || [ $mode = 0 ]; } || exit 1; done
    knob /proc/sys/net/core/bpf_jit_enable 1
}
item_test_bpf() {
    modprobe test_bpf test_suite=test_bpf test_range=0,300
    status=$?
    dmesg | sed -n 's/.*test_bpf: Summary/test_bpf: Summary/p' | grep . && [ $status = 0 ]
}
item_static_keys() { for i in 1 2 3; do modprobe test_static_keys && rmmod test_static_keys || exit 1; done; }
item_user_copy() { modprobe test_user_copy && rmmod test_user_copy; }
item_perf() { $features perf; }
# Every static key and every static call of the kernel's trace points, there and back.
item_events() {
    knob $tracing/events/enable 1
    work 2
    knob $tracing/events/enable 0
    n=$(entries)
    echo >$tracing/trace
    echo "$n entries"
    [ "${n:-0}" -gt 1000 ]
}

# probe FILE TEXT COMMAND...: what the command adds to the probe's count.
probe() {
    file=$tracing/$1 text=$2
    shift 2
    echo "$text" >>$file || not "'$text' is refused"
    knob $tracing/events/soak/enable 1
    "$@" || not "$* failed"
    hits=$(awk '{ for (i = 1; i < NF; i++) if ($i == "it") print $(i + 1) }' ${file%_events}_profile)
    knob $tracing/events/soak/enable 0
    echo >$file
    echo "hits: $hits"
    [ "${hits:-0}" -gt 50 ]
}
opens() { for i in $(seq 100); do cat /proc/uptime; done >/dev/null; }
item_kprobe() { probe kprobe_events 'p:soak/it do_sys_openat2' opens; }
# Behind the place for ftrace: a breakpoint, which becomes a jump.
item_kprobe_optimised() { probe kprobe_events 'p:soak/it do_sys_openat2+5' opens; }
item_kretprobe() { probe kprobe_events 'r:soak/it do_sys_openat2 $retval' opens; }
item_uprobe() { probe uprobe_events "p:soak/it $features:$($features place)" $features probed; }
item_uretprobe() { probe uprobe_events "r:soak/it $features:$($features place)" $features probed; }

tracer() {
    knob $tracing/current_tracer "$1"
    work 3
    n=$(entries)
    knob $tracing/current_tracer nop
    echo "$n entries"
    [ "${n:-0}" -gt 1000 ]
}
item_function() { tracer function; }
item_function_graph() { tracer function_graph; }
# The tracer takes frames of the kernel's stack where reclaim needs it most.
item_function_graph_zram() {
    knob $tracing/current_tracer function_graph
    item_zram
}
item_schedstats() { for i in $(seq 50); do knob /proc/sys/kernel/sched_schedstats $((i % 2)) || exit 1; done; }
item_ksm() {
    knob /sys/kernel/mm/ksm/pages_to_scan 1000
    knob /sys/kernel/mm/ksm/run 1
    $features ksm
    status=$?
    knob /sys/kernel/mm/ksm/run 2
    return $status
}
item_userfaultfd() { $features userfaultfd; }
item_softdirty() { $features softdirty; }
item_mremap() { $features mremap; }
item_thp() { cat /sys/kernel/mm/transparent_hugepage/enabled; $features eat 64 && grep AnonHuge /proc/meminfo; }

cgroup() {
    mkdir -p /run/cgroup
    [ -e /run/cgroup/cgroup.procs ] || mount -t cgroup2 cgroup2 /run/cgroup || not "no cgroup2"
    echo +memory >/run/cgroup/cgroup.subtree_control || not "no memory controller"
    mkdir -p /run/cgroup/$1
    knob /run/cgroup/$1/memory.max "$2"
}
in_cgroup() { sh -c 'echo $$ >/run/cgroup/'"$1"'/cgroup.procs; shift; exec "$@"' - "$@"; }
item_memcg_oom() {
    cgroup oom 16M
    in_cgroup oom $features eat 64
    echo "status $?, $(grep 'oom_kill ' /run/cgroup/oom/memory.events)"
    [ "$(sed -n 's/^oom_kill //p' /run/cgroup/oom/memory.events)" -ge 1 ]
}
zram_on() {
    modprobe zram || not "no zram"
    knob /sys/block/zram0/disksize 128M
    mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 || not "no swap on zram"
}
zram_off() { swapoff /dev/zram0 && knob /sys/block/zram0/reset 1; }
item_zram() {
    zram_on
    cgroup zram 16M
    in_cgroup zram $features eat 64
    status=$?
    echo "status $status, $(grep '^pswpout' /proc/vmstat)"
    zram_off && [ $status = 0 ] && [ "$(sed -n 's/^pswpout //p' /proc/vmstat)" -gt 1000 ]
}
item_dontneed() {
    zram_on
    $features dontneed
    status=$?
    zram_off && return $status
}
item_cpu_hotplug() {
    for i in $(seq 5); do
        knob /sys/devices/system/cpu/cpu1/online 0 && knob /sys/devices/system/cpu/cpu1/online 1 || exit 1
    done
    nproc
}

# What the kernel says to a suspend; `pm_test` ends it after five seconds, at the depth of its name.
pm() {
    echo "$1" >/sys/power/pm_test || not "no pm_test"
    echo "$2" >/sys/power/state
    status=$?
    echo none >/sys/power/pm_test
    echo "pm_test=$1 state=$2: status $status (of $(cat /sys/power/state))"
    [ "$(nproc)" = 2 ] && return $status
}
item_pm_freezer() { pm freezer freeze; }
item_pm_devices() { pm devices freeze; }
item_pm_core() { pm core mem; }
item_suspend_mem() { grep -q mem /sys/power/state || not "no mem in /sys/power/state"; pm platform mem; }
item_hibernate_test() { pm core disk; }
# There is no swap space to hibernate to. All of the kernel's messages go to the console: it may not come back.
item_hibernate() {
    knob /proc/sys/kernel/printk 8
    echo disk >/sys/power/state && not "hibernated without swap space"
    knob /proc/sys/kernel/printk 1
    [ "$(nproc)" = 2 ]
}
item_kexec_load() { $features kexec; }
kexec_line="console=$(sed -n 's/.*console=\([^ ]*\).*/\1/p' /proc/cmdline)"
item_kexec_crash() { kexec -s -p /soak/vmlinuz --initrd=/soak/kexec.gz --append="$kexec_line nr_cpus=1"; }
# The new kernel's first process reports for this item.
item_kexec_boot() {
    kexec -l /soak/vmlinuz --initrd=/soak/kexec.gz --append="$kexec_line" ||
        kexec -s -l /soak/vmlinuz --initrd=/soak/kexec.gz --append="$kexec_line" || not "neither kexec -l nor kexec -s -l"
    sync
    echo "loaded, going there" >/dev/console
    kexec -e
    $features kexec-boot
}

workers() { for stressor in $stressors; do [ "${stressor%=*}" != "$1" ] || echo "${stressor#*=}"; done; }
# stress NAME
stress() {
    stress-ng --pathological --"$1" "$(workers "$1")" --timeout 3 --temp-path /tmp --metrics-brief >/tmp/stress 2>&1
    status=$?
    grep -v 'metrc\|dispatching\|setting to a\|cpufreq\|stressor  ' /tmp/stress | sed 's/^stress-ng: //'
    return $status
}

# stress_words: makes items of what `stress-ng --verbose` says. A stressor whose first process does not exit gets no line.
stress_words() {
    while read -r line; do
        name=${line#*] } name=${name%% *} name=${name%:}
        case $line in
        *"stressor will be skipped"*) echo "item stress-$name rc=4 kernel=0 s=0: ${line#*] }" ;;
        *": started ["*"(instance 0)") read -r from rest </proc/uptime && status=0 && echo "begin stress-$name" ;;
        *" fail: "*) status=2 && echo "note stress-$name ${line#*] }" ;;
        *": exited ["*"(instance 0)")
            read -r to rest </proc/uptime
            bad=$(dmesg -c | grep -cE "$complaints")
            echo "item stress-$name rc=$status kernel=$bad s=$((${to%.*} - ${from%.*})): together"
            ;;
        esac
    done
}
# stress_together ITEM...
stress_together() {
    {
        printf '%s\n' 'run sequential' 'timeout 1s' verbose 'temp-path /tmp'
        for name in "$@"; do echo "${name#stress-} $(workers "${name#stress-}")"; done
    } >/tmp/stress.job
    dmesg -c >/dev/null
    stress-ng --pathological --job /tmp/stress.job 2>&1 | stress_words
    return 0
}

# run_item NAME: in a process of its own, under the limit; then leaves no tracer on.
run_item() {
    echo "begin $1"
    dmesg -c >/dev/null
    read -r from rest </proc/uptime
    timeout -s KILL "$limit" sh "$0" --one "$1" >/tmp/item.out 2>&1
    status=$?
    [ "$(cat $tracing/events/enable)" = 0 ] || echo 0 >$tracing/events/enable
    [ "$(cat $tracing/current_tracer)" = nop ] || echo nop >$tracing/current_tracer
    read -r to rest </proc/uptime
    dmesg >/tmp/item.kmsg
    bad=$(grep -cE "$complaints" /tmp/item.kmsg)
    echo "item $1 rc=$status kernel=$bad s=$((${to%.*} - ${from%.*})): $(tail -n 1 /tmp/item.out | cut -c 1-100)"
    [ "$status" = 0 ] || sed "s/^/note $1 /" /tmp/item.out | tail -n 4 | cut -c 1-150
    grep -E "$complaints|RIP: " /tmp/item.kmsg | sed "s/^/note $1 /" | head -n 4 | cut -c 1-150
}

limit=90 after='' list='' together=
while [ $# -gt 0 ]; do
    case $1 in
    --list) list=yes; shift ;;
    --limit) limit=$2; shift 2 ;;
    --together) together=yes; shift ;;
    --after) after=$2; shift 2 ;;
    --one)
        case $2 in stress-*) stress "${2#stress-}" ;; *) "item_$(echo "$2" | tr - _)" ;; esac
        exit
        ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || set -- '*'
[ -z "$list" ] || { chosen "$after" "$@"; exit 0; }

complaints='BUG:|WARNING:|soft lockup|rcu.*stall|Oops|general protection|blocked for more|bad page|Bad page'
[ -e $tracing/tracing_on ] || mount -t tracefs tracefs $tracing 2>/dev/null
knob /proc/sys/kernel/printk 1
wanted=$(chosen "$after" "$@")
for item in $wanted; do
    case $together$item in
    yesstress-*) stress_together $(echo "$wanted" | grep ^stress-) && together=done ;;
    donestress-*) ;;
    *) run_item "$item" ;;
    esac
done
echo "items done"
