// SPDX-License-Identifier: GPL-2.0
/*
 * What single pairs take: results "latency_p50" and so on. What it takes to
 * look at the clock is not in them, and in the percentiles nothing is finer
 * than the histogram.
 */
#include <linux/delay.h>
#include <linux/math64.h>

#include "histogram.h"
#include "micro.h"

/**
 * struct latency - times of an allocator, by micro_cycles()
 * @samples: how many
 * @max: the longest
 * @bucket: how many by time
 */
struct latency {
	u64 samples;
	u64 max;
	u64 bucket[HISTOGRAM_BUCKETS];
};

static struct latency *latencies;
/* What it takes to look at the clock, and how fast it is. */
static u64 clock_cycles;
static u64 cycles_per_ms;

static __always_inline bool timed_pairs(unsigned int n, micro_alloc_t alloc,
					micro_free_t free,
					enum micro_allocator allocator)
{
	struct latency *latency = &latencies[allocator];

	while (n--) {
		u64 start = micro_cycles();
		void *obj = alloc(GFP_KERNEL);
		u64 took;

		if (unlikely(!obj))
			return false;
		free(obj);
		took = micro_cycles() - start;
		took -= min(took, clock_cycles);
		latency->bucket[histogram_bucket(took)]++;
		latency->max = max(latency->max, took);
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

static void log_value(const char *work, enum micro_allocator allocator,
		      u64 cycles)
{
	s64 ps = mul_u64_u64_div_u64(cycles, NSEC_PER_MSEC * 1000,
				     cycles_per_ms);

	micro_log(work, allocator, ps, ps, ps);
}

/* The least of many, as what disturbs it is not in it. */
static void calibrate(void)
{
	u64 start, cycles, ns = ktime_get_ns();
	unsigned int i;

	clock_cycles = U64_MAX;
	start = micro_cycles();
	for (i = 0; i < 1000; i++) {
		u64 before = micro_cycles();

		clock_cycles = min(clock_cycles, micro_cycles() - before);
	}
	mdelay(20);
	cycles = micro_cycles() - start;
	ns = ktime_get_ns() - ns;
	cycles_per_ms = max(mul_u64_u64_div_u64(cycles, NSEC_PER_MSEC, ns),
			    1ULL);
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
	struct micro_pace pace;
	int i, err = -ENOMEM;

	latencies = kvcalloc(MICRO_NR_ALLOCATORS, sizeof(*latencies),
			     GFP_KERNEL);
	if (!latencies)
		return -ENOMEM;
	calibrate();
	micro_pace_init(&pace, MICRO_WARM_UP, micro.batches);
	while ((i = micro_pace_next(&pace)) != MICRO_OVER) {
		if (!i)
			memset(latencies, 0, MICRO_NR_ALLOCATORS *
			       sizeof(*latencies));
		if (!latency_tslab(micro.ops) ||
		    !latency_kmem_cache(micro.ops) ||
		    !latency_kmalloc(micro.ops))
			goto out;
	}
	err = 0;
	log_latency(MICRO_tslab);
	log_latency(MICRO_kmem_cache);
	log_latency(MICRO_kmalloc);
out:
	kvfree(latencies);
	return err;
}
