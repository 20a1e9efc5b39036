// SPDX-License-Identifier: GPL-2.0
/* The class lock when it is contended or timed; the rest is tslab_class_lock(). */
#include <linux/ktime.h>

#include "tslab.h"
#include "lock.h"

#include <trace/events/tslab.h>

/**
 * tslab_class_lock_wait() - take a class lock that was found taken
 * @epoch: epoch it is taken for
 * @class: size class
 * @site: why
 *
 * Context: interrupts off.
 */
void tslab_class_lock_wait(struct tslab_epoch *epoch, unsigned int class,
			   enum tslab_lock_site site)
	__acquires(&epoch->ts->size_class[class].lock)
{
	struct tslab *ts = epoch->ts;
	unsigned int size = tslab_geometry[class].size;

	trace_tslab_lock_contended_begin(ts->name, size, site);
	raw_spin_lock(&ts->size_class[class].lock);
	trace_tslab_lock_contended_end(ts->name, size, site);
}

/**
 * tslab_class_lock_timed() - take a class lock, and time it once in N times
 * @epoch: as for tslab_class_lock()
 * @class: likewise
 * @site: likewise
 *
 * Context: interrupts off.
 * Return: TSLAB_SLOW(lock_wait) if it had to wait, or 0.
 */
unsigned int tslab_class_lock_timed(struct tslab_epoch *epoch,
				    unsigned int class,
				    enum tslab_lock_site site)
	__acquires(&epoch->ts->size_class[class].lock)
{
	struct tslab_size_class *sc = &epoch->ts->size_class[class];
	unsigned int weight = tslab_lock_sample_weight();
	u64 start = weight ? ktime_get_ns() : 0;
	unsigned int waited = 0;

	tslab_class_lock_probe(epoch, class, site, &waited);
	sc->timed_weight = weight;
	if (weight) {
		tslab_lock_waited(epoch, class, ktime_get_ns() - start, weight);
		sc->timed_at = ktime_get_ns();
	}
	return waited;
}

/**
 * tslab_class_lock_timed_end() - end of a hold that may be the one in N
 * @epoch: epoch the lock was taken for
 * @class: size class
 *
 * Context: class lock held.
 */
void tslab_class_lock_timed_end(struct tslab_epoch *epoch, unsigned int class)
{
	struct tslab_size_class *sc = &epoch->ts->size_class[class];
	unsigned int weight = sc->timed_weight;

	sc->timed_weight = 0;
	/* One from before timing was last switched on may have no end. */
	if (weight && sc->timed_at >= tslab_lock_timing_since())
		tslab_lock_held(epoch, class, ktime_get_ns() - sc->timed_at,
				weight);
}
