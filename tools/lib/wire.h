/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes over xend's socket: a message is a length (4 bytes, little endian) and that many bytes of JSON.
 * A request is {"op": name, "args": {...}}; its answer {"ok": value} or {"error": text, "code": errno}, and
 * "warnings": [text...] where there are any. Requests on one connection are answered in order.
 */
#ifndef TOOLS_LIB_WIRE_H
#define TOOLS_LIB_WIRE_H

#include <stddef.h>

struct json;
struct strbuf;

#define XEND_RUN_DIR	"/run/xend"
#define XEND_SOCKET	XEND_RUN_DIR "/xend.sock"
/* Bound of one message: a config file may have 1 MiB, the hypervisor's console ring is smaller. */
#define WIRE_MESSAGE_MAX (8u << 20)
#define WIRE_HEADER 4

/* Appends one message to out. */
void wire_pack(const struct json *message, struct strbuf *out);
/*
 * Looks at the front of len bytes received so far. Bytes of the first message with its header when it is complete,
 * 0 when more is needed, -EMSGSIZE when the peer announces too much.
 */
long wire_complete(const char *data, size_t len);
/* Blocking transfer of one message; 0 or a negative errno (-EPIPE: the peer closed). The caller frees *message. */
int wire_send(int fd, const struct json *message);
int wire_receive(int fd, struct json **message);

#endif
