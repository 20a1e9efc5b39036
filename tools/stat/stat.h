/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tslabstat: what its parts know of each other
 *
 *   main.c -> tree.c -> parse.c	finds the files, reads them, parses them
 *          -> table.c, json.c -> derive.c
 *
 * Only main.c prints errors and ends the program; everything else returns -1
 * and leaves one line of explanation in a struct fault.
 */
#ifndef TSLABSTAT_H
#define TSLABSTAT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* === Errors === */

struct fault {
	char text[PATH_MAX + 512];
};

int fault_set(struct fault *fault, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* === One class file (parse.c) === */

struct counter {
	const char *name;	/* in the text of a class */
	uint64_t value;
};

/*
 * The lines of a class file without version and class, in the file's order.
 * In a sum over classes, size is 0 and the names belong to the classes.
 */
struct class_stats {
	uint64_t size;		/* bytes */
	size_t nr;
	struct counter *counters;
	char *text;
};

int u64_parse(const char *text, uint64_t *value);
int class_parse(struct class_stats *cs, char *text, size_t len,
		struct fault *fault);
struct counter *class_find(const struct class_stats *cs, const char *name);
uint64_t class_value(const struct class_stats *cs, const char *name);
bool class_is_active(const struct class_stats *cs);
int class_add_counter(struct class_stats *cs, const char *name, uint64_t value,
		      struct fault *fault);
void class_free(struct class_stats *cs);

/* === All class files of a directory (tree.c) === */

struct tree {
	size_t nr;
	struct class_stats *classes;	/* by size */
	struct class_stats total;
};

int tree_read(struct tree *tree, const char *root, const char *instance,
	      struct fault *fault);
void tree_free(struct tree *tree);

/* === Figures made of counters (derive.c) === */

enum derived {
	ALLOC_CAS,
	FREE_CAS,
	PARTIAL_FAILURE,
	LOCK_CONTENTION,
	RECYCLE,
	UTILISATION,
	LOCK_WAIT,
	LOCK_HOLD,
	NR_DERIVED
};

enum band { BAND_NONE, BAND_GREEN, BAND_YELLOW, BAND_RED };

struct ratio {
	uint64_t num;
	uint64_t den;		/* 0: the ratio has no value */
	enum band band;
};

uint64_t sum_saturated(uint64_t a, uint64_t b);
uint64_t lock_acquisitions(const struct class_stats *cs);
struct ratio derive(const struct class_stats *cs, enum derived which);
const char *derived_name(enum derived which);
bool derived_has_band(enum derived which);
double ratio_value(const struct ratio *ratio);
const char *band_name(enum band band);

/* === Output === */

int table_print(const struct tree *tree, bool all, bool colour,
		struct fault *fault);
int json_print(const struct tree *tree, struct fault *fault);

#endif /* TSLABSTAT_H */
