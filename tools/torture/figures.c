// SPDX-License-Identifier: GPL-2.0
/* What figures may never say, however much is under way while they are read. */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/slab.h>

#include "torture.h"

#define SANE	BIT_ULL(40)

static void check_stats(const struct tslab_stats *stats, const char *what)
{
	/* A discard frees what an allocation has not counted yet. */
	u64 under_way = torture_nworkers + 4 * nr_cpu_ids;

	if (stats->version != TSLAB_STATS_VERSION ||
	    stats->live_objects > SANE || stats->live_bytes > SANE ||
	    stats->committed_bytes > SANE || stats->metadata_bytes > SANE ||
	    stats->empty_slabs > SANE || stats->partial_slabs > SANE ||
	    stats->full_slabs > SANE || stats->cached_slabs > SANE)
		torture_fail("%s: %llu objects, %llu bytes, %llu committed",
			     what, stats->live_objects, stats->live_bytes,
			     stats->committed_bytes);
	if (stats->free_objects > stats->alloc_objects + under_way)
		torture_fail("%s: %llu allocated, %llu freed", what,
			     stats->alloc_objects, stats->free_objects);
}

/**
 * torture_read_class() - read the figures of a class
 * @rnd: source of chance
 *
 * Context: any but NMI.
 */
void torture_read_class(struct rnd_state *rnd)
{
	size_t size = torture_random_size(rnd);
	struct tslab_stats stats;

	if (tslab_class_stats(torture_ts, size, &stats) || stats.size < size)
		torture_fail("no figures of %zu bytes", size);
	else
		check_stats(&stats, "class");
	torture_count(reads);
}

static void read_epoch(tslab_epoch_t epoch)
{
	struct tslab_epoch_stats stats;
	int err;

	if (epoch == TSLAB_EPOCH_NONE)
		return;
	err = tslab_epoch_stats(torture_ts, epoch, &stats);
	if (err && err != -ESTALE)
		torture_fail("epoch: %d", err);
	else if (!err && (stats.live_objects > SANE || stats.pages > SANE ||
			  stats.domains > SANE))
		torture_fail("epoch: %llu objects, %llu pages, %llu domains",
			     stats.live_objects, stats.pages, stats.domains);
}

/* Sums never fall. */
static void read_sums(void)
{
	struct tslab_stats *stats;

	stats = kmalloc_array(2, sizeof(*stats), GFP_KERNEL);
	if (!stats)
		return;
	tslab_global_stats(torture_ts, &stats[0]);
	tslab_global_stats(torture_ts, &stats[1]);
	check_stats(&stats[0], "all");
	check_stats(&stats[1], "all");
	if (stats[0].alloc_objects > stats[1].alloc_objects ||
	    stats[0].free_objects > stats[1].free_objects ||
	    stats[0].new_slab_count > stats[1].new_slab_count ||
	    stats[0].pages_released > stats[1].pages_released)
		torture_fail("sums fell: %llu to %llu allocated, %llu to %llu freed",
			     stats[0].alloc_objects, stats[1].alloc_objects,
			     stats[0].free_objects, stats[1].free_objects);
	kfree(stats);
}

/**
 * torture_read() - read figures of all kinds
 * @rnd: source of chance
 *
 * Context: process context; may sleep.
 */
void torture_read(struct rnd_state *rnd)
{
	struct tslab_timing *timing;
	unsigned int arena = torture_below(rnd, TORTURE_ARENAS);

	torture_read_class(rnd);
	read_sums();
	read_epoch(tslab_epoch_current(torture_ts));
	read_epoch(READ_ONCE(torture_arena[arena].epoch));
	timing = kmalloc(sizeof(*timing), GFP_KERNEL);
	if (!timing)
		return;
	if (tslab_class_timing(torture_ts, torture_random_size(rnd), timing))
		torture_fail("no times of a class");
	kfree(timing);
}
