// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the live screen
 */
#include <ctype.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stat.h"

struct top {
	struct session *session;
	struct view_options options;
	double interval;
	size_t column;		/* to sort by, in the first table */
	size_t nr_columns;
	bool sorted;
	bool up;
	int scroll;		/* lines that are above the screen */
	int lines;		/* that there are */
	bool colour;
};

static const struct {
	char key;
	enum view view;
} view_keys[] = {
	{ 'c', VIEW_CLASSES },
	{ 'e', VIEW_EPOCHS },
	{ 'p', VIEW_PERCPU },
	{ 'k', VIEW_LOCKS },
	{ 'l', VIEW_LABELS },
	{ 't', VIEW_CACHES },
	{ 'h', VIEW_HISTOGRAM },
	{ 'n', VIEW_NODES },
	{ 'm', VIEW_MEMORY },
	{ 'o', VIEW_LEAKS },
};

/* Below the status line and above the keys. */
static int page_lines(void)
{
	return LINES > 2 ? LINES - 2 : 0;
}

static attr_t band_attribute(const struct top *top, enum band band)
{
	if (band == BAND_NONE)
		return A_NORMAL;
	return top->colour ? COLOR_PAIR(band) : A_NORMAL;
}

static void draw_cell(const struct table *table, size_t column, int y, int x,
		      const char *text, attr_t attribute)
{
	char padded[sizeof(((struct cell *)NULL)->text)];
	int width = table->widths[column];

	if (y < 1 || y > page_lines())
		return;
	snprintf(padded, sizeof(padded), "%*s",
		 table_is_text(table, column) ? -width : width, text);
	attron(attribute);
	mvaddnstr(y, x, padded, COLS - x);
	attroff(attribute);
}

/* How many columns after the first to leave out, so that @last is seen. */
static size_t columns_skipped(const struct table *table, size_t last)
{
	size_t skipped = 0, column;
	int width = 0;

	for (column = 0; column <= last; column++)
		width += table->widths[column] + COLUMN_GAP;
	while (skipped + 1 < last && width - COLUMN_GAP > COLS)
		width -= table->widths[++skipped] + COLUMN_GAP;
	return skipped;
}

static void draw_table(struct top *top, const struct table *table, bool first)
{
	bool is_chosen = first && top->sorted;
	size_t skipped = is_chosen ? columns_skipped(table, top->column) : 0;
	size_t row, column;
	int x = 0;

	for (column = 0; column < table->nr_columns; column++) {
		int y = 1 + top->lines - top->scroll;
		bool is_sorted = is_chosen && column == top->column;

		if (column && column <= skipped)
			continue;
		draw_cell(table, column, y, x, table_heading(table, column),
			  is_sorted ? A_REVERSE | A_BOLD : A_BOLD);
		for (row = 0; row < table->nr_rows; row++) {
			const struct cell *cell;

			cell = &table->rows[row].cells[column];
			draw_cell(table, column, ++y, x, cell->text,
				  band_attribute(top, cell->band));
		}
		x += table->widths[column] + COLUMN_GAP;
		if (x >= COLS)
			break;
	}
	top->lines += 1 + table->nr_rows;
}

/* Cuts what does not fit. */
static void draw_line(int y, const char *text)
{
	if (y >= 0 && y < LINES)
		mvaddnstr(y, 0, text, COLS);
}

static void draw_status(const struct top *top)
{
	const struct tree *report = top->session->report;
	char text[256], since[64] = "since load";

	if (report->restarted)
		snprintf(since, sizeof(since), "counters fell: since restart");
	else if (report->seconds > 0)
		snprintf(since, sizeof(since), "last %.3f s", report->seconds);
	snprintf(text, sizeof(text), "tslabstat  %s  %s%s%s%s%s",
		 view_name(top->options.view), since,
		 top->session->source.instance ? "  " : "",
		 top->session->source.instance ?
		 top->session->source.instance : "",
		 report->is_fallback ? "  " : "",
		 report->is_fallback ? report->root : "");
	draw_line(0, text);
	if (LINES > 1)
		draw_line(LINES - 1,
			  "q quit  views: c e p k l h t n m o  < > sort  r reverse  a all  space refresh");
}

static bool view_is_there(const struct top *top)
{
	unsigned int i;

	for (i = 0; i < NR_SETS; i++)
		if (view_sets(top->options.view) & 1U << i &&
		    !top->session->report->sets[i].present)
			return false;
	return true;
}

static int draw(struct top *top, struct fault *fault)
{
	struct table tables[MAX_TABLES];
	size_t i;

	top->options.width = COLS;
	top->options.letters = !top->colour;
	if (view_build(tables, top->session->report, &top->options, fault))
		return -1;
	top->nr_columns = tables[0].nr_columns;
	if (top->column >= top->nr_columns)
		top->column = top->nr_columns - 1;
	if (top->sorted)
		table_sort(&tables[0], top->column, !top->up);

	erase();
	draw_status(top);
	top->lines = 0;
	for (i = 0; i < MAX_TABLES && tables[i].nr_columns; i++) {
		top->lines += !!i;
		draw_table(top, &tables[i], !i);
	}
	if (!view_is_there(top))
		draw_line(LINES / 2, "this tslab module does not have it");
	refresh();
	tables_free(tables);
	return 0;
}

static void sort_by(struct top *top, int step)
{
	if (!top->sorted)
		top->column = step < 0 ? 0 : top->nr_columns - 1;
	top->sorted = true;
	top->column = (top->column + step + top->nr_columns) % top->nr_columns;
}

static void scroll_by(struct top *top, int lines)
{
	int max = top->lines - page_lines();

	top->scroll += lines;
	if (top->scroll > max)
		top->scroll = max;
	if (top->scroll < 0)
		top->scroll = 0;
}

/* Return: whether to read again at once. */
static bool key_pressed(struct top *top, int key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(view_keys); i++) {
		if (key != view_keys[i].key)
			continue;
		top->options.view = view_keys[i].view;
		top->sorted = false;
		top->scroll = 0;
	}
	switch (key) {
	case '<':
	case KEY_LEFT:
		sort_by(top, -1);
		break;
	case '>':
	case KEY_RIGHT:
		sort_by(top, 1);
		break;
	case 'r':
		top->up = !top->up;
		break;
	case 'a':
		top->options.all = !top->options.all;
		break;
	case KEY_UP:
		scroll_by(top, -1);
		break;
	case KEY_DOWN:
		scroll_by(top, 1);
		break;
	case KEY_PPAGE:
		scroll_by(top, -page_lines());
		break;
	case KEY_NPAGE:
		scroll_by(top, page_lines());
		break;
	case KEY_RESIZE:
		scroll_by(top, 0);
		break;
	default:
		break;
	}
	return key == ' ';
}

/* Return: 0 to read again, 1 to end, -1 for a fault. */
static int wait_for_user(struct top *top, struct fault *fault)
{
	for (;;) {
		int key;

		switch (session_wait(top->session, top->interval,
				     STDIN_FILENO)) {
		case WAIT_STOP:
			return 1;
		case WAIT_OVER:
			return 0;
		case WAIT_INPUT:
			break;
		}
		while ((key = getch()) != ERR) {
			if (key == 'q')
				return 1;
			if (key_pressed(top, key))
				return 0;
		}
		if (draw(top, fault))
			return -1;
	}
}

static int loop(struct top *top, uint64_t count, struct fault *fault)
{
	int ret;

	do {
		if (session_read(top->session, fault) || draw(top, fault))
			return -1;
		if (top->session->reports == count)
			return 0;
		ret = wait_for_user(top, fault);
	} while (!ret);
	return ret < 0 ? ret : 0;
}

static void set_up(struct top *top)
{
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	top->colour = has_colors();
	if (!top->colour)
		return;
	start_color();
	use_default_colors();
	init_pair(BAND_GREEN, COLOR_GREEN, -1);
	init_pair(BAND_YELLOW, COLOR_YELLOW, -1);
	init_pair(BAND_RED, COLOR_RED, -1);
}

int top_run(struct session *session, const struct view_options *options,
	    double interval, uint64_t count, struct fault *fault)
{
	struct top top = {
		.session = session,
		.options = *options,
		.interval = interval,
	};
	SCREEN *screen;
	int ret;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fault_set(fault, "--top needs a terminal");
	/* What is wrong from the start is best said on the screen as it is. */
	if (session_read(session, fault))
		return -1;
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return fault_set(fault, "--top: terminal type is not known");
	set_up(&top);
	session->source.required = 0;
	ret = draw(&top, fault);
	if (!ret && session->reports != count) {
		ret = wait_for_user(&top, fault);
		ret = ret ? ret : loop(&top, count, fault);
	}
	endwin();
	delscreen(screen);
	return ret < 0 ? ret : 0;
}
