/* SPDX-License-Identifier: GPL-2.0 */
/* Wrong programs, each on tslab and, if it can be written for it, on kmem_cache. */
#ifndef _TSLAB_BUGS_H
#define _TSLAB_BUGS_H

#include <linux/kfence.h>
#include <linux/slab.h>
#include <linux/tslab.h>

/* Before 6.5 there is no flag for it, nor here another cache of that size. */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE	0
#endif

/* Bytes of an object of the cache, and of one of no cache, which is no size class. */
#define BUG_CACHE_SIZE	120
#define BUG_SIZE	100

/**
 * struct bug_side - an allocator
 * @alloc: an object of a cache of it, of BUG_CACHE_SIZE bytes; sleeps
 * @free: its end
 * @alloc_size: an object of no cache; sleeps
 * @free_size: its end
 * @free_rcu: as @free_size, after a grace period; the head is at the beginning
 */
struct bug_side {
	void *(*alloc)(void);
	void (*free)(void *obj);
	void *(*alloc_size)(size_t size);
	void (*free_size)(const void *obj);
	void (*free_rcu)(void *obj);
};

/**
 * struct bug - a wrong program
 * @name: of it
 * @what: what it does, for the table
 * @run: does it
 * @tslab: does it where kmem_cache has nothing like it; instead of @run
 */
struct bug {
	const char *name;
	const char *what;
	void (*run)(const struct bug_side *side);
	void (*tslab)(void);
};

extern struct tslab *bug_ts, *bug_other_ts;
extern struct tslab_cache *bug_cache, *bug_other_cache, *bug_ctor_cache;
extern struct kmem_cache *bug_kmem;

/* End with a NULL name. */
extern const struct bug bugs_memory[];
extern const struct bug bugs_free[];
extern const struct bug bugs_life[];

void *bugs_tslab_alloc_size(size_t size);
bool bugs_go_on(void *obj, void (*free)(const void *obj));
void bugs_give_back(const void *obj);

/*
 * An object: where that is what is tried, one of KFENCE. It is asked for again and again,
 * until there is one; @free ends the others.
 */
#define bug_alloc(alloc, free)					\
({								\
	void *bug_obj;						\
								\
	do {							\
		bug_obj = (alloc);				\
	} while (bugs_go_on(bug_obj, free));			\
	bug_obj;						\
})

/* What the compiler is not to know of. */
#define bug_hide(ptr)						\
({								\
	OPTIMIZER_HIDE_VAR(ptr);				\
	ptr;							\
})

static inline size_t bug_size(size_t size)
{
	return bug_hide(size);
}

static inline void bug_write(void *obj, long offset)
{
	u8 *at = obj;

	OPTIMIZER_HIDE_VAR(at);
	WRITE_ONCE(at[offset], 0xee);
}

static inline u8 bug_read(const void *obj, long offset)
{
	const u8 *at = obj;

	OPTIMIZER_HIDE_VAR(at);
	return READ_ONCE(at[offset]);
}

#endif /* _TSLAB_BUGS_H */
