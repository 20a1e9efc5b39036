// SPDX-License-Identifier: GPL-2.0
/*
 * Ids of slabs, for handles. A slab gets an id when the first handle into it is
 * made, and another when that has used up its serial numbers. The table holds
 * the slab while it lives, and then, as a value entry, the serial number that
 * the id goes on with when it is given to another; such an id is marked. So no
 * handle is ever made twice.
 */
#include <linux/slab.h>
#include <linux/xarray.h>

#include "tslab.h"

#define SLAB_ID_UNUSED		XA_MARK_1

/**
 * struct tslab_slab_id - an id that a slab had before the one it has
 * @id: the id
 * @next: one more of the slab
 */
struct tslab_slab_id {
	u32 id;
	struct tslab_slab_id *next;
};

/* Slab ids start at 1: an id of 0 means that a slab has none. */
static DEFINE_XARRAY_FLAGS(slab_ids, XA_FLAGS_LOCK_IRQ);
static unsigned long next_slab_id = 1;

/* Moves to an id to give out. Return: its first serial number, or -ENOSPC. */
static long slab_id_choose(struct xa_state *xas)
{
	void *entry;

	xas_set(xas, 0);
	entry = xas_find_marked(xas, TSLAB_SLAB_ID_MAX, SLAB_ID_UNUSED);
	if (entry)
		return xa_to_value(entry);
	if (next_slab_id > TSLAB_SLAB_ID_MAX)
		return -ENOSPC;
	xas_set(xas, next_slab_id);
	return 0;
}

/*
 * Gives a slab a new id. *spare: to note an old one, NULL if it is used.
 *
 * Context: lock of the ids held.
 * Return: 0; -ENOSPC; whatever @xas failed with.
 */
static int slab_id_renew(struct xa_state *xas, struct tslab_slab *slab,
			 struct tslab_slab_id **spare)
{
	long serial = slab_id_choose(xas);

	if (serial < 0)
		return serial;
	/* Before a lookup can find the slab. */
	if (!slab->id)
		WRITE_ONCE(slab->serial, serial);
	xas_store(xas, slab);
	xas_clear_mark(xas, SLAB_ID_UNUSED);
	if (xas_error(xas))
		return xas_error(xas);
	if (xas->xa_index == next_slab_id)
		next_slab_id++;
	if (slab->id) {
		(*spare)->id = slab->id;
		(*spare)->next = slab->ids;
		slab->ids = *spare;
		*spare = NULL;
	}
	WRITE_ONCE(slab->id, xas->xa_index);
	WRITE_ONCE(slab->serial, serial);
	return 0;
}

/* What a slab needs that has no id, or none left. Context: any gfp allows. */
static bool slab_id_memory(struct tslab_slab *slab, gfp_t gfp, u64 **handles,
			   struct tslab_slab_id **spare)
{
	if (!READ_ONCE(slab->handles)) {
		if (!tslab_should_fail(sizeof(**handles), gfp))
			*handles = kcalloc(slab->geo.span, sizeof(**handles),
					   gfp);
		return *handles;
	}
	if (!tslab_should_fail(sizeof(**spare), gfp))
		*spare = kmalloc(sizeof(**spare), gfp);
	return *spare;
}

/**
 * tslab_slab_ids_take() - an id and a serial number for one more handle
 * @slab: slab, which a live object of the caller's keeps
 * @gfp: the caller's flags
 * @id: filled in
 * @serial: filled in; no other handle has both
 *
 * Context: any that @gfp allows, but NMI.
 * Return: 0, with slab->handles set; -ENOMEM; -ENOSPC if all ids are in use or
 * used up.
 */
int tslab_slab_ids_take(struct tslab_slab *slab, gfp_t gfp, u32 *id,
			u32 *serial)
{
	struct tslab_slab_id *spare = NULL;
	XA_STATE(xas, &slab_ids, 0);
	u64 *handles = NULL;
	unsigned long flags;
	int err;

	gfp &= ~(__GFP_ZERO | __GFP_ACCOUNT | __GFP_THISNODE);
	do {
		xas_lock_irqsave(&xas, flags);
		err = 0;
		if (!slab->handles && handles) {
			/* Pairs with the acquires in free.c and handle.c. */
			smp_store_release(&slab->handles, handles);
			handles = NULL;
		}
		if (slab->handles && slab->id &&
		    slab->serial <= TSLAB_SERIAL_MAX)
			err = 0;
		else if (!slab->handles || (slab->id && !spare))
			err = -EAGAIN;
		else
			err = slab_id_renew(&xas, slab, &spare);
		if (!err) {
			*id = slab->id;
			*serial = slab->serial;
			WRITE_ONCE(slab->serial, slab->serial + 1);
		}
		xas_unlock_irqrestore(&xas, flags);
		if (err == -EAGAIN)
			err = slab_id_memory(slab, gfp, &handles, &spare) ?
			      -EAGAIN : -ENOMEM;
		/* Also frees a node that was got and is not needed any more. */
	} while (xas_nomem(&xas, gfp) || err == -EAGAIN);
	kfree(handles);
	kfree(spare);
	return err;
}

/* Context: lock of the ids held. */
static void slab_id_release(u32 id, u32 serial)
{
	/* Replaces an entry, which needs no memory. */
	__xa_store(&slab_ids, id, xa_mk_value(serial), 0);
	if (serial <= TSLAB_SERIAL_MAX)
		__xa_set_mark(&slab_ids, id, SLAB_ID_UNUSED);
}

/**
 * tslab_slab_ids_release() - end the handles into a slab
 * @slab: slab that dies
 *
 * An id may be given to another slab, with the serial numbers that are left; if
 * there are none it is retired.
 *
 * Context: any but NMI.
 */
void tslab_slab_ids_release(struct tslab_slab *slab)
{
	struct tslab_slab_id *old;
	unsigned long flags;

	if (!READ_ONCE(slab->id))
		return;
	xa_lock_irqsave(&slab_ids, flags);
	slab_id_release(slab->id, slab->serial);
	for (old = slab->ids; old; old = old->next)
		slab_id_release(old->id, TSLAB_SERIAL_MAX + 1);
	xa_unlock_irqrestore(&slab_ids, flags);
	while ((old = slab->ids)) {
		slab->ids = old->next;
		kfree(old);
	}
}

/**
 * tslab_slab_by_id() - the slab that has an id
 * @id: any number up to TSLAB_SLAB_ID_MAX
 * @serial: any number
 *
 * Context: preemption disabled for as long as the result is used.
 * Return: the slab; ERR_PTR(-EINVAL) if no handle has had both,
 * ERR_PTR(-ESTALE) if the slab is gone.
 */
struct tslab_slab *tslab_slab_by_id(u32 id, u32 serial)
{
	struct tslab_slab *slab = xa_load(&slab_ids, id);

	if (!slab)
		return ERR_PTR(-EINVAL);
	if (xa_is_value(slab))
		return ERR_PTR(serial < xa_to_value(slab) ? -ESTALE : -EINVAL);
	return slab;
}

void tslab_slab_ids_exit(void)
{
	xa_destroy(&slab_ids);
}
