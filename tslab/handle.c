// SPDX-License-Identifier: GPL-2.0
/* Handles: references to objects that are validated at every use. */
#include <linux/bitfield.h>

#include "tslab.h"
#include "find.h"

#define HANDLE_SLAB		GENMASK_ULL(63, 42)
#define HANDLE_SERIAL		GENMASK_ULL(41, 12)
#define HANDLE_SLOT		GENMASK_ULL(11, 2)
#define HANDLE_VERSION		GENMASK_ULL(1, 0)

#define HANDLE_VERSION_NOW	1

static_assert(HANDLE_SLAB >> 42 == TSLAB_SLAB_ID_MAX);
static_assert(HANDLE_SERIAL >> 12 == TSLAB_SERIAL_MAX);

static tslab_handle_t make_handle(void *obj, gfp_t gfp)
{
	struct tslab_slab *slab;
	unsigned long slot;
	u32 id, serial;
	u64 handle;

	/* The live object keeps its slab. */
	preempt_disable();
	slab = tslab_slab_of(obj);
	preempt_enable();
	if (tslab_slab_ids_take(slab, gfp, &id, &serial))
		return TSLAB_HANDLE_NONE;
	tslab_slot_find(slab, obj, &slot);
	handle = FIELD_PREP(HANDLE_SLAB, id) |
		 FIELD_PREP(HANDLE_SERIAL, serial) |
		 FIELD_PREP(HANDLE_SLOT, slot) |
		 FIELD_PREP(HANDLE_VERSION, HANDLE_VERSION_NOW);
	/* Nobody frees it before the caller has the handle. */
	WRITE_ONCE(slab->handles[slot], handle);
	atomic64_or(BIT_ULL(slot % 64), &tslab_slab_word(slab, slot)->refused);
	return (__force tslab_handle_t)handle;
}

/* Why a handle into a slab that lives is not that of its slot. */
static long handle_stale(const struct tslab_slab *slab, u64 now, u64 handle)
{
	u32 id = FIELD_GET(HANDLE_SLAB, handle);

	if (id == READ_ONCE(slab->id) &&
	    FIELD_GET(HANDLE_SERIAL, handle) >= READ_ONCE(slab->serial))
		return -EINVAL;
	return now ? -ESTALE : -ENOENT;
}

/*
 * The slab and slot of a handle whose object is live.
 *
 * Context: preemption disabled for as long as the result is used.
 * Return: the slab or an ERR_PTR as documented for tslab_handle_to_obj().
 */
static struct tslab_slab *handle_lookup(struct tslab *ts, u64 handle,
					unsigned long *slot)
{
	struct tslab_slab *slab;
	u64 *handles, now;

	*slot = FIELD_GET(HANDLE_SLOT, handle);
	if (FIELD_GET(HANDLE_VERSION, handle) != HANDLE_VERSION_NOW)
		return ERR_PTR(-EINVAL);
	slab = tslab_slab_by_id(FIELD_GET(HANDLE_SLAB, handle),
				FIELD_GET(HANDLE_SERIAL, handle));
	if (IS_ERR(slab))
		return slab;
	if (slab->ts != ts || !tslab_slot_ok(slab, *slot))
		return ERR_PTR(-EINVAL);
	/* Pairs with the release in tslab_slab_ids_take(). */
	handles = smp_load_acquire(&slab->handles);
	now = READ_ONCE(handles[*slot]);
	if (now != handle)
		return ERR_PTR(handle_stale(slab, now, handle));
	if (atomic64_read(&tslab_slab_word(slab, *slot)->shared) &
	    TSLAB_SLAB_DEAD)
		return ERR_PTR(-ESTALE);
	return slab;
}

static noinline void handle_refuse(struct tslab *ts, tslab_handle_t handle,
				   long err, unsigned long caller)
{
	const struct tslab_type *type = &ts->type[TSLAB_NO_CLASS];

	if (err == -ESTALE) {
		tslab_count_outside(type, handle_stale);
		tslab_misuse(ts, type, TSLAB_MISUSE_STALE_HANDLE,
			     (__force u64)handle, caller);
	} else {
		tslab_count_outside(type, handle_invalid);
		tslab_misuse(ts, type, TSLAB_MISUSE_HANDLE,
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
 * tslab_cache_alloc_handle() - tslab_alloc_handle() of a cache
 * @cache: the cache
 * @epoch: id of an open epoch of its instance, or TSLAB_EPOCH_NONE for where
 *	the task is
 * @gfp: as for tslab_cache_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the handle, for the functions of all handles, or TSLAB_HANDLE_NONE.
 */
tslab_handle_t tslab_cache_alloc_handle(struct tslab_cache *cache,
					tslab_epoch_t epoch, gfp_t gfp)
{
	tslab_handle_t handle;
	void *obj;

	obj = epoch == TSLAB_EPOCH_NONE ?
	      tslab_cache_alloc(cache, gfp) :
	      tslab_type_alloc_id(&cache->type, (__force u64)epoch, 0, gfp,
				  _RET_IP_);
	if (!obj)
		return TSLAB_HANDLE_NONE;
	handle = make_handle(obj, gfp);
	if (handle == TSLAB_HANDLE_NONE)
		tslab_cache_free(cache, obj);
	return handle;
}
EXPORT_SYMBOL_GPL(tslab_cache_alloc_handle);

/**
 * tslab_handle_to_obj() - object of a handle
 * @ts: instance
 * @handle: any 64 bits
 *
 * The caller sees to it that the object is not freed while it uses it.
 *
 * Context: any.
 * Return: the object; ERR_PTR(-EINVAL) if @handle is malformed or of another
 * instance, ERR_PTR(-ENOENT) if the object was freed, ERR_PTR(-ESTALE) if its
 * slab is gone or what is in its place now has another handle.
 */
void *tslab_handle_to_obj(struct tslab *ts, tslab_handle_t handle)
{
	struct tslab_slab *slab;
	unsigned long slot;
	void *ret;

	preempt_disable();
	slab = handle_lookup(ts, (__force u64)handle, &slot);
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
	unsigned long slot;
	int ret;

	preempt_disable();
	slab = handle_lookup(ts, (__force u64)handle, &slot);
	if (IS_ERR(slab)) {
		ret = PTR_ERR(slab);
		preempt_enable();
	} else {
		/* Somebody else may take the handle first. */
		ret = tslab_free_slot(slab, slot, (__force u64)handle,
				      _RET_IP_);
	}
	if (ret)
		handle_refuse(ts, handle, ret, _RET_IP_);
	return ret;
}
EXPORT_SYMBOL_GPL(tslab_free_handle);
