// SPDX-License-Identifier: GPL-2.0
/* Objects of the kernel's KFENCE are objects as any others. */
#include <linux/jiffies.h>
#include <linux/kfence.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>

#include "common.h"
#include "kfence.h"

#define SIZE	1000
/* So many are had until one is KFENCE's, and given back before the next are. */
#define TRIES	256

/* Where an object comes from. */
struct source {
	struct tslab *ts;
	struct tslab_cache *cache;	/* or NULL, for objects of SIZE */
	tslab_epoch_t epoch;	/* of those, or TSLAB_EPOCH_NONE */
	gfp_t gfp;
};

static void *source_alloc(const struct source *source)
{
	if (source->cache)
		return tslab_cache_alloc(source->cache, source->gfp);
	if (source->epoch != TSLAB_EPOCH_NONE)
		return tslab_alloc_epoch(source->ts, source->epoch, SIZE,
					 source->gfp);
	return tslab_alloc(source->ts, SIZE, source->gfp);
}

static void free_all(struct tslab *ts, void **objs, unsigned int nr)
{
	while (nr)
		tslab_free(ts, objs[--nr]);
}

/* An object of KFENCE, the only one of the source that is live. */
static void *kfence_object(struct kunit *test, const struct source *source)
{
	void **objs = kunit_kcalloc(test, TRIES, sizeof(*objs), GFP_KERNEL);
	unsigned long end = jiffies + 20 * HZ;
	unsigned int nr = 0;
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, objs);
	tslab_kfence_set(1);
	for (;;) {
		obj = source_alloc(source);
		if (!obj || is_kfence_address(obj) || time_after(jiffies, end))
			break;
		objs[nr++] = obj;
		if (nr == TRIES) {
			free_all(source->ts, objs, nr);
			nr = 0;
			cond_resched();
		}
	}
	tslab_kfence_set(0);
	free_all(source->ts, objs, nr);
	KUNIT_ASSERT_TRUE(test, is_kfence_address(obj));
	return obj;
}

static struct tslab *create(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_KFENCE))
		kunit_skip(test, "this kernel has no KFENCE");
	return tslab_test_create(test, NULL);
}

static u64 live_objects(struct kunit *test, struct tslab *ts)
{
	return tslab_test_stats(test, ts, SIZE)->live_objects;
}

/* Of any kind, of all classes. */
static u64 refusals(struct kunit *test, struct tslab *ts)
{
	struct tslab_stats *stats = kunit_kzalloc(test, sizeof(*stats),
						  GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	tslab_global_stats(ts, stats);
	return tslab_test_refusals(stats);
}

static void object_of_kfence_is_counted_and_freed(struct kunit *test)
{
	struct source source = { .ts = create(test), .gfp = GFP_KERNEL };
	struct tslab *ts = source.ts;
	u8 *obj = kfence_object(test, &source);

	KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj), SIZE);
	KUNIT_EXPECT_EQ(test, live_objects(test, ts), 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, SIZE)->full_slabs, 1);
	KUNIT_EXPECT_GE(test, tslab_test_stats(test, ts, SIZE)->kfence_allocs, 1);
	memset(obj, 1, SIZE);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, live_objects(test, ts), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, SIZE)->full_slabs, 0);
	tslab_test_finish(test, ts);
}

static void object_of_kfence_is_zeroed(struct kunit *test)
{
	struct source source = {
		.ts = create(test), .gfp = GFP_KERNEL | __GFP_ZERO,
	};
	u8 *obj = kfence_object(test, &source);

	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, SIZE));
	tslab_free(source.ts, obj);
	tslab_test_finish(test, source.ts);
}

static void wrong_frees_of_kfence_objects_are_refused(struct kunit *test)
{
	struct source source = { .ts = create(test), .gfp = GFP_KERNEL };
	struct tslab *ts = source.ts, *other = tslab_test_create(test, NULL);
	void *obj = kfence_object(test, &source);
	u64 before;

	tslab_free(ts, obj + 8);
	tslab_free(ts, obj + SIZE - 1);
	tslab_free(other, obj);
	KUNIT_EXPECT_EQ(test, live_objects(test, ts), 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, SIZE)->free_invalid, 2);
	KUNIT_EXPECT_EQ(test, refusals(test, other), 1);
	tslab_free(ts, obj);
	/* Its page is KFENCE's by then. */
	before = refusals(test, ts);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, refusals(test, ts), before + 1);
	tslab_test_finish(test, other);
	tslab_test_finish(test, ts);
}

static void kfence_object_is_freed_after_a_grace_period(struct kunit *test)
{
	struct source source = { .ts = create(test), .gfp = GFP_KERNEL };
	struct rcu_head *obj = kfence_object(test, &source);

	rcu_read_lock();
	tslab_free_rcu(source.ts, obj, obj);
	WRITE_ONCE(((u8 *)obj)[SIZE - 1], 1);
	rcu_read_unlock();
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, live_objects(test, source.ts), 0);
	tslab_test_finish(test, source.ts);
}

static void discard_ends_kfence_objects(struct kunit *test)
{
	struct source source = { .ts = create(test), .gfp = GFP_KERNEL };
	struct tslab *ts = source.ts;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		source.epoch = tslab_epoch_open(ts, NULL);
		kfence_object(test, &source);
		KUNIT_EXPECT_EQ(test, live_objects(test, ts), 1);
		if (i == 1)
			tslab_epoch_close(ts, source.epoch);
		tslab_epoch_discard(ts, source.epoch);
		KUNIT_EXPECT_EQ(test, live_objects(test, ts), 0);
	}
	tslab_test_finish(test, ts);
}

static void closed_epoch_keeps_kfence_objects(struct kunit *test)
{
	struct source source = { .ts = create(test), .gfp = GFP_KERNEL };
	struct tslab *ts = source.ts;
	u8 *obj;

	source.epoch = tslab_epoch_open(ts, NULL);
	obj = kfence_object(test, &source);
	tslab_epoch_close(ts, source.epoch);
	memset(obj, 1, SIZE);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, live_objects(test, ts), 0);
	tslab_test_finish(test, ts);
}

static void set_up(void *obj)
{
	memset(obj, 0x42, 120);
}

static void kfence_objects_of_caches_are_as_others(struct kunit *test)
{
	static const struct tslab_cache_args args[] = {
		{ .ctor = set_up }, { .align = 64 }, { .flags = TSLAB_CACHE_ACCOUNT },
	};
	struct source source = { .ts = create(test), .gfp = GFP_KERNEL };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(args); i++) {
		struct tslab_stats *stats;
		u8 *obj;

		source.cache = tslab_cache_create(source.ts, "guarded", 120,
						  &args[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(source.cache));
		obj = kfence_object(test, &source);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)obj,
						   args[i].align ?: 8));
		if (args[i].ctor)
			KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0x42, 120));
		stats = kunit_kzalloc(test, sizeof(*stats), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, stats);
		tslab_cache_stats(source.cache, stats);
		KUNIT_EXPECT_EQ(test, stats->live_objects, 1);
		tslab_cache_free(source.cache, obj);
		KUNIT_EXPECT_EQ(test, tslab_cache_destroy(source.cache), 0);
	}
	tslab_test_finish(test, source.ts);
}

static void objects_to_be_found_by_rcu_are_never_kfences(struct kunit *test)
{
	static const struct tslab_cache_args args = {
		.flags = TSLAB_CACHE_TYPESAFE_BY_RCU,
	};
	struct tslab *ts = create(test);
	struct tslab_cache *cache = tslab_cache_create(ts, "found", SIZE, &args);
	struct tslab_stats *stats = kunit_kzalloc(test, sizeof(*stats),
						  GFP_KERNEL);
	unsigned long end = jiffies + HZ / 4;
	void *objs[64];

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	KUNIT_ASSERT_NOT_NULL(test, stats);
	tslab_kfence_set(1);
	while (time_before(jiffies, end)) {
		KUNIT_ASSERT_EQ(test,
				tslab_cache_alloc_bulk(cache, GFP_KERNEL, 64,
						       objs), 64);
		tslab_cache_free_bulk(cache, 64, objs);
		cond_resched();
	}
	tslab_kfence_set(0);
	tslab_cache_stats(cache, stats);
	KUNIT_EXPECT_EQ(test, stats->kfence_allocs, 0);
	tslab_cache_destroy(cache);
	tslab_test_finish(test, ts);
}

static void kfence_object_has_a_handle(struct kunit *test)
{
	struct tslab *ts = create(test);
	unsigned long end = jiffies + 20 * HZ;
	tslab_handle_t handle;
	bool found = false;

	tslab_kfence_set(1);
	while (!found && time_before(jiffies, end)) {
		tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);

		handle = tslab_alloc_handle(ts, epoch, SIZE, GFP_KERNEL);
		found = is_kfence_address(tslab_handle_to_obj(ts, handle));
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
		KUNIT_EXPECT_LT(test, tslab_free_handle(ts, handle), 0);
		tslab_epoch_discard(ts, epoch);
		cond_resched();
	}
	tslab_kfence_set(0);
	KUNIT_EXPECT_TRUE(test, found);
	tslab_test_finish(test, ts);
}

static int phases_thread(void *data)
{
	struct tslab *ts = data;

	while (!kthread_should_stop()) {
		struct tslab_domain *domain = tslab_domain_open(ts, NULL);
		void *objs[24];
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(objs); i++) {
			objs[i] = tslab_domain_alloc(domain, 8 + 90 * i,
						     GFP_KERNEL);
			if (objs[i])
				memset(objs[i], i, 8 + 90 * i);
		}
		for (i = 0; i < ARRAY_SIZE(objs); i += 3)
			tslab_free(ts, objs[i]);
		tslab_domain_discard(domain);
		cond_resched();
	}
	return 0;
}

static void phases_of_all_cpus_have_kfence_objects(struct kunit *test)
{
	struct tslab *ts = create(test);
	struct task_struct *task[4];
	struct tslab_stats *stats = kunit_kzalloc(test, sizeof(*stats),
						  GFP_KERNEL);
	unsigned long end = jiffies + 20 * HZ;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, stats);
	tslab_kfence_set(3);
	for (i = 0; i < ARRAY_SIZE(task); i++)
		task[i] = kthread_run(phases_thread, ts, "phases/%u", i);
	do {
		schedule_timeout_uninterruptible(HZ / 20);
		tslab_global_stats(ts, stats);
	} while (stats->kfence_allocs < 10 && time_before(jiffies, end));
	for (i = 0; i < ARRAY_SIZE(task); i++)
		if (!IS_ERR(task[i]))
			kthread_stop(task[i]);
	tslab_kfence_set(0);
	tslab_global_stats(ts, stats);
	KUNIT_EXPECT_GE(test, stats->kfence_allocs, 10);
	KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
	KUNIT_EXPECT_EQ(test, stats->alloc_failed, 0);
	tslab_test_finish(test, ts);
}

static struct kunit_case tslab_kfence_cases[] = {
	KUNIT_CASE(object_of_kfence_is_counted_and_freed),
	KUNIT_CASE(object_of_kfence_is_zeroed),
	KUNIT_CASE(wrong_frees_of_kfence_objects_are_refused),
	KUNIT_CASE(kfence_object_is_freed_after_a_grace_period),
	KUNIT_CASE(discard_ends_kfence_objects),
	KUNIT_CASE(closed_epoch_keeps_kfence_objects),
	KUNIT_CASE(kfence_objects_of_caches_are_as_others),
	KUNIT_CASE(objects_to_be_found_by_rcu_are_never_kfences),
	KUNIT_CASE(kfence_object_has_a_handle),
	KUNIT_CASE(phases_of_all_cpus_have_kfence_objects),
	{ }
};

static struct kunit_suite tslab_kfence = {
	.name = "tslab_kfence",
	.test_cases = tslab_kfence_cases,
};

kunit_test_suite(tslab_kfence);
