/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tslab: a slab allocator that groups objects by lifetime
 *
 * Objects are allocated in epochs. The slabs of an epoch hold objects of that
 * epoch only, so that when the phase it stands for is over, its pages return
 * to the page allocator instead of staying pinned by objects of other phases.
 *
 * Limits:
 *  - objects are at most TSLAB_MAX_SIZE bytes;
 *  - at most 4096 epochs of an instance hold memory at the same time;
 *  - allocation from NMI succeeds only while the CPU's slab has room; freeing
 *    from NMI is not supported.
 */
#ifndef _LINUX_TSLAB_H
#define _LINUX_TSLAB_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include <linux/types.h>

struct mem_cgroup;
struct rcu_head;
struct tslab_cache;
struct tslab_reserved;
struct tslab;
struct tslab_domain;

#define TSLAB_VERSION		"0.9.0"

/**
 * typedef tslab_epoch_t - identifies one activation of an epoch
 *
 * An opaque cookie that carries ring index and era. It is unique for as long
 * as the module is loaded, over all instances; an id whose epoch is gone is
 * recognised and refused. TSLAB_EPOCH_NONE is never a valid id.
 */
typedef u64 __bitwise tslab_epoch_t;
#define TSLAB_EPOCH_NONE	((__force tslab_epoch_t)0)

/**
 * typedef tslab_handle_t - a validated reference to one object
 *
 * An opaque cookie. TSLAB_HANDLE_NONE is never a valid handle.
 */
typedef u64 __bitwise tslab_handle_t;
#define TSLAB_HANDLE_NONE	((__force tslab_handle_t)0)

#define TSLAB_MAX_SIZE		KMALLOC_MAX_SIZE	/* bytes */
#define TSLAB_CLASS_MAX_SIZE	8192	/* bytes; larger objects take whole pages */
#define TSLAB_NAME_MAX		32	/* bytes, with the final NUL */
#define TSLAB_LABEL_MAX		32	/* bytes, with the final NUL */
#define TSLAB_EPOCHS_DEFAULT	2048
#define TSLAB_EPOCHS_MIN	2
#define TSLAB_EPOCHS_MAX	4096
#define TSLAB_EMPTY_SLABS_MAX	1024
#define TSLAB_DOMAIN_DEPTH_MAX	32

/* struct tslab_params::flags */
#define TSLAB_SHARED_ONLY	0x1	/* no per-CPU tier */
/* What is allocated can be reclaimed: SReclaimable in /proc/meminfo, in MemAvailable. */
#define TSLAB_RECLAIM_ACCOUNT	0x4
/* Pages are charged to the memory cgroup of the task that opens their epoch. */
#define TSLAB_ACCOUNT		0x10

/*
 * What is looked at of objects, in struct tslab_params::flags and struct
 * tslab_cache_args::flags; the module's parameter "debug" adds to it by name. The
 * letters are those of slab_debug=.
 */
#define TSLAB_DEBUG_CHECKS	0x10000	/* F: all of a slab when one of its objects is */
#define TSLAB_DEBUG_RED_ZONE	0x20000	/* Z: writes beyond either end of objects */
#define TSLAB_DEBUG_POISON	0x40000	/* P: writes to free objects */
#define TSLAB_DEBUG_USER	0x80000	/* U: who allocated and freed objects */
#define TSLAB_DEBUG_TRACE	0x100000 /* T: each allocation and free in the log */
#define TSLAB_DEBUG_TOOLS	0x200000 /* K: KASAN, KMSAN, kmemleak know each object */
#define TSLAB_DEBUG_FLAGS						\
	(TSLAB_DEBUG_CHECKS | TSLAB_DEBUG_RED_ZONE | TSLAB_DEBUG_POISON | \
	 TSLAB_DEBUG_USER | TSLAB_DEBUG_TRACE | TSLAB_DEBUG_TOOLS)

/**
 * struct tslab_params - what an instance is made of
 * @epochs: size of the epoch ring, TSLAB_EPOCHS_MIN to TSLAB_EPOCHS_MAX; 0 for
 *	the module's default
 * @empty_slabs: empty slabs kept for reuse per size class of an open epoch,
 *	up to TSLAB_EMPTY_SLABS_MAX; 0 for the module's default
 * @flags: TSLAB_SHARED_ONLY, TSLAB_RECLAIM_ACCOUNT, TSLAB_ACCOUNT, TSLAB_DEBUG_*
 */
struct tslab_params {
	unsigned int epochs;
	unsigned int empty_slabs;
	unsigned int flags;
};

/* === Instances === */

struct tslab *tslab_create(const char *name, const struct tslab_params *params);
unsigned long tslab_destroy(struct tslab *ts);

/* === Objects === */

void *tslab_alloc(struct tslab *ts, size_t size, gfp_t gfp)
	__malloc __alloc_size(2);
void *tslab_alloc_epoch(struct tslab *ts, tslab_epoch_t epoch, size_t size,
			gfp_t gfp) __malloc __alloc_size(3);
void *tslab_alloc_node(struct tslab *ts, size_t size, gfp_t gfp, int node)
	__malloc __alloc_size(2);
void *tslab_realloc(struct tslab *ts, void *obj, size_t size, gfp_t gfp)
	__realloc_size(3);
void tslab_free(struct tslab *ts, const void *obj);
void tslab_free_sensitive(struct tslab *ts, void *obj);
void tslab_free_rcu(struct tslab *ts, void *obj, struct rcu_head *head);
size_t tslab_obj_size(struct tslab *ts, const void *obj);
unsigned long tslab_copy_to_user(struct tslab *ts, void __user *to,
				 const void *from, unsigned long n);
unsigned long tslab_copy_from_user(struct tslab *ts, void *to,
				   const void __user *from, unsigned long n);

/**
 * tslab_zalloc() - allocate a zeroed object in the current epoch
 * @ts: instance
 * @size: 1 to TSLAB_MAX_SIZE bytes
 * @gfp: as for tslab_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL.
 */
static inline __alloc_size(2)
void *tslab_zalloc(struct tslab *ts, size_t size, gfp_t gfp)
{
	return tslab_alloc(ts, size, gfp | __GFP_ZERO);
}

/**
 * tslab_alloc_array() - allocate an array in the current epoch
 * @ts: instance
 * @n: number of elements
 * @size: size of an element in bytes
 * @gfp: as for tslab_alloc(); add __GFP_ZERO for a zeroed array
 *
 * A product that overflows is refused like any other size over the maximum.
 *
 * Context: as tslab_alloc().
 * Return: the array, or NULL.
 */
static inline __alloc_size(2, 3)
void *tslab_alloc_array(struct tslab *ts, size_t n, size_t size, gfp_t gfp)
{
	return tslab_alloc(ts, size_mul(n, size), gfp);
}

/**
 * tslab_memdup() - copy memory into an object
 * @ts: instance
 * @src: what to copy
 * @len: 1 to TSLAB_MAX_SIZE bytes of it
 * @gfp: as for tslab_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_alloc().
 */
static inline __alloc_size(3)
void *tslab_memdup(struct tslab *ts, const void *src, size_t len, gfp_t gfp)
{
	void *obj = tslab_alloc(ts, len, gfp);

	return obj ? memcpy(obj, src, len) : NULL;
}

/**
 * tslab_strdup() - copy a string into an object
 * @ts: instance
 * @s: the string, with its NUL at most TSLAB_MAX_SIZE bytes; or NULL
 * @gfp: as for tslab_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_alloc() or if @s is NULL.
 */
static inline char *tslab_strdup(struct tslab *ts, const char *s, gfp_t gfp)
{
	return s ? tslab_memdup(ts, s, strlen(s) + 1, gfp) : NULL;
}

/**
 * tslab_strndup() - copy the beginning of a string into an object
 * @ts: instance
 * @s: the string, or NULL
 * @max: most bytes of it, the NUL that is added not among them
 * @gfp: as for tslab_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL as tslab_alloc() or if @s is NULL.
 */
static inline char *tslab_strndup(struct tslab *ts, const char *s, size_t max,
				  gfp_t gfp)
{
	size_t len = s ? strnlen(s, max) : 0;
	char *obj = s ? tslab_alloc(ts, len + 1, gfp) : NULL;

	if (obj) {
		memcpy(obj, s, len);
		obj[len] = '\0';
	}
	return obj;
}

__printf(3, 0)
char *tslab_vasprintf(struct tslab *ts, gfp_t gfp, const char *fmt,
		      va_list args);
__printf(3, 4)
char *tslab_asprintf(struct tslab *ts, gfp_t gfp, const char *fmt, ...);

/**
 * DEFINE_TSLAB_FREE() - define how __free(@name) frees objects of an instance
 * @name: name for __free() and no_free_ptr()'s pointers
 * @ts: the instance: an expression, evaluated when the object is freed
 *
 * For objects that an error, or the end of a block, frees::
 *
 *	DEFINE_TSLAB_FREE(request_free, request_ts)
 *	...
 *	struct request *r __free(request_free) = tslab_alloc(request_ts, ...);
 */
#define DEFINE_TSLAB_FREE(name, ts)					\
	DEFINE_FREE(name, void *, if (!IS_ERR_OR_NULL(_T)) tslab_free(ts, _T))

/* === Caches === */

/* What was an object stays memory of the cache until a grace period is over. */
#define TSLAB_CACHE_TYPESAFE_BY_RCU	BIT(0)
/* Objects begin at cache lines. */
#define TSLAB_CACHE_HWCACHE_ALIGN	BIT(1)
/* As TSLAB_RECLAIM_ACCOUNT, of its objects alone. */
#define TSLAB_CACHE_RECLAIM_ACCOUNT	BIT(2)
/* As TSLAB_ACCOUNT, of its objects alone, in epochs that are opened from then on. */
#define TSLAB_CACHE_ACCOUNT		BIT(3)

/**
 * struct tslab_cache_args - what a cache is to be like
 * @align: alignment of the objects, bytes: a power of two up to PAGE_SIZE; or 0
 *	for what any object has
 * @flags: TSLAB_CACHE_TYPESAFE_BY_RCU, TSLAB_CACHE_HWCACHE_ALIGN,
 *	TSLAB_CACHE_RECLAIM_ACCOUNT, TSLAB_CACHE_ACCOUNT, TSLAB_DEBUG_*
 * @ctor: called for each object of new memory, never to be undone: whoever
 *	frees an object leaves it as it was constructed; or NULL. Context: as
 *	the allocation
 * @useroffset: beginning of what may be copied to and from user space, bytes
 *	from the object's
 * @usersize: its length, bytes
 */
struct tslab_cache_args {
	unsigned int align;
	unsigned int flags;
	void (*ctor)(void *obj);
	unsigned int useroffset;
	unsigned int usersize;
};

struct tslab_cache *tslab_cache_create(struct tslab *ts, const char *name,
				       size_t size,
				       const struct tslab_cache_args *args);
unsigned long tslab_cache_destroy(struct tslab_cache *cache);
void *tslab_cache_alloc(struct tslab_cache *cache, gfp_t gfp) __malloc;
void *tslab_cache_alloc_epoch(struct tslab_cache *cache, tslab_epoch_t epoch,
			      gfp_t gfp) __malloc;
void *tslab_cache_alloc_node(struct tslab_cache *cache, gfp_t gfp, int node)
	__malloc;
size_t tslab_cache_alloc_bulk(struct tslab_cache *cache, gfp_t gfp, size_t n,
			      void **objs);
void tslab_cache_free(struct tslab_cache *cache, const void *obj);
void tslab_cache_free_bulk(struct tslab_cache *cache, size_t n, void **objs);
long tslab_cache_shrink(struct tslab_cache *cache);
size_t tslab_cache_size(const struct tslab_cache *cache);
void *tslab_mempool_alloc(gfp_t gfp, void *cache);
void tslab_mempool_free(void *obj, void *cache);

/**
 * TSLAB_CACHE() - make a cache of a struct
 * @ts: instance
 * @type: name of the struct, which is also that of the cache
 * @flags_: as in struct tslab_cache_args
 *
 * Return: as tslab_cache_create().
 */
#define TSLAB_CACHE(ts, type, flags_)					\
	tslab_cache_create(ts, #type, sizeof(struct type),		\
			   &(const struct tslab_cache_args) {		\
				.align = __alignof__(struct type),	\
				.flags = (flags_),			\
			   })

/**
 * tslab_cache_zalloc() - allocate a zeroed object of a cache
 * @cache: the cache, which has no constructor
 * @gfp: as for tslab_alloc()
 *
 * Context: as tslab_alloc().
 * Return: the object, or NULL.
 */
static inline void *tslab_cache_zalloc(struct tslab_cache *cache, gfp_t gfp)
{
	return tslab_cache_alloc(cache, gfp | __GFP_ZERO);
}

/* === Reserves === */

struct tslab_reserved *tslab_reserve(struct tslab *ts, tslab_epoch_t epoch,
				     size_t size, unsigned int n, gfp_t gfp);
struct tslab_reserved *tslab_cache_reserve(struct tslab_cache *cache,
					   tslab_epoch_t epoch, unsigned int n,
					   gfp_t gfp);
void *tslab_reserve_alloc(struct tslab_reserved *reserve);
unsigned int tslab_reserve_left(const struct tslab_reserved *reserve);
void tslab_reserve_end(struct tslab_reserved *reserve);

DEFINE_FREE(tslab_reserve_end, struct tslab_reserved *, tslab_reserve_end(_T))

/* === Handles === */

tslab_handle_t tslab_alloc_handle(struct tslab *ts, tslab_epoch_t epoch,
				  size_t size, gfp_t gfp);
tslab_handle_t tslab_cache_alloc_handle(struct tslab_cache *cache,
					tslab_epoch_t epoch, gfp_t gfp);
void *tslab_handle_to_obj(struct tslab *ts, tslab_handle_t handle);
int tslab_free_handle(struct tslab *ts, tslab_handle_t handle);

/* === Epochs === */

/**
 * tslab_epoch_err() - error carried by an epoch id
 * @epoch: what tslab_epoch_advance(), tslab_epoch_open() or
 *	tslab_epoch_open_wait() returned
 *
 * Context: any.
 * Return: 0 for an id, a negative errno for an error.
 */
static inline int tslab_epoch_err(tslab_epoch_t epoch)
{
	u64 id = (__force u64)epoch;

	return IS_ERR_VALUE(id) ? (int)(s64)id : 0;
}

tslab_epoch_t tslab_epoch_current(struct tslab *ts);
tslab_epoch_t tslab_epoch_advance(struct tslab *ts);
tslab_epoch_t tslab_epoch_open(struct tslab *ts, const char *label);
tslab_epoch_t tslab_epoch_open_wait(struct tslab *ts, const char *label,
				    long timeout);
tslab_epoch_t tslab_epoch_open_charged(struct tslab *ts, const char *label,
				       struct mem_cgroup *memcg);
long tslab_epoch_close(struct tslab *ts, tslab_epoch_t epoch);
int tslab_epoch_close_nowait(struct tslab *ts, tslab_epoch_t epoch);
long tslab_epoch_discard(struct tslab *ts, tslab_epoch_t epoch);
int tslab_epoch_set_label(struct tslab *ts, tslab_epoch_t epoch,
			  const char *label);

/* === Reclaim === */

/**
 * enum tslab_owner_answer - what an owner says when it is asked for an epoch
 * @TSLAB_OWNER_KEEPS: it still needs what is in it
 * @TSLAB_OWNER_CLOSES: tslab_epoch_close() it: it frees the objects by itself
 * @TSLAB_OWNER_DISCARDS: tslab_epoch_discard() it: nobody uses an object of it any
 *	more
 */
enum tslab_owner_answer {
	TSLAB_OWNER_KEEPS,
	TSLAB_OWNER_CLOSES,
	TSLAB_OWNER_DISCARDS,
};

/**
 * struct tslab_owner - who knows which epochs of an instance can go
 * @ask: asked when memory is short, for one epoch after the other, the oldest
 *	first, but not for the current one: @epoch has @pages pages. What may be
 *	done to let it go @gfp says: no file system is entered without __GFP_FS.
 *	Returns enum tslab_owner_answer. Context: process context, in reclaim:
 *	may sleep, but not wait for memory, nor for whoever may do so; one task
 *	at a time
 *
 * Embedded in what describes the owner's cache, and found by container_of().
 */
struct tslab_owner {
	int (*ask)(struct tslab_owner *owner, tslab_epoch_t epoch,
		   unsigned long pages, gfp_t gfp);
};

int tslab_set_owner(struct tslab *ts, struct tslab_owner *owner);

/* === Domains === */

struct tslab_domain *tslab_domain_create(struct tslab *ts);
struct tslab_domain *tslab_domain_wrap(struct tslab *ts, tslab_epoch_t epoch,
				       bool auto_close);
struct tslab_domain *tslab_domain_open(struct tslab *ts, const char *label);
int tslab_domain_enter(struct tslab_domain *domain);
int tslab_domain_exit(struct tslab_domain *domain);
struct tslab_domain *tslab_domain_current(void);
tslab_epoch_t tslab_domain_epoch(const struct tslab_domain *domain);
void *tslab_domain_alloc(struct tslab_domain *domain, size_t size,
			 gfp_t gfp) __malloc;
int tslab_domain_destroy(struct tslab_domain *domain);
long tslab_domain_discard(struct tslab_domain *domain);
long tslab_domain_force_close(struct tslab_domain *domain);

/*
 * guard(tslab_domain)(domain) and scoped_guard(tslab_domain, domain): inside
 * the scope, domain is what tslab_domain_current() returns. A domain that may
 * not be entered is reported and not exited either; the scope runs without it.
 */
DEFINE_GUARD(tslab_domain, struct tslab_domain *,
	     _T = tslab_domain_enter(_T) ? NULL : _T, tslab_domain_exit(_T))

/* === Statistics === */

#define TSLAB_STATS_VERSION	1

/*
 * Counters of a size class: monotonic, exact, summed over CPUs when read. The
 * names are API: they are the fields of struct tslab_stats, the lines of the
 * debugfs files and, with a prefix, the Prometheus metrics.
 * Documentation/counters.rst says what each one counts.
 */
#define TSLAB_COUNTERS(X)			\
	X(bitmap_alloc_attempts)		\
	X(bitmap_alloc_cas_retries)		\
	X(bitmap_free_attempts)			\
	X(bitmap_free_cas_retries)		\
	X(current_partial_cas_attempts)		\
	X(current_partial_cas_failures)		\
	X(current_partial_state_mismatch)	\
	X(lock_wait_time_ns)			\
	X(lock_hold_time_ns)			\
	X(slow_path_hits)			\
	X(slow_path_cache_miss)			\
	X(slow_path_epoch_closed)		\
	X(current_partial_null)			\
	X(current_partial_full)			\
	X(cpu_refills)				\
	X(cpu_flushes)				\
	X(remote_free)				\
	X(new_slab_count)			\
	X(empty_slab_recycled)			\
	X(empty_slab_overflowed)		\
	X(pages_released)			\
	X(list_move_partial_to_full)		\
	X(list_move_full_to_partial)		\
	X(epoch_close_calls)			\
	X(epoch_close_scanned_slabs)		\
	X(epoch_close_recycled_slabs)		\
	X(epoch_close_ns)			\
	X(alloc_failed)				\
	X(size_rejected)			\
	X(free_double)				\
	X(free_invalid)				\
	X(free_foreign)				\
	X(free_kfree)				\
	X(handle_invalid)			\
	X(handle_stale)				\
	X(object_overwritten)			\
	X(kfence_allocs)

/* Counters that are derived from per-epoch counts; monotonic as well. */
#define TSLAB_DERIVED_COUNTERS(X)		\
	X(alloc_objects)			\
	X(free_objects)				\
	X(cpu_hits)				\
	X(lock_fast_acquire)			\
	X(lock_contended)

#define TSLAB_GAUGES(X)				\
	X(live_objects)				\
	X(live_bytes)				\
	X(committed_bytes)			\
	X(metadata_bytes)			\
	X(stock_pages)				\
	X(empty_slabs)				\
	X(partial_slabs)			\
	X(full_slabs)				\
	X(cached_slabs)

/* Places that take a class lock. */
#define TSLAB_LOCK_SITES(X)			\
	X(alloc_full)				\
	X(slow_acquire)				\
	X(slow_full)				\
	X(free_empty)				\
	X(free_partial)				\
	X(epoch_close)

#define TSLAB_X_SITE(name)	TSLAB_SITE_##name,
enum tslab_lock_site { TSLAB_LOCK_SITES(TSLAB_X_SITE) TSLAB_NR_SITES };
#undef TSLAB_X_SITE

/* What an allocation that left the fast path went through. */
#define TSLAB_SLOW_REASONS(X)			\
	X(shared)				\
	X(refill)				\
	X(new_slab)				\
	X(cas_retry)				\
	X(lock_wait)				\
	X(partial_null)				\
	X(partial_full)				\
	X(epoch_closed)				\
	X(failed)

#define TSLAB_X_REASON(name)	TSLAB_SLOW_BIT_##name,
enum tslab_slow_bit { TSLAB_SLOW_REASONS(TSLAB_X_REASON) TSLAB_NR_SLOW };
#undef TSLAB_X_REASON
#define TSLAB_SLOW(name)	(1U << TSLAB_SLOW_BIT_##name)

/**
 * struct tslab_stats - counters and gauges of a size class or of all of them
 * @version: TSLAB_STATS_VERSION
 * @size: object size of the class in bytes; 0 in a sum over classes
 * @site_fast_acquire: share of @lock_fast_acquire per enum tslab_lock_site
 * @site_contended: share of @lock_contended per enum tslab_lock_site
 *
 * The other fields are the names in TSLAB_COUNTERS, TSLAB_DERIVED_COUNTERS and
 * TSLAB_GAUGES.
 */
struct tslab_stats {
	u32 version;
	u32 size;
	/* private: documented by name in counters.rst */
#define TSLAB_X_FIELD(name)	u64 name;
	TSLAB_COUNTERS(TSLAB_X_FIELD)
	TSLAB_DERIVED_COUNTERS(TSLAB_X_FIELD)
	TSLAB_GAUGES(TSLAB_X_FIELD)
#undef TSLAB_X_FIELD
	/* public: */
	u64 site_fast_acquire[TSLAB_NR_SITES];
	u64 site_contended[TSLAB_NR_SITES];
};

/**
 * enum tslab_epoch_state - where an epoch stands
 * @TSLAB_EPOCH_OPEN: takes allocations
 * @TSLAB_EPOCH_DRAINING: closed, still holds slabs
 * @TSLAB_EPOCH_DRAINED: closed, holds nothing
 */
enum tslab_epoch_state {
	TSLAB_EPOCH_OPEN,
	TSLAB_EPOCH_DRAINING,
	TSLAB_EPOCH_DRAINED,
};

/**
 * struct tslab_epoch_stats - one epoch
 * @version: TSLAB_STATS_VERSION
 * @index: place in the ring
 * @era: number of this activation
 * @state: enum tslab_epoch_state
 * @label: label or ""
 * @age_ns: nanoseconds since it was opened
 * @live_objects: objects allocated and not freed
 * @domains: domains bound to it
 * @partial_slabs: slabs with both free and live objects
 * @full_slabs: slabs without a free slot
 * @empty_slabs: slabs without a live object
 * @pages_at_close: pages held when it was closed; 0 while open
 * @pages: pages held now
 */
struct tslab_epoch_stats {
	u32 version;
	u32 index;
	u64 era;
	enum tslab_epoch_state state;
	char label[TSLAB_LABEL_MAX];
	u64 age_ns;
	u64 live_objects;
	u64 domains;
	u64 partial_slabs;
	u64 full_slabs;
	u64 empty_slabs;
	u64 pages_at_close;
	u64 pages;
};

/* Bucket i of a histogram: 2^(i - 1) <= ns < 2^i; the last has no end. */
#define TSLAB_HISTOGRAM_BUCKETS	32

/**
 * struct tslab_histogram - how long something took
 * @samples: how often it was timed
 * @scaled_sum_ns: nanoseconds, each sample times the N it was one in
 * @max_ns: the longest, in nanoseconds
 * @scaled: samples by log2 of their nanoseconds, each counted N times
 */
struct tslab_histogram {
	u64 samples;
	u64 scaled_sum_ns;
	u64 max_ns;
	u64 scaled[TSLAB_HISTOGRAM_BUCKETS];
};

/**
 * struct tslab_reason_times - sampled allocations that have something in common
 * @samples: how many
 * @scaled_wall_ns: their time, nanoseconds times the N they were one in
 * @scaled_cpu_ns: the part of it in which the task was running
 * @max_wall_ns: the longest, in nanoseconds
 */
struct tslab_reason_times {
	u64 samples;
	u64 scaled_wall_ns;
	u64 scaled_cpu_ns;
	u64 max_wall_ns;
};

/* Reasons a sampled allocation is filed under, and one for the fast path. */
#define TSLAB_SAMPLED_REASONS	(TSLAB_SLOW_BIT_lock_wait + 1)
#define TSLAB_SAMPLED_FAST	TSLAB_SAMPLED_REASONS

/**
 * struct tslab_timing - what was timed of a size class
 * @version: TSLAB_STATS_VERSION
 * @size: object size of the class in bytes
 * @lock_wait: waits for the class lock
 * @lock_hold: holds of the class lock
 * @alloc_wall: allocations from end to end
 * @alloc_cpu: the part of it in which the task was running
 * @reason: allocations by enum tslab_slow_bit; those that never left the fast
 *	path at TSLAB_SAMPLED_FAST
 *
 * All of it is zero until the switches lock_timing and alloc_sampling of
 * debugfs are used.
 */
struct tslab_timing {
	u32 version;
	u32 size;
	struct tslab_histogram lock_wait;
	struct tslab_histogram lock_hold;
	struct tslab_histogram alloc_wall;
	struct tslab_histogram alloc_cpu;
	struct tslab_reason_times reason[TSLAB_SAMPLED_REASONS + 1];
};

int tslab_class_stats(struct tslab *ts, size_t size, struct tslab_stats *stats);
void tslab_cache_stats(struct tslab_cache *cache, struct tslab_stats *stats);
void tslab_cache_timing(struct tslab_cache *cache, struct tslab_timing *timing);
int tslab_class_timing(struct tslab *ts, size_t size,
		       struct tslab_timing *timing);
void tslab_global_stats(struct tslab *ts, struct tslab_stats *stats);
int tslab_epoch_stats(struct tslab *ts, tslab_epoch_t epoch,
		      struct tslab_epoch_stats *stats);

/*
 * Memory allocation profiling names whoever makes the allocator take pages, and not
 * a line of the allocator.
 */
#if defined(CONFIG_MEM_ALLOC_PROFILING) && !defined(_TSLAB_TSLAB_H)
#define tslab_alloc(...)	alloc_hooks(tslab_alloc(__VA_ARGS__))
#define tslab_alloc_epoch(...)	alloc_hooks(tslab_alloc_epoch(__VA_ARGS__))
#define tslab_alloc_node(...)	alloc_hooks(tslab_alloc_node(__VA_ARGS__))
#define tslab_realloc(...)	alloc_hooks(tslab_realloc(__VA_ARGS__))
#define tslab_zalloc(...)	alloc_hooks(tslab_zalloc(__VA_ARGS__))
#define tslab_alloc_array(...)	alloc_hooks(tslab_alloc_array(__VA_ARGS__))
#define tslab_memdup(...)	alloc_hooks(tslab_memdup(__VA_ARGS__))
#define tslab_strdup(...)	alloc_hooks(tslab_strdup(__VA_ARGS__))
#define tslab_strndup(...)	alloc_hooks(tslab_strndup(__VA_ARGS__))
#define tslab_vasprintf(...)	alloc_hooks(tslab_vasprintf(__VA_ARGS__))
#define tslab_asprintf(...)	alloc_hooks(tslab_asprintf(__VA_ARGS__))
#define tslab_cache_alloc(...)	alloc_hooks(tslab_cache_alloc(__VA_ARGS__))
#define tslab_cache_alloc_epoch(...) \
	alloc_hooks(tslab_cache_alloc_epoch(__VA_ARGS__))
#define tslab_cache_alloc_node(...) \
	alloc_hooks(tslab_cache_alloc_node(__VA_ARGS__))
#define tslab_cache_alloc_bulk(...) \
	alloc_hooks(tslab_cache_alloc_bulk(__VA_ARGS__))
#define tslab_cache_zalloc(...)	alloc_hooks(tslab_cache_zalloc(__VA_ARGS__))
#define tslab_reserve(...)	alloc_hooks(tslab_reserve(__VA_ARGS__))
#define tslab_cache_reserve(...) alloc_hooks(tslab_cache_reserve(__VA_ARGS__))
#define tslab_alloc_handle(...)	alloc_hooks(tslab_alloc_handle(__VA_ARGS__))
#define tslab_cache_alloc_handle(...) \
	alloc_hooks(tslab_cache_alloc_handle(__VA_ARGS__))
#define tslab_domain_alloc(...)	alloc_hooks(tslab_domain_alloc(__VA_ARGS__))
#endif

#endif /* _LINUX_TSLAB_H */
