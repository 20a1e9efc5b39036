// SPDX-License-Identifier: GPL-2.0
/* The size classes and how their slabs are cut. */
#include <linux/math.h>
#include <linux/sizes.h>

#include "tslab.h"

#define GEOMETRY(_size, _pages, _slots) {				\
	.size = (_size),						\
	.pages = (_pages),						\
	.slots = (_slots),						\
	.reciprocal = DIV_ROUND_UP(1ULL << 32, (_size)),		\
}

static_assert(PAGE_SIZE == SZ_4K, "slabs are cut from pages of 4 KiB");

/*
 * Chosen so that at least 98 % of a slab is objects, a slab is at most eight
 * pages, and its bitmap with the dead bit is one word. Sizes that are three
 * times a power of two get slabs of 3 or 6 pages, cut from the next order.
 */
const struct tslab_geometry tslab_geometry[TSLAB_NR_CLASSES] = {
	GEOMETRY(64, 1, 63),
	GEOMETRY(96, 1, 42),
	GEOMETRY(128, 2, 63),
	GEOMETRY(192, 1, 21),
	GEOMETRY(256, 2, 32),
	GEOMETRY(384, 3, 32),
	GEOMETRY(512, 2, 16),
	GEOMETRY(768, 3, 16),
	GEOMETRY(1024, 4, 16),
	GEOMETRY(1536, 6, 16),
	GEOMETRY(2048, 4, 8),
	GEOMETRY(3072, 6, 8),
	GEOMETRY(4096, 8, 8),
	GEOMETRY(6144, 6, 4),
	GEOMETRY(8192, 8, 4),
};

u8 tslab_class_by_step[TSLAB_MAX_SIZE / TSLAB_SIZE_STEP] __ro_after_init;

void __init tslab_size_classes_init(void)
{
	unsigned int class = 0;
	unsigned int step;

	for (step = 0; step < ARRAY_SIZE(tslab_class_by_step); step++) {
		if ((step + 1) * TSLAB_SIZE_STEP > tslab_geometry[class].size)
			class++;
		tslab_class_by_step[step] = class;
	}
}
