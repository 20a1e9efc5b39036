// SPDX-License-Identifier: GPL-2.0
/*
 * What an allocation and the free of it cost: tslab, kmem_cache and kmalloc
 * side by side, objects of one size, on one CPU.
 *
 * Loading the module measures all works in turn and logs a line for each:
 *   work SIZE NAME MIN MEDIAN MAX
 * in thousandths of a nanosecond per pair, over the batches, less what the
 * loop takes that the work is done in. Under QEMU with "-icount shift=0" a
 * nanosecond is an instruction of the guest.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/stringify.h>
#include <linux/tslab.h>

/* Objects of a burst: all are allocated, then all are freed. */
#define BURST		16
/* Instructions of the work that shows what the clock counts. */
#define NOPS		100
#define MAX_PAIRS	1000000
#define MAX_BATCHES	10000
/* Batches of each work before those that count. */
#define WARM_UP		16

static unsigned int size = 128;
module_param(size, uint, 0444);
MODULE_PARM_DESC(size, "Object size in bytes, 8 to 8192");

/*
 * Few enough that most batches see no timer tick, and a multiple of 64 for
 * switches that take every 64th event.
 */
static unsigned int pairs = 1600;
module_param(pairs, uint, 0444);
MODULE_PARM_DESC(pairs, "Pairs per batch, a multiple of 16, to 1000000");

static unsigned int batches = 101;
module_param(batches, uint, 0444);
MODULE_PARM_DESC(batches, "Batches per work, 1 to 10000");

static struct tslab *per_cpu, *shared;
static struct kmem_cache *cache;
static u64 *took;

/* === Allocators === */

/* Nothing, for what the loop around the others takes. */
static char scratch;

static __always_inline void *nothing_alloc(void)
{
	void *obj = &scratch;

	OPTIMIZER_HIDE_VAR(obj);
	return obj;
}

static __always_inline void nothing_free(void *obj)
{
	asm volatile("" : : "r" (obj));
}

static __always_inline void nops_free(void *obj)
{
	asm volatile(".rept " __stringify(NOPS) "\n\tnop\n\t.endr"
		     : : "r" (obj));
}

static __always_inline void *per_cpu_alloc(void)
{
	return tslab_alloc(per_cpu, size, GFP_KERNEL);
}

static __always_inline void per_cpu_free(void *obj)
{
	tslab_free(per_cpu, obj);
}

static __always_inline void *shared_alloc(void)
{
	return tslab_alloc(shared, size, GFP_KERNEL);
}

static __always_inline void shared_free(void *obj)
{
	tslab_free(shared, obj);
}

static __always_inline void *cache_alloc(void)
{
	return kmem_cache_alloc(cache, GFP_KERNEL);
}

static __always_inline void cache_free(void *obj)
{
	kmem_cache_free(cache, obj);
}

/* As in tslab_alloc(), the compiler does not know the size. */
static __always_inline void *kmalloc_alloc(void)
{
	return kmalloc(size, GFP_KERNEL);
}

static __always_inline void kmalloc_free(void *obj)
{
	kfree(obj);
}

/* === Patterns === */

/*
 * Both are inlined with what they call, so that the calls are direct ones.
 * Return: whether all allocations succeeded.
 */
static __always_inline bool run_hot(unsigned int n, void *(*alloc)(void),
				    void (*free)(void *obj))
{
	while (n--) {
		void *obj = alloc();

		if (unlikely(!obj))
			return false;
		free(obj);
	}
	return true;
}

static __always_inline bool run_burst(unsigned int n, void *(*alloc)(void),
				      void (*free)(void *obj))
{
	void *obj[BURST];
	unsigned int i, got;

	for (; n; n -= BURST) {
		for (got = 0; got < BURST; got++) {
			obj[got] = alloc();
			if (unlikely(!obj[got]))
				break;
		}
		for (i = 0; i < got; i++)
			free(obj[i]);
		if (unlikely(got < BURST))
			return false;
	}
	return true;
}

/* === Works === */

enum pattern { HOT, BURSTS, NR_PATTERNS };

#define WORK(name, pattern, alloc, free)				\
	static noinline bool name(unsigned int n)			\
	{								\
		return run_##pattern(n, alloc, free);			\
	}

WORK(nothing_hot, hot, nothing_alloc, nothing_free)
WORK(nothing_burst, burst, nothing_alloc, nothing_free)
WORK(nops_hot, hot, nothing_alloc, nops_free)
WORK(nops_burst, burst, nothing_alloc, nops_free)
WORK(per_cpu_hot, hot, per_cpu_alloc, per_cpu_free)
WORK(per_cpu_burst, burst, per_cpu_alloc, per_cpu_free)
WORK(shared_hot, hot, shared_alloc, shared_free)
WORK(shared_burst, burst, shared_alloc, shared_free)
WORK(cache_hot, hot, cache_alloc, cache_free)
WORK(cache_burst, burst, cache_alloc, cache_free)
WORK(kmalloc_hot, hot, kmalloc_alloc, kmalloc_free)
WORK(kmalloc_burst, burst, kmalloc_alloc, kmalloc_free)

/* A pattern's first work is its loop alone; the later ones are less that. */
static const struct work {
	const char *name;
	enum pattern pattern;
	bool (*run)(unsigned int n);
} works[] = {
	{ "loop_hot",		HOT,	nothing_hot },
	{ "loop_burst",		BURSTS,	nothing_burst },
	{ "nops_hot",		HOT,	nops_hot },
	{ "nops_burst",		BURSTS,	nops_burst },
	{ "tslab_hot",		HOT,	per_cpu_hot },
	{ "tslab_burst",	BURSTS,	per_cpu_burst },
	{ "tslab_shared_hot",	HOT,	shared_hot },
	{ "tslab_shared_burst",	BURSTS,	shared_burst },
	{ "kmem_cache_hot",	HOT,	cache_hot },
	{ "kmem_cache_burst",	BURSTS,	cache_burst },
	{ "kmalloc_hot",	HOT,	kmalloc_hot },
	{ "kmalloc_burst",	BURSTS,	kmalloc_burst },
};

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Fills took[] with the time of each batch, in order. */
static int time_batches(const struct work *work)
{
	unsigned int i;

	for (i = 0; i < WARM_UP; i++)
		if (!work->run(pairs))
			return -ENOMEM;
	for (i = 0; i < batches; i++) {
		u64 start = ktime_get_ns();
		bool ok = work->run(pairs);

		took[i] = ktime_get_ns() - start;
		if (!ok)
			return -ENOMEM;
		cond_resched();
	}
	sort(took, batches, sizeof(*took), compare, NULL);
	return 0;
}

/* Thousandths of a nanosecond per pair. */
static s64 per_pair(u64 ns, u64 loop_ns)
{
	return div_s64((s64)(ns - loop_ns) * 1000, pairs);
}

static int measure(void)
{
	bool have_loop[NR_PATTERNS] = { };
	u64 loop_ns[NR_PATTERNS] = { };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(works); i++) {
		const struct work *work = &works[i];
		u64 *loop = &loop_ns[work->pattern];
		u64 median;
		int err;

		err = time_batches(work);
		if (err) {
			pr_err("%s: no memory\n", work->name);
			return err;
		}
		median = took[batches / 2];
		pr_info("work %u %s %lld %lld %lld\n", size, work->name,
			per_pair(took[0], *loop), per_pair(median, *loop),
			per_pair(took[batches - 1], *loop));
		if (!have_loop[work->pattern]) {
			have_loop[work->pattern] = true;
			*loop = median;
		}
	}
	return 0;
}

static int __init pair_init(void)
{
	static const struct tslab_params shared_only = {
		.flags = TSLAB_SHARED_ONLY,
	};
	int err = -ENOMEM;

	if (size < 8 || size > TSLAB_MAX_SIZE) {
		pr_err("size=%u: not 8 to %u\n", size, TSLAB_MAX_SIZE);
		return -EINVAL;
	}
	if (!pairs || pairs > MAX_PAIRS || pairs % BURST) {
		pr_err("pairs=%u: no multiple of %u, %u to %u\n", pairs, BURST,
		       BURST, MAX_PAIRS);
		return -EINVAL;
	}
	if (!batches || batches > MAX_BATCHES) {
		pr_err("batches=%u: not 1 to %u\n", batches, MAX_BATCHES);
		return -EINVAL;
	}

	took = kvcalloc(batches, sizeof(*took), GFP_KERNEL);
	if (!took)
		return -ENOMEM;
	/* SLAB_NOLEAKTRACE keeps it from being merged, on any kernel. */
	cache = kmem_cache_create("tslab_pair", size, 0,
				  SLAB_HWCACHE_ALIGN | SLAB_NOLEAKTRACE,
				  NULL);
	if (!cache)
		goto took;
	per_cpu = tslab_create("pair", NULL);
	if (IS_ERR(per_cpu)) {
		err = PTR_ERR(per_cpu);
		goto cache;
	}
	shared = tslab_create("pair-shared", &shared_only);
	if (IS_ERR(shared)) {
		err = PTR_ERR(shared);
		goto per_cpu;
	}
	err = measure();
	if (!err)
		return 0;

	tslab_destroy(shared);
per_cpu:
	tslab_destroy(per_cpu);
cache:
	kmem_cache_destroy(cache);
took:
	kvfree(took);
	return err;
}

static void __exit pair_exit(void)
{
	tslab_destroy(shared);
	tslab_destroy(per_cpu);
	kmem_cache_destroy(cache);
	kvfree(took);
}

module_init(pair_init);
module_exit(pair_exit);
MODULE_DESCRIPTION("Cost of a pair of alloc and free: kmem_cache against tslab");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
