# SPDX-License-Identifier: GPL-2.0-only
# For the scripts of tests/system, which run as root in dom0: checks that print one line each. tests/system/run counts them.

# Whole seconds since the machine's start, as $now.
clock() { read -r now clock_rest </proc/uptime && now=${now%.*}; }
clock
last_ok=$now
# With how long it was since the one before, when that is worth knowing.
ok() {
    clock
    if [ $((now - last_ok)) -lt 3 ]; then echo "ok - $*"; else echo "ok - $* ($((now - last_ok)) s)"; fi
    last_ok=$now
}
not_ok() { echo "not ok - $*"; }
skip() { echo "skip - $*"; }

# check "what" command...: the command holds. Its output is shown only when it does not.
check() {
    check_what=$1
    shift
    if "$@" >/tmp/check.out 2>&1; then
        ok "$check_what"
    else
        not_ok "$check_what (status $?: $*)"
        sed 's/^/    | /' /tmp/check.out | head -20
        return 1
    fi
}

# is "what" actual expected
is() {
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: '$2' instead of '$3'"; return 1; fi
}

# wait_for <seconds> command...: tries it ten times in a second, then twice a second (each try is a program that starts, on CPUs that
# what is waited for needs, too), until it holds; three times as long, for a busy machine.
wait_for() {
    clock
    wait_until=$((now + $1 * 3)) wait_tries=0
    shift
    until "$@" >/dev/null 2>&1; do
        clock
        [ $now -le $wait_until ] || return 1
        pause $((wait_tries += 1))
    done
}
# pause N: between the Nth try and the next.
pause() { if [ $1 -le 10 ]; then sleep 0.1; else sleep 0.5; fi; }

# dom0 is the only domain. A dying one counts: it lasts until xenconsoled has taken its last words.
alone() { [ "$(xm list | wc -l)" = 2 ]; }

# facts_hold ADDRESS MIB CPUS: the guest there sees this machine's time, so much memory (less its kernel) and so many CPUs, and its
# kernel warns of nothing but what it says on every hypervisor. A kernel that has to wait for its CPU loses some seconds while it
# boots. /tmp/facts keeps what it said (tests/image/guest-facts), $facts_behind how many seconds its clock is behind.
facts_usual='spinlock event irq|hrtimer: interrupt took|Grant table initialized|No target domain found|supports timestamps until'
facts_usual="$facts_usual|Long readout interval"
facts_get() {
    facts_from=$(date +%s)
    nc -w 20 "$1" 13 </dev/null >/tmp/facts && grep -q '^cpus' /tmp/facts
}
facts_hold() {
    wait_for 20 facts_get "$1"
    clock
    facts_behind=$((facts_from - $(sed -n 's/^date //p' /tmp/facts)))
    awk -v from="$facts_from" -v to="$(date +%s)" -v uptime="$now" -v mib="$2" -v cpus="$3" -v usual="$facts_usual" '
        { fact[$1] = $2 }
        $1 == "warn" && $0 !~ usual { print; bad = 1 }
        function refuse(what, expected) { print what, fact[what] " instead of", expected; bad = 1 }
        END {
            if (fact["date"] < from - 20 || fact["date"] > to + 2) refuse("date", from " to " to)
            if (fact["uptime"] == "" || fact["uptime"] > uptime + 2) refuse("uptime", "at most " uptime)
            if (fact["memory"] < mib * 1024 * 0.5 || fact["memory"] > mib * 1024) refuse("memory", "most of " mib * 1024 " KiB")
            if (fact["cpus"] != cpus) refuse("cpus", cpus)
            exit bad
        }' /tmp/facts
}
# facts_go_on SECONDS: the guest's clock is as far behind as SECONDS said before it was saved; a reply may take some.
facts_go_on() { [ $((facts_behind - $1)) -le 4 ] || { echo "$1 s behind before, $facts_behind s now"; return 1; }; }
date_is() { [ "$(date +%s)" -ge "$1" ]; }

daemon_pid() { pidof "$1" | tr ' ' '\n' | sort -n | head -n 1; }
# What guests use of this machine, one thing a line.
host_state() {
    echo "free pages: $(free_pages)"
    xm list | awk 'NR > 1 { print "domain:", $1, $2 }'
    xenstore-ls -fp /
    for daemon in xenstored xenconsoled xend; do
        pid=$(daemon_pid $daemon)
        echo "$daemon: process $pid, $(ls /proc/$pid/fd | wc -l) descriptors"
    done
    for p in /proc/[0-9]*; do readlink $p/exe; done | grep -v busybox | sort | uniq -c
    # Written so that grep does not find itself.
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep '/etc[/]xen'
    ps | grep -o '[b]lkback[^ ]*'
    ls -d /sys/block/loop*/loop /sys/bus/xen-backend/devices/* /run/xend/domains/* /dev/pts/* 2>/dev/null
    ls /sys/class/net /sys/class/net/xenbr0/brif
    echo "event channels: $(grep -c 'xen-dyn' /proc/interrupts)"
}
same() { host_state >/tmp/after; diff /tmp/before /tmp/after >/tmp/changes; }
# What ends in its own time (a backend's device, pages that wait to be cleared) has ten seconds.
as_before() {
    if wait_for 10 same; then ok "$1: all is as it was before"; else not_ok "$1: $(head -20 /tmp/changes | tr '\n' '|')"; fi
}
resident() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$(daemon_pid "$1")/status"; }
