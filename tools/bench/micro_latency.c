// SPDX-License-Identifier: GPL-2.0
/*
 * What single pairs take: results "latency_p50" and so on. What it takes to
 * look at the clock is not in them, and in the percentiles nothing is finer
 * than the histogram.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>

#include "histogram.h"
#include "micro.h"

/**
 * struct latency - times of an allocator
 * @samples: how many
 * @max: the longest, nanoseconds
 * @bucket: how many by time
 */
struct latency {
	u64 samples;
	u64 max;
	u64 bucket[HISTOGRAM_BUCKETS];
};

static struct latency *latencies;
static u64 clock_ns;

static __always_inline bool timed_pairs(unsigned int n, micro_alloc_t alloc,
					micro_free_t free,
					enum micro_allocator allocator)
{
	struct latency *latency = &latencies[allocator];

	while (n--) {
		u64 start = ktime_get_ns();
		void *obj = alloc(GFP_KERNEL);
		u64 ns;

		if (unlikely(!obj))
			return false;
		free(obj);
		ns = ktime_get_ns() - start;
		ns -= min(ns, clock_ns);
		latency->bucket[histogram_bucket(ns)]++;
		latency->max = max(latency->max, ns);
		latency->samples++;
	}
	return true;
}

MICRO_RUN(latency, tslab, timed_pairs, MICRO_tslab)
MICRO_RUN(latency, kmem_cache, timed_pairs, MICRO_kmem_cache)
MICRO_RUN(latency, kmalloc, timed_pairs, MICRO_kmalloc)

/* The greatest value that is not above @permille of the samples. */
static u64 percentile(const struct latency *latency, unsigned int permille)
{
	u64 wanted = div_u64(latency->samples * permille, 1000);
	unsigned int i;
	u64 seen = 0;

	for (i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		seen += latency->bucket[i];
		if (seen > wanted)
			break;
	}
	return min(histogram_bucket_end(i) - 1, latency->max);
}

static void log_value(const char *work, enum micro_allocator allocator, u64 ns)
{
	micro_log(work, allocator, ns * 1000, ns * 1000, ns * 1000);
}

static void log_latency(enum micro_allocator allocator)
{
	const struct latency *latency = &latencies[allocator];

	log_value("latency_p50", allocator, percentile(latency, 500));
	log_value("latency_p99", allocator, percentile(latency, 990));
	log_value("latency_p99.9", allocator, percentile(latency, 999));
	log_value("latency_max", allocator, latency->max);
}

int micro_latency(void)
{
	int i, err = -ENOMEM;

	latencies = kvcalloc(MICRO_NR_ALLOCATORS, sizeof(*latencies),
			     GFP_KERNEL);
	if (!latencies)
		return -ENOMEM;
	clock_ns = div_u64(micro_clock_ps(), 1000);
	for (i = -MICRO_WARM_UP; i < (int)micro.batches; i++) {
		if (!i)
			memset(latencies, 0, MICRO_NR_ALLOCATORS *
			       sizeof(*latencies));
		if (!latency_tslab(micro.ops) ||
		    !latency_kmem_cache(micro.ops) ||
		    !latency_kmalloc(micro.ops))
			goto out;
		cond_resched();
	}
	err = 0;
	log_latency(MICRO_tslab);
	log_latency(MICRO_kmem_cache);
	log_latency(MICRO_kmalloc);
out:
	kvfree(latencies);
	return err;
}
