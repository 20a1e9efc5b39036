/* SPDX-License-Identifier: GPL-2.0 */
/* A slab: descriptor, bitmap, states. */
#ifndef _TSLAB_SLAB_H
#define _TSLAB_SLAB_H

#include <linux/llist.h>
#include <linux/mm.h>

#include "type.h"

enum tslab_slab_state {
	TSLAB_SLAB_OWNED,
	TSLAB_SLAB_CURRENT,
	TSLAB_SLAB_FULL,
	TSLAB_SLAB_PARTIAL,
	TSLAB_SLAB_EMPTY,
	TSLAB_SLAB_GONE,
};

/* In tslab_word::shared; never a slot's. */
#define TSLAB_SLAB_DEAD		BIT_ULL(63)
/* Of a run: its home has given it up, and counted it; never a slot's. */
#define TSLAB_RUN_COUNTED	BIT_ULL(62)

/**
 * struct tslab_word - 63 slots of a slab
 * @owned: free slots of the owning CPU
 * @shared: free slots anybody may take, and TSLAB_SLAB_DEAD
 * @refused: slots whose free takes a closer look: what is no slot, what
 *	tslab_free_rcu() has, and what has a handle
 */
struct tslab_word {
	u64 owned;
	atomic64_t shared;
	atomic64_t refused;
};

/**
 * struct tslab_run - what a slab has besides that may take objects of several
 * classes
 * @starts: units that an object was made at
 * @base: address of the first
 * @classes: bits of the classes that there are in it
 * @next: unit that nothing was made at yet, nor later
 * @is_new: it was begun for an object, and not kept from an activation before
 * @class: of each object, by the unit that it begins at
 *
 * Written by the home of the epoch in the busy section of tslab_epoch::runs.
 */
struct tslab_run {
	u64 starts;
	void *base;
	u32 classes;
	u8 next;
	bool is_new;
	u8 class[TSLAB_RUN_UNITS];
};

/**
 * struct tslab_slab - one life of a run of pages, or of a page in the stock
 * @list: member of a list of @bin; class lock
 * @next_freed: of those whose descriptors are freed together
 * @rcu: for the descriptor's end
 * @dead: member of tslab_epoch::flushed
 * @bin: epoch and type the slab belongs to
 * @handles: the handle of each slot, 0 if it has none; or NULL; set once, with
 *	release, under the lock of the ids
 * @ids: ids it had before, all but the last; lock of the ids
 * @next_handle: its next handle, for slot 0; HANDLE_SERIAL_MAX and no id if it
 *	has had none yet
 * @first_serial: of the handles under its id; those before were another slab's
 * @cpu: CPU that owns it or did so last; read as a hint
 * @pins: one while it is not dead, one for each object that tslab_free_rcu()
 *	has: the pages stay
 * @geo: how it is cut
 * @state: enum tslab_slab_state; class lock unless a CPU owns it, and read
 *	without it as a hint
 * @shared: others than its owner have, or may have, to do with it: it is or was
 *	on a list, something was freed into it by others, has a handle or is
 *	freed after a grace period; set before
 * @for_stock: it is such a slab as the stock takes, with TSLAB_SMALL_WORDS and a
 *	struct tslab_run behind them
 * @is_run: it takes objects of several classes: a slot is free, or not, only if
 *	an object was made there. Its state is OWNED, FULL, EMPTY or GONE
 * @leaked: its pages are not to be freed
 * @reclaimable: what the kernel counts its pages as
 * @charged: its pages are, to a memory cgroup
 * @is_debugged: it is of a type that is: see debug.h
 * @is_kfence: its one object is one of the kernel's KFENCE, and it has no pages: see
 *	kfence.c
 * @left: it is of no bin any more, and goes with the last of @pins
 * @words: of @word that are in use
 * @node: node its pages are on
 * @ts: instance
 * @type: type
 * @base: address of slot 0
 * @key: what a free has to name: @type if it is a cache, else @ts; NULL while it
 *	is in the stock, of a run, and of what is debugged
 * @cpu_slab: this_cpu_ptr() of it is @owner on the CPU that owns the slab; on any
 *	other it may lead nowhere
 * @owner: what the CPU that owns it has, or NULL; changed by that CPU alone
 * @size: bytes from one object to the next
 * @reciprocal: see struct tslab_geometry
 * @word: bitmap
 *
 * The fields that alloc and free touch come last: one cache line, if there is
 * one word.
 */
struct tslab_slab {
	union {
		struct list_head list;
		struct tslab_slab *next_freed;
	};
	union {
		struct rcu_head rcu;
		struct llist_node dead;
	};
	struct tslab_bin *bin;
	u64 *handles;
	struct tslab_slab_id *ids;
	atomic64_t next_handle;
	u32 first_serial;
	u32 cpu;
	atomic_t pins;
	struct tslab_geometry geo;
	u8 state;
	bool shared;
	bool for_stock;
	bool is_run;
	bool leaked;
	bool left;
	bool reclaimable;
	bool charged;
	bool is_debugged;
	bool is_kfence;
	u16 words;
	u16 node;
	struct tslab *ts;
	struct tslab_type *type;

	void *base ____cacheline_aligned;
	void *key;
	struct tslab_cpu_slab __percpu *cpu_slab;
	struct tslab_cpu_slab *owner;
	u32 size;
	u32 reciprocal;
	struct tslab_word word[];
};

static_assert(offsetof(struct tslab_slab, word) -
	      offsetof(struct tslab_slab, base) == 40);

/* Never has a free slot. */
extern struct tslab_slab tslab_no_slab;

static inline struct tslab_word *tslab_slab_word(struct tslab_slab *slab,
						 unsigned long slot)
{
	/* By threes of u64, which takes an instruction less. */
	static_assert(sizeof(struct tslab_word) == 3 * sizeof(u64));
	return (void *)((u64 *)slab->word + slot / 64 * 3);
}

#define tslab_for_each_word(_word, _slab)				\
	for ((_word) = (_slab)->word;					\
	     (_word) < (_slab)->word + (_slab)->words; (_word)++)

/* Of one that the stock takes: with pages of 4 KiB it is one. */
#define tslab_for_each_small_word(_word, _slab)				\
	for ((_word) = (_slab)->word;					\
	     (_word) < (_slab)->word +					\
		       (TSLAB_SMALL_WORDS > 1 ? (_slab)->words : 1);	\
	     (_word)++)

/* Likewise. */
static inline struct tslab_run *tslab_slab_run(const struct tslab_slab *slab)
{
	return (struct tslab_run *)&slab->word[TSLAB_SMALL_WORDS];
}

/* What word->shared is when all of its slots are free. */
static inline u64 tslab_word_all(const struct tslab_slab *slab,
				 const struct tslab_word *word)
{
	unsigned int left = slab->geo.span;

	/* Mostly there is one. */
	if (unlikely(word != slab->word))
		left -= 64 * (word - slab->word);
	if (unlikely(slab->is_run))
		return READ_ONCE(tslab_slab_run(slab)->starts) |
		       TSLAB_RUN_COUNTED;
	return GENMASK_ULL(min(left, 63U) - 1, 0);
}

/* Whether nothing of it is allocated, and no CPU has it. */
static inline bool tslab_slab_is_free(struct tslab_slab *slab)
{
	struct tslab_word *word;

	tslab_for_each_word(word, slab)
		if (atomic64_read(&word->shared) != tslab_word_all(slab, word))
			return false;
	return true;
}

/* Slots of it that anybody may take. */
static inline unsigned int tslab_slab_nr_shared(struct tslab_slab *slab)
{
	struct tslab_word *word;
	unsigned int n = 0;

	tslab_for_each_word(word, slab)
		n += hweight64(atomic64_read(&word->shared) & ~TSLAB_SLAB_DEAD);
	return n;
}

/* Whose counters it is counted in. */
static inline unsigned int tslab_slab_traced_size(const struct tslab_slab *slab)
{
	return slab->is_run ? slab->type->geo.size : slab->size;
}

/* In /proc/meminfo, that of the node, and memory.stat of whom they are charged to. */
static inline void tslab_slab_count_pages(const struct tslab_slab *slab,
					  long pages)
{
	enum node_stat_item item = slab->reclaimable ? NR_SLAB_RECLAIMABLE_B :
						       NR_SLAB_UNRECLAIMABLE_B;
	struct page *page = virt_to_page(slab->base);

	if (unlikely(slab->charged))
		mod_lruvec_page_state(page, item, pages * PAGE_SIZE);
	else
		mod_node_page_state(page_pgdat(page), item, pages * PAGE_SIZE);
}

/*
 * References to each page besides the one it came with. Whoever gives an object
 * to kfree() drops one: the page stays, and how many are missing shows how often
 * it was done: more than a page has objects.
 */
#define TSLAB_PAGE_REFS		((int)PAGE_SIZE)

/* pages.c */
void tslab_pages_init(void);
struct page *tslab_pages_alloc(struct tslab_geometry *geo, gfp_t gfp,
			       int node);
unsigned int tslab_pages_free(struct page *page, unsigned int nr, bool charged);
void tslab_pages_tag(struct page *page, unsigned int nr,
		     struct tslab_slab *slab);

/* slab_id.c */
u64 tslab_slab_handle(struct tslab_slab *slab, gfp_t gfp);
void tslab_slab_ids_release(struct tslab_slab *slab);
struct tslab_slab *tslab_slab_by_handle(u64 handle);
void tslab_slab_ids_exit(void);

/* slab.c */
int tslab_slab_cache_init(void);
void tslab_slab_cache_exit(void);
struct tslab_slab *tslab_slab_new(struct tslab_bin *bin,
				  const struct tslab_geometry *geo, gfp_t gfp,
				  int node);
struct tslab_slab *tslab_slab_around(struct tslab_bin *bin, void *obj, size_t size,
				     gfp_t gfp);
struct tslab_slab *tslab_slab_for_stock(gfp_t gfp);
void tslab_slab_recut(struct tslab_slab *slab, struct tslab_bin *bin);
void tslab_slab_recut_run(struct tslab_slab *slab, struct tslab_bin *bin);
void tslab_slab_reuse(struct tslab_slab *slab, struct tslab_bin *bin);
void tslab_slab_share(struct tslab_slab *slab);
size_t tslab_slab_bytes(const struct tslab_type *type);

/* slab_end.c */
void tslab_slab_leave(struct tslab_slab *slab);
void tslab_slab_free(struct tslab_slab *slab);
void tslab_slab_free_list(struct list_head *slabs);
void tslab_slab_drop(struct tslab_slab *slab);
bool tslab_slab_pin(struct tslab_slab *slab);
long tslab_slab_unpin(struct tslab_slab *slab);
long tslab_slab_release(struct tslab_slab *slab);
unsigned int tslab_slab_release_list(struct list_head *dead, long *pages);
bool tslab_slab_kill_free(struct tslab_slab *slab);
unsigned int tslab_slab_kill(struct tslab_slab *slab, bool keep_live);

/* slab_state.c */
void tslab_slab_move(struct tslab_slab *slab, enum tslab_slab_state state);
void tslab_slab_unlink(struct tslab_slab *slab);
void tslab_slab_gone(struct tslab_slab *slab);
struct tslab_slab *tslab_slab_settle(struct tslab_slab *slab);
bool tslab_slab_unpublish(struct tslab_slab *slab);

#endif /* _TSLAB_SLAB_H */
