/* SPDX-License-Identifier: GPL-2.0-only */
/* control: a command for the daemon itself, and its answer. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

int cmd_control(struct call *c)
{
    char data[XENSTORE_PAYLOAD_MAX];
    size_t len = 0;
    char *answer;

    for (int i = 1; i < c->nr; i++) {
        size_t part = strlen(c->args[i]) + 1;

        if (len + part > sizeof(data)) {
            fprintf(stderr, "xenstore-control: arguments too long\n");
            return 2;
        }
        memcpy(data + len, c->args[i], part);
        len += part;
    }
    answer = xs_control_command(c->xs, c->args[0], data, (unsigned int)len);
    if (!answer)
        return fail(c, "the daemon refused", c->args[0]);
    fputs(answer, stdout);
    if (!*answer || answer[strlen(answer) - 1] != '\n')
        putchar('\n');
    free(answer);
    return 0;
}
