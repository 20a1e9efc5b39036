/* SPDX-License-Identifier: GPL-2.0 */
/* What of a slab belongs to which object, also if it is a run. */
#ifndef _TSLAB_RUN_H
#define _TSLAB_RUN_H

#include "cpu.h"
#include "debug.h"

/* Has no room; where there is none. */
extern struct tslab_run tslab_no_run;

/*
 * No more is taken from the run a home is at.
 *
 * Context: on the home, in the busy section of tslab_epoch::runs or with
 * interrupts off.
 */
static inline void tslab_run_stop(struct tslab_epoch *epoch)
{
	WRITE_ONCE(epoch->run_cpu, TSLAB_NO_CPU);
	WRITE_ONCE(epoch->run, &tslab_no_run);
}

/*
 * Takes so many units as an object needs of a run. What there is in it says who
 * has allocated, so it is counted nowhere until its home gives it up; then it is in
 * the bin.
 *
 * Context: in the busy section of the runs it is of.
 * Return: false if there is no room for the object, or if it is the first in a run
 * that was another bin's.
 */
static __always_inline bool tslab_run_cut(struct tslab_epoch *epoch,
					  const struct tslab_bin *bin,
					  void **obj)
{
	const struct tslab_type *type = bin->type;
	struct tslab_run *run = epoch->run;
	unsigned int number = type->number;
	unsigned int at = (run->next + type->run_mask) & ~type->run_mask;
	unsigned int next = at + type->run_units;

	if (unlikely(next > TSLAB_RUN_UNITS))
		return false;
	if (unlikely(!at) && unlikely(epoch->runs.slab->bin != bin))
		return false;
	run->classes |= 1U << number;
	run->next = next;
	WRITE_ONCE(run->class[at], number);
	WRITE_ONCE(run->starts, run->starts | BIT_ULL(at));
	*obj = run->base + at * TSLAB_RUN_UNIT;
	return true;
}

/*
 * An object of a bin, of a class, in the run of an epoch, if there is the bin, this
 * CPU is at a run and the epoch is open under the id.
 *
 * Context: preemption disabled.
 */
static __always_inline bool tslab_run_take(struct tslab_epoch *epoch, u64 id,
					   const struct tslab_bin *bin,
					   void **obj)
{
	struct tslab_cpu_slab *runs = &epoch->runs;

	if (unlikely(bin == &tslab_no_bin) ||
	    READ_ONCE(epoch->run_cpu) != smp_processor_id() ||
	    unlikely(!tslab_cpu_enter(runs)))
		return false;
	/* No acquire, as in cpu_alloc_from(). */
	if (unlikely(READ_ONCE(epoch->open_id) != id) ||
	    unlikely(!tslab_run_cut(epoch, bin, obj))) {
		tslab_cpu_leave(runs);
		return false;
	}
	tslab_cpu_leave(runs);
	return true;
}

/* Has nothing be in a run that only its home has met. */
static inline void tslab_run_clear(struct tslab_slab *slab)
{
	struct tslab_run *run = tslab_slab_run(slab);

	run->classes = 0;
	run->next = 0;
	run->is_new = false;
	WRITE_ONCE(run->starts, 0);
	/* An object that is live has its bit in neither. */
	WRITE_ONCE(slab->word[0].owned, 0);
}

/* Type of the object of a slot. */
static inline struct tslab_type *tslab_slot_type(const struct tslab_slab *slab,
						 unsigned long slot)
{
	const struct tslab_run *run = tslab_slab_run(slab);

	if (likely(!slab->is_run))
		return slab->type;
	/* slab->ts is NULL if it has just gone into the stock. */
	return &slab->bin->type->ts->type[READ_ONCE(run->class[slot])];
}

/* Bin that it is counted in. Context: preemption disabled. */
static inline struct tslab_bin *tslab_slot_bin(const struct tslab_slab *slab,
					       unsigned long slot)
{
	if (likely(!slab->is_run))
		return slab->bin;
	return tslab_bin_of(slab->bin->epoch, tslab_slot_type(slab, slot));
}

/* Bytes of it. */
static inline size_t tslab_slot_size(struct tslab_slab *slab, unsigned long slot)
{
	if (unlikely(slab->is_debugged))
		return tslab_debug_size(slab, slot);
	return slab->is_run ? tslab_slot_type(slab, slot)->geo.size :
			      slab->size;
}

/* Slot of the object that an address is in. */
static inline unsigned long tslab_slot_around(const struct tslab_slab *slab,
					      const void *addr)
{
	unsigned long slot = (addr - slab->base) / slab->size;

	if (likely(!slab->is_run))
		return slot;
	return __fls(READ_ONCE(tslab_slab_run(slab)->starts) &
		     GENMASK_ULL(slot, 0));
}

/* Notes that a phase has had so many objects of a bin at its home. */
static inline void tslab_bin_had(struct tslab_bin *bin, u64 objects)
{
	WRITE_ONCE(bin->many,
		   objects * bin->type->geo.size >= PAGE_SIZE / 2);
}

/* Whether a run that has ended was of one class, which begins with slabs now. */
static inline bool tslab_run_was_for_many(const struct tslab_slab *slab)
{
	u32 classes = tslab_slab_run(slab)->classes;

	return is_power_of_2(classes) &&
	       READ_ONCE(slab->bin->epoch->bins)->bin[__ffs(classes)]->many;
}

/**
 * struct tslab_run_objects - what became of objects in runs
 * @allocs: allocated there
 * @misses: of those, what a run was begun for
 * @frees: freed since
 */
struct tslab_run_objects {
	unsigned int allocs;
	unsigned int misses;
	unsigned int frees;
};

/* run.c */
void *tslab_run_new(struct tslab_bin *bin, u64 id, unsigned int *reasons);
void tslab_run_end(struct tslab_slab *slab);
void tslab_run_give_up(struct tslab_slab *slab);
void tslab_run_count_freed(const struct tslab_slab *slab, u64 slots);
unsigned int tslab_folds_begin(const struct tslab_epoch *epoch);
bool tslab_folds_retry(const struct tslab_epoch *epoch, unsigned int seq);
struct tslab_run_objects tslab_runs_objects(const struct tslab_bin *bin);

#endif /* _TSLAB_RUN_H */
