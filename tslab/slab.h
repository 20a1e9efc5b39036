/* SPDX-License-Identifier: GPL-2.0 */
/* A slab: descriptor, bitmap, states. */
#ifndef _TSLAB_SLAB_H
#define _TSLAB_SLAB_H

#include <linux/llist.h>

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

/* Slabs a CPU owns besides the one it allocates from, of a type and epoch. */
#define TSLAB_CPU_KEPT		8

/**
 * struct tslab_cpu_slab - what one CPU has of one type in one epoch
 * @busy: this CPU is inside a section on @slab; an interrupt that finds it set
 *	uses the shared tier
 * @word: word of @slab it takes slots from; never NULL
 * @base: address of the first slot of @word
 * @slab: slab the CPU allocates from, or tslab_no_slab; as all slabs of a CPU
 *	changed by this CPU under @busy or with interrupts off
 * @hits: objects allocated from @slab; under @busy
 * @frees: objects freed into slabs it owns by this CPU; under @busy
 * @size: bytes from one object to the next
 * @oldest: place in @kept that is given up first
 * @kept: slabs it allocated from before, or tslab_no_slab. They had no free slot
 *	then, and may have some when @slab has none
 * @misses: objects allocated in any other way
 * @shared_frees: objects freed in any other way
 *
 * The counts go on over the eras of the epoch; they balance whenever it has
 * drained.
 */
struct tslab_cpu_slab {
	unsigned long busy;
	struct tslab_word *word;
	void *base;
	struct tslab_slab *slab;
	u64 hits;
	u64 frees;
	u32 size;
	u32 oldest;
	u64 misses;
	u64 shared_frees;
	struct tslab_slab *kept[TSLAB_CPU_KEPT];
};

/**
 * struct tslab_slab - one life of a run of pages
 * @list: member of a list of @bin; class lock
 * @rcu: for the descriptor's end
 * @dead: member of tslab_epoch::flushed
 * @bin: epoch and type the slab belongs to
 * @handles: the handle of each slot, 0 if it has none; or NULL; set once, with
 *	release, under the lock of the ids
 * @ids: ids it had before, all but the last; lock of the ids
 * @next_handle: its next handle, for slot 0; HANDLE_SERIAL_MAX and no id if it
 *	has had none yet
 * @first_serial: of the handles under its id; those before were another slab's
 * @cpu: CPU that owns it or did so last; class lock, and read without it as a
 *	hint
 * @pins: one while it is not dead, one for each object that tslab_free_rcu()
 *	has: the pages stay
 * @geo: how it is cut
 * @state: enum tslab_slab_state; class lock, and read without it as a hint
 * @leaked: its pages are not to be freed
 * @words: length of @word
 * @node: node its pages are on
 * @ts: instance
 * @type: type
 * @base: address of slot 0
 * @key: what a free has to name: @type if it is a cache, else @ts
 * @cpu_slab: the CPUs' state of this type and epoch, or tslab_no_cpu_slab if
 *	there was no memory for it; then set when a CPU comes to own the slab
 * @owner: what the CPU that owns it has, or NULL; changed by that CPU alone
 * @size: bytes from one object to the next
 * @reciprocal: see struct tslab_geometry
 * @word: bitmap
 *
 * The fields that alloc and free touch come last: one cache line, if there is
 * one word.
 */
struct tslab_slab {
	struct list_head list;
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
	bool leaked;
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

/* What word->shared is when all of its slots are free. */
static inline u64 tslab_word_all(const struct tslab_slab *slab,
				 const struct tslab_word *word)
{
	unsigned int left = slab->geo.span - 64 * (word - slab->word);

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

/* pages.c */
void tslab_pages_init(void);
struct page *tslab_pages_alloc(struct tslab_geometry *geo, gfp_t gfp,
			       int node);
unsigned int tslab_pages_free(struct page *page, unsigned int nr);
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
long tslab_slab_release(struct tslab_slab *slab);
long tslab_slab_release_list(struct list_head *dead);
void tslab_slab_drop(struct tslab_slab *slab);
bool tslab_slab_pin(struct tslab_slab *slab);
void tslab_slab_unpin(struct tslab_slab *slab);
bool tslab_slab_kill_free(struct tslab_slab *slab);
unsigned int tslab_slab_kill(struct tslab_slab *slab);
void tslab_slab_move(struct tslab_slab *slab, enum tslab_slab_state state);
void tslab_slab_unlink(struct tslab_slab *slab);
struct tslab_slab *tslab_slab_settle(struct tslab_slab *slab);
bool tslab_slab_unpublish(struct tslab_slab *slab);
void tslab_slab_doubled(struct tslab_slab *slab, const struct tslab_word *word,
			u64 doubled);

#endif /* _TSLAB_SLAB_H */
