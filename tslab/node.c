// SPDX-License-Identifier: GPL-2.0
/* NUMA nodes: which is next, and what an instance has on each. */
#include <linux/slab.h>
#include <linux/topology.h>

#include "tslab.h"

int tslab_nodes_init(struct tslab *ts)
{
	if (tslab_should_fail(nr_node_ids * sizeof(*ts->nodes), GFP_KERNEL))
		return -ENOMEM;
	ts->nodes = kcalloc(nr_node_ids, sizeof(*ts->nodes), GFP_KERNEL);
	return ts->nodes ? 0 : -ENOMEM;
}

void tslab_nodes_exit(struct tslab *ts)
{
	kfree(ts->nodes);
}

/**
 * tslab_node_add() - account for a slab that has got its pages
 * @slab: the slab
 * @wanted: node they were to be on
 *
 * Context: any.
 */
void tslab_node_add(const struct tslab_slab *slab, int wanted)
{
	struct tslab_node *nodes = slab->ts->nodes;

	atomic64_inc(&nodes[slab->node].slabs);
	atomic64_add(slab->geo.pages, &nodes[slab->node].pages);
	if (slab->node == wanted) {
		atomic64_inc(&nodes[wanted].slab_hit);
	} else {
		atomic64_inc(&nodes[slab->node].slab_miss);
		atomic64_inc(&nodes[wanted].slab_foreign);
	}
}

/* Context: any. */
void tslab_node_sub(const struct tslab_slab *slab)
{
	struct tslab_node *node = &slab->ts->nodes[slab->node];

	atomic64_dec(&node->slabs);
	atomic64_sub(slab->geo.pages, &node->pages);
}

/**
 * tslab_node_next() - the nearest node of those that are left
 * @from: node
 * @left: nodes to choose from; what is returned is taken out
 *
 * Context: any.
 * Return: the node, or NUMA_NO_NODE if none is left.
 */
int tslab_node_next(int from, nodemask_t *left)
{
	int node, nearest = NUMA_NO_NODE;

	for_each_node_mask(node, *left)
		if (nearest == NUMA_NO_NODE ||
		    node_distance(from, node) < node_distance(from, nearest))
			nearest = node;
	if (nearest != NUMA_NO_NODE)
		node_clear(nearest, *left);
	return nearest;
}

/**
 * tslab_node_with_memory() - the nearest node that has memory
 * @from: node, which it is itself if it has some
 *
 * Context: any.
 * Return: the node.
 */
int tslab_node_with_memory(int from)
{
	nodemask_t left;

	if (likely(node_state(from, N_MEMORY)))
		return from;
	left = node_states[N_MEMORY];
	return tslab_node_next(from, &left);
}
