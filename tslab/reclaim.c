// SPDX-License-Identifier: GPL-2.0
/* Giving the memory of an epoch back: what is empty, or everything. */
#include <linux/ktime.h>

#include "tslab.h"
#include "charge.h"
#include "cpu.h"
#include "home.h"
#include "lock.h"

#include <trace/events/tslab.h>

/* Slabs that one hold of the class lock takes out of an epoch. */
#define KILL_BATCH	64

/* Pages of all slabs of an epoch. */
u64 tslab_epoch_pages(struct tslab_epoch *epoch)
{
	struct tslab_bin *bin;
	u64 pages = 0;

	tslab_for_each_bin(bin, epoch)
		pages += atomic_long_read(&bin->nr_pages);
	return pages;
}

/**
 * tslab_epoch_shut() - stop allocation through ids and published slabs
 * @epoch: the epoch
 * @id: its id
 *
 * Context: any.
 * Return: whether it was open under that id.
 */
bool tslab_epoch_shut(struct tslab_epoch *epoch, u64 id)
{
	/* Pairs with shared_alloc() and lock_for_use(). */
	if (cmpxchg(&epoch->open_id, id, tslab_epoch_closed_id(epoch)) == id)
		return true;
	/* Who finds it closed also sees the marks; the same pairs. */
	smp_mb();
	return false;
}

static bool bin_node_is(const struct tslab_bin *bin,
			const struct tslab_bin_node *node, int of)
{
	return of == NUMA_NO_NODE || node == &bin->nodes[of];
}

/*
 * Withdraws the published slabs of a bin, on a node or all.
 *
 * Context: class lock held.
 */
static void bin_unpublish(struct tslab_bin *bin, int of, struct list_head *dead)
{
	struct tslab_bin_node *node;
	struct tslab_slab *slab;

	tslab_for_each_bin_node(node, bin) {
		if (!bin_node_is(bin, node, of))
			continue;
		slab = READ_ONCE(node->current_partial);
		if (!slab || !tslab_slab_unpublish(slab))
			continue;
		slab = tslab_slab_settle(slab);
		if (slab)
			list_add(&slab->list, dead);
	}
}

/* An empty slab, or NULL. Context: class lock held. */
static struct tslab_slab *bin_empty(struct tslab_bin *bin, int of)
{
	struct tslab_bin_node *node;

	if (!bin->nr_empty)
		return NULL;
	tslab_for_each_bin_node(node, bin)
		if (bin_node_is(bin, node, of) && !list_empty(&node->empty))
			return list_first_entry(&node->empty,
						struct tslab_slab, list);
	return NULL;
}

/**
 * tslab_bin_reclaim() - give back the slabs of a bin that are empty
 * @bin: the bin
 * @node: node that they are on, or NUMA_NO_NODE for any
 * @pages: raised by the number of pages given back
 *
 * Those that CPUs own are left to tslab_cpu_flush().
 *
 * Context: process context; may sleep.
 * Return: number of slabs given back.
 */
unsigned int tslab_bin_reclaim(struct tslab_bin *bin, int node, long *pages)
{
	struct tslab_slab *slab;
	unsigned int slabs = 0;
	unsigned long flags;
	unsigned int batch;

	do {
		LIST_HEAD(dead);

		batch = KILL_BATCH;
		flags = tslab_class_lock(bin, TSLAB_SITE_epoch_close,
					 NULL);
		bin_unpublish(bin, node, &dead);
		while (batch && (slab = bin_empty(bin, node))) {
			if (tslab_slab_kill_free(slab)) {
				tslab_slab_unlink(slab);
				list_add(&slab->list, &dead);
			} else {
				tslab_slab_move(slab, TSLAB_SLAB_PARTIAL);
			}
			batch--;
		}
		tslab_class_unlock(bin, flags);
		slabs += tslab_slab_release_list(&dead, pages);
	} while (!batch);
	return slabs;
}

/* Of what is on lists. Return: nanoseconds that it took. */
static u64 bin_reclaim_timed(struct tslab_bin *bin, struct tslab_home_end *end)
{
	u64 start = ktime_get_ns();
	unsigned int empty = tslab_bin_reclaim(bin, NUMA_NO_NODE, &end->pages);
	u64 took = ktime_get_ns() - start;

	tslab_count_add(bin, epoch_close_scanned_slabs, empty);
	tslab_count_add(bin, epoch_close_recycled_slabs, empty);
	tslab_count_add(bin, epoch_close_ns, took);
	end->slabs += empty;
	return took;
}

/*
 * What is not the home's alone: takes the slabs from the CPUs, and gives back what
 * is empty on lists. Return: nanoseconds that the latter took.
 */
static noinline u64 reclaim_others(struct tslab_epoch *epoch,
				   struct tslab_home_end *end)
{
	struct tslab_bin *bin;
	u64 ns = 0;

	if (!llist_empty(&epoch->flushed) || !cpumask_empty(epoch->owners))
		end->pages += tslab_cpu_flush(epoch, true);
	if (!epoch->nr_warm)
		tslab_home_leave(epoch);
	tslab_for_each_bin(bin, epoch)
		/* The former also if somebody is just about to list one. */
		if (tslab_bin_is_used(bin) &&
		    (READ_ONCE(bin->listed_id) == epoch->id ||
		     READ_ONCE(bin->nr_listed)))
			ns += bin_reclaim_timed(bin, end);
	return ns;
}

/* Drops the hold of a closed epoch, and leaves it to its home if it is warm. */
static void reclaim_put(struct tslab_epoch *epoch)
{
	if (epoch->nr_warm && tslab_ring_leave_warm(epoch))
		return;
	tslab_home_cool(epoch);
	tslab_epoch_put(epoch);
}

/**
 * tslab_epoch_reclaim() - give back what is empty in an epoch that was shut
 * @epoch: the epoch
 * @kill: also what is not, as far as that is done at once
 *
 * The part of a close that comes after tslab_epoch_shut(): takes the slabs from
 * the CPUs and gives the empty ones back.
 *
 * Context: process context; may sleep; epoch->lock held.
 * Return: number of pages given back.
 */
long tslab_epoch_reclaim(struct tslab_epoch *epoch, bool kill)
{
	struct tslab_home_end end = {
		.kill = kill,
		.dead = LIST_HEAD_INIT(end.dead),
	};
	u64 ns = 0;

	lockdep_assert_held(&epoch->lock);
	if (!epoch->unreclaimed)
		return 0;
	epoch->unreclaimed = false;
	if (unlikely(epoch->memcg))
		tslab_charge_end(epoch);
	if (IS_ENABLED(CONFIG_KASAN_GENERIC))
		tslab_free_waiting(epoch);
	tslab_home_end(epoch, &end);
	epoch->pages_at_close = end.pages + end.pages_left;
	if (!end.alone || !llist_empty(&epoch->flushed))
		ns = reclaim_others(epoch, &end);
	if (trace_tslab_epoch_close_enabled())
		trace_tslab_epoch_close(epoch->ts->name, epoch->index,
					tslab_id_era(epoch->id), end.classes,
					end.slabs +
					atomic_read(&epoch->flush_scanned),
					end.slabs +
					atomic_read(&epoch->flush_recycled),
					end.pages, ns);
	atomic_set(&epoch->flush_scanned, 0);
	atomic_set(&epoch->flush_recycled, 0);
	reclaim_put(epoch);
	return end.pages;
}

/* Takes up to KILL_BATCH slabs of a list out. Return: whether that was all. */
static bool kill_batch(struct tslab_bin *bin, struct list_head *list,
		       bool keep_live, struct list_head *dead)
{
	struct list_head *last = list;
	struct tslab_slab *slab;
	unsigned int slabs = 0;
	unsigned long flags;
	u64 live = 0;
	bool done;

	flags = tslab_class_lock(bin, TSLAB_SITE_epoch_close, NULL);
	list_for_each_entry(slab, list, list) {
		if (slabs == KILL_BATCH)
			break;
		live += tslab_slab_kill(slab, keep_live);
		tslab_slab_gone(slab);
		last = &slab->list;
		slabs++;
	}
	list_cut_position(dead, list, last);
	done = list_empty(list);
	if (slabs) {
		tslab_count_shared_frees(smp_processor_id(), bin, live);
		tslab_count_add(bin, epoch_close_scanned_slabs, slabs);
		tslab_count_add(bin, epoch_close_recycled_slabs, slabs);
	}
	tslab_class_unlock(bin, flags);
	return done;
}

static unsigned int list_kill(struct tslab_bin *bin, struct list_head *list,
			      bool keep_live, long *pages)
{
	unsigned int slabs = 0;
	LIST_HEAD(dead);
	bool done;

	for (;;) {
		done = kill_batch(bin, list, keep_live, &dead);
		slabs += tslab_slab_release_list(&dead, pages);
		if (done)
			return slabs;
		cond_resched();
	}
}

/**
 * tslab_bin_kill() - free everything in a bin
 * @bin: bin that nobody allocates from and no CPU has a slab of
 * @keep_live: as for tslab_epoch_kill()
 * @pages: raised by the number of pages given back
 *
 * Context: process context; may sleep; epoch->lock held.
 * Return: number of slabs.
 */
unsigned int tslab_bin_kill(struct tslab_bin *bin, bool keep_live, long *pages)
{
	struct tslab_bin_node *node;
	unsigned int slabs;

	lockdep_assert_held(&bin->epoch->lock);
	slabs = list_kill(bin, &bin->full, keep_live, pages);
	tslab_for_each_bin_node(node, bin)
		slabs += list_kill(bin, &node->partial, keep_live, pages);
	return slabs;
}

/**
 * tslab_epoch_kill() - free everything in a closed epoch
 * @epoch: the epoch
 * @keep_live: do not reuse pages with live objects: their users do not know
 *
 * What tslab_free_rcu() has stays where it is until its grace period is over,
 * and so do the pages; nobody waits for that.
 *
 * Context: process context; may sleep; epoch->lock held.
 * Return: number of pages given back.
 */
long tslab_epoch_kill(struct tslab_epoch *epoch, bool keep_live)
{
	unsigned int slabs = 0;
	struct tslab_bin *bin;
	long pages = 0;

	lockdep_assert_held(&epoch->lock);
	tslab_for_each_bin(bin, epoch)
		if (READ_ONCE(bin->nr_listed))
			slabs += tslab_bin_kill(bin, keep_live, &pages);
	trace_tslab_epoch_discard(epoch->ts->name, epoch->index,
				  tslab_id_era(epoch->id), slabs, pages);
	return pages;
}
