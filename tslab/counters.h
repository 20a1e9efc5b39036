/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: kept per CPU, by label and class, and summed up when they are read.
 * Objects are counted where they are taken and given back, see struct
 * tslab_cpu_slab: that takes no look for the row.
 */
#ifndef _TSLAB_COUNTERS_H
#define _TSLAB_COUNTERS_H

#include <linux/jump_label.h>
#include <linux/percpu.h>
#include <linux/seqlock.h>
#include <linux/tslab.h>

#include "compat.h"

struct tslab_bin;
struct tslab_epoch;
struct tslab_samples;
struct tslab_type;

/* Labels that are counted apart: none, the first 16, the rest under "other". */
#define TSLAB_LABEL_NONE	0
#define TSLAB_LABEL_OTHER	17
#define TSLAB_NR_LABELS		18

#define TSLAB_X_COUNTER(name)	TSLAB_COUNT_##name,
enum tslab_counter { TSLAB_COUNTERS(TSLAB_X_COUNTER) TSLAB_NR_COUNTERS };
#undef TSLAB_X_COUNTER

/**
 * struct tslab_counters - counters of one type and label on one CPU
 * @count: by enum tslab_counter
 * @lock_fast: class lock taken at once, by enum tslab_lock_site
 * @lock_contended: class lock waited for, by enum tslab_lock_site
 * @hits: objects counted by epochs that are gone: see struct tslab_cpu_slab
 * @misses: likewise
 * @frees: likewise
 */
struct tslab_counters {
	u64 count[TSLAB_NR_COUNTERS];
	u64 lock_fast[TSLAB_NR_SITES];
	u64 lock_contended[TSLAB_NR_SITES];
	u64 hits;
	u64 misses;
	u64 frees;
};

#define TSLAB_NR_CLASSES	20
/* The class of what is larger: each object is a slab of its own. */
#define TSLAB_LARGE		TSLAB_NR_CLASSES
/* Requests that belong to no class. */
#define TSLAB_NO_CLASS		(TSLAB_LARGE + 1)
#define TSLAB_NR_ROWS		(TSLAB_NO_CLASS + 1)

/* What the counters cost is measured against a build that has none. */
#ifdef TSLAB_WITHOUT_COUNTERS
#define TSLAB_COUNTED(op)	({ if (0) op; })
#else
#define TSLAB_COUNTED(op)	({ op; })
#endif

#define TSLAB_COUNTER(bin, name) \
	(READ_ONCE((bin)->counters)->count[TSLAB_COUNT_##name])
#define tslab_count_add(bin, name, n) \
	TSLAB_COUNTED(tslab_cpu_add(TSLAB_COUNTER(bin, name), n))
#define tslab_count(bin, name)	tslab_count_add(bin, name, 1)
/* @cpu: this one; preemption disabled */
#define tslab_count_on(cpu, bin, name) \
	TSLAB_COUNTED(tslab_cpu_add_on(cpu, TSLAB_COUNTER(bin, name), 1))
/* What happened in no epoch. */
#define tslab_count_outside(type, name)					\
	TSLAB_COUNTED(tslab_cpu_add((type)->counters[TSLAB_LABEL_NONE]-> \
				    count[TSLAB_COUNT_##name], 1))

/* moves.c */
extern seqcount_raw_spinlock_t tslab_moves;
unsigned long tslab_move_begin(void);
void tslab_move_end(unsigned long flags);
void tslab_stats_fold(struct tslab_bin *bin);
void tslab_stats_move_home(struct tslab_bin *bin, int cpu);
void tslab_counters_move(struct tslab_counters __percpu *to,
			 struct tslab_counters __percpu *from);

/* stats.c */
#define TSLAB_ALL_CPUS		(-1)
#define TSLAB_ALL_LABELS	(-1)

u64 tslab_bin_live(struct tslab_bin *bin);
void tslab_stats_retire(struct tslab_type *type, unsigned int class);
struct tslab_counters __percpu *tslab_counters_alloc(unsigned int nr,
						     gfp_t gfp);
int tslab_stats_init(void);
void tslab_stats_exit(void);
void tslab_stats_sum(struct tslab *ts, unsigned int class, int cpu, int label,
		     struct tslab_stats *stats);
void tslab_stats_sum_type(struct tslab_type *type, int cpu, int label,
			  struct tslab_stats *stats);
void tslab_epoch_fill_stats(struct tslab_epoch *epoch,
			    struct tslab_epoch_stats *stats);

/* label.c */
bool tslab_label_is(const struct tslab_epoch *epoch, const char *label);
unsigned int tslab_label_number(const char *label);
const char *tslab_label_name(unsigned int label);

/* sample.c */
DECLARE_STATIC_KEY_FALSE(tslab_lock_timing);
DECLARE_STATIC_KEY_FALSE(tslab_alloc_sampling);

#define TSLAB_SAMPLE_MAX	1000000

/**
 * struct tslab_alloc_sample - an allocation that may be the one in N
 * @weight: N, or 0 if it is not timed
 * @wall: ktime_get_ns() of its beginning
 * @cpu: CPU time of the task until then, nanoseconds
 */
struct tslab_alloc_sample {
	unsigned int weight;
	u64 wall;
	u64 cpu;
};

void tslab_samplers_init(void);
int tslab_samples_alloc(struct tslab_type *type);
u64 tslab_samples_bytes(const struct tslab_type *type);
void tslab_samples_retire(struct tslab_type *type, unsigned int class);
void tslab_timing_sum_type(struct tslab_type *type,
			   struct tslab_timing *timing);
void tslab_timing_sum(struct tslab *ts, unsigned int class,
		      struct tslab_timing *timing);
int tslab_lock_timing_set(unsigned int n);
unsigned int tslab_lock_timing_get(void);
u64 tslab_lock_timing_since(void);
unsigned int tslab_lock_sample_weight(void);
void tslab_lock_waited(struct tslab_bin *bin, u64 ns, unsigned int weight);
void tslab_lock_held(struct tslab_bin *bin, u64 ns, unsigned int weight);
int tslab_alloc_sampling_set(unsigned int n);
unsigned int tslab_alloc_sampling_get(void);
void tslab_alloc_sample_begin(struct tslab_alloc_sample *sample);
void tslab_alloc_sample_end(const struct tslab_alloc_sample *sample,
			    struct tslab_type *type, unsigned int reasons);

#endif /* _TSLAB_COUNTERS_H */
