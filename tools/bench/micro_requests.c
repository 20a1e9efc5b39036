// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: an epoch is opened with a domain, objects are allocated there, and all
 * of it ends at once. With kmem_cache, and with kmalloc, the objects are freed
 * one by one, as there is no other way.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "micro.h"

/* Requests that are open at the same time. */
#define AT_ONCE			1000
/* Objects of the largest request. */
#define OBJS_MAX		256

/* What a request allocates, in turn. */
#define SIZES_MAX		5
static const size_t four_sizes[] = { 64, 128, 256, 512 };
static const size_t five_sizes[SIZES_MAX] = { 32, 64, 128, 256, 512 };

/**
 * struct shape - what a request is like
 * @objs: how many objects
 * @nr_sizes: of how many sizes
 * @sizes: those
 * @caches: one for each
 */
static struct shape {
	unsigned int objs;
	unsigned int nr_sizes;
	size_t sizes[SIZES_MAX];
	struct kmem_cache *caches[SIZES_MAX];
} shape;

/* === A request === */

static __always_inline bool request_nothing(void **objs)
{
	unsigned int i;

	for (i = 0; i < shape.objs; i++)
		objs[i] = micro_nothing_alloc(GFP_KERNEL);
	return true;
}

/* Return: whether all was there. What was allocated is left. */
static bool request_fill(struct tslab_domain *domain, void **objs)
{
	unsigned int i, nr = 0;

	for (i = 0; i < shape.objs; i++) {
		objs[i] = tslab_domain_alloc(domain, shape.sizes[nr],
					     GFP_KERNEL);
		if (!objs[i])
			return false;
		if (++nr == shape.nr_sizes)
			nr = 0;
	}
	return true;
}

static bool request_of(struct tslab *ts, void **objs)
{
	struct tslab_domain *domain = tslab_domain_open(ts, "request");
	bool ok;

	if (IS_ERR(domain))
		return false;
	ok = request_fill(domain, objs);
	return tslab_domain_discard(domain) >= 0 && ok;
}

static __always_inline bool request_tslab(void **objs)
{
	return request_of(micro.per_cpu, objs);
}

static __always_inline bool request_tslab_shared(void **objs)
{
	return request_of(micro.shared, objs);
}

static __always_inline bool request_kmem_cache(void **objs)
{
	unsigned int i, got, nr = 0;

	for (got = 0; got < shape.objs; got++) {
		objs[got] = kmem_cache_alloc(shape.caches[nr], GFP_KERNEL);
		if (!objs[got])
			break;
		if (++nr == shape.nr_sizes)
			nr = 0;
	}
	for (nr = 0, i = 0; i < got; i++) {
		kmem_cache_free(shape.caches[nr], objs[i]);
		if (++nr == shape.nr_sizes)
			nr = 0;
	}
	return got == shape.objs;
}

static __always_inline bool request_kmalloc(void **objs)
{
	unsigned int i, got, nr = 0;

	for (got = 0; got < shape.objs; got++) {
		objs[got] = kmalloc(shape.sizes[nr], GFP_KERNEL);
		if (!objs[got])
			break;
		if (++nr == shape.nr_sizes)
			nr = 0;
	}
	for (i = 0; i < got; i++)
		kfree(objs[i]);
	return got == shape.objs;
}

#define REQUESTS(cpu, allocator, objs)					\
static bool cpu##_##allocator(unsigned int n)				\
{									\
	bool ok = true;							\
									\
	while (n-- && ok)						\
		ok = request_##allocator(objs);				\
	return ok;							\
}

/* All of them. */
#define REQUESTS_RUNS(cpu, objs)					\
	REQUESTS(cpu, nothing, objs)					\
	REQUESTS(cpu, tslab, objs)					\
	REQUESTS(cpu, tslab_shared, objs)				\
	REQUESTS(cpu, kmem_cache, objs)					\
	REQUESTS(cpu, kmalloc, objs)					\
static const micro_run_t cpu##_runs[MICRO_NR_ALLOCATORS] = {		\
	[MICRO_nothing] = cpu##_nothing,				\
	[MICRO_tslab] = cpu##_tslab,					\
	[MICRO_tslab_shared] = cpu##_tslab_shared,			\
	[MICRO_kmem_cache] = cpu##_kmem_cache,				\
	[MICRO_kmalloc] = cpu##_kmalloc,				\
};

/* Where both write their pointers, they share no cache line. */
REQUESTS_RUNS(first, micro.objs)
REQUESTS_RUNS(second, micro.objs + OBJS_MAX)

/* === Works === */

static void shape_exit(void)
{
	while (shape.nr_sizes--)
		kmem_cache_destroy(shape.caches[shape.nr_sizes]);
}

static int shape_init(unsigned int objs, const size_t *sizes,
		      unsigned int nr_sizes)
{
	char name[32];

	shape.objs = objs;
	for (shape.nr_sizes = 0; shape.nr_sizes < nr_sizes; shape.nr_sizes++) {
		unsigned int nr = shape.nr_sizes;

		snprintf(name, sizeof(name), "tslab_micro_%zu", sizes[nr]);
		shape.sizes[nr] = sizes[nr];
		shape.caches[nr] = kmem_cache_create(name, sizes[nr], 0,
						     SLAB_HWCACHE_ALIGN |
						     SLAB_NO_MERGE, NULL);
		if (!shape.caches[nr]) {
			shape_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

static int measure(const char *work, unsigned int objs, const size_t *sizes,
		   unsigned int nr_sizes)
{
	int err = shape_init(objs, sizes, nr_sizes);

	if (err)
		return err;
	err = micro_measure(work, first_runs, 1);
	shape_exit();
	return err;
}

static int measure_one(const char *work, unsigned int objs)
{
	const size_t size = micro.size;

	return measure(work, objs, &size, 1);
}

/* The size of the result is none. */
static int measure_several(const char *work, unsigned int objs,
			   const size_t *sizes, unsigned int nr_sizes)
{
	unsigned int size = micro.size;
	int err;

	micro.size = 0;
	err = measure(work, objs, sizes, nr_sizes);
	micro.size = size;
	return err;
}

int micro_request4(void)
{
	return measure_several("request4", 4, four_sizes,
			       ARRAY_SIZE(four_sizes));
}

int micro_request16(void)
{
	return measure_one("request16", 16);
}

int micro_request64(void)
{
	return measure_one("request64", 64);
}

int micro_request256(void)
{
	return measure_one("request256", OBJS_MAX);
}

/* On two CPUs at once, each its own. */
int micro_request16_cpus(void)
{
	const size_t size = micro.size;
	int err = shape_init(16, &size, 1);

	if (err)
		return err;
	err = micro_measure_at_once("request16_cpus", first_runs, second_runs);
	shape_exit();
	return err;
}

/* === Beside others === */

/* Objects of those that are open meanwhile. */
#define OTHERS_OBJS		(AT_ONCE * 16)

/**
 * struct others - requests that have begun and do not end
 * @per_cpu: epochs of one instance, with their objects
 * @shared: of the other
 * @cached: objects of the cache
 * @kmalloced: objects of kmalloc
 */
struct others {
	tslab_epoch_t per_cpu[AT_ONCE];
	tslab_epoch_t shared[AT_ONCE];
	void *cached[OTHERS_OBJS];
	void *kmalloced[OTHERS_OBJS];
};

/* Return: whether all was there; then it is left open. */
static bool request_open(struct tslab *ts, tslab_epoch_t *epoch, void **objs)
{
	struct tslab_domain *domain;
	bool ok = false;

	*epoch = tslab_epoch_open(ts, "request");
	if (tslab_epoch_err(*epoch))
		return false;
	domain = tslab_domain_wrap(ts, *epoch, false);
	if (!IS_ERR(domain)) {
		scoped_guard(tslab_domain, domain)
			ok = request_fill(domain, objs);
		tslab_domain_destroy(domain);
	}
	if (!ok)
		tslab_epoch_discard(ts, *epoch);
	return ok;
}

static bool others_open(struct tslab *ts, tslab_epoch_t *epochs)
{
	unsigned int i;

	for (i = 0; i < AT_ONCE; i++)
		if (!request_open(ts, &epochs[i], micro.objs)) {
			epochs[i] = TSLAB_EPOCH_NONE;
			return false;
		}
	return true;
}

/* Return: whether all are there. */
static bool others_begin(struct others *others)
{
	unsigned int i;

	for (i = 0; i < OTHERS_OBJS; i++) {
		others->cached[i] = kmem_cache_alloc(shape.caches[0],
						     GFP_KERNEL);
		others->kmalloced[i] = kmalloc(micro.size, GFP_KERNEL);
		if (!others->cached[i] || !others->kmalloced[i])
			return false;
	}
	return others_open(micro.per_cpu, others->per_cpu) &&
	       others_open(micro.shared, others->shared);
}

static void others_discard(struct tslab *ts, const tslab_epoch_t *epochs)
{
	unsigned int i;

	for (i = 0; i < AT_ONCE && epochs[i] != TSLAB_EPOCH_NONE; i++)
		tslab_epoch_discard(ts, epochs[i]);
}

static void others_end(struct others *others)
{
	unsigned int i;

	others_discard(micro.per_cpu, others->per_cpu);
	others_discard(micro.shared, others->shared);
	for (i = 0; i < OTHERS_OBJS; i++) {
		if (others->cached[i])
			kmem_cache_free(shape.caches[0], others->cached[i]);
		kfree(others->kmalloced[i]);
	}
}

/* While many others are open; of kmem_cache, as many objects live. */
int micro_request16_open(void)
{
	const size_t size = micro.size;
	struct others *others;
	int err;

	others = kvzalloc(sizeof(*others), GFP_KERNEL);
	if (!others)
		return -ENOMEM;
	err = shape_init(16, &size, 1);
	if (err)
		goto out;
	err = -ENOMEM;
	if (others_begin(others))
		err = micro_measure("request16_open", first_runs, 1);
	others_end(others);
	shape_exit();
out:
	kvfree(others);
	return err;
}

/* === Parts === */

/* Of the life of an epoch; each is a result of its own. */
#define PARTS(X)		\
	X(open)			\
	X(wrap)			\
	X(enter)		\
	X(first)		\
	X(second)		\
	X(exit)			\
	X(destroy)		\
	X(discard)

#define X_PART(name)	PART_##name,
enum part { PARTS(X_PART) NR_PARTS };
#undef X_PART

#define X_NAME(name)	"request_part_" #name,
static const char * const part_names[] = { PARTS(X_NAME) };
#undef X_NAME

/* Does something and notes what it took. */
#define TIMED(part, op)							\
({									\
	u64 __start = ktime_get_ns();					\
	typeof(op) __ret = (op);					\
									\
	took[PART_##part] = ktime_get_ns() - __start;			\
	__ret;								\
})

static int time_parts(u64 *took)
{
	struct tslab *ts = micro.per_cpu;
	struct tslab_domain *domain;
	tslab_epoch_t epoch;
	bool ok;

	epoch = TIMED(open, tslab_epoch_open(ts, "request"));
	if (tslab_epoch_err(epoch))
		return tslab_epoch_err(epoch);
	domain = TIMED(wrap, tslab_domain_wrap(ts, epoch, false));
	if (IS_ERR(domain)) {
		tslab_epoch_discard(ts, epoch);
		return PTR_ERR(domain);
	}
	TIMED(enter, tslab_domain_enter(domain));
	ok = TIMED(first, tslab_domain_alloc(domain, micro.size, GFP_KERNEL));
	ok &= !!TIMED(second, tslab_domain_alloc(domain, micro.size,
						 GFP_KERNEL));
	TIMED(exit, tslab_domain_exit(domain));
	TIMED(destroy, tslab_domain_destroy(domain));
	TIMED(discard, tslab_epoch_discard(ts, epoch));
	return ok ? 0 : -ENOMEM;
}

/* What each part takes of a request with two objects. */
int micro_request_parts(void)
{
	struct micro_times times[NR_PARTS] = { };
	s64 clock_ps = micro_clock_ps();
	struct micro_pace pace;
	u64 took[NR_PARTS];
	unsigned int part;
	int i, err = -ENOMEM;

	for (part = 0; part < NR_PARTS; part++)
		if (micro_times_init(&times[part], micro.batches))
			goto out;
	micro_pace_init(&pace, MICRO_WARM_UP, micro.batches);
	while ((i = micro_pace_next(&pace)) != MICRO_OVER) {
		err = time_parts(took);
		if (err)
			goto out;
		for (part = 0; part < NR_PARTS && i >= 0; part++)
			times[part].ps[i] = took[part] * 1000 - clock_ps;
	}
	for (part = 0; part < NR_PARTS; part++) {
		times[part].nr = pace.done;
		micro_times_log(&times[part], part_names[part], MICRO_tslab, 0);
	}
out:
	for (part = 0; part < NR_PARTS; part++)
		micro_times_exit(&times[part]);
	return err;
}

/* === Memory === */

static u64 bytes_held(struct tslab *ts, struct tslab_stats *stats)
{
	tslab_global_stats(ts, stats);
	return stats->committed_bytes + stats->metadata_bytes;
}

static void log_memory(const char *what, u64 value)
{
	unsigned int size = micro.size;

	micro.size = 0;
	micro_log(what, MICRO_tslab, value * 1000, value * 1000, value * 1000);
	micro.size = size;
}

/* What so many take that are open together: pages of one, KiB of all. */
static int measure_memory(struct tslab *ts, tslab_epoch_t *epochs,
			  struct tslab_stats *stats)
{
	unsigned int got;
	u64 before;
	bool all;

	before = bytes_held(ts, stats);
	for (got = 0; got < AT_ONCE; got++) {
		if (!request_open(ts, &epochs[got], micro.objs))
			break;
		if (got)
			continue;
		tslab_global_stats(ts, stats);
		log_memory("request_mixed_pages",
			   stats->committed_bytes / PAGE_SIZE);
	}
	all = got == AT_ONCE;
	if (all)
		log_memory("requests_1000_kib",
			   (bytes_held(ts, stats) - before) / 1024);
	while (got--)
		tslab_epoch_discard(ts, epochs[got]);
	return all ? 0 : -ENOMEM;
}

static int mixed_memory(void)
{
	static const struct tslab_params params = {
		.epochs = TSLAB_EPOCHS_MAX,
	};
	struct tslab *ts = tslab_create("micro-requests", &params);
	struct tslab_stats *stats;
	tslab_epoch_t *epochs;
	int err = -ENOMEM;

	if (IS_ERR(ts))
		return PTR_ERR(ts);
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	epochs = kvcalloc(AT_ONCE, sizeof(*epochs), GFP_KERNEL);
	if (stats && epochs)
		err = measure_memory(ts, epochs, stats);
	kvfree(epochs);
	kfree(stats);
	if (tslab_destroy(ts) && !err)
		err = -EUCLEAN;
	return err;
}

/* Objects of five sizes: what it takes, and what is held meanwhile. */
int micro_request_mixed(void)
{
	int err = measure_several("request_mixed", 16, five_sizes, SIZES_MAX);

	if (!err)
		err = shape_init(16, five_sizes, SIZES_MAX);
	if (err)
		return err;
	err = mixed_memory();
	shape_exit();
	return err;
}
