/* SPDX-License-Identifier: GPL-2.0 */
struct kmem_cache;

extern struct kmem_cache *shared_cache;

struct kmem_cache *cache_of(int size);
