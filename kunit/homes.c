// SPDX-License-Identifier: GPL-2.0
/* Phases on one CPU: the home of an epoch, and the stock that it lives on. */
#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../tslab/find.h"
#include "../tslab/home.h"
#include "common.h"

#define OBJS	16

/**
 * struct phase - what a CPU does from the beginning of a phase to its end
 * @ts: instance
 * @epoch: its epoch
 * @obj: its objects
 * @size: bytes of each
 * @ret: what its end returned
 */
struct phase {
	struct tslab *ts;
	tslab_epoch_t epoch;
	void *obj[OBJS];
	size_t size;
	long ret;
};

static long phase_begin(void *data)
{
	struct phase *phase = data;
	unsigned int i;

	phase->epoch = tslab_epoch_open(phase->ts, "phase");
	if (tslab_epoch_err(phase->epoch))
		return tslab_epoch_err(phase->epoch);
	for (i = 0; i < OBJS; i++) {
		phase->obj[i] = tslab_alloc_epoch(phase->ts, phase->epoch,
						  phase->size, GFP_KERNEL);
		if (!phase->obj[i])
			return -ENOMEM;
		memset(phase->obj[i], i, phase->size);
	}
	return 0;
}

static long phase_discard(void *data)
{
	struct phase *phase = data;

	phase->ret = tslab_epoch_discard(phase->ts, phase->epoch);
	return phase->ret;
}

static long phase_close(void *data)
{
	struct phase *phase = data;

	phase->ret = tslab_epoch_close(phase->ts, phase->epoch);
	return phase->ret;
}

static long phase_free(void *data)
{
	struct phase *phase = data;
	unsigned int i;

	for (i = 0; i < OBJS; i++) {
		tslab_free(phase->ts, phase->obj[i]);
		phase->obj[i] = NULL;
	}
	return 0;
}

static struct phase *phase_new(struct kunit *test)
{
	struct phase *phase = kunit_kzalloc(test, sizeof(*phase), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, phase);
	phase->ts = tslab_test_create(test, NULL);
	/* That many of it fill a slab of its own half. */
	phase->size = PAGE_SIZE / 2 / OBJS;
	tslab_stock_drain();
	return phase;
}

static void run(struct kunit *test, long (*fn)(void *data), struct phase *phase,
		unsigned int cpu)
{
	KUNIT_ASSERT_GE(test, work_on_cpu(cpu, fn, phase), 0);
}

static void finish(struct kunit *test, struct phase *phase)
{
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, phase->ts,
					       0)->live_objects, 0);
	tslab_test_finish(test, phase->ts);
}

/* From the second on, a phase has the page of the one before, and no lock. */
static void phases_live_on_the_stock(struct kunit *test)
{
	struct phase *phase = phase_new(test);
	struct tslab_stats *stats;
	void *page = NULL;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		run(test, phase_begin, phase, tslab_test_first_cpu());
		KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
		if (page)
			KUNIT_EXPECT_PTR_EQ(test, page,
					    tslab_test_slab_base(phase->obj[0]));
		page = tslab_test_slab_base(phase->obj[0]);
		if (i % 2) {
			run(test, phase_free, phase, tslab_test_first_cpu());
			run(test, phase_close, phase, tslab_test_first_cpu());
		} else {
			run(test, phase_discard, phase, tslab_test_first_cpu());
		}
		KUNIT_EXPECT_EQ(test, phase->ret, 1);
		KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 1);
		KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, phase->ts,
						       phase->epoch)->state,
				TSLAB_EPOCH_DRAINED);
	}
	stats = tslab_test_stats(test, phase->ts, phase->size);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, 10 * OBJS);
	KUNIT_EXPECT_EQ(test, stats->free_objects, 10 * OBJS);
	/* A run, and a slab, which waits where it is from then on. */
	KUNIT_EXPECT_EQ(test, stats->cpu_hits, 10 * OBJS - 2);
	KUNIT_EXPECT_EQ(test, stats->lock_fast_acquire, 0);
	KUNIT_EXPECT_EQ(test, stats->lock_contended, 0);
	KUNIT_EXPECT_EQ(test, stats->cpu_flushes, 0);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, 10);
	KUNIT_EXPECT_EQ(test, stats->slow_path_cache_miss, 2);
	KUNIT_EXPECT_EQ(test, stats->pages_released, 10);
	KUNIT_EXPECT_EQ(test, stats->epoch_close_calls, 10);
	KUNIT_EXPECT_EQ(test, stats->epoch_close_scanned_slabs, 10);
	KUNIT_EXPECT_EQ(test, stats->epoch_close_recycled_slabs, 10);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, 0);
	finish(test, phase);
}

/* What others have met is not given to the next phase at once. */
static void stock_takes_what_nobody_has_met(struct kunit *test)
{
	struct phase *phase = phase_new(test);
	unsigned int other = tslab_test_other_cpu(test);
	tslab_handle_t handle;

	/* Freed by another CPU. */
	run(test, phase_begin, phase, tslab_test_first_cpu());
	run(test, phase_free, phase, other);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, phase->ts,
					       phase->size)->remote_free, OBJS);
	run(test, phase_close, phase, tslab_test_first_cpu());
	KUNIT_EXPECT_EQ(test, phase->ret, 1);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);

	/* Ended by another CPU. */
	run(test, phase_begin, phase, tslab_test_first_cpu());
	run(test, phase_discard, phase, other);
	KUNIT_EXPECT_EQ(test, phase->ret, 1);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);

	/* Has a handle. */
	run(test, phase_begin, phase, tslab_test_first_cpu());
	handle = tslab_alloc_handle(phase->ts, phase->epoch,
				    phase->size, GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, handle == TSLAB_HANDLE_NONE);
	KUNIT_EXPECT_EQ(test, tslab_free_handle(phase->ts, handle), 0);
	run(test, phase_discard, phase, tslab_test_first_cpu());
	KUNIT_EXPECT_PTR_EQ(test, tslab_handle_to_obj(phase->ts, handle),
			    ERR_PTR(-ESTALE));

	/* Is waited for. */
	tslab_stock_drain();
	run(test, phase_begin, phase, tslab_test_first_cpu());
	tslab_free_rcu(phase->ts, phase->obj[0], phase->obj[0]);
	run(test, phase_discard, phase, tslab_test_first_cpu());
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
	finish(test, phase);
}

static u64 allocs_on(struct phase *phase, unsigned int cpu)
{
	struct tslab_stats stats = { };

	tslab_stats_sum_type(tslab_type_of(phase->ts, phase->size), cpu,
			     TSLAB_ALL_LABELS, &stats);
	return stats.alloc_objects;
}

/* Each phase has its home where it begins, and what is counted is that CPU's. */
static void home_moves(struct kunit *test)
{
	struct phase *phase = phase_new(test);
	unsigned int cpus[] = { tslab_test_first_cpu(), tslab_test_other_cpu(test) };
	unsigned int i;

	for (i = 0; i < 40; i++) {
		unsigned int begin = cpus[i % 2], end = cpus[i / 2 % 2];

		run(test, phase_begin, phase, begin);
		KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, phase->ts,
						       phase->epoch)->live_objects,
				OBJS);
		if (i % 3) {
			run(test, phase_discard, phase, end);
		} else {
			run(test, phase_free, phase, end);
			run(test, phase_discard, phase, begin);
		}
		KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, phase->ts,
						       phase->epoch)->live_objects,
				0);
		/* Whoever was about to look has done so. */
		if (i % 5 == 0)
			synchronize_rcu();
	}
	KUNIT_EXPECT_EQ(test, allocs_on(phase, cpus[0]), 20 * OBJS);
	KUNIT_EXPECT_EQ(test, allocs_on(phase, cpus[1]), 20 * OBJS);
	finish(test, phase);
}

/* What is live at the close stays, and goes when it is freed. */
static void close_leaves_what_is_live(struct kunit *test)
{
	struct phase *phase = phase_new(test);
	void *live;

	run(test, phase_begin, phase, tslab_test_first_cpu());
	live = phase->obj[3];
	phase->obj[3] = NULL;
	run(test, phase_free, phase, tslab_test_first_cpu());
	run(test, phase_close, phase, tslab_test_first_cpu());
	KUNIT_EXPECT_EQ(test, phase->ret, 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, phase->ts,
					       phase->epoch)->state,
			TSLAB_EPOCH_DRAINING);
	KUNIT_EXPECT_NULL(test, memchr_inv(live, 3, 128));
	tslab_free(phase->ts, live);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, phase->ts,
					       phase->epoch)->state,
			TSLAB_EPOCH_DRAINED);
	finish(test, phase);
}

static long many_slabs(void *data)
{
	static const size_t sizes[] = { 64, 128, 256, 512, 1024, 2048 };
	struct phase *phase = data;
	unsigned int i, n;

	phase->epoch = tslab_epoch_open(phase->ts, NULL);
	if (tslab_epoch_err(phase->epoch))
		return tslab_epoch_err(phase->epoch);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (n = 0; n < 12 * PAGE_SIZE / sizes[i]; n++)
			if (!tslab_alloc_epoch(phase->ts, phase->epoch,
					       sizes[i], GFP_KERNEL))
				return -ENOMEM;
	return phase_discard(data);
}

/* No phase is so large that the CPU keeps all of it. */
static void stock_is_bounded(struct kunit *test)
{
	struct phase *phase = phase_new(test);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		run(test, many_slabs, phase, tslab_test_first_cpu());
		KUNIT_EXPECT_GE(test, phase->ret, 6 * 12);
		KUNIT_EXPECT_EQ(test, tslab_stock_pages(), TSLAB_STOCK_MAX);
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, phase->ts,
						       0)->committed_bytes, 0);
	}
	finish(test, phase);
}

/* Nothing stays that nobody needs: not for long, and not without an instance. */
static void stock_goes_back(struct kunit *test)
{
	struct phase *phase = phase_new(test);

	run(test, phase_begin, phase, tslab_test_first_cpu());
	run(test, phase_discard, phase, tslab_test_first_cpu());
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 1);
	/* A look finds it used, the next one idle. */
	msleep(3000);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
	run(test, phase_begin, phase, tslab_test_first_cpu());
	run(test, phase_discard, phase, tslab_test_first_cpu());
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 1);
	finish(test, phase);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
}

/* An object of a phase that is over is none, whatever becomes of its page. */
static void late_frees_are_refused(struct kunit *test)
{
	struct phase *phase = phase_new(test);
	unsigned int i;

	run(test, phase_begin, phase, tslab_test_first_cpu());
	run(test, phase_discard, phase, tslab_test_first_cpu());
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 1);
	for (i = 0; i < OBJS; i++) {
		KUNIT_EXPECT_EQ(test, tslab_obj_size(phase->ts, phase->obj[i]),
				0);
		tslab_free(phase->ts, phase->obj[i]);
	}
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, phase->ts,
					       0)->free_foreign, 2 * OBJS);
	/* Nor is the stock's page lost to kfree(), which warns and drops it. */
	put_page(virt_to_page(phase->obj[0]));
	KUNIT_EXPECT_EQ(test, tslab_stock_drain(), 1);
	finish(test, phase);
}

/* Slabs of a cache that has gone are cut for others. */
static void stock_outlives_its_cache(struct kunit *test)
{
	struct phase *phase = phase_new(test);
	struct tslab_cache *cache = tslab_cache_create(phase->ts, "homes", 200,
						       NULL);
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	migrate_disable();
	phase->epoch = tslab_epoch_open(phase->ts, NULL);
	for (i = 0; i < OBJS; i++)
		KUNIT_EXPECT_NOT_NULL(test,
				      tslab_cache_alloc_epoch(cache,
							      phase->epoch,
							      GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, tslab_epoch_discard(phase->ts, phase->epoch), 1);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 1);
	migrate_enable();
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
	for (i = 0; i < 5; i++) {
		phase->size = 64 << i;
		run(test, phase_begin, phase, i % num_online_cpus());
		run(test, phase_discard, phase, i % num_online_cpus());
	}
	finish(test, phase);
}

/* Has a CPU keep a place, and a slab for the class of the phase. */
static void keep_warm(struct kunit *test, struct phase *phase, unsigned int cpu)
{
	unsigned int i;

	/* The first one has a run. */
	for (i = 0; i < 2; i++) {
		run(test, phase_begin, phase, cpu);
		run(test, phase_discard, phase, cpu);
		KUNIT_EXPECT_EQ(test, phase->ret, 1);
	}
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 1);
}

static struct phase *phase_new_of(struct kunit *test, unsigned int epochs)
{
	struct tslab_params params = { .epochs = epochs };
	struct phase *phase = phase_new(test);

	tslab_test_finish(test, phase->ts);
	phase->ts = tslab_test_create(test, &params);
	return phase;
}

/* The last place is the next phase's, wherever that begins. */
static void others_take_a_warm_place(struct kunit *test)
{
	unsigned int other = tslab_test_other_cpu(test);
	struct phase *phase = phase_new_of(test, 2);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		keep_warm(test, phase, tslab_test_first_cpu());
		run(test, phase_begin, phase, other);
		KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, phase->ts,
						       0)->live_objects, OBJS);
		run(test, phase_discard, phase, other);
		tslab_stock_drain();
	}
	/* An advance takes it, too, and has no home. */
	keep_warm(test, phase, tslab_test_first_cpu());
	TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(phase->ts));
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
	finish(test, phase);
}

static long phase_alloc(void *data)
{
	struct phase *phase = data;

	phase->obj[0] = tslab_alloc_epoch(phase->ts, phase->epoch, phase->size,
					  GFP_KERNEL);
	return phase->obj[0] ? 0 : -ENOMEM;
}

static long phase_open(void *data)
{
	struct phase *phase = data;

	phase->epoch = tslab_epoch_open(phase->ts, NULL);
	return tslab_epoch_err(phase->epoch);
}

/* What waits at the home of a phase that goes on elsewhere is not lost. */
static void phase_leaves_its_warm_place(struct kunit *test)
{
	unsigned int first = tslab_test_first_cpu();
	unsigned int other = tslab_test_other_cpu(test);
	struct phase *phase = phase_new(test);

	keep_warm(test, phase, first);
	run(test, phase_open, phase, first);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
	run(test, phase_alloc, phase, other);
	run(test, phase_alloc, phase, first);
	run(test, phase_discard, phase, other);
	KUNIT_EXPECT_EQ(test, phase->ret,
			1 + tslab_type_of(phase->ts, phase->size)->geo.pages);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);

	/* Nobody has had anything there. */
	keep_warm(test, phase, first);
	run(test, phase_open, phase, first);
	run(test, phase_close, phase, first);
	KUNIT_EXPECT_EQ(test, phase->ret, 1);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 1);
	finish(test, phase);
}

/* Nor is it when the CPU goes, or when it is idle. */
static void warm_places_go_back(struct kunit *test)
{
	unsigned int other = tslab_test_other_cpu(test);
	struct phase *phase = phase_new(test);

	keep_warm(test, phase, other);
	/* A look finds it used, the next one idle. */
	msleep(3000);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
#ifdef CONFIG_HOTPLUG_CPU
	keep_warm(test, phase, other);
	KUNIT_ASSERT_EQ(test, remove_cpu(other), 0);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
	KUNIT_ASSERT_EQ(test, add_cpu(other), 0);
#endif
	keep_warm(test, phase, other);
	KUNIT_EXPECT_EQ(test, tslab_stock_drain(), 1);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
	keep_warm(test, phase, other);
	finish(test, phase);
	KUNIT_EXPECT_EQ(test, tslab_stock_pages(), 0);
}

#define CONTEST_PHASES	2000

/**
 * struct phases - CPUs have phases while one takes away what it can
 * @ts: instance
 * @take: what that one does
 * @roles: given to CPUs
 * @done: CPUs that have had theirs
 */
struct phases {
	struct tslab *ts;
	void (*take)(struct tslab *ts);
	atomic_t roles;
	atomic_t done;
};

static int phases_fn(void *data)
{
	struct phase phase = { .size = 128 };
	struct phases *phases = data;
	unsigned int i;
	int err = 0;

	if (atomic_inc_return(&phases->roles) == 1) {
		do {
			phases->take(phases->ts);
			cond_resched();
		} while (atomic_read(&phases->done) < num_online_cpus() - 1);
		return 0;
	}
	phase.ts = phases->ts;
	for (i = 0; !err && i < CONTEST_PHASES; i++)
		err = phase_begin(&phase) ?: min(phase_discard(&phase), 0L);
	atomic_inc(&phases->done);
	return err;
}

static void take_idle(struct tslab *ts)
{
	tslab_stock_drain();
}

/* A place that nobody uses is always somewhere to be found. */
static void no_place_is_overlooked(struct kunit *test)
{
	struct phase *phase = phase_new_of(test, num_online_cpus());
	struct phases phases = { .ts = phase->ts, .take = take_idle };

	tslab_test_other_cpu(test);
	tslab_test_on_all_cpus(test, phases_fn, &phases);
	finish(test, phase);
}

/* What the shrinker does with epochs, which it does not hold the locks of. */
static void take_owned(struct tslab *ts)
{
	unsigned int i;

	for (i = 0; i < READ_ONCE(ts->nr_places); i++)
		tslab_cpu_shrink(tslab_epoch_of(ts, i), NUMA_NO_NODE);
}

/* It may interrupt a home amid the opening or the end of an epoch. */
static void shrinker_amid_phases(struct kunit *test)
{
	struct phase *phase = phase_new_of(test, num_online_cpus() + 1);
	struct phases phases = { .ts = phase->ts, .take = take_owned };

	tslab_test_other_cpu(test);
	tslab_test_on_all_cpus(test, phases_fn, &phases);
	finish(test, phase);
}

#define RCU_ROUNDS	300

/**
 * struct late - CPUs free objects after a grace period while one discards them
 * @phase: of that one
 * @obj: the objects
 * @roles: given to CPUs
 * @here: how often they have met
 * @n: number of CPUs
 * @broken: objects that somebody wrote to who must not
 */
struct late {
	struct phase phase;
	void *obj[OBJS];
	atomic_t roles;
	atomic_t here;
	unsigned int n;
	unsigned int broken;
};

/* A phase that is discarded amid their frees, and one in the same page. */
static int late_phases(struct late *late, unsigned int round)
{
	struct phase *phase = &late->phase;
	unsigned int i;
	int err;

	err = phase_begin(phase);
	memcpy(late->obj, phase->obj, sizeof(late->obj));
	tslab_test_rendezvous(&late->here, late->n * (2 * round + 1));
	err = err ?: min(phase_discard(phase), 0L);
	tslab_test_rendezvous(&late->here, late->n * (2 * round + 2));
	err = err ?: phase_begin(phase);
	rcu_barrier();
	for (i = 0; !err && i < OBJS; i++)
		late->broken += !!memchr_inv(phase->obj[i], i, phase->size);
	return err ?: min(phase_discard(phase), 0L);
}

static int late_fn(void *data)
{
	struct late *late = data;
	unsigned int role = atomic_inc_return(&late->roles) - 1, round, i;
	int err = 0;

	for (round = 0; round < RCU_ROUNDS; round++) {
		if (!role) {
			err = err ?: late_phases(late, round);
			continue;
		}
		tslab_test_rendezvous(&late->here, late->n * (2 * round + 1));
		for (i = role - 1; i < OBJS; i += late->n - 1)
			tslab_free_rcu(late->phase.ts, late->obj[i],
				       late->obj[i]);
		tslab_test_rendezvous(&late->here, late->n * (2 * round + 2));
	}
	return err;
}

/* What they have taken is not in a page that somebody else has got. */
static void discard_amid_free_rcu(struct kunit *test)
{
	struct late *late = kunit_kzalloc(test, sizeof(*late), GFP_KERNEL);
	struct phase *phase = phase_new(test);

	KUNIT_ASSERT_NOT_NULL(test, late);
	tslab_test_other_cpu(test);
	late->phase = *phase;
	late->n = num_online_cpus();
	tslab_test_on_all_cpus(test, late_fn, late);
	KUNIT_EXPECT_EQ(test, late->broken, 0);
	finish(test, phase);
}

static void make_nothing(void *obj)
{
}

/* The stock has no slabs of a cache with a constructor: an epoch begins small. */
static void few_objects_take_few_pages(struct kunit *test)
{
	const struct tslab_cache_args args = { .ctor = make_nothing };
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_cache *cache = tslab_cache_create(ts, "few", PAGE_SIZE * 11 / 64, &args);
	const struct tslab_geometry *geo;
	tslab_epoch_t epoch;
	unsigned int i;
	void *objs[64];

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	geo = &cache->type.geo;
	epoch = tslab_epoch_open(ts, NULL);
	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = tslab_cache_alloc_epoch(cache, epoch, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		memset(objs[i], i, PAGE_SIZE * 11 / 64);
		if (i == 4)
			KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->pages, 1);
	}
	/* One page, or one more on each CPU that the test came to, and then whole slabs. */
	KUNIT_EXPECT_LE(test, tslab_test_epoch(test, ts, epoch)->pages,
			2 * geo->pages + geo->pages * ARRAY_SIZE(objs) / geo->span);
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, PAGE_SIZE * 11 / 64));
		tslab_cache_free(cache, objs[i]);
	}
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, epoch), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->pages, 0);
	tslab_cache_destroy(cache);
	tslab_test_finish(test, ts);
}

static struct kunit_case homes_cases[] = {
	KUNIT_CASE(phases_live_on_the_stock),
	KUNIT_CASE(stock_takes_what_nobody_has_met),
	KUNIT_CASE(home_moves),
	KUNIT_CASE(close_leaves_what_is_live),
	KUNIT_CASE(few_objects_take_few_pages),
	KUNIT_CASE(stock_is_bounded),
	KUNIT_CASE(stock_goes_back),
	KUNIT_CASE(late_frees_are_refused),
	KUNIT_CASE(stock_outlives_its_cache),
	KUNIT_CASE(others_take_a_warm_place),
	KUNIT_CASE(phase_leaves_its_warm_place),
	KUNIT_CASE(warm_places_go_back),
	KUNIT_CASE(no_place_is_overlooked),
	KUNIT_CASE(shrinker_amid_phases),
	KUNIT_CASE(discard_amid_free_rcu),
	{}
};

static struct kunit_suite homes_suite = {
	.name = "tslab_homes",
	.test_cases = homes_cases,
};

kunit_test_suite(homes_suite);
