/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks an address up in the table that lib/symbols.sh made of the first link. */
#include <xen/lib.h>
#include <xen/symbols.h>
#include <x86/layout.h>

struct symbol { u32 offset, name; };

/* Empty in the first of the two links. */
extern const u64 symbols_count;
extern const struct symbol symbols_table[];
extern const char text_start[], text_end[];

bool is_hypervisor_text(u64 addr)
{
    return addr >= (u64)text_start && addr < (u64)text_end;
}

const char *symbol_lookup(u64 addr, u64 *offset)
{
    u64 lo = 0, hi, off = addr - XEN_VIRT;

    if (!is_hypervisor_text(addr) || !symbols_count)
        return NULL;
    for (hi = symbols_count; hi - lo > 1; ) {
        u64 mid = (lo + hi) / 2;
        if (symbols_table[mid].offset <= off)
            lo = mid;
        else
            hi = mid;
    }
    *offset = off - symbols_table[lo].offset;
    return (const char *)symbols_table + symbols_table[lo].name;
}

const char *symbol_at(u64 n, u64 *addr)
{
    if (n >= symbols_count)
        return NULL;
    *addr = XEN_VIRT + symbols_table[n].offset;
    return (const char *)symbols_table + symbols_table[n].name;
}

void symbol_format(char *buf, size_t size, u64 addr)
{
    u64 offset;
    const char *name = symbol_lookup(addr, &offset);

    if (name)
        snprintf(buf, size, "%s+%#lx", name, offset);
    else
        snprintf(buf, size, "%#lx", addr);
}
