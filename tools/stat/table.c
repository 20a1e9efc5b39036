// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the table for people
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stat.h"

enum column {
	COL_SIZE,
	COL_LIVE,
	COL_COMMITTED,
	COL_UTIL,
	COL_ALLOCS,
	COL_FREES,
	COL_ALLOC_CAS,
	COL_FREE_CAS,
	COL_CP_FAIL,
	COL_LOCK_CONT,
	COL_RECYCLE,
	NR_COLUMNS
};

static const char *const headings[NR_COLUMNS] = {
	"SIZE",		"LIVE",		"COMMITTED(KiB)", "UTIL%",
	"ALLOCS",	"FREES",	"ALLOC-CAS/ATT",  "FREE-CAS/ATT",
	"CP-FAIL%",	"LOCK-CONT%",	"RECYCLE%",
};

struct cell {
	char text[48];
	enum band band;
};

struct row {
	struct cell cells[NR_COLUMNS];
};

static void cell_text(struct cell *cell, const char *text)
{
	snprintf(cell->text, sizeof(cell->text), "%s", text);
}

static void cell_number(struct cell *cell, uint64_t n)
{
	snprintf(cell->text, sizeof(cell->text), "%" PRIu64, n);
}

/* Not every module counts objects beside the bitmap operations. */
static void cell_counter(struct cell *cell, const struct class_stats *cs,
			 const char *name)
{
	const struct counter *counter = class_find(cs, name);

	if (counter)
		cell_number(cell, counter->value);
	else
		cell_text(cell, "-");
}

static void cell_ratio(struct cell *cell, const struct class_stats *cs,
		       enum derived which, bool percent)
{
	struct ratio ratio = derive(cs, which);

	if (!ratio.den) {
		cell_text(cell, "-");
		return;
	}
	cell->band = ratio.band;
	if (percent)
		snprintf(cell->text, sizeof(cell->text), "%.2f",
			 100 * ratio_value(&ratio));
	else
		snprintf(cell->text, sizeof(cell->text), "%.4f",
			 ratio_value(&ratio));
}

static void row_heading(struct row *row)
{
	enum column col;

	for (col = 0; col < NR_COLUMNS; col++)
		cell_text(&row->cells[col], headings[col]);
}

static void row_class(struct row *row, const struct class_stats *cs)
{
	struct cell *c = row->cells;

	if (cs->size)
		cell_number(&c[COL_SIZE], cs->size);
	else
		cell_text(&c[COL_SIZE], "total");
	cell_counter(&c[COL_LIVE], cs, "live_objects");
	cell_number(&c[COL_COMMITTED],
		    class_value(cs, "committed_bytes") / 1024);
	cell_ratio(&c[COL_UTIL], cs, UTILISATION, true);
	cell_counter(&c[COL_ALLOCS], cs, "alloc_objects");
	cell_counter(&c[COL_FREES], cs, "free_objects");
	cell_ratio(&c[COL_ALLOC_CAS], cs, ALLOC_CAS, false);
	cell_ratio(&c[COL_FREE_CAS], cs, FREE_CAS, false);
	cell_ratio(&c[COL_CP_FAIL], cs, PARTIAL_FAILURE, true);
	cell_ratio(&c[COL_LOCK_CONT], cs, LOCK_CONTENTION, true);
	cell_ratio(&c[COL_RECYCLE], cs, RECYCLE, true);
}

/* Without colour, the band is a letter right after the figure. */
static void mark_bands(struct row *row)
{
	struct cell *cell;
	size_t len;

	for (cell = row->cells; cell < row->cells + NR_COLUMNS; cell++) {
		if (cell->band == BAND_NONE)
			continue;
		len = strlen(cell->text);
		snprintf(cell->text + len, sizeof(cell->text) - len, "%c",
			 band_name(cell->band)[0]);
	}
}

static void row_print(const struct row *row, const int *widths, bool colour)
{
	static const char *const on[] = {
		[BAND_NONE] = "",
		[BAND_GREEN] = "\033[32m",
		[BAND_YELLOW] = "\033[33m",
		[BAND_RED] = "\033[31m",
	};
	enum column col;

	for (col = 0; col < NR_COLUMNS; col++) {
		const struct cell *cell = &row->cells[col];
		bool painted = colour && cell->band != BAND_NONE;

		printf("%s%s%*s%s", col ? "  " : "",
		       painted ? on[cell->band] : "", widths[col], cell->text,
		       painted ? "\033[0m" : "");
	}
	putchar('\n');
}

int table_print(const struct tree *tree, bool all, bool colour,
		struct fault *fault)
{
	int widths[NR_COLUMNS] = { 0 };
	size_t i, nr = 0;
	struct row *rows;
	enum column col;

	rows = calloc(tree->nr + 2, sizeof(*rows));
	if (!rows)
		return fault_set(fault, "out of memory");

	row_heading(&rows[nr++]);
	for (i = 0; i < tree->nr; i++)
		if (all || class_is_active(&tree->classes[i]))
			row_class(&rows[nr++], &tree->classes[i]);
	row_class(&rows[nr++], &tree->total);

	for (i = 0; i < nr; i++) {
		if (!colour)
			mark_bands(&rows[i]);
		for (col = 0; col < NR_COLUMNS; col++) {
			int len = strlen(rows[i].cells[col].text);

			if (len > widths[col])
				widths[col] = len;
		}
	}

	for (i = 0; i < nr; i++)
		row_print(&rows[i], widths, colour);

	free(rows);
	return 0;
}
