// SPDX-License-Identifier: GPL-2.0
/* Sampled times: which are taken, how they are filed, what they mean. */
#include <linux/delay.h>

#include "common.h"

static int timing_init(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(0), 0);
	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_set(0), 0);
	return 0;
}

static void timing_exit(struct kunit *test)
{
	tslab_lock_timing_set(0);
	tslab_alloc_sampling_set(0);
}

/* Pairs of alloc and free that take the class lock once each. */
static void lock_pairs(struct tslab *ts, unsigned int n)
{
	while (n--)
		tslab_free(ts, tslab_alloc(ts, 8192, GFP_KERNEL));
}

static u64 bucket_sum(const struct tslab_histogram *h)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < TSLAB_HISTOGRAM_BUCKETS; i++)
		sum += h->scaled[i];
	return sum;
}

/* What holds for any histogram of which one event in N was taken. */
static void histogram_is_sound(struct kunit *test,
			       const struct tslab_histogram *h, u64 n)
{
	unsigned int last = min(fls64(h->max_ns), TSLAB_HISTOGRAM_BUCKETS - 1);
	u64 least = 0, most = 0;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, bucket_sum(h), h->samples * n);
	KUNIT_EXPECT_GT(test, h->scaled[last], 0);
	for (i = last + 1; i < TSLAB_HISTOGRAM_BUCKETS; i++)
		KUNIT_EXPECT_EQ(test, h->scaled[i], 0);
	for (i = 1; i < TSLAB_HISTOGRAM_BUCKETS; i++) {
		least += h->scaled[i] << (i - 1);
		most += h->scaled[i] * ((2ULL << (i - 1)) - 1);
	}
	KUNIT_EXPECT_GE(test, h->scaled_sum_ns, least);
	KUNIT_EXPECT_LE(test, h->scaled_sum_ns, most);
	KUNIT_EXPECT_LE(test, h->max_ns * n, h->scaled_sum_ns);
}

static void switches_are_checked(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_get(), 0);
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(64), 0);
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(TSLAB_SAMPLE_MAX + 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_get(), 64);
	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_get(), 0);
	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_set(TSLAB_SAMPLE_MAX), 0);
	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_set(UINT_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_get(), TSLAB_SAMPLE_MAX);
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(0), 0);
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_get(), 0);
}

static void nothing_is_timed_when_off(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_timing *timing;

	lock_pairs(ts, 100);
	KUNIT_EXPECT_NULL(test, ts->type[0].samples);
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(1), 0);
	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_set(1), 0);
	KUNIT_EXPECT_NOT_NULL(test, ts->type[0].samples);
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(0), 0);
	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_set(0), 0);
	lock_pairs(ts, 100);
	timing = tslab_test_timing(test, ts, 8192);
	KUNIT_EXPECT_EQ(test, timing->version, TSLAB_STATS_VERSION);
	KUNIT_EXPECT_EQ(test, timing->size, 8192);
	KUNIT_EXPECT_EQ(test, timing->lock_wait.samples +
			timing->lock_hold.samples +
			timing->alloc_wall.samples +
			timing->alloc_cpu.samples, 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 8192)
			->lock_wait_time_ns, 0);
	KUNIT_EXPECT_EQ(test, tslab_class_timing(ts, 0, timing), -EINVAL);
	KUNIT_EXPECT_EQ(test, tslab_class_timing(ts, TSLAB_MAX_SIZE + 1,
						 timing), -EINVAL);
	tslab_test_finish(test, ts);
}

static void histograms_are_sound(struct kunit *test)
{
	static const unsigned int ns[] = { 1, 2, 64 };
	struct tslab_timing *timing;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ns); i++) {
		struct tslab *ts = tslab_test_create_tier(test);

		KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(ns[i]), 0);
		KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_set(ns[i]), 0);
		lock_pairs(ts, 2000);
		/* The CPU has its slab still: these need no lock. */
		timing = tslab_test_timing(test, ts, 8192);
		if (ts->flags & TSLAB_SHARED_ONLY) {
			histogram_is_sound(test, &timing->lock_wait, ns[i]);
			histogram_is_sound(test, &timing->lock_hold, ns[i]);
		}
		histogram_is_sound(test, &timing->alloc_wall, ns[i]);
		KUNIT_EXPECT_EQ(test, bucket_sum(&timing->alloc_cpu),
				bucket_sum(&timing->alloc_wall));
		KUNIT_EXPECT_LE(test, timing->alloc_cpu.scaled_sum_ns,
				timing->alloc_wall.scaled_sum_ns);
		timing_exit(test);
		tslab_test_finish(test, ts);
	}
}

/* Events that alternate, as lock sites do, are sampled alike. */
static void one_in_n_is_timed(struct kunit *test)
{
	static const struct tslab_params params = {
		.flags = TSLAB_SHARED_ONLY,
	};
	struct tslab *ts = tslab_test_create(test, &params);
	struct tslab_timing *timing;
	struct tslab_stats *stats;
	u64 locks;

	KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(64), 0);
	lock_pairs(ts, 100000);
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(0), 0);
	timing = tslab_test_timing(test, ts, 8192);
	stats = tslab_test_stats(test, ts, 8192);
	locks = stats->lock_fast_acquire + stats->lock_contended;
	KUNIT_EXPECT_GT(test, locks, 100000);
	/* Sixteen standard deviations. */
	KUNIT_EXPECT_GT(test, timing->lock_wait.samples, locks / 64 * 3 / 4);
	KUNIT_EXPECT_LT(test, timing->lock_wait.samples, locks / 64 * 5 / 4);
	tslab_test_lock_times(test, timing, stats);
	tslab_test_finish(test, ts);
}

/* A hold that began before timing was switched on is not timed. */
static void switching_loses_nothing(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int class = tslab_class_of(64);
	struct tslab_type *type = &ts->type[class];
	struct tslab_bin *bin;
	struct tslab_timing *timing;
	unsigned int i;

	bin = tslab_bin_get(type, ts->epochs[0], GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bin);
	for (i = 0; i < 3; i++) {
		unsigned long flags;

		KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(1), 0);
		flags = tslab_class_lock(bin, TSLAB_SITE_slow_full, NULL);
		/* As if it had been switched off and on in between. */
		type->timed_at -= i == 1 ? NSEC_PER_SEC : 0;
		tslab_class_unlock(bin, flags);
		KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(0), 0);
	}
	timing = tslab_test_timing(test, ts, 64);
	KUNIT_EXPECT_EQ(test, timing->lock_wait.samples, 3);
	KUNIT_EXPECT_EQ(test, timing->lock_hold.samples, 2);
	tslab_test_finish(test, ts);
}

/* Time in which the task did not run is wall time, not CPU time. */
static void sleep_is_no_cpu_time(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_alloc_sample sample;
	struct tslab_timing *timing;
	u64 start = ktime_get_ns(), asleep, awake;

	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_set(1), 0);
	tslab_alloc_sample_begin(&sample);
	KUNIT_EXPECT_EQ(test, sample.weight, 1);
	asleep = ktime_get_ns();
	msleep(100);
	awake = ktime_get_ns();
	asleep = awake - asleep;
	/* A delay is as long as the kernel guesses, of which this is no test. */
	while (ktime_get_ns() - awake < 10 * NSEC_PER_MSEC)
		cpu_relax();
	tslab_alloc_sample_end(&sample, &ts->type[tslab_class_of(64)],
			       TSLAB_SLOW(refill));
	start = ktime_get_ns() - start;
	timing = tslab_test_timing(test, ts, 64);
	KUNIT_EXPECT_EQ(test, timing->alloc_wall.samples, 1);
	KUNIT_EXPECT_GE(test, timing->alloc_wall.max_ns,
			asleep + 10 * NSEC_PER_MSEC);
	KUNIT_EXPECT_LE(test, timing->alloc_wall.max_ns, start);
	/* Others may run beside the loop, and the two clocks may differ. */
	KUNIT_EXPECT_GE(test, timing->alloc_cpu.max_ns, 5 * NSEC_PER_MSEC);
	KUNIT_EXPECT_LE(test, timing->alloc_cpu.max_ns,
			timing->alloc_wall.max_ns - asleep * 9 / 10);
	KUNIT_EXPECT_EQ(test, timing->reason[TSLAB_SLOW_BIT_refill].samples, 1);
	KUNIT_EXPECT_EQ(test,
			timing->reason[TSLAB_SLOW_BIT_refill].scaled_wall_ns,
			timing->alloc_wall.scaled_sum_ns);
	KUNIT_EXPECT_EQ(test,
			timing->reason[TSLAB_SLOW_BIT_refill].scaled_cpu_ns,
			timing->alloc_cpu.scaled_sum_ns);
	tslab_test_finish(test, ts);
}

/* What was timed of an instance outlives it, in the sum over all. */
static void times_outlive_the_instance(struct kunit *test)
{
	struct tslab_timing *before, *after;
	unsigned int class = tslab_class_of(8192);
	struct tslab *ts;

	before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	after = kunit_kzalloc(test, sizeof(*after), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, after);
	mutex_lock(&tslab_instances_lock);
	tslab_timing_sum(NULL, class, before);
	mutex_unlock(&tslab_instances_lock);
	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_set(1), 0);
	ts = tslab_test_create_tier(test);
	lock_pairs(ts, 10);
	tslab_test_finish(test, ts);
	mutex_lock(&tslab_instances_lock);
	tslab_timing_sum(NULL, class, after);
	mutex_unlock(&tslab_instances_lock);
	KUNIT_EXPECT_EQ(test, after->alloc_wall.samples,
			before->alloc_wall.samples + 10);
}

static struct kunit_case timing_cases[] = {
	KUNIT_CASE(switches_are_checked),
	KUNIT_CASE_PARAM(nothing_is_timed_when_off, tslab_test_tiers),
	KUNIT_CASE_PARAM(histograms_are_sound, tslab_test_tiers),
	KUNIT_CASE(one_in_n_is_timed),
	KUNIT_CASE_PARAM(switching_loses_nothing, tslab_test_tiers),
	KUNIT_CASE_PARAM(sleep_is_no_cpu_time, tslab_test_tiers),
	KUNIT_CASE_PARAM(times_outlive_the_instance, tslab_test_tiers),
	{}
};

static struct kunit_suite timing_suite = {
	.name = "tslab_timing",
	.init = timing_init,
	.exit = timing_exit,
	.test_cases = timing_cases,
};

kunit_test_suite(timing_suite);
