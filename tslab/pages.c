// SPDX-License-Identifier: GPL-2.0
/* The pages of a slab: where they come from, what they are known by, their end. */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include "tslab.h"
#include "find.h"

/* Whose they are the caller's caller has said: see linux/tslab.h. */
#ifndef alloc_hooks
#define alloc_pages_noprof	alloc_pages
#define alloc_pages_node_noprof	alloc_pages_node
#endif

unsigned long tslab_page_secret __ro_after_init;

#ifdef TSLAB_PAGE_BY_OFFSET
/* Bytes from PAGE_OFFSET on that have a struct page below the end of all. */
unsigned long tslab_page_span __ro_after_init;

static void __init page_span_init(void)
{
	unsigned long pages = -(unsigned long)pfn_to_page(0) /
			      sizeof(struct page);

	/* Nothing below PAGE_OFFSET, which is as far away. */
	tslab_page_span = min(-PAGE_OFFSET, pages << PAGE_SHIFT);
}
#else
static void page_span_init(void) { }
#endif

void __init tslab_pages_init(void)
{
	tslab_page_secret = get_random_long();
	page_span_init();
}

static struct page *pages_run(unsigned int nr, gfp_t gfp, int node)
{
	unsigned int order = order_base_2(nr);
	struct page *page;
	unsigned int i;

	if (tslab_should_fail(nr * PAGE_SIZE, gfp))
		return NULL;
	page = node == NUMA_NO_NODE ? alloc_pages_noprof(gfp, order) :
				      alloc_pages_node_noprof(node, gfp, order);
	if (!page)
		return NULL;
	/* Pages of their own, so that the surplus of the order can go back. */
	if (order)
		split_page(page, order);
	for (i = nr; i < 1U << order; i++)
		__free_page(page + i);
	for (i = 0; i < nr; i++)
		page_ref_add(page + i, TSLAB_PAGE_REFS);
	return page;
}

/**
 * tslab_pages_alloc() - pages for a slab
 * @geo: how the slab is to be cut; fewer pages and a smaller span if there is no
 *	run of so many pages, down to those of one object
 * @gfp: flags that alloc_pages() takes
 * @node: node, or NUMA_NO_NODE for where the task's policy says
 *
 * Context: any that @gfp allows; no locks.
 * Return: the first page, or NULL.
 */
struct page *tslab_pages_alloc(struct tslab_geometry *geo, gfp_t gfp, int node)
{
	unsigned int least = DIV_ROUND_UP(geo->size, PAGE_SIZE);
	struct page *page;

	if (geo->pages > least) {
		gfp_t easy = (gfp | __GFP_NOWARN | __GFP_NORETRY) &
			     ~__GFP_NOFAIL;

		/* Nothing is reclaimed or compacted for what can be done without. */
		if (gfpflags_allow_blocking(gfp))
			easy = (easy | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
		page = pages_run(geo->pages, easy, node);
		if (page)
			return page;
		geo->pages = least;
		geo->span = min_t(unsigned int, geo->span,
				  least * PAGE_SIZE / geo->size);
	}
	/* Who waits for more than two pages in a row may wait for ever. */
	if (least > 2)
		gfp &= ~__GFP_NOFAIL;
	return pages_run(least, gfp, node);
}

/* Whether pages that are one block again can go as one: who counts each cannot tell. */
static unsigned int block_order(struct page *page, unsigned int nr, bool charged)
{
	if (nr == 1 || charged || IS_ENABLED(CONFIG_MEM_ALLOC_PROFILING))
		return 0;
	return min_t(unsigned int, ilog2(nr), __ffs(page_to_pfn(page)));
}

/* Leaves the block with one reference, unless somebody else has, or has dropped, one. */
static bool block_take(struct page *page, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < 1U << order; i++)
		if (!page_ref_freeze(page + i, 1 + TSLAB_PAGE_REFS))
			break;
	if (likely(i == 1U << order)) {
		page_ref_unfreeze(page, 1);
		return true;
	}
	while (i--)
		page_ref_unfreeze(page + i, 1 + TSLAB_PAGE_REFS);
	return false;
}

/* Returns how often somebody else has dropped it. */
static unsigned int page_free(struct page *page)
{
	int missing = 1 + TSLAB_PAGE_REFS - page_ref_count(page);

	if (unlikely(missing))
		missing = clamp(missing, 0, TSLAB_PAGE_REFS);
	page_ref_sub(page, TSLAB_PAGE_REFS - missing);
	__free_page(page);
	return missing;
}

/**
 * tslab_pages_free() - give pages back
 * @page: first of them, which nobody is to find any more
 * @nr: how many
 * @charged: whether each is charged to a memory cgroup
 *
 * As few blocks as they can be: many pages that go one by one stay on the lists of the
 * CPU, and are free to nobody else.
 *
 * Context: any but NMI; no locks.
 * Return: how often somebody else has dropped one of them.
 */
unsigned int tslab_pages_free(struct page *page, unsigned int nr, bool charged)
{
	unsigned int dropped = 0;

	while (nr) {
		unsigned int order = block_order(page, nr, charged);

		if (order && likely(block_take(page, order))) {
			__free_pages(page, order);
		} else {
			dropped += page_free(page);
			order = 0;
		}
		page += 1 << order;
		nr -= 1 << order;
	}
	return dropped;
}

/* Makes pages findable by tslab_slab_of(), or with NULL no longer so. */
void tslab_pages_tag(struct page *page, unsigned int nr,
		     struct tslab_slab *slab)
{
	unsigned long ptr = (unsigned long)slab;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		WRITE_ONCE(page[i].lru.prev, (struct list_head *)ptr);
		WRITE_ONCE(page[i].private, ptr ? ptr ^ tslab_page_secret : 0);
	}
}
