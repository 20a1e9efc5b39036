// SPDX-License-Identifier: GPL-2.0
/* Allocation: from the CPU's own slab at once, from elsewhere through supply.c. */
#include <linux/sched/mm.h>

#include "tslab.h"
#include "cpu.h"
#include "find.h"
#include "home.h"
#include "run.h"
#include "scope.h"

#include <trace/events/tslab.h>

/* Memory that is not in the kernel's direct map, or not anywhere in it. */
#define GFP_REFUSED	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM)

/*
 * Takes a slot of the slab this CPU has, if it has any left.
 *
 * Context: in the busy section.
 */
static __always_inline bool cpu_take(struct tslab_cpu_slab *cs, void **obj)
{
	struct tslab_word *word = cs->word;
	u64 free = word->owned;

	if (unlikely(!free))
		return false;
	/* Written here alone, and read by whoever sums up the counters. */
	TSLAB_COUNTED(data_race(cs->hits++));
	*obj = tslab_owned_take(cs, word, free);
	return true;
}

/*
 * From what this CPU has of a bin of an epoch, if that is open under the id.
 *
 * @is_open: it is known to be
 *
 * Context: preemption disabled.
 */
static __always_inline bool
cpu_alloc_from(struct tslab_cpu_slab *cs, const struct tslab_epoch *epoch,
	       u64 id, const bool is_open, void **obj)
{
	if (unlikely(!tslab_cpu_enter(cs)))
		return false;
	/*
	 * No acquire: all that is used is this CPU's own, and from before the
	 * activation there is nothing left of it.
	 */
	if (!is_open && unlikely(READ_ONCE(epoch->open_id) != id))
		goto leave;
	if (unlikely(!cpu_take(cs, obj)))
		goto leave;
	tslab_cpu_leave(cs);
	return true;

leave:
	tslab_cpu_leave(cs);
	return false;
}

/* In the current epoch, if @lead says what this CPU has of it. */
static __always_inline bool
cpu_alloc(struct tslab_cpu_slab __percpu **lead, void **obj)
{
	preempt_disable();
	if (likely(cpu_alloc_from(this_cpu_ptr(READ_ONCE(*lead)), NULL, 0, true,
				  obj))) {
		preempt_enable();
		return true;
	}
	preempt_enable();
	return false;
}

/* In a given epoch, if that is open under the id. */
static __always_inline bool cpu_alloc_in(const struct tslab_type *type,
					 struct tslab_epoch *epoch, u64 id,
					 void **obj)
{
	struct tslab_bin *bin;

	preempt_disable();
	bin = tslab_bin_of(epoch, type);
	if (likely(cpu_alloc_from(tslab_cpu_slab_of(bin, false), epoch, id,
				  false, obj))) {
		preempt_enable();
		return true;
	}
	preempt_enable();
	return false;
}

/* In the epoch of the domain that the task is in, if it is in one. */
static __always_inline bool cpu_alloc_scoped(const struct tslab_type *type,
					     void **obj)
{
	const struct tslab_domain *domain;
	struct tslab_epoch *epoch;
	struct tslab_cpu_slab *cs;

	preempt_disable();
	domain = tslab_scope_here();
	epoch = domain->epoch;
	/* It may be in another one of the instance further out. */
	if (unlikely(READ_ONCE(domain->ts) != type->ts))
		goto enable;
	/* Phases have domains. */
	cs = tslab_cpu_slab_of(tslab_bin_of(epoch, type), true);
	if (likely(cpu_alloc_from(cs, epoch, domain->id, false, obj))) {
		preempt_enable();
		return true;
	}
enable:
	preempt_enable();
	return false;
}

/* === Where the CPU's slab has no slot === */

static __always_inline void alloc_trace(const struct tslab_type *type,
					const struct tslab_epoch *epoch,
					unsigned int reasons)
{
	if (reasons)
		trace_tslab_alloc_slow(type->ts->name, type->geo.size,
				       epoch->index, reasons);
}

/* An object in the run that this CPU is at as the home of an epoch, or NULL. */
static __always_inline void *run_alloc(const struct tslab_type *type,
				       struct tslab_epoch *epoch, u64 id)
{
	void *obj = NULL;

	preempt_disable();
	tslab_run_take(epoch, id, tslab_bin_of(epoch, type), &obj);
	preempt_enable();
	return obj;
}

/* An allocation that may be the one in N that is timed. */
static noinline void *alloc_sampled(struct tslab_type *type,
				    struct tslab_epoch *epoch, u64 id,
				    size_t size, gfp_t gfp, int node,
				    unsigned int *reasons)
{
	struct tslab_alloc_sample sample;
	void *obj = NULL;

	tslab_alloc_sample_begin(&sample);
	if (node == NUMA_NO_NODE && !cpu_alloc_in(type, epoch, id, &obj))
		obj = run_alloc(type, epoch, id) ?:
		      tslab_home_alloc(type, epoch, id, gfp, reasons);
	if (!obj)
		obj = tslab_supply(type, epoch, id, size, gfp, node, reasons);
	alloc_trace(type, epoch, *reasons);
	tslab_alloc_sample_end(&sample, type, *reasons);
	return obj;
}

static __always_inline void *
alloc_slow(struct tslab_type *type, struct tslab_epoch *epoch, u64 id,
	   size_t size, gfp_t gfp, int node, unsigned int *reasons)
{
	void *obj;

	if (static_branch_unlikely(&tslab_alloc_sampling))
		return alloc_sampled(type, epoch, id, size, gfp, node, reasons);
	obj = tslab_supply(type, epoch, id, size, gfp, node, reasons);
	alloc_trace(type, epoch, *reasons);
	return obj;
}

/* === Public interface === */

/* Counts a request that no epoch was asked for, and reports what is misuse. */
static noinline void *alloc_refuse(struct tslab_type *type, gfp_t gfp,
				   unsigned long caller)
{
	if (gfp & GFP_REFUSED) {
		tslab_count_outside(type, alloc_failed);
		tslab_misuse(type->ts, type, TSLAB_MISUSE_ZONE,
			     (__force u32)gfp, caller);
	} else if (type->ctor && (gfp & __GFP_ZERO)) {
		tslab_count_outside(type, alloc_failed);
		tslab_misuse(type->ts, type, TSLAB_MISUSE_CTOR,
			     (__force u32)gfp, caller);
	} else {
		/* There is no epoch of that id. */
		tslab_count_outside(type, slow_path_epoch_closed);
	}
	return NULL;
}

static noinline void *size_refuse(struct tslab *ts, size_t size,
				  unsigned long caller)
{
	struct tslab_type *type = &ts->type[TSLAB_NO_CLASS];

	tslab_count_outside(type, size_rejected);
	tslab_misuse(ts, type, TSLAB_MISUSE_SIZE, size, caller);
	return NULL;
}

/*
 * Whether what a type or its users hold in an object is not to be zeroed; for one
 * that is debugged it was done.
 */
static bool alloc_keeps(const struct tslab_type *type, gfp_t gfp)
{
	return type->ctor ||
	       (type->flags & (TSLAB_CACHE_TYPESAFE_BY_RCU | TSLAB_DEBUG_FLAGS) &&
		(type->flags & TSLAB_DEBUG_FLAGS || !(gfp & __GFP_ZERO)));
}

/*
 * Out of line: the fast path has no stack frame if it calls nothing. Arguments
 * are where those of tslab_cache_alloc() are.
 */
static noinline void *alloc_zero(const struct tslab_type *type, gfp_t gfp,
				 void *obj)
{
	size_t size = type->geo.size;

	if (type->number == TSLAB_LARGE)
		size = tslab_slab_of(obj)->size;
	else if (tslab_kfence_is_on())
		size = tslab_kfence_size(obj, size);
	return alloc_keeps(type, gfp) ? obj : memset(obj, 0, size);
}

static __always_inline void *alloc_done(void *obj, const struct tslab_type *type,
					gfp_t gfp)
{
	return unlikely(want_init_on_alloc(gfp)) ? alloc_zero(type, gfp, obj) :
						   obj;
}

static __always_inline void alloc_may_sleep(gfp_t gfp)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
}

static bool alloc_ok(const struct tslab_type *type, gfp_t gfp)
{
	return !(gfp & GFP_REFUSED) && !(type->ctor && (gfp & __GFP_ZERO));
}

/*
 * All that is not as it mostly is. *closed: it is the epoch that refused it;
 * NULL if nobody asks.
 */
static noinline void *alloc_id_slow(struct tslab_type *type, u64 id,
				    size_t size, gfp_t gfp,
				    unsigned long caller, bool *closed)
{
	struct tslab_epoch *epoch = tslab_epoch_of(type->ts, id);
	unsigned int reasons = epoch ? 0 : TSLAB_SLOW(epoch_closed);
	void *obj;

	if (!epoch || !alloc_ok(type, gfp))
		obj = alloc_refuse(type, gfp, caller);
	else
		obj = alloc_slow(type, epoch, id, size, gfp, NUMA_NO_NODE,
				 &reasons);
	if (closed)
		*closed = reasons & TSLAB_SLOW(epoch_closed);
	return obj ? alloc_done(obj, type, gfp) : NULL;
}

static noinline void *alloc_at_home(struct tslab_type *type,
				    struct tslab_epoch *epoch, u64 id,
				    size_t size, gfp_t gfp,
				    unsigned long caller)
{
	unsigned int reasons = 0;
	void *obj;

	obj = tslab_home_alloc(type, epoch, id, gfp, &reasons);
	alloc_trace(type, epoch, reasons);
	if (likely(obj))
		return alloc_done(obj, type, gfp);
	return alloc_id_slow(type, id, size, gfp, caller, NULL);
}

/* Where the CPU's slab has no slot: the CPU may be the epoch's home. */
static noinline void *alloc_in_run(struct tslab_type *type,
				   struct tslab_epoch *epoch, u64 id,
				   size_t size, gfp_t gfp, unsigned long caller)
{
	void *obj = run_alloc(type, epoch, id);

	if (likely(obj))
		return alloc_done(obj, type, gfp);
	return alloc_at_home(type, epoch, id, size, gfp, caller);
}

static __always_inline void *alloc_id(struct tslab_type *type, u64 id,
				      size_t size, gfp_t gfp,
				      unsigned long caller, bool *closed)
{
	struct tslab_epoch *epoch = tslab_epoch_of(type->ts, id);
	void *obj;

	if (unlikely(!epoch || !alloc_ok(type, gfp)))
		goto slow;
	if (static_branch_unlikely(&tslab_alloc_sampling))
		goto slow;
	if (likely(cpu_alloc_in(type, epoch, id, &obj)))
		return alloc_done(obj, type, gfp);
	/* The current epoch has no home. */
	if (!closed)
		return alloc_in_run(type, epoch, id, size, gfp, caller);
slow:
	return alloc_id_slow(type, id, size, gfp, caller, closed);
}

/* Goes on where there is no lead, or no slot where it leads. */
static noinline void *alloc_current_slow(struct tslab_type *type, gfp_t gfp,
					 size_t size, unsigned long caller)
{
	const struct tslab_domain *domain = NULL;
	struct tslab *ts = type->ts;
	bool closed;
	void *obj;
	u64 id;

	/* No other epoch takes it either: it is refused, and counted, once. */
	if (!alloc_ok(type, gfp))
		return alloc_refuse(type, gfp, caller);
	if (READ_ONCE(ts->scoped) != TSLAB_SCOPED_NO)
		domain = tslab_scope_of(ts);
	if (domain)
		return alloc_id(type, domain->id, size, gfp, caller, NULL);
	id = READ_ONCE(ts->current_id);
	for (;;) {
		u64 now;

		obj = alloc_id(type, id, size, gfp, caller, &closed);
		if (likely(obj)) {
			tslab_lead_leave(type, tslab_epoch_of(ts, id), id);
			return obj;
		}
		if (!closed)
			return NULL;
		/* The epoch may just have been closed by an advance. */
		now = READ_ONCE(ts->current_id);
		if (now == id)
			return NULL;
		id = now;
	}
}

/* Where the lead leads to nothing: mostly, if the task is in a domain. */
static noinline void *alloc_scoped(struct tslab_type *type, gfp_t gfp,
				   size_t size)
{
	void *obj;

	if (likely(cpu_alloc_scoped(type, &obj)))
		return alloc_done(obj, type, gfp);
	return alloc_current_slow(type, gfp, size, _RET_IP_);
}

/* Of no class that slabs are cut for. */
static noinline void *alloc_size_slow(struct tslab *ts, size_t size, gfp_t gfp,
				      unsigned long caller)
{
	if (!tslab_size_ok(size))
		return size_refuse(ts, size, caller);
	return alloc_current_slow(&ts->type[TSLAB_LARGE], gfp, size, caller);
}

/* Allocates in the epoch with the given id; tslab_alloc_epoch() for others. */
void *tslab_type_alloc_id(struct tslab_type *type, u64 id, size_t size,
			  gfp_t gfp, unsigned long caller)
{
	alloc_may_sleep(gfp);
	return alloc_id(type, id, size, gfp, caller, NULL);
}

void *tslab_alloc_id(struct tslab *ts, u64 id, size_t size, gfp_t gfp,
		     unsigned long caller)
{
	struct tslab_type *type = &ts->type[TSLAB_LARGE];

	if (likely(tslab_size_is_cut(size)))
		type = tslab_type_of(ts, size);
	else if (!tslab_size_ok(size))
		return size_refuse(ts, size, caller);
	return tslab_type_alloc_id(type, id, size, gfp, caller);
}

/* The fast path. @slow: flags that are for the slow path to look at */
static __always_inline void *alloc_here(struct tslab_type *type, size_t size,
					gfp_t gfp, gfp_t slow,
					unsigned long caller)
{
	void *obj;

	alloc_may_sleep(gfp);
	if (unlikely(gfp & slow))
		goto slow;
	if (static_branch_unlikely(&tslab_alloc_sampling))
		goto slow;
	if (likely(cpu_alloc(&type->lead, &obj)))
		return alloc_done(obj, type, gfp & ~slow);
	return alloc_scoped(type, gfp, size);
slow:
	return alloc_current_slow(type, gfp, size, caller);
}

/**
 * tslab_alloc() - allocate an object where the calling task is
 * @ts: instance
 * @size: 1 to TSLAB_MAX_SIZE bytes; what the object is rounded up to is
 *	returned by tslab_obj_size()
 * @gfp: GFP flags. Zone modifiers (__GFP_DMA and the like) are refused;
 *	__GFP_ACCOUNT is ignored; __GFP_THISNODE confines new slabs to the
 *	CPU's node
 *
 * That is the epoch of the domain of @ts that the task has entered last, else
 * the current epoch; interrupts are in no domain.
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
	if (likely(tslab_size_is_cut(size)))
		return alloc_here(tslab_type_of(ts, size), size, gfp,
				  GFP_REFUSED, _RET_IP_);
	return alloc_size_slow(ts, size, gfp, _RET_IP_);
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

static noinline void *domain_alloc_slow(struct tslab_domain *domain,
					size_t size, gfp_t gfp,
					unsigned long caller)
{
	if (IS_ERR_OR_NULL(domain) || !READ_ONCE(domain->ts)) {
		tslab_domain_refuse(domain, -EINVAL, caller);
		return NULL;
	}
	return tslab_alloc_id(domain->ts, domain->id, size, gfp, caller);
}

/* Arguments are where those of tslab_domain_alloc() are. */
static noinline void *domain_alloc_zero(struct tslab_epoch *epoch, size_t size,
					gfp_t gfp, void *obj)
{
	return alloc_zero(tslab_type_of(epoch->ts, size), gfp, obj);
}

/* Where the run has no room either. */
static noinline void *domain_alloc_at_home(struct tslab_domain *domain,
					   size_t size, gfp_t gfp,
					   unsigned long caller)
{
	struct tslab_epoch *epoch = READ_ONCE(domain->epoch);

	if (unlikely(epoch == &tslab_no_epoch))
		return domain_alloc_slow(domain, size, gfp, caller);
	return alloc_at_home(tslab_type_of(epoch->ts, size), epoch, domain->id,
			     size, gfp, caller);
}

/*
 * Where the CPU's slab has no slot. It is called last, and so returns to who
 * called its caller.
 *
 * Context: preemption disabled, which it enables.
 */
static noinline void *domain_alloc_in_run(struct tslab_domain *domain,
					  size_t size, gfp_t gfp,
					  const struct tslab_bin *bin,
					  struct tslab_epoch *epoch)
{
	void *obj;

	if (likely(tslab_run_take(epoch, domain->id, bin, &obj))) {
		preempt_enable();
		return unlikely(want_init_on_alloc(gfp)) ?
		       domain_alloc_zero(epoch, size, gfp, obj) : obj;
	}
	preempt_enable();
	return domain_alloc_at_home(domain, size, gfp, _RET_IP_);
}

/**
 * tslab_domain_alloc() - allocate an object in the epoch of a domain
 * @domain: the domain, entered or not
 * @size: as for tslab_alloc()
 * @gfp: as for tslab_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_alloc_epoch() or if @domain is NULL, an
 * ERR_PTR or of an instance that was destroyed.
 */
void *tslab_domain_alloc(struct tslab_domain *domain, size_t size, gfp_t gfp)
{
	struct tslab_epoch *epoch;
	struct tslab_bin *bin;
	void *obj;

	alloc_may_sleep(gfp);
	if (tslab_domain_is_none(domain) || gfp & GFP_REFUSED ||
	    !tslab_size_is_cut(size) ||
	    static_branch_unlikely(&tslab_alloc_sampling))
		return domain_alloc_slow(domain, size, gfp, _RET_IP_);
	preempt_disable();
	epoch = READ_ONCE(domain->epoch);
	bin = tslab_bin_of_cut(epoch, size);
	if (unlikely(!cpu_alloc_from(tslab_cpu_slab_of(bin, true), epoch,
				     domain->id, false, &obj)))
		return domain_alloc_in_run(domain, size, gfp, bin, epoch);
	preempt_enable();
	return unlikely(want_init_on_alloc(gfp)) ?
	       domain_alloc_zero(epoch, size, gfp, obj) : obj;
}
EXPORT_SYMBOL_GPL(tslab_domain_alloc);

/**
 * tslab_cache_alloc() - allocate an object of a cache where the task is
 * @cache: the cache
 * @gfp: as for tslab_alloc(); __GFP_ZERO is refused if it has a constructor
 *
 * In which epoch: as tslab_alloc().
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL if there is no memory or @gfp is refused.
 */
void *tslab_cache_alloc(struct tslab_cache *cache, gfp_t gfp)
{
	/* Whether it may be zeroed is for the slow path to look. */
	return alloc_here(&cache->type, 0, gfp, GFP_REFUSED | __GFP_ZERO,
			  _RET_IP_);
}
EXPORT_SYMBOL_GPL(tslab_cache_alloc);

/**
 * tslab_cache_alloc_epoch() - allocate an object of a cache in a given epoch
 * @cache: the cache
 * @epoch: id of an open epoch of its instance
 * @gfp: as for tslab_cache_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_cache_alloc() or if the epoch is closed,
 * stale, of another instance or no epoch at all.
 */
void *tslab_cache_alloc_epoch(struct tslab_cache *cache, tslab_epoch_t epoch,
			      gfp_t gfp)
{
	return tslab_type_alloc_id(&cache->type, (__force u64)epoch, 0, gfp,
				   _RET_IP_);
}
EXPORT_SYMBOL_GPL(tslab_cache_alloc_epoch);

/* The id that tslab_alloc() allocates under. */
static u64 where_is_task(struct tslab *ts)
{
	const struct tslab_domain *domain = NULL;

	if (READ_ONCE(ts->scoped) != TSLAB_SCOPED_NO)
		domain = tslab_scope_of(ts);
	return domain ? domain->id : READ_ONCE(ts->current_id);
}

/* Whether what this CPU allocates from, if anything, is on a node. */
static bool cpu_is_on(const struct tslab_type *type, int node)
{
	struct tslab_slab *slab;
	bool is_on;

	preempt_disable();
	slab = READ_ONCE(this_cpu_ptr(READ_ONCE(type->lead))->slab);
	is_on = node == numa_mem_id() &&
		(slab == &tslab_no_slab || slab->node == node);
	preempt_enable();
	return is_on;
}

static void *alloc_on_node(struct tslab_type *type, size_t size, gfp_t gfp,
			   int node, unsigned long caller)
{
	struct tslab *ts = type->ts;
	unsigned int reasons;
	void *obj;
	u64 id;

	alloc_may_sleep(gfp);
	if (!alloc_ok(type, gfp))
		return alloc_refuse(type, gfp, caller);
	if ((unsigned int)node >= nr_node_ids || !node_possible(node)) {
		tslab_count_outside(type, alloc_failed);
		tslab_misuse(ts, type, TSLAB_MISUSE_NODE, node, caller);
		return NULL;
	}
	if (!node_online(node)) {
		if (gfp & __GFP_THISNODE) {
			tslab_count_outside(type, alloc_failed);
			return NULL;
		}
		node = numa_map_to_online_node(node);
	}
	do {
		id = where_is_task(ts);
		reasons = 0;
		obj = alloc_slow(type, tslab_epoch_of(ts, id), id, size, gfp,
				 node, &reasons);
		/* The epoch may just have been closed by an advance. */
	} while (!obj && reasons & TSLAB_SLOW(epoch_closed) &&
		 id != where_is_task(ts));
	return obj ? alloc_done(obj, type, gfp) : NULL;
}

/**
 * tslab_alloc_node() - tslab_alloc() on a node
 * @ts: instance
 * @size: as for tslab_alloc()
 * @gfp: as for tslab_alloc()
 * @node: number of a node, or NUMA_NO_NODE, for which it is tslab_alloc()
 *
 * The object is on that node, or if that has no memory on the nearest that has
 * some. With __GFP_THISNODE it is on that node or NULL.
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_alloc() or if there is no such node.
 */
void *tslab_alloc_node(struct tslab *ts, size_t size, gfp_t gfp, int node)
{
	struct tslab_type *type;

	if (node == NUMA_NO_NODE || !tslab_size_ok(size))
		return tslab_alloc(ts, size, gfp);
	type = &ts->type[tslab_class_of(size)];
	if (!(gfp & __GFP_THISNODE) && cpu_is_on(type, node))
		return tslab_alloc(ts, size, gfp);
	return alloc_on_node(type, size, gfp, node, _RET_IP_);
}
EXPORT_SYMBOL_GPL(tslab_alloc_node);

/**
 * tslab_cache_alloc_node() - tslab_cache_alloc() on a node
 * @cache: the cache
 * @gfp: as for tslab_cache_alloc()
 * @node: as for tslab_alloc_node()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_cache_alloc() or if there is no such
 * node.
 */
void *tslab_cache_alloc_node(struct tslab_cache *cache, gfp_t gfp, int node)
{
	struct tslab_type *type = &cache->type;

	if (node == NUMA_NO_NODE ||
	    (!(gfp & __GFP_THISNODE) && cpu_is_on(type, node)))
		return tslab_cache_alloc(cache, gfp);
	return alloc_on_node(type, 0, gfp, node, _RET_IP_);
}
EXPORT_SYMBOL_GPL(tslab_cache_alloc_node);
