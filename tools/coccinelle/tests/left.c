// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

#define new_user(cache)	kmem_cache_alloc(cache, GFP_KERNEL)

static struct kmem_cache *panics, *of_zone, *unknown;

static struct kmem_cache *make_cache(void)
{
	return kmem_cache_create("returned", 100, 0, 0, NULL);
}

static int make_caches(slab_flags_t flags)
{
	panics = KMEM_CACHE(user, SLAB_PANIC | SLAB_ACCOUNT);
	of_zone = kmem_cache_create("zone", 512, 0, SLAB_CACHE_DMA, NULL);
	unknown = kmem_cache_create("unknown", 512, 0, flags, NULL);
	return 0;
}

static int not_parsed(struct user *user)
{
	struct pair pair = {
		.first = user = kmem_cache_alloc(panics, GFP_KERNEL),
	};

	return user ? 0 : -ENOMEM;
}
