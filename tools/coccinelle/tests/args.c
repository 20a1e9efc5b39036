// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

static struct kmem_cache *file_cache;

static int make_cache(void)
{
	struct kmem_cache_args args = {
		.align = 8,
		.use_freeptr_offset = true,
		.freeptr_offset = offsetof(struct file, f_freeptr),
	};

	file_cache = kmem_cache_create("file", sizeof(struct file), &args,
				       SLAB_TYPESAFE_BY_RCU);
	return file_cache ? 0 : -ENOMEM;
}
