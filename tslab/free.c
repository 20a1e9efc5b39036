// SPDX-License-Identifier: GPL-2.0
/* Freeing: into the CPU's own slab, into any slab, after a grace period. */
#include <linux/rcupdate.h>

#include "tslab.h"
#include "cpu.h"
#include "find.h"
#include "lock.h"

#include <trace/events/tslab.h>

/* Gives a slot back. Return: 0, or -ENOENT if it is free or none. */
static int shared_give(struct tslab_slab *slab, unsigned int slot,
		       struct tslab_slab **dead)
{
	struct tslab_epoch *epoch = slab->epoch;
	unsigned int class = slab->class;
	unsigned int cpu = smp_processor_id();
	u64 bit = BIT_ULL(slot);
	s64 free = atomic64_read(&slab->shared);
	enum tslab_lock_site site;
	unsigned long flags;

	for (;;) {
		if ((free | READ_ONCE(slab->owned) |
		     atomic64_read(&slab->refused)) & bit ||
		    free & TSLAB_SLAB_DEAD)
			return -ENOENT;
		/* Pairs with whoever changes the state, then looks here. */
		if (atomic64_try_cmpxchg(&slab->shared, &free, free | bit))
			break;
		tslab_count(epoch, class, bitmap_free_cas_retries);
		trace_tslab_cas_retry(slab->ts->name, slab->geo.size,
				      TSLAB_CAS_FREE);
	}
	tslab_count_on(cpu, epoch, class, bitmap_free_attempts);
	tslab_count_shared_frees(cpu, slab, 1);

	if (READ_ONCE(slab->state) == TSLAB_SLAB_OWNED) {
		if (READ_ONCE(slab->cpu) != cpu)
			tslab_count_on(cpu, epoch, class, remote_free);
		return 0;
	}
	if ((free | bit) == tslab_slab_all(slab))
		site = TSLAB_SITE_free_empty;
	else if (!free)
		site = TSLAB_SITE_free_partial;
	else
		return 0;
	flags = tslab_class_lock(epoch, class, site, NULL);
	*dead = tslab_slab_settle(slab);
	tslab_class_unlock(epoch, class, flags);
	return 0;
}

/* Ends the caller's section with preemption disabled. */
static noinline void free_refuse(struct tslab *ts, enum tslab_misuse kind,
				 const void *obj, const struct tslab_slab *slab,
				 unsigned long caller)
{
	unsigned int class = slab ? slab->class : TSLAB_NO_CLASS;

	if (kind == TSLAB_MISUSE_FOREIGN)
		tslab_count(ts, class, free_foreign);
	else if (kind == TSLAB_MISUSE_INVALID)
		tslab_count(slab->epoch, class, free_invalid);
	else
		tslab_count(slab->epoch, class, free_double);
	tslab_misuse(ts, class, kind, (unsigned long)obj, caller);
	preempt_enable();
}

/*
 * Ends the section with preemption disabled that @slab was found in.
 */
static noinline int free_slow(struct tslab_slab *slab, unsigned int slot,
			      unsigned long caller)
{
	struct tslab_slab *dead = NULL;
	int ret = shared_give(slab, slot, &dead);

	if (unlikely(ret)) {
		free_refuse(slab->ts,
			    slot < slab->geo.slots ? TSLAB_MISUSE_DOUBLE :
						     TSLAB_MISUSE_INVALID,
			    tslab_slot_obj(slab, slot), slab, caller);
		return ret;
	}
	preempt_enable();
	if (dead)
		tslab_slab_release(dead);
	return ret;
}

/*
 * Frees a slot of the slab this CPU owns. Return: false if it does not own it,
 * or the slot is free or none.
 */
static __always_inline bool cpu_free(struct tslab_slab *slab, unsigned int slot)
{
	struct tslab_cpu_slab *cs = this_cpu_ptr(READ_ONCE(slab->cpu_slab));
	bool done = false;

	if (unlikely(!tslab_cpu_enter(cs)))
		return false;
	if (likely(cs->slab == slab)) {
		u64 owned = slab->owned;

		if (likely(!((owned | atomic64_read(&slab->shared) |
			      atomic64_read(&slab->refused)) >> slot & 1))) {
			WRITE_ONCE(slab->owned, owned | BIT_ULL(slot));
			/* As cs->hits in cpu_alloc(). */
			TSLAB_COUNTED(data_race(cs->frees++));
			done = true;
		}
	}
	tslab_cpu_leave(cs);
	return done;
}

/* Zeroes an object that is about to be freed, unless it must not be. */
static void zero_on_free(struct tslab_slab *slab, unsigned int slot)
{
	if (want_init_on_free() && !tslab_slot_is_free(slab, slot) &&
	    !(atomic64_read(&slab->refused) & BIT_ULL(slot)))
		memset(tslab_slot_obj(slab, slot), 0, slab->geo.size);
}

/*
 * Frees a slot; ends the caller's section with preemption disabled.
 * Return: 0, or -ENOENT for a double free.
 */
int tslab_free_slot(struct tslab_slab *slab, unsigned int slot,
		    unsigned long caller)
{
	zero_on_free(slab, slot);
	if (unlikely(!cpu_free(slab, slot)))
		return free_slow(slab, slot, caller);
	preempt_enable();
	return 0;
}

/* What an address is to an instance; slot is set if it is an object. */
static __always_inline enum tslab_misuse
object_check(struct tslab *ts, const void *obj, struct tslab_slab **slab,
	     unsigned int *slot)
{
	if (unlikely(!tslab_slab_find(obj, slab))) {
		*slab = NULL;
		return TSLAB_MISUSE_FOREIGN;
	}
	if (unlikely((*slab)->ts != ts))
		return TSLAB_MISUSE_FOREIGN;
	if (unlikely(!tslab_slot_find(*slab, obj, slot) ||
		     *slot >= (*slab)->geo.slots))
		return TSLAB_MISUSE_INVALID;
	return TSLAB_NR_MISUSES;
}

/* All that tslab_free() leaves; ends its section with preemption disabled. */
static noinline void free_obj_slow(struct tslab *ts, const void *obj,
				   unsigned long caller)
{
	struct tslab_slab *slab;
	enum tslab_misuse kind;
	unsigned int slot;

	if (!obj) {
		preempt_enable();
		return;
	}
	kind = object_check(ts, obj, &slab, &slot);
	if (kind != TSLAB_NR_MISUSES)
		free_refuse(ts, kind, obj, slab, caller);
	else
		tslab_free_slot(slab, slot, caller);
}

/**
 * tslab_free() - free an object
 * @ts: instance the object was allocated from
 * @obj: the object, or NULL, which is a no-op
 *
 * Any CPU and any task may free any object. A pointer that is not a live
 * object of @ts is counted (free_double, free_invalid, free_foreign) and
 * reported with the caller's address, and nothing else happens.
 *
 * Context: wherever kfree() is allowed.
 */
void tslab_free(struct tslab *ts, const void *obj)
{
	struct tslab_slab *slab;
	unsigned int slot;

	preempt_disable();
	if (unlikely(want_init_on_free() || !tslab_slab_find(obj, &slab) ||
		     slab->ts != ts || !tslab_slot_find(slab, obj, &slot)))
		goto slow;
	if (unlikely(!cpu_free(slab, slot))) {
		free_slow(slab, slot, _RET_IP_);
		return;
	}
	preempt_enable();
	return;
slow:
	free_obj_slow(ts, obj, _RET_IP_);
}
EXPORT_SYMBOL_GPL(tslab_free);

static void free_rcu_done(struct rcu_head *head)
{
	struct tslab_slab *slab, *dead = NULL;
	unsigned int slot;

	/* As good as preemption disabled for a slab that is looked at. */
	rcu_read_lock();
	slab = tslab_slab_of(head);
	if (WARN_ON_ONCE(!slab))
		goto unlock;
	slot = ((void *)head - slab->base) / slab->geo.size;
	if (tslab_slab_unrefuse(slab, slot))
		goto unlock;
	preempt_disable();
	zero_on_free(slab, slot);
	/* Of an epoch that is being discarded the object is free already. */
	if (!cpu_free(slab, slot) && shared_give(slab, slot, &dead) &&
	    !(atomic64_read(&slab->shared) & TSLAB_SLAB_DEAD))
		free_refuse(slab->ts, TSLAB_MISUSE_DOUBLE,
			    tslab_slot_obj(slab, slot), slab, 0);
	else
		preempt_enable();
	if (dead)
		tslab_slab_release(dead);
unlock:
	rcu_read_unlock();
}

/**
 * tslab_free_rcu() - free an object after a grace period
 * @ts: instance the object was allocated from
 * @obj: the object, or NULL, which is a no-op
 * @head: an rcu_head inside of the object
 *
 * What is not a live object of @ts is refused at once, as by tslab_free(). So
 * is a second free of the object, in either way, before the grace period is
 * over. If the epoch is discarded meanwhile, the pages that the object is in
 * stay until then.
 *
 * Context: wherever call_rcu() is allowed.
 */
void tslab_free_rcu(struct tslab *ts, void *obj, struct rcu_head *head)
{
	struct tslab_slab *slab;
	enum tslab_misuse kind;
	unsigned int slot;

	if (!obj)
		return;
	rcu_read_lock();
	preempt_disable();
	kind = object_check(ts, obj, &slab, &slot);
	if (kind == TSLAB_NR_MISUSES) {
		size_t offset = (void *)head - obj;

		if (offset > slab->geo.size - sizeof(*head))
			kind = TSLAB_MISUSE_INVALID;
		else if (!tslab_slab_refuse(slab, slot))
			kind = TSLAB_MISUSE_DOUBLE;
	}
	if (kind != TSLAB_NR_MISUSES) {
		free_refuse(ts, kind, obj, slab, _RET_IP_);
	} else if (tslab_slot_is_free(slab, slot)) {
		free_refuse(ts, TSLAB_MISUSE_DOUBLE, obj, slab, _RET_IP_);
		/* A discard may just have left the pages to us. */
		tslab_slab_unrefuse(slab, slot);
	} else {
		preempt_enable();
		call_rcu(head, free_rcu_done);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(tslab_free_rcu);

/**
 * tslab_obj_size() - usable size of an object
 * @ts: instance the object was allocated from
 * @obj: a live object of @ts
 *
 * Context: any.
 * Return: size of the object's class in bytes; 0 if @obj is not a live object
 * of @ts, which is counted and reported as by tslab_free().
 */
size_t tslab_obj_size(struct tslab *ts, const void *obj)
{
	struct tslab_slab *slab;
	enum tslab_misuse kind;
	size_t size;
	unsigned int slot;

	preempt_disable();
	kind = object_check(ts, obj, &slab, &slot);
	if (kind == TSLAB_NR_MISUSES && tslab_slot_is_free(slab, slot))
		kind = TSLAB_MISUSE_DOUBLE;
	if (kind != TSLAB_NR_MISUSES) {
		free_refuse(ts, kind, obj, slab, _RET_IP_);
		return 0;
	}
	size = slab->geo.size;
	preempt_enable();
	return size;
}
EXPORT_SYMBOL_GPL(tslab_obj_size);
