// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

static struct kmem_cache *link_cache, *name_cache;

static int make_caches(void)
{
	link_cache = kmem_cache_create_usercopy("link", sizeof(struct link), 0,
			SLAB_ACCOUNT, offsetof(struct link, target),
			sizeof_field(struct link, target), link_init_once);
	name_cache = KMEM_CACHE_USERCOPY(name, SLAB_HWCACHE_ALIGN, text);
	return link_cache && name_cache ? 0 : -ENOMEM;
}
