// SPDX-License-Identifier: GPL-2.0
/* Domains: scopes bound to an epoch, entered and left by one task. */
#include <linux/sched.h>
#include <linux/slab.h>

#include "scope.h"

#include <trace/events/tslab.h>

/* === Helpers === */

/* Name of the instance, which may be gone. Context: RCU read side. */
static const char *domain_instance(const struct tslab_domain *domain)
{
	const struct tslab *ts = READ_ONCE(domain->ts);

	return ts ? ts->name : "?";
}

/* Whether the calling task may enter, leave or destroy the domain. */
static int domain_check(const struct tslab_domain *domain)
{
	if (tslab_domain_is_none(domain))
		return -EINVAL;
	if (!in_task() || domain->owner->task != current)
		return -EPERM;
	return 0;
}

/* A task that owns no other has memory for one. */
static struct tslab_domain *domain_new(struct tslab_scope *owner)
{
	if (!owner->has_first) {
		owner->has_first = true;
		return &owner->first;
	}
	if (tslab_should_fail(sizeof(struct tslab_domain), GFP_KERNEL))
		return NULL;
	return kmalloc(sizeof(struct tslab_domain), GFP_KERNEL);
}

/* Gives it and its hold of the owner up. */
static void domain_free(struct tslab_domain *domain)
{
	struct tslab_scope *owner = domain->owner;

	if (domain == &owner->first)
		owner->has_first = false;
	else
		kfree_rcu(domain, rcu);
	tslab_scope_put(owner);
}

/* Of the calling task, of no epoch yet. Return: it, or ERR_PTR(-ENOMEM). */
static __always_inline struct tslab_domain *domain_make(struct tslab *ts)
{
	struct tslab_scope *owner = tslab_scope_get();
	struct tslab_domain *domain;

	if (!owner)
		return ERR_PTR(-ENOMEM);
	domain = domain_new(owner);
	if (!domain) {
		tslab_scope_put(owner);
		return ERR_PTR(-ENOMEM);
	}
	domain->ts = ts;
	domain->owner = owner;
	domain->entries = 0;
	domain->auto_close = false;
	INIT_HLIST_NODE(&domain->node);
	return domain;
}

/*
 * Binds a domain to an open epoch.
 *
 * Return: the epoch; ERR_PTR(-EINVAL), ERR_PTR(-ESTALE).
 */
static struct tslab_epoch *epoch_bind(struct tslab *ts, u64 id,
				      struct hlist_node *domain)
{
	struct tslab_epoch *epoch;
	bool open;
	int err;

	epoch = tslab_epoch_lookup(ts, id, &err);
	if (!epoch)
		return ERR_PTR(err);
	raw_spin_lock(&epoch->domain_lock);
	open = tslab_epoch_is_open(epoch, id);
	if (open) {
		WRITE_ONCE(epoch->domains, epoch->domains + 1);
		hlist_add_head(domain, &epoch->domain_list);
	}
	raw_spin_unlock(&epoch->domain_lock);
	return open ? epoch : ERR_PTR(-ESTALE);
}

/* Undoes epoch_bind(), unless tslab_domains_detach() did. */
static __always_inline void epoch_unbind(struct tslab_epoch *epoch, u64 id,
					 struct hlist_node *domain)
{
	raw_spin_lock(&epoch->domain_lock);
	if (!hlist_unhashed(domain)) {
		if (READ_ONCE(epoch->id) == id)
			WRITE_ONCE(epoch->domains, epoch->domains - 1);
		/* Pairs with the look at the list in epoch_reset_id(). */
		smp_wmb();
		hlist_del_init(domain);
	}
	raw_spin_unlock(&epoch->domain_lock);
}

/*
 * Return: the epoch it was bound to; NULL if the instance was destroyed.
 *
 * Context: RCU read side.
 */
static __always_inline struct tslab_epoch *
domain_unbind(struct tslab_domain *domain)
{
	/* Pairs with tslab_domains_detach(). */
	struct tslab_epoch *epoch = smp_load_acquire(&domain->epoch);

	if (unlikely(epoch == &tslab_no_epoch))
		return NULL;
	epoch_unbind(epoch, domain->id, &domain->node);
	return epoch;
}

/* Context: the calling task owns it, and is not too deep. */
static __always_inline void domain_enter(struct tslab_domain *domain)
{
	struct tslab_scope *owner = domain->owner;

	tslab_scope_enter(owner, domain);
	domain->entries++;
	if (trace_tslab_domain_enter_enabled()) {
		guard(rcu)();
		trace_tslab_domain_enter(domain_instance(domain),
					 tslab_id_index(domain->id),
					 tslab_id_era(domain->id),
					 owner->depth);
	}
}

/* Whether the calling task can leave a domain. */
static int domain_check_innermost(const struct tslab_domain *domain)
{
	int err = domain_check(domain);
	const struct tslab_scope *owner;

	if (err)
		return err;
	if (!domain->entries)
		return -EINVAL;
	owner = domain->owner;
	return owner->stack[owner->depth - 1] == domain ? 0 : -EBUSY;
}

/* Context: domain_check_innermost() */
static __always_inline void domain_exit(struct tslab_domain *domain)
{
	struct tslab_scope *owner = domain->owner;

	if (trace_tslab_domain_exit_enabled()) {
		guard(rcu)();
		trace_tslab_domain_exit(domain_instance(domain),
					tslab_id_index(domain->id),
					tslab_id_era(domain->id), owner->depth);
	}
	tslab_scope_exit(owner);
	domain->entries--;
}

/* === Public interface === */

/**
 * tslab_domain_wrap() - make a domain of a given epoch
 * @ts: instance
 * @epoch: id of an open epoch of @ts
 * @auto_close: close the epoch when the domain is left for the last time,
 *	unless another domain is bound to it
 *
 * The calling task owns the domain: no other enters, leaves or destroys it.
 *
 * Context: process context; may sleep.
 * Return: the domain; ERR_PTR(-ENOMEM), ERR_PTR(-EINVAL) if @epoch was never
 * an epoch of @ts, ERR_PTR(-ESTALE) if it is closed.
 */
struct tslab_domain *tslab_domain_wrap(struct tslab *ts, tslab_epoch_t epoch,
				       bool auto_close)
{
	struct tslab_domain *domain = domain_make(ts);

	if (IS_ERR(domain))
		return domain;
	domain->id = (__force u64)epoch;
	domain->auto_close = auto_close;
	domain->epoch = epoch_bind(ts, domain->id, &domain->node);
	if (IS_ERR(domain->epoch)) {
		int err = PTR_ERR(domain->epoch);

		domain_free(domain);
		return ERR_PTR(err);
	}
	return domain;
}
EXPORT_SYMBOL_GPL(tslab_domain_wrap);

/**
 * tslab_domain_open() - open an epoch and enter a domain of it
 * @ts: instance
 * @label: as for tslab_epoch_open()
 *
 * What tslab_epoch_open(), tslab_domain_wrap() and tslab_domain_enter() do, for
 * less than they cost one by one: the beginning of a phase that a task goes
 * through. tslab_domain_discard() is its end.
 *
 * Context: process context; may sleep.
 * Return: the domain, which is entered; ERR_PTR(-EBUSY) if every epoch of the
 * ring is open or holds objects, ERR_PTR(-ENOMEM), ERR_PTR(-EOVERFLOW) if the task
 * is in TSLAB_DOMAIN_DEPTH_MAX domains.
 */
struct tslab_domain *tslab_domain_open(struct tslab *ts, const char *label)
{
	struct tslab_domain *domain = domain_make(ts);
	struct tslab_epoch *epoch;

	if (IS_ERR(domain))
		return domain;
	epoch = ERR_PTR(-EOVERFLOW);
	if (unlikely(domain->owner->depth == TSLAB_DOMAIN_DEPTH_MAX))
		tslab_domain_refuse(domain, -EOVERFLOW, _RET_IP_);
	else
		epoch = tslab_epoch_open_bound(ts, label, &domain->node);
	if (IS_ERR(epoch)) {
		domain_free(domain);
		return ERR_CAST(epoch);
	}
	domain->epoch = epoch;
	domain->id = epoch->id;
	domain_enter(domain);
	return domain;
}
EXPORT_SYMBOL_GPL(tslab_domain_open);

/**
 * tslab_domain_create() - make a domain of the current epoch
 * @ts: instance
 *
 * Leaving it does not close the epoch; otherwise as tslab_domain_wrap().
 *
 * Context: process context; may sleep.
 * Return: the domain, or ERR_PTR(-ENOMEM).
 */
struct tslab_domain *tslab_domain_create(struct tslab *ts)
{
	struct tslab_domain *domain;

	do {
		domain = tslab_domain_wrap(ts, tslab_epoch_current(ts), false);
		/* Advanced in between. */
	} while (IS_ERR(domain) && PTR_ERR(domain) == -ESTALE);
	return domain;
}
EXPORT_SYMBOL_GPL(tslab_domain_create);

/**
 * tslab_domain_enter() - make a domain the calling task's current one
 * @domain: domain of the calling task
 *
 * Domains nest, up to TSLAB_DOMAIN_DEPTH_MAX deep, and one may be entered
 * again while it is entered.
 *
 * Context: process context.
 * Return: 0; -EINVAL if @domain is NULL or an ERR_PTR, -EPERM if another task
 * owns it, -EOVERFLOW if too deep; then nothing has changed.
 */
int tslab_domain_enter(struct tslab_domain *domain)
{
	int err = domain_check(domain);

	if (!err && domain->owner->depth == TSLAB_DOMAIN_DEPTH_MAX)
		err = -EOVERFLOW;
	if (err)
		return tslab_domain_refuse(domain, err, _RET_IP_);
	domain_enter(domain);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_domain_enter);

/**
 * tslab_domain_exit() - leave a domain
 * @domain: the domain the calling task entered last
 *
 * Context: process context; may sleep if the domain closes its epoch.
 * Return: 0; -EINVAL if @domain is NULL, an ERR_PTR or not entered, -EPERM if
 * another task owns it, -EBUSY if another domain was entered after it; then
 * nothing has changed.
 */
int tslab_domain_exit(struct tslab_domain *domain)
{
	int err = domain_check_innermost(domain);

	if (err)
		return tslab_domain_refuse(domain, err, _RET_IP_);
	domain_exit(domain);
	if (!domain->entries && domain->auto_close && READ_ONCE(domain->ts))
		tslab_epoch_close_unshared(domain->epoch, domain->id);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_domain_exit);

/**
 * tslab_domain_current() - domain the calling task entered last
 *
 * Context: any; in an interrupt there is none.
 * Return: the domain, or NULL.
 */
struct tslab_domain *tslab_domain_current(void)
{
	return tslab_scope_innermost();
}
EXPORT_SYMBOL_GPL(tslab_domain_current);

/**
 * tslab_domain_epoch() - epoch of a domain
 * @domain: the domain
 *
 * Context: any.
 * Return: id of the epoch, which may have been closed.
 */
tslab_epoch_t tslab_domain_epoch(const struct tslab_domain *domain)
{
	return (__force tslab_epoch_t)domain->id;
}
EXPORT_SYMBOL_GPL(tslab_domain_epoch);

/**
 * tslab_domain_destroy() - free a domain
 * @domain: domain of the calling task, or of one that has exited; or NULL,
 *	which is a no-op
 *
 * The epoch stays as it is.
 *
 * Context: process context; may sleep.
 * Return: 0; -EINVAL if @domain is an ERR_PTR, -EPERM if another task owns it,
 * -EBUSY if it is entered; then nothing has changed.
 */
int tslab_domain_destroy(struct tslab_domain *domain)
{
	int err;

	if (!domain)
		return 0;
	err = domain_check(domain);
	if (!err && domain->entries)
		err = -EBUSY;
	/* Nobody else could, once the owner has exited. */
	if (err == -EPERM && tslab_scope_exited(domain->owner))
		err = 0;
	if (err)
		return tslab_domain_refuse(domain, err, _RET_IP_);

	/* Keeps instance, epoch and domains of the stack where they are. */
	rcu_read_lock_sched();
	if (domain->owner->task != current)
		tslab_scope_report(domain->owner);
	domain_unbind(domain);
	rcu_read_unlock_sched();
	domain_free(domain);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_domain_destroy);

/**
 * tslab_domain_discard() - leave a domain, discard its epoch and free the domain
 * @domain: the domain the calling task entered last, once
 *
 * As tslab_domain_exit(), tslab_domain_destroy() and tslab_epoch_discard(): every
 * object in the epoch is freed, whoever has allocated it, and nobody may use them
 * any more. Other domains of the epoch stay, with nothing to allocate in.
 *
 * Context: process context; may sleep.
 * Return: number of pages given back; -EINVAL if @domain is NULL, an ERR_PTR or not
 * entered, -EPERM if another task owns it, -EBUSY if another domain was entered
 * after it, or it was entered more than once; then nothing has changed. If the
 * domain is gone, but the epoch could not be discarded, the errors of
 * tslab_epoch_discard(), or 0 if its instance was destroyed.
 */
long tslab_domain_discard(struct tslab_domain *domain)
{
	int err = domain_check_innermost(domain);
	struct tslab_epoch *epoch;
	u64 id;

	if (!err && domain->entries > 1)
		err = -EBUSY;
	if (err)
		return tslab_domain_refuse(domain, err, _RET_IP_);
	domain_exit(domain);
	id = domain->id;
	/* As in tslab_domain_destroy(). */
	rcu_read_lock_sched();
	epoch = domain_unbind(domain);
	rcu_read_unlock_sched();
	domain_free(domain);
	return likely(epoch) ? tslab_epoch_discard_in(epoch, id) : 0;
}
EXPORT_SYMBOL_GPL(tslab_domain_discard);

/**
 * tslab_domain_force_close() - close the epoch of a domain now
 * @domain: the domain; any task may do this
 *
 * The domain may be left and destroyed as before, but not be allocated in.
 *
 * Context: process context; may sleep.
 * Return: as tslab_epoch_close(); -EINVAL if @domain is NULL, an ERR_PTR or of
 * an instance that was destroyed.
 */
long tslab_domain_force_close(struct tslab_domain *domain)
{
	if (IS_ERR_OR_NULL(domain) || !READ_ONCE(domain->ts))
		return tslab_domain_refuse(domain, -EINVAL, _RET_IP_);
	return tslab_epoch_close(domain->ts, tslab_domain_epoch(domain));
}
EXPORT_SYMBOL_GPL(tslab_domain_force_close);

/* === End === */

/*
 * Cuts the domains of an instance that goes loose from it. The instance stays
 * for a grace period after this.
 */
void tslab_domains_detach(struct tslab *ts)
{
	struct tslab_domain *domain;
	struct hlist_node *next;
	unsigned int i, n = 0;

	for (i = 0; i < ts->nr_epochs; i++) {
		struct tslab_epoch *epoch = ts->epochs[i];

		if (!epoch)
			continue;
		raw_spin_lock(&epoch->domain_lock);
		hlist_for_each_entry_safe(domain, next, &epoch->domain_list,
					  node) {
			WRITE_ONCE(domain->ts, NULL);
			hlist_del_init(&domain->node);
			/* Who finds that finds the node in no list. */
			smp_store_release(&domain->epoch, &tslab_no_epoch);
			n++;
		}
		raw_spin_unlock(&epoch->domain_lock);
	}
	if (n)
		pr_warn("tslab: misuse: %s destroyed with %u domains\n",
			ts->name, n);
}
