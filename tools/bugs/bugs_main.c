// SPDX-License-Identifier: GPL-2.0
/*
 * Runs wrong programs, to see who notices: "NAME" or "slub NAME" written to the
 * parameter "run". Reading it lists them. For machines that are thrown away after.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "bugs.h"

struct tslab *bug_ts, *bug_other_ts;
struct tslab_cache *bug_cache, *bug_other_cache, *bug_ctor_cache;
struct kmem_cache *bug_kmem;

static const struct bug * const bugs[] = { bugs_memory, bugs_free, bugs_life };

/* === Allocators === */

static bool guarded;
module_param(guarded, bool, 0400);
MODULE_PARM_DESC(guarded, "Objects are to be KFENCE's");

/* KFENCE has none that are larger. */
#define GUARDED_MAX	PAGE_SIZE

void bugs_give_back(const void *obj)
{
	tslab_free(bug_ts, obj);
}

/* Whether an object is not such a one as is tried. @free: ends it if so, later */
bool bugs_go_on(void *obj, void (*free)(const void *obj))
{
	static unsigned int tries, nr;
	static void *others[256];
	bool go_on = guarded && obj && !is_kfence_address(obj) &&
		     ++tries < 1000000;

	if (go_on)
		others[nr++] = obj;
	else
		tries = 0;
	/* Not at once: it takes a slab that has none left. */
	if (!go_on || nr == ARRAY_SIZE(others))
		while (nr)
			free(others[--nr]);
	cond_resched();
	return go_on;
}

static void *ts_alloc(void)
{
	return bug_alloc(tslab_cache_alloc(bug_cache, GFP_KERNEL), bugs_give_back);
}

static void ts_free(void *obj)
{
	tslab_cache_free(bug_cache, obj);
}

void *bugs_tslab_alloc_size(size_t size)
{
	if (size > GUARDED_MAX)
		return tslab_alloc(bug_ts, size, GFP_KERNEL);
	return bug_alloc(tslab_alloc(bug_ts, size, GFP_KERNEL), bugs_give_back);
}

static void ts_free_size(const void *obj)
{
	tslab_free(bug_ts, obj);
}

static void ts_free_rcu(void *obj)
{
	tslab_free_rcu(bug_ts, obj, obj);
}

static const struct bug_side tslab_side = {
	.alloc = ts_alloc,
	.free = ts_free,
	.alloc_size = bugs_tslab_alloc_size,
	.free_size = ts_free_size,
	.free_rcu = ts_free_rcu,
};

static void *slub_alloc(void)
{
	return bug_alloc(kmem_cache_alloc(bug_kmem, GFP_KERNEL), kfree);
}

static void slub_free(void *obj)
{
	kmem_cache_free(bug_kmem, obj);
}

static void *slub_alloc_size(size_t size)
{
	if (size > GUARDED_MAX)
		return kmalloc(size, GFP_KERNEL);
	return bug_alloc(kmalloc(size, GFP_KERNEL), kfree);
}

static void slub_free_size(const void *obj)
{
	kfree(obj);
}

struct slub_head {
	struct rcu_head rcu;
};

static void slub_free_rcu(void *obj)
{
	struct slub_head *head = obj;

	kfree_rcu(head, rcu);
}

static const struct bug_side slub_side = {
	.alloc = slub_alloc,
	.free = slub_free,
	.alloc_size = slub_alloc_size,
	.free_size = slub_free_size,
	.free_rcu = slub_free_rcu,
};

/* === What they run on === */

static void bug_ctor(void *obj)
{
	memset(obj, 0x11, BUG_CACHE_SIZE);
}

static void bugs_end(void)
{
	kmem_cache_destroy(bug_kmem);
	if (!IS_ERR_OR_NULL(bug_other_cache))
		tslab_cache_destroy(bug_other_cache);
	if (!IS_ERR_OR_NULL(bug_ctor_cache))
		tslab_cache_destroy(bug_ctor_cache);
	if (!IS_ERR_OR_NULL(bug_cache))
		tslab_cache_destroy(bug_cache);
	if (!IS_ERR_OR_NULL(bug_other_ts))
		tslab_destroy(bug_other_ts);
	if (!IS_ERR_OR_NULL(bug_ts))
		tslab_destroy(bug_ts);
	bug_ts = NULL;
}

/* Made when the first of them runs: where nobody asks, nothing is there. */
static int bugs_begin(void)
{
	static const struct tslab_cache_args with_ctor = { .ctor = bug_ctor };

	if (bug_ts)
		return 0;
	bug_ts = tslab_create("bugs", NULL);
	bug_other_ts = tslab_create("bugs_other", NULL);
	bug_kmem = kmem_cache_create("bugs", BUG_CACHE_SIZE, 0, SLAB_NO_MERGE,
				     NULL);
	if (IS_ERR(bug_ts) || IS_ERR(bug_other_ts) || !bug_kmem)
		goto end;
	bug_cache = tslab_cache_create(bug_ts, "bugs", BUG_CACHE_SIZE, NULL);
	bug_other_cache = tslab_cache_create(bug_ts, "bugs_other",
					     BUG_CACHE_SIZE, NULL);
	bug_ctor_cache = tslab_cache_create(bug_ts, "bugs_ctor", BUG_CACHE_SIZE,
					    &with_ctor);
	if (!IS_ERR(bug_cache) && !IS_ERR(bug_other_cache) &&
	    !IS_ERR(bug_ctor_cache))
		return 0;
end:
	bugs_end();
	return -ENOMEM;
}

/* === Parameter === */

static const struct bug *bug_find(const char *name)
{
	const struct bug *bug;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++)
		for (bug = bugs[i]; bug->name; bug++)
			if (sysfs_streq(name, bug->name))
				return bug;
	return NULL;
}

static int run_set(const char *val, const struct kernel_param *kp)
{
	bool slub = !strncmp(val, "slub ", 5);
	const struct bug *bug = bug_find(slub ? val + 5 : val);

	int err;

	if (!bug || (slub && !bug->run))
		return -EINVAL;
	err = bugs_begin();
	if (err)
		return err;
	if (bug->run)
		bug->run(slub ? &slub_side : &tslab_side);
	else
		bug->tslab();
	return 0;
}

/* A line "name slub|- what" each. */
static int run_get(char *buffer, const struct kernel_param *kp)
{
	const struct bug *bug;
	unsigned int i;
	int at = 0;

	for (i = 0; i < ARRAY_SIZE(bugs); i++)
		for (bug = bugs[i]; bug->name; bug++)
			at += sysfs_emit_at(buffer, at, "%s %s %s\n", bug->name,
					    bug->run ? "slub" : "-", bug->what);
	return at;
}

static const struct kernel_param_ops param_ops_run = {
	.set = run_set,
	.get = run_get,
};

module_param_cb(run, &param_ops_run, NULL, 0600);
MODULE_PARM_DESC(run, "Wrong program to run: a name, or \"slub\" and a name");

/* === The module === */

static int __init bugs_init(void)
{
	return 0;
}

static void __exit bugs_exit(void)
{
	if (bug_ts)
		bugs_end();
}

module_init(bugs_init);
module_exit(bugs_exit);
MODULE_DESCRIPTION("Wrong programs, for the tools that find them");
MODULE_LICENSE("GPL");
