// SPDX-License-Identifier: GPL-2.0
/* Reserves: what is in them is there, wherever it is taken, and counted. */
#include <linux/err.h>
#include <linux/sizes.h>
#include <linux/smp.h>

#include "common.h"

#define OBJS	100

/* Takes all there is, and one more, in a hard interrupt. */
struct taker {
	struct tslab_reserved *reserve;
	void *objs[OBJS + 1];
};

static void take(void *data)
{
	struct taker *taker = data;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(taker->objs); i++)
		taker->objs[i] = tslab_reserve_alloc(taker->reserve);
}

static void take_and_free(struct kunit *test, struct tslab *ts,
			  struct taker *taker, tslab_epoch_t epoch)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, tslab_reserve_left(taker->reserve), OBJS);
	smp_call_function_single(tslab_test_first_cpu(), take, taker, 1);
	KUNIT_EXPECT_EQ(test, tslab_reserve_left(taker->reserve), 0);
	KUNIT_EXPECT_NULL(test, taker->objs[OBJS]);
	for (i = 0; i < OBJS; i++) {
		KUNIT_ASSERT_NOT_NULL(test, taker->objs[i]);
		KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(taker->objs[i]),
				(__force u64)epoch);
		tslab_free(ts, taker->objs[i]);
	}
	tslab_reserve_end(taker->reserve);
}

static void there_in_atomic_context(struct kunit *test)
{
	static const size_t sizes[] = { 8, 72, 128, 2048, SZ_16K };
	struct tslab *ts = tslab_test_create_tier(test);
	struct taker *taker = kunit_kzalloc(test, sizeof(*taker), GFP_KERNEL);
	tslab_epoch_t epoch;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, taker);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		epoch = tslab_epoch_open(ts, NULL);
		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		taker->reserve = tslab_reserve(ts, epoch, sizes[i], OBJS,
					       GFP_KERNEL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(taker->reserve));
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, sizes[i])
				->live_objects, OBJS);
		/* What is reserved has been allocated: it is there still. */
		KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, epoch), 0);
		KUNIT_EXPECT_NULL(test, tslab_alloc_epoch(ts, epoch, sizes[i],
							  GFP_KERNEL));
		take_and_free(test, ts, taker, epoch);
		KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->state,
				TSLAB_EPOCH_DRAINED);
	}
	tslab_test_finish(test, ts);
}

static void mark(void *obj)
{
	*(u32 *)obj = 0x600d600d;
}

static void of_a_cache(struct kunit *test)
{
	static const struct tslab_cache_args args = { .ctor = mark };
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = tslab_cache_create(ts, "reserved", 40,
						       &args);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct tslab_reserved *reserve;
	u32 *obj;

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	reserve = tslab_cache_reserve(cache, epoch, OBJS, GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(reserve));
	obj = tslab_reserve_alloc(reserve);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, *obj, 0x600d600d);
	tslab_cache_free(cache, obj);
	/* What nobody has taken is freed with it. */
	tslab_reserve_end(reserve);
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, epoch), 0);
	tslab_test_finish(test, ts);
}

static void all_or_nothing(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct tslab_reserved *reserve;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_reserve(ts, epoch, 0, 1,
						    GFP_KERNEL)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_reserve(ts, epoch,
						    TSLAB_MAX_SIZE + 1, 1,
						    GFP_KERNEL)), -EINVAL);
	/* More than there is room to remember. */
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_reserve(ts, epoch, 64, UINT_MAX,
						    GFP_KERNEL | __GFP_NOWARN)),
			-ENOMEM);
	reserve = tslab_reserve(ts, epoch, 64, 0, GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(reserve));
	KUNIT_EXPECT_NULL(test, tslab_reserve_alloc(reserve));
	tslab_reserve_end(reserve);
	tslab_reserve_end(NULL);
	KUNIT_EXPECT_NULL(test, tslab_reserve_alloc(ERR_PTR(-ENOMEM)));
	KUNIT_EXPECT_EQ(test, tslab_reserve_left(NULL), 0);
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, epoch), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_reserve(ts, epoch, 64, 1,
						    GFP_KERNEL)), -ESTALE);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_reserve(ts, TSLAB_EPOCH_NONE, 64, 1,
						    GFP_KERNEL)), -ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->live_objects, 0);
	tslab_test_finish(test, ts);
}

static struct kunit_case reserves_cases[] = {
	KUNIT_CASE_PARAM(there_in_atomic_context, tslab_test_tiers),
	KUNIT_CASE_PARAM(of_a_cache, tslab_test_tiers),
	KUNIT_CASE_PARAM(all_or_nothing, tslab_test_tiers),
	{}
};

static struct kunit_suite reserves_suite = {
	.name = "tslab_reserves",
	.test_cases = reserves_cases,
};

kunit_test_suite(reserves_suite);
