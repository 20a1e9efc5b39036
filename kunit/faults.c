// SPDX-License-Identifier: GPL-2.0
/* Each allocation the allocator makes fails in turn. */
#include <linux/sched.h>
#include <linux/sizes.h>

#include "../tslab/handle.h"
#include "../tslab/home.h"
#include "common.h"

#ifdef CONFIG_FAULT_INJECTION

/*
 * Runs an operation with the first, the second, ... of its allocations
 * failing, until it has failed at as many as it cannot do without, and has none
 * left to fail. The operation returns whether it succeeded; it must do so
 * @spared times although a fault fired.
 */
static unsigned int fail_each_but(struct kunit *test, unsigned int spared,
				  bool (*op)(struct kunit *test, void *data),
				  void *data)
{
	unsigned int failures = 0, nth = 1, tries;

	for (tries = 0; tries < 100; tries++) {
		bool fired, ok;

		current->fail_nth = nth;
		ok = op(test, data);
		fired = !current->fail_nth;
		current->fail_nth = 0;
		if (!fired) {
			KUNIT_EXPECT_TRUE(test, ok);
			KUNIT_EXPECT_EQ(test, spared, 0);
			return failures;
		}
		failures += !ok;
		if (ok) {
			KUNIT_EXPECT_GT(test, spared, 0);
			spared--;
		}
		nth++;
	}
	KUNIT_FAIL(test, "no end of faults");
	return failures;
}

static unsigned int fail_each(struct kunit *test,
			      bool (*op)(struct kunit *test, void *data),
			      void *data)
{
	return fail_each_but(test, 0, op, data);
}

static bool create_op(struct kunit *test, void *data)
{
	struct tslab *ts = tslab_create("faults", data);
	unsigned int left = current->fail_nth;

	if (IS_ERR(ts)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(ts), -ENOMEM);
		return false;
	}
	/* Not in what follows. */
	current->fail_nth = 0;
	tslab_test_finish(test, ts);
	current->fail_nth = left;
	return true;
}

static void create_fails_cleanly(struct kunit *test)
{
	/*
	 * Instance, counters, nodes, ring, bitmap, places of the CPUs, epoch, its
	 * bins, CPU mask.
	 */
	KUNIT_EXPECT_EQ(test, fail_each(test, create_op,
					(void *)test->param_value),
			9);
}

static bool cache_op(struct kunit *test, void *data)
{
	struct tslab_cache *cache = tslab_cache_create(data, "faults", 40, NULL);
	unsigned int left = xchg(&current->fail_nth, 0);

	if (IS_ERR(cache))
		KUNIT_EXPECT_EQ(test, PTR_ERR(cache), -ENOMEM);
	else
		KUNIT_EXPECT_EQ(test, tslab_cache_destroy(cache), 0);
	current->fail_nth = left;
	return !IS_ERR(cache);
}

static void cache_fails_cleanly(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);

	/* Cache, counters. */
	KUNIT_EXPECT_EQ(test, fail_each(test, cache_op, ts), 2);
	/* Nobody is to blame. */
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->size_rejected, 0);
	tslab_test_finish(test, ts);
}

struct alloc_op {
	struct tslab *ts;
	size_t size;
};

static bool reserve_op(struct kunit *test, void *data)
{
	struct alloc_op *op = data;
	struct tslab_reserved *reserve;
	unsigned int left;

	reserve = tslab_reserve(op->ts, tslab_epoch_current(op->ts), op->size,
				20, GFP_KERNEL);
	left = xchg(&current->fail_nth, 0);
	if (IS_ERR(reserve)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(reserve), -ENOMEM);
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, op->ts, 0)
				->live_objects, 0);
	}
	tslab_reserve_end(reserve);
	current->fail_nth = left;
	return !IS_ERR(reserve);
}

static void reserve_fails_cleanly(struct kunit *test)
{
	struct alloc_op op = {
		.ts = tslab_test_create(test, NULL),
		.size = SZ_64K,
	};

	/* What remembers them; of each object, descriptor and pages. */
	KUNIT_EXPECT_GE(test, fail_each_but(test, 0, reserve_op, &op), 20);
	tslab_test_finish(test, op.ts);
}

/*
 * An epoch that has nothing yet, and no slab is ready for it; whatever fails is
 * left for what follows.
 */
static tslab_epoch_t fresh_epoch(struct tslab *ts)
{
	unsigned int left = xchg(&current->fail_nth, 0);
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);

	tslab_stock_drain();
	current->fail_nth = left;
	return epoch;
}

static bool alloc_op(struct kunit *test, void *data)
{
	struct alloc_op *op = data;
	tslab_epoch_t epoch = fresh_epoch(op->ts);
	void *obj;

	/* Its home is where it begins, and ends. */
	migrate_disable();
	obj = tslab_alloc_epoch(op->ts, epoch, op->size, GFP_KERNEL);
	migrate_enable();
	if (!obj)
		return false;
	/* Also if there was no run of pages for more of them. */
	memset(obj, 0x5a, op->size);
	tslab_free(op->ts, obj);
	return true;
}

/* Whether it can do without a run of pages, as there can be fewer. */
static bool spared_run(unsigned int class)
{
	return tslab_geometry[class].pages >
	       DIV_ROUND_UP(tslab_geometry[class].size, PAGE_SIZE);
}

/*
 * Allocations that an object can do without: the CPUs' places, which only the
 * shared tier has in an epoch of its own, and several pages in a row where there
 * can be fewer. What a home begins with from the stock is asked for again, there
 * or as a slab of the usual make: the bin, the descriptor and its page. Nothing
 * else can do without those.
 */
static unsigned int spared(const struct tslab *ts, unsigned int class)
{
	const struct tslab_type *type = &ts->type[class];

	if (ts->flags & TSLAB_SHARED_ONLY)
		return 1 + spared_run(class);
	if (type->run_units <= TSLAB_RUN_UNITS || type->small.pages)
		return 3;
	return spared_run(class);
}

/* And those that it can not. */
static unsigned int needed(const struct tslab *ts, unsigned int class)
{
	unsigned int all = ts->flags & TSLAB_SHARED_ONLY ? 4 : 3;

	return all - spared(ts, class);
}

static void alloc_fails_cleanly(struct kunit *test)
{
	unsigned int class;

	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		struct alloc_op op = {
			.ts = tslab_test_create_tier(test),
			.size = tslab_geometry[class].size,
		};
		unsigned int spares = spared(op.ts, class);
		unsigned int fails = needed(op.ts, class);
		struct tslab_stats *stats;

		KUNIT_EXPECT_EQ(test, fail_each_but(test, spares, alloc_op,
						    &op), fails);
		stats = tslab_test_stats(test, op.ts, op.size);
		KUNIT_EXPECT_EQ(test, stats->alloc_failed, fails);
		KUNIT_EXPECT_EQ(test, stats->alloc_objects, spares + 1);
		KUNIT_EXPECT_EQ(test, stats->new_slab_count, spares + 1);
		KUNIT_EXPECT_EQ(test, stats->live_objects, 0);
		tslab_test_close_all(op.ts);
		KUNIT_EXPECT_EQ(test, tslab_test_stats(test, op.ts,
						       0)->committed_bytes, 0);
		KUNIT_EXPECT_EQ(test, tslab_destroy(op.ts), 0);
	}
}

static bool handle_op(struct kunit *test, void *data)
{
	struct alloc_op *op = data;
	tslab_epoch_t epoch = fresh_epoch(op->ts);
	tslab_handle_t handle;

	migrate_disable();
	handle = tslab_alloc_handle(op->ts, epoch, op->size, GFP_KERNEL);
	migrate_enable();
	if (handle == TSLAB_HANDLE_NONE)
		return false;
	KUNIT_EXPECT_EQ(test, tslab_free_handle(op->ts, handle), 0);
	return true;
}

static void handle_of_each_class_fails_cleanly(struct kunit *test)
{
	const struct tslab_test_class *param = test->param_value;
	struct alloc_op op = {
		.ts = tslab_test_create_tier(test),
		.size = tslab_test_geometry(test)->size,
	};
	unsigned int spares = spared(op.ts, param->class);
	unsigned int fails = needed(op.ts, param->class);
	struct tslab_stats *stats;

	/* One more than for an object: the handle's entry. */
	KUNIT_EXPECT_EQ(test, fail_each_but(test, spares, handle_op, &op),
			fails + 1);
	stats = tslab_test_stats(test, op.ts, op.size);
	KUNIT_EXPECT_EQ(test, stats->alloc_failed, fails);
	/* One object was there when its handle failed, and went again. */
	KUNIT_EXPECT_EQ(test, stats->alloc_objects, spares + 2);
	KUNIT_EXPECT_EQ(test, stats->free_objects, spares + 2);
	tslab_test_close_all(op.ts);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, op.ts,
					       0)->committed_bytes, 0);
	KUNIT_EXPECT_EQ(test, tslab_destroy(op.ts), 0);
}

/* Objects beyond a slab of fewer pages than others have are none. */
static void slab_of_fewer_pages(struct kunit *test)
{
	const struct tslab_test_class *param = test->param_value;
	const struct tslab_geometry *geo = tslab_test_geometry(test);
	unsigned int least = DIV_ROUND_UP(geo->size, PAGE_SIZE);
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int n = 0, slots = least * PAGE_SIZE / geo->size;
	tslab_handle_t handle, beyond;
	void **obj;

	if (!spared_run(param->class))
		slots = tslab_geometry_slots(geo);
	obj = kunit_kcalloc(test, slots + 1, sizeof(*obj), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	/* The run of pages. */
	current->fail_nth = 4;
	handle = tslab_alloc_handle(ts, TSLAB_EPOCH_NONE, geo->size,
				    GFP_KERNEL);
	current->fail_nth = 0;
	if (!spared_run(param->class)) {
		KUNIT_EXPECT_TRUE(test, handle == TSLAB_HANDLE_NONE);
		tslab_test_finish(test, ts);
		return;
	}
	KUNIT_ASSERT_FALSE(test, handle == TSLAB_HANDLE_NONE);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->committed_bytes,
			least * PAGE_SIZE);
	for (n = 1; n < slots; n++) {
		obj[n] = tslab_alloc(ts, geo->size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj[n]);
		memset(obj[n], n, geo->size);
	}
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts,
					       geo->size)->new_slab_count, 1);
	/* The slot after the last. */
	beyond = (__force tslab_handle_t)((__force u64)handle +
					  FIELD_PREP(HANDLE_SLOT, slots));
	KUNIT_EXPECT_PTR_EQ(test, tslab_handle_to_obj(ts, beyond),
			    ERR_PTR(-EINVAL));
	obj[slots] = tslab_alloc(ts, geo->size, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts,
					       geo->size)->new_slab_count, 2);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->committed_bytes,
			(least + geo->pages) * PAGE_SIZE);
	for (n = 1; n <= slots; n++) {
		if (n < slots)
			KUNIT_EXPECT_NULL(test, memchr_inv(obj[n], n,
							   geo->size));
		tslab_free(ts, obj[n]);
	}
	KUNIT_EXPECT_EQ(test, tslab_free_handle(ts, handle), 0);
	tslab_test_close_all(ts);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->pages_released,
			least + geo->pages);
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
}

/* An object in a bin that there is no per-CPU memory for. */
static void *alloc_without_percpu(struct kunit *test, struct tslab *ts,
				  tslab_epoch_t epoch, struct tslab_bin **bin)
{
	unsigned int nth;
	void *obj;

	for (nth = 1; nth < 10; nth++) {
		current->fail_nth = nth;
		obj = tslab_alloc_epoch(ts, epoch, 64, GFP_KERNEL);
		current->fail_nth = 0;
		if (obj)
			break;
	}
	*bin = tslab_bin_of(tslab_epoch_of(ts, (__force u64)epoch),
			    tslab_type_of(ts, 64));
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_ASSERT_TRUE(test, (*bin)->cpus == &tslab_no_cpu_slab);
	return obj;
}

/* An object is allocated without memory to count it in, and freed with it. */
static void counts_balance_when_trimmed(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	unsigned int slots = tslab_geometry_slots(&tslab_type_of(ts, 64)->geo);
	tslab_epoch_t epoch = tslab_epoch_current(ts);
	struct tslab_bin *bin;
	unsigned int i;
	void **obj;

	obj = kunit_kcalloc(test, 2 * slots, sizeof(*obj), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	obj[0] = alloc_without_percpu(test, ts, epoch, &bin);
	/* All of its slab, and of one more. */
	for (i = 1; i < 2 * slots; i++) {
		obj[i] = tslab_alloc_epoch(ts, epoch, 64, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj[i]);
	}
	for (i = 1; i < slots; i++)
		tslab_free(ts, obj[i]);
	/* The first slab becomes this CPU's. */
	tslab_free(ts, tslab_alloc_epoch(ts, epoch, 64, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, tslab_slab_of(obj[0])->cpu_slab == bin->cpus);
	KUNIT_EXPECT_FALSE(test, bin->cpus == &tslab_no_cpu_slab);
	tslab_free(ts, obj[0]);
	for (i = slots; i < 2 * slots; i++)
		tslab_free(ts, obj[i]);
	KUNIT_EXPECT_GE(test, tslab_epoch_close(ts, epoch), 0);

	tslab_trim_start(ts);
	flush_work(&ts->trim_work);
	KUNIT_EXPECT_TRUE(test, bin->cpus == &tslab_no_cpu_slab);
	KUNIT_EXPECT_EQ(test, tslab_bin_live(bin), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->live_objects, 0);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 64)->alloc_objects,
			2 * slots + 1);
	tslab_test_finish(test, ts);
}

static bool realloc_op(struct kunit *test, void *data)
{
	unsigned int left = xchg(&current->fail_nth, 0);
	struct tslab *ts = data;
	void *new, *obj;

	migrate_disable();
	obj = tslab_alloc_epoch(ts, fresh_epoch(ts), 200, GFP_KERNEL);
	if (!obj) {
		migrate_enable();
		return false;
	}
	memset(obj, 0x5a, 200);
	current->fail_nth = left;
	new = tslab_realloc(ts, obj, 1024, GFP_KERNEL);
	left = xchg(&current->fail_nth, 0);
	migrate_enable();
	/* Moved, or as it was. */
	KUNIT_EXPECT_NULL(test, memchr_inv(new ?: obj, 0x5a, 200));
	KUNIT_EXPECT_EQ(test, tslab_obj_size(ts, new ?: obj),
			new ? 1024 : 256);
	tslab_free(ts, new ?: obj);
	current->fail_nth = left;
	return new;
}

static void realloc_fails_cleanly(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int class = tslab_class_of(1024);
	bool shared = ts->flags & TSLAB_SHARED_ONLY;

	/* The run has room: there is nothing but the bin to allocate. */
	KUNIT_EXPECT_EQ(test, fail_each_but(test, shared ? spared(ts, class) : 1,
					    realloc_op, ts),
			shared ? needed(ts, class) : 0);
	tslab_test_close_all(ts);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 0);
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
}

/* Whoever cannot take NULL does not get it. */
static void nofail_does_not_fail(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int left;
	void *obj;

	current->fail_nth = 1;
	obj = tslab_alloc(ts, 64, GFP_KERNEL | __GFP_NOFAIL);
	left = current->fail_nth;
	current->fail_nth = 0;
	KUNIT_EXPECT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, left, 1);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->alloc_failed, 0);
	tslab_free(ts, obj);
	tslab_test_finish(test, ts);
}

#define FAILURES	200
#define KEPT		8

static int failures_fn(struct tslab *ts)
{
	unsigned int failed = 0, i;
	void *kept[KEPT] = {};

	for (i = 0; failed < FAILURES; i++) {
		void **obj = &kept[i % KEPT];

		tslab_free(ts, *obj);
		current->fail_nth = 1 + i % 3;
		*obj = tslab_alloc(ts, TSLAB_CLASS_MAX_SIZE,
				   GFP_KERNEL | __GFP_NOWARN);
		current->fail_nth = 0;
		failed += !*obj;
		cond_resched();
	}
	for (i = 0; i < KEPT; i++)
		tslab_free(ts, kept[i]);
	return 0;
}

/* What fails for memory fails, and is counted, once in whichever epoch. */
static void failed_once_while_advancing(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);
	unsigned int n = tslab_test_while_advancing(test, ts, failures_fn);

	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->alloc_failed,
			n * FAILURES);
	tslab_test_close_all(ts);
	KUNIT_EXPECT_EQ(test, tslab_test_stats(test, ts, 0)->live_objects, 0);
	KUNIT_EXPECT_EQ(test, tslab_destroy(ts), 0);
}

static bool open_op(struct kunit *test, void *data)
{
	struct tslab *ts = data;
	tslab_epoch_t epoch = tslab_epoch_open(ts, NULL);

	if (tslab_epoch_err(epoch)) {
		KUNIT_EXPECT_EQ(test, tslab_epoch_err(epoch), -ENOMEM);
		return false;
	}
	return true;
}

static bool advance_op(struct kunit *test, void *data)
{
	struct tslab *ts = data;
	tslab_epoch_t before = tslab_epoch_current(ts);
	tslab_epoch_t epoch = tslab_epoch_advance(ts);

	if (!tslab_epoch_err(epoch))
		return true;
	KUNIT_EXPECT_EQ(test, tslab_epoch_err(epoch), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, tslab_epoch_current(ts) == before);
	return false;
}

static void epochs_fail_cleanly(struct kunit *test)
{
	struct tslab *ts = tslab_test_create_tier(test);

	/* Epoch, its bins, CPU mask; what was opened keeps its place. */
	KUNIT_EXPECT_EQ(test, fail_each(test, open_op, ts), 3);
	KUNIT_EXPECT_EQ(test, fail_each(test, advance_op, ts), 3);
	tslab_test_finish(test, ts);
}

static bool domain_op(struct kunit *test, void *data)
{
	struct tslab_domain *domain = tslab_domain_create(data);

	if (IS_ERR(domain)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(domain), -ENOMEM);
		return false;
	}
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	return true;
}

static bool wrap_op(struct kunit *test, void *data)
{
	struct tslab *ts = data;
	tslab_epoch_t epoch = tslab_epoch_current(ts);
	struct tslab_domain *domain = tslab_domain_wrap(ts, epoch, true);

	if (IS_ERR(domain)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(domain), -ENOMEM);
		/* It was never entered: the epoch is as it was. */
		KUNIT_EXPECT_EQ(test, (__force u64)tslab_epoch_current(ts),
				(__force u64)epoch);
		return false;
	}
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(domain), 0);
	return true;
}

static bool domain_open_op(struct kunit *test, void *data)
{
	struct tslab_domain *domain = tslab_domain_open(data, NULL);

	if (IS_ERR(domain)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(domain), -ENOMEM);
		KUNIT_EXPECT_NULL(test, tslab_domain_current());
		return false;
	}
	KUNIT_EXPECT_EQ(test, tslab_domain_discard(domain), 0);
	return true;
}

static void domain_fails_cleanly(struct kunit *test)
{
	struct tslab *ts = tslab_test_create(test, NULL);
	struct tslab_domain *first;

	/* The record of the task, which has room for a domain. */
	KUNIT_EXPECT_EQ(test, fail_each(test, domain_op, ts), 1);
	first = tslab_domain_create(ts);
	KUNIT_ASSERT_FALSE(test, IS_ERR(first));
	KUNIT_EXPECT_EQ(test, fail_each(test, wrap_op, ts), 1);
	/* Domain, epoch, its bins, CPU mask. */
	KUNIT_EXPECT_EQ(test, fail_each(test, domain_open_op, ts), 4);
	KUNIT_EXPECT_EQ(test, tslab_domain_destroy(first), 0);
	KUNIT_EXPECT_EQ(test, tslab_test_epoch(test, ts,
					       tslab_epoch_current(ts))->domains,
			0);
	tslab_test_finish(test, ts);
}

#else

static void create_fails_cleanly(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}

#define alloc_fails_cleanly	create_fails_cleanly
#define slab_of_fewer_pages	create_fails_cleanly
#define handle_of_each_class_fails_cleanly	create_fails_cleanly
#define realloc_fails_cleanly	create_fails_cleanly
#define cache_fails_cleanly	create_fails_cleanly
#define nofail_does_not_fail	create_fails_cleanly
#define counts_balance_when_trimmed	create_fails_cleanly
#define failed_once_while_advancing	create_fails_cleanly
#define epochs_fail_cleanly	create_fails_cleanly
#define domain_fails_cleanly	create_fails_cleanly

#endif

static struct kunit_case faults_cases[] = {
	KUNIT_CASE_PARAM(create_fails_cleanly, tslab_test_tiers),
	KUNIT_CASE_PARAM(alloc_fails_cleanly, tslab_test_tiers),
	KUNIT_CASE_PARAM(slab_of_fewer_pages, tslab_test_classes),
	KUNIT_CASE_PARAM(handle_of_each_class_fails_cleanly,
			 tslab_test_classes),
	KUNIT_CASE_PARAM(realloc_fails_cleanly, tslab_test_tiers),
	KUNIT_CASE(cache_fails_cleanly),
	KUNIT_CASE(reserve_fails_cleanly),
	KUNIT_CASE_PARAM(nofail_does_not_fail, tslab_test_tiers),
	KUNIT_CASE(counts_balance_when_trimmed),
	KUNIT_CASE_PARAM(failed_once_while_advancing, tslab_test_tiers),
	KUNIT_CASE_PARAM(epochs_fail_cleanly, tslab_test_tiers),
	KUNIT_CASE(domain_fails_cleanly),
	{}
};

static struct kunit_suite faults_suite = {
	.name = "tslab_faults",
	.test_cases = faults_cases,
};

kunit_test_suite(faults_suite);
