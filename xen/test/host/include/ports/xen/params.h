/* SPDX-License-Identifier: GPL-2.0-only */
/* Options that the test sets. */
#ifndef XEN_PARAMS_H
#define XEN_PARAMS_H

#define PARAM_FN(name, ident, fn, text) int (*const param_##ident)(const char *value) = fn

#endif
