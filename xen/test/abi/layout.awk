# SPDX-License-Identifier: GPL-2.0-only
# Reads `readelf --debug-dump=info` of one object and prints the layout of every named type in it:
#   S name size | M name.member.path offset size | E enumerator value | T typedef size
# Members of anonymous structs and unions are listed under their parent, so that nesting is compared as well.

function field(text) { sub(/^[^:]*: */, "", text); sub(/^\(indirect[^)]*\): /, "", text); sub(/[ \t]+$/, "", text); return text }

function number(text,    i, value) {
    if (text !~ /^0x/)
        return text + 0
    for (i = 3; i <= length(text); i++)
        value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return value
}

/^ *<[0-9a-f]+><[0-9a-f]+>: Abbrev Number: 0/ { next }
/^ *<[0-9a-f]+><[0-9a-f]+>: Abbrev Number/ {
    match($0, /<[0-9a-f]+><[0-9a-f]+>/)
    split(substr($0, RSTART + 1, RLENGTH - 2), id, "><")
    depth = id[1] + 0
    at = id[2]
    match($0, /DW_TAG_[a-z_]+/)
    tag[at] = substr($0, RSTART + 7, RLENGTH - 7)
    order[++count] = at
    stack[depth] = at
    if (depth > 1) {
        parent = stack[depth - 1]
        children[parent] = children[parent] " " at
    }
    next
}
/DW_AT_name/ { line = $0; sub(/^.*DW_AT_name */, "", line); name[at] = field(line) }
/DW_AT_byte_size/ { line = $0; sub(/^.*DW_AT_byte_size */, "", line); size[at] = number(field(line)) }
/DW_AT_bit_size/ { line = $0; sub(/^.*DW_AT_bit_size */, "", line); bits[at] = field(line) }
/DW_AT_data_bit_offset/ { line = $0; sub(/^.*DW_AT_data_bit_offset */, "", line); bitoff[at] = field(line) }
/DW_AT_data_member_location/ { line = $0; sub(/^.*DW_AT_data_member_location */, "", line); loc[at] = number(field(line)) }
/DW_AT_const_value/ { line = $0; sub(/^.*DW_AT_const_value */, "", line); value[at] = field(line) }
/DW_AT_upper_bound/ { line = $0; sub(/^.*DW_AT_upper_bound */, "", line); upper[at] = number(field(line)); bounded[at] = 1 }
/DW_AT_type/ { match($0, /<0x[0-9a-f]+>/); type[at] = substr($0, RSTART + 3, RLENGTH - 4) }

function resolve(t) {
    while (t != "" && (tag[t] == "typedef" || tag[t] == "const_type" || tag[t] == "volatile_type"))
        t = type[t]
    return t
}

function size_of(t,    kids, n, i, total) {
    t = resolve(t)
    if (tag[t] == "pointer_type")
        return 8
    if (tag[t] != "array_type")
        return size[t] + 0
    total = size_of(type[t])
    n = split(children[t], kids, " ")
    for (i = 1; i <= n; i++)
        total *= bounded[kids[i]] ? upper[kids[i]] + 1 : 0
    return total
}

function members(t, path, base,    kids, n, i, m, inner, here) {
    n = split(children[t], kids, " ")
    for (i = 1; i <= n; i++) {
        m = kids[i]
        if (tag[m] != "member")
            continue
        here = name[m] == "" ? path : path "." name[m]
        if (name[m] != "")
            print "M", here, base + loc[m], (m in bits) ? "bits" bits[m] "@" bitoff[m] : size_of(type[m])
        inner = resolve(type[m])
        if ((tag[inner] == "structure_type" || tag[inner] == "union_type") && name[inner] == "")
            members(inner, here, base + loc[m])
    }
}

END {
    for (i = 1; i <= count; i++) {
        at = order[i]
        kind = tag[at]
        if ((kind == "structure_type" || kind == "union_type") && name[at] != "" && (at in size)) {
            print "S", name[at], size[at]
            members(at, name[at], 0)
        } else if (kind == "enumerator") {
            print "E", name[at], value[at]
        } else if (kind == "typedef") {
            print "T", name[at], size_of(at)
            inner = resolve(at)
            if ((tag[inner] == "structure_type" || tag[inner] == "union_type") && name[inner] == "")
                members(inner, name[at], 0)
        }
    }
}
