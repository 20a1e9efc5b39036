// SPDX-License-Identifier: GPL-2.0
/* Counters: exact after a known sequence of calls. */
#include <linux/prandom.h>

#include "common.h"

/* As 192 bytes in a page of 4 KiB: 21. */
#define SIZE	(3 * TSLAB_RUN_UNIT)
#define N	(10 * 21)	/* objects of ten slabs */

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
		objs[i] = tslab_alloc(ts, SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	stats = tslab_test_stats(test, ts, SIZE);
	KUNIT_EXPECT_EQ(test, stats->version, TSLAB_STATS_VERSION);
	KUNIT_EXPECT_EQ(test, stats->size, SIZE);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, N);
	KUNIT_EXPECT_EQ(test, stats->cpu_hits, 0);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, N / 21);
	/* The first object of a new slab needs no cmpxchg. */
	KUNIT_EXPECT_EQ(test, stats->bitmap_alloc_attempts, N - N / 21);
	KUNIT_EXPECT_EQ(test, stats->slow_path_hits, N);
	KUNIT_EXPECT_EQ(test, stats->slow_path_cache_miss, N / 21);
	KUNIT_EXPECT_EQ(test, stats->current_partial_null, N / 21);
	KUNIT_EXPECT_EQ(test, stats->current_partial_full, N / 21 - 1);
	/* Each slab was published, all but the last withdrawn. */
	KUNIT_EXPECT_EQ(test, stats->current_partial_cas_attempts,
			2 * N / 21 - 1);
	KUNIT_EXPECT_EQ(test, stats->live_objects, N);
	KUNIT_EXPECT_EQ(test, stats->live_bytes, N * SIZE);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, N / 21 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, stats->full_slabs, N / 21 - 1);

	for (i = 0; i < N; i++)
		tslab_free(ts, objs[i]);
	stats = tslab_test_stats(test, ts, SIZE);
	KUNIT_EXPECT_EQ(test, stats->free_objects, N);
	KUNIT_EXPECT_EQ(test, stats->bitmap_free_attempts, N);
	KUNIT_EXPECT_EQ(test, stats->list_move_full_to_partial, N / 21 - 1);
	/* Nine were emptied on the lists; three stay. */
	KUNIT_EXPECT_EQ(test, stats->cached_slabs, 3);
	KUNIT_EXPECT_EQ(test, stats->empty_slabs, 4);
	KUNIT_EXPECT_EQ(test, stats->empty_slab_overflowed, N / 21 - 4);
	KUNIT_EXPECT_EQ(test, stats->pages_released, N / 21 - 4);
	KUNIT_EXPECT_EQ(test, stats->live_objects, 0);

	/* One slab is published still; the next two come from the kept. */
	for (i = 0; i < 3 * 21; i++) {
		objs[i] = tslab_alloc(ts, SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	stats = tslab_test_stats(test, ts, SIZE);
	KUNIT_EXPECT_EQ(test, stats->empty_slab_recycled, 2);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, N / 21);
	/* Nobody else was there. */
	KUNIT_EXPECT_EQ(test, stats->bitmap_alloc_cas_retries, 0);
	KUNIT_EXPECT_EQ(test, stats->bitmap_free_cas_retries, 0);
	KUNIT_EXPECT_EQ(test, stats->current_partial_cas_failures, 0);
	KUNIT_EXPECT_EQ(test, stats->lock_contended, 0);
	for (i = 0; i < 3 * 21; i++)
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

static void percpu_tier_fills_slabs(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	unsigned int owned = 1 + tslab_type_of(ts, SIZE)->max_kept;
	struct tslab_stats *stats;
	unsigned int i;
	void **objs;

	objs = kunit_kcalloc(test, N, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (i = 0; i < N; i++) {
		objs[i] = tslab_alloc(ts, SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	stats = tslab_test_stats(test, ts, SIZE);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, N / 21);
	/* All but the first object of each slab. */
	KUNIT_EXPECT_EQ(test, stats->cpu_hits, N - N / 21);
	KUNIT_EXPECT_EQ(test, stats->slow_path_hits, N / 21);
	KUNIT_EXPECT_EQ(test, stats->slow_path_cache_miss, N / 21);
	KUNIT_EXPECT_EQ(test, stats->cpu_refills, 0);
	/* A new slab's slots are the CPU's from the beginning. */
	KUNIT_EXPECT_EQ(test, stats->bitmap_alloc_attempts, 0);
	/* The last are the CPU's. */
	KUNIT_EXPECT_EQ(test, stats->full_slabs, N / 21 - owned);
	KUNIT_EXPECT_EQ(test, stats->live_bytes, N * SIZE);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, N / 21 * PAGE_SIZE);

	for (i = 0; i < N; i++)
		tslab_free(ts, objs[i]);
	stats = tslab_test_stats(test, ts, SIZE);
	KUNIT_EXPECT_EQ(test, stats->free_objects, N);
	/* Frees into those need no cmpxchg. */
	KUNIT_EXPECT_EQ(test, stats->bitmap_free_attempts, N - owned * 21);
	KUNIT_EXPECT_EQ(test, stats->list_move_full_to_partial,
			N / 21 - owned);
	KUNIT_EXPECT_EQ(test, stats->remote_free, 0);
	KUNIT_EXPECT_EQ(test, stats->cpu_flushes, 0);
	KUNIT_EXPECT_EQ(test, stats->cached_slabs, N / 21 - owned);
	KUNIT_EXPECT_EQ(test, stats->empty_slabs, 10);
	KUNIT_EXPECT_EQ(test, stats->empty_slab_overflowed, 0);
	KUNIT_EXPECT_EQ(test, stats->pages_released, 0);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, tslab_epoch_current(ts)),
			10);
	stats = tslab_test_stats(test, ts, SIZE);
	KUNIT_EXPECT_EQ(test, stats->cpu_flushes, owned);
	KUNIT_EXPECT_EQ(test, stats->epoch_close_calls, 1);
	KUNIT_EXPECT_EQ(test, stats->epoch_close_scanned_slabs, 10);
	KUNIT_EXPECT_EQ(test, stats->epoch_close_recycled_slabs, 10);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->epoch_close_calls,
			1);
	tslab_test_finish(test, ts);
}

/* What is allocated and freed again and again, and fills several slabs. */
static void slabs_of_a_cpu_take_no_lock(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	unsigned int slabs = min(6U, 1 + tslab_type_of(ts, SIZE)->max_kept);
	unsigned int round, i, n = slabs * 21;
	struct tslab_stats *stats = NULL;
	void **objs;

	objs = kunit_kcalloc(test, n, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	/* On one CPU all the time. */
	migrate_disable();
	for (round = 0; round < 10; round++) {
		for (i = 0; i < n; i++) {
			objs[i] = tslab_alloc(ts, SIZE, GFP_KERNEL);
			KUNIT_EXPECT_NOT_NULL(test, objs[i]);
		}
		for (i = 0; i < n; i++)
			tslab_free(ts, objs[i]);
		stats = tslab_test_stats(test, ts, SIZE);
	}
	migrate_enable();
	KUNIT_EXPECT_EQ(test, stats->lock_fast_acquire, 0);
	KUNIT_EXPECT_EQ(test, stats->lock_contended, 0);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, slabs);
	KUNIT_EXPECT_GT(test, stats->cpu_refills, 0);
	KUNIT_EXPECT_EQ(test, stats->bitmap_free_attempts, 0);
	KUNIT_EXPECT_EQ(test, stats->remote_free, 0);
	tslab_test_finish(test, ts);
}

#define SLABS	20

/* As many empty slabs are kept as asked for, and used before new ones. */
static void empty_slabs_are_bounded(struct kunit *test)
{
	static const unsigned int bounds[] = { 1, 2, 7, 1024 };
	const struct tslab_test_class *param = test->param_value;
	const struct tslab_geometry *geo = tslab_test_geometry(test);
	unsigned int i, b, n = SLABS * tslab_geometry_slots(geo);
	struct tslab_stats *stats;
	void **objs;

	objs = kunit_kcalloc(test, n, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (b = 0; b < ARRAY_SIZE(bounds); b++) {
		struct tslab_params params = {
			.empty_slabs = bounds[b],
			.flags = param->params.flags,
		};
		struct tslab *ts = tslab_test_create(test, &params);
		/* Slabs that are allocated from, or the CPU's. */
		unsigned int in_use = ts->flags & TSLAB_SHARED_ONLY ? 1 :
				1 + tslab_type_of(ts, geo->size)->max_kept;
		unsigned int left = SLABS - in_use;
		unsigned int kept = min(bounds[b], left);

		for (i = 0; i < n; i++) {
			objs[i] = tslab_alloc(ts, geo->size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		}
		for (i = 0; i < n; i++)
			tslab_free(ts, objs[i]);
		stats = tslab_test_stats(test, ts, geo->size);
		KUNIT_EXPECT_EQ(test, stats->cached_slabs, kept);
		KUNIT_EXPECT_EQ(test, stats->empty_slabs, kept + in_use);
		KUNIT_EXPECT_EQ(test, stats->empty_slab_overflowed,
				left - kept);
		KUNIT_EXPECT_EQ(test, stats->pages_released,
				(left - kept) * geo->pages);
		KUNIT_EXPECT_EQ(test, stats->committed_bytes,
				(kept + in_use) * geo->pages * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, stats->live_bytes, 0);
		for (i = 0; i < n; i++) {
			objs[i] = tslab_alloc(ts, geo->size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		}
		stats = tslab_test_stats(test, ts, geo->size);
		KUNIT_EXPECT_EQ(test, stats->empty_slab_recycled, kept);
		KUNIT_EXPECT_EQ(test, stats->new_slab_count,
				SLABS + left - kept);
		KUNIT_EXPECT_EQ(test, stats->cached_slabs, 0);
		for (i = 0; i < n; i++)
			tslab_free(ts, objs[i]);
		tslab_test_finish(test, ts);
	}
}

#define HELD	400

/* What holds after any sequence of calls, if one CPU makes them. */
static void one_cpu_never_collides(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	bool shared = ts->flags & TSLAB_SHARED_ONLY;
	struct tslab_stats *stats;
	struct rnd_state rnd;
	unsigned int i, class;
	void **objs;

	objs = kunit_kcalloc(test, HELD, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	prandom_seed_state(&rnd, 7);
	for (i = 0; i < 30000; i++) {
		u32 j = prandom_u32_state(&rnd) % HELD;
		u32 size = prandom_u32_state(&rnd) %
			   (64 << prandom_u32_state(&rnd) % 8);

		tslab_free(ts, objs[j]);
		objs[j] = tslab_alloc(ts, size + 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[j]);
	}
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		u64 unowned;

		stats = tslab_test_stats(test, ts, tslab_geometry[class].size);
		KUNIT_EXPECT_GT(test, stats->alloc_objects, 100);
		KUNIT_EXPECT_EQ(test, stats->bitmap_alloc_cas_retries, 0);
		KUNIT_EXPECT_EQ(test, stats->bitmap_free_cas_retries, 0);
		KUNIT_EXPECT_EQ(test, stats->current_partial_cas_failures, 0);
		KUNIT_EXPECT_EQ(test, stats->current_partial_state_mismatch,
				0);
		KUNIT_EXPECT_EQ(test, stats->lock_contended, 0);
		KUNIT_EXPECT_EQ(test, stats->remote_free, 0);
		KUNIT_EXPECT_EQ(test, stats->alloc_failed, 0);
		KUNIT_EXPECT_EQ(test, stats->live_objects,
				stats->alloc_objects - stats->free_objects);
		KUNIT_EXPECT_EQ(test, stats->new_slab_count,
				stats->slow_path_cache_miss);
		unowned = stats->alloc_objects - stats->new_slab_count;
		if (shared) {
			KUNIT_EXPECT_EQ(test, stats->bitmap_alloc_attempts,
					unowned);
			KUNIT_EXPECT_EQ(test, stats->bitmap_free_attempts,
					stats->free_objects);
			KUNIT_EXPECT_EQ(test, stats->slow_path_hits,
					stats->alloc_objects);
			KUNIT_EXPECT_GT(test,
					stats->current_partial_cas_attempts, 0);
			KUNIT_EXPECT_EQ(test, stats->cpu_hits +
					stats->cpu_refills, 0);
		} else {
			KUNIT_EXPECT_EQ(test, stats->cpu_hits +
					stats->cpu_refills, unowned);
			KUNIT_EXPECT_EQ(test, stats->slow_path_hits,
					stats->cpu_refills +
					stats->new_slab_count);
			KUNIT_EXPECT_EQ(test,
					stats->current_partial_cas_attempts +
					stats->current_partial_null, 0);
		}
	}
	for (i = 0; i < HELD; i++)
		tslab_free(ts, objs[i]);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, ts,
								   0)), 0);
	tslab_test_finish(test, ts);
}

/* The classes are API: they name files and metrics. */
static void sizes_of_the_classes(struct kunit *test)
{
	static const u32 sizes[] = {
		8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024,
		1536, 2048, 3072, 4096, 6144, 8192,
	};
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_stats stats;
	unsigned int class = 0;
	size_t size;

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(sizes), TSLAB_NR_CLASSES);
	for (size = 1; size <= TSLAB_CLASS_MAX_SIZE; size++) {
		class += size > sizes[class];
		KUNIT_EXPECT_EQ(test, tslab_class_stats(ts, size, &stats), 0);
		KUNIT_EXPECT_EQ(test, stats.size, sizes[class]);
		KUNIT_EXPECT_EQ(test, stats.version, TSLAB_STATS_VERSION);
	}
	KUNIT_EXPECT_EQ(test, tslab_class_stats(ts, SIZE_MAX, &stats),
			-EINVAL);
	tslab_test_finish(test, ts);
}

/* Objects of a cache that has no slab of one page, nor are they in runs. */
static void epochs_add_up(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = tslab_cache_create(ts, "sum",
						       PAGE_SIZE / 8 * 3, NULL);
	tslab_epoch_t epochs[3] = { tslab_epoch_current(ts) };
	struct tslab_epoch_stats *stats;
	bool shared = ts->flags & TSLAB_SHARED_ONLY;
	/* Slabs that are allocated from, or the CPU's. */
	unsigned int e, i, in_use = shared ? 1 : 3;
	unsigned int slots, slab_pages;
	void *objs[ARRAY_SIZE(epochs)][20];
	struct tslab_stats sum;
	u64 live = 0, pages = 0;

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	slots = tslab_geometry_slots(&cache->type.geo);
	slab_pages = cache->type.geo.pages;
	KUNIT_ASSERT_LE(test, slots, 8);
	for (e = 1; e < ARRAY_SIZE(epochs); e++) {
		epochs[e] = tslab_epoch_open(ts, "sum");
		TSLAB_TEST_ASSERT_EPOCH(test, epochs[e]);
	}
	/* Half a slab, one and a half, two and a half. */
	for (e = 0; e < ARRAY_SIZE(epochs); e++) {
		for (i = 0; i < slots / 2 + slots * e; i++) {
			objs[e][i] = tslab_cache_alloc_epoch(cache, epochs[e],
							     GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[e][i]);
		}
		stats = tslab_test_epoch(test, ts, epochs[e]);
		KUNIT_EXPECT_EQ(test, stats->version, TSLAB_STATS_VERSION);
		KUNIT_EXPECT_EQ(test, stats->state, TSLAB_EPOCH_OPEN);
		KUNIT_EXPECT_STREQ(test, stats->label, e ? "sum" : "");
		KUNIT_EXPECT_EQ(test, stats->live_objects,
				slots / 2 + slots * e);
		KUNIT_EXPECT_EQ(test, stats->full_slabs,
				e + 1 - min(in_use, e + 1));
		KUNIT_EXPECT_EQ(test, stats->partial_slabs, 0);
		KUNIT_EXPECT_EQ(test, stats->empty_slabs, 0);
		KUNIT_EXPECT_EQ(test, stats->pages, slab_pages * (1 + e));
		KUNIT_EXPECT_EQ(test, stats->pages_at_close, 0);
		live += stats->live_objects;
		pages += stats->pages;
	}
	tslab_cache_stats(cache, &sum);
	KUNIT_EXPECT_EQ(test, sum.live_objects, live);
	KUNIT_EXPECT_EQ(test, sum.committed_bytes, pages * PAGE_SIZE);
	/* One object less in a full slab, then a slab without one. */
	tslab_cache_free(cache, objs[2][0]);
	stats = tslab_test_epoch(test, ts, epochs[2]);
	KUNIT_EXPECT_EQ(test, stats->full_slabs, shared);
	KUNIT_EXPECT_EQ(test, stats->partial_slabs, shared);
	for (i = 1; i < slots; i++)
		tslab_cache_free(cache, objs[2][i]);
	stats = tslab_test_epoch(test, ts, epochs[2]);
	KUNIT_EXPECT_EQ(test, stats->partial_slabs, 0);
	KUNIT_EXPECT_EQ(test, stats->empty_slabs, shared);
	KUNIT_EXPECT_EQ(test, stats->live_objects, slots / 2 + slots);
	/* The empty slab goes at the close, the others stay. */
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epochs[2]), slab_pages);
	stats = tslab_test_epoch(test, ts, epochs[2]);
	KUNIT_EXPECT_EQ(test, stats->state, TSLAB_EPOCH_DRAINING);
	KUNIT_EXPECT_EQ(test, stats->pages_at_close, 3 * slab_pages);
	KUNIT_EXPECT_EQ(test, stats->pages, 2 * slab_pages);
	KUNIT_EXPECT_EQ(test, stats->full_slabs, 1);
	KUNIT_EXPECT_EQ(test, stats->partial_slabs, 1);
	for (i = slots; i < slots / 2 + slots * 2; i++)
		tslab_cache_free(cache, objs[2][i]);
	stats = tslab_test_epoch(test, ts, epochs[2]);
	KUNIT_EXPECT_EQ(test, stats->state, TSLAB_EPOCH_DRAINED);
	KUNIT_EXPECT_EQ(test, stats->live_objects + stats->pages, 0);
	for (e = 0; e < 2; e++)
		for (i = 0; i < slots / 2 + slots * e; i++)
			tslab_cache_free(cache, objs[e][i]);
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
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
	tslab_stats_sum(NULL, class, TSLAB_ALL_CPUS, TSLAB_ALL_LABELS, stats);
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
	KUNIT_CASE(percpu_tier_fills_slabs),
	KUNIT_CASE(slabs_of_a_cpu_take_no_lock),
	KUNIT_CASE_PARAM(empty_slabs_are_bounded, tslab_test_classes),
	KUNIT_CASE_PARAM(one_cpu_never_collides, tslab_test_tiers),
	KUNIT_CASE(sizes_of_the_classes),
	KUNIT_CASE_PARAM(epochs_add_up, tslab_test_tiers),
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
