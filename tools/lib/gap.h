/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a log is missing because its file system was full. The first loss goes to the system's log (syslog(3)), for which a
 * daemon has no other place then; the log itself names the loss once it can be written again.
 */
#ifndef TOOLS_LIB_GAP_H
#define TOOLS_LIB_GAP_H

#include <stddef.h>
#include <stdint.h>

struct gap {
	uint64_t lost;		/* since the last write that succeeded, in units of the log's owner */
	int code;		/* errno of the first loss */
};

/* Adds a loss of @count for the reason @code. The first one is reported to the system's log, with the log's @path. */
void gap_add(struct gap *g, const char *path, int code, uint64_t count);
/* If something was lost: writes "N @units are missing here: reason" and a newline to @text, at most @size bytes. Returns its length. */
size_t gap_text(const struct gap *g, const char *units, char *text, size_t size);
/*
 * Appends whole lines to a log opened with O_APPEND at @path, in one write(), and before them what is missing, if anything is. Lines
 * that cannot be written in full are lost.
 */
void gap_write_lines(struct gap *g, int fd, const char *path, const char *lines, size_t len);
/*
 * Makes standard error of a daemon append to the file at @path in that way, so that fprintf(stderr, ...) logs a line. 0, or a negative
 * errno where it cannot be opened; messages are lost then.
 */
int gap_log_stderr(const char *path);

#endif
