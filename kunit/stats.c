// SPDX-License-Identifier: GPL-2.0
/* Counters: exact after a known sequence of calls. */
#include "common.h"

#define N	(10 * 32)	/* objects of ten slabs of 128-byte objects */

static void shared_tier_counts(struct kunit *test)
{
	static const struct tslab_params params = {
		.empty_slabs = 3, .flags = TSLAB_SHARED_ONLY,
	};
	struct tslab *ts = tslab_test_create(test, &params);
	struct tslab_stats *stats;
	unsigned int i;
	void **objs;

	objs = kunit_kcalloc(test, N, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (i = 0; i < N; i++) {
		objs[i] = tslab_alloc(ts, 128, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	stats = tslab_test_stats(test, ts, 128);
	KUNIT_EXPECT_EQ(test, stats->version, TSLAB_STATS_VERSION);
	KUNIT_EXPECT_EQ(test, stats->size, 128);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, N);
	KUNIT_EXPECT_EQ(test, stats->cpu_hits, 0);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, N / 32);
	/* The first object of a new slab needs no cmpxchg. */
	KUNIT_EXPECT_EQ(test, stats->bitmap_alloc_attempts, N - N / 32);
	KUNIT_EXPECT_EQ(test, stats->slow_path_hits, N);
	KUNIT_EXPECT_EQ(test, stats->slow_path_cache_miss, N / 32);
	KUNIT_EXPECT_EQ(test, stats->current_partial_null, N / 32);
	KUNIT_EXPECT_EQ(test, stats->current_partial_full, N / 32 - 1);
	/* Each slab was published, all but the last withdrawn. */
	KUNIT_EXPECT_EQ(test, stats->current_partial_cas_attempts,
			2 * N / 32 - 1);
	KUNIT_EXPECT_EQ(test, stats->live_objects, N);
	KUNIT_EXPECT_EQ(test, stats->live_bytes, N * 128);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, N / 32 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, stats->full_slabs, N / 32 - 1);

	for (i = 0; i < N; i++)
		tslab_free(ts, objs[i]);
	stats = tslab_test_stats(test, ts, 128);
	KUNIT_EXPECT_EQ(test, stats->free_objects, N);
	KUNIT_EXPECT_EQ(test, stats->bitmap_free_attempts, N);
	KUNIT_EXPECT_EQ(test, stats->list_move_full_to_partial, N / 32 - 1);
	/* Nine were emptied on the lists; three stay. */
	KUNIT_EXPECT_EQ(test, stats->cached_slabs, 3);
	KUNIT_EXPECT_EQ(test, stats->empty_slabs, 4);
	KUNIT_EXPECT_EQ(test, stats->empty_slab_overflowed, N / 32 - 4);
	KUNIT_EXPECT_EQ(test, stats->pages_released, N / 32 - 4);
	KUNIT_EXPECT_EQ(test, stats->live_objects, 0);

	/* One slab is published still; the next two come from the kept. */
	for (i = 0; i < 3 * 32; i++) {
		objs[i] = tslab_alloc(ts, 128, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	stats = tslab_test_stats(test, ts, 128);
	KUNIT_EXPECT_EQ(test, stats->empty_slab_recycled, 2);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, N / 32);
	/* Nobody else was there. */
	KUNIT_EXPECT_EQ(test, stats->bitmap_alloc_cas_retries, 0);
	KUNIT_EXPECT_EQ(test, stats->bitmap_free_cas_retries, 0);
	KUNIT_EXPECT_EQ(test, stats->current_partial_cas_failures, 0);
	KUNIT_EXPECT_EQ(test, stats->lock_contended, 0);
	for (i = 0; i < 3 * 32; i++)
		tslab_free(ts, objs[i]);
	tslab_test_finish(test, ts);
}

static void percpu_tier_counts(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_stats *stats;
	unsigned int i;
	void *obj;

	/* On one CPU all the time. */
	migrate_disable();
	for (i = 0; i < 100; i++) {
		obj = tslab_alloc(ts, 128, GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, obj);
		tslab_free(ts, obj);
	}
	migrate_enable();
	stats = tslab_test_stats(test, ts, 128);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, 100);
	KUNIT_EXPECT_EQ(test, stats->free_objects, 100);
	KUNIT_EXPECT_EQ(test, stats->cpu_hits, 99);
	KUNIT_EXPECT_EQ(test, stats->slow_path_hits, 1);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, 1);
	KUNIT_EXPECT_EQ(test, stats->bitmap_free_attempts, 0);
	KUNIT_EXPECT_EQ(test, stats->remote_free, 0);
	KUNIT_EXPECT_EQ(test, stats->current_partial_cas_attempts, 0);
	tslab_test_finish(test, ts);
}

static void sites_add_up(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	u64 fast = 0, contended = 0;
	struct tslab_stats *stats;
	unsigned int i;
	void **objs;

	objs = kunit_kcalloc(test, N, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (i = 0; i < N; i++)
		objs[i] = tslab_alloc(ts, 64 + i, GFP_KERNEL);
	for (i = 0; i < N; i++)
		tslab_free(ts, objs[i]);
	TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
	stats = tslab_test_stats(test, ts, 0);
	for (i = 0; i < TSLAB_NR_SITES; i++) {
		fast += stats->site_fast_acquire[i];
		contended += stats->site_contended[i];
	}
	KUNIT_EXPECT_GT(test, fast, 0);
	KUNIT_EXPECT_EQ(test, stats->lock_fast_acquire, fast);
	KUNIT_EXPECT_EQ(test, stats->lock_contended, contended);
	KUNIT_EXPECT_GT(test, stats->epoch_close_calls, 0);
	KUNIT_EXPECT_EQ(test, stats->epoch_close_recycled_slabs,
			stats->epoch_close_scanned_slabs);
	tslab_test_finish(test, ts);
}

static void totals_are_sums_of_classes(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	u64 allocs = 0, committed = 0, slow = 0;
	struct tslab_stats *stats;
	void *objs[TSLAB_NR_CLASSES];
	unsigned int class;

	for (class = 0; class < TSLAB_NR_CLASSES; class++)
		objs[class] = tslab_alloc(ts, tslab_geometry[class].size,
					  GFP_KERNEL);
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		stats = tslab_test_stats(test, ts, tslab_geometry[class].size);
		KUNIT_EXPECT_EQ(test, stats->size, tslab_geometry[class].size);
		KUNIT_EXPECT_EQ(test, stats->live_objects, 1);
		KUNIT_EXPECT_EQ(test, stats->live_bytes, stats->size);
		allocs += stats->alloc_objects;
		committed += stats->committed_bytes;
		slow += stats->slow_path_hits;
	}
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->size, 0);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, allocs);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, committed);
	KUNIT_EXPECT_EQ(test, stats->slow_path_hits, slow);
	KUNIT_EXPECT_EQ(test, tslab_class_stats(ts, 0, stats), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_class_stats(ts, TSLAB_MAX_SIZE + 1, stats),
			-EINVAL);
	for (class = 0; class < TSLAB_NR_CLASSES; class++)
		tslab_free(ts, objs[class]);
	tslab_test_finish(test, ts);
}

static void sum_all(struct tslab_stats *stats, unsigned int class)
{
	memset(stats, 0, sizeof(*stats));
	mutex_lock(&tslab_instances_lock);
	tslab_stats_add_all(class, stats);
	mutex_unlock(&tslab_instances_lock);
}

static void sums_never_fall(struct kunit *test)
{
	struct tslab_stats *before = kunit_kzalloc(test, sizeof(*before),
						   GFP_KERNEL);
	struct tslab_stats *after = kunit_kzalloc(test, sizeof(*after),
						  GFP_KERNEL);
	unsigned int class = tslab_class_of(128);
	struct tslab *ts;

	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, after);
	sum_all(before, class);
	ts = tslab_test_create_tier(test);
	tslab_free(ts, tslab_alloc(ts, 128, GFP_KERNEL));
	tslab_test_finish(test, ts);
	sum_all(after, class);
	KUNIT_EXPECT_EQ(test, after->alloc_objects, before->alloc_objects + 1);
	KUNIT_EXPECT_EQ(test, after->free_objects, before->free_objects + 1);
	KUNIT_EXPECT_EQ(test, after->new_slab_count,
			before->new_slab_count + 1);
	KUNIT_EXPECT_GT(test, after->lock_fast_acquire,
			before->lock_fast_acquire);
	KUNIT_EXPECT_EQ(test, after->live_objects, before->live_objects);
	KUNIT_EXPECT_EQ(test, after->committed_bytes, before->committed_bytes);
}

static struct kunit_case stats_cases[] = {
	KUNIT_CASE(shared_tier_counts),
	KUNIT_CASE(percpu_tier_counts),
	KUNIT_CASE_PARAM(sites_add_up, tslab_test_tiers),
	KUNIT_CASE_PARAM(totals_are_sums_of_classes, tslab_test_tiers),
	KUNIT_CASE_PARAM(sums_never_fall, tslab_test_tiers),
	{}
};

static struct kunit_suite stats_suite = {
	.name = "tslab_stats",
	.test_cases = stats_cases,
};

kunit_test_suite(stats_suite);
