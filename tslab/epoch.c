// SPDX-License-Identifier: GPL-2.0
/* Epochs: the ring, activation, advance, close, discard. */
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "tslab.h"

#include <trace/events/tslab.h>

/* One counter for all instances makes ids of other instances stale here. */
static atomic64_t tslab_era = ATOMIC64_INIT(0);

/* Slabs that one hold of the class lock takes out of an epoch. */
#define KILL_BATCH	64

static u64 epoch_make_id(unsigned int index)
{
	return (u64)atomic64_inc_return(&tslab_era) << TSLAB_INDEX_BITS | index;
}

/* Whether an id was ever given out for this ring slot or a garbled one. */
static struct tslab_epoch *epoch_lookup(struct tslab *ts, u64 id, int *err)
{
	struct tslab_epoch *epoch = tslab_epoch_of(ts, id);

	*err = 0;
	if (!epoch || !tslab_id_era(id) ||
	    tslab_id_era(id) > atomic64_read(&tslab_era))
		*err = -EINVAL;
	else if (READ_ONCE(epoch->id) != id)
		*err = -ESTALE;
	return *err ? NULL : epoch;
}

/* === Ring === */

/* kmalloc() would round a ring up to half as much again. */
static struct kmem_cache *tslab_epoch_cache;

static void epoch_close_work(struct work_struct *work);

static void epoch_free(struct tslab_epoch *epoch)
{
	unsigned int class;

	if (!epoch)
		return;
	for (class = 0; class < TSLAB_NR_CLASSES; class++)
		if (epoch->cpu_slab[class] != &tslab_no_cpu_slab)
			free_percpu(epoch->cpu_slab[class]);
	free_cpumask_var(epoch->owners);
	kmem_cache_free(tslab_epoch_cache, epoch);
}

static struct tslab_epoch *epoch_new(struct tslab *ts, unsigned int index)
{
	struct tslab_epoch *epoch;
	unsigned int class;

	if (tslab_should_fail(sizeof(*epoch), GFP_KERNEL))
		return NULL;
	epoch = kmem_cache_zalloc(tslab_epoch_cache, GFP_KERNEL);
	if (!epoch)
		return NULL;
	if (tslab_should_fail(cpumask_size(), GFP_KERNEL) ||
	    !zalloc_cpumask_var(&epoch->owners, GFP_KERNEL))
		goto free;
	epoch->ts = ts;
	epoch->counters = ts->counters;
	epoch->index = index;
	epoch->open_id = tslab_epoch_closed_id(epoch);
	mutex_init(&epoch->lock);
	init_llist_head(&epoch->flushed);
	INIT_WORK(&epoch->close_work, epoch_close_work);
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		epoch->cpu_slab[class] = &tslab_no_cpu_slab;
		INIT_LIST_HEAD(&epoch->class[class].partial);
		INIT_LIST_HEAD(&epoch->class[class].full);
		INIT_LIST_HEAD(&epoch->class[class].empty);
	}
	return epoch;

free:
	epoch_free(epoch);
	return NULL;
}

/* Takes a drained ring slot for activation. Return: index or -EBUSY. */
static int epoch_get_index(struct tslab *ts)
{
	unsigned int start = READ_ONCE(ts->next_index);
	unsigned int index;

	do {
		/* Whether a bit that was found is still set shows below. */
		index = data_race(find_next_bit(ts->drained, ts->nr_epochs,
						start));
		if (index >= ts->nr_epochs)
			/* Likewise. */
			index = data_race(find_first_bit(ts->drained,
							 ts->nr_epochs));
		if (index >= ts->nr_epochs)
			return -EBUSY;
	} while (!test_and_clear_bit(index, ts->drained));
	WRITE_ONCE(ts->next_index, (index + 1) % ts->nr_epochs);
	return index;
}

static tslab_epoch_t epoch_activate(struct tslab *ts, const char *label)
{
	struct tslab_counters __percpu *counters;
	struct tslab_epoch *epoch;
	int index;
	u64 id;

	counters = tslab_label_counters(ts, label ?: "");
	if (!counters)
		return (__force tslab_epoch_t)(s64)-ENOMEM;
	index = epoch_get_index(ts);
	if (index < 0)
		return (__force tslab_epoch_t)(s64)index;
	epoch = tslab_epoch_of(ts, index);
	if (!epoch) {
		epoch = epoch_new(ts, index);
		if (!epoch) {
			set_bit(index, ts->drained);
			return (__force tslab_epoch_t)(s64)-ENOMEM;
		}
		/* Pairs with the acquire in tslab_epoch_of(). */
		smp_store_release(&ts->epochs[index], epoch);
	}

	mutex_lock(&epoch->lock);
	id = epoch_make_id(index);
	WRITE_ONCE(epoch->id, id);
	strscpy(epoch->label, label ?: "", sizeof(epoch->label));
	WRITE_ONCE(epoch->counters, counters);
	epoch->opened_at = ktime_get_ns();
	epoch->pages_at_close = 0;
	epoch->unreclaimed = true;
	epoch->domains = 0;
	WRITE_ONCE(epoch->used, 0);
	atomic_set(&epoch->holds, 1);
	WRITE_ONCE(epoch->open_id, id);
	mutex_unlock(&epoch->lock);
	trace_tslab_epoch_open(ts->name, index, tslab_id_era(id));
	return (__force tslab_epoch_t)id;
}

/**
 * tslab_epoch_put() - drop one of tslab_epoch::holds
 * @epoch: the epoch; may be activated again at once if it was the last
 *
 * Context: any.
 */
void tslab_epoch_put(struct tslab_epoch *epoch)
{
	struct tslab *ts = epoch->ts;
	unsigned int index = epoch->index;

	if (atomic_dec_and_test(&epoch->holds)) {
		trace_tslab_epoch_drained(ts->name, index,
					  tslab_id_era(READ_ONCE(epoch->id)));
		set_bit(index, ts->drained);
	}
}

/* === Close === */

/* Stops allocation through ids and published slabs. Return: was it open. */
static bool epoch_shut(struct tslab_epoch *epoch, u64 id)
{
	/* Pairs with shared_alloc() and lock_for_use(). */
	return cmpxchg(&epoch->open_id, id, tslab_epoch_closed_id(epoch)) == id;
}

/*
 * Withdraws the published slab of a class.
 *
 * Context: class lock held.
 */
static void epoch_unpublish(struct tslab_epoch *epoch, unsigned int class,
			    struct list_head *dead)
{
	struct tslab_epoch_class *ec = &epoch->class[class];
	struct tslab_slab *slab;

	slab = READ_ONCE(ec->current_partial);
	if (!slab || !tslab_slab_unpublish(slab))
		return;
	slab = tslab_slab_settle(slab);
	if (slab)
		list_add(&slab->list, dead);
}

/**
 * tslab_epoch_reclaim_class() - give back the slabs of a class that are empty
 * @epoch: the epoch
 * @class: size class
 * @pages: raised by the number of pages given back
 *
 * Those that CPUs own are left to tslab_cpu_flush().
 *
 * Context: process context; may sleep.
 * Return: number of slabs given back.
 */
unsigned int tslab_epoch_reclaim_class(struct tslab_epoch *epoch,
				       unsigned int class, long *pages)
{
	struct tslab_epoch_class *ec = &epoch->class[class];
	struct tslab_slab *slab;
	unsigned int slabs = 0;
	unsigned long flags;
	unsigned int batch;
	long released;
	u64 all;

	do {
		LIST_HEAD(dead);

		batch = KILL_BATCH;
		flags = tslab_class_lock(epoch, class, TSLAB_SITE_epoch_close,
					 NULL);
		epoch_unpublish(epoch, class, &dead);
		while (batch && !list_empty(&ec->empty)) {
			slab = list_first_entry(&ec->empty, struct tslab_slab,
						list);
			all = tslab_slab_all(slab);
			if (atomic64_cmpxchg(&slab->shared, all,
					     TSLAB_SLAB_DEAD) == all) {
				tslab_slab_unlink(slab);
				list_add(&slab->list, &dead);
			} else {
				tslab_slab_move(slab, TSLAB_SLAB_PARTIAL);
			}
			batch--;
		}
		tslab_class_unlock(epoch, class, flags);
		released = tslab_slab_release_list(&dead);
		*pages += released;
		slabs += released / tslab_geometry[class].pages;
	} while (!batch);
	return slabs;
}

/*
 * The part of a close that comes after epoch_shut(): takes the slabs from the
 * CPUs and gives the empty ones back.
 *
 * Context: epoch->lock held, the epoch shut.
 * Return: number of pages given back.
 */
static long epoch_reclaim(struct tslab_epoch *epoch)
{
	struct tslab *ts = epoch->ts;
	unsigned long class, used;
	unsigned int classes = 0;
	unsigned int slabs = 0;
	long pages;
	u64 ns = 0;

	if (!epoch->unreclaimed)
		return 0;
	epoch->unreclaimed = false;
	epoch->pages_at_close = atomic_long_read(&epoch->nr_pages);
	pages = tslab_cpu_flush(epoch, true);
	used = READ_ONCE(epoch->used);
	for_each_set_bit(class, &used, TSLAB_NR_CLASSES) {
		u64 start = ktime_get_ns(), took;
		unsigned int empty;

		empty = tslab_epoch_reclaim_class(epoch, class, &pages);
		took = ktime_get_ns() - start;
		tslab_count(epoch, class, epoch_close_calls);
		tslab_count_add(epoch, class, epoch_close_scanned_slabs, empty);
		tslab_count_add(epoch, class, epoch_close_recycled_slabs,
				empty);
		tslab_count_add(epoch, class, epoch_close_ns, took);
		slabs += empty;
		ns += took;
		classes++;
	}
	trace_tslab_epoch_close(ts->name, epoch->index, tslab_id_era(epoch->id),
				classes,
				slabs + atomic_xchg(&epoch->flush_scanned, 0),
				slabs + atomic_xchg(&epoch->flush_recycled, 0),
				pages, ns);
	tslab_epoch_put(epoch);
	return pages;
}

/* Also does what tslab_epoch_close_nowait() has left for later. */
static long epoch_close_locked(struct tslab_epoch *epoch, u64 id)
{
	bool was_open = epoch_shut(epoch, id);
	long pages = 0;

	lockdep_assert_held(&epoch->lock);
	if (epoch->id == id)
		pages = epoch_reclaim(epoch);
	return was_open ? pages : -ESTALE;
}

static void epoch_close_work(struct work_struct *work)
{
	struct tslab_epoch *epoch = container_of(work, struct tslab_epoch,
						 close_work);

	mutex_lock(&epoch->lock);
	/* Somebody else may have done it, and the epoch be open again. */
	if (!tslab_epoch_takes_any(epoch))
		epoch_reclaim(epoch);
	mutex_unlock(&epoch->lock);
}

static void epoch_make_current(struct tslab *ts, tslab_epoch_t epoch)
{
	u64 id = (__force u64)epoch;

	WRITE_ONCE(ts->current_epoch, tslab_epoch_of(ts, id));
	WRITE_ONCE(ts->current_id, id);
}

/* Replaces the current epoch if it is @id or @id is 0, and closes it. */
static tslab_epoch_t epoch_advance_from(struct tslab *ts, u64 id, long *pages)
{
	struct tslab_epoch *old;
	tslab_epoch_t new;
	u64 old_id;

	guard(mutex)(&ts->advance_lock);
	old_id = ts->current_id;
	if (id && id != old_id)
		return TSLAB_EPOCH_NONE;
	new = epoch_activate(ts, NULL);
	if (tslab_epoch_err(new))
		return new;
	epoch_make_current(ts, new);
	trace_tslab_epoch_advance(ts->name, tslab_id_index((__force u64)new),
				  tslab_id_era((__force u64)new));

	old = tslab_epoch_of(ts, old_id);
	mutex_lock(&old->lock);
	*pages = epoch_close_locked(old, old_id);
	mutex_unlock(&old->lock);
	return new;
}

/**
 * tslab_epoch_current() - id of the epoch tslab_alloc() allocates in
 * @ts: instance
 *
 * Context: any.
 * Return: the id; another task may advance at any time.
 */
tslab_epoch_t tslab_epoch_current(struct tslab *ts)
{
	return (__force tslab_epoch_t)READ_ONCE(ts->current_id);
}
EXPORT_SYMBOL_GPL(tslab_epoch_current);

/**
 * tslab_epoch_advance() - close the current epoch and make a new one current
 * @ts: instance
 *
 * Epochs that still hold objects are skipped. The old epoch is closed as by
 * tslab_epoch_close(). The cost does not depend on how much is live.
 *
 * Context: process context; may sleep.
 * Return: id of the new epoch, or an error for tslab_epoch_err(): -EBUSY if
 * every other epoch of the ring is open or holds objects, -ENOMEM. After an
 * error nothing has changed.
 */
tslab_epoch_t tslab_epoch_advance(struct tslab *ts)
{
	long pages;

	return epoch_advance_from(ts, 0, &pages);
}
EXPORT_SYMBOL_GPL(tslab_epoch_advance);

/**
 * tslab_epoch_open() - open an epoch beside the current one
 * @ts: instance
 * @label: up to TSLAB_LABEL_MAX - 1 characters, longer ones are cut; or NULL
 *
 * The epoch takes allocations by its id or through domains until it is
 * closed, however often the current epoch advances.
 *
 * Context: process context; may sleep.
 * Return: its id, or an error for tslab_epoch_err(): -EBUSY if every epoch of
 * the ring is open or holds objects, -ENOMEM.
 */
tslab_epoch_t tslab_epoch_open(struct tslab *ts, const char *label)
{
	return epoch_activate(ts, label);
}
EXPORT_SYMBOL_GPL(tslab_epoch_open);

/**
 * tslab_epoch_close() - end allocation in an epoch and give its memory back
 * @ts: instance
 * @epoch: id of an open epoch of @ts
 *
 * After this returns no allocation in the epoch succeeds. Its empty slabs,
 * those of every CPU included, have gone to the page allocator; each of the
 * others follows when its last object is freed. If the epoch is the current
 * one, another becomes current first.
 *
 * Context: process context; may sleep.
 * Return: number of pages given back by this call; -EINVAL if @epoch was never
 * an epoch of @ts; -ESTALE if it is closed already or gone; if it is the
 * current one, also the errors of tslab_epoch_advance(), with nothing changed.
 */
long tslab_epoch_close(struct tslab *ts, tslab_epoch_t epoch)
{
	u64 id = (__force u64)epoch;
	struct tslab_epoch *ep;
	tslab_epoch_t new;
	long ret;
	int err;

	ep = epoch_lookup(ts, id, &err);
	if (!ep)
		return err;
	if (id == READ_ONCE(ts->current_id)) {
		new = epoch_advance_from(ts, id, &ret);
		if (tslab_epoch_err(new))
			return tslab_epoch_err(new);
		if (new != TSLAB_EPOCH_NONE)
			return ret;
	}
	mutex_lock(&ep->lock);
	ret = epoch_close_locked(ep, id);
	mutex_unlock(&ep->lock);
	return ret;
}
EXPORT_SYMBOL_GPL(tslab_epoch_close);

/**
 * tslab_epoch_close_nowait() - tslab_epoch_close() for atomic context
 * @ts: instance
 * @epoch: id of an open epoch of @ts, not the current one
 *
 * Allocations that start after this returns fail. One that is under way on
 * another CPU may still succeed, and taking the slabs from the CPUs and giving
 * empty ones back is left to a worker.
 *
 * Context: any but NMI.
 * Return: 0; -EBUSY if the epoch is the current one; -EINVAL and -ESTALE as
 * tslab_epoch_close().
 */
int tslab_epoch_close_nowait(struct tslab *ts, tslab_epoch_t epoch)
{
	u64 id = (__force u64)epoch;
	struct tslab_epoch *ep;
	int err;

	ep = epoch_lookup(ts, id, &err);
	if (!ep)
		return err;
	if (id == READ_ONCE(ts->current_id))
		return -EBUSY;
	if (!epoch_shut(ep, id))
		return -ESTALE;
	queue_work(system_unbound_wq, &ep->close_work);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_epoch_close_nowait);

/* === Discard === */

/* Takes up to KILL_BATCH slabs of a list out. Return: whether that was all. */
static bool kill_batch(struct tslab_epoch *epoch, unsigned int class,
		       struct list_head *list, bool keep_live,
		       struct list_head *dead)
{
	unsigned int batch = KILL_BATCH;
	struct tslab_slab *slab;
	unsigned long flags;
	unsigned int live;
	bool done;
	u64 free;

	flags = tslab_class_lock(epoch, class, TSLAB_SITE_epoch_close, NULL);
	while (batch-- && !list_empty(list)) {
		slab = list_first_entry(list, struct tslab_slab, list);
		/* From here on, a free of what was live is a double free. */
		free = atomic64_xchg(&slab->shared, TSLAB_SLAB_DEAD);
		live = slab->geo.slots - hweight64(free);
		TSLAB_COUNTED(tslab_cpu_add(slab->cpu_slab->shared_frees, live));
		slab->leaked = keep_live && live;
		tslab_slab_unlink(slab);
		list_add(&slab->list, dead);
		tslab_count(epoch, class, epoch_close_scanned_slabs);
		tslab_count(epoch, class, epoch_close_recycled_slabs);
	}
	done = list_empty(list);
	tslab_class_unlock(epoch, class, flags);
	return done;
}

/**
 * epoch_kill() - free everything in a closed epoch
 * @epoch: the epoch
 * @keep_live: do not reuse pages with live objects: their users do not know
 *
 * Context: epoch->lock held; may sleep.
 * Return: number of pages of the slabs.
 */
static long epoch_kill(struct tslab_epoch *epoch, bool keep_live)
{
	unsigned long class, used = READ_ONCE(epoch->used);
	unsigned int slabs = 0;
	long pages = 0;

	lockdep_assert_held(&epoch->lock);
	/* Their callbacks use memory of the objects. */
	while (atomic_read(&epoch->rcu_frees))
		rcu_barrier();
	for_each_set_bit(class, &used, TSLAB_NR_CLASSES) {
		struct tslab_epoch_class *ec = &epoch->class[class];
		bool done;

		do {
			LIST_HEAD(dead);

			done = kill_batch(epoch, class, &ec->full, keep_live,
					  &dead) &&
			       kill_batch(epoch, class, &ec->partial, keep_live,
					  &dead);
			slabs += list_count_nodes(&dead);
			pages += tslab_slab_release_list(&dead);
			cond_resched();
		} while (!done);
	}
	trace_tslab_epoch_discard(epoch->ts->name, epoch->index,
				  tslab_id_era(epoch->id), slabs, pages);
	return pages;
}

/**
 * tslab_epoch_discard() - close an epoch and free every object in it
 * @ts: instance
 * @epoch: id of an epoch of @ts that is open or still holds objects
 *
 * The caller sees to it that nobody uses or frees the objects any more. Their
 * handles turn stale. Takes time in proportion to the slabs of the epoch.
 *
 * Context: process context; may sleep.
 * Return: number of pages given back; errors as tslab_epoch_close(), -ESTALE
 * only if the epoch is gone.
 */
long tslab_epoch_discard(struct tslab *ts, tslab_epoch_t epoch)
{
	u64 id = (__force u64)epoch;
	struct tslab_epoch *ep;
	long closed, pages;
	int err;

	ep = epoch_lookup(ts, id, &err);
	if (!ep)
		return err;
	closed = tslab_epoch_close(ts, epoch);
	if (closed < 0 && closed != -ESTALE)
		return closed;
	mutex_lock(&ep->lock);
	if (ep->id != id || (closed < 0 && !atomic_read(&ep->holds))) {
		mutex_unlock(&ep->lock);
		return closed < 0 ? -ESTALE : closed;
	}
	pages = epoch_kill(ep, false);
	mutex_unlock(&ep->lock);
	return pages + max(closed, 0L);
}
EXPORT_SYMBOL_GPL(tslab_epoch_discard);

/* === Labels and references === */

/**
 * tslab_epoch_set_label() - name an epoch for people
 * @ts: instance
 * @epoch: id of an epoch of @ts that is open or still holds objects
 * @label: up to TSLAB_LABEL_MAX - 1 characters; NULL or "" for none
 *
 * What happens in the epoch from here on is counted under the new label. The
 * label is gone when the epoch is activated again.
 *
 * Context: process context; may sleep.
 * Return: 0; -ENAMETOOLONG; -ENOMEM; -EINVAL and -ESTALE as tslab_epoch_close().
 */
int tslab_epoch_set_label(struct tslab *ts, tslab_epoch_t epoch,
			  const char *label)
{
	struct tslab_counters __percpu *counters;
	u64 id = (__force u64)epoch;
	struct tslab_epoch *ep;
	int err;

	if (label && strnlen(label, TSLAB_LABEL_MAX) == TSLAB_LABEL_MAX)
		return -ENAMETOOLONG;
	ep = epoch_lookup(ts, id, &err);
	if (!ep)
		return err;
	guard(mutex)(&ep->lock);
	if (ep->id != id || !atomic_read(&ep->holds))
		return -ESTALE;
	counters = tslab_label_counters(ts, label ?: "");
	if (!counters)
		return -ENOMEM;
	WRITE_ONCE(ep->counters, counters);
	strscpy(ep->label, label ?: "", sizeof(ep->label));
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_epoch_set_label);

/* Counts a domain of an open epoch. Return: the epoch or an ERR_PTR. */
struct tslab_epoch *tslab_epoch_bind(struct tslab *ts, u64 id)
{
	struct tslab_epoch *epoch;
	int err;

	epoch = epoch_lookup(ts, id, &err);
	if (!epoch)
		return ERR_PTR(err);
	guard(mutex)(&epoch->lock);
	if (!tslab_epoch_is_open(epoch, id))
		return ERR_PTR(-ESTALE);
	epoch->domains++;
	return epoch;
}

void tslab_epoch_unbind(struct tslab_epoch *epoch, u64 id)
{
	guard(mutex)(&epoch->lock);
	if (epoch->id == id)
		epoch->domains--;
}

/* Closes the epoch unless a second domain is bound to it. */
long tslab_epoch_close_unshared(struct tslab_epoch *epoch, u64 id)
{
	bool alone;
	long ret = 0;

	mutex_lock(&epoch->lock);
	alone = epoch->id == id && epoch->domains == 1;
	if (alone && id != READ_ONCE(epoch->ts->current_id)) {
		ret = epoch_close_locked(epoch, id);
		alone = false;
	}
	mutex_unlock(&epoch->lock);
	/* The current epoch may be advanced by anyone at any time anyway. */
	if (alone)
		ret = tslab_epoch_close(epoch->ts, (__force tslab_epoch_t)id);
	return ret;
}

/* === Statistics === */

void tslab_epoch_fill_stats(struct tslab_epoch *epoch,
			    struct tslab_epoch_stats *stats)
{
	struct tslab_epoch_class *ec;
	unsigned int class;

	lockdep_assert_held(&epoch->lock);
	memset(stats, 0, sizeof(*stats));
	stats->version = TSLAB_STATS_VERSION;
	stats->index = epoch->index;
	stats->era = tslab_id_era(epoch->id);
	stats->state = tslab_epoch_takes_any(epoch) ? TSLAB_EPOCH_OPEN :
		       atomic_read(&epoch->holds) ? TSLAB_EPOCH_DRAINING :
						    TSLAB_EPOCH_DRAINED;
	strscpy(stats->label, epoch->label, sizeof(stats->label));
	stats->age_ns = ktime_get_ns() - epoch->opened_at;
	stats->domains = epoch->domains;
	stats->pages_at_close = epoch->pages_at_close;
	stats->pages = atomic_long_read(&epoch->nr_pages);
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		ec = &epoch->class[class];
		stats->live_objects += tslab_cpu_slab_live(epoch, class);
		stats->partial_slabs += READ_ONCE(ec->nr_partial);
		stats->full_slabs += READ_ONCE(ec->nr_full);
		stats->empty_slabs += READ_ONCE(ec->nr_empty);
	}
}

/**
 * tslab_epoch_stats() - figures of one epoch
 * @ts: instance
 * @epoch: id of an epoch of @ts that has not been activated again
 * @stats: filled in
 *
 * Context: process context; may sleep.
 * Return: 0; -EINVAL and -ESTALE as tslab_epoch_close().
 */
int tslab_epoch_stats(struct tslab *ts, tslab_epoch_t epoch,
		      struct tslab_epoch_stats *stats)
{
	u64 id = (__force u64)epoch;
	struct tslab_epoch *ep;
	int err;

	ep = epoch_lookup(ts, id, &err);
	if (!ep)
		return err;
	guard(mutex)(&ep->lock);
	if (ep->id != id)
		return -ESTALE;
	tslab_epoch_fill_stats(ep, stats);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_epoch_stats);

/* === Set-up and end === */

/* Closes the epoch and gives up what is in it. Return: objects left behind. */
static u64 epoch_end(struct tslab_epoch *epoch)
{
	struct tslab *ts = epoch->ts;
	unsigned int class;
	u64 live, sum = 0;

	cancel_work_sync(&epoch->close_work);
	guard(mutex)(&epoch->lock);
	while (atomic_read(&epoch->rcu_frees))
		rcu_barrier();
	epoch_close_locked(epoch, epoch->id);
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		live = tslab_cpu_slab_live(epoch, class);
		if (live)
			pr_warn("tslab: misuse: %s destroyed with %llu objects of class %u live in epoch %u \"%s\", their pages are lost\n",
				ts->name, live, tslab_geometry[class].size,
				epoch->index, epoch->label);
		sum += live;
	}
	epoch_kill(epoch, true);
	return sum;
}

/* Ends all epochs. Return: number of objects left behind. */
unsigned long tslab_epochs_end(struct tslab *ts)
{
	unsigned long live = 0;
	unsigned int i;

	for (i = 0; i < ts->nr_epochs; i++)
		if (ts->epochs[i])
			live += epoch_end(ts->epochs[i]);
	return live;
}

int tslab_epochs_init(struct tslab *ts)
{
	tslab_epoch_t epoch;

	mutex_init(&ts->advance_lock);
	if (!tslab_should_fail(ts->nr_epochs * sizeof(*ts->epochs), GFP_KERNEL))
		ts->epochs = kvcalloc(ts->nr_epochs, sizeof(*ts->epochs),
				      GFP_KERNEL);
	if (!tslab_should_fail(BITS_TO_LONGS(ts->nr_epochs), GFP_KERNEL))
		ts->drained = bitmap_alloc(ts->nr_epochs, GFP_KERNEL);
	if (!ts->epochs || !ts->drained)
		return -ENOMEM;
	bitmap_fill(ts->drained, ts->nr_epochs);
	epoch = epoch_activate(ts, NULL);
	if (tslab_epoch_err(epoch))
		return tslab_epoch_err(epoch);
	epoch_make_current(ts, epoch);
	return 0;
}

void tslab_epochs_exit(struct tslab *ts)
{
	unsigned int i;

	if (ts->epochs)
		for (i = 0; i < ts->nr_epochs; i++)
			epoch_free(ts->epochs[i]);
	bitmap_free(ts->drained);
	kvfree(ts->epochs);
}

int __init tslab_epoch_cache_init(void)
{
	tslab_epoch_cache = KMEM_CACHE(tslab_epoch, 0);
	return tslab_epoch_cache ? 0 : -ENOMEM;
}

void tslab_epoch_cache_exit(void)
{
	kmem_cache_destroy(tslab_epoch_cache);
}
