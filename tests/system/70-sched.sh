# SPDX-License-Identifier: GPL-2.0-only
# Scheduling: what guests on one CPU get of it, by weight and by cap, and how soon a sleeping one wakes beside a busy one.
# With dom0-run --icount the same script gives the figures of docs/performance.md.
# machine: --smp 2 --mem 1024 --timeout 400 --cmdline dom0_max_vcpus=1 --add build/programs/tiny_guest:/boot/tiny_guest
. /root/lib.sh
SECONDS_EACH=${SECONDS_EACH-5}

# guest NAME WORDS [KEY=VALUE...]: tiny guests share the last CPU.
guest() {
    name=$1 words=$2
    shift 2
    xm create -q /dev/null "name=$name" kernel=/boot/tiny_guest memory=8 "cpus=$CPU" "extra=$words" "$@"
}
used() { xm list --json "$1" | sed -n 's/.*"cpu_time_ns": *\([0-9]*\).*/\1/p'; }
# shares A B: what A used of the time that both used, in tenths of a percent. One sample of both before, one after.
shares() {
    a0=$(used "$1") b0=$(used "$2")
    sleep $SECONDS_EACH
    a1=$(used "$1") b1=$(used "$2")
    echo $(((a1 - a0) * 1000 / (a1 - a0 + b1 - b0)))
}
# share "what" A B expected tolerance, in tenths of a percent.
share() {
    got=$(shares "$2" "$3")
    if [ $got -ge $(($4 - $5)) ] && [ $got -le $(($4 + $5)) ]; then ok "$1: $got per mille, $4 wanted"
    else not_ok "$1: $got per mille, $4 wanted"; fi
}
lateness() {
    sed -n "s/.*woke \([0-9]*\) us late on average, \([0-9]*\) us at worst.*/\1 \2/p" "/var/log/xen/console/guest-$1.log" | grep .
}

check "daemons and bridge" xen-up || exit 1
CPU=$(($(xm info | sed -n 's/^nr_cpus *: //p') - 1))
check "a busy guest" guest one busy
check "and another" guest two busy
share "of equal weight share a CPU" one two 500 20
xm destroy two
check "one with a cap of 25 %" guest capped busy cap=25
share "has a quarter of it" capped one 250 10
xm destroy capped
check "one of twice the weight" guest heavy busy cpu_weight=512
share "has two thirds of it" heavy one 667 20
xm destroy heavy
check "one that sleeps" guest sleeper wake
check "wakes beside a busy one" wait_for 30 lateness sleeper
set -- $(lateness sleeper)
echo "woke $1 us late on average, $2 us at worst"
xm destroy sleeper
xm destroy one
is "nothing is left" "$(xm list | wc -l)" 2
