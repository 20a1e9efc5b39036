// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the tables of where the memory is
 */
#include <string.h>

#include "memory.h"
#include "view.h"

/* Rows of a table on one screen with the others. */
#define MAX_INSTANCES	8
#define MAX_TYPES	16

/* === Nodes === */

static const struct column node_columns[] = {
	{ "INSTANCE", SHOWS_INSTANCE },
	{ "NODE", SHOWS_KEY },
	VALUE("SLABS", "slabs"),
	VALUE("PAGES", "pages"),
	KIB("COMMITTED(KiB)", "committed_bytes"),
	VALUE("HIT", "slab_hit"),
	RATE("HIT/s", "slab_hit"),
	VALUE("MISS", "slab_miss"),
	RATE("MISS/s", "slab_miss"),
	VALUE("FOREIGN", "slab_foreign"),
	RATE("FOREIGN/s", "slab_foreign"),
	{ "HIT%", SHOWS_SHARE, "slab_hit", .of = "slab_wanted" },
	{ }
};

/* The share is of the slabs that were to be on the node. */
static int node_add(struct builder *b, const struct stats *node, bool is_total)
{
	struct stats row = *node;
	int ret;

	row.nr = 0;
	row.counters = NULL;
	ret = stats_add(&row, node, b->fault);
	if (!ret)
		ret = stats_append(&row, "committed_bytes",
				   pages_to_bytes(stats_value(node, "pages")),
				   b->fault);
	if (!ret)
		ret = stats_append(&row, "slab_wanted",
				   sum_saturated(stats_value(node, "slab_hit"),
						 stats_value(node,
							     "slab_foreign")),
				   b->fault);
	if (!ret)
		ret = row_add(b, &row, is_total);
	stats_free(&row);
	return ret;
}

static bool has_any(const struct stats *stats)
{
	size_t i;

	for (i = 0; i < stats->nr; i++)
		if (stats->counters[i].value)
			return true;
	return false;
}

/* Sums over the instances, by node; @sums has to be freed, error or not. */
static int nodes_sum(const struct set *nodes, struct set *sums,
		     struct fault *fault)
{
	size_t i;

	for (i = 0; i < nodes->nr; i++) {
		struct stats *sum = set_sum(sums, nodes->rows[i].key,
					    &nodes->rows[i], fault);

		if (!sum)
			return -1;
		sum->instance = ALL_TEXT;
	}
	set_sort(sums);
	return 0;
}

int nodes_build(struct builder *b)
{
	const struct set *nodes = &b->tree->sets[FILE_NODES];
	struct set sums = { };
	int ret = 0;
	size_t i;

	columns_choose(b, node_columns);
	for (i = 0; !ret && i < nodes->nr; i++)
		if (b->options->all || has_any(&nodes->rows[i]))
			ret = node_add(b, &nodes->rows[i], false);
	if (!ret)
		ret = nodes_sum(nodes, &sums, b->fault);
	for (i = 0; !ret && i < sums.nr; i++)
		ret = node_add(b, &sums.rows[i], true);
	set_free(&sums);
	return ret;
}

/* === Memory === */

#define LIVE							\
	KIB("LIVE(KiB)", "live_bytes"),				\
	KIB("UNUSED(KiB)", "unused_bytes"),			\
	KIB("COMMITTED(KiB)", "committed_bytes")

#define DRAINING	KIB("DRAINING(KiB)", "draining_bytes")
#define STOCK		KIB("STOCK(KiB)", "stock_bytes")
#define METADATA	KIB("METADATA(KiB)", "metadata_bytes")
#define TOTAL		KIB("TOTAL(KiB)", "total_bytes")

static const struct column total_columns[] = {
	LIVE, DRAINING, STOCK, METADATA, TOTAL, { }
};

static const struct column kernel_columns[] = {
	KIB("SLAB(KiB)", "slab_bytes"),
	KIB("SRECLAIMABLE(KiB)", "sreclaimable_bytes"),
	KIB("SUNRECLAIM(KiB)", "sunreclaim_bytes"),
	{ }
};

static const struct column instance_columns[] = {
	{ "INSTANCE", SHOWS_INSTANCE },
	LIVE, DRAINING, METADATA, TOTAL, { }
};

static const struct column type_columns[] = {
	{ "INSTANCE", SHOWS_INSTANCE },
	{ "CACHE", SHOWS_CACHE },
	{ "SIZE", SHOWS_SIZE },
	LIVE, METADATA, TOTAL, { }
};

static const struct column label_columns[] = {
	{ "LABEL", SHOWS_KEY },
	VALUE("EPOCHS", "epochs"),
	VALUE("LIVE", "live_objects"),
	KIB("COMMITTED(KiB)", "committed_bytes"),
	DRAINING,
	{ }
};

static const struct column cgroup_columns[] = {
	{ "CGROUP", SHOWS_CGROUP },
	VALUE("EPOCHS", "epochs"),
	KIB("COMMITTED(KiB)", "committed_bytes"),
	{ }
};

int memory_total_build(struct builder *b)
{
	struct stats row;
	int ret;

	columns_choose(b, total_columns);
	ret = memory_total(&row, b->tree, b->fault);
	if (!ret)
		ret = row_add(b, &row, true);
	stats_free(&row);
	return ret;
}

/* A table of its own: on top of its figures would be those of all others. */
int memory_kernel_build(struct builder *b)
{
	static const struct stats unknown;
	const struct set *meminfo = &b->tree->sets[SET_MEMINFO];

	columns_choose(b, kernel_columns);
	return row_add(b, meminfo->present ? meminfo->rows : &unknown, false);
}

static int rows_build(struct builder *b, struct set *set, const char *what,
		      size_t max)
{
	size_t i;

	if (!b->options->all && memory_largest(set, what, max, b->fault))
		return -1;
	for (i = 0; i < set->nr; i++)
		if ((b->options->all || has_any(&set->rows[i])) &&
		    row_add(b, &set->rows[i], false))
			return -1;
	return 0;
}

/* What to sort by where metadata are not counted. */
static const char *largest_name(const struct builder *b)
{
	return stats_find(&b->tree->total, "metadata_bytes") ?
	       "total_bytes" : "committed_bytes";
}

int memory_instances_build(struct builder *b)
{
	struct set set;
	int ret;

	columns_choose(b, instance_columns);
	ret = memory_by_instance(&set, b->tree, b->fault);
	if (!ret)
		ret = rows_build(b, &set, largest_name(b), MAX_INSTANCES);
	set_free(&set);
	return ret;
}

int memory_types_build(struct builder *b)
{
	struct set set;
	int ret;

	columns_choose(b, type_columns);
	ret = memory_by_type(&set, b->tree, b->fault);
	if (!ret)
		ret = rows_build(b, &set, largest_name(b), MAX_TYPES);
	set_free(&set);
	return ret;
}

int memory_labels_build(struct builder *b)
{
	struct set set;
	int ret;

	columns_choose(b, label_columns);
	ret = memory_by_label(&set, b->tree, b->fault);
	if (!ret)
		ret = rows_build(b, &set, "committed_bytes", SIZE_MAX - 1);
	set_free(&set);
	return ret;
}

/* Most machines charge nothing to cgroups: they have no such table. */
int memory_cgroups_build(struct builder *b)
{
	struct set set;
	int ret;

	if (!b->tree->sets[FILE_CGROUPS].nr)
		return 0;
	columns_choose(b, cgroup_columns);
	ret = memory_by_cgroup(&set, b->tree, b->fault);
	if (!ret)
		ret = rows_build(b, &set, "committed_bytes", MAX_TYPES);
	set_free(&set);
	return ret;
}
