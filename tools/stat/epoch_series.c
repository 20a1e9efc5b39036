// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: epochs as series of Prometheus
 *
 * What an epoch is called, its place and its number are no labels of a series
 * unless asked for: each would be one more for as long as the server keeps
 * them, and epochs come and go with requests.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "series.h"

static const char *const epoch_states[] = { "open", "draining", "drained" };

static const struct {
	const char *name;
	uint64_t below_s;
} epoch_ages[] = {
	{ "0-1m", 60 },
	{ "1m-5m", 5 * 60 },
	{ "5m-1h", 60 * 60 },
	{ "1h+", UINT64_MAX },
};

struct epoch_sums {
	uint64_t of[ARRAY_SIZE(epoch_states)][ARRAY_SIZE(epoch_ages)];
};

static void epoch_add(struct epoch_sums *count, struct epoch_sums *bytes,
		      const struct stats *epoch)
{
	const uint64_t giga = 1000000000;
	const uint64_t seconds = stats_value(epoch, "age_ns") / giga;
	size_t state, age = 0;

	while (seconds >= epoch_ages[age].below_s)
		age++;
	for (state = 0; state < ARRAY_SIZE(epoch_states); state++) {
		if (strcmp(epoch->state, epoch_states[state]))
			continue;
		count->of[state][age]++;
		bytes->of[state][age] = sum_saturated(bytes->of[state][age],
						      epoch_bytes(epoch));
	}
}

static void epoch_sums_print(const struct printer *p, const struct name *name,
			     const struct epoch_sums *sums)
{
	struct family family = {
		.file = p->file,
		.name = name->name,
		.help = name->help,
		.pitfall = name->pitfall,
		.type = "gauge",
	};
	struct labels labels = { .instance = p->instance, .size = ALL_CLASSES };
	size_t state, age;

	for (state = 0; state < ARRAY_SIZE(epoch_states); state++)
		for (age = 0; age < ARRAY_SIZE(epoch_ages); age++) {
			labels.state = epoch_states[state];
			labels.age = epoch_ages[age].name;
			series_print(&family, "", &labels,
				     sums->of[state][age]);
		}
}

/* What the epochs of each state and age come to; all states and ages. */
static void all_epochs_print(const struct printer *p)
{
	static const struct name epochs = {
		"epochs",
		"Epochs by state and by time since they were opened.",
		"That is not the time since the close; drained ones stay until their place is taken.",
	}, held = {
		"epochs_held_bytes",
		"Bytes that the slabs of these epochs hold.",
		"Those of draining epochs come back when whoever holds objects in them frees the last.",
	};
	const struct set *set = &p->tree->sets[FILE_EPOCHS];
	struct epoch_sums count = { }, bytes = { };
	size_t i;

	if (!set->present)
		return;
	for (i = 0; i < set->nr; i++)
		epoch_add(&count, &bytes, &set->rows[i]);
	epoch_sums_print(p, &epochs, &count);
	epoch_sums_print(p, &held, &bytes);
}

/* === Draining ones by label === */

#define LARGE_BYTES	(1ULL << 20)

enum draining {
	DRAINING_COUNT,
	DRAINING_BYTES,
	DRAINING_LARGEST,
	DRAINING_AGE,
	DRAINING_LARGE_AGE,
	NR_DRAINING
};

struct draining_sums {
	const char *label;
	uint64_t of[NR_DRAINING];
};

static void larger(uint64_t *to, uint64_t value)
{
	if (value > *to)
		*to = value;
}

static void draining_add(struct draining_sums *sums, const struct stats *epoch)
{
	const uint64_t bytes = epoch_bytes(epoch);
	const uint64_t age = stats_value(epoch, "age_ns");

	sums->of[DRAINING_COUNT]++;
	sums->of[DRAINING_BYTES] = sum_saturated(sums->of[DRAINING_BYTES],
						 bytes);
	larger(&sums->of[DRAINING_LARGEST], bytes);
	larger(&sums->of[DRAINING_AGE], age);
	if (bytes > LARGE_BYTES)
		larger(&sums->of[DRAINING_LARGE_AGE], age);
}

static size_t draining_sum(const struct tree *tree, struct draining_sums *sums)
{
	const struct set *set = &tree->sets[FILE_EPOCHS];
	size_t row, i, nr = 0;

	for (row = 0; row < set->nr; row++) {
		const struct stats *epoch = &set->rows[row];
		const char *label = counted_label(tree, epoch->key);

		if (!epoch_is_draining(epoch))
			continue;
		for (i = 0; i < nr && strcmp(sums[i].label, label); i++)
			;
		if (i == nr)
			sums[nr++].label = label;
		draining_add(&sums[i], epoch);
	}
	return nr;
}

static void draining_print(const struct printer *p,
			   const struct draining_sums *sums, size_t nr)
{
	static const struct name names[NR_DRAINING] = {
		[DRAINING_COUNT] = {
			"draining_epochs", "Draining epochs by label.",
			"Labels that the kernel does not count apart are other."
		},
		[DRAINING_BYTES] = {
			"draining_held_bytes",
			"Bytes that the slabs of draining epochs of a label hold.",
			"Who frees the last objects in them gives them back."
		},
		[DRAINING_LARGEST] = {
			"draining_largest_bytes",
			"Bytes of the draining epoch of a label that holds most.",
			"Not always the same epoch: tslabstat --epochs tells them apart."
		},
		[DRAINING_AGE] = {
			"draining_oldest_age_seconds",
			"Time since the oldest draining epoch of a label was opened.",
			"It may have been closed just now, and hold little."
		},
		[DRAINING_LARGE_AGE] = {
			"draining_large_oldest_age_seconds",
			"Time since the oldest draining epoch of a label that holds more than 1 MiB was opened.",
			"0 if there is none."
		},
	};
	enum draining which;
	size_t i;

	for (which = 0; which < NR_DRAINING; which++) {
		struct family family = {
			.file = p->file,
			.name = names[which].name,
			.help = names[which].help,
			.pitfall = names[which].pitfall,
			.type = "gauge",
			.in_seconds = which == DRAINING_AGE ||
				      which == DRAINING_LARGE_AGE,
		};

		for (i = 0; i < nr; i++) {
			const struct labels labels = {
				.instance = p->instance,
				.size = ALL_CLASSES,
				.key_name = "label",
				.key = sums[i].label,
			};

			series_print(&family, "", &labels, sums[i].of[which]);
		}
	}
}

/* === What closed ones have left === */

/*
 * The labels are those that the kernel counts apart: there are never more. Of
 * which instance would be without a bound, and a series twice if one is collected
 * by itself, too.
 */
static int leaks_print(const struct printer *p, struct fault *fault)
{
	struct family family = {
		.file = p->file,
		.name = "leaked_objects",
		.help = "Live objects of closed epochs of a label, of what is debugged.",
		.pitfall = "A leak if they stay: those of an epoch that was just closed may be freed yet.",
		.type = "gauge",
	};
	struct set sums;
	int ret = leaks_by_label(&sums, p->tree, fault);
	size_t i;

	for (i = 0; !ret && i < sums.nr; i++)
		series_print_key(p, &family, "label", sums.rows[i].key,
				 stats_value(&sums.rows[i], "objects"));
	set_free(&sums);
	return ret;
}

/* === Single ones === */

static void epoch_value_print(struct family *family, const struct stats *epoch,
			      uint64_t value)
{
	char index[24];
	const struct labels labels = {
		.instance = epoch->instance,
		.size = ALL_CLASSES,
		.key_name = "label",
		.key = epoch->key,
		.state = epoch->state,
		.index = index,
	};

	snprintf(index, sizeof(index), "%" PRIu64, stats_value(epoch, "index"));
	series_print(family, "", &labels, value);
}

static void single_epochs_print(const struct printer *p)
{
	static const struct name epoch_names[] = {
		{ "age_ns", "Time since the epoch was opened.",
		  "It goes on after the close, so a draining epoch may be old and just closed." },
		{ "live_objects", "Objects allocated and not freed.",
		  "Of all classes." },
		{ "domains", "Domains bound to the epoch.",
		  "One that does not go away was not destroyed." },
		{ "partial", "Slabs on the lists with free slots.",
		  "Slabs in use are on none." },
		{ "full", "Slabs on the lists without free slots.",
		  "Slabs in use are on none." },
		{ "empty", "Empty slabs kept for reuse.",
		  "A closed epoch keeps none." },
		{ "pages_at_close", "Pages held when it was closed.",
		  "0 while it is open." },
		{ "pages", "Pages held.", "Of the machine's size." },
	};
	const struct set *set = &p->tree->sets[FILE_EPOCHS];
	struct family held = {
		.file = p->file,
		.name = "epoch_held_bytes",
		.help = "Bytes that the slabs of the epoch hold.",
		.pitfall = "Only with --epochs, as epochs come and go without a bound.",
		.type = "gauge",
	};
	size_t i, row;

	for (i = 0; i < ARRAY_SIZE(epoch_names); i++) {
		char name[64], full[80];
		struct family family = {
			.file = p->file,
			.name = full,
			.help = epoch_names[i].help,
			.pitfall = epoch_names[i].pitfall,
			.type = "gauge",
			.in_seconds = name_in_base_units(name, sizeof(name),
						epoch_names[i].name, ""),
		};

		snprintf(full, sizeof(full), "epoch_%s", name);
		for (row = 0; row < set->nr; row++)
			epoch_value_print(&family, &set->rows[row],
					  stats_value(&set->rows[row],
						      epoch_names[i].name));
	}
	for (row = 0; row < set->nr; row++)
		epoch_value_print(&held, &set->rows[row],
				  epoch_bytes(&set->rows[row]));
}

int epochs_print(const struct printer *p, struct fault *fault)
{
	const size_t max = p->tree->sets[FILE_LABELS].nr + 2;
	struct draining_sums *sums = calloc(max, sizeof(*sums));

	if (!sums)
		return fault_set(fault, "out of memory");
	all_epochs_print(p);
	draining_print(p, sums, draining_sum(p->tree, sums));
	free(sums);
	if (leaks_print(p, fault))
		return -1;
	if (p->view == VIEW_EPOCHS)
		single_epochs_print(p);
	return 0;
}
