/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that print: debug keys. */
#define __XEN_TOOLS__
#include "preempt.h"
#include "target.h"
#include <public/sysctl.h>

#define DOMAINS 8

static domid_t domains[DOMAINS];

static long key(char k)
{
    struct xen_sysctl s = { .cmd = XEN_SYSCTL_debug_keys, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };
    static char keys[1];

    keys[0] = k;
    set_xen_guest_handle(s.u.debug_keys.keys, keys);
    s.u.debug_keys.nr_keys = sizeof(keys);
    return hc_sysctl(&s);
}

static long key_0(void) { return key('0'); }
static long key_a(void) { return key('a'); }
static long key_d(void) { return key('d'); }
static long key_e(void) { return key('e'); }
static long key_f(void) { return key('f'); }
static long key_i(void) { return key('i'); }
static long key_m(void) { return key('m'); }
static long key_q(void) { return key('q'); }
static long key_r(void) { return key('r'); }

static const struct piece pieces[] = {
    { "debug key 0, nine domains, 136 vCPUs", NULL, key_0, 0 }, { "debug key a, nine domains", NULL, key_a, 0 },
    { "debug key d, one CPU", NULL, key_d, 0 },                 { "debug key e, nine domains", NULL, key_e, 0 },
    { "debug key f, a dying domain", NULL, key_f, 0 },          { "debug key i", NULL, key_i, 0 },
    { "debug key m, nine domains", NULL, key_m, 0 },            { "debug key q, nine domains, 136 vCPUs", NULL, key_q, 0 },
    { "debug key r, nine domains", NULL, key_r, 0 },
};

/* Its last domain is dying: frames of it are mapped here. */
void measure_keys(void)
{
    struct xen_domctl ctl = target_description();

    for (unsigned i = 0; i < DOMAINS; i++)
        domains[i] = target_create(&ctl, 64);
    target_map(domains[DOMAINS - 1], target_give_page(domains[DOMAINS - 1], 0), PTE_DATA);
    target_destroy(domains[DOMAINS - 1]);
    measure_pieces_once(pieces, ARRAY_SIZE(pieces));
    target_map(0, 0, 0);
    for (unsigned i = 0; i + 1 < DOMAINS; i++)
        target_destroy(domains[i]);
    for (unsigned i = 0; i < DOMAINS; i++)
        target_wait_gone(domains[i]);
}
