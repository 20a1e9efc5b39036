// SPDX-License-Identifier: GPL-2.0
/* Epochs: activation, advance, close, discard, labels, what is bound to them. */
#include <linux/jiffies.h>
#include <linux/memcontrol.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "charge.h"
#include "home.h"
#include "scope.h"
#include "tslab.h"

#include <trace/events/tslab.h>

/* One counter for all instances makes ids of other instances stale here. */
static atomic64_t tslab_era = ATOMIC64_INIT(0);

static u64 epoch_make_id(unsigned int index)
{
	return (u64)atomic64_inc_return(&tslab_era) << TSLAB_INDEX_BITS | index;
}

/*
 * Epoch of an id, or NULL and in *err whether the id was ever given out for that
 * place of the ring, or is garbled.
 */
struct tslab_epoch *tslab_epoch_lookup(struct tslab *ts, u64 id, int *err)
{
	struct tslab_epoch *epoch = tslab_epoch_of(ts, id);

	/* That of era 0 is index 0 alone, which always has another. */
	if (likely(epoch && READ_ONCE(epoch->id) == id))
		return epoch;
	*err = epoch && tslab_id_era(id) &&
	       tslab_id_era(id) <= atomic64_read(&tslab_era) ? -ESTALE : -EINVAL;
	return NULL;
}

/* === Activation === */

static void epoch_close_work(struct work_struct *work);

/* Memory for a place of the ring. Context: may sleep; no locks. */
static struct tslab_epoch *epoch_spare(struct tslab *ts)
{
	struct tslab_epoch *epoch = tslab_epoch_new(ts);

	if (epoch)
		INIT_WORK(&epoch->close_work, epoch_close_work);
	return epoch;
}

static tslab_epoch_t epoch_id_error(long err)
{
	return (__force tslab_epoch_t)(s64)err;
}

/* Of one that was opened just now, or the error that it is. */
static tslab_epoch_t epoch_id(const struct tslab_epoch *epoch)
{
	return IS_ERR(epoch) ? epoch_id_error(PTR_ERR(epoch)) :
			       (__force tslab_epoch_t)epoch->id;
}

static __always_inline void epoch_set_id(struct tslab_epoch *epoch, u64 id,
					 struct hlist_node *domain)
{
	WRITE_ONCE(epoch->id, id);
	WRITE_ONCE(epoch->domains, !!domain);
	if (domain)
		hlist_add_head(domain, &epoch->domain_list);
}

/*
 * @domain: is bound to it from its beginning; or NULL. No other is until it is
 * open.
 */
static __always_inline void epoch_reset_id(struct tslab_epoch *epoch, u64 id,
					   struct hlist_node *domain)
{
	/* The last of older ones has counted before: see epoch_unbind(). */
	if (hlist_empty(&epoch->domain_list)) {
		epoch_set_id(epoch, id, domain);
		return;
	}
	/* Those that are bound to older activations may go meanwhile. */
	raw_spin_lock(&epoch->domain_lock);
	epoch_set_id(epoch, id, domain);
	raw_spin_unlock(&epoch->domain_lock);
}

/*
 * A drained place, which gets memory if it has none.
 *
 * Return: the place; ERR_PTR(-EBUSY), ERR_PTR(-ENOMEM).
 */
static noinline struct tslab_epoch *epoch_take_any(struct tslab *ts)
{
	struct tslab_epoch *epoch, *spare = NULL;

	for (;;) {
		epoch = tslab_ring_take(ts, &spare);
		if (epoch != ERR_PTR(-EAGAIN))
			break;
		spare = epoch_spare(ts);
		if (!spare)
			return ERR_PTR(-ENOMEM);
	}
	tslab_epoch_free(spare);
	return epoch;
}

/*
 * Activates a place that the caller has taken.
 *
 * @home: as for tslab_home_open()
 * @domain: to be bound to it, or NULL
 * @charge: whom it is charged to, as from tslab_charge_find(), or NULL
 *
 * Return: the id.
 */
static __always_inline u64
epoch_activate(struct tslab_epoch *epoch, const char *label, const int home,
	       struct hlist_node *domain, const struct tslab_charge *charge)
{
	unsigned int number = 0;
	bool same;
	u64 id;

	/* Nobody else changes it: the place is ours. */
	same = tslab_label_is(epoch, label ?: "");
	if (!same) {
		number = tslab_label_number(label ?: "");
		tslab_bins_label(epoch, number);
	}
	mutex_lock(&epoch->lock);
	id = epoch_make_id(epoch->index);
	if (!same) {
		strscpy_pad(epoch->label, label ?: "", sizeof(epoch->label));
		tslab_bins_count_in(epoch, number);
	}
	/* A clock that is finer takes longer than all of this. */
	epoch->opened_at = get_jiffies_64();
	epoch->pages_at_close = 0;
	epoch->unreclaimed = true;
	/* Before there is a slab, which a CPU that leaves gives up. */
	atomic_set(&epoch->holds, 1);
	if (charge && unlikely(charge->memcg))
		tslab_charge_begin(epoch, charge);
	tslab_home_open(epoch, id, home);
	epoch_reset_id(epoch, id, domain);
	/* Pairs with the acquire in tslab_epoch_is_open(). */
	smp_store_release(&epoch->open_id, id);
	mutex_unlock(&epoch->lock);
	if (trace_tslab_epoch_open_enabled())
		trace_tslab_epoch_open(epoch->ts->name, epoch->index,
				       tslab_id_era(id));
	return id;
}

/* === Close === */

/* Also does what tslab_epoch_close_nowait() has left for later. */
static long epoch_close_locked(struct tslab_epoch *epoch, u64 id)
{
	bool was_open = tslab_epoch_shut(epoch, id);
	long pages = 0;

	lockdep_assert_held(&epoch->lock);
	if (epoch->id == id)
		pages = tslab_epoch_reclaim(epoch, false);
	return was_open ? pages : -ESTALE;
}

static void epoch_close_work(struct work_struct *work)
{
	struct tslab_epoch *epoch = container_of(work, struct tslab_epoch,
						 close_work);

	mutex_lock(&epoch->lock);
	/* Somebody else may have done it, and the epoch be open again. */
	if (!tslab_epoch_takes_any(epoch))
		tslab_epoch_reclaim(epoch, false);
	mutex_unlock(&epoch->lock);
}

/* Stored with release: who follows them sees the epoch. */
static void epoch_make_current(struct tslab *ts, u64 id)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ts->scope_lock, flags);
	/* Pairs with the index that tslab_epoch_of() follows. */
	smp_store_release(&ts->current_id, id);
	tslab_leads_end(ts);
	raw_spin_unlock_irqrestore(&ts->scope_lock, flags);
}

/* The part of an advance that needs no memory but @spare: else -EAGAIN. Takes @charge. */
static tslab_epoch_t epoch_try_advance(struct tslab *ts, u64 id, long *pages,
				       struct tslab_epoch **spare,
				       struct tslab_charge *charge)
{
	struct tslab_epoch *old, *place;
	u64 old_id, new;

	guard(mutex)(&ts->advance_lock);
	old_id = ts->current_id;
	if (id && id != old_id)
		return TSLAB_EPOCH_NONE;
	place = tslab_ring_take(ts, spare);
	if (IS_ERR(place))
		return epoch_id_error(PTR_ERR(place));
	new = epoch_activate(place, NULL, TSLAB_NO_HOME, NULL, charge);
	*charge = (struct tslab_charge){};
	epoch_make_current(ts, new);
	trace_tslab_epoch_advance(ts->name, tslab_id_index(new),
				  tslab_id_era(new));

	/* Under the lock: whoever advances next may need its place. */
	old = tslab_epoch_of(ts, old_id);
	mutex_lock(&old->lock);
	*pages = epoch_close_locked(old, old_id);
	mutex_unlock(&old->lock);
	return (__force tslab_epoch_t)new;
}

/* Replaces the current epoch if it is @id or @id is 0, and closes it. */
static tslab_epoch_t epoch_advance_from(struct tslab *ts, u64 id, long *pages)
{
	struct tslab_epoch *spare = NULL;
	struct tslab_charge charge = {};
	tslab_epoch_t new;

	tslab_charge_find(&charge, ts);
	for (;;) {
		new = epoch_try_advance(ts, id, pages, &spare, &charge);
		if (tslab_epoch_err(new) != -EAGAIN)
			break;
		spare = epoch_spare(ts);
		if (!spare) {
			new = epoch_id_error(-ENOMEM);
			break;
		}
	}
	tslab_epoch_free(spare);
	tslab_charge_drop(&charge);
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

/*
 * Takes the place that the CPU has ready, or any.
 *
 * @charge: as for epoch_activate()
 */
static __always_inline struct tslab_epoch *
epoch_open(struct tslab *ts, const char *label, struct hlist_node *domain,
	   const struct tslab_charge *charge)
{
	struct tslab_epoch *epoch = tslab_ring_take_warm(ts) ?:
				    epoch_take_any(ts);

	if (!IS_ERR(epoch))
		epoch_activate(epoch, label, TSLAB_NO_CPU, domain, charge);
	return epoch;
}

/* @memcg: as for tslab_charge_look(). @all: as in struct tslab_charge */
static noinline struct tslab_epoch *
epoch_open_charged(struct tslab *ts, const char *label,
		   struct hlist_node *domain, struct mem_cgroup *memcg,
		   bool all)
{
	struct tslab_charge charge = { .all = all };
	struct tslab_epoch *epoch;
	int err = tslab_charge_look(&charge, memcg);

	if (err)
		return ERR_PTR(err);
	epoch = epoch_open(ts, label, domain, &charge);
	if (IS_ERR(epoch))
		tslab_charge_drop(&charge);
	return epoch;
}

/**
 * tslab_epoch_open_bound() - tslab_epoch_open() with a domain bound to it
 * @ts: instance
 * @label: as for tslab_epoch_open()
 * @domain: to be linked into tslab_epoch::domain_list, or NULL
 *
 * Context: process context; may sleep.
 * Return: the epoch; ERR_PTR(-EBUSY), ERR_PTR(-ENOMEM).
 */
struct tslab_epoch *tslab_epoch_open_bound(struct tslab *ts, const char *label,
					   struct hlist_node *domain)
{
	if (unlikely(READ_ONCE(ts->charges)))
		return epoch_open_charged(ts, label, domain, NULL, false);
	return epoch_open(ts, label, domain, NULL);
}

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
	return epoch_id(tslab_epoch_open_bound(ts, label, NULL));
}
EXPORT_SYMBOL_GPL(tslab_epoch_open);

/**
 * tslab_epoch_open_charged() - tslab_epoch_open() whose pages are charged
 * @ts: instance
 * @label: as for tslab_epoch_open()
 * @memcg: memory cgroup that all pages of the epoch are charged to, whichever task
 *	allocates; or NULL for the calling task's
 *
 * Of the root cgroup nothing is charged. An epoch that is charged takes its pages
 * from the page allocator and gives them back there: each phase pays for that.
 *
 * Context: process context; may sleep.
 * Return: as tslab_epoch_open(); -ENODEV if @memcg is offline.
 */
tslab_epoch_t tslab_epoch_open_charged(struct tslab *ts, const char *label,
				       struct mem_cgroup *memcg)
{
	return epoch_id(epoch_open_charged(ts, label, NULL, memcg, true));
}
EXPORT_SYMBOL_GPL(tslab_epoch_open_charged);

/**
 * tslab_epoch_open_wait() - tslab_epoch_open() that waits for a place of the ring
 * @ts: instance
 * @label: as for tslab_epoch_open()
 * @timeout: for how long at most, in jiffies; MAX_SCHEDULE_TIMEOUT for any time
 *
 * If every epoch of the ring is open or holds objects, the task sleeps until one
 * of them has drained. It can be killed. Who waits must hold nothing that is
 * needed for that; in what order those who wait are served is not said.
 *
 * Context: process context; sleeps.
 * Return: its id, or an error for tslab_epoch_err(): -EBUSY if the time is over,
 * -EINTR if the task is being killed, -ENOMEM.
 */
tslab_epoch_t tslab_epoch_open_wait(struct tslab *ts, const char *label,
				    long timeout)
{
	tslab_epoch_t epoch;

	might_sleep();
	for (;;) {
		epoch = tslab_epoch_open(ts, label);
		if (tslab_epoch_err(epoch) != -EBUSY || timeout <= 0)
			return epoch;
		timeout = wait_event_killable_timeout(ts->room,
						      tslab_ring_has_room(ts),
						      timeout);
		if (timeout < 0)
			return epoch_id_error(-EINTR);
	}
}
EXPORT_SYMBOL_GPL(tslab_epoch_open_wait);

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

	ep = tslab_epoch_lookup(ts, id, &err);
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

	ep = tslab_epoch_lookup(ts, id, &err);
	if (!ep)
		return err;
	if (id == READ_ONCE(ts->current_id))
		return -EBUSY;
	if (!tslab_epoch_shut(ep, id))
		return -ESTALE;
	queue_work(tslab_wq, &ep->close_work);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_epoch_close_nowait);

/* === Discard === */

/* Return: number of pages given back; -ESTALE. */
static __always_inline long epoch_discard(struct tslab_epoch *epoch, u64 id)
{
	long pages = -ESTALE;

	mutex_lock(&epoch->lock);
	/* What is not drained is still of this activation. */
	if (epoch->id == id && atomic_read(&epoch->holds)) {
		tslab_epoch_shut(epoch, id);
		pages = tslab_epoch_reclaim(epoch, true);
		if (atomic_read(&epoch->holds))
			pages += tslab_epoch_kill(epoch, false);
	}
	mutex_unlock(&epoch->lock);
	return pages;
}

/**
 * tslab_epoch_discard_in() - tslab_epoch_discard() of a place that is known
 * @epoch: the place
 * @id: id of what is to be discarded there
 *
 * Context: process context; may sleep.
 * Return: as tslab_epoch_discard().
 */
long tslab_epoch_discard_in(struct tslab_epoch *epoch, u64 id)
{
	struct tslab *ts = epoch->ts;
	long closed, pages;

	if (likely(id != READ_ONCE(ts->current_id)))
		return epoch_discard(epoch, id);
	closed = tslab_epoch_close(ts, (__force tslab_epoch_t)id);
	if (closed < 0 && closed != -ESTALE)
		return closed;
	pages = epoch_discard(epoch, id);
	/* Nothing may have been left by the close. */
	if (closed >= 0)
		pages = closed + max(pages, 0L);
	return pages;
}

/**
 * tslab_epoch_discard() - close an epoch and free every object in it
 * @ts: instance
 * @epoch: id of an epoch of @ts that is open or still holds objects
 *
 * The caller sees to it that nobody uses or frees the objects any more. Their
 * handles turn stale. Takes time in proportion to the slabs of the epoch. Pages
 * with objects that tslab_free_rcu() was called for follow after the grace
 * period, and the epoch drains until then.
 *
 * Context: process context; may sleep.
 * Return: number of pages given back; errors as tslab_epoch_close(), -ESTALE
 * only if the epoch is gone.
 */
long tslab_epoch_discard(struct tslab *ts, tslab_epoch_t epoch)
{
	u64 id = (__force u64)epoch;
	struct tslab_epoch *ep;
	int err;

	ep = tslab_epoch_lookup(ts, id, &err);
	return ep ? tslab_epoch_discard_in(ep, id) : err;
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
 * Return: 0; -ENAMETOOLONG; -EINVAL and -ESTALE as tslab_epoch_close().
 */
int tslab_epoch_set_label(struct tslab *ts, tslab_epoch_t epoch,
			  const char *label)
{
	u64 id = (__force u64)epoch;
	struct tslab_epoch *ep;
	unsigned int number;
	int err;

	if (label && strnlen(label, TSLAB_LABEL_MAX) == TSLAB_LABEL_MAX)
		return -ENAMETOOLONG;
	ep = tslab_epoch_lookup(ts, id, &err);
	if (!ep)
		return err;
	/* No name is spent on an epoch that has drained. */
	if (!atomic_read(&ep->holds))
		return -ESTALE;
	number = tslab_label_number(label ?: "");
	tslab_bins_label(ep, number);
	guard(mutex)(&ep->lock);
	if (ep->id != id || !atomic_read(&ep->holds))
		return -ESTALE;
	strscpy_pad(ep->label, label ?: "", sizeof(ep->label));
	tslab_bins_count_in(ep, number);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_epoch_set_label);

/* Closes the epoch unless a second domain is bound to it. */
long tslab_epoch_close_unshared(struct tslab_epoch *epoch, u64 id)
{
	struct tslab *ts = epoch->ts;
	bool alone, shut = false;
	long pages = 0;

	/* No other domain can be bound to it between the look and the end. */
	raw_spin_lock(&epoch->domain_lock);
	alone = epoch->id == id && epoch->domains == 1;
	if (alone && id != READ_ONCE(ts->current_id)) {
		shut = tslab_epoch_shut(epoch, id);
		alone = false;
	}
	raw_spin_unlock(&epoch->domain_lock);
	/* The current epoch may be advanced by anyone at any time anyway. */
	if (alone)
		return tslab_epoch_close(ts, (__force tslab_epoch_t)id);
	if (shut) {
		mutex_lock(&epoch->lock);
		if (epoch->id == id)
			pages = tslab_epoch_reclaim(epoch, false);
		mutex_unlock(&epoch->lock);
	}
	return pages;
}

/* === Statistics === */

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

	ep = tslab_epoch_lookup(ts, id, &err);
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
	struct tslab_bin *bin;
	u64 live, sum = 0;

	cancel_work_sync(&epoch->close_work);
	guard(mutex)(&epoch->lock);
	epoch_close_locked(epoch, epoch->id);
	tslab_home_cool(epoch);
	tslab_for_each_bin(bin, epoch) {
		live = tslab_bin_live(bin);
		if (live)
			tslab_misuse_live(bin, live);
		sum += live;
	}
	tslab_epoch_kill(epoch, true);
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
	struct tslab_charge charge = {};
	struct tslab_epoch *first;
	int err;

	mutex_init(&ts->advance_lock);
	raw_spin_lock_init(&ts->scope_lock);
	err = tslab_ring_init(ts);
	if (err)
		return err;
	first = epoch_take_any(ts);
	if (IS_ERR(first))
		return PTR_ERR(first);
	tslab_charge_find(&charge, ts);
	epoch_make_current(ts, epoch_activate(first, NULL, TSLAB_NO_HOME, NULL,
					      &charge));
	return 0;
}
