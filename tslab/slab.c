// SPDX-License-Identifier: GPL-2.0
/* The life of a slab: descriptor, states, end. */
#include <linux/kmemleak.h>
#include <linux/rcupdate.h>

#include "tslab.h"
#include "cpu.h"
#include "find.h"

#include <trace/events/tslab.h>

/* No slot of it is ever free, nor is it ever without a live object. */
struct tslab_slab tslab_no_slab = { .geo.slots = 1 };
static struct kmem_cache *tslab_slab_cache;

/* === Descriptors === */

/**
 * tslab_slab_new() - make a slab with its first slot taken
 * @epoch: epoch it will belong to
 * @class: size class
 * @gfp: the caller's flags
 *
 * The slab is not linked anywhere: the caller does that with
 * tslab_slab_move(), or drops it.
 *
 * Context: any that @gfp allows; no locks.
 * Return: the slab, or NULL.
 */
struct tslab_slab *tslab_slab_new(struct tslab_epoch *epoch, unsigned int class,
				  gfp_t gfp)
{
	struct tslab_slab *slab;
	struct page *page;

	gfp &= ~(__GFP_ZERO | __GFP_COMP | __GFP_ACCOUNT | __GFP_MOVABLE |
		 __GFP_RECLAIMABLE);
	if (tslab_should_fail(sizeof(*slab), gfp))
		return NULL;
	slab = kmem_cache_zalloc(tslab_slab_cache, gfp & ~__GFP_THISNODE);
	if (!slab)
		return NULL;
	slab->geo = tslab_geometry[class];
	page = tslab_pages_alloc(&slab->geo, gfp);
	if (!page) {
		kmem_cache_free(tslab_slab_cache, slab);
		return NULL;
	}

	slab->base = page_address(page);
	slab->ts = epoch->ts;
	slab->cpu_slab = READ_ONCE(epoch->cpu_slab[class]);
	slab->epoch = epoch;
	slab->class = class;
	slab->state = TSLAB_SLAB_GONE;
	INIT_LIST_HEAD(&slab->list);
	atomic64_set(&slab->shared, tslab_slab_all(slab) & ~BIT_ULL(0));
	atomic64_set(&slab->refused, ~tslab_slab_all(slab));
	tslab_pages_tag(page, slab->geo.pages, slab);
	/* Scanned for pointers, never reported: its objects are not tracked. */
	kmemleak_alloc(slab->base, slab->geo.pages * PAGE_SIZE, 0, gfp);

	tslab_count(epoch, class, new_slab_count);
	trace_tslab_slab_new(slab->ts->name, slab->geo.size, epoch->index,
			     slab->geo.pages);
	return slab;
}

static void slab_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(tslab_slab_cache,
			container_of(head, struct tslab_slab, rcu));
}

static void slab_pages_release(struct tslab_slab *slab)
{
	struct page *page = virt_to_page(slab->base);
	unsigned int dropped;

	kmemleak_free(slab->base);
	tslab_pages_tag(page, slab->geo.pages, NULL);
	if (slab->leaked)
		return;
	dropped = tslab_pages_free(page, slab->geo.pages);
	if (unlikely(dropped)) {
		tslab_count_add(slab->epoch, slab->class, free_kfree, dropped);
		tslab_misuse(slab->ts, slab->class, TSLAB_MISUSE_KFREE,
			     dropped, 0);
	}
	tslab_count_add(slab->epoch, slab->class, pages_released,
			slab->geo.pages);
	trace_tslab_slab_release(slab->ts->name, slab->geo.size,
				 slab->epoch->index, slab->geo.pages);
}

/**
 * tslab_slab_drop() - undo tslab_slab_new() of a slab that was never linked
 * @slab: the slab
 *
 * Context: any tslab_slab_new() may be called from.
 */
void tslab_slab_drop(struct tslab_slab *slab)
{
	slab_pages_release(slab);
	call_rcu(&slab->rcu, slab_free_rcu);
}

/* The end, once nothing uses the pages any more. Return: pages given back. */
static long slab_end(struct tslab_slab *slab)
{
	struct tslab_epoch *epoch = slab->epoch;
	long pages = slab->geo.pages;

	slab_pages_release(slab);
	atomic_long_sub(pages, &epoch->class[slab->class].nr_pages);
	call_rcu(&slab->rcu, slab_free_rcu);
	tslab_epoch_put(epoch);
	return pages;
}

/**
 * tslab_slab_release() - give the pages of a dead slab back
 * @slab: slab that tslab_slab_unlink() was called for, with the dead bit set
 *
 * If tslab_free_rcu() has objects of it, they go with the last of them.
 *
 * Context: any but NMI; no locks.
 * Return: number of pages given back.
 */
long tslab_slab_release(struct tslab_slab *slab)
{
	u64 rest;

	tslab_slab_id_release(slab);
	/* Fully ordered, as in tslab_slab_refuse() and tslab_slab_unrefuse(). */
	rest = atomic64_fetch_andnot(TSLAB_SLAB_ALIVE, &slab->refused);
	return rest == ~tslab_slab_all(slab) ? slab_end(slab) : 0;
}

/**
 * tslab_slab_release_list() - tslab_slab_release() of each slab of a list
 * @dead: list of slabs
 *
 * Context: any but NMI; no locks.
 * Return: number of pages given back.
 */
long tslab_slab_release_list(struct list_head *dead)
{
	struct tslab_slab *slab, *next;
	long pages = 0;

	list_for_each_entry_safe(slab, next, dead, list)
		pages += tslab_slab_release(slab);
	return pages;
}

/* === Objects that tslab_free_rcu() has === */

/**
 * tslab_slab_refuse() - take an object's slot out of what may be freed
 * @slab: slab that was found with preemption disabled
 * @slot: slot of the object
 *
 * The slab's pages stay until tslab_slab_unrefuse().
 *
 * Context: preemption disabled.
 * Return: false if it was refused already.
 */
bool tslab_slab_refuse(struct tslab_slab *slab, unsigned int slot)
{
	return !(atomic64_fetch_or(BIT_ULL(slot), &slab->refused) &
		 BIT_ULL(slot));
}

/**
 * tslab_slab_unrefuse() - undo tslab_slab_refuse()
 * @slab: the slab
 * @slot: the slot
 *
 * Context: any but NMI; no locks. With preemption enabled the slab may be gone
 * afterwards.
 * Return: whether the slab has been dead; then there is nothing to free.
 */
bool tslab_slab_unrefuse(struct tslab_slab *slab, unsigned int slot)
{
	u64 rest = atomic64_fetch_andnot(BIT_ULL(slot), &slab->refused) &
		   ~BIT_ULL(slot);

	if (rest & TSLAB_SLAB_ALIVE)
		return false;
	if (rest == (~tslab_slab_all(slab) & ~TSLAB_SLAB_ALIVE))
		slab_end(slab);
	return true;
}

/* === States === */

static void slab_account(struct tslab_epoch_class *ec,
			 enum tslab_slab_state state, int n)
{
	switch (state) {
	case TSLAB_SLAB_PARTIAL:
		WRITE_ONCE(ec->nr_partial, ec->nr_partial + n);
		break;
	case TSLAB_SLAB_FULL:
		WRITE_ONCE(ec->nr_full, ec->nr_full + n);
		break;
	case TSLAB_SLAB_EMPTY:
		WRITE_ONCE(ec->nr_empty, ec->nr_empty + n);
		break;
	case TSLAB_SLAB_GONE:
		WRITE_ONCE(ec->nr_slabs, ec->nr_slabs - n);
		break;
	default:
		break;
	}
}

static struct list_head *slab_list(struct tslab_epoch_class *ec,
				   enum tslab_slab_state state)
{
	switch (state) {
	case TSLAB_SLAB_PARTIAL:
		return &ec->partial;
	case TSLAB_SLAB_EMPTY:
		return &ec->empty;
	default:
		return &ec->full;
	}
}

/**
 * tslab_slab_move() - bring a slab into a state and onto that state's list
 * @slab: slab; a new one enters its epoch with this call
 * @state: any but TSLAB_SLAB_GONE
 *
 * Context: class lock held.
 */
void tslab_slab_move(struct tslab_slab *slab, enum tslab_slab_state state)
{
	struct tslab_epoch_class *ec = &slab->epoch->class[slab->class];
	struct list_head *from = slab_list(ec, slab->state);
	struct list_head *to = slab_list(ec, state);

	if (slab->state == TSLAB_SLAB_GONE) {
		atomic_inc(&slab->epoch->holds);
		atomic_long_add(slab->geo.pages, &ec->nr_pages);
	} else if (from == &ec->partial && to == &ec->full) {
		tslab_count(slab->epoch, slab->class, list_move_partial_to_full);
	} else if (from == &ec->full && to == &ec->partial) {
		tslab_count(slab->epoch, slab->class, list_move_full_to_partial);
	}
	slab_account(ec, slab->state, -1);
	slab_account(ec, state, 1);
	/*
	 * The slab that is partial for longest is allocated from first: it has
	 * more free slots, and whoever frees into it has gone on.
	 */
	if (from != to || slab->state == TSLAB_SLAB_GONE)
		list_move_tail(&slab->list, to);
	WRITE_ONCE(slab->state, state);
}

/**
 * tslab_slab_unlink() - take a slab out of its epoch for good
 * @slab: slab with the dead bit set
 *
 * The caller owns its list head from here on.
 *
 * Context: class lock held.
 */
void tslab_slab_unlink(struct tslab_slab *slab)
{
	struct tslab_epoch_class *ec = &slab->epoch->class[slab->class];

	slab_account(ec, slab->state, -1);
	slab_account(ec, TSLAB_SLAB_GONE, 1);
	list_del_init(&slab->list);
	WRITE_ONCE(slab->state, TSLAB_SLAB_GONE);
}

/**
 * tslab_slab_settle() - bring a slab into the state its bitmap asks for
 * @slab: any slab of the class; one that is allocated from is left alone
 *
 * An empty slab of an open epoch is kept while there is room for it; any other
 * dies.
 *
 * Context: class lock held.
 * Return: @slab if it died, for the caller to release after the lock is
 * dropped; NULL otherwise.
 */
struct tslab_slab *tslab_slab_settle(struct tslab_slab *slab)
{
	struct tslab_epoch *epoch = slab->epoch;
	struct tslab_epoch_class *ec = &epoch->class[slab->class];
	bool open = tslab_epoch_takes_any(epoch);
	enum tslab_slab_state state;
	u64 free;

	if (slab->state == TSLAB_SLAB_GONE || slab->state == TSLAB_SLAB_OWNED)
		return NULL;
	if (slab->state == TSLAB_SLAB_CURRENT &&
	    READ_ONCE(ec->current_partial) == slab)
		return NULL;

	do {
		free = atomic64_read(&slab->shared);
		if (free != tslab_slab_all(slab)) {
			state = free ? TSLAB_SLAB_PARTIAL : TSLAB_SLAB_FULL;
			break;
		}
		if (open && (slab->state == TSLAB_SLAB_EMPTY ||
			     ec->nr_empty < slab->ts->max_empty)) {
			state = TSLAB_SLAB_EMPTY;
			break;
		}
		/* Fails if a slot was just claimed through a stale pointer. */
		if (atomic64_cmpxchg(&slab->shared, free, TSLAB_SLAB_DEAD) ==
		    free) {
			if (open)
				tslab_count(epoch, slab->class,
					    empty_slab_overflowed);
			tslab_slab_unlink(slab);
			return slab;
		}
	} while (1);

	if (state != slab->state)
		tslab_slab_move(slab, state);
	return NULL;
}

/**
 * tslab_slab_unpublish() - withdraw the published slab of its epoch and class
 * @slab: what current_partial was when last looked at
 *
 * Context: preemption disabled. The caller settles the slab.
 * Return: whether it was still published; if not, somebody else withdrew it.
 */
bool tslab_slab_unpublish(struct tslab_slab *slab)
{
	struct tslab_epoch *epoch = slab->epoch;
	struct tslab_epoch_class *ec = &epoch->class[slab->class];

	tslab_count(epoch, slab->class, current_partial_cas_attempts);
	if (cmpxchg(&ec->current_partial, slab, NULL) == slab)
		return true;
	tslab_count(epoch, slab->class, current_partial_cas_failures);
	trace_tslab_cas_retry(epoch->ts->name, slab->geo.size,
			      TSLAB_CAS_CURRENT_PARTIAL);
	return false;
}

/**
 * tslab_slab_doubled() - account for double frees that were found late
 * @slab: slab
 * @doubled: slots that were free in both words of the slab
 *
 * Each was counted as a free when it happened.
 *
 * Context: preemption disabled.
 */
void tslab_slab_doubled(struct tslab_slab *slab, u64 doubled)
{
	unsigned int slot;

	for (; unlikely(doubled); doubled &= doubled - 1) {
		slot = __ffs64(doubled);
		tslab_count_shared_frees(smp_processor_id(), slab, -1);
		tslab_count(slab->epoch, slab->class, free_double);
		tslab_misuse(slab->ts, slab->class, TSLAB_MISUSE_DOUBLE,
			     (unsigned long)tslab_slot_obj(slab, slot), 0);
	}
}

int __init tslab_slab_cache_init(void)
{
	tslab_pages_init();
	tslab_slab_cache = KMEM_CACHE(tslab_slab, SLAB_HWCACHE_ALIGN);
	return tslab_slab_cache ? 0 : -ENOMEM;
}

void tslab_slab_cache_exit(void)
{
	kmem_cache_destroy(tslab_slab_cache);
}
