/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Series of the text format of Prometheus.
 */
#ifndef TSLAB_SERIES_H
#define TSLAB_SERIES_H

#include "stat.h"

struct printer {
	FILE *file;
	const struct tree *tree;
	const char *instance;
	enum view view;
	const char *key_label;	/* of the rows that are broken down */
	struct set other_cpus;	/* their sum, by class */
};

/* A family is announced with its first series. */
struct family {
	FILE *file;
	const char *name;
	const char *help;
	const char *pitfall;
	const char *type;
	bool in_seconds;	/* the values are nanoseconds */
	bool announced;
};

struct labels {
	const char *instance;
	uint64_t size;		/* ALL_CLASSES: not of a class */
	const char *key_name;
	const char *key;
	const char *site;
	const char *state;
	const char *index;
	const char *age;
	const char *le;
};

void series_print(struct family *family, const char *suffix,
		  const struct labels *labels, uint64_t value);
void series_print_key(const struct printer *p, struct family *family,
		      const char *key_name, const char *key, uint64_t value);
bool name_in_base_units(char *to, size_t size, const char *name,
			const char *suffix);
int epochs_print(const struct printer *p, struct fault *fault);
int memory_print(const struct printer *p, struct fault *fault);

#endif /* TSLAB_SERIES_H */
