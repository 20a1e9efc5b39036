/* SPDX-License-Identifier: GPL-2.0 */
/* NUMA nodes: which is next, and what an instance has on each. */
#ifndef _TSLAB_NODE_H
#define _TSLAB_NODE_H

#include <linux/nodemask.h>
#include <linux/topology.h>

struct tslab;

/**
 * struct tslab_node - what an instance has on a node, as one CPU has counted it
 * @slabs: slabs whose pages are on it
 * @pages: their pages
 * @slab_hit: slabs that were to be on it and are
 * @slab_miss: slabs that are on it but were to be on another
 * @slab_foreign: slabs that were to be on it but are on another
 *
 * The last three go on for ever, and mean what they do in numastat.
 */
struct tslab_node {
	u64 slabs;
	u64 pages;
	u64 slab_hit;
	u64 slab_miss;
	u64 slab_foreign;
};

int tslab_nodes_init(struct tslab *ts);
void tslab_nodes_exit(struct tslab *ts);
void tslab_node_sum(struct tslab *ts, int node, struct tslab_node *sum);
int tslab_node_next(int from, nodemask_t *left);
int tslab_node_nearest(int from);

/**
 * tslab_node_with_memory() - the nearest node that has memory
 * @from: node, which it is itself if it has some
 *
 * Context: any.
 * Return: the node.
 */
static inline int tslab_node_with_memory(int from)
{
	return likely(node_state(from, N_MEMORY)) ? from :
						    tslab_node_nearest(from);
}

/* Whether what a CPU has is on a node; NUMA_NO_NODE for any. */
static inline bool tslab_cpu_is_of(int cpu, int node)
{
	return node == NUMA_NO_NODE || cpu_to_mem(cpu) == node;
}

#endif /* _TSLAB_NODE_H */
