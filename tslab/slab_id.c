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
#include "handle.h"

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
	entry = xas_find_marked(xas, FIELD_MAX(HANDLE_SLAB), SLAB_ID_UNUSED);
	if (entry)
		return xa_to_value(entry);
	if (next_slab_id > FIELD_MAX(HANDLE_SLAB))
		return -ENOSPC;
	xas_set(xas, next_slab_id);
	return 0;
}

static unsigned long slab_id(const struct tslab_slab *slab)
{
	return FIELD_GET(HANDLE_SLAB, atomic64_read(&slab->next_handle));
}

static bool slab_has_handles(const struct tslab_slab *slab)
{
	return FIELD_GET(HANDLE_SERIAL, atomic64_read(&slab->next_handle)) !=
	       HANDLE_SERIAL_MAX;
}

/*
 * Gives a slab a new id if it has none left. *spare: to note an old one, NULL if it is used.
 *
 * Context: lock of the ids held.
 * Return: 0; -ENOSPC; whatever @xas failed with.
 */
static int slab_id_renew(struct xa_state *xas, struct tslab_slab *slab,
			 struct tslab_slab_id **spare)
{
	long serial;

	if (slab_has_handles(slab))
		return 0;
	serial = slab_id_choose(xas);
	if (serial < 0)
		return serial;
	xas_store(xas, slab);
	xas_clear_mark(xas, SLAB_ID_UNUSED);
	if (xas_error(xas))
		return xas_error(xas);
	if (xas->xa_index == next_slab_id)
		next_slab_id++;
	if (slab_id(slab)) {
		(*spare)->id = slab_id(slab);
		(*spare)->next = slab->ids;
		slab->ids = *spare;
		*spare = NULL;
	}
	WRITE_ONCE(slab->first_serial, serial);
	/*
	 * Who takes a handle finds slab->handles, and whoever looks it up the
	 * slab. Pairs with the cmpxchg in handle_next().
	 */
	atomic64_set_release(&slab->next_handle,
			     FIELD_PREP(HANDLE_SLAB, xas->xa_index) |
			     FIELD_PREP(HANDLE_SERIAL, serial) |
			     FIELD_PREP(HANDLE_VERSION, HANDLE_VERSION_NOW));
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
	if (!*spare && !tslab_should_fail(sizeof(**spare), gfp))
		*spare = kmalloc(sizeof(**spare), gfp);
	return *spare;
}

/* Takes one of the handles that are left. Return: it, or 0. */
static u64 handle_next(struct tslab_slab *slab)
{
	s64 next = atomic64_read(&slab->next_handle);

	do {
		if (FIELD_GET(HANDLE_SERIAL, next) == HANDLE_SERIAL_MAX)
			return 0;
	} while (!atomic64_try_cmpxchg(&slab->next_handle, &next,
				       next + HANDLE_NEXT));
	return next;
}

/**
 * tslab_slab_handle() - a handle into a slab that nobody has had
 * @slab: slab, which a live object of the caller's keeps
 * @gfp: the caller's flags
 *
 * Context: any that @gfp allows, but NMI.
 * Return: the handle of slot 0, with slab->handles set; 0 if there is no memory
 * or if all ids are in use or used up.
 */
u64 tslab_slab_handle(struct tslab_slab *slab, gfp_t gfp)
{
	struct tslab_slab_id *spare = NULL;
	XA_STATE(xas, &slab_ids, 0);
	u64 *handles = NULL, handle;
	unsigned long flags;
	int err;

	handle = handle_next(slab);
	if (likely(handle))
		return handle;
	/* Before it is found by one. */
	WRITE_ONCE(slab->shared, true);
	gfp &= ~(__GFP_ZERO | __GFP_ACCOUNT | __GFP_THISNODE);
	do {
		xas_lock_irqsave(&xas, flags);
		if (!slab->handles && handles) {
			/* Pairs with the acquires in free.c and handle.c. */
			smp_store_release(&slab->handles, handles);
			handles = NULL;
		}
		err = 0;
		if (slab->handles && (!slab_id(slab) || spare))
			err = slab_id_renew(&xas, slab, &spare);
		handle = handle_next(slab);
		if (!handle && !err)
			err = -EAGAIN;
		xas_unlock_irqrestore(&xas, flags);
		if (err == -EAGAIN &&
		    !slab_id_memory(slab, gfp, &handles, &spare))
			err = -ENOMEM;
		/* Also frees a node that was got and is not needed any more. */
	} while (xas_nomem(&xas, gfp) || err == -EAGAIN);
	kfree(handles);
	kfree(spare);
	return handle;
}

/* Context: lock of the ids held. */
static void slab_id_release(u32 id, u32 serial)
{
	/* Replaces an entry, which needs no memory. */
	__xa_store(&slab_ids, id, xa_mk_value(serial), 0);
	if (serial < HANDLE_SERIAL_MAX)
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
	u64 next = atomic64_read(&slab->next_handle);
	struct tslab_slab_id *old;
	unsigned long flags;

	if (!FIELD_GET(HANDLE_SLAB, next))
		return;
	xa_lock_irqsave(&slab_ids, flags);
	slab_id_release(FIELD_GET(HANDLE_SLAB, next),
			FIELD_GET(HANDLE_SERIAL, next));
	for (old = slab->ids; old; old = old->next)
		slab_id_release(old->id, HANDLE_SERIAL_MAX);
	xa_unlock_irqrestore(&slab_ids, flags);
	while ((old = slab->ids)) {
		slab->ids = old->next;
		kfree(old);
	}
}

/**
 * tslab_slab_by_handle() - the slab that has the id of a handle
 * @handle: any 64 bits
 *
 * Context: preemption disabled for as long as the result is used.
 * Return: the slab; ERR_PTR(-EINVAL) if there was no such handle,
 * ERR_PTR(-ESTALE) if its slab is gone and no other has the id.
 */
struct tslab_slab *tslab_slab_by_handle(u64 handle)
{
	struct tslab_slab *slab = xa_load(&slab_ids,
					  FIELD_GET(HANDLE_SLAB, handle));

	if (!slab)
		return ERR_PTR(-EINVAL);
	if (xa_is_value(slab))
		return ERR_PTR(FIELD_GET(HANDLE_SERIAL, handle) <
			       xa_to_value(slab) ? -ESTALE : -EINVAL);
	return slab;
}

void tslab_slab_ids_exit(void)
{
	xa_destroy(&slab_ids);
}
