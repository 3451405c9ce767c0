/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small objects. A page of a size class holds equal objects behind a header; larger
 * requests are whole pages with the same header in front. The header tells xfree which.
 */
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/page_alloc.h>
#include <xen/spinlock.h>

#define SLAB_MAGIC 0x534c4142u
#define BIG_MAGIC  0x42494721u
#define FREE_POISON 0x6b

struct object { struct object *next; };

struct slab {
    u32 magic;
    u16 class_index, in_use;
    u32 order;                   /* big: pages */
    u32 _pad;
    struct object *free;
    struct list_head link;       /* on its class's list while an object is free */
    u64 _align;
};
_Static_assert(sizeof(struct slab) % 16 == 0, "objects are 16-byte aligned");

static const u16 class_size[] = { 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 672, 1008, 1344, 2016 };
static struct list_head partial[ARRAY_SIZE(class_size)];   /* slab_lock */
static spinlock_t slab_lock = SPIN_LOCK_UNLOCKED;

static struct slab *new_slab(unsigned int c)
{
    struct slab *s = alloc_xen_pages(0, 0);
    unsigned int n = (PAGE_SIZE - sizeof(*s)) / class_size[c];

    if (!s)
        return NULL;
    *s = (struct slab){ .magic = SLAB_MAGIC, .class_index = (u16)c };
    for (unsigned int i = n; i-- > 0; ) {
        struct object *o = (struct object *)((char *)(s + 1) + i * class_size[c]);
        o->next = s->free;
        s->free = o;
    }
    list_add(&s->link, &partial[c]);
    return s;
}

static void *alloc_small(unsigned int c)
{
    struct slab *s;
    struct object *o = NULL;

    spin_lock(&slab_lock);
    if (!partial[c].next)
        list_init(&partial[c]);
    s = list_empty(&partial[c]) ? new_slab(c) : list_first_entry(&partial[c], struct slab, link);
    if (s) {
        o = s->free;
        s->free = o->next;
        s->in_use++;
        if (!s->free)
            list_del(&s->link);
    }
    spin_unlock(&slab_lock);
    return o;
}

static void *alloc_big(size_t size)
{
    unsigned int order = 0;
    struct slab *s;

    while ((PAGE_SIZE << order) - sizeof(*s) < size)
        if (++order > MAX_ORDER)
            return NULL;
    s = alloc_xen_pages(order, 0);
    if (!s)
        return NULL;
    *s = (struct slab){ .magic = BIG_MAGIC, .order = order };
    return s + 1;
}

void *xmalloc(size_t size)
{
    for (unsigned int c = 0; c < ARRAY_SIZE(class_size); c++)
        if (size <= class_size[c])
            return alloc_small(c);
    return alloc_big(size);
}

/* Pages from the buddy are zero, however many they are. */
void *xzalloc(size_t size)
{
    void *p = xmalloc(size);

    return p && size <= class_size[ARRAY_SIZE(class_size) - 1] ? memset(p, 0, size) : p;
}

void *xcalloc(size_t n, size_t size)
{
    size_t bytes;

    return __builtin_mul_overflow(n, size, &bytes) ? NULL : xzalloc(bytes);
}

static void free_small(struct slab *s, struct object *o)
{
    bool empty;

    memset(o, FREE_POISON, class_size[s->class_index]);
    spin_lock(&slab_lock);
    ASSERT(s->in_use > 0);
    if (!s->free)
        list_add(&s->link, &partial[s->class_index]);
    o->next = s->free;
    s->free = o;
    empty = --s->in_use == 0;
    if (empty)
        list_del(&s->link);
    spin_unlock(&slab_lock);
    if (empty) {
        s->magic = 0;
        free_xen_pages(s, 0);
    }
}

void xfree(void *p)
{
    struct slab *s = (struct slab *)((unsigned long)p & PAGE_MASK);

    if (!p)
        return;
    if (s->magic == BIG_MAGIC) {
        s->magic = 0;
        free_xen_pages(s, s->order);
        return;
    }
    if (s->magic != SLAB_MAGIC)
        panic("xfree(%p): not allocated, or freed twice", p);
    free_small(s, p);
}
