/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debugging of objects.
 *
 * Slabs of a type that is debugged are no CPU's, and what is freed names none of
 * them by tslab_slab::key: each allocation and free takes the way where it is looked
 * at, and nobody else pays for that. An object is debugged for as long as its slab
 * lives: what types are is decided when they are made.
 *
 *   | red ... | object | red ... | object | red ... |
 *
 * All of a slab that is no object is red, also what a class has beyond the bytes that
 * were asked for. What is known of an object is not in the slab, where it could be
 * overwritten, but in a mark behind the descriptor.
 */
#ifndef _TSLAB_DEBUG_H
#define _TSLAB_DEBUG_H

#include "tslab.h"

/* Who had an object last: whoever allocated it, whoever freed it. */
enum tslab_user { TSLAB_ALLOCATED, TSLAB_FREED, TSLAB_NR_USERS };

/**
 * struct tslab_mark - what is known of an object
 * @size: bytes that were asked for, 0 if it is free; with TSLAB_MARK_BROKEN if it was
 *	found overwritten, and is not given out again
 * @stack: of each user, from the kernel's depot; 0 if it is not known
 * @when: low bits of jiffies
 * @pid: of the task
 * @cpu: it ran on
 */
struct tslab_mark {
	u32 size;
	u32 stack[TSLAB_NR_USERS];
	u32 when[TSLAB_NR_USERS];
	u32 pid[TSLAB_NR_USERS];
	u16 cpu[TSLAB_NR_USERS];
};

#define TSLAB_MARK_BROKEN	BIT(31)

/* Bytes that were asked for of an object that is live, else 0. */
static inline u32 tslab_mark_size(const struct tslab_mark *mark)
{
	return READ_ONCE(mark->size) & ~TSLAB_MARK_BROKEN;
}

static inline bool tslab_mark_is_broken(const struct tslab_mark *mark)
{
	return mark->size & TSLAB_MARK_BROKEN;
}

/**
 * struct tslab_marks - of all objects of a slab
 * @lock: raw; guards the marks, and what an object is filled with
 * @is_over: its pages are about to go: they are not touched any more; @lock
 * @mark: by slot
 */
struct tslab_marks {
	raw_spinlock_t lock;	/* mark */
	bool is_over;
	struct tslab_mark mark[];
};

static inline bool tslab_type_is_debugged(const struct tslab_type *type)
{
	return type->flags & TSLAB_DEBUG_FLAGS;
}

static inline struct tslab_marks *tslab_slab_marks(struct tslab_slab *slab)
{
	return (struct tslab_marks *)&slab->word[slab->words];
}

/* The pages, of which a debugged slab does not begin with an object. */
static inline void *tslab_slab_start(const struct tslab_slab *slab)
{
	return PTR_ALIGN_DOWN(slab->base, PAGE_SIZE);
}

static inline void *tslab_slab_end(const struct tslab_slab *slab)
{
	return tslab_slab_start(slab) + slab->geo.pages * PAGE_SIZE;
}

/* Whether KASAN, KMSAN and kmemleak are told of each of its objects. */
static inline bool tslab_slab_has_tools(const struct tslab_slab *slab)
{
	return slab->is_debugged && slab->type->flags & TSLAB_DEBUG_TOOLS;
}

/* debug_flags.c */
unsigned int tslab_debug_flags(const struct tslab *ts, const char *name);
unsigned int tslab_debug_class_flags(const struct tslab *ts, unsigned int class);

/* debug.c */
void tslab_debug_type(struct tslab_type *type, unsigned int flags, size_t align);
void tslab_debug_cut(const struct tslab_type *type, size_t size,
		     struct tslab_geometry *geo);
size_t tslab_debug_bytes(const struct tslab_geometry *geo);
void tslab_debug_slab_begin(struct tslab_slab *slab, const struct tslab_type *type);
void tslab_debug_slab_fill(struct tslab_slab *slab);
void tslab_debug_slab_end(struct tslab_slab *slab);
bool tslab_debug_alloc(struct tslab_type *type, void *obj, size_t size, gfp_t gfp);
int tslab_debug_free(struct tslab_slab *slab, unsigned long slot);
unsigned int tslab_debug_slab_check(struct tslab_slab *slab);
size_t tslab_debug_size(struct tslab_slab *slab, unsigned long slot);

/* debug_user.c */
void tslab_users_init(void);
u32 tslab_stack_save(gfp_t gfp);
unsigned int tslab_stack_entries(u32 stack, unsigned long **entries);
void tslab_mark_user(struct tslab_mark *mark, enum tslab_user user, u32 stack);
void tslab_mark_show(const struct tslab_mark *mark, enum tslab_user user);

/* debug_report.c */
void tslab_debug_report(struct tslab_slab *slab, unsigned long slot, const char *what,
			const u8 *at, u8 expected);
void tslab_debug_trace(struct tslab_slab *slab, unsigned long slot,
		       enum tslab_user user);

/* debug_walk.c */
int tslab_debug_walk(struct tslab *ts,
		     int (*look)(struct tslab_slab *slab, void *data), void *data);

/* debug_quarantine.c */
#ifdef CONFIG_KASAN_GENERIC
bool tslab_quarantine_swap(struct tslab_slab **slab, unsigned long *slot);
struct tslab_slab *tslab_quarantine_take(const struct tslab_epoch *epoch,
					 unsigned int *from, unsigned long *slot);
void tslab_quarantine_leave(const struct tslab_slab *slab);
#else
static inline bool tslab_quarantine_swap(struct tslab_slab **slab,
					 unsigned long *slot)
{
	return true;
}

static inline struct tslab_slab *
tslab_quarantine_take(const struct tslab_epoch *epoch, unsigned int *from,
		      unsigned long *slot)
{
	return NULL;
}

static inline void tslab_quarantine_leave(const struct tslab_slab *slab) { }
#endif

/* debug_tools.c */
#if defined(CONFIG_KASAN_GENERIC) || defined(CONFIG_KMSAN) || \
	defined(CONFIG_DEBUG_KMEMLEAK)
void tslab_tools_slab_new(struct tslab_slab *slab);
void tslab_tools_alloc(struct tslab_slab *slab, void *obj, size_t size, gfp_t gfp);
void tslab_tools_free(struct tslab_slab *slab, unsigned long slot, size_t size);
void tslab_tools_name(const void *obj);
#else
static inline void tslab_tools_slab_new(struct tslab_slab *slab) { }
static inline void tslab_tools_alloc(struct tslab_slab *slab, void *obj, size_t size,
				     gfp_t gfp) { }
static inline void tslab_tools_free(struct tslab_slab *slab, unsigned long slot,
				    size_t size) { }
static inline void tslab_tools_name(const void *obj) { }
#endif

#endif /* _TSLAB_DEBUG_H */
