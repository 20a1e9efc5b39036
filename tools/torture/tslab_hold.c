// SPDX-License-Identifier: GPL-2.0
/*
 * Holds memory of tslab, got in several ways, and gives it back in several ways, so
 * that what others show of it can be compared with what tslab shows: write to
 * parameters/take and parameters/give.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/tslab.h>
#include <linux/vmalloc.h>

static bool reclaimable;
module_param(reclaimable, bool, 0400);
MODULE_PARM_DESC(reclaimable, "Say that what is held can be reclaimed");

static bool account;
module_param(account, bool, 0400);
MODULE_PARM_DESC(account, "Charge all of it to whoever opens an epoch");

static bool account_cache;
module_param(account_cache, bool, 0400);
MODULE_PARM_DESC(account_cache, "Charge the objects of the cache");

/* Of a cgroup that has reached its limit, nobody is killed. */
#define HOLD_GFP	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#define CACHE_SIZE	300
#define LARGE_SIZE	100000
#define OBJECTS_MAX	(4 << 20)

static struct tslab *ts;
static struct tslab_cache *cache;
static tslab_epoch_t epoch;
static void **objs;
static bool *in_epoch;	/* which of them */
static unsigned int nr_objs;

/* === Ways to take === */

static size_t size_of(unsigned int nr)
{
	static const size_t sizes[] = { 64, 100, 192, 500, 1024, 3000, 8192 };

	return sizes[nr % ARRAY_SIZE(sizes)];
}

static void *take_class(unsigned int nr, size_t *size)
{
	*size = size_of(nr);
	return tslab_alloc(ts, *size, HOLD_GFP);
}

static void *take_epoch(unsigned int nr, size_t *size)
{
	*size = size_of(nr);
	return tslab_alloc_epoch(ts, epoch, *size, HOLD_GFP);
}

static void *take_cache(unsigned int nr, size_t *size)
{
	*size = CACHE_SIZE;
	return tslab_cache_alloc(cache, HOLD_GFP);
}

static void *take_large(unsigned int nr, size_t *size)
{
	*size = LARGE_SIZE;
	return tslab_alloc(ts, *size, HOLD_GFP);
}

static void *take_node(unsigned int nr, size_t *size)
{
	*size = size_of(nr);
	return tslab_alloc_node(ts, *size, HOLD_GFP,
				nr % num_online_nodes());
}

static const struct way {
	const char *name;
	void *(*take)(unsigned int nr, size_t *size);
} ways[] = {
	{ "class", take_class },
	{ "epoch", take_epoch },
	{ "cache", take_cache },
	{ "large", take_large },
	{ "node", take_node },
};

/* WAY MIB: so many MiB of objects. */
static int take_set(const char *value, const struct kernel_param *kp)
{
	unsigned int i, mib;
	size_t size, left;
	char name[8];

	if (!ts || sscanf(value, "%7s %u", name, &mib) != 2 || !mib || mib > 4096)
		return -EINVAL;
	for (i = 0; strcmp(name, ways[i].name); )
		if (++i == ARRAY_SIZE(ways))
			return -EINVAL;
	for (left = (size_t)mib << 20; left; left -= min(left, size)) {
		if (nr_objs == OBJECTS_MAX)
			return -ENOSPC;
		objs[nr_objs] = ways[i].take(nr_objs, &size);
		if (!objs[nr_objs])
			return -ENOMEM;
		in_epoch[nr_objs++] = ways[i].take == take_epoch;
	}
	return 0;
}

static const struct kernel_param_ops take_ops = { .set = take_set };
module_param_cb(take, &take_ops, NULL, 0200);
MODULE_PARM_DESC(take, "WAY MIB: class, epoch, cache, large or node");

/* === Ways to give === */

static int epoch_renew(void)
{
	epoch = tslab_epoch_open(ts, "held");
	return tslab_epoch_err(epoch);
}

/* Frees all, or forgets what was discarded. */
static void give_each(bool discarded)
{
	unsigned int i, left = 0;

	for (i = 0; i < nr_objs; i++) {
		if (!discarded)
			tslab_free(ts, objs[i]);
		else if (!in_epoch[i])
			objs[left++] = objs[i];
	}
	nr_objs = left;
	memset(in_epoch, 0, OBJECTS_MAX * sizeof(*in_epoch));
}

static int give_free(void)
{
	give_each(false);
	return 0;
}

static int give_discard(void)
{
	long pages = tslab_epoch_discard(ts, epoch);

	give_each(true);
	return pages < 0 ? pages : epoch_renew();
}

static int give_close(void)
{
	long pages = tslab_epoch_close(ts, epoch);

	return pages < 0 ? pages : epoch_renew();
}

static int give_advance(void)
{
	return tslab_epoch_err(tslab_epoch_advance(ts));
}

/* With all that is live. */
static int give_destroy(void)
{
	tslab_cache_destroy(cache);
	tslab_destroy(ts);
	ts = NULL;
	nr_objs = 0;
	return 0;
}

static const struct {
	const char *name;
	int (*give)(void);
} gives[] = {
	{ "free", give_free },
	{ "discard", give_discard },
	{ "close", give_close },
	{ "advance", give_advance },
	{ "destroy", give_destroy },
};

static int give_set(const char *value, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; ts && i < ARRAY_SIZE(gives); i++)
		if (sysfs_streq(value, gives[i].name))
			return gives[i].give();
	return -EINVAL;
}

static const struct kernel_param_ops give_ops = { .set = give_set };
module_param_cb(give, &give_ops, NULL, 0200);
MODULE_PARM_DESC(give, "free: all, one by one; discard, close: the epoch; advance; destroy: the instance with all that is live");

/* === Whom the epoch is charged to === */

#ifdef CONFIG_MEMCG
static struct mem_cgroup *charged;

static int charge_find(const char *path)
{
	struct cgroup_subsys_state *css;
	struct cgroup *cgroup = cgroup_get_from_path(path);

	if (IS_ERR(cgroup))
		return PTR_ERR(cgroup);
	css = cgroup_get_e_css(cgroup, &memory_cgrp_subsys);
	cgroup_put(cgroup);
	mem_cgroup_put(charged);
	charged = mem_cgroup_from_css(css);
	return 0;
}

/* The path of a cgroup, or "again" for the last one: discards, and opens anew. */
static int charge_set(const char *value, const struct kernel_param *kp)
{
	char path[64];
	long ret;

	if (!ts || sscanf(value, "%63s", path) != 1 || path[0] == '\0')
		return -EINVAL;
	ret = strcmp(path, "again") ? charge_find(path) : 0;
	if (ret)
		return ret;
	ret = tslab_epoch_discard(ts, epoch);
	give_each(true);
	if (ret < 0)
		return ret;
	epoch = tslab_epoch_open_charged(ts, "charged", charged);
	ret = tslab_epoch_err(epoch);
	return ret ? (epoch_renew() ?: ret) : 0;
}

static const struct kernel_param_ops charge_ops = { .set = charge_set };
module_param_cb(charge, &charge_ops, NULL, 0200);
MODULE_PARM_DESC(charge, "Path of the cgroup that the next epoch is charged to, or again");

static void charge_exit(void)
{
	mem_cgroup_put(charged);
}
#else
static void charge_exit(void) { }
#endif

/* === The module === */

static int hold_make(void)
{
	struct tslab_params params = {
		/* A larger ring is memory that is in no kmem_cache. */
		.epochs = 64,
		.flags = (reclaimable ? TSLAB_RECLAIM_ACCOUNT : 0) |
			 (account ? TSLAB_ACCOUNT : 0),
	};
	struct tslab_cache_args args = {
		.flags = account_cache ? TSLAB_CACHE_ACCOUNT : 0,
	};
	int err;

	ts = tslab_create("hold", &params);
	if (IS_ERR(ts))
		return PTR_ERR(ts);
	cache = tslab_cache_create(ts, "hold_cache", CACHE_SIZE, &args);
	err = IS_ERR(cache) ? PTR_ERR(cache) : epoch_renew();
	if (err) {
		if (!IS_ERR(cache))
			tslab_cache_destroy(cache);
		tslab_destroy(ts);
	}
	return err;
}

static int __init hold_init(void)
{
	int err = -ENOMEM;

	/* Not in slabs, which are looked at. */
	objs = vzalloc(OBJECTS_MAX * sizeof(*objs));
	in_epoch = vzalloc(OBJECTS_MAX * sizeof(*in_epoch));
	if (objs && in_epoch)
		err = hold_make();
	if (err) {
		vfree(objs);
		vfree(in_epoch);
	}
	return err;
}

static void __exit hold_exit(void)
{
	if (ts) {
		give_free();
		give_destroy();
	}
	charge_exit();
	vfree(objs);
	vfree(in_epoch);
}

module_init(hold_init);
module_exit(hold_exit);

MODULE_DESCRIPTION("Holds memory of tslab");
MODULE_LICENSE("GPL");
