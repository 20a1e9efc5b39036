// SPDX-License-Identifier: GPL-2.0
/*
 * Labels of epochs, as far as they are counted apart. The first names that are
 * used get a number each, for all instances and for as long as the module is
 * loaded, so that there never are more of them than a monitor can bear.
 */
#include <linux/spinlock.h>
#include <linux/string.h>
#ifdef CONFIG_DCACHE_WORD_ACCESS
#include <asm/word-at-a-time.h>
#endif

#include "tslab.h"

static DEFINE_SPINLOCK(label_lock);	/* the end of the names */

static char label_names[TSLAB_NR_LABELS][TSLAB_LABEL_MAX] = {
	[TSLAB_LABEL_OTHER] = "other",
};

/* Those below it do not change any more. */
static unsigned int nr_labels = TSLAB_LABEL_NONE + 1;

#ifdef CONFIG_DCACHE_WORD_ACCESS
/*
 * Each phase has a label, so this is to take little. @label: padded with zeroes,
 * of which it has one at its end
 */
static bool label_is(const char *label, const char *other)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long word, zeros, last;

	do {
		word = load_unaligned_zeropad(other);
		last = has_zero(word, &zeros, &constants);
		if (last) {
			zeros = prep_zero_mask(word, zeros, &constants);
			word &= zero_bytemask(create_zero_mask(zeros));
		}
		if (word != *(const unsigned long *)label)
			return false;
		label += sizeof(word);
		other += sizeof(word);
	} while (!last);
	return true;
}
#else
static bool label_is(const char *label, const char *other)
{
	return !strcmp(label, other);
}
#endif

/* Whether an epoch has a label; one that it would be cut from it has not. */
bool tslab_label_is(const struct tslab_epoch *epoch, const char *label)
{
	return label_is(epoch->label, label);
}

/* Number of a name among the first @nr, or TSLAB_LABEL_OTHER. */
static unsigned int label_find(const char *label, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strncmp(label_names[i], label, TSLAB_LABEL_MAX - 1))
			return i;
	return TSLAB_LABEL_OTHER;
}

/* Number of a label; a new name takes one if there is one left. */
unsigned int tslab_label_number(const char *label)
{
	unsigned int nr, number;

	/* Pairs with the release below. */
	nr = smp_load_acquire(&nr_labels);
	number = label_find(label, nr);
	if (number != TSLAB_LABEL_OTHER || nr == TSLAB_LABEL_OTHER ||
	    !strcmp(label, label_names[TSLAB_LABEL_OTHER]))
		return number;
	spin_lock(&label_lock);
	number = label_find(label, nr_labels);
	if (number == TSLAB_LABEL_OTHER && nr_labels != TSLAB_LABEL_OTHER) {
		number = nr_labels;
		strscpy(label_names[number], label, TSLAB_LABEL_MAX);
		/* Pairs with the acquires: the name is whole. */
		smp_store_release(&nr_labels, number + 1);
	}
	spin_unlock(&label_lock);
	return number;
}

/* Name of a label's number, "" if it is not taken. Context: any. */
const char *tslab_label_name(unsigned int label)
{
	/* Pairs with the release in tslab_label_number(). */
	return label < smp_load_acquire(&nr_labels) ||
	       label == TSLAB_LABEL_OTHER ? label_names[label] : "";
}
