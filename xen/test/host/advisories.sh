#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# docs/advisories/*.md against the tree: each number from 1 to the last has one row, each row its tests or its reason, and each
# test that is named is there and is run. First it sees that tables with one fault each are found out.
cd "$(dirname "$0")/../../.." || exit 2
GUESTS=xen/test/guest/tests.list

# is_test KIND NAME; a bare name is a guest kernel.
is_test() {
    case $1 in
    guest) grep -q "^$2 " $GUESTS && [ -f "xen/test/guest/$2/main.c" ] ;;
    host) grep -q "^TESTS := .*\b$2\b" xen/test/host/Makefile && [ -f "xen/test/host/test_$2.c" ] ;;
    fuzz) grep -q "^TARGETS := .*\b$2\b" tests/fuzz/Makefile && [ -f "tests/fuzz/$2.c" ] ;;
    tools) grep -q '^test:' "tools/$2/Makefile" 2>/dev/null ;;
    suite) grep -q "^    $2) echo" tests/run ;;
    system) [ -f "tests/system/$2.sh" ] ;;
    *) false ;;
    esac
}

# Reads the tables and writes lines: "bad TEXT", "test NUMBER KIND NAME", and counts: "yes", "no", "unused", "open NUMBER",
# "unknown NUMBER". The numbers of all tables together count
# from 1; a row of "-" is an attack without one.
read_tables() {
    awk -F' *[|] *' '
    function bad(text) { print "bad " text }
    function tests(number, list,    n, i, name) {
        sub(/;.*/, "", list)
        n = split(list, name, / *, */)
        for (i = 1; i <= n; i++)
            print "test", number, name[i] ~ / / ? name[i] : "guest " name[i]
    }
    function row(number, about, applies, why) {
        if (number != "-" && seen[number]++)
            bad("XSA-" number " has two rows")
        if (number != "-" && number > last)
            last = number
        if (about == "" && (applies == "yes" || applies == "no"))
            bad("XSA-" number " does not say what it was about")
        if (applies !~ /^(yes|no|unused|unknown)$/)
            bad("XSA-" number ": \"" applies "\" is none of yes, no, unused, unknown")
        else if ((why == "") != (applies == "unused"))
            bad("XSA-" number (why == "" ? " has neither test nor reason" : " is unused and has a reason"))
        else if (applies == "yes" && why ~ /^not (tested|mitigated): ./)
            print "open", number
        else if (applies == "yes") {
            tests(number, why)
            print applies
        } else
            print applies, number
    }
    /^[|] number / || /^[|]---/ || !/^[|]/ { next }
    NF != 6 || $2 !~ /^(-|[1-9][0-9]*)$/ { bad("no row of four columns that begins with a number: " $0); next }
    { row($2 == "-" ? $2 : $2 + 0, $3, $4, $5) }
    END {
        for (i = 1; i <= last; i++)
            if (!seen[i])
                bad("XSA-" i " has no row")
        if (!last)
            bad("there are no rows")
    }' "$1"/*.md
}

# check DIRECTORY: prints what is wrong; leaves the lines of read_tables in $lines.
check() {
    read_tables "$1" >"$lines"
    {
        sed -n 's/^bad //p' "$lines"
        sed -n 's/^test [-0-9]* //p' "$lines" | sort -u | while read -r kind name; do
            is_test "$kind" "$name" && continue
            sed -n "s/^test \([-0-9]*\) $kind $name\$/XSA-\1: no test \"$kind $name\"/p" "$lines"
        done
    } | sed 's/^/not ok - /'
}

count() { grep -c "^$1" "$lines"; }
numbers() { sed -n "s/^$1 / /p" "$lines" | tr -d '\n'; }

cases=0 failed=0
# broken EXPECTED ROW...: a table of these rows has exactly the fault that is expected.
broken() {
    cases=$((cases + 1)) expected=$1
    shift
    printf '%s\n' "$@" >"$dir/x.md"
    got=$(check "$dir")
    [ "$got" = "not ok - $expected" ] && return
    echo "not ok - self-test: expected \"$expected\", got \"$got\""
    failed=$((failed + 1))
}

self_test() {
    broken 'XSA-2 has no row' '| 1 | a | yes | selftest |' '| 3 | b | no | c |'
    broken 'XSA-1 has two rows' '| 1 | a | yes | selftest |' '| 1 | b | no | c |'
    broken 'XSA-1 has neither test nor reason' '| 1 | a | yes | |'
    broken 'XSA-1 has neither test nor reason' '| 1 | a | no | |'
    broken 'XSA-1 does not say what it was about' '| 1 | | no | b |'
    broken 'XSA-1: no test "host nothing"' '| 1 | a | yes | selftest, host nothing; b |'
    broken 'XSA-1: no test "guest nothing"' '| 1 | a | yes | nothing |'
    broken 'XSA--: no test "guest nothing"' '| 1 | a | yes | selftest |' '| - | a | yes | nothing |'
    broken 'XSA-1: "perhaps" is none of yes, no, unused, unknown' '| 1 | a | perhaps | b |'
    broken 'no row of four columns that begins with a number: | 2 | a | yes |' '| 1 | | unused | |' '| 2 | a | yes |'
    broken 'there are no rows' 'text'
}

dir=$(mktemp -d) && lines=$dir/lines || exit 2
trap 'rm -rf "$dir"' EXIT
self_test
wrong=$(check docs/advisories)
[ -z "$wrong" ] || { echo "$wrong"; failed=$((failed + $(echo "$wrong" | wc -l))); }
echo "XSA: $(count yes) numbers tested, $(count no) do not apply, $(count unused) unused"
echo "XSA: $(count open) neither tested nor mitigated:$(numbers open)"
echo "XSA: $(count unknown) without a text, not judged:$(numbers unknown)"
echo "$(($(count yes) + cases - failed)) passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
