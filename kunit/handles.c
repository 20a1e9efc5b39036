// SPDX-License-Identifier: GPL-2.0
/* Handles: valid, stale, doubled, foreign, malformed, random. */
#include <linux/prandom.h>

#include "common.h"

#define GENERATION_SHIFT	18
#define GENERATION_MAX		((1U << 24) - 1)
#define ID_SHIFT		42

static tslab_handle_t flip(tslab_handle_t handle, u64 bits)
{
	return (__force tslab_handle_t)((__force u64)handle ^ bits);
}

static void handle_names_its_object(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int i, n = TSLAB_NR_CLASSES * 40;
	tslab_handle_t *handles;
	u32 *obj;

	handles = kunit_kcalloc(test, n, sizeof(*handles), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, handles);
	for (i = 0; i < n; i++) {
		size_t size = tslab_geometry[i % TSLAB_NR_CLASSES].size;

		handles[i] = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, size,
						GFP_KERNEL);
		KUNIT_ASSERT_NE(test, (__force u64)handles[i], 0);
		obj = tslab_handle_to_obj(ts, handles[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj), size);
		*obj = i;
	}
	for (i = 0; i < n; i++) {
		obj = tslab_handle_to_obj(ts, handles[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		KUNIT_EXPECT_EQ(test, *obj, i);
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handles[i]), 0);
	}
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, ts,
								   0)), 0);
	tslab_test_finish(test, ts);
}

static void handle_of_a_freed_object(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_handle_t handle = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, 64,
						   GFP_KERNEL);

	KUNIT_ASSERT_NE(test, (__force u64)handle, 0);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), -ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_handle_to_obj(ts, handle)),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->handle_invalid,
			2);
	/* The slab goes with its epoch. */
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, tslab_epoch_current(ts)),
			1);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), -ESTALE);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_handle_to_obj(ts, handle)),
			-ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->handle_stale, 2);
	tslab_test_finish(test, ts);
}

static void handles_turn_stale_at_discard(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	tslab_handle_t handles[200];
	unsigned int i;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < ARRAY_SIZE(handles); i++) {
		handles[i] = tslab_alloc_handle(ts, epoch, 256, GFP_KERNEL);
		KUNIT_ASSERT_NE(test, (__force u64)handles[i], 0);
	}
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), 200 / 16 + 1);
	for (i = 0; i < ARRAY_SIZE(handles); i++)
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handles[i]),
				-ESTALE);
	/* Also once their slab ids name other slabs. */
	epoch = tslab_epoch_open(ts, NULL);
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < ARRAY_SIZE(handles); i++)
		KUNIT_ASSERT_NE(test, (__force u64)
				tslab_alloc_handle(ts, epoch, 256, GFP_KERNEL),
				0);
	for (i = 0; i < ARRAY_SIZE(handles); i++)
		KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_handle_to_obj(ts,
								  handles[i])),
				-ESTALE);
	KUNIT_EXPECT_GT(test, tslab_epoch_discard(ts, epoch), 0);
	tslab_test_finish(test, ts);
}

static void handle_with_any_bit_flipped(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create(test, NULL);
	tslab_handle_t handle = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, 8192,
						   GFP_KERNEL);
	unsigned int bit;

	KUNIT_ASSERT_NE(test, (__force u64)handle, 0);
	for (bit = 0; bit < 64; bit++)
		KUNIT_EXPECT_NE(test,
				tslab_free_handle(ts, flip(handle, BIT_ULL(bit))),
				0);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, TSLAB_HANDLE_NONE),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(other, handle), -EINVAL);
	/* A generation that never was, and one that is gone. */
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, flip(handle,
							 BIT_ULL(41))),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
	tslab_test_finish(test, other);
	tslab_test_finish(test, ts);
}

static void a_million_random_handles(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	unsigned int i, invalid = 0, stale = 0;
	struct tslab_stats *stats;
	struct rnd_state rnd;
	void *objs[64];

	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		tslab_handle_t handle = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE,
							   64 << (i % 8),
							   GFP_KERNEL);

		objs[i] = tslab_handle_to_obj(ts, handle);
		KUNIT_ASSERT_FALSE(test, IS_ERR(objs[i]));
	}
	prandom_seed_state(&rnd, 42);
	for (i = 0; i < 1000000; i++) {
		u64 bits = (u64)prandom_u32_state(&rnd) << 32 |
			   prandom_u32_state(&rnd);
		int ret;

		/* Generations of 0 would at times be right: leave them out. */
		bits |= 1ULL << GENERATION_SHIFT << 20;
		/* Half of them with ids that are in use. */
		if (i % 2)
			bits &= ~(GENMASK_ULL(63, 50));
		ret = tslab_free_handle(ts, (__force tslab_handle_t)bits);
		if (ret == -ESTALE)
			stale++;
		else if (ret == -EINVAL)
			invalid++;
		else
			KUNIT_FAIL(test, "handle %llx: %d", bits, ret);
	}
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->handle_invalid, invalid);
	KUNIT_EXPECT_EQ(test, stats->handle_stale, stale);
	KUNIT_EXPECT_EQ(test, stats->live_objects, ARRAY_SIZE(objs));
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		tslab_free(ts, objs[i]);
	tslab_test_finish(test, ts);
}

static void slab_id_retires_with_its_last_generation(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	u64 last_id = 0, id, generation;
	unsigned int i, round;

	for (round = 0; round < 40; round++) {
		tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
		tslab_handle_t handle;

		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		handle = tslab_alloc_handle(ts, epoch, 64, GFP_KERNEL);
		KUNIT_ASSERT_NE(test, (__force u64)handle, 0);
		id = (__force u64)handle >> ID_SHIFT;
		generation = (__force u64)handle >> GENERATION_SHIFT &
			     GENERATION_MAX;
		KUNIT_EXPECT_LT(test, generation, GENERATION_MAX);
		if (last_id)
			KUNIT_EXPECT_NE(test, id, last_id);
		last_id = 0;
		if (round % 4 == 3) {
			void *obj = tslab_handle_to_obj(ts, handle);

			/* As if it had been used that often. */
			KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
			preempt_disable();
			tslab_slab_of(obj)->generation = GENERATION_MAX;
			preempt_enable();
			last_id = id;
		}
		KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), 1);
		for (i = 0; last_id && i < 8; i++) {
			epoch = tslab_epoch_open(ts, NULL);
			TSLAB_TEST_ASSERT_EPOCH(test, epoch);
			handle = tslab_alloc_handle(ts, epoch, 64, GFP_KERNEL);
			KUNIT_EXPECT_NE(test, (__force u64)handle >> ID_SHIFT,
					last_id);
			KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch),
					1);
		}
	}
	tslab_test_finish(test, ts);
}

static struct kunit_case handles_cases[] = {
	KUNIT_CASE_PARAM(handle_names_its_object, tslab_test_tiers),
	KUNIT_CASE_PARAM(handle_of_a_freed_object, tslab_test_tiers),
	KUNIT_CASE_PARAM(handles_turn_stale_at_discard, tslab_test_tiers),
	KUNIT_CASE_PARAM(handle_with_any_bit_flipped, tslab_test_tiers),
	KUNIT_CASE(a_million_random_handles),
	KUNIT_CASE(slab_id_retires_with_its_last_generation),
	{}
};

static struct kunit_suite handles_suite = {
	.name = "tslab_handles",
	.test_cases = handles_cases,
};

kunit_test_suite(handles_suite);
