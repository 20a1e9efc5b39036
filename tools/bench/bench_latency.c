// SPDX-License-Identifier: GPL-2.0
/* How long allocations took. */
#include "bench.h"

void bench_latency_add(struct bench_latency *latency, u64 ns)
{
	latency->bucket[histogram_bucket(ns)]++;
}

void bench_latency_sum(struct bench_latency *sum,
		       const struct bench_latency *latency)
{
	unsigned int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		sum->bucket[i] += latency->bucket[i];
}

void bench_latency_show(struct seq_file *m,
			const struct bench_latency *latency)
{
	unsigned int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (latency->bucket[i])
			seq_printf(m, "latency_ns %llu %llu\n",
				   histogram_bucket_end(i),
				   latency->bucket[i]);
}
