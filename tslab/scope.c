// SPDX-License-Identifier: GPL-2.0
/*
 * What a task is in: its domains, innermost last.
 *
 * As long as no task is in a domain of an instance, tslab_alloc() must not pay
 * for finding that out. So while some may be, the leads of its types are taken
 * away: everybody then comes to look in here. Nobody counts who is; a worker
 * looks from time to time whether anybody is left.
 */
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "scope.h"

#define SCOPE_CHECK_INTERVAL	HZ

struct tslab_scope_bucket tslab_scope_buckets[1 << TSLAB_SCOPE_HASH_BITS] = {
	[0 ... (1 << TSLAB_SCOPE_HASH_BITS) - 1] = {
		.lock = __RAW_SPIN_LOCK_UNLOCKED(tslab_scope_buckets.lock),
	},
};

struct tslab_domain tslab_no_domain;

static void scopes_check(struct work_struct *work);
static DECLARE_DELAYED_WORK(scopes_check_work, scopes_check);

/**
 * tslab_domain_refuse() - report what may not be done with a domain
 * @domain: the domain; NULL, or an ERR_PTR
 * @err: why, a negative errno
 * @caller: return address
 *
 * Context: any.
 * Return: @err.
 */
int tslab_domain_refuse(const struct tslab_domain *domain, int err,
			unsigned long caller)
{
	struct tslab *ts;

	guard(rcu)();
	ts = IS_ERR_OR_NULL(domain) ? NULL : READ_ONCE(domain->ts);
	tslab_misuse(ts, NULL, TSLAB_MISUSE_DOMAIN, -err, caller);
	return err;
}

/* === Records === */

/* That of the calling task, or NULL. It stays while the task owns a domain. */
static struct tslab_scope *scope_current(void)
{
	struct tslab_scope *scope;

	rcu_read_lock_sched();
	scope = tslab_scope_current();
	rcu_read_unlock_sched();
	return scope;
}

static noinline struct tslab_scope *scope_new(void)
{
	struct tslab_scope_bucket *bucket = tslab_scope_bucket(current);
	struct tslab_scope *scope;

	if (tslab_should_fail(sizeof(*scope), GFP_KERNEL))
		return NULL;
	scope = kzalloc(sizeof(*scope), GFP_KERNEL);
	if (!scope)
		return NULL;
	atomic_set(&scope->refs, 2);
	scope->innermost = &tslab_no_domain;
	scope->task = get_task_struct(current);
	scope->used = true;
	raw_spin_lock(&bucket->lock);
	hlist_add_head_rcu(&scope->hash, &bucket->scopes);
	raw_spin_unlock(&bucket->lock);
	if (!delayed_work_pending(&scopes_check_work))
		queue_delayed_work(tslab_wq, &scopes_check_work,
				   SCOPE_CHECK_INTERVAL);
	return scope;
}

/**
 * tslab_scope_get() - what the calling task is in, for one more domain of it
 *
 * Context: process context; may sleep.
 * Return: NULL if there is no memory.
 */
struct tslab_scope *tslab_scope_get(void)
{
	struct tslab_scope *scope;
	int refs = 0;

	rcu_read_lock_sched();
	scope = tslab_scope_current();
	if (scope) {
		refs = atomic_fetch_add_unless(&scope->refs, 1, 0);
		if (refs == 1)
			get_task_struct(current);
		WRITE_ONCE(scope->used, true);
	}
	rcu_read_unlock_sched();
	return refs ? scope : scope_new();
}

static void scope_free_rcu(struct rcu_head *head)
{
	struct tslab_scope *scope = container_of(head, struct tslab_scope, rcu);

	if (scope->exited)
		put_task_struct(scope->task);
	kfree(scope);
}

/**
 * tslab_scope_put() - one domain of a task less
 * @scope: what the task is in
 *
 * Context: process context; the task itself, or any if it has exited.
 */
void tslab_scope_put(struct tslab_scope *scope)
{
	struct task_struct *task = scope->task;

	if (task != current) {
		/* Somebody may be looking whether it has exited. */
		WRITE_ONCE(scope->exited, true);
		WRITE_ONCE(scope->innermost, &tslab_no_domain);
		atomic_dec(&scope->refs);
	} else if (atomic_dec_return(&scope->refs) == 1) {
		put_task_struct(task);
	}
}

/*
 * Takes a record away whose task owns no domain, and has had none since the last
 * look. Return: whether it has.
 *
 * Context: RCU read side.
 */
static bool scope_end_idle(struct tslab_scope *scope)
{
	struct tslab_scope_bucket *bucket = tslab_scope_bucket(scope->task);

	if (READ_ONCE(scope->used)) {
		WRITE_ONCE(scope->used, false);
		return false;
	}
	if (atomic_cmpxchg(&scope->refs, 1, 0) != 1)
		return false;
	raw_spin_lock(&bucket->lock);
	hlist_del_rcu(&scope->hash);
	raw_spin_unlock(&bucket->lock);
	call_rcu(&scope->rcu, scope_free_rcu);
	return true;
}

/* Whether the task is no more. */
bool tslab_scope_exited(const struct tslab_scope *scope)
{
	/* What it did to its stack came before. */
	return smp_load_acquire(&scope->task->exit_state);
}

/**
 * tslab_scope_report() - say that a task exited inside of domains
 * @scope: what it was in; the stack, which may name domains that are destroyed
 *	from here on, is not looked at again
 *
 * Context: RCU read side, entered before any of them could be destroyed; the
 * task has exited.
 */
void tslab_scope_report(struct tslab_scope *scope)
{
	unsigned int depth = xchg(&scope->depth, 0);
	const struct tslab *ts;

	if (!depth)
		return;
	ts = READ_ONCE(scope->stack[depth - 1]->ts);
	pr_warn("tslab: misuse: %s[%d] exited inside %u domains, the innermost of instance %s\n",
		scope->task->comm, task_pid_nr(scope->task), depth,
		ts ? ts->name : "?");
}

/* === Which instances have tasks in domains === */

/**
 * tslab_leads_end() - has tslab_alloc() look where it is to allocate
 * @ts: instance
 *
 * Context: scope_lock held.
 */
void tslab_leads_end(struct tslab *ts)
{
	struct tslab_type *type;

	lockdep_assert_held(&ts->scope_lock);
	guard(rcu)();
	list_for_each_entry_rcu(type, &ts->types, node)
		if (type->lead != &tslab_no_cpu_slab)
			WRITE_ONCE(type->lead, &tslab_no_cpu_slab);
}

/**
 * tslab_lead_leave() - have tslab_alloc() begin where an object was found
 * @type: what was allocated
 * @epoch: the epoch it is in
 * @id: id of that, which was the current one
 *
 * Context: any.
 */
void tslab_lead_leave(struct tslab_type *type, struct tslab_epoch *epoch,
		      u64 id)
{
	struct tslab_cpu_slab __percpu *cpus;
	struct tslab *ts = type->ts;
	unsigned long flags;

	/* An NMI may have come amid it; somebody else leaves one then. */
	if (in_nmi() || READ_ONCE(ts->scoped) != TSLAB_SCOPED_NO)
		return;
	guard(rcu)();
	cpus = READ_ONCE(tslab_bin_of(epoch, type)->cpus);
	if (READ_ONCE(type->lead) == cpus)
		return;
	raw_spin_lock_irqsave(&ts->scope_lock, flags);
	if (ts->current_id == id && ts->scoped == TSLAB_SCOPED_NO)
		/* Pairs with the address that cpu_alloc() follows. */
		smp_store_release(&type->lead, cpus);
	raw_spin_unlock_irqrestore(&ts->scope_lock, flags);
}

/**
 * tslab_scoped_yes() - tasks may be in domains of an instance from now on
 * @ts: instance
 *
 * Context: process context.
 */
void tslab_scoped_yes(struct tslab *ts)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ts->scope_lock, flags);
	tslab_leads_end(ts);
	/* Who sees it sees no lead; pairs with tslab_scope_enter(). */
	smp_store_release(&ts->scoped, TSLAB_SCOPED_YES);
	raw_spin_unlock_irqrestore(&ts->scope_lock, flags);
}

static void scoped_less(struct tslab *ts, enum tslab_scoped from)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ts->scope_lock, flags);
	if (ts->scoped == from)
		WRITE_ONCE(ts->scoped, from - 1);
	raw_spin_unlock_irqrestore(&ts->scope_lock, flags);
}

/* Context: RCU read side. */
static void scope_check(struct tslab_scope *scope)
{
	/* Pairs with the barrier in tslab_scope_enter(). */
	unsigned int i = smp_load_acquire(&scope->depth);

	while (i--) {
		struct tslab *ts = READ_ONCE(READ_ONCE(scope->stack[i])->ts);

		if (ts && READ_ONCE(ts->scoped) != TSLAB_SCOPED_YES)
			tslab_scoped_yes(ts);
	}
	/* Of one without domains, the task may be gone. */
	if ((atomic_read(&scope->refs) > 1 || READ_ONCE(scope->exited)) &&
	    tslab_scope_exited(scope))
		tslab_scope_report(scope);
}

/*
 * Whoever enters a domain writes its stack and then looks whether the instance
 * is marked YES, in one RCU section; here that mark is taken away, and a grace
 * period later all stacks are looked at. So either the domain is seen here, or the
 * task puts the mark back, and needs no barrier for that.
 */
static void scopes_check(struct work_struct *work)
{
	struct tslab_scope *scope;
	bool more = false;
	struct tslab *ts;
	unsigned int i;
	int idx;

	idx = srcu_read_lock(&tslab_instances_srcu);
	tslab_for_each_instance(ts)
		scoped_less(ts, TSLAB_SCOPED_YES);
	/* Pairs with the section in tslab_scope_enter(). */
	synchronize_rcu();
	for (i = 0; i < ARRAY_SIZE(tslab_scope_buckets); i++) {
		guard(rcu)();
		hlist_for_each_entry_rcu(scope, &tslab_scope_buckets[i].scopes,
					 hash) {
			if (scope_end_idle(scope))
				continue;
			scope_check(scope);
			more = true;
		}
	}
	tslab_for_each_instance(ts) {
		scoped_less(ts, TSLAB_SCOPED_MAYBE);
		more |= READ_ONCE(ts->scoped) != TSLAB_SCOPED_NO;
	}
	srcu_read_unlock(&tslab_instances_srcu, idx);
	if (more)
		queue_delayed_work(tslab_wq, &scopes_check_work,
				   SCOPE_CHECK_INTERVAL);
}

/* === Where a task is === */

/**
 * tslab_scope_innermost() - domain the calling task entered last
 *
 * Context: any; an interrupt is in none.
 * Return: the domain, or NULL.
 */
struct tslab_domain *tslab_scope_innermost(void)
{
	const struct tslab_scope *scope = scope_current();

	return scope && scope->depth ? scope->innermost : NULL;
}

/**
 * tslab_scope_of() - domain of an instance that the calling task entered last
 * @ts: the instance
 *
 * Context: any; an interrupt is in none.
 * Return: the domain, or NULL.
 */
const struct tslab_domain *tslab_scope_of(const struct tslab *ts)
{
	const struct tslab_scope *scope = scope_current();
	unsigned int i;

	for (i = scope ? scope->depth : 0; i--; )
		if (READ_ONCE(scope->stack[i]->ts) == ts)
			return scope->stack[i];
	return NULL;
}

void tslab_scopes_exit(void)
{
	struct hlist_node *next;
	struct tslab_scope *scope;
	unsigned int i;

	cancel_delayed_work_sync(&scopes_check_work);
	/* Nobody owns a domain any more, or it is lost with its record. */
	for (i = 0; i < ARRAY_SIZE(tslab_scope_buckets); i++)
		hlist_for_each_entry_safe(scope, next,
					  &tslab_scope_buckets[i].scopes, hash)
			if (atomic_read(&scope->refs) == 1)
				scope_free_rcu(&scope->rcu);
}
