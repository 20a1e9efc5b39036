// SPDX-License-Identifier: GPL-2.0
/*
 * A run: threads that do requests until the time is over. Then all stop with
 * what they hold, the pages are looked at, and everything is freed.
 */
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "bench.h"

#define RING		256	/* objects on their way to another thread */
#define SESSIONS	64	/* objects of a thread that outlive requests */
#define TIMED_ONE_IN	8
#define TICK_MS		10

/**
 * struct object_list - objects linked through their first word
 * @first: the first, or NULL
 * @nr: how many
 */
struct object_list {
	void *first;
	unsigned int nr;
};

/**
 * struct bench_worker - a thread of a run
 * @bench: the run
 * @index: number of the thread
 * @rnd: what decides what it does
 * @timing_rnd: what decides which allocations are timed
 * @phase: phase it allocates in, or 0
 * @phase_left: requests until the next
 * @leaked: objects to be freed when the run is over
 * @lagging: objects of the last requests, a list for each
 * @lag_next: place in @lagging
 * @ring: objects from the thread before
 * @ring_in: place in the next thread's @ring
 * @ring_out: place in @ring
 * @requests: see struct bench_result
 * @allocs: likewise
 * @frees: likewise
 * @failed: likewise
 * @phases_refused: likewise
 * @latency: likewise
 */
struct bench_worker {
	struct bench *bench;
	unsigned int index;
	struct rnd_state rnd;
	struct rnd_state timing_rnd;
	u64 phase;
	u64 phase_left;
	struct object_list leaked;
	struct object_list lagging[BENCH_LAG_MAX];
	unsigned int lag_next;
	void *ring[RING];
	unsigned int ring_in;
	unsigned int ring_out;
	u64 requests;
	u64 allocs;
	u64 frees;
	u64 failed;
	u64 phases_refused;
	struct bench_latency latency;
} ____cacheline_aligned_in_smp;

/* === Objects === */

static void list_push(struct object_list *list, void *obj)
{
	*(void **)obj = list->first;
	list->first = obj;
	list->nr++;
}

static void *worker_alloc(struct bench_worker *w, u64 phase)
{
	struct bench *bench = w->bench;
	void *obj;

	if (prandom_u32_state(&w->timing_rnd) % TIMED_ONE_IN) {
		obj = bench->backend->alloc(bench, phase);
	} else {
		u64 start = ktime_get_ns();

		obj = bench->backend->alloc(bench, phase);
		bench_latency_add(&w->latency, ktime_get_ns() - start);
	}
	if (obj)
		w->allocs++;
	else
		w->failed++;
	return obj;
}

static void worker_free(struct bench_worker *w, void *obj)
{
	w->bench->backend->free(w->bench, obj);
	w->frees++;
}

static void worker_free_list(struct bench_worker *w, struct object_list *list)
{
	while (list->first) {
		void *obj = list->first;

		list->first = *(void **)obj;
		worker_free(w, obj);
	}
	list->nr = 0;
}

/* === Phases === */

static void phase_open(struct bench_worker *w)
{
	w->phase = w->bench->backend->phase_open(w->bench, "phase");
	if (!w->phase && w->bench->ts)
		w->phases_refused++;
}

static void phase_close(struct bench_worker *w)
{
	if (w->phase)
		w->bench->backend->phase_close(w->bench, w->phase);
	w->phase = 0;
}

/* Opens the phase of the next request, if it needs one of its own. */
static void request_begin(struct bench_worker *w)
{
	const struct bench_options *options = &w->bench->options;

	switch (options->epoch_policy) {
	case BENCH_PER_REQ:
		phase_open(w);
		break;
	case BENCH_BATCH:
		if (!w->phase_left) {
			phase_close(w);
			phase_open(w);
			w->phase_left = options->batch_size;
		}
		w->phase_left--;
		break;
	default:
		break;
	}
}

static void request_end(struct bench_worker *w)
{
	if (w->bench->options.epoch_policy == BENCH_PER_REQ)
		phase_close(w);
}

/* === Requests === */

static unsigned int request_size(struct bench_worker *w)
{
	const struct bench_options *options = &w->bench->options;

	return options->objs_min + prandom_u32_state(&w->rnd) %
	       (options->objs_max - options->objs_min + 1);
}

/* Allocates the objects of a request; those that outlive it go to @outlive. */
static void request_alloc(struct bench_worker *w, struct object_list *list,
			  struct object_list *outlive)
{
	const struct bench_options *options = &w->bench->options;
	unsigned int n = request_size(w);

	while (n--) {
		bool outlives = outlive && prandom_u32_state(&w->rnd) % 100 <
					   options->leak_pct;
		bool apart = outlives && options->routing == BENCH_ISOLATED;
		void *obj = worker_alloc(w, apart ? w->bench->long_lived :
						    w->phase);

		if (obj)
			list_push(outlives ? outlive : list, obj);
	}
}

/* The list whose turn it is, of which the objects have been held for long. */
static struct object_list *lag_turn(struct bench_worker *w)
{
	struct object_list *list = &w->lagging[w->lag_next];

	w->lag_next = (w->lag_next + 1) % w->bench->options.lag;
	worker_free_list(w, list);
	return list;
}

static void request_phases(struct bench_worker *w)
{
	const struct bench_options *options = &w->bench->options;
	struct object_list list = { };

	request_begin(w);
	if (options->pattern == BENCH_CHURN)
		request_alloc(w, &list, lag_turn(w));
	else if (options->free_policy == BENCH_LAG)
		request_alloc(w, lag_turn(w), NULL);
	else if (options->free_policy == BENCH_LEAK_SHARE)
		request_alloc(w, &list, &w->leaked);
	else
		request_alloc(w, &list, NULL);
	worker_free_list(w, &list);
	request_end(w);
}

/* Gives its objects to the next thread and frees those of the one before. */
static void request_pass(struct bench_worker *w)
{
	struct bench *bench = w->bench;
	struct bench_worker *next = &bench->workers[(w->index + 1) %
						    bench->options.threads];
	unsigned int n = request_size(w);
	void *obj;

	request_begin(w);
	while (n--) {
		void **place = &next->ring[w->ring_in % RING];

		obj = worker_alloc(w, w->phase);
		if (!obj)
			continue;
		/* Pairs with the xchg of the thread that takes it out. */
		if (cmpxchg_release(place, NULL, obj))
			worker_free(w, obj);
		else
			w->ring_in++;
	}
	while ((obj = xchg(&w->ring[w->ring_out % RING], NULL))) {
		w->ring_out++;
		worker_free(w, obj);
	}
	request_end(w);
}

/* A server's: sessions stay, and now and then one is replaced. */
static void request_domain(struct bench_worker *w)
{
	unsigned int n = request_size(w), done;
	struct object_list *session;
	void *obj;

	session = &w->lagging[prandom_u32_state(&w->rnd) % SESSIONS];
	if (!session->first || !(prandom_u32_state(&w->rnd) % 16)) {
		worker_free_list(w, session);
		obj = worker_alloc(w, w->bench->long_lived);
		if (obj)
			list_push(session, obj);
	}
	done = w->bench->backend->request(w->bench, n);
	w->allocs += done;
	w->frees += done;
	w->failed += n - done;
}

/* Holds what it has in a phase of its own until the others have stopped. */
static void straggle(struct bench_worker *w)
{
	phase_open(w);
	request_alloc(w, &w->leaked, NULL);
	w->requests++;
	while (!READ_ONCE(w->bench->stop) &&
	       !(w->bench->options.rounds &&
		 atomic_read(&w->bench->running) == 1))
		schedule_timeout_interruptible(1);
}

static bool worker_goes_on(struct bench_worker *w)
{
	u64 rounds = w->bench->options.rounds;

	return !READ_ONCE(w->bench->stop) && (!rounds || w->requests < rounds);
}

static void worker_requests(struct bench_worker *w)
{
	const struct bench_options *options = &w->bench->options;

	if (options->pattern == BENCH_STRAGGLER && !w->index) {
		straggle(w);
		return;
	}
	while (worker_goes_on(w)) {
		switch (options->pattern) {
		case BENCH_CROSS_THREAD_FREE:
			request_pass(w);
			break;
		case BENCH_REQUEST:
			request_domain(w);
			break;
		case BENCH_BURST:
			schedule_timeout_interruptible(msecs_to_jiffies(10));
			request_phases(w);
			break;
		default:
			request_phases(w);
			break;
		}
		w->requests++;
		cond_resched();
	}
}

/* Frees all the worker still has. */
static void worker_drain(struct bench_worker *w)
{
	unsigned int i;
	void *obj;

	for (i = 0; i < BENCH_LAG_MAX; i++)
		worker_free_list(w, &w->lagging[i]);
	worker_free_list(w, &w->leaked);
	for (i = 0; i < RING; i++) {
		obj = xchg(&w->ring[i], NULL);
		if (obj)
			worker_free(w, obj);
	}
	phase_close(w);
}

static int worker_fn(void *data)
{
	struct bench_worker *w = data;
	struct bench *bench = w->bench;

	worker_requests(w);
	if (atomic_dec_and_test(&bench->running))
		complete(&bench->over);
	wait_for_completion(&bench->drain);
	worker_drain(w);
	/* Not by returning: the module may go once all are gone. */
	kthread_complete_and_exit(atomic_dec_and_test(&bench->drained) ?
				  &bench->gone : NULL, 0);
}

/* === The run === */

static u64 bench_pages(struct bench *bench, struct tslab_stats *stats)
{
	if (!bench->backend->stats)
		return 0;
	bench->backend->stats(bench, stats);
	return stats->committed_bytes >> PAGE_SHIFT;
}

/* Watches until the time is over, the rounds are done or a signal comes. */
static void bench_watch(struct bench *bench)
{
	struct bench_result *result = bench->result;
	u64 end = bench->started_ns +
		  bench->options.duration_s * NSEC_PER_SEC;
	unsigned int most = bench->options.duration_s * 1000 / BENCH_PAGES_MS;
	unsigned long tick = msecs_to_jiffies(TICK_MS);

	while (ktime_get_ns() < end) {
		unsigned int at = (ktime_get_ns() - bench->started_ns) /
				  (BENCH_PAGES_MS * NSEC_PER_MSEC);
		u64 pages = bench_pages(bench, &result->counters);
		long left;

		result->pages_peak = max(result->pages_peak, pages);
		if (at >= result->nr_pages_at && result->nr_pages_at < most)
			result->pages_at[result->nr_pages_at++] = pages;
		left = wait_for_completion_interruptible_timeout(&bench->over,
								 tick);
		if (left > 0)
			return;
		if (left < 0) {
			result->interrupted = true;
			break;
		}
	}
	WRITE_ONCE(bench->stop, true);
	wait_for_completion(&bench->over);
}

static u64 bench_live(const struct bench *bench)
{
	u64 live = 0;
	unsigned int i;

	for (i = 0; i < bench->options.threads; i++)
		live += bench->workers[i].allocs - bench->workers[i].frees;
	return live;
}

static void bench_sum(struct bench *bench)
{
	struct bench_result *result = bench->result;
	unsigned int i;

	for (i = 0; i < bench->options.threads; i++) {
		struct bench_worker *w = &bench->workers[i];

		result->requests += w->requests;
		result->allocs += w->allocs;
		result->frees += w->frees;
		result->failed += w->failed;
		result->phases_refused += w->phases_refused;
		bench_latency_sum(&result->latency, &w->latency);
	}
}

/* Return: number of threads that were started. */
static unsigned int bench_start_workers(struct bench *bench)
{
	int cpu = cpumask_first(cpu_online_mask);
	unsigned int i;

	for (i = 0; i < bench->options.threads; i++) {
		struct bench_worker *w = &bench->workers[i];
		struct task_struct *task;

		w->bench = bench;
		w->index = i;
		prandom_seed_state(&w->rnd, bench->options.seed + i);
		prandom_seed_state(&w->timing_rnd, i);
		task = kthread_create(worker_fn, w, "tslab_bench/%u", i);
		if (IS_ERR(task))
			break;
		set_cpus_allowed_ptr(task, cpumask_of(cpu));
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		wake_up_process(task);
	}
	return i;
}

/* Lets the threads free what they hold, and closes what is open. */
static void bench_drain(struct bench *bench)
{
	complete_all(&bench->drain);
	wait_for_completion(&bench->gone);
	if (bench->long_lived)
		bench->backend->phase_close(bench, bench->long_lived);
	bench->backend->phase_close(bench, 0);
}

/**
 * bench_run() - run a load
 * @bench: with options and an empty result
 *
 * Return: 0; -EINTR if a signal ended it early, with a valid result; -ENOMEM;
 * -EUCLEAN if something was left behind.
 */
int bench_run(struct bench *bench)
{
	struct bench_result *result = bench->result;
	unsigned int threads = bench->options.threads;
	unsigned int started;
	int err;

	/* Pairs with bench_progress(). */
	smp_store_release(&bench->workers,
			  kvcalloc(threads, sizeof(*bench->workers),
				   GFP_KERNEL));
	result->pages_at = kvcalloc(bench->options.duration_s,
				    1000 / BENCH_PAGES_MS *
				    sizeof(*result->pages_at), GFP_KERNEL);
	if (!bench->workers || !result->pages_at)
		return -ENOMEM;
	err = bench->backend->start(bench);
	if (err)
		return err;
	init_completion(&bench->over);
	init_completion(&bench->drain);
	init_completion(&bench->gone);
	atomic_set(&bench->running, threads);
	atomic_set(&bench->drained, threads);
	bench->long_lived = bench->backend->phase_open(bench, "long-lived");
	WRITE_ONCE(bench->started_ns, ktime_get_ns());
	started = bench_start_workers(bench);
	if (started < threads) {
		err = -ENOMEM;
		WRITE_ONCE(bench->stop, true);
		if (atomic_sub_and_test(threads - started, &bench->running))
			complete(&bench->over);
		if (atomic_sub_and_test(threads - started, &bench->drained))
			complete(&bench->gone);
	}
	bench_watch(bench);
	result->elapsed_ns = ktime_get_ns() - bench->started_ns;
	result->pages_end = bench_pages(bench, &result->counters);
	result->pages_peak = max(result->pages_peak, result->pages_end);
	result->live_end = bench_live(bench);
	bench_drain(bench);
	result->pages_after = bench_pages(bench, &result->counters);
	bench_sum(bench);
	bench->backend->stop(bench);
	if (!err && (result->allocs != result->frees || result->pages_after ||
		     result->counters.live_objects))
		err = -EUCLEAN;
	if (!err && result->interrupted)
		err = -EINTR;
	return err;
}

/* Frees what bench_run() has made, but the result. */
void bench_free(struct bench *bench)
{
	kvfree(bench->workers);
}

/* Context: between the beginning of bench_run() and bench_free(). */
void bench_progress(struct seq_file *m, const struct bench *bench)
{
	/* Pairs with bench_run(). */
	const struct bench_worker *w = smp_load_acquire(&bench->workers);
	u64 requests = 0, allocs = 0;
	unsigned int i;

	for (i = 0; w && i < bench->options.threads; i++) {
		requests += READ_ONCE(w[i].requests);
		allocs += READ_ONCE(w[i].allocs);
	}
	seq_printf(m, "running %llu %llu %llu\n",
		   (ktime_get_ns() - bench->started_ns) / NSEC_PER_MSEC,
		   requests, allocs);
}
