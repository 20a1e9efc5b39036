// SPDX-License-Identifier: GPL-2.0
/* Domains: scopes bound to an epoch, entered and left by one task. */
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "tslab.h"

#include <trace/events/tslab.h>

#define LEAK_CHECK_INTERVAL	HZ

/**
 * struct domain_task - a task that owns domains
 * @hash: member of domain_tasks
 * @node: member of domain_task_list; domains_lock
 * @task: the task, referenced
 * @domains: domains it owns; domains_lock
 * @depth: domains it is in; written by the task alone, or under domains_lock
 *	once it has exited
 * @stack: those, innermost last; written by the task alone
 */
struct domain_task {
	struct rhash_head hash;
	struct list_head node;
	struct task_struct *task;
	unsigned int domains;
	unsigned int depth;
	struct tslab_domain *stack[TSLAB_DOMAIN_DEPTH_MAX];
};

/**
 * struct tslab_domain - a scope bound to an epoch
 * @ts: instance, or NULL once that was destroyed; domains_lock
 * @epoch: the epoch
 * @id: its id at the time
 * @owner: the task that may enter, leave and destroy it
 * @entries: how often it is on the owner's stack; written by the owner alone
 * @auto_close: the last exit closes the epoch
 * @node: member of domains; domains_lock
 */
struct tslab_domain {
	struct tslab *ts;
	struct tslab_epoch *epoch;
	u64 id;
	struct domain_task *owner;
	unsigned int entries;
	bool auto_close;
	struct list_head node;
};

static const struct rhashtable_params domain_task_params = {
	.key_len = sizeof(struct task_struct *),
	.key_offset = offsetof(struct domain_task, task),
	.head_offset = offsetof(struct domain_task, hash),
	.automatic_shrinking = true,
};

static struct rhashtable domain_tasks;
static DEFINE_MUTEX(domains_lock);
static LIST_HEAD(domain_task_list);
static LIST_HEAD(domains);

static void domains_leak_check(struct work_struct *work);
static DECLARE_DELAYED_WORK(domains_leak_work, domains_leak_check);

/* === Tasks === */

static struct domain_task *current_domain_task(void)
{
	struct task_struct *task = current;

	if (!in_task())
		return NULL;
	return rhashtable_lookup_fast(&domain_tasks, &task, domain_task_params);
}

/* Context: domains_lock held. */
static struct domain_task *domain_task_get(void)
{
	struct domain_task *dt = current_domain_task();

	if (!dt) {
		if (tslab_should_fail(sizeof(*dt), GFP_KERNEL))
			return NULL;
		dt = kzalloc(sizeof(*dt), GFP_KERNEL);
		if (!dt)
			return NULL;
		dt->task = current;
		if (rhashtable_insert_fast(&domain_tasks, &dt->hash,
					   domain_task_params)) {
			kfree(dt);
			return NULL;
		}
		get_task_struct(dt->task);
		list_add(&dt->node, &domain_task_list);
		schedule_delayed_work(&domains_leak_work, LEAK_CHECK_INTERVAL);
	}
	dt->domains++;
	return dt;
}

/* Context: domains_lock held. */
static void domain_task_put(struct domain_task *dt)
{
	if (--dt->domains)
		return;
	rhashtable_remove_fast(&domain_tasks, &dt->hash, domain_task_params);
	list_del(&dt->node);
	put_task_struct(dt->task);
	kfree(dt);
}

static bool domain_task_exited(const struct domain_task *dt)
{
	return READ_ONCE(dt->task->exit_state);
}

/* Name of the instance, which may be gone. */
static const char *domain_instance(const struct tslab_domain *domain)
{
	const struct tslab *ts = READ_ONCE(domain->ts);

	return ts ? ts->name : "?";
}

/*
 * Says that a task exited inside of domains; its stack, which may name domains
 * that are destroyed from here on, is not looked at again.
 *
 * Context: domains_lock held, the task has exited.
 */
static void domain_task_report(struct domain_task *dt)
{
	if (!dt->depth)
		return;
	pr_warn("tslab: misuse: %s[%d] exited inside %u domains, the innermost of instance %s\n",
		dt->task->comm, task_pid_nr(dt->task), dt->depth,
		domain_instance(dt->stack[dt->depth - 1]));
	dt->depth = 0;
}

static void domains_leak_check(struct work_struct *work)
{
	struct domain_task *dt;

	guard(mutex)(&domains_lock);
	list_for_each_entry(dt, &domain_task_list, node)
		if (domain_task_exited(dt))
			domain_task_report(dt);
	if (!list_empty(&domain_task_list))
		schedule_delayed_work(&domains_leak_work, LEAK_CHECK_INTERVAL);
}

/* === Helpers === */

static int domain_refuse(const struct tslab_domain *domain, int err,
			 unsigned long caller)
{
	struct tslab *ts = IS_ERR_OR_NULL(domain) ? NULL : domain->ts;

	tslab_misuse(ts, TSLAB_NO_CLASS, TSLAB_MISUSE_DOMAIN, -err, caller);
	return err;
}

/* Whether the calling task may enter, leave or destroy the domain. */
static int domain_check(const struct tslab_domain *domain)
{
	if (IS_ERR_OR_NULL(domain))
		return -EINVAL;
	if (!in_task() || domain->owner->task != current)
		return -EPERM;
	return 0;
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
	struct tslab_domain *domain;

	if (tslab_should_fail(sizeof(*domain), GFP_KERNEL))
		return ERR_PTR(-ENOMEM);
	domain = kzalloc(sizeof(*domain), GFP_KERNEL);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	domain->ts = ts;
	domain->id = (__force u64)epoch;
	domain->auto_close = auto_close;
	domain->epoch = tslab_epoch_bind(ts, domain->id);
	if (IS_ERR(domain->epoch)) {
		long err = PTR_ERR(domain->epoch);

		kfree(domain);
		return ERR_PTR(err);
	}

	mutex_lock(&domains_lock);
	domain->owner = domain_task_get();
	if (domain->owner)
		list_add(&domain->node, &domains);
	mutex_unlock(&domains_lock);
	if (!domain->owner) {
		tslab_epoch_unbind(domain->epoch, domain->id);
		kfree(domain);
		return ERR_PTR(-ENOMEM);
	}
	return domain;
}
EXPORT_SYMBOL_GPL(tslab_domain_wrap);

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
	struct domain_task *dt;

	if (err)
		return domain_refuse(domain, err, _RET_IP_);
	dt = domain->owner;
	if (dt->depth == TSLAB_DOMAIN_DEPTH_MAX)
		return domain_refuse(domain, -EOVERFLOW, _RET_IP_);
	dt->stack[dt->depth++] = domain;
	domain->entries++;
	trace_tslab_domain_enter(domain_instance(domain),
				 tslab_id_index(domain->id),
				 tslab_id_era(domain->id), dt->depth);
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
	int err = domain_check(domain);
	struct domain_task *dt;

	if (err)
		return domain_refuse(domain, err, _RET_IP_);
	dt = domain->owner;
	if (!domain->entries)
		return domain_refuse(domain, -EINVAL, _RET_IP_);
	if (dt->stack[dt->depth - 1] != domain)
		return domain_refuse(domain, -EBUSY, _RET_IP_);
	trace_tslab_domain_exit(domain_instance(domain),
				tslab_id_index(domain->id),
				tslab_id_era(domain->id), dt->depth);
	dt->depth--;
	if (!--domain->entries && domain->auto_close && domain->ts)
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
	struct domain_task *dt = current_domain_task();

	return dt && dt->depth ? dt->stack[dt->depth - 1] : NULL;
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
 * tslab_domain_alloc() - allocate an object in the epoch of a domain
 * @domain: the domain, entered or not
 * @size: as for tslab_alloc()
 * @gfp: as for tslab_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_alloc_epoch() or if @domain is NULL, an
 * ERR_PTR or of an instance that was destroyed.
 */
void *tslab_domain_alloc(struct tslab_domain *domain, size_t size, gfp_t gfp)
{
	if (IS_ERR_OR_NULL(domain) || !domain->ts) {
		domain_refuse(domain, -EINVAL, _RET_IP_);
		return NULL;
	}
	return tslab_alloc_id(domain->ts, domain->id, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(tslab_domain_alloc);

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
	if (err == -EPERM && domain_task_exited(domain->owner))
		err = 0;
	if (err)
		return domain_refuse(domain, err, _RET_IP_);

	mutex_lock(&domains_lock);
	if (domain_task_exited(domain->owner))
		domain_task_report(domain->owner);
	if (domain->ts)
		tslab_epoch_unbind(domain->epoch, domain->id);
	list_del(&domain->node);
	domain_task_put(domain->owner);
	mutex_unlock(&domains_lock);
	kfree(domain);
	return 0;
}
EXPORT_SYMBOL_GPL(tslab_domain_destroy);

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
	if (IS_ERR_OR_NULL(domain) || !domain->ts)
		return domain_refuse(domain, -EINVAL, _RET_IP_);
	return tslab_epoch_close(domain->ts, tslab_domain_epoch(domain));
}
EXPORT_SYMBOL_GPL(tslab_domain_force_close);

/* === Set-up and end === */

/* Cuts the domains of an instance that goes loose from it. */
void tslab_domains_detach(struct tslab *ts)
{
	struct tslab_domain *domain;
	unsigned int n = 0;

	guard(mutex)(&domains_lock);
	list_for_each_entry(domain, &domains, node) {
		if (domain->ts == ts) {
			WRITE_ONCE(domain->ts, NULL);
			n++;
		}
	}
	if (n)
		pr_warn("tslab: misuse: %s destroyed with %u domains\n",
			ts->name, n);
}

int __init tslab_domains_init(void)
{
	return rhashtable_init(&domain_tasks, &domain_task_params);
}

void tslab_domains_exit(void)
{
	cancel_delayed_work_sync(&domains_leak_work);
	rhashtable_destroy(&domain_tasks);
}
