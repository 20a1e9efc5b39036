// SPDX-License-Identifier: GPL-2.0
/* Reports of what callers did wrong. Counting is done where it is found. */
#include <linux/ratelimit.h>

#include "tslab.h"

#include <trace/events/tslab.h>

static const char * const misuse_text[TSLAB_NR_MISUSES] = {
	[TSLAB_MISUSE_SIZE]		= "allocation of bad size",
	[TSLAB_MISUSE_ZONE]		= "allocation with zone modifier, gfp",
	[TSLAB_MISUSE_NODE]		= "allocation on no node, number",
	[TSLAB_MISUSE_CTOR]		= "zeroed allocation of what has a constructor, gfp",
	[TSLAB_MISUSE_CACHE]		= "cache that cannot be, errno",
	[TSLAB_MISUSE_DOUBLE]		= "double free of",
	[TSLAB_MISUSE_INVALID]		= "free of no object start",
	[TSLAB_MISUSE_FOREIGN]		= "free of foreign pointer",
	[TSLAB_MISUSE_USERCOPY]		= "copy that leaves the object",
	[TSLAB_MISUSE_KFREE]		= "kfree() of objects, number",
	[TSLAB_MISUSE_HANDLE]		= "invalid handle",
	[TSLAB_MISUSE_STALE_HANDLE]	= "stale handle",
	[TSLAB_MISUSE_DOMAIN]		= "domain rule violated, errno",
	[TSLAB_MISUSE_OWNER]		= "owner rule violated, errno",
};

/* A kind that floods the log does not silence the others. */
static struct ratelimit_state misuse_limit[TSLAB_NR_MISUSES] = {
	[0 ... TSLAB_NR_MISUSES - 1] = {
		.lock = __RAW_SPIN_LOCK_UNLOCKED(misuse_limit.lock),
		.interval = 60 * HZ,
		.burst = 3,
		.flags = RATELIMIT_MSG_ON_RELEASE,
	},
};

static bool misuse_is_pointer(enum tslab_misuse kind)
{
	return kind == TSLAB_MISUSE_DOUBLE || kind == TSLAB_MISUSE_INVALID ||
	       kind == TSLAB_MISUSE_FOREIGN || kind == TSLAB_MISUSE_USERCOPY;
}

/**
 * tslab_misuse() - report misuse by a caller
 * @ts: instance, or NULL
 * @type: size class or cache, or NULL
 * @kind: what happened
 * @value: the pointer, handle, size, number or error it happened with
 * @caller: return address, or 0 if it is not known any more
 *
 * Context: any.
 */
void tslab_misuse(struct tslab *ts, const struct tslab_type *type,
		  enum tslab_misuse kind, u64 value, unsigned long caller)
{
	const char *name = ts ? ts->name : "?";
	unsigned int size = type ? type->geo.size : 0;
	const char *cache = type && type->name ? type->name : "";
	const char *space = cache[0] ? " of cache " : "";
	const void *ptr = NULL;

	/* What may be shown of an address is for the kernel to say. */
	if (misuse_is_pointer(kind))
		ptr = (void *)(unsigned long)value;
	trace_tslab_misuse(name, size, misuse_text[kind], ptr, ptr ? 0 : value,
			   caller);
	if (!__ratelimit(&misuse_limit[kind]))
		return;
	if (misuse_is_pointer(kind))
		pr_warn("tslab: misuse: %s %p, instance %s, class %u%s%s, caller %pS\n",
			misuse_text[kind], ptr, name, size, space, cache,
			(void *)caller);
	else
		pr_warn("tslab: misuse: %s 0x%llx, instance %s, class %u%s%s, caller %pS\n",
			misuse_text[kind], value, name, size, space, cache,
			(void *)caller);
}

/**
 * tslab_misuse_live() - report what an instance or a cache leaves behind
 * @bin: where it is
 * @live: number of objects
 *
 * Context: epoch->lock held.
 */
void tslab_misuse_live(const struct tslab_bin *bin, u64 live)
{
	const struct tslab_epoch *epoch = bin->epoch;
	const struct tslab_type *type = bin->type;
	const struct tslab *ts = type->ts;

	if (type->name)
		pr_warn("tslab: misuse: %s destroyed with %llu objects of cache %s live in epoch %u \"%s\", their pages are lost\n",
			ts->name, live, type->name, epoch->index, epoch->label);
	else
		pr_warn("tslab: misuse: %s destroyed with %llu objects of class %u live in epoch %u \"%s\", their pages are lost\n",
			ts->name, live, type->geo.size, epoch->index,
			epoch->label);
}
