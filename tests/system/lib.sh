# SPDX-License-Identifier: GPL-2.0-only
# For the scripts of tests/system, which run as root in dom0: checks that print one line each. tests/system/run counts them.

ok() { echo "ok - $*"; }
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

# wait_for <seconds> command...: ten times a second until it holds; three times as long, for a busy machine.
wait_for() {
    read -r wait_now wait_rest </proc/uptime
    wait_until=$((${wait_now%.*} + $1 * 3))
    shift
    until "$@" >/dev/null 2>&1; do
        read -r wait_now wait_rest </proc/uptime
        [ ${wait_now%.*} -le $wait_until ] || return 1
        sleep 0.1
    done
}
