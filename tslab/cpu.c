// SPDX-License-Identifier: GPL-2.0
/* Slabs that a CPU owns: collecting frees, giving slabs up. */
#include <linux/sched.h>
#include <linux/smp.h>

#include "tslab.h"
#include "cpu.h"
#include "lock.h"

/*
 * What the CPUs have of a class of which an epoch has no slab yet, or had no
 * memory for it.
 */
DEFINE_PER_CPU(struct tslab_cpu_slab, tslab_no_cpu_slab);

/* Not while the CPU is on its way online or offline; written by itself. */
DEFINE_PER_CPU(bool, tslab_cpu_may_own);

static void cpu_slabs_init(struct tslab_cpu_slab __percpu *cpus)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		per_cpu_ptr(cpus, cpu)->slab = &tslab_no_slab;
		per_cpu_ptr(cpus, cpu)->other = &tslab_no_slab;
	}
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
 * @epoch: the epoch
 * @class: size class
 * @gfp: the caller's flags
 *
 * Made when the epoch has its first slab of the class: most epochs have slabs
 * of few classes.
 *
 * Context: any that @gfp allows; no locks.
 * Return: tslab_no_cpu_slab if there is no memory: slabs of the class are no
 * CPU's own then.
 */
struct tslab_cpu_slab __percpu *tslab_cpu_slab_get(struct tslab_epoch *epoch,
						   unsigned int class,
						   gfp_t gfp)
{
	struct tslab_cpu_slab __percpu *old, *new;

	old = READ_ONCE(epoch->cpu_slab[class]);
	if (likely(old != &tslab_no_cpu_slab) ||
	    tslab_should_fail(sizeof(*new), gfp))
		return old;
	new = alloc_percpu_gfp(struct tslab_cpu_slab, tslab_percpu_gfp(gfp));
	if (!new)
		return old;
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
	tslab_slab_doubled(slab, slab->owned & free);
	WRITE_ONCE(slab->owned, slab->owned | free);
	return true;
}

/*
 * Gives up a slab a CPU owns: that in the given place, if there is one.
 *
 * Context: on that CPU with interrupts off and not in its busy section.
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
	tslab_slab_doubled(slab, free & atomic64_fetch_or(free, &slab->shared));
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

/* Context: on that CPU with interrupts off. */
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
				  dead)
		pages += tslab_slab_release(slab);
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
		/* Of one that was just allocating: it has finished soon. */
		cond_resched();
	}
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
	local_irq_disable();
	cpu_flush_one(epoch, cpu);
	local_irq_enable();
	cpu_release_flushed(epoch);
}

void __init tslab_cpu_init(void)
{
	/* Up to 6.12, no address is relocated in per-CPU data of a module. */
	cpu_slabs_init(&tslab_no_cpu_slab);
}
