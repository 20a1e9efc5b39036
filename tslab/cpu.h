/* SPDX-License-Identifier: GPL-2.0 */
/* What is done on a CPU's own slab and counts beside it, inline. */
#ifndef _TSLAB_CPU_H
#define _TSLAB_CPU_H

#include "tslab.h"

/*
 * What the home of an epoch has, as if it were per-CPU memory: for that CPU it
 * is.
 */
static inline struct tslab_cpu_slab __percpu *
tslab_home_percpu(struct tslab_cpu_slab *home, int cpu)
{
	return (struct tslab_cpu_slab __percpu *)
	       ((__force unsigned long)home - per_cpu_offset(cpu));
}

/**
 * tslab_cpu_mark() - mark a slab as this CPU's own
 * @slab: slab that is new
 * @cs: what the CPU has of its bin
 * @cpu_slab: the same, per CPU
 * @cpu: the CPU
 *
 * Context: in the busy section, or nobody allocates in the epoch.
 */
static inline void tslab_cpu_mark(struct tslab_slab *slab,
				  struct tslab_cpu_slab *cs,
				  struct tslab_cpu_slab __percpu *cpu_slab,
				  int cpu)
{
	WRITE_ONCE(slab->cpu_slab, cpu_slab);
	WRITE_ONCE(slab->cpu, cpu);
	WRITE_ONCE(slab->owner, cs);
	WRITE_ONCE(slab->state, TSLAB_SLAB_OWNED);
}

/*
 * What this CPU has of a bin, or tslab_no_cpu_slab. @at_home: mostly what it has as
 * the home
 *
 * Context: preemption disabled.
 */
static __always_inline struct tslab_cpu_slab *
tslab_cpu_slab_of(struct tslab_bin *bin, const bool at_home)
{
	int cpu = smp_processor_id();
	long home = READ_ONCE(bin->home_cpu) == cpu;

	if (__builtin_expect(home, at_home))
		return &bin->home;
	return tslab_cpu_ptr(READ_ONCE(bin->cpus), cpu);
}

/* Whether it can own one more slab without giving one up. */
static inline bool tslab_cpu_has_room(const struct tslab_cpu_slab *cs)
{
	return cs->slab == &tslab_no_slab ||
	       cs->nr_kept < cs->slab->type->max_kept;
}

/* Whether there is nothing for a CPU on the lists of a bin, as it seems. */
static inline bool tslab_lists_are_empty(const struct tslab_bin *bin)
{
	return !READ_ONCE(bin->nr_partial) && !READ_ONCE(bin->nr_empty);
}

/*
 * Begins this CPU's busy section. An interrupt that comes later leaves the slab
 * alone; one that came before, or amid the change of the bit, is over.
 *
 * Context: preemption disabled.
 * Return: false if it was begun by what this interrupts.
 */
static __always_inline bool tslab_cpu_enter(struct tslab_cpu_slab *cs)
{
	/* What interrupts change in it they change back. */
	if (unlikely(data_race(__test_and_set_bit(0, &cs->busy))))
		return false;
	barrier();
	return true;
}

static __always_inline void tslab_cpu_leave(struct tslab_cpu_slab *cs)
{
	barrier();
	WRITE_ONCE(cs->busy, 0);
}

/*
 * Takes the first of the slots that are free in the word this CPU is at.
 *
 * Context: in the busy section.
 */
static __always_inline void *
tslab_owned_take(struct tslab_cpu_slab *cs, struct tslab_word *word, u64 free)
{
	WRITE_ONCE(word->owned, free & (free - 1));
	return cs->base + __ffs64(free) * cs->size;
}

/*
 * Count objects of a slab that were taken, or given back, in any way but from
 * the CPU's own slab. @cpu: this one; preemption disabled
 */
#define TSLAB_COUNT_SHARED(_cpu, _bin, name, n)				\
do {									\
	struct tslab_bin *__bin = (_bin);				\
	struct tslab_cpu_slab __percpu *cpus = READ_ONCE(__bin->cpus);	\
									\
	if (likely(cpus != &tslab_no_cpu_slab))				\
		tslab_cpu_add_on(_cpu, cpus->name, n);			\
	else								\
		atomic64_add(n, &__bin->name);				\
} while (0)

static inline void tslab_count_misses(unsigned int cpu, struct tslab_bin *bin)
{
	TSLAB_COUNTED(TSLAB_COUNT_SHARED(cpu, bin, misses, 1));
}

static inline void tslab_count_shared_frees(unsigned int cpu,
					    struct tslab_bin *bin, s64 n)
{
	TSLAB_COUNTED(TSLAB_COUNT_SHARED(cpu, bin, shared_frees, n));
}

#endif /* _TSLAB_CPU_H */
