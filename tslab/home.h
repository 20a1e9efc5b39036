/* SPDX-License-Identifier: GPL-2.0 */
/* The home of an epoch, and the stock of slabs that each CPU has ready. */
#ifndef _TSLAB_HOME_H
#define _TSLAB_HOME_H

#include <linux/sizes.h>

#include "tslab.h"

/* In tslab_epoch::home, besides a CPU and TSLAB_NO_CPU: there is to be none. */
#define TSLAB_NO_HOME		(-2)

/**
 * struct tslab_home_end - an end that is under way
 * @kill: also slabs that something is live in
 * @alone: nothing is left that others have met, or that something is live in, and
 *	no CPU but the home can own any
 * @room: slabs that may stay where they are for the next activation
 * @slabs: slabs that were ended
 * @classes: types that the epoch was to have slabs of
 * @pages: pages of those that were ended
 * @pages_left: of all others
 * @dead: those that the stock did not take
 */
struct tslab_home_end {
	bool kill;
	bool alone;
	unsigned int room;
	unsigned int slabs;
	unsigned int classes;
	long pages;
	long pages_left;
	struct list_head dead;
};

/* home.c */
struct tslab_cpu_slab *tslab_home_enter(struct tslab_bin *bin, u64 id);
void *tslab_home_alloc(struct tslab_type *type, struct tslab_epoch *epoch,
		       u64 id, gfp_t gfp, unsigned int *reasons);
bool tslab_home_new(struct tslab_bin *bin, unsigned int *reasons);
void tslab_home_end(struct tslab_epoch *epoch, struct tslab_home_end *end);
void tslab_home_leave(struct tslab_epoch *epoch);
void tslab_home_open(struct tslab_epoch *epoch, u64 id, int home);
unsigned long tslab_home_cool(struct tslab_epoch *epoch);

/* stock.c */
/* Slabs of a page that a CPU has ready, at most: 128 KiB, or what a phase needs. */
#define TSLAB_STOCK_MAX		(PAGE_SIZE == SZ_4K ? 32 : 8)

struct tslab_slab *tslab_stock_get(void);
bool tslab_stock_put(struct tslab_slab *slab);
bool tslab_stock_keep(struct tslab_slab *slab);
bool tslab_stock_fill(gfp_t gfp);
unsigned long tslab_stock_pages_of(int node);
unsigned long tslab_stock_drain_of(int node);
void tslab_stock_leave(void);
void tslab_stock_exit(void);

/* Of all nodes. */
static inline unsigned long tslab_stock_pages(void)
{
	return tslab_stock_pages_of(NUMA_NO_NODE);
}

/* Likewise. */
static inline unsigned long tslab_stock_drain(void)
{
	return tslab_stock_drain_of(NUMA_NO_NODE);
}

/* Slabs that a warm place has, at most. */
#define TSLAB_WARM_MAX		8

/**
 * struct tslab_warm - a place of the ring that a CPU has ready
 * @epoch: drained, and mostly warm; or NULL; xchg
 * @seen_id: its id when somebody last looked whether it is used
 */
struct tslab_warm {
	struct tslab_epoch *epoch;
	u64 seen_id;
};

/* ring.c */
bool tslab_ring_leave_warm(struct tslab_epoch *epoch);
void tslab_ring_put_back(struct tslab_epoch *epoch, int cpu);

/**
 * tslab_ring_take_warm() - take the place that this CPU has ready
 * @ts: instance
 *
 * Context: process context.
 * Return: the place, or NULL. The task may be on another CPU then.
 */
static inline struct tslab_epoch *tslab_ring_take_warm(struct tslab *ts)
{
	struct tslab_warm *warm = raw_cpu_ptr(ts->warm);

	/* After all that was done to it; pairs with tslab_ring_leave_warm(). */
	return READ_ONCE(warm->epoch) ? xchg(&warm->epoch, NULL) : NULL;
}

/* The place that a CPU has ready, or NULL. */
static inline struct tslab_epoch *tslab_ring_warm(struct tslab *ts, int cpu)
{
	return READ_ONCE(per_cpu_ptr(ts->warm, cpu)->epoch);
}

/* warm.c */
unsigned long tslab_warm_leave(struct tslab *ts, int cpu);
unsigned long tslab_warm_drain(bool idle, int node);
unsigned long tslab_warm_pages(int node);

#endif /* _TSLAB_HOME_H */
