// SPDX-License-Identifier: GPL-2.0
/* Each allocation the allocator makes fails in turn. */
#include <linux/sched.h>

#include "common.h"

#ifdef CONFIG_FAULT_INJECTION

/*
 * Runs an operation with the first, the second, ... of its allocations
 * failing, until it has none left to fail. The operation returns whether it
 * succeeded; while a fault fired, it must not have.
 */
static unsigned int fail_each(struct kunit *test,
			      bool (*op)(struct kunit *test, void *data),
			      void *data)
{
	unsigned int nth;

	for (nth = 1; nth < 100; nth++) {
		bool fired, ok;

		current->fail_nth = nth;
		ok = op(test, data);
		fired = !current->fail_nth;
		current->fail_nth = 0;
		KUNIT_EXPECT_EQ(test, ok, !fired);
		if (!fired)
			return nth - 1;
	}
	KUNIT_FAIL(test, "no end of faults");
	return nth;
}

static bool create_op(struct kunit *test, void *data)
{
	struct tslab *ts = tslab_create("faults", data);
	unsigned int left = current->fail_nth;

	if (IS_ERR(ts)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(ts), -ENOMEM);
		return false;
	}
	/* Not in what follows. */
	current->fail_nth = 0;
	tslab_test_finish(test, ts);
	current->fail_nth = left;
	return true;
}

static void create_fails_cleanly(struct kunit *test)
{
	/* Instance, counters, ring, bitmap, epoch, CPU mask. */
	KUNIT_EXPECT_EQ(test, fail_each(test, create_op,
					(void *)test->param_value), 6);
}

struct alloc_op {
	struct tslab *ts;
	size_t size;
};

static bool alloc_op(struct kunit *test, void *data)
{
	struct alloc_op *op = data;
	void *obj = tslab_alloc(op->ts, op->size, GFP_KERNEL);

	if (!obj)
		return false;
	tslab_free(op->ts, obj);
	return true;
}

static void alloc_fails_cleanly(struct kunit *test)
{
	unsigned int class;

	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		struct alloc_op op = {
			.ts = tslab_test_create_tier(test),
			.size = tslab_geometry[class].size,
		};
		struct tslab_stats *stats;

		/* Descriptor, pages, and the CPUs' places for them. */
		KUNIT_EXPECT_EQ(test, fail_each(test, alloc_op, &op), 3);
		stats = tslab_test_stats(test, op.ts, op.size);
		KUNIT_EXPECT_EQ(test, stats->alloc_failed, 3);
		KUNIT_EXPECT_EQ(test, stats->alloc_objects, 1);
		KUNIT_EXPECT_EQ(test, stats->new_slab_count, 1);
		tslab_test_finish(test, op.ts);
	}
}

static bool handle_op(struct kunit *test, void *data)
{
	struct alloc_op *op = data;
	tslab_handle_t handle = tslab_alloc_handle(op->ts, TSLAB_EPOCH_NONE,
						   op->size, GFP_KERNEL);

	if (handle == TSLAB_HANDLE_NONE)
		return false;
	KUNIT_EXPECT_EQ(test, tslab_free_handle(op->ts, handle), 0);
	return true;
}

static void handle_fails_cleanly(struct kunit *test)
{
	struct alloc_op op = {
		.ts = tslab_test_create_tier(test),
		.size = 128,
	};

	/* Descriptor, pages, the CPUs' places, and the handle's entry. */
	KUNIT_EXPECT_EQ(test, fail_each(test, handle_op, &op), 4);
	tslab_test_finish(test, op.ts);
}

static void handle_of_each_class_fails_cleanly(struct kunit *test)
{
	struct alloc_op op = {
		.ts = tslab_test_create_tier(test),
		.size = tslab_test_geometry(test)->size,
	};
	struct tslab_stats *stats;

	KUNIT_EXPECT_EQ(test, fail_each(test, handle_op, &op), 4);
	stats = tslab_test_stats(test, op.ts, op.size);
	KUNIT_EXPECT_EQ(test, stats->alloc_failed, 3);
	/* One object was there when its handle failed, and went again. */
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, 2);
	KUNIT_EXPECT_EQ(test, stats->free_objects, 2);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, 1);
	tslab_test_finish(test, op.ts);
}

struct realloc_op {
	struct tslab *ts;
	void *obj;
};

static bool realloc_op(struct kunit *test, void *data)
{
	struct realloc_op *op = data;
	void *new = tslab_realloc(op->ts, op->obj, 1024, GFP_KERNEL);

	/* Moved, or as it was. */
	KUNIT_EXPECT_NULL(test, memchr_inv(new ?: op->obj, 0x5a, 200));
	if (!new) {
		KUNIT_EXPECT_EQ(test, tslab_obj_size(op->ts, op->obj), 256);
		return false;
	}
	op->obj = new;
	return true;
}

static void realloc_fails_cleanly(struct kunit *test)
{
	struct realloc_op op = { .ts = tslab_test_create_tier(test) };

	op.obj = tslab_alloc(op.ts, 200, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, op.obj);
	memset(op.obj, 0x5a, 200);
	KUNIT_EXPECT_EQ(test, fail_each(test, realloc_op, &op), 3);
	KUNIT_EXPECT_EQ(test, tslab_obj_size(op.ts, op.obj), 1024);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, op.ts, 0)->live_objects,
			1);
	tslab_free(op.ts, op.obj);
	tslab_test_finish(test, op.ts);
}

/* Whoever cannot take NULL does not get it. */
static void nofail_does_not_fail(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int left;
	void *obj;

	current->fail_nth = 1;
	obj = tslab_alloc(ts, 64, GFP_KERNEL | __GFP_NOFAIL);
	left = current->fail_nth;
	current->fail_nth = 0;
	KUNIT_EXPECT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, left, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->alloc_failed, 0);
	tslab_free(ts, obj);
	tslab_test_finish(test, ts);
}

static bool open_op(struct kunit *test, void *data)
{
	struct tslab *ts = data;
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);

	if (tslab_epoch_err(epoch)) {
		KUNIT_EXPECT_EQ(test, tslab_epoch_err(epoch), -ENOMEM);
		return false;
	}
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), 0);
	return true;
}

static bool advance_op(struct kunit *test, void *data)
{
	struct tslab *ts = data;
	tslab_epoch_t before = tslab_epoch_current(ts);
	tslab_epoch_t epoch = tslab_epoch_advance(ts);

	if (!tslab_epoch_err(epoch))
		return true;
	KUNIT_EXPECT_EQ(test, tslab_epoch_err(epoch), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, tslab_epoch_current(ts) == before);
	return false;
}

static void epochs_fail_cleanly(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);

	/* Epoch, CPU mask; each try takes the next place. */
	KUNIT_EXPECT_EQ(test, fail_each(test, open_op, ts), 2);
	KUNIT_EXPECT_EQ(test, fail_each(test, advance_op, ts), 2);
	tslab_test_finish(test, ts);
}

static bool domain_op(struct kunit *test, void *data)
{
	struct tslab_domain *domain = tslab_domain_create(data);

	if (IS_ERR(domain)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(domain), -ENOMEM);
		return false;
	}
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	return true;
}

static bool wrap_op(struct kunit *test, void *data)
{
	struct tslab *ts = data;
	tslab_epoch_t epoch = tslab_epoch_current(ts);
	struct tslab_domain *domain = tslab_domain_wrap(ts, epoch, true);

	if (IS_ERR(domain)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(domain), -ENOMEM);
		/* It was never entered: the epoch is as it was. */
		KUNIT_EXPECT_EQ(test, (__force u64)tslab_epoch_current(ts),
				(__force u64)epoch);
		return false;
	}
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	return true;
}

static void domain_fails_cleanly(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);

	/* The domain and the record of its task. */
	KUNIT_EXPECT_EQ(test, fail_each(test, domain_op, ts), 2);
	KUNIT_EXPECT_EQ(test, fail_each(test, wrap_op, ts), 2);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts,
					       tslab_epoch_current(ts))->domains,
			0);
	tslab_test_finish(test, ts);
}

#else

static void create_fails_cleanly(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}

#define alloc_fails_cleanly	create_fails_cleanly
#define handle_fails_cleanly	create_fails_cleanly
#define handle_of_each_class_fails_cleanly	create_fails_cleanly
#define realloc_fails_cleanly	create_fails_cleanly
#define nofail_does_not_fail	create_fails_cleanly
#define epochs_fail_cleanly	create_fails_cleanly
#define domain_fails_cleanly	create_fails_cleanly

#endif

static struct kunit_case faults_cases[] = {
	KUNIT_CASE_PARAM(create_fails_cleanly, tslab_test_tiers),
	KUNIT_CASE_PARAM(alloc_fails_cleanly, tslab_test_tiers),
	KUNIT_CASE_PARAM(handle_fails_cleanly, tslab_test_tiers),
	KUNIT_CASE_PARAM(handle_of_each_class_fails_cleanly,
			 tslab_test_classes),
	KUNIT_CASE_PARAM(realloc_fails_cleanly, tslab_test_tiers),
	KUNIT_CASE_PARAM(nofail_does_not_fail, tslab_test_tiers),
	KUNIT_CASE_PARAM(epochs_fail_cleanly, tslab_test_tiers),
	KUNIT_CASE(domain_fails_cleanly),
	{}
};

static struct kunit_suite faults_suite = {
	.name = "tslab_faults",
	.test_cases = faults_cases,
};

kunit_test_suite(faults_suite);
