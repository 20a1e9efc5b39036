// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/slab.h>

#include "caches.h"

struct user {
	struct list_head node;
	char name[32];
};

struct pool {
	struct kmem_cache *cache;
};

static struct kmem_cache *user_cache;
static struct kmem_cache *by_size[3];

static void user_init_once(void *obj)
{
	struct user *user = obj;

	INIT_LIST_HEAD(&user->node);
}

static int make_caches(struct pool *pool)
{
	int i;

	user_cache = kmem_cache_create("user", sizeof(struct user), 0,
				       SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT |
				       SLAB_NO_MERGE,
				       user_init_once);
	if (!user_cache)
		return -ENOMEM;
	pool->cache = kmem_cache_create("aligned", 100, 64, 0, NULL);
	if (!pool->cache)
		goto out;
	for (i = 0; i < ARRAY_SIZE(by_size); i++)
		by_size[i] = kmem_cache_create(names[i], 1 << i, 0,
					       SLAB_RECLAIM_ACCOUNT, NULL);
	shared_cache = KMEM_CACHE(user, SLAB_TEMPORARY | SLAB_TYPESAFE_BY_RCU);
	if (!shared_cache)
		goto out;
	return 0;
out:
	kmem_cache_destroy(pool->cache);
	kmem_cache_destroy(user_cache);
	return -ENOMEM;
}

static void shrink(struct kmem_cache *cache)
{
	pr_info("%u bytes\n", kmem_cache_size(cache));
	kmem_cache_shrink(cache);
}
