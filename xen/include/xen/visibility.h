/* SPDX-License-Identifier: GPL-2.0-only */
/* Included before every file: all symbols are the image's own, so that their addresses need no global offset table. */
#pragma GCC visibility push(hidden)
