// SPDX-License-Identifier: GPL-2.0
/*
 * The ring of an instance: places for epochs, and which of them may be taken. Of
 * those that have drained, each CPU may have one ready.
 */
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "home.h"
#include "tslab.h"
#include "run.h"

#include <trace/events/tslab.h>

/* kmalloc() would round a ring up to half as much again. */
static struct kmem_cache *tslab_epoch_cache;

void tslab_epoch_free(struct tslab_epoch *epoch)
{
	if (!epoch)
		return;
	tslab_bins_exit(epoch);
	free_cpumask_var(epoch->owners);
	kmem_cache_free(tslab_epoch_cache, epoch);
}

/**
 * tslab_epoch_new() - memory for a place of the ring
 * @ts: instance
 *
 * Context: process context; may sleep; no locks.
 * Return: an epoch for tslab_ring_take(), or NULL.
 */
struct tslab_epoch *tslab_epoch_new(struct tslab *ts)
{
	struct tslab_epoch *epoch;

	if (tslab_should_fail(sizeof(*epoch), GFP_KERNEL))
		return NULL;
	epoch = kmem_cache_zalloc(tslab_epoch_cache, GFP_KERNEL);
	if (!epoch)
		return NULL;
	if (tslab_bins_init(epoch)) {
		kmem_cache_free(tslab_epoch_cache, epoch);
		return NULL;
	}
	if (tslab_should_fail(cpumask_size(), GFP_KERNEL) ||
	    !zalloc_cpumask_var(&epoch->owners, GFP_KERNEL)) {
		tslab_epoch_free(epoch);
		return NULL;
	}
	epoch->ts = ts;
	mutex_init(&epoch->lock);
	raw_spin_lock_init(&epoch->domain_lock);
	INIT_HLIST_HEAD(&epoch->domain_list);
	init_llist_head(&epoch->flushed);
	tslab_cpu_slab_init(&epoch->runs);
	tslab_run_stop(epoch);
	seqcount_init(&epoch->folds);
	return epoch;
}

/*
 * A drained place, the lowest, which is warmest, unless others are looking too; or
 * more than there are.
 */
static unsigned int ring_first(struct tslab *ts)
{
	unsigned int at = READ_ONCE(ts->drained_from), index;
	unsigned long word = READ_ONCE(ts->drained[at]);

	if (likely(word))
		return at * BITS_PER_LONG + __ffs(word);
	/* Whether a bit that was found is still set shows when it is taken. */
	index = data_race(find_first_bit(ts->drained, ts->nr_epochs));
	if (index < ts->nr_epochs)
		WRITE_ONCE(ts->drained_from, index / BITS_PER_LONG);
	return index;
}

/*
 * Return: index of a place; -EBUSY, or -EAGAIN if it has no memory and there is
 * none to spare.
 */
static int ring_take_index(struct tslab *ts, bool spare)
{
	unsigned int index;

	do {
		index = ring_first(ts);
		if (index >= ts->nr_epochs)
			return -EBUSY;
		if (!spare && !READ_ONCE(ts->epochs[index]))
			return -EAGAIN;
	} while (!test_and_clear_bit(index, ts->drained));
	return index;
}

/* Takes the one that any CPU has ready, or NULL. Context: trim_lock held. */
static struct tslab_epoch *ring_steal(struct tslab *ts)
{
	struct tslab_epoch *epoch;
	int cpu;

	for_each_possible_cpu(cpu) {
		if (!tslab_ring_warm(ts, cpu))
			continue;
		epoch = xchg(&per_cpu_ptr(ts->warm, cpu)->epoch, NULL);
		if (epoch)
			return epoch;
	}
	return NULL;
}

/**
 * tslab_ring_take() - take a drained place for activation
 * @ts: instance
 * @spare: memory for a place that has none yet, set to NULL if it is used
 *
 * Context: process context.
 * Return: the epoch; ERR_PTR(-EBUSY) if every place is open or holds objects;
 * ERR_PTR(-EAGAIN) if the place needs memory.
 */
struct tslab_epoch *tslab_ring_take(struct tslab *ts,
				    struct tslab_epoch **spare)
{
	int index = ring_take_index(ts, *spare);
	struct tslab_epoch *epoch = NULL;
	unsigned int places;

	if (index == -EBUSY) {
		/* One may just be trimmed, or put back. */
		spin_lock(&ts->trim_lock);
		index = ring_take_index(ts, *spare);
		if (index == -EBUSY)
			epoch = ring_steal(ts);
		spin_unlock(&ts->trim_lock);
	}
	if (epoch)
		return epoch;
	if (index < 0)
		return ERR_PTR(index);
	/* Its bit is ours: nobody else sets the entry. */
	epoch = ts->epochs[index];
	if (epoch)
		return epoch;
	epoch = *spare;
	*spare = NULL;
	epoch->index = index;
	places = READ_ONCE(ts->nr_places);
	while (places <= index &&
	       !try_cmpxchg(&ts->nr_places, &places, index + 1))
		;
	epoch->open_id = tslab_epoch_closed_id(epoch);
	/* Pairs with tslab_epoch_of(). */
	smp_store_release(&ts->epochs[index], epoch);
	return epoch;
}

static __always_inline void ring_trace_drained(const struct tslab_epoch *epoch)
{
	if (trace_tslab_epoch_drained_enabled())
		trace_tslab_epoch_drained(epoch->ts->name, epoch->index,
					  tslab_id_era(READ_ONCE(epoch->id)));
}

/* Wakes who waits for a place; after a full barrier. */
static void ring_wake(struct tslab *ts)
{
	/* Pairs with the barrier of prepare_to_wait(). */
	if (unlikely(waitqueue_active(&ts->room)))
		wake_up(&ts->room);
}

/**
 * tslab_ring_leave_warm() - tslab_epoch_put() that leaves the place to its home
 * @epoch: the epoch, which is closed
 *
 * Context: epoch->lock held.
 * Return: false if that has one already, or if others hold the epoch.
 */
bool tslab_ring_leave_warm(struct tslab_epoch *epoch)
{
	struct tslab *ts = epoch->ts;

	/* Of one that is closed nobody takes another hold. */
	if (atomic_read(&epoch->holds) != 1)
		return false;
	atomic_set(&epoch->holds, 0);
	/* Pairs with the xchg of whoever takes it. */
	if (cmpxchg(&per_cpu_ptr(ts->warm, epoch->home)->epoch, NULL, epoch)) {
		atomic_set(&epoch->holds, 1);
		return false;
	}
	ring_trace_drained(epoch);
	ring_wake(ts);
	return true;
}

static void ring_drained(struct tslab_epoch *epoch)
{
	struct tslab *ts = epoch->ts;
	unsigned int index = epoch->index;

	/*
	 * After all that was done to it; pairs with test_and_clear_bit(). And
	 * before the look at the queue: whoever is not in it yet finds the place.
	 */
	test_and_set_bit(index, ts->drained);
	if (index / BITS_PER_LONG < READ_ONCE(ts->drained_from))
		WRITE_ONCE(ts->drained_from, index / BITS_PER_LONG);
	ring_wake(ts);
}

/**
 * tslab_ring_put_back() - let a place that a CPU has ready be as all others
 * @epoch: the place, unless somebody has just taken it
 * @cpu: the CPU
 *
 * Context: process context.
 */
void tslab_ring_put_back(struct tslab_epoch *epoch, int cpu)
{
	struct tslab *ts = epoch->ts;

	/* Whoever wants a place finds it, or waits here. */
	spin_lock(&ts->trim_lock);
	if (cmpxchg(&per_cpu_ptr(ts->warm, cpu)->epoch, epoch, NULL) == epoch)
		ring_drained(epoch);
	spin_unlock(&ts->trim_lock);
}

/**
 * tslab_ring_has_room() - whether there is a drained place
 * @ts: instance
 *
 * Context: process context.
 * Return: whether there is; another task may take it at any time.
 */
bool tslab_ring_has_room(struct tslab *ts)
{
	bool room;
	int cpu;

	/* As in tslab_ring_take(). */
	spin_lock(&ts->trim_lock);
	room = !bitmap_empty(ts->drained, ts->nr_epochs);
	for_each_possible_cpu(cpu)
		room |= !!tslab_ring_warm(ts, cpu);
	spin_unlock(&ts->trim_lock);
	return room;
}

/**
 * tslab_epoch_put_many() - drop some of tslab_epoch::holds
 * @epoch: the epoch; may be activated again at once if they were the last
 * @holds: how many
 *
 * Context: any.
 */
void tslab_epoch_put_many(struct tslab_epoch *epoch, unsigned int holds)
{
	if (!atomic_sub_and_test(holds, &epoch->holds))
		return;
	ring_trace_drained(epoch);
	ring_drained(epoch);
}

/* === Set-up and end === */

int tslab_ring_init(struct tslab *ts)
{
	if (!tslab_should_fail(ts->nr_epochs * sizeof(*ts->epochs), GFP_KERNEL))
		ts->epochs = kvcalloc(ts->nr_epochs, sizeof(*ts->epochs),
				      GFP_KERNEL);
	if (!tslab_should_fail(BITS_TO_LONGS(ts->nr_epochs), GFP_KERNEL))
		ts->drained = bitmap_alloc(ts->nr_epochs, GFP_KERNEL);
	if (!tslab_should_fail(sizeof(*ts->warm), GFP_KERNEL))
		ts->warm = alloc_percpu(struct tslab_warm);
	if (!ts->epochs || !ts->drained || !ts->warm)
		return -ENOMEM;
	spin_lock_init(&ts->trim_lock);
	init_waitqueue_head(&ts->room);
	bitmap_fill(ts->drained, ts->nr_epochs);
	return 0;
}

void tslab_ring_exit(struct tslab *ts)
{
	unsigned int i;

	if (ts->epochs)
		for (i = 0; i < ts->nr_epochs; i++)
			tslab_epoch_free(ts->epochs[i]);
	free_percpu(ts->warm);
	bitmap_free(ts->drained);
	kvfree(ts->epochs);
}

int __init tslab_epoch_cache_init(void)
{
	tslab_epoch_cache = KMEM_CACHE(tslab_epoch, SLAB_NO_MERGE);
	return tslab_epoch_cache ? 0 : -ENOMEM;
}

void tslab_epoch_cache_exit(void)
{
	kmem_cache_destroy(tslab_epoch_cache);
}
