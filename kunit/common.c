// SPDX-License-Identifier: GPL-2.0
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/kthread.h>

#include "common.h"

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

struct tslab *tslab_test_create(struct kunit *test,
				const struct tslab_params *params)
{
	static atomic_t serial;
	char name[TSLAB_NAME_MAX];
	struct tslab *ts;

	snprintf(name, sizeof(name), "test%d", atomic_inc_return(&serial));
	ts = tslab_create(name, params);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ts));
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
	       stats->handle_invalid + stats->handle_stale;
}

/*
 * Closes all epochs of an instance whose objects have all been freed and
 * shows that nothing is left: objects, slabs, pages.
 */
void tslab_test_finish(struct kunit *test, struct tslab *ts)
{
	struct tslab_stats *stats;
	unsigned int class, i;
	u64 pages = 0;

	for (i = 0; i < ts->nr_epochs; i++)
		if (ts->epochs[i])
			tslab_epoch_close(ts, (__force tslab_epoch_t)
					  READ_ONCE(ts->epochs[i]->id));
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		stats = tslab_test_stats(test, ts, tslab_geometry[class].size);
		KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
		KUNIT_EXPECT_EQ(test, stats->alloc_objects,
				stats->free_objects);
		KUNIT_EXPECT_EQ(test, stats->committed_bytes, 0);
		KUNIT_EXPECT_EQ(test, stats->partial_slabs +
				stats->full_slabs + stats->empty_slabs, 0);
		pages += stats->new_slab_count * tslab_geometry[class].pages;
	}
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->pages_released, pages);
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

/* Id of the epoch an object is in. */
u64 tslab_test_epoch_of(const void *obj)
{
	u64 id;

	preempt_disable();
	id = tslab_slab_of(obj)->epoch->id;
	preempt_enable();
	return id;
}
