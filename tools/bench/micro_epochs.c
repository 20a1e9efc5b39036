// SPDX-License-Identifier: GPL-2.0
/*
 * Works on epochs. Nothing in kmem_cache is like an advance or a close; what
 * does the work of a discard there is to free the objects one by one.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "micro.h"

/* Objects allocated for a work, all batches together, about. */
#define OBJECTS_PER_WORK	500000

static const unsigned int slab_counts[] = { 1, 10, 1000, 10000 };

static u64 clock_ps;

/* Preparing one takes its time, which is not in what is timed. */
static unsigned int nr_batches(unsigned int objects)
{
	unsigned int some = OBJECTS_PER_WORK / max(objects, 1U);

	return min(micro.batches, max_t(unsigned int, some,
					MICRO_LEAST_BATCHES));
}

/* What earlier work has left to others is not to be in what is timed. */
static void settle(void)
{
	rcu_barrier();
	cond_resched();
}

static s64 since_ps(u64 start)
{
	return (s64)(ktime_get_ns() - start) * 1000 - clock_ps;
}

/* === Objects in epochs === */

static void free_objs(struct tslab *ts, void **objs, unsigned int n)
{
	while (n--)
		tslab_free(ts, objs[n]);
}

/* All or none. */
static int alloc_objs(struct tslab *ts, tslab_epoch_t epoch, void **objs,
		      unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		objs[i] = tslab_alloc_epoch(ts, epoch, micro.size, GFP_KERNEL);
		if (!objs[i]) {
			free_objs(ts, objs, i);
			return -ENOMEM;
		}
		if (!(i % 1024))
			cond_resched();
	}
	return 0;
}

static u64 committed(struct tslab *ts, struct tslab_stats *stats)
{
	tslab_global_stats(ts, stats);
	return stats->committed_bytes;
}

/*
 * Objects of a slab, by looking: so many until there is a second slab.
 * Return: the number, or an error.
 */
static int objs_per_slab(struct tslab *ts, struct tslab_stats *stats)
{
	tslab_epoch_t epoch = tslab_epoch_open(ts, "look");
	u64 one = 0, now;
	int i;

	if (tslab_epoch_err(epoch))
		return tslab_epoch_err(epoch);
	for (i = 0;; i++) {
		if (!tslab_alloc_epoch(ts, epoch, micro.size, GFP_KERNEL)) {
			i = -ENOMEM;
			break;
		}
		now = committed(ts, stats);
		if (!i)
			one = now;
		else if (now != one)
			break;
	}
	tslab_epoch_discard(ts, epoch);
	return i;
}

/* === Advance === */

/* With others objects in the epoch that is closed by it. */
int micro_advance(void)
{
	unsigned int live = micro.others;
	struct tslab *ts = micro.per_cpu;
	struct micro_times times;
	struct micro_pace pace;
	int i, err = -ENOMEM;
	void **objs = NULL;
	char name[32];

	if (micro_times_init(&times, nr_batches(live)))
		return -ENOMEM;
	if (live) {
		objs = kvmalloc_array(live, sizeof(*objs), GFP_KERNEL);
		if (!objs)
			goto out;
	}
	clock_ps = micro_clock_ps();
	/* The first time around the ring, epochs are made. */
	for (i = 0; i < TSLAB_EPOCHS_DEFAULT; i++)
		tslab_epoch_advance(ts);
	micro_pace_init(&pace, 0, times.nr);
	while ((i = micro_pace_next(&pace)) != MICRO_OVER) {
		tslab_epoch_t epoch;
		u64 start;

		err = alloc_objs(ts, tslab_epoch_current(ts), objs, live);
		if (err)
			goto out;
		settle();
		start = ktime_get_ns();
		epoch = tslab_epoch_advance(ts);
		times.ps[i] = since_ps(start);
		free_objs(ts, objs, live);
		err = tslab_epoch_err(epoch);
		if (err)
			goto out;
	}
	times.nr = pace.done;
	snprintf(name, sizeof(name), "advance_%u", live);
	micro_times_log(&times, name, MICRO_tslab, 0);
out:
	kvfree(objs);
	micro_times_exit(&times);
	return err;
}

/* === Close and discard === */

/**
 * struct scene - an instance with slabs in other epochs
 * @ts: the instance
 * @per_slab: objects of a slab
 * @others: slabs in another epoch
 * @objs: room for the objects of as many slabs as there may be
 */
struct scene {
	struct tslab *ts;
	unsigned int per_slab;
	unsigned int others;
	void **objs;
};

/* Return: whether nothing was left in it. */
static bool scene_exit(struct scene *scene)
{
	unsigned long live = tslab_destroy(scene->ts);

	kvfree(scene->objs);
	return !live;
}

/* Slabs of others, full. Nobody keeps their addresses: they are discarded. */
static int scene_fill(struct scene *scene, tslab_epoch_t *other)
{
	unsigned int n = scene->others * scene->per_slab;
	unsigned int i;

	*other = tslab_epoch_open(scene->ts, "others");
	if (tslab_epoch_err(*other))
		return tslab_epoch_err(*other);
	for (i = 0; i < n; i++) {
		if (!tslab_alloc_epoch(scene->ts, *other, micro.size,
				       GFP_KERNEL)) {
			tslab_epoch_discard(scene->ts, *other);
			return -ENOMEM;
		}
		if (!(i % 1024))
			cond_resched();
	}
	return 0;
}

/* On a machine with little memory there are fewer; the results tell. */
static unsigned int others_that_fit(struct scene *scene)
{
	unsigned int bytes = scene->per_slab * micro.size;
	unsigned int others = micro.others;

	while (others && (u64)others * bytes > (u64)si_mem_available() *
	       PAGE_SIZE / 4 * 3)
		others /= 10;
	return others;
}

static int scene_init(struct scene *scene)
{
	/* So that an open epoch keeps empty slabs for its close. */
	static const struct tslab_params params = {
		.empty_slabs = TSLAB_EMPTY_SLABS_MAX,
	};
	struct tslab_stats *stats;
	int ret = -ENOMEM;

	scene->objs = NULL;
	scene->ts = tslab_create("micro-epochs", &params);
	if (IS_ERR(scene->ts))
		return PTR_ERR(scene->ts);
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (stats)
		ret = objs_per_slab(scene->ts, stats);
	kfree(stats);
	if (ret < 0)
		goto exit;
	scene->per_slab = ret;
	scene->others = others_that_fit(scene);
	ret = -ENOMEM;
	scene->objs = kvmalloc_array(slab_counts[ARRAY_SIZE(slab_counts) - 1],
				     scene->per_slab * sizeof(*scene->objs),
				     GFP_KERNEL);
	if (scene->objs)
		return 0;
exit:
	scene_exit(scene);
	return ret;
}

/* The name of a result: close_1000, close_1000_others_100000. */
static void scene_name(const struct scene *scene, char *name, size_t len,
		       const char *what, unsigned int slabs)
{
	if (scene->others)
		snprintf(name, len, "%s_%u_others_%u", what, slabs,
			 scene->others);
	else
		snprintf(name, len, "%s_%u", what, slabs);
}

/* What is left in the slabs when their epoch is closed. */
enum left { LEFT_ONE, LEFT_NONE, LEFT_ALL };

static bool is_left(const struct scene *scene, enum left left, unsigned int i)
{
	return left == LEFT_ALL || (left == LEFT_ONE && !(i % scene->per_slab));
}

/* Closes or, if all is left in it, discards an epoch of full slabs. */
static s64 end_epoch(struct scene *scene, unsigned int slabs, enum left left)
{
	unsigned int i, n = slabs * scene->per_slab;
	tslab_epoch_t epoch = tslab_epoch_open(scene->ts, "micro");
	struct tslab *ts = scene->ts;
	u64 start;
	long ret;
	s64 ps;

	if (tslab_epoch_err(epoch))
		return tslab_epoch_err(epoch);
	ret = alloc_objs(ts, epoch, scene->objs, n);
	if (ret)
		return ret;
	for (i = 0; i < n; i++)
		if (!is_left(scene, left, i))
			tslab_free(ts, scene->objs[i]);
	settle();
	start = ktime_get_ns();
	ret = left == LEFT_ALL ? tslab_epoch_discard(ts, epoch) :
				 tslab_epoch_close(ts, epoch);
	ps = since_ps(start);
	if (left == LEFT_ONE)
		for (i = 0; i < n; i += scene->per_slab)
			tslab_free(ts, scene->objs[i]);
	return ret < 0 ? ret : max(ps, 0LL);
}

/* What a discard does, object by object. */
static __always_inline s64 free_all(struct scene *scene, unsigned int slabs,
				    micro_alloc_t alloc, micro_free_t free)
{
	unsigned int got, i, n = slabs * scene->per_slab;
	u64 start;
	s64 ps;

	for (got = 0; got < n; got++) {
		scene->objs[got] = alloc(GFP_KERNEL);
		if (!scene->objs[got])
			break;
	}
	settle();
	start = ktime_get_ns();
	for (i = 0; i < got; i++)
		free(scene->objs[i]);
	ps = since_ps(start);
	return got < n ? -ENOMEM : max(ps, 0LL);
}

static s64 end_batch(struct scene *scene, unsigned int slabs, enum left left,
		     enum micro_allocator allocator)
{
	switch (allocator) {
	case MICRO_tslab:
		return end_epoch(scene, slabs, left);
	case MICRO_kmem_cache:
		return free_all(scene, slabs, micro_kmem_cache_alloc,
				micro_kmem_cache_free);
	case MICRO_kmalloc:
		return free_all(scene, slabs, micro_kmalloc_alloc,
				micro_kmalloc_free);
	default:
		return -EINVAL;
	}
}

static int measure_ends(struct scene *scene, const char *what,
			unsigned int slabs, enum left left,
			enum micro_allocator allocator)
{
	struct micro_times times;
	struct micro_pace pace;
	char name[48];
	s64 ps;
	int i;

	if (micro_times_init(&times, nr_batches(slabs * scene->per_slab)))
		return -ENOMEM;
	micro_pace_init(&pace, 1, times.nr);
	while ((i = micro_pace_next(&pace)) != MICRO_OVER) {
		ps = end_batch(scene, slabs, left, allocator);
		if (ps < 0) {
			micro_times_exit(&times);
			return ps;
		}
		if (i >= 0)
			times.ps[i] = ps;
	}
	times.nr = pace.done;
	scene_name(scene, name, sizeof(name), what, slabs);
	micro_times_log(&times, name, allocator, 0);
	micro_times_exit(&times);
	return 0;
}

static int measure_close(struct scene *scene, unsigned int slabs)
{
	int err = measure_ends(scene, "close", slabs, LEFT_ONE, MICRO_tslab);

	/* An epoch does not keep more. */
	if (!err && slabs <= TSLAB_EMPTY_SLABS_MAX)
		err = measure_ends(scene, "close_empty", slabs, LEFT_NONE,
				   MICRO_tslab);
	return err;
}

static int measure_discard(struct scene *scene, unsigned int slabs)
{
	return measure_ends(scene, "discard", slabs, LEFT_ALL, MICRO_tslab) ?:
	       measure_ends(scene, "discard", slabs, LEFT_ALL,
			    MICRO_kmem_cache) ?:
	       measure_ends(scene, "discard", slabs, LEFT_ALL, MICRO_kmalloc);
}

static int measure_scene(int (*measure)(struct scene *scene,
					unsigned int slabs))
{
	struct scene scene;
	tslab_epoch_t other;
	unsigned int i;
	int err = scene_init(&scene);

	if (err)
		return err;
	clock_ps = micro_clock_ps();
	err = scene_fill(&scene, &other);
	for (i = 0; !err && i < ARRAY_SIZE(slab_counts); i++)
		err = measure(&scene, slab_counts[i]);
	if (!tslab_epoch_err(other))
		tslab_epoch_discard(scene.ts, other);
	if (!scene_exit(&scene) && !err)
		err = -EUCLEAN;
	return err;
}

int micro_close(void)
{
	return measure_scene(measure_close);
}

int micro_discard(void)
{
	return measure_scene(measure_discard);
}
