// SPDX-License-Identifier: GPL-2.0
/*
 * What instances and slabs take: time to create an instance, how much of a full
 * slab is objects, and instances and slabs to be held, until the module is
 * unloaded, while somebody looks at /proc/meminfo.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/sort.h>

#include "micro.h"

/* Epochs of an instance that is held, all of them open. */
#define HELD_EPOCHS	16
/* Instances created for a median. */
#define CREATED_MAX	31
/* Slabs that are filled to see how much of them is objects. */
#define FULL_SLABS	16

static tslab_epoch_t held_epoch = TSLAB_EPOCH_NONE;
static struct tslab **held;
static unsigned int nr_held;

/* === Creation === */

static int time_create(struct micro_times *tslab, struct micro_times *cache,
		       s64 clock_ps)
{
	unsigned int i;
	char name[32];

	for (i = 0; i < tslab->nr; i++) {
		struct kmem_cache *c;
		struct tslab *ts;
		u64 start;

		/* Directories in sysfs go when they please. */
		snprintf(name, sizeof(name), "micro-create-%u", i);
		start = ktime_get_ns();
		ts = tslab_create(name, NULL);
		tslab->ps[i] = (ktime_get_ns() - start) * 1000 - clock_ps;
		if (IS_ERR(ts))
			return PTR_ERR(ts);
		tslab_destroy(ts);

		start = ktime_get_ns();
		c = kmem_cache_create(name, micro.size, 0,
				      SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE, NULL);
		cache->ps[i] = (ktime_get_ns() - start) * 1000 - clock_ps;
		if (!c)
			return -ENOMEM;
		kmem_cache_destroy(c);
		cond_resched();
	}
	return 0;
}

/* An instance, with all its classes, against a cache of one size. */
int micro_create(void)
{
	unsigned int nr = min_t(unsigned int, micro.batches, CREATED_MAX);
	struct micro_times tslab, cache;
	int err = -ENOMEM;

	if (micro_times_init(&tslab, nr))
		return -ENOMEM;
	if (micro_times_init(&cache, nr))
		goto tslab;
	err = time_create(&tslab, &cache, micro_clock_ps());
	if (!err) {
		micro_times_log(&tslab, "create", MICRO_tslab, 0);
		micro_times_log(&cache, "create", MICRO_kmem_cache, 0);
	}
	micro_times_exit(&cache);
tslab:
	micro_times_exit(&tslab);
	return err;
}

/* === Utilisation === */

/*
 * Allocates until there is a slab too many. Per cent of the pages that was
 * objects before that, in thousandths.
 */
static s64 fill_slabs(tslab_epoch_t epoch, struct tslab_stats *stats)
{
	u64 live = 0, pages_bytes = 0, first = 0;

	for (;;) {
		if (!tslab_alloc_epoch(micro.per_cpu, epoch, micro.size,
				       GFP_KERNEL))
			return -ENOMEM;
		tslab_global_stats(micro.per_cpu, stats);
		first = first ?: stats->committed_bytes;
		if (stats->committed_bytes > FULL_SLABS * first)
			break;
		live = stats->live_objects * micro.size;
		pages_bytes = stats->committed_bytes;
		cond_resched();
	}
	return div64_u64(live * 100 * 1000, pages_bytes);
}

int micro_utilisation(void)
{
	tslab_epoch_t epoch = tslab_epoch_open(micro.per_cpu, "micro");
	struct tslab_stats *stats;
	s64 percent = -ENOMEM;

	if (tslab_epoch_err(epoch))
		return tslab_epoch_err(epoch);
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (stats)
		percent = fill_slabs(epoch, stats);
	kfree(stats);
	tslab_epoch_discard(micro.per_cpu, epoch);
	if (percent < 0)
		return percent;
	micro_log("utilisation", MICRO_tslab, percent, percent, percent);
	return 0;
}

/* === Pages at the peak === */

#define PEAK_BYTES	SZ_8M

static int by_address(const void *a, const void *b)
{
	const void *left = *(void * const *)a, *right = *(void * const *)b;

	return left < right ? -1 : left > right;
}

/* Pages of the slabs that objects of a kmem_cache are in. */
static s64 slab_pages(void **objs, unsigned int n)
{
	struct folio *last = NULL;
	s64 pages = 0;
	unsigned int i;

	sort(objs, n, sizeof(*objs), by_address, NULL);
	for (i = 0; i < n; i++) {
		struct folio *folio = virt_to_folio(objs[i]);

		if (folio != last)
			pages += folio_nr_pages(folio);
		last = folio;
	}
	return pages;
}

static s64 peak_tslab(void **objs, unsigned int n)
{
	struct tslab_cache *cache = tslab_cache_create(micro.per_cpu, "peak",
						       micro.size, NULL);
	struct tslab_stats *stats;
	s64 pages = -ENOMEM;

	if (IS_ERR(cache))
		return PTR_ERR(cache);
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (stats && tslab_cache_alloc_bulk(cache, GFP_KERNEL, n, objs)) {
		tslab_cache_stats(cache, stats);
		pages = stats->committed_bytes >> PAGE_SHIFT;
		tslab_cache_free_bulk(cache, n, objs);
	}
	kfree(stats);
	tslab_cache_destroy(cache);
	return pages;
}

static s64 peak_kmem_cache(void **objs, unsigned int n)
{
	struct kmem_cache *cache = kmem_cache_create("tslab_micro_peak",
						     micro.size, 0,
						     SLAB_NO_MERGE, NULL);
	s64 pages = 0;
	unsigned int i;

	if (!cache)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		objs[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		if (!objs[i])
			break;
	}
	pages = i == n ? slab_pages(objs, n) : -ENOMEM;
	while (i--)
		kmem_cache_free(cache, objs[i]);
	kmem_cache_destroy(cache);
	return pages;
}

/* Pages, in thousandths, that objects of exactly that size take. */
int micro_peak(void)
{
	unsigned int n = PEAK_BYTES / micro.size;
	s64 tslab = -ENOMEM, slub = -ENOMEM;
	void **objs;

	objs = kvcalloc(n, sizeof(*objs), GFP_KERNEL);
	if (objs) {
		tslab = peak_tslab(objs, n);
		slub = peak_kmem_cache(objs, n);
	}
	kvfree(objs);
	if (tslab < 0 || slub < 0)
		return min(tslab, slub);
	micro_log("peak", MICRO_tslab, tslab * 1000, tslab * 1000,
		  tslab * 1000);
	micro_log("peak", MICRO_kmem_cache, slub * 1000, slub * 1000,
		  slub * 1000);
	return 0;
}

/* === What is held === */

/* As many slabs as others, with all of their objects. */
int micro_hold_slabs(void)
{
	struct tslab *ts = micro.per_cpu;
	struct tslab_epoch_stats *stats;
	int err = 0;
	u64 one = 0;

	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (!stats)
		return -ENOMEM;
	held_epoch = tslab_epoch_open(ts, "held");
	while (!err) {
		if (!tslab_alloc_epoch(ts, held_epoch, micro.size,
				       GFP_KERNEL)) {
			err = -ENOMEM;
			break;
		}
		err = tslab_epoch_stats(ts, held_epoch, stats);
		one = one ?: stats->pages;
		if (stats->pages >= one * micro.others)
			break;
	}
	if (!err)
		micro_log("held_pages", MICRO_tslab, stats->pages * 1000,
			  stats->pages * 1000, stats->pages * 1000);
	kfree(stats);
	return err;
}

/* As many instances as others, idle, with 16 open epochs. */
int micro_hold_instances(void)
{
	static const struct tslab_params params = { .epochs = HELD_EPOCHS };
	unsigned int i;
	char name[32];

	held = kvcalloc(max(micro.others, 1U), sizeof(*held), GFP_KERNEL);
	if (!held)
		return -ENOMEM;
	while (nr_held < micro.others) {
		struct tslab *ts;

		snprintf(name, sizeof(name), "held-%u", nr_held);
		ts = tslab_create(name, &params);
		if (IS_ERR(ts))
			return PTR_ERR(ts);
		held[nr_held++] = ts;
		/* One is open from the beginning. */
		for (i = 1; i < HELD_EPOCHS; i++) {
			tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);

			if (tslab_epoch_err(epoch))
				return tslab_epoch_err(epoch);
		}
		cond_resched();
	}
	micro_log("held_instances", MICRO_tslab, nr_held * 1000LL,
		  nr_held * 1000LL, nr_held * 1000LL);
	return 0;
}

void micro_release(void)
{
	if (held_epoch != TSLAB_EPOCH_NONE && !tslab_epoch_err(held_epoch))
		tslab_epoch_discard(micro.per_cpu, held_epoch);
	while (nr_held)
		tslab_destroy(held[--nr_held]);
	kvfree(held);
}
