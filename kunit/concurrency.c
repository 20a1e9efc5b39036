// SPDX-License-Identifier: GPL-2.0
/* Several CPUs at once: nothing is lost, doubled or late. */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/timer.h>

#include "common.h"

static int concurrency_init(struct kunit *test)
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	return 0;
}

/* === Close === */

#define CLOSES	100

struct close_race {
	struct tslab *ts;
	tslab_epoch_t epoch;
	atomic_t here;
	atomic_t gone;
	unsigned int n;
	bool closed;
	atomic_t late;
	atomic64_t allocs;
	int (*end)(struct close_race *race);
};

/* One thread closes; an allocation that begins after that must fail. */
static int close_race_fn(void *data)
{
	struct close_race *race = data;
	bool closer = atomic_inc_return(&race->here) == 1;
	unsigned int round;
	void *obj;

	while (atomic_read(&race->here) < race->n)
		cond_resched();
	for (round = 1; round <= CLOSES; round++) {
		/* All see this round's epoch. */
		if (closer) {
			race->epoch = tslab_epoch_open(race->ts, NULL);
			WRITE_ONCE(race->closed, false);
		}
		tslab_test_rendezvous(&race->gone, race->n * (2 * round - 1));
		if (closer) {
			unsigned int spin = round * 7 % 500;
			s64 allocs = atomic64_read(&race->allocs);

			/* However slow the others are, some get an object. */
			while (round % 4 == 0 && race->n > 1 &&
			       atomic64_read(&race->allocs) == allocs)
				cond_resched();
			while (spin--)
				cpu_relax();
			if (tslab_epoch_close(race->ts, race->epoch) < 0)
				return -EIO;
			/* Pairs with the acquire below. */
			smp_store_release(&race->closed, true);
		} else {
			bool closed;

			do {
				/* Pairs with the release above. */
				closed = smp_load_acquire(&race->closed);
				obj = tslab_alloc_epoch(race->ts, race->epoch,
							128, GFP_KERNEL);
				if (obj && closed)
					atomic_inc(&race->late);
				if (obj)
					atomic64_inc(&race->allocs);
				tslab_free(race->ts, obj);
			} while (!closed);
		}
		tslab_test_rendezvous(&race->gone, race->n * 2 * round);
	}
	return 0;
}

static void no_allocation_after_close(struct kunit *test)
{
	struct close_race race = {
		.ts = tslab_test_create_tier(test),
		.n = num_online_cpus(),
	};

	tslab_test_on_all_cpus(test, close_race_fn, &race);
	KUNIT_EXPECT_EQ(test, atomic_read(&race.late), 0);
	KUNIT_EXPECT_GT(test, atomic64_read(&race.allocs), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, race.ts,
					       128)->alloc_objects,
			atomic64_read(&race.allocs));
	tslab_test_finish(test, race.ts);
}

/* === Storm === */

#define STORM_SLOTS	2000
#define STORM_ROUNDS	40000

/**
 * struct storm - threads that allocate and free each other's objects
 * @ts: instance
 * @slot: objects, taken and put by xchg
 * @threads: threads still running
 * @done: none is any more
 * @torn: objects that somebody else wrote into
 * @failed: allocations that failed
 */
struct storm {
	struct tslab *ts;
	u64 **slot;
	atomic_t threads;
	struct completion done;
	atomic_t torn;
	atomic_t failed;
};

/* What interrupts a thread of the storm, on its CPU. */
struct storm_interrupt {
	struct irq_work hard;
	struct timer_list soft;
	struct tslab *ts;
	void *held[2][8];
	unsigned int n[2];
};

static void storm_swap(struct storm_interrupt *si, unsigned int context)
{
	void **held = &si->held[context][si->n[context]++ % 8];

	tslab_free(si->ts, *held);
	*held = tslab_alloc(si->ts, 128, GFP_ATOMIC);
}

static void storm_hard(struct irq_work *work)
{
	storm_swap(container_of(work, struct storm_interrupt, hard), 0);
}

static void storm_soft(struct timer_list *timer)
{
	storm_swap(container_of(timer, struct storm_interrupt, soft), 1);
}

static void storm_free(struct storm *storm, unsigned int slot, u64 *obj)
{
	if (obj[0] != slot || obj[1] != ~(u64)slot)
		atomic_inc(&storm->torn);
	obj[0] = 0;
	obj[1] = 0;
	tslab_free(storm->ts, obj);
}

static int storm_fn(void *data)
{
	static const u16 sizes[] = { 64, 100, 128, 200, 384, 1024, 3000, 8192 };
	struct storm_interrupt *si;
	struct storm *storm = data;
	struct rnd_state rnd;
	unsigned int i;

	si = kzalloc(sizeof(*si), GFP_KERNEL);
	if (!si)
		return -ENOMEM;
	si->ts = storm->ts;
	init_irq_work(&si->hard, storm_hard);
	timer_setup(&si->soft, storm_soft, 0);
	prandom_seed_state(&rnd, (unsigned long)current);
	for (i = 0; i < STORM_ROUNDS; i++) {
		u32 random = prandom_u32_state(&rnd);
		unsigned int slot = random % STORM_SLOTS;
		u64 *obj = xchg(&storm->slot[slot], NULL);

		if (obj) {
			storm_free(storm, slot, obj);
			continue;
		}
		obj = tslab_alloc(storm->ts, sizes[random >> 16 & 7],
				  GFP_KERNEL);
		if (!obj) {
			atomic_inc(&storm->failed);
			continue;
		}
		obj[0] = slot;
		obj[1] = ~(u64)slot;
		obj = xchg(&storm->slot[slot], obj);
		if (obj)
			storm_free(storm, slot, obj);
		if (i % 8 == 0)
			irq_work_queue(&si->hard);
		if (i % 64 == 0)
			mod_timer(&si->soft, jiffies);
		if (i % 256 == 0)
			cond_resched();
	}
	irq_work_sync(&si->hard);
	while (timer_pending(&si->soft))
		schedule_timeout_uninterruptible(1);
	for (i = 0; i < 16; i++)
		tslab_free(storm->ts, si->held[i / 8][i % 8]);
	/* A timer that has run out may be running still. */
	synchronize_rcu();
	kfree(si);
	if (atomic_dec_and_test(&storm->threads))
		complete(&storm->done);
	return 0;
}

/* Runs the storm with meanwhile() beside it; then everything balances. */
static void run_storm(struct kunit *test, struct tslab *ts,
		      void (*meanwhile)(struct kunit *test, struct tslab *ts))
{
	struct storm storm = { .ts = ts };
	struct task_struct *task;
	struct tslab_stats *stats;
	unsigned int cpu, i;

	storm.slot = kvcalloc(STORM_SLOTS, sizeof(*storm.slot), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, storm.slot);
	init_completion(&storm.done);
	atomic_set(&storm.threads, num_online_cpus());
	for_each_online_cpu(cpu) {
		task = kthread_create(storm_fn, &storm, "tslab_storm/%u", cpu);
		if (IS_ERR(task)) {
			KUNIT_FAIL(test, "no thread");
			atomic_dec(&storm.threads);
			continue;
		}
		set_cpus_allowed_ptr(task, cpumask_of(cpu));
		wake_up_process(task);
	}
	while (!try_wait_for_completion(&storm.done)) {
		if (meanwhile)
			meanwhile(test, ts);
		schedule_timeout_uninterruptible(1);
	}
	for (i = 0; i < STORM_SLOTS; i++)
		if (storm.slot[i])
			storm_free(&storm, i, storm.slot[i]);
	kvfree(storm.slot);
	KUNIT_EXPECT_EQ(test, atomic_read(&storm.torn), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&storm.failed), 0);
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_GT(test, stats->alloc_objects, STORM_ROUNDS);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(stats), 0);
}

static void storm(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);

	run_storm(test, ts, NULL);
	tslab_test_finish(test, ts);
}

static void advance_once(struct kunit *test, struct tslab *ts)
{
	tslab_epoch_t epoch = tslab_epoch_advance(ts);

	/* Stragglers may hold the whole ring. */
	if (tslab_epoch_err(epoch))
		KUNIT_EXPECT_EQ(test, tslab_epoch_err(epoch), -EBUSY);
}

static void storm_while_advancing(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);

	run_storm(test, ts, advance_once);
	tslab_test_finish(test, ts);
}

static void shrink_and_read(struct kunit *test, struct tslab *ts)
{
	struct tslab_epoch *epoch = ts->epochs[0];
	struct tslab_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	struct tslab_bin *bin;
	long pages = 0;

	tslab_cpu_shrink(epoch, NUMA_NO_NODE);
	tslab_for_each_bin(bin, epoch)
		tslab_bin_reclaim(bin, NUMA_NO_NODE, &pages);
	if (stats)
		tslab_global_stats(ts, stats);
	kfree(stats);
}

static void storm_while_shrinking(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);

	run_storm(test, ts, shrink_and_read);
	tslab_test_finish(test, ts);
}

#ifdef CONFIG_HOTPLUG_CPU
static void unplug_and_plug(struct kunit *test, struct tslab *ts)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);

	/* Its thread of the storm goes on elsewhere. */
	KUNIT_EXPECT_EQ(test, remove_cpu(cpu), 0);
	advance_once(test, ts);
	KUNIT_EXPECT_EQ(test, add_cpu(cpu), 0);
}

static void storm_while_cpus_come_and_go(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);

	run_storm(test, ts, unplug_and_plug);
	tslab_test_finish(test, ts);
}
#else
static void storm_while_cpus_come_and_go(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_HOTPLUG_CPU");
}
#endif

/* === Refusals === */

#define REFUSALS	20000

static int refusals_fn(struct tslab *ts)
{
	unsigned int i;

	for (i = 0; i < REFUSALS; i++) {
		if (tslab_alloc(ts, TSLAB_MAX_SIZE + 1, GFP_KERNEL) ||
		    tslab_alloc(ts, 64, GFP_KERNEL | __GFP_DMA))
			return -EIO;
		cond_resched();
	}
	return 0;
}

/* A request is refused once, however often the current epoch changes. */
static void refused_once_while_advancing(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int n = tslab_test_while_advancing(test, ts, refusals_fn);
	struct tslab_stats *stats = tslab_test_stats(test, ts, 0);

	KUNIT_EXPECT_EQ(test, stats->size_rejected, n * REFUSALS);
	KUNIT_EXPECT_EQ(test, stats->alloc_failed, n * REFUSALS);
	tslab_test_finish(test, ts);
}

/* === Freeing elsewhere === */

#define RING		256
#define PASSED		40000

struct pass {
	struct tslab *ts;
	u64 *ring[RING];
	atomic_t role;
};

/* One CPU allocates, another frees, through a ring; the others watch. */
static int pass_fn(void *data)
{
	struct pass *pass = data;
	int role = atomic_inc_return(&pass->role);
	unsigned int i;
	u64 *obj;

	for (i = 0; role <= 2 && i < PASSED; i++) {
		u64 **place = &pass->ring[i % RING];

		if (role == 1) {
			obj = tslab_alloc(pass->ts, 128, GFP_KERNEL);
			if (!obj)
				return -ENOMEM;
			*obj = i;
			while (READ_ONCE(*place))
				cond_resched();
			/* Pairs with the acquire below. */
			smp_store_release(place, obj);
		} else {
			/* Pairs with the release above. */
			while (!(obj = smp_load_acquire(place)))
				cond_resched();
			if (*obj != i)
				return -EIO;
			tslab_free(pass->ts, obj);
			WRITE_ONCE(*place, NULL);
		}
	}
	return 0;
}

static void free_on_another_cpu(struct kunit *test)
{
	struct pass *pass = kunit_kzalloc(test, sizeof(*pass), GFP_KERNEL);
	struct tslab_stats *stats;

	KUNIT_ASSERT_NOT_NULL(test, pass);
	pass->ts = tslab_test_create_tier(test);
	tslab_test_on_all_cpus(test, pass_fn, pass);
	stats = tslab_test_stats(test, pass->ts, 128);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, PASSED);
	KUNIT_EXPECT_EQ(test, stats->free_objects, PASSED);
	KUNIT_EXPECT_EQ(test, stats->bitmap_free_attempts, PASSED);
	if (!(pass->ts->flags & TSLAB_SHARED_ONLY))
		KUNIT_EXPECT_GT(test, stats->remote_free, 0);
	tslab_test_finish(test, pass->ts);
}

/* === Misuse at the same time === */

#define CONTESTED	4000

struct contest {
	struct tslab *ts;
	void **obj;
	tslab_handle_t *handle;
	tslab_epoch_t epoch;
	atomic_t here;
	unsigned int n;
	atomic_t won;
};

static int contest_handles_fn(void *data)
{
	struct contest *contest = data;
	unsigned int i;
	int ret;

	tslab_test_rendezvous(&contest->here, contest->n);
	for (i = 0; i < CONTESTED; i++) {
		ret = tslab_free_handle(contest->ts, contest->handle[i]);
		if (!ret)
			atomic_inc(&contest->won);
		else if (ret != -ENOENT && ret != -ESTALE)
			return ret;
	}
	return 0;
}

static void handle_is_freed_once(struct kunit *test)
{
	struct contest contest = {
		.ts = tslab_test_create_tier(test),
		.n = num_online_cpus(),
	};
	u64 won, refused, late;
	struct tslab_stats *stats;
	unsigned int i;

	contest.handle = kvcalloc(CONTESTED, sizeof(*contest.handle),
				  GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, contest.handle);
	for (i = 0; i < CONTESTED; i++)
		contest.handle[i] = tslab_alloc_handle(contest.ts,
						       TSLAB_EPOCH_NONE, 64,
						       GFP_KERNEL);
	tslab_test_on_all_cpus(test, contest_handles_fn, &contest);
	kvfree(contest.handle);
	/* Doubles that nobody saw yet show when a CPU gives up its slab. */
	TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(contest.ts));
	stats = tslab_test_stats(test, contest.ts, 0);
	won = atomic_read(&contest.won);
	refused = contest.n * CONTESTED - won;
	late = stats->free_double + stats->handle_invalid +
	       stats->handle_stale - refused;
	KUNIT_EXPECT_EQ(test, won - late, CONTESTED);
	KUNIT_EXPECT_EQ(test, stats->free_objects, CONTESTED);
	tslab_test_finish(test, contest.ts);
}

static int contest_frees_fn(void *data)
{
	struct contest *contest = data;
	unsigned int i;

	tslab_test_rendezvous(&contest->here, contest->n);
	for (i = 0; i < CONTESTED; i++)
		tslab_free(contest->ts, contest->obj[i]);
	return 0;
}

static void contest_objects(struct kunit *test, struct contest *contest,
			    tslab_epoch_t epoch)
{
	unsigned int i;

	contest->obj = kvcalloc(CONTESTED, sizeof(*contest->obj), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, contest->obj);
	for (i = 0; i < CONTESTED; i++) {
		contest->obj[i] = tslab_alloc_epoch(contest->ts, epoch, 64,
						    GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, contest->obj[i]);
	}
}

static void double_frees_at_once(struct kunit *test)
{
	struct contest contest = {
		.ts = tslab_test_create_tier(test),
		.n = num_online_cpus(),
	};
	struct tslab_stats *stats;

	contest_objects(test, &contest, tslab_epoch_current(contest.ts));
	tslab_test_on_all_cpus(test, contest_frees_fn, &contest);
	kvfree(contest.obj);
	/* Doubles that nobody saw yet show when a CPU gives up its slab. */
	TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(contest.ts));
	stats = tslab_test_stats(test, contest.ts, 0);
	KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
	KUNIT_EXPECT_EQ(test, stats->free_objects, CONTESTED);
	KUNIT_EXPECT_EQ(test, stats->free_double + stats->free_foreign,
			(contest.n - 1) * CONTESTED);
	tslab_test_finish(test, contest.ts);
}

static int contest_discard_fn(void *data)
{
	struct contest *contest = data;
	bool discarder = atomic_read(&contest->won) ?
			 false : !atomic_cmpxchg(&contest->won, 0, 1);
	unsigned int i;

	tslab_test_rendezvous(&contest->here, contest->n);
	if (discarder)
		return tslab_epoch_discard(contest->ts, contest->epoch) < 0;
	for (i = 0; i < CONTESTED; i++)
		tslab_free(contest->ts, contest->obj[i]);
	return 0;
}

static void discard_against_frees(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_stats *stats;
	unsigned int round;

	for (round = 0; round < 10; round++) {
		struct contest contest = {
			.ts = ts,
			.n = num_online_cpus(),
			.epoch = tslab_epoch_open(ts, NULL),
		};

		TSLAB_TEST_ASSERT_EPOCH(test, contest.epoch);
		contest_objects(test, &contest, contest.epoch);
		tslab_test_on_all_cpus(test, contest_discard_fn, &contest);
		kvfree(contest.obj);
		stats = tslab_test_stats(test, ts, 0);
		/* Discarded or freed, each object once. */
		KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
		KUNIT_EXPECT_EQ(test, stats->free_objects,
				(round + 1) * CONTESTED);
		KUNIT_EXPECT_EQ(test, stats->committed_bytes, 0);
	}
	tslab_test_finish(test, ts);
}

/* === Epochs and instances === */

static int open_close_fn(void *data)
{
	struct tslab *ts = data;
	unsigned int i;

	for (i = 0; i < 500; i++) {
		tslab_epoch_t epoch = tslab_epoch_open(ts, "many");
		void *obj;

		if (tslab_epoch_err(epoch))
			return tslab_epoch_err(epoch);
		obj = tslab_alloc_epoch(ts, epoch, 64 << i % 8, GFP_KERNEL);
		if (!obj || tslab_test_epoch_of(obj) != (__force u64)epoch)
			return -EIO;
		if (i % 3)
			tslab_free(ts, obj);
		if ((i % 3 ? tslab_epoch_close(ts, epoch) :
			     tslab_epoch_discard(ts, epoch)) < 1)
			return -EIO;
	}
	return 0;
}

static void epochs_on_all_cpus(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);

	tslab_test_on_all_cpus(test, open_close_fn, ts);
	tslab_test_finish(test, ts);
}

static int create_destroy_fn(void *data)
{
	unsigned int i;
	char name[32];

	for (i = 0; i < 30; i++) {
		struct tslab *ts;

		snprintf(name, sizeof(name), "cpu%u", raw_smp_processor_id());
		ts = tslab_create(name, NULL);
		if (IS_ERR(ts))
			return PTR_ERR(ts);
		tslab_free(ts, tslab_alloc(ts, 128, GFP_KERNEL));
		if (tslab_destroy(ts))
			return -EIO;
	}
	return 0;
}

static void instances_on_all_cpus(struct kunit *test)
{
	tslab_test_on_all_cpus(test, create_destroy_fn, NULL);
}

static struct kunit_case concurrency_cases[] = {
	KUNIT_CASE_PARAM(no_allocation_after_close, tslab_test_tiers),
	KUNIT_CASE_PARAM(storm, tslab_test_tiers),
	KUNIT_CASE_PARAM(storm_while_advancing, tslab_test_tiers),
	KUNIT_CASE_PARAM(storm_while_shrinking, tslab_test_tiers),
	KUNIT_CASE_PARAM(storm_while_cpus_come_and_go, tslab_test_tiers),
	KUNIT_CASE_PARAM(refused_once_while_advancing, tslab_test_tiers),
	KUNIT_CASE_PARAM(free_on_another_cpu, tslab_test_tiers),
	KUNIT_CASE_PARAM(handle_is_freed_once, tslab_test_tiers),
	KUNIT_CASE_PARAM(double_frees_at_once, tslab_test_tiers),
	KUNIT_CASE_PARAM(discard_against_frees, tslab_test_tiers),
	KUNIT_CASE_PARAM(epochs_on_all_cpus, tslab_test_tiers),
	KUNIT_CASE(instances_on_all_cpus),
	{}
};

static struct kunit_suite concurrency_suite = {
	.name = "tslab_concurrency",
	.init = concurrency_init,
	.test_cases = concurrency_cases,
};

kunit_test_suite(concurrency_suite);
