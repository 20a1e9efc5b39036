// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: named numbers, and sets of them
 */
#include <stdlib.h>
#include <string.h>

#include "stat.h"

uint64_t sum_saturated(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

struct counter *stats_find(const struct stats *stats, const char *name)
{
	size_t i;

	for (i = 0; i < stats->nr; i++)
		if (!strcmp(stats->counters[i].name, name))
			return &stats->counters[i];
	return NULL;
}

uint64_t stats_value(const struct stats *stats, const char *name)
{
	const struct counter *counter = stats_find(stats, name);

	return counter ? counter->value : 0;
}

bool stats_are_active(const struct stats *stats)
{
	size_t i;

	for (i = 0; i < stats->nr; i++)
		if (stats->counters[i].value &&
		    name_means_activity(stats->counters[i].name))
			return true;
	return false;
}

int stats_append(struct stats *stats, const char *name, uint64_t value,
		 struct fault *fault)
{
	const size_t step = 16;
	struct counter *counters = stats->counters;

	if (stats->nr % step == 0) {
		counters = reallocarray(counters, stats->nr + step,
					sizeof(*counters));
		if (!counters)
			return fault_set(fault, "out of memory");
		stats->counters = counters;
	}
	counters[stats->nr].name = name;
	counters[stats->nr].value = value;
	stats->nr++;
	return 0;
}

int stats_add(struct stats *to, const struct stats *from, struct fault *fault)
{
	struct counter *counter;
	size_t i;

	for (i = 0; i < from->nr; i++) {
		const struct counter *add = &from->counters[i];

		counter = stats_find(to, add->name);
		if (counter)
			counter->value = sum_saturated(counter->value,
						       add->value);
		else if (stats_append(to, add->name, add->value, fault))
			return -1;
	}
	return 0;
}

void stats_free(struct stats *stats)
{
	free(stats->counters);
	memset(stats, 0, sizeof(*stats));
}

/* The row is empty; it moves when the next one is made. */
struct stats *set_new_row(struct set *set, struct fault *fault)
{
	struct stats *rows = set->rows;

	if (!(set->nr & (set->nr - 1))) {	/* 0, or a power of two */
		rows = reallocarray(rows, set->nr ? 2 * set->nr : 1,
				    sizeof(*rows));
		if (!rows) {
			fault_set(fault, "out of memory");
			return NULL;
		}
		set->rows = rows;
	}
	rows += set->nr++;
	memset(rows, 0, sizeof(*rows));
	return rows;
}

/* Adds to the row of a key, which is made if there is none. Return: it, or NULL. */
struct stats *set_sum(struct set *set, const char *key, const struct stats *add,
		      struct fault *fault)
{
	size_t row;

	for (row = 0; row < set->nr; row++)
		if (!strcmp(set->rows[row].key, key))
			break;
	if (row == set->nr && !set_new_row(set, fault))
		return NULL;
	set->rows[row].key = key;
	return stats_add(&set->rows[row], add, fault) ? NULL : &set->rows[row];
}

static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return !!a - !!b;
	return strverscmp(a, b);
}

/* Numbers in names, as CPUs are, sort as numbers. */
int stats_compare(const void *a, const void *b)
{
	const struct stats *l = a, *r = b;
	int order = compare_text(l->instance, r->instance);

	/* Of epochs it is the place that tells them apart. */
	if (!order && l->instance && l->state) {
		uint64_t li = stats_value(l, "index");
		uint64_t ri = stats_value(r, "index");

		return (li > ri) - (li < ri);
	}
	if (!order)
		order = compare_text(l->key, r->key);
	if (!order)
		order = (l->size > r->size) - (l->size < r->size);
	return order;
}

void set_sort(struct set *set)
{
	if (set->nr)
		qsort(set->rows, set->nr, sizeof(*set->rows), stats_compare);
}

const struct stats *set_find(const struct set *set, const struct stats *like)
{
	return set->nr ? bsearch(like, set->rows, set->nr, sizeof(*set->rows),
				 stats_compare) : NULL;
}

void set_free(struct set *set)
{
	size_t i;

	for (i = 0; i < set->nr; i++)
		stats_free(&set->rows[i]);
	free(set->rows);
	memset(set, 0, sizeof(*set));
}
