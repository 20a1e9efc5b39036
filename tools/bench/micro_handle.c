// SPDX-License-Identifier: GPL-2.0
/*
 * Works that are more than alloc and free: handles, and domains. What others do
 * instead of a handle is to put the object into an xarray under an id.
 */
#include <linux/xarray.h>

#include "micro.h"

/* Objects that are allocated in a domain before it is left. */
#define DOMAIN_OBJS	8

static DEFINE_XARRAY_ALLOC(ids);
static struct tslab_domain *domain;

/* === Handles === */

static noinline bool handle_tslab(unsigned int n)
{
	while (n--) {
		tslab_handle_t handle;

		handle = tslab_alloc_handle(micro.per_cpu, TSLAB_EPOCH_NONE,
					    micro.size, GFP_KERNEL);
		if (unlikely(handle == TSLAB_HANDLE_NONE))
			return false;
		micro_nothing_free(tslab_handle_to_obj(micro.per_cpu, handle));
		tslab_free_handle(micro.per_cpu, handle);
	}
	return true;
}

static __always_inline bool handles(unsigned int n, micro_alloc_t alloc,
				    micro_free_t free, gfp_t gfp)
{
	while (n--) {
		void *obj = alloc(gfp);
		u32 id;

		if (unlikely(!obj))
			return false;
		if (unlikely(xa_alloc(&ids, &id, obj, xa_limit_31b, gfp))) {
			free(obj);
			return false;
		}
		micro_nothing_free(xa_load(&ids, id));
		free(xa_erase(&ids, id));
	}
	return true;
}

MICRO_RUN(handle, kmem_cache, handles, GFP_KERNEL)
MICRO_RUN(handle, kmalloc, handles, GFP_KERNEL)

static noinline bool handle_nothing(unsigned int n)
{
	return micro_pairs(n, micro_nothing_alloc, micro_nothing_free,
			   GFP_KERNEL);
}

int micro_handle(void)
{
	static const micro_run_t runs[MICRO_NR_ALLOCATORS] = {
		[MICRO_nothing] = handle_nothing,
		[MICRO_tslab] = handle_tslab,
		[MICRO_kmem_cache] = handle_kmem_cache,
		[MICRO_kmalloc] = handle_kmalloc,
	};
	int err = micro_measure("handle", runs, 1);

	xa_destroy(&ids);
	return err;
}

/* === Domains === */

static __always_inline void *domain_obj_alloc(gfp_t gfp)
{
	return tslab_domain_alloc(domain, micro.size, gfp);
}

/* One operation is all of it: enter, 8 objects, and, once they are free, exit. */
static __always_inline bool eights(unsigned int n, micro_alloc_t alloc,
				   micro_free_t free, bool enter)
{
	void **obj = micro.objs;
	unsigned int i, got;

	while (n--) {
		if (enter && tslab_domain_enter(domain))
			return false;
		for (got = 0; got < DOMAIN_OBJS; got++) {
			obj[got] = alloc(GFP_KERNEL);
			if (unlikely(!obj[got]))
				break;
		}
		for (i = 0; i < got; i++)
			free(obj[i]);
		if (enter)
			tslab_domain_exit(domain);
		if (unlikely(got < DOMAIN_OBJS))
			return false;
	}
	return true;
}

static noinline bool domain8_tslab(unsigned int n)
{
	return eights(n, domain_obj_alloc, micro_tslab_free, true);
}

MICRO_RUN(domain8, nothing, eights, false)
MICRO_RUN(domain8, kmem_cache, eights, false)
MICRO_RUN(domain8, kmalloc, eights, false)

/* Pairs of a task that is in the domain all the while. */
static noinline bool pair_scoped_tslab(unsigned int n)
{
	bool good;

	if (tslab_domain_enter(domain))
		return false;
	good = micro_pairs(n, micro_tslab_alloc, micro_tslab_free, GFP_KERNEL);
	tslab_domain_exit(domain);
	return good;
}

MICRO_RUN(pair_scoped, nothing, micro_pairs, GFP_KERNEL)
MICRO_RUN(pair_scoped, kmem_cache, micro_pairs, GFP_KERNEL)
MICRO_RUN(pair_scoped, kmalloc, micro_pairs, GFP_KERNEL)

static int measure_in_domain(const char *name, const micro_run_t *runs)
{
	int err;

	domain = tslab_domain_create(micro.per_cpu);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	err = micro_measure(name, runs, 1);
	tslab_domain_destroy(domain);
	return err;
}

int micro_domain8(void)
{
	static const micro_run_t runs[MICRO_NR_ALLOCATORS] = {
		[MICRO_nothing] = domain8_nothing,
		[MICRO_tslab] = domain8_tslab,
		[MICRO_kmem_cache] = domain8_kmem_cache,
		[MICRO_kmalloc] = domain8_kmalloc,
	};

	return measure_in_domain("domain8", runs);
}

int micro_pair_scoped(void)
{
	static const micro_run_t runs[MICRO_NR_ALLOCATORS] = {
		[MICRO_nothing] = pair_scoped_nothing,
		[MICRO_tslab] = pair_scoped_tslab,
		[MICRO_kmem_cache] = pair_scoped_kmem_cache,
		[MICRO_kmalloc] = pair_scoped_kmalloc,
	};

	return measure_in_domain("pair_scoped", runs);
}
