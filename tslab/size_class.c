// SPDX-License-Identifier: GPL-2.0
/* The size classes, and how slabs are cut for them and for caches. */
#include <linux/math.h>
#include <linux/sizes.h>

#include "tslab.h"

#define RECIPROCAL(_size)	DIV_ROUND_UP(1ULL << 32, (_size))

#define GEOMETRY(_size, _pages, _span) {				\
	.size = (_size),						\
	.reciprocal = RECIPROCAL(_size),				\
	.span = (_span),						\
	.pages = (_pages),						\
}

static_assert(PAGE_SIZE == SZ_4K || PAGE_SIZE == SZ_16K || PAGE_SIZE == SZ_64K,
	      "slabs are cut from pages of 4, 16 or 64 KiB");

#define BY_PAGE_SIZE(_4k, _16k, _64k)					\
	(PAGE_SIZE == SZ_4K ? (_4k) : PAGE_SIZE == SZ_16K ? (_16k) : (_64k))

/* The last of all has no object, and the stock is for one place less. */
#define SPAN(_places)							\
	((_places) == TSLAB_SMALL_SPAN + 1 ? TSLAB_SMALL_SPAN : (_places))

/* The pages of a slab, by their size. */
#define CUT(_size, ...)							\
	GEOMETRY(_size, BY_PAGE_SIZE(__VA_ARGS__),			\
		 SPAN(BY_PAGE_SIZE(__VA_ARGS__) * PAGE_SIZE / (_size)))

/*
 * Chosen so that at least 98 % of a slab is objects, a slab is at most eight pages
 * of 4 KiB or three larger ones, and its bitmap is one word unless a page has more
 * objects than that. Sizes that are three times a power of two get slabs of 3 or 6
 * pages, cut from the next order, where fewer would leave more over.
 */
const struct tslab_geometry tslab_geometry[TSLAB_NR_ROWS] = {
	CUT(8, 1, 1, 1),
	CUT(16, 1, 1, 1),
	CUT(24, 1, 1, 1),
	CUT(32, 1, 1, 1),
	CUT(48, 1, 1, 1),
	CUT(64, 1, 1, 1),
	CUT(96, 1, 1, 1),
	CUT(128, 2, 1, 1),
	CUT(192, 1, 1, 1),
	CUT(256, 2, 1, 1),
	CUT(384, 3, 1, 1),
	CUT(512, 2, 1, 1),
	CUT(768, 6, 1, 1),
	CUT(1024, 4, 1, 1),
	CUT(1536, 6, 2, 1),
	CUT(2048, 8, 2, 1),
	CUT(3072, 6, 3, 1),
	CUT(4096, 8, 2, 1),
	CUT(6144, 6, 3, 2),
	CUT(8192, 8, 2, 1),
	/* Up to which; each is cut for itself. */
	[TSLAB_LARGE] = { .size = KMALLOC_MAX_SIZE },
};

/* An object may begin at all but the last two. */
const struct tslab_geometry tslab_run_geometry =
	GEOMETRY(TSLAB_RUN_UNIT, 1, TSLAB_RUN_UNITS);

u16 tslab_lead_offset[TSLAB_CLASS_MAX_SIZE / TSLAB_SIZE_STEP] __ro_after_init;
u16 tslab_bin_offset[TSLAB_CLASS_MAX_SIZE / TSLAB_SIZE_STEP] __ro_after_init;
static_assert(sizeof(struct tslab) <= U16_MAX);

void __init tslab_size_classes_init(void)
{
	unsigned int class = 0;
	unsigned int step;

	for (step = 0; step < ARRAY_SIZE(tslab_lead_offset); step++) {
		if ((step + 1) * TSLAB_SIZE_STEP > tslab_geometry[class].size)
			class++;
		tslab_bin_offset[step] = offsetof(struct tslab_bins,
						  bin[class]);
		tslab_lead_offset[step] = offsetof(struct tslab,
						   type[class].lead);
	}
}

/* Class of a size, 1 to TSLAB_MAX_SIZE bytes. */
unsigned int tslab_class_of(size_t size)
{
	if (size > TSLAB_CLASS_MAX_SIZE)
		return TSLAB_LARGE;
	return (tslab_lead_offset[(size - 1) / TSLAB_SIZE_STEP] -
		offsetof(struct tslab, type[0].lead)) /
	       sizeof(struct tslab_type);
}

/* What its objects are aligned to, bytes. */
unsigned int tslab_class_align(unsigned int class)
{
	unsigned int size = tslab_geometry[class].size;

	if (class == TSLAB_LARGE)
		return PAGE_SIZE;
	return min_t(unsigned int, size & -size, PAGE_SIZE);
}

/*
 * More pages in a row are hard to get, and tslab_slot_find() would not do for
 * slabs of few objects above 64 KiB.
 */
#define SLAB_MAX_PAGES	BY_PAGE_SIZE(8, 4, 1)
/* Of a slab, what may be left over of it if that makes it smaller: 1/64. */
#define WASTE_SHIFT	6

static unsigned int span_of(size_t size, unsigned int pages)
{
	return pages * PAGE_SIZE / size;
}

static unsigned int waste_of(size_t size, unsigned int pages)
{
	unsigned int span = span_of(size, pages);

	return pages * PAGE_SIZE - (span - span / 64) * size;
}

/**
 * tslab_geometry_cut() - cut a slab for objects of any size
 * @geo: filled in
 * @size: bytes from one object to the next, at least: a multiple of 8, up to
 *	KMALLOC_MAX_SIZE
 */
void tslab_geometry_cut(struct tslab_geometry *geo, size_t size)
{
	unsigned int pages, best;

	/* What 64 places leave over of a page would have no bit. */
	if (size > PAGE_SIZE / 65 && size < PAGE_SIZE / 64)
		size = PAGE_SIZE / 64;
	best = DIV_ROUND_UP(size, PAGE_SIZE);
	for (pages = best + 1; pages <= SLAB_MAX_PAGES; pages++) {
		if (waste_of(size, best) <= best * PAGE_SIZE >> WASTE_SHIFT)
			break;
		/* Only a page may need more than one word. */
		if (span_of(size, pages) > 63)
			break;
		/* Compared by what is left over of each page. */
		if (waste_of(size, pages) * best < waste_of(size, best) * pages)
			best = pages;
	}
	geo->size = size;
	geo->reciprocal = RECIPROCAL(size);
	geo->span = span_of(size, best);
	geo->pages = best;
}

/**
 * tslab_geometry_cut_double() - cut a slab that need not be of one page
 * @geo: how it is cut; two pages for one, of which a descriptor is a twentieth, if
 *	a word has bits for what is in them
 */
void tslab_geometry_cut_double(struct tslab_geometry *geo)
{
	if (geo->pages > 1 || geo->span > 31 || SLAB_MAX_PAGES < 2)
		return;
	geo->pages = 2;
	geo->span = span_of(geo->size, 2);
}

/**
 * tslab_geometry_cut_first() - cut a slab that may be the only one
 * @geo: how slabs of the type are cut; as few pages as there can be, unless much
 *	more of each would be left over
 */
void tslab_geometry_cut_first(struct tslab_geometry *geo)
{
	unsigned int pages = DIV_ROUND_UP(geo->size, PAGE_SIZE);
	unsigned int span = span_of(geo->size, pages);

	if (span * geo->size <= pages * PAGE_SIZE / 4 * 3)
		return;
	geo->pages = pages;
	geo->span = span;
}

/**
 * tslab_geometry_cut_small() - cut a slab of one page that the stock may have
 * @geo: filled in; no pages if too much of the page would be left over
 * @size: bytes from one object to the next
 */
void tslab_geometry_cut_small(struct tslab_geometry *geo, size_t size)
{
	unsigned int span = min(span_of(size, 1), TSLAB_SMALL_SPAN + 0U);

	*geo = (struct tslab_geometry){
		.size = size,
		.reciprocal = RECIPROCAL(size),
		.span = span,
	};
	/* As kmalloc() does, up to an eighth. */
	if (size >= TSLAB_SMALL_MIN && span * size >= PAGE_SIZE / 8 * 7)
		geo->pages = 1;
}
