// SPDX-License-Identifier: GPL-2.0
/* Works on objects: pairs, bursts, and orders in which objects are freed. */
#include <linux/prandom.h>

#include "micro.h"

/* In which random frees. */
static u32 order[MICRO_LIVE];

/* All of @n objects or none. Return: whether it was all. */
static __always_inline bool fill(unsigned int n, micro_alloc_t alloc,
				 micro_free_t free)
{
	void **obj = micro.objs;
	unsigned int got;

	for (got = 0; got < n; got++) {
		obj[got] = alloc(GFP_KERNEL);
		if (unlikely(!obj[got]))
			break;
	}
	if (likely(got == n))
		return true;
	while (got--)
		free(obj[got]);
	return false;
}

static __always_inline bool bursts(unsigned int n, micro_alloc_t alloc,
				   micro_free_t free, unsigned int burst)
{
	void **obj = micro.objs;
	unsigned int i;

	for (; n; n -= burst) {
		if (unlikely(!fill(burst, alloc, free)))
			return false;
		for (i = 0; i < burst; i++)
			free(obj[i]);
	}
	return true;
}

enum free_order { FIFO, LIFO, RANDOM };

/* All are live before the first is freed. */
static __always_inline bool live(unsigned int n, micro_alloc_t alloc,
				 micro_free_t free, enum free_order free_order)
{
	void **obj = micro.objs;
	unsigned int i;

	for (; n; n -= MICRO_LIVE) {
		if (unlikely(!fill(MICRO_LIVE, alloc, free)))
			return false;
		for (i = 0; i < MICRO_LIVE; i++)
			switch (free_order) {
			case FIFO:
				free(obj[i]);
				break;
			case LIFO:
				free(obj[MICRO_LIVE - 1 - i]);
				break;
			case RANDOM:
				free(obj[order[i]]);
				break;
			}
	}
	return true;
}

static void shuffle(void)
{
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, micro.seed);
	for (i = 0; i < MICRO_LIVE; i++) {
		unsigned int other = prandom_u32_state(&rnd) % (i + 1);

		order[i] = order[other];
		order[other] = i;
	}
}

static __always_inline void *micro_typed_alloc(gfp_t gfp)
{
	return tslab_cache_alloc(micro.typed, gfp);
}

static __always_inline void micro_typed_free(void *obj)
{
	tslab_cache_free(micro.typed, obj);
}

MICRO_RUN(pair_typed, nothing, micro_pairs, GFP_KERNEL)
MICRO_RUN(pair_typed, nops, micro_pairs, GFP_KERNEL)
MICRO_RUN(pair_typed, typed, micro_pairs, GFP_KERNEL)
MICRO_RUN(pair_typed, kmem_cache, micro_pairs, GFP_KERNEL)
static const micro_run_t pair_typed_runs[MICRO_NR_ALLOCATORS] = {
	[MICRO_nothing] = pair_typed_nothing,
	[MICRO_nops] = pair_typed_nops,
	[MICRO_tslab] = pair_typed_typed,
	[MICRO_kmem_cache] = pair_typed_kmem_cache,
};

MICRO_RUNS(pair, micro_pairs, GFP_KERNEL)
MICRO_RUNS(softirq_pair, micro_pairs, GFP_ATOMIC)
MICRO_RUNS(burst16, bursts, 16)
MICRO_RUNS(burst64, bursts, 64)
MICRO_RUNS(burst512, bursts, 512)
MICRO_RUNS(fifo, live, FIFO)
MICRO_RUNS(lifo, live, LIFO)
MICRO_RUNS(random, live, RANDOM)

int micro_pair(void)
{
	return micro_measure("pair", pair_runs, 1);
}

/* As tslab the cache of an instance. */
int micro_pair_typed(void)
{
	return micro_measure("pair_typed", pair_typed_runs, 1);
}

int micro_softirq_pair(void)
{
	return micro_measure_softirq("softirq_pair", softirq_pair_runs, 1);
}

int micro_burst16(void)
{
	return micro_measure("burst16", burst16_runs, 16);
}

int micro_burst64(void)
{
	return micro_measure("burst64", burst64_runs, 64);
}

int micro_burst512(void)
{
	return micro_measure("burst512", burst512_runs, 512);
}

int micro_fifo(void)
{
	return micro_measure("fifo", fifo_runs, MICRO_LIVE);
}

int micro_lifo(void)
{
	return micro_measure("lifo", lifo_runs, MICRO_LIVE);
}

int micro_random(void)
{
	shuffle();
	return micro_measure("random", random_runs, MICRO_LIVE);
}
