// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: one line and a status for what watches over machines
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stat.h"

/* The worst of all that falls under a limit goes into the performance data. */
struct check {
	const struct tree *tree;
	const struct limits *limits;
	enum level level;
	FILE *findings[LEVEL_CRITICAL + 1];
	double worst[NR_LIMITS];
};

static const struct {
	const char *name;
	const char *unit;
} data[NR_LIMITS] = {
	[LIMIT_CAS] = { "cas_retries", "%" },
	[LIMIT_LOCK] = { "lock_contention", "%" },
	[LIMIT_MISUSE] = { "misuse", "" },
	[LIMIT_FAILED] = { "alloc_failed", "" },
	[LIMIT_AGE] = { "draining_age", "s" },
	[LIMIT_PAGES] = { "draining_pages", "" },
};

static void __attribute__((format(printf, 4, 5)))
judge(struct check *check, enum limit limit, double value, const char *fmt, ...)
{
	const double *at = check->limits->at[limit];
	enum level level = LEVEL_OK;
	FILE *to;
	va_list args;

	if (value > check->worst[limit])
		check->worst[limit] = value;
	if (value > at[LEVEL_CRITICAL])
		level = LEVEL_CRITICAL;
	else if (value > at[LEVEL_WARNING])
		level = LEVEL_WARNING;
	else
		return;
	if (level > check->level)
		check->level = level;

	to = check->findings[level];
	fputs(ftell(to) > 0 ? ", " : "", to);
	va_start(args, fmt);
	vfprintf(to, fmt, args);
	va_end(args);
	fprintf(to, " (over %g%s)", at[level], data[limit].unit);
}

static void judge_class(struct check *check, const struct stats *stats)
{
	static const struct {
		enum derived which;
		enum limit limit;
		const char *text;
	} rates[] = {
		{ ALLOC_CAS, LIMIT_CAS, "alloc CAS retries" },
		{ FREE_CAS, LIMIT_CAS, "free CAS retries" },
		{ PARTIAL_FAILURE, LIMIT_CAS, "current_partial failures" },
		{ LOCK_CONTENTION, LIMIT_LOCK, "lock contention" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		struct ratio ratio = derive(stats, rates[i].which);
		double percent;

		if (!ratio.den || ratio.den < check->limits->min_attempts)
			continue;
		percent = 100 * ratio_value(&ratio);
		judge(check, rates[i].limit, percent,
		      "class %" PRIu64 " %s %.2f%%", stats->size, rates[i].text,
		      percent);
	}
}

static void judge_counter(struct check *check, enum limit limit,
			  const char *name)
{
	uint64_t value = stats_value(&check->tree->total, name);

	judge(check, limit, value, "%s %" PRIu64, name, value);
}

static void judge_epoch(struct check *check, const struct stats *epoch)
{
	uint64_t pages = stats_value(epoch, "pages");
	double age = (double)stats_value(epoch, "age_ns") / 1e9;

	if (strcmp(epoch->state, "draining"))
		return;
	judge(check, LIMIT_AGE, age, "epoch %s/%" PRIu64 " %s draining at %.0fs",
	      epoch->instance, stats_value(epoch, "index"), epoch->key, age);
	judge(check, LIMIT_PAGES, pages,
	      "epoch %s/%" PRIu64 " %s draining with %" PRIu64 " pages",
	      epoch->instance, stats_value(epoch, "index"), epoch->key, pages);
}

static void judge_tree(struct check *check)
{
	const struct set *classes = &check->tree->sets[FILE_CLASSES];
	const struct set *epochs = &check->tree->sets[FILE_EPOCHS];
	size_t i;

	for (i = 0; i < NR_MISUSE; i++)
		judge_counter(check, LIMIT_MISUSE, misuse_names[i]);
	judge_counter(check, LIMIT_FAILED, "alloc_failed");
	for (i = 0; i < classes->nr; i++)
		judge_class(check, &classes->rows[i]);
	for (i = 0; i < epochs->nr; i++)
		judge_epoch(check, &epochs->rows[i]);
}

static void print_limit(double at)
{
	putchar(';');
	if (isfinite(at))
		printf("%g", at);
}

/* As the guidelines of the Monitoring Plugins have it. */
static void print_line(const struct check *check, char *const texts[])
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL" };
	const char *critical = texts[LEVEL_CRITICAL];
	const char *warning = texts[LEVEL_WARNING];
	char *c;
	enum limit limit;
	enum level level;

	/* Labels may have what separates the two parts of the line. */
	for (level = LEVEL_WARNING; level <= LEVEL_CRITICAL; level++)
		for (c = texts[level]; (c = strchr(c, '|')); )
			*c = '/';

	printf("TSLAB %s - %s%s%s", words[check->level], critical,
	       *critical && *warning ? ", " : "", warning);
	if (check->level == LEVEL_OK)
		printf("%zu classes", check->tree->sets[FILE_CLASSES].nr);
	if (check->tree->restarted)
		printf(", counters fell: all since the restart");
	putchar('|');
	for (limit = 0; limit < NR_LIMITS; limit++) {
		bool is_rate = *data[limit].unit;

		printf("%s%s=%.*f%s", limit ? " " : "", data[limit].name,
		       is_rate ? 2 : 0, check->worst[limit], data[limit].unit);
		print_limit(check->limits->at[limit][LEVEL_WARNING]);
		print_limit(check->limits->at[limit][LEVEL_CRITICAL]);
	}
	putchar('\n');
}

int check_print(const struct tree *tree, const struct limits *limits,
		enum level *level, struct fault *fault)
{
	struct check check = { .tree = tree, .limits = limits };
	char *texts[LEVEL_CRITICAL + 1] = { };
	size_t len[LEVEL_CRITICAL + 1];
	bool failed = false;
	enum level l;

	for (l = LEVEL_WARNING; l <= LEVEL_CRITICAL; l++) {
		check.findings[l] = open_memstream(&texts[l], &len[l]);
		failed |= !check.findings[l];
	}
	if (!failed)
		judge_tree(&check);
	for (l = LEVEL_WARNING; l <= LEVEL_CRITICAL; l++)
		if (check.findings[l])
			failed |= fclose(check.findings[l]);
	if (!failed)
		print_line(&check, texts);
	for (l = LEVEL_WARNING; l <= LEVEL_CRITICAL; l++)
		free(texts[l]);
	*level = check.level;
	return failed ? fault_set(fault, "out of memory") : 0;
}
