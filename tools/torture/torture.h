/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of tslab_torture share. */
#ifndef _TSLAB_TORTURE_H
#define _TSLAB_TORTURE_H

#include <linux/atomic.h>
#include <linux/prandom.h>
#include <linux/rwsem.h>
#include <linux/tslab.h>
#include <linux/types.h>

#define TORTURE_ARENAS		8
#define TORTURE_SLOTS		256
#define TORTURE_HANDLES		64

/**
 * struct torture_arena - places that objects are put into and taken from
 * @gate: readers use objects, the writer ends the epoch; arena 0 has none, as
 *	interrupts use it, and its epoch, the current one, is never discarded
 * @epoch: the open epoch that objects are put in, or TSLAB_EPOCH_NONE;
 *	@gate
 * @slot: objects, of any epoch; xchg
 * @handle: handles of objects; xchg
 */
struct torture_arena {
	struct rw_semaphore gate;
	tslab_epoch_t epoch;
	void *slot[TORTURE_SLOTS];
	tslab_handle_t handle[TORTURE_HANDLES];
};

/* What was done, by name, and what went wrong. */
#define TORTURE_COUNTS(X)	\
	X(allocs)		\
	X(nulls)		\
	X(frees)		\
	X(rcu_frees)		\
	X(reallocs)		\
	X(handles)		\
	X(reserves)		\
	X(interrupts)		\
	X(callbacks)		\
	X(opens)		\
	X(busy)			\
	X(advances)		\
	X(closes)		\
	X(discards)		\
	X(domains)		\
	X(phases)		\
	X(instances)		\
	X(reads)		\
	X(misuses)		\
	X(reclaims)		\
	X(onoffs)		\
	X(audits)		\
	X(failures)

/* Counters of tslab that only refusals raise: there are as many as we asked for. */
#define TORTURE_REFUSALS(X)	\
	X(size_rejected)	\
	X(free_double)		\
	X(free_invalid)		\
	X(free_foreign)		\
	X(handle_invalid)	\
	X(handle_stale)

#define TORTURE_X_FIELD(name)	atomic_long_t name;
struct torture_counts {
	TORTURE_COUNTS(TORTURE_X_FIELD)
};

struct torture_refusals {
	TORTURE_REFUSALS(TORTURE_X_FIELD)
};

#undef TORTURE_X_FIELD

extern struct tslab *torture_ts;

#define TORTURE_CACHES	3
extern struct tslab_cache *torture_cache[TORTURE_CACHES];
extern struct torture_arena torture_arena[TORTURE_ARENAS];
extern struct torture_counts torture_counts;
extern struct torture_refusals torture_refusals;
extern unsigned int torture_nworkers;
extern bool torture_misuse;

#define torture_count(name)	atomic_long_inc(&torture_counts.name)
#define torture_refused(name)	atomic_long_inc(&torture_refusals.name)

/* Says what went wrong, the first times, and has the test fail. */
#define torture_fail(fmt, ...) do {					\
	if (atomic_long_inc_return(&torture_counts.failures) <= 20)	\
		pr_err("tslab-torture: " fmt "\n", ##__VA_ARGS__);	\
} while (0)

/* model.c */
void torture_model_init(void);
void torture_fill(void *obj, const void *place, size_t size,
		  tslab_epoch_t epoch);
bool torture_intact(const void *obj, const void *place);
bool torture_kept(const void *obj, const void *old, size_t size);
size_t torture_size(const void *obj);
tslab_epoch_t torture_epoch_of(const void *obj);
struct rcu_head *torture_rcu_head(void *obj);
size_t torture_random_size(struct rnd_state *rnd);
void torture_audit(void);
void torture_empty(struct torture_arena *arena, tslab_epoch_t discarded);

/* ops.c */
void torture_op(struct rnd_state *rnd);
void torture_swap(struct rnd_state *rnd, gfp_t gfp);
void torture_in_reclaim(void);
void torture_interrupt(struct rnd_state *rnd);
tslab_epoch_t torture_open(struct rnd_state *rnd);
void torture_ops_exit(void);

/* figures.c */
void torture_read(struct rnd_state *rnd);
void torture_read_class(struct rnd_state *rnd);

/* misuse.c */
void torture_strange_start(void);
void torture_strange_end(void);
void torture_misuse_op(struct rnd_state *rnd);

static inline unsigned int torture_below(struct rnd_state *rnd, unsigned int n)
{
	return prandom_u32_state(rnd) % n;
}

#endif /* _TSLAB_TORTURE_H */
