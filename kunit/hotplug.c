// SPDX-License-Identifier: GPL-2.0
/* CPUs that come and go: nobody waits for them. */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "common.h"

#ifdef CONFIG_HOTPLUG_CPU

/**
 * struct leaver - a CPU that goes offline, and what is done when it has
 * @ts: instance with an epoch of which the CPU has a slab
 * @epoch: that epoch
 * @cpu: the CPU
 * @dead: called in the callback of CPU hotplug
 * @ret: what it returned
 * @done: a thread has done its part
 */
struct leaver {
	struct tslab *ts;
	tslab_epoch_t epoch;
	unsigned int cpu;
	long (*dead)(struct leaver *leaver);
	long ret;
	struct completion done;
};

static struct leaver *leaver;

static int leaver_dead(unsigned int cpu)
{
	if (leaver)
		leaver->ret = leaver->dead(leaver);
	return 0;
}

static int leaver_alloc_fn(void *data)
{
	struct leaver *l = data;

	tslab_free(l->ts, tslab_alloc_epoch(l->ts, l->epoch, 128, GFP_KERNEL));
	complete(&l->done);
	return 0;
}

static int leaver_offline_fn(void *data)
{
	struct leaver *l = data;

	if (remove_cpu(l->cpu))
		l->ret = -EIO;
	complete(&l->done);
	return 0;
}

/*
 * Takes a CPU offline that has a slab of an epoch, with @dead in the callback
 * that comes once it is dead. The callback was set up after ours, so it comes
 * first.
 */
static long take_offline(struct kunit *test, struct tslab *ts,
			 tslab_epoch_t epoch,
			 long (*dead)(struct leaver *leaver))
{
	struct leaver l = {
		.ts = ts,
		.epoch = epoch,
		.cpu = cpumask_last(cpu_online_mask),
		.dead = dead,
		.ret = -EIO,
	};
	struct task_struct *task;
	int state;

	init_completion(&l.done);
	task = kthread_create(leaver_alloc_fn, &l, "tslab_leaver");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, l.cpu);
	wake_up_process(task);
	wait_for_completion(&l.done);
	reinit_completion(&l.done);

	state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN,
					  "tslab_test:dead", NULL, leaver_dead);
	KUNIT_ASSERT_GT(test, state, 0);
	leaver = &l;
	task = kthread_run(leaver_offline_fn, &l, "tslab_offline");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	/* Hotplug as a whole would be stuck: no test after this could run. */
	if (!wait_for_completion_timeout(&l.done, 60 * HZ))
		panic("tslab_hotplug: CPU %u does not go offline", l.cpu);
	leaver = NULL;
	cpuhp_remove_state_nocalls(state);
	KUNIT_EXPECT_EQ(test, add_cpu(l.cpu), 0);
	return l.ret;
}

static long dead_close(struct leaver *l)
{
	return tslab_epoch_close(l->ts, l->epoch);
}

static long dead_discard(struct leaver *l)
{
	return tslab_epoch_discard(l->ts, l->epoch);
}

static long dead_advance(struct leaver *l)
{
	return tslab_epoch_err(tslab_epoch_advance(l->ts));
}

static long dead_create_and_destroy(struct leaver *l)
{
	struct tslab *ts = tslab_create("dead", NULL);

	if (IS_ERR(ts))
		return PTR_ERR(ts);
	tslab_free(ts, tslab_alloc(ts, 128, GFP_KERNEL));
	return tslab_destroy(ts);
}

/* The epoch may be ended by whoever hears that the CPU is dead. */
static void ends_in_a_dead_callback(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	KUNIT_EXPECT_GE(test, take_offline(test, ts, epoch, dead_close), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->state,
			TSLAB_EPOCH_DRAINED);
	epoch = tslab_epoch_open(ts, NULL);
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	KUNIT_EXPECT_GE(test, take_offline(test, ts, epoch, dead_discard), 0);
	epoch = tslab_epoch_current(ts);
	KUNIT_EXPECT_EQ(test, take_offline(test, ts, epoch, dead_advance), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->state,
			TSLAB_EPOCH_DRAINED);
	epoch = tslab_epoch_current(ts);
	KUNIT_EXPECT_EQ(test, take_offline(test, ts, epoch,
					   dead_create_and_destroy), 0);
	tslab_test_finish(test, ts);
}

static DECLARE_COMPLETION(fifo_go);
static DECLARE_COMPLETION(fifo_done);

static int fifo_close_fn(void *data)
{
	struct leaver *l = data;

	wait_for_completion(&fifo_go);
	l->ret = tslab_epoch_close(l->ts, l->epoch);
	complete(&fifo_done);
	return 0;
}

/* A real-time task on this CPU takes it over until it has closed the epoch. */
static long dead_let_fifo_close(struct leaver *l)
{
	struct leaver fifo = { .ts = l->ts, .epoch = l->epoch, .ret = -EIO };
	struct task_struct *task;

	task = kthread_create(fifo_close_fn, &fifo, "tslab_fifo");
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, smp_processor_id());
	sched_set_fifo(task);
	wake_up_process(task);
	complete(&fifo_go);
	wait_for_completion(&fifo_done);
	return fifo.ret;
}

static long dead_let_fifo_close_here(struct leaver *l)
{
	long ret;

	migrate_disable();
	ret = dead_let_fifo_close(l);
	migrate_enable();
	return ret;
}

static void closed_by_a_fifo_task(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	KUNIT_EXPECT_GE(test, take_offline(test, ts, epoch,
					   dead_let_fifo_close_here), 0);
	tslab_test_finish(test, ts);
}

static int comes_back_fn(void *data)
{
	struct leaver *l = data;
	void *obj = tslab_alloc_epoch(l->ts, l->epoch, 128, GFP_KERNEL);
	struct tslab_slab *slab;

	preempt_disable();
	slab = tslab_slab_of(obj);
	l->ret = slab && slab->state == TSLAB_SLAB_OWNED &&
		 slab->cpu == l->cpu;
	preempt_enable();
	tslab_free(l->ts, obj);
	complete(&l->done);
	return 0;
}

/* A CPU that is back has slabs of its own again. */
static void owns_again_when_back(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct leaver l = {
		.ts = ts,
		.epoch = tslab_epoch_current(ts),
		.cpu = cpumask_last(cpu_online_mask),
	};
	struct task_struct *task;

	KUNIT_EXPECT_EQ(test, remove_cpu(l.cpu), 0);
	KUNIT_EXPECT_EQ(test, add_cpu(l.cpu), 0);
	init_completion(&l.done);
	task = kthread_create(comes_back_fn, &l, "tslab_back");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, l.cpu);
	wake_up_process(task);
	wait_for_completion(&l.done);
	KUNIT_EXPECT_TRUE(test, l.ret);
	tslab_test_finish(test, ts);
}

#else

static void ends_in_a_dead_callback(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_HOTPLUG_CPU");
}

#define closed_by_a_fifo_task	ends_in_a_dead_callback
#define owns_again_when_back	ends_in_a_dead_callback

#endif

static struct kunit_case hotplug_cases[] = {
	KUNIT_CASE(ends_in_a_dead_callback),
	KUNIT_CASE(closed_by_a_fifo_task),
	KUNIT_CASE(owns_again_when_back),
	{}
};

static struct kunit_suite hotplug_suite = {
	.name = "tslab_hotplug",
	.test_cases = hotplug_cases,
};

kunit_test_suite(hotplug_suite);
