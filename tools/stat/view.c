// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the figures as tables of cells, on paper or on a screen
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

/* === Columns === */

#define CONTENTION					\
	RATIO("ALLOC-CAS/ATT", ALLOC_CAS),		\
	RATIO("FREE-CAS/ATT", FREE_CAS),		\
	PERCENT("CP-FAIL%", PARTIAL_FAILURE),		\
	PERCENT("LOCK-CONT%", LOCK_CONTENTION)

static const struct column class_columns[] = {
	{ "SIZE", SHOWS_SIZE },
	VALUE("LIVE", "live_objects"),
	KIB("COMMITTED(KiB)", "committed_bytes"),
	PERCENT("UTIL%", UTILISATION),
	VALUE("ALLOCS", "alloc_objects"),
	RATE("ALLOC/s", "alloc_objects"),
	VALUE("FREES", "free_objects"),
	RATE("FREE/s", "free_objects"),
	CONTENTION,
	PERCENT("RECYCLE%", RECYCLE),
	{ "MEMORY(KiB)", SHOWS_KIB_SUM, "metadata_bytes",
	  .of = "committed_bytes" },
	{ }
};

static const struct column cache_columns[] = {
	{ "INSTANCE", SHOWS_INSTANCE },
	{ "CACHE", SHOWS_KEY },
	{ "SIZE", SHOWS_SIZE },
	VALUE("LIVE", "live_objects"),
	KIB("COMMITTED(KiB)", "committed_bytes"),
	PERCENT("UTIL%", UTILISATION),
	COUNT("PARTIAL", "partial_slabs"),
	COUNT("FULL", "full_slabs"),
	COUNT("EMPTY", "cached_slabs"),
	COUNT("ALLOCS", "alloc_objects"),
	COUNT_RATE("ALLOC/s", "alloc_objects"),
	COUNT("FREES", "free_objects"),
	COUNT_RATE("FREE/s", "free_objects"),
	CONTENTION,
	{ "MISUSE", SHOWS_MISUSE },
	{ }
};

static const struct column epoch_columns[] = {
	{ "INSTANCE", SHOWS_INSTANCE },
	VALUE("INDEX", "index"),
	VALUE("ERA", "era"),
	{ "STATE", SHOWS_STATE },
	{ "LABEL", SHOWS_KEY },
	{ "AGE(s)", SHOWS_SECONDS, "age_ns" },
	VALUE("LIVE", "live_objects"),
	VALUE("DOMAINS", "domains"),
	VALUE("PARTIAL", "partial"),
	VALUE("FULL", "full"),
	VALUE("EMPTY", "empty"),
	VALUE("PAGES-AT-CLOSE", "pages_at_close"),
	VALUE("PAGES", "pages"),
	{ }
};

static const struct column cpu_columns[] = {
	{ "CPU", SHOWS_KEY },
	{ "SIZE", SHOWS_SIZE },
	COUNT("ALLOCS", "alloc_objects"),
	COUNT_RATE("ALLOC/s", "alloc_objects"),
	COUNT("FREES", "free_objects"),
	COUNT_RATE("FREE/s", "free_objects"),
	COUNT("REMOTE", "remote_free"),
	COUNT("SLOW", "slow_path_hits"),
	CONTENTION,
	{ "MISUSE", SHOWS_MISUSE },
	{ }
};

static const struct column label_columns[] = {
	{ "LABEL", SHOWS_KEY },
	{ "SIZE", SHOWS_SIZE },
	COUNT("SLOW", "slow_path_hits"),
	COUNT_RATE("SLOW/s", "slow_path_hits"),
	COUNT("NEW-SLABS", "new_slab_count"),
	COUNT("REMOTE", "remote_free"),
	CONTENTION,
	{ "MISUSE", SHOWS_MISUSE },
	{ }
};

static const struct column lock_columns[] = {
	{ "SIZE", SHOWS_SIZE },
	{ "SITE", SHOWS_KEY },
	VALUE("FAST", "lock_fast_acquire"),
	RATE("FAST/s", "lock_fast_acquire"),
	VALUE("CONTENDED", "lock_contended"),
	RATE("CONTENDED/s", "lock_contended"),
	PERCENT("LOCK-CONT%", LOCK_CONTENTION),
	MEAN("WAIT(ns)", LOCK_WAIT),
	MEAN("HOLD(ns)", LOCK_HOLD),
	{ }
};

static const struct column time_columns[] = {
	{ "SIZE", SHOWS_SIZE },
	{ "KIND", SHOWS_KEY },
	VALUE("SAMPLES", "samples"),
	VALUE("EVENTS", "events"),
	RATE("EVENTS/s", "events"),
	VALUE("MEAN(ns)", "mean"),
	VALUE("MAX(ns)", "max_ns"),
	{ }
};

static const struct column bucket_columns[] = {
	{ "SIZE", SHOWS_SIZE },
	{ "KIND", SHOWS_KEY },
	VALUE("FROM(ns)", "from"),
	VALUE("BELOW(ns)", "below"),
	VALUE("EVENTS", "events"),
	{ "SHARE%", SHOWS_SHARE, "events", .of = "all_events" },
	{ "", SHOWS_BAR, "events", .of = "all_events" },
	{ }
};

static const struct column reason_columns[] = {
	{ "SIZE", SHOWS_SIZE },
	{ "REASON", SHOWS_KEY },
	VALUE("SAMPLES", "samples"),
	{ "WALL(us)", SHOWS_MICROSECONDS, "scaled_wall_ns" },
	{ "CPU(us)", SHOWS_MICROSECONDS, "scaled_cpu_ns" },
	{ "CPU%", SHOWS_SHARE, "scaled_cpu_ns", .of = "scaled_wall_ns" },
	VALUE("MAX(ns)", "max_wall_ns"),
	{ }
};

static const struct column leak_columns[] = {
	VALUE("OBJECTS", "objects"),
	{ "AGE(jiffies)", SHOWS_AGES },
	{ "INSTANCE", SHOWS_INSTANCE },
	{ "CACHE", SHOWS_CACHE },
	{ "SIZE", SHOWS_SIZE },
	{ "LABEL", SHOWS_LABEL },
	{ "FUNCTION", SHOWS_FUNCTION },
	{ }
};

const char *table_heading(const struct table *table, size_t column)
{
	return table->columns[column]->heading;
}

bool table_is_text(const struct table *table, size_t column)
{
	switch (table->columns[column]->shows) {
	case SHOWS_KEY:
	case SHOWS_CACHE:
	case SHOWS_INSTANCE:
	case SHOWS_STATE:
	case SHOWS_LABEL:
	case SHOWS_FUNCTION:
	case SHOWS_CGROUP:
	case SHOWS_BAR:
		return true;
	default:
		return false;
	}
}

/* === Tables === */

static bool column_is_wanted(const struct builder *b,
			     const struct column *column)
{
	switch (column->shows) {
	case SHOWS_RATE:
	case SHOWS_COUNT_RATE:
		return b->options->rates;
	case SHOWS_BAR:
		return b->options->width;
	default:
		return true;
	}
}

void columns_choose(struct builder *b, const struct column *column)
{
	struct table *table = b->table;

	for (; column->heading; column++)
		if (column_is_wanted(b, column))
			table->columns[table->nr_columns++] = column;
}

int row_add(struct builder *b, const struct stats *stats, bool is_total)
{
	struct table *table = b->table;
	struct table_row *rows = table->rows;
	size_t i;

	if (!(table->nr_rows & (table->nr_rows - 1))) {
		rows = reallocarray(rows, table->nr_rows ? 2 * table->nr_rows :
				    1, sizeof(*rows));
		if (!rows)
			return fault_set(b->fault, "out of memory");
		table->rows = rows;
	}
	rows += table->nr_rows++;
	memset(rows, 0, sizeof(*rows));
	rows->index = table->nr_rows;
	rows->is_total = is_total;
	for (i = 0; i < table->nr_columns; i++)
		cell_fill(&rows->cells[i], table->columns[i], stats,
			  b->tree->seconds, !i);
	return 0;
}

/* Without colour, the band is a letter right after the figure. */
static void band_mark(struct cell *cell)
{
	size_t len = strlen(cell->text);

	if (cell->band != BAND_NONE)
		snprintf(cell->text + len, sizeof(cell->text) - len, "%c",
			 band_name(cell->band)[0]);
}

static void widths_measure(struct table *table, bool letters)
{
	size_t i, row;

	for (i = 0; i < table->nr_columns; i++) {
		table->widths[i] = strlen(table->columns[i]->heading);
		for (row = 0; row < table->nr_rows; row++) {
			struct cell *cell = &table->rows[row].cells[i];
			int len;

			if (letters)
				band_mark(cell);
			len = strlen(cell->text);
			if (len > table->widths[i])
				table->widths[i] = len;
		}
	}
}

/* The last column may have bars, in what the others leave of the line. */
static void bars_draw(struct table *table, int width)
{
	const int min_width = 10, max_width = 50;
	size_t last = table->nr_columns - 1, i;

	if (table->columns[last]->shows != SHOWS_BAR)
		return;
	for (i = 0; i < last; i++)
		width -= table->widths[i] + COLUMN_GAP;
	if (width > max_width)
		width = max_width;
	if (width < min_width) {
		table->nr_columns--;
		return;
	}
	for (i = 0; i < table->nr_rows; i++) {
		struct cell *cell = &table->rows[i].cells[last];

		memset(cell->text, '#', cell->order * width + 0.5);
	}
}

static void table_finish(struct builder *b)
{
	if (!b->table->nr_columns)
		return;
	widths_measure(b->table, b->options->letters);
	bars_draw(b->table, b->options->width);
}

/* === Views === */

/* A row for each that was active, or asked for. */
static int rows_build(struct builder *b, enum file file,
		      const struct column *columns)
{
	const struct set *set = &b->tree->sets[file];
	size_t i;

	columns_choose(b, columns);
	for (i = 0; i < set->nr; i++)
		if ((b->options->all || stats_are_active(&set->rows[i])) &&
		    row_add(b, &set->rows[i], false))
			return -1;
	return 0;
}

static int classes_build(struct builder *b)
{
	if (rows_build(b, FILE_CLASSES, class_columns))
		return -1;
	return row_add(b, &b->tree->total, true);
}

static int epochs_build(struct builder *b)
{
	const struct set *set = &b->tree->sets[FILE_EPOCHS];
	size_t i;

	columns_choose(b, epoch_columns);
	for (i = 0; i < set->nr; i++)
		if (row_add(b, &set->rows[i], false))
			return -1;
	return 0;
}

/* Of what is broken down: the sum over the classes of a key, or over all. */
static int parts_sum(struct builder *b, const struct set *set, const char *key)
{
	struct stats sum = { .size = ALL_CLASSES, .key = key };
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < set->nr; i++)
		if (!key || !strcmp(set->rows[i].key, key))
			ret = stats_add(&sum, &set->rows[i], b->fault);
	if (!ret)
		ret = row_add(b, &sum, !key);
	stats_free(&sum);
	return ret;
}

static int parts_build(struct builder *b, enum file file,
		       const struct column *columns)
{
	const struct set *set = &b->tree->sets[file];
	size_t i;

	columns_choose(b, columns);
	for (i = 0; i < set->nr; i++) {
		const char *key = set->rows[i].key;

		if ((b->options->all || stats_are_active(&set->rows[i])) &&
		    row_add(b, &set->rows[i], false))
			return -1;
		if ((i + 1 == set->nr || strcmp(set->rows[i + 1].key, key)) &&
		    parts_sum(b, set, key))
			return -1;
	}
	return parts_sum(b, set, NULL);
}

static int caches_build(struct builder *b)
{
	return rows_build(b, FILE_CACHES, cache_columns);
}

static int percpu_build(struct builder *b)
{
	return parts_build(b, FILE_PERCPU, cpu_columns);
}

static int labels_build(struct builder *b)
{
	return parts_build(b, FILE_LABELS, label_columns);
}

static int site_build(struct builder *b, const struct stats *stats,
		      const struct site *site, bool is_total)
{
	struct counter counters[] = {
		{ "lock_fast_acquire", stats_value(stats, site->fast) },
		{ "lock_contended", stats_value(stats, site->contended) },
	};
	struct stats part = {
		.size = stats->size,
		.key = site->name,
		.nr = ARRAY_SIZE(counters),
		.counters = counters,
	};

	if (!b->options->all && !lock_acquisitions(&part))
		return 0;
	return row_add(b, &part, is_total);
}

static int locks_of(struct builder *b, const struct stats *stats, bool is_total)
{
	struct stats all = *stats;
	size_t i;

	for (i = 0; i < NR_SITES; i++)
		if (site_build(b, stats, &sites[i], is_total))
			return -1;
	all.key = ALL_TEXT;
	return row_add(b, &all, is_total);
}

static int locks_build(struct builder *b)
{
	const struct set *set = &b->tree->sets[FILE_CLASSES];
	size_t i;

	columns_choose(b, lock_columns);
	for (i = 0; i < set->nr; i++)
		if ((b->options->all || lock_acquisitions(&set->rows[i])) &&
		    locks_of(b, &set->rows[i], false))
			return -1;
	return locks_of(b, &b->tree->total, true);
}

static int time_build(struct builder *b, const struct stats *stats)
{
	uint64_t events = histogram_events(stats);
	struct counter counters[] = {
		{ "samples", stats_value(stats, "samples") },
		{ "events", events },
		{ "max_ns", stats_value(stats, "max_ns") },
		{ "mean", events ? stats_value(stats, "scaled_sum_ns") / events
			: 0 },
	};
	struct stats part = {
		.size = stats->size,
		.key = stats->key,
		.nr = ARRAY_SIZE(counters) - !events,
		.counters = counters,
	};

	if (!b->options->all && !events)
		return 0;
	return row_add(b, &part, false);
}

static int buckets_build(struct builder *b, const struct stats *stats)
{
	uint64_t events = histogram_events(stats);
	size_t i;

	for (i = 0; i < NR_BUCKETS; i++) {
		struct counter counters[] = {
			{ "events", stats_value(stats, bucket_names[i]) },
			{ "all_events", events },
			{ "from", i ? 1ULL << (i - 1) : 0 },
			{ "below", 1ULL << i },
		};
		struct stats part = {
			.size = stats->size,
			.key = stats->key,
			.nr = ARRAY_SIZE(counters) - (i + 1 == NR_BUCKETS),
			.counters = counters,
		};

		if (counters[0].value && row_add(b, &part, false))
			return -1;
	}
	return 0;
}

static int histograms_build(struct builder *b, const struct column *columns,
			    int (*build)(struct builder *b,
					 const struct stats *stats))
{
	static const enum file files[] = {
		FILE_LOCK_HISTOGRAM, FILE_ALLOC_HISTOGRAM
	};
	size_t i, row;

	columns_choose(b, columns);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		const struct set *set = &b->tree->sets[files[i]];

		for (row = 0; row < set->nr; row++)
			if (build(b, &set->rows[row]))
				return -1;
	}
	return 0;
}

static int times_build(struct builder *b)
{
	return histograms_build(b, time_columns, time_build);
}

static int distribution_build(struct builder *b)
{
	return histograms_build(b, bucket_columns, buckets_build);
}

static int reasons_build(struct builder *b)
{
	const struct set *set = &b->tree->sets[FILE_ALLOC_REASONS];
	size_t i;

	columns_choose(b, reason_columns);
	for (i = 0; i < set->nr; i++)
		if ((b->options->all ||
		     stats_value(&set->rows[i], "samples")) &&
		    row_add(b, &set->rows[i], false))
			return -1;
	return 0;
}

/* Places with most objects first, whatever the order of the file. */
static int leaks_build(struct builder *b)
{
	const struct set *set = &b->tree->sets[SET_LEAKS];
	size_t i;

	columns_choose(b, leak_columns);
	for (i = 0; i < set->nr; i++)
		if (row_add(b, &set->rows[i], false))
			return -1;
	table_sort(b->table, 0, true);
	return 0;
}

#define BIT(set)	(1U << (set))

static const struct {
	const char *name;
	unsigned int sets;
	int (*build[MAX_TABLES])(struct builder *b);
} views[NR_VIEWS] = {
	[VIEW_CLASSES] = { "classes", 0, { classes_build } },
	[VIEW_EPOCHS] = { "epochs", BIT(FILE_EPOCHS), { epochs_build } },
	[VIEW_PERCPU] = { "percpu", BIT(FILE_PERCPU), { percpu_build } },
	[VIEW_LOCKS] = { "locks", 0, { locks_build } },
	[VIEW_LABELS] = { "labels", BIT(FILE_LABELS), { labels_build } },
	[VIEW_CACHES] = { "caches", BIT(FILE_CACHES), { caches_build } },
	[VIEW_HISTOGRAM] = {
		"histogram",
		BIT(FILE_LOCK_HISTOGRAM) | BIT(FILE_ALLOC_HISTOGRAM) |
		BIT(FILE_ALLOC_REASONS),
		{ times_build, distribution_build, reasons_build },
	},
	[VIEW_NODES] = { "nodes", BIT(FILE_NODES), { nodes_build } },
	[VIEW_MEMORY] = {
		"memory",
		BIT(FILE_SUMMARY) | BIT(FILE_EPOCHS) | BIT(FILE_LABELS) |
		BIT(FILE_CACHES) | BIT(SET_INSTANCES),
		{
			memory_total_build, memory_kernel_build,
			memory_instances_build, memory_types_build,
			memory_labels_build, memory_cgroups_build,
		},
	},
	[VIEW_LEAKS] = { "leaks", BIT(SET_LEAKS), { leaks_build } },
};

const char *view_name(enum view view)
{
	return views[view].name;
}

/* What it cannot do without, beside the classes. */
unsigned int view_sets(enum view view)
{
	return views[view].sets;
}

/* Tables without columns are not part of the view. */
int view_build(struct table tables[MAX_TABLES], const struct tree *tree,
	       const struct view_options *options, struct fault *fault)
{
	size_t i;

	memset(tables, 0, MAX_TABLES * sizeof(*tables));
	for (i = 0; i < MAX_TABLES && views[options->view].build[i]; i++) {
		struct builder b = {
			.table = &tables[i],
			.tree = tree,
			.options = options,
			.fault = fault,
		};

		if (views[options->view].build[i](&b)) {
			tables_free(tables);
			return -1;
		}
		table_finish(&b);
	}
	return 0;
}

struct sort {
	size_t column;
	bool is_text;
	bool down;
};

static int rows_compare(const void *a, const void *b, void *data)
{
	const struct table_row *l = a, *r = b;
	const struct sort *sort = data;
	const struct cell *lc = &l->cells[sort->column];
	const struct cell *rc = &r->cells[sort->column];
	int order;

	if (l->is_total || r->is_total)
		return l->is_total - r->is_total;
	order = sort->is_text ? strverscmp(lc->text, rc->text) :
		(lc->order > rc->order) - (lc->order < rc->order);
	if (sort->down)
		order = -order;
	return order ? order : (l->index > r->index) - (l->index < r->index);
}

/* Totals stay at the end, and equal rows as they were. */
void table_sort(struct table *table, size_t column, bool down)
{
	struct sort sort = {
		.column = column,
		.is_text = table_is_text(table, column),
		.down = down,
	};

	if (table->nr_rows)
		qsort_r(table->rows, table->nr_rows, sizeof(*table->rows),
			rows_compare, &sort);
}

void tables_free(struct table tables[MAX_TABLES])
{
	size_t i;

	for (i = 0; i < MAX_TABLES; i++)
		free(tables[i].rows);
	memset(tables, 0, MAX_TABLES * sizeof(*tables));
}
