// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: where the memory is, as series of Prometheus
 *
 * All of it has few parts, whatever happens on a machine. Classes and caches are
 * in the families of their gauges.
 */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "series.h"

#define MAX_NODES	64

/* Of a part that is not known, there is no series. */
static int parts_print(const struct printer *p, struct fault *fault)
{
	static const struct {
		const char *part;
		const char *counter;
	} parts[] = {
		{ "committed", "committed_bytes" },
		{ "stock", "stock_bytes" },
		{ "metadata", "metadata_bytes" },
	};
	struct family family = {
		.file = p->file,
		.name = "memory_bytes",
		.help = "Bytes that tslab has, by what they are for.",
		.pitfall = "Add them up for all of it; the stock is of all instances together.",
		.type = "gauge",
	};
	struct stats total;
	int ret = memory_total(&total, p->tree, fault);
	size_t i;

	for (i = 0; !ret && i < ARRAY_SIZE(parts); i++) {
		const struct counter *c = stats_find(&total, parts[i].counter);

		if (c)
			series_print_key(p, &family, "part", parts[i].part,
				    c->value);
	}
	stats_free(&total);
	return ret;
}

static int labels_print(const struct printer *p, struct fault *fault)
{
	struct family family = {
		.file = p->file,
		.name = "label_held_bytes",
		.help = "Bytes that the slabs of epochs of a label hold, whatever their state.",
		.pitfall = "Part of the committed ones; labels that the kernel does not count apart are other.",
		.type = "gauge",
	};
	struct set set;
	int ret = memory_by_label(&set, p->tree, fault);
	size_t i;

	for (i = 0; !ret && i < set.nr; i++)
		series_print_key(p, &family, "label", set.rows[i].key,
			    stats_value(&set.rows[i], "committed_bytes"));
	set_free(&set);
	return ret;
}

/*
 * How many slabs are where they were to be is no series: instances that are gone
 * take their counts with them, which would look like a restart.
 */
static void nodes_print(const struct printer *p)
{
	struct family family = {
		.file = p->file,
		.name = "node_held_bytes",
		.help = "Bytes of slabs on a NUMA node.",
		.pitfall = "Part of the committed ones; the stock is in none.",
		.type = "gauge",
	};
	const struct set *nodes = &p->tree->sets[FILE_NODES];
	uint64_t pages[MAX_NODES + 1] = { };
	bool seen[MAX_NODES + 1] = { };
	size_t i;

	for (i = 0; i < nodes->nr; i++) {
		uint64_t node = strtoull(nodes->rows[i].key, NULL, 10);

		if (node > MAX_NODES)
			node = MAX_NODES;
		seen[node] = true;
		pages[node] = sum_saturated(pages[node],
					    stats_value(&nodes->rows[i],
							"pages"));
	}
	for (i = 0; i <= MAX_NODES; i++) {
		char key[24];

		snprintf(key, sizeof(key), "%zu", i);
		if (seen[i])
			series_print_key(p, &family, "node",
				    i == MAX_NODES ? OTHER_LABELS : key,
				    pages_to_bytes(pages[i]));
	}
}

int memory_print(const struct printer *p, struct fault *fault)
{
	if (parts_print(p, fault) || labels_print(p, fault))
		return -1;
	nodes_print(p);
	return 0;
}
