// SPDX-License-Identifier: GPL-2.0
/* NUMA: on which node objects are. The guest has one without memory. */
#include <linux/prandom.h>
#include <linux/topology.h>

#include "common.h"

static int nodes_init(struct kunit *test)
{
	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "the machine has one node");
	return 0;
}

static int node_of(const void *obj)
{
	return page_to_nid(virt_to_page(obj));
}

/* Where what this CPU allocates is to be. Context: bound to it. */
static int node_here(void)
{
	return numa_nearest_node(numa_mem_id(), N_MEMORY);
}

static int node_without_memory(void)
{
	int node;

	for_each_online_node(node)
		if (!node_state(node, N_MEMORY))
			return node;
	return NUMA_NO_NODE;
}

/* Slabs, pages and hits of all nodes, misses and foreigns, have to add up. */
static void expect_balance(struct kunit *test, struct tslab *ts)
{
	struct tslab_stats *stats = tslab_test_stats(test, ts, 0);
	u64 pages = 0, hits = 0, misses = 0, foreigns = 0;
	int nid;

	for_each_online_node(nid) {
		struct tslab_node node;

		tslab_node_sum(ts, nid, &node);
		pages += node.pages;
		hits += node.slab_hit;
		misses += node.slab_miss;
		foreigns += node.slab_foreign;
	}
	KUNIT_EXPECT_EQ(test, pages * PAGE_SIZE, stats->committed_bytes);
	KUNIT_EXPECT_EQ(test, hits + misses, stats->new_slab_count);
	KUNIT_EXPECT_EQ(test, misses, foreigns);
}

static void finish(struct kunit *test, struct tslab *ts)
{
	struct tslab_node node;
	int nid;

	tslab_test_close_all(ts);
	for_each_online_node(nid) {
		tslab_node_sum(ts, nid, &node);
		KUNIT_EXPECT_EQ(test, node.slabs, 0);
	}
	tslab_test_finish(test, ts);
}

#define SHARED_OBJS	512

struct exchange {
	struct tslab *ts;
	struct tslab_cache *cache;
	void *obj[SHARED_OBJS];
	atomic_t near;
	atomic_t far;
};

/* Each object is freed by whichever CPU comes to its place next. */
static int exchange_fn(void *data)
{
	struct exchange *x = data;
	unsigned int near = 0, far = 0, i;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, raw_smp_processor_id());
	for (i = 0; i < 20000; i++) {
		u32 random = prandom_u32_state(&rnd);
		void *obj = random & BIT(31) ?
			    tslab_cache_alloc(x->cache, GFP_KERNEL) :
			    tslab_alloc(x->ts, 1 + random % 512, GFP_KERNEL);

		if (!obj)
			return -ENOMEM;
		if (node_of(obj) == node_here())
			near++;
		else
			far++;
		obj = xchg(&x->obj[random / 512 % SHARED_OBJS], obj);
		if (obj)
			tslab_free(x->ts, obj);
		if (i % 256 == 0)
			cond_resched();
	}
	atomic_add(near, &x->near);
	atomic_add(far, &x->far);
	return 0;
}

static void on_the_node_of_the_cpu(struct kunit *test)
{
	struct exchange *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, x);
	x->ts = tslab_test_create_tier(test);
	x->cache = tslab_cache_create(x->ts, "exchange", 72, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(x->cache));
	tslab_test_on_all_cpus(test, exchange_fn, x);
	KUNIT_EXPECT_EQ(test, atomic_read(&x->near) + atomic_read(&x->far),
			20000 * num_online_cpus());
	KUNIT_EXPECT_GE(test, atomic_read(&x->near),
			99 * 200 * num_online_cpus());
	kunit_info(test, "%d of %d objects on another node\n",
		   atomic_read(&x->far), 20000 * num_online_cpus());
	expect_balance(test, x->ts);
	for (i = 0; i < SHARED_OBJS; i++)
		if (x->obj[i])
			tslab_free(x->ts, x->obj[i]);
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(x->cache), 0);
	finish(test, x->ts);
}

struct asked {
	struct tslab *ts;
	struct tslab_cache *cache;
	atomic_t wrong;
};

static int asked_fn(void *data)
{
	static const size_t size[] = { 8, 128, 1100, 5000, 8192, 20000 };
	struct asked *asked = data;
	void *obj[120];
	unsigned int i;
	int node;

	for_each_node_state(node, N_MEMORY) {
		for (i = 0; i < ARRAY_SIZE(obj); i++) {
			gfp_t gfp = GFP_KERNEL | (i & 1 ? __GFP_THISNODE : 0);

			obj[i] = i % 3 ?
				 tslab_alloc_node(asked->ts, size[i % 6], gfp,
						  node) :
				 tslab_cache_alloc_node(asked->cache, gfp,
							node);
			if (!obj[i])
				return -ENOMEM;
			if (node_of(obj[i]) != node)
				atomic_inc(&asked->wrong);
		}
		for (i = 0; i < ARRAY_SIZE(obj); i++)
			tslab_free(asked->ts, obj[i]);
	}
	return 0;
}

static void on_the_node_asked_for(struct kunit *test)
{
	struct asked asked = { .ts = tslab_test_create_tier(test) };
	void *obj;

	asked.cache = tslab_cache_create(asked.ts, "asked", 300, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(asked.cache));
	tslab_test_on_all_cpus(test, asked_fn, &asked);
	KUNIT_EXPECT_EQ(test, atomic_read(&asked.wrong), 0);
	obj = tslab_alloc_node(asked.ts, 8, GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	tslab_free(asked.ts, obj);
	obj = tslab_cache_alloc_node(asked.cache, GFP_KERNEL | __GFP_ZERO,
				     NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, 300));
	tslab_free(asked.ts, obj);
	expect_balance(test, asked.ts);
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(asked.cache), 0);
	finish(test, asked.ts);
}

static void asked_for_in_scope(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_domain *domain;
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);
	void *obj, *outside;

	TSLAB_TEST_ASSERT_EPOCH(test, epoch);
	domain = tslab_domain_wrap(ts, epoch, false);
	KUNIT_ASSERT_FALSE(test, IS_ERR(domain));
	outside = tslab_alloc_node(ts, 64, GFP_KERNEL, 1);
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	obj = tslab_alloc_node(ts, 64, GFP_KERNEL | __GFP_THISNODE, 1);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, node_of(obj), 1);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch_of(obj), (__force u64)epoch);
	KUNIT_EXPECT_NE(test, tslab_test_epoch_of(outside), (__force u64)epoch);
	/* It refuses what its epoch refuses. */
	tslab_domain_exit(domain);
	KUNIT_EXPECT_EQ(test, tslab_epoch_close(ts, epoch), 0);
	KUNIT_EXPECT_EQ(test, tslab_domain_enter(domain), 0);
	KUNIT_EXPECT_NULL(test, tslab_alloc_node(ts, 64, GFP_KERNEL, 0));
	KUNIT_EXPECT_NULL(test, tslab_alloc_node(ts, 64, GFP_KERNEL, 1));
	tslab_domain_exit(domain);
	tslab_free(ts, obj);
	tslab_free(ts, outside);
	tslab_domain_destroy(domain);
	finish(test, ts);
}

static long nearest_fn(void *data)
{
	struct exchange *x = data;
	unsigned int i, round;

	/* What it has had once, it does with. */
	for (round = 0; round < 50; round++) {
		for (i = 0; i < SHARED_OBJS; i++) {
			x->obj[i] = tslab_alloc(x->ts, 256, GFP_KERNEL);
			if (!x->obj[i])
				return -ENOMEM;
			if (node_of(x->obj[i]) == node_here())
				atomic_inc(&x->near);
		}
		for (i = 0; i < SHARED_OBJS; i++)
			tslab_free(x->ts, x->obj[i]);
	}
	return 0;
}

/* Return: how many slabs it took on a CPU of a node. */
static u64 nearest_slabs(struct kunit *test, struct exchange *x, int node)
{
	u64 slabs;

	x->ts = tslab_test_create_tier(test);
	atomic_set(&x->near, 0);
	KUNIT_EXPECT_EQ(test, work_on_cpu(cpumask_first(cpumask_of_node(node)),
					  nearest_fn, x), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&x->near), 50 * SHARED_OBJS);
	slabs = tslab_test_stats(test, x->ts, 256)->new_slab_count;
	finish(test, x->ts);
	return slabs;
}

static void cpu_without_memory(struct kunit *test)
{
	struct exchange *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	int node = node_without_memory();
	u64 slabs;

	KUNIT_ASSERT_NOT_NULL(test, x);
	if (node == NUMA_NO_NODE)
		kunit_skip(test, "each node has memory");
	slabs = nearest_slabs(test, x, first_memory_node);
	KUNIT_EXPECT_EQ(test, nearest_slabs(test, x, node), slabs);
}

/* Slabs of which every other object is free, that no CPU has. */
static void make_partial(struct kunit *test, struct exchange *x, int node)
{
	unsigned int i;

	for (i = 0; i < SHARED_OBJS; i++) {
		x->obj[i] = tslab_alloc_node(x->ts, 256, GFP_KERNEL |
					     __GFP_THISNODE, node);
		KUNIT_ASSERT_NOT_NULL(test, x->obj[i]);
		KUNIT_EXPECT_EQ(test, node_of(x->obj[i]), node);
	}
	for (i = 0; i < SHARED_OBJS; i += 2) {
		tslab_free(x->ts, x->obj[i]);
		x->obj[i] = NULL;
	}
}

static long reuse_fn(void *data)
{
	struct exchange *x = data;
	unsigned int i;

	for (i = 0; i < SHARED_OBJS / 2; i += 2) {
		x->obj[i] = tslab_alloc(x->ts, 256, GFP_KERNEL);
		if (!x->obj[i])
			return -ENOMEM;
	}
	return 0;
}

/* A CPU takes what is free on a node before it takes new pages. */
static void expect_reuse(struct kunit *test, struct exchange *x, int cpu,
			 long (*fn)(void *data), int node)
{
	u64 slabs = tslab_test_stats(test, x->ts, 256)->new_slab_count;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, work_on_cpu(cpu, fn, x), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, x->ts,
					       256)->new_slab_count, slabs);
	for (i = 0; i < SHARED_OBJS; i++)
		if (x->obj[i]) {
			KUNIT_EXPECT_EQ(test, node_of(x->obj[i]), node);
			tslab_free(x->ts, x->obj[i]);
		}
	finish(test, x->ts);
}

static void nearest_with_something_free(struct kunit *test)
{
	struct exchange *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	int node = node_without_memory(), nearest;

	KUNIT_ASSERT_NOT_NULL(test, x);
	if (node == NUMA_NO_NODE)
		kunit_skip(test, "each node has memory");
	nearest = numa_nearest_node(node, N_MEMORY);
	x->ts = tslab_test_create_tier(test);
	make_partial(test, x, nearest);
	expect_reuse(test, x, cpumask_first(cpumask_of_node(node)), reuse_fn,
		     nearest);
}

static long no_pages_fn(void *data)
{
	struct exchange *x = data;
	unsigned int fired;

	/* The slab that is tried for on the CPU's own node. */
	current->fail_nth = 1;
	x->obj[0] = tslab_alloc(x->ts, 256, GFP_KERNEL);
	fired = !current->fail_nth;
	current->fail_nth = 0;
	return x->obj[0] && fired ? 0 : -ENOMEM;
}

static void others_when_there_are_no_pages(struct kunit *test)
{
	struct exchange *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	int node = next_node(first_memory_node, node_states[N_MEMORY]);

	KUNIT_ASSERT_NOT_NULL(test, x);
	x->ts = tslab_test_create_tier(test);
	make_partial(test, x, node);
	expect_reuse(test, x,
		     cpumask_first(cpumask_of_node(first_memory_node)),
		     no_pages_fn, node);
}

static void node_that_has_none(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_stats *stats;
	int node = node_without_memory();
	struct tslab_node sum;
	void *obj;

	if (node == NUMA_NO_NODE)
		kunit_skip(test, "each node has memory");
	obj = tslab_alloc_node(ts, 64, GFP_KERNEL, node);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, node_of(obj), numa_nearest_node(node, N_MEMORY));
	KUNIT_EXPECT_NULL(test, tslab_alloc_node(ts, 64, __GFP_NOWARN |
						 GFP_KERNEL | __GFP_THISNODE,
						 node));
	KUNIT_EXPECT_NULL(test, tslab_alloc_node(ts, 64, __GFP_NOWARN |
						 GFP_NOWAIT | __GFP_THISNODE,
						 node));
	stats = tslab_test_stats(test, ts, 64);
	KUNIT_EXPECT_EQ(test, stats->alloc_failed, 2);
	tslab_node_sum(ts, node, &sum);
	KUNIT_EXPECT_EQ(test, sum.slabs, 0);
	KUNIT_EXPECT_EQ(test, sum.slab_foreign, 1);
	tslab_free(ts, obj);
	finish(test, ts);
}

static void nodes_that_are_none(struct kunit *test)
{
	static const int bad[] = { -2, INT_MIN, INT_MAX, MAX_NUMNODES };
	struct tslab *ts = tslab_test_create_tier(test);
	struct tslab_cache *cache = tslab_cache_create(ts, "none", 24, NULL);
	struct tslab_stats *stats;
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_NULL(test, tslab_alloc_node(ts, 64, GFP_KERNEL,
							 bad[i]));
		KUNIT_EXPECT_NULL(test, tslab_cache_alloc_node(cache,
							       GFP_KERNEL,
							       bad[i]));
	}
	KUNIT_EXPECT_NULL(test, tslab_alloc_node(ts, 0, GFP_KERNEL, 0));
	KUNIT_EXPECT_NULL(test, tslab_alloc_node(ts, 64, GFP_DMA, 0));
	stats = tslab_test_stats(test, ts, 0);
	KUNIT_EXPECT_EQ(test, stats->alloc_failed, 2 * ARRAY_SIZE(bad) + 1);
	KUNIT_EXPECT_EQ(test, stats->size_rejected, 1);
	KUNIT_EXPECT_EQ(test, stats->new_slab_count, 0);
	KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
	finish(test, ts);
}

/* What goes when memory is short on one of them. */
static void shrinker_leaves_other_nodes(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_epoch *epoch = tslab_epoch_of(ts, ts->current_id);
	struct tslab_node node[2], left[2];
	unsigned int i, n = 0;
	int nid, nids[2];
	void **objs = kunit_kcalloc(test, SHARED_OBJS, sizeof(*objs),
				    GFP_KERNEL);
	long pages = 0;

	KUNIT_ASSERT_NOT_NULL(test, objs);
	for_each_node_state(nid, N_MEMORY)
		if (n < 2)
			nids[n++] = nid;
	for (i = 0; i < SHARED_OBJS; i++) {
		objs[i] = tslab_alloc_node(ts, 128,
					   GFP_KERNEL | __GFP_THISNODE,
					   nids[i % 2]);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	for (i = 0; i < SHARED_OBJS; i++)
		tslab_free(ts, objs[i]);
	for (i = 0; i < 2; i++) {
		tslab_node_sum(ts, nids[i], &node[i]);
		KUNIT_EXPECT_GT(test, node[i].pages, 0);
	}

	pages = tslab_cpu_shrink(epoch, nids[1]);
	tslab_bin_reclaim(tslab_bin_of(epoch, tslab_type_of(ts, 128)), nids[1],
			  &pages);
	for (i = 0; i < 2; i++)
		tslab_node_sum(ts, nids[i], &left[i]);
	KUNIT_EXPECT_EQ(test, pages, node[1].pages);
	KUNIT_EXPECT_EQ(test, left[1].pages, 0);
	KUNIT_EXPECT_EQ(test, left[0].pages, node[0].pages);
	finish(test, ts);
}

static struct kunit_case nodes_cases[] = {
	KUNIT_CASE_PARAM(on_the_node_of_the_cpu, tslab_test_tiers),
	KUNIT_CASE_PARAM(on_the_node_asked_for, tslab_test_tiers),
	KUNIT_CASE_PARAM(asked_for_in_scope, tslab_test_tiers),
	KUNIT_CASE_PARAM(cpu_without_memory, tslab_test_tiers),
	KUNIT_CASE_PARAM(nearest_with_something_free, tslab_test_tiers),
	KUNIT_CASE_PARAM(others_when_there_are_no_pages, tslab_test_tiers),
	KUNIT_CASE_PARAM(node_that_has_none, tslab_test_tiers),
	KUNIT_CASE_PARAM(nodes_that_are_none, tslab_test_tiers),
	KUNIT_CASE(shrinker_leaves_other_nodes),
	{}
};

static struct kunit_suite nodes_suite = {
	.name = "tslab_nodes",
	.init = nodes_init,
	.test_cases = nodes_cases,
};

kunit_test_suite(nodes_suite);
