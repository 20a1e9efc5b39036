/* SPDX-License-Identifier: GPL-2.0 */
/* From an address to its slab and slot, whatever the address is. */
#ifndef _TSLAB_FIND_H
#define _TSLAB_FIND_H

#include <linux/mm.h>

#include "kfence.h"
#include "tslab.h"

extern unsigned long tslab_page_secret;

/*
 * The two words of the struct page of any address that tell whose it is. Return:
 * false if there is none.
 */
#if defined(CONFIG_X86_64) && defined(CONFIG_SPARSEMEM_VMEMMAP)
#include <asm/asm.h>

#define TSLAB_PAGE_BY_OFFSET
extern unsigned long tslab_page_span;

/* A word that may be where nothing is mapped: then it is 0. */
static __always_inline unsigned long tslab_load(const void *word)
{
	unsigned long value;

	/* __get_kernel_nofault() would have its error looked at each time. */
	asm volatile("1:	mov %1, %0\n"
		     "2:\n"
		     _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_ZERO_REG, %0)
		     : "=r" (value) : "m" (*(const unsigned long *)word));
	return value;
}

/*
 * virt_addr_valid() takes as long as all the rest of a free. In the direct map
 * a struct page is missing only where the vmemmap has a hole; of what is above,
 * it would be above those of the direct map, where nothing is mapped that must
 * not be read. Beyond tslab_page_span it would be among addresses of users, which
 * the kernel does not survive.
 */
static __always_inline bool tslab_page_words(const void *addr,
					     unsigned long *lru,
					     unsigned long *private)
{
	unsigned long offset = (unsigned long)addr - PAGE_OFFSET;
	struct page *page;

	if (unlikely(offset >= tslab_page_span))
		return false;
	page = pfn_to_page(PFN_DOWN(offset));
	*lru = tslab_load(&page->lru.prev);
	*private = tslab_load(&page->private);
	return true;
}
#else
static __always_inline bool tslab_page_words(const void *addr,
					     unsigned long *lru,
					     unsigned long *private)
{
	struct page *page;

	if (unlikely(!virt_addr_valid(addr)))
		return false;
	page = virt_to_page(addr);
	/* Others may be writing to theirs. */
	*lru = (unsigned long)data_race(READ_ONCE(page->lru.prev));
	/* Likewise. */
	*private = data_race(READ_ONCE(page->private));
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

	if (unlikely(!tslab_page_words(addr, &word, &secret)))
		return false;
	if (unlikely((word ^ secret) != tslab_page_secret))
		return false;
	*slab = (struct tslab_slab *)word;
	return true;
}

/* Likewise, also where the pages are not the slab's. */
static inline struct tslab_slab *tslab_slab_of(const void *addr)
{
	struct tslab_slab *slab;

	return tslab_slab_find(addr, &slab) ? slab : tslab_kfence_slab(addr);
}

/*
 * Whether a slot starts at @obj, an address in the slab. What the slab has left
 * after its last slot looks like one more; word->refused tells, or the span.
 */
static __always_inline bool tslab_slot_find(const struct tslab_slab *slab,
					    const void *obj, unsigned long *slot)
{
	u32 offset = obj - slab->base;
	u64 scaled = (u64)offset * slab->reciprocal;

	*slot = scaled >> 32;
	/* One byte more would have added the reciprocal. */
	return likely((u32)scaled < slab->reciprocal);
}

/* Whether that is one of an object. */
static inline bool tslab_slot_ok(const struct tslab_slab *slab,
				 unsigned long slot)
{
	if (unlikely(slab->is_run))
		return slot < TSLAB_RUN_UNITS &&
		       READ_ONCE(tslab_slab_run(slab)->starts) >> slot & 1;
	return slot < slab->geo.span && slot % 64 != 63;
}

static inline void *tslab_slot_obj(const struct tslab_slab *slab,
				   unsigned long slot)
{
	return slab->base + slot * slab->size;
}

static inline bool tslab_slot_is_free(struct tslab_slab *slab,
				      unsigned long slot)
{
	const struct tslab_word *word = tslab_slab_word(slab, slot);
	u64 free = atomic64_read(&word->shared) | READ_ONCE(word->owned);

	return free & (TSLAB_SLAB_DEAD | BIT_ULL(slot % 64));
}

#endif /* _TSLAB_FIND_H */
