// SPDX-License-Identifier: GPL-2.0
/*
 * Gives back the per-CPU memory of places of the ring that nobody uses, when
 * memory is short. A place that was drained before a grace period and still is
 * of the same activation after it has no slab that anybody could be counting
 * objects of.
 */
#include <linux/percpu.h>
#include <linux/rcupdate.h>

#include "tslab.h"

static bool trim_has_memory(struct tslab_epoch *epoch)
{
	struct tslab_bin *bin;

	tslab_for_each_bin(bin, epoch)
		if (READ_ONCE(bin->cpus) != &tslab_no_cpu_slab)
			return true;
	return false;
}

/* The next place that has something to give and is drained, or NULL. */
static struct tslab_epoch *trim_next(struct tslab *ts, unsigned int *index)
{
	for (; *index < READ_ONCE(ts->nr_places); (*index)++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, *index);

		if (epoch && test_bit(*index, ts->drained) &&
		    trim_has_memory(epoch)) {
			(*index)++;
			return epoch;
		}
	}
	return NULL;
}

/* As many as one grace period is waited for. */
struct trim_batch {
	unsigned int nr;
	struct tslab_cpu_slab __percpu *taken[64];
};

static void trim_free(struct trim_batch *batch)
{
	if (!batch->nr)
		return;
	/* Allocations with a stale id look at it, and readers of figures. */
	synchronize_rcu();
	while (batch->nr)
		free_percpu(batch->taken[--batch->nr]);
}

/* Takes the memory from a place that is still idle. */
static void trim_take(struct tslab_epoch *epoch, struct trim_batch *batch)
{
	struct tslab *ts = epoch->ts;
	struct tslab_bin *bin;

	/* Whoever wants a place finds this one drained, or waits here. */
	spin_lock(&ts->trim_lock);
	if (!test_and_clear_bit(epoch->index, ts->drained))
		goto unlock;
	tslab_for_each_bin(bin, epoch) {
		struct tslab_cpu_slab __percpu *cpus = bin->cpus;

		if (epoch->id != epoch->idle_id || cpus == &tslab_no_cpu_slab ||
		    batch->nr == ARRAY_SIZE(batch->taken))
			continue;
		tslab_stats_fold(bin);
		WRITE_ONCE(bin->cpus, &tslab_no_cpu_slab);
		batch->taken[batch->nr++] = cpus;
	}
	/* Pairs with test_and_clear_bit() of whoever activates it. */
	smp_mb__before_atomic();
	set_bit(epoch->index, ts->drained);
unlock:
	spin_unlock(&ts->trim_lock);
}

static void trim_work(struct work_struct *work)
{
	struct tslab *ts = container_of(work, struct tslab, trim_work);
	struct trim_batch batch = { .nr = 0 };
	struct tslab_epoch *epoch;
	unsigned int index = 0;

	while ((epoch = trim_next(ts, &index)))
		epoch->idle_id = READ_ONCE(epoch->id);
	synchronize_rcu();
	index = 0;
	while ((epoch = trim_next(ts, &index))) {
		trim_take(epoch, &batch);
		if (batch.nr == ARRAY_SIZE(batch.taken)) {
			trim_free(&batch);
			/* There may be more of this one. */
			index--;
		}
	}
	trim_free(&batch);
}

void tslab_trim_init(struct tslab *ts)
{
	INIT_WORK(&ts->trim_work, trim_work);
}

/* Pages that tslab_trim_start() could give back. */
unsigned long tslab_trim_count(struct tslab *ts)
{
	unsigned long bytes = 0;
	unsigned int index = 0;

	while (trim_next(ts, &index))
		bytes += num_possible_cpus() * sizeof(struct tslab_cpu_slab);
	return bytes / PAGE_SIZE;
}

/**
 * tslab_trim_start() - have idle places of the ring give back what they can
 * @ts: instance
 *
 * Context: any; a worker does it.
 */
void tslab_trim_start(struct tslab *ts)
{
	queue_work(tslab_wq, &ts->trim_work);
}

/* Waits for what looks at bins that have been taken away. */
void tslab_trim_wait(struct tslab *ts)
{
	flush_work(&ts->trim_work);
}

/* Context: may sleep; nobody starts it any more. */
void tslab_trim_stop(struct tslab *ts)
{
	cancel_work_sync(&ts->trim_work);
}
