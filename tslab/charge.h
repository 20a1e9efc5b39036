/* SPDX-License-Identifier: GPL-2.0 */
/* Whom the pages of an epoch are charged to. */
#ifndef _TSLAB_CHARGE_H
#define _TSLAB_CHARGE_H

#include "tslab.h"

/* Before 6.7 a shrinker has no number before it is registered. */
#if defined(CONFIG_MEMCG) && defined(TSLAB_HAS_SHRINKER_ALLOC)
#define TSLAB_CHARGE_SHRINKER
int tslab_charge_init(struct shrinker *shrinker);
void tslab_charge_exit(void);
#endif

/* Whether the slabs of a bin are charged to a cgroup: then none are of the stock. */
static inline bool tslab_bin_is_charged(const struct tslab_bin *bin)
{
	const struct tslab_epoch *epoch = bin->epoch;

	return unlikely(READ_ONCE(epoch->memcg)) &&
	       (epoch->charges_all || bin->type->charges);
}

struct tslab_charge_mark;

/**
 * struct tslab_charge - whom an epoch that is about to open is charged to
 * @memcg: the cgroup, or NULL
 * @mark: has the kernel ask for what the epoch has when that is at its limit
 * @all: all that is allocated is charged, whatever the instance says
 */
struct tslab_charge {
	struct mem_cgroup *memcg;
	struct tslab_charge_mark *mark;
	bool all;
};

int tslab_charge_look(struct tslab_charge *charge, struct mem_cgroup *memcg);
void tslab_charge_drop(const struct tslab_charge *charge);

/* As tslab_charge_look() for the task's, if the instance says so. */
static inline void tslab_charge_find(struct tslab_charge *charge,
				     const struct tslab *ts)
{
	if (unlikely(READ_ONCE(ts->charges)))
		tslab_charge_look(charge, NULL);
}

void tslab_charge_begin(struct tslab_epoch *epoch,
			const struct tslab_charge *charge);
void tslab_charge_end(struct tslab_epoch *epoch);
u64 tslab_charge_cgroup(const struct tslab_epoch *epoch);
struct mem_cgroup *tslab_charge_get(const struct tslab_bin *bin);

#endif /* _TSLAB_CHARGE_H */
