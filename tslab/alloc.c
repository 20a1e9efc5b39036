// SPDX-License-Identifier: GPL-2.0
/* Allocation: the CPU's own slab, the published slab, a new slab. */
#include <linux/sched/mm.h>

#include "tslab.h"
#include "cpu.h"
#include "find.h"
#include "lock.h"

#include <trace/events/tslab.h>

/* Memory that is not in the kernel's direct map, or not anywhere in it. */
#define GFP_REFUSED	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM)

/* === Per-CPU tier === */

/* Takes a slot of the slab this CPU owns. Context: in the busy section. */
static __always_inline void *owned_take(struct tslab_slab *slab)
{
	u64 free = slab->owned;

	WRITE_ONCE(slab->owned, free & (free - 1));
	return tslab_slot_obj(slab, __ffs64(free));
}

/* @from, @id: where epoch and id are; they are read when they are needed. */
static __always_inline bool cpu_alloc(struct tslab_epoch **from, const u64 *id,
				      unsigned int class, void **obj)
{
	struct tslab_epoch *epoch;
	struct tslab_cpu_slab *cs;
	struct tslab_slab *slab;

	preempt_disable();
	epoch = READ_ONCE(*from);
	cs = this_cpu_ptr(READ_ONCE(epoch->cpu_slab[class]));
	if (unlikely(!tslab_cpu_enter(cs)))
		goto enable;
	slab = cs->slab;
	/*
	 * No acquire: all that is used is this CPU's own, and from before the
	 * activation there is nothing left of it.
	 */
	if (unlikely(!slab->owned ||
		     READ_ONCE(epoch->open_id) != READ_ONCE(*id)))
		goto leave;
	/* Written here alone, and read by whoever sums up the counters. */
	TSLAB_COUNTED(data_race(cs->hits++));
	*obj = owned_take(slab);
	tslab_cpu_leave(cs);
	preempt_enable();
	return true;

leave:
	tslab_cpu_leave(cs);
enable:
	preempt_enable();
	return false;
}

/* Makes a slab of the lists this CPU's own. Context: class lock held. */
static void cpu_own(struct tslab_cpu_slab *cs, struct tslab_slab *slab)
{
	/* It may be from before there was memory for it. */
	WRITE_ONCE(slab->cpu_slab, READ_ONCE(slab->epoch->cpu_slab[slab->class]));
	WRITE_ONCE(slab->cpu, smp_processor_id());
	tslab_slab_move(slab, TSLAB_SLAB_OWNED);
	tslab_cpu_collect(slab);
	WRITE_ONCE(cs->slab, slab);
}

/*
 * Whether this CPU may come to own slabs of an instance.
 *
 * Context: preemption disabled.
 */
static bool cpu_tier(const struct tslab *ts)
{
	return !(ts->flags & TSLAB_SHARED_ONLY) &&
	       __this_cpu_read(tslab_cpu_may_own);
}

/* === Lists === */

/* A slab with free slots, or NULL. Context: class lock held. */
static struct tslab_slab *first_usable(struct tslab_epoch *epoch,
				       unsigned int class)
{
	struct tslab_epoch_class *ec = &epoch->class[class];
	struct tslab_slab *slab;

	slab = list_first_entry_or_null(&ec->partial, struct tslab_slab, list);
	if (slab)
		return slab;
	slab = list_first_entry_or_null(&ec->empty, struct tslab_slab, list);
	if (slab)
		tslab_count(epoch, class, empty_slab_recycled);
	return slab;
}

/*
 * Takes the class lock for bringing a slab of the class into use, after which
 * the caller looks whether the epoch is open. What a close has to look at is
 * marked before: either the caller sees the close, or the close sees the marks
 * and waits for the lock.
 */
static unsigned long lock_for_use(struct tslab_epoch *epoch,
				  unsigned int class, bool own,
				  unsigned int *reasons)
	__acquires(&epoch->ts->size_class[class].lock)
{
	unsigned long flags;

	if (!test_bit(class, &epoch->used))
		set_bit(class, &epoch->used);
	if (own && !cpumask_test_cpu(smp_processor_id(), epoch->owners))
		cpumask_set_cpu(smp_processor_id(), epoch->owners);
	flags = tslab_class_lock(epoch, class, TSLAB_SITE_slow_acquire,
				 reasons);
	/* Pairs with the cmpxchg in tslab_epoch_shut(). */
	smp_mb();
	return flags;
}

static unsigned int slots_given_back(const struct tslab_slab *slab)
{
	return hweight64(atomic64_read(&slab->shared));
}

/*
 * Which slab the CPU goes on with: if it has used up one, the other may have
 * had more frees. Whoever freed into that is likely to have gone on.
 *
 * Context: in the busy section.
 */
static struct tslab_slab *cpu_choose(struct tslab_cpu_slab *cs)
{
	struct tslab_slab *slab = cs->slab, *other = cs->other;

	if (slab->owned || slots_given_back(other) <= slots_given_back(slab))
		return slab;
	WRITE_ONCE(cs->slab, other);
	WRITE_ONCE(cs->other, slab);
	return other;
}

/*
 * Makes room for one more slab: the CPU keeps the one that it has used up, as
 * it may be freed into, instead of the one that it used up before.
 *
 * Context: in the busy section, class lock held.
 * Return: that one if it has free slots by now, or NULL.
 */
static struct tslab_slab *cpu_make_room(struct tslab_cpu_slab *cs)
{
	struct tslab_slab *slab = cs->slab, *old = cs->other;

	if (slab == &tslab_no_slab)
		return NULL;
	WRITE_ONCE(cs->other, slab);
	WRITE_ONCE(cs->slab, &tslab_no_slab);
	if (old == &tslab_no_slab)
		return NULL;
	tslab_slab_move(old, TSLAB_SLAB_FULL);
	/* Pairs with the cmpxchg in shared_give(). */
	smp_mb();
	return atomic64_read(&old->shared) ? old : NULL;
}

/*
 * Takes a slot of a slab this CPU owns already or can own now.
 *
 * Context: in the busy section.
 */
static void *cpu_refill(struct tslab_epoch *epoch, u64 id, unsigned int class,
			struct tslab_cpu_slab *cs, unsigned int *reasons)
{
	struct tslab_slab *slab;
	unsigned long flags;
	void *obj = NULL;

	if (!tslab_epoch_is_open(epoch, id))
		return NULL;
	slab = cpu_choose(cs);
	if (slab->owned || tslab_cpu_collect(slab)) {
		obj = owned_take(slab);
		goto count;
	}
	flags = lock_for_use(epoch, class, true, reasons);
	if (!tslab_epoch_is_open(epoch, id))
		goto unlock;
	slab = cpu_make_room(cs) ?: first_usable(epoch, class);
	if (slab)
		cpu_own(cs, slab);
	/* Nothing to take if its last slots were claimed just now. */
	if (slab && slab->owned)
		obj = owned_take(slab);
unlock:
	tslab_class_unlock(epoch, class, flags);
count:
	if (obj) {
		*reasons |= TSLAB_SLOW(refill);
		tslab_count(epoch, class, cpu_refills);
		tslab_count_misses(smp_processor_id(), slab);
	}
	return obj;
}

/* === Shared tier === */

/* Claims a slot of a slab others may be using too. Return: slot or -1. */
static int shared_claim(struct tslab_slab *slab, unsigned int *reasons)
{
	struct tslab_epoch *epoch = slab->epoch;
	s64 free = atomic64_read(&slab->shared);

	while (free & ~TSLAB_SLAB_DEAD) {
		if (atomic64_try_cmpxchg(&slab->shared, &free,
					 free & (free - 1))) {
			tslab_count(epoch, slab->class, bitmap_alloc_attempts);
			return __ffs64(free);
		}
		*reasons |= TSLAB_SLOW(cas_retry);
		tslab_count(epoch, slab->class, bitmap_alloc_cas_retries);
		trace_tslab_cas_retry(slab->ts->name, slab->geo.size,
				      TSLAB_CAS_ALLOC);
	}
	return -1;
}

/* Gives back a slot that was claimed in an epoch that has closed since. */
static void shared_unclaim(struct tslab_slab *slab, unsigned int slot,
			   struct list_head *dead, unsigned int *reasons)
{
	struct tslab_epoch *epoch = slab->epoch;
	unsigned int class = slab->class;
	unsigned long flags;

	flags = tslab_class_lock(epoch, class, TSLAB_SITE_slow_acquire,
				 reasons);
	if (atomic64_read(&slab->shared) & TSLAB_SLAB_DEAD) {
		/* Discarded, and counted there as an object that was freed. */
		tslab_count_misses(smp_processor_id(), slab);
	} else {
		atomic64_or(BIT_ULL(slot), &slab->shared);
		slab = tslab_slab_settle(slab);
		if (slab)
			list_add(&slab->list, dead);
	}
	tslab_class_unlock(epoch, class, flags);
}

/* Publishes a slab of the lists. Return: whether there is a published one. */
static bool shared_publish(struct tslab_epoch *epoch, u64 id,
			   unsigned int class, unsigned int *reasons)
{
	struct tslab_epoch_class *ec = &epoch->class[class];
	struct tslab_slab *slab = NULL;
	unsigned long flags;

	flags = lock_for_use(epoch, class, false, reasons);
	if (!tslab_epoch_is_open(epoch, id))
		goto unlock;
	slab = READ_ONCE(ec->current_partial);
	if (slab) {
		tslab_count(epoch, class, current_partial_state_mismatch);
	} else {
		slab = first_usable(epoch, class);
		if (slab) {
			tslab_slab_move(slab, TSLAB_SLAB_CURRENT);
			tslab_count(epoch, class, current_partial_cas_attempts);
			/* Only NULL to a slab under the lock: cannot fail. */
			cmpxchg(&ec->current_partial, NULL, slab);
		}
	}
unlock:
	tslab_class_unlock(epoch, class, flags);
	return slab;
}

/* Takes back a published slab that turned out to be full. */
static void shared_unpublish(struct tslab_epoch *epoch, unsigned int class,
			     struct tslab_slab *slab, struct list_head *dead,
			     unsigned int *reasons)
{
	struct tslab_epoch_class *ec = &epoch->class[class];
	unsigned long flags;

	if (READ_ONCE(ec->current_partial) != slab) {
		tslab_count(epoch, class, current_partial_state_mismatch);
		return;
	}
	if (!tslab_slab_unpublish(slab)) {
		*reasons |= TSLAB_SLOW(cas_retry);
		return;
	}
	flags = tslab_class_lock(epoch, class, TSLAB_SITE_alloc_full, reasons);
	slab = tslab_slab_settle(slab);
	if (slab)
		list_add(&slab->list, dead);
	tslab_class_unlock(epoch, class, flags);
}

static void *shared_alloc(struct tslab_epoch *epoch, u64 id,
			  unsigned int class, struct list_head *dead,
			  unsigned int *reasons)
{
	struct tslab_epoch_class *ec = &epoch->class[class];
	struct tslab_slab *slab;
	int slot;

	*reasons |= TSLAB_SLOW(shared);
	for (;;) {
		slab = READ_ONCE(ec->current_partial);
		if (!slab) {
			*reasons |= TSLAB_SLOW(partial_null);
			tslab_count(epoch, class, current_partial_null);
			if (!shared_publish(epoch, id, class, reasons))
				return NULL;
			continue;
		}
		slot = shared_claim(slab, reasons);
		if (slot < 0) {
			*reasons |= TSLAB_SLOW(partial_full);
			tslab_count(epoch, class, current_partial_full);
			shared_unpublish(epoch, class, slab, dead, reasons);
			continue;
		}
		/*
		 * The cmpxchg of the claim orders it before this; pairs with
		 * the one in tslab_epoch_shut().
		 */
		if (unlikely(!tslab_epoch_is_open(epoch, id))) {
			shared_unclaim(slab, slot, dead, reasons);
			return NULL;
		}
		tslab_count_misses(smp_processor_id(), slab);
		return tslab_slot_obj(slab, slot);
	}
}

/* === New slabs === */

/* Brings a new slab into use; its first slot is the caller's. */
static void *install(struct tslab_epoch *epoch, u64 id, unsigned int class,
		     struct tslab_slab *slab, unsigned int *reasons)
{
	struct tslab_epoch_class *ec = &epoch->class[class];
	struct tslab_cpu_slab *cs;
	unsigned long flags;
	bool own, open;

	preempt_disable();
	cs = this_cpu_ptr(slab->cpu_slab);
	own = slab->cpu_slab != &tslab_no_cpu_slab && cpu_tier(epoch->ts) &&
	      tslab_cpu_enter(cs);
	flags = lock_for_use(epoch, class, own, reasons);
	open = tslab_epoch_is_open(epoch, id);
	if (open) {
		if (own && cs->slab == &tslab_no_slab) {
			cpu_own(cs, slab);
		} else if (!READ_ONCE(ec->current_partial)) {
			tslab_slab_move(slab, TSLAB_SLAB_CURRENT);
			tslab_count(epoch, class, current_partial_cas_attempts);
			cmpxchg(&ec->current_partial, NULL, slab);
		} else {
			tslab_slab_move(slab, TSLAB_SLAB_PARTIAL);
		}
		tslab_count_misses(smp_processor_id(), slab);
	}
	tslab_class_unlock(epoch, class, flags);
	if (own)
		tslab_cpu_leave(cs);
	preempt_enable();
	if (open)
		return tslab_slot_obj(slab, 0);
	tslab_slab_drop(slab);
	return NULL;
}

/* An object from anywhere but the CPU's slab; and what it took to get it. */
static void *slow_alloc(struct tslab_epoch *epoch, u64 id, unsigned int class,
			gfp_t gfp, unsigned int *reasons)
{
	struct tslab_cpu_slab __percpu *cpus = READ_ONCE(epoch->cpu_slab[class]);
	struct tslab_cpu_slab *cs;
	struct tslab_slab *slab;
	LIST_HEAD(dead);
	void *obj = NULL;
	bool own;

	tslab_count(epoch, class, slow_path_hits);
	if (in_nmi())
		goto failed;

	preempt_disable();
	cs = this_cpu_ptr(cpus);
	own = cpu_tier(epoch->ts);
	if (own && cpus != &tslab_no_cpu_slab && tslab_cpu_enter(cs)) {
		obj = cpu_refill(epoch, id, class, cs, reasons);
		tslab_cpu_leave(cs);
	} else if (!own || test_bit(class, &epoch->used)) {
		obj = shared_alloc(epoch, id, class, &dead, reasons);
	}
	preempt_enable();
	tslab_slab_release_list(&dead);
	if (obj)
		return obj;

	if (tslab_epoch_is_open(epoch, id)) {
		*reasons |= TSLAB_SLOW(new_slab);
		tslab_count(epoch, class, slow_path_cache_miss);
		tslab_cpu_slab_get(epoch, class, gfp);
		slab = tslab_slab_new(epoch, class, gfp);
		if (!slab)
			goto failed;
		obj = install(epoch, id, class, slab, reasons);
		if (obj)
			return obj;
	}
	*reasons |= TSLAB_SLOW(epoch_closed);
	tslab_count(epoch, class, slow_path_epoch_closed);
	return NULL;

failed:
	*reasons |= TSLAB_SLOW(failed);
	tslab_count(epoch, class, alloc_failed);
	return NULL;
}

static noinline void *alloc_slow(struct tslab_epoch *epoch, u64 id,
				 unsigned int class, gfp_t gfp,
				 const struct tslab_alloc_sample *sample,
				 unsigned int *reasons)
{
	void *obj = slow_alloc(epoch, id, class, gfp, reasons);

	if (sample)
		tslab_alloc_sample_end(sample, epoch->ts, class, *reasons);
	trace_tslab_alloc_slow(epoch->ts->name, tslab_geometry[class].size,
			       epoch->index, *reasons);
	return obj;
}

/* An allocation that may be the one in N that is timed. */
static noinline void *alloc_sampled(struct tslab_epoch *epoch, u64 id,
				    unsigned int class, gfp_t gfp,
				    unsigned int *reasons)
{
	struct tslab_alloc_sample sample;
	void *obj;

	tslab_alloc_sample_begin(&sample);
	if (!cpu_alloc(&epoch, &id, class, &obj))
		return alloc_slow(epoch, id, class, gfp, &sample, reasons);
	tslab_alloc_sample_end(&sample, epoch->ts, class, 0);
	return obj;
}

/* === Public interface === */

/* Counts a request that no epoch was asked for, and reports what is misuse. */
static noinline void *alloc_refuse(struct tslab *ts, size_t size, gfp_t gfp,
				   unsigned long caller)
{
	unsigned int class;

	if (!tslab_size_ok(size)) {
		tslab_count(ts, TSLAB_NO_CLASS, size_rejected);
		tslab_misuse(ts, TSLAB_NO_CLASS, TSLAB_MISUSE_SIZE, size,
			     caller);
		return NULL;
	}
	class = tslab_class_of(size);
	if (gfp & GFP_REFUSED) {
		tslab_count(ts, class, alloc_failed);
		tslab_misuse(ts, class, TSLAB_MISUSE_ZONE,
			     (__force u32)gfp, caller);
		return NULL;
	}
	/* There is no epoch of that id. */
	tslab_count(ts, class, slow_path_epoch_closed);
	return NULL;
}

/* Out of line: the fast path has no stack frame if it calls nothing. */
static noinline void *alloc_zero(void *obj, unsigned int class)
{
	return memset(obj, 0, tslab_geometry[class].size);
}

/* The fast path. Return: whether everything is as it mostly is. */
static __always_inline bool alloc_fast(struct tslab_epoch **from, const u64 *id,
				       size_t size, gfp_t gfp, void **obj)
{
	unsigned int class;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
	if (unlikely(!tslab_size_ok(size) || (gfp & GFP_REFUSED)))
		return false;
	if (static_branch_unlikely(&tslab_alloc_sampling))
		return false;

	class = tslab_class_of(size);
	if (unlikely(!cpu_alloc(from, id, class, obj)))
		return false;
	if (unlikely(want_init_on_alloc(gfp)))
		*obj = alloc_zero(*obj, class);
	return true;
}

/* All that alloc_fast() leaves. *closed: it is the epoch that has refused it. */
static noinline void *alloc_id_slow(struct tslab *ts, u64 id, size_t size,
				    gfp_t gfp, unsigned long caller,
				    bool *closed)
{
	struct tslab_epoch *epoch = tslab_epoch_of(ts, id);
	unsigned int reasons = 0;
	unsigned int class;
	void *obj;

	*closed = !epoch;
	if (!tslab_size_ok(size) || (gfp & GFP_REFUSED) || !epoch)
		return alloc_refuse(ts, size, gfp, caller);

	class = tslab_class_of(size);
	if (static_branch_unlikely(&tslab_alloc_sampling))
		obj = alloc_sampled(epoch, id, class, gfp, &reasons);
	else
		obj = alloc_slow(epoch, id, class, gfp, NULL, &reasons);
	*closed = reasons & TSLAB_SLOW(epoch_closed);
	if (obj && want_init_on_alloc(gfp))
		alloc_zero(obj, class);
	return obj;
}

/* Goes on where the current epoch had no slot at hand. */
static noinline void *alloc_current_slow(struct tslab *ts, size_t size,
					 gfp_t gfp, unsigned long caller)
{
	u64 id = READ_ONCE(ts->current_id);
	bool closed;
	void *obj;

	/* No other epoch takes it either: it is refused, and counted, once. */
	if (!tslab_size_ok(size) || (gfp & GFP_REFUSED))
		return alloc_refuse(ts, size, gfp, caller);
	for (;;) {
		u64 now;

		obj = alloc_id_slow(ts, id, size, gfp, caller, &closed);
		if (likely(obj) || !closed)
			return obj;
		/* The epoch may just have been closed by an advance. */
		now = READ_ONCE(ts->current_id);
		if (now == id)
			return NULL;
		id = now;
	}
}

/* Allocates in the epoch with the given id; tslab_alloc_epoch() for others. */
void *tslab_alloc_id(struct tslab *ts, u64 id, size_t size, gfp_t gfp,
		     unsigned long caller)
{
	struct tslab_epoch *epoch = tslab_epoch_of(ts, id);
	bool closed;
	void *obj;

	if (likely(epoch && alloc_fast(&epoch, &id, size, gfp, &obj)))
		return obj;
	return alloc_id_slow(ts, id, size, gfp, caller, &closed);
}

/**
 * tslab_alloc() - allocate an object in the current epoch
 * @ts: instance
 * @size: 1 to TSLAB_MAX_SIZE bytes; what the object is rounded up to is
 *	returned by tslab_obj_size()
 * @gfp: GFP flags. Zone modifiers (__GFP_DMA and the like) are refused;
 *	__GFP_ACCOUNT is ignored; __GFP_THISNODE confines new slabs to the
 *	CPU's node
 *
 * Objects whose size is a power of two are aligned to it, up to PAGE_SIZE;
 * sizes of 96 bytes to 32 bytes; all others to 64 bytes at least.
 *
 * Objects of up to a page never need more than single pages, and those above
 * two in a row, as for kmalloc().
 *
 * Context: wherever kmalloc() with @gfp is allowed. From NMI it succeeds only
 * if the CPU's slab has a free slot, and never spins.
 * Return: the object, or NULL if there is no memory or @size or @gfp is
 * refused.
 */
void *tslab_alloc(struct tslab *ts, size_t size, gfp_t gfp)
{
	void *obj;

	/* If the two are not of one advance, the epoch is not open as that. */
	if (likely(alloc_fast(&ts->current_epoch, &ts->current_id, size,
			      gfp, &obj)))
		return obj;
	return alloc_current_slow(ts, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(tslab_alloc);

/**
 * tslab_alloc_epoch() - allocate an object in a given epoch
 * @ts: instance
 * @epoch: id of an open epoch of @ts
 * @size: as for tslab_alloc()
 * @gfp: as for tslab_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_alloc() or if the epoch is closed,
 * stale, of another instance or no epoch at all.
 */
void *tslab_alloc_epoch(struct tslab *ts, tslab_epoch_t epoch, size_t size,
			gfp_t gfp)
{
	return tslab_alloc_id(ts, (__force u64)epoch, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(tslab_alloc_epoch);

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
	if (tslab_size_ok(size) &&
	    tslab_geometry[tslab_class_of(size)].size == old_size)
		return obj;

	preempt_disable();
	id = READ_ONCE(tslab_slab_of(obj)->epoch->id);
	preempt_enable();
	new = tslab_alloc_id(ts, id, size, gfp, _RET_IP_);
	if (new) {
		memcpy(new, obj, min(size, old_size));
		tslab_free(ts, obj);
	}
	return new;
}
EXPORT_SYMBOL_GPL(tslab_realloc);
