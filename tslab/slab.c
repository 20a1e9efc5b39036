// SPDX-License-Identifier: GPL-2.0
/* The life of a slab: descriptor, pages, end. */
#include <linux/kmemleak.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "tslab.h"
#include "charge.h"
#include "cpu.h"
#include "debug.h"
#include "find.h"
#include "handle.h"
#include "run.h"

#include <trace/events/tslab.h>

/* No slot of it is ever free, nor is it ever without a live object. */
struct tslab_slab tslab_no_slab = {
	.geo.span = 1,
	.words = 1,
	.word = { { .owned = 0 } },
};

static struct kmem_cache *tslab_slab_cache, *tslab_stock_slab_cache;

/* === Descriptors === */

static size_t slab_bytes(unsigned int words)
{
	return offsetof(struct tslab_slab, word) +
	       words * sizeof(struct tslab_word);
}

/* Whether the stock takes slabs of a bin that are cut like that. */
static bool slab_is_for_stock(const struct tslab_type *type,
			      const struct tslab_geometry *geo)
{
	return geo->pages == 1 && geo->span <= TSLAB_SMALL_SPAN &&
	       geo->size >= TSLAB_SMALL_MIN &&
	       !(type->flags & (TSLAB_CACHE_TYPESAFE_BY_RCU | TSLAB_DEBUG_FLAGS));
}

static size_t slab_stock_bytes(void)
{
	return slab_bytes(TSLAB_SMALL_WORDS) + sizeof(struct tslab_run);
}

/* Bytes of the descriptor of a slab of a type. */
size_t tslab_slab_bytes(const struct tslab_type *type)
{
	struct tslab_geometry geo;

	if (slab_is_for_stock(type, &type->geo))
		return slab_stock_bytes();
	if (!tslab_type_is_debugged(type))
		return slab_bytes(DIV_ROUND_UP(type->geo.span, 64));
	tslab_debug_cut(type, type->geo.size, &geo);
	return slab_bytes(DIV_ROUND_UP(geo.span, 64)) + tslab_debug_bytes(&geo);
}

static struct kmem_cache *slab_cache(unsigned int words, bool for_stock)
{
	if (for_stock)
		return tslab_stock_slab_cache;
	return words == 1 ? tslab_slab_cache : NULL;
}

/*
 * Zeroes but for how it is cut, and what it is made for. @marks: bytes of them
 */
static struct tslab_slab *slab_alloc(const struct tslab_geometry *geo,
				     bool for_stock, size_t marks, gfp_t gfp)
{
	unsigned int words = DIV_ROUND_UP(geo->span, 64);
	struct kmem_cache *cache = marks ? NULL : slab_cache(words, for_stock);
	size_t bytes = slab_bytes(words) + marks;
	struct tslab_slab *slab;

	gfp &= ~__GFP_THISNODE;
	if (tslab_should_fail(bytes, gfp))
		return NULL;
	slab = cache ? kmem_cache_zalloc(cache, gfp) : kzalloc(bytes, gfp);
	if (slab) {
		slab->geo = *geo;
		slab->words = words;
		slab->for_stock = for_stock;
	}
	return slab;
}

static void slab_construct(struct tslab_slab *slab)
{
	unsigned int slot;

	for (slot = 0; slot < slab->geo.span; slot++)
		if (tslab_slot_ok(slab, slot))
			slab->type->ctor(tslab_slot_obj(slab, slot));
}

/* What was in the stock is counted as it was used last. */
static noinline void slab_recount(struct tslab_slab *slab)
{
	tslab_slab_count_pages(slab, -(long)slab->geo.pages);
	slab->reclaimable = !slab->reclaimable;
	tslab_slab_count_pages(slab, slab->geo.pages);
}

/*
 * On the node of its pages. @wanted: node they were to be on, NUMA_NO_NODE for that
 * one
 */
static __always_inline void node_add(const struct tslab_slab *slab, int wanted)
{
	struct tslab_node __percpu *nodes = slab->ts->nodes;
	unsigned int node = slab->node;

	tslab_cpu_add(nodes[node].slabs, 1);
	tslab_cpu_add(nodes[node].pages, slab->geo.pages);
	if (wanted == NUMA_NO_NODE || node == wanted) {
		tslab_cpu_add(nodes[node].slab_hit, 1);
	} else {
		tslab_cpu_add(nodes[node].slab_miss, 1);
		tslab_cpu_add(nodes[wanted].slab_foreign, 1);
	}
}

/* Has a slab be of a bin. @wanted: as for node_add() */
static __always_inline void slab_join(struct tslab_slab *slab,
				      struct tslab_bin *bin, int wanted)
{
	slab->ts = bin->type->ts;
	slab->type = bin->type;
	slab->bin = bin;
	slab->shared = false;
	if (unlikely(slab->reclaimable != bin->type->reclaimable))
		slab_recount(slab);
	/* From here on it may be found. */
	if (!slab->is_run)
		WRITE_ONCE(slab->key, bin->type->name ? (void *)bin->type :
							(void *)slab->ts);
	tslab_count(bin, new_slab_count);
	atomic_long_add(slab->geo.pages, &bin->nr_pages);
	node_add(slab, wanted);
	if (trace_tslab_slab_new_enabled())
		trace_tslab_slab_new(slab->ts->name,
				     tslab_slab_traced_size(slab),
				     bin->epoch->index, slab->geo.pages);
}

/* Likewise, as it is cut. */
static void slab_begin(struct tslab_slab *slab, struct tslab_bin *bin,
		       int wanted)
{
	slab->cpu_slab = &tslab_no_cpu_slab;
	slab->size = slab->geo.size;
	slab->reciprocal = slab->geo.reciprocal;
	slab->state = TSLAB_SLAB_GONE;
	slab_join(slab, bin, wanted);
}

/* All of a slab that knows where its objects are is free and owned. */
static void slab_init(struct tslab_slab *slab)
{
	struct tslab_word *word;

	slab->node = page_to_nid(virt_to_page(slab->base));
	atomic_set(&slab->pins, 1);
	atomic64_set(&slab->next_handle, HANDLE_SERIAL);
	INIT_LIST_HEAD(&slab->list);
	tslab_for_each_word(word, slab) {
		word->owned = tslab_word_all(slab, word);
		atomic64_set(&word->refused, ~word->owned);
	}
}

/*
 * A slab with its pages, all of it free and owned; of no bin. @debugged: type that
 * it will be of if that is debugged, else NULL
 */
static struct tslab_slab *slab_make(const struct tslab_geometry *geo,
				    bool for_stock, bool reclaimable,
				    const struct tslab_type *debugged,
				    struct mem_cgroup *memcg, gfp_t gfp,
				    int node)
{
	struct mem_cgroup *before = NULL;
	struct tslab_slab *slab;
	struct page *page;

	gfp &= ~(__GFP_ZERO | __GFP_COMP | __GFP_ACCOUNT | __GFP_MOVABLE |
		 __GFP_RECLAIMABLE);
	slab = slab_alloc(geo, for_stock, debugged ? tslab_debug_bytes(geo) : 0,
			  gfp);
	if (!slab)
		return NULL;
	if (reclaimable)
		gfp |= __GFP_RECLAIMABLE;
	if (unlikely(memcg)) {
		gfp |= __GFP_ACCOUNT;
		before = set_active_memcg(memcg);
	}
	page = tslab_pages_alloc(&slab->geo, gfp, node);
	if (unlikely(memcg))
		set_active_memcg(before);
	if (!page) {
		kfree(slab);
		return NULL;
	}
	slab->base = page_address(page);
	if (unlikely(debugged))
		tslab_debug_slab_begin(slab, debugged);
	slab_init(slab);
	if (for_stock)
		tslab_slab_run(slab)->base = slab->base;
	slab->reclaimable = reclaimable;
	slab->charged = memcg;
	tslab_slab_count_pages(slab, slab->geo.pages);
	return slab;
}

/* It may be found from here on. */
static void slab_made(struct tslab_slab *slab, gfp_t gfp)
{
	tslab_pages_tag(virt_to_page(slab->base), slab->geo.pages, slab);
	if (unlikely(tslab_slab_has_tools(slab)))
		tslab_tools_slab_new(slab);
	else
		/* Scanned for pointers, never reported: its objects are not tracked. */
		kmemleak_alloc(tslab_slab_start(slab), slab->geo.pages * PAGE_SIZE,
			       0, gfp);
}

/**
 * tslab_slab_for_stock() - make a slab for tslab_stock_put()
 * @gfp: the caller's flags
 *
 * Context: any that @gfp allows; no locks.
 * Return: the slab, or NULL.
 */
struct tslab_slab *tslab_slab_for_stock(gfp_t gfp)
{
	struct tslab_slab *slab = slab_make(&tslab_run_geometry, true, false,
					    NULL, NULL, gfp, NUMA_NO_NODE);

	if (slab)
		slab_made(slab, gfp);
	return slab;
}

/**
 * tslab_slab_new() - make a slab with its first slot taken
 * @bin: what it will belong to
 * @geo: how it is to be cut
 * @gfp: the caller's flags
 * @node: node the pages are to be on, or NUMA_NO_NODE for the CPU's. Without
 *	__GFP_THISNODE they are on the nearest that has some
 *
 * The slab is nobody's yet: the caller gives it to a CPU with tslab_cpu_own(),
 * links it with tslab_slab_move(), or drops it.
 *
 * Context: any that @gfp allows; no locks.
 * Return: the slab, or NULL.
 */
struct tslab_slab *tslab_slab_new(struct tslab_bin *bin,
				  const struct tslab_geometry *geo, gfp_t gfp,
				  int node)
{
	struct mem_cgroup *memcg = tslab_charge_get(bin);
	bool for_stock = !memcg && slab_is_for_stock(bin->type, geo);
	bool debugged = tslab_type_is_debugged(bin->type);
	struct tslab_slab *slab = slab_make(geo, for_stock,
					    bin->type->reclaimable,
					    debugged ? bin->type : NULL, memcg,
					    gfp, node);

	mem_cgroup_put(memcg);
	if (!slab)
		return NULL;
	slab->word[0].owned &= ~BIT_ULL(0);
	slab_begin(slab, bin, node == NUMA_NO_NODE ? numa_mem_id() : node);
	if (unlikely(debugged))
		tslab_debug_slab_fill(slab);
	if (slab->type->ctor)
		slab_construct(slab);
	slab_made(slab, gfp);
	return slab;
}

/**
 * tslab_slab_around() - make a slab of an object that has its page elsewhere
 * @bin: what it will belong to
 * @obj: the object
 * @size: bytes of it, 1 to PAGE_SIZE
 * @gfp: the caller's flags
 *
 * It has no pages, and nobody finds it yet.
 *
 * Context: any that @gfp allows; no locks.
 * Return: as tslab_slab_new().
 */
struct tslab_slab *tslab_slab_around(struct tslab_bin *bin, void *obj, size_t size,
				     gfp_t gfp)
{
	const struct tslab_geometry geo = {
		.size = size,
		/* That there is one object is all it has to tell. */
		.reciprocal = U32_MAX / max_t(size_t, size, 2) + 1,
		.span = 1,
	};
	struct tslab_slab *slab = slab_alloc(&geo, false, 0,
					     gfp & ~(__GFP_ZERO | __GFP_ACCOUNT));

	if (!slab)
		return NULL;
	slab->base = obj;
	slab->is_kfence = true;
	slab->reclaimable = bin->type->reclaimable;
	slab_init(slab);
	slab->word[0].owned = 0;
	slab_begin(slab, bin, NUMA_NO_NODE);
	if (slab->type->ctor)
		slab_construct(slab);
	return slab;
}

/* All but the first word of one that was in the stock. */
static void slab_recut_words(struct tslab_slab *slab)
{
	struct tslab_word *word;

	slab->words = DIV_ROUND_UP(slab->geo.span, 64);
	for (word = slab->word + 1; word < slab->word + slab->words; word++) {
		word->owned = tslab_word_all(slab, word);
		atomic64_set(&word->shared, 0);
		atomic64_set(&word->refused, ~word->owned);
	}
}

/**
 * tslab_slab_recut() - tslab_slab_new() of one that was in the stock
 * @slab: the slab
 * @bin: what it will belong to; how it is cut its type says
 *
 * Context: preemption disabled.
 */
void tslab_slab_recut(struct tslab_slab *slab, struct tslab_bin *bin)
{
	u64 all;

	slab->geo = bin->type->small;
	WRITE_ONCE(slab->is_run, false);
	all = tslab_word_all(slab, slab->word);
	slab->word[0].owned = all & ~BIT_ULL(0);
	atomic64_set(&slab->word[0].shared, 0);
	atomic64_set(&slab->word[0].refused, ~all);
	if (TSLAB_SMALL_WORDS > 1)
		slab_recut_words(slab);
	slab_begin(slab, bin, slab->node);
}

/**
 * tslab_slab_recut_run() - have one that was in the stock be a run
 * @slab: the slab
 * @bin: what it will belong to, of a class
 *
 * Context: preemption disabled.
 */
void tslab_slab_recut_run(struct tslab_slab *slab, struct tslab_bin *bin)
{
	slab->geo = tslab_run_geometry;
	if (TSLAB_SMALL_WORDS > 1)
		slab->words = 1;
	WRITE_ONCE(slab->is_run, true);
	tslab_run_clear(slab);
	tslab_slab_run(slab)->is_new = true;
	atomic64_set(&slab->word[0].shared, 0);
	atomic64_set(&slab->word[0].refused, 0);
	slab_begin(slab, bin, slab->node);
}

/**
 * tslab_slab_reuse() - have one that was cleared begin as it is cut
 * @slab: the slab
 * @bin: what it will belong to: what it did, unless it is a run
 *
 * Context: preemption disabled.
 */
void tslab_slab_reuse(struct tslab_slab *slab, struct tslab_bin *bin)
{
	struct tslab_word *word;

	tslab_for_each_small_word(word, slab)
		atomic64_set(&word->shared, 0);
	slab_join(slab, bin, NUMA_NO_NODE);
}

/**
 * tslab_slab_share() - let everybody have the slots of a new slab
 * @slab: slab from tslab_slab_new()
 *
 * Context: any.
 */
void tslab_slab_share(struct tslab_slab *slab)
{
	struct tslab_word *word;

	tslab_for_each_word(word, slab) {
		atomic64_set(&word->shared, word->owned);
		word->owned = 0;
	}
}

/* === Set-up and end of the module === */

int __init tslab_slab_cache_init(void)
{
	tslab_pages_init();
	/* By themselves in slabtop, whose question is where the memory is. */
	tslab_slab_cache = kmem_cache_create("tslab_slab", slab_bytes(1),
					     __alignof__(struct tslab_slab),
					     SLAB_NO_MERGE, NULL);
	if (!tslab_slab_cache)
		return -ENOMEM;
	tslab_stock_slab_cache =
		kmem_cache_create("tslab_stock_slab", slab_stock_bytes(),
				  __alignof__(struct tslab_slab), SLAB_NO_MERGE,
				  NULL);
	if (tslab_stock_slab_cache)
		return 0;
	kmem_cache_destroy(tslab_slab_cache);
	return -ENOMEM;
}

void tslab_slab_cache_exit(void)
{
	kmem_cache_destroy(tslab_stock_slab_cache);
	kmem_cache_destroy(tslab_slab_cache);
}
