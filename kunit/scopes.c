// SPDX-License-Identifier: GPL-2.0
/* Scope: where tslab_alloc() allocates, that is told of no epoch. */
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>

#include "common.h"
#include "scope.h"

/* Opens an epoch and makes a domain of it. */
static struct tslab_domain *domain_in_new_epoch(struct kunit *test,
						struct tslab *ts)
{
	struct tslab_domain *domain;
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	domain = tslab_domain_wrap(ts, epoch, true);
	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	return domain;
}

/* Epoch that an allocation of somebody who knows of no scope is in. */
static u64 alloc_and_free(struct tslab *ts, size_t size)
{
	void *obj = tslab_alloc(ts, size, GFP_KERNEL);
	u64 id = obj ? tslab_test_epoch_of(obj) : 0;

	tslab_free(ts, obj);
	return id;
}

#define EXPECT_ALLOC_IN(test, ts, epoch)				\
	KUNIT_EXPECT_EQ(test, alloc_and_free(ts, 64), (__force u64)(epoch))

static void innermost_of_the_instance(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create_tier(test);
	struct tslab_domain *outer = domain_in_new_epoch(test, ts);
	struct tslab_domain *inner = domain_in_new_epoch(test, ts);
	struct tslab_domain *others = domain_in_new_epoch(test, other);

	EXPECT_ALLOC_IN(test, ts, tslab_epoch_current(ts));
	scoped_guard(tslab_domain, outer) {
		EXPECT_ALLOC_IN(test, ts, tslab_domain_epoch(outer));
		EXPECT_ALLOC_IN(test, other, tslab_epoch_current(other));
		scoped_guard(tslab_domain, others) {
			EXPECT_ALLOC_IN(test, ts, tslab_domain_epoch(outer));
			EXPECT_ALLOC_IN(test, other,
					tslab_domain_epoch(others));
			scoped_guard(tslab_domain, inner)
				EXPECT_ALLOC_IN(test, ts,
						tslab_domain_epoch(inner));
			EXPECT_ALLOC_IN(test, ts, tslab_domain_epoch(outer));
		}
		EXPECT_ALLOC_IN(test, other, tslab_epoch_current(other));
		/* Which epoch is current is another matter. */
		KUNIT_EXPECT_EQ(test, tslab_epoch_err(tslab_epoch_advance(ts)),
				0);
		EXPECT_ALLOC_IN(test, ts, tslab_domain_epoch(outer));
		KUNIT_EXPECT_FALSE(test, tslab_epoch_current(ts) ==
				   tslab_domain_epoch(outer));
	}
	EXPECT_ALLOC_IN(test, ts, tslab_epoch_current(ts));
	EXPECT_ALLOC_IN(test, other, tslab_epoch_current(other));
	tslab_domain_destroy(outer);
	tslab_domain_destroy(inner);
	tslab_domain_destroy(others);
	tslab_test_finish(test, ts);
	tslab_test_finish(test, other);
}

/* All that allocate without naming an epoch; and only those. */
static void every_way_to_allocate(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_domain *domain = domain_in_new_epoch(test, ts);
	tslab_epoch_t current_epoch = tslab_epoch_current(ts);
	void *obj[5];
	unsigned int i;

	scoped_guard(tslab_domain, domain) {
		obj[0] = tslab_alloc(ts, 100, GFP_ATOMIC);
		obj[1] = tslab_zalloc(ts, 8192, GFP_KERNEL);
		obj[2] = tslab_alloc_array(ts, 3, 50, GFP_KERNEL);
		obj[3] = tslab_realloc(ts, NULL, 64, GFP_KERNEL);
		obj[4] = tslab_alloc_epoch(ts, current_epoch, 64, GFP_KERNEL);
	}
	for (i = 0; i < ARRAY_SIZE(obj); i++) {
		KUNIT_ASSERT_NOT_NULL(test, obj[i]);
		KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(obj[i]),
				(__force u64)(i == 4 ? current_epoch :
					      tslab_domain_epoch(domain)));
		tslab_free(ts, obj[i]);
	}
	tslab_domain_destroy(domain);
	tslab_test_finish(test, ts);
}

static void closed_scope_takes_nothing(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_domain *domain = domain_in_new_epoch(test, ts);

	scoped_guard(tslab_domain, domain) {
		KUNIT_EXPECT_EQ(test, tslab_domain_force_close(domain), 0);
		KUNIT_EXPECT_NULL(test, tslab_alloc(ts, 64, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->slow_path_epoch_closed,
				1);
		/* What is refused anyway is so here. */
		KUNIT_EXPECT_NULL(test, tslab_alloc(ts, 0, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->size_rejected,
				1);
	}
	tslab_domain_destroy(domain);
	tslab_test_finish(test, ts);
}

struct in_interrupt {
	struct irq_work work;
	struct tslab *ts;
	void *obj;
};

static void in_interrupt_fn(struct irq_work *work)
{
	struct in_interrupt *in = container_of(work, struct in_interrupt, work);

	in->obj = tslab_alloc(in->ts, 64, GFP_ATOMIC);
}

static int other_task_fn(void *data)
{
	struct in_interrupt *in = data;

	in->obj = tslab_alloc(in->ts, 64, GFP_KERNEL);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* Only the task itself is in its domain: not what interrupts it, nor others. */
static void nobody_else_is_in_it(struct kunit *test)
{
	struct in_interrupt in = { .ts = tslab_test_create_tier(test) };
	struct tslab_domain *domain = domain_in_new_epoch(test, in.ts);
	struct task_struct *task;
	unsigned int i;

	init_irq_work(&in.work, in_interrupt_fn);
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	irq_work_queue(&in.work);
	irq_work_sync(&in.work);
	KUNIT_ASSERT_NOT_NULL(test, in.obj);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(in.obj),
			(__force u64)tslab_epoch_current(in.ts));
	tslab_free(in.ts, in.obj);
	in.obj = NULL;

	task = kthread_run(other_task_fn, &in, "tslab_other");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (i = 0; i < 1000 && !READ_ONCE(in.obj); i++)
		msleep(20);
	kthread_stop(task);
	KUNIT_ASSERT_NOT_NULL(test, in.obj);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(in.obj),
			(__force u64)tslab_epoch_current(in.ts));
	tslab_free(in.ts, in.obj);
	EXPECT_ALLOC_IN(test, in.ts, tslab_domain_epoch(domain));

	KUNIT_EXPECT_EQ(test, tslab_domain_exit(domain), 0);
	tslab_domain_destroy(domain);
	tslab_test_finish(test, in.ts);
}

static bool has_lead(struct tslab *ts)
{
	struct tslab_type *type = &ts->type[tslab_class_of(64)];

	return READ_ONCE(type->lead) != &tslab_no_cpu_slab;
}

/* Once nobody is in a domain, allocations begin where they are to end. */
static void scope_is_not_paid_for_later(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_domain *domain = domain_in_new_epoch(test, ts);
	unsigned int i;

	EXPECT_ALLOC_IN(test, ts, tslab_epoch_current(ts));
	KUNIT_EXPECT_TRUE(test, has_lead(ts));
	scoped_guard(tslab_domain, domain) {
		/* Longer than it takes to look whether anybody is. */
		for (i = 0; i < 15; i++) {
			msleep(200);
			EXPECT_ALLOC_IN(test, ts, tslab_domain_epoch(domain));
		}
		KUNIT_EXPECT_FALSE(test, has_lead(ts));
	}
	tslab_domain_destroy(domain);
	for (i = 0; i < 100 && !has_lead(ts); i++) {
		msleep(100);
		EXPECT_ALLOC_IN(test, ts, tslab_epoch_current(ts));
	}
	KUNIT_EXPECT_TRUE(test, has_lead(ts));
	EXPECT_ALLOC_IN(test, ts, tslab_epoch_current(ts));
	tslab_test_finish(test, ts);
}

#define STORM_TASKS	24
#define STORM_SECONDS	4

struct storm {
	struct tslab *ts;
	unsigned long end;
	atomic_t role;
	atomic_t running;
	atomic_t wrong;
	atomic_t phases;
};

/* Allocates in a domain and out of it, and knows where. */
static void storm_once(struct storm *storm)
{
	tslab_epoch_t epoch = tslab_epoch_open(storm->ts, NULL);
	struct tslab_domain *domain;
	unsigned int i;

	if (tslab_epoch_err(epoch))
		return;		/* All of them are in use. */
	domain = tslab_domain_wrap(storm->ts, epoch, true);
	if (IS_ERR(domain)) {
		atomic_inc(&storm->wrong);
		return;
	}
	scoped_guard(tslab_domain, domain)
		for (i = 0; i < 20; i++) {
			if (alloc_and_free(storm->ts, 64 << i % 4) !=
			    (__force u64)epoch)
				atomic_inc(&storm->wrong);
			if (i % 8 == 0)
				cond_resched();
		}
	if (alloc_and_free(storm->ts, 64) == (__force u64)epoch)
		atomic_inc(&storm->wrong);
	if (tslab_domain_destroy(domain))
		atomic_inc(&storm->wrong);
	atomic_inc(&storm->phases);
}

/* All at once are away for a while, so that nobody is in a domain. */
static bool storm_pauses(const struct storm *storm)
{
	return (storm->end - jiffies) / (HZ / 2) % 2;
}

static int storm_fn(void *data)
{
	struct storm *storm = data;
	bool advances = atomic_inc_return(&storm->role) == 1;

	while (time_before(jiffies, storm->end)) {
		if (advances)
			tslab_epoch_advance(storm->ts);
		else if (storm_pauses(storm))
			msleep(20);
		else
			storm_once(storm);
		cond_resched();
	}
	atomic_dec(&storm->running);
	return 0;
}

static void tasks_come_and_go(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 256 };
	struct storm storm = { .ts = tslab_test_create(test, &params) };
	unsigned int i;

	storm.end = jiffies + STORM_SECONDS * HZ;
	atomic_set(&storm.running, STORM_TASKS);
	for (i = 0; i < STORM_TASKS; i++)
		if (IS_ERR(kthread_run(storm_fn, &storm, "tslab_scope/%u", i)))
			atomic_dec(&storm.running);
	while (atomic_read(&storm.running))
		msleep(50);
	KUNIT_EXPECT_EQ(test, atomic_read(&storm.wrong), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&storm.phases), 100);
	tslab_test_finish(test, storm.ts);
}

static struct kunit_case scopes_cases[] = {
	KUNIT_CASE_PARAM(innermost_of_the_instance, tslab_test_tiers),
	KUNIT_CASE_PARAM(every_way_to_allocate, tslab_test_tiers),
	KUNIT_CASE_PARAM(closed_scope_takes_nothing, tslab_test_tiers),
	KUNIT_CASE_PARAM(nobody_else_is_in_it, tslab_test_tiers),
	KUNIT_CASE_PARAM(scope_is_not_paid_for_later, tslab_test_tiers),
	KUNIT_CASE(tasks_come_and_go),
	{}
};

static struct kunit_suite scopes_suite = {
	.name = "tslab_scopes",
	.test_cases = scopes_cases,
};

kunit_test_suite(scopes_suite);
