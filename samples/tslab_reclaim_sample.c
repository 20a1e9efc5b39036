// SPDX-License-Identifier: GPL-2.0
/*
 * A cache that loses its oldest entries when memory is short: with tslab, whose
 * epochs go as they are old, and as caches do it without, with a kmem_cache, a list
 * by age and a shrinker.
 *
 * It is filled at load, and part of it is replaced at random, as happens to caches:
 * what is old and what is new then share the pages of the kmem_cache.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/tslab.h>
#include <linux/vmalloc.h>

#include "compat.h"

static bool by_age = true;
module_param(by_age, bool, 0444);
MODULE_PARM_DESC(by_age, "Entries in epochs of tslab, by age; or in a kmem_cache");

static bool account;
module_param(account, bool, 0444);
MODULE_PARM_DESC(account, "Charge those in epochs to the cgroup of who loads this");

static unsigned int entries = 1000000;
module_param(entries, uint, 0444);
MODULE_PARM_DESC(entries, "Entries, 1000 to 4000000");

static unsigned int replaced = 500000;
module_param(replaced, uint, 0444);
MODULE_PARM_DESC(replaced, "Of those that are replaced, up to as many as there are");

static unsigned int lost;
module_param(lost, uint, 0444);
MODULE_PARM_DESC(lost, "Entries that were lost since, as memory was short");

#define GENERATIONS	64	/* that the entries would be if none were replaced */

struct entry {
	struct list_head age;
	u32 key;
	char value[100];
};

struct generation {
	struct list_head entries;
	tslab_epoch_t epoch;
};

static DEFINE_MUTEX(lock);	/* the rest */
static struct entry **table;
static struct generation generation[2 * GENERATIONS + 1];
static unsigned int nr_generations;
static unsigned int nr_entries;

static struct tslab *ts;
static struct tslab_cache *epoch_cache;
static struct kmem_cache *cache;
static struct shrinker *shrinker;

/* Context: lock held. */
static void forget(struct entry *entry)
{
	table[entry->key] = NULL;
	nr_entries--;
}

/* === By age === */

/* Never waits for who may be waiting for memory. */
static int ask(struct tslab_owner *owner, tslab_epoch_t epoch,
	       unsigned long pages, gfp_t gfp)
{
	struct entry *entry;
	unsigned int i;

	if (!mutex_trylock(&lock))
		return TSLAB_OWNER_KEEPS;
	/* The last one is still being filled. */
	for (i = 0; i + 1 < nr_generations; i++)
		if (generation[i].epoch == epoch)
			break;
	if (i + 1 >= nr_generations) {
		mutex_unlock(&lock);
		return TSLAB_OWNER_KEEPS;
	}
	list_for_each_entry(entry, &generation[i].entries, age) {
		forget(entry);
		lost++;
	}
	INIT_LIST_HEAD(&generation[i].entries);
	mutex_unlock(&lock);
	return TSLAB_OWNER_DISCARDS;
}

static struct tslab_owner owner = { .ask = ask };

/* === With a shrinker === */

static unsigned long count(struct shrinker *shrink, struct shrink_control *sc)
{
	return READ_ONCE(nr_entries) ?: SHRINK_EMPTY;
}

static unsigned long scan(struct shrinker *shrink, struct shrink_control *sc)
{
	struct list_head *list = &generation[0].entries;
	unsigned long freed = 0;
	struct entry *entry;

	if (!mutex_trylock(&lock))
		return SHRINK_STOP;
	while (freed < sc->nr_to_scan && !list_empty(list)) {
		entry = list_first_entry(list, struct entry, age);
		list_del(&entry->age);
		forget(entry);
		kmem_cache_free(cache, entry);
		lost++;
		freed++;
	}
	mutex_unlock(&lock);
	return freed;
}

/* === Both === */

static struct entry *entry_alloc(void)
{
	return cache ? kmem_cache_alloc(cache, GFP_KERNEL) :
		       tslab_cache_alloc_epoch(epoch_cache,
					       generation[nr_generations - 1].epoch,
					       GFP_KERNEL);
}

static void entry_free(struct entry *entry)
{
	if (cache)
		kmem_cache_free(cache, entry);
	else
		tslab_cache_free(epoch_cache, entry);
}

/* Context: only one task puts entries. */
static int put(u32 key)
{
	struct entry *entry = entry_alloc(), *old;

	if (!entry)
		return -ENOMEM;
	entry->key = key;
	mutex_lock(&lock);
	old = table[key];
	if (old) {
		list_del(&old->age);
		forget(old);
	}
	table[key] = entry;
	nr_entries++;
	list_add_tail(&entry->age, &generation[nr_generations - 1].entries);
	mutex_unlock(&lock);
	if (old)
		entry_free(old);
	return 0;
}

/* What comes from here on is younger. */
static int next_generation(void)
{
	struct generation *next = &generation[nr_generations];

	next->epoch = ts ? tslab_epoch_open(ts, "entries") : TSLAB_EPOCH_NONE;
	if (tslab_epoch_err(next->epoch))
		return tslab_epoch_err(next->epoch);
	INIT_LIST_HEAD(&next->entries);
	mutex_lock(&lock);
	nr_generations++;
	mutex_unlock(&lock);
	return 0;
}

static int fill(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < entries + replaced; i++) {
		/* A kmem_cache has no generations: one list has all by age. */
		if (!i || (ts && !(i % (entries / GENERATIONS))))
			err = next_generation();
		err = err ?: put(i < entries ? i : get_random_u32() % entries);
		cond_resched();
	}
	return err;
}

static int make_by_age(void)
{
	struct tslab_params params = { .flags = account ? TSLAB_ACCOUNT : 0 };

	ts = tslab_create("reclaim_sample", &params);
	if (IS_ERR(ts))
		return PTR_ERR(ts);
	epoch_cache = TSLAB_CACHE(ts, entry, TSLAB_CACHE_RECLAIM_ACCOUNT);
	if (IS_ERR(epoch_cache))
		return PTR_ERR(epoch_cache);
	return tslab_set_owner(ts, &owner);
}

static int make_with_shrinker(void)
{
	cache = KMEM_CACHE(entry, SLAB_RECLAIM_ACCOUNT | SLAB_NO_MERGE);
	shrinker = shrinker_alloc(0, "reclaim_sample");
	if (!cache || !shrinker)
		return -ENOMEM;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(shrinker);
	return 0;
}

static void unmake(void)
{
	struct entry *entry, *next;
	unsigned int i;

	if (!IS_ERR_OR_NULL(ts)) {
		/* Nobody is asked any more. */
		tslab_set_owner(ts, NULL);
		for (i = 0; i < nr_generations; i++)
			tslab_epoch_discard(ts, generation[i].epoch);
		if (!IS_ERR_OR_NULL(epoch_cache))
			tslab_cache_destroy(epoch_cache);
		tslab_destroy(ts);
	}
	if (shrinker)
		shrinker_free(shrinker);
	if (cache && nr_generations)
		list_for_each_entry_safe(entry, next, &generation[0].entries, age)
			kmem_cache_free(cache, entry);
	kmem_cache_destroy(cache);
	vfree(table);
}

static int __init reclaim_sample_init(void)
{
	int err = -ENOMEM;

	if (entries < 1000 || entries > 4000000 || replaced > entries)
		return -EINVAL;
	table = vcalloc(entries, sizeof(*table));
	if (table)
		err = by_age ? make_by_age() : make_with_shrinker();
	err = err ?: fill();
	if (err)
		unmake();
	return err;
}

static void __exit reclaim_sample_exit(void)
{
	unmake();
}

module_init(reclaim_sample_init);
module_exit(reclaim_sample_exit);

MODULE_DESCRIPTION("A cache that loses its oldest entries when memory is short");
MODULE_LICENSE("GPL");
