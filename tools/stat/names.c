// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the names of version 1
 */
#include <string.h>

#include "stat.h"

const struct name known_names[] = {
	{ "bitmap_alloc_attempts",
	  "Slots claimed from shared bitmaps, one for each claim that succeeded.",
	  "Denominator of bitmap_alloc_cas_retries; not the number of allocations." },
	{ "bitmap_alloc_cas_retries",
	  "Failed cmpxchg rounds in claims from a shared bitmap.",
	  "Judge it per attempt: its rate alone grows with the load." },
	{ "bitmap_free_attempts",
	  "Frees into a shared bitmap.",
	  "Denominator of bitmap_free_cas_retries; not the number of frees." },
	{ "bitmap_free_cas_retries",
	  "Failed cmpxchg rounds in frees into a shared bitmap.",
	  "Judge it per attempt: its rate alone grows with the load." },
	{ "current_partial_cas_attempts",
	  "cmpxchg on a current_partial pointer.",
	  "Once per slab, not per object." },
	{ "current_partial_cas_failures",
	  "cmpxchg on a current_partial pointer that lost to another CPU.",
	  "A high share of few attempts costs little: look at the attempts, too." },
	{ "current_partial_state_mismatch",
	  "cmpxchg not tried because the pointer had changed already.",
	  "Not a failure and not contention; do not add it to the failures." },
	{ "lock_fast_acquire",
	  "Class locks taken at once.",
	  "Sum over site for all; with lock_contended it makes all acquisitions." },
	{ "lock_contended",
	  "Class locks that had to be waited for.",
	  "Judge it per acquisition; it does not say how long the waits were." },
	{ "lock_wait_time_ns",
	  "Estimated time spent waiting for the class lock.",
	  "Estimated from samples; stays as it is while debugfs/tslab/lock_timing is 0." },
	{ "lock_hold_time_ns",
	  "Estimated time the class lock was held.",
	  "Estimated from samples; stays as it is while debugfs/tslab/lock_timing is 0." },
	{ "slow_path_hits",
	  "Allocations that left the fast path.",
	  "Where only the shared tier is used, that is no sign of trouble." },
	{ "slow_path_cache_miss",
	  "Allocations that needed a new slab.",
	  "Grows with every new epoch; a cost only if its rate is near that of allocations." },
	{ "slow_path_epoch_closed",
	  "Allocations refused because the epoch was not open.",
	  "The caller holds an epoch id for too long; it got NULL." },
	{ "current_partial_null",
	  "Allocations that found no published slab.",
	  "Normal for the first in each epoch." },
	{ "current_partial_full",
	  "Allocations that found a full published slab.",
	  "Normal once per slab." },
	{ "cpu_hits",
	  "Objects taken on the fast path.",
	  "Not told apart by label of the epoch.",
	  NAME_UNLABELLED },
	{ "cpu_refills",
	  "Objects taken by the slow path of the per-CPU tier.",
	  "Each stands for a slab that was filled or collected: few per cpu_hits are normal." },
	{ "cpu_flushes",
	  "Slabs given up by a CPU.",
	  "Closing epochs and CPU hotplug do that, too." },
	{ "remote_free",
	  "Frees into a slab that another CPU owns.",
	  "Objects passed between CPUs; dearer than a local free, but not an error." },
	{ "new_slab_count",
	  "Slabs made from pages.",
	  "Counts slabs, which are of one to eight pages." },
	{ "empty_slab_recycled",
	  "Empty slabs that were used again.",
	  "With empty_slab_overflowed all emptied slabs but those of closes." },
	{ "empty_slab_overflowed",
	  "Empty slabs given back because enough were kept.",
	  "Memory that came back; a cost only if new_slab_count grows as fast." },
	{ "pages_released",
	  "Pages given back to the page allocator.",
	  "In pages of the machine, not in slabs." },
	{ "list_move_partial_to_full",
	  "Slabs moved from the partial to the full list.",
	  "Each is done under the class lock." },
	{ "list_move_full_to_partial",
	  "Slabs moved from the full to the partial list.",
	  "Each is done under the class lock." },
	{ "epoch_close_calls",
	  "Closes of epochs that used the class.",
	  "One close counts in each class that the epoch used." },
	{ "epoch_close_scanned_slabs",
	  "Slabs that closes looked at.",
	  "Listed slabs with live objects are not looked at; they go back later." },
	{ "epoch_close_recycled_slabs",
	  "Slabs that closes gave back.",
	  "Slabs that emptied before or after the close are not in it." },
	{ "epoch_close_ns",
	  "Time spent in closes.",
	  "Waiting for the CPUs is not in it." },
	{ "alloc_failed",
	  "Allocations that failed.",
	  "The caller got NULL; GFP_NOWAIT and GFP_ATOMIC callers may expect that.",
	  NAME_WHOLE },
	{ "size_rejected",
	  "Allocations of size 0 or over the largest class.",
	  "Has size_class 0: no class is meant for them.",
	  NAME_WHOLE | NAME_CLASSLESS },
	{ "free_double",
	  "Frees of objects that were free.",
	  "A bug of the caller; a slot that was allocated anew in between goes unseen.",
	  NAME_WHOLE },
	{ "free_invalid",
	  "Frees of addresses where no object starts.",
	  "A bug of the caller; nothing was freed.",
	  NAME_WHOLE },
	{ "free_foreign",
	  "Frees of addresses in no slab of the instance.",
	  "A bug of the caller; has size_class 0, as the class is not known.",
	  NAME_WHOLE | NAME_CLASSLESS },
	{ "free_kfree",
	  "Objects that were given to kfree().",
	  "A bug of the caller; seen when the slab would go back, which may be long after.",
	  NAME_OPTIONAL | NAME_WHOLE },
	{ "handle_invalid",
	  "Uses of handles that were malformed, foreign or free.",
	  "Has size_class 0, as the class is not known.",
	  NAME_WHOLE | NAME_CLASSLESS },
	{ "handle_stale",
	  "Uses of handles whose slab is gone.",
	  "Has size_class 0; a caller that expects -ESTALE makes it grow without a bug.",
	  NAME_WHOLE | NAME_CLASSLESS },
	{ "object_overwritten",
	  "Objects that were overwritten.",
	  "A bug, but maybe of others than its user; only what is debugged is looked at, which may be long after.",
	  NAME_OPTIONAL | NAME_WHOLE },
	{ "kfence_allocs",
	  "Objects that came from KFENCE.",
	  "0 while the parameter kfence is 0; not all that ask KFENCE get one.",
	  NAME_OPTIONAL | NAME_WHOLE },
	{ "alloc_objects",
	  "Objects allocated.",
	  "Not told apart by label of the epoch.",
	  NAME_OPTIONAL | NAME_UNLABELLED },
	{ "free_objects",
	  "Objects freed.",
	  "Falls by one at a double free that is found late, which looks like a restart.",
	  NAME_OPTIONAL | NAME_UNLABELLED },
	{ "live_objects",
	  "Objects allocated and not freed.",
	  "Read while CPUs count: it may be off by what is in flight.",
	  NAME_GAUGE },
	{ "live_bytes",
	  "Bytes of live objects.",
	  "Of the class size, not of the size that was asked for.",
	  NAME_GAUGE },
	{ "committed_bytes",
	  "Bytes of all slabs.",
	  "What tslab holds of the page allocator; descriptors come on top.",
	  NAME_GAUGE },
	{ "metadata_bytes",
	  "Bytes of the allocator itself: descriptors, per-CPU memory, counters.",
	  "Comes on top of committed_bytes; what instances need has size_class 0.",
	  NAME_OPTIONAL | NAME_GAUGE | NAME_CLASSLESS },
	{ "stock_pages",
	  "Pages of slabs that CPUs have ready for the next phase.",
	  "Of all instances together, so with size_class 0; not committed.",
	  NAME_OPTIONAL | NAME_GAUGE | NAME_CLASSLESS },
	{ "empty_slabs",
	  "Slabs without a live object.",
	  "Includes those that CPUs own and those kept for reuse.",
	  NAME_GAUGE },
	{ "partial_slabs",
	  "Slabs on the lists with free slots.",
	  "Slabs in use are in neither partial_slabs nor full_slabs.",
	  NAME_GAUGE },
	{ "full_slabs",
	  "Slabs on the lists without free slots.",
	  "Slabs in use are in neither partial_slabs nor full_slabs.",
	  NAME_GAUGE },
	{ "cached_slabs",
	  "Empty slabs kept for reuse.",
	  "Bounded for each class of an epoch by the parameter empty_slabs.",
	  NAME_GAUGE },
	{ }
};

#define SITE(name) { name, "lock_fast_acquire_" name, "lock_contended_" name }

const struct site sites[NR_SITES] = {
	SITE("alloc_full"),
	SITE("slow_acquire"),
	SITE("slow_full"),
	SITE("free_empty"),
	SITE("free_partial"),
	SITE("epoch_close"),
};

#define BUCKET(n)	"bucket_" #n

const char *const bucket_names[NR_BUCKETS] = {
	BUCKET(0), BUCKET(1), BUCKET(2), BUCKET(3), BUCKET(4), BUCKET(5),
	BUCKET(6), BUCKET(7), BUCKET(8), BUCKET(9), BUCKET(10), BUCKET(11),
	BUCKET(12), BUCKET(13), BUCKET(14), BUCKET(15), BUCKET(16), BUCKET(17),
	BUCKET(18), BUCKET(19), BUCKET(20), BUCKET(21), BUCKET(22), BUCKET(23),
	BUCKET(24), BUCKET(25), BUCKET(26), BUCKET(27), BUCKET(28), BUCKET(29),
	BUCKET(30), BUCKET(31),
};

/* In files other than those of the classes. */
static const char *const other_counters[] = {
	"samples", "scaled_sum_ns", "scaled_wall_ns", "scaled_cpu_ns",
	"slab_hit", "slab_miss", "slab_foreign",
};

static bool is_one_of(const char *name, const char *const *list, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

static bool is_site(const char *name)
{
	size_t i;

	for (i = 0; i < NR_SITES; i++)
		if (!strcmp(name, sites[i].fast) ||
		    !strcmp(name, sites[i].contended))
			return true;
	return false;
}

static const struct name *find(const char *name)
{
	const struct name *n;

	for (n = known_names; n->name; n++)
		if (!strcmp(name, n->name))
			return n;
	return NULL;
}

/* Of a name that is not known, nobody knows: it is not. */
bool name_only_grows(const char *name)
{
	const struct name *n = find(name);

	if (n)
		return !(n->flags & NAME_GAUGE);
	return is_site(name) ||
	       is_one_of(name, other_counters, ARRAY_SIZE(other_counters)) ||
	       is_one_of(name, bucket_names, NR_BUCKETS);
}

/* Unknown ones may stand for constants; those of sites are in a sum. */
bool name_means_activity(const char *name)
{
	return find(name);
}

/*
 * What version 1 promises of a class file, one by one from *@i = 0 on; a file
 * without one of them has lost lines. Return: NULL at the end.
 */
const char *name_next_required(size_t *i)
{
	const size_t nr_names = ARRAY_SIZE(known_names) - 1;
	size_t site;

	while (*i < nr_names && known_names[*i].flags & NAME_OPTIONAL)
		++*i;
	site = *i - nr_names;
	if (*i >= nr_names + 2 * NR_SITES)
		return NULL;
	++*i;
	if (*i <= nr_names)
		return known_names[*i - 1].name;
	return site % 2 ? sites[site / 2].contended : sites[site / 2].fast;
}
