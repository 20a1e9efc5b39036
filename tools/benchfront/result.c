// SPDX-License-Identifier: GPL-2.0
/*
 * tslab-bench: the text of a result
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "front.h"

#define FORMAT	"1"

/* What is computed with; a result without one of them has lost lines. */
static const char *const required[] = {
	"pattern", "backend", "threads", "size", "elapsed_ns", "requests",
	"allocs", "frees", "failed", "live_end", "pages_peak", "pages_end",
	"pages_after",
};

/* All that names and values are made of; they go to terminals and CSV as is. */
#define WORD	"abcdefghijklmnopqrstuvwxyz" \
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

/* Digits only: strtoull() alone would take blanks and signs. */
static int number(const char *text, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return *end || errno ? -1 : 0;
}

static int points_append(struct point **points, size_t *nr, char *text)
{
	char *second = strchr(text, ' ');
	struct point point;
	struct point *grown;

	if (!second)
		return -1;
	*second++ = '\0';
	if (number(text, &point.at) || number(second, &point.count))
		return -1;
	grown = reallocarray(*points, *nr + 1, sizeof(*grown));
	if (!grown)
		return -1;
	grown[(*nr)++] = point;
	*points = grown;
	return 0;
}

static int line_parse(struct result *result, char *line)
{
	char *text = strchr(line, ' ');
	struct value *grown;

	if (!text || text == line || !text[1])
		return -1;
	*text++ = '\0';
	if (!strcmp(line, "latency_ns"))
		return points_append(&result->latency, &result->nr_latency,
				     text);
	if (!strcmp(line, "pages_at"))
		return points_append(&result->pages_at, &result->nr_pages_at,
				     text);
	if (line[strspn(line, WORD)] || text[strspn(text, WORD)])
		return -1;
	grown = reallocarray(result->values, result->nr_values + 1,
			     sizeof(*grown));
	if (!grown)
		return -1;
	result->values = grown;
	grown[result->nr_values++] = (struct value){ line, text };
	return 0;
}

/* Takes @text over; the result lives in it. */
int result_parse(struct result *result, char *text, size_t len,
		 struct fault *fault)
{
	char *line = text, *end;
	unsigned int n = 0;
	uint64_t value;
	size_t i;

	memset(result, 0, sizeof(*result));
	result->text = text;
	if (!len)
		return fault_set(fault, "result: empty; has anything been run?");
	if (memchr(text, '\0', len) || text[len - 1] != '\n')
		return fault_set(fault, "result: truncated");
	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		n++;
		if (line_parse(result, line))
			return fault_set(fault, "result: line %u: malformed", n);
		if (n == 1 && !result_has(result, "version"))
			return fault_set(fault, "result: not a version");
	}
	if (strcmp(result_text(result, "version"), FORMAT))
		return fault_set(fault, "result: unknown version %s",
				 result_text(result, "version"));
	for (i = 0; i < ARRAY_SIZE(required); i++) {
		if (!result_has(result, required[i]))
			return fault_set(fault, "result: truncated: no %s",
					 required[i]);
		if (i > 1 && number(result_text(result, required[i]), &value))
			return fault_set(fault, "result: %s: not a number",
					 required[i]);
	}
	return 0;
}

void result_free(struct result *result)
{
	free(result->values);
	free(result->latency);
	free(result->pages_at);
	free(result->text);
}

bool result_has(const struct result *result, const char *name)
{
	return *result_text(result, name);
}

const char *result_text(const struct result *result, const char *name)
{
	size_t i;

	for (i = 0; i < result->nr_values; i++)
		if (!strcmp(result->values[i].name, name))
			return result->values[i].text;
	return "";
}

uint64_t result_number(const struct result *result, const char *name)
{
	uint64_t value = 0;

	return number(result_text(result, name), &value) ? 0 : value;
}

/*
 * So many nanoseconds, at most, is what @permille of the allocations took:
 * the end of the bucket in which that allocation is. 0 if none was timed.
 */
uint64_t result_percentile(const struct result *result, unsigned int permille)
{
	uint64_t total = 0, seen = 0, rank;
	size_t i;

	for (i = 0; i < result->nr_latency; i++)
		total += result->latency[i].count;
	/* The least number of allocations that is that share of all. */
	rank = total / 1000 * permille + (total % 1000 * permille + 999) / 1000;
	for (i = 0; i < result->nr_latency; i++) {
		seen += result->latency[i].count;
		if (seen >= rank && seen)
			return result->latency[i].at;
	}
	return 0;
}
