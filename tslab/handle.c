// SPDX-License-Identifier: GPL-2.0
/* Handles: references to objects that are validated at every use. */
#include "tslab.h"
#include "debug.h"
#include "find.h"
#include "handle.h"

static tslab_handle_t make_handle(void *obj, gfp_t gfp)
{
	struct tslab_slab *slab;
	unsigned long slot;
	u64 handle;

	/* The live object keeps its slab. */
	preempt_disable();
	slab = tslab_slab_of(obj);
	preempt_enable();
	handle = tslab_slab_handle(slab, gfp);
	if (unlikely(!handle))
		return TSLAB_HANDLE_NONE;
	tslab_slot_find(slab, obj, &slot);
	handle |= FIELD_PREP(HANDLE_SLOT, slot);
	/* Nobody frees it before the caller has the handle. */
	WRITE_ONCE(slab->handles[slot], handle);
	atomic64_or(BIT_ULL(slot % 64), &tslab_slab_word(slab, slot)->refused);
	if (unlikely(tslab_slab_has_tools(slab)))
		tslab_tools_name(obj);
	return (__force tslab_handle_t)handle;
}

/* Why a handle is none of the slab that has its id. */
static noinline long handle_error(const struct tslab *ts,
				  struct tslab_slab *slab, u64 handle)
{
	u64 next = atomic64_read(&slab->next_handle);
	u32 serial = FIELD_GET(HANDLE_SERIAL, handle);
	unsigned long slot = FIELD_GET(HANDLE_SLOT, handle);

	/* One the slab had before, or it is just being given its first. */
	if (FIELD_GET(HANDLE_SLAB, handle) != FIELD_GET(HANDLE_SLAB, next))
		return slab->ts == ts || !FIELD_GET(HANDLE_SLAB, next) ?
		       -ESTALE : -EINVAL;
	if (serial < READ_ONCE(slab->first_serial))
		return -ESTALE;
	if (serial >= FIELD_GET(HANDLE_SERIAL, next) || slab->ts != ts ||
	    !tslab_slot_ok(slab, slot))
		return -EINVAL;
	/* Pairs with the release in tslab_slab_handle(). */
	return READ_ONCE(smp_load_acquire(&slab->handles)[slot]) ? -ESTALE :
								   -ENOENT;
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
	u64 *handles;

	*slot = FIELD_GET(HANDLE_SLOT, handle);
	if (FIELD_GET(HANDLE_VERSION, handle) != HANDLE_VERSION_NOW)
		return ERR_PTR(-EINVAL);
	slab = tslab_slab_by_handle(handle);
	if (IS_ERR(slab))
		return slab;
	/* Pairs with the release in tslab_slab_handle(). */
	handles = smp_load_acquire(&slab->handles);
	/* What is no slot has no handle. */
	if (unlikely(slab->ts != ts || *slot >= slab->geo.span ||
		     READ_ONCE(handles[*slot]) != handle))
		return ERR_PTR(handle_error(ts, slab, handle));
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
