// SPDX-License-Identifier: GPL-2.0
/*
 * What has to be refused. Only what is always seen: it races with nobody, as
 * nobody else has these objects.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "torture.h"

struct victim {
	struct rcu_head rcu;
	u64 rest;
};

/* A domain of a task that is none of the workers. */
static struct tslab_domain *strange;

/* Said once per line, as each of them would be said over and over. */
#define expect(what, err) do {						\
	long __ret = (what);						\
									\
	if (__ret != (err))						\
		torture_fail(#what ": %ld, not " #err, __ret);		\
} while (0)

static bool same_page(const void *a, const void *b)
{
	return !(((unsigned long)a ^ (unsigned long)b) & PAGE_MASK);
}

/* @keeper: an object without which the slab might go. */
static void misuse_objects(struct victim *obj, struct victim *rcu_obj,
			   struct victim *keeper)
{
	struct victim other;

	tslab_free(torture_ts, obj);
	tslab_free(torture_ts, obj);
	torture_refused(free_double);
	expect(tslab_obj_size(torture_ts, obj), 0);
	torture_refused(free_double);

	rcu_read_lock();
	tslab_free_rcu(torture_ts, rcu_obj, &rcu_obj->rcu);
	tslab_free(torture_ts, rcu_obj);
	torture_refused(free_double);
	tslab_free_rcu(torture_ts, rcu_obj, &rcu_obj->rcu);
	torture_refused(free_double);
	rcu_read_unlock();

	tslab_free(torture_ts, &keeper->rest);
	torture_refused(free_invalid);
	tslab_free_rcu(torture_ts, keeper, &other.rcu);
	torture_refused(free_invalid);

	tslab_free(torture_ts, &other);
	torture_refused(free_foreign);
	tslab_free_rcu(torture_ts, &torture_arena, &other.rcu);
	torture_refused(free_foreign);
	expect(tslab_obj_size(torture_ts, ERR_PTR(-ENOMEM)), 0);
	torture_refused(free_foreign);
	if (tslab_realloc(torture_ts, &other, 100, GFP_KERNEL))
		torture_fail("realloc of the stack");
	torture_refused(free_foreign);

	if (tslab_alloc(torture_ts, 0, GFP_KERNEL) ||
	    tslab_alloc(torture_ts, TSLAB_MAX_SIZE + 1, GFP_KERNEL) ||
	    tslab_alloc_array(torture_ts, SIZE_MAX / 2, 3, GFP_KERNEL))
		torture_fail("allocation of a bad size");
	torture_refused(size_rejected);
	torture_refused(size_rejected);
	torture_refused(size_rejected);
}

static void misuse_handles(struct rnd_state *rnd, tslab_epoch_t epoch)
{
	tslab_handle_t handle[3], garbage;
	struct victim *obj[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(handle); i++) {
		handle[i] = tslab_alloc_handle(torture_ts, epoch,
					       sizeof(*obj[i]), GFP_KERNEL);
		obj[i] = handle[i] == TSLAB_HANDLE_NONE ? NULL :
			 tslab_handle_to_obj(torture_ts, handle[i]);
		if (IS_ERR(obj[i])) {
			torture_fail("fresh handle: %ld", PTR_ERR(obj[i]));
			return;
		}
	}
	/* The third keeps the slab of the others. */
	if (obj[0] && obj[1] && obj[2] && same_page(obj[0], obj[2]) &&
	    same_page(obj[1], obj[2])) {
		expect(tslab_free_handle(torture_ts, handle[0]), 0);
		expect(tslab_free_handle(torture_ts, handle[0]), -ENOENT);
		torture_refused(handle_invalid);
		expect(PTR_ERR(tslab_handle_to_obj(torture_ts, handle[0])),
		       -ENOENT);
		torture_refused(handle_invalid);
		rcu_read_lock();
		tslab_free_rcu(torture_ts, obj[1], &obj[1]->rcu);
		expect(tslab_free_handle(torture_ts, handle[1]), -ENOENT);
		torture_refused(handle_invalid);
		rcu_read_unlock();
		handle[0] = TSLAB_HANDLE_NONE;
		handle[1] = TSLAB_HANDLE_NONE;
	}
	for (i = 0; i < ARRAY_SIZE(handle); i++)
		if (handle[i] != TSLAB_HANDLE_NONE)
			expect(tslab_free_handle(torture_ts, handle[i]), 0);

	/* Of no version there is. */
	garbage = (__force tslab_handle_t)((u64)prandom_u32_state(rnd) << 2);
	expect(tslab_free_handle(torture_ts, garbage), -EINVAL);
	torture_refused(handle_invalid);
	expect(PTR_ERR(tslab_handle_to_obj(torture_ts, garbage)), -EINVAL);
	torture_refused(handle_invalid);
}

static void misuse_domains(tslab_epoch_t epoch)
{
	struct tslab_domain *domain;
	unsigned int i;

	expect(tslab_domain_enter(NULL), -EINVAL);
	expect(tslab_domain_exit(ERR_PTR(-ENOMEM)), -EINVAL);
	expect(tslab_domain_destroy(NULL), 0);
	expect(tslab_domain_destroy(ERR_PTR(-ENOMEM)), -EINVAL);
	/* Pairs with the release in torture_strange_start(). */
	domain = smp_load_acquire(&strange);
	if (domain) {
		expect(tslab_domain_enter(domain), -EPERM);
		expect(tslab_domain_exit(domain), -EPERM);
		expect(tslab_domain_destroy(domain), -EPERM);
	}
	domain = tslab_domain_wrap(torture_ts, epoch, false);
	if (IS_ERR(domain)) {
		if (PTR_ERR(domain) != -ENOMEM)
			torture_fail("wrap: %ld", PTR_ERR(domain));
		return;
	}
	expect(tslab_domain_exit(domain), -EINVAL);
	for (i = 0; i < TSLAB_DOMAIN_DEPTH_MAX; i++)
		expect(tslab_domain_enter(domain), 0);
	expect(tslab_domain_enter(domain), -EOVERFLOW);
	expect(tslab_domain_destroy(domain), -EBUSY);
	for (i = 0; i < TSLAB_DOMAIN_DEPTH_MAX; i++)
		expect(tslab_domain_exit(domain), 0);
	expect(tslab_domain_exit(domain), -EINVAL);
	expect(tslab_domain_destroy(domain), 0);
}

/* Closes the epoch. */
static void misuse_epochs(tslab_epoch_t epoch)
{
	struct tslab_domain *domain;
	long ret;

	expect(tslab_epoch_close(torture_ts, TSLAB_EPOCH_NONE), -EINVAL);
	expect(tslab_epoch_close_nowait(torture_ts, TSLAB_EPOCH_NONE), -EINVAL);
	expect(tslab_epoch_discard(torture_ts, TSLAB_EPOCH_NONE), -EINVAL);
	expect(tslab_epoch_set_label(torture_ts, epoch,
				     "a label of more than 31 characters"),
	       -ENAMETOOLONG);
	ret = tslab_epoch_close(torture_ts, epoch);
	if (ret < 0)
		torture_fail("close of an epoch of our own: %ld", ret);
	if (tslab_alloc_epoch(torture_ts, epoch, 64, GFP_KERNEL) ||
	    tslab_alloc_epoch(torture_ts, TSLAB_EPOCH_NONE, 64, GFP_KERNEL) ||
	    tslab_alloc_handle(torture_ts, epoch, 64, GFP_KERNEL) !=
	    TSLAB_HANDLE_NONE)
		torture_fail("allocation in an epoch that is closed");
	expect(tslab_epoch_close(torture_ts, epoch), -ESTALE);
	expect(tslab_epoch_close_nowait(torture_ts, epoch), -ESTALE);
	domain = tslab_domain_wrap(torture_ts, epoch, true);
	if (!IS_ERR(domain) || (PTR_ERR(domain) != -ESTALE &&
				PTR_ERR(domain) != -ENOMEM))
		torture_fail("domain of an epoch that is closed");
}

/**
 * torture_misuse_op() - ask for what must be refused
 * @rnd: source of chance
 *
 * Context: process context, in no domain; may sleep.
 */
void torture_misuse_op(struct rnd_state *rnd)
{
	tslab_epoch_t epoch = torture_open(rnd);
	struct victim *obj[3];
	unsigned int i;

	if (epoch == TSLAB_EPOCH_NONE)
		return;
	for (i = 0; i < ARRAY_SIZE(obj); i++)
		obj[i] = tslab_alloc_epoch(torture_ts, epoch, sizeof(*obj[i]),
					   GFP_KERNEL);
	if (obj[0] && obj[1] && obj[2] && same_page(obj[0], obj[2]) &&
	    same_page(obj[1], obj[2])) {
		misuse_objects(obj[0], obj[1], obj[2]);
		torture_count(misuses);
		obj[0] = NULL;
		obj[1] = NULL;
	}
	for (i = 0; i < ARRAY_SIZE(obj); i++)
		tslab_free(torture_ts, obj[i]);
	misuse_handles(rnd, epoch);
	misuse_domains(epoch);
	misuse_epochs(epoch);
}

/**
 * torture_strange_start() - make a domain that workers may not use
 *
 * Context: process context; may sleep.
 */
void torture_strange_start(void)
{
	struct tslab_domain *domain = tslab_domain_create(torture_ts);

	if (IS_ERR(domain))
		return;
	/* Pairs with the acquire in misuse_domains(). */
	smp_store_release(&strange, domain);
}

/**
 * torture_strange_end() - end that domain
 *
 * Context: process context, of the same task, after the workers; may sleep.
 */
void torture_strange_end(void)
{
	expect(tslab_domain_destroy(strange), 0);
	strange = NULL;
}
