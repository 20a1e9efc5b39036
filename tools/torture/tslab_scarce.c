// SPDX-License-Identifier: GPL-2.0
/*
 * What is allocated when memory is scarce, beside what kmalloc() gets with the
 * same flags in the same run. Says so in the kernel log, and fails to load if
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

static unsigned int tslab_fails(struct tslab *ts, unsigned int size, gfp_t gfp)
{
	unsigned int i, fails = 0;

	for (i = 0; i < OBJECTS; i++) {
		objs[i] = tslab_alloc(ts, size, gfp);
		fails += !objs[i];
	}
	for (i = 0; i < OBJECTS; i++)
		tslab_free(ts, objs[i]);
	return fails;
}

static unsigned int kmalloc_fails(unsigned int size, gfp_t gfp)
{
	unsigned int i, fails = 0;

	for (i = 0; i < OBJECTS; i++) {
		objs[i] = kmalloc(size, gfp);
		fails += !objs[i];
	}
	for (i = 0; i < OBJECTS; i++)
		kfree(objs[i]);
	return fails;
}

/* Two pages in a row, as for a larger object, both find by chance alone. */
static int compare(struct tslab *ts, gfp_t gfp, const char *flags)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(sizes) && sizes[i] <= PAGE_SIZE; i++) {
		unsigned int ours = tslab_fails(ts, sizes[i], gfp);
		unsigned int theirs = kmalloc_fails(sizes[i], gfp);

		pr_info("tslab_scarce: %s, %u bytes: of %u allocations %u failed, of kmalloc() %u\n",
			flags, sizes[i], OBJECTS, ours, theirs);
		if (ours > theirs)
			err = -ENOMEM;
	}
	return err;
}

static int fragmented(struct tslab *ts)
{
	int err;

	fragment();
	pr_info("tslab_scarce: %lu pages free\n",
		global_zone_page_state(NR_FREE_PAGES));
	err = compare(ts, GFP_ATOMIC | __GFP_NOWARN, "GFP_ATOMIC") ?:
	      compare(ts, GFP_KERNEL, "GFP_KERNEL") ?:
	      compare(ts, GFP_KERNEL | __GFP_NOFAIL, "__GFP_NOFAIL");
	put_pages(&kept);
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
	if (!strcmp(test, "fragmented"))
		err = fragmented(ts);
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
MODULE_DESCRIPTION("tslab and kmalloc() when memory is scarce");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
