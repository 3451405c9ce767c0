/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's command line (boot/cmdline.c). One row an option, near the code that uses it:
 *
 *   static unsigned int opt_maxcpus;
 *   PARAM("maxcpus", maxcpus, PARAM_UINT, &opt_maxcpus, "highest number of CPUs to use");
 *
 * Options are parsed before anything but the early console exists. An unknown
 * option or a bad value is reported with the option's name, never ignored.
 */
#ifndef XEN_PARAMS_H
#define XEN_PARAMS_H

#include <xen/types.h>

enum param_kind {
    PARAM_STRING,      /* char buffer: .size bytes */
    PARAM_BOOL,        /* bool: "x", "x=yes|no|on|off|1|0|true|false", "no-x", "nox" */
    PARAM_UINT,        /* unsigned int */
    PARAM_SIZE,        /* u64 bytes, suffixes */
    PARAM_CUSTOM,      /* .parse(value): 0 or -EINVAL */
};

struct param {
    const char *name;
    enum param_kind kind;
    void *var;
    size_t size;
    int (*parse)(const char *value);
    const char *help;
};

#define PARAM_ROW(ident) \
    static const struct param param_##ident __attribute__((section(".params"), used, aligned(8)))
#define PARAM(optname, ident, k, variable, text) \
    PARAM_ROW(ident) = { .name = optname, .kind = k, .var = variable, .size = sizeof(*(variable)), .help = text }
#define PARAM_FN(optname, ident, fn, text) \
    PARAM_ROW(ident) = { .name = optname, .kind = PARAM_CUSTOM, .parse = fn, .help = text }

void cmdline_parse(const char *cmdline);
extern char saved_cmdline[1024];

#endif
