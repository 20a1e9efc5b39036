// SPDX-License-Identifier: GPL-2.0
/* Programs that do not know how long what they have lives. */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "bugs.h"

/* An epoch with an object, which has been discarded. */
static void *discarded_object(void)
{
	tslab_epoch_t epoch = tslab_epoch_open(bug_ts, "bugs");
	void *obj = bug_alloc(tslab_alloc_epoch(bug_ts, epoch, BUG_SIZE,
						GFP_KERNEL), bugs_give_back);

	tslab_epoch_discard(bug_ts, epoch);
	return obj;
}

static void write_after_discard(void)
{
	bug_write(discarded_object(), 8);
}

static void free_after_discard(void)
{
	tslab_free(bug_ts, discarded_object());
}

static void alloc_after_close(void)
{
	tslab_epoch_t epoch = tslab_epoch_open(bug_ts, "bugs");

	tslab_epoch_close(bug_ts, epoch);
	if (tslab_alloc_epoch(bug_ts, epoch, BUG_SIZE, GFP_KERNEL))
		pr_err("tslab_bugs: allocated in an epoch that is closed\n");
	else
		pr_info("tslab_bugs: refused\n");
}

static void handle_after_free(void)
{
	tslab_handle_t handle = tslab_alloc_handle(bug_ts, TSLAB_EPOCH_NONE,
						   BUG_SIZE, GFP_KERNEL);

	tslab_free_handle(bug_ts, handle);
	if (!IS_ERR(tslab_handle_to_obj(bug_ts, handle)))
		pr_err("tslab_bugs: found an object that is free\n");
}

static void handle_twice(void)
{
	tslab_handle_t handle = tslab_alloc_handle(bug_ts, TSLAB_EPOCH_NONE,
						   BUG_SIZE, GFP_KERNEL);

	tslab_free_handle(bug_ts, handle);
	tslab_free_handle(bug_ts, handle);
}

static void handle_garbage(void)
{
	tslab_free_handle(bug_ts, (__force tslab_handle_t)0x123456789abcdefULL);
}

static void handle_of_other(void)
{
	tslab_handle_t handle = tslab_alloc_handle(bug_ts, TSLAB_EPOCH_NONE,
						   BUG_SIZE, GFP_KERNEL);

	tslab_free_handle(bug_other_ts, handle);
	tslab_free_handle(bug_ts, handle);
}

/* Nobody knows of these any more. */
static void leak(const struct bug_side *side)
{
	int i;

	for (i = 0; i < 10; i++)
		bug_write(side->alloc(), 0);
}

static void leak_in_epoch(void)
{
	tslab_epoch_t epoch = tslab_epoch_open(bug_ts, "leaky");
	int i;

	for (i = 0; i < 10; i++)
		bug_write(tslab_alloc_epoch(bug_ts, epoch, BUG_SIZE, GFP_KERNEL),
			  0);
	tslab_epoch_close(bug_ts, epoch);
}

static DECLARE_COMPLETION(domain_entered);

static int domain_thread(void *ts)
{
	tslab_domain_enter(tslab_domain_create(ts));
	complete(&domain_entered);
	return 0;
}

/* A task that ends inside a domain, which is seen when that ends. */
static void leak_domain(void)
{
	struct tslab *ts = tslab_create("bugs_domain", NULL);
	struct task_struct *task;

	task = kthread_create(domain_thread, ts, "bugs");
	if (!IS_ERR(task)) {
		get_task_struct(task);
		wake_up_process(task);
		wait_for_completion(&domain_entered);
		kthread_stop(task);
		put_task_struct(task);
	}
	tslab_destroy(ts);
}

static void domain_order(void)
{
	struct tslab_domain *a = tslab_domain_create(bug_ts);
	struct tslab_domain *b = tslab_domain_create(bug_ts);

	tslab_domain_enter(a);
	tslab_domain_enter(b);
	tslab_domain_exit(a);
	tslab_domain_exit(b);
	tslab_domain_exit(a);
	tslab_domain_destroy(a);
	tslab_domain_destroy(b);
}

static void destroy_live(const struct bug_side *side)
{
	/* The other caches, as nobody can go on with one that was destroyed. */
	if (side->alloc_size == bugs_tslab_alloc_size) {
		tslab_cache_alloc(bug_other_cache, GFP_KERNEL);
		tslab_cache_destroy(bug_other_cache);
		bug_other_cache = NULL;
	} else {
		struct kmem_cache *kmem = kmem_cache_create("bugs_gone",
							    BUG_CACHE_SIZE, 0,
							    SLAB_NO_MERGE, NULL);

		kmem_cache_alloc(kmem, GFP_KERNEL);
		kmem_cache_destroy(kmem);
	}
}

static void size_zero(void)
{
	tslab_alloc(bug_ts, bug_size(0), GFP_KERNEL);
}

static void size_huge(void)
{
	tslab_alloc(bug_ts, bug_size(TSLAB_MAX_SIZE + 1), GFP_KERNEL);
}

static void zero_ctor(void)
{
	tslab_cache_free(bug_ctor_cache,
			 tslab_cache_alloc(bug_ctor_cache,
					   GFP_KERNEL | __GFP_ZERO));
}

const struct bug bugs_life[] = {
	{ "write_after_discard", "writes to an object of a discarded epoch",
	  .tslab = write_after_discard },
	{ "free_after_discard", "frees an object of a discarded epoch",
	  .tslab = free_after_discard },
	{ "alloc_after_close", "allocates in an epoch it has closed",
	  .tslab = alloc_after_close },
	{ "handle_after_free", "uses the handle of an object it has freed",
	  .tslab = handle_after_free },
	{ "handle_twice", "frees an object twice by its handle", .tslab = handle_twice },
	{ "handle_garbage", "frees by 64 bits that are no handle",
	  .tslab = handle_garbage },
	{ "handle_of_other", "uses a handle of another instance",
	  .tslab = handle_of_other },
	{ "leak", "forgets objects", leak },
	{ "leak_in_epoch", "forgets objects of an epoch that it closes",
	  .tslab = leak_in_epoch },
	{ "leak_domain", "has a task end inside a domain", .tslab = leak_domain },
	{ "domain_order", "leaves an outer domain before the inner one",
	  .tslab = domain_order },
	{ "destroy_live", "destroys a cache that has live objects", destroy_live },
	{ "size_zero", "asks for 0 bytes", .tslab = size_zero },
	{ "size_huge", "asks for more than there can be", .tslab = size_huge },
	{ "zero_ctor", "has an object zeroed that a constructor made",
	  .tslab = zero_ctor },
	{ }
};
