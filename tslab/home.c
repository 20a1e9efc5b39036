// SPDX-License-Identifier: GPL-2.0
/*
 * The home of an epoch: the CPU that was the first to need a slab in it. What it
 * has there takes no per-CPU memory, the slabs that nobody else has met begin and
 * end without a lock, and they come from its stock and go back into that.
 *
 * Only epochs that were opened have one: tslab_alloc() begins with what is per
 * CPU in the current one.
 */
#include <linux/rcupdate.h>

#include "tslab.h"
#include "charge.h"
#include "cpu.h"
#include "find.h"
#include "home.h"
#include "kfence.h"
#include "run.h"

/* Whether this CPU is the home of an epoch, or is from now on. */
static bool home_is_here(struct tslab_epoch *epoch, int cpu)
{
	int home = READ_ONCE(epoch->home);

	if (home == TSLAB_NO_CPU)
		/* Before the look at open_id; pairs with tslab_epoch_shut(). */
		home = cmpxchg(&epoch->home, TSLAB_NO_CPU, cpu);
	return home == cpu || home == TSLAB_NO_CPU;
}

/*
 * Has what is in bin->home be this CPU's. Return: false if it may still be
 * another's.
 */
static bool home_bind(struct tslab_bin *bin, u64 id, int cpu)
{
	int home = READ_ONCE(bin->home_cpu);

	/* It may be left from an activation that ended elsewhere. */
	if (home != TSLAB_NO_CPU &&
	    (home != cpu || READ_ONCE(bin->used_id) == id))
		return home == cpu;
	if (bin->counted_cpu != cpu)
		tslab_stats_move_home(bin, cpu);
	tslab_bin_use(bin, id);
	bin->began = bin->home.hits + bin->home.misses;
	WRITE_ONCE(bin->home_cpu, cpu);
	return true;
}

/* What this CPU may allocate from, or NULL. */
static struct tslab_cpu_slab *home_choose(struct tslab_bin *bin, u64 id,
					  int cpu)
{
	struct tslab_epoch *epoch = bin->epoch;

	if (!tslab_epoch_is_open(epoch, id))
		return NULL;
	if (home_is_here(epoch, cpu)) {
		if (home_bind(bin, id, cpu))
			return &bin->home;
	} else if (unlikely(READ_ONCE(bin->home_cpu) == cpu)) {
		/*
		 * It was the home under another id, and has nothing left of that.
		 * What is interrupted here may be about to find that out.
		 */
		if (!in_task())
			return NULL;
		WRITE_ONCE(bin->home_cpu, TSLAB_NO_CPU);
	}
	if (READ_ONCE(bin->cpus) == &tslab_no_cpu_slab)
		return NULL;
	return this_cpu_ptr(bin->cpus);
}

/* Before the look at open_id of who comes to own something. */
static __always_inline void home_mark(struct tslab_epoch *epoch, int cpu)
{
	/* A full barrier; pairs with the cmpxchg in tslab_epoch_shut(). */
	if (!cpumask_test_cpu(cpu, epoch->owners))
		cpumask_test_and_set_cpu(cpu, epoch->owners);
}

/**
 * tslab_home_enter() - what this CPU has of a bin, to allocate from
 * @bin: the bin
 * @id: id that is allocated under
 *
 * Begins the CPU's busy section on it, if there is anything and it is not in it
 * already. Whether the epoch is open is for the caller to look at after that.
 *
 * Context: preemption disabled; the CPU may own slabs of the instance.
 * Return: it; or NULL.
 */
struct tslab_cpu_slab *tslab_home_enter(struct tslab_bin *bin, u64 id)
{
	int cpu = smp_processor_id();
	struct tslab_cpu_slab *cs = home_choose(bin, id, cpu);

	if (!cs || !tslab_cpu_enter(cs))
		return NULL;
	home_mark(bin->epoch, cpu);
	return cs;
}

/**
 * tslab_home_new() - a new slab for the home, from its stock
 * @bin: the bin
 * @reasons: gets what it took, as bits TSLAB_SLOW()
 *
 * Context: in the busy section of its home; the epoch is open.
 * Return: whether there is one now, with its first slot taken, and counted.
 */
bool tslab_home_new(struct tslab_bin *bin, unsigned int *reasons)
{
	struct tslab_cpu_slab *cs = &bin->home;
	struct tslab_slab *slab;

	if (!bin->type->small.pages || tslab_bin_is_charged(bin) ||
	    !tslab_cpu_has_room(cs))
		return false;
	slab = tslab_stock_get();
	if (!slab)
		return false;
	tslab_slab_recut(slab, bin);
	tslab_cpu_own(bin, cs, slab);
	*reasons |= TSLAB_SLOW(new_slab);
	tslab_count(bin, slow_path_cache_miss);
	/* As cs->hits in cpu_take(). */
	TSLAB_COUNTED(data_race(cs->misses++));
	return true;
}

/* As tslab_run_new(), in a slab of its own. */
static void *home_first(struct tslab_bin *bin, u64 id, unsigned int *reasons)
{
	struct tslab_cpu_slab *cs = &bin->home;
	void *obj = NULL;

	if (!home_bind(bin, id, smp_processor_id()) || !tslab_cpu_enter(cs))
		return NULL;
	if (!tslab_epoch_is_open(bin->epoch, id) || READ_ONCE(bin->nr_listed))
		goto leave;
	obj = ERR_PTR(-ENOMEM);
	if (!tslab_home_new(bin, reasons))
		goto leave;
	tslab_count(bin, slow_path_hits);
	obj = tslab_slot_obj(cs->slab, 0);
leave:
	tslab_cpu_leave(cs);
	return obj;
}

/* In the next of the slabs that a bin has here; NULL leaves it to tslab_supply(). */
static void *home_next(struct tslab_bin *bin, u64 id, unsigned int *reasons)
{
	struct tslab_cpu_slab *cs = &bin->home;
	void *obj = NULL;

	if (READ_ONCE(bin->home_cpu) != smp_processor_id() ||
	    !tslab_cpu_enter(cs))
		return NULL;
	if (!tslab_epoch_is_open(bin->epoch, id) || !tslab_lists_are_empty(bin))
		goto leave;
	obj = tslab_cpu_go_on(cs);
	if (obj) {
		*reasons |= TSLAB_SLOW(refill);
		tslab_count(bin, cpu_refills);
		/* As cs->hits in cpu_take(). */
		TSLAB_COUNTED(data_race(cs->misses++));
	} else if (tslab_home_new(bin, reasons)) {
		obj = tslab_slot_obj(cs->slab, 0);
	}
	if (obj)
		tslab_count(bin, slow_path_hits);
leave:
	tslab_cpu_leave(cs);
	return obj;
}

/* As tslab_run_new(). Context: preemption disabled. */
static void *home_begin(struct tslab_bin *bin, u64 id, unsigned int *reasons)
{
	struct tslab_epoch *epoch = bin->epoch;
	int cpu = smp_processor_id();

	if (!__this_cpu_read(tslab_cpu_may_own) ||
	    !tslab_epoch_is_open(epoch, id) || !home_is_here(epoch, cpu))
		return NULL;
	home_mark(epoch, cpu);
	if (READ_ONCE(bin->home.slab) != &tslab_no_slab)
		return home_next(bin, id, reasons);
	if (tslab_bin_is_charged(bin))
		return NULL;
	if (!bin->many && bin->type->run_units <= TSLAB_RUN_UNITS)
		return tslab_run_new(bin, id, reasons);
	return bin->type->small.pages ? home_first(bin, id, reasons) : NULL;
}

/**
 * tslab_home_alloc() - an object from what this CPU has as the home of an epoch
 * @type: its type
 * @epoch: epoch it is to be in
 * @id: id that is allocated under
 * @gfp: the caller's flags
 * @reasons: gets what it took, as bits TSLAB_SLOW()
 *
 * For one that the run does not take which the CPU is at: in a new one, or in the
 * first slab of the type. The CPU becomes the home if there is none.
 *
 * Context: any that @gfp allows; no locks.
 * Return: the object, or NULL if it is to come from elsewhere.
 */
void *tslab_home_alloc(struct tslab_type *type, struct tslab_epoch *epoch,
		       u64 id, gfp_t gfp, unsigned int *reasons)
{
	struct tslab_bin *bin;
	void *obj;

	if ((type->run_units > TSLAB_RUN_UNITS && !type->small.pages) ||
	    type->ts->flags & TSLAB_SHARED_ONLY ||
	    READ_ONCE(epoch->home) == TSLAB_NO_HOME || in_nmi())
		return NULL;
	if (tslab_kfence_is_on() && tslab_kfence_is_due(type))
		return NULL;
	do {
		preempt_disable();
		bin = tslab_bin_of(epoch, type);
		obj = bin == &tslab_no_bin ? NULL : home_begin(bin, id, reasons);
		preempt_enable();
	} while ((bin == &tslab_no_bin && tslab_epoch_is_open(epoch, id) &&
		  tslab_bin_get(type, epoch, gfp)) ||
		 (IS_ERR(obj) && tslab_stock_fill(gfp)));
	return IS_ERR(obj) ? NULL : obj;
}

/* === End === */

/* Whether nothing is live in a slab that nobody but its CPU has met. */
static bool home_is_free(struct tslab_slab *slab)
{
	struct tslab_word *word;

	if (slab->is_run)
		return !(tslab_slab_run(slab)->starts & ~slab->word->owned);
	tslab_for_each_word(word, slab)
		if (word->owned != tslab_word_all(slab, word))
			return false;
	return true;
}

/*
 * Nobody frees into a slab from here on, though its caller may just be about to.
 * Return: what was live, if there was @any, and not freed in the last moment.
 */
static unsigned int home_kill(struct tslab_slab *slab, bool any)
{
	struct tslab_word *word;
	unsigned int live = 0;

	tslab_for_each_word(word, slab) {
		u64 others = atomic64_xchg(&word->shared, TSLAB_SLAB_DEAD);

		if (any)
			live += hweight64(tslab_word_all(slab, word) &
					  ~(word->owned | others));
	}
	return live;
}

/*
 * Ends a slab, if nobody but its CPU has ever had to do with it: then nobody is
 * about to do anything to it, unless it is misuse.
 *
 * Context: in the busy section. Return: whether it has.
 */
static __always_inline bool home_end_slab(struct tslab_cpu_slab *cs,
					  struct tslab_slab *slab,
					  const bool is_run,
					  struct tslab_home_end *end)
{
	struct tslab_bin *bin = slab->bin;

	/* Nor may somebody who found an object still look at it. */
	if (READ_ONCE(slab->shared) ||
	    (!is_run && slab->type->flags & TSLAB_CACHE_TYPESAFE_BY_RCU) ||
	    !(end->kill || home_is_free(slab)))
		return false;
	if (is_run) {
		atomic64_xchg(&slab->word->shared, TSLAB_SLAB_DEAD);
		tslab_run_end(slab);
	} else {
		unsigned int live = home_kill(slab, end->kill);

		/* As in cpu_free(). */
		TSLAB_COUNTED(data_race(cs->frees += live));
	}
	WRITE_ONCE(slab->owner, NULL);
	WRITE_ONCE(slab->state, TSLAB_SLAB_GONE);
	end->slabs++;
	end->pages += slab->geo.pages;
	tslab_count(bin, epoch_close_scanned_slabs);
	tslab_count(bin, epoch_close_recycled_slabs);
	tslab_slab_leave(slab);
	return true;
}

/* Of one that has ended, and that nothing leads to. */
static void home_drop(struct tslab_slab *slab, struct tslab_home_end *end)
{
	if (!tslab_stock_put(slab))
		list_add(&slab->list, &end->dead);
}

/*
 * Keeps a slab that has ended where it is, for the next activation.
 *
 * Context: in the busy section. Return: whether it has.
 */
static __always_inline bool home_keep(struct tslab_slab *slab,
				      const bool is_run,
				      struct tslab_home_end *end)
{
	struct tslab_word *word;

	if (!end->room || (is_run && tslab_run_was_for_many(slab)) ||
	    !tslab_stock_keep(slab))
		return false;
	if (is_run)
		tslab_run_clear(slab);
	else
		tslab_for_each_small_word(word, slab)
			WRITE_ONCE(word->owned, tslab_word_all(slab, word));
	end->room--;
	return true;
}

static bool home_has_any(const struct tslab_cpu_slab *cs)
{
	return cs->slab != &tslab_no_slab;
}

/* Of those besides the one that the home is at. Context: in the busy section. */
static noinline bool home_end_kept(struct tslab_cpu_slab *cs, bool is_run,
				   struct tslab_home_end *end)
{
	struct tslab_slab *slab;
	bool all = true;
	unsigned int i;

	for (i = 0; cs->nr_kept && i < TSLAB_CPU_KEPT; i++) {
		slab = cs->kept[i];
		if (slab == &tslab_no_slab)
			continue;
		if (home_end_slab(cs, slab, is_run, end)) {
			WRITE_ONCE(cs->kept[i], &tslab_no_slab);
			cs->nr_kept--;
			home_drop(slab, end);
		} else {
			all = false;
		}
	}
	return all;
}

/*
 * Ends what the home has of a bin, or of runs; it keeps the one that it is at if
 * it is likely to begin with it @again. Return: whether that was all.
 *
 * Context: on the home, in no interrupt.
 */
static __always_inline bool home_end_slabs(struct tslab_cpu_slab *cs,
					   const bool is_run, bool again,
					   struct tslab_home_end *end)
{
	struct tslab_slab *slab = cs->slab;
	bool all = true;

	if (WARN_ON_ONCE(!tslab_cpu_enter(cs)))
		return false;
	if (!home_end_slab(cs, slab, is_run, end)) {
		all = false;
	} else if (!again || !home_keep(slab, is_run, end)) {
		tslab_cpu_aim_at_none(cs);
		home_drop(slab, end);
	}
	if (cs->nr_kept)
		all &= home_end_kept(cs, is_run, end);
	tslab_cpu_leave(cs);
	return all;
}

/* Likewise, of runs. */
static bool home_end_runs(struct tslab_epoch *epoch, struct tslab_home_end *end)
{
	struct tslab_cpu_slab *runs = &epoch->runs;
	bool all;

	/* They count in the bins. */
	tslab_run_stop(epoch);
	if (!home_has_any(runs))
		return true;
	/* An interrupt may look meanwhile: see tslab_folds_begin(). */
	raw_write_seqcount_begin(&epoch->folds);
	all = home_end_slabs(runs, true, tslab_slab_run(runs->slab)->starts, end);
	raw_write_seqcount_end(&epoch->folds);
	return all;
}

/* Likewise, of a bin. */
static bool home_end_bin(struct tslab_bin *bin, struct tslab_home_end *end)
{
	u64 objects = bin->home.hits + bin->home.misses - bin->began;
	bool again;

	tslab_bin_had(bin, objects);
	/* Few objects are to share a run. */
	again = objects && (bin->many || bin->type->run_units > TSLAB_RUN_UNITS);
	if (home_has_any(&bin->home) &&
	    !home_end_slabs(&bin->home, false, again, end))
		return false;
	if (!home_has_any(&bin->home))
		WRITE_ONCE(bin->home_cpu, TSLAB_NO_CPU);
	return true;
}

static void home_take_kept(struct tslab_cpu_slab *cs, struct list_head *kept)
{
	struct tslab_slab *slab = cs->slab;

	if (slab == &tslab_no_slab || slab->state != TSLAB_SLAB_GONE)
		return;
	/* Who is in the busy section finds the epoch closed, and does not look. */
	tslab_cpu_aim_at_none(cs);
	list_add(&slab->list, kept);
}

/* Takes out all that was kept. Context: epoch->lock held; the epoch is closed. */
static void home_take_all_kept(struct tslab_epoch *epoch,
			       struct list_head *kept)
{
	struct tslab_bin *bin;

	home_take_kept(&epoch->runs, kept);
	tslab_for_each_bin(bin, epoch)
		if (READ_ONCE(bin->home_cpu) == epoch->home)
			home_take_kept(&bin->home, kept);
}

/* Keeps nothing. Its list would make a stack frame of the caller's a protected one. */
static noinline void home_drop_kept(struct tslab_epoch *epoch,
				    struct tslab_home_end *end)
{
	struct tslab_slab *slab, *next;
	LIST_HEAD(kept);

	home_take_all_kept(epoch, &kept);
	list_for_each_entry_safe(slab, next, &kept, list) {
		list_del_init(&slab->list);
		home_drop(slab, end);
	}
}

/* What others have met, or something is live in, becomes everybody's. */
static void home_give_up(struct tslab_epoch *epoch, int cpu)
{
	struct tslab_bin *bin;

	tslab_cpu_flush_here(epoch, cpu);
	tslab_for_each_bin(bin, epoch)
		if (READ_ONCE(bin->home_cpu) == cpu)
			WRITE_ONCE(bin->home_cpu, TSLAB_NO_CPU);
}

/*
 * Counts a bin that the epoch was to have slabs of. Return: whether there is
 * something in it that is not the home's.
 */
static __always_inline bool home_count_bin(struct tslab_bin *bin, u64 id,
					   struct tslab_home_end *end)
{
	end->pages_left += atomic_long_read(&bin->nr_pages);
	end->classes++;
	tslab_count(bin, epoch_close_calls);
	/* Also if somebody is just about to list one. */
	return READ_ONCE(bin->listed_id) == id || READ_ONCE(bin->nr_listed);
}

/* Context: on the home, preemption disabled. */
static __always_inline void home_end(struct tslab_epoch *epoch, int cpu,
				     struct tslab_home_end *end)
{
	/* One place that is ready is enough. */
	unsigned int room = tslab_ring_warm(epoch->ts, cpu) ? 0 : TSLAB_WARM_MAX;
	bool left, alone = true;
	struct tslab_bin *bin;
	u64 id;

	/* What is kept ready has slots, and who finds some does not ask KFENCE. */
	if (tslab_kfence_is_on() && tslab_kfence_turn())
		room = 0;
	end->room = room;
	left = !home_end_runs(epoch, end);
	id = epoch->id;
	tslab_for_each_bin(bin, epoch) {
		bool others;

		/* No CPU has a slab of it then, nor gets one: see install(). */
		if (READ_ONCE(bin->used_id) != id)
			continue;
		others = READ_ONCE(bin->cpus) != &tslab_no_cpu_slab;
		left |= READ_ONCE(bin->home_cpu) == cpu ?
			!home_end_bin(bin, end) : others;
		alone &= !(home_count_bin(bin, id, end) || others);
	}
	end->alone = alone && !left;
	if (left) {
		home_drop_kept(epoch, end);
		home_give_up(epoch, cpu);
	} else {
		cpumask_clear_cpu(cpu, epoch->owners);
		WRITE_ONCE(epoch->nr_warm, room - end->room);
	}
	if (!epoch->nr_warm)
		WRITE_ONCE(epoch->home, TSLAB_NO_HOME);
}

/**
 * tslab_home_end() - end what the home of a closed epoch has, if this is it
 * @epoch: the epoch
 * @end: what is to be ended, and gets what was, and what there is besides
 *
 * Context: process context; epoch->lock held.
 */
void tslab_home_end(struct tslab_epoch *epoch, struct tslab_home_end *end)
{
	int cpu = get_cpu();
	struct tslab_bin *bin;

	if (likely(READ_ONCE(epoch->home) == cpu)) {
		home_end(epoch, cpu, end);
		put_cpu();
		if (!list_empty(&end->dead))
			tslab_slab_free_list(&end->dead);
		return;
	}
	put_cpu();
	tslab_for_each_bin(bin, epoch)
		if (tslab_bin_is_used(bin))
			home_count_bin(bin, epoch->id, end);
}

/**
 * tslab_home_leave() - an epoch has ended whose home was elsewhere
 * @epoch: the epoch, which no CPU has a slab of any more
 *
 * What its home has in its bins stays the home's until it has seen that.
 *
 * Context: epoch->lock held.
 */
void tslab_home_leave(struct tslab_epoch *epoch)
{
	if (READ_ONCE(epoch->home) < 0)
		return;
	WRITE_ONCE(epoch->home, TSLAB_NO_HOME);
	/* To begin a grace period here would wake a thread, on another CPU. */
	epoch->home_left = get_state_synchronize_rcu();
	epoch->home_is_left = true;
}

/**
 * tslab_home_cool() - give back what the home of a warm place has
 * @epoch: any place; nothing is done if it is not warm
 *
 * Context: process context; epoch->lock held.
 * Return: number of pages.
 */
unsigned long tslab_home_cool(struct tslab_epoch *epoch)
{
	unsigned long pages = epoch->nr_warm;
	LIST_HEAD(kept);

	if (!pages)
		return 0;
	home_take_all_kept(epoch, &kept);
	tslab_slab_free_list(&kept);
	WRITE_ONCE(epoch->nr_warm, 0);
	tslab_home_leave(epoch);
	return pages;
}

/* Begins with a slab that was kept. Context: on the home, preemption disabled. */
static __always_inline void home_begin_kept(struct tslab_cpu_slab *cs, u64 id,
					    int cpu)
{
	struct tslab_slab *slab = cs->slab;

	/* No id is newer; see tslab_bin_use(). */
	WRITE_ONCE(slab->bin->used_id, id);
	tslab_slab_reuse(slab, slab->bin);
	tslab_cpu_mark(slab, cs, tslab_home_percpu(cs, cpu), cpu);
}

/*
 * Opens a warm place. Return: false if this is not its home, or the CPU is about
 * to leave.
 */
static bool home_open_warm(struct tslab_epoch *epoch, u64 id)
{
	struct tslab_cpu_slab *runs = &epoch->runs;
	unsigned int left = epoch->nr_warm;
	int cpu = get_cpu();
	struct tslab_bin *bin;

	if (epoch->home != cpu || !__this_cpu_read(tslab_cpu_may_own)) {
		put_cpu();
		return false;
	}
	/* Whoever closes it, or has the CPU leave, finds what it owns. */
	home_mark(epoch, cpu);
	WRITE_ONCE(epoch->nr_warm, 0);
	if (home_has_any(runs)) {
		home_begin_kept(runs, id, cpu);
		WRITE_ONCE(epoch->run, tslab_slab_run(runs->slab));
		WRITE_ONCE(epoch->run_cpu, cpu);
		left--;
	}
	tslab_for_each_bin(bin, epoch) {
		if (!left)
			break;
		/* One of an activation that ended elsewhere has none. */
		if (READ_ONCE(bin->home_cpu) != cpu || !home_has_any(&bin->home))
			continue;
		left--;
		bin->began = bin->home.hits + bin->home.misses;
		home_begin_kept(&bin->home, id, cpu);
		if (TSLAB_SMALL_WORDS > 1)
			tslab_cpu_aim(&bin->home, bin->home.slab,
				      bin->home.slab->word);
	}
	put_cpu();
	return true;
}

/**
 * tslab_home_open() - let an epoch that is about to open have a home, or none
 * @epoch: the epoch
 * @id: its next id
 * @home: TSLAB_NO_CPU if it may have one, or TSLAB_NO_HOME
 *
 * Context: epoch->lock held.
 */
void tslab_home_open(struct tslab_epoch *epoch, u64 id, int home)
{
	struct tslab_bin *bin;

	if (epoch->nr_warm) {
		if (home == TSLAB_NO_CPU && home_open_warm(epoch, id))
			return;
		tslab_home_cool(epoch);
	}
	/* Whoever was about to begin a busy section on it has found it closed. */
	if (epoch->home_is_left &&
	    poll_state_synchronize_rcu(epoch->home_left)) {
		epoch->home_is_left = false;
		guard(rcu)();
		tslab_for_each_bin(bin, epoch)
			WRITE_ONCE(bin->home_cpu, TSLAB_NO_CPU);
	}
	WRITE_ONCE(epoch->home, home);
}
