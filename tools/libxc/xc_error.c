/* SPDX-License-Identifier: GPL-2.0-only */
/* The description of a handle's last failure: step, reason, remedy. */
#include "xc_private.h"

#include <stdarg.h>
#include <stdio.h>

/* What the hypervisor means by an errno, where strerror() would mislead. */
static const struct { int err; const char *means; } call_errors[] = {
    { -ESRCH,  "there is no such domain" },
    { -EACCES, "the hypervisor's control interface has another version than"
               " this library's" },
    { -EPERM,  "the hypervisor does not allow it to this domain" },
    { -ENOSYS, "the hypervisor does not have this operation" },
    { -EOPNOTSUPP, "the hypervisor does not support it" },
    { -ENOMEM, "the hypervisor has not enough memory" },
    { -EFAULT, "the hypervisor could not read our arguments" },
    { -ENOTTY, "there is no hypervisor behind this handle" },
};

int xc_fail(struct xc_handle *h, int err, enum xc_about about, const char *step,
            const char *fmt, ...)
{
    struct xc_error *e = &h->error;
    va_list ap;

    e->code = err;
    e->about = about;
    snprintf(e->step, sizeof(e->step), "%s", step);
    va_start(ap, fmt);
    vsnprintf(e->reason, sizeof(e->reason), fmt, ap);
    va_end(ap);
    e->remedy[0] = '\0';
    return err;
}

void xc_remedy(struct xc_handle *h, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(h->error.remedy, sizeof(h->error.remedy), fmt, ap);
    va_end(ap);
}

int xc_fail_call(struct xc_handle *h, int err, const char *fmt, ...)
{
    const char *means = strerror(-err);
    char step[sizeof(h->error.step)];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(step, sizeof(step), fmt, ap);
    va_end(ap);
    for (unsigned i = 0; i < XC_ARRAY_SIZE(call_errors); i++)
        if (call_errors[i].err == err)
            means = call_errors[i].means;
    return xc_fail(h, err, XC_ABOUT_HYPERVISOR, step, "%s", means);
}

int xc_fail_unsaid(struct xc_handle *h, int rc, const char *step)
{
    if (rc < 0 && h->error.code != rc)
        xc_fail(h, rc, XC_ABOUT_SYSTEM, step, "%s", strerror(-rc));
    return rc;
}

const struct xc_error *xc_last_error(const struct xc_handle *h)
{
    return &h->error;
}

const char *xc_error_text(struct xc_handle *h)
{
    const struct xc_error *e = &h->error;

    if (!e->code)
        return "";
    snprintf(h->error_text, sizeof(h->error_text), "%s: %s%s%s", e->step,
             e->reason, e->remedy[0] ? "; " : "", e->remedy);
    return h->error_text;
}

void xc_error_clear(struct xc_handle *h)
{
    memset(&h->error, 0, sizeof(h->error));
}
