// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: ratios of counters, and what to think of them
 */
#include "stat.h"

static const struct {
	const char *name;
	const char *num;
	const char *den[2];	/* added up; NULL: nothing to add */
	bool has_band;
} ratios[NR_DERIVED] = {
	[ALLOC_CAS] = {
		"alloc_cas_retries_per_attempt",
		"bitmap_alloc_cas_retries",
		{ "bitmap_alloc_attempts" },
		true,
	},
	[FREE_CAS] = {
		"free_cas_retries_per_attempt",
		"bitmap_free_cas_retries",
		{ "bitmap_free_attempts" },
		true,
	},
	[PARTIAL_FAILURE] = {
		"current_partial_failure_rate",
		"current_partial_cas_failures",
		{ "current_partial_cas_attempts" },
		true,
	},
	[LOCK_CONTENTION] = {
		"lock_contention_rate",
		"lock_contended",
		{ "lock_fast_acquire", "lock_contended" },
		true,
	},
	[RECYCLE] = {
		"recycle_rate",
		"empty_slab_recycled",
		{ "empty_slab_recycled", "empty_slab_overflowed" },
		false,
	},
	[UTILISATION] = {
		"utilisation",
		"live_bytes",
		{ "committed_bytes" },
		false,
	},
	[LOCK_WAIT] = {
		"lock_wait_ns_per_acquisition",
		"lock_wait_time_ns",
		{ "lock_fast_acquire", "lock_contended" },
		false,
	},
	[LOCK_HOLD] = {
		"lock_hold_ns_per_acquisition",
		"lock_hold_time_ns",
		{ "lock_fast_acquire", "lock_contended" },
		false,
	},
};

uint64_t lock_acquisitions(const struct stats *stats)
{
	return sum_saturated(stats_value(stats, "lock_fast_acquire"),
			     stats_value(stats, "lock_contended"));
}

const char *const misuse_names[NR_MISUSE] = {
	"size_rejected", "free_double", "free_invalid", "free_foreign",
	"free_kfree", "handle_invalid", "handle_stale", "object_overwritten",
};

uint64_t misuse_sum(const struct stats *stats)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < NR_MISUSE; i++)
		sum = sum_saturated(sum, stats_value(stats, misuse_names[i]));
	return sum;
}

/* Of one time in N, all are estimated. */
uint64_t histogram_events(const struct stats *stats)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < NR_BUCKETS; i++)
		sum = sum_saturated(sum, stats_value(stats, bucket_names[i]));
	return sum;
}

/*
 * Green is under 5 %, red over 20 %, the bounds themselves are yellow. Decided
 * in integers: a double would move the bounds.
 */
static enum band band_of(uint64_t num, uint64_t den)
{
	if (!den)
		return BAND_NONE;
	if (num <= (den - 1) / 20)	/* 20 * num < den */
		return BAND_GREEN;
	if (num <= den / 5)		/* 5 * num <= den */
		return BAND_YELLOW;
	return BAND_RED;
}

struct ratio derive(const struct stats *stats, enum derived which)
{
	struct ratio ratio = {
		.num = stats_value(stats, ratios[which].num),
		.den = stats_value(stats, ratios[which].den[0]),
	};

	if (ratios[which].den[1])
		ratio.den = sum_saturated(ratio.den,
					  stats_value(stats, ratios[which].den[1]));
	if (ratios[which].has_band)
		ratio.band = band_of(ratio.num, ratio.den);
	return ratio;
}

const char *derived_name(enum derived which)
{
	return ratios[which].name;
}

bool derived_has_band(enum derived which)
{
	return ratios[which].has_band;
}

double ratio_value(const struct ratio *ratio)
{
	return (double)ratio->num / (double)ratio->den;
}

const char *band_name(enum band band)
{
	static const char *const names[] = {
		[BAND_GREEN] = "green",
		[BAND_YELLOW] = "yellow",
		[BAND_RED] = "red",
	};

	return names[band];
}
