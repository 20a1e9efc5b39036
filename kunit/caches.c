// SPDX-License-Identifier: GPL-2.0
/* Typed caches: sizes, constructors, lifetimes, what is shared and what is not. */
#include <linux/mempool.h>
#include <linux/prandom.h>
#include <linux/sizes.h>

#include "common.h"

static struct tslab_cache *create(struct kunit *test, struct tslab *ts,
				  const char *name, size_t size,
				  const struct tslab_cache_args *args)
{
	struct tslab_cache *cache = tslab_cache_create(ts, name, size, args);

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	return cache;
}

static struct tslab_stats *stats_of(struct kunit *test,
				    struct tslab_cache *cache)
{
	struct tslab_stats *stats = kunit_kzalloc(test, sizeof(*stats),
						  GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	tslab_cache_stats(cache, stats);
	return stats;
}

/* Ends a cache all of whose objects have been freed: nothing is left of it. */
static void finish(struct kunit *test, struct tslab_cache *cache)
{
	struct tslab_stats *stats;

	tslab_test_close_all(cache->type.ts);
	if (cache->type.flags & TSLAB_CACHE_TYPESAFE_BY_RCU)
		rcu_barrier();
	stats = stats_of(test, cache);
	KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, stats->free_objects);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, 0);
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
}

/* === Sizes === */

static void objects_of_exact_size(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 7, 8, 9, 12, 16, 24, 31, 40, 56, 63, 64, 65, 72, 112, 300,
		512, 1000, 1100, 1160, 2048, 2600, 4096, 4104, 5000, 8192, 9000,
		20000, SZ_32K, SZ_64K + 8, SZ_1M,
	};
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = sizes[i], stride = ALIGN(size, 8);
		struct tslab_cache *cache = create(test, ts, "exact", size, NULL);
		unsigned int n = clamp(SZ_256K / size, 3UL, 3000UL);
		struct tslab_stats *stats;
		u8 **objs;

		KUNIT_EXPECT_EQ(test, tslab_cache_size(cache), size);
		objs = kvcalloc(n, sizeof(*objs), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs);
		for (j = 0; j < n; j++) {
			objs[j] = tslab_cache_alloc(cache, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[j]);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)
							   objs[j], 8));
			KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, objs[j]),
					stride);
			memset(objs[j], j % 251, size);
		}
		stats = stats_of(test, cache);
		KUNIT_EXPECT_EQ(test, stats->live_objects, n);
		KUNIT_EXPECT_EQ(test, stats->live_bytes, n * stride);
		KUNIT_EXPECT_GE(test, stats->committed_bytes, n * stride);
		for (j = 0; j < n; j++) {
			KUNIT_EXPECT_NULL(test, memchr_inv(objs[j], j % 251,
							   size));
			tslab_cache_free(cache, objs[j]);
		}
		kvfree(objs);
		finish(test, cache);
	}
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, ts, 0)),
			0);
	tslab_test_finish(test, ts);
}

/* Slabs of no other number of pages would have less that is no object. */
static void little_is_left_over(struct kunit *test)
{
	unsigned int most = PAGE_SIZE == SZ_4K ? 8 : SZ_64K / PAGE_SIZE;
	struct tslab_geometry geo;
	size_t size;

	for (size = 8; size <= SZ_8K; size += 8) {
		unsigned int pages, slots, bytes, left;

		tslab_geometry_cut(&geo, size);
		slots = tslab_geometry_slots(&geo);
		bytes = geo.pages * PAGE_SIZE;
		left = bytes - slots * size;
		KUNIT_EXPECT_TRUE(test, slots <= 63 || geo.pages == 1);
		KUNIT_EXPECT_LE(test, geo.span * geo.size, bytes);
		KUNIT_EXPECT_LE(test, geo.size - size, 8);
		KUNIT_EXPECT_LE(test, geo.pages, most);
		KUNIT_EXPECT_LE(test, geo.span, PAGE_SIZE / 8);
		/* No address in it leads beyond the bitmap. */
		KUNIT_EXPECT_LE(test, DIV_ROUND_UP(bytes, geo.size),
				64 * DIV_ROUND_UP(geo.span, 64));
		for (pages = 1; left > bytes / 64 && pages <= most; pages++)
			if (pages * PAGE_SIZE / size - 2 < 62)
				KUNIT_EXPECT_LE(test, left * pages, geo.pages *
						(pages * PAGE_SIZE % size));
	}
}

static void alignment_is_kept(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int align, i;

	for (align = 1; align <= PAGE_SIZE; align *= 2) {
		const struct tslab_cache_args args = { .align = align };
		struct tslab_cache *cache = create(test, ts, "align", 20, &args);
		void *objs[50];

		for (i = 0; i < ARRAY_SIZE(objs); i++) {
			objs[i] = tslab_cache_alloc(cache, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[i]);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)
							   objs[i], align));
		}
		tslab_cache_free_bulk(cache, ARRAY_SIZE(objs), objs);
		finish(test, cache);
	}
	tslab_test_finish(test, ts);
}

static void bad_caches_are_refused(struct kunit *test)
{
	static const struct tslab_cache_args bad[] = {
		{ .align = 3 }, { .align = 2 * PAGE_SIZE }, { .flags = BIT(31) },
		{ .useroffset = 65 }, { .usersize = 65 },
		{ .useroffset = 60, .usersize = 5 },
		{ .useroffset = 8, .usersize = UINT_MAX },
	};
	static const char * const names[] = {
		NULL, "", ".", "a b", "a/b", "a\"b",
		"a name that is longer than any name can be, as you can see",
	};
	static const struct tslab_cache_args good = {
		.align = 64, .useroffset = 60, .usersize = 4,
	};
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_cache *cache = create(test, ts, "good", 64, &good);
	unsigned int i, n = 3;

	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_cache_create(ts, "x", 0, NULL)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_cache_create(ts, "x",
							 KMALLOC_MAX_SIZE + 1,
							 NULL)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_cache_create(ts, "good", 8, NULL)),
			-EEXIST);
	for (i = 0; i < ARRAY_SIZE(bad); i++, n++)
		KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_cache_create(ts, "x", 64,
								 &bad[i])),
				-EINVAL);
	for (i = 0; i < ARRAY_SIZE(names); i++, n++)
		KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_cache_create(ts, names[i],
								 64, NULL)),
				-EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->size_rejected, n);
	finish(test, cache);
	/* A name can be taken again. */
	finish(test, create(test, ts, "good", 64, NULL));
	tslab_test_finish(test, ts);
}

/* === What is made of new memory === */

#define CONSTRUCTED	0x636f6e73

static atomic_t constructed;

static void construct(void *obj)
{
	memset32(obj, CONSTRUCTED, 40 / 4);
	atomic_inc(&constructed);
}

static void ctor_makes_each_object_once(struct kunit *test)
{
	static const struct tslab_cache_args args = { .ctor = construct };
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = create(test, ts, "ctor", 40, &args);
	u32 *objs[150];
	unsigned int i, j, round;
	struct tslab_stats *stats;

	atomic_set(&constructed, 0);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < ARRAY_SIZE(objs); i++) {
			objs[i] = tslab_cache_alloc(cache, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[i]);
			for (j = 0; j < 10; j++)
				KUNIT_EXPECT_EQ(test, objs[i][j], CONSTRUCTED);
			objs[i][3] = i;
		}
		for (i = 0; i < ARRAY_SIZE(objs); i++) {
			/* As it was is how it is given back. */
			objs[i][3] = CONSTRUCTED;
			tslab_cache_free(cache, objs[i]);
		}
	}
	stats = stats_of(test, cache);
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed),
			stats->new_slab_count *
			tslab_geometry_slots(&cache->type.geo));
	/* Zeroed and constructed it cannot be. */
	KUNIT_EXPECT_NULL(test, tslab_cache_zalloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_cache_alloc_epoch(cache,
							tslab_epoch_current(ts),
							GFP_KERNEL |
							__GFP_ZERO));
	KUNIT_EXPECT_EQ(test, stats_of(test, cache)->alloc_failed, 2);
	finish(test, cache);
	tslab_test_finish(test, ts);
}

static void zeroed_objects(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = create(test, ts, "zero", 100, NULL);
	unsigned int i;
	u8 *obj;

	for (i = 0; i < 200; i++) {
		obj = tslab_cache_zalloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, 100));
		memset(obj, 0x5a, 100);
		tslab_cache_free(cache, obj);
	}
	/* From the CPU's own slab it is as fast as any. */
	KUNIT_EXPECT_TRUE(test, ts->flags & TSLAB_SHARED_ONLY ||
			  stats_of(test, cache)->cpu_hits > 190);
	finish(test, cache);
	tslab_test_finish(test, ts);
}

/* Who finds one within a section may read it, whatever becomes of it. */
static void typesafe_until_a_grace_period(struct kunit *test)
{
	static const struct tslab_cache_args args[] = {
		{ .flags = TSLAB_CACHE_TYPESAFE_BY_RCU },
		{ .flags = TSLAB_CACHE_TYPESAFE_BY_RCU, .ctor = construct },
	};
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *caches[] = {
		create(test, ts, "safe", 40, &args[0]),
		create(test, ts, "constructed", 40, &args[1]),
	};
	struct tslab_test_reader reader;
	tslab_epoch_t epoch;
	unsigned int way;
	u32 *obj;

	KUNIT_ASSERT_GT(test, num_online_cpus(), 1);
	for (way = 0; way < 6; way++) {
		struct tslab_cache *cache = caches[way % 2];

		epoch = tslab_epoch_open(ts, NULL);
		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		obj = tslab_cache_alloc_epoch(cache, epoch, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		obj[5] = CONSTRUCTED;
		tslab_test_read(test, &reader);
		if (way >= 2)
			tslab_cache_free(cache, obj);
		if (way < 4)
			KUNIT_EXPECT_GE(test, tslab_epoch_discard(ts, epoch),
					0);
		else
			KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, epoch), 0);
		KUNIT_EXPECT_GT(test, stats_of(test, cache)->committed_bytes, 0);
		KUNIT_EXPECT_EQ(test, READ_ONCE(obj[5]), CONSTRUCTED);
		KUNIT_EXPECT_FALSE(test, READ_ONCE(reader.left));
		tslab_test_read_end(&reader);
		rcu_barrier();
		KUNIT_EXPECT_EQ(test, stats_of(test, cache)->committed_bytes, 0);
	}
	finish(test, caches[0]);
	finish(test, caches[1]);
	tslab_test_finish(test, ts);
}

struct typesafe {
	struct tslab_cache *cache;
	atomic_t role;
	atomic_t found;
	u32 *obj;
	bool done;
};

/* Never finds what is somebody else's, or nobody's. */
static int typesafe_look(struct typesafe *safe)
{
	while (!READ_ONCE(safe->done)) {
		u32 *obj;

		rcu_read_lock();
		obj = READ_ONCE(safe->obj);
		if (obj)
			atomic_inc(&safe->found);
		if (obj && READ_ONCE(obj[5]) != CONSTRUCTED) {
			rcu_read_unlock();
			return -EIO;
		}
		rcu_read_unlock();
		cond_resched();
	}
	return 0;
}

static int typesafe_fn(void *data)
{
	struct typesafe *safe = data;
	struct tslab *ts = safe->cache->type.ts;
	unsigned int i, round;

	if (atomic_inc_return(&safe->role) > 1)
		return typesafe_look(safe);
	/* However late the others start to look. */
	for (round = 0; round < 300 || !atomic_read(&safe->found); round++) {
		tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
		u32 *objs[30];

		if (tslab_epoch_err(epoch)) {
			/* Those before wait for their grace periods. */
			rcu_barrier();
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(objs); i++)
			objs[i] = tslab_cache_alloc_epoch(safe->cache, epoch,
							  GFP_KERNEL);
		for (i = 0; i < ARRAY_SIZE(objs); i++) {
			if (objs[i])
				WRITE_ONCE(safe->obj, objs[i]);
			if (i % 3)
				tslab_cache_free(safe->cache, objs[i]);
			cond_resched();
		}
		/* Who comes later does not find it any more. */
		WRITE_ONCE(safe->obj, NULL);
		tslab_epoch_discard(ts, epoch);
	}
	WRITE_ONCE(safe->done, true);
	return 0;
}

static void typesafe_on_all_cpus(struct kunit *test)
{
	static const struct tslab_cache_args args = {
		.flags = TSLAB_CACHE_TYPESAFE_BY_RCU,
		.ctor = construct,
	};
	static const struct tslab_params params = { .epochs = 64 };
	struct tslab *ts = tslab_test_create(test, &params);
	struct typesafe safe = { .cache = create(test, ts, "safe", 40, &args) };

	KUNIT_ASSERT_GT(test, num_online_cpus(), 1);
	tslab_test_on_all_cpus(test, typesafe_fn, &safe);
	KUNIT_EXPECT_GT(test, atomic_read(&safe.found), 0);
	finish(test, safe.cache);
	tslab_test_finish(test, ts);
}

/* === Epochs === */

#define MANY	200

static void many_caches_in_an_epoch(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache **caches;
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL), quiet;
	unsigned int i, bins = 0;
	struct tslab_bin *bin;
	char name[16];
	u8 **objs;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	quiet = tslab_epoch_open(ts, NULL);
	TSLAB_TEST_ASSERT_EPOCH(test, quiet);
	caches = kunit_kcalloc(test, MANY, sizeof(*caches), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, caches);
	objs = kunit_kcalloc(test, MANY, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "many%u", i);
		caches[i] = create(test, ts, name, 16 + i * 24, NULL);
	}
	for (i = 0; i < MANY; i++) {
		objs[i] = tslab_cache_alloc_epoch(caches[i], epoch, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		memset(objs[i], i, 16 + i * 24);
	}
	/* One cache has objects in another epoch, too. */
	KUNIT_EXPECT_NOT_NULL(test, tslab_cache_alloc_epoch(caches[7], quiet,
							    GFP_KERNEL));
	list_for_each_entry(bin, &tslab_epoch_of(ts, (__force u64)
						 quiet)->bin_list, node)
		bins++;
	KUNIT_EXPECT_EQ(test, bins, 1);
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, 16 + i * 24));
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->live_objects,
			MANY);
	KUNIT_EXPECT_GE(test, tslab_epoch_discard(ts, epoch), MANY);
	for (i = 0; i < MANY; i++) {
		struct tslab_stats *stats = stats_of(test, caches[i]);

		KUNIT_EXPECT_EQ(test, stats->alloc_objects, i == 7 ? 2 : 1);
		KUNIT_EXPECT_EQ(test, stats->live_objects, i == 7);
		KUNIT_EXPECT_EQ(test, stats->size, 16 + i * 24);
		kunit_kfree(test, stats);
		KUNIT_EXPECT_NULL(test, tslab_cache_alloc_epoch(caches[i], epoch,
								GFP_KERNEL));
	}
	KUNIT_EXPECT_GE(test, tslab_epoch_discard(ts, quiet), 1);
	/* What they counted stays. */
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_EQ(test, tslab_cache_destroy(caches[i]), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 0);
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
}

static void allocated_in_scope(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = create(test, ts, "scope", 88, NULL);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct tslab_domain *domain;
	void *in, *out;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	domain = tslab_domain_wrap(ts, epoch, true);
	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	out = tslab_cache_alloc(cache, GFP_KERNEL);
	scoped_guard(tslab_domain, domain)
		in = tslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(out),
			(__force u64)tslab_epoch_current(ts));
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(in), (__force u64)epoch);
	KUNIT_EXPECT_NULL(test, tslab_cache_alloc_epoch(cache, epoch,
							GFP_KERNEL));
	tslab_cache_free(cache, in);
	tslab_cache_free(cache, out);
	tslab_domain_destroy(domain);
	finish(test, cache);
	tslab_test_finish(test, ts);
}

/* === Frees === */

static void frees_of_what_is_not_its_own(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create_tier(test);
	struct tslab_cache *cache = create(test, ts, "mine", 64, NULL);
	struct tslab_cache *twin = create(test, ts, "twin", 64, NULL);
	struct tslab_cache *far = create(test, other, "mine", 64, NULL);
	u8 *obj = tslab_cache_alloc(cache, GFP_KERNEL);
	u8 *plain = tslab_alloc(ts, 64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_ASSERT_NOT_NULL(test, plain);
	memset(obj, 0x6b, 64);
	tslab_cache_free(cache, NULL);
	tslab_cache_free(twin, obj);
	tslab_cache_free(far, obj);
	tslab_free(other, obj);
	tslab_cache_free(cache, obj + 8);
	tslab_cache_free(cache, plain);
	tslab_cache_free(cache, &cache);
	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0x6b, 64));
	/* That of which it is none is where it is counted. */
	KUNIT_EXPECT_EQ(test, stats_of(test, cache)->free_invalid, 2);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->free_invalid, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_foreign, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, other, 0)->free_foreign, 2);
	KUNIT_EXPECT_EQ(test, stats_of(test, cache)->live_objects, 1);
	tslab_cache_free(cache, obj);
	tslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, stats_of(test, cache)->free_double, 1);
	/* Who does not know the cache frees by instance. */
	obj = tslab_cache_alloc(cache, GFP_KERNEL);
	tslab_free(ts, obj);
	tslab_free(ts, plain);
	finish(test, cache);
	finish(test, twin);
	finish(test, far);
	tslab_test_finish(test, ts);
	tslab_test_finish(test, other);
}

static void destroyed_with_live_objects(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = create(test, ts, "live", 32, NULL);
	tslab_epoch_t epoch = tslab_epoch_open(ts, "web");
	void *plain = tslab_alloc_epoch(ts, epoch, 32, GFP_KERNEL);
	unsigned int i;
	u8 *obj = NULL;

	for (i = 0; i < 5; i++) {
		obj = tslab_cache_alloc_epoch(cache, epoch, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
	}
	KUNIT_EXPECT_NOT_NULL(test, tslab_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 6);
	/* Its user does not know. */
	memset(obj, 0x5a, 32);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_foreign, 1);
	/* The epoch goes on. */
	tslab_free(ts, plain);
	plain = tslab_alloc_epoch(ts, epoch, 32, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, plain);
	tslab_free(ts, plain);
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), 1);
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(NULL), 0);
	/* One that is left goes with its instance, and says so. */
	cache = create(test, ts, "left", 32, NULL);
	KUNIT_EXPECT_NOT_NULL(test, tslab_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 1);
}

static void bulk_is_all_or_nothing(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = create(test, ts, "bulk", 120, NULL);
	void *objs[150];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, tslab_cache_alloc_bulk(cache, GFP_KERNEL,
						     ARRAY_SIZE(objs), objs),
			ARRAY_SIZE(objs));
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		memset(objs[i], i, 120);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], (u8)i, 120));
	tslab_cache_free_bulk(cache, ARRAY_SIZE(objs), objs);
	KUNIT_EXPECT_EQ(test, tslab_cache_alloc_bulk(cache, GFP_DMA, 10, objs),
			0);
	KUNIT_EXPECT_EQ(test, stats_of(test, cache)->live_objects, 0);
	KUNIT_EXPECT_GT(test, tslab_cache_shrink(cache), 0);
	KUNIT_EXPECT_EQ(test, stats_of(test, cache)->committed_bytes, 0);
	KUNIT_EXPECT_EQ(test, tslab_cache_shrink(cache), 0);
	finish(test, cache);
	tslab_test_finish(test, ts);
}

static void mempool_on_a_cache(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = create(test, ts, "pool", 200, NULL);
	mempool_t *pool = mempool_create(4, tslab_mempool_alloc,
					 tslab_mempool_free, cache);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_EXPECT_EQ(test, stats_of(test, cache)->live_objects, 4);
	obj = mempool_alloc(pool, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj), 200);
	mempool_free(obj, pool);
	mempool_destroy(pool);
	finish(test, cache);
	tslab_test_finish(test, ts);
}

/* === All at once === */

#define CHURN_CACHES	4

struct churn {
	struct tslab *ts;
	struct tslab_cache *cache[CHURN_CACHES];
	atomic_t cpus;
};

static size_t churn_size(unsigned int i)
{
	return 16 + 56 * i;
}

/* One comes and goes, while others are allocated from in the same epochs. */
static int churn_fn(void *data)
{
	struct churn *churn = data;
	unsigned int cpu = atomic_inc_return(&churn->cpus), i, n;
	struct rnd_state rnd;
	char name[16];
	u8 *objs[64] = {};

	prandom_seed_state(&rnd, cpu);
	for (i = 0; i < 3000; i++) {
		unsigned int slot = prandom_u32_state(&rnd) % ARRAY_SIZE(objs);
		unsigned int c = slot % CHURN_CACHES;

		if (objs[slot]) {
			if (memchr_inv(objs[slot], (u8)(cpu * 64 + slot),
				       churn_size(c)))
				return -EIO;
			tslab_cache_free(churn->cache[c], objs[slot]);
			objs[slot] = NULL;
		} else {
			objs[slot] = tslab_cache_alloc(churn->cache[c],
						       GFP_KERNEL);
			if (!objs[slot])
				return -ENOMEM;
			memset(objs[slot], cpu * 64 + slot, churn_size(c));
		}
		if (i % 500 == 0) {
			struct tslab_cache *own;

			snprintf(name, sizeof(name), "own%u-%u", cpu, i);
			own = tslab_cache_create(churn->ts, name, 48, NULL);
			if (IS_ERR(own))
				return PTR_ERR(own);
			for (n = 0; n < 100; n++)
				if (!tslab_cache_alloc(own, GFP_KERNEL))
					return -ENOMEM;
			if (i % 1000)
				tslab_epoch_advance(churn->ts);
			if (tslab_cache_destroy(own) != 100)
				return -EBUSY;
		}
	}
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		tslab_cache_free(churn->cache[i % CHURN_CACHES], objs[i]);
	return 0;
}

static void caches_come_and_go(struct kunit *test)
{
	struct churn churn = { .ts = tslab_test_create_tier(test) };
	unsigned int i;
	char name[16];

	for (i = 0; i < CHURN_CACHES; i++) {
		snprintf(name, sizeof(name), "churn%u", i);
		churn.cache[i] = create(test, churn.ts, name, churn_size(i),
					NULL);
	}
	tslab_test_on_all_cpus(test, churn_fn, &churn);
	for (i = 0; i < CHURN_CACHES; i++)
		finish(test, churn.cache[i]);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test,
								   churn.ts,
								   0)), 0);
	KUNIT_EXPECT_EQ(test, tslab_destroy(churn.ts), 0);
}

static struct kunit_case caches_cases[] = {
	KUNIT_CASE_PARAM(objects_of_exact_size, tslab_test_tiers),
	KUNIT_CASE(little_is_left_over),
	KUNIT_CASE_PARAM(alignment_is_kept, tslab_test_tiers),
	KUNIT_CASE(bad_caches_are_refused),
	KUNIT_CASE_PARAM(ctor_makes_each_object_once, tslab_test_tiers),
	KUNIT_CASE_PARAM(zeroed_objects, tslab_test_tiers),
	KUNIT_CASE_PARAM(typesafe_until_a_grace_period, tslab_test_tiers),
	KUNIT_CASE(typesafe_on_all_cpus),
	KUNIT_CASE_PARAM(many_caches_in_an_epoch, tslab_test_tiers),
	KUNIT_CASE_PARAM(allocated_in_scope, tslab_test_tiers),
	KUNIT_CASE_PARAM(frees_of_what_is_not_its_own, tslab_test_tiers),
	KUNIT_CASE_PARAM(destroyed_with_live_objects, tslab_test_tiers),
	KUNIT_CASE_PARAM(bulk_is_all_or_nothing, tslab_test_tiers),
	KUNIT_CASE_PARAM(mempool_on_a_cache, tslab_test_tiers),
	KUNIT_CASE_PARAM(caches_come_and_go, tslab_test_tiers),
	{}
};

static struct kunit_suite caches_suite = {
	.name = "tslab_caches",
	.test_cases = caches_cases,
};

kunit_test_suite(caches_suite);
