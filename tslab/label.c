// SPDX-License-Identifier: GPL-2.0
/*
 * Labels of epochs, as far as they are counted apart. The first names that are
 * used get a number each, for all instances and for as long as the module is
 * loaded, so that there never are more of them than a monitor can bear.
 */
#include <linux/percpu.h>
#include <linux/string.h>

#include "tslab.h"

DEFINE_MUTEX(tslab_labels_lock);	/* the names, and who has counters */

static char label_names[TSLAB_NR_LABELS][TSLAB_LABEL_MAX] = {
	[TSLAB_LABEL_OTHER] = "other",
};

static unsigned int nr_labels = TSLAB_LABEL_NONE + 1;

/* Number of a label; a new name takes one if there is one left. */
static unsigned int label_number(const char *label)
{
	unsigned int i;

	lockdep_assert_held(&tslab_labels_lock);
	for (i = 0; i < nr_labels; i++)
		if (!strncmp(label_names[i], label, TSLAB_LABEL_MAX - 1))
			return i;
	if (nr_labels == TSLAB_LABEL_OTHER ||
	    !strcmp(label, label_names[TSLAB_LABEL_OTHER]))
		return TSLAB_LABEL_OTHER;
	strscpy(label_names[nr_labels], label, TSLAB_LABEL_MAX);
	return nr_labels++;
}

/* Name of a label's number, "" if it is not taken. Context: may sleep. */
const char *tslab_label_name(unsigned int label)
{
	guard(mutex)(&tslab_labels_lock);
	return label_names[label];
}

/* A table of counters, all zero, or NULL. */
struct tslab_counters __percpu *tslab_counters_alloc(void)
{
	if (tslab_should_fail(sizeof(struct tslab_counters), GFP_KERNEL))
		return NULL;
	return __alloc_percpu(TSLAB_NR_ROWS * sizeof(struct tslab_counters),
			      __alignof__(struct tslab_counters));
}

/**
 * tslab_label_counters() - counters of the epochs of a label
 * @ts: instance
 * @label: label, cut at TSLAB_LABEL_MAX - 1 characters; or ""
 *
 * Context: process context; may sleep.
 * Return: a row for each class; they stay as long as the instance. NULL if
 * there is no memory for them.
 */
struct tslab_counters __percpu *tslab_label_counters(struct tslab *ts,
						     const char *label)
{
	struct tslab_counters __percpu *counters;
	unsigned int number;

	guard(mutex)(&tslab_labels_lock);
	number = label_number(label);
	counters = ts->label_counters[number];
	if (!counters) {
		counters = tslab_counters_alloc();
		/* Read without the lock by tslab_stats_sum(). */
		WRITE_ONCE(ts->label_counters[number], counters);
	}
	return counters;
}
