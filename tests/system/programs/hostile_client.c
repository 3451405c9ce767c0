/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile_client store|xend SOCKET CONNECTIONS SEED: clients of a daemon in dom0 that keep to no protocol. Each connection sends
 * some messages, whole, cut or with a length that lies, or bytes of no meaning, reads some of what comes or nothing, and closes.
 * Domains and paths that it names are nobody's. Ends when all connections were made; the daemon may close them.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROOM 5000

static uint32_t state;

static uint32_t roll(uint32_t n)
{
    state = state * 1664525 + 1013904223;
    return (state >> 8) % n;
}

static size_t noise(unsigned char *to, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (unsigned char)roll(256);
    return len;
}

/* Words of the language, in any order. Returns how many bytes. */
static size_t words(char *to, const char *const list[], uint32_t nr, uint32_t times)
{
    size_t len = 0;

    while (times--) {
        const char *word = list[roll(nr)];
        size_t n = strlen(word);

        memcpy(to + len, word, n);
        len += n;
        if (roll(4))
            to[len++] = '\0';
    }
    return len;
}

/* A message of xenstored's protocol: type, request, transaction, length, arguments. */
static size_t store_message(unsigned char *to)
{
    static const char *const list[] = {
        "/noise", "/noise/a", "/noise/a/b", "noise", "/", "//", "", "@releaseDomain", "@introduceDomain", "n0", "r4242", "b4243",
        "T", "F", "1", "4242", "99999999999999999999", "quota", "check", "help", "print", "nodes", "token", "/noise/\n",
    };
    uint32_t hdr[4] = { roll(24), roll(100), roll(3), 0 };
    size_t len = words((char *)to + sizeof(hdr), list, sizeof(list) / sizeof(list[0]), roll(6));

    /* What would end the store that others use: removing its root, or a domain. */
    if (hdr[0] == 13 || hdr[0] == 11)
        memcpy(to + sizeof(hdr), "/noise/x", len > 8 ? 8 : len);
    if (hdr[0] >= 8 && hdr[0] <= 9)
        hdr[0] = 2;
    if (roll(20) == 0)
        len += noise(to + sizeof(hdr) + len, roll(3000));
    hdr[3] = roll(30) ? (uint32_t)len : roll(10) ? roll(5000) : 0xffffffff - roll(16);
    memcpy(to, hdr, sizeof(hdr));
    return sizeof(hdr) + len;
}

/* A message of xend's: length, JSON. */
static size_t xend_message(unsigned char *to)
{
    static const char *const list[] = {
        "{\"op\":\"list\",\"args\":{}}", "{\"op\":\"domid\",\"args\":{\"name\":\"nobody\"}}", "{\"op\":\"destroy\",\"args\":{\"domain\":\"nobody\"}}",
        "{\"op\":", "\"args\":{", "\"domain\":", "\"nobody\"", "}", "{", "[", "]", "1e999", "-", "\\u0000", "\"", ",", ":", "null",
        "{\"op\":\"create\",\"args\":{\"config\":\"name='x'\\nkernel='/nowhere'\"}}", "{\"op\":\"info\",\"args\":[]}", "[[[[[[[[[[[[[[[[",
    };
    uint32_t len = (uint32_t)words((char *)to + 4, list, sizeof(list) / sizeof(list[0]), 1 + roll(3)), said = len;

    if (roll(20) == 0)
        len += (uint32_t)noise(to + 4 + len, roll(3000));
    said = roll(15) ? len : roll(10) ? roll(5000) : 0xffffffff - roll(16);
    memcpy(to, &said, 4);
    return 4 + len;
}

static void one_connection(const char *path, size_t (*message)(unsigned char *))
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), nr = 1 + (int)roll(20);
    unsigned char bytes[ROOM], in[ROOM];

    strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        printf("hostile_client: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    while (nr--) {
        size_t len = roll(30) ? message(bytes) : noise(bytes, roll(200));
        struct pollfd p = { .fd = fd, .events = POLLIN };

        if (roll(20) == 0)
            len = roll((uint32_t)len + 1);
        if (send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
            break;
        if (roll(3) == 0 && poll(&p, 1, 20) > 0 && recv(fd, in, 1 + roll(ROOM), 0) <= 0)
            break;
    }
    close(fd);
}

int main(int argc, char **argv)
{
    size_t (*message)(unsigned char *);
    long connections;

    if (argc != 5 || (strcmp(argv[1], "store") != 0 && strcmp(argv[1], "xend") != 0)) {
        fprintf(stderr, "usage: hostile_client store|xend SOCKET CONNECTIONS SEED\n");
        return 2;
    }
    message = argv[1][0] == 's' ? store_message : xend_message;
    connections = atol(argv[3]);
    state = (uint32_t)atol(argv[4]);
    while (connections--)
        one_connection(argv[2], message);
    return 0;
}
