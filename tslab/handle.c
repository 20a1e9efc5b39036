// SPDX-License-Identifier: GPL-2.0
/* Handles: references to objects that are validated at every use. */
#include <linux/bitfield.h>

#include "tslab.h"
#include "find.h"

#define HANDLE_SLAB		GENMASK_ULL(63, 42)
#define HANDLE_GENERATION	GENMASK_ULL(41, 18)
#define HANDLE_SLOT		GENMASK_ULL(17, 10)
#define HANDLE_CLASS		GENMASK_ULL(9, 2)
#define HANDLE_VERSION		GENMASK_ULL(1, 0)

#define HANDLE_VERSION_NOW	1

static_assert(HANDLE_SLAB >> 42 == TSLAB_SLAB_ID_MAX);
static_assert(HANDLE_GENERATION >> 18 == TSLAB_GENERATION_MAX);

static tslab_handle_t make_handle(void *obj, gfp_t gfp)
{
	struct tslab_slab *slab;
	unsigned int slot;
	u64 handle;

	/* The live object keeps its slab. */
	preempt_disable();
	slab = tslab_slab_of(obj);
	preempt_enable();
	if (tslab_slab_id_assign(slab, gfp))
		return TSLAB_HANDLE_NONE;
	tslab_slot_find(slab, obj, &slot);
	/* Set, or the assignment would have failed; ordered by it. */
	handle = FIELD_PREP(HANDLE_SLAB, slab->id) |
		 FIELD_PREP(HANDLE_GENERATION, slab->generation) |
		 FIELD_PREP(HANDLE_SLOT, slot) |
		 FIELD_PREP(HANDLE_CLASS, slab->class) |
		 FIELD_PREP(HANDLE_VERSION, HANDLE_VERSION_NOW);
	return (__force tslab_handle_t)handle;
}

/*
 * The slab and slot of a handle whose object is live.
 *
 * Context: preemption disabled for as long as the result is used.
 * Return: the slab or an ERR_PTR as documented for tslab_handle_to_obj().
 */
static struct tslab_slab *handle_lookup(struct tslab *ts, tslab_handle_t handle,
					unsigned int *slot)
{
	u64 bits = (__force u64)handle;
	unsigned int class = FIELD_GET(HANDLE_CLASS, bits);
	struct tslab_slab *slab;

	*slot = FIELD_GET(HANDLE_SLOT, bits);
	if (FIELD_GET(HANDLE_VERSION, bits) != HANDLE_VERSION_NOW ||
	    class >= TSLAB_NR_CLASSES || *slot >= tslab_geometry[class].slots)
		return ERR_PTR(-EINVAL);

	slab = tslab_slab_by_id(FIELD_GET(HANDLE_SLAB, bits),
				FIELD_GET(HANDLE_GENERATION, bits));
	if (IS_ERR(slab))
		return slab;
	if (slab->ts != ts || slab->class != class || *slot >= slab->geo.slots)
		return ERR_PTR(-EINVAL);
	if (atomic64_read(&slab->shared) & TSLAB_SLAB_DEAD)
		return ERR_PTR(-ESTALE);
	if (tslab_slot_is_free(slab, *slot))
		return ERR_PTR(-ENOENT);
	return slab;
}

static noinline void handle_refuse(struct tslab *ts, tslab_handle_t handle,
				   long err, unsigned long caller)
{
	if (err == -ESTALE) {
		tslab_count(ts, TSLAB_NO_CLASS, handle_stale);
		tslab_misuse(ts, TSLAB_NO_CLASS, TSLAB_MISUSE_STALE_HANDLE,
			     (__force u64)handle, caller);
	} else {
		tslab_count(ts, TSLAB_NO_CLASS, handle_invalid);
		tslab_misuse(ts, TSLAB_NO_CLASS, TSLAB_MISUSE_HANDLE,
			     (__force u64)handle, caller);
	}
}

/**
 * tslab_alloc_handle() - allocate an object and return a handle to it
 * @ts: instance
 * @epoch: id of an open epoch of @ts, or TSLAB_EPOCH_NONE for the current one
 * @size: as for tslab_alloc()
 * @gfp: as for tslab_alloc()
 *
 * A handle can be kept where a pointer could dangle: it is validated at each
 * use, and no use of a wrong one touches memory that is not its instance's.
 *
 * Context: as tslab_alloc().
 * Return: the handle, or TSLAB_HANDLE_NONE where tslab_alloc_epoch() would
 * return NULL or if there is no memory for the handle.
 */
tslab_handle_t tslab_alloc_handle(struct tslab *ts, tslab_epoch_t epoch,
				  size_t size, gfp_t gfp)
{
	tslab_handle_t handle;
	void *obj;

	obj = epoch == TSLAB_EPOCH_NONE ?
	      tslab_alloc(ts, size, gfp) :
	      tslab_alloc_id(ts, (__force u64)epoch, size, gfp, _RET_IP_);
	if (!obj)
		return TSLAB_HANDLE_NONE;
	handle = make_handle(obj, gfp);
	if (handle == TSLAB_HANDLE_NONE)
		tslab_free(ts, obj);
	return handle;
}
EXPORT_SYMBOL_GPL(tslab_alloc_handle);

/**
 * tslab_handle_to_obj() - object of a handle
 * @ts: instance
 * @handle: any 64 bits
 *
 * The caller sees to it that the object is not freed while it uses it.
 *
 * Context: any.
 * Return: the object; ERR_PTR(-EINVAL) if @handle is malformed or of another
 * instance, ERR_PTR(-ESTALE) if its slab is gone, ERR_PTR(-ENOENT) if the
 * object was freed.
 */
void *tslab_handle_to_obj(struct tslab *ts, tslab_handle_t handle)
{
	struct tslab_slab *slab;
	unsigned int slot;
	void *ret;

	preempt_disable();
	slab = handle_lookup(ts, handle, &slot);
	ret = IS_ERR(slab) ? ERR_CAST(slab) : tslab_slot_obj(slab, slot);
	preempt_enable();
	if (IS_ERR(ret))
		handle_refuse(ts, handle, PTR_ERR(ret), _RET_IP_);
	return ret;
}
EXPORT_SYMBOL_GPL(tslab_handle_to_obj);

/**
 * tslab_free_handle() - free the object of a handle
 * @ts: instance
 * @handle: any 64 bits
 *
 * Context: as tslab_free().
 * Return: 0, or a negative errno as documented for tslab_handle_to_obj().
 */
int tslab_free_handle(struct tslab *ts, tslab_handle_t handle)
{
	struct tslab_slab *slab;
	unsigned int slot;
	int ret;

	preempt_disable();
	slab = handle_lookup(ts, handle, &slot);
	if (IS_ERR(slab)) {
		ret = PTR_ERR(slab);
		handle_refuse(ts, handle, ret, _RET_IP_);
		preempt_enable();
		return ret;
	}
	return tslab_free_slot(slab, slot, _RET_IP_);
}
EXPORT_SYMBOL_GPL(tslab_free_handle);
