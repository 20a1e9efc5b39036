/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tslab_micro: what its parts know of each other.
 *
 *   micro_main.c -> micro_objects.c	pairs, bursts, orders of freeing
 *                -> micro_handle.c	handles, and domains
 *                -> micro_cpus.c	two CPUs
 *                -> micro_epochs.c	advance, close, discard
 *                -> micro_requests.c	phases, from open to discard
 *                -> micro_latency.c	distribution of what a pair takes
 *                -> micro_memory.c	what instances and slabs take
 *                   -> micro_time.c	batches, medians, lines of the log
 */
#ifndef _TSLAB_MICRO_H
#define _TSLAB_MICRO_H

#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/stringify.h>
#include <linux/tslab.h>

#include "../../tslab/compat.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

/* === Works === */

/* The parameter "work"; each is a function micro_NAME(). */
#define MICRO_WORKS(X)		\
	X(pair)			\
	X(pair_typed)		\
	X(burst16)		\
	X(burst64)		\
	X(burst512)		\
	X(fifo)			\
	X(lifo)			\
	X(random)		\
	X(softirq_pair)		\
	X(handle)		\
	X(domain8)		\
	X(pair_scoped)		\
	X(remote_free)		\
	X(remote_turns)		\
	X(two_cpus)		\
	X(advance)		\
	X(close)		\
	X(discard)		\
	X(latency)		\
	X(request4)		\
	X(request16)		\
	X(request64)		\
	X(request256)		\
	X(request16_cpus)	\
	X(request16_open)	\
	X(request_mixed)	\
	X(request_parts)	\
	X(create)		\
	X(utilisation)		\
	X(peak)			\
	X(hold_slabs)		\
	X(hold_instances)

#define MICRO_X_WORK(name)	int micro_##name(void);
MICRO_WORKS(MICRO_X_WORK)
#undef MICRO_X_WORK

/* micro_memory.c: ends what hold_slabs and hold_instances have left. */
void micro_release(void);

/* === Parameters === */

#define MICRO_MAX_OPS		1000000
#define MICRO_MAX_BATCHES	10000
#define MICRO_MAX_OTHERS	1000000
/* Objects that live at the same time in the works on the order of freeing. */
#define MICRO_LIVE		10000
/* Batches before those that count. */
#define MICRO_WARM_UP		16
/* Where a work takes longer than this, it has fewer batches, but some. */
#define MICRO_LIMIT_NS		(2 * NSEC_PER_SEC)
#define MICRO_LEAST_BATCHES	3
/* Instructions of what shows what the clock counts. */
#define MICRO_NOPS		100

/**
 * struct micro - what is measured
 * @size: bytes of an object
 * @ops: operations of a batch, at least
 * @batches: batches of each work
 * @others: what there is beside the work: objects, slabs or instances
 * @seed: of the random order
 * @per_cpu: an instance
 * @shared: an instance without the per-CPU tier
 * @typed: a cache of the instance
 * @cache: for kmem_cache
 * @objs: MICRO_LIVE pointers
 */
struct micro {
	unsigned int size;
	unsigned int ops;
	unsigned int batches;
	unsigned int others;
	unsigned int seed;
	struct tslab *per_cpu;
	struct tslab *shared;
	struct tslab_cache *typed;
	struct kmem_cache *cache;
	void **objs;
};

extern struct micro micro;

/* === Allocators === */

/* Nothing is the loop around the others. The order is that of the log. */
#define MICRO_ALLOCATORS(X)	\
	X(nothing)		\
	X(nops)			\
	X(tslab)		\
	X(tslab_shared)		\
	X(kmem_cache)		\
	X(kmalloc)

#define MICRO_X_ALLOCATOR(name)	MICRO_##name,
enum micro_allocator {
	MICRO_ALLOCATORS(MICRO_X_ALLOCATOR)
	MICRO_NR_ALLOCATORS
};

#undef MICRO_X_ALLOCATOR

static __always_inline void *micro_nothing_alloc(gfp_t gfp)
{
	void *obj = &micro;

	OPTIMIZER_HIDE_VAR(obj);
	return obj;
}

static __always_inline void micro_nothing_free(void *obj)
{
	asm volatile("" : : "r" (obj));
}

static __always_inline void *micro_nops_alloc(gfp_t gfp)
{
	return micro_nothing_alloc(gfp);
}

static __always_inline void micro_nops_free(void *obj)
{
	asm volatile(".rept " __stringify(MICRO_NOPS) "\n\tnop\n\t.endr"
		     : : "r" (obj));
}

static __always_inline void *micro_tslab_alloc(gfp_t gfp)
{
	return tslab_alloc(micro.per_cpu, micro.size, gfp);
}

static __always_inline void micro_tslab_free(void *obj)
{
	tslab_free(micro.per_cpu, obj);
}

static __always_inline void *micro_tslab_shared_alloc(gfp_t gfp)
{
	return tslab_alloc(micro.shared, micro.size, gfp);
}

static __always_inline void micro_tslab_shared_free(void *obj)
{
	tslab_free(micro.shared, obj);
}

static __always_inline void *micro_kmem_cache_alloc(gfp_t gfp)
{
	return kmem_cache_alloc(micro.cache, gfp);
}

static __always_inline void micro_kmem_cache_free(void *obj)
{
	kmem_cache_free(micro.cache, obj);
}

/* As in tslab_alloc(), the compiler does not know the size. */
static __always_inline void *micro_kmalloc_alloc(gfp_t gfp)
{
	return kmalloc(micro.size, gfp);
}

static __always_inline void micro_kmalloc_free(void *obj)
{
	kfree(obj);
}

/* === Time === */

/**
 * struct micro_pace - counts batches, within a limit of time
 * @warm_up: batches left that do not count
 * @batches: batches that count, at most
 * @done: of them, those that were begun
 * @begun: ktime_get_ns() of the first
 */
struct micro_pace {
	unsigned int warm_up;
	unsigned int batches;
	unsigned int done;
	u64 begun;
};

#define MICRO_NOT_COUNTED	(-1)
#define MICRO_OVER		(-2)

void micro_pace_init(struct micro_pace *pace, unsigned int warm_up,
		     unsigned int batches);
int micro_pace_next(struct micro_pace *pace);

/*
 * Times of single pairs take a clock that is finer than a pair; that of User
 * Mode Linux is not.
 */
static __always_inline u64 micro_cycles(void)
{
#ifdef CONFIG_UML_X86
	u32 low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return (u64)high << 32 | low;
#else
	return ktime_get_ns();
#endif
}

/**
 * typedef micro_run_t - a batch
 * @n: operations
 *
 * Return: whether all allocations succeeded; everything is freed either way.
 */
typedef bool (*micro_run_t)(unsigned int n);

/**
 * struct micro_times - what operations took
 * @nr: entries of @ps
 * @ps: thousandths of a nanosecond per operation
 */
struct micro_times {
	unsigned int nr;
	s64 *ps;
};

int micro_times_init(struct micro_times *times, unsigned int nr);
void micro_times_exit(struct micro_times *times);
s64 micro_times_median(struct micro_times *times);
s64 micro_times_log(struct micro_times *times, const char *work,
		    enum micro_allocator allocator, s64 less);
void micro_log(const char *work, enum micro_allocator allocator, s64 median,
	       s64 min, s64 max);
int micro_measure(const char *work, const micro_run_t *runs, unsigned int unit);
int micro_measure_softirq(const char *work, const micro_run_t *runs,
			  unsigned int unit);
s64 micro_clock_ps(void);

/* micro_cpus.c: the same on two CPUs at once. */
int micro_measure_at_once(const char *work, const micro_run_t *first,
			  const micro_run_t *second);

/**
 * MICRO_RUN() - a batch of a work on an allocator
 * @work: name of the work
 * @allocator: name of the allocator
 * @pattern: inlined with what it calls, so that the calls are direct ones
 * @arg: for the pattern
 */
#define MICRO_RUN(work, allocator, pattern, arg)			\
static noinline bool work##_##allocator(unsigned int n)			\
{									\
	return pattern(n, micro_##allocator##_alloc,			\
		       micro_##allocator##_free, arg);			\
}

/* All of them. */
#define MICRO_RUNS(work, pattern, arg)					\
	MICRO_RUN(work, nothing, pattern, arg)				\
	MICRO_RUN(work, nops, pattern, arg)				\
	MICRO_RUN(work, tslab, pattern, arg)				\
	MICRO_RUN(work, tslab_shared, pattern, arg)			\
	MICRO_RUN(work, kmem_cache, pattern, arg)			\
	MICRO_RUN(work, kmalloc, pattern, arg)				\
static const micro_run_t work##_runs[MICRO_NR_ALLOCATORS] = {		\
	[MICRO_nothing] = work##_nothing,				\
	[MICRO_nops] = work##_nops,					\
	[MICRO_tslab] = work##_tslab,					\
	[MICRO_tslab_shared] = work##_tslab_shared,			\
	[MICRO_kmem_cache] = work##_kmem_cache,				\
	[MICRO_kmalloc] = work##_kmalloc,				\
};

typedef void *(*micro_alloc_t)(gfp_t gfp);
typedef void (*micro_free_t)(void *obj);

/* One object at a time. */
static __always_inline bool micro_pairs(unsigned int n, micro_alloc_t alloc,
					micro_free_t free, gfp_t gfp)
{
	while (n--) {
		void *obj = alloc(gfp);

		if (unlikely(!obj))
			return false;
		free(obj);
	}
	return true;
}

#endif /* _TSLAB_MICRO_H */
