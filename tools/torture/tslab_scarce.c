// SPDX-License-Identifier: GPL-2.0
/*
 * What is allocated when memory is scarce, beside what SLUB gets with the same
 * flags in the same run. Says so in the kernel log, and fails to load if
 * tslab gets less.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tslab.h>
#include <linux/vmstat.h>

#define OBJECTS		500

static char *test = "";
module_param(test, charp, 0400);
MODULE_PARM_DESC(test, "fragmented: no two free pages side by side; ring: a ring of 4096 goes round twice");

static const unsigned int sizes[] = {
	8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096,
	6144, 8192,
};

static void *objs[OBJECTS];

/* === Fragmented memory === */

static LIST_HEAD(kept);

static void put_pages(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru)
		__free_page(page);
	INIT_LIST_HEAD(pages);
}

/* Takes all pages, also those kept for emergencies, and gives every second back. */
static void fragment(void)
{
	struct page *page, *next;
	LIST_HEAD(all);

	while ((page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)))
		list_add(&page->lru, &all);
	while (global_zone_page_state(NR_FREE_PAGES) > 256) {
		page = alloc_page(GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOWARN);
		if (!page)
			break;
		list_add(&page->lru, &all);
	}
	list_for_each_entry_safe(page, next, &all, lru) {
		list_del(&page->lru);
		if (page_to_pfn(page) & 1)
			list_add(&page->lru, &kept);
		else
			__free_page(page);
	}
}

/* What one kind of objects is allocated with. */
struct source {
	void *(*get)(unsigned int size, gfp_t gfp);
	void (*put)(void *obj);
};

static const unsigned int typed_sizes[] = {
	12, 24, 40, 72, 112, 300, 1100, 1160, 2700, 4000,
};

static struct tslab *instance;
static struct tslab_cache *caches[ARRAY_SIZE(typed_sizes)], *cache;
static struct kmem_cache *kmem_caches[ARRAY_SIZE(typed_sizes)], *kmem_cache;

static void *tslab_get(unsigned int size, gfp_t gfp)
{
	return tslab_alloc(instance, size, gfp);
}

static void tslab_put(void *obj)
{
	tslab_free(instance, obj);
}

static void *kmalloc_get(unsigned int size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

static void kmalloc_put(void *obj)
{
	kfree(obj);
}

static void *cache_get(unsigned int size, gfp_t gfp)
{
	return tslab_cache_alloc(cache, gfp);
}

static void cache_put(void *obj)
{
	tslab_cache_free(cache, obj);
}

static void *kmem_cache_get(unsigned int size, gfp_t gfp)
{
	return kmem_cache_alloc(kmem_cache, gfp);
}

static void kmem_cache_put(void *obj)
{
	if (obj)
		kmem_cache_free(kmem_cache, obj);
}

static const struct source untyped[] = {
	{ tslab_get, tslab_put }, { kmalloc_get, kmalloc_put },
};

static const struct source typed[] = {
	{ cache_get, cache_put }, { kmem_cache_get, kmem_cache_put },
};

static unsigned int fails(const struct source *source, unsigned int size,
			  gfp_t gfp)
{
	unsigned int i, fails = 0;

	for (i = 0; i < OBJECTS; i++) {
		objs[i] = source->get(size, gfp);
		fails += !objs[i];
	}
	for (i = 0; i < OBJECTS; i++)
		source->put(objs[i]);
	return fails;
}

static const struct {
	const char *name;
	gfp_t gfp;
} flags[] = {
	{ "GFP_ATOMIC", GFP_ATOMIC | __GFP_NOWARN },
	{ "GFP_KERNEL", GFP_KERNEL },
	{ "__GFP_NOFAIL", GFP_KERNEL | __GFP_NOFAIL },
};

static int compare(const struct source *source, unsigned int size,
		   const char *kind)
{
	unsigned int i, ours, theirs;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		ours = fails(&source[0], size, flags[i].gfp);
		theirs = fails(&source[1], size, flags[i].gfp);
		pr_info("tslab_scarce: %s, %s, %u bytes: of %u allocations %u failed, in SLUB %u\n",
			flags[i].name, kind, size, OBJECTS, ours, theirs);
		if (ours > theirs)
			err = -ENOMEM;
	}
	return err;
}

/* Two pages in a row, as for a larger object, both find by chance alone. */
static int compare_untyped(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(sizes) && sizes[i] <= PAGE_SIZE; i++)
		err = compare(untyped, sizes[i], "untyped") ?: err;
	return err;
}

static int compare_typed(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(typed_sizes); i++) {
		cache = caches[i];
		kmem_cache = kmem_caches[i];
		err = compare(typed, typed_sizes[i], "typed") ?: err;
	}
	return err;
}

/* While there is memory. */
static int make_caches(void)
{
	unsigned int i;
	char name[24];

	for (i = 0; i < ARRAY_SIZE(typed_sizes); i++) {
		snprintf(name, sizeof(name), "scarce_%u", typed_sizes[i]);
		cache = tslab_cache_create(instance, name, typed_sizes[i],
					   NULL);
		if (IS_ERR(cache))
			return PTR_ERR(cache);
		caches[i] = cache;
		kmem_caches[i] = kmem_cache_create(name, typed_sizes[i], 0, 0,
						   NULL);
		if (!kmem_caches[i])
			return -ENOMEM;
	}
	return 0;
}

static void destroy_caches(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(typed_sizes); i++) {
		kmem_cache_destroy(kmem_caches[i]);
		tslab_cache_destroy(caches[i]);
	}
}

static int fragmented(void)
{
	int err = make_caches();

	if (err)
		goto destroy;
	fragment();
	pr_info("tslab_scarce: %lu pages free\n",
		global_zone_page_state(NR_FREE_PAGES));
	err = compare_untyped();
	err = compare_typed() ?: err;
	put_pages(&kept);
destroy:
	destroy_caches();
	return err;
}

/* === A ring that goes round === */

static int ring(struct tslab *ts)
{
	static struct tslab_stats stats;
	unsigned int i, class;

	for (i = 0; i < 2 * TSLAB_EPOCHS_MAX; i++) {
		tslab_epoch_t epoch = tslab_epoch_advance(ts);

		if (tslab_epoch_err(epoch))
			return tslab_epoch_err(epoch);
		for (class = 0; class < ARRAY_SIZE(sizes); class++) {
			void *obj = tslab_alloc(ts, sizes[class], GFP_KERNEL);

			if (!obj)
				return -ENOMEM;
			tslab_free(ts, obj);
		}
	}
	tslab_global_stats(ts, &stats);
	pr_info("tslab_scarce: %u epochs, %u possible CPUs: metadata_bytes %llu, committed_bytes %llu\n",
		TSLAB_EPOCHS_MAX, num_possible_cpus(), stats.metadata_bytes,
		stats.committed_bytes);
	return 0;
}

static int __init scarce_init(void)
{
	static const struct tslab_params params = {
		.epochs = TSLAB_EPOCHS_MAX,
	};
	struct tslab *ts;
	int err = -EINVAL;

	ts = tslab_create("scarce", &params);
	if (IS_ERR(ts))
		return PTR_ERR(ts);
	instance = ts;
	if (!strcmp(test, "fragmented"))
		err = fragmented();
	else if (!strcmp(test, "ring"))
		err = ring(ts);
	else
		pr_err("tslab_scarce: test=%s: not fragmented or ring\n", test);
	if (tslab_destroy(ts) && !err)
		err = -EBUSY;
	return err;
}

static void __exit scarce_exit(void)
{
}

module_init(scarce_init);
module_exit(scarce_exit);
MODULE_DESCRIPTION("tslab and SLUB when memory is scarce");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
