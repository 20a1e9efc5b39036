/* SPDX-License-Identifier: GPL-2.0 */
/* Whom the pages of an epoch are charged to. */
#ifndef _TSLAB_CHARGE_H
#define _TSLAB_CHARGE_H

#include "tslab.h"

/* Whether the slabs of a bin are charged to a cgroup: then none are of the stock. */
static inline bool tslab_bin_is_charged(const struct tslab_bin *bin)
{
	const struct tslab_epoch *epoch = bin->epoch;

	return unlikely(READ_ONCE(epoch->memcg)) &&
	       (epoch->charges_all || bin->type->charges);
}

struct mem_cgroup *tslab_charge_look(struct mem_cgroup *memcg);

/*
 * Whom an epoch is charged to: as tslab_charge_look(), if @all that is allocated in
 * it is to be, or the instance says so.
 */
static inline struct mem_cgroup *
tslab_charge_find(const struct tslab *ts, struct mem_cgroup *memcg, bool all)
{
	return likely(!all && !READ_ONCE(ts->charges)) ?
	       NULL : tslab_charge_look(memcg);
}

void tslab_charge_begin(struct tslab_epoch *epoch, struct mem_cgroup *memcg,
			bool all);
void tslab_charge_end(struct tslab_epoch *epoch);
struct mem_cgroup *tslab_charge_get(const struct tslab_bin *bin);

#endif /* _TSLAB_CHARGE_H */
