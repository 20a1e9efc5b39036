// SPDX-License-Identifier: GPL-2.0
/* The states of a slab, and the lists that go with them. */
#include <linux/list.h>

#include "tslab.h"
#include "cpu.h"

#include <trace/events/tslab.h>

static void slab_account(struct tslab_slab *slab, enum tslab_slab_state state,
			 int n)
{
	struct tslab_bin_node *node = &slab->bin->nodes[slab->node];
	struct tslab_bin *bin = slab->bin;

	switch (state) {
	case TSLAB_SLAB_PARTIAL:
		WRITE_ONCE(bin->nr_partial, bin->nr_partial + n);
		break;
	case TSLAB_SLAB_FULL:
		WRITE_ONCE(bin->nr_full, bin->nr_full + n);
		break;
	case TSLAB_SLAB_EMPTY:
		WRITE_ONCE(bin->nr_empty, bin->nr_empty + n);
		WRITE_ONCE(node->nr_empty, node->nr_empty + n);
		break;
	default:
		break;
	}
}

/* NULL if it is on none. */
static struct list_head *slab_list(const struct tslab_slab *slab,
				   enum tslab_slab_state state)
{
	struct tslab_bin *bin = slab->bin;

	switch (state) {
	case TSLAB_SLAB_PARTIAL:
		return &bin->nodes[slab->node].partial;
	case TSLAB_SLAB_EMPTY:
		return &bin->nodes[slab->node].empty;
	case TSLAB_SLAB_FULL:
	case TSLAB_SLAB_CURRENT:
		return &bin->full;
	default:
		return NULL;
	}
}

/* On a list it is everybody's, and the epoch is not drained without it. */
static void slab_list_on(struct tslab_slab *slab)
{
	struct tslab_bin *bin = slab->bin;

	WRITE_ONCE(slab->shared, true);
	atomic_inc(&bin->epoch->holds);
	WRITE_ONCE(bin->nr_listed, bin->nr_listed + 1);
}

/**
 * tslab_slab_move() - bring a slab into a state and onto that state's list
 * @slab: slab; the CPU's own, new, or on a list
 * @state: any but TSLAB_SLAB_GONE
 *
 * Context: class lock held.
 */
void tslab_slab_move(struct tslab_slab *slab, enum tslab_slab_state state)
{
	struct list_head *from = slab_list(slab, slab->state);
	struct list_head *to = slab_list(slab, state);
	struct tslab_bin *bin = slab->bin;

	if (slab->state == TSLAB_SLAB_PARTIAL && state != TSLAB_SLAB_EMPTY)
		tslab_count(bin, list_move_partial_to_full);
	else if (slab->state != TSLAB_SLAB_GONE &&
		 slab->state != TSLAB_SLAB_EMPTY && state == TSLAB_SLAB_PARTIAL)
		tslab_count(bin, list_move_full_to_partial);
	slab_account(slab, slab->state, -1);
	slab_account(slab, state, 1);
	if (to && !from) {
		slab_list_on(slab);
	} else if (from && !to) {
		WRITE_ONCE(bin->nr_listed, bin->nr_listed - 1);
		/* Never the last: the epoch is open. */
		atomic_dec(&bin->epoch->holds);
	}
	/*
	 * The slab that is partial for longest is allocated from first: it has
	 * more free slots, and whoever frees into it has gone on.
	 */
	if (!to)
		list_del_init(&slab->list);
	else if (from != to)
		list_move_tail(&slab->list, to);
	WRITE_ONCE(slab->state, state);
}

/**
 * tslab_slab_gone() - tslab_slab_unlink() but for the list
 * @slab: slab on a list, with the dead bits set
 *
 * Context: class lock held.
 */
void tslab_slab_gone(struct tslab_slab *slab)
{
	struct tslab_bin *bin = slab->bin;

	slab_account(slab, slab->state, -1);
	WRITE_ONCE(bin->nr_listed, bin->nr_listed - 1);
	WRITE_ONCE(slab->state, TSLAB_SLAB_GONE);
}

/**
 * tslab_slab_unlink() - take a slab out of its epoch for good
 * @slab: slab on a list, with the dead bits set
 *
 * The caller owns its list head from here on, and what it holds of the epoch.
 *
 * Context: class lock held.
 */
void tslab_slab_unlink(struct tslab_slab *slab)
{
	tslab_slab_gone(slab);
	list_del_init(&slab->list);
}

/* What the bitmap of a slab that nobody allocates from asks for. */
static enum tslab_slab_state slab_wanted(struct tslab_slab *slab)
{
	if (tslab_slab_is_free(slab))
		return TSLAB_SLAB_EMPTY;
	/* Nobody allocates from what is free in a run. */
	return tslab_slab_nr_shared(slab) && !slab->is_run ?
	       TSLAB_SLAB_PARTIAL : TSLAB_SLAB_FULL;
}

/**
 * tslab_slab_settle() - bring a slab into the state its bitmap asks for
 * @slab: any slab of the type; one that is allocated from is left alone
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
	struct tslab_bin *bin = slab->bin;
	bool open = tslab_epoch_takes_any(bin->epoch);
	enum tslab_slab_state state;

	if (slab->state == TSLAB_SLAB_GONE || slab->state == TSLAB_SLAB_OWNED)
		return NULL;
	if (slab->state == TSLAB_SLAB_CURRENT &&
	    READ_ONCE(bin->nodes[slab->node].current_partial) == slab)
		return NULL;

	while ((state = slab_wanted(slab)) == TSLAB_SLAB_EMPTY) {
		if (open && !slab->is_run && !slab->is_kfence &&
		    (slab->state == TSLAB_SLAB_EMPTY ||
		     bin->nr_empty < slab->type->max_empty))
			break;
		/* Fails if a slot was just claimed through a stale pointer. */
		if (tslab_slab_kill_free(slab)) {
			if (open)
				tslab_count(bin, empty_slab_overflowed);
			tslab_slab_unlink(slab);
			return slab;
		}
	}
	if (state != slab->state)
		tslab_slab_move(slab, state);
	return NULL;
}

/**
 * tslab_slab_unpublish() - withdraw the published slab of a bin and node
 * @slab: what current_partial was when last looked at
 *
 * Context: preemption disabled. The caller settles the slab.
 * Return: whether it was still published; if not, somebody else withdrew it.
 */
bool tslab_slab_unpublish(struct tslab_slab *slab)
{
	struct tslab_bin_node *node = &slab->bin->nodes[slab->node];

	tslab_count(slab->bin, current_partial_cas_attempts);
	if (cmpxchg(&node->current_partial, slab, NULL) == slab)
		return true;
	tslab_count(slab->bin, current_partial_cas_failures);
	trace_tslab_cas_retry(slab->ts->name, slab->size,
			      TSLAB_CAS_CURRENT_PARTIAL);
	return false;
}
