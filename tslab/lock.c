// SPDX-License-Identifier: GPL-2.0
/* The class lock when it is contended or timed; the rest is tslab_class_lock(). */
#include <linux/ktime.h>

#include "tslab.h"
#include "lock.h"

#include <trace/events/tslab.h>

/**
 * tslab_class_lock_wait() - take a class lock that was found taken
 * @bin: what it is taken for
 * @site: why
 *
 * Context: interrupts off.
 */
void tslab_class_lock_wait(struct tslab_bin *bin, enum tslab_lock_site site)
	__acquires(&bin->type->lock)
{
	unsigned int size = bin->type->geo.size;
	struct tslab *ts = bin->type->ts;

	trace_tslab_lock_contended_begin(ts->name, size, site);
	raw_spin_lock(&bin->type->lock);
	trace_tslab_lock_contended_end(ts->name, size, site);
}

/**
 * tslab_class_lock_timed() - take a class lock, and time it once in N times
 * @bin: as for tslab_class_lock()
 * @site: likewise
 *
 * Context: interrupts off.
 * Return: TSLAB_SLOW(lock_wait) if it had to wait, or 0.
 */
unsigned int tslab_class_lock_timed(struct tslab_bin *bin,
				    enum tslab_lock_site site)
	__acquires(&bin->type->lock)
{
	struct tslab_type *type = bin->type;
	unsigned int weight = tslab_lock_sample_weight();
	u64 start = weight ? ktime_get_ns() : 0;
	unsigned int waited = 0;

	tslab_class_lock_probe(bin, site, &waited);
	type->timed_weight = weight;
	if (weight) {
		tslab_lock_waited(bin, ktime_get_ns() - start, weight);
		type->timed_at = ktime_get_ns();
	}
	return waited;
}

/**
 * tslab_class_lock_timed_end() - end of a hold that may be the one in N
 * @bin: what the lock was taken for
 *
 * Context: class lock held.
 */
void tslab_class_lock_timed_end(struct tslab_bin *bin)
{
	struct tslab_type *type = bin->type;
	unsigned int weight = type->timed_weight;

	type->timed_weight = 0;
	/* One from before timing was last switched on may have no end. */
	if (weight && type->timed_at >= tslab_lock_timing_since())
		tslab_lock_held(bin, ktime_get_ns() - type->timed_at, weight);
}
