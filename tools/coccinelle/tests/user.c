// SPDX-License-Identifier: GPL-2.0
// Compiled in user space, too.
#ifndef __KERNEL__
#include "user.h"
#else
#include <linux/slab.h>
#include <linux/types.h>
#endif

static struct kmem_cache *record_cache;

static int make_cache(void)
{
	record_cache = KMEM_CACHE(record, 0);
	return record_cache ? 0 : -ENOMEM;
}
