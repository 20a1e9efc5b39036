// SPDX-License-Identifier: GPL-2.0
/* Where slots come from when the CPU's slab has none: lists, others, new slabs. */
#include "tslab.h"
#include "charge.h"
#include "cpu.h"
#include "debug.h"
#include "find.h"
#include "home.h"
#include "kfence.h"
#include "lock.h"

#include <trace/events/tslab.h>

/* === Per-CPU tier === */

/*
 * Whether this CPU may come to own slabs of a type.
 *
 * Context: preemption disabled.
 */
static bool cpu_tier(const struct tslab_type *type)
{
	return !(type->ts->flags & TSLAB_SHARED_ONLY) &&
	       !tslab_type_is_debugged(type) &&
	       __this_cpu_read(tslab_cpu_may_own);
}

/* === Lists === */

/* A slab of a node with free slots, or NULL. Context: class lock held. */
static struct tslab_slab *first_usable(struct tslab_bin *bin, int node)
{
	struct tslab_bin_node *from = &bin->nodes[node];
	struct tslab_slab *slab;

	slab = list_first_entry_or_null(&from->partial, struct tslab_slab,
					list);
	if (slab)
		return slab;
	slab = list_first_entry_or_null(&from->empty, struct tslab_slab, list);
	if (slab)
		tslab_count(bin, empty_slab_recycled);
	return slab;
}

/*
 * Takes the class lock for bringing a slab of a bin into use, after which the
 * caller looks whether the epoch is open. What a close has to look at is marked
 * before: either the caller sees the close, or the close sees the marks and
 * waits for the lock.
 */
static unsigned long lock_for_use(struct tslab_bin *bin, u64 id,
				  unsigned int *reasons)
	__acquires(&bin->type->lock)
{
	unsigned long flags;

	tslab_bin_use(bin, id);
	flags = tslab_class_lock(bin, TSLAB_SITE_slow_acquire, reasons);
	/* Only the newest: a stale id may come late. */
	if (bin->listed_id < id)
		WRITE_ONCE(bin->listed_id, id);
	/* Pairs with the cmpxchg in tslab_epoch_shut(). */
	smp_mb();
	return flags;
}

/*
 * Makes room for one more slab: the CPU gives up the one that it used up first.
 *
 * Context: in the busy section, class lock held.
 * Return: that one if it has free slots by now, or NULL.
 */
static struct tslab_slab *cpu_make_room(struct tslab_cpu_slab *cs)
{
	struct tslab_slab *old;

	if (tslab_cpu_has_room(cs))
		return NULL;
	old = cs->kept[cs->oldest];
	WRITE_ONCE(cs->kept[cs->oldest], &tslab_no_slab);
	cs->nr_kept--;
	WRITE_ONCE(old->owner, NULL);
	tslab_slab_move(old, TSLAB_SLAB_FULL);
	/* Pairs with the cmpxchg in shared_give(). */
	smp_mb();
	return tslab_slab_nr_shared(old) ? old : NULL;
}

/* Counts an object that a CPU took of a slab that has just become its own. */
static void count_taken(struct tslab_bin *bin, struct tslab_cpu_slab *cs)
{
	if (cs == &bin->home)
		/* As cs->hits in cpu_take(). */
		TSLAB_COUNTED(data_race(cs->misses++));
	else
		tslab_count_misses(smp_processor_id(), bin);
}

/* Takes a slot of a slab on a list, which becomes the CPU's. */
static void *cpu_take_listed(struct tslab_bin *bin, u64 id, int node,
			     struct tslab_cpu_slab *cs, unsigned int *reasons)
{
	struct tslab_slab *slab;
	unsigned long flags;
	void *obj = NULL;

	/* What is not to be given up needs no lock to be kept. */
	if (tslab_cpu_has_room(cs) && tslab_lists_are_empty(bin))
		return NULL;
	flags = lock_for_use(bin, id, reasons);
	if (!tslab_epoch_is_open(bin->epoch, id))
		goto unlock;
	slab = cpu_make_room(cs) ?: first_usable(bin, node);
	if (slab) {
		tslab_cpu_own(bin, cs, slab);
		/* Nothing to take if its last slots were claimed just now. */
		if (cs->word->owned)
			obj = tslab_owned_take(cs, cs->word, cs->word->owned);
	}
unlock:
	tslab_class_unlock(bin, flags);
	return obj;
}

/*
 * Takes a slot of a slab this CPU owns already or can own now, of those on a
 * node.
 *
 * Context: in the busy section.
 */
static void *cpu_refill(struct tslab_bin *bin, u64 id, int node,
			struct tslab_cpu_slab *cs, unsigned int *reasons)
{
	void *obj;

	if (!tslab_epoch_is_open(bin->epoch, id))
		return NULL;
	obj = tslab_cpu_go_on(cs);
	if (!obj && cs == &bin->home && tslab_lists_are_empty(bin) &&
	    tslab_home_new(bin, reasons))
		return tslab_slot_obj(cs->slab, 0);
	if (!obj)
		obj = cpu_take_listed(bin, id, node, cs, reasons);
	if (obj) {
		*reasons |= TSLAB_SLOW(refill);
		tslab_count(bin, cpu_refills);
		count_taken(bin, cs);
	}
	return obj;
}

/* === Shared tier === */

/* Claims a slot of a word others may be using too. Return: slot or -1. */
static int shared_claim_word(struct tslab_slab *slab, struct tslab_word *word,
			     unsigned int *reasons)
{
	struct tslab_bin *bin = slab->bin;
	s64 free = atomic64_read(&word->shared);

	while (free & ~TSLAB_SLAB_DEAD) {
		if (atomic64_try_cmpxchg(&word->shared, &free,
					 free & (free - 1))) {
			tslab_count(bin, bitmap_alloc_attempts);
			return 64 * (word - slab->word) + __ffs64(free);
		}
		*reasons |= TSLAB_SLOW(cas_retry);
		tslab_count(bin, bitmap_alloc_cas_retries);
		trace_tslab_cas_retry(slab->ts->name, slab->size,
				      TSLAB_CAS_ALLOC);
	}
	return -1;
}

static int shared_claim(struct tslab_slab *slab, unsigned int *reasons)
{
	struct tslab_word *word;
	int slot;

	tslab_for_each_word(word, slab) {
		slot = shared_claim_word(slab, word, reasons);
		if (slot >= 0)
			return slot;
	}
	return -1;
}

/* Gives back a slot that was claimed in an epoch that has closed since. */
static void shared_unclaim(struct tslab_slab *slab, unsigned int slot,
			   struct list_head *dead, unsigned int *reasons)
{
	struct tslab_word *word = tslab_slab_word(slab, slot);
	struct tslab_bin *bin = slab->bin;
	unsigned long flags;

	flags = tslab_class_lock(bin, TSLAB_SITE_slow_acquire,
				 reasons);
	if (atomic64_read(&word->shared) & TSLAB_SLAB_DEAD) {
		/* Discarded, and counted there as an object that was freed. */
		tslab_count_misses(smp_processor_id(), bin);
	} else {
		atomic64_or(BIT_ULL(slot % 64), &word->shared);
		slab = tslab_slab_settle(slab);
		if (slab)
			list_add(&slab->list, dead);
	}
	tslab_class_unlock(bin, flags);
}

/* Publishes a slab of the lists. Return: whether there is a published one. */
static bool shared_publish(struct tslab_bin *bin, u64 id, int node,
			   unsigned int *reasons)
{
	struct tslab_slab **published = &bin->nodes[node].current_partial;
	struct tslab_slab *slab = NULL;
	unsigned long flags;

	flags = lock_for_use(bin, id, reasons);
	if (!tslab_epoch_is_open(bin->epoch, id))
		goto unlock;
	slab = READ_ONCE(*published);
	if (slab) {
		tslab_count(bin, current_partial_state_mismatch);
	} else {
		slab = first_usable(bin, node);
		if (slab) {
			tslab_slab_move(slab, TSLAB_SLAB_CURRENT);
			tslab_count(bin, current_partial_cas_attempts);
			/* Only NULL to a slab under the lock: cannot fail. */
			cmpxchg(published, NULL, slab);
		}
	}
unlock:
	tslab_class_unlock(bin, flags);
	return slab;
}

/* Takes back a published slab that turned out to be full. */
static void shared_unpublish(struct tslab_bin *bin, struct tslab_slab *slab,
			     struct list_head *dead, unsigned int *reasons)
{
	unsigned long flags;

	if (READ_ONCE(bin->nodes[slab->node].current_partial) != slab) {
		tslab_count(bin, current_partial_state_mismatch);
		return;
	}
	if (!tslab_slab_unpublish(slab)) {
		*reasons |= TSLAB_SLOW(cas_retry);
		return;
	}
	flags = tslab_class_lock(bin, TSLAB_SITE_alloc_full, reasons);
	slab = tslab_slab_settle(slab);
	if (slab)
		list_add(&slab->list, dead);
	tslab_class_unlock(bin, flags);
}

static void *shared_alloc(struct tslab_bin *bin, u64 id, int node,
			  struct list_head *dead, unsigned int *reasons)
{
	struct tslab_slab *slab;
	int slot;

	*reasons |= TSLAB_SLOW(shared);
	for (;;) {
		slab = READ_ONCE(bin->nodes[node].current_partial);
		if (!slab) {
			*reasons |= TSLAB_SLOW(partial_null);
			tslab_count(bin, current_partial_null);
			if (!shared_publish(bin, id, node, reasons))
				return NULL;
			continue;
		}
		slot = shared_claim(slab, reasons);
		if (slot < 0) {
			*reasons |= TSLAB_SLOW(partial_full);
			tslab_count(bin, current_partial_full);
			shared_unpublish(bin, slab, dead, reasons);
			continue;
		}
		/*
		 * The cmpxchg of the claim orders it before this; pairs with
		 * the one in tslab_epoch_shut().
		 */
		if (unlikely(!tslab_epoch_is_open(bin->epoch, id))) {
			shared_unclaim(slab, slot, dead, reasons);
			return NULL;
		}
		tslab_count_misses(smp_processor_id(), bin);
		return tslab_slot_obj(slab, slot);
	}
}

/* === New slabs === */

/* Lists a new slab, or publishes it. Context: class lock held. */
static void install_listed(struct tslab_bin *bin, struct tslab_slab *slab)
{
	struct tslab_slab **published = &bin->nodes[slab->node].current_partial;

	tslab_slab_share(slab);
	if (bin->type->number == TSLAB_LARGE || slab->is_kfence) {
		tslab_slab_move(slab, TSLAB_SLAB_FULL);
	} else if (!READ_ONCE(*published)) {
		tslab_slab_move(slab, TSLAB_SLAB_CURRENT);
		tslab_count(bin, current_partial_cas_attempts);
		cmpxchg(published, NULL, slab);
	} else {
		tslab_slab_move(slab, TSLAB_SLAB_PARTIAL);
	}
}

/*
 * Brings a new slab into use; its first slot is the caller's. It is this CPU's
 * if it can own one more, else everybody's.
 *
 * @own: the CPU may come to own it
 */
static void *install(struct tslab_bin *bin, u64 id, struct tslab_slab *slab,
		     bool own, unsigned int *reasons)
{
	struct tslab_cpu_slab *cs = NULL;
	unsigned long flags;
	bool open;

	preempt_disable();
	if (own && bin->type->number != TSLAB_LARGE && cpu_tier(bin->type))
		cs = tslab_home_enter(bin, id);
	if (cs && tslab_cpu_has_room(cs)) {
		tslab_bin_use(bin, id);
		/* Also if another CPU did; pairs with tslab_epoch_shut(). */
		smp_mb();
		open = tslab_epoch_is_open(bin->epoch, id);
		if (open) {
			tslab_cpu_own(bin, cs, slab);
			count_taken(bin, cs);
		}
	} else {
		flags = lock_for_use(bin, id, reasons);
		open = tslab_epoch_is_open(bin->epoch, id);
		if (open) {
			install_listed(bin, slab);
			tslab_count_misses(smp_processor_id(), bin);
		}
		tslab_class_unlock(bin, flags);
	}
	if (cs)
		tslab_cpu_leave(cs);
	preempt_enable();
	if (open)
		return tslab_slot_obj(slab, 0);
	tslab_slab_drop(slab);
	return NULL;
}

/* Whether this CPU, or another one by now, is the home and has only begun. */
static bool begins_small(struct tslab_bin *bin)
{
	return bin->type->small.pages && !tslab_bin_is_charged(bin) &&
	       READ_ONCE(bin->home_cpu) == raw_smp_processor_id() &&
	       atomic_long_read(&bin->nr_pages) <= TSLAB_CPU_KEPT;
}

/*
 * How a new slab is cut: for a large object it is all that object, and what a phase
 * has of a cache at first is small, as there may be no more to come.
 *
 * @own: the CPU may come to own it
 */
static void cut(const struct tslab_bin *bin, u64 id, size_t size, bool own,
		struct tslab_geometry *geo)
{
	const struct tslab_type *type = bin->type;

	*geo = type->geo;
	if (unlikely(tslab_type_is_debugged(type)))
		tslab_debug_cut(type, size, geo);
	else if (type->number == TSLAB_LARGE)
		tslab_geometry_cut(geo, PAGE_ALIGN(size));
	else if (own && type->number >= TSLAB_NR_CLASSES && geo->pages > 1 &&
		 id != READ_ONCE(type->ts->current_id) &&
		 !(type->ts->flags & TSLAB_SHARED_ONLY) &&
		 atomic_long_read(&bin->nr_pages) < geo->pages)
		tslab_geometry_cut_first(geo);
}

/*
 * An object in a slab that there is on a node.
 *
 * @own: the CPU may come to own the slab
 */
static void *old_alloc(struct tslab_bin *bin, u64 id, int node, bool own,
		       unsigned int *reasons)
{
	struct tslab_cpu_slab *cs = NULL;
	LIST_HEAD(dead);
	void *obj = NULL;

	preempt_disable();
	own = own && cpu_tier(bin->type);
	if (own)
		cs = tslab_home_enter(bin, id);
	if (cs) {
		obj = cpu_refill(bin, id, node, cs, reasons);
		tslab_cpu_leave(cs);
	} else if (!own || READ_ONCE(bin->used_id) == id) {
		obj = shared_alloc(bin, id, node, &dead, reasons);
	}
	preempt_enable();
	if (unlikely(!list_empty(&dead))) {
		long pages = 0;

		tslab_slab_release_list(&dead, &pages);
	}
	return obj;
}

/* Whether there seems to be something free on a node. */
static bool node_has_free(const struct tslab_bin_node *node)
{
	return READ_ONCE(node->current_partial) || !list_empty(&node->partial) ||
	       !list_empty(&node->empty);
}

/* Nodes but one that seem to have something free. */
static bool other_nodes(struct tslab_bin *bin, int but, nodemask_t *nodes)
{
	int node;

	nodes_clear(*nodes);
	if (nr_online_nodes > 1)
		for_each_node_state(node, N_MEMORY)
			if (node != but && node_has_free(&bin->nodes[node]))
				node_set(node, *nodes);
	return !nodes_empty(*nodes);
}

/*
 * An object where the node it is to be on has none free: in a new slab there,
 * else in one that another node has, nearest first, else in a new one anywhere.
 * NULL if there is no memory or @id is closed.
 *
 * @node: that was asked for, or NUMA_NO_NODE
 * @near: node that it is to be on
 */
static void *far_alloc(struct tslab_bin *bin, u64 id, size_t size, gfp_t gfp,
		       int node, int near, unsigned int *reasons)
{
	bool own = node == NUMA_NO_NODE;
	struct tslab_slab *slab = NULL;
	struct tslab_geometry geo;
	int other;
	nodemask_t others;
	void *obj;

	if (own && begins_small(bin) && tslab_stock_fill(gfp)) {
		obj = old_alloc(bin, id, near, own, reasons);
		if (obj)
			return obj;
	}
	if (bin->type->number != TSLAB_LARGE &&
	    READ_ONCE(bin->home_cpu) != raw_smp_processor_id())
		tslab_cpu_slab_get(bin, gfp);
	cut(bin, id, size, own, &geo);
	if (!(gfp & __GFP_THISNODE) && other_nodes(bin, near, &others)) {
		/* Nothing is reclaimed for what can be done without. */
		slab = tslab_slab_new(bin, &geo, __GFP_THISNODE | __GFP_NOWARN |
				      (gfp & ~(__GFP_DIRECT_RECLAIM |
					       __GFP_NOFAIL)), near);
		while (!slab &&
		       (other = tslab_node_next(near, &others)) >= 0) {
			obj = old_alloc(bin, id, other, own, reasons);
			if (obj)
				return obj;
		}
	}
	if (!slab)
		slab = tslab_slab_new(bin, &geo, gfp, node);
	*reasons |= TSLAB_SLOW(new_slab);
	tslab_count(bin, slow_path_cache_miss);
	if (slab)
		return install(bin, id, slab, own, reasons);
	*reasons |= TSLAB_SLOW(failed);
	tslab_count(bin, alloc_failed);
	return NULL;
}

static void *bin_alloc(struct tslab_bin *bin, u64 id, size_t size, gfp_t gfp,
		       int node, unsigned int *reasons)
{
	int near = node == NUMA_NO_NODE ? numa_mem_id() : node;
	void *obj = NULL;

	tslab_count(bin, slow_path_hits);
	if (in_nmi()) {
		*reasons |= TSLAB_SLOW(failed);
		tslab_count(bin, alloc_failed);
		return NULL;
	}
	if (!(gfp & __GFP_THISNODE))
		near = tslab_node_with_memory(near);
	if (bin->type->number != TSLAB_LARGE)
		obj = old_alloc(bin, id, near, node == NUMA_NO_NODE, reasons);
	if (!obj && tslab_epoch_is_open(bin->epoch, id))
		obj = far_alloc(bin, id, size, gfp, node, near, reasons);
	if (!obj && !(*reasons & TSLAB_SLOW(failed))) {
		*reasons |= TSLAB_SLOW(epoch_closed);
		tslab_count(bin, slow_path_epoch_closed);
	}
	return obj;
}

/* An object of KFENCE, or NULL if that has none now. */
static noinline void *lent_object(struct tslab_bin *bin, u64 id, size_t size,
				  gfp_t gfp, unsigned int *reasons)
{
	struct tslab_slab *slab = tslab_kfence_new(bin, size, gfp);

	return slab ? install(bin, id, slab, false, reasons) : NULL;
}

/* A bin where there was none, or NULL, which is accounted for. */
static struct tslab_bin *bin_for(struct tslab_type *type,
				 struct tslab_epoch *epoch, u64 id, gfp_t gfp,
				 unsigned int *reasons)
{
	struct tslab_bin *bin;

	if (!tslab_epoch_is_open(epoch, id)) {
		*reasons |= TSLAB_SLOW(epoch_closed);
		tslab_count_outside(type, slow_path_epoch_closed);
		return NULL;
	}
	bin = in_nmi() ? NULL : tslab_bin_get(type, epoch, gfp);
	if (!bin) {
		*reasons |= TSLAB_SLOW(failed);
		tslab_count_outside(type, alloc_failed);
	}
	return bin;
}

/**
 * tslab_supply() - an object from anywhere but the CPU's slab
 * @type: its type
 * @epoch: epoch it is to be in
 * @id: id that the caller allocates under
 * @size: bytes of it, if that is not for @type to say
 * @gfp: the caller's flags
 * @node: node it is to be on, or NUMA_NO_NODE for the CPU's
 * @reasons: gets what it took, as bits TSLAB_SLOW()
 *
 * Context: any that @gfp allows; no locks.
 * Return: the object, or NULL if the epoch is not open under @id or there is no
 * memory.
 */
void *tslab_supply(struct tslab_type *type, struct tslab_epoch *epoch, u64 id,
		   size_t size, gfp_t gfp, int node, unsigned int *reasons)
{
	struct tslab_bin *bin;
	void *obj;

	preempt_disable();
	bin = tslab_bin_of(epoch, type);
	preempt_enable();
	if (unlikely(bin == &tslab_no_bin)) {
		bin = bin_for(type, epoch, id, gfp, reasons);
		if (!bin)
			return NULL;
	}
	if (tslab_kfence_is_on() && node == NUMA_NO_NODE &&
	    tslab_kfence_is_due(type)) {
		obj = lent_object(bin, id, size, gfp, reasons);
		if (obj)
			return obj;
	}
	do {
		obj = bin_alloc(bin, id, size, gfp, node, reasons);
	} while (unlikely(tslab_type_is_debugged(type)) && obj &&
		 !tslab_debug_alloc(type, obj, size, gfp));
	return obj;
}
