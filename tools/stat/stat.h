/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tslabstat: what its parts know of each other
 *
 *   main.c -> options.c
 *          -> session.c -> tree.c -> parse.c, meminfo.c	finds, reads, parses
 *                                 -> leaks.c	the same, of another layout
 *                                 -> cgroup.c	paths of inodes
 *                       -> delta.c		what changed since the last time
 *          -> table.c, top.c -> view.c -> cell.c -> derive.c
 *                            -> view.c -> memory_view.c -> memory.c
 *          -> json.c -> digits.c
 *          -> json.c -> memory.c
 *          -> json.c, prometheus.c, check.c -> derive.c
 *          -> prometheus.c -> epoch_series.c, memory_series.c -> memory.c
 *                                                             -> series.c
 *          -> collect.c -> prometheus.c	metrics to a file
 *                       -> leftover.c		what takes them away again
 *
 * What was read is a struct tree, and so is the difference of two: whatever
 * prints one prints the other.
 *
 * Only main.c prints errors and ends the program; everything else returns -1
 * and leaves one line of explanation in a struct fault.
 */
#ifndef TSLABSTAT_H
#define TSLABSTAT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fault.h"

/* === Names that this program knows (names.c) === */

enum name_flags {
	NAME_GAUGE	= 1,	/* not a sum that only grows */
	NAME_OPTIONAL	= 2,	/* not in all class files of version 1 */
	NAME_UNLABELLED	= 4,	/* not told apart by label */
	NAME_WHOLE	= 8,	/* not broken down where zeros are left out */
	NAME_CLASSLESS	= 16,	/* counts what belongs to no class */
};

struct name {
	const char *name;
	const char *help;
	const char *pitfall;
	unsigned int flags;
};

struct site {
	const char *name;
	const char *fast;
	const char *contended;
};

#define NR_SITES	6
#define NR_BUCKETS	32

extern const struct name known_names[];	/* ends with a NULL name */
extern const struct site sites[NR_SITES];
extern const char *const bucket_names[NR_BUCKETS];

bool name_only_grows(const char *name);
bool name_means_activity(const char *name);
const char *name_next_required(size_t *i);

/* === Named numbers (stats.c) === */

#define ALL_CLASSES	UINT64_MAX
#define LARGE_CLASS	(UINT64_MAX - 1)	/* larger than any class */

struct counter {
	const char *name;
	uint64_t value;
};

/* Of objects that are left of closed epochs: who allocated them, and for what. */
struct leak {
	const char *label;
	const char *function;	/* NULL: not known */
	const char *stack;	/* see leak_stack_line() */
	const char *cpus;	/* a list, as of what follows */
	const char *nodes;
};

/*
 * Counters and gauges, and whose they are. All text belongs to a tree or to
 * the program.
 */
struct stats {
	uint64_t size;		/* of the class or cache in bytes; 0: of no class */
	const char *key;	/* CPU, label, cache, node, kind...; or NULL */
	const char *instance;	/* of an epoch, whose label is the key; of a cache */
	const char *state;	/* of an epoch */
	const char *cgroup;	/* path of what an epoch is charged to, if found */
	struct leak leak;
	size_t nr;
	struct counter *counters;
};

/* The rows of a file, or of all class files; sorted. */
struct set {
	bool present;
	size_t nr;
	struct stats *rows;
};

struct counter *stats_find(const struct stats *stats, const char *name);
uint64_t stats_value(const struct stats *stats, const char *name);
bool stats_are_active(const struct stats *stats);
int stats_append(struct stats *stats, const char *name, uint64_t value,
		 struct fault *fault);
int stats_add(struct stats *to, const struct stats *from, struct fault *fault);
void stats_free(struct stats *stats);
uint64_t sum_saturated(uint64_t a, uint64_t b);

struct stats *set_new_row(struct set *set, struct fault *fault);
struct stats *set_sum(struct set *set, const char *key, const struct stats *add,
		      struct fault *fault);
const struct stats *set_find(const struct set *set, const struct stats *like);
void set_sort(struct set *set);
int stats_compare(const void *a, const void *b);
void set_free(struct set *set);

/* === Names of instances (instance.c) === */

bool instance_name_is_valid(const char *name);
void instance_name_unescape(char *name);

/* === The text of a file (parse.c) === */

enum file {
	FILE_CLASSES,
	FILE_SUMMARY,
	FILE_EPOCHS,
	FILE_PERCPU,
	FILE_LABELS,
	FILE_LOCK_HISTOGRAM,
	FILE_ALLOC_HISTOGRAM,
	FILE_ALLOC_REASONS,
	FILE_CACHES,
	FILE_NODES,
	FILE_CGROUPS,
	NR_FILES
};

const char *file_name(enum file file);
int u64_parse(const char *text, uint64_t *value);
int value_parse(const char *text, const char *name, unsigned int lineno,
		uint64_t *value, struct fault *fault);
bool text_make_valid(char *text);
int file_parse(struct set *set, enum file file, char *text, size_t len,
	       struct fault *fault);

/* === All files of a directory (tree.c) === */

/*
 * What is in no file of its own beside those of the classes: a row for each
 * instance, which is its summary; what the kernel says of its slabs; and who
 * allocated what closed epochs have left, in a file with a layout of its own.
 */
enum {
	SET_INSTANCES = NR_FILES,
	SET_MEMINFO,
	SET_LEAKS,
	NR_SETS
};

struct text;

struct tree {
	struct set sets[NR_SETS];
	const char *root;	/* the directory that it was read from */
	const char *instance;	/* NULL: all together */
	bool is_fallback;	/* procfs, as debugfs could not be read */
	struct stats total;	/* over all classes and over what has none */
	double seconds;		/* that the counters are of; 0: all since load */
	bool restarted;		/* not since the last time, as asked for */
	struct text *texts;
};

/* Sets as bits: all of @required or a fault, those of @wanted if there. */
struct source {
	const char *root;	/* NULL: debugfs, or else procfs */
	const char *instance;	/* NULL: all together */
	unsigned int required;
	unsigned int wanted;
};

int tree_read(struct tree *tree, const struct source *source,
	      struct fault *fault);
char *tree_keep_text(struct tree *tree, const char *chars, struct fault *fault);
void tree_free(struct tree *tree);

/* === Paths of cgroups (cgroup.c) === */

void cgroups_name(struct tree *tree, const char *root);

/* === /proc/meminfo (meminfo.c) === */

int meminfo_parse(struct set *set, char *text, struct fault *fault);

/* === Objects that are left of closed epochs (leaks.c) === */

#define LARGE_TEXT	"large"

int leaks_parse(struct set *set, char *text, size_t len, struct fault *fault);
const char *leak_stack_line(const char *stack, const char **line, size_t *len);
int leaks_by_label(struct set *set, const struct tree *tree,
		   struct fault *fault);

/* === What changed (delta.c) and when to look (session.c) === */

int tree_delta(struct tree *delta, const struct tree *before,
	       const struct tree *now, struct fault *fault);

struct session {
	struct source source;
	unsigned int reports;		/* made so far */
	const struct tree *report;	/* the last */
	/* private: */
	struct tree before, now, delta;
	uint64_t read_ns;
	uint64_t deadline_ns;
	sigset_t signals;		/* blocked while waiting */
};

enum wait { WAIT_OVER, WAIT_INPUT, WAIT_STOP };

void session_begin(struct session *session, const struct source *source,
		   bool waits);
int session_read(struct session *session, struct fault *fault);
enum wait session_wait(struct session *session, double seconds, int fd);
void session_end(struct session *session);

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

#define NR_MISUSE	8

extern const char *const misuse_names[NR_MISUSE];

uint64_t lock_acquisitions(const struct stats *stats);
uint64_t misuse_sum(const struct stats *stats);
uint64_t histogram_events(const struct stats *stats);
struct ratio derive(const struct stats *stats, enum derived which);
const char *derived_name(enum derived which);
bool derived_has_band(enum derived which);
double ratio_value(const struct ratio *ratio);
const char *band_name(enum band band);

/* === Tables (view.c) === */

enum view {
	VIEW_CLASSES,
	VIEW_EPOCHS,
	VIEW_PERCPU,
	VIEW_LOCKS,
	VIEW_LABELS,
	VIEW_CACHES,
	VIEW_HISTOGRAM,
	VIEW_NODES,
	VIEW_MEMORY,
	VIEW_LEAKS,
	NR_VIEWS
};

struct cell {
	char text[160];
	double order;		/* of numbers */
	enum band band;
};

#define MAX_COLUMNS	20
#define COLUMN_GAP	2

struct table {
	size_t nr_columns;
	const struct column *columns[MAX_COLUMNS];
	int widths[MAX_COLUMNS];
	size_t nr_rows;
	struct table_row {
		size_t index;	/* before any sorting */
		bool is_total;
		struct cell cells[MAX_COLUMNS];
	} *rows;
};

#define MAX_TABLES	6

struct view_options {
	enum view view;
	bool all;		/* also what is not active */
	bool rates;		/* columns per second */
	bool letters;		/* for the bands */
	int width;		/* of the terminal; 0: not one */
};

const char *view_name(enum view view);
unsigned int view_sets(enum view view);
int view_build(struct table tables[MAX_TABLES], const struct tree *tree,
	       const struct view_options *options, struct fault *fault);
const char *table_heading(const struct table *table, size_t column);
bool table_is_text(const struct table *table, size_t column);
void table_sort(struct table *table, size_t column, bool down);
void tables_free(struct table tables[MAX_TABLES]);

/* === Output === */

#define METRICS_SUFFIX	".prom"

/* Of --check with its newline: what carries it cuts it at 1024. */
#define CHECK_MAX_BYTES	1023

/* How alarming something is: also the exit status of --check. */
enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_UNKNOWN };

enum limit {
	LIMIT_CAS,
	LIMIT_LOCK,
	LIMIT_MISUSE,
	LIMIT_FAILED,
	LIMIT_AGE,
	LIMIT_PAGES,
	NR_LIMITS
};

/*
 * A long double has all digits of 64 bits; the text has those that were given,
 * as a monitor that gets others back takes it for another limit.
 */
struct limit_at {
	long double value;
	const char *text;	/* NULL: none */
};

struct limits {
	struct limit_at at[NR_LIMITS][LEVEL_CRITICAL + 1]; /* over is alarming */
	uint64_t min_attempts;
};

int table_print(const struct tree *tree, const struct view_options *options,
		bool colour, struct fault *fault);
int top_run(struct session *session, const struct view_options *options,
	    double interval, uint64_t count, struct fault *fault);
int json_print(const struct tree *tree, bool one_line, struct fault *fault);
int prometheus_print(FILE *file, const struct tree *tree, const char *instance,
		     enum view view, struct fault *fault);
void prometheus_print_gauge(FILE *file, const struct name *name,
			    const char *instance, double value);
int collect(struct session *session, const char *path, enum view view,
	    struct fault *fault);
int collect_failed(const char *path, const char *instance,
		   struct fault *fault);
int leftovers_count(const char *path, const char *status, unsigned int *nr,
		    struct fault *fault);
void check_print_unknown(const char *why);
int check_print(const struct tree *tree, const struct limits *limits,
		enum level *level, struct fault *fault);

/* === The command line (options.c) === */

enum mode {
	MODE_TABLE,
	MODE_TOP,
	MODE_JSON,
	MODE_PROMETHEUS,
	MODE_CHECK,
	MODE_HELP,
	MODE_VERSION
};

struct options {
	enum mode mode;		/* right even if the options are not */
	enum view view;
	bool all;
	struct source source;
	struct limits limits;
	double interval;	/* seconds; 0: one report */
	uint64_t count;		/* 0: no limit */
	const char *output;	/* right even if others are not; NULL: stdout */
};

int options_parse(struct options *options, int argc, char **argv,
		  struct fault *fault);

extern const char usage[];

#endif /* TSLABSTAT_H */
