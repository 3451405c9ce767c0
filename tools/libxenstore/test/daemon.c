/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting and ending the daemon for tests. */
#include "daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAEMON "../xenstored/xenstored"

struct xs_handle *xs;

static char folder[64];
static pid_t daemon_pid;

static void run_daemon(void)
{
    char pid_file[96];

    snprintf(pid_file, sizeof(pid_file), "%s/pid", folder);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(DAEMON, DAEMON, "-D", "-N", "-F", pid_file, NULL);
    perror(DAEMON);
    _exit(127);
}

struct xs_handle *daemon_start(void)
{
    struct xs_handle *h = NULL;
    char path[96];

    strcpy(folder, "/tmp/test_store.XXXXXX");
    if (!mkdtemp(folder))
        return NULL;
    snprintf(path, sizeof(path), "%s/socket", folder);
    setenv("XENSTORED_PATH", path, 1);
    daemon_pid = fork();
    if (daemon_pid == 0)
        run_daemon();
    for (int i = 0; i < 500 && !h; i++) {
        usleep(10000);
        h = xs_open(0);
    }
    return h;
}

int daemon_end(void)
{
    char command[128];

    kill(daemon_pid, SIGTERM);
    waitpid(daemon_pid, NULL, 0);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

int daemon_set_up(void **state)
{
    (void)state;
    xs = daemon_start();
    return xs ? 0 : -1;
}

int daemon_tear_down(void **state)
{
    (void)state;
    xs_close(xs);
    return daemon_end();
}
