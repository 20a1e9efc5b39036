// SPDX-License-Identifier: GPL-2.0
/* Instances and allocation: sizes, alignment, content, refusals. */
#include <linux/log2.h>
#include <linux/prandom.h>
#include <linux/sizes.h>

#include "common.h"

static void create_refuses_bad_arguments(struct kunit *test)
{
	static const char * const names[] = {
		NULL, "", ".", "..", ".hidden", "a/b", "a b", "a\"b", "a\\b", "#a",
		"a\nb", "\x80", "0123456789012345678901234567890",
	};
	static const struct tslab_params params[] = {
		{ .epochs = 1 },
		{ .epochs = TSLAB_EPOCHS_MAX + 1 },
		{ .empty_slabs = TSLAB_EMPTY_SLABS_MAX + 1 },
		{ .flags = 0x2 }, { .flags = 0x8 },
	};
	struct tslab *ts;
	unsigned int i;

	/* The last one is as long as a name may be. */
	for (i = 0; i < ARRAY_SIZE(names) - 1; i++) {
		ts = tslab_create(names[i], NULL);
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(ts), -EINVAL);
	}
	ts = tslab_create("01234567890123456789012345678901", NULL);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(ts), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(params); i++) {
		ts = tslab_create("params", &params[i]);
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(ts), -EINVAL);
	}

	ts = tslab_create(names[ARRAY_SIZE(names) - 1], NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ts));
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(tslab_create(ts->name, NULL)),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
	KUNIT_EXPECT_EQ(test, tslab_destroy(NULL), 0);
}

/* Names and parameters at their limits; a name is free again at the end. */
static void create_takes_the_limits(struct kunit *test)
{
	static const char * const names[] = {
		"a", "0123456789012345678901234567890", "~!$-._:", "a.",
	};
	static const struct tslab_params params[] = {
		{ .epochs = TSLAB_EPOCHS_MIN },
		{ .empty_slabs = 1 },
		{ .empty_slabs = TSLAB_EMPTY_SLABS_MAX },
		{ .epochs = TSLAB_EPOCHS_MAX, .flags = TSLAB_SHARED_ONLY },
	};
	struct tslab *ts;
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		for (round = 0; round < 2; round++) {
			ts = tslab_create(names[i], &params[i]);
			KUNIT_ASSERT_FALSE(test, IS_ERR(ts));
			tslab_free(ts, tslab_alloc(ts, 1, GFP_KERNEL));
			KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 1)->
					alloc_objects, 1);
			KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(
					tslab_create(names[i], NULL)), -EEXIST);
			tslab_test_finish(test, ts);
		}
}

static void every_size_is_usable(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned long align;
	size_t size, usable;
	u8 **objs;

	objs = kunit_kcalloc(test, TSLAB_CLASS_MAX_SIZE + 1, sizeof(*objs),
			     GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (size = 1; size <= TSLAB_CLASS_MAX_SIZE; size++) {
		objs[size] = tslab_alloc(ts, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[size]);
		usable = tslab_obj_size(ts, objs[size]);
		KUNIT_EXPECT_GE(test, usable, size);
		align = min_t(size_t, usable & -usable,
			      is_power_of_2(size) ? PAGE_SIZE : 64);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[size],
						   align));
		memset(objs[size], size % 251, usable);
	}
	/* Nobody wrote into anybody else's. */
	for (size = 1; size <= TSLAB_CLASS_MAX_SIZE; size++) {
		usable = tslab_obj_size(ts, objs[size]);
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[size], size % 251,
						   usable));
		tslab_free(ts, objs[size]);
	}
	tslab_test_finish(test, ts);
}

static void class_fills_its_slabs(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	const struct tslab_geometry *geo = tslab_test_geometry(test);
	unsigned int i, n = 3 * tslab_geometry_slots(geo) + 1;
	struct tslab_stats *stats;
	u8 **objs, *base;

	objs = kunit_kcalloc(test, n, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (i = 0; i < n; i++) {
		objs[i] = tslab_alloc(ts, geo->size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, objs[i]), geo->size);
		base = tslab_test_slab_base(objs[i]);
		KUNIT_EXPECT_LE(test, objs[i] - base + geo->size,
				geo->pages * PAGE_SIZE);
		/* As aligned as the size is. */
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[i],
						   min(geo->size & -geo->size,
						       (int)PAGE_SIZE)));
		memset(objs[i], i % 251, geo->size);
	}
	stats = tslab_test_stats(test, ts, geo->size);
	KUNIT_EXPECT_EQ(test, stats->live_objects, n);
	KUNIT_EXPECT_EQ(test, stats->live_bytes, n * geo->size);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, 4);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes,
			4 * geo->pages * PAGE_SIZE);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i % 251,
						   geo->size));
		tslab_free(ts, objs[i]);
	}
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, n);
	KUNIT_EXPECT_EQ(test, stats->free_objects, n);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(stats), 0);
	tslab_test_finish(test, ts);
}

static void class_geometry(struct kunit *test)
{
	unsigned int class, offset, size;
	unsigned long slot;

	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		const struct tslab_geometry *geo = &tslab_geometry[class];
		struct tslab_slab slab = {
			.size = geo->size,
			.reciprocal = geo->reciprocal,
		};
		unsigned int slots = tslab_geometry_slots(geo);
		unsigned int bytes = geo->pages * PAGE_SIZE;

		KUNIT_EXPECT_TRUE(test, slots <= 63 || geo->pages == 1);
		KUNIT_EXPECT_LE(test, geo->span * geo->size, bytes);
		/* No address in it leads beyond the bitmap. */
		KUNIT_EXPECT_LE(test, DIV_ROUND_UP(bytes, geo->size),
				64 * DIV_ROUND_UP(geo->span, 64));
		/* At least 96 % of a slab is objects. */
		KUNIT_EXPECT_GE(test, slots * geo->size * 100, bytes * 96);
		for (offset = 0; offset < bytes; offset++) {
			const void *obj = (void *)(unsigned long)offset;

			if (tslab_slot_find(&slab, obj, &slot) !=
				    !(offset % geo->size) ||
			    slot != offset / geo->size)
				KUNIT_FAIL(test, "class %u offset %u",
					   geo->size, offset);
		}
	}
	for (size = 1, class = 0; size <= TSLAB_CLASS_MAX_SIZE; size++) {
		if (size > tslab_geometry[class].size)
			class++;
		KUNIT_EXPECT_EQ(test, tslab_class_of(size), class);
	}
}

/* Whole pages, and objects like any others. */
static void large_objects(struct kunit *test)
{
	static const size_t sizes[] = {
		TSLAB_CLASS_MAX_SIZE + 1, 3 * PAGE_SIZE, 5 * PAGE_SIZE - 500,
		16 * PAGE_SIZE, 256 * PAGE_SIZE - 5, TSLAB_MAX_SIZE,
	};
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	u8 *obj[ARRAY_SIZE(sizes)];
	struct tslab_stats *stats;
	tslab_handle_t handle;
	u64 pages = 0, n = 0;
	unsigned int i;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		obj[i] = tslab_alloc_epoch(ts, epoch, sizes[i],
					   GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, obj[i]);
		KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(obj[i]));
		KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj[i]),
				PAGE_ALIGN(sizes[i]));
		KUNIT_EXPECT_NULL(test, memchr_inv(obj[i], 0, sizes[i]));
		memset(obj[i], i, PAGE_ALIGN(sizes[i]));
		pages += PAGE_ALIGN(sizes[i]) / PAGE_SIZE;
		n++;
	}
	stats = tslab_test_stats(test, ts, sizes[0]);
	KUNIT_EXPECT_EQ(test, stats->live_objects, n);
	KUNIT_EXPECT_EQ(test, stats->live_bytes, pages * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, pages * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->pages, pages);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(obj[i], i, sizes[i]));

	/* One goes at once, also from an epoch that is open. */
	tslab_free(ts, obj[1] + PAGE_SIZE);
	tslab_free(ts, obj[1]);
	tslab_free(ts, obj[1]);
	stats = tslab_test_stats(test, ts, sizes[0]);
	KUNIT_EXPECT_EQ(test, stats->free_invalid, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_foreign, 1);
	KUNIT_EXPECT_EQ(test, stats->pages_released, 3);
	/* Resized in place within its pages, else moved. */
	KUNIT_EXPECT_PTR_EQ(test, tslab_realloc(ts, obj[2],
						4 * PAGE_SIZE + 2, GFP_KERNEL),
			    obj[2]);
	obj[2] = tslab_realloc(ts, obj[2], 500, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj[2]);
	KUNIT_EXPECT_NULL(test, memchr_inv(obj[2], 2, 500));
	obj[2] = tslab_realloc(ts, obj[2], 13 * PAGE_SIZE - 3, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj[2]);
	KUNIT_EXPECT_NULL(test, memchr_inv(obj[2], 2, 500));

	handle = tslab_alloc_handle(ts, epoch, 16 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, IS_ERR(tslab_handle_to_obj(ts, handle)));
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), -ESTALE);
	KUNIT_EXPECT_NULL(test, tslab_alloc(ts, TSLAB_MAX_SIZE + 1,
					    GFP_KERNEL));
	/* And the slab of the class that one was of in between. */
	pages += tslab_test_stats(test, ts, 500)->committed_bytes / PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch),
			pages - 3 - 5 + 13);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->committed_bytes,
			0);
	tslab_test_finish(test, ts);
}

static void bad_sizes_are_refused(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);

	KUNIT_EXPECT_NULL(test, tslab_alloc(ts, 0, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_alloc(ts, TSLAB_MAX_SIZE + 1,
					    GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_alloc(ts, SIZE_MAX, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_zalloc(ts, 0, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_alloc_epoch(ts, tslab_epoch_current(ts),
						  0, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_alloc_array(ts, SIZE_MAX / 2, 4,
						  GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_alloc_array(ts, 0, 4, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->size_rejected, 7);
	tslab_test_finish(test, ts);
}

static void zone_modifiers_are_refused(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);

	KUNIT_EXPECT_NULL(test, tslab_alloc(ts, 64, GFP_KERNEL | __GFP_DMA));
	KUNIT_EXPECT_NULL(test, tslab_alloc(ts, 64, GFP_KERNEL | __GFP_DMA32));
	KUNIT_EXPECT_NULL(test, tslab_alloc(ts, 64, GFP_HIGHUSER));
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->alloc_failed, 3);
	tslab_test_finish(test, ts);
}

static void gfp_flags_are_honoured(struct kunit *test)
{
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT, GFP_NOIO, GFP_NOFS,
		GFP_KERNEL | __GFP_NOWARN, GFP_KERNEL | __GFP_ACCOUNT,
		GFP_KERNEL | __GFP_THISNODE, GFP_KERNEL_ACCOUNT,
	};
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int i, class;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		for (class = 0; class < TSLAB_NR_CLASSES; class++) {
			size_t size = tslab_geometry[class].size;

			obj = tslab_alloc(ts, size, flags[i]);
			KUNIT_ASSERT_NOT_NULL(test, obj);
			memset(obj, 0x5a, size);
			tslab_free(ts, obj);
			/* The dirty object comes back. */
			obj = tslab_alloc(ts, size, flags[i] | __GFP_ZERO);
			KUNIT_ASSERT_NOT_NULL(test, obj);
			KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, size));
			tslab_free(ts, obj);
		}
	tslab_test_finish(test, ts);
}

/* No slab is there yet: pages and descriptor come with interrupts off. */
static void interrupts_off(struct kunit *test)
{
	static const gfp_t flags[] = { GFP_ATOMIC, GFP_NOWAIT };
	struct tslab *ts = tslab_test_create_tier(test);
	void *objs[ARRAY_SIZE(flags)][TSLAB_NR_CLASSES];
	unsigned int i, class, n = 0;
	unsigned long irqs;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "PREEMPT_RT forbids it");
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		local_irq_save(irqs);
		for (class = 0; class < TSLAB_NR_CLASSES; class++)
			objs[i][class] = tslab_alloc(ts,
						     tslab_geometry[class].size,
						     flags[i]);
		local_irq_restore(irqs);
		for (class = 0; class < TSLAB_NR_CLASSES; class++) {
			KUNIT_EXPECT_NOT_NULL(test, objs[i][class]);
			n += !!objs[i][class];
		}
	}
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, n);
	local_irq_save(irqs);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		for (class = 0; class < TSLAB_NR_CLASSES; class++)
			tslab_free(ts, objs[i][class]);
	local_irq_restore(irqs);
	tslab_test_finish(test, ts);
}

static void arrays_and_zeroed_objects(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	u64 *array = tslab_alloc_array(ts, 100, sizeof(*array),
				       GFP_KERNEL | __GFP_ZERO);
	u8 *obj = tslab_zalloc(ts, 300, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, array);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, array), 1024);
	KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj), 384);
	KUNIT_EXPECT_NULL(test, memchr_inv(array, 0, 800));
	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, 300));
	tslab_free(ts, array);
	tslab_free(ts, obj);
	tslab_test_finish(test, ts);
}

static void realloc_keeps_content_and_epoch(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, "realloc");
	u8 *obj, *same, *large, *small;
	struct tslab_stats *stats;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	obj = tslab_alloc_epoch(ts, epoch, 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	memset(obj, 7, 128);
	same = tslab_realloc(ts, obj, 128, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, same, obj);
	large = tslab_realloc(ts, obj, 1000, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, large);
	KUNIT_EXPECT_NULL(test, memchr_inv(large, 7, 128));
	KUNIT_EXPECT_NULL(test, memchr_inv(large + 128, 0, 1024 - 128));
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(large), (__force u64)epoch);
	/* Refused: the object stays. */
	KUNIT_EXPECT_NULL(test, tslab_realloc(ts, large, 0, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_realloc(ts, large, TSLAB_MAX_SIZE + 1,
					      GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, tslab_realloc(ts, large + 64, 64, GFP_KERNEL));
	small = tslab_realloc(ts, large, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, small);
	KUNIT_EXPECT_NULL(test, memchr_inv(small, 7, 64));
	obj = tslab_realloc(ts, NULL, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(obj),
			(__force u64)tslab_epoch_current(ts));
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, epoch), 0);
	KUNIT_EXPECT_NULL(test, tslab_realloc(ts, small, 128, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, memchr_inv(small, 7, 64));
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->size_rejected, 2);
	KUNIT_EXPECT_EQ(test, stats->free_invalid, 1);
	KUNIT_EXPECT_EQ(test, stats->slow_path_epoch_closed, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(stats), 3);
	KUNIT_EXPECT_EQ(test, stats->live_objects, 2);
	tslab_free(ts, small);
	tslab_free(ts, obj);
	tslab_test_finish(test, ts);
}

static bool counts_up(const u8 *obj, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (obj[i] != i % 251)
			return false;
	return true;
}

static void realloc_through_all_classes(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	size_t size, old = 1;
	int class, i;
	u8 *obj;

	obj = tslab_realloc(ts, NULL, 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	obj[0] = 0;
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		size = tslab_geometry[class].size;
		obj = tslab_realloc(ts, obj, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj), size);
		KUNIT_EXPECT_TRUE(test, counts_up(obj, old));
		for (i = old; i < size; i++)
			obj[i] = i % 251;
		old = size;
	}
	while (class--) {
		size = tslab_geometry[class].size;
		obj = tslab_realloc(ts, obj, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj), size);
		KUNIT_EXPECT_TRUE(test, counts_up(obj, size));
	}
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 1);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, ts,
								   0)), 0);
	tslab_test_finish(test, ts);
}

#define MANY	6000

enum order { LIFO, FIFO, RANDOM, NR_ORDERS };

static void many_objects_in_any_order(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct rnd_state rnd;
	unsigned int i, round;
	u32 **objs;

	objs = kvcalloc(MANY, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	prandom_seed_state(&rnd, 1);
	for (round = 0; round < NR_ORDERS; round++) {
		for (i = 0; i < MANY; i++) {
			objs[i] = tslab_alloc(ts, 64 + i % 200, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[i]);
			memset(objs[i], i % 251, 64 + i % 200);
			objs[i][0] = i;
		}
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts,
						       0)->live_objects, MANY);
		for (i = 0; i < MANY; i++) {
			u32 j = round == LIFO ? MANY - 1 - i :
				round == FIFO ? i :
				prandom_u32_state(&rnd) % MANY;

			if (!objs[j])
				continue;
			if (objs[j][0] != j ||
			    memchr_inv(objs[j] + 1, j % 251, 60 + j % 200))
				KUNIT_FAIL(test, "object %u overwritten", j);
			tslab_free(ts, objs[j]);
			objs[j] = NULL;
		}
		for (i = 0; i < MANY; i++) {
			tslab_free(ts, objs[i]);
			objs[i] = NULL;
		}
	}
	kvfree(objs);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, ts,
								   0)), 0);
	tslab_test_finish(test, ts);
}

static void destroy_reports_live_objects(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, "left behind");
	void *obj;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	KUNIT_ASSERT_NOT_NULL(test, tslab_alloc(ts, 64, GFP_KERNEL));
	KUNIT_ASSERT_NOT_NULL(test, tslab_alloc_epoch(ts, epoch, 64,
						      GFP_KERNEL));
	obj = tslab_alloc_epoch(ts, epoch, 2048, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	memset(obj, 0x33, 2048);
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 3);
	/* Its user did not know: the memory is not anybody else's. */
	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0x33, 2048));
	ts = tslab_test_create_tier(test);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_foreign, 1);
	tslab_test_finish(test, ts);
}

static struct kunit_case objects_cases[] = {
	KUNIT_CASE(create_refuses_bad_arguments),
	KUNIT_CASE(create_takes_the_limits),
	KUNIT_CASE(class_geometry),
	KUNIT_CASE_PARAM(every_size_is_usable, tslab_test_tiers),
	KUNIT_CASE_PARAM(class_fills_its_slabs, tslab_test_classes),
	KUNIT_CASE_PARAM(large_objects, tslab_test_tiers),
	KUNIT_CASE_PARAM(bad_sizes_are_refused, tslab_test_tiers),
	KUNIT_CASE_PARAM(zone_modifiers_are_refused, tslab_test_tiers),
	KUNIT_CASE_PARAM(gfp_flags_are_honoured, tslab_test_tiers),
	KUNIT_CASE_PARAM(interrupts_off, tslab_test_tiers),
	KUNIT_CASE_PARAM(arrays_and_zeroed_objects, tslab_test_tiers),
	KUNIT_CASE_PARAM(realloc_keeps_content_and_epoch, tslab_test_tiers),
	KUNIT_CASE_PARAM(realloc_through_all_classes, tslab_test_tiers),
	KUNIT_CASE_PARAM(many_objects_in_any_order, tslab_test_tiers),
	KUNIT_CASE_PARAM(destroy_reports_live_objects, tslab_test_tiers),
	{}
};

static struct kunit_suite objects_suite = {
	.name = "tslab_objects",
	.test_cases = objects_cases,
};

kunit_test_suite(objects_suite);
