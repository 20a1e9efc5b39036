// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the text format of Prometheus
 *
 * A counter is broken down in one way at a time, so that adding up its series
 * gives what it counted, and nothing twice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stat.h"

#define PREFIX	"temporal_slab_"

struct printer {
	const struct tree *tree;
	const char *instance;
	enum view view;
	const char *key_label;	/* of the rows that are broken down */
};

/* === Series === */

/* A family is announced with its first series. */
struct family {
	const char *name;
	const char *help;
	const char *type;
	bool in_seconds;	/* the values are nanoseconds */
	bool announced;
};

static void family_announce(struct family *family)
{
	if (family->announced)
		return;
	family->announced = true;
	printf("# HELP " PREFIX "%s %s\n", family->name, family->help);
	printf("# TYPE " PREFIX "%s %s\n", family->name, family->type);
}

static void label_print(const char **separator, const char *name,
			const char *value)
{
	if (!value)
		return;
	printf("%s%s=\"", *separator, name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			putchar('\\');
		putchar(*value);
	}
	putchar('"');
	*separator = ",";
}

struct labels {
	const char *instance;
	uint64_t size;		/* ALL_CLASSES: not of a class */
	const char *key_name;
	const char *key;
	const char *site;
	const char *state;
	const char *index;
	const char *le;
};

static void labels_print(const struct labels *labels)
{
	const char *separator = "{";
	char size[24];

	snprintf(size, sizeof(size), "%" PRIu64, labels->size);
	label_print(&separator, "instance_name", labels->instance);
	label_print(&separator, "size_class",
		    labels->size == ALL_CLASSES ? NULL : size);
	label_print(&separator, "index", labels->index);
	label_print(&separator, "state", labels->state);
	label_print(&separator, labels->key_name, labels->key);
	label_print(&separator, "site", labels->site);
	label_print(&separator, "le", labels->le);
	if (*separator == ',')
		putchar('}');
}

/* Nanoseconds have nine decimals, all of them. */
static void value_print(uint64_t value, bool in_seconds)
{
	const uint64_t giga = 1000000000;

	if (in_seconds)
		printf(" %" PRIu64 ".%09" PRIu64 "\n", value / giga,
		       value % giga);
	else
		printf(" %" PRIu64 "\n", value);
}

static void series_print(struct family *family, const char *suffix,
			 const struct labels *labels, uint64_t value)
{
	family_announce(family);
	printf(PREFIX "%s%s", family->name, suffix);
	labels_print(labels);
	value_print(value, family->in_seconds && strcmp(suffix, "_bucket") &&
		    strcmp(suffix, "_count"));
}

/* === Counters and gauges === */

static void counter_print(const struct printer *p, struct family *family,
			  const struct stats *stats, const char *counter,
			  const char *site)
{
	const struct counter *c = stats_find(stats, counter);
	struct labels labels = {
		.instance = p->instance,
		.size = stats->size,
		.key_name = p->key_label,
		.key = stats->key,
		.site = site,
	};

	if (c)
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

/* What belongs to no class is nowhere but in the figures by CPU. */
static void unclassed_print(const struct printer *p, struct family *family,
			    const char *name)
{
	const struct set *set = &p->tree->sets[FILE_PERCPU];
	uint64_t sum = 0;
	bool found = false;
	size_t i;

	for (i = 0; i < set->nr; i++) {
		const struct counter *c = stats_find(&set->rows[i], name);

		if (set->rows[i].size || !c)
			continue;
		found = true;
		sum = sum_saturated(sum, c->value);
	}
	if (found) {
		struct labels labels = { .instance = p->instance };

		series_print(family, "", &labels, sum);
	}
}

/* Base units: nanoseconds become seconds. */
static bool name_in_base_units(char *to, size_t size, const char *name,
			       const char *suffix)
{
	size_t len = strlen(name);
	bool in_seconds = len > 3 && !strcmp(name + len - 3, "_ns");

	snprintf(to, size, "%.*s%s%s", (int)(in_seconds ? len - 3 : len), name,
		 in_seconds ? "_seconds" : "", suffix);
	return in_seconds;
}

static void name_print(const struct printer *p, const struct name *name)
{
	bool is_gauge = name->flags & NAME_GAUGE;
	enum file file = FILE_CLASSES;
	const struct set *set;
	struct family family;
	char full[64];
	size_t i;

	family = (struct family){
		.name = full,
		.help = name->help,
		.type = is_gauge ? "gauge" : "counter",
		.in_seconds = name_in_base_units(full, sizeof(full), name->name,
						 is_gauge ? "" : "_total"),
	};
	if (p->view == VIEW_PERCPU && !is_gauge)
		file = FILE_PERCPU;
	if (p->view == VIEW_LABELS && !is_gauge &&
	    !(name->flags & NAME_UNLABELLED))
		file = FILE_LABELS;
	set = &p->tree->sets[file];
	for (i = 0; i < set->nr; i++)
		row_print(p, &family, &set->rows[i], name->name);
	if (file == FILE_CLASSES && !is_gauge)
		unclassed_print(p, &family, name->name);
}

/* === Epochs === */

static void epochs_print(const struct printer *p)
{
	static const struct name epoch_names[] = {
		{ "age_ns", "Time since the epoch was opened." },
		{ "live_objects", "Objects allocated and not freed." },
		{ "domains", "Domains bound to the epoch." },
		{ "partial", "Slabs on the lists with free slots." },
		{ "full", "Slabs on the lists without free slots." },
		{ "empty", "Empty slabs kept for reuse." },
		{ "pages_at_close", "Pages held when it was closed." },
		{ "pages", "Pages held." },
	};
	const struct set *set = &p->tree->sets[FILE_EPOCHS];
	size_t i, row;

	for (i = 0; i < ARRAY_SIZE(epoch_names); i++) {
		char name[64], full[80], index[24];
		struct family family = {
			.name = full,
			.help = epoch_names[i].help,
			.type = "gauge",
			.in_seconds = name_in_base_units(name, sizeof(name),
						epoch_names[i].name, ""),
		};

		snprintf(full, sizeof(full), "epoch_%s", name);
		for (row = 0; row < set->nr; row++) {
			const struct stats *stats = &set->rows[row];
			struct labels labels = {
				.instance = stats->instance,
				.size = ALL_CLASSES,
				.key_name = "label",
				.key = stats->key,
				.state = stats->state,
				.index = index,
			};

			snprintf(index, sizeof(index), "%" PRIu64,
				 stats_value(stats, "index"));
			series_print(&family, "", &labels,
				     stats_value(stats, epoch_names[i].name));
		}
	}
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
			snprintf(le, sizeof(le), "%.10g",
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
	} histograms[] = {
		{ FILE_LOCK_HISTOGRAM, "wait", "lock_wait_seconds",
		  "Estimated waits for the class lock." },
		{ FILE_LOCK_HISTOGRAM, "hold", "lock_hold_seconds",
		  "Estimated holds of the class lock." },
		{ FILE_ALLOC_HISTOGRAM, "wall", "alloc_wall_seconds",
		  "Estimated durations of allocations." },
		{ FILE_ALLOC_HISTOGRAM, "cpu", "alloc_cpu_seconds",
		  "Estimated CPU times of allocations." },
	};
	size_t i, row;

	for (i = 0; i < ARRAY_SIZE(histograms); i++) {
		const struct set *set = &p->tree->sets[histograms[i].file];
		struct family family = {
			.name = histograms[i].name,
			.help = histograms[i].help,
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
		{ "samples", "Allocations that were timed." },
		{ "scaled_wall_ns", "Estimated duration of allocations." },
		{ "scaled_cpu_ns", "Estimated CPU time of allocations." },
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
			.name = full[i],
			.help = reason_names[i].help,
			.type = "counter",
			.in_seconds = i > 0,
		};

		for (row = 0; row < set->nr; row++)
			counter_print(&by_reason, &family, &set->rows[row],
				      reason_names[i].name, NULL);
	}
}

/* Errors of stdout itself are left for the caller to find. */
void prometheus_print(const struct tree *tree, const char *instance,
		      enum view view)
{
	const struct printer printer = {
		.tree = tree,
		.instance = instance,
		.view = view,
		.key_label = view == VIEW_PERCPU ? "cpu" : "label",
	};
	const struct name *name;

	for (name = known_names; name->name; name++)
		name_print(&printer, name);
	if (view == VIEW_EPOCHS)
		epochs_print(&printer);
	histograms_print(&printer);
	reasons_print(&printer);
}
