/* SPDX-License-Identifier: GPL-2.0 */
/* Objects that come from the kernel's KFENCE. */
#ifndef _TSLAB_KFENCE_H
#define _TSLAB_KFENCE_H

#include <linux/jump_label.h>

#include "tslab.h"

#ifdef CONFIG_KFENCE
DECLARE_STATIC_KEY_FALSE(tslab_kfence_key);

/* Whether somebody has asked for it. */
static __always_inline bool tslab_kfence_is_on(void)
{
	return static_branch_unlikely(&tslab_kfence_key);
}

struct tslab_slab *tslab_kfence_slab(const void *addr);
struct kmem_cache *tslab_kfence_cache(const struct tslab_cache *cache);
bool tslab_kfence_turn(void);
bool tslab_kfence_is_due(const struct tslab_type *type);
struct tslab_slab *tslab_kfence_new(struct tslab_bin *bin, size_t size, gfp_t gfp);
void tslab_kfence_end(struct tslab_slab *slab);
void tslab_kfence_set(unsigned int every);
#else
static inline bool tslab_kfence_is_on(void)
{
	return false;
}

static inline struct tslab_slab *tslab_kfence_slab(const void *addr)
{
	return NULL;
}

static inline struct kmem_cache *
tslab_kfence_cache(const struct tslab_cache *cache)
{
	return NULL;
}

static inline bool tslab_kfence_turn(void)
{
	return false;
}

static inline bool tslab_kfence_is_due(const struct tslab_type *type)
{
	return false;
}

static inline struct tslab_slab *tslab_kfence_new(struct tslab_bin *bin,
						  size_t size, gfp_t gfp)
{
	return NULL;
}

static inline void tslab_kfence_end(struct tslab_slab *slab) { }
static inline void tslab_kfence_set(unsigned int every) { }
#endif

/* Bytes of an object. @size: if it is none of KFENCE's */
static inline size_t tslab_kfence_size(const void *obj, size_t size)
{
	const struct tslab_slab *slab = tslab_kfence_slab(obj);

	return slab ? slab->size : size;
}

#endif /* _TSLAB_KFENCE_H */
