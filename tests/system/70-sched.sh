# SPDX-License-Identifier: GPL-2.0-only
# Scheduling: what guests on one CPU get of it, by weight and by cap, and how soon a sleeping one wakes beside a busy one.
# With dom0-run --icount and one CPU the same script gives the figures of docs/performance.md.
# machine: --smp 2 --mem 1024 --timeout 400 --cmdline dom0_max_vcpus=1 --add build/programs/tiny_guest:/boot/tiny_guest
. /root/lib.sh
SECONDS_EACH=${SECONDS_EACH-5}

# guest NAME WORDS [KEY=VALUE...]: tiny guests share the last CPU.
guest() {
    name=$1 words=$2
    shift 2
    xm create -q /dev/null "name=$name" kernel=/boot/tiny_guest memory=8 "cpus=$CPU" "extra=$words" "$@"
}
# used NAME...: the CPU time that they have had, ns, by one look at all.
used() {
    xm list --json | tr ',{' '\n\n' | sed -n 's/.*"name": *"\([^"]*\)".*/name \1/p; s/.*"cpu_time_ns": *\([0-9]*\).*/time \1/p' |
        awk -v names=" $* " '$1 == "name" { n = $2 } $1 == "time" && index(names, " " n " ") { sum[n] = $2 }
            END { k = split(names, want, " "); for (i = 1; i <= k; i++) printf "%.0f ", sum[want[i]]; print "" }'
}
# shares A B...: what A used of the time that all used, in tenths of a percent.
shares() {
    before=$(used "$@")
    sleep $SECONDS_EACH
    echo "$before $(used "$@")" | awk '{ n = NF / 2; for (i = 1; i <= n; i++) all += $(n + i) - $i; printf "%d\n", ($(n + 1) - $1) * 1000 / all }'
}
# share "what" expected tolerance A B...: the two in tenths of a percent.
share() {
    share_what=$1 wanted=$2 slack=$3
    shift 3
    got=$(shares "$@")
    if [ $got -ge $((wanted - slack)) ] && [ $got -le $((wanted + slack)) ]; then ok "$share_what: $got per mille, $wanted wanted"
    else not_ok "$share_what: $got per mille, $wanted wanted"; fi
}
lateness() {
    sed -n "s/.*woke \([0-9]*\) us late on average, \([0-9]*\) us at worst.*/\1 \2/p" "/var/log/xen/console/guest-$1.log" | grep .
}

check "daemons and bridge" xen-up || exit 1
CPU=$(($(xm info | sed -n 's/^nr_cpus *: //p') - 1))
# A cap is a part of the CPU's time, dom0's included where it runs there, too.
OTHERS=
[ $CPU -gt 0 ] || OTHERS=Domain-0
check "a busy guest" guest one busy
check "and another" guest two busy
share "of equal weight share a CPU" 500 20 one two
xm destroy two
check "one with a cap of 25 %" guest capped busy cap=25
share "has a quarter of it" 250 10 capped one $OTHERS
xm destroy capped
check "one of twice the weight" guest heavy busy cpu_weight=512
share "has two thirds of it" 667 20 heavy one
xm destroy heavy
check "one that sleeps" guest sleeper wake
check "wakes beside a busy one" wait_for 30 lateness sleeper
set -- $(lateness sleeper)
echo "woke $1 us late on average, $2 us at worst"
# On one CPU instructions are the clock, so that a busy emulator does not count.
[ $CPU -gt 0 ] || check "a hundred times within a millisecond" test "$2" -lt 1000
xm destroy sleeper
xm destroy one
check "nothing is left" wait_for 10 alone
