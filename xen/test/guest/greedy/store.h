/* SPDX-License-Identifier: GPL-2.0-only */
/* A client of xenstored over the ring that the tools gave this domain. */
#ifndef GREEDY_STORE_H
#define GREEDY_STORE_H

#include "../common/test.h"
#include <public/io/xs_wire.h>

void store_init(void);
/* Puts a request into the ring if it has room; does not wait for the answer. */
bool store_send(unsigned type, const void *body, unsigned len);
/* The next answer's type, its body in @body (@room bytes and a zero); watch events are left out. -1: none came for long. */
int store_answer(char *body, unsigned room);
/* Request and answer: 0, or 1 for an error, whose name is in store_error. */
int store_ask(unsigned type, const void *body, unsigned len);
extern char store_error[64];

#endif
