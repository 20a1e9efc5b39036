// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: where the memory is
 *
 * Of whatever has live objects in slabs: bytes that are live, that are not and
 * yet in its slabs, and that the allocator needs for it. What a figure cannot be
 * made of is not in its row.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

uint64_t pages_to_bytes(uint64_t pages)
{
	const uint64_t size = sysconf(_SC_PAGESIZE);

	return pages > UINT64_MAX / size ? UINT64_MAX : pages * size;
}

uint64_t epoch_bytes(const struct stats *epoch)
{
	return pages_to_bytes(stats_value(epoch, "pages"));
}

bool epoch_is_draining(const struct stats *epoch)
{
	return !strcmp(epoch->state, "draining");
}

/*
 * The kernel counts the first 16 labels apart: those that it counts are the
 * ones that there are never more of, whatever else epochs are called.
 */
const char *counted_label(const struct tree *tree, const char *label)
{
	const struct set *labels = &tree->sets[FILE_LABELS];
	size_t i;

	if (!strcmp(label, NO_LABEL))
		return label;
	for (i = 0; i < labels->nr; i++)
		if (!strcmp(labels->rows[i].key, label))
			return label;
	return OTHER_LABELS;
}

static uint64_t less(uint64_t value, uint64_t by)
{
	return value > by ? value - by : 0;
}

/* Not every module counts what it needs itself; a cache leaves out what is 0. */
static int row_fill(struct stats *row, const struct tree *tree,
		    const struct stats *from, uint64_t stock,
		    struct fault *fault)
{
	const uint64_t live = stats_value(from, "live_bytes");
	const uint64_t committed = stats_value(from, "committed_bytes");
	const uint64_t metadata = stats_value(from, "metadata_bytes");
	const uint64_t pages = sum_saturated(committed, stock);

	if (stats_append(row, "live_bytes", live, fault) ||
	    stats_append(row, "unused_bytes", less(committed, live), fault) ||
	    stats_append(row, "committed_bytes", committed, fault))
		return -1;
	if (!stats_find(&tree->total, "metadata_bytes"))
		return 0;
	if (stats_append(row, "metadata_bytes", metadata, fault))
		return -1;
	return stats_append(row, "total_bytes", sum_saturated(pages, metadata),
			    fault);
}

/* Part of committed_bytes: what closed epochs hold, of one instance or all. */
static int draining_fill(struct stats *row, const struct tree *tree,
			 const char *instance, struct fault *fault)
{
	const struct set *epochs = &tree->sets[FILE_EPOCHS];
	uint64_t bytes = 0;
	size_t i;

	if (!epochs->present)
		return 0;
	for (i = 0; i < epochs->nr; i++) {
		const struct stats *epoch = &epochs->rows[i];

		if (epoch_is_draining(epoch) &&
		    (!instance || !strcmp(epoch->instance, instance)))
			bytes = sum_saturated(bytes, epoch_bytes(epoch));
	}
	return stats_append(row, "draining_bytes", bytes, fault);
}

/* The stock is that of all instances together, and no part of one. */
int memory_total(struct stats *row, const struct tree *tree,
		 struct fault *fault)
{
	const struct counter *pages = tree->instance ? NULL :
				      stats_find(&tree->total, "stock_pages");
	uint64_t stock = pages ? pages_to_bytes(pages->value) : 0;

	memset(row, 0, sizeof(*row));
	row->size = ALL_CLASSES;
	if (row_fill(row, tree, &tree->total, stock, fault) ||
	    (pages && stats_append(row, "stock_bytes", stock, fault)))
		return -1;
	return draining_fill(row, tree, NULL, fault);
}

int memory_by_instance(struct set *set, const struct tree *tree,
		       struct fault *fault)
{
	const struct set *from = &tree->sets[SET_INSTANCES];
	size_t i;

	memset(set, 0, sizeof(*set));
	set->present = from->present;
	for (i = 0; i < from->nr; i++) {
		struct stats *row = set_new_row(set, fault);

		if (!row)
			return -1;
		row->instance = from->rows[i].instance;
		if (row_fill(row, tree, &from->rows[i], 0, fault) ||
		    draining_fill(row, tree, row->instance, fault))
			return -1;
	}
	return 0;
}

static int types_add(struct set *set, struct stats *sum,
		     const struct tree *tree, enum file file,
		     struct fault *fault)
{
	const struct set *from = &tree->sets[file];
	size_t i;

	for (i = 0; i < from->nr; i++) {
		struct stats *row = set_new_row(set, fault);

		if (!row)
			return -1;
		row->size = from->rows[i].size;
		row->key = from->rows[i].key;
		row->instance = from->rows[i].instance;
		if (row_fill(row, tree, &from->rows[i], 0, fault) ||
		    stats_add(sum, &from->rows[i], fault))
			return -1;
	}
	return 0;
}

/* Classes, caches, and what is left: the files were not read at one moment. */
static int types_fill(struct set *set, struct stats *sum,
		      const struct tree *tree, struct fault *fault)
{
	static const char *const names[] = {
		"live_bytes", "committed_bytes", "metadata_bytes"
	};
	struct counter left[ARRAY_SIZE(names)];
	const struct stats rest = {
		.nr = ARRAY_SIZE(left),
		.counters = left,
	};
	struct stats *row;
	size_t i;

	if (types_add(set, sum, tree, FILE_CLASSES, fault) ||
	    types_add(set, sum, tree, FILE_CACHES, fault))
		return -1;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		left[i] = (struct counter){
			names[i],
			less(stats_value(&tree->total, names[i]),
			     stats_value(sum, names[i])),
		};
	row = set_new_row(set, fault);
	return row ? row_fill(row, tree, &rest, 0, fault) : -1;
}

int memory_by_type(struct set *set, const struct tree *tree,
		   struct fault *fault)
{
	struct stats sum = { };
	int ret;

	memset(set, 0, sizeof(*set));
	set->present = true;
	ret = types_fill(set, &sum, tree, fault);
	stats_free(&sum);
	return ret;
}

/* There are no more labels than the kernel counts apart. */
int memory_by_label(struct set *set, const struct tree *tree,
		    struct fault *fault)
{
	static const char *const names[] = {
		"epochs", "live_objects", "committed_bytes", "draining_bytes"
	};
	const struct set *epochs = &tree->sets[FILE_EPOCHS];
	size_t i;

	memset(set, 0, sizeof(*set));
	set->present = epochs->present;
	for (i = 0; i < epochs->nr; i++) {
		const struct stats *epoch = &epochs->rows[i];
		const char *label = counted_label(tree, epoch->key);
		const uint64_t bytes = epoch_bytes(epoch);
		struct counter counters[] = {
			{ names[0], 1 },
			{ names[1], stats_value(epoch, "live_objects") },
			{ names[2], bytes },
			{ names[3], epoch_is_draining(epoch) ? bytes : 0 },
		};
		const struct stats add = {
			.nr = ARRAY_SIZE(counters),
			.counters = counters,
		};

		if (!set_sum(set, label, &add, fault))
			return -1;
	}
	set_sort(set);
	return 0;
}

/* By inode, as not all have a path. */
int memory_by_cgroup(struct set *set, const struct tree *tree,
		     struct fault *fault)
{
	const struct set *epochs = &tree->sets[FILE_CGROUPS];
	size_t i, row;

	memset(set, 0, sizeof(*set));
	set->present = epochs->present;
	for (i = 0; i < epochs->nr; i++) {
		const struct stats *epoch = &epochs->rows[i];
		const uint64_t inode = stats_value(epoch, "cgroup");
		struct counter counters[] = {
			{ "epochs", 1 },
			{ "committed_bytes", epoch_bytes(epoch) },
		};
		const struct stats add = {
			.nr = ARRAY_SIZE(counters),
			.counters = counters,
		};

		for (row = 0; row < set->nr; row++)
			if (stats_value(&set->rows[row], "inode") == inode)
				break;
		if (row == set->nr &&
		    (!set_new_row(set, fault) ||
		     stats_append(&set->rows[row], "inode", inode, fault)))
			return -1;
		set->rows[row].cgroup = epoch->cgroup;
		if (stats_add(&set->rows[row], &add, fault))
			return -1;
	}
	return 0;
}

/* === The largest of them === */

static int sizes_compare(const void *a, const void *b, void *name)
{
	const uint64_t l = stats_value(a, name), r = stats_value(b, name);

	return l == r ? stats_compare(a, b) : l < r ? 1 : -1;
}

/* Leaves the @max rows with the most of @name, and one of all the others. */
int memory_largest(struct set *set, const char *name, size_t max,
		   struct fault *fault)
{
	struct stats *others;
	size_t i;

	if (set->nr)
		qsort_r(set->rows, set->nr, sizeof(*set->rows), sizes_compare,
			(void *)name);
	if (set->nr <= max + 1)
		return 0;
	others = &set->rows[max];
	others->size = 0;
	others->key = NO_LABEL;
	others->instance = OTHERS_TEXT;
	for (i = max + 1; i < set->nr; i++) {
		if (stats_add(others, &set->rows[i], fault))
			return -1;
		stats_free(&set->rows[i]);
	}
	set->nr = max + 1;
	return 0;
}
