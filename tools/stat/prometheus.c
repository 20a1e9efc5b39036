// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the text format of Prometheus
 *
 * A counter is broken down in one way at a time, so that adding up its series
 * gives what it counted, and nothing twice.
 *
 * A monitoring server keeps each series for weeks, so that there has to be a
 * bound for what grows with the machine or with what happens on it: CPUs from
 * MAX_CPUS on are one, and of the epochs only those that hold most are told
 * apart, unless asked for.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stat.h"

#define PREFIX		"temporal_slab_"
#define MAX_CPUS	64
#define MAX_EPOCHS	16

struct printer {
	FILE *file;
	const struct tree *tree;
	const char *instance;
	enum view view;
	const char *key_label;	/* of the rows that are broken down */
	struct set other_cpus;	/* their sum, by class */
};

/* === Series === */

/* A family is announced with its first series. */
struct family {
	FILE *file;
	const char *name;
	const char *help;
	const char *pitfall;
	const char *type;
	bool in_seconds;	/* the values are nanoseconds */
	bool announced;
};

static void family_announce(struct family *family)
{
	if (family->announced)
		return;
	family->announced = true;
	fprintf(family->file, "# HELP " PREFIX "%s %s %s\n", family->name,
		family->help, family->pitfall);
	fprintf(family->file, "# TYPE " PREFIX "%s %s\n", family->name,
		family->type);
}

static void label_print(FILE *file, const char **separator, const char *name,
			const char *value)
{
	if (!value)
		return;
	fprintf(file, "%s%s=\"", *separator, name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			putc('\\', file);
		putc(*value, file);
	}
	putc('"', file);
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
	const char *age;
	const char *le;
};

static void labels_print(FILE *file, const struct labels *labels)
{
	const char *separator = "{";
	char size[24];

	snprintf(size, sizeof(size), "%" PRIu64, labels->size);
	label_print(file, &separator, "instance_name", labels->instance);
	label_print(file, &separator, "size_class",
		    labels->size == ALL_CLASSES ? NULL : size);
	label_print(file, &separator, "index", labels->index);
	label_print(file, &separator, "state", labels->state);
	label_print(file, &separator, "age", labels->age);
	label_print(file, &separator, labels->key_name, labels->key);
	label_print(file, &separator, "site", labels->site);
	label_print(file, &separator, "le", labels->le);
	if (*separator == ',')
		putc('}', file);
}

/* Nanoseconds have nine decimals, all of them. */
static void value_print(FILE *file, uint64_t value, bool in_seconds)
{
	const uint64_t giga = 1000000000;

	if (in_seconds)
		fprintf(file, " %" PRIu64 ".%09" PRIu64 "\n", value / giga,
			value % giga);
	else
		fprintf(file, " %" PRIu64 "\n", value);
}

static void series_print(struct family *family, const char *suffix,
			 const struct labels *labels, uint64_t value)
{
	family_announce(family);
	fprintf(family->file, PREFIX "%s%s", family->name, suffix);
	labels_print(family->file, labels);
	value_print(family->file, value,
		    family->in_seconds && strcmp(suffix, "_bucket") &&
		    strcmp(suffix, "_count"));
}

void prometheus_print_gauge(FILE *file, const struct name *name,
			    const char *instance, double value)
{
	struct family family = {
		.file = file,
		.name = name->name,
		.help = name->help,
		.pitfall = name->pitfall,
		.type = "gauge",
	};
	const struct labels labels = {
		.instance = instance,
		.size = ALL_CLASSES,
	};

	family_announce(&family);
	fprintf(file, PREFIX "%s", name->name);
	labels_print(file, &labels);
	if (value == floor(value))
		fprintf(file, " %.0f\n", value);
	else
		fprintf(file, " %.6f\n", value);
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

/*
 * What belongs to no class is nowhere but in the figures by CPU, which leave
 * zeros out. A series that begins with the first mistake would not show it as
 * growth, so there is one from the start.
 */
static void unclassed_print(const struct printer *p, struct family *family,
			    const struct name *name)
{
	const struct set *set = &p->tree->sets[FILE_PERCPU];
	bool found = set->present && name->flags & NAME_CLASSLESS;
	const struct labels labels = { .instance = p->instance };
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < set->nr; i++) {
		const struct counter *c = stats_find(&set->rows[i], name->name);

		if (set->rows[i].size || !c)
			continue;
		found = true;
		sum = sum_saturated(sum, c->value);
	}
	if (found)
		series_print(family, "", &labels, sum);
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
	if (file == FILE_CLASSES && !is_gauge)
		unclassed_print(p, &family, name);
}

/* === Epochs === */

static uint64_t epoch_bytes(const struct stats *epoch)
{
	return stats_value(epoch, "pages") * (uint64_t)sysconf(_SC_PAGESIZE);
}

static const char *const epoch_states[] = { "open", "draining", "drained" };

static const struct {
	const char *name;
	uint64_t below_s;
} epoch_ages[] = {
	{ "0-1m", 60 },
	{ "1m-5m", 5 * 60 },
	{ "5m-1h", 60 * 60 },
	{ "1h+", UINT64_MAX },
};

struct epoch_sums {
	uint64_t of[ARRAY_SIZE(epoch_states)][ARRAY_SIZE(epoch_ages)];
};

static void epoch_add(struct epoch_sums *count, struct epoch_sums *bytes,
		      const struct stats *epoch)
{
	const uint64_t giga = 1000000000;
	const uint64_t seconds = stats_value(epoch, "age_ns") / giga;
	size_t state, age = 0;

	while (seconds >= epoch_ages[age].below_s)
		age++;
	for (state = 0; state < ARRAY_SIZE(epoch_states); state++) {
		if (strcmp(epoch->state, epoch_states[state]))
			continue;
		count->of[state][age]++;
		bytes->of[state][age] = sum_saturated(bytes->of[state][age],
						      epoch_bytes(epoch));
	}
}

static void epoch_sums_print(const struct printer *p, const struct name *name,
			     const struct epoch_sums *sums)
{
	struct family family = {
		.file = p->file,
		.name = name->name,
		.help = name->help,
		.pitfall = name->pitfall,
		.type = "gauge",
	};
	struct labels labels = { .instance = p->instance, .size = ALL_CLASSES };
	size_t state, age;

	for (state = 0; state < ARRAY_SIZE(epoch_states); state++)
		for (age = 0; age < ARRAY_SIZE(epoch_ages); age++) {
			labels.state = epoch_states[state];
			labels.age = epoch_ages[age].name;
			series_print(&family, "", &labels,
				     sums->of[state][age]);
		}
}

/* What the epochs of each state and age come to; all states and ages. */
static void all_epochs_print(const struct printer *p)
{
	static const struct name epochs = {
		"epochs",
		"Epochs by state and by time since they were opened.",
		"That is not the time since the close; drained ones stay until their place is taken.",
	}, held = {
		"epochs_held_bytes",
		"Bytes that the slabs of these epochs hold.",
		"Those of draining epochs come back when whoever holds objects in them frees the last.",
	};
	const struct set *set = &p->tree->sets[FILE_EPOCHS];
	struct epoch_sums count = { }, bytes = { };
	size_t i;

	if (!set->present)
		return;
	for (i = 0; i < set->nr; i++)
		epoch_add(&count, &bytes, &set->rows[i]);
	epoch_sums_print(p, &epochs, &count);
	epoch_sums_print(p, &held, &bytes);
}

/*
 * Those that are draining and hold most, or all if asked for. None of a single
 * instance unless asked for: as they are the same series as when all instances
 * are collected together, a machine that does both would have them twice.
 */
static size_t epochs_choose(const struct printer *p, const struct stats **rows)
{
	const struct set *set = &p->tree->sets[FILE_EPOCHS];
	size_t i, at, nr = 0;

	for (i = 0; i < set->nr; i++) {
		const struct stats *epoch = &set->rows[i];

		if (p->view == VIEW_EPOCHS) {
			rows[nr++] = epoch;
			continue;
		}
		if (p->instance || strcmp(epoch->state, "draining"))
			continue;
		if (nr < MAX_EPOCHS)
			nr++;
		else if (epoch_bytes(rows[nr - 1]) >= epoch_bytes(epoch))
			continue;
		for (at = nr - 1; at && epoch_bytes(rows[at - 1]) <
					epoch_bytes(epoch); at--)
			rows[at] = rows[at - 1];
		rows[at] = epoch;
	}
	return nr;
}

static void epoch_value_print(struct family *family, const struct stats *epoch,
			      uint64_t value)
{
	char index[24];
	const struct labels labels = {
		.instance = epoch->instance,
		.size = ALL_CLASSES,
		.key_name = "label",
		.key = epoch->key,
		.state = epoch->state,
		.index = index,
	};

	snprintf(index, sizeof(index), "%" PRIu64, stats_value(epoch, "index"));
	series_print(family, "", &labels, value);
}

static int epochs_print(const struct printer *p, struct fault *fault)
{
	static const struct name epoch_names[] = {
		{ "age_ns", "Time since the epoch was opened.",
		  "It goes on after the close, so a draining epoch may be old and just closed." },
		{ "live_objects", "Objects allocated and not freed.",
		  "Of all classes." },
		{ "domains", "Domains bound to the epoch.",
		  "One that does not go away was not destroyed." },
		{ "partial", "Slabs on the lists with free slots.",
		  "Slabs in use are on none." },
		{ "full", "Slabs on the lists without free slots.",
		  "Slabs in use are on none." },
		{ "empty", "Empty slabs kept for reuse.",
		  "A closed epoch keeps none." },
		{ "pages_at_close", "Pages held when it was closed.",
		  "0 while it is open." },
		{ "pages", "Pages held.", "Of the machine's size." },
	};
	const struct set *set = &p->tree->sets[FILE_EPOCHS];
	struct family held = {
		.file = p->file,
		.name = "epoch_held_bytes",
		.help = "Bytes that the slabs of the epoch hold.",
		.pitfall = "Unless collected with --epochs, only the 16 draining epochs that hold most have series.",
		.type = "gauge",
	};
	const struct stats **rows;
	size_t i, row, nr;

	all_epochs_print(p);
	rows = reallocarray(NULL, set->nr + MAX_EPOCHS, sizeof(*rows));
	if (!rows)
		return fault_set(fault, "out of memory");
	nr = epochs_choose(p, rows);
	for (i = 0; i < ARRAY_SIZE(epoch_names); i++) {
		char name[64], full[80];
		struct family family = {
			.file = p->file,
			.name = full,
			.help = epoch_names[i].help,
			.pitfall = epoch_names[i].pitfall,
			.type = "gauge",
			.in_seconds = name_in_base_units(name, sizeof(name),
						epoch_names[i].name, ""),
		};

		snprintf(full, sizeof(full), "epoch_%s", name);
		for (row = 0; row < nr; row++)
			epoch_value_print(&family, rows[row],
					  stats_value(rows[row],
						      epoch_names[i].name));
	}
	for (row = 0; row < nr; row++)
		epoch_value_print(&held, rows[row], epoch_bytes(rows[row]));
	free(rows);
	return 0;
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
		histograms_print(&printer);
		reasons_print(&printer);
	}
	set_free(&printer.other_cpus);
	return ret;
}
