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
 * Calls run downwards: instance, shrinker, hotplug, domain -> epoch, trim ->
 * reclaim -> alloc, free, handle -> cpu -> slab -> slab_id, ring, pages. Counters
 * (counters.h), a CPU's busy section (cpu.h), the lock probe (lock.h) and the
 * finding of slabs (find.h) are used by all; stats.c reads all of it.
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
 *   meeting show it (tslab_slab_doubled()).
 *
 * Slots that are not to be freed
 *
 *   A bit of slab->refused is set for what is no slot, and for an object that
 *   tslab_free_rcu() has: its callback clears the bit and then frees the slot.
 *   A slab can die before that, by a discard. Its pages stay until the last
 *   callback has run, as the rcu_head is in them: TSLAB_SLAB_ALIVE is cleared
 *   when they would go, and who leaves the word without that bit and without
 *   an object lets them go. Nobody waits.
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
 *   tslab_instances_lock      changes of the list of instances; create and
 *                             destroy alone take it
 *   tslab::advance_lock       which epoch is current
 *   tslab_epoch::lock         activation, close and discard of one epoch
 *   tslab_epoch::domain_lock  the domains bound to it
 *   tslab::trim_lock          a drained place is being trimmed
 *   tslab_size_class::lock    raw, irqs off: lists and states of all slabs of
 *                             a class, in all epochs of the instance
 *
 *   Memory first, then the lock: under none but tslab_instances_lock is memory
 *   allocated, waited for RCU or for CPU hotplug. So all but create and
 *   destroy may be called by reclaim and by callbacks of CPU hotplug, and
 *   these by the latter. Who reads the list of instances is in a section of
 *   tslab_instances_srcu; an instance goes when all have left.
 *
 * Opening an epoch
 *
 *   Everything about the activation is written before open_id, which is stored
 *   with release; who reads open_id to allocate loads it with acquire, unless
 *   all that follows is its CPU's own. What leads to an epoch (tslab::epochs,
 *   current_epoch, current_id) is stored with release too, and followed by
 *   address.
 *
 * Closing an epoch
 *
 *   open_id is changed first. An allocation from a published slab claims its
 *   slot and then looks at open_id (both sides are fully ordered by their
 *   cmpxchg); if the epoch has closed it gives the slot back. A CPU that
 *   allocates from its own slab looks at open_id inside its busy section, and
 *   the close interrupts every CPU that owns a slab (tslab_epoch::owners)
 *   until none is left. A CPU that goes offline gives its slabs up while it is
 *   still online, and owns none from then on until it is back: whoever closes
 *   never has to wait for it.
 *
 * Places of the ring
 *
 *   The lowest drained place is activated first, so there is no more memory
 *   for places than were ever in use at once; what is per CPU in it goes when
 *   memory is short and the place was not used for a grace period (trim.c).
 *
 * Figures
 *
 *   Frees are summed before allocations, so what is live never is below zero.
 *   Counts that move from one table to another do so in a write section of
 *   stats.c, and readers try again.
 */
#ifndef _TSLAB_TSLAB_H
#define _TSLAB_TSLAB_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/tslab.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "counters.h"
#include "misuse.h"

/* === Size classes === */

/**
 * struct tslab_geometry - how a slab is cut
 * @size: object size, bytes
 * @pages: pages of it; fewer than others of its class have if there was no
 *	run of so many
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

/* === Data === */

enum tslab_slab_state {
	TSLAB_SLAB_OWNED,
	TSLAB_SLAB_CURRENT,
	TSLAB_SLAB_FULL,
	TSLAB_SLAB_PARTIAL,
	TSLAB_SLAB_EMPTY,
	TSLAB_SLAB_GONE,
};

/* In tslab_slab::shared and in tslab_slab::refused; never a slot's. */
#define TSLAB_SLAB_DEAD		BIT_ULL(63)
#define TSLAB_SLAB_ALIVE	BIT_ULL(63)

/**
 * struct tslab_cpu_slab - what one CPU has of one class of one epoch
 * @slab: slab the CPU allocates from, or tslab_no_slab; changed by this CPU
 *	under @busy or with interrupts off
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
 * @cpu_slab: the CPUs' state of this class and epoch, or tslab_no_cpu_slab if
 *	there was no memory for it; then set when a CPU comes to own the slab
 * @geo: how the slab is cut
 * @owned: free slots of the owning CPU
 * @shared: free slots anybody may take, and TSLAB_SLAB_DEAD
 * @refused: slots that are not to be freed, and TSLAB_SLAB_ALIVE
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
	atomic64_t refused;
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

static_assert(offsetofend(struct tslab_slab, refused) <= 64);

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
 * @nr_pages: pages of its slabs, until they have gone
 * @misses: struct tslab_cpu_slab::misses where there was no memory for it
 * @shared_frees: likewise
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
	atomic_long_t nr_pages;
	atomic64_t misses;
	atomic64_t shared_frees;
};

/**
 * struct tslab_epoch - a slot of the ring
 * @open_id: id while open, tslab_epoch_closed_id() otherwise; opened under
 *	@lock, closed by cmpxchg
 * @cpu_slab: what the CPUs have of each class; tslab_no_cpu_slab until there is
 *	a slab of it; cmpxchg, and taken away under trim_lock while drained
 * @ts: instance
 * @counters: those of its label, a row for each class; @lock
 * @index: place in the ring
 * @lock: serialises activation, close and discard
 * @id: id of the last activation; written under @lock and @domain_lock before
 *	@open_id
 * @label: label or ""; @lock
 * @opened_at: ktime_get_ns() of the activation; @lock
 * @pages_at_close: pages when it was closed; @lock
 * @unreclaimed: no close has taken its slabs from the CPUs yet; @lock
 * @holds: slabs, plus one while open or being closed; at 0 it has drained
 * @domain_lock: guards the next two
 * @domains: domains bound to the activation
 * @domain_list: domains bound to any activation
 * @idle_id: @id when trim.c last looked; written by its worker alone
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
	atomic_t holds;
	spinlock_t domain_lock;		/* domains, domain_list */
	unsigned int domains;
	struct list_head domain_list;
	u64 idle_id;
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
 * @current_id: id of the current epoch; written under @advance_lock, with
 *	release
 * @current_epoch: the epoch of @current_id, likewise; read together they may
 *	be of two advances
 * @epochs: ring of @nr_epochs; an entry is set at its first activation and
 *	stays until the instance goes
 * @nr_epochs: size of the ring
 * @max_empty: empty slabs kept per class of an open epoch
 * @flags: of struct tslab_params
 * @counters: those of what happens in no epoch: @label_counters of none
 * @label_counters: per CPU, a row for each class and one for TSLAB_NO_CLASS;
 *	by label, set when the label is first used; cmpxchg
 * @samples: by class; NULL until something is timed
 * @advance_lock: guards @current_id
 * @trim_lock: held for as long as a drained place looks as if it were not
 * @drained: bit set: the epoch may be activated; atomic bitops
 * @trim_work: gives back what idle places have per CPU
 * @name: name, unique
 * @node: member of tslab_instances; tslab_instances_lock, tslab_instances_srcu
 * @serial: number of the instance; those later in the list have higher ones
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
	spinlock_t trim_lock;		/* bits of drained that trim.c clears */
	unsigned long *drained;
	struct work_struct trim_work;
	char name[TSLAB_NAME_MAX];
	struct list_head node;
	u64 serial;
	void *debugfs;
	struct tslab_size_class size_class[TSLAB_NR_CLASSES];
};

/* === Helpers === */

#define TSLAB_INDEX_BITS	12

/*
 * Whether the epoch is open under an id whose index is the epoch's; if so, all
 * of the activation is seen.
 */
static inline bool tslab_epoch_is_open(const struct tslab_epoch *epoch, u64 id)
{
	/* Pairs with the release in epoch_activate(). */
	return smp_load_acquire(&epoch->open_id) == id;
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
	/* By address: pairs with the release in tslab_ring_take(). */
	return READ_ONCE(ts->epochs[index]);
}

/* pages.c */
void tslab_pages_init(void);
struct page *tslab_pages_alloc(struct tslab_geometry *geo, gfp_t gfp);
unsigned int tslab_pages_free(struct page *page, unsigned int nr);
void tslab_pages_tag(struct page *page, unsigned int nr,
		     struct tslab_slab *slab);

/* slab_id.c */
#define TSLAB_SLAB_ID_MAX	(BIT(22) - 1)
#define TSLAB_GENERATION_MAX	(BIT(24) - 1)

int tslab_slab_id_assign(struct tslab_slab *slab, gfp_t gfp);
void tslab_slab_id_release(struct tslab_slab *slab);
struct tslab_slab *tslab_slab_by_id(u32 id, u32 generation);
void tslab_slab_ids_exit(void);

/* ring.c */
int tslab_epoch_cache_init(void);
void tslab_epoch_cache_exit(void);
int tslab_ring_init(struct tslab *ts);
void tslab_ring_exit(struct tslab *ts);
struct tslab_epoch *tslab_epoch_new(struct tslab *ts);
void tslab_epoch_free(struct tslab_epoch *epoch);
struct tslab_epoch *tslab_ring_take(struct tslab *ts,
				    struct tslab_epoch **spare);
void tslab_epoch_put(struct tslab_epoch *epoch);

/* slab.c */
/* Never has a free slot. */
extern struct tslab_slab tslab_no_slab;

/* What slab->shared is when all slots are free. */
static inline u64 tslab_slab_all(const struct tslab_slab *slab)
{
	return GENMASK_ULL(slab->geo.slots - 1, 0);
}

int tslab_slab_cache_init(void);
void tslab_slab_cache_exit(void);
struct tslab_slab *tslab_slab_new(struct tslab_epoch *epoch, unsigned int class,
				  gfp_t gfp);
long tslab_slab_release(struct tslab_slab *slab);
long tslab_slab_release_list(struct list_head *dead);
void tslab_slab_drop(struct tslab_slab *slab);
bool tslab_slab_refuse(struct tslab_slab *slab, unsigned int slot);
bool tslab_slab_unrefuse(struct tslab_slab *slab, unsigned int slot);
void tslab_slab_move(struct tslab_slab *slab, enum tslab_slab_state state);
void tslab_slab_unlink(struct tslab_slab *slab);
struct tslab_slab *tslab_slab_settle(struct tslab_slab *slab);
bool tslab_slab_unpublish(struct tslab_slab *slab);
void tslab_slab_doubled(struct tslab_slab *slab, u64 doubled);

/* cpu.c */
DECLARE_PER_CPU(struct tslab_cpu_slab, tslab_no_cpu_slab);
DECLARE_PER_CPU(bool, tslab_cpu_may_own);
gfp_t tslab_percpu_gfp(gfp_t gfp);
struct tslab_cpu_slab __percpu *tslab_cpu_slab_get(struct tslab_epoch *epoch,
						   unsigned int class,
						   gfp_t gfp);
void tslab_cpu_init(void);
bool tslab_cpu_collect(struct tslab_slab *slab);
long tslab_cpu_flush(struct tslab_epoch *epoch, bool all);
void tslab_cpu_leave_epoch(struct tslab_epoch *epoch, unsigned int cpu);

/* alloc.c */
void *tslab_alloc_id(struct tslab *ts, u64 id, size_t size, gfp_t gfp,
		     unsigned long caller);

/* free.c */
int tslab_free_slot(struct tslab_slab *slab, unsigned int slot,
		    unsigned long caller);

/* reclaim.c */
u64 tslab_epoch_pages(struct tslab_epoch *epoch);
bool tslab_epoch_shut(struct tslab_epoch *epoch, u64 id);
unsigned int tslab_epoch_reclaim_class(struct tslab_epoch *epoch,
				       unsigned int class, long *pages);
long tslab_epoch_reclaim(struct tslab_epoch *epoch);
long tslab_epoch_kill(struct tslab_epoch *epoch, bool keep_live);

/* trim.c */
void tslab_trim_init(struct tslab *ts);
unsigned long tslab_trim_count(struct tslab *ts);
void tslab_trim_start(struct tslab *ts);
void tslab_trim_stop(struct tslab *ts);

/* epoch.c */
int tslab_epochs_init(struct tslab *ts);
unsigned long tslab_epochs_end(struct tslab *ts);
struct tslab_epoch *tslab_epoch_bind(struct tslab *ts, u64 id,
				     struct list_head *domain);
void tslab_epoch_unbind(struct tslab_epoch *epoch, u64 id,
			struct list_head *domain);
long tslab_epoch_close_unshared(struct tslab_epoch *epoch, u64 id);

/* domain.c */
int tslab_domains_init(void);
void tslab_domains_detach(struct tslab *ts);
void tslab_domains_exit(void);

/* shrinker.c */
int tslab_shrinker_init(void);
void tslab_shrinker_exit(void);

/* hotplug.c */
int tslab_hotplug_init(void);
void tslab_hotplug_exit(void);

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

/* module.c */
extern struct workqueue_struct *tslab_wq;

/* instance.c */
extern struct mutex tslab_instances_lock;
extern struct srcu_struct tslab_instances_srcu;
extern struct list_head tslab_instances;

/* Context: a section of tslab_instances_srcu, or tslab_instances_lock held. */
#define tslab_for_each_instance(ts)					\
	list_for_each_entry_srcu(ts, &tslab_instances, node,		\
				 srcu_read_lock_held(&tslab_instances_srcu) || \
				 lockdep_is_held(&tslab_instances_lock))

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
