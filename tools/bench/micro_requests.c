// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: an epoch and a domain are opened, objects allocated there, and all
 * of it ends at once. With kmem_cache, and with kmalloc, the objects are freed
 * one by one, as there is no other way.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "micro.h"

/* Requests that are open at the same time. */
#define AT_ONCE			1000

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

static bool request_nothing(void)
{
	unsigned int i;

	for (i = 0; i < shape.objs; i++)
		micro.objs[i] = micro_nothing_alloc(GFP_KERNEL);
	return true;
}

/* Return: whether all was there. What was allocated is left. */
static bool request_fill(struct tslab_domain *domain)
{
	unsigned int i, nr = 0;

	for (i = 0; i < shape.objs; i++) {
		micro.objs[i] = tslab_domain_alloc(domain, shape.sizes[nr],
						   GFP_KERNEL);
		if (!micro.objs[i])
			return false;
		if (++nr == shape.nr_sizes)
			nr = 0;
	}
	return true;
}

/* Return: whether all was there; then it is left open. */
static bool request_open(struct tslab *ts, tslab_epoch_t *epoch)
{
	struct tslab_domain *domain;
	bool ok = false;

	*epoch = tslab_epoch_open(ts, "request");
	if (tslab_epoch_err(*epoch))
		return false;
	domain = tslab_domain_wrap(ts, *epoch, false);
	if (!IS_ERR(domain)) {
		scoped_guard(tslab_domain, domain)
			ok = request_fill(domain);
		tslab_domain_destroy(domain);
	}
	if (!ok)
		tslab_epoch_discard(ts, *epoch);
	return ok;
}

static bool request_tslab(void)
{
	tslab_epoch_t epoch;

	return request_open(micro.per_cpu, &epoch) &&
	       tslab_epoch_discard(micro.per_cpu, epoch) >= 0;
}

static bool request_tslab_shared(void)
{
	tslab_epoch_t epoch;

	return request_open(micro.shared, &epoch) &&
	       tslab_epoch_discard(micro.shared, epoch) >= 0;
}

static bool request_kmem_cache(void)
{
	unsigned int i, got, nr = 0;

	for (got = 0; got < shape.objs; got++) {
		micro.objs[got] = kmem_cache_alloc(shape.caches[nr], GFP_KERNEL);
		if (!micro.objs[got])
			break;
		if (++nr == shape.nr_sizes)
			nr = 0;
	}
	for (nr = 0, i = 0; i < got; i++) {
		kmem_cache_free(shape.caches[nr], micro.objs[i]);
		if (++nr == shape.nr_sizes)
			nr = 0;
	}
	return got == shape.objs;
}

static bool request_kmalloc(void)
{
	unsigned int i, got, nr = 0;

	for (got = 0; got < shape.objs; got++) {
		micro.objs[got] = kmalloc(shape.sizes[nr], GFP_KERNEL);
		if (!micro.objs[got])
			break;
		if (++nr == shape.nr_sizes)
			nr = 0;
	}
	for (i = 0; i < got; i++)
		kfree(micro.objs[i]);
	return got == shape.objs;
}

#define REQUESTS(allocator)						\
static bool requests_##allocator(unsigned int n)			\
{									\
	bool ok = true;							\
									\
	while (n-- && ok)						\
		ok = request_##allocator();				\
	return ok;							\
}

REQUESTS(nothing)
REQUESTS(tslab)
REQUESTS(tslab_shared)
REQUESTS(kmem_cache)
REQUESTS(kmalloc)

static const micro_run_t requests_runs[MICRO_NR_ALLOCATORS] = {
	[MICRO_nothing] = requests_nothing,
	[MICRO_tslab] = requests_tslab,
	[MICRO_tslab_shared] = requests_tslab_shared,
	[MICRO_kmem_cache] = requests_kmem_cache,
	[MICRO_kmalloc] = requests_kmalloc,
};

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
	err = micro_measure(work, requests_runs, 1);
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
	return measure_one("request256", 256);
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
		if (!request_open(ts, &epochs[got]))
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
