// SPDX-License-Identifier: GPL-2.0
#include <kunit/resource.h>
#include <linux/cpumask.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/kthread.h>

#include "common.h"
#include "debug.h"

static const struct tslab_params tiers[] = {
	{ .flags = 0 },
	{ .flags = TSLAB_SHARED_ONLY },
};

TSLAB_KUNIT_GENERATOR(tslab_test_tiers)
{
	const struct tslab_params *next = prev ?
		(const struct tslab_params *)prev + 1 : tiers;

	if (next == tiers + ARRAY_SIZE(tiers))
		return NULL;
	strscpy(desc, next->flags ? "shared" : "percpu",
		KUNIT_PARAM_DESC_SIZE);
	return next;
}

#define BOTH_TIERS(_class) \
	{ .class = (_class) }, \
	{ .class = (_class), .params.flags = TSLAB_SHARED_ONLY }

static const struct tslab_test_class classes[] = {
	BOTH_TIERS(0), BOTH_TIERS(1), BOTH_TIERS(2), BOTH_TIERS(3),
	BOTH_TIERS(4), BOTH_TIERS(5), BOTH_TIERS(6), BOTH_TIERS(7),
	BOTH_TIERS(8), BOTH_TIERS(9), BOTH_TIERS(10), BOTH_TIERS(11),
	BOTH_TIERS(12), BOTH_TIERS(13), BOTH_TIERS(14), BOTH_TIERS(15),
	BOTH_TIERS(16), BOTH_TIERS(17), BOTH_TIERS(18), BOTH_TIERS(19),
};

static_assert(ARRAY_SIZE(classes) == 2 * TSLAB_NR_CLASSES);

TSLAB_KUNIT_GENERATOR(tslab_test_classes)
{
	const struct tslab_test_class *next = prev ?
		(const struct tslab_test_class *)prev + 1 : classes;

	if (next == classes + ARRAY_SIZE(classes))
		return NULL;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s-%u",
		 next->params.flags ? "shared" : "percpu",
		 tslab_geometry[next->class].size);
	return next;
}

const struct tslab_geometry *tslab_test_geometry(struct kunit *test)
{
	const struct tslab_test_class *param = test->param_value;

	return &tslab_geometry[param->class];
}

/* Ends the instance of that name if a test was aborted before it did so. */
static void destroy_left(void *name)
{
	struct tslab *ts, *left = NULL;

	mutex_lock(&tslab_instances_lock);
	list_for_each_entry(ts, &tslab_instances, node)
		if (!strcmp(ts->name, name))
			left = ts;
	mutex_unlock(&tslab_instances_lock);
	tslab_destroy(left);
}

struct tslab *tslab_test_create(struct kunit *test,
				const struct tslab_params *params)
{
	static atomic_t serial;
	struct tslab *ts;
	char *name;

	name = kunit_kzalloc(test, TSLAB_NAME_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, name);
	snprintf(name, TSLAB_NAME_MAX, "test%d", atomic_inc_return(&serial));
	ts = tslab_create(name, params);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ts));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, destroy_left,
							name), 0);
	/* A test that moves between CPUs has slabs of each; KUnit ends it. */
	set_cpus_allowed_ptr(current,
			     cpumask_of(cpumask_first(cpu_online_mask)));
	return ts;
}

struct tslab *tslab_test_create_tier(struct kunit *test)
{
	return tslab_test_create(test, test->param_value);
}

struct tslab_stats *tslab_test_stats(struct kunit *test, struct tslab *ts,
				     size_t size)
{
	struct tslab_stats *stats = kunit_kzalloc(test, sizeof(*stats),
						  GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	if (size)
		KUNIT_ASSERT_EQ(test, tslab_class_stats(ts, size, stats), 0);
	else
		tslab_global_stats(ts, stats);
	return stats;
}

struct tslab_timing *tslab_test_timing(struct kunit *test, struct tslab *ts,
				       size_t size)
{
	struct tslab_timing *timing = kunit_kzalloc(test, sizeof(*timing),
						    GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, timing);
	KUNIT_ASSERT_EQ(test, tslab_class_timing(ts, size, timing), 0);
	return timing;
}

/* Each hold that was timed was waited for, and the counters know of both. */
void tslab_test_lock_times(struct kunit *test,
			   const struct tslab_timing *timing,
			   const struct tslab_stats *stats)
{
	KUNIT_EXPECT_EQ(test, timing->lock_hold.samples,
			timing->lock_wait.samples);
	KUNIT_EXPECT_EQ(test, timing->lock_wait.scaled_sum_ns,
			stats->lock_wait_time_ns);
	KUNIT_EXPECT_EQ(test, timing->lock_hold.scaled_sum_ns,
			stats->lock_hold_time_ns);
}

struct tslab_epoch_stats *tslab_test_epoch(struct kunit *test,
					   struct tslab *ts,
					   tslab_epoch_t epoch)
{
	struct tslab_epoch_stats *stats = kunit_kzalloc(test, sizeof(*stats),
							GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stats);
	KUNIT_ASSERT_EQ(test, tslab_epoch_stats(ts, epoch, stats), 0);
	return stats;
}

/* Everything that a correct caller never raises. */
u64 tslab_test_refusals(const struct tslab_stats *stats)
{
	return stats->size_rejected + stats->free_double +
	       stats->free_invalid + stats->free_foreign +
	       stats->handle_invalid + stats->handle_stale +
	       stats->object_overwritten;
}

void tslab_test_close_all(struct tslab *ts)
{
	unsigned int i;

	for (i = 0; i < ts->nr_epochs; i++)
		if (ts->epochs[i])
			tslab_epoch_close(ts, (__force tslab_epoch_t)
					  READ_ONCE(ts->epochs[i]->id));
}

/*
 * Closes all epochs of an instance whose objects have all been freed and
 * shows that nothing is left: objects, slabs, pages.
 */
void tslab_test_finish(struct kunit *test, struct tslab *ts)
{
	struct tslab_stats *stats;
	u64 all_pages = 0;
	unsigned int class;

	tslab_test_close_all(ts);
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		const struct tslab_geometry *small = &ts->type[class].small;
		struct tslab_geometry geo;
		u64 slabs, pages;

		stats = tslab_test_stats(test, ts, tslab_geometry[class].size);
		KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
		KUNIT_EXPECT_EQ(test, stats->alloc_objects,
				stats->free_objects);
		KUNIT_EXPECT_EQ(test, stats->committed_bytes, 0);
		KUNIT_EXPECT_EQ(test, stats->partial_slabs +
				stats->full_slabs + stats->empty_slabs, 0);
		geo = tslab_geometry[class];
		if (tslab_type_is_debugged(&ts->type[class]))
			tslab_debug_cut(&ts->type[class], geo.size, &geo);
		/* Those of KFENCE's objects have none. */
		slabs = stats->new_slab_count - stats->kfence_allocs;
		pages = slabs * geo.pages;
		/* Of those that CPUs own, some may have been small. */
		if (!small->pages || ts->flags & TSLAB_SHARED_ONLY)
			KUNIT_EXPECT_EQ(test, stats->pages_released, pages);
		KUNIT_EXPECT_LE(test, stats->pages_released, pages);
		KUNIT_EXPECT_GE(test, stats->pages_released, slabs);
		all_pages += stats->pages_released;
	}
	stats = tslab_test_stats(test, ts, TSLAB_MAX_SIZE);
	KUNIT_EXPECT_EQ(test, stats->live_objects + stats->committed_bytes, 0);
	all_pages += stats->pages_released;
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->pages_released, all_pages);
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
}

struct on_cpu {
	int (*fn)(void *data);
	void *data;
	struct task_struct *task;
	struct completion done;
	int ret;
};

static int on_cpu_fn(void *data)
{
	struct on_cpu *on = data;

	on->ret = on->fn(on->data);
	complete(&on->done);
	return 0;
}

/* Runs fn in a thread on each CPU and waits for all. */
void tslab_test_on_all_cpus(struct kunit *test, int (*fn)(void *data),
			    void *data)
{
	struct on_cpu *on = kunit_kcalloc(test, nr_cpu_ids, sizeof(*on),
					  GFP_KERNEL);
	unsigned int cpu;

	KUNIT_ASSERT_NOT_NULL(test, on);
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		on[cpu].fn = fn;
		on[cpu].data = data;
		init_completion(&on[cpu].done);
		on[cpu].task = kthread_create(on_cpu_fn, &on[cpu],
					      "tslab_test/%u", cpu);
		if (IS_ERR(on[cpu].task)) {
			KUNIT_FAIL(test, "no thread");
			on[cpu].task = NULL;
			continue;
		}
		kthread_bind(on[cpu].task, cpu);
	}
	cpus_read_unlock();
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (on[cpu].task)
			wake_up_process(on[cpu].task);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (!on[cpu].task)
			continue;
		wait_for_completion(&on[cpu].done);
		KUNIT_EXPECT_EQ(test, on[cpu].ret, 0);
	}
}

struct advancing {
	struct tslab *ts;
	int (*fn)(struct tslab *ts);
	atomic_t role;
	atomic_t left;
};

static int advancing_fn(void *data)
{
	struct advancing *a = data;
	int ret;

	if (atomic_inc_return(&a->role) > 1) {
		ret = a->fn(a->ts);
		atomic_dec(&a->left);
		return ret;
	}
	while (atomic_read(&a->left)) {
		if (tslab_epoch_err(tslab_epoch_advance(a->ts)))
			return -EBUSY;
		cond_resched();
	}
	return 0;
}

/*
 * Runs a function on all CPUs but one, which advances for as long as it runs.
 * Return: on how many.
 */
unsigned int tslab_test_while_advancing(struct kunit *test, struct tslab *ts,
					int (*fn)(struct tslab *ts))
{
	struct advancing a = { .ts = ts, .fn = fn };
	unsigned int n = num_online_cpus() - 1;

	atomic_set(&a.left, n);
	tslab_test_on_all_cpus(test, advancing_fn, &a);
	return n;
}

unsigned int tslab_test_first_cpu(void)
{
	return cpumask_first(cpu_online_mask);
}

unsigned int tslab_test_other_cpu(struct kunit *test)
{
	unsigned int cpu = cpumask_next(tslab_test_first_cpu(),
					cpu_online_mask);

	if (cpu >= nr_cpu_ids)
		kunit_skip(test, "needs two CPUs");
	return cpu;
}

/* Holds a grace period up, but not for ever. */
static int reader_fn(void *data)
{
	struct tslab_test_reader *reader = data;
	unsigned long end = jiffies + 10 * HZ;

	rcu_read_lock();
	complete(&reader->inside);
	while (!READ_ONCE(reader->leave) && time_before(jiffies, end))
		cpu_relax();
	WRITE_ONCE(reader->left, true);
	rcu_read_unlock();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* Until tslab_test_read_end(), no grace period ends that began after this. */
void tslab_test_read(struct kunit *test, struct tslab_test_reader *reader)
{
	reader->leave = false;
	reader->left = false;
	init_completion(&reader->inside);
	reader->task = kthread_create(reader_fn, reader, "tslab_reader");
	KUNIT_ASSERT_FALSE(test, IS_ERR(reader->task));
	kthread_bind(reader->task, cpumask_last(cpu_online_mask));
	wake_up_process(reader->task);
	wait_for_completion(&reader->inside);
}

void tslab_test_read_end(struct tslab_test_reader *reader)
{
	WRITE_ONCE(reader->leave, true);
	kthread_stop(reader->task);
}

/* Waits until all threads are here. */
void tslab_test_rendezvous(atomic_t *here, unsigned int n)
{
	/* What each did before is seen by all after; pairs with the acquire. */
	atomic_fetch_add_release(1, here);
	while (atomic_read_acquire(here) < n)
		cond_resched();
}

/* Id of the epoch an object is in. */
u64 tslab_test_epoch_of(const void *obj)
{
	u64 id;

	preempt_disable();
	id = tslab_slab_of(obj)->bin->epoch->id;
	preempt_enable();
	return id;
}

/* Where the slab of an object begins. */
void *tslab_test_slab_base(const void *obj)
{
	void *base;

	preempt_disable();
	base = tslab_slab_of(obj)->base;
	preempt_enable();
	return base;
}
