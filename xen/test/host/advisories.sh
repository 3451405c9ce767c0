#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# docs/advisories.md against the tree: each row of its table names tests, and each test that it names is there and is run.
cd "$(dirname "$0")/../../.." || exit 2
TABLE=docs/advisories.md
GUESTS=xen/test/guest/tests.list

# is_test KIND NAME; a bare name is a guest kernel.
is_test() {
    case $1 in
    guest) grep -q "^$2 " $GUESTS && [ -f "xen/test/guest/$2/main.c" ] ;;
    host) grep -q "^TESTS := .*\b$2\b" xen/test/host/Makefile && [ -f "xen/test/host/test_$2.c" ] ;;
    fuzz) grep -q "^TARGETS := .*\b$2\b" tests/fuzz/Makefile && [ -f "tests/fuzz/$2.c" ] ;;
    tools) grep -q '^test:' "tools/$2/Makefile" ;;
    suite) grep -q "^    $2) echo" tests/run ;;
    system) [ -f "tests/system/$2.sh" ] ;;
    *) false ;;
    esac
}

rows=0 tests=0 failed=0
fail() { echo "not ok - $TABLE: $*"; failed=$((failed + 1)); }

check_row() {
    class=$1 list=$2
    rows=$((rows + 1))
    [ -n "$list" ] || fail "\"$class\" has no test"
    for test in $(echo "$list" | sed 's/ *, */,/g; s/ /:/g; s/,/ /g'); do
        case $test in
        *:*) kind=${test%%:*} name=${test#*:} ;;
        *) kind=guest name=$test ;;
        esac
        tests=$((tests + 1))
        is_test "$kind" "$name" || fail "\"$class\": no test \"$kind $name\""
    done
}

table=$(mktemp) || exit 2
trap 'rm -f "$table"' EXIT
sed -n '/^|---/,/^$/p' $TABLE | sed -n -e 1d -e 's/^| *\([^|]*[^| ]\) *|[^|]*| *\([^|]*\)|$/\1|\2/p' >"$table"
while IFS='|' read -r class list; do
    check_row "$class" "$(echo "$list" | sed 's/^ *//; s/ *$//')"
done <"$table"
[ $rows -gt 30 ] || fail "only $rows rows were found"
echo "$rows rows, $tests tests named"
echo "$((rows - failed > 0 ? rows - failed : 0)) passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
