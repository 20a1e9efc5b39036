/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The map of the allocator: its structures, who guards each field, the order
 * of locks and the memory ordering between the lock-free parts.
 *
 * An instance (struct tslab) has types of objects (struct tslab_type): the size
 * classes, and the caches that were made of it. It has a ring of epochs (struct
 * tslab_epoch). What an epoch has of a type is a bin (struct tslab_bin): for each
 * node a published slab (current_partial) and lists of slabs with something free,
 * and per CPU some slabs of the CPU's own (struct tslab_cpu_slab). A slab (struct
 * tslab_slab) is a run of pages, which are on one node: it belongs to one bin, and
 * its descriptor is freed by RCU and never given to other pages. Whoever found a
 * descriptor within a section with preemption disabled may therefore read it and
 * do atomic operations on its bitmap, whatever becomes of the slab meanwhile. Only
 * a slab that nobody but its CPU has ever met has another life, in another bin,
 * without waiting for RCU (home.c, stock.c).
 *
 * Calls run downwards: instance, cache, shrinker, hotplug, domain -> owner -> epoch,
 * trim -> reclaim -> alloc, free, handle -> supply -> scope, home -> run, cpu ->
 * stock, slab, bin -> slab_id, charge, ring, type, node, pages. Types and bins (type.h),
 * slabs (slab.h), counters (counters.h), a CPU's busy section (cpu.h), the lock probe
 * (lock.h) and the finding of slabs (find.h) are used by all; stats.c reads all of it.
 * Objects that are debugged are looked at where supply and free have no shorter way
 * (debug.h); one of the kernel's KFENCE is a slab by itself, without pages (kfence.c).
 *
 * Free slots
 *
 *   The bitmap of a slab is words of 63 slots (struct tslab_word). A slot is
 *   free if its bit is set in its word's shared or owned.
 *   shared: taken and given back with cmpxchg, by any CPU. Bit 63,
 *           TSLAB_SLAB_DEAD, ends the slab's life: it is set once in each word,
 *           when the pages are about to go, and no slot is taken or given back
 *           after. That of a slab without objects is set word by word, under the
 *           class lock, and taken back if a slot was claimed meanwhile.
 *   owned:  non-zero only while a CPU owns the slab; written by that CPU
 *           alone, under tslab_cpu_slab::busy, without atomics. The owner
 *           collects shared with an xchg when it runs dry.
 *   A slot may be claimed from shared through a stale current_partial even
 *   when the slab is owned, so a bit leaves one of the two before it enters the
 *   other. A double free in that instant sets the bit twice; the two meeting
 *   show it (tslab_slab_doubled()).
 *
 * Slots whose free takes a closer look
 *
 *   A bit of refused is set for what is no slot, for an object that
 *   tslab_free_rcu() has, and for one that has a handle. The handle is in
 *   slab->handles: whoever frees the object, in whatever way, takes it out of
 *   there first, so one of two wins, and no handle outlives its object. What
 *   tslab_free_rcu() has pins the pages of the slab (slab->pins), as the
 *   rcu_head is in them, also if a discard ends the slab. Nobody waits.
 *
 * Slab states (slab->state, guarded by the class lock, or by the CPU that owns it)
 *
 *   OWNED    a CPU allocates from it, or did last     on no list, that CPU's
 *   CURRENT  published as current_partial             on the full list
 *   FULL     no free slot when last looked at         on the full list
 *   PARTIAL  has free slots, nobody allocates         on its node's partial list
 *   EMPTY    no live object, kept for reuse           on its node's empty list
 *   GONE     on its way out                           on no list
 *
 *   A slab on a list holds the epoch (tslab_epoch::holds); one that a CPU owns need
 *   not, as an epoch that is open, or being closed, holds itself.
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
 *   tslab_epoch::domain_lock  raw, the domains bound to it
 *   tslab::trim_lock          a drained place is being trimmed
 *   tslab_type::lock          raw, irqs off, the class lock: lists and states
 *                             of all slabs of a type, in all epochs
 *   tslab_epoch::bins_lock    raw, irqs off: which bins there are
 *   tslab::scope_lock         raw, irqs off: where tslab_alloc() begins
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
 *   all that follows is its CPU's own. What leads to an epoch or a bin
 *   (tslab::epochs, current_id, tslab_epoch::bins) is stored with release too,
 *   and followed by address.
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
 * Home, runs and stock
 *
 *   An epoch that was opened has a home, the CPU that first needs a slab in it
 *   (tslab_epoch::home, by cmpxchg). What that has of a bin is in the bin; it binds
 *   it and lets it go itself (tslab_bin::home_cpu). A task that closes on the home
 *   ends there, without a lock, an interrupt or RCU, the slabs that nobody else has
 *   met: slab->shared is set by whoever is about to change the bitmap of a slab he
 *   does not own, to list it, to pin it or to make a handle into it, and readers of
 *   what is TYPESAFE_BY_RCU may have met any. They go into the CPU's stock and are
 *   cut anew, or wait where they are for the next epoch that is opened there, in a
 *   place that is warm (warm.c). Objects of several classes share the first of them
 *   (run.c); what is in those counts when they end. Documentation/locking.rst says
 *   why that is right.
 *
 * Scope
 *
 *   tslab_alloc() begins with what tslab_type::lead says that the CPU has, and
 *   does not look at the epoch: whoever found the current one leaves it there,
 *   and it is taken away before that epoch is closed, and while tasks may be in
 *   domains of the instance, so that all come to look for the domain they are in
 *   and nobody pays for it otherwise (scope.c). A CPU that has read it just
 *   before is interrupted by the close as if it had begun with the epoch.
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
#include <linux/idr.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/tslab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "counters.h"
#include "misuse.h"
#include "node.h"
#include "slab.h"
#include "type.h"

/* === Data === */

/**
 * struct tslab_epoch - a slot of the ring
 * @open_id: id while open, tslab_epoch_closed_id() otherwise; opened under
 *	@lock, closed by cmpxchg
 * @ts: instance
 * @index: place in the ring
 * @lock: serialises activation, close and discard
 * @id: id of the last activation; written under @lock and @domain_lock before
 *	@open_id
 * @label: label or "", padded with zeroes; @lock
 * @opened_at: get_jiffies_64() of the activation; @lock
 * @pages_at_close: pages when it was closed; @lock
 * @unreclaimed: no close has taken its slabs from the CPUs yet; @lock
 * @memcg: whom pages are charged to while it is open, or NULL; written under
 *	@lock, read in a section of RCU
 * @charge_mark: has the kernel ask for what it has when @memcg is at its limit, or
 *	NULL; @lock
 * @charges_all: those of all types, and not only of such as say so; written before
 *	@memcg
 * @home_is_left: its bins may be bound to the home of an activation that ended
 *	elsewhere; @lock
 * @home_left: when that was; @lock
 * @home: CPU that is its home, TSLAB_NO_CPU or TSLAB_NO_HOME; cmpxchg
 * @run: run the home is at, or tslab_no_run; written by the home in the busy
 *	section of @runs, or with interrupts off, as
 * @run_cpu: the home if there is one, else TSLAB_NO_CPU
 * @runs: those that the home owns; its counts are not used
 * @nr_warm: slabs that its home has kept when it ended, for the next activation:
 *	one of each bin that it is bound to, and a run or none; @lock
 * @folds: written by the home when what is in @runs moves to the counts of the
 *	bins
 * @holds: slabs, plus one while open or being closed; at 0 it has drained
 * @domain_lock: raw; guards the next two
 * @domains: domains bound to the activation
 * @domain_list: domains bound to any activation
 * @idle_id: @id when trim.c last looked; written by its worker alone
 * @bins: its bins, by type; @bins_lock, RCU
 * @bin_list: those; @bins_lock, RCU; taken out under @lock only
 * @bins_lock: guards the two, and what each counts in
 * @label_number: of @label; @lock and @bins_lock
 * @owners: CPUs that may own slabs; set by the CPU itself before it looks at
 *	@open_id, cleared when it has none left
 * @flushed: slabs that died when their CPU gave them up, to be released
 * @flush_scanned: slabs CPUs gave up since it was closed
 * @flush_recycled: those of them that died
 * @close_work: deferred part of tslab_epoch_close_nowait()
 */
struct tslab_epoch {
	u64 open_id;
	struct tslab_bins *bins;
	struct tslab *ts;
	struct tslab_run *run;
	int run_cpu;
	struct tslab_cpu_slab runs;
	unsigned int index;
	unsigned int nr_warm;

	struct mutex lock;	/* activation, close, discard */
	u64 id;
	char label[TSLAB_LABEL_MAX] __aligned(sizeof(long));
	u64 opened_at;
	u64 pages_at_close;
	bool unreclaimed;
	bool home_is_left;
	bool charges_all;
	struct mem_cgroup *memcg;
	struct tslab_charge_mark *charge_mark;
	unsigned long home_left;
	int home;
	seqcount_t folds;
	atomic_t holds;
	raw_spinlock_t domain_lock;	/* domains, domain_list */
	unsigned int domains;
	struct hlist_head domain_list;
	u64 idle_id;
	raw_spinlock_t bins_lock;	/* bins, bin_list */
	struct list_head bin_list;
	unsigned int label_number;
	cpumask_var_t owners;
	struct llist_head flushed;
	atomic_t flush_scanned;
	atomic_t flush_recycled;
	struct work_struct close_work;
};

/**
 * struct tslab - an instance
 * @current_id: id of the current epoch; written under @advance_lock and
 *	@scope_lock, with release
 * @epochs: ring of @nr_epochs; an entry is set at its first activation and
 *	stays until the instance goes
 * @nr_epochs: size of the ring
 * @nr_places: of @epochs, so many from the first on may be set; cmpxchg
 * @max_empty: empty slabs kept per class of an open epoch
 * @flags: of struct tslab_params
 * @advance_lock: guards @current_id
 * @trim_lock: held for as long as a drained place looks as if it were none
 * @scope_lock: raw, irqs off; guards @scoped and tslab_type::lead
 * @scoped: enum tslab_scoped; read without the lock as scope.c says
 * @drained: bit set: the epoch may be activated; atomic bitops
 * @drained_from: word of @drained to look at first: those before had no bit set a
 *	short time ago
 * @warm: those that the CPUs have ready
 * @charges: some of what is allocated is charged to cgroups; set once
 * @owner: who is asked what can go; cmpxchg
 * @asking: task that asks it; cmpxchg
 * @asked_id: id of the epoch that was asked for last, or 0; whoever asks
 * @room: tasks that wait for one of them
 * @trim_work: gives back what idle places have per CPU
 * @name: name, unique
 * @node: member of tslab_instances; tslab_instances_lock, tslab_instances_srcu
 * @serial: number of the instance; those later in the list have higher ones
 * @debugfs: for debugfs/
 * @proc: for debugfs/, too
 * @types: the classes and caches; as @node
 * @numbers: numbers of caches
 * @counters: those of the classes in epochs of no label
 * @nodes: what there is on each node, as the CPUs have counted it
 * @type: the classes, those of no class last
 */
struct tslab {
	u64 current_id;
	struct tslab_epoch **epochs;
	unsigned int nr_epochs;
	unsigned int nr_places;
	unsigned int max_empty;
	unsigned int flags;

	struct mutex advance_lock;	/* current_id */
	spinlock_t trim_lock;		/* bits of drained that trim.c clears */
	raw_spinlock_t scope_lock;	/* scoped, leads */
	unsigned int scoped;
	unsigned long *drained;
	unsigned int drained_from;
	struct tslab_warm __percpu *warm;
	bool charges;
	struct tslab_owner *owner;
	struct task_struct *asking;
	u64 asked_id;
	wait_queue_head_t room;
	struct work_struct trim_work;
	char name[TSLAB_NAME_MAX];
	struct list_head node;
	u64 serial;
	void *debugfs;
	void *proc;
	struct list_head types;
	struct ida numbers;
	struct tslab_counters __percpu *counters;
	struct tslab_node __percpu *nodes;
	struct tslab_type type[TSLAB_NR_ROWS];
};

/* === Helpers === */

/* Type of a size that slabs are cut for. */
static __always_inline struct tslab_type *tslab_type_of(struct tslab *ts,
							size_t size)
{
	/* Its lead comes first. */
	return (void *)ts + tslab_lead_offset[(size - 1) / TSLAB_SIZE_STEP];
}

static inline bool tslab_size_ok(size_t size)
{
	return size - 1 < TSLAB_MAX_SIZE;
}

/* Whether a size has a class that slabs are cut for. */
static __always_inline bool tslab_size_is_cut(size_t size)
{
	return size - 1 < TSLAB_CLASS_MAX_SIZE;
}

/*
 * Whether there is a slab in it or not. Context: RCU, epoch->lock, bins_lock,
 * or a section of tslab_instances_srcu.
 */
#define tslab_for_each_bin(_bin, _epoch)				\
	list_for_each_entry_rcu(_bin, &(_epoch)->bin_list, node, true)

/* Whether it may have had a slab in this activation. Context: epoch->lock. */
static inline bool tslab_bin_is_used(const struct tslab_bin *bin)
{
	return READ_ONCE(bin->used_id) == bin->epoch->id;
}

/* Context: preemption disabled or RCU. */
static __always_inline struct tslab_bin *
tslab_bin_of(const struct tslab_epoch *epoch, const struct tslab_type *type)
{
	/* By address: pairs with the releases in bin.c. */
	const struct tslab_bins *bins = READ_ONCE(epoch->bins);

	if (unlikely(type->number >= bins->nr))
		return &tslab_no_bin;
	return READ_ONCE(bins->bin[type->number]);
}

/* Of a size that slabs are cut for: there is always room for those. */
static __always_inline struct tslab_bin *
tslab_bin_of_cut(const struct tslab_epoch *epoch, size_t size)
{
	void *bins = READ_ONCE(epoch->bins);

	return READ_ONCE(*(struct tslab_bin **)
			 (bins + tslab_bin_offset[(size - 1) /
						  TSLAB_SIZE_STEP]));
}

#define tslab_for_each_type(_type, _ts)					\
	list_for_each_entry_srcu(_type, &(_ts)->types, node,		\
				 srcu_read_lock_held(&tslab_instances_srcu) || \
				 lockdep_is_held(&tslab_instances_lock))

#define TSLAB_INDEX_BITS	12

/*
 * Whether the epoch is open under an id whose index is the epoch's; if so, all
 * of the activation is seen.
 */
static inline bool tslab_epoch_is_open(const struct tslab_epoch *epoch, u64 id)
{
	if (READ_ONCE(epoch->open_id) != id)
		return false;
	/* Pairs with the release in epoch_activate(). */
	smp_acquire__after_ctrl_dep();
	return true;
}

/* Of no instance. */
extern struct tslab_epoch tslab_no_epoch;

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

/* ring.c */
int tslab_epoch_cache_init(void);
void tslab_epoch_cache_exit(void);
int tslab_ring_init(struct tslab *ts);
void tslab_ring_exit(struct tslab *ts);
struct tslab_epoch *tslab_epoch_new(struct tslab *ts);
void tslab_epoch_free(struct tslab_epoch *epoch);
struct tslab_epoch *tslab_ring_take(struct tslab *ts,
				    struct tslab_epoch **spare);
bool tslab_ring_has_room(struct tslab *ts);
void tslab_epoch_put_many(struct tslab_epoch *epoch, unsigned int holds);

static inline void tslab_epoch_put(struct tslab_epoch *epoch)
{
	tslab_epoch_put_many(epoch, 1);
}

/* cpu.c */
DECLARE_PER_CPU(struct tslab_cpu_slab, tslab_no_cpu_slab);
DECLARE_PER_CPU(bool, tslab_cpu_may_own);
gfp_t tslab_percpu_gfp(gfp_t gfp);
struct tslab_cpu_slab __percpu *tslab_cpu_slab_get(struct tslab_bin *bin,
						   gfp_t gfp);
void tslab_cpu_init(void);
void tslab_cpu_slab_init(struct tslab_cpu_slab *cs);
void tslab_cpu_aim(struct tslab_cpu_slab *cs, struct tslab_slab *slab,
		   struct tslab_word *word);
void tslab_cpu_aim_at_none(struct tslab_cpu_slab *cs);
void tslab_cpu_own(struct tslab_bin *bin, struct tslab_cpu_slab *cs,
		   struct tslab_slab *slab);
void tslab_cpu_own_run(struct tslab_cpu_slab *runs, struct tslab_slab *slab);
void *tslab_cpu_go_on(struct tslab_cpu_slab *cs);
struct tslab_word *tslab_cpu_collect(struct tslab_slab *slab);
void tslab_slab_doubled(struct tslab_slab *slab, const struct tslab_word *word,
			u64 doubled);
void tslab_cpu_flush_here(struct tslab_epoch *epoch, int cpu);
long tslab_cpu_flush(struct tslab_epoch *epoch, bool all);
long tslab_cpu_shrink(struct tslab_epoch *epoch, int node);
void tslab_cpu_leave_epoch(struct tslab_epoch *epoch, unsigned int cpu);

/* supply.c */
void *tslab_supply(struct tslab_type *type, struct tslab_epoch *epoch, u64 id,
		   size_t size, gfp_t gfp, int node, unsigned int *reasons);

/* alloc.c */
void *tslab_alloc_id(struct tslab *ts, u64 id, size_t size, gfp_t gfp,
		     unsigned long caller);
void *tslab_type_alloc_id(struct tslab_type *type, u64 id, size_t size,
			  gfp_t gfp, unsigned long caller);

/* free.c */
int tslab_free_slot(struct tslab_slab *slab, unsigned long slot, u64 handle,
		    unsigned long caller);
void tslab_free_waiting(const struct tslab_epoch *epoch);

/* reclaim.c */
u64 tslab_epoch_pages(struct tslab_epoch *epoch);
bool tslab_epoch_shut(struct tslab_epoch *epoch, u64 id);
unsigned int tslab_bin_reclaim(struct tslab_bin *bin, int node, long *pages);
unsigned int tslab_bin_kill(struct tslab_bin *bin, bool keep_live, long *pages);
long tslab_epoch_reclaim(struct tslab_epoch *epoch, bool kill);
long tslab_epoch_kill(struct tslab_epoch *epoch, bool keep_live);

/* trim.c */
void tslab_trim_init(struct tslab *ts);
unsigned long tslab_trim_count(struct tslab *ts);
void tslab_trim_start(struct tslab *ts);
void tslab_trim_wait(struct tslab *ts);
void tslab_trim_stop(struct tslab *ts);

/* epoch.c */
int tslab_epochs_init(struct tslab *ts);
unsigned long tslab_epochs_end(struct tslab *ts);
long tslab_epoch_discard_in(struct tslab_epoch *epoch, u64 id);
struct tslab_epoch *tslab_epoch_open_bound(struct tslab *ts, const char *label,
					   struct hlist_node *domain);
struct tslab_epoch *tslab_epoch_lookup(struct tslab *ts, u64 id, int *err);
long tslab_epoch_close_unshared(struct tslab_epoch *epoch, u64 id);

/* cache.c */
unsigned long tslab_caches_destroy(struct tslab *ts);

/* domain.c */
void tslab_domains_detach(struct tslab *ts);

/* owner.c */
unsigned long tslab_owner_count(struct tslab *ts,
				const struct mem_cgroup *memcg);
unsigned long tslab_owner_scan(struct tslab *ts,
			       const struct mem_cgroup *memcg, unsigned long nr,
			       gfp_t gfp);

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
 * @cache_created: as @created, of a cache
 * @cache_destroyed: as @destroyed, of a cache
 */
struct tslab_observer {
	void (*created)(struct tslab *ts);
	void (*destroyed)(struct tslab *ts);
	void (*cache_created)(struct tslab_cache *cache);
	void (*cache_destroyed)(struct tslab_cache *cache);
};

extern const struct tslab_observer *tslab_observer;
bool tslab_name_ok(const char *name);

void tslab_observe(const struct tslab_observer *observer);

/* debugfs/debugfs.c */
void tslab_files_init(void);
void tslab_files_exit(void);

#endif /* _TSLAB_TSLAB_H */
