// SPDX-License-Identifier: GPL-2.0
/* Whom the pages of an epoch are charged to: a memory cgroup, or nobody. */
#include <linux/memcontrol.h>

#include "charge.h"
#include "home.h"
#include "tslab.h"

#ifdef CONFIG_MEMCG
/* The task's, with a reference; NULL for the root, which nothing is charged to. */
static struct mem_cgroup *charge_own(void)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(NULL);

	if (memcg && !memcg->css.parent) {
		mem_cgroup_put(memcg);
		return NULL;
	}
	return memcg;
}

/* One that was given, with a reference. Return: as tslab_charge_look(). */
static struct mem_cgroup *charge_given(struct mem_cgroup *memcg)
{
	if (!memcg->css.parent)
		return NULL;
	return css_tryget_online(&memcg->css) ? memcg : ERR_PTR(-ENODEV);
}

static struct mem_cgroup *charge_tryget(struct mem_cgroup *memcg)
{
	return memcg && css_tryget(&memcg->css) ? memcg : NULL;
}
#else
static struct mem_cgroup *charge_own(void) { return NULL; }
static struct mem_cgroup *charge_given(struct mem_cgroup *memcg) { return NULL; }
static struct mem_cgroup *charge_tryget(struct mem_cgroup *memcg) { return NULL; }
#endif

/**
 * tslab_charge_look() - whom an epoch that is about to open is charged to
 * @memcg: the cgroup that was given, or NULL for the task's
 *
 * Context: process context.
 * Return: the cgroup, with a reference for tslab_charge_begin(); NULL if nobody
 * is; ERR_PTR(-ENODEV) if it is offline.
 */
struct mem_cgroup *tslab_charge_look(struct mem_cgroup *memcg)
{
	return memcg ? charge_given(memcg) : charge_own();
}

/**
 * tslab_charge_begin() - have an epoch be charged
 * @epoch: the epoch, which is being activated
 * @memcg: as from tslab_charge_find()
 * @all: as there
 *
 * What waits there for its next epoch was charged to nobody.
 *
 * Context: process context; epoch->lock held.
 */
void tslab_charge_begin(struct tslab_epoch *epoch, struct mem_cgroup *memcg,
			bool all)
{
	tslab_home_cool(epoch);
	epoch->charges_all = all || epoch->ts->flags & TSLAB_ACCOUNT;
	WRITE_ONCE(epoch->memcg, memcg);
}

/**
 * tslab_charge_end() - charge nothing more for an epoch
 * @epoch: the epoch, which was closed
 *
 * What is charged is uncharged when its page is freed. The cgroup does not wait
 * for that.
 *
 * Context: epoch->lock held.
 */
void tslab_charge_end(struct tslab_epoch *epoch)
{
	struct mem_cgroup *memcg = epoch->memcg;

	/* Who has read it is in a section of RCU, and tries to get a reference. */
	WRITE_ONCE(epoch->memcg, NULL);
	mem_cgroup_put(memcg);
}

/**
 * tslab_charge_get() - whom a slab is charged to
 * @bin: bin that it is going to be of
 *
 * Context: any.
 * Return: the cgroup, with a reference for tslab_charge_put(); NULL if nobody is.
 */
struct mem_cgroup *tslab_charge_get(const struct tslab_bin *bin)
{
	if (likely(!tslab_bin_is_charged(bin)))
		return NULL;
	guard(rcu)();
	return charge_tryget(READ_ONCE(bin->epoch->memcg));
}
