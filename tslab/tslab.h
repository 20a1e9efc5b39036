/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The map of the allocator: its structures, who guards each field, the order
 * of locks and the memory ordering between the lock-free parts.
 *
 * An instance (struct tslab) has a ring of epochs (struct tslab_epoch). An
 * epoch has, per size class, a published slab (current_partial) and lists of
 * slabs; per CPU and class it has up to two slabs of the CPU's own (struct
 * tslab_cpu_slab). A slab (struct tslab_slab) is one life of a run of pages:
 * it belongs to one class of one epoch, and its descriptor is freed by RCU
 * and never given to other pages. Whoever found a descriptor within a section
 * with preemption disabled may therefore read it and do atomic operations on
 * its bitmap, whatever becomes of the slab meanwhile.
 *
 * Free slots
 *
 *   A slot is free if its bit is set in slab->shared or slab->owned.
 *   shared: taken and given back with cmpxchg, by any CPU. Bit 63,
 *           TSLAB_SLAB_DEAD, ends the slab's life: it is set once, when the
 *           pages are about to go, and no slot is taken or given back after.
 *   owned:  non-zero only while a CPU owns the slab; written by that CPU
 *           alone, under tslab_cpu_slab::busy, without atomics. The owner
 *           collects shared with an xchg when it runs dry.
 *   A slot may be claimed from shared through a stale current_partial even
 *   when the slab is owned, so a bit leaves one word before it enters the
 *   other. A double free in that instant sets the bit twice; the two words
 *   meeting show it (tslab_free_doubled()).
 *
 * Slab states (slab->state, guarded by the class lock)
 *
 *   OWNED    a CPU allocates from it, or did last     on the full list
 *   CURRENT  published as current_partial             on the full list
 *   FULL     no free slot when last looked at         on the full list
 *   PARTIAL  has free slots, nobody allocates         on the partial list
 *   EMPTY    no live object, kept for reuse           on the empty list
 *   GONE     on its way out                           on no list
 *
 *   tslab_slab_settle() moves a slab that nobody allocates from to the state
 *   its bitmap asks for. It looks at the bitmap as it is under the lock, not
 *   at what the caller saw, so it may be called too often but never too late:
 *   a free that sets the first or the last bit calls it after its cmpxchg,
 *   and whoever stops allocating from a slab calls it after the state change.
 *
 * Locks, outermost first
 *
 *   tslab_instances_lock    the list of instances; name and debugfs entries
 *   tslab::advance_lock     which epoch is current
 *   tslab_epoch::lock       open, close and discard of one epoch
 *   tslab_size_class::lock  raw, irqs off: lists and states of all slabs of a
 *                           class, in all epochs of the instance
 *
 *   Pages and descriptors are allocated and freed outside the class lock.
 *
 * Closing an epoch
 *
 *   open_id is changed first. An allocation from a published slab claims its
 *   slot and then looks at open_id (both sides are fully ordered by their
 *   cmpxchg); if the epoch has closed it gives the
 *   slot back. A CPU that allocates from its own slab looks at open_id inside
 *   its busy section, and the close interrupts every CPU that owns a slab
 *   (tslab_epoch::owners) until none is left.
 */
#ifndef _TSLAB_TSLAB_H
#define _TSLAB_TSLAB_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/tslab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "compat.h"

/* === Size classes === */

#define TSLAB_NR_CLASSES	15
/* Row of the counters of requests that belong to no class. */
#define TSLAB_NO_CLASS		TSLAB_NR_CLASSES

/**
 * struct tslab_geometry - how slabs of a class are cut
 * @size: object size, bytes
 * @pages: pages of a slab
 * @slots: objects of a slab, at most 63
 * @reciprocal: (offset * reciprocal) >> 32 is offset / size for any offset
 *	within a slab
 */
struct tslab_geometry {
	u16 size;
	u8 pages;
	u8 slots;
	u32 reciprocal;
};

extern const struct tslab_geometry tslab_geometry[TSLAB_NR_CLASSES];
/* Class by (size - 1) / TSLAB_SIZE_STEP. */
#define TSLAB_SIZE_STEP		32
extern u8 tslab_class_by_step[TSLAB_MAX_SIZE / TSLAB_SIZE_STEP];
void tslab_size_classes_init(void);

static inline bool tslab_size_ok(size_t size)
{
	return (size - 1) / TSLAB_SIZE_STEP < TSLAB_MAX_SIZE / TSLAB_SIZE_STEP;
}

static inline unsigned int tslab_class_of(size_t size)
{
	return tslab_class_by_step[(size - 1) / TSLAB_SIZE_STEP];
}

/* === Counters === */

/* Labels that are counted apart: none, the first 16, the rest under "other". */
#define TSLAB_LABEL_NONE	0
#define TSLAB_LABEL_OTHER	17
#define TSLAB_NR_LABELS		18

#define TSLAB_X_COUNTER(name)	TSLAB_COUNT_##name,
enum tslab_counter { TSLAB_COUNTERS(TSLAB_X_COUNTER) TSLAB_NR_COUNTERS };
#undef TSLAB_X_COUNTER

/**
 * struct tslab_counters - counters of one class and label on one CPU
 * @count: by enum tslab_counter
 * @lock_fast: class lock taken at once, by enum tslab_lock_site
 * @lock_contended: class lock waited for, by enum tslab_lock_site
 * @hits: objects counted by epochs that are gone: see struct tslab_cpu_slab
 * @misses: likewise
 * @frees: likewise
 */
struct tslab_counters {
	u64 count[TSLAB_NR_COUNTERS];
	u64 lock_fast[TSLAB_NR_SITES];
	u64 lock_contended[TSLAB_NR_SITES];
	u64 hits;
	u64 misses;
	u64 frees;
};

/* One row for each class and one for TSLAB_NO_CLASS. */
#define TSLAB_NR_ROWS		(TSLAB_NR_CLASSES + 1)

/* What the counters cost is measured against a build that has none. */
#ifdef TSLAB_WITHOUT_COUNTERS
#define TSLAB_COUNTED(op)	({ if (0) op; })
#else
#define TSLAB_COUNTED(op)	({ op; })
#endif

/* @owner: the epoch it happened in, or the instance if it was in none. */
#define TSLAB_COUNTER(owner, class, name) \
	(READ_ONCE((owner)->counters)[class].count[TSLAB_COUNT_##name])
#define tslab_count_add(owner, class, name, n) \
	TSLAB_COUNTED(tslab_cpu_add(TSLAB_COUNTER(owner, class, name), n))
#define tslab_count(owner, class, name)	tslab_count_add(owner, class, name, 1)
/* @cpu: this one; preemption disabled */
#define tslab_count_on(cpu, owner, class, name)				\
	TSLAB_COUNTED(tslab_cpu_add_on(cpu,				\
				       TSLAB_COUNTER(owner, class, name), 1))

/* === Data === */

enum tslab_slab_state {
	TSLAB_SLAB_OWNED,
	TSLAB_SLAB_CURRENT,
	TSLAB_SLAB_FULL,
	TSLAB_SLAB_PARTIAL,
	TSLAB_SLAB_EMPTY,
	TSLAB_SLAB_GONE,
};

#define TSLAB_SLAB_DEAD		BIT_ULL(63)

/**
 * struct tslab_cpu_slab - what one CPU has of one class of one epoch
 * @slab: slab the CPU allocates from, or tslab_no_slab; changed by this CPU
 *	under @busy or with interrupts off, or by cpu_dead() for a dead one
 * @busy: this CPU is inside a section on @slab; an interrupt that finds it set
 *	uses the shared tier
 * @hits: objects allocated from @slab; under @busy
 * @frees: objects freed into @slab by this CPU; under @busy
 * @misses: objects allocated in any other way
 * @shared_frees: objects freed in any other way
 * @other: slab it allocated from before, or tslab_no_slab; as @slab. It had no
 *	free slot then, and may have some when @slab has none
 *
 * The counts go on over the eras of the epoch; they balance whenever it has
 * drained.
 */
struct tslab_cpu_slab {
	struct tslab_slab *slab;
	unsigned long busy;
	u64 hits;
	u64 frees;
	u64 misses;
	u64 shared_frees;
	struct tslab_slab *other;
};

/**
 * struct tslab_slab - one life of a run of pages
 * @base: address of slot 0
 * @ts: instance
 * @cpu_slab: the CPUs' state of this class and epoch
 * @geo: how the slab is cut
 * @owned: free slots of the owning CPU
 * @shared: free slots anybody may take, and TSLAB_SLAB_DEAD
 * @no_slot: bits of a word of free slots that stand for no slot
 * @epoch: epoch the slab belongs to
 * @list: member of a list of its epoch and class; class lock
 * @state: enum tslab_slab_state; class lock, and read without it as a hint
 * @class: size class
 * @leaked: its pages are not to be freed
 * @id: slab id in handles, or 0 if it has none; lock of the ids
 * @generation: of @id; lock of the ids
 * @cpu: CPU that owns it or did so last; class lock, and read without it as a
 *	hint
 * @rcu: for the descriptor's end
 * @dead: member of tslab_epoch::flushed
 *
 * The fields that alloc and free touch come first: one cache line.
 */
struct tslab_slab {
	void *base;
	struct tslab *ts;
	struct tslab_cpu_slab __percpu *cpu_slab;
	struct tslab_geometry geo;
	u64 owned;
	atomic64_t shared;
	u64 no_slot;
	struct tslab_epoch *epoch;
	struct list_head list;
	u8 state;
	u8 class;
	bool leaked;
	u32 id;
	u32 generation;
	u32 cpu;
	union {
		struct rcu_head rcu;
		struct llist_node dead;
	};
};

static_assert(offsetofend(struct tslab_slab, no_slot) <= 64);

/**
 * struct tslab_epoch_class - slabs of one class of an epoch
 * @current_partial: slab that lock-free allocation starts from; cmpxchg
 * @partial: PARTIAL slabs; class lock
 * @full: FULL, CURRENT and OWNED slabs; class lock
 * @empty: EMPTY slabs; class lock
 * @nr_partial: length of @partial; class lock
 * @nr_full: slabs in state FULL; class lock
 * @nr_empty: length of @empty; class lock
 * @nr_slabs: slabs on all lists; class lock
 */
struct tslab_epoch_class {
	struct tslab_slab *current_partial;
	struct list_head partial;
	struct list_head full;
	struct list_head empty;
	unsigned int nr_partial;
	unsigned int nr_full;
	unsigned int nr_empty;
	unsigned int nr_slabs;
};

/**
 * struct tslab_epoch - a slot of the ring
 * @open_id: id while open, tslab_epoch_closed_id() otherwise; opened under
 *	@lock, closed by cmpxchg
 * @cpu_slab: what the CPUs have of each class; tslab_no_cpu_slab until there is
 *	a slab of it, then set once; cmpxchg
 * @ts: instance
 * @counters: those of its label, a row for each class; @lock
 * @index: place in the ring
 * @lock: serialises activation, close and discard
 * @id: id of the last activation; written under @lock before @open_id
 * @label: label or ""; @lock
 * @opened_at: ktime_get_ns() of the activation; @lock
 * @pages_at_close: pages when it was closed; @lock
 * @unreclaimed: no close has taken its slabs from the CPUs yet; @lock
 * @nr_pages: pages of its slabs
 * @holds: slabs, plus one while open or being closed; at 0 it has drained
 * @domains: domains bound to the activation; @lock
 * @rcu_frees: tslab_free_rcu() calls under way
 * @used: classes it ever had slabs of in this activation; set_bit()
 * @owners: CPUs that may own slabs; set by the CPU itself before it looks at
 *	@open_id, cleared when it has none left
 * @flushed: slabs that died when their CPU gave them up, to be released
 * @flush_scanned: slabs CPUs gave up since it was closed
 * @flush_recycled: those of them that died
 * @close_work: deferred part of tslab_epoch_close_nowait()
 * @class: slabs by class
 */
struct tslab_epoch {
	u64 open_id;
	struct tslab_cpu_slab __percpu *cpu_slab[TSLAB_NR_CLASSES];
	struct tslab *ts;
	struct tslab_counters __percpu *counters;
	unsigned int index;

	struct mutex lock;	/* activation, close, discard */
	u64 id;
	char label[TSLAB_LABEL_MAX];
	u64 opened_at;
	u64 pages_at_close;
	bool unreclaimed;
	atomic_long_t nr_pages;
	atomic_t holds;
	unsigned int domains;
	atomic_t rcu_frees;
	unsigned long used;
	cpumask_var_t owners;
	struct llist_head flushed;
	atomic_t flush_scanned;
	atomic_t flush_recycled;
	struct work_struct close_work;
	struct tslab_epoch_class class[TSLAB_NR_CLASSES];
};

/**
 * struct tslab_size_class - one class of an instance
 * @lock: guards the lists and states of the class's slabs in all epochs
 * @timed_weight: N if this hold of @lock is the one in N that is timed, else
 *	0; @lock
 * @timed_at: ktime_get_ns() of its beginning; @lock
 */
struct tslab_size_class {
	raw_spinlock_t lock;
	unsigned int timed_weight;
	u64 timed_at;
} ____cacheline_aligned_in_smp;

/**
 * struct tslab - an instance
 * @current_id: id of the current epoch; written under @advance_lock
 * @current_epoch: the epoch of @current_id, likewise; read together they may
 *	be of two advances
 * @epochs: ring of @nr_epochs; an entry is set at its first activation and
 *	stays until the instance goes
 * @nr_epochs: size of the ring
 * @max_empty: empty slabs kept per class of an open epoch
 * @flags: of struct tslab_params
 * @counters: those of what happens in no epoch: @label_counters of none
 * @label_counters: per CPU, a row for each class and one for TSLAB_NO_CLASS;
 *	by label, set when the label is first used; tslab_labels_lock
 * @samples: by class; NULL until something is timed
 * @advance_lock: guards @current_id and @next_index
 * @next_index: where the search for a drained epoch starts
 * @drained: bit set: the epoch may be activated; atomic bitops
 * @name: name, unique
 * @node: member of tslab_instances
 * @cpuhp: member of the instances that CPU hotplug is told of
 * @debugfs: for debugfs/
 * @size_class: the classes
 */
struct tslab {
	u64 current_id;
	struct tslab_epoch *current_epoch;
	struct tslab_epoch **epochs;
	unsigned int nr_epochs;
	unsigned int max_empty;
	unsigned int flags;
	struct tslab_counters __percpu *counters;
	struct tslab_counters __percpu *label_counters[TSLAB_NR_LABELS];
	struct tslab_samples *samples;

	struct mutex advance_lock;	/* current_id */
	unsigned int next_index;
	unsigned long *drained;
	char name[TSLAB_NAME_MAX];
	struct list_head node;
	struct hlist_node cpuhp;
	void *debugfs;
	struct tslab_size_class size_class[TSLAB_NR_CLASSES];
};

/* === Helpers === */

DECLARE_STATIC_KEY_FALSE(tslab_lock_timing);
DECLARE_STATIC_KEY_FALSE(tslab_alloc_sampling);

/* lock.c */
void tslab_class_lock_wait(struct tslab_epoch *epoch, unsigned int class,
			   enum tslab_lock_site site)
	__acquires(&epoch->ts->size_class[class].lock);
unsigned int tslab_class_lock_timed(struct tslab_epoch *epoch,
				    unsigned int class,
				    enum tslab_lock_site site)
	__acquires(&epoch->ts->size_class[class].lock);
void tslab_class_lock_timed_end(struct tslab_epoch *epoch, unsigned int class);

/* The probe: tells a lock that was free from one that was not. */
static __always_inline void tslab_class_lock_probe(struct tslab_epoch *epoch,
						   unsigned int class,
						   enum tslab_lock_site site,
						   unsigned int *reasons)
	__acquires(&epoch->ts->size_class[class].lock)
{
	struct tslab_counters __percpu *c = READ_ONCE(epoch->counters) + class;
	u64 __percpu *counter = c->lock_fast;

	if (unlikely(!raw_spin_trylock(&epoch->ts->size_class[class].lock))) {
		tslab_class_lock_wait(epoch, class, site);
		counter = c->lock_contended;
		if (reasons)
			*reasons |= TSLAB_SLOW(lock_wait);
	}
	TSLAB_COUNTED(__this_cpu_inc(counter[site]));
}

/**
 * tslab_class_lock() - take a class lock
 * @epoch: epoch it is taken for
 * @class: size class
 * @site: why
 * @reasons: gets TSLAB_SLOW(lock_wait) if it had to wait; or NULL
 *
 * Return: for tslab_class_unlock().
 */
static __always_inline unsigned long
tslab_class_lock(struct tslab_epoch *epoch, unsigned int class,
		 enum tslab_lock_site site, unsigned int *reasons)
	__acquires(&epoch->ts->size_class[class].lock)
{
	unsigned long flags;

	local_irq_save(flags);
	if (static_branch_unlikely(&tslab_lock_timing)) {
		unsigned int waited = tslab_class_lock_timed(epoch, class,
							     site);

		if (reasons)
			*reasons |= waited;
	} else {
		tslab_class_lock_probe(epoch, class, site, reasons);
	}
	return flags;
}

static __always_inline void tslab_class_unlock(struct tslab_epoch *epoch,
					       unsigned int class,
					       unsigned long flags)
	__releases(&epoch->ts->size_class[class].lock)
{
	if (static_branch_unlikely(&tslab_lock_timing))
		tslab_class_lock_timed_end(epoch, class);
	raw_spin_unlock_irqrestore(&epoch->ts->size_class[class].lock, flags);
}

#define TSLAB_INDEX_BITS	12

/* Whether the epoch is open under an id whose index is the epoch's. */
static inline bool tslab_epoch_is_open(const struct tslab_epoch *epoch, u64 id)
{
	return READ_ONCE(epoch->open_id) == id;
}

/*
 * open_id of an epoch that is closed: of era 0, and of another index, so that
 * no id that is looked up here is equal to it, whatever bits it is made of.
 */
static inline u64 tslab_epoch_closed_id(const struct tslab_epoch *epoch)
{
	return epoch->index ^ 1;
}

static inline bool tslab_epoch_takes_any(const struct tslab_epoch *epoch)
{
	return READ_ONCE(epoch->open_id) >> TSLAB_INDEX_BITS;
}

static inline unsigned int tslab_id_index(u64 id)
{
	return id & (BIT(TSLAB_INDEX_BITS) - 1);
}

static inline u64 tslab_id_era(u64 id)
{
	return id >> TSLAB_INDEX_BITS;
}

/* The ring slot an id names, or NULL; the id itself may be stale. */
static inline struct tslab_epoch *tslab_epoch_of(struct tslab *ts, u64 id)
{
	unsigned int index = tslab_id_index(id);

	if (unlikely(index >= ts->nr_epochs))
		return NULL;
	/* Pairs with the release in epoch_activate(). */
	return smp_load_acquire(&ts->epochs[index]);
}

/* slab.c */
extern unsigned long tslab_page_secret;
int tslab_slab_cache_init(void);
void tslab_slab_cache_exit(void);
struct tslab_slab *tslab_slab_new(struct tslab_epoch *epoch, unsigned int class,
				  gfp_t gfp);
void tslab_slab_release(struct tslab_slab *slab);
long tslab_slab_release_list(struct list_head *dead);
void tslab_slab_drop(struct tslab_slab *slab);
void tslab_slab_move(struct tslab_slab *slab, enum tslab_slab_state state);
void tslab_slab_unlink(struct tslab_slab *slab);
struct tslab_slab *tslab_slab_settle(struct tslab_slab *slab);
bool tslab_slab_unpublish(struct tslab_slab *slab);

/*
 * The struct page of any address, and the word of it that points to the slab if
 * the page is ours. Return: false if there is none.
 */
#if defined(CONFIG_X86_64) && defined(CONFIG_SPARSEMEM_VMEMMAP)
/*
 * virt_addr_valid() takes as long as all the rest of a free. In the direct map
 * a struct page is missing only where the vmemmap has a hole.
 */
static __always_inline bool tslab_page_of(const void *addr, struct page **page,
					  unsigned long *word)
{
	if (unlikely((unsigned long)addr < PAGE_OFFSET || addr >= high_memory))
		return false;
	*page = pfn_to_page(PFN_DOWN((unsigned long)addr - PAGE_OFFSET));
	__get_kernel_nofault(word, &(*page)->lru.prev, unsigned long, hole);
	return true;
hole:
	return false;
}
#else
static __always_inline bool tslab_page_of(const void *addr, struct page **page,
					  unsigned long *word)
{
	if (unlikely(!virt_addr_valid(addr)))
		return false;
	*page = virt_to_page(addr);
	/* See tslab_slab_find(). */
	*word = (unsigned long)data_race(READ_ONCE((*page)->lru.prev));
	return true;
}
#endif

/*
 * The slab an address lies in. Any address will do: a page is ours if two words
 * of its struct page agree in a secret that nobody else knows.
 *
 * Context: preemption disabled for as long as the result is used.
 */
static __always_inline bool tslab_slab_find(const void *addr,
					    struct tslab_slab **slab)
{
	unsigned long word, secret;
	struct page *page;

	if (unlikely(!tslab_page_of(addr, &page, &word)))
		return false;
	/* Others may be writing to theirs. */
	secret = word ^ data_race(READ_ONCE(page->private));
	if (unlikely(secret != tslab_page_secret))
		return false;
	*slab = (struct tslab_slab *)word;
	return true;
}

static inline struct tslab_slab *tslab_slab_of(const void *addr)
{
	struct tslab_slab *slab;

	return tslab_slab_find(addr, &slab) ? slab : NULL;
}

/*
 * Begins this CPU's busy section. An interrupt that comes later leaves the slab
 * alone; one that came before, or amid the change of the bit, is over.
 *
 * Context: preemption disabled.
 * Return: false if it was begun by what this interrupts.
 */
static __always_inline bool tslab_cpu_enter(struct tslab_cpu_slab *cs)
{
	/* What interrupts change in it they change back. */
	if (unlikely(data_race(__test_and_set_bit(0, &cs->busy))))
		return false;
	barrier();
	return true;
}

static __always_inline void tslab_cpu_leave(struct tslab_cpu_slab *cs)
{
	barrier();
	WRITE_ONCE(cs->busy, 0);
}

/*
 * Whether a slot starts at @obj, an address in the slab. What the slab has left
 * after its last slot looks like one more; slab->no_slot tells.
 */
static __always_inline bool tslab_slot_find(const struct tslab_slab *slab,
					    const void *obj, unsigned int *slot)
{
	u32 offset = obj - slab->base;
	u64 scaled = (u64)offset * slab->geo.reciprocal;

	*slot = scaled >> 32;
	/* One byte more would have added the reciprocal. */
	return likely((u32)scaled < slab->geo.reciprocal);
}

static inline void *tslab_slot_obj(const struct tslab_slab *slab,
				   unsigned int slot)
{
	return slab->base + slot * slab->geo.size;
}

/* Never has a free slot. */
extern struct tslab_slab tslab_no_slab;

/* What slab->shared is when all slots are free. */
static inline u64 tslab_slab_all(const struct tslab_slab *slab)
{
	return ~slab->no_slot;
}

static inline bool tslab_slot_is_free(const struct tslab_slab *slab,
				      unsigned int slot)
{
	u64 free = atomic64_read(&slab->shared) | READ_ONCE(slab->owned);

	return free & (TSLAB_SLAB_DEAD | BIT_ULL(slot));
}

/* alloc.c */
void *tslab_alloc_id(struct tslab *ts, u64 id, size_t size, gfp_t gfp,
		     unsigned long caller);

/* free.c */
int tslab_free_slot(struct tslab_slab *slab, unsigned int slot,
		    unsigned long caller);
void tslab_free_doubled(struct tslab_slab *slab, u64 doubled);

/* cpu.c */
DECLARE_PER_CPU(struct tslab_cpu_slab, tslab_no_cpu_slab);
struct tslab_cpu_slab __percpu *tslab_cpu_slab_get(struct tslab_epoch *epoch,
						   unsigned int class,
						   gfp_t gfp);
int tslab_cpu_init(void);
int tslab_cpu_watch(struct tslab *ts);
void tslab_cpu_unwatch(struct tslab *ts);
void tslab_cpu_exit(void);
bool tslab_cpu_collect(struct tslab_slab *slab);
long tslab_cpu_flush(struct tslab_epoch *epoch, bool all);

/* epoch.c */
int tslab_epoch_cache_init(void);
void tslab_epoch_cache_exit(void);
int tslab_epochs_init(struct tslab *ts);
void tslab_epochs_exit(struct tslab *ts);
void tslab_epoch_put(struct tslab_epoch *epoch);
unsigned long tslab_epochs_end(struct tslab *ts);
unsigned int tslab_epoch_reclaim_class(struct tslab_epoch *epoch,
				       unsigned int class, long *pages);
struct tslab_epoch *tslab_epoch_bind(struct tslab *ts, u64 id);
void tslab_epoch_unbind(struct tslab_epoch *epoch, u64 id);
long tslab_epoch_close_unshared(struct tslab_epoch *epoch, u64 id);

/* domain.c */
int tslab_domains_init(void);
void tslab_domains_detach(struct tslab *ts);
void tslab_domains_exit(void);

/* handle.c */
void tslab_handles_exit(void);
void tslab_slab_id_release(struct tslab_slab *slab);

/* stats.c */
#define TSLAB_ALL_CPUS		(-1)
#define TSLAB_ALL_LABELS	(-1)

u64 tslab_cpu_slab_live(struct tslab_epoch *epoch, unsigned int class);
void tslab_stats_retire(struct tslab *ts);
void tslab_stats_exit(void);
void tslab_stats_sum(struct tslab *ts, unsigned int class, int cpu, int label,
		     struct tslab_stats *stats);
void tslab_epoch_fill_stats(struct tslab_epoch *epoch,
			    struct tslab_epoch_stats *stats);

/* label.c */
extern struct mutex tslab_labels_lock;
struct tslab_counters __percpu *tslab_counters_alloc(void);
struct tslab_counters __percpu *tslab_label_counters(struct tslab *ts,
						     const char *label);
const char *tslab_label_name(unsigned int label);

/* sample.c */
#define TSLAB_SAMPLE_MAX	1000000

/**
 * struct tslab_alloc_sample - an allocation that may be the one in N
 * @weight: N, or 0 if it is not timed
 * @wall: ktime_get_ns() of its beginning
 * @cpu: CPU time of the task until then, nanoseconds
 */
struct tslab_alloc_sample {
	unsigned int weight;
	u64 wall;
	u64 cpu;
};

void tslab_samplers_init(void);
int tslab_samples_alloc(struct tslab *ts);
void tslab_samples_retire(struct tslab *ts);
void tslab_timing_sum(struct tslab *ts, unsigned int class,
		      struct tslab_timing *timing);
int tslab_lock_timing_set(unsigned int n);
unsigned int tslab_lock_timing_get(void);
u64 tslab_lock_timing_since(void);
unsigned int tslab_lock_sample_weight(void);
void tslab_lock_waited(struct tslab_epoch *epoch, unsigned int class, u64 ns,
		       unsigned int weight);
void tslab_lock_held(struct tslab_epoch *epoch, unsigned int class, u64 ns,
		     unsigned int weight);
int tslab_alloc_sampling_set(unsigned int n);
unsigned int tslab_alloc_sampling_get(void);
void tslab_alloc_sample_begin(struct tslab_alloc_sample *sample);
void tslab_alloc_sample_end(const struct tslab_alloc_sample *sample,
			    struct tslab *ts, unsigned int class,
			    unsigned int reasons);

/* misuse.c */
enum tslab_misuse {
	TSLAB_MISUSE_SIZE,
	TSLAB_MISUSE_ZONE,
	TSLAB_MISUSE_DOUBLE,
	TSLAB_MISUSE_INVALID,
	TSLAB_MISUSE_FOREIGN,
	TSLAB_MISUSE_HANDLE,
	TSLAB_MISUSE_STALE_HANDLE,
	TSLAB_MISUSE_DOMAIN,
	TSLAB_NR_MISUSES,
};

void tslab_misuse(struct tslab *ts, unsigned int class, enum tslab_misuse kind,
		  u64 value, unsigned long caller);

/* shrinker.c */
int tslab_shrinker_init(void);
void tslab_shrinker_exit(void);

/* fault.c */
#ifdef CONFIG_FAULT_INJECTION
bool tslab_should_fail(size_t size, gfp_t gfp);
#else
static inline bool tslab_should_fail(size_t size, gfp_t gfp)
{
	return false;
}
#endif
void tslab_fault_init(void);
void tslab_fault_exit(void);

/* instance.c */
extern struct mutex tslab_instances_lock;
extern struct list_head tslab_instances;
extern unsigned int tslab_default_epochs;
extern unsigned int tslab_default_empty_slabs;

/**
 * struct tslab_observer - told of instances as they come and go
 * @created: after an instance was added; sleeps; holds tslab_instances_lock
 * @destroyed: before it goes; sleeps; holds tslab_instances_lock
 */
struct tslab_observer {
	void (*created)(struct tslab *ts);
	void (*destroyed)(struct tslab *ts);
};

void tslab_observe(const struct tslab_observer *observer);

/* debugfs/debugfs.c */
void tslab_debugfs_init(void);
void tslab_debugfs_exit(void);

#endif /* _TSLAB_TSLAB_H */
