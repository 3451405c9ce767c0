/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions of the hypervisor that may fault, and where each continues. */
#include <x86/pv.h>

struct ex_entry { u64 at, fixup; };
extern const struct ex_entry ex_table_start[], ex_table_end[];

/* The table is small (tens of entries) and not in address order over its objects: looked through. */
u64 search_exception_table(u64 rip)
{
    for (const struct ex_entry *e = ex_table_start; e < ex_table_end; e++)
        if (e->at == rip)
            return e->fixup;
    return 0;
}
