/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPU needs which defence, and what the options make of it. Plain C (x86/spec.h). */
#include <xen/errno.h>
#include <xen/lib.h>
#include <x86/spec.h>

/* IA32_ARCH_CAPABILITIES, Intel SDM vol. 4 */
#define CAPS_RDCL_NO   (1UL << 0)
#define CAPS_IBRS_ALL  (1UL << 1)
#define CAPS_MDS_NO    (1UL << 5)
#define CAPS_TAA_NO    (1UL << 8)
#define CAPS_FB_CLEAR  (1UL << 17)
/* CPUID */
#define EDX7_MD_CLEAR  (1u << 10)
#define EDX7_IBRS      (1u << 26)
#define EDX7_SSBD      (1u << 31)
#define EBX7_RTM       (1u << 11)
#define E8_ERROR_PTRS  (1u << 2)       /* RstrFpErrPtrs */
#define E8_IBPB        (1u << 12)
#define E8_SSBD        (1u << 24)
#define E21_AUTO_IBRS  (1u << 8)

#define L1TF_REACH     (1UL << 30)
#define ENTRY_ADDRESS  0x000ffffffffff000UL    /* of a page-table entry: Intel SDM vol. 3A, 4.5 */

struct spec_choice spec __read_mostly;

/* In-order Atoms of family 6, which do not speculate; and those that do but are not subject to L1TF (Silvermont to Knights). */
static const u8 in_order[] = { 0x1c, 0x26, 0x27, 0x35, 0x36 };
static const u8 no_l1tf[] = { 0x37, 0x4a, 0x4c, 0x4d, 0x5a, 0x5d, 0x75, 0x57, 0x85, 0x5c, 0x5f, 0x7a };

static bool is_one_of(u32 model, const u8 *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (model == list[i])
            return true;
    return false;
}

static bool speculates(const struct spec_facts *f)
{
    return f->family >= 6 && !(f->family == 6 && is_one_of(f->model, in_order, ARRAY_SIZE(in_order)));
}

static bool is_amd(const struct spec_facts *f)
{
    return f->vendor == CPU_VENDOR_AMD || f->vendor == CPU_VENDOR_HYGON;
}

/* A vendor that nobody has looked at counts as affected. */
static void find_faults(const struct spec_facts *f, struct spec_choice *c)
{
    bool intel = f->vendor == CPU_VENDOR_INTEL && speculates(f);

    c->meltdown = f->vendor == CPU_VENDOR_INTEL ? intel && !(f->arch_caps & CAPS_RDCL_NO) : !is_amd(f);
    c->l1tf = intel && !(f->arch_caps & CAPS_RDCL_NO) && !is_one_of(f->model, no_l1tf, ARRAY_SIZE(no_l1tf));
    c->mds = intel && (!(f->arch_caps & CAPS_MDS_NO) || (f->arch_caps & CAPS_FB_CLEAR) ||
                       ((f->leaf7_ebx & EBX7_RTM) && !(f->arch_caps & CAPS_TAA_NO)));
    c->fpu_pointers = is_amd(f) && !(f->e8_ebx & E8_ERROR_PTRS);
}

static bool choose(int option, bool otherwise)
{
    return option == SPEC_AUTO ? otherwise : option;
}

static bool has_fault(const struct spec_choice *c, enum spec_fault fault)
{
    return c->faults >> fault & 1;
}

/*
 * Retpolines, unless the CPU restricts predictions by itself. Where branch history still steers them (BHI) and cannot be switched
 * off, retpolines stand beside IBRS, on CPUs that predict a RET by the return stack alone.
 */
static enum spec_thunk choose_thunk(const struct spec_options *o, const struct spec_choice *c)
{
    if (o->thunk != THUNK_AUTO)
        return (enum spec_thunk)o->thunk;
    if (!c->ibrs && !c->auto_ibrs)
        return THUNK_RETPOLINE;
    return has_fault(c, FAULT_BHI) && !c->bhi_dis && c->retpoline_holds ? THUNK_RETPOLINE : THUNK_JMP;
}

/* Takes out of c->open what the choices so far help against. */
static void close_faults(const struct spec_facts *f, struct spec_choice *c)
{
    if (c->div)
        c->open &= ~(1u << FAULT_DIV);
    if (c->bhi_dis || (c->thunk == THUNK_RETPOLINE && c->retpoline_holds))
        c->open &= ~(1u << FAULT_BHI);
    if (c->ibrs)                                 /* enhanced IBRS is for RET as well */
        c->open &= ~(1u << FAULT_RETBLEED);
    if (c->verw && spec_verw_clears(f))
        c->open &= ~(1u << FAULT_RFDS | 1u << FAULT_TSA);
}

void spec_decide(const struct spec_facts *f, const struct spec_options *o, struct spec_choice *c)
{
    bool can_ibrs = (f->leaf7_edx & EDX7_IBRS) && (f->arch_caps & CAPS_IBRS_ALL);
    bool can_auto = is_amd(f) && (f->e21_eax & E21_AUTO_IBRS);

    *c = (struct spec_choice){ 0 };
    find_faults(f, c);
    spec_find_faults(f, c);
    c->ibrs = can_ibrs && choose(o->ibrs, true);
    c->auto_ibrs = can_auto && choose(o->ibrs, true);
    c->bhi_dis = c->ibrs && c->bhi_ctrl && has_fault(c, FAULT_BHI) && choose(o->bhi, true);
    c->thunk = choose_thunk(o, c);
    c->ibpb = ((f->leaf7_edx & EDX7_IBRS) || (f->e8_ebx & E8_IBPB)) && choose(o->ibpb, true);
    c->ssbd = (is_amd(f) ? f->e8_ebx & E8_SSBD : f->leaf7_edx & EDX7_SSBD) && choose(o->ssbd, false);
    c->rsb = choose(o->rsb, true);
    /* Without MD_CLEAR the instruction clears nothing, but may be asked for. */
    c->verw = choose(o->verw, (c->mds && (f->leaf7_edx & EDX7_MD_CLEAR)) ||
                              (spec_verw_clears(f) && (has_fault(c, FAULT_RFDS) || has_fault(c, FAULT_TSA))));
    c->div = choose(o->div, has_fault(c, FAULT_DIV));
    c->clears = c->verw || c->div;
    close_faults(f, c);
    c->xpti_dom0 = choose(o->xpti_dom0, c->meltdown);
    c->xpti_domu = choose(o->xpti_domu, c->meltdown);
    c->l1tf_dom0 = choose(o->l1tf_dom0, false);
    c->l1tf_domu = choose(o->l1tf_domu, c->l1tf);
    c->l1tf_address = ENTRY_ADDRESS & ((1UL << f->phys_bits) - 1);
    c->l1tf_end = (f->memory_end + L1TF_REACH - 1) & ~(L1TF_REACH - 1);
}

/*
 * An address beyond RAM is harmless, as the inverted ones are that Linux writes; all bits that the CPU compares count. With PTE_PS
 * set the CPU takes the entry for a mapping of up to 1 GiB around the address, so RAM ends at the next multiple of that.
 */
bool spec_l1tf_unsafe(u64 e)
{
    u64 address = e & spec.l1tf_address;

    return address && address < spec.l1tf_end;
}

void spec_options_init(struct spec_options *o)
{
    *o = (struct spec_options){ -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };
}

/* ---- lists of words: "word", "no-word", "word=boolean" ---- */

struct word { const char *name; size_t at[2]; };

#define AT(field) offsetof(struct spec_options, field)
static const struct word ctrl_words[] = {
    { "ibrs", { AT(ibrs), AT(ibrs) } }, { "ibpb", { AT(ibpb), AT(ibpb) } },
    { "rsb", { AT(rsb), AT(rsb) } }, { "md-clear", { AT(verw), AT(verw) } }, { "ssbd", { AT(ssbd), AT(ssbd) } },
    { "div-scrub", { AT(div), AT(div) } }, { "bhi-dis-s", { AT(bhi), AT(bhi) } },
};
static const struct word xpti_words[] = {
    { "dom0", { AT(xpti_dom0), AT(xpti_dom0) } }, { "domu", { AT(xpti_domu), AT(xpti_domu) } },
    { "", { AT(xpti_dom0), AT(xpti_domu) } },
};
static const struct word l1tf_words[] = {
    { "dom0", { AT(l1tf_dom0), AT(l1tf_dom0) } }, { "domu", { AT(l1tf_domu), AT(l1tf_domu) } },
    { "", { AT(l1tf_dom0), AT(l1tf_domu) } },
};

static void set(struct spec_options *o, const struct word *w, int value)
{
    for (unsigned int i = 0; i < 2; i++)
        *(int *)((char *)o + w->at[i]) = value;
}

/* The next element, cut out of *@list and copied to @word: false at the end. -EINVAL where it is too long is an unknown word. */
static bool next_element(const char **list, char *word, size_t size)
{
    size_t n = 0;

    if (!*list)
        return false;
    while (**list && **list != ',') {
        if (n < size - 1)
            word[n++] = **list;
        (*list)++;
    }
    word[n] = 0;
    *list = **list ? *list + 1 : NULL;
    return true;
}

/* "name=bool" in two: the value SPEC_OFF, SPEC_ON, or SPEC_AUTO for no boolean. @word is left as the name. */
static int split_value(char *word)
{
    char *eq = strchr(word, '=');
    int value;

    if (!eq) {
        value = strncmp(word, "no-", 3) ? SPEC_ON : SPEC_OFF;
        if (value == SPEC_OFF)
            memmove(word, word + 3, strlen(word + 3) + 1);
        return value;
    }
    *eq = 0;
    return parse_bool(eq + 1);
}

/* A boolean alone is for the word "". */
static int parse_list(struct spec_options *o, const char *value, const struct word *words, size_t n)
{
    char word[32];
    int rc = 0;

    while (next_element(&value, word, sizeof(word))) {
        int alone = parse_bool(word), b = alone >= 0 ? alone : split_value(word);
        const char *name = alone >= 0 ? "" : word;
        size_t i;

        for (i = 0; i < n && strcmp(words[i].name, name); i++)
            ;
        if (i == n || b < 0)
            rc = -EINVAL;
        else
            set(o, &words[i], b);
    }
    return rc;
}

int spec_parse_xpti(struct spec_options *o, const char *value)
{
    return parse_list(o, value, xpti_words, ARRAY_SIZE(xpti_words));
}

int spec_parse_l1tf(struct spec_options *o, const char *value)
{
    return parse_list(o, value, l1tf_words, ARRAY_SIZE(l1tf_words));
}

static int parse_thunk(struct spec_options *o, const char *name)
{
    static const char *const names[] = { [THUNK_JMP] = "jmp", [THUNK_LFENCE] = "lfence", [THUNK_RETPOLINE] = "retpoline" };

    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
        if (!strcmp(name, names[i])) {
            o->thunk = (int)i;
            return 0;
        }
    return -EINVAL;
}

/* "no" and "off" turn everything off, as does "xen=no"; single words go on from there. */
static void all_off(struct spec_options *o)
{
    *o = (struct spec_options){ 0 };
}

int spec_parse_ctrl(struct spec_options *o, const char *value)
{
    char word[32];
    int rc = 0;

    while (next_element(&value, word, sizeof(word))) {
        if (parse_bool(word) == 0 || !strcmp(word, "xen=no") || !strcmp(word, "no-xen"))
            all_off(o);
        else if (parse_bool(word) == 1)
            spec_options_init(o);
        else if (!strncmp(word, "bti-thunk=", 10))
            rc = parse_thunk(o, word + 10) ? -EINVAL : rc;
        else if (parse_list(o, word, ctrl_words, ARRAY_SIZE(ctrl_words)))
            rc = -EINVAL;
    }
    return rc;
}
