// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of the kernel's KFENCE: each has a page of its own between unmapped ones,
 * and that is unmapped, too, when it is freed. One allocation in so many asks for one
 * where the CPU's slab has no slot: so nobody pays who does not refill. A phase that
 * ends when it is time leaves nothing ready for the next, which therefore asks.
 *
 * KFENCE samples what is allocated of SLUB: what kmalloc() returns is one of its
 * objects now and then, and else given back at once. To tslab it is a slab of one
 * object, without pages, which is found by the address and dies with the object.
 */
#include <linux/jump_label.h>
#include <linux/kfence.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "debug.h"
#include "kfence.h"
#include "tslab.h"

#define KFENCE_MAX	1000000

DEFINE_STATIC_KEY_FALSE(tslab_kfence_key);

static unsigned int kfence_every;
/* Until it is the CPU's turn. Below 0 if an interrupt came between the look and the count. */
static DEFINE_PER_CPU(int, kfence_left);
/* Slabs by the number of the page that their object is in. */
static DEFINE_XARRAY_FLAGS(kfence_slabs, XA_FLAGS_LOCK_IRQ);

static unsigned long page_number(const void *obj)
{
	return page_to_pfn(virt_to_page(obj));
}

/**
 * tslab_kfence_slab() - the slab of an object of KFENCE
 * @addr: any address
 *
 * Context: preemption disabled for as long as the result is used.
 * Return: the slab, or NULL.
 */
struct tslab_slab *tslab_kfence_slab(const void *addr)
{
	return is_kfence_address(addr) ? xa_load(&kfence_slabs, page_number(addr)) :
					 NULL;
}

/* Makes it be found. Return: whether there was memory for that. */
static bool slab_enter(struct tslab_slab *slab)
{
	unsigned long flags;
	void *was;

	xa_lock_irqsave(&kfence_slabs, flags);
	was = __xa_store(&kfence_slabs, page_number(slab->base), slab,
			 __GFP_NOWARN);
	xa_unlock_irqrestore(&kfence_slabs, flags);
	return !xa_is_err(was);
}

/**
 * tslab_kfence_end() - give the object of a slab back to KFENCE
 * @slab: slab of one that nobody is to find any more
 *
 * Context: any but NMI.
 */
void tslab_kfence_end(struct tslab_slab *slab)
{
	unsigned long flags;

	xa_lock_irqsave(&kfence_slabs, flags);
	__xa_erase(&kfence_slabs, page_number(slab->base));
	xa_unlock_irqrestore(&kfence_slabs, flags);
	if (!slab->leaked)
		kfree(slab->base);
}

/* Whether objects of a type may be KFENCE's. */
static bool type_is_for_kfence(const struct tslab_type *type)
{
	/* What was freed of the one is still used, and the other is looked at anyway. */
	return !(type->flags & (TSLAB_CACHE_TYPESAFE_BY_RCU | TSLAB_DEBUG_FLAGS)) &&
	       type->geo.size <= PAGE_SIZE;
}

/**
 * tslab_kfence_cache() - what KFENCE is asked by for objects of a cache
 * @cache: cache that is made; if KFENCE is not asked by then, it will be as if for
 *	objects of no cache
 *
 * As SLUB would have them: their ends are those of a page, but for their alignment, and
 * reports have their name.
 *
 * Context: process context; may sleep.
 * Return: it, or NULL.
 */
struct kmem_cache *tslab_kfence_cache(const struct tslab_cache *cache)
{
	struct kmem_cache *kmem;
	char *name;

	if (!tslab_kfence_is_on() || !type_is_for_kfence(&cache->type))
		return NULL;
	name = kasprintf(GFP_KERNEL, "tslab-%s-%s", cache->type.ts->name,
			 cache->name);
	if (!name)
		return NULL;
	kmem = kmem_cache_create(name, cache->size, cache->type.align,
				 SLAB_NO_MERGE, NULL);
	kfree(name);
	return kmem;
}

/* An object as KFENCE has it, or NULL, as mostly. */
static void *object_get(const struct tslab_type *type, size_t size)
{
	struct kmem_cache *kmem = NULL;
	void *obj;

	if (type->name)
		kmem = container_of(type, struct tslab_cache, type)->kmem;
	/* What it has needs no memory; and it does without where it has none. */
	obj = kmem ? kmem_cache_alloc(kmem, __GFP_NOWARN) :
		     kmalloc(size, __GFP_NOWARN);
	if (is_kfence_address(obj) && IS_ALIGNED((unsigned long)obj, type->align))
		return obj;
	kfree(obj);
	return NULL;
}

/**
 * tslab_kfence_turn() - whether it is the turn of this CPU to ask KFENCE
 *
 * Context: any.
 * Return: true once in so many times, until tslab_kfence_new() was called.
 */
bool tslab_kfence_turn(void)
{
	if (this_cpu_read(kfence_left) <= 0)
		return true;
	this_cpu_dec(kfence_left);
	return false;
}

/**
 * tslab_kfence_is_due() - whether an allocation is to ask KFENCE
 * @type: of what is allocated
 *
 * Context: any.
 * Return: as tslab_kfence_turn(), of objects that may be KFENCE's.
 */
bool tslab_kfence_is_due(const struct tslab_type *type)
{
	if (!type_is_for_kfence(type) || in_nmi())
		return false;
	/* There, kmalloc() may have to wait. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible())
		return false;
	return tslab_kfence_turn();
}

/**
 * tslab_kfence_new() - a slab of an object of KFENCE
 * @bin: bin that the slab is to be of
 * @size: bytes that were asked for, if that is not for the type to say
 * @gfp: the caller's flags
 *
 * Context: any that @gfp allows; no locks.
 * Return: as tslab_slab_new(); NULL if KFENCE has none now.
 */
struct tslab_slab *tslab_kfence_new(struct tslab_bin *bin, size_t size, gfp_t gfp)
{
	struct tslab_slab *slab;
	void *obj;

	this_cpu_write(kfence_left, (READ_ONCE(kfence_every) ?: 1) - 1);
	size = tslab_asked_size(bin->type, size);
	obj = object_get(bin->type, size);
	if (likely(!obj))
		return NULL;
	slab = tslab_slab_around(bin, obj, size, gfp);
	if (!slab) {
		kfree(obj);
		return NULL;
	}
	if (!slab_enter(slab)) {
		tslab_slab_drop(slab);
		return NULL;
	}
	tslab_count(bin, kfence_allocs);
	return slab;
}

/**
 * tslab_kfence_set() - have one allocation in so many ask KFENCE
 * @every: how many, or 0 for none
 *
 * Context: process context; may sleep.
 */
void tslab_kfence_set(unsigned int every)
{
	unsigned int cpu;

	WRITE_ONCE(kfence_every, every);
	for_each_possible_cpu(cpu)
		WRITE_ONCE(*per_cpu_ptr(&kfence_left, cpu), 0);
	if (every)
		static_branch_enable(&tslab_kfence_key);
	else
		static_branch_disable(&tslab_kfence_key);
}

static int param_set_kfence(const char *val, const struct kernel_param *kp)
{
	unsigned int every;
	int err = kstrtouint(val, 0, &every);

	if (err)
		return err;
	if (every > KFENCE_MAX)
		return -ERANGE;
	tslab_kfence_set(every);
	return 0;
}

static const struct kernel_param_ops param_ops_kfence = {
	.set = param_set_kfence,
	.get = param_get_uint,
};

module_param_cb(kfence, &param_ops_kfence, &kfence_every, 0600);
MODULE_PARM_DESC(kfence, "Of allocations that find no slot at hand, one in so many asks the kernel's KFENCE for an object: 0 to 1000000, default 0, for none");
