// SPDX-License-Identifier: GPL-2.0
/*
 * CPU hotplug: a CPU gives up its slabs while it is still online, and from then
 * until it is back it uses the shared tier. So nobody ever has to look after an
 * offline CPU.
 */
#include <linux/cpuhotplug.h>

#include "home.h"
#include "tslab.h"

static enum cpuhp_state tslab_cpuhp_state;

static int cpu_comes(unsigned int cpu)
{
	this_cpu_write(tslab_cpu_may_own, true);
	return 0;
}

static int cpu_leaves(unsigned int cpu)
{
	struct tslab *ts;
	unsigned int i;
	int srcu;

	this_cpu_write(tslab_cpu_may_own, false);
	srcu = srcu_read_lock(&tslab_instances_srcu);
	tslab_for_each_instance(ts) {
		for (i = 0; i < ts->nr_epochs; i++) {
			struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

			if (epoch)
				tslab_cpu_leave_epoch(epoch, cpu);
		}
		tslab_warm_leave(ts, cpu);
	}
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	tslab_stock_leave();
	return 0;
}

int __init tslab_hotplug_init(void)
{
	int ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "tslab:online",
				    cpu_comes, cpu_leaves);

	if (ret < 0)
		return ret;
	tslab_cpuhp_state = ret;
	return 0;
}

void tslab_hotplug_exit(void)
{
	cpuhp_remove_state(tslab_cpuhp_state);
}
