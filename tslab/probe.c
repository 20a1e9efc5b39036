// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel has; compiled by Kbuild, never linked. As it is, it says by an
 * error why a kernel will not do. With TSLAB_HAS_name it compiles if the kernel has
 * that, whatever the kernel's version: vendors take back to old ones what they like.
 */
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "tslab: this kernel is too old: take 6.1 or later"
#elif !defined(CONFIG_64BIT)
#error "tslab: this kernel has no CONFIG_64BIT: take a 64-bit one"
#elif !defined(CONFIG_SMP)
#error "tslab: this kernel has no CONFIG_SMP: take one with it"
#elif !__has_include("linux/cleanup.h")
#error "tslab: this kernel has no <linux/cleanup.h>: take its latest update, or 6.5 or later"
#else

/* Here, so that a header that does not compile is not taken for a missing feature. */
#include <linux/mm.h>
#include <linux/shrinker.h>
#include <linux/swap.h>
#ifdef CONFIG_TSLAB_KUNIT_TEST
#include <kunit/test.h>
#endif

#ifdef TSLAB_HAS_SHRINKER_ALLOC
static inline void probe_shrinker(void)
{
	struct shrinker *shrinker = shrinker_alloc(0, "tslab");

	shrinker_register(shrinker);
	shrinker_free(shrinker);
}
#endif

/* Pages that reclaim has got back but from its lists. */
#ifdef TSLAB_HAS_ACCOUNT_RECLAIMED
static inline void probe_reclaimed(void)
{
	mm_account_reclaimed_pages(1);
}
#endif

/* KUnit's generators of parameters are told which test it is. */
#ifdef TSLAB_HAS_KUNIT_GENERATOR_TEST
static inline const void *probe_generator(struct kunit *test, const void *prev,
					  char *desc)
{
	return ((struct kunit_case *)prev)->generate_params(test, prev, desc);
}
#endif

#endif
