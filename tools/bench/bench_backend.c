// SPDX-License-Identifier: GPL-2.0
/* The allocators that are compared, behind one interface. */
#include <linux/slab.h>

#include "bench.h"

/* === tslab === */

static int tslab_start_flags(struct bench *bench, unsigned int flags)
{
	const struct tslab_params params = {
		/* Room for epochs that drain while others are in use. */
		.epochs = TSLAB_EPOCHS_MAX,
		.flags = flags,
	};

	bench->ts = tslab_create("bench", &params);
	return PTR_ERR_OR_ZERO(bench->ts);
}

static int percpu_start(struct bench *bench)
{
	return tslab_start_flags(bench, 0);
}

static int shared_start(struct bench *bench)
{
	return tslab_start_flags(bench, TSLAB_SHARED_ONLY);
}

static void ts_stop(struct bench *bench)
{
	tslab_destroy(bench->ts);
}

static void *ts_alloc(struct bench *bench, u64 phase)
{
	if (!phase)
		return tslab_alloc(bench->ts, bench->options.size, GFP_KERNEL);
	return tslab_alloc_epoch(bench->ts, (__force tslab_epoch_t)phase,
				 bench->options.size, GFP_KERNEL);
}

static void ts_free(struct bench *bench, void *obj)
{
	tslab_free(bench->ts, obj);
}

static u64 ts_phase_open(struct bench *bench, const char *label)
{
	tslab_epoch_t epoch = tslab_epoch_open(bench->ts, label);

	return tslab_epoch_err(epoch) ? 0 : (__force u64)epoch;
}

static void ts_phase_close(struct bench *bench, u64 phase)
{
	tslab_epoch_close(bench->ts, phase ? (__force tslab_epoch_t)phase :
					     tslab_epoch_current(bench->ts));
}

/* A domain of its own, and nothing is freed one by one. */
static unsigned int ts_request(struct bench *bench, unsigned int n)
{
	struct tslab_domain *domain = tslab_domain_open(bench->ts, "request");
	unsigned int got;
	void *obj;

	if (IS_ERR(domain))
		return 0;
	for (got = 0; got < n; got++) {
		obj = tslab_domain_alloc(domain, bench->options.size,
					 GFP_KERNEL);
		if (!obj)
			break;
		*(u64 *)obj = got;
	}
	tslab_domain_discard(domain);
	return got;
}

static void ts_stats(struct bench *bench, struct tslab_stats *stats)
{
	tslab_class_stats(bench->ts, bench->options.size, stats);
}

#define TSLAB_OPS					\
	.stop = ts_stop,				\
	.alloc = ts_alloc,				\
	.free = ts_free,				\
	.phase_open = ts_phase_open,			\
	.phase_close = ts_phase_close,			\
	.request = ts_request,				\
	.stats = ts_stats

static const struct bench_backend percpu_backend = {
	.name = "tslab",
	.start = percpu_start,
	TSLAB_OPS
};

static const struct bench_backend shared_backend = {
	.name = "tslab_shared",
	.start = shared_start,
	TSLAB_OPS
};

/* === Allocators without phases === */

static u64 no_phase_open(struct bench *bench, const char *label)
{
	return 0;
}

static void no_phase_close(struct bench *bench, u64 phase)
{
}

/* The same request, freed one by one. */
static unsigned int single_request(struct bench *bench, unsigned int n)
{
	unsigned int done;
	void *list = NULL;

	for (done = 0; done < n; done++) {
		void **obj = bench->backend->alloc(bench, 0);

		if (!obj)
			break;
		*obj = list;
		list = obj;
	}
	while (list) {
		void *obj = list;

		list = *(void **)obj;
		bench->backend->free(bench, obj);
	}
	return done;
}

/* Stays after a run, so that its pages can be read in /sys/kernel/slab. */
static struct kmem_cache *last_cache;

static int cache_start(struct bench *bench)
{
	bench_backends_exit();
	/* A cache of its own, with all that caches have on this kernel. */
	last_cache = kmem_cache_create("tslab_bench", bench->options.size, 0,
				       SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE,
				       NULL);
	bench->cache = last_cache;
	return last_cache ? 0 : -ENOMEM;
}

static void cache_stop(struct bench *bench)
{
	kmem_cache_shrink(bench->cache);
}

static void *cache_alloc(struct bench *bench, u64 phase)
{
	return kmem_cache_alloc(bench->cache, GFP_KERNEL);
}

static void cache_free(struct bench *bench, void *obj)
{
	kmem_cache_free(bench->cache, obj);
}

static const struct bench_backend cache_backend = {
	.name = "kmem_cache",
	.start = cache_start,
	.stop = cache_stop,
	.alloc = cache_alloc,
	.free = cache_free,
	.phase_open = no_phase_open,
	.phase_close = no_phase_close,
	.request = single_request,
};

static int kmalloc_start(struct bench *bench)
{
	return 0;
}

static void kmalloc_stop(struct bench *bench)
{
}

static void *kmalloc_alloc(struct bench *bench, u64 phase)
{
	return kmalloc(bench->options.size, GFP_KERNEL);
}

static void kmalloc_free(struct bench *bench, void *obj)
{
	kfree(obj);
}

static const struct bench_backend kmalloc_backend = {
	.name = "kmalloc",
	.start = kmalloc_start,
	.stop = kmalloc_stop,
	.alloc = kmalloc_alloc,
	.free = kmalloc_free,
	.phase_open = no_phase_open,
	.phase_close = no_phase_close,
	.request = single_request,
};

const struct bench_backend * const bench_backends[] = {
	&percpu_backend, &shared_backend, &cache_backend, &kmalloc_backend,
};

/* By index of bench_backends, ended by NULL. */
const char * const bench_backend_names[] = {
	"tslab", "tslab_shared", "kmem_cache", "kmalloc", NULL
};

void bench_backends_exit(void)
{
	kmem_cache_destroy(last_cache);
	last_cache = NULL;
}
