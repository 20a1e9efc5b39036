// SPDX-License-Identifier: GPL-2.0
/* The end of a slab: what is live in it dies, its pages go back, its descriptor. */
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "tslab.h"
#include "cpu.h"
#include "debug.h"
#include "find.h"
#include "kfence.h"
#include "run.h"

#include <trace/events/tslab.h>

/* === Leaving a bin === */

static __always_inline void slabs_leave(const struct tslab_slab *slab,
					unsigned int slabs, unsigned int pages,
					unsigned int released)
{
	struct tslab_node __percpu *node = slab->ts->nodes + slab->node;

	tslab_cpu_add(node->slabs, -(s64)slabs);
	tslab_cpu_add(node->pages, -(s64)pages);
	atomic_long_sub(pages, &slab->bin->nr_pages);
	tslab_count_add(slab->bin, pages_released, released);
}

static __always_inline void slab_trace_release(const struct tslab_slab *slab)
{
	if (trace_tslab_slab_release_enabled())
		trace_tslab_slab_release(slab->ts->name,
					 tslab_slab_traced_size(slab),
					 slab->bin->epoch->index,
					 slab->geo.pages);
}

/**
 * tslab_slab_leave() - account for a slab that leaves its bin
 * @slab: the slab; its pages are the stock's, or go back
 *
 * Context: any but NMI.
 */
void tslab_slab_leave(struct tslab_slab *slab)
{
	slab_trace_release(slab);
	slabs_leave(slab, 1, slab->geo.pages, slab->geo.pages);
}

/* === Giving back === */

/**
 * struct slab_batch - slabs that are given back together
 * @last: the last of them, with the others behind it; all of the same bin, or of
 *	none any more, and of the same node
 * @nr_slabs: how many
 * @nr_pages: of all of them
 * @nr_free: of those, but for what is leaked
 */
struct slab_batch {
	struct tslab_slab *last;
	unsigned int nr_slabs;
	unsigned int nr_pages;
	unsigned int nr_free;
};

static void slabs_free_rcu(struct rcu_head *head)
{
	struct tslab_slab *slab = container_of(head, struct tslab_slab, rcu);
	void *descriptor[16];
	size_t nr = 0;

	for (; slab; slab = slab->next_freed) {
		if (nr == ARRAY_SIZE(descriptor)) {
			kfree_bulk(nr, descriptor);
			nr = 0;
		}
		kfree(slab->handles);
		descriptor[nr++] = slab;
	}
	kfree_bulk(nr, descriptor);
}

/* Context: any but NMI; the epoch may be gone afterwards. */
static void batch_end(struct slab_batch *batch)
{
	struct tslab_slab *slab = batch->last;
	struct tslab_epoch *epoch = NULL;

	if (!slab)
		return;
	if (!slab->charged)
		tslab_slab_count_pages(slab, -(long)batch->nr_free);
	/* Or it takes on and on, as it does not see that there is anything. */
	mm_account_reclaimed_pages(batch->nr_free);
	if (!slab->left) {
		epoch = slab->bin->epoch;
		slabs_leave(slab, batch->nr_slabs, batch->nr_pages,
			    batch->nr_free);
	}
	call_rcu(&slab->rcu, slabs_free_rcu);
	if (epoch)
		tslab_epoch_put_many(epoch, batch->nr_slabs);
}

static bool slabs_are_alike(const struct tslab_slab *a,
			    const struct tslab_slab *b)
{
	return a->bin == b->bin && a->node == b->node && a->left == b->left &&
	       a->reclaimable == b->reclaimable && a->charged == b->charged;
}

/* Whoever has freed one more often than it was allocated. */
static noinline void slab_report_dropped(struct tslab_slab *slab,
					 unsigned int dropped)
{
	/* In the stock it is of no instance. */
	if (slab->ts)
		tslab_count_add(slab->bin, free_kfree, dropped);
	tslab_misuse(slab->ts, slab->type, TSLAB_MISUSE_KFREE, dropped, 0);
}

/* Of one that nobody is to find any more, whose list head is the caller's. */
static void batch_add(struct slab_batch *batch, struct tslab_slab *slab)
{
	struct page *page = virt_to_page(slab->base);
	unsigned int pages = slab->geo.pages;
	unsigned int dropped;

	if (batch->last && unlikely(!slabs_are_alike(batch->last, slab))) {
		batch_end(batch);
		*batch = (struct slab_batch){};
	}
	slab->next_freed = batch->last;
	batch->last = slab;
	batch->nr_slabs++;
	batch->nr_pages += pages;
	if (unlikely(slab->is_debugged))
		tslab_debug_slab_end(slab);
	else if (unlikely(slab->is_kfence))
		tslab_kfence_end(slab);
	else
		kmemleak_free(slab->base);
	tslab_pages_tag(page, pages, NULL);
	if (slab->leaked)
		return;
	if (!slab->left)
		slab_trace_release(slab);
	batch->nr_free += pages;
	/* Each may be another cgroup's: those of one that has gone are its parent's. */
	if (unlikely(slab->charged))
		tslab_slab_count_pages(slab, -(long)pages);
	dropped = tslab_pages_free(page, pages, slab->charged);
	if (unlikely(dropped))
		slab_report_dropped(slab, dropped);
}

static void slab_end_rcu(struct rcu_head *head)
{
	struct slab_batch batch = {};

	batch_add(&batch, container_of(head, struct tslab_slab, rcu));
	batch_end(&batch);
}

/*
 * Drops a pin. The slab's list head is the caller's.
 *
 * Return: pages given back.
 */
static long batch_unpin(struct slab_batch *batch, struct tslab_slab *slab)
{
	if (!atomic_dec_and_test(&slab->pins))
		return 0;
	/* Who found an object before it was freed may look at it until then. */
	if (unlikely(!slab->left &&
		     slab->type->flags & TSLAB_CACHE_TYPESAFE_BY_RCU)) {
		call_rcu(&slab->rcu, slab_end_rcu);
		return 0;
	}
	batch_add(batch, slab);
	return slab->geo.pages;
}

/**
 * tslab_slab_pin() - keep the pages of a slab
 * @slab: slab that was found with preemption disabled
 *
 * Context: preemption disabled.
 * Return: false if they are on their way out.
 */
bool tslab_slab_pin(struct tslab_slab *slab)
{
	WRITE_ONCE(slab->shared, true);
	return atomic_inc_not_zero(&slab->pins);
}

/**
 * tslab_slab_unpin() - undo tslab_slab_pin()
 * @slab: the slab; with preemption enabled it may be gone afterwards
 *
 * Context: any but NMI; no locks.
 * Return: pages given back.
 */
long tslab_slab_unpin(struct tslab_slab *slab)
{
	struct slab_batch batch = {};
	long pages = batch_unpin(&batch, slab);

	batch_end(&batch);
	return pages;
}

/**
 * tslab_slab_free_list() - give slabs back that are of no bin any more
 * @slabs: list of slabs of the stock, or such as only their CPU had; it is no
 *	list any more afterwards
 *
 * If tslab_free_rcu() has objects of one, it goes with the last of them.
 *
 * Context: any but NMI.
 */
void tslab_slab_free_list(struct list_head *slabs)
{
	struct tslab_slab *slab, *next;
	struct slab_batch batch = {};

	list_for_each_entry_safe(slab, next, slabs, list) {
		slab->left = true;
		batch_unpin(&batch, slab);
	}
	batch_end(&batch);
}

/**
 * tslab_slab_free() - tslab_slab_free_list() of one
 * @slab: the slab
 *
 * Context: any but NMI.
 */
void tslab_slab_free(struct tslab_slab *slab)
{
	slab->left = true;
	tslab_slab_unpin(slab);
}

/**
 * tslab_slab_drop() - undo tslab_slab_new() of a slab that nobody got
 * @slab: the slab
 *
 * Context: any tslab_slab_new() may be called from.
 */
void tslab_slab_drop(struct tslab_slab *slab)
{
	tslab_slab_leave(slab);
	tslab_slab_free(slab);
}

/**
 * tslab_slab_release_list() - give the pages of dead slabs back
 * @dead: list of slabs that tslab_slab_unlink() was called for, with the dead
 *	bits set; it is no list any more afterwards
 * @pages: raised by the number of pages given back
 *
 * If tslab_free_rcu() has objects of one, they go with the last of them; if its
 * type says so, after a grace period.
 *
 * Context: any but NMI; no locks.
 * Return: number of slabs.
 */
unsigned int tslab_slab_release_list(struct list_head *dead, long *pages)
{
	struct tslab_slab *slab, *next;
	unsigned int slabs = 0;
	struct slab_batch batch = {};

	list_for_each_entry_safe(slab, next, dead, list) {
		slabs++;
		tslab_slab_ids_release(slab);
		*pages += batch_unpin(&batch, slab);
	}
	batch_end(&batch);
	return slabs;
}

/**
 * tslab_slab_release() - tslab_slab_release_list() of one
 * @slab: the slab
 *
 * Context: any but NMI; no locks.
 * Return: number of pages given back.
 */
long tslab_slab_release(struct tslab_slab *slab)
{
	tslab_slab_ids_release(slab);
	return tslab_slab_unpin(slab);
}

/* === Dying === */

/**
 * tslab_slab_kill_free() - set the dead bits of a slab if all of it is free
 * @slab: the slab
 *
 * Context: class lock held.
 * Return: false if something of it is not, or was claimed meanwhile.
 */
bool tslab_slab_kill_free(struct tslab_slab *slab)
{
	struct tslab_word *word;

	tslab_for_each_word(word, slab) {
		u64 all = tslab_word_all(slab, word);

		if (atomic64_cmpxchg(&word->shared, all, TSLAB_SLAB_DEAD) !=
		    all)
			goto undo;
	}
	return true;
undo:
	/* Nobody has changed those: who finds one dead waits for the lock. */
	while (word-- != slab->word)
		atomic64_set_release(&word->shared, tslab_word_all(slab, word));
	return false;
}

/**
 * tslab_slab_kill() - set the dead bits of a slab whatever is allocated of it
 * @slab: slab that no CPU owns
 * @keep_live: do not reuse its pages if something is
 *
 * From here on, a free of what was live is a double free.
 *
 * Context: class lock held.
 * Return: how many objects the caller has to count as freed.
 */
unsigned int tslab_slab_kill(struct tslab_slab *slab, bool keep_live)
{
	struct tslab_word *word;
	unsigned int live = 0;

	tslab_for_each_word(word, slab) {
		u64 free = atomic64_xchg(&word->shared, TSLAB_SLAB_DEAD);

		/* That of a run that was counted is not among the live ones. */
		free = tslab_word_all(slab, word) & ~free;
		live += hweight64(free);
		if (slab->is_run)
			tslab_run_count_freed(slab, free);
	}
	slab->leaked = keep_live && live;
	return slab->is_run ? 0 : live;
}
