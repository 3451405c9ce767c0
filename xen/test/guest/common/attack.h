/* SPDX-License-Identifier: GPL-2.0-only */
/* Attacks that several tests make. */
#ifndef TEST_ATTACK_H
#define TEST_ATTACK_H

/* Tries every way to a writable mapping of a table of that level, in use and pinned; each must be refused. */
void attack_writable(int level);

#endif
