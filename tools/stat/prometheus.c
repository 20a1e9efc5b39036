// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the text format of Prometheus
 *
 * A counter is broken down in one way at a time, so that adding up its series
 * gives what it counted, and nothing twice.
 *
 * A monitoring server keeps each series for weeks, so that there has to be a
 * bound for what grows with the machine or with what happens on it: CPUs from
 * MAX_CPUS on are one, and so are nodes, and epochs are told apart by what there
 * are 18 of, unless asked for one by one.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

#define MAX_CPUS	64

/* === Counters and gauges === */

static void counter_print(const struct printer *p, struct family *family,
			  const struct stats *stats, const char *counter,
			  const char *site)
{
	const struct counter *c = stats_find(stats, counter);
	/* Of a cache: it has a name, and a size that is no class. */
	bool is_cache = stats->instance;
	struct labels labels = {
		.instance = p->instance,
		.size = is_cache ? ALL_CLASSES : stats->size,
		.key_name = is_cache ? "cache" : p->key_label,
		.key = stats->key,
		.site = site,
	};
	char cache[2 * NAME_MAX];

	if (!c)
		return;
	/*
	 * The label of the instance says what is collected by itself: a series
	 * that had it here, too, would be there twice.
	 */
	if (is_cache && !p->instance) {
		snprintf(cache, sizeof(cache), "%s/%s", stats->instance,
			 stats->key);
		labels.key = cache;
	}
	series_print(family, "", &labels, c->value);
}

/* Counters of locks are broken down by site wherever they are. */
static void row_print(const struct printer *p, struct family *family,
		      const struct stats *stats, const char *name)
{
	bool fast = !strcmp(name, "lock_fast_acquire");
	size_t i;

	if (!fast && strcmp(name, "lock_contended")) {
		counter_print(p, family, stats, name, NULL);
		return;
	}
	for (i = 0; i < NR_SITES; i++)
		counter_print(p, family, stats,
			      fast ? sites[i].fast : sites[i].contended,
			      sites[i].name);
}

/*
 * What belongs to no class is in the summary and in no class file. A series
 * that begins with the first mistake would not show it as growth, so there is
 * one from the start. The summary was read first: it may be behind.
 */
static void unclassed_print(const struct printer *p, struct family *family,
			    const struct name *name)
{
	const struct set *summary = &p->tree->sets[FILE_SUMMARY];
	const struct set *classes = &p->tree->sets[FILE_CLASSES];
	const struct set *caches = &p->tree->sets[FILE_CACHES];
	const struct counter *all = summary->present ?
		stats_find(&p->tree->total, name->name) : NULL;
	const struct labels labels = { .instance = p->instance };
	uint64_t classed = 0;
	size_t i;

	if (!all || !(name->flags & NAME_CLASSLESS))
		return;
	for (i = 0; i < classes->nr; i++)
		classed = sum_saturated(classed, stats_value(&classes->rows[i],
							     name->name));
	for (i = 0; i < caches->nr; i++)
		classed = sum_saturated(classed, stats_value(&caches->rows[i],
							     name->name));
	series_print(family, "", &labels,
		     all->value > classed ? all->value - classed : 0);
}

static bool is_other_cpu(const struct stats *row)
{
	return strtoul(row->key, NULL, 10) >= MAX_CPUS;
}

static struct stats *row_of_class(struct set *set, uint64_t size,
				  struct fault *fault)
{
	struct stats *row;
	size_t i;

	for (i = 0; i < set->nr; i++)
		if (set->rows[i].size == size)
			return &set->rows[i];
	row = set_new_row(set, fault);
	if (row) {
		row->size = size;
		row->key = "other";
	}
	return row;
}

static int other_cpus_sum(struct printer *p, struct fault *fault)
{
	const struct set *set = &p->tree->sets[FILE_PERCPU];
	struct stats *row;
	size_t i;

	for (i = 0; i < set->nr; i++) {
		if (!is_other_cpu(&set->rows[i]))
			continue;
		row = row_of_class(&p->other_cpus, set->rows[i].size, fault);
		if (!row || stats_add(row, &set->rows[i], fault))
			return -1;
	}
	return 0;
}

static void name_print(const struct printer *p, const struct name *name)
{
	const unsigned int not_by_cpu = NAME_GAUGE | NAME_WHOLE;
	bool is_gauge = name->flags & NAME_GAUGE;
	enum file file = FILE_CLASSES;
	const struct set *set;
	struct family family;
	char full[64];
	size_t i;

	family = (struct family){
		.file = p->file,
		.name = full,
		.help = name->help,
		.pitfall = name->pitfall,
		.type = is_gauge ? "gauge" : "counter",
		.in_seconds = name_in_base_units(full, sizeof(full), name->name,
						 is_gauge ? "" : "_total"),
	};
	if (p->view == VIEW_PERCPU && !(name->flags & not_by_cpu))
		file = FILE_PERCPU;
	if (p->view == VIEW_LABELS &&
	    !(name->flags & (not_by_cpu | NAME_UNLABELLED)))
		file = FILE_LABELS;
	set = &p->tree->sets[file];
	for (i = 0; i < set->nr; i++)
		if (file != FILE_PERCPU || !is_other_cpu(&set->rows[i]))
			row_print(p, &family, &set->rows[i], name->name);
	if (file == FILE_PERCPU)
		for (i = 0; i < p->other_cpus.nr; i++)
			row_print(p, &family, &p->other_cpus.rows[i],
				  name->name);
	if (file != FILE_CLASSES)
		return;
	/* Where they are broken down otherwise, caches are with no class. */
	set = &p->tree->sets[FILE_CACHES];
	for (i = 0; i < set->nr; i++)
		row_print(p, &family, &set->rows[i], name->name);
	unclassed_print(p, &family, name);
}

/* === Times === */

/* Bucket i ends before 2^i ns, so that 2^i - 1 is the last in it. */
static void histogram_print(const struct printer *p, struct family *family,
			    const struct stats *stats)
{
	struct labels labels = { .instance = p->instance, .size = stats->size };
	uint64_t events = 0;
	char le[32];
	size_t i;

	labels.le = le;
	for (i = 0; i < NR_BUCKETS; i++) {
		events = sum_saturated(events,
				       stats_value(stats, bucket_names[i]));
		if (i + 1 < NR_BUCKETS)
			snprintf(le, sizeof(le), "%.9f",
				 (double)((1ULL << i) - 1) / 1e9);
		else
			snprintf(le, sizeof(le), "+Inf");
		series_print(family, "_bucket", &labels, events);
	}
	labels.le = NULL;
	series_print(family, "_sum", &labels,
		     stats_value(stats, "scaled_sum_ns"));
	series_print(family, "_count", &labels, events);
}

static void histograms_print(const struct printer *p)
{
	static const struct {
		enum file file;
		const char *kind;
		const char *name;
		const char *help;
		const char *pitfall;
	} histograms[] = {
		{ FILE_LOCK_HISTOGRAM, "wait", "lock_wait_seconds",
		  "Estimated waits for the class lock.",
		  "Grows only while debugfs/tslab/lock_timing is on; waits of 0 are in it." },
		{ FILE_LOCK_HISTOGRAM, "hold", "lock_hold_seconds",
		  "Estimated holds of the class lock.",
		  "Grows only while debugfs/tslab/lock_timing is on." },
		{ FILE_ALLOC_HISTOGRAM, "wall", "alloc_wall_seconds",
		  "Estimated durations of allocations.",
		  "Grows only while debugfs/tslab/alloc_sampling is on; preemption is in it." },
		{ FILE_ALLOC_HISTOGRAM, "cpu", "alloc_cpu_seconds",
		  "Estimated CPU times of allocations.",
		  "Grows only while debugfs/tslab/alloc_sampling is on; interrupts are in it." },
	};
	size_t i, row;

	for (i = 0; i < ARRAY_SIZE(histograms); i++) {
		const struct set *set = &p->tree->sets[histograms[i].file];
		struct family family = {
			.file = p->file,
			.name = histograms[i].name,
			.help = histograms[i].help,
			.pitfall = histograms[i].pitfall,
			.type = "histogram",
			.in_seconds = true,
		};

		for (row = 0; row < set->nr; row++)
			if (!strcmp(set->rows[row].key, histograms[i].kind))
				histogram_print(p, &family, &set->rows[row]);
	}
}

static void reasons_print(const struct printer *p)
{
	static const struct name reason_names[] = {
		{ "samples", "Allocations that were timed.",
		  "One allocation may have several reasons." },
		{ "scaled_wall_ns", "Estimated duration of allocations.",
		  "One allocation may have several reasons: do not add them up." },
		{ "scaled_cpu_ns", "Estimated CPU time of allocations.",
		  "One allocation may have several reasons: do not add them up." },
	};
	static const char *const full[] = {
		"alloc_reason_samples_total",
		"alloc_reason_wall_seconds_total",
		"alloc_reason_cpu_seconds_total",
	};
	const struct set *set = &p->tree->sets[FILE_ALLOC_REASONS];
	struct printer by_reason = *p;
	size_t i, row;

	by_reason.key_label = "reason";
	for (i = 0; i < ARRAY_SIZE(full); i++) {
		struct family family = {
			.file = p->file,
			.name = full[i],
			.help = reason_names[i].help,
			.pitfall = reason_names[i].pitfall,
			.type = "counter",
			.in_seconds = i > 0,
		};

		for (row = 0; row < set->nr; row++)
			counter_print(&by_reason, &family, &set->rows[row],
				      reason_names[i].name, NULL);
	}
}

/* @tree: NULL if there is nothing to read; errors of @file are the caller's */
int prometheus_print(FILE *file, const struct tree *tree, const char *instance,
		     enum view view, struct fault *fault)
{
	static const struct name up = {
		"up", "1 if the tslab module is loaded and has the instance.",
		"0 is not an error of the collector, and all other metrics are missing then.",
	};
	struct printer printer = {
		.file = file,
		.tree = tree,
		.instance = instance,
		.view = view,
		.key_label = view == VIEW_PERCPU ? "cpu" : "label",
	};
	const struct name *name;
	int ret;

	prometheus_print_gauge(file, &up, instance, !!tree);
	if (!tree)
		return 0;
	ret = other_cpus_sum(&printer, fault);
	if (!ret) {
		for (name = known_names; name->name; name++)
			name_print(&printer, name);
		ret = epochs_print(&printer, fault);
		if (!ret)
			ret = memory_print(&printer, fault);
		histograms_print(&printer);
		reasons_print(&printer);
	}
	set_free(&printer.other_cpus);
	return ret;
}
