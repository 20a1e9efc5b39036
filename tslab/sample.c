// SPDX-License-Identifier: GPL-2.0
/*
 * What is timed once in N times: class locks and whole allocations. Both are
 * off, and cost nothing, until somebody asks.
 */
#include <linux/ktime.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "tslab.h"
#include "lock.h"

/* === Which one in N === */

/**
 * struct sampler - what decides on one CPU which event is timed
 * @rnd: source of the distances
 * @left: events up to the next that is timed
 *
 * Distances are random, of N on average: a constant one would always hit the
 * same of events that alternate.
 */
struct sampler {
	struct rnd_state rnd;
	unsigned int left;
};

static DEFINE_PER_CPU(struct sampler, lock_sampler);
static DEFINE_PER_CPU(struct sampler, alloc_sampler);

/*
 * Return: @n if this is the one, else 0. An interrupt in between may shorten a
 * distance by one.
 */
static unsigned int sampler_weight(struct sampler __percpu *s, unsigned int n)
{
	unsigned int left = this_cpu_read(s->left);
	unsigned long flags;

	/* It is larger if N was larger when it was drawn. */
	if (left > 1 && left < 2 * n) {
		this_cpu_dec(s->left);
		return 0;
	}
	if (!n)
		return 0;
	local_irq_save(flags);
	left = 1 + prandom_u32_state(this_cpu_ptr(&s->rnd)) % (2 * n - 1);
	__this_cpu_write(s->left, left);
	local_irq_restore(flags);
	return n;
}

/* === Histograms === */

/**
 * struct histogram - struct tslab_histogram as it is written
 * @samples: see there
 * @sum: see there
 * @max: see there
 * @bucket: see there
 *
 * Shared by the CPUs: it is written once in N times, and N copies of it would
 * be large.
 */
struct histogram {
	atomic64_t samples;
	atomic64_t sum;
	atomic64_t max;
	atomic64_t bucket[TSLAB_HISTOGRAM_BUCKETS];
};

struct reason_times {
	atomic64_t samples;
	atomic64_t wall;
	atomic64_t cpu;
	atomic64_t max;
};

/* What was timed of a class of an instance: struct tslab_timing. */
struct tslab_samples {
	struct histogram wait;
	struct histogram hold;
	struct histogram wall;
	struct histogram cpu;
	struct reason_times reason[TSLAB_SAMPLED_REASONS + 1];
};

static void max_raise(atomic64_t *max, u64 ns)
{
	s64 old = atomic64_read(max);

	while ((u64)old < ns && !atomic64_try_cmpxchg(max, &old, ns))
		;
}

static void histogram_add(struct histogram *h, u64 ns, unsigned int weight)
{
	unsigned int bucket = min(fls64(ns), TSLAB_HISTOGRAM_BUCKETS - 1);

	atomic64_inc(&h->samples);
	atomic64_add(ns * weight, &h->sum);
	max_raise(&h->max, ns);
	atomic64_add(weight, &h->bucket[bucket]);
}

static void histogram_sum(const struct histogram *h,
			  struct tslab_histogram *sum)
{
	unsigned int i;

	sum->samples += atomic64_read(&h->samples);
	sum->scaled_sum_ns += atomic64_read(&h->sum);
	sum->max_ns = max_t(u64, sum->max_ns, atomic64_read(&h->max));
	for (i = 0; i < TSLAB_HISTOGRAM_BUCKETS; i++)
		sum->scaled[i] += atomic64_read(&h->bucket[i]);
}

/* === Class locks === */

DEFINE_STATIC_KEY_FALSE(tslab_lock_timing);
static unsigned int lock_timing_n;
static u64 lock_timing_began;

/* Return: N if the caller is to time its lock, else 0. */
unsigned int tslab_lock_sample_weight(void)
{
	return sampler_weight(&lock_sampler, READ_ONCE(lock_timing_n));
}

/* ktime_get_ns() of when timing was last switched on. */
u64 tslab_lock_timing_since(void)
{
	return READ_ONCE(lock_timing_began);
}

void tslab_lock_waited(struct tslab_bin *bin, u64 ns, unsigned int weight)
{
	struct tslab_samples *samples = READ_ONCE(bin->type->samples);

	tslab_count_add(bin, lock_wait_time_ns, ns * weight);
	if (samples)
		histogram_add(&samples->wait, ns, weight);
}

void tslab_lock_held(struct tslab_bin *bin, u64 ns, unsigned int weight)
{
	struct tslab_samples *samples = READ_ONCE(bin->type->samples);

	tslab_count_add(bin, lock_hold_time_ns, ns * weight);
	if (samples)
		histogram_add(&samples->hold, ns, weight);
}

/* === Allocations === */

DEFINE_STATIC_KEY_FALSE(tslab_alloc_sampling);
static unsigned int alloc_sampling_n;

/*
 * How long the current task has been running, in nanoseconds. The scheduler
 * moves exec_start and sum_exec_runtime together at each tick.
 */
static u64 task_cpu_ns(void)
{
	const struct sched_entity *se = &current->se;
	unsigned long flags;
	u64 ns;

	local_irq_save(flags);
	ns = se->sum_exec_runtime - se->exec_start + local_clock();
	local_irq_restore(flags);
	return ns;
}

/**
 * tslab_alloc_sample_begin() - decide whether an allocation is timed
 * @sample: filled in
 *
 * Context: any.
 */
void tslab_alloc_sample_begin(struct tslab_alloc_sample *sample)
{
	sample->weight = in_nmi() ? 0 :
			 sampler_weight(&alloc_sampler,
					READ_ONCE(alloc_sampling_n));
	if (!sample->weight)
		return;
	sample->cpu = task_cpu_ns();
	sample->wall = ktime_get_ns();
}

/**
 * tslab_alloc_sample_end() - file an allocation that may have been timed
 * @sample: from tslab_alloc_sample_begin()
 * @type: what was allocated
 * @reasons: bits TSLAB_SLOW(), none if it never left the fast path
 *
 * Context: any.
 */
void tslab_alloc_sample_end(const struct tslab_alloc_sample *sample,
			    struct tslab_type *type, unsigned int reasons)
{
	unsigned int weight = sample->weight;
	struct tslab_samples *s = READ_ONCE(type->samples);
	u64 wall, cpu;
	unsigned int i;

	if (!weight || !s)
		return;
	wall = ktime_get_ns() - sample->wall;
	/* Two clocks: an interrupt, or their rates, may tell them apart. */
	cpu = min(task_cpu_ns() - sample->cpu, wall);
	histogram_add(&s->wall, wall, weight);
	histogram_add(&s->cpu, cpu, weight);
	/* The reasons above are not told apart here. */
	reasons = reasons ? reasons & (BIT(TSLAB_SAMPLED_REASONS) - 1) :
			    BIT(TSLAB_SAMPLED_FAST);
	for (i = 0; i <= TSLAB_SAMPLED_FAST; i++) {
		struct reason_times *reason = &s->reason[i];

		if (!(reasons & BIT(i)))
			continue;
		atomic64_inc(&reason->samples);
		atomic64_add(wall * weight, &reason->wall);
		atomic64_add(cpu * weight, &reason->cpu);
		max_raise(&reason->max, wall);
	}
}

/* === Sums === */

static struct tslab_timing retired[TSLAB_NR_ROWS];

static void samples_sum(const struct tslab_samples *s,
			struct tslab_timing *timing)
{
	unsigned int i;

	histogram_sum(&s->wait, &timing->lock_wait);
	histogram_sum(&s->hold, &timing->lock_hold);
	histogram_sum(&s->wall, &timing->alloc_wall);
	histogram_sum(&s->cpu, &timing->alloc_cpu);
	for (i = 0; i <= TSLAB_SAMPLED_FAST; i++) {
		const struct reason_times *from = &s->reason[i];
		struct tslab_reason_times *to = &timing->reason[i];

		to->samples += atomic64_read(&from->samples);
		to->scaled_wall_ns += atomic64_read(&from->wall);
		to->scaled_cpu_ns += atomic64_read(&from->cpu);
		to->max_wall_ns = max_t(u64, to->max_wall_ns,
					atomic64_read(&from->max));
	}
}

static void type_sum(struct tslab_type *type, struct tslab_timing *timing)
{
	const struct tslab_samples *samples = READ_ONCE(type->samples);

	if (samples)
		samples_sum(samples, timing);
}

/**
 * tslab_timing_sum() - what was timed of a class
 * @ts: instance, or NULL for all, those that are gone included
 * @class: size class
 * @timing: filled in
 *
 * Context: any but NMI; in a section of tslab_instances_srcu if @ts is NULL.
 */
void tslab_timing_sum(struct tslab *ts, unsigned int class,
		      struct tslab_timing *timing)
{
	unsigned int seq;

	guard(rcu)();
	do {
		struct tslab *each;

		seq = read_seqcount_begin(&tslab_moves);
		memset(timing, 0, sizeof(*timing));
		if (ts) {
			type_sum(&ts->type[class], timing);
			continue;
		}
		*timing = retired[class];
		tslab_for_each_instance(each)
			type_sum(&each->type[class], timing);
	} while (read_seqcount_retry(&tslab_moves, seq));
	timing->version = TSLAB_STATS_VERSION;
	timing->size = tslab_geometry[class].size;
}

/**
 * tslab_timing_sum_type() - what was timed of a class or cache of one instance
 * @type: the class or cache
 * @timing: filled in
 *
 * Context: any but NMI.
 */
void tslab_timing_sum_type(struct tslab_type *type, struct tslab_timing *timing)
{
	unsigned int seq;

	guard(rcu)();
	do {
		seq = read_seqcount_begin(&tslab_moves);
		memset(timing, 0, sizeof(*timing));
		type_sum(type, timing);
	} while (read_seqcount_retry(&tslab_moves, seq));
	timing->version = TSLAB_STATS_VERSION;
	timing->size = type->geo.size;
}

/**
 * tslab_samples_retire() - keep what was timed of a type that goes
 * @type: the type
 * @class: what it is kept with
 *
 * Context: tslab_instances_lock held; may sleep.
 */
void tslab_samples_retire(struct tslab_type *type, unsigned int class)
{
	struct tslab_samples *samples = type->samples;
	unsigned long flags;

	lockdep_assert_held(&tslab_instances_lock);
	if (!samples)
		return;
	flags = tslab_move_begin();
	samples_sum(samples, &retired[class]);
	WRITE_ONCE(type->samples, NULL);
	tslab_move_end(flags);
	/* Nobody allocates any more, so nobody is adding to them. */
	kfree(samples);
}

u64 tslab_samples_bytes(const struct tslab_type *type)
{
	return READ_ONCE(type->samples) ? sizeof(struct tslab_samples) : 0;
}

/**
 * tslab_class_timing() - what was timed of the class objects of a size are in
 * @ts: instance
 * @size: 1 to TSLAB_MAX_SIZE bytes
 * @timing: filled in
 *
 * Context: any but NMI.
 * Return: 0, or -EINVAL for a bad @size.
 */
int tslab_class_timing(struct tslab *ts, size_t size,
		       struct tslab_timing *timing)
{
	if (!tslab_size_ok(size))
		return -EINVAL;
	tslab_timing_sum(ts, tslab_class_of(size), timing);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_class_timing);

/* === Switches === */

/* Makes room if anything is timed. Context: tslab_instances_lock held. */
int tslab_samples_alloc(struct tslab_type *type)
{
	struct tslab_samples *samples;

	lockdep_assert_held(&tslab_instances_lock);
	if (type->samples || !(lock_timing_n || alloc_sampling_n))
		return 0;
	if (tslab_should_fail(sizeof(*samples), GFP_KERNEL))
		return -ENOMEM;
	samples = kzalloc(sizeof(*samples), GFP_KERNEL);
	if (!samples)
		return -ENOMEM;
	/* Zeroes first; whoever finds the pointer writes through it. */
	smp_store_release(&type->samples, samples);
	return 0;
}

/* Makes room in all types. Context: as tslab_samples_alloc(). */
static int samples_alloc_all(void)
{
	struct tslab_type *type;
	struct tslab *ts;

	list_for_each_entry(ts, &tslab_instances, node)
		list_for_each_entry(type, &ts->types, node)
			if (tslab_samples_alloc(type))
				return -ENOMEM;
	return 0;
}

/*
 * Guards the switches. Not tslab_instances_lock, which callbacks of CPU hotplug
 * may take: to change code waits for hotplug.
 */
static DEFINE_MUTEX(switch_lock);

static int switch_set(struct static_key_false *key, unsigned int *n,
		      unsigned int value)
{
	unsigned int old = *n;

	lockdep_assert_held(&switch_lock);
	scoped_guard(mutex, &tslab_instances_lock) {
		WRITE_ONCE(*n, value);
		if (samples_alloc_all()) {
			WRITE_ONCE(*n, old);
			return -ENOMEM;
		}
	}
	if (value)
		static_branch_enable(key);
	else
		static_branch_disable(key);
	return 0;
}

/**
 * tslab_lock_timing_set() - time one class lock in so many
 * @n: 0 for none, or 1 to TSLAB_SAMPLE_MAX
 *
 * Context: process context; may sleep.
 * Return: 0; -EINVAL; -ENOMEM, with nothing changed.
 */
int tslab_lock_timing_set(unsigned int n)
{
	if (n > TSLAB_SAMPLE_MAX)
		return -EINVAL;
	guard(mutex)(&switch_lock);
	if (!lock_timing_n)
		WRITE_ONCE(lock_timing_began, ktime_get_ns());
	return switch_set(&tslab_lock_timing, &lock_timing_n, n);
}

unsigned int tslab_lock_timing_get(void)
{
	return READ_ONCE(lock_timing_n);
}

/**
 * tslab_alloc_sampling_set() - time one allocation in so many
 * @n: 0 for none, or 1 to TSLAB_SAMPLE_MAX
 *
 * Context: process context; may sleep.
 * Return: 0; -EINVAL; -ENOMEM, with nothing changed.
 */
int tslab_alloc_sampling_set(unsigned int n)
{
	if (n > TSLAB_SAMPLE_MAX)
		return -EINVAL;
	guard(mutex)(&switch_lock);
	return switch_set(&tslab_alloc_sampling, &alloc_sampling_n, n);
}

unsigned int tslab_alloc_sampling_get(void)
{
	return READ_ONCE(alloc_sampling_n);
}

void __init tslab_samplers_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		prandom_seed_state(&per_cpu(lock_sampler, cpu).rnd,
				   get_random_u64());
		prandom_seed_state(&per_cpu(alloc_sampler, cpu).rnd,
				   get_random_u64());
	}
}
