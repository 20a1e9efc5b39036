// SPDX-License-Identifier: GPL-2.0
/* NUMA nodes: which is next, and what an instance has on each. */
#include <linux/slab.h>
#include <linux/topology.h>

#include "tslab.h"

int tslab_nodes_init(struct tslab *ts)
{
	size_t size = nr_node_ids * sizeof(*ts->nodes);

	if (tslab_should_fail(size, GFP_KERNEL))
		return -ENOMEM;
	ts->nodes = __alloc_percpu(size, __alignof__(*ts->nodes));
	return ts->nodes ? 0 : -ENOMEM;
}

void tslab_nodes_exit(struct tslab *ts)
{
	free_percpu(ts->nodes);
}

/**
 * tslab_node_sum() - what an instance has on a node
 * @ts: instance
 * @node: the node
 * @sum: filled in; exact once nothing is under way
 *
 * Context: any.
 */
void tslab_node_sum(struct tslab *ts, int node, struct tslab_node *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct tslab_node *one = per_cpu_ptr(ts->nodes + node,
							   cpu);

		sum->slabs += READ_ONCE(one->slabs);
		sum->pages += READ_ONCE(one->pages);
		sum->slab_hit += READ_ONCE(one->slab_hit);
		sum->slab_miss += READ_ONCE(one->slab_miss);
		sum->slab_foreign += READ_ONCE(one->slab_foreign);
	}
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

/* The nearest node that has memory, from one that has none. Context: any. */
int tslab_node_nearest(int from)
{
	nodemask_t left = node_states[N_MEMORY];

	return tslab_node_next(from, &left);
}
