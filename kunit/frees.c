// SPDX-License-Identifier: GPL-2.0
/* Frees that are refused, and frees after a grace period. */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "common.h"

/* Expects one more of a counter, and nothing else changed, by a free. */
#define EXPECT_REFUSED(test, ts, counter, call) do {			\
	struct tslab_stats *before = tslab_test_stats(test, ts, 0);	\
	struct tslab_stats *after;					\
									\
	call;								\
	after = tslab_test_stats(test, ts, 0);				\
	KUNIT_EXPECT_EQ(test, after->counter, before->counter + 1);	\
	before->counter++;						\
	KUNIT_EXPECT_MEMEQ(test, after, before, sizeof(*after));	\
} while (0)

static void double_free_in_each_slab_state(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	void *objs[3 * 21 + 1];
	unsigned int i;

	/* Slabs of 21: full ones, the last of them the CPU's, and one in use. */
	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = tslab_alloc(ts, 192, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	/* Of the slab in use. */
	tslab_free(ts, objs[ARRAY_SIZE(objs) - 1]);
	EXPECT_REFUSED(test, ts, free_double,
		       tslab_free(ts, objs[ARRAY_SIZE(objs) - 1]));
	/* Of the one in use before. */
	tslab_free(ts, objs[2 * 21]);
	EXPECT_REFUSED(test, ts, free_double, tslab_free(ts, objs[2 * 21]));
	/* Of a full slab that is partial now. */
	tslab_free(ts, objs[0]);
	EXPECT_REFUSED(test, ts, free_double, tslab_free(ts, objs[0]));
	/* Of one that is empty, and kept. */
	for (i = 1; i < ARRAY_SIZE(objs) - 1; i++)
		if (i != 2 * 21)
			tslab_free(ts, objs[i]);
	EXPECT_REFUSED(test, ts, free_double, tslab_free(ts, objs[0]));
	EXPECT_REFUSED(test, ts, free_double, tslab_free(ts, objs[40]));
	/* Of a page that is not ours any more. */
	KUNIT_EXPECT_GT(test, tslab_epoch_close(ts, tslab_epoch_current(ts)),
			0);
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, objs[0]));
	tslab_test_finish(test, ts);
}

/* In the middle of the direct map, and without a struct page. */
static void hole_of_the_memory_map(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned long pfn, end = PFN_DOWN(__pa(high_memory - 1));
	unsigned int holes = 0;

	for (pfn = 0; pfn < end; pfn += PFN_DOWN(SZ_128M)) {
		if (pfn_valid(pfn))
			continue;
		holes++;
		EXPECT_REFUSED(test, ts, free_foreign,
			       tslab_free(ts, __va(PFN_PHYS(pfn))));
	}
	tslab_test_finish(test, ts);
	if (!holes)
		kunit_skip(test, "all memory has struct pages: run with 5 GiB");
}

/* Whatever the kernel has randomised: no struct page is where users are. */
static void any_address_is_looked_at(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned long addr;

#ifdef TSLAB_PAGE_BY_OFFSET
	KUNIT_EXPECT_GE(test, (unsigned long)
			pfn_to_page(PFN_DOWN(tslab_page_span - 1)),
			(unsigned long)pfn_to_page(0));
	KUNIT_EXPECT_LE(test, tslab_page_span, -PAGE_OFFSET);
#endif
	/* Each bit on its own, and all above it. */
	for (addr = 8; addr; addr <<= 1) {
		tslab_free(ts, (void *)addr);
		tslab_free(ts, (void *)-addr);
	}
	/* 61 bits; the highest is the same in both. */
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_foreign, 122);
	tslab_test_finish(test, ts);
}

static void pointers_that_are_no_objects(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create(test, NULL);
	void *vmem = vmalloc(PAGE_SIZE), *kmem = kmalloc(128, GFP_KERNEL);
	void *foreign = tslab_alloc(other, 128, GFP_KERNEL);
	unsigned long addr;
	int on_stack;
	char *obj;

	obj = tslab_alloc(ts, 96, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_ASSERT_NOT_NULL(test, vmem);
	KUNIT_ASSERT_NOT_NULL(test, kmem);
	KUNIT_ASSERT_NOT_NULL(test, foreign);

	tslab_free(ts, NULL);
	KUNIT_EXPECT_EQ(test, tslab_test_refusals(tslab_test_stats(test, ts,
								   0)), 0);
	EXPECT_REFUSED(test, ts, free_invalid, tslab_free(ts, obj + 1));
	EXPECT_REFUSED(test, ts, free_invalid, tslab_free(ts, obj + 95));
	/* Behind the last slot. */
	addr = ALIGN_DOWN((unsigned long)obj, PAGE_SIZE) + PAGE_SIZE / 96 * 96;
	EXPECT_REFUSED(test, ts, free_invalid, tslab_free(ts, (void *)addr));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, foreign));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, &on_stack));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, vmem));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, kmem));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, tslab_create));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, (void *)8));
	EXPECT_REFUSED(test, ts, free_foreign,
		       tslab_free(ts, ERR_PTR(-ENOMEM)));
	EXPECT_REFUSED(test, ts, free_foreign,
		       tslab_free(ts, (void *)0x5a5a5a5a5a5a5a5aUL));
	EXPECT_REFUSED(test, ts, free_foreign,
		       KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, kmem), 0));
	EXPECT_REFUSED(test, ts, free_invalid,
		       KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj + 8), 0));
	tslab_free(ts, obj);
	EXPECT_REFUSED(test, ts, free_double,
		       KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, obj), 0));
	EXPECT_REFUSED(test, ts, free_double,
		       KUNIT_EXPECT_NULL(test, tslab_realloc(ts, obj, 512,
							     GFP_KERNEL)));
	kfree(kmem);
	vfree(vmem);
	tslab_free(other, foreign);
	tslab_test_finish(test, other);
	tslab_test_finish(test, ts);
}

/* Everything is an address to somebody. */
static void addresses_of_no_slab(struct kunit *test)
{
	static const char rodata[64] = "constant";
	static char data[64] = "variable";
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned long page = __get_free_page(GFP_KERNEL);
	const void *addrs[] = {
		(void *)1, (void *)2, ZERO_SIZE_PTR, (void *)63,
		(void *)(PAGE_SIZE - 1), (void *)PAGE_SIZE,
		/* What user space may have. */
		(void *)0x400000, (void *)(TASK_SIZE - 1), (void *)TASK_SIZE,
		/*
		 * No address at all, and the ends of what are some, of which
		 * NULL may be one.
		 */
		(void *)BIT_ULL(62), (void *)(PAGE_OFFSET ?: 1),
		(void *)(PAGE_OFFSET - 1), high_memory, high_memory - 1,
		(void *)-1UL, (void *)LONG_MIN, ERR_PTR(-MAX_ERRNO),
		/* What the kernel has. */
		rodata, data, current, &ts->name, ts, &init_task, __func__,
		addresses_of_no_slab, (void *)tslab_free, virt_to_page(ts),
		per_cpu_ptr(ts->type[0].counters[0], 0), ts->epochs[0],
		/* What was somebody's. */
		(void *)page,
	};
	struct rcu_head head;
	unsigned int i;

	KUNIT_ASSERT_NE(test, page, 0);
	free_page(page);
	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		void *addr = (void *)addrs[i];

		EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, addr));
		EXPECT_REFUSED(test, ts, free_foreign,
			       KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, addr),
					       0));
		EXPECT_REFUSED(test, ts, free_foreign,
			       KUNIT_EXPECT_NULL(test,
						 tslab_realloc(ts, addr, 64,
							       GFP_KERNEL)));
		EXPECT_REFUSED(test, ts, free_foreign,
			       tslab_free_rcu(ts, addr, &head));
	}
	tslab_test_finish(test, ts);
}

static void misuse_of_each_class(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab *other = tslab_test_create_tier(test);
	const struct tslab_geometry *geo = tslab_test_geometry(test);
	char *obj = tslab_alloc(ts, geo->size, GFP_KERNEL);
	char *foreign = tslab_alloc(other, geo->size, GFP_KERNEL);
	unsigned int tail = geo->span * geo->size, last = geo->span - 1;
	struct tslab_stats *stats;
	u64 invalid = 3;
	char *base;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_ASSERT_NOT_NULL(test, foreign);
	memset(obj, 0x6b, geo->size);
	base = tslab_test_slab_base(obj);

	EXPECT_REFUSED(test, ts, free_invalid, tslab_free(ts, obj + 1));
	EXPECT_REFUSED(test, ts, free_invalid,
		       tslab_free(ts, obj + geo->size / 2));
	EXPECT_REFUSED(test, ts, free_invalid,
		       tslab_free(ts, obj + geo->size - 1));
	/* Behind the last slot, if the slots leave any room. */
	if (tail < geo->pages * PAGE_SIZE) {
		EXPECT_REFUSED(test, ts, free_invalid,
			       tslab_free(ts, base + tail));
		EXPECT_REFUSED(test, ts, free_invalid,
			       tslab_free(ts, base + geo->pages * PAGE_SIZE -
					      1));
		invalid += 2;
	}
	/* A slot that was never handed out is as free as one given back. */
	if (last % 64 == 63)
		last--;
	EXPECT_REFUSED(test, ts, free_double,
		       tslab_free(ts, base + last * geo->size));
	EXPECT_REFUSED(test, ts, free_foreign, tslab_free(ts, foreign));
	EXPECT_REFUSED(test, other, free_foreign, tslab_free(other, obj));
	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0x6b, geo->size));

	tslab_free(ts, obj);
	EXPECT_REFUSED(test, ts, free_double, tslab_free(ts, obj));
	EXPECT_REFUSED(test, ts, free_double, tslab_free(ts, obj));
	/* By class, too: that of the slab, whosever it is. */
	stats = tslab_test_stats(test, ts, geo->size);
	KUNIT_EXPECT_EQ(test, stats->free_invalid, invalid);
	KUNIT_EXPECT_EQ(test, stats->free_foreign, 1);
	KUNIT_EXPECT_EQ(test, stats->free_double, 3);
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, 1);
	KUNIT_EXPECT_EQ(test, stats->free_objects, 1);
	/* The slab still gives out each of its slots once. */
	obj = tslab_alloc(ts, geo->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_PTR_EQ(test, tslab_test_slab_base(obj), (void *)base);
	tslab_free(ts, obj);
	tslab_free(other, foreign);
	tslab_test_finish(test, other);
	tslab_test_finish(test, ts);
}

struct remote_free {
	struct tslab *ts;
	void *obj;
};

/* In the hard interrupt of another CPU. */
static void remote_free(void *data)
{
	struct remote_free *remote = data;

	tslab_free(remote->ts, remote->obj);
}

static void double_free_on_another_cpu(struct kunit *test)
{
	struct remote_free remote = { .ts = tslab_test_create_tier(test) };
	bool shared = remote.ts->flags & TSLAB_SHARED_ONLY;
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct tslab_stats *stats;
	void *keep;

	/* The test is bound to the first. */
	if (cpu == cpumask_first(cpu_online_mask) ||
	    IS_ENABLED(CONFIG_PREEMPT_RT)) {
		tslab_test_finish(test, remote.ts);
		kunit_skip(test, "needs two CPUs and frees in interrupts");
	}
	keep = tslab_alloc(remote.ts, 256, GFP_KERNEL);
	remote.obj = tslab_alloc(remote.ts, 256, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, keep);
	KUNIT_ASSERT_NOT_NULL(test, remote.obj);

	/* Freed there, then here. */
	smp_call_function_single(cpu, remote_free, &remote, 1);
	stats = tslab_test_stats(test, remote.ts, 256);
	KUNIT_EXPECT_EQ(test, stats->free_objects, 1);
	KUNIT_EXPECT_EQ(test, stats->remote_free, !shared);
	EXPECT_REFUSED(test, remote.ts, free_double,
		       tslab_free(remote.ts, remote.obj));
	/* And once more there. */
	EXPECT_REFUSED(test, remote.ts, free_double,
		       smp_call_function_single(cpu, remote_free, &remote, 1));
	/* Freed here, then there. */
	remote.obj = keep;
	tslab_free(remote.ts, keep);
	EXPECT_REFUSED(test, remote.ts, free_double,
		       smp_call_function_single(cpu, remote_free, &remote, 1));
	tslab_test_finish(test, remote.ts);
}

struct rcu_object {
	long payload;
	struct rcu_head rcu;
};

static void free_rcu_waits_for_readers(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct rcu_object *objs[50];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = tslab_alloc(ts, sizeof(*objs[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		objs[i]->payload = i;
	}
	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		tslab_free_rcu(ts, objs[i], &objs[i]->rcu);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		KUNIT_EXPECT_EQ(test, objs[i]->payload, i);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(objs[0]),
			(__force u64)tslab_epoch_current(ts));
	rcu_read_unlock();
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 0);
	tslab_free_rcu(ts, NULL, NULL);
	tslab_test_finish(test, ts);
}

static void free_rcu_refuses_misuse(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct rcu_object *obj, other;

	obj = tslab_alloc(ts, sizeof(*obj), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	EXPECT_REFUSED(test, ts, free_invalid,
		       tslab_free_rcu(ts, obj, &other.rcu));
	EXPECT_REFUSED(test, ts, free_invalid,
		       tslab_free_rcu(ts, (void *)obj + 8, &obj->rcu));
	EXPECT_REFUSED(test, ts, free_foreign,
		       tslab_free_rcu(ts, &other, &other.rcu));
	tslab_free(ts, obj);
	EXPECT_REFUSED(test, ts, free_double,
		       tslab_free_rcu(ts, obj, &obj->rcu));
	rcu_barrier();
	tslab_test_finish(test, ts);
}

/* Each way to free an object again that tslab_free_rcu() has is refused. */
static void free_after_free_rcu(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct rcu_object *obj;
	tslab_handle_t handle;
	int err;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	handle = tslab_alloc_handle(ts, epoch, sizeof(*obj), GFP_KERNEL);
	obj = tslab_handle_to_obj(ts, handle);
	KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
	rcu_read_lock();
	tslab_free_rcu(ts, obj, &obj->rcu);
	tslab_free(ts, obj);
	tslab_free_rcu(ts, obj, &obj->rcu);
	err = tslab_free_handle(ts, handle);
	rcu_read_unlock();
	/* Its handle was gone at once. */
	KUNIT_EXPECT_EQ(test, err, -ENOENT);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->handle_invalid, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_double, 2);
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, epoch), 0);
	KUNIT_EXPECT_GE(test, tslab_epoch_discard(ts, epoch), -ESTALE);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->state,
			TSLAB_EPOCH_DRAINED);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_double, 2);
	tslab_test_finish(test, ts);
}

/* What tslab_free_rcu() has outlives a discard, which does not wait for it. */
static void discard_leaves_what_free_rcu_has(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	struct tslab_test_reader reader;
	struct rcu_object *obj, *first = NULL;
	struct tslab_domain *domain;
	struct tslab_stats *stats;
	unsigned int i;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	tslab_test_read(test, &reader);
	/* Of some slabs, all but the first without one. */
	for (i = 0; i < 3 * PAGE_SIZE / sizeof(*obj); i++) {
		obj = tslab_alloc_epoch(ts, epoch, sizeof(*obj), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		obj->payload = i;
		first = first ?: obj;
		if (i < 50 && i % 2 == 0)
			tslab_free_rcu(ts, obj, &obj->rcu);
	}
	KUNIT_EXPECT_GT(test, tslab_epoch_discard(ts, epoch), 0);
	/* Nor does anything else about the epoch or another instance. */
	domain = tslab_domain_create(ts);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(reader.left));
	KUNIT_EXPECT_EQ(test, first->payload, 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->state,
			TSLAB_EPOCH_DRAINING);
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
	KUNIT_EXPECT_GT(test, stats->committed_bytes, 0);
	tslab_test_read_end(&reader);
	rcu_barrier();
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->committed_bytes, 0);
	KUNIT_EXPECT_EQ(test, stats->free_double, 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts, epoch)->state,
			TSLAB_EPOCH_DRAINED);
	tslab_test_finish(test, ts);
}

/* kfree() warns, and then drops the page. */
static void kfree_of_an_object(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct page *next;
	char *obj, *other;

	obj = tslab_alloc(ts, 192, GFP_KERNEL);
	other = tslab_alloc(ts, 192, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_ASSERT_NOT_NULL(test, other);
	memset(other, 0x5a, 192);
	put_page(virt_to_page(obj));
	put_page(virt_to_page(obj));
	next = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, next);
	KUNIT_EXPECT_PTR_NE(test, next, virt_to_page(obj));
	memset(page_address(next), 0, PAGE_SIZE);
	KUNIT_EXPECT_NULL(test, memchr_inv(other, 0x5a, 192));
	__free_page(next);
	tslab_free(ts, obj);
	tslab_free(ts, other);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_kfree, 0);
	TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 192)->free_kfree, 2);
	tslab_test_finish(test, ts);
}

/* The others go, that one when it is let go. */
static void page_that_somebody_holds(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct page *page;
	char *obj;

	obj = tslab_alloc(ts, 4 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	page = virt_to_page(obj + 2 * PAGE_SIZE);
	get_page(page);
	memset(obj, 0x5a, 4 * PAGE_SIZE);
	tslab_free(ts, obj);
	TSLAB_TEST_ASSERT_EPOCH(test, tslab_epoch_advance(ts));
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->committed_bytes, 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_kfree, 0);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page), 0x5a, PAGE_SIZE));
	put_page(page);
	tslab_test_finish(test, ts);
}

static void free_rcu_of_each_class(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	const struct tslab_geometry *geo = tslab_test_geometry(test);
	unsigned int last = geo->size - sizeof(struct rcu_head);
	unsigned int i, n = 2 * tslab_geometry_slots(geo);
	char *obj;

	for (i = 0; i < n; i++) {
		obj = tslab_alloc(ts, geo->size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		if (!i) {
			/* Behind, before, partly outside. */
			EXPECT_REFUSED(test, ts, free_invalid,
				       tslab_free_rcu(ts, obj, (void *)
						      (obj + geo->size)));
			EXPECT_REFUSED(test, ts, free_invalid,
				       tslab_free_rcu(ts, obj,
						      (void *)(obj - 8)));
			EXPECT_REFUSED(test, ts, free_invalid,
				       tslab_free_rcu(ts, obj, (void *)
						      (obj + last + 8)));
			EXPECT_REFUSED(test, ts, free_invalid,
				       tslab_free_rcu(ts, obj, NULL));
		}
		/* It may have no room in any. */
		if (geo->size < sizeof(struct rcu_head)) {
			tslab_free(ts, obj);
			continue;
		}
		/* First and last place that an rcu_head has room in. */
		tslab_free_rcu(ts, obj, (void *)(obj + (i % 2 ? last : 0)));
	}
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_objects, n);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->free_double, 0);
	tslab_test_finish(test, ts);
}

static void destroy_waits_for_free_rcu(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct rcu_object *obj;
	unsigned int i;

	for (i = 0; i < 500; i++) {
		obj = tslab_alloc(ts, sizeof(*obj), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		tslab_free_rcu(ts, obj, &obj->rcu);
	}
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
}

static struct kunit_case frees_cases[] = {
	KUNIT_CASE_PARAM(double_free_in_each_slab_state, tslab_test_tiers),
	KUNIT_CASE_PARAM(hole_of_the_memory_map, tslab_test_tiers),
	KUNIT_CASE_PARAM(pointers_that_are_no_objects, tslab_test_tiers),
	KUNIT_CASE_PARAM(any_address_is_looked_at, tslab_test_tiers),
	KUNIT_CASE_PARAM(addresses_of_no_slab, tslab_test_tiers),
	KUNIT_CASE_PARAM(misuse_of_each_class, tslab_test_classes),
	KUNIT_CASE_PARAM(double_free_on_another_cpu, tslab_test_tiers),
	KUNIT_CASE_PARAM(free_rcu_waits_for_readers, tslab_test_tiers),
	KUNIT_CASE_PARAM(free_rcu_refuses_misuse, tslab_test_tiers),
	KUNIT_CASE_PARAM(free_rcu_of_each_class, tslab_test_classes),
	KUNIT_CASE_PARAM(free_after_free_rcu, tslab_test_tiers),
	KUNIT_CASE_PARAM(discard_leaves_what_free_rcu_has, tslab_test_tiers),
	KUNIT_CASE_PARAM(kfree_of_an_object, tslab_test_tiers),
	KUNIT_CASE_PARAM(page_that_somebody_holds, tslab_test_tiers),
	KUNIT_CASE_PARAM(destroy_waits_for_free_rcu, tslab_test_tiers),
	{}
};

static struct kunit_suite frees_suite = {
	.name = "tslab_frees",
	.test_cases = frees_cases,
};

kunit_test_suite(frees_suite);
