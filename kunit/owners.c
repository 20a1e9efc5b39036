// SPDX-License-Identifier: GPL-2.0
/* Owners that are asked, when memory is short, which epochs can go. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/srcu.h>

#include "common.h"

#define EPOCHS	80	/* more than are asked for at once */
#define OBJS	8	/* each of a page */

struct asked {
	struct tslab_owner owner;
	struct kunit *test;
	struct tslab *ts;
	bool gone;		/* and is not to be asked any more */
	int answer;
	tslab_epoch_t keep;	/* of those it keeps one */
	int (*instead)(struct asked *asked, tslab_epoch_t epoch);
	int said;		/* of instead() */
	unsigned int nr;
	tslab_epoch_t epoch[EPOCHS];
	unsigned long pages[EPOCHS];
};

static int ask(struct tslab_owner *owner, tslab_epoch_t epoch,
	       unsigned long pages, gfp_t gfp)
{
	struct asked *asked = container_of(owner, struct asked, owner);

	KUNIT_EXPECT_FALSE(asked->test, READ_ONCE(asked->gone));
	if (asked->nr < EPOCHS) {
		asked->epoch[asked->nr] = epoch;
		asked->pages[asked->nr] = pages;
	}
	asked->nr++;
	if (asked->instead)
		asked->said = asked->instead(asked, epoch);
	return epoch == asked->keep ? TSLAB_OWNER_KEEPS : asked->answer;
}

static struct asked *asked_new(struct kunit *test)
{
	struct asked *asked = kunit_kzalloc(test, sizeof(*asked), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, asked);
	asked->owner.ask = ask;
	asked->test = test;
	asked->ts = tslab_test_create(test, NULL);
	return asked;
}

/* As the shrinker does, and as lockdep sees it. */
static unsigned long scan(struct asked *asked, unsigned long nr)
{
	unsigned long pages;
	int srcu;

	fs_reclaim_acquire(GFP_KERNEL);
	srcu = srcu_read_lock(&tslab_instances_srcu);
	pages = tslab_owner_scan(asked->ts, NULL, nr, GFP_KERNEL);
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	fs_reclaim_release(GFP_KERNEL);
	return pages;
}

static unsigned long count(struct asked *asked)
{
	unsigned long pages;
	int srcu;

	srcu = srcu_read_lock(&tslab_instances_srcu);
	pages = tslab_owner_count(asked->ts, NULL);
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	return pages;
}

static tslab_epoch_t fill(struct asked *asked, unsigned int objs)
{
	struct kunit *test = asked->test;
	tslab_epoch_t epoch = tslab_epoch_open(asked->ts, NULL);

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	while (objs--)
		KUNIT_ASSERT_NOT_NULL(test,
				      tslab_alloc_epoch(asked->ts, epoch,
							PAGE_SIZE, GFP_KERNEL));
	return epoch;
}

static u64 pages_of(struct asked *asked, tslab_epoch_t epoch)
{
	return tslab_test_epoch(asked->test, asked->ts, epoch)->pages;
}

static enum tslab_epoch_state state_of(struct asked *asked, tslab_epoch_t epoch)
{
	return tslab_test_epoch(asked->test, asked->ts, epoch)->state;
}

static void oldest_is_asked_for_first(struct kunit *test)
{
	struct asked *asked = asked_new(test);
	tslab_epoch_t epoch[3];
	u64 pages[3], sum = 0;
	void *obj = tslab_alloc(asked->ts, 64, GFP_KERNEL);
	unsigned int i;

	/* A place of the ring that is used again is young again. */
	tslab_epoch_discard(asked->ts, fill(asked, OBJS));
	for (i = 0; i < ARRAY_SIZE(epoch); i++) {
		epoch[i] = fill(asked, OBJS * (i + 1));
		pages[i] = pages_of(asked, epoch[i]);
		sum += pages[i];
	}
	KUNIT_EXPECT_EQ(test, count(asked), 0);
	KUNIT_EXPECT_EQ(test, scan(asked, ULONG_MAX), 0);
	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, &asked->owner), 0);
	KUNIT_EXPECT_EQ(test, count(asked), sum);

	/* The current one, which has an object, and an empty one are left alone. */
	fill(asked, 0);
	KUNIT_EXPECT_EQ(test, scan(asked, ULONG_MAX), 0);
	KUNIT_ASSERT_EQ(test, asked->nr, 3);
	for (i = 0; i < ARRAY_SIZE(epoch); i++) {
		KUNIT_EXPECT_EQ(test, (__force u64)asked->epoch[i],
				(__force u64)epoch[i]);
		KUNIT_EXPECT_EQ(test, asked->pages[i], pages[i]);
	}

	/* No more go than are wanted; what is full stays in a closed one. */
	asked->nr = 0;
	asked->answer = TSLAB_OWNER_DISCARDS;
	KUNIT_EXPECT_EQ(test, scan(asked, 1), pages[0]);
	KUNIT_EXPECT_EQ(test, asked->nr, 1);
	KUNIT_EXPECT_EQ(test, state_of(asked, epoch[0]), TSLAB_EPOCH_DRAINED);
	KUNIT_EXPECT_EQ(test, count(asked), sum - pages[0]);
	asked->answer = TSLAB_OWNER_CLOSES;
	asked->keep = epoch[2];
	KUNIT_EXPECT_EQ(test, scan(asked, 1), 0);
	KUNIT_EXPECT_EQ(test, asked->nr, 3);
	KUNIT_EXPECT_EQ(test, state_of(asked, epoch[1]), TSLAB_EPOCH_DRAINING);
	KUNIT_EXPECT_EQ(test, state_of(asked, epoch[2]), TSLAB_EPOCH_OPEN);

	/* It can still be had. */
	asked->answer = TSLAB_OWNER_DISCARDS;
	KUNIT_EXPECT_EQ(test, scan(asked, ULONG_MAX), pages[1]);
	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, NULL), 0);
	asked->gone = true;
	KUNIT_EXPECT_EQ(test, scan(asked, ULONG_MAX), 0);
	tslab_free(asked->ts, obj);
	tslab_epoch_discard(asked->ts, epoch[2]);
	tslab_test_finish(test, asked->ts);
}

/* However many are kept, the others are asked for. */
static void kept_ones_hide_none(struct kunit *test)
{
	struct asked *asked = asked_new(test);
	tslab_epoch_t last = TSLAB_EPOCH_NONE;
	unsigned int i, scans = 0;
	unsigned long pages = 0;

	for (i = 0; i < EPOCHS; i++)
		last = fill(asked, 1);
	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, &asked->owner), 0);
	asked->answer = TSLAB_OWNER_KEEPS;
	while (asked->nr < EPOCHS && scans < EPOCHS) {
		pages += scan(asked, ULONG_MAX);
		scans++;
	}
	KUNIT_EXPECT_EQ(test, pages, 0);
	KUNIT_EXPECT_GT(test, scans, 1);
	KUNIT_EXPECT_EQ(test, (__force u64)asked->epoch[EPOCHS - 1],
			(__force u64)last);
	/* And after the last the first again. */
	asked->nr = 0;
	scan(asked, ULONG_MAX);
	scan(asked, ULONG_MAX);
	KUNIT_EXPECT_GT(test, asked->nr, 0);
	/* The instance goes with its owner. */
	tslab_test_close_all(asked->ts);
	asked->answer = TSLAB_OWNER_DISCARDS;
	while (scan(asked, ULONG_MAX))
		scans++;
	tslab_test_finish(test, asked->ts);
}

static int no_owner(struct asked *asked, tslab_epoch_t epoch)
{
	return tslab_set_owner(asked->ts, NULL);
}

static int discard(struct asked *asked, tslab_epoch_t epoch)
{
	return tslab_epoch_discard(asked->ts, epoch);
}

static int discard_another(struct asked *asked, tslab_epoch_t epoch)
{
	return tslab_epoch_discard(asked->ts, asked->keep);
}

static void bad_owners_lose_nothing(struct kunit *test)
{
	struct asked *asked = asked_new(test);
	struct asked *other = asked_new(test);
	struct tslab_owner none = {};
	tslab_epoch_t epoch = fill(asked, OBJS);
	u64 pages = pages_of(asked, epoch);

	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, &none), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, NULL), 0);
	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, &asked->owner), 0);
	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, &other->owner), -EBUSY);
	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, &asked->owner), -EBUSY);

	/* One that answers what is no answer. */
	asked->answer = 77;
	KUNIT_EXPECT_EQ(test, scan(asked, 1), 0);
	KUNIT_EXPECT_EQ(test, state_of(asked, epoch), TSLAB_EPOCH_OPEN);
	scan(asked, 1);

	/* That would wait for itself. */
	asked->answer = TSLAB_OWNER_KEEPS;
	asked->instead = no_owner;
	scan(asked, 1);
	KUNIT_EXPECT_EQ(test, asked->said, -EDEADLK);
	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, &other->owner), -EBUSY);
	scan(asked, 1);

	/* That has done it already: nothing is given twice. */
	asked->instead = discard;
	asked->answer = TSLAB_OWNER_DISCARDS;
	KUNIT_EXPECT_EQ(test, scan(asked, 1), 0);
	KUNIT_EXPECT_EQ(test, asked->said, pages);
	KUNIT_EXPECT_EQ(test, state_of(asked, epoch), TSLAB_EPOCH_DRAINED);
	scan(asked, 1);

	/* That discards another one than it is asked for: it is that one's end. */
	epoch = fill(asked, OBJS);
	asked->keep = fill(asked, OBJS);
	asked->instead = discard_another;
	asked->answer = TSLAB_OWNER_KEEPS;
	asked->nr = 0;
	scan(asked, ULONG_MAX);
	KUNIT_EXPECT_EQ(test, asked->nr, 1);
	KUNIT_EXPECT_EQ(test, state_of(asked, epoch), TSLAB_EPOCH_OPEN);
	KUNIT_EXPECT_EQ(test, state_of(asked, asked->keep), TSLAB_EPOCH_DRAINED);

	KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, NULL), 0);
	tslab_epoch_discard(asked->ts, epoch);
	tslab_test_finish(test, asked->ts);
	tslab_test_finish(test, other->ts);
}

static int scan_again_and_again(void *data)
{
	struct asked *asked = data;

	while (!kthread_should_stop()) {
		scan(asked, 1);
		cond_resched();
	}
	return 0;
}

/* Whoever is asked when its end begins has answered when that returns. */
static void owner_goes_amid_a_scan(struct kunit *test)
{
	struct asked *asked = asked_new(test);
	struct task_struct *task;
	unsigned int i, asks = 0;
	tslab_epoch_t epoch;

	epoch = fill(asked, 1);
	asked->answer = TSLAB_OWNER_KEEPS;
	task = kthread_run(scan_again_and_again, asked, "asks");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (i = 0; i < 50 && asks < 20; i++) {
		WRITE_ONCE(asked->gone, false);
		WRITE_ONCE(asked->nr, 0);
		KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, &asked->owner),
				0);
		usleep_range(500, 1000);
		KUNIT_EXPECT_EQ(test, tslab_set_owner(asked->ts, NULL), 0);
		WRITE_ONCE(asked->gone, true);
		asks += !!READ_ONCE(asked->nr);
	}
	kthread_stop(task);
	KUNIT_EXPECT_GT(test, asks, 0);
	tslab_epoch_discard(asked->ts, epoch);
	tslab_test_finish(test, asked->ts);
}

static struct kunit_case owners_cases[] = {
	KUNIT_CASE(oldest_is_asked_for_first),
	KUNIT_CASE(kept_ones_hide_none),
	KUNIT_CASE(bad_owners_lose_nothing),
	KUNIT_CASE(owner_goes_amid_a_scan),
	{}
};

static struct kunit_suite owners_suite = {
	.name = "tslab_owners",
	.test_cases = owners_cases,
};

kunit_test_suite(owners_suite);
