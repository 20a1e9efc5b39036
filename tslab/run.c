// SPDX-License-Identifier: GPL-2.0
/*
 * Runs: pages that take objects of several classes one after the other, so that a
 * phase that has a few objects of each does not take a page for each class. What
 * an epoch that was opened begins with at its home.
 *
 * A run is a slab of units of a 64th of a page, and an object takes the units it needs.
 * Nothing is allocated from what was freed in it: who comes back for more of a
 * class has slabs of its own by then. It is of the bin that needed it first, and
 * its home owns it in tslab_epoch::runs.
 *
 * As long as the home owns it, nobody counts what is allocated and freed in it:
 * that shows. When it ends there, or is given up, that is added to the counts of
 * the bins.
 */
#include "tslab.h"
#include "home.h"
#include "run.h"

struct tslab_run tslab_no_run = {
	.next = TSLAB_RUN_UNITS,
};

/* Of a run, what one class takes at most before it gets slabs of its own. */
#define RUN_SHARE	(TSLAB_RUN_UNITS / 4)

/* Whether a class has had its share of the run that is used up. */
static bool run_is_mostly(const struct tslab_cpu_slab *runs,
			  const struct tslab_type *type)
{
	const struct tslab_run *run = tslab_slab_run(runs->slab);
	unsigned int units = 0;
	u64 starts;

	if (runs->slab == &tslab_no_slab)
		return false;
	if (run->classes == BIT(type->number))
		return run->next > RUN_SHARE;
	for (starts = run->starts; starts; starts &= starts - 1)
		if (run->class[__ffs64(starts)] == type->number)
			units += type->run_units;
	return units > RUN_SHARE;
}

/*
 * Has the run a home is at be another bin's: one that was kept when it ended, and
 * nothing was made in since.
 *
 * Context: in the busy section of the runs.
 */
static void run_rebind(struct tslab_cpu_slab *runs, struct tslab_bin *bin)
{
	int cpu = smp_processor_id();

	tslab_slab_leave(runs->slab);
	tslab_bin_use(bin, bin->epoch->id);
	tslab_slab_reuse(runs->slab, bin);
	tslab_cpu_mark(runs->slab, runs, tslab_home_percpu(runs, cpu), cpu);
}

/**
 * tslab_run_new() - an object in the run of an epoch, or in a new one
 * @bin: the bin it is to be of, of a class
 * @id: id that is allocated under
 * @reasons: gets what it took, as bits TSLAB_SLOW()
 *
 * Context: preemption disabled; this CPU is the home, and is marked as an owner.
 * Return: the object; NULL if it is not to be in a run; ERR_PTR(-ENOMEM) if that
 * needs a slab and the stock is empty.
 */
void *tslab_run_new(struct tslab_bin *bin, u64 id, unsigned int *reasons)
{
	struct tslab_epoch *epoch = bin->epoch;
	struct tslab_cpu_slab *runs = &epoch->runs;
	struct tslab_slab *slab;
	void *obj = NULL;

	if (!tslab_cpu_enter(runs))
		return NULL;
	if (!tslab_epoch_is_open(epoch, id))
		goto leave;
	if (epoch->run != &tslab_no_run && !epoch->run->classes &&
	    runs->slab->bin != bin)
		run_rebind(runs, bin);
	/* The bin may have been made just now. */
	if (tslab_run_cut(epoch, bin, &obj))
		goto leave;
	if (runs->nr_kept == TSLAB_CPU_KEPT || run_is_mostly(runs, bin->type)) {
		tslab_run_stop(epoch);
		goto leave;
	}
	slab = tslab_stock_get();
	if (slab) {
		*reasons |= TSLAB_SLOW(new_slab);
		tslab_count(bin, slow_path_hits);
		tslab_count(bin, slow_path_cache_miss);
		tslab_bin_use(bin, id);
		tslab_slab_recut_run(slab, bin);
		tslab_cpu_own_run(runs, slab);
		WRITE_ONCE(epoch->run, tslab_slab_run(slab));
		WRITE_ONCE(epoch->run_cpu, smp_processor_id());
		tslab_run_cut(epoch, bin, &obj);
	} else {
		obj = ERR_PTR(-ENOMEM);
	}
leave:
	tslab_cpu_leave(runs);
	return obj;
}

/* === Counts === */

/* Counts objects in their bin. Context: as run_fold(). */
static __always_inline void run_count(struct tslab_bin *bin, int cpu,
				      unsigned int allocs, unsigned int frees)
{
	if (unlikely(bin->counted_cpu != cpu))
		tslab_stats_move_home(bin, cpu);
	/* As cs->hits in cpu_take(). */
	TSLAB_COUNTED(data_race(bin->home.hits += allocs));
	barrier();
	/* Likewise, last: who interrupts this finds none freed that is not there. */
	TSLAB_COUNTED(data_race(bin->home.shared_frees += frees));
}

/*
 * Counts what there is in a run, all of it freed but for what is @live.
 *
 * Context: on the home, preemption disabled; nobody is in a section of a bin.
 */
static __always_inline void run_fold(struct tslab_slab *slab, const u64 live)
{
	const struct tslab_run *run = tslab_slab_run(slab);
	struct tslab_cpu_slab *first = &slab->bin->home;
	struct tslab_bins *bins = READ_ONCE(slab->bin->epoch->bins);
	int cpu = smp_processor_id();
	u64 starts = run->starts;

	if (is_power_of_2(run->classes)) {
		struct tslab_bin *bin = bins->bin[__ffs(run->classes)];
		unsigned int objs = hweight64(starts);

		run_count(bin, cpu, objs, hweight64(starts & ~live));
		tslab_bin_had(bin, objs);
	} else {
		for (; starts; starts &= starts - 1) {
			unsigned int slot = __ffs64(starts);

			run_count(bins->bin[run->class[slot]], cpu, 1,
				  !(live >> slot & 1));
		}
	}
	if (run->is_new) {
		/* One is what it was begun for; as cs->hits in cpu_take(). */
		TSLAB_COUNTED(data_race(first->hits--));
		/* Likewise. */
		TSLAB_COUNTED(data_race(first->misses++));
	}
}

/**
 * tslab_run_end() - count what there was in a run that ends
 * @slab: the run, which nobody but its home has met
 *
 * Context: on the home, in no interrupt and no busy section of a bin; in a write
 * section of tslab_epoch::folds that goes on until it is in epoch->runs no more.
 */
void tslab_run_end(struct tslab_slab *slab)
{
	run_fold(slab, 0);
}

/**
 * tslab_run_give_up() - let everybody free into a run, and count it
 * @slab: the run
 *
 * Context: on the home with interrupts off; nobody is in a section of a bin; in a
 * write section of tslab_epoch::folds that began when it was in epoch->runs.
 */
void tslab_run_give_up(struct tslab_slab *slab)
{
	struct tslab_word *word = slab->word;
	u64 free = word->owned, others;

	WRITE_ONCE(word->owned, 0);
	/* Orders the state before the bitmap; pairs with shared_give(). */
	others = atomic64_fetch_or(free | TSLAB_RUN_COUNTED, &word->shared);
	run_fold(slab, ~(free | others));
	tslab_slab_doubled(slab, word, free & others);
}

/**
 * tslab_run_count_freed() - count objects as freed of a run that was given up
 * @slab: the run
 * @slots: those
 *
 * Context: preemption disabled.
 */
void tslab_run_count_freed(const struct tslab_slab *slab, u64 slots)
{
	for (; slots; slots &= slots - 1)
		tslab_count_shared_frees(smp_processor_id(),
					 tslab_slot_bin(slab, __ffs64(slots)),
					 1);
}

/* Of a run that may end meanwhile. */
static void run_objects(struct tslab_slab *slab, const struct tslab_bin *bin,
			struct tslab_run_objects *objects)
{
	const struct tslab_run *run = tslab_slab_run(slab);
	u64 starts, freed;

	if (slab == &tslab_no_slab)
		return;
	freed = READ_ONCE(slab->word->owned) |
		atomic64_read(&slab->word->shared);
	/* Pairs with whatever handed the object to whom has freed it. */
	smp_rmb();
	starts = READ_ONCE(run->starts);
	if (starts && READ_ONCE(slab->bin) == bin && READ_ONCE(run->is_new))
		objects->misses++;
	for (; starts; starts &= starts - 1) {
		unsigned int slot = __ffs64(starts);

		if (READ_ONCE(run->class[slot]) != bin->type->number)
			continue;
		objects->allocs++;
		objects->frees += freed >> slot & 1;
	}
}

/**
 * tslab_folds_begin() - begin to read what runs and bins of an epoch have
 * @epoch: the epoch
 *
 * What is added to the bins by what an interrupt has interrupted is not waited for:
 * the interrupt may find some of it twice, and more live than there is.
 *
 * Context: any but NMI.
 * Return: for tslab_folds_retry().
 */
unsigned int tslab_folds_begin(const struct tslab_epoch *epoch)
{
	unsigned int seq = raw_read_seqcount(&epoch->folds);

	if (likely(!(seq & 1)) || (in_interrupt() && READ_ONCE(epoch->home) ==
				   raw_smp_processor_id()))
		return seq;
	return raw_read_seqcount_begin(&epoch->folds);
}

/**
 * tslab_folds_retry() - whether to read again
 * @epoch: the epoch
 * @seq: from tslab_folds_begin()
 *
 * Context: any but NMI.
 * Return: whether something was added meanwhile.
 */
bool tslab_folds_retry(const struct tslab_epoch *epoch, unsigned int seq)
{
	return !(seq & 1) && read_seqcount_retry(&epoch->folds, seq);
}

/**
 * tslab_runs_objects() - what was allocated and freed in the runs of a home
 * @bin: objects of a bin of the home's epoch, which is of a class
 *
 * Context: RCU; in a read section of tslab_epoch::folds.
 * Return: what is not counted elsewhere yet.
 */
struct tslab_run_objects tslab_runs_objects(const struct tslab_bin *bin)
{
	const struct tslab_cpu_slab *runs = &bin->epoch->runs;
	struct tslab_run_objects objects = { };
	struct tslab_slab *first, *kept;
	unsigned int i;

	/* Pairs with tslab_cpu_own_run(). */
	first = smp_load_acquire(&runs->slab);
	run_objects(first, bin, &objects);
	for (i = 0; i < TSLAB_CPU_KEPT; i++) {
		kept = READ_ONCE(runs->kept[i]);
		/* It may come to be kept meanwhile. */
		if (kept != first)
			run_objects(kept, bin, &objects);
	}
	return objects;
}
