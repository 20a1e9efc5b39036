// SPDX-License-Identifier: GPL-2.0
/*
 * Copies between objects and user space that stay in the object. The kernel's own
 * check knows folios that are SLUB's, and nobody else's: see check_heap_object() in
 * mm/usercopy.c.
 */
#include <linux/uaccess.h>

#include "find.h"
#include "run.h"
#include "tslab.h"

/* Bytes of an object that may be copied. */
static bool is_in_region(const struct tslab_type *type, size_t size, size_t offset,
			 size_t n)
{
	const struct tslab_cache *cache;
	size_t from = 0, to = size;

	if (type->name) {
		cache = container_of(type, struct tslab_cache, type);
		from = cache->useroffset;
		to = from + cache->usersize;
	}
	return offset >= from && offset <= to && n <= to - offset;
}

/* Whether all of a copy is in one live object, where that may be copied. */
static bool copy_ok(struct tslab *ts, const void *ptr, size_t n)
{
	struct tslab_slab *slab;
	unsigned long slot;
	size_t offset;

	guard(preempt)();
	slab = tslab_slab_of(ptr);
	if (!slab || slab->ts != ts || ptr < slab->base)
		return false;
	slot = tslab_slot_around(slab, ptr);
	if (!tslab_slot_ok(slab, slot) || tslab_slot_is_free(slab, slot))
		return false;
	offset = ptr - tslab_slot_obj(slab, slot);
	return is_in_region(tslab_slot_type(slab, slot), tslab_slot_size(slab, slot),
			    offset, n);
}

static bool copy_check(struct tslab *ts, const void *ptr, size_t n,
		       unsigned long caller)
{
	if (!n || copy_ok(ts, ptr, n))
		return true;
	tslab_misuse(ts, NULL, TSLAB_MISUSE_USERCOPY, (unsigned long)ptr, caller);
	return false;
}

/**
 * tslab_copy_to_user() - copy_to_user() of what is in an object
 * @ts: instance the object was allocated from
 * @to: where to
 * @from: address in a live object of @ts
 * @n: bytes
 *
 * A copy that leaves the object, or what may be copied of its cache, is reported with
 * the caller's address and does not begin. Of a cache that did not say what may be,
 * nothing may.
 *
 * Context: process context; may sleep.
 * Return: bytes that were not copied.
 */
unsigned long tslab_copy_to_user(struct tslab *ts, void __user *to,
				 const void *from, unsigned long n)
{
	return copy_check(ts, from, n, _RET_IP_) ? copy_to_user(to, from, n) : n;
}
EXPORT_SYMBOL_GPL(tslab_copy_to_user);

/**
 * tslab_copy_from_user() - copy_from_user() into an object
 * @ts: instance the object was allocated from
 * @to: address in a live object of @ts
 * @from: where from
 * @n: bytes
 *
 * As tslab_copy_to_user().
 *
 * Context: process context; may sleep.
 * Return: bytes that were not copied.
 */
unsigned long tslab_copy_from_user(struct tslab *ts, void *to,
				   const void __user *from, unsigned long n)
{
	return copy_check(ts, to, n, _RET_IP_) ? copy_from_user(to, from, n) : n;
}
EXPORT_SYMBOL_GPL(tslab_copy_from_user);
