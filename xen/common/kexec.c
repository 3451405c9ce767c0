/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images for kexec (xen/kexec.h): which may be loaded, and the pages that go with one. A load, and the freeing of an image, is done in
 * pieces; between two the lock is free, and whoever comes next may give up the load or have the freeing go on.
 */
#include <xen/errno.h>
#include <xen/frame.h>
#include <xen/kexec.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/spinlock.h>
#include <public/kexec.h>

#define EM_X86_64 62
#define NR_TYPES  2

/* Pages of an image; the last of a list points to the one made before. */
struct kexec_ledger {
    struct kexec_ledger *before;
    unsigned int nr;
    void *page[510];
};
_Static_assert(sizeof(struct kexec_ledger) <= PAGE_SIZE, "a ledger is a page");

struct kexec_range kexec_crash_area;

/* Guards all below and the images. Guest memory is copied under it: a fault there is answered, not served. */
static spinlock_t kexec_lock = SPIN_LOCK_UNLOCKED;
static struct kexec_image *in_force[NR_TYPES];
static struct kexec_image *loading;                  /* at most one */
static const struct vcpu *loading_by;
static struct kexec_image *dying;

/* ---- what may be loaded ---- */

int kexec_parse_area(const char *s, struct kexec_range *area)
{
    const char *end;
    struct kexec_range r = { 0 };

    r.size = parse_size(s, &end);
    if (*end == '@')
        r.start = parse_size(end + 1, &end);
    if (*end || !r.size || r.size > 1UL << 46 || r.start > 1UL << 46 || (r.start | r.size) & ~PAGE_MASK)
        return -EINVAL;
    *area = r;
    return 0;
}

static bool inside(const struct kexec_segment *s, const struct kexec_range *r)
{
    return s->start >= r->start && s->start + s->size <= r->start + r->size;
}

/* In itself. The bound keeps sums of two from wrapping around. */
static bool segment_ok(const struct kexec_segment *s)
{
    return !((s->start | s->size) & ~PAGE_MASK) && s->size && s->start < 1UL << 52 && s->size < 1UL << 52 && s->filled <= s->size;
}

/* Only those that are filled can be in each other's way. */
static bool overlaps_another(const struct kexec_image *image, unsigned int i)
{
    const struct kexec_segment *s = &image->segment[i];

    for (unsigned int j = 0; j < i; j++)
        if (s->filled && image->segment[j].filled && s->start < image->segment[j].start + image->segment[j].size &&
            image->segment[j].start < s->start + s->size)
            return true;
    return false;
}

static bool holds(const struct kexec_segment *s, u64 a) { return a >= s->start && a - s->start < s->size; }

static bool entry_inside(const struct kexec_image *image)
{
    for (unsigned int i = 0; i < image->nr_segments; i++)
        if (image->segment[i].filled && holds(&image->segment[i], image->entry))
            return true;
    return false;
}

static int check_segments(const struct kexec_image *image)
{
    u64 bytes = 0;

    for (unsigned int i = 0; i < image->nr_segments; i++) {
        const struct kexec_segment *s = &image->segment[i];

        if (!segment_ok(s) || overlaps_another(image, i))
            return -EINVAL;
        if (image->type == KEXEC_TYPE_CRASH && s->filled && !inside(s, &kexec_crash_area))
            return -EADDRNOTAVAIL;
        bytes += s->size;
    }
    return bytes > KEXEC_MAX_BYTES ? -ENOMEM : 0;
}

int kexec_check_image(const struct kexec_image *image)
{
    int rc;

    if (image->type >= NR_TYPES || !image->nr_segments || image->nr_segments > KEXEC_MAX_SEGMENTS)
        return -EINVAL;
    if (image->arch != EM_X86_64)
        return -EOPNOTSUPP;
    rc = check_segments(image);
    return !rc && !entry_inside(image) ? -EINVAL : rc;
}

/* ---- an image's pages ---- */

static bool enter(struct kexec_image *image, void *page)
{
    struct kexec_ledger *l = image->ledger;

    if (!l || l->nr == ARRAY_SIZE(l->page)) {
        l = alloc_xen_page();
        if (!l)
            return false;
        l->before = image->ledger;
        image->ledger = l;
    }
    l->page[l->nr++] = page;
    return true;
}

static bool is_destination(const struct kexec_image *image, u64 a)
{
    for (unsigned int i = 0; i < image->nr_segments; i++)
        if (holds(&image->segment[i], a))
            return true;
    return false;
}

/* Those that are in a segment stay with the image, too, unused. */
int kexec_alloc_page(struct kexec_image *image, void **page)
{
    for (unsigned int tries = 0; tries < KEXEC_PIECE / PAGE_SIZE; tries++) {
        *page = alloc_xen_page();
        if (!*page)
            return -ENOMEM;
        if (!enter(image, *page)) {
            free_xen_page(*page);
            return -ENOMEM;
        }
        if (!is_destination(image, maddr_x(virt_to_maddr(*page))))
            return 0;
    }
    return -ERESTART;
}

/* A place for one more entry. The last one of each page of the list is the link to the next. */
static int make_room(struct kexec_image *image)
{
    void *page;
    int rc;

    if (image->move && ((u64)(image->move + 1) & ~PAGE_MASK))
        return 0;
    rc = kexec_alloc_page(image, &page);
    if (rc)
        return rc;
    if (image->move)
        *image->move = (struct kexec_move){ maddr_x(virt_to_maddr(page)), KEXEC_MOVE_NEXT };
    else
        image->moves = maddr_x(virt_to_maddr(page));
    image->move = page;
    return 0;
}

/* Where the page at machine address @to comes from. */
static int page_for(struct kexec_image *image, u64 to, void **page)
{
    int rc;

    if (image->type == KEXEC_TYPE_CRASH) {
        *page = maddr_to_virt(maddr(to));
        return 0;
    }
    if (!mfn_is_ram(maddr_to_mfn(maddr(to))))
        return -EADDRNOTAVAIL;
    rc = make_room(image);
    if (!rc)
        rc = kexec_alloc_page(image, page);
    if (!rc)
        *image->move++ = (struct kexec_move){ to, maddr_x(virt_to_maddr(*page)) };
    return rc;
}

/* ---- loading ---- */

static void let_die(struct kexec_image *image)
{
    if (image) {
        image->next_dying = dying;
        dying = image;
    }
}

static void give_up_loading(void)
{
    let_die(loading);
    loading = NULL;
    loading_by = NULL;
}

int kexec_load_begin(const struct kexec_image *image, const struct vcpu *by)
{
    struct kexec_image *copy = xmalloc(sizeof(*copy));

    if (!copy)
        return -ENOMEM;
    *copy = *image;
    spin_lock(&kexec_lock);
    /* From now on what lies in the area is half of the new one. */
    if (image->type == KEXEC_TYPE_CRASH) {
        let_die(in_force[KEXEC_TYPE_CRASH]);
        in_force[KEXEC_TYPE_CRASH] = NULL;
    }
    give_up_loading();
    loading = copy;
    loading_by = by;
    spin_unlock(&kexec_lock);
    return 0;
}

/* The next page of the segment: what the guest has for it, then zeros. */
static int fill_page(struct kexec_image *image, const struct kexec_segment *s, int (*copy)(void *, gva_t, size_t))
{
    size_t n = s->filled > image->done ? min(s->filled - image->done, PAGE_SIZE) : 0;
    void *page;
    int rc = page_for(image, s->start + image->done, &page);

    if (rc)
        return rc;
    memset((u8 *)page + n, 0, PAGE_SIZE - n);
    return n ? copy(page, gva(s->from.v + image->done), n) : 0;
}

static int load_piece(struct kexec_image *image, int (*copy)(void *, gva_t, size_t))
{
    for (u64 piece = 0; piece < KEXEC_PIECE; piece += PAGE_SIZE) {
        const struct kexec_segment *s = &image->segment[image->at];
        int rc;

        if (image->at == image->nr_segments)
            return 0;
        if (s->filled) {
            rc = fill_page(image, s, copy);
            if (rc)
                return rc;
            image->done += PAGE_SIZE;
        }
        if (!s->filled || image->done == s->size) {
            image->at++;
            image->done = 0;
        }
    }
    return -ERESTART;
}

static int finish(struct kexec_image *image)
{
    int rc = make_room(image);

    if (rc)
        return rc;
    *image->move = (struct kexec_move){ 0, KEXEC_MOVE_END };
    rc = arch_kexec_prepare(image);
    if (rc)
        return rc;
    let_die(in_force[image->type]);
    in_force[image->type] = image;
    loading = NULL;
    loading_by = NULL;
    return 0;
}

int kexec_load_step(const struct vcpu *by, int (*copy)(void *, gva_t, size_t))
{
    int rc;

    spin_lock(&kexec_lock);
    if (!loading || loading_by != by) {
        spin_unlock(&kexec_lock);
        return -EBUSY;
    }
    rc = load_piece(loading, copy);
    if (!rc)
        rc = finish(loading);
    if (rc && rc != -ERESTART)
        give_up_loading();
    spin_unlock(&kexec_lock);
    return rc;
}

int kexec_unload(unsigned int type)
{
    if (type >= NR_TYPES)
        return -EINVAL;
    spin_lock(&kexec_lock);
    let_die(in_force[type]);
    in_force[type] = NULL;
    spin_unlock(&kexec_lock);
    return 0;
}

int kexec_status(unsigned int type)
{
    return type < NR_TYPES ? READ_ONCE(in_force[type]) != NULL : -EINVAL;
}

const struct kexec_image *kexec_image_of(unsigned int type)
{
    return type < NR_TYPES ? in_force[type] : NULL;
}

/* Frees the last ledger's pages, then itself. True: the image has none any more. */
static bool free_ledger(struct kexec_image *image, unsigned int *left)
{
    struct kexec_ledger *l = image->ledger;

    if (!l)
        return true;
    while (l->nr && *left) {
        free_xen_page(l->page[--l->nr]);
        --*left;
    }
    if (!l->nr) {
        image->ledger = l->before;
        free_xen_page(l);
    }
    return false;
}

int kexec_reap(void)
{
    unsigned int left = KEXEC_PIECE / PAGE_SIZE * 4;
    bool more;

    spin_lock(&kexec_lock);
    while (dying && left)
        if (free_ledger(dying, &left)) {
            struct kexec_image *dead = dying;

            dying = dead->next_dying;
            xfree(dead);
        }
    more = dying != NULL;
    spin_unlock(&kexec_lock);
    return more ? -ERESTART : 0;
}
