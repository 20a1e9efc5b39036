// SPDX-License-Identifier: GPL-2.0
/* Runs: objects of several classes in one page, at the home of an epoch. */
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "../tslab/find.h"
#include "../tslab/home.h"
#include "common.h"

static const size_t sizes[] = { 32, 64, 96, 128, 192, 256, 512 };

#define OBJS	ARRAY_SIZE(sizes)

/**
 * struct request - objects of several sizes in an epoch of their own
 * @ts: instance
 * @epoch: the epoch
 * @obj: an object of each size
 * @first: which are freed
 * @step: and how far it is to the next one of them
 * @ret: what its end returned
 */
struct request {
	struct tslab *ts;
	tslab_epoch_t epoch;
	u8 *obj[OBJS];
	unsigned int first;
	unsigned int step;
	long ret;
};

static long request_begin(void *data)
{
	struct request *request = data;
	unsigned int i;

	request->epoch = tslab_epoch_open(request->ts, NULL);
	if (tslab_epoch_err(request->epoch))
		return tslab_epoch_err(request->epoch);
	for (i = 0; i < OBJS; i++) {
		request->obj[i] = tslab_alloc_epoch(request->ts,
						    request->epoch, sizes[i],
						    GFP_KERNEL);
		if (!request->obj[i])
			return -ENOMEM;
		memset(request->obj[i], 'a' + i, sizes[i]);
	}
	return 0;
}

static long request_free(void *data)
{
	struct request *request = data;
	unsigned int i;

	for (i = request->first; i < OBJS; i += request->step)
		tslab_free(request->ts, request->obj[i]);
	return 0;
}

static long request_discard(void *data)
{
	struct request *request = data;

	request->ret = tslab_epoch_discard(request->ts, request->epoch);
	return 0;
}

static long request_close(void *data)
{
	struct request *request = data;

	request->ret = tslab_epoch_close(request->ts, request->epoch);
	return 0;
}

static void on(struct kunit *test, unsigned int cpu, long (*fn)(void *data),
	       struct request *request)
{
	KUNIT_ASSERT_GE(test, work_on_cpu(cpu, fn, request), 0);
}

/* One that has begun on the first CPU. */
static struct request *request_new(struct kunit *test)
{
	struct request *request = kunit_kzalloc(test, sizeof(*request),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, request);
	request->ts = tslab_test_create(test, NULL);
	request->step = 1;
	on(test, tslab_test_first_cpu(), request_begin, request);
	return request;
}

static void expect_counts(struct kunit *test, struct request *request,
			  unsigned int i, u64 allocs, u64 frees)
{
	struct tslab_stats *stats = tslab_test_stats(test, request->ts,
						     sizes[i]);

	KUNIT_EXPECT_EQ(test, stats->alloc_objects, allocs);
	KUNIT_EXPECT_EQ(test, stats->free_objects, frees);
	KUNIT_EXPECT_EQ(test, stats->live_objects, allocs - frees);
	KUNIT_EXPECT_EQ(test, stats->live_bytes, (allocs - frees) * sizes[i]);
}

static void finish(struct kunit *test, struct request *request)
{
	unsigned int i;

	for (i = 0; i < OBJS; i++)
		expect_counts(test, request, i, 1, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, request->ts,
					       request->epoch)->state,
			TSLAB_EPOCH_DRAINED);
	tslab_test_finish(test, request->ts);
}

static void sizes_share_a_page(struct kunit *test)
{
	struct request *request = request_new(test);
	struct tslab_stats *stats;
	unsigned int i;

	for (i = 0; i < OBJS; i++) {
		KUNIT_EXPECT_PTR_EQ(test, tslab_test_slab_base(request->obj[i]),
				    tslab_test_slab_base(request->obj[0]));
		KUNIT_EXPECT_NULL(test, memchr_inv(request->obj[i], 'a' + i,
						   sizes[i]));
		KUNIT_EXPECT_EQ(test, tslab_obj_size(request->ts,
						     request->obj[i]),
				sizes[i]);
		if (is_power_of_2(sizes[i]))
			KUNIT_EXPECT_TRUE(test,
					  IS_ALIGNED((unsigned long)request->obj[i],
						     sizes[i]));
		expect_counts(test, request, i, 1, 0);
	}
	/* The page is the first one's. */
	stats = tslab_test_stats(test, request->ts, sizes[0]);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, 1);
	KUNIT_EXPECT_EQ(test, stats->slow_path_hits, 1);
	stats = tslab_test_stats(test, request->ts, 0);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, stats->cpu_hits, OBJS - 1);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, request->ts,
					       request->epoch)->live_objects,
			OBJS);
	on(test, tslab_test_first_cpu(), request_discard, request);
	KUNIT_EXPECT_EQ(test, request->ret, 1);
	finish(test, request);
}

/* By its home and by another CPU, before the close and after it. */
static void each_is_freed_alone(struct kunit *test)
{
	unsigned int cpu[] = { tslab_test_first_cpu(), tslab_test_other_cpu(test) };
	unsigned int order;

	for (order = 0; order < 8; order++) {
		struct request *request = request_new(test);
		unsigned int i;

		request->step = 2;
		on(test, cpu[order & 1], request_free, request);
		for (i = 0; i < OBJS; i++)
			expect_counts(test, request, i, 1, !(i % 2));
		on(test, cpu[order >> 1 & 1], request_close, request);
		KUNIT_EXPECT_EQ(test, request->ret, 0);
		for (i = 0; i < OBJS; i++)
			expect_counts(test, request, i, 1, !(i % 2));
		for (i = 1; i < OBJS; i += 2)
			KUNIT_EXPECT_NULL(test,
					  memchr_inv(request->obj[i], 'a' + i,
						     sizes[i]));
		request->first = 1;
		on(test, cpu[order >> 2 & 1], request_free, request);
		KUNIT_EXPECT_EQ(test,
				tslab_test_stats(test, request->ts,
						 0)->committed_bytes, 0);
		finish(test, request);
	}
}

/* What is freed before on either CPU is not counted again. */
static void end_elsewhere(struct kunit *test)
{
	unsigned int cpu[] = { tslab_test_first_cpu(), tslab_test_other_cpu(test) };
	unsigned int order;

	for (order = 0; order < 4; order++) {
		struct request *request = request_new(test);

		request->step = 3;
		on(test, cpu[order & 1], request_free, request);
		on(test, cpu[order >> 1 & 1], request_discard, request);
		KUNIT_EXPECT_EQ(test, request->ret, 1);
		finish(test, request);
	}
}

static void misuse_in_a_run(struct kunit *test)
{
	struct request *request = request_new(test);
	struct tslab *ts = request->ts;
	struct tslab_cache *cache = tslab_cache_create(ts, "run", 128, NULL);
	u8 *base = tslab_test_slab_base(request->obj[0]);
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	for (i = 0; i < OBJS; i++) {
		tslab_free(ts, request->obj[i] + 8);
		if (sizes[i] > 64)
			tslab_free(ts, request->obj[i] + 64);
		tslab_cache_free(cache, request->obj[i]);
	}
	/* Nothing was made there, nor ever is. */
	tslab_free(ts, base + PAGE_SIZE - 3 * TSLAB_RUN_UNIT);
	tslab_free(ts, base + PAGE_SIZE - TSLAB_RUN_UNIT);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_invalid,
			2 * OBJS + 5 + 2);
	request->step = 2;
	request_free(request);
	request_free(request);
	for (i = 0; i < OBJS; i++) {
		KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, request->obj[i]),
				i % 2 ? sizes[i] : 0);
		KUNIT_EXPECT_EQ(test,
				tslab_test_stats(test, ts,
						 sizes[i])->free_double,
				i % 2 ? 0 : 2);
		expect_counts(test, request, i, 1, !(i % 2));
	}
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, request->epoch), 1);
	finish(test, request);
}

/* Wherever in the object the head is. */
static void free_rcu_in_a_run(struct kunit *test)
{
	struct request *request = request_new(test);
	unsigned int i;

	for (i = 0; i < OBJS; i++) {
		struct rcu_head *head = (void *)request->obj[i] + sizes[i] -
					sizeof(*head);

		tslab_free_rcu(request->ts, request->obj[i], head);
		/* The second one. */
		tslab_free(request->ts, request->obj[i]);
		KUNIT_EXPECT_EQ(test,
				tslab_test_stats(test, request->ts,
						 sizes[i])->free_double, 1);
	}
	KUNIT_EXPECT_GE(test, tslab_epoch_close(request->ts, request->epoch),
			0);
	rcu_barrier();
	rcu_barrier();
	finish(test, request);
}

static void handles_in_a_run(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	tslab_handle_t handle[OBJS];
	unsigned int i;
	u8 *obj;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < OBJS; i++) {
		handle[i] = tslab_alloc_handle(ts, epoch, sizes[i], GFP_KERNEL);
		obj = tslab_handle_to_obj(ts, handle[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		memset(obj, 'a' + i, sizes[i]);
	}
	for (i = 0; i < OBJS; i++) {
		obj = tslab_handle_to_obj(ts, handle[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
		KUNIT_EXPECT_NULL(test, memchr_inv(obj, 'a' + i, sizes[i]));
		if (i % 2)
			continue;
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle[i]), 0);
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle[i]),
				-ENOENT);
	}
	KUNIT_EXPECT_GE(test, tslab_epoch_discard(ts, epoch), 1);
	for (i = 0; i < OBJS; i++)
		KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle[i]),
				-ESTALE);
	tslab_test_finish(test, ts);
}

/* Half a page of a class: the next phase has a slab of it, and one after none. */
static void many_have_slabs(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_stats *stats;
	unsigned int phase, i;

	for (phase = 0; phase < 4; phase++) {
		tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
		struct tslab_slab *slab;
		void *obj = NULL;

		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		migrate_disable();
		for (i = 0; i < (phase < 2 ? 40 : 2); i++)
			obj = tslab_alloc_epoch(ts, epoch, TSLAB_RUN_UNIT,
						GFP_KERNEL);
		preempt_disable();
		slab = tslab_slab_of(obj);
		preempt_enable();
		KUNIT_ASSERT_NOT_NULL(test, slab);
		KUNIT_EXPECT_EQ(test, slab->is_run, phase == 0 || phase == 3);
		KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), 1);
		migrate_enable();
	}
	stats = tslab_test_stats(test, ts, TSLAB_RUN_UNIT);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, 84);
	KUNIT_EXPECT_EQ(test, stats->free_objects, 84);
	tslab_test_finish(test, ts);
}

/* A run that was kept is of the class that comes first, whichever it was before. */
static void run_is_of_the_first(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	unsigned int phase;

	migrate_disable();
	for (phase = 0; phase < 10; phase++) {
		tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
		size_t first = phase % 2 ? 64 : 256, second = phase % 2 ? 256 : 64;

		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		KUNIT_EXPECT_NOT_NULL(test, tslab_alloc_epoch(ts, epoch, first,
							      GFP_KERNEL));
		KUNIT_EXPECT_NOT_NULL(test, tslab_alloc_epoch(ts, epoch, second,
							      GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, first)->committed_bytes,
				PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, second)->committed_bytes,
				0);
		KUNIT_EXPECT_EQ(test, tslab_epoch_discard(ts, epoch), 1);
	}
	migrate_enable();
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->alloc_objects, 10);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 256)->free_objects, 10);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->new_slab_count,
			tslab_test_stats(test, ts, 64)->pages_released);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 256)->new_slab_count,
			tslab_test_stats(test, ts, 256)->pages_released);
	tslab_test_finish(test, ts);
}

/* As many as a home may own, and what comes then. */
static void runs_come_to_an_end(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	unsigned int i, n = 0;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	migrate_disable();
	for (i = 0; i < 100; i++)
		for (n = 0; n < OBJS; n++)
			if (!tslab_alloc_epoch(ts, epoch, sizes[n], GFP_KERNEL))
				KUNIT_FAIL(test, "%u: no memory", i);
	for (n = 0; n < OBJS; n++) {
		struct tslab_stats *stats = tslab_test_stats(test, ts, sizes[n]);

		KUNIT_EXPECT_EQ(test, stats->alloc_objects, 100);
		KUNIT_EXPECT_EQ(test, stats->live_objects, 100);
		KUNIT_EXPECT_EQ(test, stats->slow_path_hits,
				stats->alloc_objects - stats->cpu_hits);
	}
	KUNIT_EXPECT_GT(test, tslab_epoch_discard(ts, epoch), 9);
	migrate_enable();
	for (n = 0; n < OBJS; n++)
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts,
						       sizes[n])->free_objects,
				100);
	tslab_test_finish(test, ts);
}

struct look {
	struct irq_work work;
	struct tslab *ts;
	struct tslab_stats *stats;
	bool done;
};

static void look(struct irq_work *work)
{
	struct look *look = container_of(work, struct look, work);

	tslab_class_stats(look->ts, 64, look->stats);
	WRITE_ONCE(look->done, true);
}

/* What it has interrupted does not go on. */
static void interrupt_amid_an_end(struct kunit *test)
{
	struct look l = {
		.work = IRQ_WORK_INIT_HARD(look),
		.ts = tslab_test_create(test, NULL),
		.stats = kunit_kzalloc(test, sizeof(*l.stats), GFP_KERNEL),
	};
	tslab_epoch_t epoch = tslab_epoch_open(l.ts, NULL);
	unsigned long end = jiffies + 5 * HZ;
	struct tslab_epoch *ep;

	KUNIT_ASSERT_NOT_NULL(test, l.stats);
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	migrate_disable();
	KUNIT_EXPECT_NOT_NULL(test, tslab_alloc_epoch(l.ts, epoch, 64,
						      GFP_KERNEL));
	ep = tslab_epoch_of(l.ts, (__force u64)epoch);
	preempt_disable();
	KUNIT_EXPECT_EQ(test, ep->home, smp_processor_id());
	raw_write_seqcount_begin(&ep->folds);
	irq_work_queue(&l.work);
	while (!READ_ONCE(l.done) && time_before(jiffies, end))
		cpu_relax();
	raw_write_seqcount_end(&ep->folds);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, l.done);
	irq_work_sync(&l.work);
	KUNIT_EXPECT_EQ(test, l.stats->live_objects, 1);
	KUNIT_EXPECT_GE(test, tslab_epoch_discard(l.ts, epoch), 0);
	migrate_enable();
	tslab_test_finish(test, l.ts);
}

/**
 * struct sums - one CPU has phases while the others look
 * @ts: instance
 * @done: it has had them
 * @fell: times that a sum was less than before
 */
struct sums {
	struct tslab *ts;
	bool done;
	atomic_t fell;
};

#define PHASES		2000
#define PHASE_OBJS	48

/* Of several runs, which end at home, or are given up if @keep. */
static int phase(struct tslab *ts, bool keep)
{
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	long err = tslab_epoch_err(epoch);
	unsigned int i;

	for (i = 0; !err && i < PHASE_OBJS; i++)
		if (!tslab_alloc_epoch(ts, epoch, sizes[i % OBJS], GFP_KERNEL))
			err = -ENOMEM;
	if (!err && keep)
		err = tslab_epoch_close(ts, epoch);
	return err < 0 ? err : min(tslab_epoch_discard(ts, epoch), 0L);
}

static bool stats_fell(const struct tslab_stats *from,
		       const struct tslab_stats *to)
{
	return to->alloc_objects < from->alloc_objects ||
	       to->free_objects < from->free_objects;
}

static int sums_fn(void *data)
{
	struct tslab_stats *stats __free(kfree) = NULL;
	struct sums *sums = data;
	unsigned int i;
	int err = 0;

	if (raw_smp_processor_id() == tslab_test_first_cpu()) {
		for (i = 0; !err && i < PHASES; i++)
			err = phase(sums->ts, i % 4 == 0);
		WRITE_ONCE(sums->done, true);
		return err;
	}
	stats = kcalloc(2, sizeof(*stats), GFP_KERNEL);
	if (!stats)
		return -ENOMEM;
	for (i = 0; !READ_ONCE(sums->done); i++) {
		tslab_class_stats(sums->ts, sizes[0], &stats[i % 2]);
		if (i && stats_fell(&stats[(i + 1) % 2], &stats[i % 2]))
			atomic_inc(&sums->fell);
		cond_resched();
	}
	return 0;
}

static void sums_never_fall(struct kunit *test)
{
	struct sums sums = { .ts = tslab_test_create(test, NULL) };

	tslab_test_other_cpu(test);
	tslab_test_on_all_cpus(test, sums_fn, &sums);
	KUNIT_EXPECT_EQ(test, atomic_read(&sums.fell), 0);
	tslab_test_finish(test, sums.ts);
}

static struct kunit_case runs_cases[] = {
	KUNIT_CASE(sizes_share_a_page),
	KUNIT_CASE(each_is_freed_alone),
	KUNIT_CASE(end_elsewhere),
	KUNIT_CASE(misuse_in_a_run),
	KUNIT_CASE(free_rcu_in_a_run),
	KUNIT_CASE(handles_in_a_run),
	KUNIT_CASE(many_have_slabs),
	KUNIT_CASE(run_is_of_the_first),
	KUNIT_CASE(runs_come_to_an_end),
	KUNIT_CASE(interrupt_amid_an_end),
	KUNIT_CASE(sums_never_fall),
	{}
};

static struct kunit_suite runs_suite = {
	.name = "tslab_runs",
	.test_cases = runs_cases,
};

kunit_test_suite(runs_suite);
