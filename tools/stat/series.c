// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: series of the text format of Prometheus
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "series.h"

#define PREFIX		"temporal_slab_"

static void family_announce(struct family *family)
{
	if (family->announced)
		return;
	family->announced = true;
	fprintf(family->file, "# HELP " PREFIX "%s %s %s\n", family->name,
		family->help, family->pitfall);
	fprintf(family->file, "# TYPE " PREFIX "%s %s\n", family->name,
		family->type);
}

static void label_print(FILE *file, const char **separator, const char *name,
			const char *value)
{
	if (!value)
		return;
	fprintf(file, "%s%s=\"", *separator, name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			putc('\\', file);
		/* An argument may be anything, also what is no text. */
		putc(*value < ' ' || *value > '~' ? '?' : *value, file);
	}
	putc('"', file);
	*separator = ",";
}

static void labels_print(FILE *file, const struct labels *labels)
{
	const char *separator = "{";
	char size[24];

	snprintf(size, sizeof(size), "%" PRIu64, labels->size);
	label_print(file, &separator, "instance_name", labels->instance);
	label_print(file, &separator, "size_class",
		    labels->size == ALL_CLASSES ? NULL : size);
	label_print(file, &separator, "index", labels->index);
	label_print(file, &separator, "state", labels->state);
	label_print(file, &separator, "age", labels->age);
	label_print(file, &separator, labels->key_name, labels->key);
	label_print(file, &separator, "site", labels->site);
	label_print(file, &separator, "le", labels->le);
	if (*separator == ',')
		putc('}', file);
}

/* Nanoseconds have nine decimals, all of them. */
static void value_print(FILE *file, uint64_t value, bool in_seconds)
{
	const uint64_t giga = 1000000000;

	if (in_seconds)
		fprintf(file, " %" PRIu64 ".%09" PRIu64 "\n", value / giga,
			value % giga);
	else
		fprintf(file, " %" PRIu64 "\n", value);
}

void series_print(struct family *family, const char *suffix,
		  const struct labels *labels, uint64_t value)
{
	family_announce(family);
	fprintf(family->file, PREFIX "%s%s", family->name, suffix);
	labels_print(family->file, labels);
	value_print(family->file, value,
		    family->in_seconds && strcmp(suffix, "_bucket") &&
		    strcmp(suffix, "_count"));
}

void prometheus_print_gauge(FILE *file, const struct name *name,
			    const char *instance, double value)
{
	struct family family = {
		.file = file,
		.name = name->name,
		.help = name->help,
		.pitfall = name->pitfall,
		.type = "gauge",
	};
	const struct labels labels = {
		.instance = instance,
		.size = ALL_CLASSES,
	};

	family_announce(&family);
	fprintf(file, PREFIX "%s", name->name);
	labels_print(file, &labels);
	if (value == floor(value))
		fprintf(file, " %.0f\n", value);
	else
		fprintf(file, " %.6f\n", value);
}

/* Base units: nanoseconds become seconds. */
bool name_in_base_units(char *to, size_t size, const char *name,
			const char *suffix)
{
	size_t len = strlen(name);
	bool in_seconds = len > 3 && !strcmp(name + len - 3, "_ns");

	snprintf(to, size, "%.*s%s%s", (int)(in_seconds ? len - 3 : len), name,
		 in_seconds ? "_seconds" : "", suffix);
	return in_seconds;
}

/* That of a key, of all classes. */
void series_print_key(const struct printer *p, struct family *family,
		      const char *key_name, const char *key, uint64_t value)
{
	const struct labels labels = {
		.instance = p->instance,
		.size = ALL_CLASSES,
		.key_name = key_name,
		.key = key,
	};

	series_print(family, "", &labels, value);
}
