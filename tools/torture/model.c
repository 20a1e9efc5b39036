// SPDX-License-Identifier: GPL-2.0
/* What an object says about itself, and what must be live when all stands still. */
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "torture.h"

/**
 * struct object - the beginning of each object
 * @self: its address, garbled, so that one that was moved or freed is not whole
 * @place: where it is found, so that one that is found in two is nobody's
 * @epoch: the epoch it is in
 * @size: as it was asked for
 * @seed: of the bytes behind the rcu_head
 * @rcu: for tslab_free_rcu()
 * @byte: the rest of it
 */
struct object {
	unsigned long self;
	const void *place;
	u64 epoch;
	u32 size;
	u32 seed;
	struct rcu_head rcu;
	u8 byte[];
};

#define SECRET	0x5ec2e7a51ab0b1e5UL

static atomic_t seed;

void torture_model_init(void)
{
	unsigned int i;

	for (i = 0; i < TORTURE_ARENAS; i++)
		init_rwsem(&torture_arena[i].gate);
}

/* Makes an object whole. */
void torture_fill(void *obj, const void *place, size_t size,
		  tslab_epoch_t epoch)
{
	struct object *o = obj;
	size_t i;

	o->self = (unsigned long)obj ^ SECRET;
	o->place = place;
	o->epoch = (__force u64)epoch;
	o->size = size;
	o->seed = atomic_inc_return(&seed);
	for (i = 0; i < size - sizeof(*o); i++)
		o->byte[i] = o->seed + i;
}

/* Whether an object is whole, and ours alone: it says so itself. */
bool torture_intact(const void *obj, const void *place)
{
	const struct object *o = obj;
	size_t i;

	if (o->self != ((unsigned long)obj ^ SECRET) || o->place != place ||
	    o->size < sizeof(*o) || o->size > TSLAB_MAX_SIZE) {
		torture_fail("object %p is somebody else's", obj);
		return false;
	}
	if (is_power_of_2(o->size) && o->size <= PAGE_SIZE &&
	    !IS_ALIGNED((unsigned long)obj, o->size))
		torture_fail("object of %u bytes at %p", o->size, obj);
	for (i = 0; i < o->size - sizeof(*o); i++) {
		if (o->byte[i] != (u8)(o->seed + i)) {
			torture_fail("object %p of %u bytes: byte %zu is torn",
				     obj, o->size, i);
			return false;
		}
	}
	return true;
}

/* Whether what realloc made of @old, which is gone, begins with @size bytes of it. */
bool torture_kept(const void *obj, const void *old, size_t size)
{
	const struct object *o = obj;
	size_t i;

	if (o->self != ((unsigned long)old ^ SECRET) || o->size < size)
		return false;
	for (i = 0; i < size - sizeof(*o); i++)
		if (o->byte[i] != (u8)(o->seed + i))
			return false;
	return true;
}

size_t torture_size(const void *obj)
{
	return ((const struct object *)obj)->size;
}

tslab_epoch_t torture_epoch_of(const void *obj)
{
	return (__force tslab_epoch_t)((const struct object *)obj)->epoch;
}

struct rcu_head *torture_rcu_head(void *obj)
{
	return &((struct object *)obj)->rcu;
}

/* Most are small. */
size_t torture_random_size(struct rnd_state *rnd)
{
	u32 random = prandom_u32_state(rnd);
	size_t most = 8 * TSLAB_CLASS_MAX_SIZE >> (random % 11);

	return sizeof(struct object) +
	       (random >> 8) % (most - sizeof(struct object) + 1);
}

/*
 * Takes out of an arena what is in an epoch that is about to be discarded, or
 * with TSLAB_EPOCH_NONE frees all there is.
 */
void torture_empty(struct torture_arena *arena, tslab_epoch_t discarded)
{
	unsigned int i;

	for (i = 0; i < TORTURE_SLOTS; i++) {
		void *obj = arena->slot[i];

		if (!obj || !torture_intact(obj, &arena->slot[i]))
			continue;
		if (discarded == TSLAB_EPOCH_NONE)
			tslab_free(torture_ts, obj);
		else if (torture_epoch_of(obj) != discarded)
			continue;
		arena->slot[i] = NULL;
	}
	for (i = 0; i < TORTURE_HANDLES; i++) {
		tslab_handle_t handle = arena->handle[i];
		void *obj;

		if (handle == TSLAB_HANDLE_NONE)
			continue;
		obj = tslab_handle_to_obj(torture_ts, handle);
		if (IS_ERR(obj)) {
			torture_fail("handle of a live object: %ld",
				     PTR_ERR(obj));
			continue;
		}
		if (discarded == TSLAB_EPOCH_NONE)
			tslab_free_handle(torture_ts, handle);
		else if (torture_epoch_of(obj) != discarded)
			continue;
		arena->handle[i] = TSLAB_HANDLE_NONE;
	}
}

/* Objects of an arena, and how many of them are in the epoch it has open. */
static u64 arena_live(struct torture_arena *arena, u64 *in_epoch)
{
	unsigned int i;
	u64 live = 0;

	*in_epoch = 0;
	for (i = 0; i < TORTURE_SLOTS; i++) {
		void *obj = arena->slot[i];

		if (!obj || !torture_intact(obj, &arena->slot[i]))
			continue;
		live++;
		*in_epoch += torture_epoch_of(obj) == arena->epoch;
	}
	for (i = 0; i < TORTURE_HANDLES; i++) {
		void *obj;

		if (arena->handle[i] == TSLAB_HANDLE_NONE)
			continue;
		obj = tslab_handle_to_obj(torture_ts, arena->handle[i]);
		if (IS_ERR(obj)) {
			torture_fail("handle of a live object: %ld",
				     PTR_ERR(obj));
			continue;
		}
		if (!torture_intact(obj, &arena->handle[i]))
			continue;
		live++;
		*in_epoch += torture_epoch_of(obj) == arena->epoch;
	}
	return live;
}

static void audit_epoch(tslab_epoch_t epoch, u64 live)
{
	struct tslab_epoch_stats stats;
	int err = tslab_epoch_stats(torture_ts, epoch, &stats);

	/* Whoever closed it may have left it with nothing. */
	if (err == -ESTALE)
		stats.live_objects = 0;
	else if (err)
		torture_fail("figures of an epoch: %d", err);
	if ((!err || err == -ESTALE) && stats.live_objects != live)
		torture_fail("%llu objects live in an epoch, tslab says %llu",
			     live, stats.live_objects);
}

/* Compares all figures with what there is, while nobody does anything. */
void torture_audit(void)
{
	static struct tslab_stats stats;
	u64 live = 0, in_epoch;
	unsigned int a;

	rcu_barrier();
	for (a = 0; a < TORTURE_ARENAS; a++) {
		live += arena_live(&torture_arena[a], &in_epoch);
		if (torture_arena[a].epoch != TSLAB_EPOCH_NONE)
			audit_epoch(torture_arena[a].epoch, in_epoch);
	}
	tslab_global_stats(torture_ts, &stats);
	if (stats.live_objects != live ||
	    stats.alloc_objects - stats.free_objects != live)
		torture_fail("%llu objects live, tslab says %llu: %llu less %llu",
			     live, stats.live_objects, stats.alloc_objects,
			     stats.free_objects);
#define TORTURE_X_COMPARE(name)						\
	if (stats.name != atomic_long_read(&torture_refusals.name))	\
		torture_fail("%ld times " #name ", tslab says %llu",	\
			     atomic_long_read(&torture_refusals.name),	\
			     stats.name);
	TORTURE_REFUSALS(TORTURE_X_COMPARE)
#undef TORTURE_X_COMPARE
	if (stats.free_kfree)
		torture_fail("%llu times free_kfree", stats.free_kfree);
	if (stats.object_overwritten)
		torture_fail("%llu times object_overwritten",
			     stats.object_overwritten);
	if (!live && stats.live_bytes)
		torture_fail("%llu bytes of no object", stats.live_bytes);
	torture_count(audits);
}
