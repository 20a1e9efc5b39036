// SPDX-License-Identifier: GPL-2.0
/* The file nodes: what instances have on each NUMA node. */
#include <linux/seq_file.h>

#include "tslab.h"
#include "debugfs.h"

static void show_instance(struct seq_file *m, struct tslab *ts)
{
	struct tslab_node node;
	int nid;

	for_each_online_node(nid) {
		tslab_node_sum(ts, nid, &node);
		seq_printf(m, "%s %d %llu %llu %llu %llu %llu\n", ts->name, nid,
			   node.slabs, node.pages, node.slab_hit,
			   node.slab_miss, node.slab_foreign);
	}
}

int tslab_nodes_show(struct seq_file *m, void *unused)
{
	return tslab_show_instances(m, "node slabs pages slab_hit slab_miss slab_foreign",
				    show_instance);
}
