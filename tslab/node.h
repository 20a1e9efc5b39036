/* SPDX-License-Identifier: GPL-2.0 */
/* NUMA nodes: which is next, and what an instance has on each. */
#ifndef _TSLAB_NODE_H
#define _TSLAB_NODE_H

#include <linux/nodemask.h>

struct tslab;
struct tslab_slab;

/**
 * struct tslab_node - what an instance has on a node
 * @slabs: slabs whose pages are on it
 * @pages: their pages
 * @slab_hit: slabs that were to be on it and are
 * @slab_miss: slabs that are on it but were to be on another
 * @slab_foreign: slabs that were to be on it but are on another
 *
 * The last three go on for ever, and mean what they do in numastat.
 */
struct tslab_node {
	atomic64_t slabs;
	atomic64_t pages;
	atomic64_t slab_hit;
	atomic64_t slab_miss;
	atomic64_t slab_foreign;
};

int tslab_nodes_init(struct tslab *ts);
void tslab_nodes_exit(struct tslab *ts);
void tslab_node_add(const struct tslab_slab *slab, int wanted);
void tslab_node_sub(const struct tslab_slab *slab);
int tslab_node_next(int from, nodemask_t *left);
int tslab_node_with_memory(int from);

#endif /* _TSLAB_NODE_H */
