// SPDX-License-Identifier: GPL-2.0
/*
 * How much memory a few long-lived objects keep from being reused: the same
 * objects on a kmem_cache and on tslab, in one boot.
 *
 * Write to /sys/kernel/debug/tslab_retention/stage:
 *   fill PCT   allocate; PCT % of the objects, spread at random, live long
 *   mix PCT    the same, but those are in tslab's short epoch with all others
 *   release    free all others, shrink the cache, close tslab's short epoch
 *   close      close tslab's long epoch over its objects: it cannot drain
 *   clear      free the rest
 * The pages each allocator holds are read from its own files in between.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/tslab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "../../tslab/compat.h"

static unsigned int objects = 200000;
module_param(objects, uint, 0444);
MODULE_PARM_DESC(objects, "Objects per allocator, 1 to 10000000");

static unsigned int size = 128;
module_param(size, uint, 0444);
MODULE_PARM_DESC(size, "Object size in bytes, 8 to 8192");

struct pair {
	void *cached;
	void *slabbed;
	bool pinned;
};

static DEFINE_MUTEX(stage_lock);
static struct kmem_cache *cache;
static struct tslab *ts;
static struct pair *pairs;
static tslab_epoch_t short_lived, long_lived;
static struct dentry *dir;

static void free_pair(struct pair *pair)
{
	if (pair->cached)
		kmem_cache_free(cache, pair->cached);
	tslab_free(ts, pair->slabbed);
	pair->cached = NULL;
	pair->slabbed = NULL;
}

static void clear(void)
{
	unsigned int i;

	for (i = 0; i < objects; i++)
		free_pair(&pairs[i]);
	kmem_cache_shrink(cache);
	/* Closed already, or never opened: both are fine here. */
	tslab_epoch_close(ts, short_lived);
	tslab_epoch_close(ts, long_lived);
}

static int fill(unsigned int pct, bool mixed)
{
	struct rnd_state rnd;
	unsigned int i;

	clear();
	short_lived = tslab_epoch_open(ts, "short-lived");
	long_lived = tslab_epoch_open(ts, "long-lived");
	if (tslab_epoch_err(short_lived) || tslab_epoch_err(long_lived))
		return -EBUSY;

	prandom_seed_state(&rnd, pct + 1);
	for (i = 0; i < objects; i++) {
		struct pair *pair = &pairs[i];

		pair->pinned = prandom_u32_state(&rnd) % 100 < pct;
		pair->cached = kmem_cache_alloc(cache, GFP_KERNEL);
		pair->slabbed = tslab_alloc_epoch(ts, pair->pinned && !mixed ?
						  long_lived : short_lived,
						  size, GFP_KERNEL);
		if (!pair->cached || !pair->slabbed) {
			clear();
			return -ENOMEM;
		}
	}
	return 0;
}

static void release(void)
{
	unsigned int i;

	for (i = 0; i < objects; i++)
		if (!pairs[i].pinned)
			free_pair(&pairs[i]);
	kmem_cache_shrink(cache);
	tslab_epoch_close(ts, short_lived);
}

static ssize_t stage_write(struct file *file, const char __user *buf,
			   size_t len, loff_t *pos)
{
	char text[32] = "";
	unsigned int pct;
	int err = 0;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, len))
		return -EFAULT;

	mutex_lock(&stage_lock);
	if (sysfs_streq(text, "release"))
		release();
	else if (sysfs_streq(text, "close"))
		tslab_epoch_close(ts, long_lived);
	else if (sysfs_streq(text, "clear"))
		clear();
	else if (!strncmp(text, "fill ", 5) &&
		 !kstrtouint(text + 5, 10, &pct) && pct <= 100)
		err = fill(pct, false);
	else if (!strncmp(text, "mix ", 4) &&
		 !kstrtouint(text + 4, 10, &pct) && pct <= 100)
		err = fill(pct, true);
	else
		err = -EINVAL;
	mutex_unlock(&stage_lock);
	return err ?: len;
}

static const struct file_operations stage_fops = {
	.owner = THIS_MODULE,
	.write = stage_write,
};

static int __init retention_init(void)
{
	int err = -ENOMEM;

	if (!objects || objects > 10000000 || size < 8 ||
	    size > TSLAB_CLASS_MAX_SIZE) {
		pr_err("objects=%u size=%u: not 1 to 10000000, 8 to %u\n",
		       objects, size, TSLAB_CLASS_MAX_SIZE);
		return -EINVAL;
	}
	pairs = vcalloc(objects, sizeof(*pairs));
	if (!pairs)
		return -ENOMEM;
	/* A cache of its own, with all that caches have on this kernel. */
	cache = kmem_cache_create("tslab_retention", size, 0,
				  SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE,
				  NULL);
	if (!cache)
		goto pairs;
	ts = tslab_create("retention", NULL);
	if (IS_ERR(ts)) {
		err = PTR_ERR(ts);
		goto cache;
	}
	dir = debugfs_create_dir("tslab_retention", NULL);
	debugfs_create_file("stage", 0200, dir, NULL, &stage_fops);
	return 0;

cache:
	kmem_cache_destroy(cache);
pairs:
	vfree(pairs);
	return err;
}

static void __exit retention_exit(void)
{
	debugfs_remove_recursive(dir);
	clear();
	tslab_destroy(ts);
	kmem_cache_destroy(cache);
	vfree(pairs);
}

module_init(retention_init);
module_exit(retention_exit);
MODULE_DESCRIPTION("Retention experiment: kmem_cache against tslab");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
