// SPDX-License-Identifier: GPL-2.0
/* Frees that are refused, and frees after a grace period. */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "common.h"

/* Expects one more of a counter, and nothing else changed, by a free. */
#define EXPECT_REFUSED(test, ts, counter, call) do {			\
	struct tslab_stats *before = tslab_test_stats(test, ts, 0);	\
	struct tslab_stats *after;					\
									\
	call;								\
	after = tslab_test_stats(test, ts, 0);				\
	KUNIT_EXPECT_EQ(test, after->counter, before->counter + 1);	\
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(after),		\
			tslab_test_refusals(before) + 1);		\
	KUNIT_EXPECT_EQ(test, after->free_objects, before->free_objects); \
	KUNIT_EXPECT_EQ(test, after->live_objects, before->live_objects); \
	KUNIT_EXPECT_EQ(test, after->committed_bytes,			\
			before->committed_bytes);			\
} while (0)

static void double_free_in_each_slab_state(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	void *objs[3 * 32 + 1];
	unsigned int i;

	/* Slabs of 32: full ones, and one that is allocated from. */
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = tslab_alloc(ts, 128, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	/* Of the slab in use. */
	tslab_free(ts, objs[ARRAY_SIZE(objs) - 1]);
	EXPECT_REFUSED(test, ts, free_double,
		       tslab_free(ts, objs[ARRAY_SIZE(objs) - 1]));
	/* Of a full slab that is partial now. */
	tslab_free(ts, objs[0]);
	EXPECT_REFUSED(test, ts, free_double, tslab_free(ts, objs[0]));
	/* Of one that is empty, and kept. */
	for (i = 1; i < ARRAY_SIZE(objs) - 1; i++)
		tslab_free(ts, objs[i]);
	EXPECT_REFUSED(test, ts, free_double, tslab_free(ts, objs[0]));
	EXPECT_REFUSED(test, ts, free_double, tslab_free(ts, objs[40]));
	/* Of a page that is not ours any more. */
	KUNIT_EXPECT_GT(test, tslab_epoch_close(ts, tslab_epoch_current(ts)),
			0);
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, objs[0]));
	tslab_test_finish(test, ts);
}

static void pointers_that_are_no_objects(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create(test, NULL);
	void *vmem = vmalloc(PAGE_SIZE), *kmem = kmalloc(128, GFP_KERNEL);
	void *foreign = tslab_alloc(other, 128, GFP_KERNEL);
	unsigned long addr;
	int on_stack;
	char *obj;

	obj = tslab_alloc(ts, 96, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_ASSERT_NOT_NULL(test, vmem);
	KUNIT_ASSERT_NOT_NULL(test, kmem);
	KUNIT_ASSERT_NOT_NULL(test, foreign);

	tslab_free(ts, NULL);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, ts,
								   0)), 0);
	EXPECT_REFUSED(test, ts, free_invalid, tslab_free(ts, obj + 1));
	EXPECT_REFUSED(test, ts, free_invalid, tslab_free(ts, obj + 95));
	/* Behind the last of 42 slots. */
	addr = ALIGN_DOWN((unsigned long)obj, PAGE_SIZE) + 42 * 96;
	EXPECT_REFUSED(test, ts, free_invalid, tslab_free(ts, (void *)addr));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, foreign));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, &on_stack));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, vmem));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, kmem));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, tslab_create));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, (void *)8));
	EXPECT_REFUSED(test, ts, free_foreign,
		       tslab_free(ts, ERR_PTR(-ENOMEM)));
	EXPECT_REFUSED(test, ts, free_foreign,
		       tslab_free(ts, (void *)0x5a5a5a5a5a5a5a5aUL));
	EXPECT_REFUSED(test, ts, free_foreign,
		       KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, kmem), 0));
	EXPECT_REFUSED(test, ts, free_invalid,
		       KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj + 8), 0));
	tslab_free(ts, obj);
	EXPECT_REFUSED(test, ts, free_double,
		       KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj), 0));
	EXPECT_REFUSED(test, ts, free_double,
		       KUNIT_EXPECT_NULL(test, tslab_realloc(ts, obj, 512,
							     GFP_KERNEL)));
	kfree(kmem);
	vfree(vmem);
	tslab_free(other, foreign);
	tslab_test_finish(test, other);
	tslab_test_finish(test, ts);
}

struct rcu_object {
	long payload;
	struct rcu_head rcu;
};

static void free_rcu_waits_for_readers(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct rcu_object *objs[50];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = tslab_alloc(ts, sizeof(*objs[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		objs[i]->payload = i;
	}
	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		tslab_free_rcu(ts, objs[i], &objs[i]->rcu);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		KUNIT_EXPECT_EQ(test, objs[i]->payload, i);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(objs[0]),
			(__force u64)tslab_epoch_current(ts));
	rcu_read_unlock();
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 0);
	tslab_free_rcu(ts, NULL, NULL);
	tslab_test_finish(test, ts);
}

static void free_rcu_refuses_misuse(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct rcu_object *obj, other;

	obj = tslab_alloc(ts, sizeof(*obj), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	EXPECT_REFUSED(test, ts, free_invalid,
		       tslab_free_rcu(ts, obj, &other.rcu));
	EXPECT_REFUSED(test, ts, free_invalid,
		       tslab_free_rcu(ts, (void *)obj + 8, &obj->rcu));
	EXPECT_REFUSED(test, ts, free_foreign,
		       tslab_free_rcu(ts, &other, &other.rcu));
	tslab_free(ts, obj);
	EXPECT_REFUSED(test, ts, free_double,
		       tslab_free_rcu(ts, obj, &obj->rcu));
	rcu_barrier();
	tslab_test_finish(test, ts);
}

static void discard_waits_for_free_rcu(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct rcu_object *obj;
	unsigned int i;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < 500; i++) {
		obj = tslab_alloc_epoch(ts, epoch, sizeof(*obj), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		if (i % 2)
			tslab_free_rcu(ts, obj, &obj->rcu);
	}
	KUNIT_EXPECT_GT(test, tslab_epoch_discard(ts, epoch), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_double, 0);
	tslab_test_finish(test, ts);
}

static struct kunit_case frees_cases[] = {
	KUNIT_CASE_PARAM(double_free_in_each_slab_state, tslab_test_tiers),
	KUNIT_CASE_PARAM(pointers_that_are_no_objects, tslab_test_tiers),
	KUNIT_CASE_PARAM(free_rcu_waits_for_readers, tslab_test_tiers),
	KUNIT_CASE_PARAM(free_rcu_refuses_misuse, tslab_test_tiers),
	KUNIT_CASE_PARAM(discard_waits_for_free_rcu, tslab_test_tiers),
	{}
};

static struct kunit_suite frees_suite = {
	.name = "tslab_frees",
	.test_cases = frees_cases,
};

kunit_test_suite(frees_suite);
