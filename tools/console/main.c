/* SPDX-License-Identifier: GPL-2.0-only */
/* xenconsole: a guest's console on this terminal. */
#include "client.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: xenconsole [options] DOMID\n"
    "Connects this terminal to a guest's console. CTRL-] leaves.\n"
    "\n"
    "  -n, --num N              the guest's Nth console (default 0)\n"
    "  -t, --type pv|serial     which kind of console (default pv)\n"
    "  -e, --escape C           the character that leaves: a letter means CTRL\n"
    "                           with it, `none' that nothing does\n"
    "  -w, --wait SECONDS       how long to wait for the console (default 10)\n"
    "  -l, --linger SECONDS     leave that long after input has ended\n"
    "                           (default: stay until the guest ends)\n"
    "      --start-notify-fd N  write a byte there when connected\n"
    "      --interactive        accepted, means nothing\n"
    "  -h, --help               this text\n";

static const struct option long_options[] = {
    { "num", required_argument, NULL, 'n' },
    { "type", required_argument, NULL, 't' },
    { "escape", required_argument, NULL, 'e' },
    { "wait", required_argument, NULL, 'w' },
    { "linger", required_argument, NULL, 'l' },
    { "start-notify-fd", required_argument, NULL, 's' },
    { "interactive", no_argument, NULL, 'i' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static int number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (!*text || *end || n < 0 || n > 0x7fffffff) {
        fprintf(stderr, "xenconsole: '%s' is not a number\n", text);
        exit(2);
    }
    return (int)n;
}

static int escape(const char *text)
{
    if (strcmp(text, "none") == 0)
        return -1;
    if (text[0] == '^' && text[1])
        text++;
    if (strlen(text) != 1 || text[0] < '@') {
        fprintf(stderr, "xenconsole: '%s' is no character to leave with\n",
                text);
        exit(2);
    }
    return text[0] & 0x1f;
}

static bool is_serial(const char *type)
{
    if (strcmp(type, "pv") && strcmp(type, "serial")) {
        fprintf(stderr, "xenconsole: '%s' is no type of console\n", type);
        exit(2);
    }
    return type[0] == 's';
}

int main(int argc, char **argv)
{
    struct client c = {
        .wait_s = 10, .linger_s = -1, .escape = ']' & 0x1f, .notify_fd = -1,
    };
    int opt;

    while ((opt = getopt_long(argc, argv, "n:t:e:w:l:ih", long_options,
                              NULL)) != -1) {
        switch (opt) {
        case 'n': c.num = number(optarg); break;
        case 't': c.serial = is_serial(optarg); break;
        case 'e': c.escape = escape(optarg); break;
        case 'w': c.wait_s = number(optarg); break;
        case 'l': c.linger_s = number(optarg); break;
        case 's': c.notify_fd = number(optarg); break;
        case 'i': break;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (optind != argc - 1) {
        fputs(usage, stderr);
        return 2;
    }
    c.domid = number(argv[optind]);
    return client_run(&c);
}
