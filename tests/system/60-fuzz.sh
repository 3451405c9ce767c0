# SPDX-License-Identifier: GPL-2.0-only
# Guests that make random hypercalls (xen/test/guest/fuzz), two at a time: an ordinary one and one that has a device's memory,
# ports and interrupts. Each names the other as often as itself, so they grant, map and copy each other's pages and connect
# ports. Afterwards the hypervisor counts all references, dom0 is alive and every page frame is free again.
# A short run; tests/fuzz/hypercalls --as guests makes the long one, with this script. At the end one guest takes all that it
# can get of memory, the store, ports and consoles (xen/test/guest/greedy), while dom0 and a neighbour go on.
# machine: --smp 2 --mem 1024 --timeout 600 --cmdline guest_loglvl=warning --add build/guest/fuzz.elf:/root/fuzz.elf --add build/guest/greedy.elf:/root/greedy.elf --add build/programs/free_pages:/bin/free_pages --add build/programs/driver_domain:/bin/driver_domain
. /root/lib.sh
SEED=1 CALLS=1500 ROUNDS=2
[ ! -e /root/fuzz.conf ] || . /root/fuzz.conf

log() { echo "/var/log/xen/console/guest-$1.log"; }
domid() { xm list "$1" 2>/dev/null | awk 'NR == 2 { print $2 }'; }
gone() { [ -z "$(domid "$1")" ]; }

# create NAME VCPUS SEED PEER, paused
create() {
    rm -f "$(log "$1")"
    cat >/tmp/fuzz.cfg <<END
name = '$1'
kernel = '/root/fuzz.elf'
memory = 64
vcpus = $2
extra = 'seed=$3 calls=$CALLS vcpus=$2 peer=$4 iomem=160 irq=5'
on_reboot = 'destroy'
on_crash = 'destroy'
END
    xm create -q -p /tmp/fuzz.cfg
}

# The last result, with its time: earlier ones leave the ring.
last_check() { xm dmesg | grep 'frame table:' | tail -n 1; }
new_check() { [ -n "$(last_check)" ] && [ "$(last_check)" != "$check_before" ]; }
frame_table() {
    check_before=$(last_check)
    xm debug-keys F && wait_for 30 new_check || { not_ok "$1: key F says nothing"; return; }
    is "$1: no violation in the frame table" "$(last_check | grep -c ' 0 violations')" 1 ||
        xm dmesg | tail -n 20
}
same_pages() { [ "$(free_pages)" = "$pages" ]; }

# What the guest's kernel said last. One that broke itself (its own tables, its own stack) ends early: that is no harm.
told() {
    if grep -q '^SUCCESS' "$(log "$1")"; then finished=$((finished + 1)); grep '^fuzz: .* succeeded' "$(log "$1")" | tr -d '\r'
    else echo "$1 ended early: $(tail -n 1 "$(log "$1")")"
    fi
}

# makes_calls NAME: its console has the line that the kernel prints before its first call.
makes_calls() { grep -q '^fuzz: seed' "$(log "$1")"; }
# killed NUMBER: both are destroyed in the middle of their calls, one while the other has its pages and ports.
killed() {
    seed=$((SEED + 1000 + $1 * 2))
    CALLS=100000000 create guest 2 $seed $((id + 2)) && CALLS=100000000 create driver 2 $((seed + 1)) $((id + 1)) || return 1
    id=$((id + 2))
    driver_domain $id 160 16 5 3 && xm unpause guest && xm unpause driver || return 1
    wait_for 20 makes_calls guest && wait_for 20 makes_calls driver
    sleep 1.5
    xm destroy guest
    sleep 0.5
    frame_table "round $1: one destroyed"
    xm destroy driver
    frame_table "round $1: both destroyed"
    wait_for 10 same_pages
    is "round $1: free page frames after both were destroyed" "$(free_pages)" "$pages"
}

# round NUMBER: the two swap their numbers of vCPUs each time.
round() {
    seed=$((SEED + $1 * 2)) vcpus=$((1 + $1 % 2))
    create guest $vcpus $seed $((id + 2)) && create driver $((3 - vcpus)) $((seed + 1)) $((id + 1)) || return 1
    is "round $1, seed $seed: the guests know each other's numbers" "$(domid guest) $(domid driver)" "$((id + 1)) $((id + 2))"
    id=$((id + 2))
    driver_domain $id 160 16 5 3 || return 1
    xm unpause guest && xm unpause driver || return 1
    wait_for $((20 + CALLS / 200)) alone || { echo "late: $(xm list)"; xm destroy guest; xm destroy driver; } 2>/dev/null
    told guest
    told driver
    frame_table "round $1"
    check "round $1: dom0 creates and destroys" create after 1 1 1 || return 1
    xm destroy after
    id=$((id + 1))
    wait_for 10 same_pages
    is "round $1: free page frames" "$(free_pages)" "$pages"
}

check "daemons and bridge" xen-up || exit 1
check "the first guest, which is not counted" create warm-up 1 1 1 || exit 1
id=$(domid warm-up)
xm destroy warm-up
sleep 1
pages=$(free_pages) finished=0 n=0
while [ $n -lt $ROUNDS ]; do
    round $n && killed $n || { not_ok "round $n cannot be made"; break; }
    n=$((n + 1))
done

# ---- limits ----

kib() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$(pidof "$1" | tr ' ' '\n' | sort -n | head -n 1)/status"; }
# What dom0 and another guest do while the greedy one takes what it can: a few times, each whole.
neighbours() {
    for n in 1 2 3; do
        xenstore-write /tool/probe $n && [ "$(xenstore-read /tool/probe)" = $n ] && xm list >/dev/null || return 1
    done
    CALLS=300 create neighbour 1 7 1 && xm unpause neighbour && wait_for 20 gone neighbour && wait_for 10 grep -q '^SUCCESS' "$(log neighbour)"
}
limits() {
    store_before=$(kib xenstored) console_before=$(kib xenconsoled)
    xm create -q /dev/null name=greedy kernel=/root/greedy.elf memory=64 on_reboot=destroy on_crash=destroy || return 1
    check "dom0 and a neighbour go on beside a greedy guest" neighbours
    wait_for 60 gone greedy || xm destroy greedy
    wait_for 10 grep -q '^SUCCESS' "$(log greedy)"
    is "the greedy guest found every limit" "$(grep -c '^SUCCESS' "$(log greedy)")" 1 || grep -v 'console line' "$(log greedy)"
    check "xenstored has not grown ($store_before to $(kib xenstored) KiB)" [ "$(kib xenstored)" -le $((store_before + 4096)) ]
    check "xenconsoled has not grown ($console_before to $(kib xenconsoled) KiB)" [ "$(kib xenconsoled)" -le $((console_before + 4096)) ]
    lines=$(xm dmesg | grep -c 'greedy flood line') # a log that took them all would be full of them: hundreds
    check "$lines lines of 3000 are in the hypervisor's log" [ $lines -lt 150 ]
    wait_for 10 same_pages
    is "free page frames after the greedy guest" "$(free_pages)" "$pages"
}

check "$finished of $((ROUNDS * 2)) guests made all their calls" [ $finished -ge $ROUNDS ]
limits || not_ok "the greedy guest cannot be made"
