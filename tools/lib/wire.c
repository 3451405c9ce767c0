/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages over xend's socket. */
#include "wire.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json.h"
#include "strbuf.h"

void wire_pack(const struct json *message, struct strbuf *out)
{
	size_t start = out->len, len;

	strbuf_add(out, "\0\0\0", WIRE_HEADER);
	json_write(message, out, 0);
	len = out->len - start - WIRE_HEADER;
	for (int i = 0; i < WIRE_HEADER; i++)
		out->data[start + i] = (char)(len >> (8 * i));
}

long wire_complete(const char *data, size_t len)
{
	uint32_t body = 0;

	if (len < WIRE_HEADER)
		return 0;
	for (int i = 0; i < WIRE_HEADER; i++)
		body |= (uint32_t)(unsigned char)data[i] << (8 * i);
	if (body > WIRE_MESSAGE_MAX)
		return -EMSGSIZE;
	return len >= WIRE_HEADER + (size_t)body ? (long)(WIRE_HEADER + body) : 0;
}

int wire_send(int fd, const struct json *message)
{
	struct strbuf b = { 0 };
	size_t done = 0;
	int ret = 0;

	wire_pack(message, &b);
	while (done < b.len) {
		ssize_t n = send(fd, b.data + done, b.len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ret = -errno;
			break;
		}
		done += n;
	}
	strbuf_free(&b);
	return ret;
}

int wire_receive(int fd, struct json **message)
{
	struct strbuf b = { 0 };
	char chunk[16384];
	long total;
	int ret;

	while (!(total = wire_complete(b.data, b.len))) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		ret = n < 0 ? -errno : -EPIPE;
		if (n <= 0)
			goto out;
		strbuf_add(&b, chunk, n);
	}
	ret = total;
	if (total < 0)
		goto out;
	*message = json_parse(b.data + WIRE_HEADER, total - WIRE_HEADER, NULL);
	ret = *message ? 0 : -EPROTO;
out:
	strbuf_free(&b);
	return ret;
}
