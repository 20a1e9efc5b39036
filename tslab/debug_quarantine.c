// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that were freed and are given out again late, so that KASAN sees who still
 * uses them. They are free to whoever looks at their mark, and taken to the bitmap:
 * nothing leads to them but this.
 */
#include <linux/spinlock.h>

#include "tslab.h"
#include "cpu.h"
#include "debug.h"

/* Of all instances together. */
#define QUARANTINED	512

struct quarantined {
	struct tslab_slab *slab;
	unsigned long slot;
};

static struct quarantined quarantine[QUARANTINED];
static unsigned int quarantine_next;
static DEFINE_RAW_SPINLOCK(quarantine_lock);

/**
 * tslab_quarantine_swap() - put an object in, and take the one that is in for longest
 * @slab: slab of the object; set to that of the other one
 * @slot: its slot; likewise
 *
 * An object is counted as freed when it is put in. What is freed to a closed epoch does
 * not wait: it keeps the epoch from being over.
 *
 * Context: preemption disabled for as long as the result is used.
 * Return: false if there was none.
 */
bool tslab_quarantine_swap(struct tslab_slab **slab, unsigned long *slot)
{
	struct quarantined *place, old;
	unsigned long flags;

	raw_spin_lock_irqsave(&quarantine_lock, flags);
	/* A close takes the lock, too, when it has what waits given back. */
	if (!tslab_epoch_takes_any((*slab)->bin->epoch)) {
		raw_spin_unlock_irqrestore(&quarantine_lock, flags);
		return true;
	}
	place = &quarantine[quarantine_next++ % QUARANTINED];
	old = *place;
	place->slab = *slab;
	place->slot = *slot;
	tslab_count_shared_frees(smp_processor_id(), (*slab)->bin, 1);
	raw_spin_unlock_irqrestore(&quarantine_lock, flags);
	*slab = old.slab;
	*slot = old.slot;
	return old.slab;
}

/**
 * tslab_quarantine_take() - take an object of an epoch
 * @epoch: the epoch
 * @from: place to look from; set to where to go on
 * @slot: set to its slot
 *
 * Context: preemption disabled for as long as the result is used.
 * Return: its slab, or NULL if there is none any more.
 */
struct tslab_slab *tslab_quarantine_take(const struct tslab_epoch *epoch,
					 unsigned int *from, unsigned long *slot)
{
	struct tslab_slab *slab = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&quarantine_lock, flags);
	for (; *from < QUARANTINED && !slab; ++*from) {
		struct quarantined *place = &quarantine[*from];

		if (!place->slab || place->slab->bin->epoch != epoch)
			continue;
		slab = place->slab;
		*slot = place->slot;
		place->slab = NULL;
	}
	raw_spin_unlock_irqrestore(&quarantine_lock, flags);
	return slab;
}

/**
 * tslab_quarantine_leave() - forget the objects of a slab
 * @slab: slab whose pages are about to go
 *
 * Context: any but NMI.
 */
void tslab_quarantine_leave(const struct tslab_slab *slab)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&quarantine_lock, flags);
	for (i = 0; i < QUARANTINED; i++)
		if (quarantine[i].slab == slab)
			quarantine[i].slab = NULL;
	raw_spin_unlock_irqrestore(&quarantine_lock, flags);
}
