#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# docs/entry.md against the tree: its table has each instruction of the hypervisor that could fault on a value that a guest chose
# (returns, selectors, MSRs, control and debug registers, FPU images), counted by file and kind. What only runs at boot is left out.
cd "$(dirname "$0")/../../.." || exit 2
TABLE=docs/entry.md

# FILE KIND COUNT of each: a line of source without its comments, matched against the kinds.
sites() {
    find xen/arch/x86 xen/hypercall xen/common xen/include/x86 -name '*.[chS]' ! -path 'xen/arch/x86/boot/*' \
        ! -name trampoline.S | sort | while read -r file; do
        sed -e 's,/\*.*\*/,,' -e '/\/\*/,/\*\//d' -e 's,//.*,,' "$file" | awk -v file="${file#xen/}" '
            function count(kind, pattern, line) { line = $0; n[kind] += gsub(pattern, "", line) }
            {
                count("return", "[^_a-z](iretq|sysretq|lretq)")
                count("selector", "(mov[lwq]? [^,]*, *%+(ds|es|fs|gs|ss)[^a-z0-9_]|mov %0, %%\" #reg|[^_a-z](lldt|ltr) )")
                count("swapgs", "[^_a-z]swapgs")
                count("fpu", "[^_a-z](xrstor64|fxrstorq)")
                count("xcr0", "[^_a-z]xsetbv *(\\(|\")")
                count("msr", "[^_a-z]((wrmsr|wrmsr_safe|write_fs_base|write_gs_base|write_gs_shadow) *\\(|(wrmsr|wrfsbase|wrgsbase)(\"| %|$))")
                count("debug", "mov[q]? [^,]*, *%+dr[0-7]")
                count("control", "(mov[q]? [^,]*, *%+cr[0-8]|[^_a-z]write_cr[0-8]\\(|[^_a-z]clts\")")
                count("verw", "\"verw ")
            }
            END { for (kind in n) if (n[kind]) print file, kind, n[kind] }'
    done | sort
}

listed() { sed -n 's/^| `\([^`]*\)` | \([a-z0-9]*\) | \([0-9]*\) |.*[^| ] |.*[^| ] |$/\1 \2 \3/p' $TABLE | sort; }

found=$(mktemp) || exit 2
table=$(mktemp) || exit 2
trap 'rm -f "$found" "$table"' EXIT
sites >"$found"
listed >"$table"
[ "${1-}" != --list ] || { cat "$found"; exit 0; }
if [ "$(wc -l <"$found")" -lt 20 ]; then
    echo "not ok - only $(wc -l <"$found") kinds of sites were found"
    exit 1
fi
if ! diff -u --label "$TABLE" --label "the tree" "$table" "$found"; then
    echo "not ok - $TABLE: say of each new or changed site why no value of a guest's makes it fault, or its fix-up, and its test"
    exit 1
fi
echo "$(wc -l <"$found") rows of $TABLE agree with the tree"
echo "1 passed, 0 failed, 0 skipped"
