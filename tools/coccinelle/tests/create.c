// SPDX-License-Identifier: GPL-2.0
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>

static struct kmem_cache *cache;

static int __init demo_init(void)
{
	cache = kmem_cache_create("demo", 24, 0, 0, NULL);
	if (!cache)
		return -ENOMEM;
	return 0;
}

static void __exit demo_exit(void)
{
	kmem_cache_destroy(cache);
}

subsys_initcall(demo_init)
module_exit(demo_exit);

MODULE_LICENSE("GPL");
