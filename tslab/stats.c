// SPDX-License-Identifier: GPL-2.0
/* Sums of the counters: the one source of every figure that is shown. */
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "home.h"
#include "run.h"
#include "tslab.h"

/* === Objects === */

/**
 * struct objects - what became of objects
 * @hits: taken from a CPU's own slab
 * @misses: taken in any other way
 * @frees: freed
 */
struct objects {
	u64 hits;
	u64 misses;
	u64 frees;
};

static u64 objects_live(const struct objects *objects)
{
	u64 allocs = objects->hits + objects->misses;

	/* A discard frees what an allocation has not counted yet. */
	return allocs > objects->frees ? allocs - objects->frees : 0;
}

static void add_cpu_frees(const struct tslab_cpu_slab *cs,
			  struct objects *objects)
{
	objects->frees += READ_ONCE(cs->frees) + READ_ONCE(cs->shared_frees);
}

static void add_cpu_allocs(const struct tslab_cpu_slab *cs,
			   struct objects *objects)
{
	objects->hits += READ_ONCE(cs->hits);
	objects->misses += READ_ONCE(cs->misses);
}

/* Those that the bin or its CPUs have counted. */
static struct objects counted_objects(struct tslab_bin *bin, int cpu)
{
	struct tslab_cpu_slab __percpu *cpus = READ_ONCE(bin->cpus);
	struct objects objects = {};
	int i;

	if (cpu != TSLAB_ALL_CPUS) {
		/* What has no CPU is the first one's. */
		if (cpu == 0) {
			objects.frees = atomic64_read(&bin->shared_frees);
			objects.misses = atomic64_read(&bin->misses);
		}
		if (READ_ONCE(bin->counted_cpu) == cpu) {
			add_cpu_frees(&bin->home, &objects);
			add_cpu_allocs(&bin->home, &objects);
		}
		if (cpus == &tslab_no_cpu_slab)
			return objects;
		add_cpu_frees(per_cpu_ptr(cpus, cpu), &objects);
		add_cpu_allocs(per_cpu_ptr(cpus, cpu), &objects);
		return objects;
	}
	/*
	 * Frees first: one that is seen was of an object whose allocation is
	 * seen, too, as it was counted before the object was handed out.
	 */
	objects.frees = atomic64_read(&bin->shared_frees);
	add_cpu_frees(&bin->home, &objects);
	if (cpus != &tslab_no_cpu_slab)
		for_each_possible_cpu(i)
			add_cpu_frees(per_cpu_ptr(cpus, i), &objects);
	/* Pairs with whatever handed the object from one CPU to the other. */
	smp_rmb();
	objects.misses = atomic64_read(&bin->misses);
	add_cpu_allocs(&bin->home, &objects);
	if (cpus != &tslab_no_cpu_slab)
		for_each_possible_cpu(i)
			add_cpu_allocs(per_cpu_ptr(cpus, i), &objects);
	return objects;
}

/* Objects of a bin, of one CPU or of all. Context: RCU. */
static struct objects bin_objects(struct tslab_bin *bin, int cpu)
{
	struct tslab_epoch *epoch = bin->epoch;
	struct tslab_run_objects in_runs;
	struct objects objects;
	unsigned int seq;

	do {
		seq = tslab_folds_begin(epoch);
		objects = counted_objects(bin, cpu);
		/* Whose they are is whose they were in the run. */
		if (bin->type->name ||
		    (cpu != TSLAB_ALL_CPUS && READ_ONCE(epoch->home) != cpu))
			continue;
		in_runs = tslab_runs_objects(bin);
		objects.hits += in_runs.allocs - in_runs.misses;
		objects.misses += in_runs.misses;
		objects.frees += in_runs.frees;
	} while (tslab_folds_retry(epoch, seq));
	return objects;
}

/* Live objects of a bin. */
u64 tslab_bin_live(struct tslab_bin *bin)
{
	struct objects objects;
	unsigned int seq;

	/* Places of the ring may be trimmed meanwhile. */
	guard(rcu)();
	do {
		seq = read_seqcount_begin(&tslab_moves);
		objects = bin_objects(bin, TSLAB_ALL_CPUS);
	} while (read_seqcount_retry(&tslab_moves, seq));
	return objects_live(&objects);
}

static void add_objects(const struct objects *objects,
			struct tslab_stats *stats)
{
	stats->cpu_hits += objects->hits;
	stats->alloc_objects += objects->hits + objects->misses;
	stats->free_objects += objects->frees;
}

/* === Counters === */

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

static void add_row_objects(const struct tslab_counters *c,
			    struct tslab_stats *stats)
{
	struct objects objects = {
		.hits = READ_ONCE(c->hits),
		.misses = READ_ONCE(c->misses),
		.frees = READ_ONCE(c->frees),
	};

	add_objects(&objects, stats);
}

/* Adds the counters of a label, with or without the objects in them. */
static void add_label(struct tslab_counters __percpu *counters, int cpu,
		      bool objects, struct tslab_stats *stats)
{
	int i;

	for_each_possible_cpu(i) {
		const struct tslab_counters *c;

		if (cpu != TSLAB_ALL_CPUS)
			i = cpu;
		c = per_cpu_ptr(counters, i);
		add_row(c, stats);
		if (objects)
			add_row_objects(c, stats);
		if (cpu != TSLAB_ALL_CPUS)
			break;
	}
}

/* Adds counters that are kept by label; a label may have none. */
static void add_labels(struct tslab_counters __percpu *const counters[],
		       int cpu, int label, struct tslab_stats *stats)
{
	int l;

	for (l = 0; l < TSLAB_NR_LABELS; l++) {
		struct tslab_counters __percpu *c = READ_ONCE(counters[l]);

		/* Objects are not told apart by label: all are with none. */
		if (c && (label == TSLAB_ALL_LABELS || label == l))
			add_label(c, cpu, label == TSLAB_ALL_LABELS, stats);
	}
}

static bool is_unused(struct tslab_slab *slab)
{
	struct tslab_word *word;

	tslab_for_each_word(word, slab)
		if ((READ_ONCE(word->owned) | atomic64_read(&word->shared) |
		     (slab->is_run ? TSLAB_RUN_COUNTED : 0)) !=
		    tslab_word_all(slab, word))
			return false;
	return true;
}

/**
 * struct in_use - slabs that are allocated from
 * @owned: those that CPUs own
 * @unused: those that CPUs own or that are published, without a live object
 */
struct in_use {
	unsigned int owned;
	unsigned int unused;
};

/* Of a bin. Its slabs may go meanwhile, or be another bin's. Context: RCU. */
static void add_owned(const struct tslab_cpu_slab *cs,
		      const struct tslab_bin *bin, struct in_use *in_use)
{
	struct tslab_slab *slab = READ_ONCE(cs->slab);
	unsigned int i;

	for (i = 0;; i++) {
		if (slab != &tslab_no_slab && READ_ONCE(slab->bin) == bin) {
			in_use->owned++;
			in_use->unused += is_unused(slab);
		}
		if (i == TSLAB_CPU_KEPT)
			return;
		slab = READ_ONCE(cs->kept[i]);
	}
}

/* Context: RCU. */
static struct in_use bin_in_use(struct tslab_bin *bin)
{
	struct tslab_cpu_slab __percpu *cpus = READ_ONCE(bin->cpus);
	struct in_use in_use = { };
	struct tslab_bin_node *node;
	struct tslab_slab *slab;
	int cpu;

	add_owned(&bin->home, bin, &in_use);
	add_owned(&bin->epoch->runs, bin, &in_use);
	/* No CPU that is not marked owns any, and none that is offline does. */
	if (cpus != &tslab_no_cpu_slab)
		for_each_cpu(cpu, bin->epoch->owners)
			add_owned(per_cpu_ptr(cpus, cpu), bin, &in_use);
	tslab_for_each_bin_node(node, bin) {
		slab = READ_ONCE(node->current_partial);
		in_use.unused += slab && is_unused(slab);
	}
	return in_use;
}

static void add_gauges(struct tslab_bin *bin, u64 live,
		       struct tslab_stats *stats)
{
	u64 bytes = atomic_long_read(&bin->nr_pages) * PAGE_SIZE;
	struct in_use in_use = { };

	if (bytes)
		in_use = bin_in_use(bin);
	stats->live_objects += live;
	/* Each of the large ones is a slab, to the page. */
	stats->live_bytes += bin->type->number == TSLAB_LARGE ?
			     bytes : live * bin->type->geo.size;
	stats->committed_bytes += bytes;
	stats->metadata_bytes += tslab_bin_bytes() +
		(READ_ONCE(bin->nr_listed) + in_use.owned) *
		tslab_slab_bytes(bin->type);
	if (READ_ONCE(bin->cpus) != &tslab_no_cpu_slab)
		stats->metadata_bytes += num_possible_cpus() *
					 sizeof(struct tslab_cpu_slab);
	stats->partial_slabs += READ_ONCE(bin->nr_partial);
	stats->full_slabs += READ_ONCE(bin->nr_full);
	stats->cached_slabs += READ_ONCE(bin->nr_empty);
	stats->empty_slabs += READ_ONCE(bin->nr_empty) + in_use.unused;
}

/* Memory of an instance that belongs to no class. */
static u64 instance_metadata(struct tslab *ts)
{
	u64 bytes = sizeof(*ts) + ts->nr_epochs * sizeof(*ts->epochs) +
		    BITS_TO_LONGS(ts->nr_epochs) * sizeof(long);
	struct tslab_type *type;
	unsigned int i;

	tslab_for_each_type(type, ts) {
		for (i = 0; i < TSLAB_NR_LABELS; i++)
			if (READ_ONCE(type->counters[i]))
				bytes += sizeof(struct tslab_counters) *
					 num_possible_cpus();
		bytes += tslab_samples_bytes(type);
	}
	bytes += (nr_node_ids * sizeof(*ts->nodes) + sizeof(*ts->warm)) *
		 num_possible_cpus();
	for (i = 0; i < READ_ONCE(ts->nr_places); i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

		if (epoch)
			bytes += sizeof(*epoch) +
				 struct_size(epoch->bins, bin,
					     READ_ONCE(epoch->bins)->nr);
	}
	return bytes;
}

static void add_type(struct tslab_type *type, int cpu, int label,
		     struct tslab_stats *stats)
{
	bool gauges = cpu == TSLAB_ALL_CPUS && label == TSLAB_ALL_LABELS;
	struct tslab *ts = type->ts;
	unsigned int i, places = 0;

	if (type->number == TSLAB_NO_CLASS && gauges)
		stats->metadata_bytes += instance_metadata(ts);
	if (label == TSLAB_ALL_LABELS)
		places = READ_ONCE(ts->nr_places);
	for (i = 0; i < places; i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);
		struct objects objects;
		struct tslab_bin *bin;

		bin = epoch ? tslab_bin_of(epoch, type) : &tslab_no_bin;
		if (bin == &tslab_no_bin)
			continue;
		objects = bin_objects(bin, cpu);
		add_objects(&objects, stats);
		if (gauges)
			add_gauges(bin, objects_live(&objects), stats);
	}
	add_labels(type->counters, cpu, label, stats);
}

/* === What is gone === */

/*
 * Counters of instances and caches that are gone, by class and label, so that
 * the sums never fall; those of caches are with what has no class.
 */
static struct tslab_counters __percpu *retired[TSLAB_NR_ROWS][TSLAB_NR_LABELS];

/**
 * tslab_stats_retire() - keep the counters of a type that goes
 * @type: type that nobody counts in any more, and that has no bins
 * @class: what they are counted with
 *
 * Context: tslab_instances_lock held.
 */
void tslab_stats_retire(struct tslab_type *type, unsigned int class)
{
	unsigned long flags;
	unsigned int label;

	lockdep_assert_held(&tslab_instances_lock);
	for (label = 0; label < TSLAB_NR_LABELS; label++) {
		struct tslab_counters __percpu **to = &retired[class][label];
		struct tslab_counters __percpu *from = type->counters[label];

		if (!from)
			continue;
		flags = tslab_move_begin();
		if (*to) {
			tslab_counters_move(*to, from);
		} else {
			WRITE_ONCE(type->counters[label], NULL);
			WRITE_ONCE(*to, from);
		}
		tslab_move_end(flags);
	}
}

/* In a row: to allocate one costs more than all there is in it. */
struct tslab_counters __percpu *tslab_counters_alloc(unsigned int nr, gfp_t gfp)
{
	size_t size = nr * sizeof(struct tslab_counters);

	if (tslab_should_fail(size, gfp))
		return NULL;
	return __alloc_percpu_gfp(size, __alignof__(struct tslab_counters),
				  tslab_percpu_gfp(gfp));
}

int __init tslab_stats_init(void)
{
	struct tslab_counters __percpu *counters;
	unsigned int class;

	counters = tslab_counters_alloc(TSLAB_NR_ROWS, GFP_KERNEL);
	if (!counters)
		return -ENOMEM;
	for (class = 0; class < TSLAB_NR_ROWS; class++)
		retired[class][TSLAB_LABEL_NONE] = counters + class;
	return 0;
}

void tslab_stats_exit(void)
{
	unsigned int class, label;

	free_percpu(retired[0][TSLAB_LABEL_NONE]);
	for (class = 0; class < TSLAB_NR_ROWS; class++)
		for (label = TSLAB_LABEL_NONE + 1; label < TSLAB_NR_LABELS;
		     label++)
			free_percpu(retired[class][label]);
}

/* === Sums === */

static void add_stats(struct tslab_stats *to, const struct tslab_stats *from)
{
	unsigned int site;

#define TSLAB_X_ADD(name)	(to->name += from->name);
	TSLAB_COUNTERS(TSLAB_X_ADD)
	TSLAB_DERIVED_COUNTERS(TSLAB_X_ADD)
	TSLAB_GAUGES(TSLAB_X_ADD)
#undef TSLAB_X_ADD
	for (site = 0; site < TSLAB_NR_SITES; site++) {
		to->site_fast_acquire[site] += from->site_fast_acquire[site];
		to->site_contended[site] += from->site_contended[site];
	}
}

/* Adds what a class has in an instance; all caches are with no class. */
static void add_class(struct tslab *ts, unsigned int class, int cpu, int label,
		      struct tslab_stats *stats)
{
	struct tslab_type *type;

	add_type(&ts->type[class], cpu, label, stats);
	if (class != TSLAB_NO_CLASS)
		return;
	tslab_for_each_type(type, ts)
		if (type->name)
			add_type(type, cpu, label, stats);
}

/**
 * tslab_stats_sum() - figures of a class, or a part of them
 * @ts: instance, or NULL for all, counters of those that are gone included
 * @class: size class, or TSLAB_NO_CLASS: what has none, and all caches
 * @cpu: what happened on one CPU, without gauges; or TSLAB_ALL_CPUS
 * @label: what happened in epochs of one label, without gauges and counts of
 *	objects; or TSLAB_ALL_LABELS
 * @stats: what to add them to
 *
 * Context: any but NMI; in a section of tslab_instances_srcu. Never waits for an
 * allocation.
 */
void tslab_stats_sum(struct tslab *ts, unsigned int class, int cpu, int label,
		     struct tslab_stats *stats)
{
	struct tslab_stats sum;
	unsigned int seq;

	/* Places of the ring may be trimmed meanwhile. */
	guard(rcu)();
	do {
		struct tslab *each;

		seq = read_seqcount_begin(&tslab_moves);
		memset(&sum, 0, sizeof(sum));
		if (ts) {
			add_class(ts, class, cpu, label, &sum);
			continue;
		}
		tslab_for_each_instance(each)
			add_class(each, class, cpu, label, &sum);
		add_labels(retired[class], cpu, label, &sum);
		/* It is of all instances, and of no class. */
		if (class == TSLAB_NO_CLASS && cpu == TSLAB_ALL_CPUS &&
		    label == TSLAB_ALL_LABELS)
			sum.stock_pages = tslab_stock_pages();
	} while (read_seqcount_retry(&tslab_moves, seq));
	stats->version = TSLAB_STATS_VERSION;
	add_stats(stats, &sum);
}

/**
 * tslab_stats_sum_type() - figures of a class or cache of one instance
 * @type: the class or cache
 * @cpu: as for tslab_stats_sum()
 * @label: likewise
 * @stats: what to add them to
 *
 * Context: any but NMI.
 */
void tslab_stats_sum_type(struct tslab_type *type, int cpu, int label,
			  struct tslab_stats *stats)
{
	struct tslab_stats sum;
	unsigned int seq;

	guard(rcu)();
	do {
		seq = read_seqcount_begin(&tslab_moves);
		memset(&sum, 0, sizeof(sum));
		add_type(type, cpu, label, &sum);
	} while (read_seqcount_retry(&tslab_moves, seq));
	stats->version = TSLAB_STATS_VERSION;
	stats->size = type->geo.size;
	add_stats(stats, &sum);
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
	if (!tslab_size_ok(size))
		return -EINVAL;
	memset(stats, 0, sizeof(*stats));
	tslab_stats_sum_type(&ts->type[tslab_class_of(size)], TSLAB_ALL_CPUS,
			     TSLAB_ALL_LABELS, stats);
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
	int srcu;

	memset(stats, 0, sizeof(*stats));
	srcu = srcu_read_lock(&tslab_instances_srcu);
	for (class = 0; class < TSLAB_NR_ROWS; class++)
		tslab_stats_sum(ts, class, TSLAB_ALL_CPUS, TSLAB_ALL_LABELS,
				stats);
	srcu_read_unlock(&tslab_instances_srcu, srcu);
}
EXPORT_SYMBOL_GPL(tslab_global_stats);

/**
 * tslab_epoch_fill_stats() - figures of an epoch
 * @epoch: the epoch
 * @stats: filled in
 *
 * Context: epoch->lock held.
 */
void tslab_epoch_fill_stats(struct tslab_epoch *epoch,
			    struct tslab_epoch_stats *stats)
{
	struct tslab_bin *bin;

	lockdep_assert_held(&epoch->lock);
	memset(stats, 0, sizeof(*stats));
	stats->version = TSLAB_STATS_VERSION;
	stats->index = epoch->index;
	stats->era = tslab_id_era(epoch->id);
	stats->state = tslab_epoch_takes_any(epoch) ? TSLAB_EPOCH_OPEN :
		       atomic_read(&epoch->holds) ? TSLAB_EPOCH_DRAINING :
						    TSLAB_EPOCH_DRAINED;
	strscpy(stats->label, epoch->label, sizeof(stats->label));
	stats->age_ns = jiffies64_to_nsecs(get_jiffies_64() - epoch->opened_at);
	stats->domains = READ_ONCE(epoch->domains);
	stats->pages_at_close = epoch->pages_at_close;
	stats->pages = tslab_epoch_pages(epoch);
	tslab_for_each_bin(bin, epoch) {
		stats->live_objects += tslab_bin_live(bin);
		stats->partial_slabs += READ_ONCE(bin->nr_partial);
		stats->full_slabs += READ_ONCE(bin->nr_full);
		stats->empty_slabs += READ_ONCE(bin->nr_empty);
	}
}
