// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

static struct kmem_cache *groups;

static void free_group(struct group *group)
{
	kfree(group->name);
	kmem_cache_free(groups, group);
}
