// SPDX-License-Identifier: GPL-2.0
/* Sums of the counters: the one source of every figure that is shown. */
#include <linux/percpu.h>

#include "tslab.h"

/* Live objects of a class of an epoch. */
u64 tslab_cpu_slab_live(struct tslab_epoch *epoch, unsigned int class)
{
	u64 live = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct tslab_cpu_slab *cs =
			per_cpu_ptr(READ_ONCE(epoch->cpu_slab[class]), cpu);

		live += READ_ONCE(cs->hits) + READ_ONCE(cs->misses) -
			READ_ONCE(cs->frees) - READ_ONCE(cs->shared_frees);
	}
	return live;
}

static bool wanted(int want, int n)
{
	return want < 0 || want == n;
}

static void add_row(const struct tslab_counters *c, struct tslab_stats *stats)
{
	unsigned int site;

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

/* Return: objects live. */
static u64 add_objects(u64 hits, u64 misses, u64 frees,
		       struct tslab_stats *stats)
{
	stats->cpu_hits += hits;
	stats->alloc_objects += hits + misses;
	stats->free_objects += frees;
	return hits + misses - frees;
}

/* Adds counters that are kept by label; a label may have none. */
static void add_labels(struct tslab_counters __percpu *const counters[],
		       unsigned int class, int cpu, int label,
		       struct tslab_stats *stats)
{
	int l, i;

	for (l = 0; l < TSLAB_NR_LABELS; l++) {
		struct tslab_counters __percpu *table = READ_ONCE(counters[l]);

		if (!table || !wanted(label, l))
			continue;
		for_each_possible_cpu(i)
			if (wanted(cpu, i))
				add_row(per_cpu_ptr(table, i) + class, stats);
	}
}

static bool is_unused(const struct tslab_slab *slab)
{
	return (READ_ONCE(slab->owned) | atomic64_read(&slab->shared)) ==
	       tslab_slab_all(slab);
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
		struct tslab_cpu_slab *cs =
			per_cpu_ptr(READ_ONCE(epoch->cpu_slab[class]), cpu);

		/* Slabs that are owned cannot go while the lock is held. */
		n += is_unused(READ_ONCE(cs->slab));
		n += is_unused(READ_ONCE(cs->other));
	}
	slab = READ_ONCE(ec->current_partial);
	n += slab && is_unused(slab);
	raw_spin_unlock_irqrestore(&ts->size_class[class].lock, flags);
	return n;
}

/* Adds the objects of a class of an epoch. Return: those that are live. */
static u64 add_epoch_objects(struct tslab_epoch *epoch, unsigned int class,
			     int cpu, struct tslab_stats *stats)
{
	u64 live = 0;
	int i;

	for_each_possible_cpu(i) {
		struct tslab_cpu_slab *cs =
			per_cpu_ptr(READ_ONCE(epoch->cpu_slab[class]), i);

		if (wanted(cpu, i))
			live += add_objects(READ_ONCE(cs->hits),
					    READ_ONCE(cs->misses),
					    READ_ONCE(cs->frees) +
					    READ_ONCE(cs->shared_frees), stats);
	}
	return live;
}

static void add_epoch_gauges(struct tslab_epoch *epoch, unsigned int class,
			     u64 live, struct tslab_stats *stats)
{
	const struct tslab_geometry *geo = &tslab_geometry[class];
	struct tslab_epoch_class *ec = &epoch->class[class];
	u64 slabs = READ_ONCE(ec->nr_slabs);

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

static void add_instance(struct tslab *ts, unsigned int class, int cpu,
			 int label, struct tslab_stats *stats)
{
	unsigned int i;

	add_labels(ts->label_counters, class, cpu, label, stats);
	if (class == TSLAB_NO_CLASS || label != TSLAB_ALL_LABELS)
		return;
	for (i = 0; i < ts->nr_epochs; i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);
		u64 live;

		if (!epoch)
			continue;
		live = add_epoch_objects(epoch, class, cpu, stats);
		if (cpu == TSLAB_ALL_CPUS)
			add_epoch_gauges(epoch, class, live, stats);
	}
}

/* === Instances that are gone === */

/* Their counters, by label, so that the sums never fall. */
static struct tslab_counters __percpu *retired[TSLAB_NR_LABELS];

static void add_retired(unsigned int class, int cpu, int label,
			struct tslab_stats *stats)
{
	struct tslab_counters __percpu *table = retired[TSLAB_LABEL_NONE];
	int i;

	add_labels(retired, class, cpu, label, stats);
	if (!table || label != TSLAB_ALL_LABELS)
		return;
	for_each_possible_cpu(i) {
		struct tslab_counters *c = per_cpu_ptr(table, i) + class;

		if (wanted(cpu, i))
			add_objects(c->hits, c->misses, c->frees, stats);
	}
}

/* Moves the counts of objects from the epochs to the instance's counters. */
static void retire_objects(struct tslab *ts)
{
	unsigned int class, i;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct tslab_counters *c = per_cpu_ptr(ts->counters, cpu);

		for (i = 0; i < ts->nr_epochs; i++) {
			struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

			if (!epoch)
				continue;
			for (class = 0; class < TSLAB_NR_CLASSES; class++) {
				struct tslab_cpu_slab *cs =
					per_cpu_ptr(epoch->cpu_slab[class],
						    cpu);

				c[class].hits += cs->hits;
				c[class].misses += cs->misses;
				c[class].frees += cs->frees + cs->shared_frees;
			}
		}
	}
}

/* A table is nothing but u64. */
static void add_table(struct tslab_counters __percpu *to,
		      struct tslab_counters __percpu *from)
{
	unsigned int n = TSLAB_NR_ROWS * sizeof(*to) / sizeof(u64);
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		u64 *sum = (u64 *)per_cpu_ptr(to, cpu);
		const u64 *add = (const u64 *)per_cpu_ptr(from, cpu);

		for (i = 0; i < n; i++)
			sum[i] += add[i];
	}
}

/*
 * Keeps the counters of an instance that goes and that nobody counts in any
 * more.
 *
 * Context: tslab_instances_lock held.
 */
void tslab_stats_retire(struct tslab *ts)
{
	unsigned int label;

	lockdep_assert_held(&tslab_instances_lock);
	retire_objects(ts);
	for (label = 0; label < TSLAB_NR_LABELS; label++) {
		if (!ts->label_counters[label])
			continue;
		if (retired[label])
			add_table(retired[label], ts->label_counters[label]);
		else
			swap(retired[label], ts->label_counters[label]);
	}
}

void tslab_stats_exit(void)
{
	unsigned int label;

	for (label = 0; label < TSLAB_NR_LABELS; label++)
		free_percpu(retired[label]);
}

/* === Sums === */

/**
 * tslab_stats_sum() - figures of a class, or a part of them
 * @ts: instance, or NULL for all, counters of those that are gone included
 * @class: size class or TSLAB_NO_CLASS
 * @cpu: what happened on one CPU, without gauges; or TSLAB_ALL_CPUS
 * @label: what happened in epochs of one label, without gauges and counts of
 *	objects; or TSLAB_ALL_LABELS
 * @stats: what to add them to
 *
 * Context: any but NMI; tslab_instances_lock held if @ts is NULL. Never waits
 * for an allocation.
 */
void tslab_stats_sum(struct tslab *ts, unsigned int class, int cpu, int label,
		     struct tslab_stats *stats)
{
	stats->version = TSLAB_STATS_VERSION;
	if (ts) {
		add_instance(ts, class, cpu, label, stats);
		return;
	}
	lockdep_assert_held(&tslab_instances_lock);
	add_retired(class, cpu, label, stats);
	list_for_each_entry(ts, &tslab_instances, node)
		add_instance(ts, class, cpu, label, stats);
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
	tslab_stats_sum(ts, class, TSLAB_ALL_CPUS, TSLAB_ALL_LABELS, stats);
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
		tslab_stats_sum(ts, class, TSLAB_ALL_CPUS, TSLAB_ALL_LABELS,
				stats);
}
EXPORT_SYMBOL_GPL(tslab_global_stats);
