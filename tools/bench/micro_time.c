// SPDX-License-Identifier: GPL-2.0
/* Batches of works, their medians, and how they get into the log. */
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "micro.h"

static const char * const allocator_names[] = {
#define MICRO_X_NAME(name)	#name,
	MICRO_ALLOCATORS(MICRO_X_NAME)
#undef MICRO_X_NAME
};

/* === Batches === */

void micro_pace_init(struct micro_pace *pace, unsigned int warm_up,
		     unsigned int batches)
{
	*pace = (struct micro_pace){
		.warm_up = warm_up,
		.batches = batches,
		.begun = ktime_get_ns(),
	};
}

/**
 * micro_pace_next() - say what the next batch is
 * @pace: the pace
 *
 * Return: its number from 0, MICRO_NOT_COUNTED or MICRO_OVER.
 */
int micro_pace_next(struct micro_pace *pace)
{
	u64 ns = ktime_get_ns() - pace->begun;

	cond_resched();
	if (pace->warm_up && ns < MICRO_LIMIT_NS / 4) {
		pace->warm_up--;
		return MICRO_NOT_COUNTED;
	}
	pace->warm_up = 0;
	if (pace->done >= pace->batches ||
	    (pace->done >= MICRO_LEAST_BATCHES && ns >= MICRO_LIMIT_NS))
		return MICRO_OVER;
	return pace->done++;
}

/* === Times === */

int micro_times_init(struct micro_times *times, unsigned int nr)
{
	times->nr = nr;
	times->ps = kvcalloc(nr, sizeof(*times->ps), GFP_KERNEL);
	return times->ps ? 0 : -ENOMEM;
}

void micro_times_exit(struct micro_times *times)
{
	kvfree(times->ps);
	times->ps = NULL;
}

static int compare(const void *a, const void *b)
{
	s64 x = *(const s64 *)a, y = *(const s64 *)b;

	return x < y ? -1 : x > y;
}

/* Also sorts them. */
s64 micro_times_median(struct micro_times *times)
{
	sort(times->ps, times->nr, sizeof(*times->ps), compare, NULL);
	return times->ps[times->nr / 2];
}

/* One line "result WORK SIZE ALLOCATOR MEDIAN MIN MAX", in thousandths. */
void micro_log(const char *work, enum micro_allocator allocator, s64 median,
	       s64 min, s64 max)
{
	pr_info("result %s %u %s %lld %lld %lld\n", work, micro.size,
		allocator_names[allocator], median, min, max);
}

/**
 * micro_times_log() - log what operations took
 * @times: the times; sorted by this
 * @work: name of the work
 * @allocator: what it was done on
 * @less: what the loop around the operations took, thousandths of a nanosecond
 *
 * Return: the median, with the loop.
 */
s64 micro_times_log(struct micro_times *times, const char *work,
		    enum micro_allocator allocator, s64 less)
{
	s64 median = micro_times_median(times);

	micro_log(work, allocator, median - less, times->ps[0] - less,
		  times->ps[times->nr - 1] - less);
	return median;
}

/* What it takes to look at the clock: the median, thousandths of a ns. */
s64 micro_clock_ps(void)
{
	struct micro_times times;
	unsigned int i;
	s64 median;

	if (micro_times_init(&times, 1001))
		return 0;
	for (i = 0; i < times.nr; i++) {
		u64 start = ktime_get_ns();

		times.ps[i] = (ktime_get_ns() - start) * 1000;
	}
	median = micro_times_median(&times);
	micro_times_exit(&times);
	return median;
}

/* === Works === */

/**
 * struct batch - a batch that is run
 * @run: its work
 * @n: operations
 * @ns: what it took
 * @ok: whether all allocations succeeded
 * @tasklet: what runs it in softirq context
 * @done: it has
 */
struct batch {
	micro_run_t run;
	unsigned int n;
	u64 ns;
	bool ok;
	struct tasklet_struct tasklet;
	struct completion done;
};

static void batch_run(struct batch *batch)
{
	u64 start = ktime_get_ns();

	batch->ok = batch->run(batch->n);
	batch->ns = ktime_get_ns() - start;
}

static void batch_tasklet(struct tasklet_struct *tasklet)
{
	struct batch *batch = container_of(tasklet, struct batch, tasklet);

	batch_run(batch);
	complete(&batch->done);
}

static void batch_run_softirq(struct batch *batch)
{
	tasklet_schedule(&batch->tasklet);
	wait_for_completion(&batch->done);
}

/*
 * Allocators take turns, so that what disturbs the machine for a while disturbs
 * all of them alike.
 */
static int run_batches(const micro_run_t *runs, struct batch *batch,
		       void (*run)(struct batch *batch),
		       struct micro_times *times)
{
	unsigned int allocator;
	struct micro_pace pace;
	int i;

	micro_pace_init(&pace, MICRO_WARM_UP, micro.batches);
	while ((i = micro_pace_next(&pace)) != MICRO_OVER)
		for (allocator = 0; allocator < MICRO_NR_ALLOCATORS;
		     allocator++) {
			if (!runs[allocator])
				continue;
			batch->run = runs[allocator];
			run(batch);
			if (!batch->ok)
				return -ENOMEM;
			if (i >= 0)
				times[allocator].ps[i] =
					div_u64(batch->ns * 1000, batch->n);
			cond_resched();
		}
	for (allocator = 0; allocator < MICRO_NR_ALLOCATORS; allocator++)
		times[allocator].nr = pace.done;
	return 0;
}

static int measure(const char *work, const micro_run_t *runs, unsigned int unit,
		   void (*run)(struct batch *batch))
{
	struct micro_times times[MICRO_NR_ALLOCATORS] = { };
	unsigned int allocator;
	struct batch *batch;
	int err = -ENOMEM;
	s64 loop = 0;

	batch = kzalloc(sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;
	tasklet_setup(&batch->tasklet, batch_tasklet);
	init_completion(&batch->done);
	batch->n = roundup(micro.ops, unit);
	for (allocator = 0; allocator < MICRO_NR_ALLOCATORS; allocator++)
		if (micro_times_init(&times[allocator], micro.batches))
			goto out;
	err = run_batches(runs, batch, run, times);
	if (err)
		goto out;
	for (allocator = 0; allocator < MICRO_NR_ALLOCATORS; allocator++) {
		s64 median;

		if (!runs[allocator])
			continue;
		median = micro_times_log(&times[allocator], work, allocator,
					 loop);
		/* It comes first; the others are less that. */
		if (allocator == MICRO_nothing)
			loop = median;
	}
out:
	for (allocator = 0; allocator < MICRO_NR_ALLOCATORS; allocator++)
		micro_times_exit(&times[allocator]);
	tasklet_kill(&batch->tasklet);
	kfree(batch);
	return err;
}

/**
 * micro_measure() - measure and log a work
 * @work: its name
 * @runs: what to run, by allocator; NULL for those that are left out
 * @unit: a batch has a multiple of so many operations
 *
 * Return: 0 or an error.
 */
int micro_measure(const char *work, const micro_run_t *runs, unsigned int unit)
{
	return measure(work, runs, unit, batch_run);
}

/* The same in softirq context. */
int micro_measure_softirq(const char *work, const micro_run_t *runs,
			  unsigned int unit)
{
	return measure(work, runs, unit, batch_run_softirq);
}
