// SPDX-License-Identifier: GPL-2.0
/* Sums of the counters: the one source of every figure that is shown. */
#include "tslab.h"

/* Live objects of a class of an epoch. */
u64 tslab_cpu_slab_live(struct tslab_epoch *epoch, unsigned int class)
{
	u64 live = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct tslab_cpu_slab *cs = per_cpu_ptr(epoch->cpu_slab, cpu) +
					    class;

		live += READ_ONCE(cs->hits) + READ_ONCE(cs->misses) -
			READ_ONCE(cs->frees);
	}
	return live;
}

static void add_counters(struct tslab *ts, unsigned int class,
			 struct tslab_stats *stats)
{
	unsigned int site;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct tslab_counters *c = per_cpu_ptr(ts->counters, cpu) +
					   class;

#define TSLAB_X_ADD(name) \
	(stats->name += READ_ONCE(c->count[TSLAB_COUNT_##name]));
		TSLAB_COUNTERS(TSLAB_X_ADD)
#undef TSLAB_X_ADD
		for (site = 0; site < TSLAB_NR_SITES; site++) {
			u64 fast = READ_ONCE(c->lock_fast[site]);
			u64 contended = READ_ONCE(c->lock_contended[site]);

			stats->site_fast_acquire[site] += fast;
			stats->lock_fast_acquire += fast;
			stats->site_contended[site] += contended;
			stats->lock_contended += contended;
		}
	}
}

/* Slabs without a live object that a CPU owns or that are published. */
static u64 unused_in_use(struct tslab_epoch *epoch, unsigned int class)
{
	struct tslab_epoch_class *ec = &epoch->class[class];
	struct tslab *ts = epoch->ts;
	struct tslab_slab *slab;
	unsigned long flags;
	u64 n = 0;
	int cpu;

	raw_spin_lock_irqsave(&ts->size_class[class].lock, flags);
	for_each_possible_cpu(cpu) {
		slab = per_cpu_ptr(epoch->cpu_slab, cpu)[class].slab;
		if (slab && (READ_ONCE(slab->owned) |
			     atomic64_read(&slab->shared)) == slab->all)
			n++;
	}
	slab = READ_ONCE(ec->current_partial);
	if (slab && atomic64_read(&slab->shared) == slab->all)
		n++;
	raw_spin_unlock_irqrestore(&ts->size_class[class].lock, flags);
	return n;
}

static void add_epoch(struct tslab_epoch *epoch, unsigned int class,
		      struct tslab_stats *stats)
{
	const struct tslab_geometry *geo = &tslab_geometry[class];
	struct tslab_epoch_class *ec = &epoch->class[class];
	u64 slabs = READ_ONCE(ec->nr_slabs);
	u64 live = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct tslab_cpu_slab *cs = per_cpu_ptr(epoch->cpu_slab, cpu) +
					    class;
		u64 hits = READ_ONCE(cs->hits);
		u64 allocs = hits + READ_ONCE(cs->misses);
		u64 frees = READ_ONCE(cs->frees);

		stats->cpu_hits += hits;
		stats->alloc_objects += allocs;
		stats->free_objects += frees;
		live += allocs - frees;
	}
	stats->live_objects += live;
	stats->live_bytes += live * geo->size;
	stats->committed_bytes += slabs * geo->pages * PAGE_SIZE;
	stats->partial_slabs += READ_ONCE(ec->nr_partial);
	stats->full_slabs += READ_ONCE(ec->nr_full);
	stats->cached_slabs += READ_ONCE(ec->nr_empty);
	stats->empty_slabs += READ_ONCE(ec->nr_empty);
	if (slabs)
		stats->empty_slabs += unused_in_use(epoch, class);
}

/**
 * stats_add() - add the figures of a class of an instance
 * @ts: instance
 * @class: size class or TSLAB_NO_CLASS
 * @stats: what to add them to
 *
 * Context: any but NMI. Never waits for an allocation.
 */
static void stats_add(struct tslab *ts, unsigned int class,
		      struct tslab_stats *stats)
{
	unsigned int i;

	stats->version = TSLAB_STATS_VERSION;
	add_counters(ts, class, stats);
	if (class == TSLAB_NO_CLASS)
		return;
	for (i = 0; i < ts->nr_epochs; i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

		if (epoch)
			add_epoch(epoch, class, stats);
	}
}

/* Counters of the instances that are gone, so that the sums never fall. */
static struct tslab_stats retired[TSLAB_NR_CLASSES + 1];

/*
 * Keeps the counters of an instance that goes.
 *
 * Context: tslab_instances_lock held.
 */
void tslab_stats_retire(struct tslab *ts)
{
	unsigned int class;

	lockdep_assert_held(&tslab_instances_lock);
	for (class = 0; class <= TSLAB_NO_CLASS; class++) {
		stats_add(ts, class, &retired[class]);
#define TSLAB_X_CLEAR(name)	(retired[class].name = 0);
		TSLAB_GAUGES(TSLAB_X_CLEAR)
#undef TSLAB_X_CLEAR
	}
}

/**
 * tslab_stats_add_all() - add the figures of a class over all instances
 * @class: size class or TSLAB_NO_CLASS
 * @stats: what to add them to
 *
 * Includes the counters of instances that are gone.
 *
 * Context: tslab_instances_lock held.
 */
void tslab_stats_add_all(unsigned int class, struct tslab_stats *stats)
{
	const struct tslab_stats *gone = &retired[class];
	struct tslab *ts;
	unsigned int site;

	lockdep_assert_held(&tslab_instances_lock);
#define TSLAB_X_ADD(name)	(stats->name += gone->name);
	TSLAB_COUNTERS(TSLAB_X_ADD)
	TSLAB_DERIVED_COUNTERS(TSLAB_X_ADD)
#undef TSLAB_X_ADD
	for (site = 0; site < TSLAB_NR_SITES; site++) {
		stats->site_fast_acquire[site] += gone->site_fast_acquire[site];
		stats->site_contended[site] += gone->site_contended[site];
	}
	list_for_each_entry(ts, &tslab_instances, node)
		stats_add(ts, class, stats);
}

/**
 * tslab_class_stats() - figures of the class objects of a size belong to
 * @ts: instance
 * @size: 1 to TSLAB_MAX_SIZE bytes
 * @stats: filled in; exact once nothing is under way
 *
 * Context: any but NMI.
 * Return: 0, or -EINVAL for a bad @size.
 */
int tslab_class_stats(struct tslab *ts, size_t size, struct tslab_stats *stats)
{
	unsigned int class;

	if (!tslab_size_ok(size))
		return -EINVAL;
	class = tslab_class_of(size);
	memset(stats, 0, sizeof(*stats));
	stats_add(ts, class, stats);
	stats->size = tslab_geometry[class].size;
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_class_stats);

/**
 * tslab_global_stats() - figures of an instance over all classes
 * @ts: instance
 * @stats: filled in; includes misuse that belongs to no class
 *
 * Context: any but NMI.
 */
void tslab_global_stats(struct tslab *ts, struct tslab_stats *stats)
{
	unsigned int class;

	memset(stats, 0, sizeof(*stats));
	for (class = 0; class <= TSLAB_NO_CLASS; class++)
		stats_add(ts, class, stats);
}
EXPORT_SYMBOL_GPL(tslab_global_stats);
