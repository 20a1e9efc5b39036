// SPDX-License-Identifier: GPL-2.0
/* Slabs that a CPU owns: collecting frees, giving slabs up. */
#include <linux/sched.h>
#include <linux/smp.h>

#include "tslab.h"
#include "cpu.h"
#include "find.h"
#include "lock.h"
#include "run.h"

/*
 * What the CPUs have of a class of which an epoch has no slab yet, or had no
 * memory for it.
 */
DEFINE_PER_CPU(struct tslab_cpu_slab, tslab_no_cpu_slab);

/* Not while the CPU is on its way online or offline; written by itself. */
DEFINE_PER_CPU(bool, tslab_cpu_may_own);

/**
 * tslab_cpu_aim() - have a CPU take slots from a word of a slab
 * @cs: what the CPU has
 * @slab: slab that it owns, or tslab_no_slab
 * @word: word of that
 *
 * Context: in the busy section, or on that CPU with interrupts off.
 */
void tslab_cpu_aim(struct tslab_cpu_slab *cs, struct tslab_slab *slab,
		   struct tslab_word *word)
{
	WRITE_ONCE(cs->slab, slab);
	cs->word = word;
	cs->base = slab->base + 64 * (word - slab->word) * slab->size;
	cs->size = slab->size;
}

/**
 * tslab_cpu_aim_at_none() - have a CPU find that it has nothing
 * @cs: what it had
 *
 * Context: as tslab_cpu_aim().
 */
void tslab_cpu_aim_at_none(struct tslab_cpu_slab *cs)
{
	WRITE_ONCE(cs->slab, &tslab_no_slab);
	cs->word = tslab_no_slab.word;
}

void tslab_cpu_slab_init(struct tslab_cpu_slab *cs)
{
	unsigned int i;

	tslab_cpu_aim_at_none(cs);
	for (i = 0; i < TSLAB_CPU_KEPT; i++)
		cs->kept[i] = &tslab_no_slab;
}

static void cpu_slabs_init(struct tslab_cpu_slab __percpu *cpus)
{
	int cpu;

	for_each_possible_cpu(cpu)
		tslab_cpu_slab_init(per_cpu_ptr(cpus, cpu));
}

/**
 * tslab_cpu_own() - make a slab this CPU's own
 * @bin: its bin
 * @cs: what the CPU has of that, with room for one more
 * @slab: slab that is new, or that was on a list
 *
 * Context: in the busy section; if it was on a list, class lock held.
 */
void tslab_cpu_own(struct tslab_bin *bin, struct tslab_cpu_slab *cs,
		   struct tslab_slab *slab)
{
	bool is_new = slab->state == TSLAB_SLAB_GONE;
	int cpu = smp_processor_id();

	if (cs->slab != &tslab_no_slab) {
		WRITE_ONCE(cs->kept[cs->oldest], cs->slab);
		if (++cs->oldest == bin->type->max_kept)
			cs->oldest = 0;
		cs->nr_kept++;
	}
	if (!is_new)
		tslab_slab_move(slab, TSLAB_SLAB_OWNED);
	tslab_cpu_mark(slab, cs, cs == &bin->home ?
		       tslab_home_percpu(cs, cpu) : READ_ONCE(bin->cpus), cpu);
	tslab_cpu_aim(cs, slab, is_new ? slab->word :
				tslab_cpu_collect(slab) ?: slab->word);
}

/**
 * tslab_cpu_own_run() - make a run this CPU's own
 * @runs: what the CPU has of those, with room for one more
 * @slab: run that is new
 *
 * Context: in the busy section.
 */
void tslab_cpu_own_run(struct tslab_cpu_slab *runs, struct tslab_slab *slab)
{
	int cpu = smp_processor_id();

	if (runs->slab != &tslab_no_slab)
		WRITE_ONCE(runs->kept[runs->nr_kept++], runs->slab);
	tslab_cpu_mark(slab, runs, tslab_home_percpu(runs, cpu), cpu);
	/* Pairs with tslab_runs_objects(): it is cut, and the last one kept. */
	smp_store_release(&runs->slab, slab);
}

/**
 * tslab_percpu_gfp() - flags for per-CPU memory
 * @gfp: flags of the caller's
 *
 * What sleeps for per-CPU memory takes a lock of the kernel's that others hold
 * while they reclaim memory, so reclaim must not.
 *
 * Return: @gfp, or flags that never sleep.
 */
gfp_t tslab_percpu_gfp(gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp) || current->flags & PF_MEMALLOC)
		return GFP_NOWAIT | __GFP_NOWARN;
	return (gfp | __GFP_NOWARN) & ~__GFP_NOFAIL;
}

/**
 * tslab_cpu_slab_get() - what the CPUs have of a class of an epoch
 * @bin: the class of the epoch
 * @gfp: the caller's flags
 *
 * Made when the epoch has its first slab of the class: most epochs have slabs
 * of few classes.
 *
 * Context: any that @gfp allows; no locks.
 * Return: tslab_no_cpu_slab if there is no memory: slabs of the class are no
 * CPU's own then.
 */
struct tslab_cpu_slab __percpu *tslab_cpu_slab_get(struct tslab_bin *bin,
						   gfp_t gfp)
{
	struct tslab_cpu_slab __percpu *old, *new;

	old = READ_ONCE(bin->cpus);
	if (likely(old != &tslab_no_cpu_slab) ||
	    tslab_should_fail(sizeof(*new), gfp))
		return old;
	new = alloc_percpu_gfp(struct tslab_cpu_slab, tslab_percpu_gfp(gfp));
	if (!new)
		return old;
	cpu_slabs_init(new);
	old = cmpxchg(&bin->cpus, old, new);
	if (old == &tslab_no_cpu_slab)
		return new;
	free_percpu(new);
	return old;
}

/* Takes over what is free in word->shared. Return: whether there is any free. */
static bool cpu_collect_word(struct tslab_slab *slab, struct tslab_word *word)
{
	u64 free;

	if (word->owned)
		return true;
	if (!atomic64_read(&word->shared))
		return false;
	free = atomic64_xchg(&word->shared, 0);
	if (free)
		tslab_count(slab->bin, bitmap_alloc_attempts);
	WRITE_ONCE(word->owned, free);
	return free;
}

/**
 * tslab_cpu_collect() - take over slots that are free in a slab
 * @slab: slab this CPU owns or is about to own
 *
 * Context: in the busy section.
 * Return: a word with owned slots, or NULL.
 */
struct tslab_word *tslab_cpu_collect(struct tslab_slab *slab)
{
	struct tslab_word *word;

	tslab_for_each_word(word, slab)
		if (cpu_collect_word(slab, word))
			return word;
	return NULL;
}

/* A word of which a slab's owner has slots, or NULL. */
static struct tslab_word *owned_word(struct tslab_slab *slab)
{
	struct tslab_word *word;

	tslab_for_each_word(word, slab)
		if (word->owned)
			return word;
	return NULL;
}

/* Whether a slab has neither slots of its owner's nor any that were given back. */
static __always_inline bool cpu_has_used_up(const struct tslab_slab *slab)
{
	return slab->words == 1 && !(slab->word->owned |
				     atomic64_read(&slab->word->shared));
}

/* The kept slab to go on with, or TSLAB_CPU_KEPT. */
static unsigned int cpu_choose_kept(struct tslab_cpu_slab *cs)
{
	unsigned int i, best = TSLAB_CPU_KEPT;
	unsigned int most = tslab_slab_nr_shared(cs->slab);

	for (i = 0; i < TSLAB_CPU_KEPT; i++) {
		struct tslab_slab *kept = cs->kept[i];
		unsigned int shared;

		/* Mostly all are; where there is none, so is that. */
		if (likely(cpu_has_used_up(kept)))
			continue;
		if (owned_word(kept))
			return i;
		shared = tslab_slab_nr_shared(kept);
		if (shared > most) {
			most = shared;
			best = i;
		}
	}
	return best;
}

/*
 * Which slab a CPU goes on with that has used up one: what it has freed into itself,
 * else what others have given most slots back to.
 *
 * Return: a word with owned slots of the slab the CPU is at then, or NULL.
 */
static struct tslab_word *cpu_choose(struct tslab_cpu_slab *cs)
{
	struct tslab_slab *slab = cs->slab;
	bool used_up = cpu_has_used_up(slab);
	struct tslab_word *word = used_up ? NULL : owned_word(slab);
	unsigned int best = TSLAB_CPU_KEPT;

	if (word)
		return word;
	if (cs->nr_kept)
		best = cpu_choose_kept(cs);
	if (best < TSLAB_CPU_KEPT) {
		WRITE_ONCE(cs->slab, cs->kept[best]);
		WRITE_ONCE(cs->kept[best], slab);
	} else if (used_up) {
		return NULL;
	}
	return owned_word(cs->slab) ?: tslab_cpu_collect(cs->slab);
}

/**
 * tslab_cpu_go_on() - take a slot of what a CPU has that has used up a slab
 * @cs: what it has
 *
 * Context: in the busy section.
 * Return: the object, or NULL.
 */
void *tslab_cpu_go_on(struct tslab_cpu_slab *cs)
{
	struct tslab_word *word = cpu_choose(cs);

	if (!word)
		return NULL;
	tslab_cpu_aim(cs, cs->slab, word);
	return tslab_owned_take(cs, word, word->owned);
}

/**
 * tslab_slab_doubled() - account for double frees that were found late
 * @slab: slab
 * @word: word of its bitmap
 * @doubled: slots of that which were free twice
 *
 * Each was counted as a free when it happened.
 *
 * Context: preemption disabled.
 */
void tslab_slab_doubled(struct tslab_slab *slab, const struct tslab_word *word,
			u64 doubled)
{
	struct tslab_bin *bin;
	unsigned int slot;

	for (; unlikely(doubled); doubled &= doubled - 1) {
		slot = 64 * (word - slab->word) + __ffs64(doubled);
		bin = tslab_slot_bin(slab, slot);
		/* What is free in a run is counted once. */
		if (!slab->is_run)
			tslab_count_shared_frees(smp_processor_id(), bin, -1);
		tslab_count(bin, free_double);
		tslab_misuse(slab->ts, bin->type, TSLAB_MISUSE_DOUBLE,
			     (unsigned long)tslab_slot_obj(slab, slot), 0);
	}
}

/* Gives the slots that a CPU had of a slab back to everybody. */
static void cpu_give_up(struct tslab_slab *slab)
{
	struct tslab_word *word;

	if (slab->is_run) {
		tslab_run_give_up(slab);
		return;
	}
	tslab_for_each_word(word, slab) {
		u64 free = word->owned;

		WRITE_ONCE(word->owned, 0);
		/* Orders the state before the bitmap; pairs with shared_give(). */
		tslab_slab_doubled(slab, word,
				   free & atomic64_fetch_or(free, &word->shared));
	}
}

/*
 * Accounts for a slab that a CPU has given up: it has settled.
 *
 * Context: class lock held.
 */
static void cpu_count_flush(struct tslab_bin *bin, bool closed, bool died)
{
	tslab_count(bin, cpu_flushes);
	if (!closed)
		return;
	tslab_count(bin, epoch_close_scanned_slabs);
	atomic_inc(&bin->epoch->flush_scanned);
	if (died) {
		tslab_count(bin, epoch_close_recycled_slabs);
		atomic_inc(&bin->epoch->flush_recycled);
	}
}

/*
 * Gives up a slab a CPU owns; it dies at once if it can.
 *
 * Context: on that CPU with interrupts off and not in its busy section; nothing
 * of what the CPU has leads to the slab any more.
 */
static void cpu_disown(struct tslab_slab *slab)
{
	struct tslab_bin *bin = slab->bin;
	struct tslab_slab *dead;
	unsigned long flags;
	bool closed;

	if (slab == &tslab_no_slab)
		return;
	flags = tslab_class_lock(bin, TSLAB_SITE_slow_full, NULL);
	WRITE_ONCE(slab->owner, NULL);
	tslab_slab_move(slab, TSLAB_SLAB_FULL);
	cpu_give_up(slab);
	closed = !tslab_epoch_takes_any(bin->epoch);
	dead = tslab_slab_settle(slab);
	cpu_count_flush(bin, closed, dead);
	tslab_class_unlock(bin, flags);
	if (dead)
		llist_add(&dead->dead, &bin->epoch->flushed);
}

/* Context: as cpu_disown(). */
static void cpu_disown_all(struct tslab_cpu_slab *cs)
{
	struct tslab_slab *slab = cs->slab;
	unsigned int i;

	tslab_cpu_aim_at_none(cs);
	cpu_disown(slab);
	if (!cs->nr_kept)
		return;
	for (i = 0; i < TSLAB_CPU_KEPT; i++) {
		slab = cs->kept[i];
		WRITE_ONCE(cs->kept[i], &tslab_no_slab);
		cpu_disown(slab);
	}
	cs->oldest = 0;
	cs->nr_kept = 0;
}

/* Context: on that CPU with interrupts off. Return: whether it has none left. */
static bool cpu_flush(struct tslab_cpu_slab *cs)
{
	if (READ_ONCE(cs->busy))
		return false;
	cpu_disown_all(cs);
	return true;
}

/* Context: on that CPU with interrupts off. */
static void cpu_flush_one(struct tslab_epoch *epoch, int cpu)
{
	struct tslab_bin *bin;
	bool done = true;

	tslab_for_each_bin(bin, epoch) {
		struct tslab_cpu_slab __percpu *cpus = READ_ONCE(bin->cpus);

		if (READ_ONCE(bin->home_cpu) == cpu)
			done &= cpu_flush(&bin->home);
		if (cpus != &tslab_no_cpu_slab)
			done &= cpu_flush(per_cpu_ptr(cpus, cpu));
	}
	/* Nobody is counting in the bins that runs are counted in. */
	if (done && READ_ONCE(epoch->home) == cpu) {
		raw_write_seqcount_begin(&epoch->folds);
		done = cpu_flush(&epoch->runs);
		raw_write_seqcount_end(&epoch->folds);
		if (done)
			tslab_run_stop(epoch);
	}
	if (done)
		cpumask_clear_cpu(cpu, epoch->owners);
}

/**
 * tslab_cpu_flush_here() - give up what a CPU owns of an epoch
 * @epoch: the epoch
 * @cpu: this one
 *
 * The slabs that died by it are left to tslab_cpu_flush().
 *
 * Context: process context, preemption disabled.
 */
void tslab_cpu_flush_here(struct tslab_epoch *epoch, int cpu)
{
	local_irq_disable();
	cpu_flush_one(epoch, cpu);
	local_irq_enable();
}

static bool cpu_may_own(int cpu, void *epoch)
{
	return cpumask_test_cpu(cpu, ((struct tslab_epoch *)epoch)->owners);
}

static void cpu_flush_ipi(void *epoch)
{
	cpu_flush_one(epoch, smp_processor_id());
}

struct cpu_shrink {
	struct tslab_epoch *epoch;
	int node;
};

static bool cpu_is_to_shrink(int cpu, void *data)
{
	const struct cpu_shrink *shrink = data;

	return cpu_may_own(cpu, shrink->epoch) &&
	       tslab_cpu_is_of(cpu, shrink->node);
}

static void cpu_shrink_ipi(void *data)
{
	const struct cpu_shrink *shrink = data;

	/* It may have interrupted its home amid the opening or the end. */
	if (tslab_epoch_takes_any(shrink->epoch))
		cpu_flush_one(shrink->epoch, smp_processor_id());
}

/* Pages are not freed in the interrupt that emptied them: RT forbids it. */
static long cpu_release_flushed(struct tslab_epoch *epoch)
{
	struct tslab_slab *slab;
	long pages = 0;
	LIST_HEAD(dead);

	llist_for_each_entry(slab, llist_del_all(&epoch->flushed), dead)
		list_add(&slab->list, &dead);
	tslab_slab_release_list(&dead, &pages);
	return pages;
}

/**
 * tslab_cpu_flush() - make the CPUs give up their slabs of an epoch
 * @epoch: the epoch
 * @all: until none is left, which the epoch must be closed for; otherwise a
 *	CPU that is just allocating keeps what it has
 *
 * Context: process context, interrupts on; may sleep; epoch->lock held.
 * Return: number of pages given back.
 */
long tslab_cpu_flush(struct tslab_epoch *epoch, bool all)
{
	lockdep_assert_held(&epoch->lock);
	/*
	 * Bits are set at any time: one that this misses is of a CPU that finds
	 * the epoch closed, or that may keep what it has.
	 */
	while (!data_race(cpumask_empty(epoch->owners))) {
		on_each_cpu_cond(cpu_may_own, cpu_flush_ipi, epoch, true);
		if (!all)
			break;
		/* Of one that was just allocating: it has finished soon. */
		cond_resched();
	}
	return cpu_release_flushed(epoch);
}

/**
 * tslab_cpu_shrink() - make the CPUs give up their slabs of an epoch that is open
 * @epoch: the epoch, in any state
 * @node: node of the CPUs, or NUMA_NO_NODE for any
 *
 * One that is closed is left to whoever reclaims it, and a CPU that is just
 * allocating keeps what it has.
 *
 * Context: process context, interrupts on; may sleep.
 * Return: number of pages given back.
 */
long tslab_cpu_shrink(struct tslab_epoch *epoch, int node)
{
	struct cpu_shrink shrink = { .epoch = epoch, .node = node };

	might_sleep();
	on_each_cpu_cond(cpu_is_to_shrink, cpu_shrink_ipi, &shrink, true);
	return cpu_release_flushed(epoch);
}

/**
 * tslab_cpu_leave_epoch() - give up what a CPU that leaves owns of an epoch
 * @epoch: the epoch
 * @cpu: the CPU this runs on; tslab_cpu_may_own is false there
 *
 * Context: process context.
 */
void tslab_cpu_leave_epoch(struct tslab_epoch *epoch, unsigned int cpu)
{
	if (!cpumask_test_cpu(cpu, epoch->owners))
		return;
	/* It stays on the CPU, but does not look so to whoever checks. */
	preempt_disable();
	tslab_cpu_flush_here(epoch, cpu);
	preempt_enable();
	cpu_release_flushed(epoch);
}

void __init tslab_cpu_init(void)
{
	unsigned int cpu;

	/* Up to 6.12, no address is relocated in per-CPU data of a module. */
	cpu_slabs_init(&tslab_no_cpu_slab);
	/* Nobody gets into a section of it, only to find that it has nothing. */
	for_each_possible_cpu(cpu)
		per_cpu(tslab_no_cpu_slab, cpu).busy = 1;
}
