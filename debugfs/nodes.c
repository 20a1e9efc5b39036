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

static int nodes_show(struct seq_file *m, void *unused)
{
	struct tslab *ts = m->private;

	seq_printf(m, "version %u\n# instance node slabs pages slab_hit slab_miss slab_foreign\n",
		   FORMAT_VERSION);
	if (ts) {
		show_instance(m, ts);
		return 0;
	}
	scoped_guard(srcu, &tslab_instances_srcu)
		tslab_for_each_instance(ts)
			show_instance(m, ts);
	return 0;
}

static int nodes_open(struct inode *inode, struct file *file)
{
	return single_open(file, nodes_show, inode->i_private);
}

const struct file_operations tslab_nodes_fops = {
	.owner		= THIS_MODULE,
	.open		= nodes_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};
