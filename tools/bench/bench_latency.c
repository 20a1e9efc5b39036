// SPDX-License-Identifier: GPL-2.0
/* Log2-linear histograms: 16 buckets for each power of two. */
#include <linux/bitops.h>

#include "bench.h"

#define LINEAR_BITS	4
#define LINEAR		BIT(LINEAR_BITS)

static unsigned int bucket_of(u64 ns)
{
	unsigned int shift;

	if (ns < LINEAR)
		return ns;
	shift = fls64(ns) - 1 - LINEAR_BITS;
	return min_t(unsigned int, (shift << LINEAR_BITS) + (ns >> shift),
		     BENCH_BUCKETS - 1);
}

/* Least number of nanoseconds that is beyond a bucket. */
static u64 bucket_end(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < LINEAR)
		return bucket + 1;
	shift = (bucket >> LINEAR_BITS) - 1;
	return ((bucket & (LINEAR - 1)) + LINEAR + 1) << shift;
}

void bench_latency_add(struct bench_latency *latency, u64 ns)
{
	latency->bucket[bucket_of(ns)]++;
}

void bench_latency_sum(struct bench_latency *sum,
		       const struct bench_latency *latency)
{
	unsigned int i;

	for (i = 0; i < BENCH_BUCKETS; i++)
		sum->bucket[i] += latency->bucket[i];
}

void bench_latency_show(struct seq_file *m,
			const struct bench_latency *latency)
{
	unsigned int i;

	for (i = 0; i < BENCH_BUCKETS; i++)
		if (latency->bucket[i])
			seq_printf(m, "latency_ns %llu %llu\n", bucket_end(i),
				   latency->bucket[i]);
}
