#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# nm -n on stdin → assembly of the symbol table: sorted u32 offsets from the image's start, then names.
awk '
$2 ~ /^[tT]$/ && $3 !~ /^\./ { a[n] = substr($1, 9); hi = substr($1, 1, 8); s[n++] = $3 }
function hex(x,  i, v) { v = 0; for (i = 1; i <= length(x); i++) v = v * 16 + index("0123456789abcdef", substr(x, i, 1)) - 1; return v }
END {
    print ".section .symbols,\"a\"\n.hidden symbols_count, symbols_table\n.globl symbols_count, symbols_table\n.balign 8"
    base = hex(a[0])
    print "symbols_count: .quad " n "\nsymbols_table:"
    for (i = 0; i < n; i++) printf ".long %d, .Ls%d - symbols_table\n", hex(a[i]) - base, i
    for (i = 0; i < n; i++) printf ".Ls%d: .asciz \"%s\"\n", i, s[i]
    print ".section .note.GNU-stack,\"\",@progbits"
}'
