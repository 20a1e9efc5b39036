// SPDX-License-Identifier: GPL-2.0
/*
 * Warm places of the ring: one on each CPU, drained, whose home the CPU was and
 * still is. It has slabs there of the classes that the last phase had, so that the
 * next one that is opened on the CPU begins where that one did. What they take
 * counts as stock, and goes back when that does.
 */
#include <linux/percpu.h>
#include <linux/srcu.h>

#include "home.h"
#include "tslab.h"

/**
 * tslab_warm_leave() - give back what the warm place of a CPU has
 * @ts: instance
 * @cpu: the CPU
 *
 * Context: process context; may sleep; in a section of tslab_instances_srcu.
 * Return: number of pages.
 */
unsigned long tslab_warm_leave(struct tslab *ts, int cpu)
{
	struct tslab_epoch *epoch = tslab_ring_warm(ts, cpu);
	unsigned long pages;

	if (!epoch)
		return 0;
	/* Whoever takes it meanwhile finds it cold. */
	guard(mutex)(&epoch->lock);
	if (tslab_ring_warm(ts, cpu) != epoch)
		return 0;
	pages = tslab_home_cool(epoch);
	tslab_ring_put_back(epoch, cpu);
	return pages;
}

/* Whether nobody has opened it since this was last asked. */
static bool warm_is_idle(struct tslab *ts, int cpu)
{
	struct tslab_warm *warm = per_cpu_ptr(ts->warm, cpu);
	struct tslab_epoch *epoch = tslab_ring_warm(ts, cpu);
	u64 id = epoch ? READ_ONCE(epoch->id) : 0;

	if (warm->seen_id == id)
		return epoch;
	warm->seen_id = id;
	return false;
}

/**
 * tslab_warm_drain() - give back what the warm places of all instances have
 * @idle: only of those that were not used since this was last asked
 * @node: only on CPUs of the node, unless that is NUMA_NO_NODE
 *
 * Context: process context; may sleep; with @idle, one at a time.
 * Return: number of pages.
 */
unsigned long tslab_warm_drain(bool idle, int node)
{
	unsigned long pages = 0;
	struct tslab *ts;
	int srcu, cpu;

	srcu = srcu_read_lock(&tslab_instances_srcu);
	tslab_for_each_instance(ts)
		for_each_possible_cpu(cpu)
			if (tslab_cpu_is_of(cpu, node) &&
			    (!idle || warm_is_idle(ts, cpu)))
				pages += tslab_warm_leave(ts, cpu);
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	return pages;
}

/* Pages that those on a node have, or all. Context: any but NMI. */
unsigned long tslab_warm_pages(int node)
{
	unsigned long pages = 0;
	struct tslab *ts;
	int srcu, cpu;

	srcu = srcu_read_lock(&tslab_instances_srcu);
	tslab_for_each_instance(ts)
		for_each_possible_cpu(cpu) {
			const struct tslab_epoch *epoch =
				tslab_ring_warm(ts, cpu);

			if (!tslab_cpu_is_of(cpu, node))
				continue;
			pages += epoch ? READ_ONCE(epoch->nr_warm) : 0;
		}
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	return pages;
}
