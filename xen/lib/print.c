/* SPDX-License-Identifier: GPL-2.0-only */
/* vsnprintf: the usual conversions, with %ps (symbol), %pd (domain) and %pv (vCPU). */
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/symbols.h>

struct out { char *buf; size_t size, n; };

static void put(struct out *o, char c)
{
    if (o->n + 1 < o->size)
        o->buf[o->n] = c;
    o->n++;
}

struct spec { int width, precision; bool left, zero, alternate, plus; };

static void put_padded(struct out *o, const char *s, size_t len, const struct spec *sp)
{
    int pad = sp->width > (int)len ? sp->width - (int)len : 0;

    for (int i = 0; !sp->left && i < pad; i++)
        put(o, ' ');
    for (size_t i = 0; i < len; i++)
        put(o, s[i]);
    for (int i = 0; sp->left && i < pad; i++)
        put(o, ' ');
}

static void put_number(struct out *o, u64 v, unsigned int base, bool upper, bool negative, const struct spec *sp)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char buf[32];
    int i = sizeof(buf), digits_wanted = sp->precision > 0 ? sp->precision : 1;
    int prefix = negative + (sp->alternate && base == 16 ? 2 : 0);

    do {
        buf[--i] = digits[v % base];
        v /= base;
    } while (v);
    if (sp->zero && !sp->left && sp->precision < 0)
        digits_wanted = sp->width - prefix;
    while ((int)sizeof(buf) - i < digits_wanted && i > 3)
        buf[--i] = '0';
    if (sp->alternate && base == 16) {
        buf[--i] = 'x';
        buf[--i] = '0';
    }
    if (negative)
        buf[--i] = '-';
    put_padded(o, buf + i, sizeof(buf) - (size_t)i, sp);
}

/* The character after %p chooses; returns how many format characters it used. */
static int put_pointer(struct out *o, const char *fmt, const void *p, const struct spec *sp)
{
    const struct spec none = { .precision = -1 };
    char text[80];

    switch (*fmt) {
    case 's':
        symbol_format(text, sizeof(text), (u64)p);
        break;
    case 'd':
        snprintf(text, sizeof(text), "d%u", ((const struct domain *)p)->id);
        break;
    case 'v': {
        const struct vcpu *v = p;
        if (!v)
            strlcpy(text, "no vcpu", sizeof(text));
        else if (v->is_idle)
            snprintf(text, sizeof(text), "idle%u", v->id);
        else
            snprintf(text, sizeof(text), "d%uv%u", v->domain->id, v->id);
        break;
    }
    default:
        put_number(o, (u64)p, 16, false, false, &(struct spec){ .precision = 16 });
        return 0;
    }
    put_padded(o, text, strlen(text), sp ? sp : &none);
    return 1;
}

static const char *parse_flags(const char *f, struct spec *sp)
{
    for (;; f++) {
        switch (*f) {
        case '-': sp->left = true; break;
        case '0': sp->zero = true; break;
        case '#': sp->alternate = true; break;
        case '+': case ' ': sp->plus = true; break;
        default: return f;
        }
    }
}

static const char *parse_int(const char *f, int *v, va_list *ap)
{
    if (*f == '*') {
        *v = va_arg(*ap, int);
        return f + 1;
    }
    for (*v = 0; *f >= '0' && *f <= '9'; f++)
        *v = *v * 10 + *f - '0';
    return f;
}

static u64 fetch(va_list *ap, int longs, bool is_signed)
{
    if (longs > 0)
        return va_arg(*ap, u64);
    return is_signed ? (u64)(s64)va_arg(*ap, int) : va_arg(*ap, unsigned int);
}

static u64 narrow(u64 v, int longs, bool is_signed)
{
    if (longs == -1)
        return is_signed ? (u64)(s64)(short)v : (u16)v;
    if (longs == -2)
        return is_signed ? (u64)(s64)(signed char)v : (u8)v;
    return v;
}

static const char *convert(struct out *o, const char *f, va_list *ap)
{
    struct spec sp = { .precision = -1 };
    int longs = 0;
    u64 v;

    f = parse_int(parse_flags(f, &sp), &sp.width, ap);
    if (*f == '.')
        f = parse_int(f + 1, &sp.precision, ap);
    for (; *f == 'l' || *f == 'h' || *f == 'z' || *f == 'j'; f++)
        longs += *f == 'h' ? -1 : 1;
    switch (*f++) {
    case 'd': case 'i':
        v = narrow(fetch(ap, longs, true), longs, true);
        put_number(o, (s64)v < 0 ? -v : v, 10, false, (s64)v < 0, &sp);
        break;
    case 'u': put_number(o, narrow(fetch(ap, longs, false), longs, false), 10, false, false, &sp); break;
    case 'x': put_number(o, narrow(fetch(ap, longs, false), longs, false), 16, false, false, &sp); break;
    case 'X': put_number(o, narrow(fetch(ap, longs, false), longs, false), 16, true, false, &sp); break;
    case 'o': put_number(o, narrow(fetch(ap, longs, false), longs, false), 8, false, false, &sp); break;
    case 'c': put_padded(o, &(char){ (char)va_arg(*ap, int) }, 1, &sp); break;
    case 's': {
        const char *s = va_arg(*ap, const char *);
        s = s ? s : "(null)";
        put_padded(o, s, sp.precision >= 0 ? strnlen(s, (size_t)sp.precision) : strlen(s), &sp);
        break;
    }
    case 'p': f += put_pointer(o, f, va_arg(*ap, void *), &sp); break;
    case '%': put(o, '%'); break;
    default: put(o, '?'); return f - 1;
    }
    return f;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
    struct out o = { buf, size, 0 };
    va_list ap;

    va_copy(ap, args);
    while (*fmt) {
        if (*fmt != '%')
            put(&o, *fmt++);
        else
            fmt = convert(&o, fmt + 1, &ap);
    }
    va_end(ap);
    if (size)
        buf[min(o.n, size - 1)] = 0;
    return (int)o.n;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}
