// SPDX-License-Identifier: GPL-2.0
/* When memory is short: calls by reclaim, what goes back, what is counted. */
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/vmstat.h>

#include "../tslab/find.h"
#include "common.h"

struct rcu_object {
	struct rcu_head rcu;
	u64 payload;
};

/* Each function that says it may be called wherever memory is, in its turn. */
static void use_everything(struct kunit *test, struct tslab *ts)
{
	struct tslab_epoch_stats epoch_stats;
	struct tslab_domain *domain;
	struct rcu_object *obj;
	tslab_handle_t handle;
	tslab_epoch_t epoch;

	TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
	epoch = tslab_epoch_open(ts, "x");
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, epoch, "y"), 0);

	domain = tslab_domain_create(ts);
	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	domain = tslab_domain_wrap(ts, epoch, true);
	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	obj = tslab_domain_alloc(domain, sizeof(*obj), GFP_KERNEL);
	obj = tslab_realloc(ts, obj, 300, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	tslab_free_rcu(ts, obj, &obj->rcu);
	handle = tslab_alloc_handle(ts, epoch, 64, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
	KUNIT_EXPECT_EQ(test, tslab_epoch_stats(ts, epoch, &epoch_stats), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);

	domain = tslab_domain_open(ts, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_NOT_NULL(test, tslab_alloc(ts, 100, GFP_KERNEL));
	KUNIT_EXPECT_GE(test, tslab_domain_discard(domain), 0);

	epoch = tslab_epoch_open(ts, NULL);
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	KUNIT_EXPECT_NOT_NULL(test, tslab_alloc_epoch(ts, epoch, 2048,
						      GFP_KERNEL));
	KUNIT_EXPECT_GT(test, tslab_epoch_discard(ts, epoch), 0);
	tslab_free(ts, tslab_alloc(ts, 1024, GFP_KERNEL));
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, tslab_epoch_current(ts)),
			0);
}

/*
 * A shrinker or a writeback worker may use every function, whoever else is
 * inside of them and waits for memory: lockdep sees a lock that is held there
 * and here.
 */
static void usable_in_reclaim(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 64 };
	struct tslab *ts = tslab_test_create(test, &params);
	unsigned int flags;

	use_everything(test, ts);
	/* As __perform_reclaim(). */
	fs_reclaim_acquire(GFP_KERNEL);
	flags = memalloc_noreclaim_save();
	use_everything(test, ts);
	memalloc_noreclaim_restore(flags);
	fs_reclaim_release(GFP_KERNEL);
	/* And the other way round, as for what was new to both. */
	use_everything(test, ts);
	rcu_barrier();
	tslab_test_finish(test, ts);
}

/* The page allocator complains of __GFP_NOFAIL with more than two pages. */
static void nofail_takes_single_pages(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int class, order;

	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		void *obj = tslab_alloc(ts, tslab_geometry[class].size,
					GFP_KERNEL | __GFP_NOFAIL);

		KUNIT_EXPECT_NOT_NULL(test, obj);
		tslab_free(ts, obj);
	}
	for (order = 2; order < 8; order++) {
		void *obj = tslab_alloc(ts, PAGE_SIZE << order,
					GFP_KERNEL | __GFP_NOFAIL);

		KUNIT_EXPECT_NOT_NULL(test, obj);
		tslab_free(ts, obj);
	}
	tslab_test_finish(test, ts);
}

static unsigned int places_with_memory(const struct tslab *ts)
{
	unsigned int i, n = 0;

	for (i = 0; i < ts->nr_epochs; i++)
		n += !!ts->epochs[i];
	return n;
}

/* However often epochs change, places are as many as were in use at once. */
static void ring_uses_warm_places(struct kunit *test)
{
	static const struct tslab_params params = {
		.epochs = TSLAB_EPOCHS_MAX,
	};
	struct tslab *ts = tslab_test_create(test, &params);
	u64 metadata = 0;
	unsigned int i;

	for (i = 0; i < 500; i++) {
		TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
		tslab_free(ts, tslab_alloc(ts, 128, GFP_KERNEL));
		if (i == 10)
			metadata = tslab_test_stats(test, ts,
						    0)->metadata_bytes;
	}
	KUNIT_EXPECT_EQ(test, places_with_memory(ts), 2);
	KUNIT_EXPECT_GT(test, metadata, 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->metadata_bytes,
			metadata);
	tslab_test_finish(test, ts);
}

#define MANY	100

/* What places have per CPU goes when memory is short, and its counts stay. */
static void idle_places_are_trimmed(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 2 * MANY };
	struct tslab *ts = tslab_test_create(test, &params);
	struct tslab_stats *before, *after;
	void **obj;
	unsigned int i;
	u64 per_place;

	obj = kunit_kcalloc(test, MANY, sizeof(*obj), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	/* Whichever has been current has memory of all CPUs. */
	for (i = 0; i < MANY; i++) {
		obj[i] = tslab_alloc(ts, 128, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj[i]);
		TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
	}
	KUNIT_EXPECT_EQ(test, tslab_trim_count(ts), 0);
	for (i = 1; i < MANY; i++)
		tslab_free(ts, obj[i]);
	per_place = num_possible_cpus() * sizeof(struct tslab_cpu_slab);
	KUNIT_EXPECT_EQ(test, tslab_trim_count(ts),
			(MANY - 1) * per_place / PAGE_SIZE);
	before = tslab_test_stats(test, ts, 128);
	tslab_trim_start(ts);
	flush_work(&ts->trim_work);
	KUNIT_EXPECT_EQ(test, tslab_trim_count(ts), 0);
	after = tslab_test_stats(test, ts, 128);
	KUNIT_EXPECT_EQ(test, before->metadata_bytes - after->metadata_bytes,
			(MANY - 1) * per_place);
	KUNIT_EXPECT_EQ(test, after->alloc_objects, MANY);
	KUNIT_EXPECT_EQ(test, after->free_objects, MANY - 1);
	KUNIT_EXPECT_EQ(test, after->cpu_hits, before->cpu_hits);
	/* All places are there again. */
	for (i = 1; i < MANY; i++) {
		obj[i] = tslab_alloc(ts, 128, GFP_KERNEL);
		TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
	}
	for (i = 0; i < MANY; i++)
		tslab_free(ts, obj[i]);
	tslab_test_finish(test, ts);
}

static int rotate_fn(void *data)
{
	struct tslab *ts = data;
	unsigned int i;

	for (i = 0; i < 3000; i++) {
		tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
		void *obj;

		/* Places that are being trimmed are not in use. */
		if (tslab_epoch_err(epoch))
			return tslab_epoch_err(epoch);
		obj = tslab_alloc_epoch(ts, epoch, 128, GFP_KERNEL);
		if (!obj)
			return -ENOMEM;
		tslab_free(ts, obj);
		if (tslab_epoch_close(ts, epoch) < 0)
			return -EIO;
		tslab_trim_start(ts);
	}
	return 0;
}

static void trim_while_epochs_change(struct kunit *test)
{
	struct tslab_params params = { .epochs = 1 + num_online_cpus() };
	struct tslab *ts = tslab_test_create(test, &params);
	struct tslab_stats *stats;

	tslab_test_on_all_cpus(test, rotate_fn, ts);
	stats = tslab_test_stats(test, ts, 128);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, 3000 * num_online_cpus());
	KUNIT_EXPECT_EQ(test, stats->free_objects, 3000 * num_online_cpus());
	tslab_test_finish(test, ts);
}

/* Of each kind, what the kernel counts in pages; not yet what CPUs count apart. */
struct slab_pages {
	long reclaimable;
	long other;
};

static struct slab_pages slab_pages(void)
{
	return (struct slab_pages) {
		.reclaimable =
			global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B),
		.other = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B),
	};
}

#define COUNTED_OBJS	3000

/* Objects of a page each, in epochs that are discarded. */
static void pages_are_counted_as(struct kunit *test, struct tslab *ts,
				 struct tslab_cache *cache, bool reclaimable)
{
	struct slab_pages before = slab_pages(), taken, after;
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	long slack = COUNTED_OBJS / 3;
	unsigned int i;
	void *obj;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < COUNTED_OBJS; i++) {
		obj = cache ? tslab_cache_alloc_epoch(cache, epoch,
						      GFP_KERNEL) :
			      tslab_alloc_epoch(ts, epoch, PAGE_SIZE,
						GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		guard(preempt)();
		KUNIT_EXPECT_EQ(test, tslab_slab_of(obj)->reclaimable,
				reclaimable);
	}
	taken = slab_pages();
	taken.reclaimable -= before.reclaimable;
	taken.other -= before.other;
	KUNIT_EXPECT_GT(test, reclaimable ? taken.reclaimable : taken.other,
			COUNTED_OBJS - slack);
	KUNIT_EXPECT_LT(test, reclaimable ? taken.other : taken.reclaimable,
			slack);
	KUNIT_EXPECT_GT(test, tslab_epoch_discard(ts, epoch), 0);
	after = slab_pages();
	KUNIT_EXPECT_LT(test, after.reclaimable - before.reclaimable, slack);
	KUNIT_EXPECT_LT(test, after.other - before.other, slack);
}

/*
 * Each leaves pages in the stock, which the next counts anew. In all,
 * tools/qemu/meminfo.sh has it to the page.
 */
static void pages_are_counted(struct kunit *test)
{
	static const struct tslab_params params = {
		.flags = TSLAB_RECLAIM_ACCOUNT,
	};
	static const struct tslab_cache_args args = {
		.flags = TSLAB_CACHE_RECLAIM_ACCOUNT,
	};
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_cache *cache;

	pages_are_counted_as(test, ts, NULL, false);
	cache = tslab_cache_create(ts, "reclaimable", PAGE_SIZE, &args);
	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	pages_are_counted_as(test, ts, cache, true);
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
	tslab_test_finish(test, ts);
	ts = tslab_test_create(test, &params);
	pages_are_counted_as(test, ts, NULL, true);
	cache = tslab_cache_create(ts, "cache", PAGE_SIZE, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	pages_are_counted_as(test, ts, cache, true);
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
	tslab_test_finish(test, ts);
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE(usable_in_reclaim),
	KUNIT_CASE_PARAM(nofail_takes_single_pages, tslab_test_tiers),
	KUNIT_CASE(ring_uses_warm_places),
	KUNIT_CASE(idle_places_are_trimmed),
	KUNIT_CASE(trim_while_epochs_change),
	KUNIT_CASE(pages_are_counted),
	{}
};

static struct kunit_suite memory_suite = {
	.name = "tslab_memory",
	.test_cases = memory_cases,
};

kunit_test_suite(memory_suite);
