/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tslab-bench: what its parts know of each other
 *
 *   main.c -> run.c		writes the options, waits, shows progress
 *          -> result.c	reads what came of it
 *          -> report.c	prints it: table, JSON, CSV
 *
 * Only main.c prints errors and ends the program; everything else returns -1
 * and leaves one line of explanation in a struct fault.
 */
#ifndef TSLAB_BENCH_FRONT_H
#define TSLAB_BENCH_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../stat/fault.h"

/* === Options, as tslab_bench.ko names them === */

struct key {
	const char *name;
	bool is_number;
};

extern const struct key keys[];	/* ends with a NULL name */

/* === A run (run.c) === */

struct point {
	uint64_t at;
	uint64_t count;
};

struct pages {
	uint64_t peak;
	uint64_t end;
	uint64_t after;
	size_t nr_at;
	struct point *at;	/* pages held after so many ms */
};

/* What is run where; from @interrupted on it is filled in. */
struct run {
	const char *root;
	const char *slab_root;
	const char *line;
	bool show_progress;
	bool polls_slab;
	bool interrupted;
	bool refused;		/* the options are wrong */
	struct pages pages;	/* of the kmem_cache */
};

int run_go(struct run *run, struct fault *fault);
void run_free(struct run *run);
int file_read(char **text, size_t *len, const char *dir, const char *name,
	      struct fault *fault);

/* === What came of it (result.c) === */

struct value {
	const char *name;
	const char *text;
};

struct result {
	size_t nr_values;
	struct value *values;
	size_t nr_latency;
	struct point *latency;	/* number of allocations below so many ns */
	size_t nr_pages_at;
	struct point *pages_at;	/* pages held after so many ms */
	char *text;
};

int result_parse(struct result *result, char *text, size_t len,
		 struct fault *fault);
void result_free(struct result *result);
const char *result_text(const struct result *result, const char *name);
uint64_t result_number(const struct result *result, const char *name);
bool result_has(const struct result *result, const char *name);
uint64_t result_percentile(const struct result *result, unsigned int permille);

/* === Reports (report.c) === */

enum report { REPORT_TABLE, REPORT_JSON, REPORT_CSV };

int report_print(enum report how, bool heading, const struct run *run,
		 const struct result *result, struct fault *fault);

#endif /* TSLAB_BENCH_FRONT_H */
