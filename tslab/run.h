/* SPDX-License-Identifier: GPL-2.0 */
/* What of a slab belongs to which object, also if it is a run. */
#ifndef _TSLAB_RUN_H
#define _TSLAB_RUN_H

#include "cpu.h"

/*
 * Takes so many units as an object needs of the run that the home of an epoch
 * is at.
 *
 * Context: in the busy section of bin->home; the epoch is open under the id that
 * is allocated under.
 * Return: the object, or NULL if there is no room for one.
 */
static __always_inline void *tslab_run_take(struct tslab_bin *bin)
{
	const struct tslab_type *type = bin->type;
	struct tslab_epoch *epoch = bin->epoch;
	struct tslab_run *run = READ_ONCE(epoch->run);
	unsigned int at = (run->next + type->run_mask) & ~type->run_mask;

	if (at + type->run_units > TSLAB_RUN_UNITS)
		return NULL;
	/* What is bound from an earlier id may be another CPU's home. */
	if (unlikely(READ_ONCE(epoch->home) != smp_processor_id()))
		return NULL;
	/* What this interrupts may be at it for another class. */
	if (unlikely(!tslab_cpu_enter(&epoch->runs)))
		return NULL;
	WRITE_ONCE(run->next, at + type->run_units);
	WRITE_ONCE(run->class[at], type->number);
	WRITE_ONCE(run->starts, run->starts | BIT_ULL(at));
	tslab_cpu_leave(&epoch->runs);
	return run->base + at * TSLAB_RUN_UNIT;
}

/* Type of the object of a slot. */
static inline struct tslab_type *tslab_slot_type(const struct tslab_slab *slab,
						 unsigned long slot)
{
	if (likely(!slab->is_run))
		return slab->type;
	return &slab->ts->type[READ_ONCE(tslab_slab_run(slab)->class[slot])];
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
static inline size_t tslab_slot_size(const struct tslab_slab *slab,
				     unsigned long slot)
{
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

/* run.c */
extern struct tslab_run tslab_no_run;

void *tslab_run_new(struct tslab_bin *bin);
void tslab_run_count_freed(const struct tslab_slab *slab, u64 slots);

#endif /* _TSLAB_RUN_H */
