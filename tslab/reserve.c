// SPDX-License-Identifier: GPL-2.0
/*
 * Reserves: objects that are allocated where that may fail or sleep, for use
 * where it must do neither.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "tslab.h"

/**
 * struct tslab_reserved - objects that nobody uses yet
 * @ts: instance
 * @cache: cache they are of, or NULL
 * @nr: how many are left
 * @obj: those
 */
struct tslab_reserved {
	struct tslab *ts;
	struct tslab_cache *cache;
	unsigned int nr;
	void *obj[];
};

static void *reserve_get(const struct tslab_reserved *reserve,
			 tslab_epoch_t epoch, size_t size, gfp_t gfp)
{
	return reserve->cache ?
	       tslab_cache_alloc_epoch(reserve->cache, epoch, gfp) :
	       tslab_alloc_epoch(reserve->ts, epoch, size, gfp);
}

/* Why there is no object. */
static int reserve_error(struct tslab *ts, u64 id)
{
	struct tslab_epoch *epoch = tslab_epoch_of(ts, id);

	return epoch && tslab_epoch_is_open(epoch, id) ? -ENOMEM : -ESTALE;
}

static struct tslab_reserved *
reserve_make(struct tslab *ts, struct tslab_cache *cache, tslab_epoch_t epoch,
	     size_t size, unsigned int n, gfp_t gfp)
{
	struct tslab_reserved *reserve;

	reserve = tslab_should_fail(n * sizeof(*reserve->obj), gfp) ? NULL :
		  kmalloc(struct_size(reserve, obj, n), gfp & ~__GFP_ZERO);
	if (!reserve)
		return ERR_PTR(-ENOMEM);
	reserve->ts = ts;
	reserve->cache = cache;
	for (reserve->nr = 0; reserve->nr < n; reserve->nr++) {
		void *obj = reserve_get(reserve, epoch, size, gfp);

		if (!obj) {
			tslab_reserve_end(reserve);
			return ERR_PTR(reserve_error(ts, (__force u64)epoch));
		}
		reserve->obj[reserve->nr] = obj;
	}
	return reserve;
}

/**
 * tslab_reserve() - make sure of objects in an epoch
 * @ts: instance
 * @epoch: id of an open epoch of @ts; that of a domain is tslab_domain_epoch()
 * @size: as for tslab_alloc()
 * @n: how many objects
 * @gfp: as for tslab_alloc()
 *
 * The next @n calls of tslab_reserve_alloc() succeed wherever they are made from,
 * also after the epoch was closed. The objects are live in the epoch from here on.
 *
 * Context: as tslab_alloc().
 * Return: the reserve; ERR_PTR(-EINVAL) if @size is refused, ERR_PTR(-ESTALE) if
 * @epoch is not open, ERR_PTR(-ENOMEM); then nothing has been allocated.
 */
struct tslab_reserved *tslab_reserve(struct tslab *ts, tslab_epoch_t epoch,
				     size_t size, unsigned int n, gfp_t gfp)
{
	if (!tslab_size_ok(size))
		return ERR_PTR(-EINVAL);
	return reserve_make(ts, NULL, epoch, size, n, gfp);
}
EXPORT_SYMBOL_GPL(tslab_reserve);

/**
 * tslab_cache_reserve() - make sure of objects of a cache in an epoch
 * @cache: the cache
 * @epoch: id of an open epoch of its instance
 * @n: how many objects
 * @gfp: as for tslab_cache_alloc()
 *
 * As tslab_reserve().
 *
 * Context: as tslab_alloc().
 * Return: as tslab_reserve().
 */
struct tslab_reserved *tslab_cache_reserve(struct tslab_cache *cache,
					   tslab_epoch_t epoch, unsigned int n,
					   gfp_t gfp)
{
	return reserve_make(cache->type.ts, cache, epoch, 0, n, gfp);
}
EXPORT_SYMBOL_GPL(tslab_cache_reserve);

/**
 * tslab_reserve_alloc() - take an object of a reserve
 * @reserve: reserve that nobody else is using now; that of NULL and of an ERR_PTR
 *	is empty
 *
 * Context: any.
 * Return: the object, which is freed as any other; NULL if all have been taken.
 */
void *tslab_reserve_alloc(struct tslab_reserved *reserve)
{
	return tslab_reserve_left(reserve) ? reserve->obj[--reserve->nr] : NULL;
}
EXPORT_SYMBOL_GPL(tslab_reserve_alloc);

/**
 * tslab_reserve_left() - how many objects a reserve has
 * @reserve: as for tslab_reserve_alloc()
 *
 * Context: any.
 * Return: how often tslab_reserve_alloc() will succeed.
 */
unsigned int tslab_reserve_left(const struct tslab_reserved *reserve)
{
	return IS_ERR_OR_NULL(reserve) ? 0 : reserve->nr;
}
EXPORT_SYMBOL_GPL(tslab_reserve_left);

/**
 * tslab_reserve_end() - free a reserve and the objects that are left in it
 * @reserve: the reserve; NULL or an ERR_PTR is a no-op
 *
 * Before the epoch of the objects is discarded, as for each of them.
 *
 * Context: any but NMI.
 */
void tslab_reserve_end(struct tslab_reserved *reserve)
{
	if (IS_ERR_OR_NULL(reserve))
		return;
	while (reserve->nr) {
		void *obj = tslab_reserve_alloc(reserve);

		if (reserve->cache)
			tslab_cache_free(reserve->cache, obj);
		else
			tslab_free(reserve->ts, obj);
	}
	kfree(reserve);
}
EXPORT_SYMBOL_GPL(tslab_reserve_end);
