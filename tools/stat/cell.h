/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a column of a table shows, for the views and the cells.
 */
#ifndef TSLAB_CELL_H
#define TSLAB_CELL_H

#include "stat.h"

enum shows {
	SHOWS_NOTHING,
	SHOWS_SIZE,
	SHOWS_KEY,
	SHOWS_CACHE,
	SHOWS_INSTANCE,
	SHOWS_STATE,
	SHOWS_LABEL,		/* of what is left of closed epochs */
	SHOWS_FUNCTION,
	SHOWS_AGES,		/* the least, the mean and the most */
	SHOWS_CGROUP,
	SHOWS_BAR,
	SHOWS_VALUE,
	SHOWS_KIB,		/* of bytes */
	SHOWS_KIB_SUM,		/* of bytes of two counters */
	SHOWS_MICROSECONDS,	/* of nanoseconds */
	SHOWS_SECONDS,
	SHOWS_RATE,		/* a second */
	SHOWS_COUNT,		/* as these two, but what is not there is 0 */
	SHOWS_COUNT_RATE,
	SHOWS_MISUSE,
	SHOWS_PERCENT,		/* of a ratio */
	SHOWS_RATIO,
	SHOWS_MEAN,		/* of a ratio, in whole numbers */
	SHOWS_SHARE,		/* of two counters, in percent */
};

struct column {
	const char *heading;
	enum shows shows;
	const char *counter;
	enum derived ratio;
	const char *of;		/* counter of a share or a sum */
};

#define ALL_TEXT	"all"
#define TOTAL_TEXT	"total"

void cell_fill(struct cell *cell, const struct column *column,
	       const struct stats *stats, double seconds, bool is_first);

#endif /* TSLAB_CELL_H */
