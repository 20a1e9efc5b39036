// SPDX-License-Identifier: GPL-2.0
/* What is done to the allocator, one thing after the other, at random. */
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "torture.h"

static struct torture_arena *random_arena(struct rnd_state *rnd)
{
	return &torture_arena[1 + torture_below(rnd, TORTURE_ARENAS - 1)];
}

/* === Objects === */

/* @place: where it was found. */
static void free_one(struct rnd_state *rnd, void *obj, const void *place)
{
	/* One that is not whole may be anybody's. */
	if (!obj || !torture_intact(obj, place))
		return;
	if (torture_below(rnd, 8)) {
		memset(obj, 0x6b, torture_size(obj));
		tslab_free(torture_ts, obj);
		torture_count(frees);
	} else {
		tslab_free_rcu(torture_ts, obj, torture_rcu_head(obj));
		torture_count(rcu_frees);
	}
}

/* @epoch: TSLAB_EPOCH_NONE for the current one. @place: where it will be. */
static void *alloc_one(struct rnd_state *rnd, tslab_epoch_t epoch,
		       const void *place, gfp_t gfp)
{
	size_t size = torture_random_size(rnd);
	bool zero = !torture_below(rnd, 4);
	void *obj;

	if (zero)
		gfp |= __GFP_ZERO;
	if (!torture_below(rnd, 4)) {
		struct tslab_cache *cache =
			torture_cache[torture_below(rnd, TORTURE_CACHES)];

		size = tslab_cache_size(cache);
		if (epoch != TSLAB_EPOCH_NONE)
			obj = tslab_cache_alloc_epoch(cache, epoch, gfp);
		else if (torture_below(rnd, 4))
			obj = tslab_cache_alloc(cache, gfp);
		else
			obj = tslab_cache_alloc_node(cache, gfp,
						     torture_below(rnd,
								   nr_online_nodes));
	} else if (epoch != TSLAB_EPOCH_NONE) {
		obj = tslab_alloc_epoch(torture_ts, epoch, size, gfp);
	} else if (!torture_below(rnd, 4)) {
		obj = tslab_alloc_node(torture_ts, size, gfp,
				       torture_below(rnd, nr_online_nodes));
	} else if (torture_below(rnd, 4)) {
		obj = tslab_alloc(torture_ts, size, gfp);
	} else {
		obj = tslab_alloc_array(torture_ts, 1, size, gfp);
	}
	if (!obj) {
		torture_count(nulls);
		return NULL;
	}
	torture_count(allocs);
	if (zero && memchr_inv(obj, 0, size))
		torture_fail("object %p of %zu bytes is not zeroed", obj, size);
	if (!torture_below(rnd, 16) && tslab_obj_size(torture_ts, obj) < size)
		torture_fail("object %p is smaller than %zu bytes", obj, size);
	torture_fill(obj, place, size, epoch);
	return obj;
}

/* Resizes an object that is ours alone. Return: it, moved or not. */
static void *realloc_one(struct rnd_state *rnd, void *obj, const void *place,
			 gfp_t gfp)
{
	tslab_epoch_t epoch = torture_epoch_of(obj);
	size_t size = torture_random_size(rnd);
	size_t old = torture_size(obj);
	void *new;

	if (!torture_intact(obj, place))
		return NULL;
	new = tslab_realloc(torture_ts, obj, size, gfp);
	/* Then it was left alone. */
	if (!new)
		return obj;
	if (!torture_kept(new, obj, min(size, old)))
		torture_fail("object %p lost its content", obj);
	torture_fill(new, place, size, epoch);
	torture_count(reallocs);
	return new;
}

static void swap_in(struct rnd_state *rnd, struct torture_arena *arena,
		    tslab_epoch_t epoch, gfp_t gfp)
{
	void **slot = &arena->slot[torture_below(rnd, TORTURE_SLOTS)];
	void *obj = xchg(slot, NULL);

	if (obj && !torture_below(rnd, 8)) {
		obj = realloc_one(rnd, obj, slot, gfp);
	} else if (obj) {
		free_one(rnd, obj, slot);
		obj = NULL;
	} else {
		obj = alloc_one(rnd, epoch, slot, gfp);
	}
	if (obj)
		free_one(rnd, xchg(slot, obj), slot);
}

/**
 * torture_swap() - allocate or free an object of the current epoch
 * @rnd: source of chance
 * @gfp: flags that the context allows
 *
 * Context: wherever kmalloc() with @gfp is allowed.
 */
void torture_swap(struct rnd_state *rnd, gfp_t gfp)
{
	swap_in(rnd, &torture_arena[0], TSLAB_EPOCH_NONE, gfp);
}

/* Context: as torture_swap(); the gate is held of an arena that has one. */
static void swap_handle(struct rnd_state *rnd, struct torture_arena *arena,
			gfp_t gfp)
{
	tslab_handle_t *place = &arena->handle[torture_below(rnd, TORTURE_HANDLES)];
	tslab_handle_t handle = xchg(place, TSLAB_HANDLE_NONE);
	size_t size = torture_random_size(rnd);
	void *obj;
	int err;

	torture_count(handles);
	if (handle == TSLAB_HANDLE_NONE) {
		handle = tslab_alloc_handle(torture_ts, arena->epoch, size,
					    gfp);
		if (handle == TSLAB_HANDLE_NONE)
			return;
		obj = tslab_handle_to_obj(torture_ts, handle);
		if (IS_ERR(obj)) {
			torture_fail("fresh handle: %ld", PTR_ERR(obj));
			return;
		}
		torture_fill(obj, place, size, arena->epoch);
		handle = xchg(place, handle);
		if (handle == TSLAB_HANDLE_NONE)
			return;
	}
	obj = tslab_handle_to_obj(torture_ts, handle);
	if (!IS_ERR(obj))
		torture_intact(obj, place);
	err = tslab_free_handle(torture_ts, handle);
	if (IS_ERR(obj) || err)
		torture_fail("handle: %d, %d", PTR_ERR_OR_ZERO(obj), err);
}

/* Frees one object and one handle, so that closed epochs drain meanwhile. */
static void drain(struct rnd_state *rnd, struct torture_arena *arena)
{
	tslab_handle_t *place = &arena->handle[torture_below(rnd, TORTURE_HANDLES)];
	tslab_handle_t handle = xchg(place, TSLAB_HANDLE_NONE);
	void **slot = &arena->slot[torture_below(rnd, TORTURE_SLOTS)];
	int err;

	free_one(rnd, xchg(slot, NULL), slot);
	if (handle == TSLAB_HANDLE_NONE)
		return;
	err = tslab_free_handle(torture_ts, handle);
	if (err)
		torture_fail("handle: %d", err);
}

/*
 * Makes sure of some objects, and takes a part of them with interrupts off.
 *
 * Context: the arena's gate is held.
 */
static void use_reserve(struct rnd_state *rnd, struct torture_arena *arena)
{
	unsigned int i, n = 1 + torture_below(rnd, 8);
	unsigned int taken = torture_below(rnd, n + 1);
	size_t size = torture_random_size(rnd);
	struct tslab_reserved *reserve;
	unsigned long flags;
	void *obj[8];

	reserve = tslab_reserve(torture_ts, arena->epoch, size, n, GFP_KERNEL);
	if (IS_ERR(reserve)) {
		if (PTR_ERR(reserve) != -ESTALE && PTR_ERR(reserve) != -ENOMEM)
			torture_fail("reserve: %ld", PTR_ERR(reserve));
		return;
	}
	torture_count(reserves);
	local_irq_save(flags);
	for (i = 0; i < taken; i++)
		obj[i] = tslab_reserve_alloc(reserve);
	local_irq_restore(flags);
	if (tslab_reserve_left(reserve) != n - taken)
		torture_fail("%u objects left of %u, %u taken",
			     tslab_reserve_left(reserve), n, taken);
	tslab_reserve_end(reserve);
	for (i = 0; i < taken; i++) {
		void **slot = &arena->slot[torture_below(rnd, TORTURE_SLOTS)];

		if (!obj[i]) {
			torture_fail("nothing in a reserve");
			continue;
		}
		torture_fill(obj[i], slot, size, arena->epoch);
		free_one(rnd, xchg(slot, obj[i]), slot);
	}
}

/* === Epochs === */

/**
 * torture_open() - open an epoch, labelled or not
 * @rnd: source of chance
 *
 * Context: process context; may sleep.
 * Return: its id, or TSLAB_EPOCH_NONE if the ring or memory is full.
 */
tslab_epoch_t torture_open(struct rnd_state *rnd)
{
	static const char * const labels[] = { NULL, "a", "b", "c", "d" };
	tslab_epoch_t epoch;

	epoch = tslab_epoch_open(torture_ts, labels[torture_below(rnd, 5)]);
	if (tslab_epoch_err(epoch)) {
		if (tslab_epoch_err(epoch) != -EBUSY &&
		    tslab_epoch_err(epoch) != -ENOMEM)
			torture_fail("open: %d", tslab_epoch_err(epoch));
		torture_count(busy);
		return TSLAB_EPOCH_NONE;
	}
	torture_count(opens);
	return epoch;
}

static void advance(void)
{
	int err = tslab_epoch_err(tslab_epoch_advance(torture_ts));

	if (err && err != -EBUSY && err != -ENOMEM)
		torture_fail("next epoch: %d", err);
	torture_count(advances);
}

/* Closes the epoch of an arena, whose objects stay, and opens another. */
static void close_arena(struct rnd_state *rnd, struct torture_arena *arena)
{
	tslab_epoch_t old;

	down_write(&arena->gate);
	old = arena->epoch;
	if (old != TSLAB_EPOCH_NONE) {
		bool wait = torture_below(rnd, 4);
		long ret = wait ? tslab_epoch_close(torture_ts, old) :
				  tslab_epoch_close_nowait(torture_ts, old);

		if (ret < 0 && ret != -ESTALE)
			torture_fail("close: %ld", ret);
		/* An interrupt may be closing it without waiting just now. */
		if ((wait || !ret) &&
		    tslab_alloc_epoch(torture_ts, old, 64, GFP_KERNEL))
			torture_fail("allocation after close");
		torture_count(closes);
	}
	WRITE_ONCE(arena->epoch, torture_open(rnd));
	up_write(&arena->gate);
}

/* Discards the epoch of an arena with all its objects, and opens another. */
static void discard_arena(struct rnd_state *rnd, struct torture_arena *arena)
{
	tslab_handle_t handle = TSLAB_HANDLE_NONE;
	struct tslab_epoch_stats stats;
	tslab_epoch_t old;
	long ret;

	down_write(&arena->gate);
	old = arena->epoch;
	if (old == TSLAB_EPOCH_NONE)
		goto open;
	torture_empty(arena, old);
	if (torture_misuse)
		handle = tslab_alloc_handle(torture_ts, old, 64, GFP_KERNEL);
	/* One that is draining can be discarded just as well. */
	if (!torture_below(rnd, 4))
		tslab_epoch_close_nowait(torture_ts, old);
	ret = tslab_epoch_discard(torture_ts, old);
	/* A domain may have closed it, and nothing have been in it. */
	if (ret < 0 && ret != -ESTALE)
		torture_fail("discard: %ld", ret);
	if (!tslab_epoch_stats(torture_ts, old, &stats) && stats.live_objects)
		torture_fail("%llu objects live after discard",
			     stats.live_objects);
	if (handle != TSLAB_HANDLE_NONE) {
		if (tslab_handle_to_obj(torture_ts, handle) !=
		    ERR_PTR(-ESTALE))
			torture_fail("handle of a discarded object");
		torture_refused(handle_stale);
	}
	torture_count(discards);
open:
	WRITE_ONCE(arena->epoch, torture_open(rnd));
	up_write(&arena->gate);
}

/* === Domains === */

/*
 * Context: the arena's gate is held.
 * Return: whether the domain has closed the arena's epoch.
 */
static bool use_domain(struct rnd_state *rnd, struct torture_arena *arena)
{
	void **slot = &arena->slot[torture_below(rnd, TORTURE_SLOTS)];
	struct tslab_domain *domain, *inner;
	bool auto_close = !torture_below(rnd, 16), force = !torture_below(rnd, 16);
	size_t size = torture_random_size(rnd);
	void *obj = NULL;

	torture_count(domains);
	domain = tslab_domain_wrap(torture_ts, arena->epoch, auto_close);
	if (IS_ERR(domain)) {
		if (PTR_ERR(domain) != -ESTALE && PTR_ERR(domain) != -ENOMEM)
			torture_fail("wrap: %ld", PTR_ERR(domain));
		return false;
	}
	scoped_guard(tslab_domain, domain) {
		if (tslab_domain_current() != domain)
			torture_fail("another domain is current");
		if (tslab_domain_epoch(domain) != arena->epoch)
			torture_fail("domain of another epoch");
		inner = tslab_domain_create(torture_ts);
		if (!IS_ERR(inner)) {
			if (tslab_domain_enter(inner) ||
			    tslab_domain_enter(inner) ||
			    tslab_domain_exit(inner) ||
			    tslab_domain_current() != inner)
				torture_fail("inner domain");
			if (torture_misuse &&
			    tslab_domain_exit(domain) != -EBUSY)
				torture_fail("left out of order");
			if (tslab_domain_exit(inner) ||
			    tslab_domain_destroy(inner))
				torture_fail("inner domain stays");
		}
		obj = torture_below(rnd, 2) ?
		      tslab_domain_alloc(domain, size, GFP_KERNEL) :
		      tslab_alloc(torture_ts, size, GFP_KERNEL);
		if (force)
			tslab_domain_force_close(domain);
	}
	if (tslab_domain_current() || tslab_domain_destroy(domain))
		torture_fail("domain stays");
	if (obj) {
		torture_fill(obj, slot, size, arena->epoch);
		free_one(rnd, xchg(slot, obj), slot);
	}
	return auto_close || force;
}

/* A phase that the task goes through alone. */
static void use_phase(struct rnd_state *rnd)
{
	unsigned int n = torture_below(rnd, 100);
	struct tslab_domain *domain;
	void *obj[8] = { };
	long ret;

	domain = tslab_domain_open(torture_ts, "phase");
	if (IS_ERR(domain)) {
		if (PTR_ERR(domain) != -EBUSY && PTR_ERR(domain) != -ENOMEM)
			torture_fail("open of a phase: %ld", PTR_ERR(domain));
		return;
	}
	torture_count(phases);
	while (n--) {
		unsigned int i = torture_below(rnd, ARRAY_SIZE(obj));
		size_t size = torture_random_size(rnd);

		if (obj[i] && torture_intact(obj[i], &obj[i]) &&
		    torture_below(rnd, 2))
			tslab_free(torture_ts, obj[i]);
		obj[i] = tslab_alloc(torture_ts, size, GFP_KERNEL);
		if (obj[i])
			torture_fill(obj[i], &obj[i], size,
				     tslab_domain_epoch(domain));
	}
	ret = tslab_domain_discard(domain);
	if (ret < 0 || tslab_domain_current())
		torture_fail("discard of a phase: %ld", ret);
}

/* === Instances === */

static void use_instance(struct rnd_state *rnd)
{
	struct tslab_params params = {
		.epochs = TSLAB_EPOCHS_MIN + torture_below(rnd, 8),
		.flags = torture_below(rnd, 2) ? TSLAB_SHARED_ONLY : 0,
	};
	char name[TSLAB_NAME_MAX];
	struct tslab *ts;
	void *obj[8];
	unsigned int i;

	snprintf(name, sizeof(name), "torture-%d", task_pid_nr(current));
	ts = tslab_create(name, &params);
	if (IS_ERR(ts)) {
		if (PTR_ERR(ts) != -ENOMEM)
			torture_fail("create: %ld", PTR_ERR(ts));
		return;
	}
	for (i = 0; i < ARRAY_SIZE(obj); i++)
		obj[i] = tslab_zalloc(ts, torture_random_size(rnd), GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(obj); i++) {
		if (obj[i] && i % 2)
			tslab_free_rcu(ts, obj[i], obj[i]);
		else
			tslab_free(ts, obj[i]);
	}
	if (tslab_destroy(ts))
		torture_fail("an instance had objects left");
	torture_count(instances);
}

/* === All together === */

/**
 * torture_interrupt() - do what may be done in an interrupt
 * @rnd: source of chance
 *
 * Context: softirq, RCU callback; hardirq, but not on PREEMPT_RT.
 */
void torture_interrupt(struct rnd_state *rnd)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	unsigned int what = torture_below(rnd, 256);
	tslab_epoch_t epoch;
	int err;

	if (tslab_domain_current())
		torture_fail("an interrupt has a domain");
	if (what == 0) {
		torture_read_class(rnd);
	} else if (what == 1) {
		/* Closed, discarded, gone: whatever it is by now. */
		epoch = READ_ONCE(random_arena(rnd)->epoch);
		if (epoch == TSLAB_EPOCH_NONE)
			return;
		err = tslab_epoch_close_nowait(torture_ts, epoch);
		if (err && err != -ESTALE)
			torture_fail("close in an interrupt: %d", err);
	} else if (what < 32) {
		swap_handle(rnd, &torture_arena[0], gfp);
	} else {
		torture_swap(rnd, gfp);
	}
}

/**
 * torture_in_reclaim() - do what a shrinker may do
 *
 * Context: reclaim.
 */
void torture_in_reclaim(void)
{
	struct rnd_state rnd;
	struct tslab_domain *domain;
	tslab_epoch_t epoch;

	prandom_seed_state(&rnd, get_cycles());
	advance();
	torture_swap(&rnd, GFP_KERNEL);
	epoch = torture_open(&rnd);
	if (epoch == TSLAB_EPOCH_NONE)
		return;
	domain = tslab_domain_wrap(torture_ts, epoch, true);
	if (!IS_ERR(domain)) {
		tslab_domain_alloc(domain, 100, GFP_KERNEL);
		tslab_domain_destroy(domain);
	}
	if (tslab_epoch_discard(torture_ts, epoch) < 0)
		torture_fail("discard in reclaim");
	torture_count(reclaims);
}

/**
 * torture_op() - do something
 * @rnd: source of chance
 *
 * Context: process context; may sleep.
 */
void torture_op(struct rnd_state *rnd)
{
	struct torture_arena *arena = random_arena(rnd);
	unsigned int what = torture_below(rnd, 1024);

	if (what < 1000) {
		if (what < 350)
			return torture_swap(rnd, GFP_KERNEL);
		if (what < 400)
			return swap_handle(rnd, &torture_arena[0], GFP_KERNEL);
		down_read(&arena->gate);
		if (arena->epoch == TSLAB_EPOCH_NONE) {
			drain(rnd, arena);
			what = 1000;
		}
		if (what < 800)
			swap_in(rnd, arena, arena->epoch, GFP_KERNEL);
		else if (what < 920)
			swap_handle(rnd, arena, GFP_KERNEL);
		else if (what < 940)
			use_reserve(rnd, arena);
		else if (what < 990)
			what = use_domain(rnd, arena) ? 1000 : 0;
		else if (what < 1000)
			tslab_epoch_set_label(torture_ts, arena->epoch, "set");
		up_read(&arena->gate);
		/* It has none, as all places of the ring were in use, or did. */
		if (what == 1000)
			close_arena(rnd, arena);
	} else if (what < 1004) {
		torture_read(rnd);
	} else if (what < 1010) {
		advance();
	} else if (what < 1014) {
		close_arena(rnd, arena);
	} else if (what < 1018) {
		discard_arena(rnd, arena);
	} else if (what < 1020) {
		use_phase(rnd);
	} else if (what < 1022) {
		if (torture_misuse)
			torture_misuse_op(rnd);
	} else if (!torture_below(rnd, 16)) {
		use_instance(rnd);
	}
}

/* Ends everything that is left, when nobody does anything any more. */
void torture_ops_exit(void)
{
	unsigned int a;

	for (a = 0; a < TORTURE_ARENAS; a++)
		torture_empty(&torture_arena[a], TSLAB_EPOCH_NONE);
	for (a = 1; a < TORTURE_ARENAS; a++)
		if (torture_arena[a].epoch != TSLAB_EPOCH_NONE)
			tslab_epoch_close(torture_ts, torture_arena[a].epoch);
}
