// SPDX-License-Identifier: GPL-2.0
/* Every slab that is debugged, for whoever looks at all objects. */
#include "debug.h"
#include "lock.h"
#include "tslab.h"

/* Context: class lock held, which keeps the slabs of the list. */
static int walk_list(struct list_head *slabs,
		     int (*look)(struct tslab_slab *slab, void *data), void *data)
{
	struct tslab_slab *slab;
	int ret = 0;

	list_for_each_entry(slab, slabs, list)
		ret = ret ?: look(slab, data);
	return ret;
}

static int walk_bin(struct tslab_bin *bin,
		    int (*look)(struct tslab_slab *slab, void *data), void *data)
{
	struct tslab_bin_node *node;
	unsigned long flags;
	int ret;

	raw_spin_lock_irqsave(&bin->type->lock, flags);
	ret = walk_list(&bin->full, look, data);
	tslab_for_each_bin_node(node, bin)
		ret = ret ?: walk_list(&node->partial, look, data) ?:
			     walk_list(&node->empty, look, data);
	raw_spin_unlock_irqrestore(&bin->type->lock, flags);
	return ret;
}

static int walk_instance(struct tslab *ts,
			 int (*look)(struct tslab_slab *slab, void *data), void *data)
{
	struct tslab_bin *bin;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ts->nr_epochs && !ret; i++) {
		struct tslab_epoch *epoch = READ_ONCE(ts->epochs[i]);

		if (!epoch)
			continue;
		rcu_read_lock();
		tslab_for_each_bin(bin, epoch)
			if (!ret && tslab_type_is_debugged(bin->type))
				ret = walk_bin(bin, look, data);
		rcu_read_unlock();
		cond_resched();
	}
	return ret;
}

/**
 * tslab_debug_walk() - look at every slab that is debugged
 * @ts: instance, or NULL for all
 * @look: called for each, with the class lock held; ends the walk by another value
 *	than 0
 * @data: for @look
 *
 * Context: process context; may sleep; @ts stays.
 * Return: what @look returned last, or 0.
 */
int tslab_debug_walk(struct tslab *ts,
		     int (*look)(struct tslab_slab *slab, void *data), void *data)
{
	int srcu, ret = 0;

	if (ts)
		return walk_instance(ts, look, data);
	srcu = srcu_read_lock(&tslab_instances_srcu);
	tslab_for_each_instance(ts)
		ret = ret ?: walk_instance(ts, look, data);
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	return ret;
}
