// SPDX-License-Identifier: GPL-2.0
/*
 * Works of two CPUs: objects that are freed on another CPU than the one they
 * were allocated on, and what is done on both at once.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>

#include "micro.h"

/* Objects on their way from one CPU to the other. */
#define RING		256
/*
 * They are handed over by the cache line: with each by itself, the CPU that
 * waits takes the line away from the other all the time, and half of what was
 * measured would be that.
 */
#define LINE		(L1_CACHE_BYTES / sizeof(void *))
/*
 * Operations of a batch: enough that its beginning and end do not count. Those
 * of the ring, and of what takes longer than a pair, are fewer: on a busy host
 * two CPUs are seldom given for long.
 */
#define OPS		20000
#define RING_OPS	(40 * RING)
#define LONG_OPS	512
/* Long enough for a CPU that has just woken another to be idle. */
#define SETTLE_US	50

/**
 * struct helper - a thread on the second CPU
 * @task: the thread
 * @run: what it does when told to
 * @n: operations
 * @settle: not before the first CPU is idle
 * @ok: what @run returned
 * @started: ktime_get_ns() of its beginning
 * @ended: ktime_get_ns() of its end
 * @stop: it is to end instead
 * @ready: it is about to begin
 * @go: it is told to
 * @done: it has done so
 * @gone: it is gone
 */
struct helper {
	struct task_struct *task;
	micro_run_t run;
	unsigned int n;
	bool settle;
	bool ok;
	u64 started;
	u64 ended;
	bool stop;
	bool ready;
	struct completion go;
	struct completion done;
	struct completion gone;
};

static struct helper helper;
static void *ring[RING] ____cacheline_aligned;
/* Objects that were put into the ring, and taken from it. */
static unsigned int produced ____cacheline_aligned;
static unsigned int consumed ____cacheline_aligned;

/* === The second CPU === */

static int helper_thread(void *unused)
{
	for (;;) {
		wait_for_completion(&helper.go);
		if (helper.stop)
			break;
		/* Pairs with the acquire in helper_begin(). */
		smp_store_release(&helper.ready, true);
		if (helper.settle)
			udelay(SETTLE_US);
		helper.started = ktime_get_ns();
		helper.ok = helper.run(helper.n);
		helper.ended = ktime_get_ns();
		complete(&helper.done);
	}
	/* Not by returning: the module may go once it is gone. */
	kthread_complete_and_exit(&helper.gone, 0);
}

static int helper_start(const char *work)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask,
					   raw_smp_processor_id());

	if (cpu >= nr_cpu_ids) {
		pr_err("%s: there is no second CPU\n", work);
		return -ENXIO;
	}
	helper = (struct helper){ };
	init_completion(&helper.go);
	init_completion(&helper.done);
	init_completion(&helper.gone);
	helper.task = kthread_run_on_cpu(helper_thread, NULL, cpu,
					 "tslab_micro/%u");
	return PTR_ERR_OR_ZERO(helper.task);
}

static void helper_stop(void)
{
	helper.stop = true;
	complete(&helper.go);
	wait_for_completion(&helper.gone);
}

/* Returns when it is about to begin, on its CPU. */
static void helper_begin(micro_run_t run, unsigned int n)
{
	helper.run = run;
	helper.n = n;
	helper.ready = false;
	complete(&helper.go);
	/* Pairs with the release in helper_thread(). */
	while (!smp_load_acquire(&helper.ready))
		cpu_relax();
}

static bool helper_end(void)
{
	wait_for_completion(&helper.done);
	return helper.ok;
}

/* === A ring from one CPU to the other === */

/* The other may have to use this CPU now and then, on a busy host. */
static __always_inline void relax(unsigned int *spins)
{
	cpu_relax();
	if (unlikely(!(++*spins % 4096)))
		cond_resched();
}

/* Stands for an object that could not be allocated. */
#define NO_OBJECT	((void *)1UL)

static __always_inline bool produce(unsigned int n, micro_alloc_t alloc,
				    micro_free_t free, gfp_t gfp)
{
	unsigned int i, gone = 0, spins = 0;
	bool ok = true;

	for (i = 0; i < n; i++) {
		void *obj = alloc(gfp);

		if (unlikely(!obj)) {
			obj = NO_OBJECT;
			ok = false;
		}
		while (i - gone == RING) {
			relax(&spins);
			/* Pairs with the release in consume(). */
			gone = smp_load_acquire(&consumed);
		}
		ring[i % RING] = obj;
		if (i % LINE == LINE - 1)
			/* Pairs with the acquire in consume(). */
			smp_store_release(&produced, i + 1);
	}
	return ok;
}

static __always_inline bool consume(unsigned int n, micro_alloc_t alloc,
				    micro_free_t free, gfp_t gfp)
{
	unsigned int i, there = 0, spins = 0;

	for (i = 0; i < n; i++) {
		void *obj;

		while (i == there) {
			relax(&spins);
			/* Pairs with the release in produce(). */
			there = smp_load_acquire(&produced);
		}
		obj = ring[i % RING];
		if (likely(obj != NO_OBJECT))
			free(obj);
		if (i % LINE == LINE - 1)
			/* Pairs with the acquire in produce(). */
			smp_store_release(&consumed, i + 1);
	}
	return true;
}

MICRO_RUNS(produce, produce, GFP_KERNEL)
MICRO_RUNS(consume, consume, GFP_KERNEL)

/* Alloc all, on one CPU. */
static __always_inline bool put(unsigned int n, micro_alloc_t alloc,
				micro_free_t free, gfp_t gfp)
{
	unsigned int got;

	for (got = 0; got < n; got++) {
		ring[got] = alloc(gfp);
		if (unlikely(!ring[got]))
			break;
	}
	if (likely(got == n))
		return true;
	while (got--)
		free(ring[got]);
	return false;
}

/* Free all, on the other. */
static __always_inline bool take(unsigned int n, micro_alloc_t alloc,
				 micro_free_t free, gfp_t gfp)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		free(ring[i]);
	return true;
}

MICRO_RUNS(put, put, GFP_KERNEL)
MICRO_RUNS(take, take, GFP_KERNEL)
MICRO_RUNS(pairs, micro_pairs, GFP_KERNEL)

/* === Batches === */

/* Thousandths of a nanosecond of a batch, or an error. */
typedef s64 (*batch_t)(enum micro_allocator allocator);

static s64 batch_ring(enum micro_allocator allocator)
{
	u64 start, end;
	bool ok;

	produced = 0;
	consumed = 0;
	helper_begin(consume_runs[allocator], RING_OPS);
	start = ktime_get_ns();
	ok = produce_runs[allocator](RING_OPS);
	end = ktime_get_ns();
	ok &= helper_end();
	return ok ? div_u64((max(end, helper.ended) - start) * 1000,
			    RING_OPS) : -ENOMEM;
}

/* What one CPU takes and what the other takes, with no other at work. */
static s64 batch_turns(enum micro_allocator allocator)
{
	u64 start, ns;

	udelay(SETTLE_US);
	start = ktime_get_ns();
	if (!put_runs[allocator](RING))
		return -ENOMEM;
	ns = ktime_get_ns() - start;
	helper.settle = true;
	helper_begin(take_runs[allocator], RING);
	helper_end();
	ns += helper.ended - helper.started;
	return div_u64(ns * 1000, RING);
}

/* Both CPUs at once. Return: what each took, or an error. */
static int at_once(micro_run_t first_run, micro_run_t second_run,
		   unsigned int n, u64 *first, u64 *second)
{
	u64 start;
	bool ok;

	helper.settle = false;
	helper_begin(second_run, n);
	start = ktime_get_ns();
	ok = first_run(n);
	*first = ktime_get_ns() - start;
	ok &= helper_end();
	*second = helper.ended - helper.started;
	return ok ? 0 : -ENOMEM;
}

static int pairs_at_once(enum micro_allocator allocator, u64 *first,
			 u64 *second)
{
	return at_once(pairs_runs[allocator], pairs_runs[allocator], OPS, first,
		       second);
}

/* The same, one CPU after the other. */
static int pairs_in_turns(enum micro_allocator allocator, u64 *first,
			  u64 *second)
{
	u64 start = ktime_get_ns();
	bool ok = pairs_runs[allocator](OPS);

	*first = ktime_get_ns() - start;
	helper.settle = true;
	helper_begin(pairs_runs[allocator], OPS);
	ok &= helper_end();
	*second = helper.ended - helper.started;
	return ok ? 0 : -ENOMEM;
}

/* Of all pairs of both CPUs. */
static s64 batch_both_cpus(enum micro_allocator allocator)
{
	u64 first, second;
	int err = pairs_at_once(allocator, &first, &second);

	return err ?: div_u64(max(first, second) * 1000, 2 * OPS);
}

/* Pairs of both in a second, nearly. */
static u64 throughput(u64 first, u64 second)
{
	u64 ops = OPS * (u64)NSEC_PER_SEC;

	return div64_u64(ops, max(first, 1ULL)) +
	       div64_u64(ops, max(second, 1ULL));
}

/*
 * How many times the throughput of one CPU two have, in thousandths. CPUs of a
 * virtual machine are seldom equally fast, so that one is the mean of both.
 */
static s64 batch_scaling(enum micro_allocator allocator)
{
	u64 first, second, alone;
	int err = pairs_in_turns(allocator, &first, &second);

	if (err)
		return err;
	alone = throughput(first, second);
	err = pairs_at_once(allocator, &first, &second);
	return err ?: div64_u64(throughput(first, second) * 2000, alone);
}

/* What is done at once, of one allocator after the other. */
static const micro_run_t *first_runs;
static const micro_run_t *second_runs;

/* Of an operation, on each CPU: the mean of both. */
static s64 batch_at_once(enum micro_allocator allocator)
{
	u64 first, second;
	int err = at_once(first_runs[allocator], second_runs[allocator],
			  LONG_OPS, &first, &second);

	return err ?: div_u64((first + second) * 1000, 2 * LONG_OPS);
}

/*
 * As micro_measure(), for works that have batches of their own; those that have
 * no run are left out.
 */
static int measure(const char *work, const micro_run_t *runs, batch_t batch,
		   bool less_loop)
{
	struct micro_times times[MICRO_NR_ALLOCATORS] = { };
	unsigned int allocator;
	struct micro_pace pace;
	s64 median, loop = 0;
	int i, err = -ENOMEM;

	for (allocator = 0; allocator < MICRO_NR_ALLOCATORS; allocator++)
		if (micro_times_init(&times[allocator], micro.batches))
			goto out;
	micro_pace_init(&pace, MICRO_WARM_UP, micro.batches);
	while ((i = micro_pace_next(&pace)) != MICRO_OVER)
		for (allocator = 0; allocator < MICRO_NR_ALLOCATORS;
		     allocator++) {
			s64 ps;

			if (!runs[allocator])
				continue;
			ps = batch(allocator);
			if (ps < 0)
				goto out;
			if (i >= 0)
				times[allocator].ps[i] = ps;
			cond_resched();
		}
	err = 0;
	for (allocator = 0; allocator < MICRO_NR_ALLOCATORS; allocator++) {
		if (!runs[allocator])
			continue;
		times[allocator].nr = pace.done;
		median = micro_times_log(&times[allocator], work, allocator,
					 loop);
		if (less_loop && allocator == MICRO_nothing)
			loop = median;
	}
out:
	for (allocator = 0; allocator < MICRO_NR_ALLOCATORS; allocator++)
		micro_times_exit(&times[allocator]);
	return err;
}

static int measure_two(const char *work, const micro_run_t *runs, batch_t batch,
		       bool less_loop)
{
	int err = helper_start(work);

	if (err)
		return err;
	err = measure(work, runs, batch, less_loop);
	helper_stop();
	return err;
}

/**
 * micro_measure_at_once() - measure and log a work that two CPUs do at once
 * @work: its name
 * @first: what to run on this CPU, by allocator; NULL for those that are left out
 * @second: the same for the other, at the same time
 *
 * The result is what an operation takes on each CPU, the mean of both.
 *
 * Return: 0 or an error.
 */
int micro_measure_at_once(const char *work, const micro_run_t *first,
			  const micro_run_t *second)
{
	first_runs = first;
	second_runs = second;
	return measure_two(work, first, batch_at_once, true);
}

/* The ring is part of it: the CPUs do not wait one after the other. */
int micro_remote_free(void)
{
	return measure_two("remote_free", produce_runs, batch_ring, false);
}

int micro_remote_turns(void)
{
	return measure_two("remote_turns", put_runs, batch_turns, true);
}

int micro_two_cpus(void)
{
	return measure_two("two_cpus", pairs_runs, batch_both_cpus, false) ?:
	       measure_two("two_cpus_scaling", pairs_runs, batch_scaling,
			   false);
}
