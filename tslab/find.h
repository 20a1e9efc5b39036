/* SPDX-License-Identifier: GPL-2.0 */
/* From an address to its slab and slot, whatever the address is. */
#ifndef _TSLAB_FIND_H
#define _TSLAB_FIND_H

#include <linux/mm.h>
#include <linux/uaccess.h>

#include "tslab.h"

extern unsigned long tslab_page_secret;

/*
 * The struct page of any address, and the word of it that points to the slab if
 * the page is ours. Return: false if there is none.
 */
#if defined(CONFIG_X86_64) && defined(CONFIG_SPARSEMEM_VMEMMAP)
/*
 * virt_addr_valid() takes as long as all the rest of a free. In the direct map
 * a struct page is missing only where the vmemmap has a hole.
 */
static __always_inline bool tslab_page_of(const void *addr, struct page **page,
					  unsigned long *word)
{
	if (unlikely((unsigned long)addr < PAGE_OFFSET || addr >= high_memory))
		return false;
	*page = pfn_to_page(PFN_DOWN((unsigned long)addr - PAGE_OFFSET));
	__get_kernel_nofault(word, &(*page)->lru.prev, unsigned long, hole);
	return true;
hole:
	return false;
}
#else
static __always_inline bool tslab_page_of(const void *addr, struct page **page,
					  unsigned long *word)
{
	if (unlikely(!virt_addr_valid(addr)))
		return false;
	*page = virt_to_page(addr);
	/* See tslab_slab_find(). */
	*word = (unsigned long)data_race(READ_ONCE((*page)->lru.prev));
	return true;
}
#endif

/*
 * The slab an address lies in. Any address will do: a page is ours if two words
 * of its struct page agree in a secret that nobody else knows.
 *
 * Context: preemption disabled for as long as the result is used.
 */
static __always_inline bool tslab_slab_find(const void *addr,
					    struct tslab_slab **slab)
{
	unsigned long word, secret;
	struct page *page;

	if (unlikely(!tslab_page_of(addr, &page, &word)))
		return false;
	/* Others may be writing to theirs. */
	secret = word ^ data_race(READ_ONCE(page->private));
	if (unlikely(secret != tslab_page_secret))
		return false;
	*slab = (struct tslab_slab *)word;
	return true;
}

static inline struct tslab_slab *tslab_slab_of(const void *addr)
{
	struct tslab_slab *slab;

	return tslab_slab_find(addr, &slab) ? slab : NULL;
}

/*
 * Whether a slot starts at @obj, an address in the slab. What the slab has left
 * after its last slot looks like one more; slab->refused tells.
 */
static __always_inline bool tslab_slot_find(const struct tslab_slab *slab,
					    const void *obj, unsigned int *slot)
{
	u32 offset = obj - slab->base;
	u64 scaled = (u64)offset * slab->geo.reciprocal;

	*slot = scaled >> 32;
	/* One byte more would have added the reciprocal. */
	return likely((u32)scaled < slab->geo.reciprocal);
}

static inline void *tslab_slot_obj(const struct tslab_slab *slab,
				   unsigned int slot)
{
	return slab->base + slot * slab->geo.size;
}

static inline bool tslab_slot_is_free(const struct tslab_slab *slab,
				      unsigned int slot)
{
	u64 free = atomic64_read(&slab->shared) | READ_ONCE(slab->owned);

	return free & (TSLAB_SLAB_DEAD | BIT_ULL(slot));
}

#endif /* _TSLAB_FIND_H */
