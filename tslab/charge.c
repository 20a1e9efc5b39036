// SPDX-License-Identifier: GPL-2.0
/* Whom the pages of an epoch are charged to: a memory cgroup, or nobody. */
#include <linux/list_lru.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "charge.h"
#include "home.h"
#include "tslab.h"

/*
 * A kernel asks a shrinker for what a cgroup at its limit has only if an object of
 * that cgroup is on a list of the shrinker's: each epoch that is charged has one.
 */
struct tslab_charge_mark {
	struct list_head lru;
};

#ifdef TSLAB_CHARGE_SHRINKER
static struct kmem_cache *charge_mark_cache;
static struct list_lru charge_marks;

/* @memcg: whom it is an object of. Return: a mark, or NULL: it is not asked then. */
static struct tslab_charge_mark *charge_mark(struct mem_cgroup *memcg)
{
	struct mem_cgroup *before = set_active_memcg(memcg);
	struct tslab_charge_mark *mark;

	mark = kmem_cache_alloc_lru(charge_mark_cache, &charge_marks,
				    GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
				    __GFP_NORETRY);
	set_active_memcg(before);
	if (mark) {
		INIT_LIST_HEAD(&mark->lru);
		list_lru_add_obj(&charge_marks, &mark->lru);
	}
	return mark;
}

static void charge_unmark(struct tslab_charge_mark *mark)
{
	if (!mark)
		return;
	list_lru_del_obj(&charge_marks, &mark->lru);
	kmem_cache_free(charge_mark_cache, mark);
}

int __init tslab_charge_init(struct shrinker *shrinker)
{
	int err;

	charge_mark_cache = KMEM_CACHE(tslab_charge_mark,
				       SLAB_ACCOUNT | SLAB_NO_MERGE);
	if (!charge_mark_cache)
		return -ENOMEM;
	err = list_lru_init_memcg(&charge_marks, shrinker);
	if (err)
		kmem_cache_destroy(charge_mark_cache);
	return err;
}

void tslab_charge_exit(void)
{
	list_lru_destroy(&charge_marks);
	kmem_cache_destroy(charge_mark_cache);
}
#else
static struct tslab_charge_mark *charge_mark(struct mem_cgroup *memcg)
{
	return NULL;
}

static void charge_unmark(struct tslab_charge_mark *mark) { }
#endif

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
 * @charge: gets it, with references for tslab_charge_begin()
 * @memcg: the cgroup that was given, or NULL for the task's
 *
 * Context: process context; may sleep.
 * Return: 0; -ENODEV if it is offline.
 */
int tslab_charge_look(struct tslab_charge *charge, struct mem_cgroup *memcg)
{
	memcg = memcg ? charge_given(memcg) : charge_own();
	if (IS_ERR(memcg))
		return PTR_ERR(memcg);
	charge->memcg = memcg;
	charge->mark = memcg ? charge_mark(memcg) : NULL;
	return 0;
}

/* Undoes tslab_charge_find() of an epoch that has not been opened. */
void tslab_charge_drop(const struct tslab_charge *charge)
{
	charge_unmark(charge->mark);
	mem_cgroup_put(charge->memcg);
}

/**
 * tslab_charge_begin() - have an epoch be charged
 * @epoch: the epoch, which is being activated
 * @charge: as from tslab_charge_find()
 *
 * What waits there for its next epoch was charged to nobody.
 *
 * Context: process context; epoch->lock held.
 */
void tslab_charge_begin(struct tslab_epoch *epoch,
			const struct tslab_charge *charge)
{
	tslab_home_cool(epoch);
	epoch->charges_all = charge->all || epoch->ts->flags & TSLAB_ACCOUNT;
	epoch->charge_mark = charge->mark;
	WRITE_ONCE(epoch->memcg, charge->memcg);
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
	charge_unmark(epoch->charge_mark);
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

/**
 * tslab_charge_cgroup() - whom an epoch is charged to, for people
 * @epoch: the epoch
 *
 * Context: any.
 * Return: inode of the cgroup's directory; 0 if it is charged to nobody.
 */
u64 tslab_charge_cgroup(const struct tslab_epoch *epoch)
{
#ifdef CONFIG_MEMCG
	const struct mem_cgroup *memcg;

	guard(rcu)();
	memcg = READ_ONCE(epoch->memcg);
	if (memcg)
		return cgroup_ino(memcg->css.cgroup);
#endif
	return 0;
}
