// SPDX-License-Identifier: GPL-2.0
/* Typed caches: objects of one size and make, in the epochs of the instance. */
#include <linux/cache.h>
#include <linux/log2.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "debug.h"
#include "home.h"
#include "kfence.h"
#include "tslab.h"

#define CACHE_FLAGS	(TSLAB_CACHE_TYPESAFE_BY_RCU |			\
			 TSLAB_CACHE_HWCACHE_ALIGN |			\
			 TSLAB_CACHE_RECLAIM_ACCOUNT | TSLAB_CACHE_ACCOUNT | \
			 TSLAB_DEBUG_FLAGS)

/* What objects are aligned to in any case. */
#define CACHE_MIN_ALIGN	max_t(size_t, sizeof(u64), ARCH_SLAB_MINALIGN)

/* === Creation === */

static bool args_ok(size_t size, const struct tslab_cache_args *args)
{
	if (!size || size > KMALLOC_MAX_SIZE || args->flags & ~CACHE_FLAGS)
		return false;
	if (args->align && (!is_power_of_2(args->align) ||
			    args->align > PAGE_SIZE))
		return false;
	return args->useroffset <= size &&
	       args->usersize <= size - args->useroffset;
}

static size_t cache_align(const struct tslab_cache_args *args)
{
	size_t align = max_t(size_t, args->align, CACHE_MIN_ALIGN);

	if (args->flags & TSLAB_CACHE_HWCACHE_ALIGN)
		align = max_t(size_t, align, cache_line_size());
	return align;
}

static void cache_free(struct tslab_cache *cache)
{
	kmem_cache_destroy(cache->kmem);
	tslab_type_exit(&cache->type);
	free_percpu(cache->type.counters[TSLAB_LABEL_NONE]);
	if (cache->type.number)
		ida_free(&cache->type.ts->numbers, cache->type.number);
	kfree(cache);
}

/* Context: tslab_instances_lock held. */
static int cache_add(struct tslab_cache *cache)
{
	struct tslab *ts = cache->type.ts;
	struct tslab_type *other;
	int err;

	list_for_each_entry(other, &ts->types, node)
		if (other->name && !strcmp(other->name, cache->name))
			return -EEXIST;
	err = tslab_samples_alloc(&cache->type);
	if (err)
		return err;
	list_add_tail_rcu(&cache->type.node, &ts->types);
	if (tslab_observer)
		tslab_observer->cache_created(cache);
	return 0;
}

static struct tslab_cache *cache_new(struct tslab *ts, const char *name,
				     size_t size,
				     const struct tslab_cache_args *args)
{
	struct tslab_counters __percpu *counters;
	struct tslab_geometry geo;
	struct tslab_cache *cache;
	int number, err = -ENOMEM;

	if (tslab_should_fail(sizeof(*cache), GFP_KERNEL))
		return ERR_PTR(-ENOMEM);
	cache = kzalloc(sizeof(*cache), GFP_KERNEL);
	if (!cache)
		return ERR_PTR(-ENOMEM);
	strscpy(cache->name, name, sizeof(cache->name));
	cache->size = size;
	cache->useroffset = args->useroffset;
	cache->usersize = args->usersize;
	tslab_geometry_cut(&geo, ALIGN(size, cache_align(args)));
	/* The stock has none of these. */
	if (args->flags & TSLAB_CACHE_TYPESAFE_BY_RCU)
		tslab_geometry_cut_double(&geo);
	number = ida_alloc_min(&ts->numbers, TSLAB_NR_ROWS, GFP_KERNEL);
	if (number < 0) {
		kfree(cache);
		return ERR_PTR(number);
	}
	counters = tslab_counters_alloc(1, GFP_KERNEL);
	tslab_type_init(&cache->type, ts, number, &geo, counters);
	cache->type.name = cache->name;
	cache->type.ctor = args->ctor;
	cache->type.flags = args->flags & ~TSLAB_DEBUG_FLAGS;
	tslab_debug_type(&cache->type,
			 ((args->flags | ts->flags) & TSLAB_DEBUG_FLAGS) |
			 tslab_debug_flags(ts, cache->name),
			 cache_align(args));
	cache->kmem = tslab_kfence_cache(cache);
	if (args->flags & TSLAB_CACHE_RECLAIM_ACCOUNT)
		cache->type.reclaimable = true;
	if (args->flags & TSLAB_CACHE_ACCOUNT) {
		cache->type.charges = true;
		/* From its next epoch on. */
		WRITE_ONCE(ts->charges, true);
	}
	/* Nobody runs a constructor where a slab is taken from the stock. */
	if (args->ctor)
		cache->type.small.pages = 0;
	if (counters) {
		mutex_lock(&tslab_instances_lock);
		err = cache_add(cache);
		mutex_unlock(&tslab_instances_lock);
	}
	if (err) {
		cache_free(cache);
		return ERR_PTR(err);
	}
	return cache;
}

/**
 * tslab_cache_create() - make a cache of an instance
 * @ts: instance
 * @name: as for tslab_create(); unique in the instance
 * @size: of the objects, 1 to KMALLOC_MAX_SIZE bytes; they are not rounded up
 *	but for their alignment
 * @args: what it is like, or NULL for the defaults
 *
 * Its objects are in the epochs of the instance, with those of other caches
 * and of no cache.
 *
 * Context: process context; may sleep; not from reclaim.
 * Return: the cache; ERR_PTR(-EINVAL) for a bad argument, ERR_PTR(-EEXIST) if
 * the name is taken, which are reported with the caller's address;
 * ERR_PTR(-ENOMEM).
 */
struct tslab_cache *tslab_cache_create(struct tslab *ts, const char *name,
				       size_t size,
				       const struct tslab_cache_args *args)
{
	static const struct tslab_cache_args defaults;
	struct tslab_cache *cache = ERR_PTR(-EINVAL);

	if (!args)
		args = &defaults;
	if (tslab_name_ok(name) && args_ok(size, args))
		cache = cache_new(ts, name, size, args);
	if (IS_ERR(cache) && PTR_ERR(cache) != -ENOMEM) {
		struct tslab_type *type = &ts->type[TSLAB_NO_CLASS];

		tslab_count_outside(type, size_rejected);
		tslab_misuse(ts, type, TSLAB_MISUSE_CACHE, -PTR_ERR(cache),
			     _RET_IP_);
	}
	return cache;
}
EXPORT_SYMBOL_GPL(tslab_cache_create);

/* === End === */

/*
 * Gives up what an epoch has of a cache. The bin goes onto the list @gone.
 *
 * Return: number of objects that were live.
 */
static u64 cache_leave_epoch(struct tslab_cache *cache,
			     struct tslab_epoch *epoch, struct list_head *gone)
{
	struct tslab_bin *bin;
	long pages = 0;
	u64 live;

	guard(mutex)(&epoch->lock);
	bin = tslab_bin_of(epoch, &cache->type);
	if (bin == &tslab_no_bin)
		return 0;
	tslab_home_cool(epoch);
	tslab_free_waiting(epoch);
	/* Nobody is allocating of it, so no CPU keeps any of its slabs. */
	tslab_cpu_flush(epoch, false);
	tslab_bin_reclaim(bin, NUMA_NO_NODE, &pages);
	live = tslab_bin_live(bin);
	if (live)
		tslab_misuse_live(bin, live);
	tslab_bin_kill(bin, true, &pages);
	tslab_bin_take(&cache->type, epoch, gone);
	return live;
}

/**
 * tslab_cache_destroy() - end a cache
 * @cache: cache that nobody uses any more, or NULL, which is a no-op
 *
 * Objects that are still live are reported by epoch and label; their pages are
 * not given back, as their users do not know.
 *
 * Context: process context; may sleep; not from reclaim, nor where
 * rcu_barrier() is not allowed, which it waits for.
 * Return: number of objects that were live.
 */
unsigned long tslab_cache_destroy(struct tslab_cache *cache)
{
	struct tslab_bin *bin, *next;
	unsigned long live = 0;
	struct tslab *ts;
	LIST_HEAD(gone);
	unsigned int i;

	if (!cache)
		return 0;
	ts = cache->type.ts;
	/* Objects that tslab_free_rcu() has are not left behind. */
	rcu_barrier();
	for (i = 0; i < ts->nr_epochs; i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

		if (epoch)
			live += cache_leave_epoch(cache, epoch, &gone);
	}
	/* Slabs that went, and may go after a grace period only. */
	rcu_barrier();

	mutex_lock(&tslab_instances_lock);
	if (tslab_observer)
		tslab_observer->cache_destroyed(cache);
	list_for_each_entry(bin, &gone, gone)
		tslab_stats_fold(bin);
	tslab_stats_retire(&cache->type, TSLAB_NO_CLASS);
	tslab_samples_retire(&cache->type, TSLAB_NO_CLASS);
	list_del_rcu(&cache->type.node);
	mutex_unlock(&tslab_instances_lock);

	/* Whoever may be looking at a bin. */
	tslab_trim_wait(ts);
	synchronize_srcu(&tslab_instances_srcu);
	synchronize_rcu();
	list_for_each_entry_safe(bin, next, &gone, gone)
		tslab_bin_free(bin);
	/* KFENCE would end what is live of it. */
	if (live)
		cache->kmem = NULL;
	cache_free(cache);
	return live;
}
EXPORT_SYMBOL_GPL(tslab_cache_destroy);

/* Ends those that an instance that goes has still. Return: live objects. */
unsigned long tslab_caches_destroy(struct tslab *ts)
{
	struct tslab_type *type, *next;
	unsigned long live = 0;

	list_for_each_entry_safe(type, next, &ts->types, node) {
		if (!type->name)
			continue;
		pr_warn("tslab: misuse: %s destroyed before its cache %s\n",
			ts->name, type->name);
		live += tslab_cache_destroy(container_of(type,
							 struct tslab_cache,
							 type));
	}
	return live;
}

/* === Objects === */

/**
 * tslab_cache_alloc_bulk() - allocate objects of a cache where the task is
 * @cache: the cache
 * @gfp: as for tslab_alloc()
 * @n: how many
 * @objs: filled in
 *
 * Context: as tslab_alloc().
 * Return: @n, or 0 if there is not the memory for all of them.
 */
size_t tslab_cache_alloc_bulk(struct tslab_cache *cache, gfp_t gfp, size_t n,
			      void **objs)
{
	size_t i;

	for (i = 0; i < n; i++) {
		objs[i] = tslab_cache_alloc(cache, gfp);
		if (!objs[i]) {
			tslab_cache_free_bulk(cache, i, objs);
			return 0;
		}
	}
	return n;
}
EXPORT_SYMBOL_GPL(tslab_cache_alloc_bulk);

/**
 * tslab_cache_free_bulk() - free objects of a cache
 * @cache: the cache
 * @n: how many
 * @objs: the objects; NULL is none
 *
 * Context: as tslab_free().
 */
void tslab_cache_free_bulk(struct tslab_cache *cache, size_t n, void **objs)
{
	while (n--)
		tslab_cache_free(cache, objs[n]);
}
EXPORT_SYMBOL_GPL(tslab_cache_free_bulk);

/* For mempool_create(): with the cache as pool_data. */
void *tslab_mempool_alloc(gfp_t gfp, void *cache)
{
	return tslab_cache_alloc(cache, gfp);
}
EXPORT_SYMBOL_GPL(tslab_mempool_alloc);

/* For mempool_create(): with the cache as pool_data. */
void tslab_mempool_free(void *obj, void *cache)
{
	tslab_cache_free(cache, obj);
}
EXPORT_SYMBOL_GPL(tslab_mempool_free);

/**
 * tslab_cache_size() - size of the objects of a cache
 * @cache: the cache
 *
 * Context: any.
 * Return: bytes, as they were asked for.
 */
size_t tslab_cache_size(const struct tslab_cache *cache)
{
	return cache->size;
}
EXPORT_SYMBOL_GPL(tslab_cache_size);

/**
 * tslab_cache_shrink() - give back the empty slabs of a cache
 * @cache: the cache
 *
 * Context: process context; may sleep.
 * Return: number of pages given back.
 */
long tslab_cache_shrink(struct tslab_cache *cache)
{
	struct tslab *ts = cache->type.ts;
	long pages = 0;
	unsigned int i;

	for (i = 0; i < ts->nr_epochs; i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);
		struct tslab_bin *bin;

		if (!epoch)
			continue;
		rcu_read_lock();
		bin = tslab_bin_of(epoch, &cache->type);
		rcu_read_unlock();
		if (bin == &tslab_no_bin || !atomic_long_read(&bin->nr_pages))
			continue;
		pages += tslab_cpu_shrink(epoch, NUMA_NO_NODE);
		tslab_bin_reclaim(bin, NUMA_NO_NODE, &pages);
	}
	return pages;
}
EXPORT_SYMBOL_GPL(tslab_cache_shrink);

/**
 * tslab_cache_stats() - figures of a cache
 * @cache: the cache
 * @stats: filled in; exact once nothing is under way
 *
 * Context: any but NMI.
 */
void tslab_cache_stats(struct tslab_cache *cache, struct tslab_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	tslab_stats_sum_type(&cache->type, TSLAB_ALL_CPUS, TSLAB_ALL_LABELS,
			     stats);
}
EXPORT_SYMBOL_GPL(tslab_cache_stats);

/**
 * tslab_cache_timing() - what was timed of a cache
 * @cache: the cache
 * @timing: filled in
 *
 * Context: any but NMI.
 */
void tslab_cache_timing(struct tslab_cache *cache, struct tslab_timing *timing)
{
	tslab_timing_sum_type(&cache->type, timing);
}
EXPORT_SYMBOL_GPL(tslab_cache_timing);
