// SPDX-License-Identifier: GPL-2.0
/* Objects of another size, formatted strings in objects, secrets in objects. */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "tslab.h"
#include "find.h"

/**
 * tslab_realloc() - resize an object, in the epoch it is in
 * @ts: instance
 * @obj: object of @ts, or NULL to allocate one in the current epoch
 * @size: new size, 1 to TSLAB_MAX_SIZE bytes
 * @gfp: as for tslab_alloc(); __GFP_ZERO zeroes only what a larger object
 *	has beyond tslab_obj_size() of the old one
 *
 * Context: as tslab_alloc().
 * Return: the object, moved if it had to be, with its content up to the
 * smaller of both sizes; or NULL, with @obj untouched.
 */
void *tslab_realloc(struct tslab *ts, void *obj, size_t size, gfp_t gfp)
{
	size_t old_size;
	u64 id = 0;
	void *new;

	if (!obj)
		return tslab_alloc(ts, size, gfp);
	old_size = tslab_obj_size(ts, obj);
	if (!old_size)
		return NULL;
	if (tslab_size_is_cut(size) ?
	    tslab_type_of(ts, size)->geo.size == old_size :
	    PAGE_ALIGN(size) == old_size)
		return obj;

	preempt_disable();
	id = READ_ONCE(tslab_slab_of(obj)->bin->epoch->id);
	preempt_enable();
	new = tslab_alloc_id(ts, id, size, gfp, _RET_IP_);
	if (new) {
		memcpy(new, obj, min(size, old_size));
		tslab_free(ts, obj);
	}
	return new;
}
EXPORT_SYMBOL_GPL(tslab_realloc);

/**
 * tslab_vasprintf() - format a string into an object
 * @ts: instance
 * @gfp: as for tslab_alloc()
 * @fmt: as for printf()
 * @args: what it names; of the same length both times that it is looked at
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_alloc().
 */
char *tslab_vasprintf(struct tslab *ts, gfp_t gfp, const char *fmt,
		      va_list args)
{
	va_list again;
	size_t size;
	char *obj;

	va_copy(again, args);
	size = vsnprintf(NULL, 0, fmt, again) + 1;
	va_end(again);
	obj = tslab_alloc(ts, size, gfp);
	if (obj)
		WARN_ONCE(vsnprintf(obj, size, fmt, args) + 1 != size,
			  "tslab: the arguments of '%s' changed meanwhile\n",
			  fmt);
	return obj;
}
EXPORT_SYMBOL_GPL(tslab_vasprintf);

/**
 * tslab_asprintf() - format a string into an object
 * @ts: instance
 * @gfp: as for tslab_alloc()
 * @fmt: as for printf()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_alloc().
 */
char *tslab_asprintf(struct tslab *ts, gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *obj;

	va_start(args, fmt);
	obj = tslab_vasprintf(ts, gfp, fmt, args);
	va_end(args);
	return obj;
}
EXPORT_SYMBOL_GPL(tslab_asprintf);

/**
 * tslab_free_sensitive() - free an object and leave nothing of its content
 * @ts: instance
 * @obj: as for tslab_free(); zeroed if it is an object of @ts
 *
 * Context: as tslab_free().
 */
void tslab_free_sensitive(struct tslab *ts, void *obj)
{
	size_t size;

	if (!obj)
		return;
	/* What is no object has been counted and reported by then. */
	size = tslab_obj_size(ts, obj);
	if (!size)
		return;
	memzero_explicit(obj, size);
	tslab_free(ts, obj);
}
EXPORT_SYMBOL_GPL(tslab_free_sensitive);
