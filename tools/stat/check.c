// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: one line and a status for what watches over machines
 *
 * What carries the line cuts it, and the performance data come last: so there
 * is a bound for it, whatever was read.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stat.h"

#define MAX_EPOCHS	3	/* that are named for each limit */
#define MAX_NAME	64	/* characters of a label, an instance */

/* Something over a limit; worded when it is known to have a place. */
struct finding {
	enum level level;
	enum limit limit;
	long double value;
	const char *what;
	const struct stats *stats;
};

/* The worst of all that falls under a limit goes into the performance data. */
struct check {
	const struct tree *tree;
	const struct limits *limits;
	struct finding *findings;
	size_t nr;
	long double worst[NR_LIMITS];
};

static const struct {
	const char *name;
	const char *unit;
	int decimals;
} data[NR_LIMITS] = {
	[LIMIT_CAS] = { "cas_retries", "%", 2 },
	[LIMIT_LOCK] = { "lock_contention", "%", 2 },
	[LIMIT_MISUSE] = { "misuse", "" },
	[LIMIT_FAILED] = { "alloc_failed", "" },
	[LIMIT_AGE] = { "draining_age", "s", 9 },
	[LIMIT_PAGES] = { "draining_pages", "" },
};

/* === What is over a limit === */

static void judge(struct check *check, enum limit limit, long double value,
		  const char *what, const struct stats *stats)
{
	const struct limit_at *at = check->limits->at[limit];
	enum level level = LEVEL_CRITICAL;

	if (value > check->worst[limit])
		check->worst[limit] = value;
	while (level > LEVEL_OK && !(at[level].text && value > at[level].value))
		level--;
	if (level == LEVEL_OK)
		return;
	check->findings[check->nr++] = (struct finding){
		.level = level,
		.limit = limit,
		.value = value,
		.what = what,
		.stats = stats,
	};
}

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

static void judge_class(struct check *check, const struct stats *stats)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		struct ratio ratio = derive(stats, rates[i].which);

		if (ratio.den && ratio.den >= check->limits->min_attempts)
			judge(check, rates[i].limit, 100 * ratio_value(&ratio),
			      rates[i].text, stats);
	}
}

static void judge_counter(struct check *check, enum limit limit,
			  const char *name)
{
	judge(check, limit, stats_value(&check->tree->total, name), name, NULL);
}

static void judge_epoch(struct check *check, const struct stats *epoch)
{
	if (strcmp(epoch->state, "draining"))
		return;
	judge(check, LIMIT_AGE, stats_value(epoch, "age_ns") / 1e9L, NULL,
	      epoch);
	judge(check, LIMIT_PAGES, stats_value(epoch, "pages"), NULL, epoch);
}

static size_t judgements(const struct tree *tree)
{
	return NR_MISUSE + 1 +
	       ARRAY_SIZE(rates) * tree->sets[FILE_CLASSES].nr +
	       2 * tree->sets[FILE_EPOCHS].nr;
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

/* What is critical first; of each limit the worst. */
static int findings_compare(const void *a, const void *b)
{
	const struct finding *l = a, *r = b;

	if (l->level != r->level)
		return l->level < r->level ? 1 : -1;
	if (l->limit != r->limit)
		return l->limit < r->limit ? -1 : 1;
	return (l->value < r->value) - (l->value > r->value);
}

/* === The line === */

struct line {
	char text[CHECK_MAX_BYTES + 1];
	size_t len;
};

/* Return: whether it fits below @max; if not, nothing has changed. */
static bool __attribute__((format(printf, 3, 4)))
line_add(struct line *line, size_t max, const char *fmt, ...)
{
	const size_t room = max > line->len ? max - line->len : 0;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line->text + line->len, room, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room) {
		line->text[line->len] = '\0';
		return false;
	}
	line->len += len;
	return true;
}

/* Texts of others may have what separates the two parts of the line. */
static void without_bars(char *text)
{
	while ((text = strchr(text, '|')))
		*text = '/';
}

struct name_text {
	char text[MAX_NAME + 4];
};

static struct name_text shortened(const char *name)
{
	struct name_text to;

	snprintf(to.text, sizeof(to.text), "%.*s%s", MAX_NAME, name,
		 strlen(name) > MAX_NAME ? "..." : "");
	return to;
}

static void finding_word(const struct finding *f, struct line *words)
{
	const size_t max = sizeof(words->text);

	switch (f->limit) {
	case LIMIT_CAS:
	case LIMIT_LOCK:
		line_add(words, max, "class %" PRIu64 " %s %.2Lf%%",
			 f->stats->size, f->what, f->value);
		break;
	case LIMIT_AGE:
	case LIMIT_PAGES:
		line_add(words, max, "epoch %s/%" PRIu64 " %s draining ",
			 shortened(f->stats->instance).text,
			 stats_value(f->stats, "index"),
			 shortened(f->stats->key).text);
		line_add(words, max, f->limit == LIMIT_AGE ? "at %.0Lfs" :
			 "with %.0Lf pages", f->value);
		break;
	default:
		line_add(words, max, "%s %.0Lf", f->what, f->value);
		break;
	}
}

static void add_findings(struct line *line, const struct check *check,
			 size_t max)
{
	const size_t more_bytes = sizeof(", and 18446744073709551615 more");
	unsigned int epochs[NR_LIMITS] = { };
	size_t i, named = 0;

	for (i = 0; i < check->nr; i++) {
		const struct finding *f = &check->findings[i];
		struct line words = { };

		if ((f->limit == LIMIT_AGE || f->limit == LIMIT_PAGES) &&
		    epochs[f->limit]++ >= MAX_EPOCHS)
			continue;
		finding_word(f, &words);
		without_bars(words.text);
		named += line_add(line, max - more_bytes, "%s%s (over %s%s)",
				  named ? ", " : "", words.text,
				  check->limits->at[f->limit][f->level].text,
				  data[f->limit].unit);
	}
	if (named < check->nr)
		line_add(line, max, ", and %zu more", check->nr - named);
}

static void add_data(struct line *line, const struct check *check)
{
	const size_t max = sizeof(line->text);
	enum limit limit;

	for (limit = 0; limit < NR_LIMITS; limit++) {
		const struct limit_at *at = check->limits->at[limit];

		line_add(line, max, "%c%s=%.*Lf%s;%s;%s", limit ? ' ' : '|',
			 data[limit].name, data[limit].decimals,
			 check->worst[limit], data[limit].unit,
			 at[LEVEL_WARNING].text ?: "",
			 at[LEVEL_CRITICAL].text ?: "");
	}
}

/* As the guidelines of the Monitoring Plugins have it. */
static enum level print_line(const struct check *check)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL" };
	static const char restarted[] = ", counters fell: all since the restart";
	const enum level level = check->nr ? check->findings->level : LEVEL_OK;
	struct line line = { }, behind = { };
	size_t max;

	add_data(&behind, check);
	max = CHECK_MAX_BYTES - behind.len - sizeof(restarted);
	line_add(&line, max, "TSLAB %s - ", words[level]);
	if (level == LEVEL_OK)
		line_add(&line, max, "%zu classes",
			 check->tree->sets[FILE_CLASSES].nr);
	else
		add_findings(&line, check, max);
	printf("%s%s%s\n", line.text, check->tree->restarted ? restarted : "",
	       behind.text);
	return level;
}

void check_print_unknown(const char *why)
{
	struct line line = { };

	snprintf(line.text, sizeof(line.text) - 1, "TSLAB UNKNOWN - %s", why);
	without_bars(line.text);
	puts(line.text);
}

int check_print(const struct tree *tree, const struct limits *limits,
		enum level *level, struct fault *fault)
{
	struct check check = { .tree = tree, .limits = limits };

	check.findings = calloc(judgements(tree), sizeof(*check.findings));
	if (!check.findings)
		return fault_set(fault, "out of memory");
	judge_tree(&check);
	qsort(check.findings, check.nr, sizeof(*check.findings),
	      findings_compare);
	*level = print_line(&check);
	free(check.findings);
	return 0;
}
