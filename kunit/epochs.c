// SPDX-License-Identifier: GPL-2.0
/* Epochs: ids, close, advance, discard, labels, what returns and when. */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "common.h"

static void ids_are_unique(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_current(ts), old;
	unsigned int i;

	KUNIT_EXPECT_NE(test, (__force u64)epoch, 0);
	for (i = 0; i < 3000; i++) {
		old = epoch;
		epoch = tslab_epoch_advance(ts);
		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		/* The era is in the upper bits. */
		KUNIT_EXPECT_GT(test, (__force u64)epoch >> 12,
				(__force u64)old >> 12);
		KUNIT_EXPECT_TRUE(test, epoch == tslab_epoch_current(ts));
	}
	tslab_test_finish(test, ts);
}

static void expect_refused(struct kunit *test, struct tslab *ts,
			   tslab_epoch_t epoch)
{
	struct tslab_stats *before = tslab_test_stats(test, ts, 0), *after;
	unsigned int class;

	for (class = 0; class < TSLAB_NR_CLASSES; class++)
		KUNIT_EXPECT_NULL(test, tslab_alloc_epoch(ts, epoch,
							  tslab_geometry[class].size,
							  GFP_KERNEL));
	after = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, after->slow_path_epoch_closed,
			before->slow_path_epoch_closed + TSLAB_NR_CLASSES);
	KUNIT_EXPECT_EQ(test, after->alloc_objects, before->alloc_objects);
}

static void closed_epoch_refuses_allocation(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create(test, NULL);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	tslab_epoch_t again;
	unsigned int class, i;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		void *obj = tslab_alloc_epoch(ts, epoch,
					      tslab_geometry[class].size,
					      GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, obj);
		tslab_free(ts, obj);
	}
	KUNIT_EXPECT_GT(test, tslab_epoch_close(ts, epoch), 0);
	expect_refused(test, ts, epoch);
	/* Also once its place in the ring is open again. */
	for (i = 0; i < ts->nr_epochs; i++) {
		again = tslab_epoch_advance(ts);
		TSLAB_TEST_ASSERT_EPOCH(test, again);
	}
	expect_refused(test, ts, epoch);
	expect_refused(test, ts, TSLAB_EPOCH_NONE);
	expect_refused(test, ts, (__force tslab_epoch_t)~0ULL);
	expect_refused(test, ts, (__force tslab_epoch_t)0x5a5a5a5a5a5a5003ULL);
	expect_refused(test, ts, tslab_epoch_current(other));
	tslab_test_finish(test, other);
	tslab_test_finish(test, ts);
}

static void bad_ids_are_told_apart(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t bad[] = {
		TSLAB_EPOCH_NONE, (__force tslab_epoch_t)~0ULL,
		(__force tslab_epoch_t)(1ULL << 12 | 4095),
	};
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct tslab_epoch_stats stats;
	unsigned int i;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, bad[i]), -EINVAL);
		KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, bad[i]), -EINVAL);
		KUNIT_EXPECT_EQ(test, tslab_epoch_close_nowait(ts, bad[i]),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, bad[i], "x"),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, tslab_epoch_stats(ts, bad[i], &stats),
				-EINVAL);
		KUNIT_EXPECT_EQ(test,
				PTR_ERR(tslab_domain_wrap(ts, bad[i], false)),
				-EINVAL);
	}
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), 0);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), -ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close_nowait(ts, epoch), -ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), -ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, epoch, "x"), -ESTALE);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tslab_domain_wrap(ts, epoch, false)),
			-ESTALE);
	tslab_test_finish(test, ts);
}

struct touch {
	struct tslab *ts;
	tslab_epoch_t epoch;
};

static int touch_fn(void *data)
{
	struct touch *t = data;
	void *obj = tslab_alloc_epoch(t->ts, t->epoch, 64, GFP_KERNEL);

	if (!obj)
		return -ENOMEM;
	tslab_free(t->ts, obj);
	return 0;
}

static void close_returns_empty_slabs_of_every_cpu(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct touch touch = { .ts = ts, .epoch = epoch };
	u64 pages;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	tslab_test_on_all_cpus(test, touch_fn, &touch);
	pages = tslab_test_epoch(test, ts, epoch)->pages;
	if (ts->flags & TSLAB_SHARED_ONLY) {
		KUNIT_EXPECT_GE(test, pages, 1);
		KUNIT_EXPECT_LE(test, pages, num_online_cpus());
	} else {
		KUNIT_EXPECT_EQ(test, pages, num_online_cpus());
	}
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), pages);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), -ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->pages_released,
			pages);
	tslab_test_finish(test, ts);
}

/* As 192 bytes in a page of 4 KiB: 21, and three units of a run. */
#define SIZE	(3 * TSLAB_RUN_UNIT)

/* Of objects of which none is in two. */
static unsigned int pages_of(void **objs, unsigned int nr)
{
	unsigned int i, pages = 0;

	for (i = 0; i < nr; i++)
		pages += !i || PFN_DOWN((unsigned long)objs[i]) !=
			       PFN_DOWN((unsigned long)objs[i - 1]);
	return pages;
}

static void slab_goes_with_its_last_object(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, "draining");
	struct tslab_epoch_stats *stats;
	void *objs[4 * 21];
	unsigned int i;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = tslab_alloc_epoch(ts, epoch, SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), 0);
	/* At its home an epoch begins with a run, which 20 of them fill. */
	KUNIT_EXPECT_EQ(test, pages_of(objs, ARRAY_SIZE(objs)),
			ts->flags & TSLAB_SHARED_ONLY ? 4 : 5);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		stats = tslab_test_epoch(test, ts, epoch);
		KUNIT_EXPECT_EQ(test, stats->state, TSLAB_EPOCH_DRAINING);
		KUNIT_EXPECT_EQ(test, stats->pages,
				pages_of(objs + i, ARRAY_SIZE(objs) - i));
		KUNIT_EXPECT_EQ(test, stats->pages_at_close,
				pages_of(objs, ARRAY_SIZE(objs)));
		KUNIT_EXPECT_EQ(test, stats->live_objects,
				ARRAY_SIZE(objs) - i);
		tslab_free(ts, objs[i]);
	}
	stats = tslab_test_epoch(test, ts, epoch);
	KUNIT_EXPECT_EQ(test, stats->state, TSLAB_EPOCH_DRAINED);
	KUNIT_EXPECT_EQ(test, stats->pages, 0);
	tslab_test_finish(test, ts);
}

static void straggler_is_skipped(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 4 };
	struct tslab *ts = tslab_test_create(test, &params);
	tslab_epoch_t straggler = tslab_epoch_current(ts), epoch;
	void *obj = tslab_alloc(ts, 64, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	for (i = 0; i < 50; i++) {
		epoch = tslab_epoch_advance(ts);
		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		KUNIT_EXPECT_NE(test, (__force u64)epoch & 0xfff,
				(__force u64)straggler & 0xfff);
	}
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts,
					       straggler)->live_objects, 1);
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, straggler)->state,
			TSLAB_EPOCH_DRAINED);
	tslab_test_finish(test, ts);
}

/**
 * struct waiter - a task that waits for a place of the ring
 * @ts: instance
 * @timeout: for how long, in jiffies
 * @epoch: what it got
 * @begun: it can be killed
 * @done: it has got something
 */
struct waiter {
	struct tslab *ts;
	long timeout;
	tslab_epoch_t epoch;
	struct completion begun;
	struct completion done;
};

static int waiter_fn(void *data)
{
	struct waiter *waiter = data;

	/* Those of the kernel's that are not asked for do not get here. */
	allow_signal(SIGKILL);
	complete(&waiter->begun);
	waiter->epoch = tslab_epoch_open_wait(waiter->ts, NULL,
					      waiter->timeout);
	complete(&waiter->done);
	return 0;
}

static struct task_struct *wait_for_room(struct kunit *test,
					 struct waiter *waiter)
{
	struct task_struct *task;

	init_completion(&waiter->begun);
	init_completion(&waiter->done);
	task = kthread_run(waiter_fn, waiter, "tslab_waiter");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&waiter->begun);
	return task;
}

static void full_ring_is_waited_for(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 4 };
	struct waiter first = { .timeout = MAX_SCHEDULE_TIMEOUT };
	struct waiter second = { .timeout = 600 * HZ };
	struct tslab *ts = tslab_test_create(test, &params);
	tslab_epoch_t opened[3];
	unsigned int i;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(opened); i++) {
		opened[i] = tslab_epoch_open_wait(ts, NULL, 0);
		TSLAB_TEST_ASSERT_EPOCH(test, opened[i]);
	}
	KUNIT_EXPECT_EQ(test, tslab_epoch_err(tslab_epoch_open(ts, NULL)),
			-EBUSY);
	KUNIT_EXPECT_EQ(test,
			tslab_epoch_err(tslab_epoch_open_wait(ts, NULL, 0)),
			-EBUSY);
	KUNIT_EXPECT_EQ(test,
			tslab_epoch_err(tslab_epoch_open_wait(ts, NULL, 3)),
			-EBUSY);
	obj = tslab_alloc_epoch(ts, opened[0], 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);

	first.ts = ts;
	wait_for_room(test, &first);
	second.ts = ts;
	wait_for_room(test, &second);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, opened[0]), 0);
	/* What is closed is not drained yet. */
	KUNIT_EXPECT_FALSE(test, completion_done(&first.done));
	KUNIT_EXPECT_FALSE(test, completion_done(&second.done));
	/* The last object of one, and a discard. */
	tslab_free(ts, obj);
	KUNIT_EXPECT_GE(test, tslab_epoch_discard(ts, opened[1]), 0);
	wait_for_completion(&first.done);
	wait_for_completion(&second.done);
	TSLAB_TEST_ASSERT_EPOCH(test, first.epoch);
	TSLAB_TEST_ASSERT_EPOCH(test, second.epoch);
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, first.epoch), 0);
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, second.epoch), 0);
	tslab_test_finish(test, ts);
}

static void waiting_can_be_killed(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 2 };
	struct waiter waiter = { .timeout = MAX_SCHEDULE_TIMEOUT };
	tslab_epoch_t opened;
	struct task_struct *task;

	waiter.ts = tslab_test_create(test, &params);
	opened = tslab_epoch_open(waiter.ts, NULL);
	TSLAB_TEST_ASSERT_EPOCH(test, opened);
	task = wait_for_room(test, &waiter);
	/* Whether it sleeps already or not. */
	send_sig(SIGKILL, task, 1);
	wait_for_completion(&waiter.done);
	KUNIT_EXPECT_EQ(test, tslab_epoch_err(waiter.epoch), -EINTR);
	tslab_test_finish(test, waiter.ts);
}

static void opened_epoch_outlives_advances(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t sessions = tslab_epoch_open(ts, "sessions");
	void *objs[60];
	unsigned int i;

	TSLAB_TEST_ASSERT_EPOCH(test, sessions);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
		objs[i] = tslab_alloc_epoch(ts, sessions, 96, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(objs[i]),
				(__force u64)sessions);
	}
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		tslab_free(ts, objs[i]);
	tslab_test_finish(test, ts);
}

static void full_ring_is_busy(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 2 };
	struct tslab *ts = tslab_test_create(test, &params);
	tslab_epoch_t current_epoch = tslab_epoch_current(ts);
	tslab_epoch_t other = tslab_epoch_open(ts, NULL);
	void *obj;

	TSLAB_TEST_ASSERT_EPOCH(test, other);
	KUNIT_EXPECT_EQ(test, tslab_epoch_err(tslab_epoch_open(ts, NULL)),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, tslab_epoch_err(tslab_epoch_advance(ts)), -EBUSY);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, current_epoch), -EBUSY);
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, current_epoch), -EBUSY);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close_nowait(ts, current_epoch),
			-EBUSY);
	/* Nothing has changed. */
	KUNIT_EXPECT_TRUE(test, tslab_epoch_current(ts) == current_epoch);
	obj = tslab_alloc_epoch(ts, other, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, other), 0);
	KUNIT_EXPECT_EQ(test, tslab_epoch_err(tslab_epoch_advance(ts)), -EBUSY);
	tslab_free(ts, obj);
	TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
	tslab_test_finish(test, ts);
}

static void largest_ring(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 4096 };
	struct tslab *ts = tslab_test_create(test, &params);
	unsigned int i;
	void *obj;

	for (i = 1; i < 200; i++) {
		tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);

		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		obj = tslab_alloc_epoch(ts, epoch, 64, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		tslab_free(ts, obj);
	}
	/* Memory for those that were used, and for no other. */
	KUNIT_EXPECT_NOT_NULL(test, ts->epochs[199]);
	KUNIT_EXPECT_NULL(test, ts->epochs[200]);
	KUNIT_EXPECT_NULL(test, ts->epochs[4095]);
	tslab_test_finish(test, ts);
}

static void eras_never_share_a_page(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epochs[2];
	void *(*objs)[200];
	unsigned int i, j;

	objs = kunit_kcalloc(test, 2, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	epochs[0] = tslab_epoch_open(ts, "a");
	epochs[1] = tslab_epoch_open(ts, "b");
	for (i = 0; i < 200; i++)
		for (j = 0; j < 2; j++) {
			objs[j][i] = tslab_alloc_epoch(ts, epochs[j], 64,
						       GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[j][i]);
			if (i % 3)
				continue;
			tslab_free(ts, objs[j][i]);
			objs[j][i] = NULL;
		}
	for (i = 0; i < 200; i++)
		for (j = 0; objs[0][i] && j < 200; j++)
			KUNIT_EXPECT_NE(test,
					(unsigned long)objs[0][i] >> PAGE_SHIFT,
					(unsigned long)objs[1][j] >> PAGE_SHIFT);
	for (i = 0; i < 200; i++)
		for (j = 0; j < 2; j++)
			tslab_free(ts, objs[j][i]);
	tslab_test_finish(test, ts);
}

static void discard_frees_everything(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	tslab_epoch_t keep = tslab_epoch_open(ts, "kept");
	struct tslab_epoch_stats *stats;
	void *kept[100], *obj = NULL;
	unsigned int i;
	u64 pages;

	for (i = 0; i < 1000; i++) {
		obj = tslab_alloc_epoch(ts, epoch, 64 + i * 7 % 4000,
					GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
	}
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		kept[i] = tslab_alloc_epoch(ts, keep, 64, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, kept[i]);
	}
	pages = tslab_test_epoch(test, ts, epoch)->pages;
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), pages);
	stats = tslab_test_epoch(test, ts, epoch);
	KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
	KUNIT_EXPECT_EQ(test, stats->pages, 0);
	KUNIT_EXPECT_EQ(test, stats->state, TSLAB_EPOCH_DRAINED);
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), -ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects,
			ARRAY_SIZE(kept));
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		tslab_free(ts, kept[i]);

	/* One that drains already, and the current one. */
	obj = tslab_alloc(ts, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	epoch = tslab_epoch_current(ts);
	TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), 1);
	obj = tslab_alloc(ts, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	epoch = tslab_epoch_current(ts);
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), 1);
	KUNIT_EXPECT_FALSE(test, epoch == tslab_epoch_current(ts));
	tslab_test_finish(test, ts);
}

static void nowait_close_finishes_by_itself(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch;
	unsigned int i;
	void *obj;

	for (i = 0; i < 100; i++) {
		epoch = tslab_epoch_open(ts, NULL);
		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		obj = tslab_alloc_epoch(ts, epoch, 64, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		tslab_free(ts, obj);
		preempt_disable();
		KUNIT_EXPECT_EQ(test, tslab_epoch_close_nowait(ts, epoch), 0);
		preempt_enable();
		KUNIT_EXPECT_NULL(test, tslab_alloc_epoch(ts, epoch, 64,
							  GFP_KERNEL));
		/* Does the deferred part, unless it was done. */
		KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), -ESTALE);
		KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->pages,
				0);
	}
	tslab_test_finish(test, ts);
}

static void discard_after_nowait_close(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct touch touch = { .ts = ts };
	unsigned int i;

	for (i = 0; i < 20; i++) {
		touch.epoch = tslab_epoch_open(ts, NULL);
		TSLAB_TEST_ASSERT_EPOCH(test, touch.epoch);
		/* Slabs that CPUs own, and live objects. */
		tslab_test_on_all_cpus(test, touch_fn, &touch);
		KUNIT_ASSERT_NOT_NULL(test, tslab_alloc_epoch(ts, touch.epoch,
							      128, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, tslab_epoch_close_nowait(ts, touch.epoch),
				0);
		KUNIT_EXPECT_GT(test, tslab_epoch_discard(ts, touch.epoch), 0);
		KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts,
						       touch.epoch)->state,
				TSLAB_EPOCH_DRAINED);
	}
	tslab_test_finish(test, ts);
}

static void labels(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 2 };
	struct tslab *ts = tslab_test_create(test, &params);
	tslab_epoch_t epoch = tslab_epoch_open(ts, "first");

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	KUNIT_EXPECT_STREQ(test, tslab_test_epoch(test, ts, epoch)->label,
			   "first");
	KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, epoch,
						    "0123456789012345678901234567890"),
			0);
	KUNIT_EXPECT_STREQ(test, tslab_test_epoch(test, ts, epoch)->label,
			   "0123456789012345678901234567890");
	KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, epoch,
						    "01234567890123456789012345678901"),
			-ENAMETOOLONG);
	KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, epoch, NULL), 0);
	KUNIT_EXPECT_STREQ(test, tslab_test_epoch(test, ts, epoch)->label, "");
	KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, epoch, "last"), 0);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), 0);
	epoch = tslab_epoch_open(ts, NULL);
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	KUNIT_EXPECT_STREQ(test, tslab_test_epoch(test, ts, epoch)->label, "");
	tslab_test_finish(test, ts);
}

static void retention(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t short_lived = tslab_epoch_open(ts, "short");
	tslab_epoch_t long_lived = tslab_epoch_open(ts, "long");
	unsigned int i, n = 10000 * (PAGE_SIZE / SZ_4K), pinned = 0;
	struct rnd_state rnd;
	u64 peak, kept;
	void **objs;

	objs = kvcalloc(n, sizeof(*objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	prandom_seed_state(&rnd, 5);
	for (i = 0; i < n; i++) {
		bool pin = prandom_u32_state(&rnd) % 100 < 5;
		void *obj = tslab_alloc_epoch(ts, pin ? long_lived :
					      short_lived, 128, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, obj);
		if (pin)
			objs[n - 1 - pinned++] = obj;
		else
			objs[i - pinned] = obj;
	}
	peak = tslab_test_stats(test, ts, 128)->committed_bytes;
	for (i = 0; i < n - pinned; i++)
		tslab_free(ts, objs[i]);
	KUNIT_EXPECT_GT(test, tslab_epoch_close(ts, short_lived), 0);
	kept = tslab_test_stats(test, ts, 128)->committed_bytes;
	KUNIT_EXPECT_LE(test, kept * 100, peak * 6);
	for (; i < n; i++)
		tslab_free(ts, objs[i]);
	kvfree(objs);
	tslab_test_finish(test, ts);
}

static void shrinker_returns_every_empty_slab(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_epoch *epoch;
	void *objs[5 * 21];
	unsigned int i;
	long pages = 0;

	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = tslab_alloc(ts, SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		tslab_free(ts, objs[i]);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, SIZE)->empty_slabs, 5);
	/* What the shrinker does with each epoch. */
	epoch = ts->epochs[0];
	pages = tslab_cpu_shrink(epoch, NUMA_NO_NODE);
	tslab_bin_reclaim(tslab_bin_of(epoch, tslab_type_of(ts, SIZE)), 0,
			  &pages);
	KUNIT_EXPECT_EQ(test, pages, 5);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, SIZE)->empty_slabs, 0);
	/* The epoch goes on as before. */
	objs[0] = tslab_alloc(ts, SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs[0]);
	tslab_free(ts, objs[0]);
	tslab_test_finish(test, ts);
}

static struct kunit_case epochs_cases[] = {
	KUNIT_CASE_PARAM(ids_are_unique, tslab_test_tiers),
	KUNIT_CASE_PARAM(closed_epoch_refuses_allocation, tslab_test_tiers),
	KUNIT_CASE_PARAM(bad_ids_are_told_apart, tslab_test_tiers),
	KUNIT_CASE_PARAM(close_returns_empty_slabs_of_every_cpu,
			 tslab_test_tiers),
	KUNIT_CASE_PARAM(slab_goes_with_its_last_object, tslab_test_tiers),
	KUNIT_CASE(straggler_is_skipped),
	KUNIT_CASE(full_ring_is_waited_for),
	KUNIT_CASE(waiting_can_be_killed),
	KUNIT_CASE_PARAM(opened_epoch_outlives_advances, tslab_test_tiers),
	KUNIT_CASE(full_ring_is_busy),
	KUNIT_CASE(largest_ring),
	KUNIT_CASE_PARAM(eras_never_share_a_page, tslab_test_tiers),
	KUNIT_CASE_PARAM(discard_frees_everything, tslab_test_tiers),
	KUNIT_CASE_PARAM(nowait_close_finishes_by_itself, tslab_test_tiers),
	KUNIT_CASE_PARAM(discard_after_nowait_close, tslab_test_tiers),
	KUNIT_CASE(labels),
	KUNIT_CASE_PARAM(retention, tslab_test_tiers),
	KUNIT_CASE_PARAM(shrinker_returns_every_empty_slab, tslab_test_tiers),
	{}
};

static struct kunit_suite epochs_suite = {
	.name = "tslab_epochs",
	.test_cases = epochs_cases,
};

kunit_test_suite(epochs_suite);
