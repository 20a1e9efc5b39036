// SPDX-License-Identifier: GPL-2.0
/* Freeing: into the CPU's own slab, into any slab, after a grace period. */
#include <linux/rcupdate.h>

#include "tslab.h"
#include "cpu.h"
#include "debug.h"
#include "find.h"
#include "lock.h"
#include "run.h"

#include <trace/events/tslab.h>

/*
 * Why a slab has to settle that a slot was just given back to, if it has to:
 * whoever changes its state looks at the bitmap after.
 */
static bool must_settle(struct tslab_slab *slab, struct tslab_word *word,
			u64 old, u64 new, enum tslab_lock_site *site)
{
	if (new == tslab_word_all(slab, word) && tslab_slab_is_free(slab))
		*site = TSLAB_SITE_free_empty;
	else if (!old)
		*site = TSLAB_SITE_free_partial;
	else
		return false;
	return true;
}

/* What became of an attempt to give a slot back. */
enum shared_set {
	SHARED_SET,
	SHARED_CHANGED,		/* something else of the word meanwhile */
	SHARED_REFUSED,		/* it is free or none, or takes a closer look */
};

/* Tries to give a slot back. *was: what was free in its word before */
static __always_inline enum shared_set shared_set(struct tslab_slab *slab,
						  unsigned long slot, s64 *was)
{
	struct tslab_word *word = tslab_slab_word(slab, slot);
	s64 free = atomic64_read(&word->shared);
	u64 bit = BIT_ULL(slot % 64);

	if (unlikely((free | READ_ONCE(word->owned) |
		      atomic64_read(&word->refused)) & bit ||
		     free & TSLAB_SLAB_DEAD))
		return SHARED_REFUSED;
	/* Before the bit: whoever sees that knows of us. */
	if (!READ_ONCE(slab->shared))
		WRITE_ONCE(slab->shared, true);
	*was = free;
	/* Pairs with whoever changes the state, then looks here. */
	return likely(atomic64_try_cmpxchg(&word->shared, &free, free | bit)) ?
	       SHARED_SET : SHARED_CHANGED;
}

static void shared_count_retry(struct tslab_slab *slab, struct tslab_bin *bin,
			       unsigned long slot)
{
	tslab_count(bin, bitmap_free_cas_retries);
	trace_tslab_cas_retry(slab->ts->name, tslab_slot_size(slab, slot),
			      TSLAB_CAS_FREE);
}

/* Counts a slot that was given back. Return: whether a CPU owns the slab. */
static __always_inline bool shared_count(struct tslab_slab *slab,
					 struct tslab_bin *bin, bool counted)
{
	unsigned int cpu = smp_processor_id();

	tslab_count_on(cpu, bin, bitmap_free_attempts);
	if (counted)
		tslab_count_shared_frees(cpu, bin, 1);
	if (READ_ONCE(slab->state) != TSLAB_SLAB_OWNED)
		return false;
	if (READ_ONCE(slab->cpu) != cpu)
		tslab_count_on(cpu, bin, remote_free);
	return true;
}

/* Of a slab that no CPU owns. Return: it, if it died by that. */
static struct tslab_slab *shared_settle(struct tslab_slab *slab,
					unsigned long slot, s64 was)
{
	struct tslab_word *word = tslab_slab_word(slab, slot);
	enum tslab_lock_site site;
	struct tslab_slab *dead;
	unsigned long flags;

	if (!must_settle(slab, word, was, was | BIT_ULL(slot % 64), &site))
		return NULL;
	flags = tslab_class_lock(slab->bin, site, NULL);
	dead = tslab_slab_settle(slab);
	tslab_class_unlock(slab->bin, flags);
	return dead;
}

static bool slot_is_refused(struct tslab_slab *slab, unsigned long slot)
{
	return atomic64_read(&tslab_slab_word(slab, slot)->refused) &
	       BIT_ULL(slot % 64);
}

/*
 * Looks at an object that is debugged. *ret: what its free returns.
 *
 * Return: whether something is to be given back, which may be another object by then.
 */
static bool debug_give(struct tslab_slab **slab, unsigned long *slot, int *ret)
{
	if (!tslab_slot_ok(*slab, *slot) || slot_is_refused(*slab, *slot))
		return false;
	*ret = tslab_debug_free(*slab, *slot);
	if (!*ret)
		return !tslab_slab_has_tools(*slab) ||
		       tslab_quarantine_swap(slab, slot);
	/* Who frees what somebody has overwritten does nothing wrong. */
	if (*ret == -EUCLEAN)
		*ret = 0;
	return false;
}

/* @waited: it was counted before. Return: 0, or -ENOENT if the slot is free or none. */
static int slot_give(struct tslab_slab *slab, unsigned long slot, bool waited,
		     struct tslab_slab **dead)
{
	struct tslab_bin *bin = tslab_slot_bin(slab, slot);
	enum shared_set set;
	s64 was;

	while ((set = shared_set(slab, slot, &was)) == SHARED_CHANGED)
		shared_count_retry(slab, bin, slot);
	if (set == SHARED_REFUSED)
		return -ENOENT;
	/* In a run that its home has not given up it shows. */
	if (!shared_count(slab, bin, !waited && (!slab->is_run ||
						 was & TSLAB_RUN_COUNTED)))
		*dead = shared_settle(slab, slot, was);
	return 0;
}

/* Of a slab that is debugged. */
static noinline int debugged_give(struct tslab_slab *slab, unsigned long slot,
				  struct tslab_slab **dead)
{
	struct tslab_slab *given = slab;
	unsigned long place = slot;
	int ret = -ENOENT;
	bool waited;

	if (!debug_give(&given, &place, &ret))
		return ret;
	waited = given != slab || place != slot;
	ret = slot_give(given, place, waited, dead);
	/* Of one that waited, nobody asks whether it went with its slab. */
	return waited ? 0 : ret;
}

/* Gives a slot of any slab back. Return: 0, or -ENOENT if it is free or none. */
static int shared_give(struct tslab_slab *slab, unsigned long slot,
		       struct tslab_slab **dead)
{
	if (unlikely(slab->is_debugged))
		return debugged_give(slab, slot, dead);
	return slot_give(slab, slot, false, dead);
}

/**
 * tslab_free_waiting() - give back what waits to be given out again
 * @epoch: epoch that it is in
 *
 * Context: any but NMI; no locks.
 */
void tslab_free_waiting(const struct tslab_epoch *epoch)
{
	struct tslab_slab *slab, *dead;
	unsigned int from = 0;
	unsigned long slot;

	do {
		dead = NULL;
		preempt_disable();
		slab = tslab_quarantine_take(epoch, &from, &slot);
		if (slab)
			slot_give(slab, slot, true, &dead);
		preempt_enable();
		if (dead)
			tslab_slab_release(dead);
	} while (slab);
}

/* Ends the caller's section with preemption disabled. */
static noinline void free_refuse(struct tslab *ts, enum tslab_misuse kind,
				 const void *obj, const struct tslab_slab *slab,
				 unsigned long caller)
{
	struct tslab_type *type = slab ? slab->type : NULL;
	struct tslab_bin *bin = slab ? slab->bin : NULL;

	if (kind == TSLAB_MISUSE_DOUBLE) {
		bin = tslab_slot_bin(slab, (obj - slab->base) / slab->size);
		type = bin->type;
	}
	if (kind == TSLAB_MISUSE_FOREIGN)
		/* Counted by its class, if it is one here, too. */
		tslab_count_outside(&ts->type[type && !type->name ?
					      type->number : TSLAB_NO_CLASS],
				    free_foreign);
	else if (kind == TSLAB_MISUSE_INVALID)
		tslab_count(bin, free_invalid);
	else
		tslab_count(bin, free_double);
	tslab_misuse(ts, type, kind, (unsigned long)obj, caller);
	preempt_enable();
}

/*
 * Whoever frees an object that has a handle takes the handle first.
 *
 * Context: preemption disabled.
 * Return: whether the object had a handle, which is the caller's now to free
 * it by.
 */
static bool handle_take(struct tslab_slab *slab, unsigned long slot, u64 handle)
{
	/* Pairs with the release in tslab_slab_handle(). */
	u64 *handles = smp_load_acquire(&slab->handles);

	if (!handles)
		return false;
	if (!handle)
		handle = READ_ONCE(handles[slot]);
	return handle && cmpxchg(&handles[slot], handle, 0) == handle;
}

static void slot_unrefuse(struct tslab_slab *slab, unsigned long slot)
{
	/* Whoever has it is the only one to change it. */
	atomic64_fetch_andnot(BIT_ULL(slot % 64),
			      &tslab_slab_word(slab, slot)->refused);
}

/*
 * Frees a slot of the slab this CPU owns. Return: false if it does not own it,
 * or the slot is free or none, or its free takes a closer look.
 */
static __always_inline bool cpu_free(struct tslab_slab *slab,
				     unsigned long slot)
{
	struct tslab_cpu_slab *cs = this_cpu_ptr(READ_ONCE(slab->cpu_slab));
	bool done = false;

	/* Only this CPU makes it that; of another, there may be nothing at @cs. */
	if (unlikely(READ_ONCE(slab->owner) != cs || !tslab_cpu_enter(cs)))
		return false;
	/* An interrupt may just have taken it away. */
	if (likely(data_race(slab->owner) == cs)) {
		struct tslab_word *word = tslab_slab_word(slab, slot);
		u64 owned = word->owned;

		if (likely(!((owned | atomic64_read(&word->shared) |
			      atomic64_read(&word->refused)) >> slot % 64 & 1))) {
			WRITE_ONCE(word->owned, owned | 1UL << slot % 64);
			/* As cs->hits in cpu_take(). */
			TSLAB_COUNTED(data_race(cs->frees++));
			done = true;
		}
	}
	tslab_cpu_leave(cs);
	return done;
}

/* Zeroes an object that is about to be freed, unless it must not be. */
static void zero_on_free(struct tslab_slab *slab, unsigned long slot)
{
	/* What is debugged is poisoned. */
	if (want_init_on_free() && !slab->type->ctor && !slab->is_debugged &&
	    !(slab->type->flags & TSLAB_CACHE_TYPESAFE_BY_RCU) &&
	    !tslab_slot_is_free(slab, slot))
		memset(tslab_slot_obj(slab, slot), 0,
		       tslab_slot_size(slab, slot));
}

/*
 * All that cpu_free() leaves; ends the section with preemption disabled that
 * @slab was found in. @handle: that of the object, or 0 if that is not known.
 */
static noinline int free_slow(struct tslab_slab *slab, unsigned long slot,
			      u64 handle, unsigned long caller)
{
	struct tslab_slab *dead = NULL;
	int ret = -ENOENT;

	if (tslab_slot_ok(slab, slot) && slot_is_refused(slab, slot) &&
	    handle_take(slab, slot, handle)) {
		zero_on_free(slab, slot);
		slot_unrefuse(slab, slot);
		ret = cpu_free(slab, slot) ? 0 : shared_give(slab, slot, &dead);
	} else if (!handle) {
		ret = shared_give(slab, slot, &dead);
	}
	if (unlikely(ret && !handle)) {
		free_refuse(slab->ts,
			    tslab_slot_ok(slab, slot) ? TSLAB_MISUSE_DOUBLE :
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
 * Frees a slot; ends the caller's section with preemption disabled. @handle:
 * that of the object, or 0 if that is not known.
 *
 * Return: 0, or -ENOENT for a double free, which is reported if it was not by
 * handle.
 */
int tslab_free_slot(struct tslab_slab *slab, unsigned long slot, u64 handle,
		    unsigned long caller)
{
	if (!slot_is_refused(slab, slot))
		zero_on_free(slab, slot);
	if (unlikely(handle || !cpu_free(slab, slot)))
		return free_slow(slab, slot, handle, caller);
	preempt_enable();
	return 0;
}

static noinline void free_shared_again(struct tslab_slab *slab,
				       unsigned long slot, unsigned long caller)
{
	shared_count_retry(slab, slab->bin, slot);
	free_slow(slab, slot, 0, caller);
}

static noinline void free_shared_settle(struct tslab_slab *slab,
					unsigned long slot, s64 was)
{
	struct tslab_slab *dead = shared_settle(slab, slot, was);

	preempt_enable();
	if (dead)
		tslab_slab_release(dead);
}

/*
 * Frees an object of a slab that is no run, and mostly another CPU's; ends the
 * caller's section with preemption disabled. What it calls it jumps to.
 */
static noinline void free_shared(struct tslab_slab *slab, unsigned long slot,
				 unsigned long caller)
{
	enum shared_set set;
	s64 was;

	set = shared_set(slab, slot, &was);
	if (unlikely(set == SHARED_REFUSED))
		free_slow(slab, slot, 0, caller);
	else if (unlikely(set == SHARED_CHANGED))
		free_shared_again(slab, slot, caller);
	else if (unlikely(!shared_count(slab, slab->bin, true)))
		free_shared_settle(slab, slot, was);
	else
		preempt_enable();
}

/* What an address is to an instance; slot is set if it is an object. */
static __always_inline enum tslab_misuse
object_check(struct tslab *ts, const void *obj, struct tslab_slab **slab,
	     unsigned long *slot)
{
	*slab = tslab_slab_of(obj);
	if (unlikely(!*slab || (*slab)->ts != ts))
		return TSLAB_MISUSE_FOREIGN;
	if (unlikely(!tslab_slot_find(*slab, obj, slot) ||
		     !tslab_slot_ok(*slab, *slot)))
		return TSLAB_MISUSE_INVALID;
	return TSLAB_NR_MISUSES;
}

/*
 * All that tslab_free() and tslab_cache_free() leave; ends their section with
 * preemption disabled. @type: that of the object if it has to be of one, or
 * NULL.
 */
static noinline void free_obj_slow(struct tslab *ts,
				   const struct tslab_type *type,
				   const void *obj, unsigned long caller)
{
	struct tslab_slab *slab;
	enum tslab_misuse kind;
	unsigned long slot;

	if (!obj) {
		preempt_enable();
		return;
	}
	kind = object_check(ts, obj, &slab, &slot);
	/* Of another cache, it is no object of this one. */
	if (kind == TSLAB_NR_MISUSES && type && slab->type != type)
		kind = TSLAB_MISUSE_INVALID;
	if (kind != TSLAB_NR_MISUSES)
		free_refuse(ts, kind, obj, slab, caller);
	else
		tslab_free_slot(slab, slot, 0, caller);
}

/* @ts: or @type, if the object has to be of that. */
static __always_inline void free_obj(struct tslab *ts,
				     const struct tslab_type *type,
				     const void *obj)
{
	const void *key = type ? (const void *)type : ts;
	struct tslab_slab *slab;
	unsigned long slot;

	preempt_disable();
	if (unlikely(want_init_on_free() || !tslab_slab_find(obj, &slab) ||
		     slab->key != key || !tslab_slot_find(slab, obj, &slot)))
		goto slow;
	if (unlikely(!cpu_free(slab, slot))) {
		free_shared(slab, slot, _RET_IP_);
		return;
	}
	preempt_enable();
	return;
slow:
	free_obj_slow(type ? type->ts : ts, type, obj, _RET_IP_);
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
	free_obj(ts, NULL, obj);
}
EXPORT_SYMBOL_GPL(tslab_free);

/**
 * tslab_cache_free() - free an object of a cache
 * @cache: the cache
 * @obj: the object, or NULL, which is a no-op
 *
 * As tslab_free(), which does it too; but what is an object of another cache
 * is refused as free_invalid.
 *
 * Context: wherever kfree() is allowed.
 */
void tslab_cache_free(struct tslab_cache *cache, const void *obj)
{
	free_obj(NULL, &cache->type, obj);
}
EXPORT_SYMBOL_GPL(tslab_cache_free);

static void free_rcu_done(struct rcu_head *head)
{
	struct tslab_slab *slab, *dead = NULL;
	unsigned long slot;

	/* It is pinned. */
	preempt_disable();
	slab = tslab_slab_of(head);
	preempt_enable();
	if (WARN_ON_ONCE(!slab))
		return;
	slot = tslab_slot_around(slab, head);
	preempt_disable();
	zero_on_free(slab, slot);
	slot_unrefuse(slab, slot);
	/* Of an epoch that is being discarded the object is free already. */
	if (!cpu_free(slab, slot) && shared_give(slab, slot, &dead) &&
	    !(atomic64_read(&tslab_slab_word(slab, slot)->shared) &
	      TSLAB_SLAB_DEAD))
		free_refuse(slab->ts, TSLAB_MISUSE_DOUBLE,
			    tslab_slot_obj(slab, slot), slab, 0);
	else
		preempt_enable();
	if (dead)
		tslab_slab_release(dead);
	tslab_slab_unpin(slab);
}

/*
 * Takes an object out of what may be freed. If it has a handle, that is what
 * only one can take.
 *
 * Context: preemption disabled.
 * Return: false if it is free, or taken already.
 */
static bool free_rcu_take(struct tslab_slab *slab, unsigned long slot)
{
	u64 bit = BIT_ULL(slot % 64);

	if ((atomic64_fetch_or(bit, &tslab_slab_word(slab, slot)->refused) &
	     bit) && !handle_take(slab, slot, 0))
		return false;
	if (!tslab_slot_is_free(slab, slot))
		return true;
	slot_unrefuse(slab, slot);
	return false;
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
	bool pinned = false;
	struct tslab_slab *slab;
	enum tslab_misuse kind;
	unsigned long slot;

	if (!obj)
		return;
	preempt_disable();
	kind = object_check(ts, obj, &slab, &slot);
	if (kind == TSLAB_NR_MISUSES) {
		size_t offset = (void *)head - obj;

		size_t size = tslab_slot_size(slab, slot);

		if (offset > size || size - offset < sizeof(*head))
			kind = TSLAB_MISUSE_INVALID;
		else
			pinned = tslab_slab_pin(slab);
		if (kind == TSLAB_NR_MISUSES &&
		    !(pinned && free_rcu_take(slab, slot)))
			kind = TSLAB_MISUSE_DOUBLE;
	}
	if (kind != TSLAB_NR_MISUSES) {
		free_refuse(ts, kind, obj, slab, _RET_IP_);
		/* A discard may just have left the pages to us. */
		if (pinned)
			tslab_slab_unpin(slab);
		return;
	}
	preempt_enable();
	call_rcu(head, free_rcu_done);
}
EXPORT_SYMBOL_GPL(tslab_free_rcu);

/**
 * tslab_obj_size() - usable size of an object
 * @ts: instance the object was allocated from
 * @obj: a live object of @ts
 *
 * Context: any.
 * Return: size of the object's class or cache in bytes, or of one that is debugged
 * what was asked for; 0 if @obj is not a live object of @ts, which is counted and
 * reported as by tslab_free().
 */
size_t tslab_obj_size(struct tslab *ts, const void *obj)
{
	struct tslab_slab *slab;
	enum tslab_misuse kind;
	size_t size;
	unsigned long slot;

	preempt_disable();
	kind = object_check(ts, obj, &slab, &slot);
	if (kind == TSLAB_NR_MISUSES && tslab_slot_is_free(slab, slot))
		kind = TSLAB_MISUSE_DOUBLE;
	if (kind != TSLAB_NR_MISUSES) {
		free_refuse(ts, kind, obj, slab, _RET_IP_);
		return 0;
	}
	size = tslab_slot_size(slab, slot);
	preempt_enable();
	return size;
}
EXPORT_SYMBOL_GPL(tslab_obj_size);
