# SPDX-License-Identifier: GPL-2.0-only
# A guest with nearly all free memory is made and destroyed while a small guest and a process of dom0 sleep 10 ms at a time.
# Neither wakes late, no call of the tools to the hypervisor is long, and all memory is back. dom0 has one CPU, and its kernel
# switches to no other task during such a call. Instructions are the clock (1 us: 1,000), so that a busy emulator does not count.
# machine: --icount --cpu qemu64 --mem 1024 --cmdline dom0_mem=448M --timeout 400 --add build/programs/free_pages:/bin/free_pages --add build/programs/destroy_begin:/bin/destroy_begin --add build/programs/tiny_guest:/boot/tiny_guest --add build/programs/late:/bin/late
. /root/lib.sh
ROUNDS=${ROUNDS-3}
# Memory is given in calls of 32 MiB, which take 4.3 million instructions; a call that destroys ends with a tick of dom0's, each 4 ms.
CALL_MAX=8000           # us
# dom0, too, is preferred after it has waited, up to the next tick of the scheduler, which is 10 ms.
GUEST_LATE_MAX=${GUEST_LATE_MAX-11000}    # us
DOM0_LATE_MAX=20000     # us

tracing=/sys/kernel/tracing
free_memory() { xm info | sed -n 's/^free_memory *: //p'; }
same_pages() { [ "$(free_pages)" -ge "$pages_before" ]; }
beats() { sed -n 's/.*woke [0-9]* us late on average, \([0-9]*\) us at worst.*/\1/p' /var/log/xen/console/guest-small.log; }
more_beats() { [ "$(beats | wc -l)" -gt $beats_seen ]; }
said_hello() { grep -q 'tiny guest: running' /var/log/xen/console/guest-big.log; }

# Each call to privcmd, with its process and how long it took.
trace_calls() {
    mount -t tracefs none $tracing && cd $tracing &&
    echo privcmd_ioctl >set_ftrace_filter &&
    echo 1 >options/funcgraph-proc && echo function_graph >current_tracer && cd /
}
# The longest call since the last time: $took us, $by that process. Counts them in $calls.
longest_call() {
    echo 0 >$tracing/tracing_on
    set -- $(awk '/privcmd_ioctl/ { for (i = 2; i <= NF; i++) if ($i == "us") { n++; if ($(i - 1) > most) { most = $(i - 1); by = $2 } } }
        END { print n + 0, int(most), by }' $tracing/trace)
    calls=$((calls + $1)) took=$2 by=$3
    echo >$tracing/trace
    echo 1 >$tracing/tracing_on
}
# short "what": the longest call since the last look was.
short() {
    longest_call
    [ "$took" -le "$longest" ] || longest=$took
    [ "$took" -le $CALL_MAX ] || not_ok "$1: a call of the tools took $took thousand instructions ($by), at most $CALL_MAX wanted"
}

check "daemons and bridge" xen-up || exit 1
check "a small guest that beats" xm create -q /dev/null name=small kernel=/boot/tiny_guest memory=8 extra=beat
beats_seen=0
check "beats" wait_for 30 more_beats
check "the first big guest, which is not counted" xm create -q /dev/null name=big kernel=/boot/tiny_guest memory=64
check "is destroyed" xm destroy big
check "calls are traced" trace_calls
sleep 1
pages_before=$(free_pages) memory_before=$(free_memory)
big=$((memory_before - 12)) made=0 calls=0 longest=0 longest_destroy=0
longest_call
calls=0
late >/tmp/late &
late=$!
for n in $(seq $ROUNDS); do
    rm -f /var/log/xen/console/guest-big.log
    xm create -q /dev/null name=big kernel=/boot/tiny_guest memory=$big || break
    short "round $n, create"
    wait_for 10 said_hello || not_ok "round $n: the big guest says nothing"
    longest_call
    xm destroy big || break
    short "round $n, destroy"
    [ "$took" -le "$longest_destroy" ] || longest_destroy=$took
    made=$((made + 1))
done
is "a guest of $big of $memory_before MiB, $ROUNDS times" $made $ROUNDS
check "of $calls calls of the tools the longest took $longest thousand instructions, $longest_destroy in a destroy" [ $longest -gt 0 -a $longest -le $CALL_MAX ]
kill $late
wait $late
read -r sleeps late_worst </tmp/late
check "dom0's process slept $sleeps times, woke $late_worst us late at worst" [ "$sleeps" -gt 10 -a "$late_worst" -le $DOM0_LATE_MAX ]
beats_seen=$(beats | wc -l)
check "the small guest still beats" wait_for 10 more_beats
worst=$(beats | sort -n | tail -n 1)
check "and woke $worst us late at worst" [ "$worst" -le $GUEST_LATE_MAX ]
# As if xend had been killed while it destroyed the guest.
check "once more" xm create -q /dev/null name=big kernel=/boot/tiny_guest memory=$big
id=$(xm domid big)
kill -9 "$(cat /run/xend/xend.pid)"
check "xend is killed" wait_for 10 sh -c '! xend status'
sed -i 's/"phase":[0-9]*/"phase":2/' "$(grep -l '"name":"big"' /run/xend/domains/*)"
check "a part of the guest is destroyed" destroy_begin "$id"
check "another xend" xend
check "destroys the rest" wait_for 10 sh -c '! xm domid big'
check "all memory is free" wait_for 10 same_pages
is "and xm info says so" "$(free_memory)" "$memory_before"
is "dom0's kernel has no complaint" "$(dmesg | grep -E 'soft lockup|self-detected stall|detected stalls|blocked for more')" ""
check "the small guest is destroyed" xm destroy small
