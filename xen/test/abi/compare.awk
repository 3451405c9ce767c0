# SPDX-License-Identifier: GPL-2.0-only
# Compares two lists of "kind name values..." lines: `awk -f compare.awk -v what=LABEL ours theirs`.
# Prints each difference, then "passed failed skipped".  A name that only one side has is skipped, unless it is a
# member of a type that both have: then it is a difference.

{ key = $1 " " $2; rest = $0; sub(/^[^ ]+ [^ ]+ ?/, "", rest) }
FNR == NR { if (!(key in ours)) { ours[key] = rest; list[++n] = key }; next }
!(key in theirs) { theirs[key] = rest; other[++m] = key }

function owner(key,    name) { name = substr(key, 3); sub(/\..*/, "", name); return name }

function known(table, key,    name) { name = owner(key); return ("S " name) in table || ("T " name) in table }

END {
    for (i = 1; i <= n; i++) {
        key = list[i]
        if (key in theirs) {
            if (ours[key] == theirs[key]) { passed++; continue }
            printf "%s: %s: ours %s, theirs %s\n", what, key, ours[key], theirs[key]
            failed++
        } else if (key ~ /^M / && known(theirs, key)) {
            printf "%s: %s: only in ours\n", what, key
            failed++
        } else
            skipped++
    }
    for (i = 1; i <= m; i++) {
        key = other[i]
        if (key in ours)
            continue
        if (key ~ /^M / && known(ours, key)) {
            printf "%s: %s: only in theirs\n", what, key
            failed++
        } else
            skipped++
    }
    printf "%d %d %d\n", passed, failed, skipped
}
