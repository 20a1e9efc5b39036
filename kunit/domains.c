// SPDX-License-Identifier: GPL-2.0
/* Domains: the rules, auto-close, tasks that break them. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>

#include "common.h"

static void enter_alloc_exit(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_domain *domain = tslab_domain_create(ts);
	void *obj;

	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_TRUE(test, tslab_domain_epoch(domain) ==
			  tslab_epoch_current(ts));
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts,
					       tslab_epoch_current(ts))->domains,
			1);
	KUNIT_EXPECT_NULL(test, tslab_domain_current());
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(), domain);
	obj = tslab_domain_alloc(tslab_domain_current(), 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(obj),
			(__force u64)tslab_domain_epoch(domain));
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(domain), 0);
	KUNIT_EXPECT_NULL(test, tslab_domain_current());
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(NULL), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts,
					       tslab_epoch_current(ts))->domains,
			0);
	tslab_test_finish(test, ts);
}

static void guards(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_domain *outer = tslab_domain_create(ts);
	struct tslab_domain *inner = tslab_domain_create(ts);

	KUNIT_ASSERT_FALSE(test, IS_ERR(outer));
	KUNIT_ASSERT_FALSE(test, IS_ERR(inner));
	{
		guard(tslab_domain)(outer);
		scoped_guard(tslab_domain, inner) {
			KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(),
					    inner);
			/* Entered again, left again. */
			scoped_guard(tslab_domain, outer)
				KUNIT_EXPECT_PTR_EQ(test,
						    tslab_domain_current(),
						    outer);
			KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(),
					    inner);
		}
		KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(), outer);
	}
	KUNIT_EXPECT_NULL(test, tslab_domain_current());
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(inner), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(outer), 0);
	tslab_test_finish(test, ts);
}

static void depth_is_limited(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_domain *domain = tslab_domain_create(ts);
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	for (i = 0; i < TSLAB_DOMAIN_DEPTH_MAX; i++)
		KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), -EOVERFLOW);
	/* A guard that was refused leaves nothing. */
	scoped_guard(tslab_domain, domain)
		KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(), domain);
	for (i = 0; i < TSLAB_DOMAIN_DEPTH_MAX; i++)
		KUNIT_EXPECT_EQ(test, tslab_domain_exit(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(domain), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	tslab_test_finish(test, ts);
}

static void order_is_enforced(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_domain *a = tslab_domain_create(ts);
	struct tslab_domain *b = tslab_domain_create(ts);

	KUNIT_ASSERT_FALSE(test, IS_ERR(a));
	KUNIT_ASSERT_FALSE(test, IS_ERR(b));
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(a), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(a), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(b), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(a), -EBUSY);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(a), -EBUSY);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(b), -EBUSY);
	KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(), b);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(b), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(b), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(a), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(a), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(b), 0);
	tslab_test_finish(test, ts);
}

static void bad_domains_are_refused(struct kunit *test)
{
	struct tslab_domain *bad[] = { NULL, ERR_PTR(-ENOMEM) };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, tslab_domain_enter(bad[i]), -EINVAL);
		KUNIT_EXPECT_EQ(test, tslab_domain_exit(bad[i]), -EINVAL);
		KUNIT_EXPECT_EQ(test, tslab_domain_force_close(bad[i]),
				-EINVAL);
		KUNIT_EXPECT_NULL(test, tslab_domain_alloc(bad[i], 64,
							   GFP_KERNEL));
	}
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(ERR_PTR(-EIO)), -EINVAL);
}

struct other_task {
	struct tslab *ts;
	struct tslab_domain *domain;
	int enter, exit, destroy, discard;
	struct tslab_domain *current_domain;
	void *obj;
	struct completion done;
};

static int other_task_fn(void *data)
{
	struct other_task *other = data;

	other->current_domain = tslab_domain_current();
	other->enter = tslab_domain_enter(other->domain);
	other->exit = tslab_domain_exit(other->domain);
	other->destroy = tslab_domain_destroy(other->domain);
	other->discard = tslab_domain_discard(other->domain);
	/* Objects and epochs have no task. */
	other->obj = tslab_domain_alloc(other->domain, 64, GFP_KERNEL);
	complete(&other->done);
	return 0;
}

static void other_tasks_are_refused(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct other_task other = { .ts = ts };

	other.domain = tslab_domain_create(ts);
	KUNIT_ASSERT_FALSE(test, IS_ERR(other.domain));
	init_completion(&other.done);
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(other.domain), 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(other_task_fn, &other,
						    "tslab_other")));
	wait_for_completion(&other.done);
	KUNIT_EXPECT_EQ(test, other.enter, -EPERM);
	KUNIT_EXPECT_EQ(test, other.exit, -EPERM);
	KUNIT_EXPECT_EQ(test, other.destroy, -EPERM);
	KUNIT_EXPECT_EQ(test, other.discard, -EPERM);
	KUNIT_EXPECT_NULL(test, other.current_domain);
	KUNIT_EXPECT_NOT_NULL(test, other.obj);
	KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(), other.domain);
	tslab_free(ts, other.obj);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(other.domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(other.domain), 0);
	tslab_test_finish(test, ts);
}

static void auto_close_at_the_last_exit(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct tslab_domain *domain, *second;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	domain = tslab_domain_wrap(ts, epoch, true);
	second = tslab_domain_wrap(ts, epoch, false);
	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_ASSERT_FALSE(test, IS_ERR(second));
	/* Not while another domain refers to the epoch. */
	scoped_guard(tslab_domain, domain)
		KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts,
						       epoch)->domains, 2);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->state,
			TSLAB_EPOCH_OPEN);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(second), 0);
	/* Not at an inner exit. */
	scoped_guard(tslab_domain, domain) {
		scoped_guard(tslab_domain, domain) {
		}
		KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->state,
				TSLAB_EPOCH_OPEN);
	}
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->state,
			TSLAB_EPOCH_DRAINED);
	KUNIT_EXPECT_NULL(test, tslab_domain_alloc(domain, 64, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	tslab_test_finish(test, ts);
}

static void auto_close_leaves_a_later_era(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 2 };
	struct tslab *ts = tslab_test_create(test, &params);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL), later;
	struct tslab_domain *domain = tslab_domain_wrap(ts, epoch, true);

	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), 0);
	later = tslab_epoch_open(ts, NULL);
	TSLAB_TEST_ASSERT_EPOCH(test, later);
	KUNIT_EXPECT_EQ(test, (__force u64)later & 0xfff,
			(__force u64)epoch & 0xfff);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, later)->state,
			TSLAB_EPOCH_OPEN);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, later)->domains, 0);
	tslab_test_finish(test, ts);
}

static void auto_close_of_the_current_epoch(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	tslab_epoch_t epoch = tslab_epoch_current(ts);
	struct tslab_domain *domain = tslab_domain_wrap(ts, epoch, true);

	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	scoped_guard(tslab_domain, domain) {
	}
	KUNIT_EXPECT_FALSE(test, tslab_epoch_current(ts) == epoch);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), -ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	tslab_test_finish(test, ts);
}

static void force_close_ends_allocation(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct tslab_domain *domain = tslab_domain_wrap(ts, epoch, false);
	void *obj;

	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	obj = tslab_domain_alloc(domain, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, tslab_domain_force_close(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_force_close(domain), -ESTALE);
	KUNIT_EXPECT_NULL(test, tslab_domain_alloc(domain, 64, GFP_KERNEL));
	tslab_free(ts, obj);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	tslab_test_finish(test, ts);
}

static int leaver_fn(void *data)
{
	struct other_task *other = data;

	other->domain = tslab_domain_create(other->ts);
	other->current_domain = tslab_domain_create(other->ts);
	if (!IS_ERR(other->domain) && !IS_ERR(other->current_domain))
		other->enter = tslab_domain_enter(other->domain);
	complete(&other->done);
	return 0;
}

static void domain_of_a_task_that_exited(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct other_task other = { .ts = ts, .enter = -1 };
	unsigned int i;
	int ret = -EPERM;

	init_completion(&other.done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(leaver_fn, &other,
						    "tslab_leaver")));
	wait_for_completion(&other.done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(other.domain));
	KUNIT_EXPECT_EQ(test, other.enter, 0);
	/* Refused until the task is gone; then anybody may clean up. */
	for (i = 0; i < 1000 && ret == -EPERM; i++) {
		msleep(20);
		ret = tslab_domain_destroy(other.domain);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	/* The one it was in is gone; the task's record is not, for another. */
	msleep(2 * 1000);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(other.current_domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts,
					       tslab_epoch_current(ts))->domains,
			0);
	tslab_test_finish(test, ts);
}

static struct tslab_domain *in_interrupt_domain;
static int in_interrupt_enter;

static void in_interrupt_fn(struct irq_work *work)
{
	struct tslab_domain *domain = *(struct tslab_domain **)(work + 1);

	in_interrupt_domain = tslab_domain_current();
	in_interrupt_enter = tslab_domain_enter(domain);
}

static void interrupts_have_no_domain(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct {
		struct irq_work work;
		struct tslab_domain *domain;
	} irq;

	irq.domain = tslab_domain_create(ts);
	KUNIT_ASSERT_FALSE(test, IS_ERR(irq.domain));
	init_irq_work(&irq.work, in_interrupt_fn);
	in_interrupt_domain = irq.domain;
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(irq.domain), 0);
	irq_work_queue(&irq.work);
	irq_work_sync(&irq.work);
	KUNIT_EXPECT_NULL(test, in_interrupt_domain);
	KUNIT_EXPECT_EQ(test, in_interrupt_enter, -EPERM);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(irq.domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(irq.domain), 0);
	tslab_test_finish(test, ts);
}

#define STORM_TASKS	48

struct storm {
	struct tslab *ts;
	unsigned long end;
	atomic_t role;
	atomic_t running;
	atomic_t wrong;
	struct completion done;
};

/* Has a record made and removed, which others look at meanwhile. */
static void storm_once(struct storm *storm)
{
	struct tslab_domain *domain = tslab_domain_create(storm->ts);

	if (IS_ERR(domain) || tslab_domain_current()) {
		atomic_inc(&storm->wrong);
		return;
	}
	scoped_guard(tslab_domain, domain)
		if (tslab_domain_current() != domain)
			atomic_inc(&storm->wrong);
	if (tslab_domain_current() || tslab_domain_destroy(domain) ||
	    tslab_domain_current())
		atomic_inc(&storm->wrong);
}

/* One in three only looks for its record among the others'. */
static int storm_fn(void *data)
{
	struct storm *storm = data;
	bool looks = atomic_inc_return(&storm->role) % 3 == 0;

	while (time_before(jiffies, storm->end)) {
		unsigned int i;

		for (i = 0; looks && i < 1000; i++)
			if (tslab_domain_current())
				atomic_inc(&storm->wrong);
		if (!looks)
			storm_once(storm);
		cond_resched();
	}
	if (atomic_dec_and_test(&storm->running))
		complete(&storm->done);
	return 0;
}

static void domains_on_many_tasks(struct kunit *test)
{
	struct storm storm = { .ts = tslab_test_create(test, NULL) };
	unsigned int i;

	init_completion(&storm.done);
	storm.end = jiffies + 3 * HZ;
	atomic_set(&storm.running, STORM_TASKS);
	for (i = 0; i < STORM_TASKS; i++)
		if (IS_ERR(kthread_run(storm_fn, &storm, "tslab_domains/%u",
				       i))) {
			atomic_inc(&storm.wrong);
			if (atomic_dec_and_test(&storm.running))
				complete(&storm.done);
		}
	wait_for_completion(&storm.done);
	KUNIT_EXPECT_EQ(test, atomic_read(&storm.wrong), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, storm.ts,
					       tslab_epoch_current(storm.ts))->domains,
			0);
	tslab_test_finish(test, storm.ts);
}

static void domain_outlives_its_instance(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_domain *domain = tslab_domain_create(ts);

	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
	KUNIT_EXPECT_NULL(test, tslab_domain_alloc(domain, 64, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_domain_force_close(domain), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);

	ts = tslab_test_create(test, NULL);
	domain = tslab_domain_open(ts, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
	KUNIT_EXPECT_NULL(test, tslab_domain_alloc(domain, 64, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(domain), 0);
	KUNIT_EXPECT_NULL(test, tslab_domain_current());
}

static void open_and_discard(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_domain *domain = tslab_domain_open(ts, "web");
	struct tslab_epoch_stats *stats;
	tslab_epoch_t epoch;
	void *obj[2];

	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(), domain);
	epoch = tslab_domain_epoch(domain);
	KUNIT_EXPECT_FALSE(test, epoch == tslab_epoch_current(ts));
	stats = tslab_test_epoch(test, ts, epoch);
	KUNIT_EXPECT_EQ(test, stats->domains, 1);
	KUNIT_EXPECT_STREQ(test, stats->label, "web");
	obj[0] = tslab_alloc(ts, 100, GFP_KERNEL);
	obj[1] = tslab_domain_alloc(domain, 200, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj[0]);
	KUNIT_ASSERT_NOT_NULL(test, obj[1]);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(obj[0]), (__force u64)epoch);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(obj[1]), (__force u64)epoch);
	KUNIT_EXPECT_GE(test, tslab_domain_discard(domain), 1);
	KUNIT_EXPECT_NULL(test, tslab_domain_current());
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), -ESTALE);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 0);
	tslab_test_finish(test, ts);
}

/* What is refused changes nothing. */
static void discard_is_refused(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_domain *outer = tslab_domain_open(ts, NULL);
	struct tslab_domain *inner = tslab_domain_create(ts);

	KUNIT_ASSERT_FALSE(test, IS_ERR(outer));
	KUNIT_ASSERT_FALSE(test, IS_ERR(inner));
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(ERR_PTR(-ENOMEM)), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(inner), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(inner), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(outer), -EBUSY);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(inner), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(outer), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(outer), -EBUSY);
	KUNIT_EXPECT_EQ(test, tslab_domain_exit(outer), 0);
	KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(), outer);
	KUNIT_EXPECT_NOT_NULL(test, tslab_domain_alloc(outer, 64, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(outer), 1);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(inner), 0);
	tslab_test_finish(test, ts);
}

/* Also that of the current epoch, of which another takes the place. */
static void discard_of_the_current_epoch(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_domain *domain = tslab_domain_create(ts);
	struct tslab_domain *other = tslab_domain_create(ts);
	tslab_epoch_t epoch = tslab_epoch_current(ts);

	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	KUNIT_ASSERT_NOT_NULL(test, tslab_alloc(ts, 64, GFP_KERNEL));
	KUNIT_EXPECT_GE(test, tslab_domain_discard(domain), 1);
	KUNIT_EXPECT_FALSE(test, epoch == tslab_epoch_current(ts));
	/* The other one is of an epoch that is closed. */
	KUNIT_EXPECT_NULL(test, tslab_domain_alloc(other, 64, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(other), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 0);
	tslab_test_finish(test, ts);
}

/* A ring without a place, and too many domains, leave nothing. */
static void open_is_refused(struct kunit *test)
{
	struct tslab_params params = { .epochs = 2 };
	struct tslab *ts = tslab_test_create(test, &params);
	struct tslab_domain *domain = tslab_domain_open(ts, NULL);
	struct tslab_domain *other = tslab_domain_open(ts, NULL);
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_PTR_EQ(test, other, ERR_PTR(-EBUSY));
	KUNIT_EXPECT_PTR_EQ(test, tslab_domain_current(), domain);
	for (i = 1; i < TSLAB_DOMAIN_DEPTH_MAX; i++)
		KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	KUNIT_EXPECT_PTR_EQ(test, tslab_domain_open(ts, NULL),
			    ERR_PTR(-EOVERFLOW));
	for (i = 1; i < TSLAB_DOMAIN_DEPTH_MAX; i++)
		KUNIT_EXPECT_EQ(test, tslab_domain_exit(domain), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(domain), 0);
	tslab_test_finish(test, ts);
}

/* Domains of older activations of a place do not keep a new one from its own. */
static void open_beside_older_domains(struct kunit *test)
{
	struct tslab_params params = { .epochs = 2 };
	struct tslab *ts = tslab_test_create(test, &params);
	struct tslab_domain *old, *domain;

	old = tslab_domain_open(ts, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(old));
	KUNIT_EXPECT_EQ(test, tslab_domain_force_close(old), 0);
	domain = tslab_domain_open(ts, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	KUNIT_EXPECT_EQ(test, tslab_id_index((__force u64)tslab_domain_epoch(old)),
			tslab_id_index((__force u64)tslab_domain_epoch(domain)));
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts,
					       tslab_domain_epoch(domain))->domains,
			1);
	KUNIT_EXPECT_NULL(test, tslab_domain_alloc(old, 64, GFP_KERNEL));
	KUNIT_EXPECT_NOT_NULL(test, tslab_domain_alloc(domain, 64, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(domain), 1);
	/* There is nothing to discard. */
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(old), -ESTALE);
	KUNIT_EXPECT_NULL(test, tslab_domain_current());
	tslab_test_finish(test, ts);
}

static struct kunit_case domains_cases[] = {
	KUNIT_CASE_PARAM(enter_alloc_exit, tslab_test_tiers),
	KUNIT_CASE(guards),
	KUNIT_CASE(depth_is_limited),
	KUNIT_CASE(order_is_enforced),
	KUNIT_CASE(bad_domains_are_refused),
	KUNIT_CASE_PARAM(other_tasks_are_refused, tslab_test_tiers),
	KUNIT_CASE_PARAM(auto_close_at_the_last_exit, tslab_test_tiers),
	KUNIT_CASE(auto_close_leaves_a_later_era),
	KUNIT_CASE(auto_close_of_the_current_epoch),
	KUNIT_CASE_PARAM(force_close_ends_allocation, tslab_test_tiers),
	KUNIT_CASE(domain_of_a_task_that_exited),
	KUNIT_CASE(interrupts_have_no_domain),
	KUNIT_CASE(domains_on_many_tasks),
	KUNIT_CASE(domain_outlives_its_instance),
	KUNIT_CASE_PARAM(open_and_discard, tslab_test_tiers),
	KUNIT_CASE(discard_is_refused),
	KUNIT_CASE(discard_of_the_current_epoch),
	KUNIT_CASE(open_is_refused),
	KUNIT_CASE(open_beside_older_domains),
	{}
};

static struct kunit_suite domains_suite = {
	.name = "tslab_domains",
	.test_cases = domains_cases,
};

kunit_test_suite(domains_suite);
