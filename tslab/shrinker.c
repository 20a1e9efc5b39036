// SPDX-License-Identifier: GPL-2.0
/* Gives back every empty slab when memory is short. */
#include "tslab.h"

static struct shrinker *tslab_shrinker;

typedef unsigned long (*epoch_fn)(struct tslab_epoch *epoch,
				  unsigned long nr);

/* Sums fn over epochs until it reaches nr; SHRINK_STOP if the lock is busy. */
static unsigned long for_each_epoch(epoch_fn fn, unsigned long nr)
{
	unsigned long sum = 0;
	struct tslab *ts;
	unsigned int i;

	/* Whoever holds it may be waiting for memory. */
	if (!mutex_trylock(&tslab_instances_lock))
		return SHRINK_STOP;
	list_for_each_entry(ts, &tslab_instances, node) {
		for (i = 0; i < ts->nr_epochs && sum < nr; i++) {
			struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

			if (epoch && atomic_read(&epoch->holds))
				sum += fn(epoch, nr - sum);
		}
	}
	mutex_unlock(&tslab_instances_lock);
	return sum;
}

static unsigned long epoch_count(struct tslab_epoch *epoch, unsigned long nr)
{
	unsigned long pages = 0;
	unsigned int class;

	for (class = 0; class < TSLAB_NR_CLASSES; class++)
		pages += READ_ONCE(epoch->class[class].nr_empty) *
			 tslab_geometry[class].pages;
	/* Slabs the CPUs own may be empty too. */
	return pages + cpumask_weight(epoch->owners);
}

static unsigned long epoch_scan(struct tslab_epoch *epoch, unsigned long nr)
{
	unsigned long class;
	long pages;

	pages = tslab_cpu_flush(epoch, false);
	for_each_set_bit(class, &epoch->used, TSLAB_NR_CLASSES)
		tslab_epoch_empty_release(epoch, class, &pages);
	return pages;
}

static unsigned long shrinker_count(struct shrinker *shrinker,
				    struct shrink_control *sc)
{
	unsigned long pages = for_each_epoch(epoch_count, ULONG_MAX);

	return pages == SHRINK_STOP ? 0 : pages ?: SHRINK_EMPTY;
}

static unsigned long shrinker_scan(struct shrinker *shrinker,
				   struct shrink_control *sc)
{
	return for_each_epoch(epoch_scan, sc->nr_to_scan);
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
