// SPDX-License-Identifier: GPL-2.0
/* Counts that move from one place to another, with nobody seeing them twice. */
#include <linux/percpu.h>

#include "tslab.h"

/*
 * Counts move: from a place of the ring to its instance, and from an instance
 * that goes to those of all that are gone. Who sums them up meanwhile starts
 * again, so nothing is seen twice or not at all.
 */
static DEFINE_RAW_SPINLOCK(move_lock);
seqcount_raw_spinlock_t tslab_moves = SEQCNT_RAW_SPINLOCK_ZERO(tslab_moves,
							       &move_lock);

/* Return: for tslab_move_end(). Context: any but NMI; keep it short. */
unsigned long tslab_move_begin(void)
	__acquires(&move_lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&move_lock, flags);
	write_seqcount_begin(&tslab_moves);
	return flags;
}

void tslab_move_end(unsigned long flags)
	__releases(&move_lock)
{
	write_seqcount_end(&tslab_moves);
	raw_spin_unlock_irqrestore(&move_lock, flags);
}

static void move_u64(u64 *to, u64 *from)
{
	WRITE_ONCE(*to, *to + *from);
	WRITE_ONCE(*from, 0);
}

/* Moves what a CPU has counted in a bin to the type. */
static void move_cpu_objects(struct tslab_bin *bin, struct tslab_cpu_slab *cs,
			     int cpu)
{
	struct tslab_counters *to =
		per_cpu_ptr(bin->type->counters[TSLAB_LABEL_NONE], cpu);

	move_u64(&to->hits, &cs->hits);
	move_u64(&to->misses, &cs->misses);
	move_u64(&to->frees, &cs->frees);
	move_u64(&to->frees, &cs->shared_frees);
}

/* What the home of an epoch has counted in a bin is said to be of a CPU, or not. */
static void say_home_objects(struct tslab_bin *bin, int cpu, s64 sign)
{
	struct tslab_counters *c =
		per_cpu_ptr(bin->type->counters[TSLAB_LABEL_NONE], cpu);
	const struct tslab_cpu_slab *cs = &bin->home;

	WRITE_ONCE(c->hits, c->hits + sign * cs->hits);
	WRITE_ONCE(c->misses, c->misses + sign * cs->misses);
	WRITE_ONCE(c->frees, c->frees + sign * (cs->frees + cs->shared_frees));
}

/**
 * tslab_stats_move_home() - have the next home of a bin count from 0
 * @bin: bin that has no home at the moment
 * @cpu: its next home
 *
 * The counts stay in the bin, which would not balance without them: what is said
 * by CPU is put right in those of the type.
 *
 * Context: any but NMI.
 */
void tslab_stats_move_home(struct tslab_bin *bin, int cpu)
{
	unsigned long flags = tslab_move_begin();

	if (bin->counted_cpu != cpu) {
		say_home_objects(bin, bin->counted_cpu, 1);
		say_home_objects(bin, cpu, -1);
		WRITE_ONCE(bin->counted_cpu, cpu);
	}
	tslab_move_end(flags);
}

/* What was counted without per-CPU memory goes to one CPU. */
static void move_shared_objects(struct tslab_bin *bin)
{
	struct tslab_counters *c =
		per_cpu_ptr(bin->type->counters[TSLAB_LABEL_NONE], 0);
	u64 misses = atomic64_xchg(&bin->misses, 0);
	u64 frees = atomic64_xchg(&bin->shared_frees, 0);

	WRITE_ONCE(c->misses, c->misses + misses);
	WRITE_ONCE(c->frees, c->frees + frees);
}

/**
 * tslab_stats_fold() - move the counts of objects from a bin to its type
 * @bin: bin that nobody counts in: it goes, or its epoch has been drained for a
 *	grace period
 *
 * All of them, as an object may be allocated without per-CPU memory and freed
 * with it: what is left behind would look like one that is live.
 *
 * Context: any but NMI.
 */
void tslab_stats_fold(struct tslab_bin *bin)
{
	struct tslab_cpu_slab __percpu *cpus = bin->cpus;
	unsigned long flags = tslab_move_begin();
	int cpu;

	if (cpus != &tslab_no_cpu_slab)
		for_each_possible_cpu(cpu)
			move_cpu_objects(bin, per_cpu_ptr(cpus, cpu), cpu);
	move_cpu_objects(bin, &bin->home, bin->counted_cpu);
	move_shared_objects(bin);
	tslab_move_end(flags);
}

/*
 * Moves counters to others; they are nothing but u64.
 *
 * Context: between tslab_move_begin() and tslab_move_end().
 */
void tslab_counters_move(struct tslab_counters __percpu *to,
			 struct tslab_counters __percpu *from)
{
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		u64 *sum = (u64 *)per_cpu_ptr(to, cpu);
		u64 *add = (u64 *)per_cpu_ptr(from, cpu);

		for (i = 0; i < sizeof(*to) / sizeof(u64); i++)
			move_u64(&sum[i], &add[i]);
	}
}
