// SPDX-License-Identifier: GPL-2.0
/*
 * What the operations of tslab cost, side by side with the same in kmem_cache
 * and kmalloc.
 *
 * Loading the module measures one work, on one CPU unless the work takes two,
 * and logs a line for each allocator:
 *   result WORK SIZE ALLOCATOR MEDIAN MIN MAX
 * in thousandths of a nanosecond per operation, over the batches, less what the
 * loop takes that the work is done in. Under QEMU with "-icount shift=0" a
 * nanosecond is an instruction of the guest. Works that measure something else
 * than time say so where they are.
 *
 * It fails with EUCLEAN if an object was left.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/module.h>

#include "micro.h"

struct micro micro = {
	.size = 128,
	/*
	 * Few enough that most batches see no timer tick, and a multiple of 64
	 * for switches that take every 64th event.
	 */
	.ops = 2048,
	.batches = 101,
	.seed = 1,
};

static char *work = "pair";
module_param(work, charp, 0444);
MODULE_PARM_DESC(work, "What is measured");
module_param_named(size, micro.size, uint, 0444);
MODULE_PARM_DESC(size, "Object size in bytes, 8 to 8192");
module_param_named(ops, micro.ops, uint, 0444);
MODULE_PARM_DESC(ops, "Operations per batch, at least, 1 to 1000000");
module_param_named(batches, micro.batches, uint, 0444);
MODULE_PARM_DESC(batches, "Batches per work, 1 to 10000");
module_param_named(others, micro.others, uint, 0444);
MODULE_PARM_DESC(others, "What there is beside the work: live objects (advance), slabs in other epochs (close, discard), slabs or instances to hold (hold_slabs, hold_instances), 0 to 1000000");
module_param_named(seed, micro.seed, uint, 0444);
MODULE_PARM_DESC(seed, "Of the order in which random frees");

static const struct {
	const char *name;
	int (*measure)(void);
} works[] = {
#define MICRO_X_ENTRY(name)	{ #name, micro_##name },
	MICRO_WORKS(MICRO_X_ENTRY)
#undef MICRO_X_ENTRY
};

static DECLARE_COMPLETION(measured);
static int result;

static int find_work(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(works); i++)
		if (!strcmp(works[i].name, work))
			return i;
#define MICRO_X_WORD(name)	" " #name
	pr_err("work=%s: not one of" MICRO_WORKS(MICRO_X_WORD) "\n", work);
#undef MICRO_X_WORD
	return -EINVAL;
}

static int out_of_range(const char *name, unsigned int value, unsigned int min,
			unsigned int max)
{
	if (value >= min && value <= max)
		return 0;
	pr_err("%s=%u: not %u to %u\n", name, value, min, max);
	return -EINVAL;
}

/* === Allocators === */

static void allocators_exit(void)
{
	if (!IS_ERR_OR_NULL(micro.typed))
		tslab_cache_destroy(micro.typed);
	if (!IS_ERR(micro.shared))
		tslab_destroy(micro.shared);
	if (!IS_ERR(micro.per_cpu))
		tslab_destroy(micro.per_cpu);
	kmem_cache_destroy(micro.cache);
	kvfree(micro.objs);
}

static int allocators_init(void)
{
	static const struct tslab_params shared = {
		.flags = TSLAB_SHARED_ONLY,
	};
	int err = -ENOMEM;

	micro.objs = kvcalloc(MICRO_LIVE, sizeof(*micro.objs), GFP_KERNEL);
	/* A cache of its own, with all that caches have on this kernel. */
	micro.cache = kmem_cache_create("tslab_micro", micro.size, 0,
					SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE,
					NULL);
	micro.per_cpu = tslab_create("micro", NULL);
	micro.shared = tslab_create("micro-shared", &shared);
	if (!IS_ERR(micro.per_cpu))
		micro.typed = tslab_cache_create(micro.per_cpu, "typed",
						 micro.size, NULL);
	if (IS_ERR(micro.per_cpu))
		err = PTR_ERR(micro.per_cpu);
	else if (IS_ERR(micro.typed))
		err = PTR_ERR(micro.typed);
	else if (IS_ERR(micro.shared))
		err = PTR_ERR(micro.shared);
	else if (micro.objs && micro.cache)
		return 0;
	allocators_exit();
	return err;
}

/* Nothing is left of a work; kmem_cache_destroy() looks itself. */
static int check_all_freed(void)
{
	struct tslab *instances[] = { micro.per_cpu, micro.shared };
	struct tslab_stats *stats;
	unsigned int i;
	int err = 0;

	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (!stats)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(instances); i++) {
		tslab_global_stats(instances[i], stats);
		if (!stats->live_objects)
			continue;
		pr_err("%s: %llu objects were left\n", work,
		       stats->live_objects);
		err = -EUCLEAN;
	}
	kfree(stats);
	return err;
}

/* === The module === */

static int measure_thread(void *data)
{
	int (*measure)(void) = data;

	result = measure();
	/* Not by returning: the module may go once it is gone. */
	kthread_complete_and_exit(&measured, 0);
}

/* On one CPU from beginning to end. */
static int measure_on_cpu(int (*measure)(void))
{
	struct task_struct *task;

	task = kthread_run_on_cpu(measure_thread, measure,
				  cpumask_first(cpu_online_mask),
				  "tslab_micro/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wait_for_completion(&measured);
	return result;
}

static int __init micro_init(void)
{
	int i = find_work();
	int err;

	if (i < 0)
		return i;
	if (out_of_range("size", micro.size, 8, TSLAB_CLASS_MAX_SIZE) ||
	    out_of_range("ops", micro.ops, 1, MICRO_MAX_OPS) ||
	    out_of_range("batches", micro.batches, 1, MICRO_MAX_BATCHES) ||
	    out_of_range("others", micro.others, 0, MICRO_MAX_OTHERS))
		return -EINVAL;
	err = allocators_init();
	if (err)
		return err;
	err = measure_on_cpu(works[i].measure);
	if (!err && strncmp(work, "hold_", 5))
		err = check_all_freed();
	if (!err)
		return 0;
	pr_err("%s: error %d\n", work, err);
	micro_release();
	allocators_exit();
	return err;
}

static void __exit micro_exit(void)
{
	micro_release();
	allocators_exit();
}

module_init(micro_init);
module_exit(micro_exit);
MODULE_DESCRIPTION("Cost of the operations of tslab, kmem_cache and kmalloc");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
