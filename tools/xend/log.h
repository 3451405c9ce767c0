/* SPDX-License-Identifier: GPL-2.0-only */
/* xend's log file: one line an event, with time; safe from both threads. */
#ifndef XEND_LOG_H
#define XEND_LOG_H

/* Opens path for appending (and its folder if missing); NULL logs to stderr. 0 or a negative errno. */
int log_open(const char *path);
/* After the file was moved away: opens it again under its name. */
void log_reopen(void);
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The file's last max bytes; the caller frees it. */
char *log_tail(unsigned long max);

#endif
