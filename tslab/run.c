// SPDX-License-Identifier: GPL-2.0
/*
 * Runs: pages that take objects of several classes one after the other, so that a
 * phase that has a few objects of each does not take a page for each class. What
 * an epoch that was opened begins with at its home.
 *
 * A run is a slab of units of 64 bytes, and an object takes the units it needs.
 * Nothing is allocated from what was freed in it: who comes back for more of a
 * class has slabs of its own by then. It is of the bin that needed it first, and
 * its home owns it in tslab_epoch::runs.
 */
#include "tslab.h"
#include "home.h"
#include "run.h"

/* Has no room. */
struct tslab_run tslab_no_run = {
	.next = TSLAB_RUN_UNITS,
};

/* Of a run, what one class takes at most before it gets slabs of its own. */
#define RUN_SHARE	(TSLAB_RUN_UNITS / 4)

/* Whether a class has had its share of the run that is used up. */
static bool run_is_mostly(const struct tslab_run *run,
			  const struct tslab_type *type)
{
	u64 starts = run->starts;
	unsigned int units = 0;

	for (; starts; starts &= starts - 1)
		if (run->class[__ffs64(starts)] == type->number)
			units += type->run_units;
	return units > RUN_SHARE;
}

/**
 * tslab_run_new() - begin a run, if objects of a bin are to be in one
 * @bin: the bin
 *
 * Context: in the busy section of its home, which is this CPU's; the epoch is
 * open.
 * Return: an object in it, or NULL.
 */
void *tslab_run_new(struct tslab_bin *bin)
{
	struct tslab_cpu_slab *runs = &bin->epoch->runs;
	struct tslab_slab *slab;

	if (bin->type->run_units > TSLAB_RUN_UNITS ||
	    runs->nr_kept == TSLAB_CPU_KEPT ||
	    run_is_mostly(bin->epoch->run, bin->type) || !tslab_cpu_enter(runs))
		return NULL;
	slab = tslab_stock_get();
	if (slab) {
		tslab_slab_recut_run(slab, bin);
		tslab_cpu_own_run(runs, slab);
		WRITE_ONCE(bin->epoch->run, tslab_slab_run(slab));
	}
	tslab_cpu_leave(runs);
	return slab ? tslab_run_take(bin) : NULL;
}

/* Of one class. Context: as tslab_run_count_freed(). */
static void run_count(struct tslab_bin *bin, unsigned int n)
{
	int cpu = smp_processor_id();

	if (READ_ONCE(bin->home_cpu) != cpu || !tslab_cpu_enter(&bin->home)) {
		tslab_count_shared_frees(cpu, bin, n);
		return;
	}
	/* As cs->hits in cpu_take(). */
	TSLAB_COUNTED(data_race(bin->home.shared_frees += n));
	tslab_cpu_leave(&bin->home);
}

/**
 * tslab_run_count_freed() - count objects of a run as freed
 * @slab: the run
 * @slots: those
 *
 * Context: preemption disabled.
 */
void tslab_run_count_freed(const struct tslab_slab *slab, u64 slots)
{
	const struct tslab_run *run = tslab_slab_run(slab);

	while (slots) {
		unsigned int slot = __ffs64(slots), class = run->class[slot];
		struct tslab_bin *bin = tslab_slot_bin(slab, slot);
		unsigned int n = 0;

		do {
			n++;
			slots &= slots - 1;
		} while (slots && run->class[__ffs64(slots)] == class);
		run_count(bin, n);
	}
}
