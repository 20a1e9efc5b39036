/* SPDX-License-Identifier: GPL-2.0 */
/* Which domains a task is in, and so where it allocates without being told. */
#ifndef _TSLAB_SCOPE_H
#define _TSLAB_SCOPE_H

#include <linux/err.h>
#include <linux/list.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "tslab.h"

/* Whether tasks may be in domains of an instance. */
enum tslab_scoped {
	TSLAB_SCOPED_NO,
	TSLAB_SCOPED_MAYBE,	/* being looked for */
	TSLAB_SCOPED_YES,
};

/**
 * struct tslab_domain - a scope bound to an epoch
 * @ts: instance, or NULL once that was destroyed; follow it under RCU
 * @epoch: the epoch, or tslab_no_epoch once @ts was destroyed
 * @id: its id at the time
 * @owner: what the task is in that may enter, leave and destroy it
 * @entries: how often it is on the owner's stack; written by the owner alone
 * @auto_close: the last exit closes the epoch
 * @node: member of tslab_epoch::domain_list; tslab_epoch::domain_lock
 * @rcu: the stack of a task that has exited may name it
 */
struct tslab_domain {
	struct tslab *ts;
	struct tslab_epoch *epoch;
	u64 id;
	struct tslab_scope *owner;
	unsigned int entries;
	bool auto_close;
	struct hlist_node node;
	struct rcu_head rcu;
};

/**
 * struct tslab_scope - what a task that owns domains is in
 * @hash: member of a bucket of scope.c
 * @task: the task; not more than an address as long as it owns no domain
 * @innermost: domain it is in, or tslab_no_domain; written by the task alone
 * @refs: domains it owns, and one while it is in the bucket
 * @depth: domains it is in; written by the task alone, and once it has exited
 *	by xchg; stored with release
 * @exited: the task has left domains behind, and so the reference to it
 * @used: since somebody last looked whether it is idle
 * @has_first: @first is in use
 * @first: the domain of a task that owns one at a time
 * @stack: those it is in, innermost last; written by the task alone
 * @rcu: others in the same bucket may be looking at it
 *
 * Nobody but the task makes and looks up its record, so no lock is needed to
 * tell whether there is one. It stays for the task's next domain.
 */
struct tslab_scope {
	struct hlist_node hash;
	struct task_struct *task;
	struct tslab_domain *innermost;
	atomic_t refs;
	unsigned int depth;
	bool exited;
	bool used;
	bool has_first;
	struct tslab_domain first;
	struct tslab_domain *stack[TSLAB_DOMAIN_DEPTH_MAX];
	struct rcu_head rcu;
};

#define TSLAB_SCOPE_HASH_BITS	10

/**
 * struct tslab_scope_bucket - records of tasks of the same hash
 * @scopes: the records; RCU
 * @lock: raw; guards changes of @scopes
 */
struct tslab_scope_bucket {
	struct hlist_head scopes;
	raw_spinlock_t lock;
};

/* Of no instance. */
extern struct tslab_domain tslab_no_domain;

extern struct tslab_scope_bucket
	tslab_scope_buckets[1 << TSLAB_SCOPE_HASH_BITS];

static __always_inline struct tslab_scope_bucket *
tslab_scope_bucket(const struct task_struct *task)
{
	/* No two tasks are in one page. */
	return &tslab_scope_buckets[(unsigned long)task / SZ_4K %
				    ARRAY_SIZE(tslab_scope_buckets)];
}

/* Record of the calling task, or NULL. Context: any; preemption disabled. */
static __always_inline struct tslab_scope *tslab_scope_current(void)
{
	struct tslab_scope *scope;

	if (!in_task())
		return NULL;
	hlist_for_each_entry_rcu(scope, &tslab_scope_bucket(current)->scopes,
				 hash, rcu_read_lock_sched_held())
		if (scope->task == current)
			return scope;
	return NULL;
}

/*
 * The domain that the calling task entered last, or tslab_no_domain.
 *
 * Context: any; preemption disabled.
 */
static __always_inline const struct tslab_domain *tslab_scope_here(void)
{
	const struct tslab_scope *scope = tslab_scope_current();

	return scope ? scope->innermost : &tslab_no_domain;
}

/* IS_ERR_OR_NULL() in one comparison. */
static __always_inline bool tslab_domain_is_none(const struct tslab_domain *domain)
{
	return unlikely((unsigned long)domain - 1 >= -MAX_ERRNO - 1UL);
}

int tslab_domain_refuse(const struct tslab_domain *domain, int err,
			unsigned long caller);
void tslab_leads_end(struct tslab *ts);
void tslab_lead_leave(struct tslab_type *type, struct tslab_epoch *epoch,
		      u64 id);
struct tslab_scope *tslab_scope_get(void);
void tslab_scope_put(struct tslab_scope *scope);
bool tslab_scope_exited(const struct tslab_scope *scope);
void tslab_scope_report(struct tslab_scope *scope);
void tslab_scoped_yes(struct tslab *ts);
struct tslab_domain *tslab_scope_innermost(void);
const struct tslab_domain *tslab_scope_of(const struct tslab *ts);
void tslab_scopes_exit(void);

/**
 * tslab_scope_enter() - the calling task is in one more domain
 * @scope: what it is in, less than TSLAB_DOMAIN_DEPTH_MAX deep
 * @domain: the domain
 *
 * Context: process context.
 */
static __always_inline void tslab_scope_enter(struct tslab_scope *scope,
					      struct tslab_domain *domain)
{
	struct tslab *ts;

	/* All of it in one section; pairs with the grace period in scopes_check(). */
	rcu_read_lock_sched();
	scope->innermost = domain;
	WRITE_ONCE(scope->stack[scope->depth], domain);
	/* Pairs with the acquire in scope_check(). */
	smp_wmb();
	WRITE_ONCE(scope->depth, scope->depth + 1);
	ts = READ_ONCE(domain->ts);
	if (ts && unlikely(READ_ONCE(ts->scoped) != TSLAB_SCOPED_YES))
		tslab_scoped_yes(ts);
	rcu_read_unlock_sched();
	/* No lead is read before; pairs with the release in tslab_scoped_yes(). */
	smp_rmb();
}

/**
 * tslab_scope_exit() - the calling task has left its innermost domain
 * @scope: what it is in
 *
 * Context: process context.
 */
static __always_inline void tslab_scope_exit(struct tslab_scope *scope)
{
	unsigned int depth = scope->depth - 1;

	scope->innermost = depth ? scope->stack[depth - 1] : &tslab_no_domain;
	WRITE_ONCE(scope->depth, depth);
}

#endif /* _TSLAB_SCOPE_H */
