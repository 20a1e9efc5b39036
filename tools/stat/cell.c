// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: one figure as the text and the order of a cell
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cell.h"

static void cell_text(struct cell *cell, const char *text)
{
	snprintf(cell->text, sizeof(cell->text), "%s", text);
}

/* Of a path that is too long, the end is what tells it from others. */
static void cell_path(struct cell *cell, const char *path)
{
	const size_t len = strlen(path), max = sizeof(cell->text) - 1;
	const char *cut = "...";

	if (len <= max)
		cell_text(cell, path);
	else
		snprintf(cell->text, sizeof(cell->text), "%s%s", cut,
			 path + len - max + strlen(cut));
}

/* A row of all the others is of no single one. */
static void cell_cgroup(struct cell *cell, const struct stats *stats)
{
	if (stats->instance)
		cell_text(cell, stats->instance);
	else if (stats->cgroup)
		cell_path(cell, stats->cgroup);
	else
		snprintf(cell->text, sizeof(cell->text), "#%" PRIu64,
			 stats_value(stats, "inode"));
}

static void cell_double(struct cell *cell, double n, int decimals)
{
	cell->order = n;
	snprintf(cell->text, sizeof(cell->text), "%.*f", decimals, n);
}

static void cell_number(struct cell *cell, uint64_t n)
{
	cell->order = n;
	snprintf(cell->text, sizeof(cell->text), "%" PRIu64, n);
}

static void cell_nothing(struct cell *cell)
{
	cell->order = -1;
	cell_text(cell, "-");
}

/* As in the file; in the order of the mean. */
static void cell_ages(struct cell *cell, const struct stats *stats)
{
	const uint64_t mean = stats_value(stats, "age_avg");

	cell->order = mean;
	snprintf(cell->text, sizeof(cell->text),
		 "%" PRIu64 "/%" PRIu64 "/%" PRIu64,
		 stats_value(stats, "age_min"), mean,
		 stats_value(stats, "age_max"));
}

static void cell_size(struct cell *cell, uint64_t size, bool is_first)
{
	if (size && size != ALL_CLASSES) {
		cell_number(cell, size);
		if (size == LARGE_CLASS)
			cell_text(cell, LARGE_TEXT);
		return;
	}
	cell_nothing(cell);
	if (size)
		cell_text(cell, is_first ? TOTAL_TEXT : ALL_TEXT);
}

/* Not every module counts objects beside the bitmap operations. */
static void cell_counter(struct cell *cell, const struct column *column,
			 const struct stats *stats)
{
	const struct counter *counter = stats_find(stats, column->counter);

	if (!counter && column->shows == SHOWS_COUNT)
		cell_number(cell, 0);
	else if (!counter)
		cell_nothing(cell);
	else if (column->shows == SHOWS_KIB)
		cell_number(cell, counter->value / 1024);
	else if (column->shows == SHOWS_KIB_SUM)
		cell_number(cell, sum_saturated(counter->value,
				  stats_value(stats, column->of)) / 1024);
	else if (column->shows == SHOWS_MICROSECONDS)
		cell_number(cell, counter->value / 1000);
	else if (column->shows == SHOWS_SECONDS)
		cell_double(cell, (double)counter->value / 1e9, 3);
	else
		cell_number(cell, counter->value);
}

static void cell_rate(struct cell *cell, const struct column *column,
		      const struct stats *stats, double seconds)
{
	const struct counter *counter = stats_find(stats, column->counter);

	if (seconds <= 0 || (!counter && column->shows == SHOWS_RATE))
		cell_nothing(cell);
	else
		cell_double(cell, counter ? (double)counter->value / seconds :
			    0, 1);
}

static void cell_ratio(struct cell *cell, const struct column *column,
		       const struct stats *stats)
{
	struct ratio ratio = derive(stats, column->ratio);

	/* A mean of nothing is of what was not measured. */
	if (!ratio.den || (column->shows == SHOWS_MEAN && !ratio.num)) {
		cell_nothing(cell);
		return;
	}
	cell->band = ratio.band;
	if (column->shows == SHOWS_PERCENT)
		cell_double(cell, 100 * ratio_value(&ratio), 2);
	else if (column->shows == SHOWS_MEAN)
		cell_double(cell, ratio_value(&ratio), 0);
	else
		cell_double(cell, ratio_value(&ratio), 4);
}

static void cell_share(struct cell *cell, const struct column *column,
		       const struct stats *stats)
{
	struct ratio ratio = {
		.num = stats_value(stats, column->counter),
		.den = stats_value(stats, column->of),
	};

	if (ratio.den)
		cell_double(cell, 100 * ratio_value(&ratio), 2);
	else
		cell_nothing(cell);
}

void cell_fill(struct cell *cell, const struct column *column,
	       const struct stats *stats, double seconds, bool is_first)
{
	switch (column->shows) {
	case SHOWS_SIZE:
		cell_size(cell, stats->size, is_first);
		break;
	case SHOWS_KEY:
		cell_text(cell, stats->key ? stats->key : TOTAL_TEXT);
		break;
	case SHOWS_CACHE:
		cell_text(cell, stats->instance && stats->key ? stats->key :
			  "-");
		break;
	case SHOWS_INSTANCE:
		cell_text(cell, stats->instance ? stats->instance : "-");
		break;
	case SHOWS_STATE:
		cell_text(cell, stats->state);
		break;
	case SHOWS_LABEL:
		cell_text(cell, stats->leak.label);
		break;
	case SHOWS_FUNCTION:
		cell_text(cell, stats->leak.function ?: "-");
		break;
	case SHOWS_AGES:
		cell_ages(cell, stats);
		break;
	case SHOWS_CGROUP:
		cell_cgroup(cell, stats);
		break;
	case SHOWS_MISUSE:
		cell_number(cell, misuse_sum(stats));
		break;
	case SHOWS_RATE:
	case SHOWS_COUNT_RATE:
		cell_rate(cell, column, stats, seconds);
		break;
	case SHOWS_PERCENT:
	case SHOWS_RATIO:
	case SHOWS_MEAN:
		cell_ratio(cell, column, stats);
		break;
	case SHOWS_SHARE:
		cell_share(cell, column, stats);
		break;
	case SHOWS_BAR:		/* as long as there is room */
		cell->order = (double)stats_value(stats, column->counter) /
			      (double)stats_value(stats, column->of);
		break;
	default:
		cell_counter(cell, column, stats);
		break;
	}
}
