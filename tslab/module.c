// SPDX-License-Identifier: GPL-2.0
/* The module: parameters, start and end of its parts. */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>

#include "home.h"
#include "scope.h"
#include "tslab.h"

struct workqueue_struct *tslab_wq;
unsigned int tslab_default_epochs = TSLAB_EPOCHS_DEFAULT;
unsigned int tslab_default_empty_slabs = 24;

static int param_set_epochs(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, TSLAB_EPOCHS_MIN,
				     TSLAB_EPOCHS_MAX);
}

static const struct kernel_param_ops param_ops_epochs = {
	.set = param_set_epochs,
	.get = param_get_uint,
};

module_param_cb(epochs, &param_ops_epochs, &tslab_default_epochs, 0444);
MODULE_PARM_DESC(epochs, "Epochs of an instance that does not say: 2 to 4096, default 2048");

static int param_set_empty_slabs(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, TSLAB_EMPTY_SLABS_MAX);
}

static const struct kernel_param_ops param_ops_empty_slabs = {
	.set = param_set_empty_slabs,
	.get = param_get_uint,
};

module_param_cb(empty_slabs, &param_ops_empty_slabs,
		&tslab_default_empty_slabs, 0444);
MODULE_PARM_DESC(empty_slabs, "Empty slabs kept per class of an open epoch, of an instance that does not say: 1 to 1024, default 24");

static int __init tslab_init(void)
{
	int err;

	tslab_size_classes_init();
	tslab_samplers_init();
	tslab_cpu_init();
	/* What it does gives memory back: it must not wait for memory. */
	tslab_wq = alloc_workqueue("tslab", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!tslab_wq)
		return -ENOMEM;
	err = tslab_stats_init();
	if (err)
		goto wq;
	err = tslab_slab_cache_init();
	if (err)
		goto stats;
	err = tslab_bin_cache_init();
	if (err)
		goto slab_cache;
	err = tslab_epoch_cache_init();
	if (err)
		goto bin_cache;
	err = tslab_hotplug_init();
	if (err)
		goto epoch_cache;
	err = tslab_shrinker_init();
	if (err)
		goto hotplug;
	tslab_fault_init();
	tslab_files_init();
	return 0;

hotplug:
	tslab_hotplug_exit();
epoch_cache:
	tslab_epoch_cache_exit();
bin_cache:
	tslab_bin_cache_exit();
slab_cache:
	tslab_slab_cache_exit();
stats:
	tslab_stats_exit();
wq:
	destroy_workqueue(tslab_wq);
	return err;
}

static void __exit tslab_exit(void)
{
	tslab_files_exit();
	tslab_fault_exit();
	tslab_shrinker_exit();
	tslab_hotplug_exit();
	tslab_scopes_exit();
	tslab_stock_exit();
	tslab_slab_ids_exit();
	/* Descriptors of slabs that died. */
	rcu_barrier();
	tslab_epoch_cache_exit();
	tslab_bin_cache_exit();
	tslab_slab_cache_exit();
	tslab_stats_exit();
	destroy_workqueue(tslab_wq);
}

module_init(tslab_init);
module_exit(tslab_exit);
MODULE_DESCRIPTION("Slab allocator that groups objects by lifetime");
MODULE_AUTHOR("The tslab developers");
MODULE_VERSION(TSLAB_VERSION);
MODULE_LICENSE("GPL");
