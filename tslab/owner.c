// SPDX-License-Identifier: GPL-2.0
/* Asks the owner of an instance, when memory is short, which epochs it can lose. */
#include <linux/sched.h>

#include "tslab.h"

/* Epochs that one scan asks for: to find the next of them all are looked at. */
#define ASK_MAX		64

/*
 * Pages of an epoch that the owner may be asked for, or 0.
 *
 * @memcg: only if it is charged to that; or NULL
 */
static u64 owner_pages(struct tslab *ts, struct tslab_epoch *epoch,
		       const struct mem_cgroup *memcg)
{
	if (!epoch || !atomic_read(&epoch->holds) ||
	    READ_ONCE(epoch->id) == READ_ONCE(ts->current_id) ||
	    (memcg && READ_ONCE(epoch->memcg) != memcg))
		return 0;
	return tslab_epoch_pages(epoch);
}

/**
 * tslab_owner_count() - pages that the owner of an instance can be asked for
 * @ts: instance
 * @memcg: cgroup that is at its limit, or NULL
 *
 * Context: section of tslab_instances_srcu.
 * Return: number of pages.
 */
unsigned long tslab_owner_count(struct tslab *ts,
				const struct mem_cgroup *memcg)
{
	unsigned long pages = 0;
	unsigned int i;

	if (!READ_ONCE(ts->owner))
		return 0;
	for (i = 0; i < READ_ONCE(ts->nr_places); i++)
		pages += owner_pages(ts, tslab_epoch_of(ts, i), memcg);
	return pages;
}

/* Id of the oldest of those that are younger than one, or 0. */
static u64 owner_next(struct tslab *ts, u64 than,
		      const struct mem_cgroup *memcg)
{
	u64 id, oldest = 0;
	unsigned int i;

	for (i = 0; i < READ_ONCE(ts->nr_places); i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

		if (!epoch)
			continue;
		/* Eras count up, and they are what an id begins with. */
		id = READ_ONCE(epoch->id);
		if (id > than && (!oldest || id < oldest) &&
		    owner_pages(ts, epoch, memcg))
			oldest = id;
	}
	return oldest;
}

/* Return: number of pages that came of it. */
static unsigned long owner_ask(struct tslab *ts, struct tslab_owner *owner,
			       u64 id, gfp_t gfp)
{
	tslab_epoch_t epoch = (__force tslab_epoch_t)id;
	u64 pages = tslab_epoch_pages(tslab_epoch_of(ts, id));
	long given = 0;

	switch (owner->ask(owner, epoch, pages, gfp)) {
	case TSLAB_OWNER_KEEPS:
		break;
	case TSLAB_OWNER_CLOSES:
		given = tslab_epoch_close(ts, epoch);
		break;
	case TSLAB_OWNER_DISCARDS:
		given = tslab_epoch_discard(ts, epoch);
		break;
	default:
		tslab_misuse(ts, NULL, TSLAB_MISUSE_OWNER, EINVAL,
			     (unsigned long)owner->ask);
	}
	/* The owner may have done so itself meanwhile. */
	return max(given, 0L);
}

/**
 * tslab_owner_scan() - have the owner of an instance lose some epochs
 * @ts: instance
 * @memcg: cgroup that is at its limit, or NULL
 * @nr: pages that are wanted
 * @gfp: what may be done for it
 *
 * Oldest first; where one scan ends the next goes on, so that those which are kept
 * do not hide the others.
 *
 * Context: process context; may sleep; section of tslab_instances_srcu.
 * Return: number of pages given back.
 */
unsigned long tslab_owner_scan(struct tslab *ts,
			       const struct mem_cgroup *memcg, unsigned long nr,
			       gfp_t gfp)
{
	struct tslab_owner *owner;
	unsigned long pages = 0;
	unsigned int asked;
	u64 id;

	if (!READ_ONCE(ts->owner))
		return 0;
	/* One at a time; it also says who must not wait for its end. */
	if (cmpxchg(&ts->asking, NULL, current))
		return 0;
	for (asked = 0; asked < ASK_MAX && pages < nr; asked++) {
		/* Pairs with tslab_set_owner(). */
		owner = smp_load_acquire(&ts->owner);
		if (!owner)
			break;
		id = owner_next(ts, ts->asked_id, memcg);
		ts->asked_id = id;
		if (!id)
			break;
		pages += owner_ask(ts, owner, id, gfp);
	}
	/* Pairs with the cmpxchg of the next one, who goes on at asked_id. */
	smp_store_release(&ts->asking, NULL);
	return pages;
}

/**
 * tslab_set_owner() - say who is asked which epochs can go when memory is short
 * @ts: instance
 * @owner: who is asked from now on; or NULL for nobody: then the one that was
 *	asked is not any more when this returns
 *
 * Context: process context; may sleep; not from reclaim.
 * Return: 0; -EINVAL without struct tslab_owner::ask; -EBUSY if there is another
 * one; -EDEADLK from within struct tslab_owner::ask, with nothing changed.
 */
int tslab_set_owner(struct tslab *ts, struct tslab_owner *owner)
{
	if (owner && !owner->ask)
		return -EINVAL;
	if (READ_ONCE(ts->asking) == current) {
		tslab_misuse(ts, NULL, TSLAB_MISUSE_OWNER, EDEADLK, _RET_IP_);
		return -EDEADLK;
	}
	/* Fully ordered: what it asks about is seen by whoever finds it. */
	if (owner)
		return cmpxchg(&ts->owner, NULL, owner) ? -EBUSY : 0;
	WRITE_ONCE(ts->owner, NULL);
	synchronize_srcu(&tslab_instances_srcu);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_set_owner);
