// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: what changed between two readings
 */
#include <string.h>

#include "stat.h"

/*
 * Counters fall if the module was loaded again, or an instance made anew, and
 * in no other case. But for free_objects: a double free that is found late is
 * taken off.
 */
static bool has_fallen(const struct stats *before, const struct stats *now)
{
	size_t i;

	for (i = 0; i < before->nr; i++) {
		const struct counter *counter = &before->counters[i];

		if (name_only_grows(counter->name) &&
		    strcmp(counter->name, "free_objects") &&
		    stats_value(now, counter->name) < counter->value)
			return true;
	}
	return false;
}

/*
 * The figures of the classes decide. What is broken down need not: labels are
 * read later, and may be written alike.
 */
static bool has_restarted(const struct tree *before, const struct tree *now)
{
	const struct set *classes = &before->sets[FILE_CLASSES];
	size_t i;

	for (i = 0; i < classes->nr; i++) {
		const struct stats *row;

		row = set_find(&now->sets[FILE_CLASSES], &classes->rows[i]);
		if (!row || has_fallen(&classes->rows[i], row))
			return true;
	}
	return has_fallen(&before->total, &now->total);
}

/* @before NULL: nothing has been counted before. */
static int stats_delta(struct stats *delta, const struct stats *before,
		       const struct stats *now, struct fault *fault)
{
	size_t i;

	*delta = *now;
	delta->nr = 0;
	delta->counters = NULL;
	for (i = 0; i < now->nr; i++) {
		const struct counter *counter = &now->counters[i];
		uint64_t value = counter->value, less = 0;

		if (before && name_only_grows(counter->name))
			less = stats_value(before, counter->name);
		value = value > less ? value - less : 0;
		if (stats_append(delta, counter->name, value, fault))
			return -1;
	}
	return 0;
}

static int set_delta(struct set *delta, const struct set *before,
		     const struct set *now, struct fault *fault)
{
	size_t i;

	delta->present = now->present;
	for (i = 0; i < now->nr; i++) {
		struct stats *row = set_new_row(delta, fault);

		if (!row || stats_delta(row, set_find(before, &now->rows[i]),
					&now->rows[i], fault))
			return -1;
	}
	return 0;
}

/* Of @delta, which has to be freed before @now, all text is that of @now. */
int tree_delta(struct tree *delta, const struct tree *before,
	       const struct tree *now, struct fault *fault)
{
	static const struct tree nothing;
	unsigned int i;

	memset(delta, 0, sizeof(*delta));
	delta->root = now->root;
	delta->instance = now->instance;
	delta->is_fallback = now->is_fallback;
	delta->restarted = has_restarted(before, now);
	if (delta->restarted)
		before = &nothing;
	for (i = 0; i < NR_SETS; i++)
		if (set_delta(&delta->sets[i], &before->sets[i], &now->sets[i],
			      fault))
			return -1;
	return stats_delta(&delta->total, &before->total, &now->total, fault);
}
