// SPDX-License-Identifier: GPL-2.0
/*
 * Ids of slabs, for handles. A slab gets an id when the first handle into it is
 * made. The table holds the slab while it lives and the id's last generation,
 * as a value entry, after; an id that can be given out again is marked.
 */
#include <linux/xarray.h>

#include "tslab.h"

#define SLAB_ID_UNUSED		XA_MARK_1

/* Slab ids start at 1: an id of 0 means that a slab has none. */
static DEFINE_XARRAY_FLAGS(slab_ids, XA_FLAGS_LOCK_IRQ);
static unsigned long next_slab_id = 1;

/* Moves to an id to give out. Return: its generation, or -ENOSPC. */
static long slab_id_choose(struct xa_state *xas)
{
	void *entry;

	xas_set(xas, 0);
	entry = xas_find_marked(xas, TSLAB_SLAB_ID_MAX, SLAB_ID_UNUSED);
	if (entry)
		return xa_to_value(entry) + 1;
	if (next_slab_id > TSLAB_SLAB_ID_MAX)
		return -ENOSPC;
	xas_set(xas, next_slab_id);
	return 0;
}

/**
 * tslab_slab_id_assign() - give a slab an id unless it has one
 * @slab: slab, which a live object of the caller's keeps
 * @gfp: the caller's flags
 *
 * Context: any that @gfp allows, but NMI.
 * Return: 0, -ENOMEM, or -ENOSPC if all ids are in use or used up.
 */
int tslab_slab_id_assign(struct tslab_slab *slab, gfp_t gfp)
{
	XA_STATE(xas, &slab_ids, 0);
	long generation = 0;
	unsigned long flags;

	/* Pairs with the release below: the generation is valid. */
	if (smp_load_acquire(&slab->id))
		return 0;
	if (tslab_should_fail(sizeof(*slab), gfp))
		return -ENOMEM;
	do {
		xas_lock_irqsave(&xas, flags);
		/* Another CPU may have given it one since. */
		if (!slab->id)
			generation = slab_id_choose(&xas);
		if (!slab->id && generation >= 0) {
			/* Before a lookup can find the slab. */
			slab->generation = generation;
			xas_store(&xas, slab);
			xas_clear_mark(&xas, SLAB_ID_UNUSED);
			if (!xas_error(&xas)) {
				if (xas.xa_index == next_slab_id)
					next_slab_id++;
				/* Pairs with the acquire above. */
				smp_store_release(&slab->id, xas.xa_index);
			}
		}
		xas_unlock_irqrestore(&xas, flags);
		/* Also frees a node that was got and is not needed any more. */
	} while (xas_nomem(&xas, gfp & ~(__GFP_ZERO | __GFP_ACCOUNT)));
	return generation < 0 ? generation : xas_error(&xas);
}

/**
 * tslab_slab_id_release() - end the handles into a slab
 * @slab: slab that dies
 *
 * The id may be given to another slab under the next generation; after the
 * last generation it is retired.
 *
 * Context: any but NMI.
 */
void tslab_slab_id_release(struct tslab_slab *slab)
{
	unsigned long flags;

	if (!slab->id)
		return;
	xa_lock_irqsave(&slab_ids, flags);
	/* Replaces an entry, which needs no memory. */
	__xa_store(&slab_ids, slab->id, xa_mk_value(slab->generation), 0);
	if (slab->generation < TSLAB_GENERATION_MAX)
		__xa_set_mark(&slab_ids, slab->id, SLAB_ID_UNUSED);
	xa_unlock_irqrestore(&slab_ids, flags);
}

/**
 * tslab_slab_by_id() - the slab that has an id
 * @id: any number up to TSLAB_SLAB_ID_MAX
 * @generation: of @id; any number
 *
 * Context: preemption disabled for as long as the result is used.
 * Return: the slab; ERR_PTR(-EINVAL) if that was never given out,
 * ERR_PTR(-ESTALE) if the slab is gone.
 */
struct tslab_slab *tslab_slab_by_id(u32 id, u32 generation)
{
	void *entry = xa_load(&slab_ids, id);
	struct tslab_slab *slab = entry;
	u32 newest;

	if (!entry)
		return ERR_PTR(-EINVAL);
	newest = xa_is_value(entry) ? xa_to_value(entry) : slab->generation;
	if (generation > newest)
		return ERR_PTR(-EINVAL);
	if (xa_is_value(entry) || generation < newest)
		return ERR_PTR(-ESTALE);
	return slab;
}

void tslab_slab_ids_exit(void)
{
	xa_destroy(&slab_ids);
}
