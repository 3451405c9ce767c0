/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings, printing, assertions: what every .c file may use (lib/, common/console.c). */
#ifndef XEN_LIB_H
#define XEN_LIB_H

#include <xen/types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strstr(const char *hay, const char *needle);
/* Copies at most @size - 1 characters and always terminates; returns strlen(@src). */
size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcat(char *dst, const char *src, size_t size);
/* Number in base 0/8/10/16; *@end is the first character not used. */
u64 strtou64(const char *s, const char **end, int base);
/* "", yes, on, true, enable, 1 are 1; no, off, false, disable, 0 are 0; else -1. */
int parse_bool(const char *s);
/* A size with an optional suffix B K M G T (default unit K when @s ends with a digit). */
u64 parse_size(const char *s, const char **end);

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/*
 * Console message. Levels are a prefix as in the field's own: XENLOG_ERR etc.
 * No prefix means XENLOG_INFO. Any context, any lock but the console's own.
 * Formats: the usual ones plus %ps (symbol of an address) and %pv ("d0v1" of a struct vcpu *),
 * %pd ("d0" of a struct domain *).
 */
void printk(const char *fmt, ...) __printf(1, 2);
void vprintk(const char *fmt, va_list ap);
#define XENLOG_ERR   "<0>"
#define XENLOG_WARN  "<1>"
#define XENLOG_INFO  "<2>"
#define XENLOG_DEBUG "<3>"
/* A message caused by a guest: separate threshold (guest_loglvl=), rate limited. */
#define XENLOG_GUEST "<G>"
/* gprintk: about the current guest; prefixes "d1v0: ". */
void gprintk(const char *fmt, ...) __printf(1, 2);

/* Stops the machine with @fmt, registers, stack with symbols and the running vCPU. Never returns. */
void panic(const char *fmt, ...) __printf(1, 2) noreturn;
/*
 * Ends the boot where the machine, the loader, a module or an option does not allow it. @fmt is one line: the object, what it
 * has and what is needed, the remedy. Nothing else is printed, as nothing is wrong with the hypervisor.
 */
void boot_refuse(const char *fmt, ...) __printf(1, 2) noreturn;
void bug_at(const char *file, int line, const char *what) noreturn;

#define BUG()       bug_at(__FILE__, __LINE__, "BUG")
#define BUG_ON(c)   do { if (unlikely(c)) bug_at(__FILE__, __LINE__, #c); } while (0)
/* ASSERT stays in release builds: an invariant that fails is a security hole. */
#define ASSERT(c)   do { if (unlikely(!(c))) bug_at(__FILE__, __LINE__, "!(" #c ")"); } while (0)
#define ASSERT_UNREACHABLE() bug_at(__FILE__, __LINE__, "unreachable")

#endif
