// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the tables for people
 */
#include <stdio.h>

#include "stat.h"

static void cell_print(const struct table *table, size_t column,
		       const char *text, enum band band)
{
	static const char *const on[] = {
		[BAND_NONE] = "",
		[BAND_GREEN] = "\033[32m",
		[BAND_YELLOW] = "\033[33m",
		[BAND_RED] = "\033[31m",
	};
	bool is_text = table_is_text(table, column);
	bool is_last = column + 1 == table->nr_columns;
	int width = table->widths[column];

	if (is_text)
		width = is_last ? 0 : -width;
	printf("%*s%s%*s%s", column ? COLUMN_GAP : 0, "", on[band], width,
	       text, band != BAND_NONE ? "\033[0m" : "");
}

static void one_print(const struct table *table, bool colour)
{
	size_t column, row;

	for (column = 0; column < table->nr_columns; column++)
		cell_print(table, column, table_heading(table, column),
			   BAND_NONE);
	putchar('\n');
	for (row = 0; row < table->nr_rows; row++) {
		for (column = 0; column < table->nr_columns; column++) {
			const struct cell *cell;

			cell = &table->rows[row].cells[column];
			cell_print(table, column, cell->text,
				   colour ? cell->band : BAND_NONE);
		}
		putchar('\n');
	}
}

int table_print(const struct tree *tree, const struct view_options *options,
		bool colour, struct fault *fault)
{
	struct table tables[MAX_TABLES];
	size_t i;

	if (view_build(tables, tree, options, fault))
		return -1;
	for (i = 0; i < MAX_TABLES && tables[i].nr_columns; i++) {
		if (i)
			putchar('\n');
		one_print(&tables[i], colour);
	}
	tables_free(tables);
	return 0;
}
