// SPDX-License-Identifier: GPL-2.0
/* The life of a slab: pages, descriptor, states, end. */
#include <linux/kmemleak.h>
#include <linux/random.h>
#include <linux/rcupdate.h>

#include "tslab.h"

#include <trace/events/tslab.h>

unsigned long tslab_page_secret __ro_after_init;
struct tslab_slab tslab_no_slab;
static struct kmem_cache *tslab_slab_cache;

/* === Pages === */

static struct page *slab_pages_alloc(unsigned int nr, gfp_t gfp)
{
	unsigned int order = order_base_2(nr);
	struct page *page;
	unsigned int i;

	if (tslab_should_fail(nr * PAGE_SIZE, gfp))
		return NULL;
	page = alloc_pages(gfp, order);
	if (!page || !order)
		return page;

	/* Pages of their own, so that the surplus of the order can go back. */
	split_page(page, order);
	for (i = nr; i < 1U << order; i++)
		__free_page(page + i);
	return page;
}

static void slab_pages_free(struct page *page, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		__free_page(page + i);
}

/* Makes the pages findable by tslab_slab_of(), or no longer so. */
static void slab_pages_tag(struct tslab_slab *slab, bool ours)
{
	struct page *page = virt_to_page(slab->base);
	unsigned int i;

	for (i = 0; i < slab->geo.pages; i++) {
		unsigned long ptr = ours ? (unsigned long)slab : 0;

		WRITE_ONCE(page[i].lru.prev, (struct list_head *)ptr);
		WRITE_ONCE(page[i].private, ours ? ptr ^ tslab_page_secret : 0);
	}
}

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
	const struct tslab_geometry *geo = &tslab_geometry[class];
	struct tslab_slab *slab;
	struct page *page;

	gfp &= ~(__GFP_ZERO | __GFP_COMP | __GFP_ACCOUNT | __GFP_MOVABLE |
		 __GFP_RECLAIMABLE);
	if (tslab_should_fail(sizeof(*slab), gfp))
		return NULL;
	slab = kmem_cache_zalloc(tslab_slab_cache, gfp & ~__GFP_THISNODE);
	if (!slab)
		return NULL;
	page = slab_pages_alloc(geo->pages, gfp);
	if (!page)
		goto free;
	slab->cpu_slab = tslab_cpu_slab_get(epoch, class, gfp);
	if (!slab->cpu_slab) {
		slab_pages_free(page, geo->pages);
		goto free;
	}

	slab->base = page_address(page);
	slab->ts = epoch->ts;
	slab->geo = *geo;
	slab->no_slot = ~GENMASK_ULL(geo->slots - 1, 0);
	slab->epoch = epoch;
	slab->class = class;
	slab->state = TSLAB_SLAB_GONE;
	INIT_LIST_HEAD(&slab->list);
	atomic64_set(&slab->shared, tslab_slab_all(slab) & ~BIT_ULL(0));
	slab_pages_tag(slab, true);
	/* Scanned for pointers, never reported: its objects are not tracked. */
	kmemleak_alloc(slab->base, geo->pages * PAGE_SIZE, 0, gfp);

	tslab_count(epoch, class, new_slab_count);
	trace_tslab_slab_new(slab->ts->name, geo->size, epoch->index,
			     geo->pages);
	return slab;

free:
	kmem_cache_free(tslab_slab_cache, slab);
	return NULL;
}

static void slab_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(tslab_slab_cache,
			container_of(head, struct tslab_slab, rcu));
}

static void slab_pages_release(struct tslab_slab *slab)
{
	kmemleak_free(slab->base);
	slab_pages_tag(slab, false);
	if (slab->leaked)
		return;
	slab_pages_free(virt_to_page(slab->base), slab->geo.pages);
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

/**
 * tslab_slab_release() - give the pages of a dead slab back
 * @slab: slab that tslab_slab_unlink() was called for, with the dead bit set
 *
 * Context: any but NMI; no locks.
 */
void tslab_slab_release(struct tslab_slab *slab)
{
	struct tslab_epoch *epoch = slab->epoch;

	tslab_slab_id_release(slab);
	slab_pages_release(slab);
	atomic_long_sub(slab->geo.pages, &epoch->nr_pages);
	call_rcu(&slab->rcu, slab_free_rcu);
	tslab_epoch_put(epoch);
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

	list_for_each_entry_safe(slab, next, dead, list) {
		pages += slab->geo.pages;
		tslab_slab_release(slab);
	}
	return pages;
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
		atomic_long_add(slab->geo.pages, &slab->epoch->nr_pages);
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

int __init tslab_slab_cache_init(void)
{
	tslab_page_secret = get_random_long();
	tslab_slab_cache = KMEM_CACHE(tslab_slab, SLAB_HWCACHE_ALIGN);
	return tslab_slab_cache ? 0 : -ENOMEM;
}

void tslab_slab_cache_exit(void)
{
	kmem_cache_destroy(tslab_slab_cache);
}
