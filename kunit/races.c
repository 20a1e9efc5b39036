// SPDX-License-Identifier: GPL-2.0
/* What is seen in the middle of what other CPUs do. */
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "common.h"

/* === Figures meanwhile === */

#define PASSING		4
/* It takes a CPU that stumbles within a read. */
#define READ_SECONDS	4

struct passing {
	struct tslab *ts;
	void *ring[PASSING];
	atomic_t role;
	bool stop;
	u64 too_many;
	u64 reads;
};

/*
 * One CPU allocates, another frees, so at most a few objects are ever live;
 * the third reads how many.
 */
static int passing_fn(void *data)
{
	struct passing *passing = data;
	int role = atomic_inc_return(&passing->role);
	struct tslab_epoch_stats *epoch_stats;
	unsigned long end = jiffies + READ_SECONDS * HZ;
	struct tslab_stats *stats;
	unsigned int i;

	for (i = 0; role == 1 && !READ_ONCE(passing->stop); i++) {
		void *obj = tslab_alloc(passing->ts, 128, GFP_KERNEL);

		while (READ_ONCE(passing->ring[i % PASSING]) &&
		       !READ_ONCE(passing->stop))
			cond_resched();
		tslab_free(passing->ts, xchg(&passing->ring[i % PASSING], obj));
	}
	for (i = 0; role == 2 && !READ_ONCE(passing->stop); cond_resched()) {
		void *obj = xchg(&passing->ring[i % PASSING], NULL);

		tslab_free(passing->ts, obj);
		i += !!obj;
	}
	if (role != 3)
		return 0;
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	epoch_stats = kzalloc(sizeof(*epoch_stats), GFP_KERNEL);
	while (stats && epoch_stats && time_before(jiffies, end)) {
		/* Those in the ring and one at each end, and never below zero. */
		tslab_class_stats(passing->ts, 128, stats);
		passing->too_many += (s64)stats->live_objects < 0 ||
				     (s64)stats->live_bytes < 0;
		passing->too_many += stats->free_objects > stats->alloc_objects;
		tslab_epoch_stats(passing->ts, tslab_epoch_current(passing->ts),
				  epoch_stats);
		passing->too_many += (s64)epoch_stats->live_objects < 0;
		passing->reads++;
		cond_resched();
	}
	kfree(epoch_stats);
	kfree(stats);
	WRITE_ONCE(passing->stop, true);
	return 0;
}

static void live_is_never_below_zero(struct kunit *test)
{
	struct passing *passing = kunit_kzalloc(test, sizeof(*passing),
						GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, passing);
	if (num_online_cpus() < 3)
		kunit_skip(test, "needs three CPUs");
	passing->ts = tslab_test_create_tier(test);
	tslab_test_on_all_cpus(test, passing_fn, passing);
	for (i = 0; i < PASSING; i++)
		tslab_free(passing->ts, passing->ring[i]);
	KUNIT_EXPECT_GT(test, passing->reads, 1000);
	KUNIT_EXPECT_EQ(test, passing->too_many, 0);
	tslab_test_finish(test, passing->ts);
}

/* === Ids of slabs === */

#define ID_ROUNDS	500

struct id_race {
	struct tslab *ts;
	tslab_epoch_t epoch;
	tslab_handle_t handle[NR_CPUS];
	atomic_t role;
	atomic_t here;
	atomic_t gone;
	unsigned int n;
};

/* Each makes the first handle into the same slab, which gets one id. */
static int id_race_fn(void *data)
{
	struct id_race *race = data;
	unsigned int me = atomic_inc_return(&race->role) - 1;
	unsigned int round;

	for (round = 1; round <= ID_ROUNDS; round++) {
		tslab_test_rendezvous(&race->here, race->n * round);
		race->handle[me] = tslab_alloc_handle(race->ts, race->epoch, 64,
						      GFP_KERNEL);
		if (race->handle[me] == TSLAB_HANDLE_NONE)
			return -ENOMEM;
		tslab_test_rendezvous(&race->gone, race->n * (2 * round - 1));
		if (!me) {
			tslab_epoch_discard(race->ts, race->epoch);
			race->epoch = tslab_epoch_open(race->ts, NULL);
		}
		tslab_test_rendezvous(&race->gone, race->n * 2 * round);
		if (tslab_handle_to_obj(race->ts, race->handle[me]) !=
		    ERR_PTR(-ESTALE))
			return -EIO;
	}
	return 0;
}

static void first_handles_at_once(struct kunit *test)
{
	static const struct tslab_params params = {
		.flags = TSLAB_SHARED_ONLY,
	};
	struct id_race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->ts = tslab_test_create(test, &params);
	race->epoch = tslab_epoch_open(race->ts, NULL);
	race->n = num_online_cpus();
	tslab_test_on_all_cpus(test, id_race_fn, race);
	tslab_test_finish(test, race->ts);
}

/* === Homes that were left === */

/* An activation, and what is allocated in it: enough for a slab of each size. */
struct left {
	struct tslab *ts;
	tslab_epoch_t epoch;
	size_t sizes[2];
	unsigned int nr_sizes;
};

static long left_open(void *data)
{
	struct left *left = data;
	unsigned int i;

	left->epoch = tslab_epoch_open(left->ts, NULL);
	for (i = 0; i < 20 * left->nr_sizes; i++)
		if (!tslab_alloc_epoch(left->ts, left->epoch, left->sizes[i / 20],
				       GFP_KERNEL))
			return -ENOMEM;
	return tslab_epoch_err(left->epoch);
}

static long left_discard(void *data)
{
	struct left *left = data;

	return min(tslab_epoch_discard(left->ts, left->epoch), 0L);
}

/* Begins on one CPU and ends on another. */
static void left_phase(struct kunit *test, struct left *left, unsigned int begin,
		       unsigned int end)
{
	KUNIT_ASSERT_EQ(test, work_on_cpu(begin, left_open, left), 0);
	KUNIT_ASSERT_EQ(test, work_on_cpu(end, left_discard, left), 0);
}

/*
 * What a home has in a bin stays the home's until a grace period is over, if another CPU
 * has ended it: meanwhile the place is used again, and not each of its bins.
 */
static void home_that_was_left_begins_with_what_it_has(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 2 };
	unsigned int other = tslab_test_other_cpu(test);
	unsigned int cpu = tslab_test_first_cpu();
	struct left left = { .sizes = { 128, 256 } };
	struct tslab_test_reader reader;
	unsigned int i;

	left.ts = tslab_test_create(test, &params);
	for (i = 0; i < 12; i++) {
		left.nr_sizes = 2;
		left_phase(test, &left, cpu, cpu);
		if (i % 3 == 0) {
			tslab_test_read(test, &reader);
			left_phase(test, &left, cpu, other);
		}
		left.nr_sizes = 1;
		left_phase(test, &left, cpu, cpu);
		left_phase(test, &left, cpu, cpu);
		if (i % 3 == 2)
			tslab_test_read_end(&reader);
		swap(left.sizes[0], left.sizes[1]);
	}
	tslab_test_finish(test, left.ts);
}

static struct kunit_case races_cases[] = {
	KUNIT_CASE_PARAM(live_is_never_below_zero, tslab_test_tiers),
	KUNIT_CASE(first_handles_at_once),
	KUNIT_CASE(home_that_was_left_begins_with_what_it_has),
	{}
};

static struct kunit_suite races_suite = {
	.name = "tslab_concurrency_races",
	.test_cases = races_cases,
};

kunit_test_suite(races_suite);
