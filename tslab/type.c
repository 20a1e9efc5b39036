// SPDX-License-Identifier: GPL-2.0
/* What size classes and caches have in common: set-up, end, counters. */
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "tslab.h"

/* Of slabs that a CPU keeps: as much as those of SLUB have. */
#define KEPT_BYTES	SZ_128K

/**
 * tslab_type_counters() - counters of a type in epochs of a label
 * @type: the type
 * @label: number of the label
 * @gfp: the caller's flags
 *
 * Context: any that @gfp allows; no locks that reclaim may take.
 * Return: counters that stay as long as the type; those of no label if there
 * is no memory.
 */
struct tslab_counters __percpu *tslab_type_counters(struct tslab_type *type,
						    unsigned int label,
						    gfp_t gfp)
{
	struct tslab_counters __percpu **place = &type->counters[label];
	struct tslab_counters __percpu *old = READ_ONCE(*place), *new;

	if (old)
		return old;
	new = tslab_counters_alloc(1, gfp);
	if (!new)
		return type->counters[TSLAB_LABEL_NONE];
	/* Also read by tslab_stats_sum(). */
	old = cmpxchg(place, NULL, new);
	if (!old)
		return new;
	free_percpu(new);
	return old;
}

/**
 * tslab_type_init() - set up a type
 * @type: zeroes
 * @ts: instance
 * @number: of the type in the instance
 * @geo: how its slabs are to be cut
 * @counters: those of no label
 *
 * Context: any; no locks.
 */
void tslab_type_init(struct tslab_type *type, struct tslab *ts,
		     unsigned int number, const struct tslab_geometry *geo,
		     struct tslab_counters __percpu *counters)
{
	raw_spin_lock_init(&type->lock);
	INIT_LIST_HEAD(&type->node);
	type->lead = &tslab_no_cpu_slab;
	type->geo = *geo;
	if (geo->pages)
		tslab_geometry_cut_small(&type->small, geo->size);
	type->number = number;
	type->run_units = U8_MAX;
	if (number < TSLAB_NR_CLASSES && geo->size <= PAGE_SIZE / 4) {
		type->run_units = DIV_ROUND_UP(geo->size, TSLAB_RUN_UNIT);
		if (is_power_of_2(type->run_units))
			type->run_mask = type->run_units - 1;
	}
	/* No two of the large ones need be of a size. */
	type->max_empty = number == TSLAB_LARGE ? 0 : ts->max_empty;
	type->ts = ts;
	type->reclaimable = ts->flags & TSLAB_RECLAIM_ACCOUNT;
	if (geo->pages)
		type->max_kept = clamp(KEPT_BYTES / (geo->pages * PAGE_SIZE),
				       1UL, 0UL + TSLAB_CPU_KEPT);
	type->counters[TSLAB_LABEL_NONE] = counters;
}

/* But for the counters of no label. Context: nobody counts in it any more. */
void tslab_type_exit(struct tslab_type *type)
{
	unsigned int label;

	for (label = TSLAB_LABEL_NONE + 1; label < TSLAB_NR_LABELS; label++)
		free_percpu(type->counters[label]);
	kfree(type->samples);
}
