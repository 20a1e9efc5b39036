// SPDX-License-Identifier: GPL-2.0
/* Gives back every empty slab, and what idle epochs have, when memory is short. */
#include "home.h"
#include "tslab.h"

static struct shrinker *tslab_shrinker;

static unsigned long epoch_count(struct tslab_epoch *epoch)
{
	struct tslab_bin *bin;
	unsigned long pages = 0;

	tslab_for_each_bin(bin, epoch)
		pages += READ_ONCE(bin->nr_empty) *
			 bin->type->geo.pages;
	/* Slabs the CPUs own may be empty too; how many changes all the time. */
	return pages + data_race(cpumask_weight(epoch->owners)) +
	       (READ_ONCE(epoch->home) >= 0);
}

static unsigned long epoch_scan(struct tslab_epoch *epoch)
{
	struct tslab_bin *bin;
	long pages;

	pages = tslab_cpu_shrink(epoch);
	tslab_for_each_bin(bin, epoch)
		if (READ_ONCE(bin->nr_listed))
			tslab_bin_reclaim(bin, &pages);
	return pages;
}

/* Pages that could go, or that went. @gfp: what may be done for it, if they are to */
static unsigned long shrink(unsigned long nr, bool scan, gfp_t gfp)
{
	unsigned long pages = scan ? tslab_stock_drain() : tslab_stock_pages();
	struct tslab *ts;
	unsigned int i;
	int srcu;

	srcu = srcu_read_lock(&tslab_instances_srcu);
	tslab_for_each_instance(ts) {
		for (i = 0; i < READ_ONCE(ts->nr_places) && pages < nr; i++) {
			struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

			if (epoch && atomic_read(&epoch->holds))
				pages += scan ? epoch_scan(epoch) :
						epoch_count(epoch);
		}
		if (!scan)
			pages += tslab_trim_count(ts);
		else if (pages < nr && tslab_trim_count(ts))
			tslab_trim_start(ts);
	}
	/* What somebody still has a use for goes last. */
	tslab_for_each_instance(ts)
		if (!scan)
			pages += tslab_owner_count(ts);
		else if (pages < nr)
			pages += tslab_owner_scan(ts, nr - pages, gfp);
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	return pages;
}

static unsigned long shrinker_count(struct shrinker *shrinker,
				    struct shrink_control *sc)
{
	return shrink(ULONG_MAX, false, 0) ?: SHRINK_EMPTY;
}

static unsigned long shrinker_scan(struct shrinker *shrinker,
				   struct shrink_control *sc)
{
	return shrink(sc->nr_to_scan, true, sc->gfp_mask);
}

int __init tslab_shrinker_init(void)
{
	tslab_shrinker = shrinker_alloc(0, "tslab");
	if (!tslab_shrinker)
		return -ENOMEM;
	tslab_shrinker->count_objects = shrinker_count;
	tslab_shrinker->scan_objects = shrinker_scan;
	tslab_shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(tslab_shrinker);
	return 0;
}

void tslab_shrinker_exit(void)
{
	shrinker_free(tslab_shrinker);
}
