/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tslab_bench: what its parts know of each other.
 *
 *   bench_main.c -> bench_options.c	files in debugfs; what a run is made of
 *                -> bench_run.c	threads and what they do
 *                   -> bench_backend.c	the allocators
 *                   -> bench_latency.c	how long allocations took
 */
#ifndef _TSLAB_BENCH_H
#define _TSLAB_BENCH_H

#include <linux/completion.h>
#include <linux/prandom.h>
#include <linux/seq_file.h>
#include <linux/tslab.h>

#include "../../tslab/compat.h"
#include "histogram.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

/* === Options === */

#define BENCH_THREADS_MAX	64
#define BENCH_LAG_MAX		1024

enum bench_pattern {
	BENCH_HOTSPOT,
	BENCH_STEADY,
	BENCH_STRAGGLER,
	BENCH_CROSS_THREAD_FREE,
	BENCH_BURST,
	BENCH_LEAK,
	BENCH_REQUEST,
	BENCH_CHURN,
};

enum bench_epoch_policy { BENCH_PER_REQ, BENCH_BATCH, BENCH_MANUAL };
enum bench_free_policy { BENCH_WITHIN_REQ, BENCH_LAG, BENCH_LEAK_SHARE };
enum bench_routing { BENCH_ISOLATED, BENCH_MIXED };

/**
 * struct bench_options - what a run is made of
 * @pattern: enum bench_pattern
 * @backend: index of bench_backends
 * @threads: threads, bound to the CPUs in turn
 * @size: bytes of an object
 * @duration_s: seconds
 * @rounds: requests of each thread, or 0 to go by time alone
 * @epoch_policy: enum bench_epoch_policy: what an epoch is opened for
 * @batch_size: requests of an epoch with BENCH_BATCH
 * @free_policy: enum bench_free_policy: when objects are freed
 * @lag: requests that objects outlive with BENCH_LAG and in BENCH_CHURN
 * @leak_pct: per cent of the objects that outlive their phase
 * @objs_min: fewest objects of a request
 * @objs_max: most objects of a request
 * @routing: enum bench_routing: where those go that outlive their phase
 * @seed: of what each thread does
 */
struct bench_options {
	u64 pattern;
	u64 backend;
	u64 threads;
	u64 size;
	u64 duration_s;
	u64 rounds;
	u64 epoch_policy;
	u64 batch_size;
	u64 free_policy;
	u64 lag;
	u64 leak_pct;
	u64 objs_min;
	u64 objs_max;
	u64 routing;
	u64 seed;
};

int bench_options_parse(struct bench_options *options, char *text, char *error,
			size_t len);
void bench_options_show(struct seq_file *m,
			const struct bench_options *options);

/* === Latency === */

struct bench_latency {
	u64 bucket[HISTOGRAM_BUCKETS];
};

void bench_latency_add(struct bench_latency *latency, u64 ns);
void bench_latency_sum(struct bench_latency *sum,
		       const struct bench_latency *latency);
void bench_latency_show(struct seq_file *m,
			const struct bench_latency *latency);

/* === Backends === */

struct bench;

/**
 * struct bench_backend - an allocator
 * @name: its name
 * @start: gets it ready; returns 0 or an error
 * @stop: after the last object was freed
 * @alloc: an object of a phase, or of none if that is 0
 * @free: frees it
 * @phase_open: begins a phase; returns 0 if there is no such thing, or none left
 * @phase_close: its objects have been freed or will be
 * @request: n objects that live and die together, with nothing in between;
 *	returns how many there were
 * @stats: counters and gauges, or NULL if the allocator has none
 */
struct bench_backend {
	const char *name;
	int (*start)(struct bench *bench);
	void (*stop)(struct bench *bench);
	void *(*alloc)(struct bench *bench, u64 phase);
	void (*free)(struct bench *bench, void *obj);
	u64 (*phase_open)(struct bench *bench, const char *label);
	void (*phase_close)(struct bench *bench, u64 phase);
	unsigned int (*request)(struct bench *bench, unsigned int n);
	void (*stats)(struct bench *bench, struct tslab_stats *stats);
};

extern const struct bench_backend * const bench_backends[];
extern const char * const bench_backend_names[];
void bench_backends_exit(void);

/* === Runs === */

/**
 * struct bench_result - what came of a run
 * @interrupted: ended by a signal
 * @elapsed_ns: from the first request to the last
 * @requests: requests that were completed
 * @allocs: objects allocated
 * @frees: objects freed, all of them in the end
 * @failed: allocations that gave NULL
 * @phases_refused: phases there was no epoch left for
 * @live_end: objects live when the time was over
 * @pages_peak: most pages held
 * @pages_end: pages held when the time was over
 * @pages_after: pages held after everything was freed and closed
 * @counters: counters of the allocator
 * @latency: of one allocation in 8
 * @nr_pages_at: entries of @pages_at
 * @pages_at: pages held, every BENCH_PAGES_MS
 */
struct bench_result {
	bool interrupted;
	u64 elapsed_ns;
	u64 requests;
	u64 allocs;
	u64 frees;
	u64 failed;
	u64 phases_refused;
	u64 live_end;
	u64 pages_peak;
	u64 pages_end;
	u64 pages_after;
	struct tslab_stats counters;
	struct bench_latency latency;
	unsigned int nr_pages_at;
	u32 *pages_at;
};

#define BENCH_PAGES_MS	100

/**
 * struct bench - a run
 * @options: what it is made of
 * @backend: its allocator
 * @ts: instance of the tslab backends
 * @cache: cache of the kmem_cache backend
 * @stop: time is over
 * @running: threads that have requests to do
 * @over: no thread has
 * @drain: the threads may free what they still hold
 * @drained: threads that have not done so
 * @gone: all have
 * @started_ns: ktime_get_ns() of the beginning
 * @long_lived: phase of objects that outlive theirs
 * @workers: one for each thread
 * @result: what came of it
 */
struct bench {
	struct bench_options options;
	const struct bench_backend *backend;
	struct tslab *ts;
	struct kmem_cache *cache;
	bool stop;
	atomic_t running;
	struct completion over;
	struct completion drain;
	atomic_t drained;
	struct completion gone;
	u64 started_ns;
	u64 long_lived;
	struct bench_worker *workers;
	struct bench_result *result;
};

int bench_run(struct bench *bench);
void bench_free(struct bench *bench);
void bench_progress(struct seq_file *m, const struct bench *bench);

#endif /* _TSLAB_BENCH_H */
