/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations' handlers; ops.c has the table with their names and privileges. */
#ifndef XEND_OPS_H
#define XEND_OPS_H

#include "call.h"

/* {file, text, overrides: [text], paused, dry_run} -> {domid, name, uuid}, or {} for a dry run */
int op_create(struct call *c);
/* {domain, file: whole path, leave} -> {} */
int op_save(struct call *c);
/* {file: whole path, paused} -> {domid, name} */
int op_restore(struct call *c);
/* All of these: {domain: name or number} -> {} */
int op_destroy(struct call *c);
int op_pause(struct call *c);
int op_unpause(struct call *c);
int op_shutdown(struct call *c);
int op_reboot(struct call *c);
/* {domain, key: one character} */
int op_sysrq(struct call *c);
/* {domain, count} */
int op_vcpu_set(struct call *c);
/* {domain, device: text as in a configuration} */
int op_pci_attach(struct call *c);
int op_pci_detach(struct call *c);
/* {domain} -> [{device, seen_as: where the guest's driver has met it}] */
int op_pci_list(struct call *c);
/* {} -> [address] */
int op_pci_assignable_list(struct call *c);
/* {domains: [name or number], none for all; details} -> [{name, domid, memory_kib, vcpus, state, cpu_time_ns, guest}] */
int op_list(struct call *c);
/* {domain} -> {domid, name} */
int op_lookup(struct call *c);
/* {domain} -> {domid}: the domain to wait for. A number that no domain has (any more) is no error. */
int op_wait(struct call *c);
/* {domain, none for all} -> [{name, domid, vcpu, cpu, state, cpu_time_ns, affinity}] */
int op_vcpu_list(struct call *c);
/* {domain, none for all} -> [{name, domid, seconds}] */
int op_uptime(struct call *c);
/* {} -> {host, release, ...} */
int op_info(struct call *c);
/* {clear} -> {text} */
int op_dmesg(struct call *c);
/* {} -> {text} */
int op_log(struct call *c);
/* {keys} */
int op_debug_keys(struct call *c);

#endif
