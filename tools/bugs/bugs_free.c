// SPDX-License-Identifier: GPL-2.0
/* Programs that free what they must not. */
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "bugs.h"

static void free_twice(const struct bug_side *side)
{
	void *obj = side->alloc(), *other = side->alloc();

	side->free(obj);
	side->free(bug_hide(obj));
	side->free(other);
}

/* With another object freed between both, which hides it from a look at the first. */
static void free_twice_apart(const struct bug_side *side)
{
	void *obj = side->alloc(), *other = side->alloc();

	side->free(obj);
	side->free(other);
	side->free(bug_hide(obj));
}

struct free_work {
	struct work_struct work;
	const struct bug_side *side;
	void *obj;
};

static void free_on_cpu(struct work_struct *work)
{
	struct free_work *free = container_of(work, struct free_work, work);

	free->side->free(free->obj);
}

static void free_twice_cpus(const struct bug_side *side)
{
	struct free_work free = { .side = side, .obj = side->alloc() };
	void *other = side->alloc();

	INIT_WORK_ONSTACK(&free.work, free_on_cpu);
	side->free(free.obj);
	schedule_work_on(num_online_cpus() - 1, &free.work);
	flush_work(&free.work);
	destroy_work_on_stack(&free.work);
	side->free(other);
}

static void free_twice_large(const struct bug_side *side)
{
	void *obj = side->alloc_size(40000);

	side->free_size(obj);
	side->free_size(bug_hide(obj));
}

static void free_then_rcu(const struct bug_side *side)
{
	void *obj = side->alloc_size(BUG_SIZE);

	side->free_size(obj);
	side->free_rcu(bug_hide(obj));
	rcu_barrier();
}

static void rcu_then_free(const struct bug_side *side)
{
	void *obj = side->alloc_size(BUG_SIZE);

	side->free_rcu(obj);
	side->free_size(bug_hide(obj));
	rcu_barrier();
}

static void rcu_twice(const struct bug_side *side)
{
	void *obj = side->alloc_size(BUG_SIZE);

	side->free_rcu(obj);
	side->free_rcu(bug_hide(obj));
	rcu_barrier();
}

static void free_inner(const struct bug_side *side)
{
	void *obj = side->alloc();

	side->free(obj + 8);
	side->free(obj);
}

static void free_stack(const struct bug_side *side)
{
	u64 here[16];
	u64 *obj = here;

	side->free(bug_hide(obj));
}

static void free_static(const struct bug_side *side)
{
	static u64 here[16];
	u64 *obj = here;

	side->free(bug_hide(obj));
}

static void free_page_of(const struct bug_side *side)
{
	void *page = (void *)__get_free_page(GFP_KERNEL);

	side->free(page);
	free_page((unsigned long)page);
}

static void free_error(const struct bug_side *side)
{
	void *obj = ERR_PTR(-ENOMEM);

	side->free(bug_hide(obj));
}

static void free_kmalloc_tslab(void)
{
	void *obj = kmalloc(BUG_SIZE, GFP_KERNEL);

	tslab_free(bug_ts, obj);
	kfree(obj);
}

static void kfree_of_tslab(void)
{
	void *obj = bugs_tslab_alloc_size(BUG_SIZE);

	kfree(obj);
	tslab_free(bug_ts, obj);
	/* The page has gone by then. */
	tslab_epoch_advance(bug_ts);
}

static void wrong_cache(const struct bug_side *side)
{
	void *obj = side->alloc_size(BUG_SIZE);

	side->free(obj);
}

static void wrong_instance(void)
{
	void *obj = bugs_tslab_alloc_size(BUG_SIZE);

	tslab_free(bug_other_ts, obj);
	tslab_free(bug_ts, obj);
}

static void wrong_tslab_cache(void)
{
	void *obj = bug_alloc(tslab_cache_alloc(bug_cache, GFP_KERNEL),
			      bugs_give_back);

	tslab_cache_free(bug_other_cache, obj);
	tslab_cache_free(bug_cache, obj);
}

const struct bug bugs_free[] = {
	{ "free_twice", "frees an object twice", free_twice },
	{ "free_twice_apart", "frees it, another one, and it again", free_twice_apart },
	{ "free_twice_cpus", "frees it on one CPU and on another", free_twice_cpus },
	{ "free_twice_large", "frees an object of 40,000 bytes twice", free_twice_large },
	{ "free_then_rcu", "frees it, and after a grace period again", free_then_rcu },
	{ "rcu_then_free", "frees it before the grace period it was freed after is over",
	  rcu_then_free },
	{ "rcu_twice", "frees it after a grace period twice", rcu_twice },
	{ "free_inner", "frees a pointer into its object", free_inner },
	{ "free_stack", "frees a variable of its stack", free_stack },
	{ "free_static", "frees a variable of the module", free_static },
	{ "free_page", "frees a page as an object", free_page_of },
	{ "free_error", "frees an ERR_PTR()", free_error },
	{ "free_kmalloc", "frees what kmalloc() gave it", .tslab = free_kmalloc_tslab },
	{ "kfree", "gives an object to kfree()", .tslab = kfree_of_tslab },
	{ "wrong_cache", "frees an object of no cache as one of a cache", wrong_cache },
	{ "wrong_tslab_cache", "frees an object of one cache as another's",
	  .tslab = wrong_tslab_cache },
	{ "wrong_instance", "frees an object of one instance as another's",
	  .tslab = wrong_instance },
	{ }
};
