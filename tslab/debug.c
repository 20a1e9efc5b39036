// SPDX-License-Identifier: GPL-2.0
/* What is done to objects that are debugged, and looked at: red zones, poison, marks. */
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/string.h>

#include "debug.h"
#include "find.h"
#include "tslab.h"

/* What is between objects. */
#define RED		SLUB_RED_ACTIVE

/* === How slabs are cut === */

/**
 * tslab_debug_type() - have a type be debugged
 * @type: type that nobody has an object of
 * @flags: TSLAB_DEBUG_*, or 0, for which nothing happens
 * @align: what objects are aligned to, bytes
 *
 * Context: process context; may sleep.
 */
void tslab_debug_type(struct tslab_type *type, unsigned int flags, size_t align)
{
	type->align = align;
	if (!flags || !type->geo.size)
		return;
	type->flags |= flags;
	/* Nothing of it is any CPU's, in no stock and no run. */
	type->small.pages = 0;
	type->run_units = U8_MAX;
	if (flags & TSLAB_DEBUG_USER)
		tslab_users_init();
}

/* Bytes between objects, at least: so many that what goes far astray meets them, too. */
static size_t red_bytes(const struct tslab_type *type)
{
	if (IS_ENABLED(CONFIG_KASAN_GENERIC) && type->flags & TSLAB_DEBUG_TOOLS)
		return 32;
	return type->flags & TSLAB_DEBUG_RED_ZONE ? 16 : 0;
}

/* Bytes that an object may have. */
static size_t object_room(const struct tslab_slab *slab)
{
	return slab->type->number == TSLAB_LARGE ?
	       slab->size - red_bytes(slab->type) :
	       slab->type->geo.size;
}

/* Bytes that are red before the first object of a slab. */
static size_t lead_bytes(const struct tslab_type *type)
{
	size_t lead = ALIGN(red_bytes(type), type->align);

	/* A page for that is too much. */
	return lead < PAGE_SIZE ? lead : 0;
}

/* How many objects there are in pages, and where they begin. */
static unsigned int span_in(const struct tslab_type *type,
			    const struct tslab_geometry *geo, size_t *lead)
{
	size_t bytes = geo->pages * PAGE_SIZE;

	*lead = lead_bytes(type);
	/* One that fills the pages has it behind it alone. */
	if (*lead + geo->size > bytes)
		*lead = 0;
	return min_t(size_t, geo->span, (bytes - *lead) / geo->size);
}

/**
 * tslab_debug_cut() - cut a slab for objects that are debugged
 * @type: their type
 * @size: bytes of a large object
 * @geo: filled in
 *
 * Context: any.
 */
void tslab_debug_cut(const struct tslab_type *type, size_t size,
		     struct tslab_geometry *geo)
{
	size_t stride = type->number == TSLAB_LARGE ? size : type->geo.size;
	size_t lead;

	stride += red_bytes(type);
	if (type->number == TSLAB_LARGE)
		stride = PAGE_ALIGN(stride);
	tslab_geometry_cut(geo, ALIGN(stride, type->align));
	geo->span = span_in(type, geo, &lead);
}

/* Bytes that the descriptor has for the marks. */
size_t tslab_debug_bytes(const struct tslab_geometry *geo)
{
	return struct_size_t(struct tslab_marks, mark, geo->span);
}

/* === Zones === */

static void *object_end(const struct tslab_slab *slab, unsigned long slot)
{
	return tslab_slot_obj(slab, slot) + object_room(slab);
}

/*
 * Where what is red between two objects is the one's no more, but the other's: in the
 * middle. What was written there was written by the nearer one.
 */
static void *zone_middle(const struct tslab_slab *slab, unsigned long slot,
			 unsigned long next)
{
	void *from = object_end(slab, slot), *to = tslab_slot_obj(slab, next);

	return to - (to - from) / 2;
}

/* Where what is red behind an object ends: near the next one, or with the slab. */
static void *zone_end(const struct tslab_slab *slab, unsigned long slot)
{
	unsigned long next = slot + 1;

	if (next % 64 == 63)
		next++;
	return next < slab->geo.span ? zone_middle(slab, slot, next) :
				       tslab_slab_end(slab);
}

/* And where before it that begins. */
static void *zone_start(const struct tslab_slab *slab, unsigned long slot)
{
	unsigned long before = slot - 1;

	if (!slot)
		return tslab_slab_start(slab);
	if (before % 64 == 63)
		before--;
	return zone_middle(slab, before, slot);
}

/* What is debugged is read and written here alone that KASAN lets nobody have. */
static void look_begin(void)
{
	kasan_disable_current();
}

static void look_end(void)
{
	kasan_enable_current();
}

static bool is_poisoned(const struct tslab_type *type)
{
	/* What a constructor, or who may still look at it, has made of it stays. */
	return type->flags & TSLAB_DEBUG_POISON && !type->ctor &&
	       !(type->flags & TSLAB_CACHE_TYPESAFE_BY_RCU);
}

static void poison(void *obj, size_t size)
{
	memset(obj, POISON_FREE, size - 1);
	*(u8 *)(obj + size - 1) = POISON_END;
}

/* Reports bytes that are not as they were left, and mends them. */
static bool bytes_ok(struct tslab_slab *slab, unsigned long slot, const char *what,
		     void *from, void *to, u8 value)
{
	u8 *wrong = from < to ? memchr_inv(from, value, to - from) : NULL;

	if (likely(!wrong))
		return true;
	tslab_debug_report(slab, slot, what, wrong, value);
	memset(from, value, to - from);
	return false;
}

/* Around an object. @size: bytes of it, all behind which is red */
static bool zones_ok(struct tslab_slab *slab, unsigned long slot, size_t size)
{
	void *obj = tslab_slot_obj(slab, slot);
	bool ok;

	if (!(slab->type->flags & TSLAB_DEBUG_RED_ZONE))
		return true;
	ok = bytes_ok(slab, slot, "written before its beginning",
		      zone_start(slab, slot), obj, RED);
	return bytes_ok(slab, slot, "written beyond its end", obj + size,
			zone_end(slab, slot), RED) && ok;
}

/* That of an object that is free. */
static bool poison_ok(struct tslab_slab *slab, unsigned long slot)
{
	void *obj = tslab_slot_obj(slab, slot);
	size_t size = object_room(slab);

	if (!is_poisoned(slab->type))
		return true;
	return bytes_ok(slab, slot, "written after it was freed", obj,
			obj + size - 1, POISON_FREE) &&
	       bytes_ok(slab, slot, "written after it was freed", obj + size - 1,
			obj + size, POISON_END);
}

/* Context: lock of the marks held. Return: whether it is as it was left. */
static bool object_ok(struct tslab_slab *slab, unsigned long slot)
{
	struct tslab_mark *mark = &tslab_slab_marks(slab)->mark[slot];
	bool ok;

	if (!tslab_slot_ok(slab, slot) || tslab_mark_is_broken(mark))
		return true;
	ok = zones_ok(slab, slot, mark->size ?: object_room(slab)) &&
	     (mark->size || poison_ok(slab, slot));
	/* It stays where it is, and nobody is given it any more. */
	if (!ok) {
		tslab_count(slab->bin, object_overwritten);
		mark->size |= TSLAB_MARK_BROKEN;
	}
	return ok;
}

/* All of a slab but one, if that is asked for. Context: as object_ok(). */
static void others_check(struct tslab_slab *slab, unsigned long but)
{
	unsigned long slot;

	if (!(slab->type->flags & TSLAB_DEBUG_CHECKS))
		return;
	for (slot = 0; slot < slab->geo.span; slot++)
		if (slot != but)
			object_ok(slab, slot);
}

/* === Slabs === */

/**
 * tslab_debug_slab_begin() - have the objects of a slab begin where they are to
 * @slab: slab that has its pages, which may be fewer than were asked for
 * @type: what it will be of
 *
 * Context: any.
 */
void tslab_debug_slab_begin(struct tslab_slab *slab, const struct tslab_type *type)
{
	size_t lead;

	slab->is_debugged = true;
	slab->geo.span = span_in(type, &slab->geo, &lead);
	slab->base += lead;
}

/**
 * tslab_debug_slab_fill() - fill what nobody has of a new slab
 * @slab: the slab, of its bin
 *
 * Context: any; nobody finds it.
 */
void tslab_debug_slab_fill(struct tslab_slab *slab)
{
	const struct tslab_type *type = slab->type;
	unsigned long slot;

	raw_spin_lock_init(&tslab_slab_marks(slab)->lock);
	/* No free names it. */
	WRITE_ONCE(slab->key, NULL);
	if (type->flags & TSLAB_DEBUG_RED_ZONE)
		memset(tslab_slab_start(slab), RED,
		       slab->geo.pages * PAGE_SIZE);
	for (slot = 0; slot < slab->geo.span; slot++)
		if (tslab_slot_ok(slab, slot) && is_poisoned(type))
			poison(tslab_slot_obj(slab, slot), object_room(slab));
}

/**
 * tslab_debug_slab_check() - look at all objects of a slab
 * @slab: slab that is debugged
 *
 * Context: any but NMI; whoever calls sees to it that its pages stay.
 * Return: how many were not as they were left.
 */
unsigned int tslab_debug_slab_check(struct tslab_slab *slab)
{
	struct tslab_marks *marks = tslab_slab_marks(slab);
	unsigned int broken = 0;
	unsigned long slot;
	unsigned long flags;

	raw_spin_lock_irqsave(&marks->lock, flags);
	look_begin();
	for (slot = 0; slot < slab->geo.span; slot++)
		broken += !object_ok(slab, slot);
	look_end();
	raw_spin_unlock_irqrestore(&marks->lock, flags);
	return broken;
}

/* Whoever frees an object while the slab goes finds that it is over. */
static void marks_end(struct tslab_marks *marks)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&marks->lock, flags);
	marks->is_over = true;
	raw_spin_unlock_irqrestore(&marks->lock, flags);
}

/**
 * tslab_debug_slab_end() - look at all objects of a slab for the last time
 * @slab: slab that is debugged, and whose pages are about to go
 *
 * Context: any but NMI.
 */
void tslab_debug_slab_end(struct tslab_slab *slab)
{
	struct tslab_mark *mark = tslab_slab_marks(slab)->mark;
	unsigned long slot;

	tslab_debug_slab_check(slab);
	marks_end(tslab_slab_marks(slab));
	if (!tslab_slab_has_tools(slab))
		return;
	tslab_quarantine_leave(slab);
	/* Of what was leaked the objects are live. */
	if (slab->leaked)
		return;
	for (slot = 0; slot < slab->geo.span; slot++)
		if (tslab_mark_size(&mark[slot]))
			tslab_tools_free(slab, slot, tslab_mark_size(&mark[slot]));
}

/* === Objects === */

/* Of an object that is live: it keeps its slab. */
static struct tslab_slab *live_slab(const void *obj)
{
	struct tslab_slab *slab;

	preempt_disable();
	slab = tslab_slab_of(obj);
	preempt_enable();
	return slab;
}

/* As the kernel does where objects are poisoned: what is asked for alone. */
static bool is_zeroed(const struct tslab_type *type, gfp_t gfp)
{
	if (type->ctor)
		return false;
	if (type->flags & (TSLAB_CACHE_TYPESAFE_BY_RCU | TSLAB_DEBUG_POISON))
		return gfp & __GFP_ZERO;
	return want_init_on_alloc(gfp);
}

/* Context: lock of the marks held. Return: whether it is the caller's. */
static bool object_take(struct tslab_slab *slab, unsigned long slot, size_t size,
			u32 stack)
{
	struct tslab_mark *mark = &tslab_slab_marks(slab)->mark[slot];
	void *obj = tslab_slot_obj(slab, slot);

	object_ok(slab, slot);
	others_check(slab, slot);
	if (tslab_mark_is_broken(mark))
		return false;
	mark->size = size;
	if (slab->type->flags & TSLAB_DEBUG_RED_ZONE)
		memset(obj + size, RED, object_room(slab) - size);
	tslab_mark_user(mark, TSLAB_ALLOCATED, stack);
	return true;
}

/**
 * tslab_debug_alloc() - look at a free object, and have it be the caller's
 * @type: its type, which is debugged
 * @obj: object that the caller has just taken
 * @size: bytes that were asked for, if that is not for @type to say
 * @gfp: the caller's flags
 *
 * Context: any that @gfp allows.
 * Return: false if it was overwritten: it is nobody's from here on.
 */
bool tslab_debug_alloc(struct tslab_type *type, void *obj, size_t size, gfp_t gfp)
{
	u32 stack = type->flags & TSLAB_DEBUG_USER ? tslab_stack_save(gfp) : 0;
	struct tslab_slab *slab = live_slab(obj);
	struct tslab_marks *marks = tslab_slab_marks(slab);
	unsigned long flags, slot;
	bool taken;

	size = tslab_asked_size(type, size);
	tslab_slot_find(slab, obj, &slot);
	raw_spin_lock_irqsave(&marks->lock, flags);
	look_begin();
	taken = object_take(slab, slot, size, stack);
	look_end();
	raw_spin_unlock_irqrestore(&marks->lock, flags);
	if (!taken)
		return false;
	if (type->flags & TSLAB_DEBUG_TOOLS)
		tslab_tools_alloc(slab, obj, size, gfp);
	if (is_zeroed(type, gfp))
		memset(obj, 0, size);
	if (type->flags & TSLAB_DEBUG_TRACE)
		tslab_debug_trace(slab, slot, TSLAB_ALLOCATED);
	return true;
}

/* Context: lock of the marks held. Return: as tslab_debug_free(). */
static int object_give(struct tslab_slab *slab, unsigned long slot, u32 stack)
{
	struct tslab_mark *mark = &tslab_slab_marks(slab)->mark[slot];
	size_t size = object_room(slab);

	if (tslab_slab_marks(slab)->is_over)
		return -ENOENT;
	if (!tslab_mark_size(mark)) {
		tslab_debug_report(slab, slot, "freed twice", NULL, 0);
		return -ENOENT;
	}
	object_ok(slab, slot);
	others_check(slab, slot);
	tslab_mark_user(mark, TSLAB_FREED, stack);
	if (tslab_mark_is_broken(mark))
		return -EUCLEAN;
	if (slab->type->flags & TSLAB_DEBUG_TOOLS)
		tslab_tools_free(slab, slot, mark->size);
	mark->size = 0;
	if (is_poisoned(slab->type))
		poison(tslab_slot_obj(slab, slot), size);
	else if (want_init_on_free() && !slab->type->ctor &&
		 !(slab->type->flags & TSLAB_CACHE_TYPESAFE_BY_RCU))
		memset(tslab_slot_obj(slab, slot), 0, size);
	return 0;
}

/**
 * tslab_debug_free() - look at an object that is about to be freed
 * @slab: its slab, which is debugged
 * @slot: its slot
 *
 * Context: preemption disabled.
 * Return: 0 if it is to be given back; -ENOENT if it is free; -EUCLEAN if it was
 * overwritten: then it stays as it is, for whoever looks.
 */
int tslab_debug_free(struct tslab_slab *slab, unsigned long slot)
{
	struct tslab_marks *marks = tslab_slab_marks(slab);
	unsigned long flags;
	u32 stack;
	int ret;

	stack = slab->type->flags & TSLAB_DEBUG_USER ? tslab_stack_save(0) : 0;
	raw_spin_lock_irqsave(&marks->lock, flags);
	look_begin();
	ret = object_give(slab, slot, stack);
	look_end();
	raw_spin_unlock_irqrestore(&marks->lock, flags);
	if (!ret && slab->type->flags & TSLAB_DEBUG_TRACE)
		tslab_debug_trace(slab, slot, TSLAB_FREED);
	return ret;
}

/* Bytes that were asked for of an object, or if nobody knows that there is room for. */
size_t tslab_debug_size(struct tslab_slab *slab, unsigned long slot)
{
	return tslab_mark_size(&tslab_slab_marks(slab)->mark[slot]) ?:
	       object_room(slab);
}
