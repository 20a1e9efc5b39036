// SPDX-License-Identifier: GPL-2.0
/*
 * What KASAN, KMSAN and kmemleak are told of objects, where the kernel has them.
 *
 * Modules have no function of KASAN's for that: its shadow is written here, in a file
 * that is not instrumented. A slab is red, what is free of it freed, and what is live
 * as long as was asked for.
 */
#include <linux/kasan.h>
#include <linux/kmemleak.h>
#include <linux/kmsan-checks.h>
#include <linux/string.h>

#include "debug.h"
#include "find.h"
#include "tslab.h"

#ifdef CONFIG_KASAN_GENERIC
/* Of mm/kasan/kasan.h: what its report calls slab-out-of-bounds and -use-after-free. */
#define SHADOW_RED	0xfc
#define SHADOW_FREE	0xfb
#define GRANULE		BIT(KASAN_SHADOW_SCALE_SHIFT)

static void shadow_set(const void *from, const void *to, u8 value)
{
	u8 *shadow = kasan_mem_to_shadow(from);

	memset(shadow, value, (u8 *)kasan_mem_to_shadow(to) - shadow);
}

static void shadow_live(const void *obj, size_t size)
{
	size_t whole = round_down(size, GRANULE);

	shadow_set(obj, obj + whole, 0);
	if (size > whole)
		*(u8 *)kasan_mem_to_shadow(obj + whole) = size - whole;
}

static void shadow_free(const void *obj, size_t size)
{
	shadow_set(obj, obj + round_up(size, GRANULE), SHADOW_FREE);
}
#else
#define SHADOW_RED	0

static void shadow_set(const void *from, const void *to, u8 value) { }
static void shadow_live(const void *obj, size_t size) { }
static void shadow_free(const void *obj, size_t size) { }
#endif

/* Has nobody go on with what is in an object, unless that is there to stay. */
static void forget(const struct tslab_slab *slab, void *obj, size_t size)
{
	if (!slab->type->ctor && !(slab->type->flags & TSLAB_CACHE_TYPESAFE_BY_RCU))
		kmsan_poison_memory(obj, size, __GFP_NOWARN);
}

/**
 * tslab_tools_slab_new() - have nobody touch a new slab
 * @slab: the slab
 *
 * Context: any.
 */
void tslab_tools_slab_new(struct tslab_slab *slab)
{
	shadow_set(tslab_slab_start(slab), tslab_slab_end(slab), SHADOW_RED);
}

/**
 * tslab_tools_alloc() - have an object be the caller's
 * @slab: its slab
 * @obj: the object
 * @size: bytes that were asked for
 * @gfp: the caller's flags
 *
 * Context: any that @gfp allows.
 */
void tslab_tools_alloc(struct tslab_slab *slab, void *obj, size_t size, gfp_t gfp)
{
	shadow_live(obj, size);
	forget(slab, obj, size);
	kmemleak_alloc(obj, size, 1, gfp);
}

/**
 * tslab_tools_free() - have nobody touch an object any more
 * @slab: its slab
 * @slot: its slot
 * @size: bytes that were asked for
 *
 * Context: any.
 */
void tslab_tools_free(struct tslab_slab *slab, unsigned long slot, size_t size)
{
	void *obj = tslab_slot_obj(slab, slot);

	kmemleak_free(obj);
	forget(slab, obj, size);
	/* Who found it may still look at it. */
	if (!(slab->type->flags & TSLAB_CACHE_TYPESAFE_BY_RCU))
		shadow_free(obj, size);
}

/**
 * tslab_tools_name() - have an object be known to somebody
 * @obj: object that has a handle, by which it is found though nothing points to it
 *
 * Context: any.
 */
void tslab_tools_name(const void *obj)
{
	kmemleak_not_leak(obj);
}
