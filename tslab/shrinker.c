// SPDX-License-Identifier: GPL-2.0
/*
 * Gives back every empty slab, what idle epochs have, and what owners can do without,
 * when memory is short: that of the machine, or of a cgroup.
 */
#include <linux/memcontrol.h>

#include "charge.h"
#include "home.h"
#include "tslab.h"

static struct shrinker *tslab_shrinker;

static unsigned long bin_nr_empty(const struct tslab_bin *bin, int node)
{
	return node == NUMA_NO_NODE ? READ_ONCE(bin->nr_empty) :
				      READ_ONCE(bin->nodes[node].nr_empty);
}

/* @node: of what is on it, or NUMA_NO_NODE for any */
static unsigned long epoch_count(struct tslab_epoch *epoch, int node)
{
	int cpu, home = READ_ONCE(epoch->home);
	struct tslab_bin *bin;
	unsigned long pages;

	pages = home >= 0 && tslab_cpu_is_of(home, node);
	tslab_for_each_bin(bin, epoch)
		pages += bin_nr_empty(bin, node) * bin->type->geo.pages;
	/* Slabs the CPUs own may be empty too; how many changes all the time. */
	for_each_online_cpu(cpu)
		pages += cpumask_test_cpu(cpu, epoch->owners) &&
			 tslab_cpu_is_of(cpu, node);
	return pages;
}

static unsigned long epoch_scan(struct tslab_epoch *epoch, int node)
{
	struct tslab_bin *bin;
	long pages;

	pages = tslab_cpu_shrink(epoch, node);
	tslab_for_each_bin(bin, epoch)
		if (READ_ONCE(bin->nr_listed))
			tslab_bin_reclaim(bin, node, &pages);
	return pages;
}

/*
 * Pages that the epochs of an instance could give, or gave.
 *
 * @node: of what is on it, or NUMA_NO_NODE for any
 * @memcg: of those that are charged to it; or NULL
 * @nr: at most, or so
 */
static unsigned long epochs_shrink(struct tslab *ts, int node,
				   const struct mem_cgroup *memcg,
				   unsigned long nr, bool scan)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < READ_ONCE(ts->nr_places) && pages < nr; i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

		if (epoch && atomic_read(&epoch->holds) &&
		    (!memcg || READ_ONCE(epoch->memcg) == memcg))
			pages += scan ? epoch_scan(epoch, node) :
					epoch_count(epoch, node);
	}
	return pages;
}

/*
 * Likewise, that owners could do without. Of how much on which node that is nobody
 * has a count.
 *
 * @gfp: what may be done for it
 */
static unsigned long owners_shrink(const struct mem_cgroup *memcg,
				   unsigned long nr, bool scan, gfp_t gfp)
{
	unsigned long pages = 0;
	struct tslab *ts;

	tslab_for_each_instance(ts)
		if (!scan)
			pages += tslab_owner_count(ts, memcg) /
				 num_node_state(N_MEMORY);
		else if (pages < nr)
			pages += tslab_owner_scan(ts, memcg, nr - pages, gfp);
	return pages;
}

/* === Of the machine === */

/* Pages that could go, or that went. */
static unsigned long shrink(const struct shrink_control *sc, unsigned long nr,
			    bool scan)
{
	unsigned long pages = scan ? tslab_stock_drain_of(sc->nid) :
				     tslab_stock_pages_of(sc->nid);
	struct tslab *ts;
	int srcu;

	srcu = srcu_read_lock(&tslab_instances_srcu);
	tslab_for_each_instance(ts) {
		if (pages < nr)
			pages += epochs_shrink(ts, sc->nid, NULL, nr - pages,
					       scan);
		/* What is per CPU is on all of them. */
		if (sc->nid != first_memory_node)
			continue;
		if (!scan)
			pages += tslab_trim_count(ts);
		else if (pages < nr && tslab_trim_count(ts))
			tslab_trim_start(ts);
	}
	/* What somebody still has a use for goes last. */
	if (pages < nr)
		pages += owners_shrink(NULL, nr - pages, scan, sc->gfp_mask);
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	return pages;
}

static unsigned long shrinker_count(struct shrinker *shrinker,
				    struct shrink_control *sc)
{
	return shrink(sc, ULONG_MAX, false) ?: SHRINK_EMPTY;
}

static unsigned long shrinker_scan(struct shrinker *shrinker,
				   struct shrink_control *sc)
{
	return shrink(sc, sc->nr_to_scan, true);
}

/* === Of a cgroup === */

#ifdef TSLAB_CHARGE_SHRINKER
static struct shrinker *charge_shrinker;

static unsigned long charge_shrink(const struct shrink_control *sc,
				   unsigned long nr, bool scan)
{
	unsigned long pages = 0;
	struct tslab *ts;
	int srcu;

	/* That is the machine's. */
	if (!sc->memcg || !sc->memcg->css.parent)
		return 0;
	srcu = srcu_read_lock(&tslab_instances_srcu);
	tslab_for_each_instance(ts)
		if (pages < nr)
			pages += epochs_shrink(ts, NUMA_NO_NODE, sc->memcg,
					       nr - pages, scan);
	if (pages < nr)
		pages += owners_shrink(sc->memcg, nr - pages, scan,
				       sc->gfp_mask);
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	return pages;
}

/* Never SHRINK_EMPTY: who says so is not asked until another epoch is charged. */
static unsigned long charge_count(struct shrinker *shrinker,
				  struct shrink_control *sc)
{
	return charge_shrink(sc, ULONG_MAX, false);
}

static unsigned long charge_scan(struct shrinker *shrinker,
				 struct shrink_control *sc)
{
	return charge_shrink(sc, sc->nr_to_scan, true);
}

static int __init charge_shrinker_init(void)
{
	int err;

	charge_shrinker = shrinker_alloc(SHRINKER_MEMCG_AWARE, "tslab-charged");
	if (!charge_shrinker)
		return -ENOMEM;
	err = tslab_charge_init(charge_shrinker);
	if (err) {
		shrinker_free(charge_shrinker);
		return err;
	}
	charge_shrinker->count_objects = charge_count;
	charge_shrinker->scan_objects = charge_scan;
	charge_shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(charge_shrinker);
	return 0;
}

static void charge_shrinker_exit(void)
{
	shrinker_free(charge_shrinker);
	tslab_charge_exit();
}
#else
static int charge_shrinker_init(void) { return 0; }
static void charge_shrinker_exit(void) { }
#endif

int __init tslab_shrinker_init(void)
{
	int err;

	tslab_shrinker = shrinker_alloc(SHRINKER_NUMA_AWARE, "tslab");
	if (!tslab_shrinker)
		return -ENOMEM;
	err = charge_shrinker_init();
	if (err) {
		shrinker_free(tslab_shrinker);
		return err;
	}
	tslab_shrinker->count_objects = shrinker_count;
	tslab_shrinker->scan_objects = shrinker_scan;
	tslab_shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(tslab_shrinker);
	return 0;
}

void tslab_shrinker_exit(void)
{
	shrinker_free(tslab_shrinker);
	charge_shrinker_exit();
}
