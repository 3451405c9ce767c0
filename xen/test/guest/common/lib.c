/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings, formatted output, the console. */
#include "lib.h"
#include "console.h"

void *memset(void *to, int byte, size_t n)
{
    void *result = to;

    asm volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
    return result;
}

void *memcpy(void *to, const void *from, size_t n)
{
    void *result = to;

    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return result;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

bool starts_with(const char *s, const char *prefix)
{
    return memcmp(s, prefix, strlen(prefix)) == 0;
}

struct sink {
    char *buf;
    size_t size, used;
};

static void put(struct sink *out, char c)
{
    if (out->used + 1 < out->size)
        out->buf[out->used++] = c;
}

static void put_number(struct sink *out, unsigned long value, unsigned base, bool negative, int width, char pad)
{
    char digits[24];
    int n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (negative)
        digits[n++] = '-';
    for (int i = n; i < width; i++)
        put(out, pad);
    while (n)
        put(out, digits[--n]);
}

static const char *put_directive(struct sink *out, const char *f, va_list *args)
{
    char pad = ' ';
    int width = 0, longs = 0;

    if (*f == '0')
        pad = *f++;
    while (*f >= '0' && *f <= '9')
        width = width * 10 + *f++ - '0';
    while (*f == 'l' || *f == 'z') {
        longs++;
        f++;
    }
    if (*f == 'd') {
        long v = longs ? va_arg(*args, long) : va_arg(*args, int);

        put_number(out, v < 0 ? -(unsigned long)v : (unsigned long)v, 10, v < 0, width, pad);
    } else if (*f == 'u' || *f == 'x') {
        put_number(out, longs ? va_arg(*args, unsigned long) : va_arg(*args, unsigned int), *f == 'u' ? 10 : 16, false,
                   width, pad);
    } else if (*f == 'p') {
        put_number(out, (unsigned long)va_arg(*args, void *), 16, false, width, pad);
    } else if (*f == 's') {
        const char *s = va_arg(*args, const char *);
        int n = (int)strlen(s);

        while (*s)
            put(out, *s++);
        for (; n < width; n++)
            put(out, ' ');
    } else if (*f == 'c') {
        put(out, (char)va_arg(*args, int));
    } else {
        put(out, *f);
    }
    return f + 1;
}

int vsnprintf(char *buf, size_t size, const char *format, va_list args)
{
    struct sink out = { buf, size, 0 };
    va_list copy;

    va_copy(copy, args);
    while (*format) {
        if (*format == '%')
            format = put_directive(&out, format + 1, &copy);
        else
            put(&out, *format++);
    }
    va_end(copy);
    buf[out.used] = 0;
    return (int)out.used;
}

int snprintf(char *buf, size_t size, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(buf, size, format, args);
    va_end(args);
    return n;
}

void vprintf(const char *format, va_list args)
{
    char line[512];
    int n = vsnprintf(line, sizeof(line), format, args);

    console_write(line, (unsigned)n);
}

void printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}
