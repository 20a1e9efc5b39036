// SPDX-License-Identifier: GPL-2.0
#include <linux/mempool.h>
#include <linux/slab.h>

static struct kmem_cache *io_cache;
static mempool_t *pools[2], pool;

static int make_pools(void)
{
	pools[0] = mempool_create_slab_pool(16, io_cache);
	pools[1] = mempool_create(16, mempool_alloc_slab, mempool_free_slab,
				  io_cache);
	return mempool_init_slab_pool(&pool, 4, io_cache);
}
