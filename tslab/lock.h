/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The class lock is taken through a probe that counts contention: a trylock
 * tells a lock that was free from one that was not. What it takes to wait for
 * it, or to time it, is in lock.c.
 */
#ifndef _TSLAB_LOCK_H
#define _TSLAB_LOCK_H

#include <linux/jump_label.h>
#include <linux/spinlock.h>

#include "tslab.h"

void tslab_class_lock_wait(struct tslab_bin *bin, enum tslab_lock_site site)
	__acquires(&bin->type->lock);
unsigned int tslab_class_lock_timed(struct tslab_bin *bin,
				    enum tslab_lock_site site)
	__acquires(&bin->type->lock);
void tslab_class_lock_timed_end(struct tslab_bin *bin);

static __always_inline void tslab_class_lock_probe(struct tslab_bin *bin,
						   enum tslab_lock_site site,
						   unsigned int *reasons)
	__acquires(&bin->type->lock)
{
	struct tslab_counters __percpu *c = READ_ONCE(bin->counters);
	u64 __percpu *counter = c->lock_fast;

	if (unlikely(!raw_spin_trylock(&bin->type->lock))) {
		tslab_class_lock_wait(bin, site);
		counter = c->lock_contended;
		if (reasons)
			*reasons |= TSLAB_SLOW(lock_wait);
	}
	TSLAB_COUNTED(__this_cpu_inc(counter[site]));
}

/**
 * tslab_class_lock() - take a class lock
 * @bin: what it is taken for
 * @site: why
 * @reasons: gets TSLAB_SLOW(lock_wait) if it had to wait; or NULL
 *
 * Return: for tslab_class_unlock().
 */
static __always_inline unsigned long
tslab_class_lock(struct tslab_bin *bin, enum tslab_lock_site site,
		 unsigned int *reasons)
	__acquires(&bin->type->lock)
{
	unsigned long flags;

	local_irq_save(flags);
	if (static_branch_unlikely(&tslab_lock_timing)) {
		unsigned int waited = tslab_class_lock_timed(bin, site);

		if (reasons)
			*reasons |= waited;
	} else {
		tslab_class_lock_probe(bin, site, reasons);
	}
	return flags;
}

static __always_inline void tslab_class_unlock(struct tslab_bin *bin,
					       unsigned long flags)
	__releases(&bin->type->lock)
{
	if (static_branch_unlikely(&tslab_lock_timing))
		tslab_class_lock_timed_end(bin);
	raw_spin_unlock_irqrestore(&bin->type->lock, flags);
}

#endif /* _TSLAB_LOCK_H */
