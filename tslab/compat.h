/* SPDX-License-Identifier: GPL-2.0 */
/* The one place for differences between kernels. */
#ifndef _TSLAB_COMPAT_H
#define _TSLAB_COMPAT_H

#include <linux/percpu.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/swap.h>
/* Made by Kbuild, of what probe.c tells. */
#include "tslab_features.h"

/* 6.7 made shrinkers objects of their own. */
#ifndef TSLAB_HAS_SHRINKER_ALLOC
static inline struct shrinker *shrinker_alloc(unsigned int flags,
					      const char *fmt, ...)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (shrinker)
		shrinker->flags = flags;
	return shrinker;
}

static inline void shrinker_register(struct shrinker *shrinker)
{
	/* Without memory for its bookkeeping nothing is reclaimed early. */
	if (register_shrinker(shrinker, "tslab"))
		pr_warn("tslab: no shrinker\n");
}

static inline void shrinker_free(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}
#endif

/* Before 6.4 slabs had a count of their own. */
#ifndef TSLAB_HAS_ACCOUNT_RECLAIMED
static inline void mm_account_reclaimed_pages(unsigned long pages)
{
	if (current->reclaim_state)
		current->reclaim_state->reclaimed_slab += pages;
}
#endif

/*
 * 6.5 has a flag for caches that are not to be merged. The one that did it
 * before takes the cache's sheaves, too, where there are sheaves.
 */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE	SLAB_NOLEAKTRACE
#endif

/* 6.8 gave what the depot of stacks is to do a name. @gfp: 0 for no memory */
#ifdef CONFIG_STACKDEPOT
static inline u32 tslab_depot_save(unsigned long *entries, unsigned int nr,
				   gfp_t gfp)
{
#ifdef STACK_DEPOT_FLAG_CAN_ALLOC
	return stack_depot_save_flags(entries, nr, gfp,
				      gfp ? STACK_DEPOT_FLAG_CAN_ALLOC : 0);
#else
	return __stack_depot_save(entries, nr, 0, gfp, gfp);
#endif
}
#endif

/* 6.5 has the size of what is yet to be pointed to. */
#ifndef struct_size_t
#define struct_size_t(type, member, count) \
	struct_size((type *)NULL, member, count)
#endif

/* 6.18 told KUnit's generators of parameters which test it is. */
#ifdef TSLAB_HAS_KUNIT_GENERATOR_TEST
#define TSLAB_KUNIT_GENERATOR(name) \
	const void *name(struct kunit *test, const void *prev, char *desc)
#else
#define TSLAB_KUNIT_GENERATOR(name) \
	const void *name(const void *prev, char *desc)
#endif

/*
 * Adds to a u64 of this CPU, which an interrupt may do, too. On User Mode Linux
 * this_cpu_add() masks signals, which takes longer than an allocation. What it
 * runs on has an instruction for that. To ask which CPU this is takes a call
 * there: whoever has asked, with preemption disabled, says it.
 */
#ifdef CONFIG_UML
#define tslab_cpu_add_on(cpu, pcp, n)					\
	asm volatile("addq %1, %0"					\
		     : "+m" (*per_cpu_ptr(&(pcp), cpu))			\
		     : "er" ((s64)(n)))
#define tslab_cpu_add(pcp, n)						\
	do {								\
		int this_cpu = get_cpu();				\
									\
		tslab_cpu_add_on(this_cpu, pcp, n);			\
		put_cpu();						\
	} while (0)
#define tslab_cpu_ptr(ptr, cpu)		per_cpu_ptr(ptr, cpu)
#else
/* this_cpu_add() compares with -1, which clang knows that a small n cannot be. */
#define tslab_cpu_ptr(ptr, cpu)		this_cpu_ptr(ptr)
#define tslab_cpu_add_on(cpu, pcp, n)	this_cpu_add(pcp, (s64)(n))
#define tslab_cpu_add(pcp, n)		this_cpu_add(pcp, (s64)(n))
#endif

#endif /* _TSLAB_COMPAT_H */
