/* SPDX-License-Identifier: GPL-2.0 */
/* What a CPU has of a type in an epoch. */
#ifndef _TSLAB_CPU_SLAB_H
#define _TSLAB_CPU_SLAB_H

#include <linux/types.h>

struct tslab_slab;
struct tslab_word;

#define TSLAB_NO_CPU		(-1)

/* Slabs a CPU owns besides the one it allocates from, of a type and epoch. */
#define TSLAB_CPU_KEPT		8

/**
 * struct tslab_cpu_slab - what one CPU has of one type in one epoch
 * @busy: this CPU is inside a section on @slab; an interrupt that finds it set
 *	uses the shared tier
 * @word: word of @slab it takes slots from; never NULL
 * @base: address of the first slot of @word
 * @slab: slab the CPU allocates from, or tslab_no_slab; as all slabs of a CPU
 *	changed by this CPU under @busy or with interrupts off
 * @hits: objects allocated from @slab; under @busy
 * @frees: objects freed into slabs it owns by this CPU; under @busy
 * @size: bytes from one object to the next
 * @oldest: place in @kept that is given up first
 * @nr_kept: places of @kept that are taken
 * @misses: objects allocated in any other way
 * @shared_frees: objects freed in any other way
 * @kept: slabs it allocated from before, or tslab_no_slab. They had no free slot
 *	then, and may have some when @slab has none
 *
 * The counts go on over the eras of the epoch; they balance whenever it has
 * drained.
 */
struct tslab_cpu_slab {
	unsigned long busy;
	struct tslab_word *word;
	void *base;
	struct tslab_slab *slab;
	u64 hits;
	u64 frees;
	u32 size;
	u16 oldest;
	u16 nr_kept;
	u64 misses;
	u64 shared_frees;
	struct tslab_slab *kept[TSLAB_CPU_KEPT];
};

#endif /* _TSLAB_CPU_SLAB_H */
