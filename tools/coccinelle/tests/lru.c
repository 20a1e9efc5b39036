// SPDX-License-Identifier: GPL-2.0
#include <linux/fs.h>

static struct kmem_cache *inode_cache, *item_cache, *plain_cache;

static struct inode *alloc_inode(struct super_block *sb)
{
	struct own_inode *inode = alloc_inode_sb(sb, inode_cache, GFP_KERNEL);

	return inode ? &inode->vfs_inode : NULL;
}

static void *alloc_item(struct list_lru *lru)
{
	return kmem_cache_alloc_lru(item_cache, lru, GFP_NOFS);
}

static int make_caches(void)
{
	inode_cache = KMEM_CACHE(own_inode, SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT);
	item_cache = KMEM_CACHE(item, SLAB_ACCOUNT);
	plain_cache = KMEM_CACHE(plain, SLAB_ACCOUNT);
	return inode_cache && item_cache && plain_cache ? 0 : -ENOMEM;
}
