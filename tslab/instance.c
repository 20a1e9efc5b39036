// SPDX-License-Identifier: GPL-2.0
/* Instances: creation and destruction. */
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "debug.h"
#include "home.h"
#include "tslab.h"

/*
 * Guards changes of the list of instances and what the observer is told. Who
 * reads the list is in a section of the SRCU, and so is never in the way of
 * anything but the end of an instance.
 */
DEFINE_MUTEX(tslab_instances_lock);
DEFINE_SRCU(tslab_instances_srcu);
LIST_HEAD(tslab_instances);

const struct tslab_observer *tslab_observer;

/* Registers the one observer. Context: module init. */
void tslab_observe(const struct tslab_observer *observer)
{
	mutex_lock(&tslab_instances_lock);
	tslab_observer = observer;
	mutex_unlock(&tslab_instances_lock);
}

/* Names become directories in debugfs and label values in monitoring. */
bool tslab_name_ok(const char *name)
{
	size_t len = name ? strnlen(name, TSLAB_NAME_MAX) : 0;
	size_t i;

	if (!len || len == TSLAB_NAME_MAX || name[0] == '.')
		return false;
	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/' ||
		    name[i] == '"' || name[i] == '\\' || name[i] == '#')
			return false;
	return true;
}

#define INSTANCE_FLAGS	(TSLAB_SHARED_ONLY | TSLAB_RECLAIM_ACCOUNT | \
			 TSLAB_ACCOUNT | TSLAB_DEBUG_FLAGS)

static bool params_ok(const struct tslab_params *params)
{
	if (params->epochs && (params->epochs < TSLAB_EPOCHS_MIN ||
			       params->epochs > TSLAB_EPOCHS_MAX))
		return false;
	return params->empty_slabs <= TSLAB_EMPTY_SLABS_MAX &&
	       !(params->flags & ~INSTANCE_FLAGS);
}

static void instance_free(struct tslab *ts)
{
	unsigned int class;

	tslab_ring_exit(ts);
	for (class = 0; class < TSLAB_NR_ROWS; class++)
		tslab_type_exit(&ts->type[class]);
	free_percpu(ts->counters);
	ida_destroy(&ts->numbers);
	tslab_nodes_exit(ts);
	kfree(ts);
}

/* What the parameter has debugged of a class, and what the instance has. */
static void class_debug(struct tslab *ts, unsigned int class)
{
	unsigned int flags = (ts->flags & TSLAB_DEBUG_FLAGS) |
			     tslab_debug_class_flags(ts, class);

	tslab_debug_type(&ts->type[class], flags, tslab_class_align(class));
}

static int instance_types_init(struct tslab *ts)
{
	unsigned int class;

	ida_init(&ts->numbers);
	INIT_LIST_HEAD(&ts->types);
	ts->counters = tslab_counters_alloc(TSLAB_NR_ROWS, GFP_KERNEL);
	if (!ts->counters)
		return -ENOMEM;
	for (class = 0; class < TSLAB_NR_ROWS; class++) {
		tslab_type_init(&ts->type[class], ts, class,
				&tslab_geometry[class], ts->counters + class);
		class_debug(ts, class);
		list_add_tail(&ts->type[class].node, &ts->types);
	}
	return 0;
}

/* Context: tslab_instances_lock held. */
static int instance_add(struct tslab *ts)
{
	static u64 serial;
	struct tslab_type *type;
	struct tslab *other;
	int err;

	list_for_each_entry(other, &tslab_instances, node)
		if (!strcmp(other->name, ts->name))
			return -EEXIST;
	tslab_for_each_type(type, ts) {
		err = tslab_samples_alloc(type);
		if (err)
			return err;
	}
	ts->serial = ++serial;
	list_add_tail_rcu(&ts->node, &tslab_instances);
	if (tslab_observer)
		tslab_observer->created(ts);
	return 0;
}

/**
 * tslab_create() - make an instance
 * @name: 1 to TSLAB_NAME_MAX - 1 printable characters without blanks, slashes,
 *	quotes, backslashes and number signs, not starting with a dot; unique
 * @params: what it is made of, or NULL for the defaults
 *
 * It has an open, current epoch. The module cannot be removed while it exists.
 *
 * Context: process context; may sleep; not from reclaim.
 * Return: the instance; ERR_PTR(-EINVAL) for a bad argument, ERR_PTR(-EEXIST)
 * if the name is taken, ERR_PTR(-ENOMEM).
 */
struct tslab *tslab_create(const char *name, const struct tslab_params *params)
{
	static const struct tslab_params defaults;
	struct tslab *ts;
	int err;

	if (!params)
		params = &defaults;
	if (!tslab_name_ok(name) || !params_ok(params))
		return ERR_PTR(-EINVAL);
	if (!try_module_get(THIS_MODULE))
		return ERR_PTR(-ENODEV);

	err = -ENOMEM;
	ts = tslab_should_fail(sizeof(*ts), GFP_KERNEL) ?
	     NULL : kzalloc(sizeof(*ts), GFP_KERNEL);
	if (!ts)
		goto put;
	strscpy(ts->name, name, sizeof(ts->name));
	ts->nr_epochs = params->epochs ?: tslab_default_epochs;
	ts->max_empty = params->empty_slabs ?: tslab_default_empty_slabs;
	ts->flags = params->flags;
	ts->charges = params->flags & TSLAB_ACCOUNT;
	err = instance_types_init(ts) ?: tslab_nodes_init(ts);
	if (err)
		goto free;
	tslab_trim_init(ts);
	err = tslab_epochs_init(ts);
	if (err)
		goto free;

	mutex_lock(&tslab_instances_lock);
	err = instance_add(ts);
	mutex_unlock(&tslab_instances_lock);
	if (!err)
		return ts;

free:
	instance_free(ts);
put:
	module_put(THIS_MODULE);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(tslab_create);

/* Keeps what was counted and timed. Context: tslab_instances_lock held. */
static void instance_retire(struct tslab *ts)
{
	struct tslab_bin *bin;
	unsigned int i;

	for (i = 0; i < ts->nr_epochs; i++)
		if (ts->epochs[i])
			tslab_for_each_bin(bin, ts->epochs[i])
				tslab_stats_fold(bin);
	for (i = 0; i < TSLAB_NR_ROWS; i++) {
		tslab_stats_retire(&ts->type[i], i);
		tslab_samples_retire(&ts->type[i], i);
	}
}

/**
 * tslab_destroy() - end an instance
 * @ts: instance that nobody uses any more, or NULL, which is a no-op
 *
 * Objects that are still live are reported by epoch, label and class. Their
 * pages are not given back, as their users do not know: to free objects
 * wholesale, use tslab_epoch_discard() before. Domains of the instance can
 * only be left and destroyed afterwards.
 *
 * Context: process context; may sleep; not from reclaim, nor where
 * rcu_barrier() is not allowed, which it waits for.
 * Return: number of objects that were live.
 */
unsigned long tslab_destroy(struct tslab *ts)
{
	unsigned long live;

	if (!ts)
		return 0;
	tslab_domains_detach(ts);
	if (READ_ONCE(ts->owner))
		tslab_set_owner(ts, NULL);
	/* Objects that tslab_free_rcu() has are not left behind. */
	rcu_barrier();
	live = tslab_caches_destroy(ts);
	live += tslab_epochs_end(ts);

	mutex_lock(&tslab_instances_lock);
	if (tslab_observer)
		tslab_observer->destroyed(ts);
	instance_retire(ts);
	list_del_rcu(&ts->node);
	mutex_unlock(&tslab_instances_lock);

	synchronize_srcu(&tslab_instances_srcu);
	tslab_trim_stop(ts);
	/* Whoever is looking at a domain that was cut loose. */
	synchronize_rcu();
	tslab_stock_drain();
	instance_free(ts);
	module_put(THIS_MODULE);
	return live;
}
EXPORT_SYMBOL_GPL(tslab_destroy);
