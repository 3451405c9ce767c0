/* SPDX-License-Identifier: GPL-2.0-only */
/* Console logs: files of bounded size, one generation of which is kept. */
#ifndef LOGFILE_H
#define LOGFILE_H

#include <stdbool.h>
#include <stddef.h>

struct logfile;

/* dir/prefix + name + ".log"; '/' in name and a '.' at its start become '_'. */
struct logfile *logfile_open(const char *dir, const char *prefix,
                             const char *name);
void logfile_write(struct logfile *l, const char *bytes, size_t len);
/* Opens the file anew, for who moved it away. */
void logfile_reopen(struct logfile *l);
void logfile_close(struct logfile *l);  /* NULL is allowed */

#endif /* LOGFILE_H */
