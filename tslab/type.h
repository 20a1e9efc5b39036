/* SPDX-License-Identifier: GPL-2.0 */
/* What slabs are cut for: the size classes of an instance, and its caches. */
#ifndef _TSLAB_TYPE_H
#define _TSLAB_TYPE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>

#include "counters.h"
#include "cpu_slab.h"

struct tslab;
struct tslab_epoch;
struct tslab_slab;

/*
 * Bytes of a unit of a run, and units that an object may begin at. A run is a
 * page, of any size, and one word.
 */
#define TSLAB_RUN_UNIT		(1 << (PAGE_SHIFT - 6))
#define TSLAB_RUN_UNITS		62

/**
 * struct tslab_geometry - how a slab is cut
 * @size: bytes from one object to the next
 * @reciprocal: (offset * reciprocal) >> 32 is offset / size for any offset
 *	within a slab
 * @span: places for objects in a slab; every 64th has none, as the bit that
 *	would be its is the one that ends a word of the bitmap
 * @pages: pages of it; fewer than others of its type have if there was no run
 *	of so many
 */
struct tslab_geometry {
	u32 size;
	u32 reciprocal;
	u16 span;
	u16 pages;
};

/* Objects of a slab. */
static inline unsigned int tslab_geometry_slots(const struct tslab_geometry *geo)
{
	return geo->span - geo->span / 64;
}

/**
 * struct tslab_type - a size class or a cache of an instance
 * @lead: what the CPUs have in the current epoch, or tslab_no_cpu_slab: where
 *	tslab_alloc() begins; see scope.c
 * @geo: how its slabs are cut
 * @small: how those are that an epoch begins with: of one page and at most
 *	TSLAB_SMALL_WORDS. No pages if there are no such
 * @flags: TSLAB_CACHE_*, TSLAB_DEBUG_*
 * @run_units: units of a run that an object takes; more than there are if it is
 *	not to be in one
 * @run_mask: bits of the number of the unit it begins at that are 0
 * @align: what objects are aligned to, bytes
 * @number: where it is in struct tslab_bins, and its class if it is one
 * @max_empty: empty slabs that an open epoch keeps
 * @reclaimable: its objects can be reclaimed: what the kernel counts its pages as
 * @charges: its pages are charged to the cgroup of their epoch
 * @max_kept: slabs that a CPU owns besides the one it allocates from, 1 to
 *	TSLAB_CPU_KEPT
 * @ts: instance
 * @ctor: has each object made of a new slab
 * @name: of the cache, or NULL
 * @lock: the class lock: guards the lists and states of its slabs in all
 *	epochs
 * @timed_weight: N if this hold of @lock is the one in N that is timed, else
 *	0; @lock
 * @timed_at: ktime_get_ns() of its beginning; @lock
 * @counters: by label, set when the label is first used; cmpxchg. That of no
 *	label is always there
 * @samples: NULL until something is timed
 * @node: member of tslab::types; tslab_instances_lock, tslab_instances_srcu
 */
struct tslab_type {
	struct tslab_cpu_slab __percpu *lead;
	struct tslab_geometry geo;
	struct tslab_geometry small;
	unsigned int flags;
	u8 run_units;
	u8 run_mask;
	u16 align;
	unsigned int number;
	unsigned int max_empty;
	unsigned int max_kept;
	bool reclaimable;
	bool charges;
	struct tslab *ts;
	void (*ctor)(void *obj);
	const char *name;
	raw_spinlock_t lock;
	unsigned int timed_weight;
	u64 timed_at;
	struct tslab_counters __percpu *counters[TSLAB_NR_LABELS];
	struct tslab_samples *samples;
	struct list_head node;
} ____cacheline_aligned_in_smp;

/**
 * struct tslab_cache - objects of one size and make
 * @type: comes first
 * @size: of the objects, bytes
 * @useroffset: beginning of what may be copied to and from user space
 * @usersize: its bytes
 * @kmem: see tslab_kfence_cache()
 * @name: unique in the instance
 * @debugfs: for debugfs/
 * @proc: for debugfs/, too
 */
struct tslab_cache {
	struct tslab_type type;
	size_t size;
	unsigned int useroffset;
	unsigned int usersize;
	struct kmem_cache *kmem;
	char name[TSLAB_NAME_MAX];
	void *debugfs;
	void *proc;
};

/* Bytes of an object that was asked for. @size: what was, if it is of no cache */
static inline size_t tslab_asked_size(const struct tslab_type *type, size_t size)
{
	return type->name ? container_of(type, struct tslab_cache, type)->size :
			    size;
}

/**
 * struct tslab_bin_node - slabs of one type in one epoch on one node
 * @current_partial: slab that lock-free allocation starts from; cmpxchg
 * @partial: PARTIAL slabs; class lock
 * @empty: EMPTY slabs; class lock
 * @nr_empty: how many; class lock
 */
struct tslab_bin_node {
	struct tslab_slab *current_partial;
	struct list_head partial;
	struct list_head empty;
	unsigned int nr_empty;
};

/**
 * struct tslab_bin - slabs of one type in one epoch
 * @cpus: what the CPUs have but for the epoch's home; tslab_no_cpu_slab until one
 *	needs it; cmpxchg, and taken away under trim_lock while the epoch is
 *	drained
 * @home_cpu: CPU that @home is for, or TSLAB_NO_CPU; set by that CPU, see home.c
 * @counted_cpu: CPU whose the counts in @home are
 * @epoch: the epoch
 * @type: the type
 * @counters: those of the epoch's label; tslab_epoch::bins_lock
 * @used_id: last id of the epoch under which it was to have slabs; cmpxchg
 * @listed_id: last id under which one was to be on a list, or to be taken from
 *	one; class lock
 * @full: FULL and CURRENT slabs; class lock
 * @nr_partial: slabs in state PARTIAL; class lock
 * @nr_full: slabs in state FULL; class lock
 * @nr_empty: slabs in state EMPTY, on all nodes; class lock
 * @nr_listed: slabs that no CPU owns; class lock
 * @nr_pages: pages of its slabs, until they have gone
 * @misses: struct tslab_cpu_slab::misses where there was no memory for it
 * @shared_frees: likewise
 * @began: objects that @home had counted when it was bound
 * @many: objects of it filled half a page when the home last was done with it: it
 *	begins with slabs of its own. Written by the home
 * @node: member of tslab_epoch::bin_list; tslab_epoch::bins_lock, RCU
 * @gone: for the end of a cache
 * @home: what the epoch's home has
 * @nodes: what can be allocated from, by the memory's node
 */
struct tslab_bin {
	struct tslab_cpu_slab __percpu *cpus;
	int home_cpu;
	int counted_cpu;
	struct tslab_epoch *epoch;
	struct tslab_type *type;
	struct tslab_counters __percpu *counters;
	u64 used_id;
	u64 listed_id;
	struct list_head full;
	unsigned int nr_partial;
	unsigned int nr_full;
	unsigned int nr_empty;
	unsigned int nr_listed;
	atomic_long_t nr_pages;
	atomic64_t misses;
	atomic64_t shared_frees;
	u64 began;
	bool many;
	struct list_head node;
	struct list_head gone;
	struct tslab_cpu_slab home;
	struct tslab_bin_node nodes[];
};

#define tslab_for_each_bin_node(_node, _bin)				\
	for (_node = (_bin)->nodes; _node < (_bin)->nodes + nr_node_ids; _node++)

/**
 * struct tslab_bins - the bins of an epoch, by the number of their type
 * @rcu: a larger one has replaced it
 * @nr: length of @bin
 * @bin: tslab_no_bin if there is none; tslab_epoch::bins_lock
 */
struct tslab_bins {
	struct rcu_head rcu;
	unsigned int nr;
	struct tslab_bin *bin[];
};

/* size_class.c */
extern const struct tslab_geometry tslab_geometry[TSLAB_NR_ROWS];
extern const struct tslab_geometry tslab_run_geometry;
/*
 * By (size - 1) / TSLAB_SIZE_STEP: where an instance has the type's lead, and the
 * bins of an epoch its bin.
 */
#define TSLAB_SIZE_STEP		8
extern u16 tslab_lead_offset[TSLAB_CLASS_MAX_SIZE / TSLAB_SIZE_STEP];
extern u16 tslab_bin_offset[TSLAB_CLASS_MAX_SIZE / TSLAB_SIZE_STEP];
void tslab_size_classes_init(void);
void tslab_geometry_cut(struct tslab_geometry *geo, size_t size);
/* Bytes of an object that small slabs are cut for, at least. */
#define TSLAB_SMALL_MIN		64
/* Words that it takes for them, and what the stock has. */
#define TSLAB_SMALL_WORDS	(1 << (PAGE_SHIFT - 12))
/* Places of a small slab, at most. */
#define TSLAB_SMALL_SPAN	(64 * TSLAB_SMALL_WORDS - 1)
void tslab_geometry_cut_double(struct tslab_geometry *geo);
void tslab_geometry_cut_first(struct tslab_geometry *geo);
void tslab_geometry_cut_small(struct tslab_geometry *geo, size_t size);
unsigned int tslab_class_of(size_t size);
unsigned int tslab_class_align(unsigned int class);

/* type.c */
void tslab_type_init(struct tslab_type *type, struct tslab *ts,
		     unsigned int number, const struct tslab_geometry *geo,
		     struct tslab_counters __percpu *counters);
void tslab_type_exit(struct tslab_type *type);
struct tslab_counters __percpu *tslab_type_counters(struct tslab_type *type,
						    unsigned int label,
						    gfp_t gfp);

/* bin.c */
/* Has no slab, ever; stands in for those that are not there. */
extern struct tslab_bin tslab_no_bin;

int tslab_bins_init(struct tslab_epoch *epoch);
void tslab_bins_exit(struct tslab_epoch *epoch);
struct tslab_bin *tslab_bin_get(struct tslab_type *type,
				struct tslab_epoch *epoch, gfp_t gfp);
void tslab_bin_use(struct tslab_bin *bin, u64 id);
void tslab_bins_label(struct tslab_epoch *epoch, unsigned int label);
void tslab_bins_count_in(struct tslab_epoch *epoch, unsigned int label);
void tslab_bin_take(struct tslab_type *type, struct tslab_epoch *epoch,
		    struct list_head *gone);
void tslab_bin_free(struct tslab_bin *bin);
size_t tslab_bin_bytes(void);
int tslab_bin_cache_init(void);
void tslab_bin_cache_exit(void);

#endif /* _TSLAB_TYPE_H */
