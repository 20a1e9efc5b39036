// SPDX-License-Identifier: GPL-2.0
/* Debugging of objects: what is found, what becomes of it, and what stays as it was. */
#include <linux/poison.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>

#include "common.h"
#include "debug.h"

#define ALL	(TSLAB_DEBUG_CHECKS | TSLAB_DEBUG_RED_ZONE | \
		 TSLAB_DEBUG_POISON | TSLAB_DEBUG_USER)

/* Parameter: flags of the instance. */
static const struct tslab_params flags_params[] = {
	{ .flags = ALL },
	{ .flags = TSLAB_DEBUG_RED_ZONE },
	{ .flags = TSLAB_DEBUG_POISON },
	{ .flags = TSLAB_DEBUG_USER },
	{ .flags = TSLAB_DEBUG_CHECKS },
	{ .flags = TSLAB_DEBUG_TOOLS },
	{ .flags = ALL | TSLAB_DEBUG_TOOLS | TSLAB_SHARED_ONLY },
};

static void flags_describe(const struct tslab_params *params, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "flags 0x%x", params->flags);
}

KUNIT_ARRAY_PARAM(flags, flags_params, flags_describe);

static struct tslab *create_of_param(struct kunit *test)
{
	return tslab_test_create(test, test->param_value);
}

static struct tslab *create_all(struct kunit *test)
{
	return tslab_test_create(test, &flags_params[0]);
}

static struct tslab_mark *mark_of(const void *obj)
{
	struct tslab_slab *slab = tslab_slab_of(obj);
	unsigned long slot;

	tslab_slot_find(slab, obj, &slot);
	return &tslab_slab_marks(slab)->mark[slot];
}

static bool is_kept(const void *obj)
{
	return tslab_mark_is_broken(mark_of(obj));
}

static int slab_check(struct tslab_slab *slab, void *data)
{
	unsigned int *broken = data;

	*broken += tslab_debug_slab_check(slab);
	return 0;
}

/* Objects that are not as they were left. */
static unsigned int validate(struct tslab *ts)
{
	unsigned int broken = 0;

	tslab_debug_walk(ts, slab_check, &broken);
	return broken;
}

/* One object was found overwritten, and is live for ever: the rest is freed. */
static void finish_with_kept(struct kunit *test, struct tslab *ts,
			     unsigned int kept)
{
	struct tslab_stats *stats = kunit_kzalloc(test, sizeof(*stats),
						  GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	tslab_global_stats(ts, stats);
	KUNIT_EXPECT_EQ(test, stats->live_objects, kept);
	KUNIT_EXPECT_EQ(test, stats->object_overwritten, kept);
	KUNIT_EXPECT_EQ(test, validate(ts), 0);
	tslab_epoch_discard(ts, tslab_epoch_current(ts));
	tslab_test_finish(test, ts);
}

/* === Objects that are used as they should be === */

static void objects_of_each_size_are_as_ever(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 13, 24, 60, 96, 100, 128, 500, 1000,
					1024, 3000, 4000, 4096, 8192, 9000, SZ_64K };
	struct tslab *ts = create_of_param(test);
	u8 *objs[40];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = sizes[i], align = 1UL << __ffs(size);

		for (j = 0; j < ARRAY_SIZE(objs); j++) {
			objs[j] = tslab_alloc(ts, size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[j]);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[j],
							   min(align, PAGE_SIZE)));
			KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, objs[j]), size);
			memset(objs[j], j, size);
		}
		KUNIT_EXPECT_EQ(test, validate(ts), 0);
		for (j = 0; j < ARRAY_SIZE(objs); j++) {
			KUNIT_EXPECT_NULL(test, memchr_inv(objs[j], j, size));
			tslab_free(ts, objs[j]);
		}
		KUNIT_EXPECT_EQ(test, validate(ts), 0);
	}
	tslab_test_finish(test, ts);
}

static void caches_of_each_size_are_as_ever(struct kunit *test)
{
	static const size_t sizes[] = { 1, 9, 40, 72, 112, 300, 1160, 4070, 5000,
					20000 };
	static const unsigned int aligns[] = { 0, 64, 512, PAGE_SIZE };
	struct tslab *ts = create_of_param(test);
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(aligns); j++) {
			struct tslab_cache_args args = { .align = aligns[j] };
			struct tslab_cache *cache;
			void *objs[20];

			cache = tslab_cache_create(ts, "each", sizes[i], &args);
			KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
			KUNIT_ASSERT_EQ(test,
					tslab_cache_alloc_bulk(cache, GFP_KERNEL,
							       20, objs), 20);
			for (k = 0; k < 20; k++) {
				KUNIT_EXPECT_TRUE(test,
						  IS_ALIGNED((unsigned long)objs[k],
							     max(aligns[j], 8U)));
				memset(objs[k], 0, sizes[i]);
			}
			KUNIT_EXPECT_EQ(test, validate(ts), 0);
			tslab_cache_free_bulk(cache, 20, objs);
			KUNIT_EXPECT_EQ(test, validate(ts), 0);
			KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
		}
	}
	tslab_test_finish(test, ts);
}

static void zeroed_and_resized_objects_are_as_ever(struct kunit *test)
{
	struct tslab *ts = create_of_param(test);
	u8 *obj = tslab_zalloc(ts, 100, GFP_KERNEL), *large;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, 100));
	memset(obj, 7, 100);
	large = tslab_realloc(ts, obj, 120, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, large);
	KUNIT_EXPECT_NULL(test, memchr_inv(large, 7, 100));
	memset(large, 7, 120);
	large = tslab_realloc(ts, large, 9000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, large);
	KUNIT_EXPECT_NULL(test, memchr_inv(large, 7, 120));
	KUNIT_EXPECT_EQ(test, validate(ts), 0);
	tslab_free_sensitive(ts, large);
	tslab_test_finish(test, ts);
}

static void handles_and_rcu_are_as_ever(struct kunit *test)
{
	struct tslab *ts = create_of_param(test);
	struct {
		struct rcu_head rcu;
		u64 data;
	} *obj = tslab_alloc(ts, sizeof(*obj), GFP_KERNEL);
	tslab_handle_t handle;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	tslab_free_rcu(ts, obj, &obj->rcu);
	handle = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, 100, GFP_KERNEL);
	KUNIT_ASSERT_NE(test, (__force u64)handle, 0);
	memset(tslab_handle_to_obj(ts, handle), 1, 100);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
	KUNIT_EXPECT_LT(test, tslab_free_handle(ts, handle), 0);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, validate(ts), 0);
	tslab_test_finish(test, ts);
}

static void phases_are_as_ever(struct kunit *test)
{
	struct tslab *ts = create_of_param(test);
	unsigned int i, j;

	for (i = 0; i < 20; i++) {
		struct tslab_domain *domain = tslab_domain_open(ts, NULL);

		KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
		for (j = 0; j < 50; j++) {
			size_t size = 8 + 31 * j;
			void *obj = tslab_domain_alloc(domain, size, GFP_KERNEL);

			KUNIT_ASSERT_NOT_NULL(test, obj);
			memset(obj, j, size);
			if (j % 3 == 0)
				tslab_free(ts, obj);
		}
		if (i % 2)
			KUNIT_EXPECT_EQ(test, validate(ts), 0);
		tslab_domain_discard(domain);
	}
	tslab_test_finish(test, ts);
}

static void count_ctor(void *obj)
{
	memset(obj, 0x42, 64);
}

static void constructed_objects_keep_their_state(struct kunit *test)
{
	static const struct tslab_cache_args args = {
		.ctor = count_ctor, .flags = TSLAB_CACHE_TYPESAFE_BY_RCU,
	};
	struct tslab *ts = create_of_param(test);
	struct tslab_cache *cache;
	void *objs[80];
	unsigned int i;

	cache = tslab_cache_create(ts, "made", 64, &args);
	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	KUNIT_ASSERT_EQ(test,
			tslab_cache_alloc_bulk(cache, GFP_KERNEL, 80, objs), 80);
	for (i = 0; i < 80; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], 0x42, 64));
	tslab_cache_free_bulk(cache, 80, objs);
	/* Who still looks at it may write to it. */
	*(u8 *)objs[3] = 1;
	KUNIT_EXPECT_EQ(test, validate(ts), 0);
	*(u8 *)objs[3] = 0x42;
	objs[0] = tslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, memchr_inv(objs[0], 0x42, 64));
	tslab_cache_free(cache, objs[0]);
	tslab_cache_destroy(cache);
	tslab_test_finish(test, ts);
}

/* === Objects that are not === */

static void overflow_is_found_when_it_is_freed(struct kunit *test)
{
	struct tslab *ts = create_all(test);
	u8 *obj = tslab_alloc(ts, 100, GFP_KERNEL), *other;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	OPTIMIZER_HIDE_VAR(obj);
	obj[100] = 1;
	tslab_free(ts, obj);
	KUNIT_EXPECT_TRUE(test, is_kept(obj));
	for (i = 0; i < 100; i++) {
		other = tslab_alloc(ts, 100, GFP_KERNEL);
		KUNIT_EXPECT_PTR_NE(test, other, obj);
		tslab_free(ts, other);
	}
	/* It is nobody's mistake to free it. */
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 100)->free_double, 0);
	finish_with_kept(test, ts, 1);
}

static void underflow_is_found_when_it_is_freed(struct kunit *test)
{
	struct tslab *ts = create_all(test);
	u8 *obj = tslab_alloc(ts, 128, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	OPTIMIZER_HIDE_VAR(obj);
	obj[-1] = 1;
	tslab_free(ts, obj);
	KUNIT_EXPECT_TRUE(test, is_kept(obj));
	finish_with_kept(test, ts, 1);
}

static void overflow_is_found_by_who_asks(struct kunit *test)
{
	struct tslab *ts = create_all(test);
	u8 *obj = tslab_alloc(ts, 5000, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	OPTIMIZER_HIDE_VAR(obj);
	KUNIT_EXPECT_EQ(test, validate(ts), 0);
	obj[5003] = 1;
	KUNIT_EXPECT_EQ(test, validate(ts), 1);
	/* Once. */
	KUNIT_EXPECT_EQ(test, validate(ts), 0);
	tslab_free(ts, obj);
	finish_with_kept(test, ts, 1);
}

static void write_after_free_is_found_when_it_is_reused(struct kunit *test)
{
	static const struct tslab_params poison = { .flags = TSLAB_DEBUG_POISON };
	struct tslab *ts = tslab_test_create(test, &poison);
	u8 *obj = tslab_alloc(ts, 100, GFP_KERNEL);
	u8 *keep = tslab_alloc(ts, 100, GFP_KERNEL), *other;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, obj[50], POISON_FREE);
	obj[50] = 1;
	other = tslab_alloc(ts, 100, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, other, obj);
	KUNIT_EXPECT_TRUE(test, is_kept(obj));
	tslab_free(ts, other);
	tslab_free(ts, keep);
	finish_with_kept(test, ts, 1);
}

static void write_after_free_is_found_by_who_asks(struct kunit *test)
{
	struct tslab *ts = create_all(test);
	u8 *obj = tslab_alloc(ts, 100, GFP_KERNEL);
	u8 *keep = tslab_alloc(ts, 100, GFP_KERNEL), *other;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	tslab_free(ts, obj);
	obj[127] = 1;
	KUNIT_EXPECT_EQ(test, validate(ts), 1);
	KUNIT_EXPECT_EQ(test, validate(ts), 0);
	/* Whoever comes next does not get it. */
	other = tslab_alloc(ts, 100, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, other, obj);
	tslab_free(ts, other);
	tslab_free(ts, keep);
	finish_with_kept(test, ts, 1);
}

static void double_free_is_found_by_its_mark(struct kunit *test)
{
	struct tslab *ts = create_of_param(test);
	void *obj = tslab_alloc(ts, 100, GFP_KERNEL);
	void *keep = tslab_alloc(ts, 100, GFP_KERNEL);

	tslab_free(ts, obj);
	tslab_free(ts, obj);
	tslab_free(ts, obj + 8);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 100)->free_double, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 100)->free_invalid, 1);
	tslab_free(ts, keep);
	tslab_test_finish(test, ts);
}

static void pointers_beside_objects_are_none(struct kunit *test)
{
	struct tslab *ts = create_of_param(test);
	void *obj = tslab_alloc(ts, 128, GFP_KERNEL);
	struct tslab_slab *slab = tslab_slab_of(obj);
	void *start = tslab_slab_start(slab), *at;
	u64 refused = 0;

	for (at = start; at < tslab_slab_end(slab); at += 8) {
		if (at == obj || !((at - slab->base) % slab->size))
			continue;
		tslab_free(ts, at);
		refused++;
	}
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 128)->free_invalid,
			refused);
	tslab_free(ts, obj);
	tslab_test_finish(test, ts);
}

static void users_are_remembered(struct kunit *test)
{
	struct tslab *ts = create_all(test);
	void *obj = tslab_alloc(ts, 100, GFP_KERNEL);
	void *keep = tslab_alloc(ts, 100, GFP_KERNEL);
	struct tslab_mark *mark;
	unsigned long *entries;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	mark = mark_of(obj);
	KUNIT_EXPECT_EQ(test, mark->size, 100);
	KUNIT_EXPECT_EQ(test, mark->pid[TSLAB_ALLOCATED], current->pid);
	KUNIT_EXPECT_EQ(test, mark->when[TSLAB_FREED], 0);
	KUNIT_EXPECT_GT(test, tslab_stack_entries(mark->stack[TSLAB_ALLOCATED],
						  &entries), 0);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, mark->size, 0);
	KUNIT_EXPECT_EQ(test, mark->pid[TSLAB_FREED], current->pid);
	KUNIT_EXPECT_NE(test, mark->stack[TSLAB_FREED], 0);
	tslab_free(ts, keep);
	tslab_test_finish(test, ts);
}

static void what_waits_is_free_and_keeps_no_epoch(struct kunit *test)
{
	static const struct tslab_params params = {
		.epochs = 2, .flags = TSLAB_DEBUG_TOOLS,
	};
	struct tslab *ts = tslab_test_create(test, &params);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	void *objs[6];
	unsigned int i;

	for (i = 0; i < 6; i++) {
		objs[i] = tslab_alloc_epoch(ts, epoch, 100, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	for (i = 0; i < 3; i++)
		tslab_free(ts, objs[i]);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 100)->live_objects, 3);
	tslab_epoch_close(ts, epoch);
	KUNIT_EXPECT_EQ(test, tslab_epoch_err(tslab_epoch_open(ts, NULL)), -EBUSY);
	for (; i < 6; i++)
		tslab_free(ts, objs[i]);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 100)->live_objects, 0);
	epoch = tslab_epoch_open_wait(ts, NULL, 10 * HZ);
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	tslab_epoch_discard(ts, epoch);
	tslab_test_finish(test, ts);
}

static void marks_take_32_bytes_an_object(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct tslab_mark), 32);
}

static void copies_stay_in_their_object(struct kunit *test)
{
	static const struct tslab_cache_args args = {
		.useroffset = 16, .usersize = 32,
	};
	void __user *user = (void __user *)PAGE_SIZE;
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_cache *cache = tslab_cache_create(ts, "copied", 64, &args);
	struct tslab_cache *closed = tslab_cache_create(ts, "closed", 64, NULL);
	void *obj = tslab_alloc(ts, 128, GFP_KERNEL);
	void *in_cache = tslab_cache_alloc(cache, GFP_KERNEL);
	void *in_closed = tslab_cache_alloc(closed, GFP_KERNEL);

	/* What is let through finds that there is no user space. */
	KUNIT_EXPECT_EQ(test, tslab_copy_to_user(ts, user, obj, 0), 0);
	KUNIT_EXPECT_EQ(test, tslab_copy_to_user(ts, user, obj, 129), 129);
	KUNIT_EXPECT_EQ(test, tslab_copy_to_user(ts, user, obj + 120, 9), 9);
	KUNIT_EXPECT_EQ(test, tslab_copy_from_user(ts, in_cache, user, 17), 17);
	KUNIT_EXPECT_EQ(test, tslab_copy_from_user(ts, in_cache + 16, user, 33),
			33);
	KUNIT_EXPECT_EQ(test, tslab_copy_to_user(ts, user, in_closed, 1), 1);
	KUNIT_EXPECT_EQ(test, tslab_copy_to_user(ts, user, &ts, 1), 1);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, tslab_copy_to_user(ts, user, obj, 1), 1);
	tslab_cache_free(cache, in_cache);
	tslab_cache_free(closed, in_closed);
	tslab_cache_destroy(cache);
	tslab_cache_destroy(closed);
	tslab_test_finish(test, ts);
}

static void flags_are_checked(struct kunit *test)
{
	struct tslab_params params = { .flags = TSLAB_DEBUG_FLAGS << 1 };
	struct tslab_cache_args args = { .flags = TSLAB_DEBUG_RED_ZONE };
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_cache *cache;
	u8 *obj;

	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_create("no", &params)), -EINVAL);
	cache = tslab_cache_create(ts, "zoned", 40, &args);
	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	obj = tslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, obj[40], SLUB_RED_ACTIVE);
	tslab_cache_free(cache, obj);
	obj = tslab_alloc(ts, 40, GFP_KERNEL);
	/* The cache alone was to be. */
	KUNIT_EXPECT_FALSE(test, tslab_slab_of(obj)->is_debugged);
	tslab_free(ts, obj);
	tslab_cache_destroy(cache);
	tslab_test_finish(test, ts);
}

static struct kunit_case tslab_debugging_cases[] = {
	KUNIT_CASE_PARAM(objects_of_each_size_are_as_ever, flags_gen_params),
	KUNIT_CASE_PARAM(caches_of_each_size_are_as_ever, flags_gen_params),
	KUNIT_CASE_PARAM(zeroed_and_resized_objects_are_as_ever, flags_gen_params),
	KUNIT_CASE_PARAM(handles_and_rcu_are_as_ever, flags_gen_params),
	KUNIT_CASE_PARAM(phases_are_as_ever, flags_gen_params),
	KUNIT_CASE_PARAM(constructed_objects_keep_their_state, flags_gen_params),
	KUNIT_CASE(overflow_is_found_when_it_is_freed),
	KUNIT_CASE(underflow_is_found_when_it_is_freed),
	KUNIT_CASE(overflow_is_found_by_who_asks),
	KUNIT_CASE(write_after_free_is_found_when_it_is_reused),
	KUNIT_CASE(write_after_free_is_found_by_who_asks),
	KUNIT_CASE_PARAM(double_free_is_found_by_its_mark, flags_gen_params),
	KUNIT_CASE_PARAM(pointers_beside_objects_are_none, flags_gen_params),
	KUNIT_CASE(users_are_remembered),
	KUNIT_CASE(what_waits_is_free_and_keeps_no_epoch),
	KUNIT_CASE(marks_take_32_bytes_an_object),
	KUNIT_CASE(copies_stay_in_their_object),
	KUNIT_CASE(flags_are_checked),
	{ }
};

static struct kunit_suite tslab_debugging = {
	.name = "tslab_debugging",
	.test_cases = tslab_debugging_cases,
};

kunit_test_suite(tslab_debugging);
