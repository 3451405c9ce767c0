/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line against the table of options (xen/params.h). Unknown words and bad values are reported by name. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/params.h>

extern const struct param params_start[], params_end[];

char saved_cmdline[1024];

static int assign(const struct param *p, const char *value, bool negated)
{
    const char *end = value;
    int b;

    if (negated && p->kind != PARAM_BOOL)
        return -EINVAL;
    switch (p->kind) {
    case PARAM_STRING:
        return strlcpy(p->var, value, p->size) < p->size ? 0 : -EINVAL;
    case PARAM_BOOL:
        b = parse_bool(value);
        if (b < 0)
            return -EINVAL;
        *(bool *)p->var = b ^ (int)negated;
        return 0;
    case PARAM_UINT:
        *(unsigned int *)p->var = (unsigned int)strtou64(value, &end, 0);
        return *value && !*end ? 0 : -EINVAL;
    case PARAM_SIZE:
        *(u64 *)p->var = parse_size(value, &end);
        return *value && !*end ? 0 : -EINVAL;
    case PARAM_CUSTOM:
        return p->parse(value);
    }
    return -EINVAL;
}

static const struct param *find(const char *name)
{
    for (const struct param *p = params_start; p < params_end; p++)
        if (!strcmp(p->name, name))
            return p;
    return NULL;
}

static void parse_word(char *word)
{
    char *eq = strchr(word, '=');
    const char *value = "";
    const struct param *p;
    bool negated = false;

    if (eq) {
        *eq = 0;
        value = eq + 1;
    }
    p = find(word);
    if (!p && !strncmp(word, "no-", 3)) {
        p = find(word + 3);
        negated = true;
    } else if (!p && !strncmp(word, "no", 2)) {
        p = find(word + 2);
        negated = true;
    }
    if (!p)
        printk(XENLOG_WARN "command line: unknown option '%s': ignored; see xen-command-line(7)\n", word);
    else if (assign(p, value, negated))
        printk(XENLOG_WARN "command line: bad value '%s' for option '%s' (%s)\n", value, word, p->help);
}

void cmdline_parse(const char *cmdline)
{
    static char words[1024];
    char *p = words;

    strlcpy(saved_cmdline, cmdline, sizeof(saved_cmdline));
    strlcpy(words, cmdline, sizeof(words));
    while (*p) {
        char *word = p;
        while (*p && *p != ' ')
            p++;
        if (*p)
            *p++ = 0;
        if (*word && strcmp(word, "placeholder") && strcmp(word, "--"))
            parse_word(word);
    }
}
