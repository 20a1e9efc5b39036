// SPDX-License-Identifier: GPL-2.0
/*
 * No counter is ever wrong by one: a load on all CPUs, with CPUs going offline
 * and online and epochs ending meanwhile, is counted a second time by the
 * threads themselves and by probes on the tracepoints.
 */
#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/prandom.h>

#include "common.h"

#include <trace/events/tslab.h>

#define SLOTS		512
#define ROUNDS		40000	/* of each thread */

static const unsigned int sizes[] = { 64, 128, 768, 4096 };

/* What was seen from outside, of one class. */
struct seen {
	atomic64_t allocs;
	atomic64_t frees;
	atomic64_t cas[3];
	atomic64_t contended[TSLAB_NR_SITES];
	atomic64_t slow;
	atomic64_t reason[TSLAB_NR_SLOW];
	atomic64_t new_slabs;
	atomic64_t pages_released;
};

struct load {
	struct tslab *ts;
	u64 sessions;		/* id of an epoch with a label */
	struct seen seen[TSLAB_NR_CLASSES];
	atomic64_t close_classes;
	atomic64_t close_scanned;
	atomic64_t close_recycled;
	atomic64_t close_ns;
	atomic64_t refused;	/* allocations in an epoch that was closed */
	void **slot;
	atomic_t threads;
	struct completion done;
};

static struct seen *seen_of(struct load *load, const char *instance,
			    unsigned int size)
{
	/* Instances of other tests are gone; nobody else is to be counted. */
	static struct seen nobody;

	return strcmp(instance, load->ts->name) ?
	       &nobody : &load->seen[tslab_class_of(size)];
}

/* === Probes === */

static void see_cas_retry(void *data, const char *instance, unsigned int size,
			  unsigned int op)
{
	atomic64_inc(&seen_of(data, instance, size)->cas[op]);
}

static void see_contended(void *data, const char *instance, unsigned int size,
			  unsigned int site)
{
	atomic64_inc(&seen_of(data, instance, size)->contended[site]);
}

static void see_alloc_slow(void *data, const char *instance, unsigned int size,
			   unsigned int epoch, unsigned int reasons)
{
	struct seen *seen = seen_of(data, instance, size);
	unsigned int i;

	atomic64_inc(&seen->slow);
	for (i = 0; i < TSLAB_NR_SLOW; i++)
		if (reasons & BIT(i))
			atomic64_inc(&seen->reason[i]);
}

static void see_slab_new(void *data, const char *instance, unsigned int size,
			 unsigned int epoch, unsigned int pages)
{
	atomic64_inc(&seen_of(data, instance, size)->new_slabs);
}

static void see_slab_release(void *data, const char *instance,
			     unsigned int size, unsigned int epoch,
			     unsigned int pages)
{
	atomic64_add(pages, &seen_of(data, instance, size)->pages_released);
}

static void see_epoch_close(void *data, const char *instance,
			    unsigned int epoch, u64 era, unsigned int classes,
			    unsigned int scanned, unsigned int recycled,
			    u64 pages, u64 ns)
{
	struct load *load = data;

	atomic64_add(classes, &load->close_classes);
	atomic64_add(scanned, &load->close_scanned);
	atomic64_add(recycled, &load->close_recycled);
	atomic64_add(ns, &load->close_ns);
}

#define PROBES(X)						\
	X(tslab_cas_retry, see_cas_retry)			\
	X(tslab_lock_contended_end, see_contended)		\
	X(tslab_alloc_slow, see_alloc_slow)			\
	X(tslab_slab_new, see_slab_new)				\
	X(tslab_slab_release, see_slab_release)			\
	X(tslab_epoch_close, see_epoch_close)

static void probes_register(struct kunit *test, struct load *load)
{
#define REGISTER(event, probe) \
	KUNIT_EXPECT_EQ(test, register_trace_##event(probe, load), 0);
	PROBES(REGISTER)
#undef REGISTER
}

static void probes_unregister(struct load *load)
{
#define UNREGISTER(event, probe)	unregister_trace_##event(probe, load);
	PROBES(UNREGISTER)
#undef UNREGISTER
	tracepoint_synchronize_unregister();
}

/* === Load === */

static void load_free(struct load *load, void *obj)
{
	if (!obj)
		return;
	atomic64_inc(&load->seen[tslab_class_of(tslab_obj_size(load->ts, obj))]
		     .frees);
	tslab_free(load->ts, obj);
}

static int load_fn(void *data)
{
	struct load *load = data;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, (u64)atomic_read(&load->threads) << 32);
	for (i = 0; i < ROUNDS; i++) {
		unsigned int size = sizes[prandom_u32_state(&rnd) %
					  ARRAY_SIZE(sizes)];
		u32 slot = prandom_u32_state(&rnd) % SLOTS;
		void *obj;

		if (i % 4)
			obj = tslab_alloc(load->ts, size, GFP_KERNEL);
		else
			obj = tslab_alloc_epoch(load->ts, (__force tslab_epoch_t)
						READ_ONCE(load->sessions),
						size, GFP_KERNEL);
		if (obj)
			atomic64_inc(&load->seen[tslab_class_of(size)].allocs);
		else
			atomic64_inc(&load->refused);
		load_free(load, xchg(&load->slot[slot], obj));
		cond_resched();
	}
	if (atomic_dec_and_test(&load->threads))
		complete(&load->done);
	return 0;
}

static void sessions_renew(struct load *load)
{
	static const char * const labels[] = { "web", "batch", "" };
	static unsigned int turn;
	u64 old = load->sessions;
	tslab_epoch_t epoch;

	epoch = tslab_epoch_open(load->ts, labels[turn++ % ARRAY_SIZE(labels)]);
	/* Stragglers may hold the whole ring. */
	if (tslab_epoch_err(epoch))
		return;
	WRITE_ONCE(load->sessions, (__force u64)epoch);
	if (old)
		tslab_epoch_close(load->ts, (__force tslab_epoch_t)old);
}

static void cpus_come_and_go(struct kunit *test)
{
#ifdef CONFIG_HOTPLUG_CPU
	unsigned int cpu = cpumask_last(cpu_online_mask);

	KUNIT_EXPECT_EQ(test, remove_cpu(cpu), 0);
	KUNIT_EXPECT_EQ(test, add_cpu(cpu), 0);
#endif
}

static void load_run(struct kunit *test, struct load *load)
{
	struct task_struct *task;
	unsigned int cpu, i;

	load->slot = kunit_kcalloc(test, SLOTS, sizeof(*load->slot),
				   GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, load->slot);
	sessions_renew(load);
	init_completion(&load->done);
	atomic_set(&load->threads, num_online_cpus());
	probes_register(test, load);
	for_each_online_cpu(cpu) {
		task = kthread_create(load_fn, load, "tslab_load/%u", cpu);
		if (IS_ERR(task)) {
			KUNIT_FAIL(test, "no thread");
			if (atomic_dec_and_test(&load->threads))
				complete(&load->done);
			continue;
		}
		set_cpus_allowed_ptr(task, cpumask_of(cpu));
		wake_up_process(task);
	}
	while (!try_wait_for_completion(&load->done)) {
		cpus_come_and_go(test);
		tslab_epoch_advance(load->ts);
		sessions_renew(load);
		schedule_timeout_uninterruptible(1);
	}
	for (i = 0; i < SLOTS; i++)
		load_free(load, load->slot[i]);
	for (i = 0; i < load->ts->nr_epochs; i++)
		if (load->ts->epochs[i])
			tslab_epoch_close(load->ts, (__force tslab_epoch_t)
					  READ_ONCE(load->ts->epochs[i]->id));
	probes_unregister(load);
}

/* === What has to be equal === */

static void class_is_exact(struct kunit *test, struct load *load,
			   unsigned int size)
{
	struct tslab_stats *stats = tslab_test_stats(test, load->ts, size);
	struct seen *seen = &load->seen[tslab_class_of(size)];
	unsigned int site;

#define SAME(name, count) \
	KUNIT_EXPECT_EQ_MSG(test, stats->name, atomic64_read(&(count)), \
			    "size %u", size)
#define REASON(name)	seen->reason[TSLAB_SLOW_BIT_##name]

	SAME(alloc_objects, seen->allocs);
	SAME(free_objects, seen->frees);
	SAME(bitmap_alloc_cas_retries, seen->cas[TSLAB_CAS_ALLOC]);
	SAME(bitmap_free_cas_retries, seen->cas[TSLAB_CAS_FREE]);
	SAME(current_partial_cas_failures,
	     seen->cas[TSLAB_CAS_CURRENT_PARTIAL]);
	for (site = 0; site < TSLAB_NR_SITES; site++)
		SAME(site_contended[site], seen->contended[site]);
	SAME(slow_path_hits, seen->slow);
	SAME(cpu_refills, REASON(refill));
	SAME(slow_path_cache_miss, REASON(new_slab));
	SAME(slow_path_epoch_closed, REASON(epoch_closed));
	SAME(alloc_failed, REASON(failed));
	SAME(new_slab_count, seen->new_slabs);
	SAME(pages_released, seen->pages_released);
	KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
	KUNIT_EXPECT_GE(test, stats->pages_released, stats->new_slab_count);
	KUNIT_EXPECT_LE(test, stats->pages_released, stats->new_slab_count *
			tslab_geometry[tslab_class_of(size)].pages);
	/* Whatever was slow took an object, or was refused one. */
	KUNIT_EXPECT_EQ(test, stats->slow_path_hits,
			stats->alloc_objects - stats->cpu_hits +
			stats->slow_path_epoch_closed);
	if (load->ts->flags & TSLAB_SHARED_ONLY) {
		SAME(bitmap_free_attempts, seen->frees);
		KUNIT_EXPECT_EQ(test, stats->cpu_hits + stats->cpu_refills +
				stats->cpu_flushes, 0);
	}
	KUNIT_EXPECT_GT(test, stats->alloc_objects, ROUNDS / 8);
#undef SAME
#undef REASON
}

/* The counters of struct tslab_stats, without what only a whole has. */
static void expect_same_counters(struct kunit *test,
				 const struct tslab_stats *sum,
				 const struct tslab_stats *whole, bool objects)
{
	unsigned int site;

#define TSLAB_X_SAME(name) \
	KUNIT_EXPECT_EQ_MSG(test, sum->name, whole->name, "class %u", \
			    whole->size);
	TSLAB_COUNTERS(TSLAB_X_SAME)
	TSLAB_X_SAME(lock_fast_acquire)
	TSLAB_X_SAME(lock_contended)
	if (objects) {
		TSLAB_X_SAME(alloc_objects)
		TSLAB_X_SAME(free_objects)
		TSLAB_X_SAME(cpu_hits)
	}
#undef TSLAB_X_SAME
	for (site = 0; site < TSLAB_NR_SITES; site++) {
		KUNIT_EXPECT_EQ(test, sum->site_fast_acquire[site],
				whole->site_fast_acquire[site]);
		KUNIT_EXPECT_EQ(test, sum->site_contended[site],
				whole->site_contended[site]);
	}
}

static void parts_add_up(struct kunit *test, struct tslab *ts)
{
	struct tslab_stats *whole, *sum;
	unsigned int class;
	int cpu, label;

	sum = kunit_kzalloc(test, sizeof(*sum), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sum);
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		whole = tslab_test_stats(test, ts, tslab_geometry[class].size);
		memset(sum, 0, sizeof(*sum));
		for_each_possible_cpu(cpu)
			tslab_stats_sum(ts, class, cpu, TSLAB_ALL_LABELS, sum);
		expect_same_counters(test, sum, whole, true);
		memset(sum, 0, sizeof(*sum));
		for (label = 0; label < TSLAB_NR_LABELS; label++)
			tslab_stats_sum(ts, class, TSLAB_ALL_CPUS, label, sum);
		expect_same_counters(test, sum, whole, false);
	}
}

static void closes_are_exact(struct kunit *test, struct load *load)
{
	struct tslab_stats *stats = tslab_test_stats(test, load->ts, 0);

	KUNIT_EXPECT_EQ(test, stats->epoch_close_calls,
			atomic64_read(&load->close_classes));
	KUNIT_EXPECT_EQ(test, stats->epoch_close_scanned_slabs,
			atomic64_read(&load->close_scanned));
	KUNIT_EXPECT_EQ(test, stats->epoch_close_recycled_slabs,
			atomic64_read(&load->close_recycled));
	KUNIT_EXPECT_EQ(test, stats->epoch_close_ns,
			atomic64_read(&load->close_ns));
	KUNIT_EXPECT_GT(test, stats->epoch_close_calls, 0);
}

static void load_is_counted_exactly(struct kunit *test)
{
	struct load *load = kunit_kzalloc(test, sizeof(*load), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, load);
	load->ts = tslab_test_create_tier(test);
	load_run(test, load);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		class_is_exact(test, load, sizes[i]);
	closes_are_exact(test, load);
	parts_add_up(test, load->ts);
	KUNIT_EXPECT_EQ(test,
			tslab_test_refusals(tslab_test_stats(test, load->ts,
							     0)), 0);
	tslab_test_finish(test, load->ts);
}

/* Every lock and every allocation is timed, and nothing else. */
static void load_is_timed_exactly(struct kunit *test)
{
	struct load *load = kunit_kzalloc(test, sizeof(*load), GFP_KERNEL);
	struct tslab_timing *timing;
	u64 asked, timed = 0;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, load);
	load->ts = tslab_test_create_tier(test);
	KUNIT_ASSERT_EQ(test, tslab_lock_timing_set(1), 0);
	KUNIT_ASSERT_EQ(test, tslab_alloc_sampling_set(1), 0);
	load_run(test, load);
	KUNIT_EXPECT_EQ(test, tslab_lock_timing_set(0), 0);
	KUNIT_EXPECT_EQ(test, tslab_alloc_sampling_set(0), 0);
	asked = atomic64_read(&load->refused);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct tslab_stats *stats;

		class_is_exact(test, load, sizes[i]);
		asked += atomic64_read(&load->seen[tslab_class_of(sizes[i])]
				       .allocs);
		stats = tslab_test_stats(test, load->ts, sizes[i]);
		timing = tslab_test_timing(test, load->ts, sizes[i]);
		KUNIT_EXPECT_EQ(test, timing->lock_wait.samples,
				stats->lock_fast_acquire +
				stats->lock_contended);
		tslab_test_lock_times(test, timing, stats);
		KUNIT_EXPECT_EQ(test, timing->alloc_cpu.samples,
				timing->alloc_wall.samples);
		KUNIT_EXPECT_EQ(test, timing->reason[TSLAB_SAMPLED_FAST].samples,
				stats->cpu_hits);
		KUNIT_EXPECT_EQ(test,
				timing->reason[TSLAB_SLOW_BIT_refill].samples,
				stats->cpu_refills);
		KUNIT_EXPECT_EQ(test,
				timing->reason[TSLAB_SLOW_BIT_new_slab].samples,
				stats->slow_path_cache_miss);
		timed += timing->alloc_wall.samples;
		/* Tried again, as the current epoch had advanced. */
		asked += stats->slow_path_epoch_closed;
	}
	KUNIT_EXPECT_EQ(test, timed, asked - atomic64_read(&load->refused));
	tslab_test_finish(test, load->ts);
}

/* === Labels === */

static u64 frees_of_label(struct kunit *test, struct tslab *ts,
			  const char *label)
{
	struct tslab_stats *stats;

	stats = kunit_kzalloc(test, sizeof(*stats), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stats);
	tslab_stats_sum(ts, tslab_class_of(128), TSLAB_ALL_CPUS,
			tslab_label_number(label), stats);
	return stats->bitmap_free_attempts;
}

static void labels_are_counted_apart(struct kunit *test)
{
	static const struct tslab_params params = {
		.flags = TSLAB_SHARED_ONLY,
	};
	struct tslab *ts = tslab_test_create(test, &params);
	tslab_epoch_t epoch = tslab_epoch_open(ts, "web");
	void *objs[7];
	unsigned int i;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		objs[i] = tslab_alloc_epoch(ts, epoch, 128, GFP_KERNEL);
	tslab_free(ts, tslab_alloc(ts, 128, GFP_KERNEL));
	tslab_free(ts, objs[0]);
	tslab_free(ts, objs[1]);
	/* From here on it is somebody else's, then nobody's. */
	KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, epoch, "batch"), 0);
	tslab_free(ts, objs[2]);
	tslab_free(ts, objs[3]);
	tslab_free(ts, objs[4]);
	KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, epoch, NULL), 0);
	tslab_free(ts, objs[5]);
	KUNIT_EXPECT_EQ(test, tslab_epoch_set_label(ts, epoch, "other"), 0);
	tslab_free(ts, objs[6]);
	KUNIT_EXPECT_EQ(test, frees_of_label(test, ts, "web"), 2);
	KUNIT_EXPECT_EQ(test, frees_of_label(test, ts, "batch"), 3);
	KUNIT_EXPECT_EQ(test, frees_of_label(test, ts, ""), 2);
	KUNIT_EXPECT_EQ(test, frees_of_label(test, ts, "other"), 1);
	parts_add_up(test, ts);
	tslab_test_finish(test, ts);
}

/* Last: takes all numbers there are for labels. */
static void labels_are_bounded(struct kunit *test)
{
	static const struct tslab_params params = { .epochs = 64 };
	struct tslab *ts = tslab_test_create(test, &params);
	tslab_epoch_t epoch;
	char label[16];
	unsigned int i;

	for (i = 0; i < 2 * TSLAB_NR_LABELS; i++) {
		snprintf(label, sizeof(label), "bound %u", i);
		epoch = tslab_epoch_open(ts, label);
		TSLAB_TEST_ASSERT_EPOCH(test, epoch);
		KUNIT_EXPECT_LE(test, tslab_label_number(label),
				TSLAB_LABEL_OTHER);
	}
	for (i = 1; i < TSLAB_NR_LABELS; i++)
		KUNIT_EXPECT_TRUE(test, tslab_label_name(i)[0]);
	KUNIT_EXPECT_EQ(test, tslab_label_number(label), TSLAB_LABEL_OTHER);
	/* That of the last has no counters but these. */
	tslab_free(ts, tslab_alloc_epoch(ts, epoch, 64, GFP_KERNEL));
	KUNIT_EXPECT_NOT_NULL(test, ts->type[tslab_class_of(64)]
			      .counters[TSLAB_LABEL_OTHER]);
	/* A label that has a number keeps it. */
	KUNIT_EXPECT_NE(test, tslab_label_number("web"), TSLAB_LABEL_OTHER);
	tslab_test_finish(test, ts);
}

static struct kunit_case accounting_cases[] = {
	KUNIT_CASE(labels_are_counted_apart),
	KUNIT_CASE_PARAM(load_is_counted_exactly, tslab_test_tiers),
	KUNIT_CASE_PARAM(load_is_timed_exactly, tslab_test_tiers),
	KUNIT_CASE(labels_are_bounded),
	{}
};

static struct kunit_suite accounting_suite = {
	.name = "tslab_accounting",
	.test_cases = accounting_cases,
};

kunit_test_suite(accounting_suite);
