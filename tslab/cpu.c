// SPDX-License-Identifier: GPL-2.0
/* Slabs that a CPU owns: collecting frees, giving slabs up, CPU hotplug. */
#include <linux/cpuhotplug.h>
#include <linux/sched/mm.h>
#include <linux/smp.h>

#include "tslab.h"

static enum cpuhp_state tslab_cpuhp_state;

/* What the CPUs have of a class of which an epoch has no slab yet. */
DEFINE_PER_CPU(struct tslab_cpu_slab, tslab_no_cpu_slab);

static void cpu_slabs_init(struct tslab_cpu_slab __percpu *cpus)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		per_cpu_ptr(cpus, cpu)->slab = &tslab_no_slab;
		per_cpu_ptr(cpus, cpu)->other = &tslab_no_slab;
	}
}

/**
 * tslab_cpu_slab_get() - what the CPUs have of a class of an epoch
 * @epoch: the epoch
 * @class: size class
 * @gfp: the caller's flags
 *
 * Made when the epoch has its first slab of the class: most epochs have slabs
 * of few classes.
 *
 * Context: any that @gfp allows; no locks.
 * Return: NULL if there is no memory.
 */
struct tslab_cpu_slab __percpu *tslab_cpu_slab_get(struct tslab_epoch *epoch,
						   unsigned int class,
						   gfp_t gfp)
{
	struct tslab_cpu_slab __percpu *old, *new;

	old = READ_ONCE(epoch->cpu_slab[class]);
	if (likely(old != &tslab_no_cpu_slab))
		return old;
	if (tslab_should_fail(sizeof(*new), gfp))
		return NULL;
	for (;;) {
		new = alloc_percpu_gfp(struct tslab_cpu_slab, gfp);
		if (new)
			break;
		if (!(gfp & __GFP_NOFAIL))
			return NULL;
		memalloc_retry_wait(gfp);
	}
	cpu_slabs_init(new);
	old = cmpxchg(&epoch->cpu_slab[class], old, new);
	if (old == &tslab_no_cpu_slab)
		return new;
	free_percpu(new);
	return old;
}

/**
 * tslab_cpu_collect() - take over the slots that are free in slab->shared
 * @slab: slab this CPU owns or is about to own
 *
 * Context: in the busy section.
 * Return: whether there was any.
 */
bool tslab_cpu_collect(struct tslab_slab *slab)
{
	u64 free;

	if (!atomic64_read(&slab->shared))
		return false;
	free = atomic64_xchg(&slab->shared, 0);
	if (!free)
		return false;
	tslab_count(slab->epoch, slab->class, bitmap_alloc_attempts);
	tslab_free_doubled(slab, slab->owned & free);
	WRITE_ONCE(slab->owned, slab->owned | free);
	return true;
}

/*
 * Gives up a slab a CPU owns: that in the given place, if there is one.
 *
 * Context: on that CPU with interrupts off and not in its busy section, or
 * for a dead CPU.
 * Return: the slab if it died, to be released.
 */
static struct tslab_slab *cpu_disown(struct tslab_slab **place)
{
	struct tslab_slab *slab = *place;
	struct tslab_epoch *epoch = slab->epoch;
	unsigned int class = slab->class;
	unsigned long flags;
	bool closed;
	u64 free;

	if (slab == &tslab_no_slab)
		return NULL;
	flags = tslab_class_lock(epoch, class, TSLAB_SITE_slow_full, NULL);
	WRITE_ONCE(*place, &tslab_no_slab);
	free = slab->owned;
	WRITE_ONCE(slab->owned, 0);
	tslab_slab_move(slab, TSLAB_SLAB_FULL);
	/* Orders the state before the bitmap; pairs with shared_give(). */
	tslab_free_doubled(slab, free & atomic64_fetch_or(free, &slab->shared));
	closed = !tslab_epoch_takes_any(epoch);
	slab = tslab_slab_settle(slab);
	tslab_count(epoch, class, cpu_flushes);
	if (closed) {
		tslab_count(epoch, class, epoch_close_scanned_slabs);
		atomic_inc(&epoch->flush_scanned);
		if (slab) {
			tslab_count(epoch, class, epoch_close_recycled_slabs);
			atomic_inc(&epoch->flush_recycled);
		}
	}
	tslab_class_unlock(epoch, class, flags);
	return slab;
}

static void cpu_flush_one(struct tslab_epoch *epoch, unsigned int cpu)
{
	bool left = false;
	unsigned int class;

	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		struct tslab_cpu_slab *cs =
			per_cpu_ptr(READ_ONCE(epoch->cpu_slab[class]), cpu);
		struct tslab_slab *dead;

		if (READ_ONCE(cs->busy)) {
			left = true;
			continue;
		}
		dead = cpu_disown(&cs->slab);
		if (dead)
			llist_add(&dead->dead, &epoch->flushed);
		dead = cpu_disown(&cs->other);
		if (dead)
			llist_add(&dead->dead, &epoch->flushed);
	}
	if (!left)
		cpumask_clear_cpu(cpu, epoch->owners);
}

static bool cpu_may_own(int cpu, void *epoch)
{
	return cpumask_test_cpu(cpu, ((struct tslab_epoch *)epoch)->owners);
}

static void cpu_flush_ipi(void *epoch)
{
	cpu_flush_one(epoch, smp_processor_id());
}

/* Pages are not freed in the interrupt that emptied them: RT forbids it. */
static long cpu_release_flushed(struct tslab_epoch *epoch)
{
	struct tslab_slab *slab, *next;
	long pages = 0;

	llist_for_each_entry_safe(slab, next, llist_del_all(&epoch->flushed),
				  dead) {
		pages += slab->geo.pages;
		tslab_slab_release(slab);
	}
	return pages;
}

/**
 * tslab_cpu_flush() - make the CPUs give up their slabs of an epoch
 * @epoch: the epoch
 * @all: until none is left, which the epoch must be closed for; otherwise a
 *	CPU that is just allocating keeps what it has
 *
 * Context: process context, interrupts on; may sleep.
 * Return: number of pages given back.
 */
long tslab_cpu_flush(struct tslab_epoch *epoch, bool all)
{
	might_sleep();
	/*
	 * Bits are set at any time: one that this misses is of a CPU that finds
	 * the epoch closed, or that may keep what it has.
	 */
	while (!data_race(cpumask_empty(epoch->owners))) {
		on_each_cpu_cond(cpu_may_own, cpu_flush_ipi, epoch, true);
		if (!all)
			break;
		/* A CPU on its way offline is left to cpu_dead(). */
		cond_resched();
	}
	return cpu_release_flushed(epoch);
}

/*
 * The slabs of a CPU that went offline go back to the lists. A close may be
 * waiting for this with its epoch's lock held: no locks but the class lock.
 */
static int cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct tslab *ts = hlist_entry(node, struct tslab, cpuhp);
	unsigned int i;

	for (i = 0; i < ts->nr_epochs; i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

		if (!epoch)
			continue;
		cpu_flush_one(epoch, cpu);
		cpu_release_flushed(epoch);
	}
	return 0;
}

/* Has CPUs that go offline give up their slabs of an instance. */
int tslab_cpu_watch(struct tslab *ts)
{
	return cpuhp_state_add_instance_nocalls(tslab_cpuhp_state, &ts->cpuhp);
}

void tslab_cpu_unwatch(struct tslab *ts)
{
	cpuhp_state_remove_instance_nocalls(tslab_cpuhp_state, &ts->cpuhp);
}

int __init tslab_cpu_init(void)
{
	int ret;

	/* Up to 6.12, no address is relocated in per-CPU data of a module. */
	cpu_slabs_init(&tslab_no_cpu_slab);
	ret = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "tslab:dead", NULL,
				      cpu_dead);
	if (ret < 0)
		return ret;
	tslab_cpuhp_state = ret;
	return 0;
}

void tslab_cpu_exit(void)
{
	cpuhp_remove_multi_state(tslab_cpuhp_state);
}
