// SPDX-License-Identifier: GPL-2.0
/* The file cgroups: which memory cgroups open epochs are charged to. */
#include <linux/seq_file.h>

#include "charge.h"
#include "tslab.h"
#include "debugfs.h"

static void show_instance(struct seq_file *m, struct tslab *ts)
{
	unsigned int i;

	for (i = 0; i < READ_ONCE(ts->nr_places); i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);
		u64 cgroup = epoch ? tslab_charge_cgroup(epoch) : 0;

		if (cgroup)
			seq_printf(m, "%s %u %llu %llu\n", ts->name, i, cgroup,
				   tslab_epoch_pages(epoch));
	}
}

int tslab_cgroups_show(struct seq_file *m, void *unused)
{
	return tslab_show_instances(m, "index cgroup pages",
				    show_instance);
}
