// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the same figures for programs; tslabstat(8) documents the schema
 */
#include <jansson.h>
#include <stdio.h>

#include "stat.h"

#define SCHEMA_VERSION	1

/*
 * jansson's integers are signed, and so are those of many readers. A value
 * over their range becomes a real: still a number, good to 53 bits.
 */
static json_t *json_u64(uint64_t n)
{
	return n <= INT64_MAX ? json_integer(n) : json_real((double)n);
}

static json_t *json_ratio(const struct ratio *ratio)
{
	return ratio->den ? json_real(ratio_value(ratio)) : json_null();
}

static json_t *json_band(enum band band)
{
	return band == BAND_NONE ? json_null() : json_string(band_name(band));
}

static json_t *json_counters(const struct class_stats *cs)
{
	json_t *counters = json_object();
	size_t i;

	for (i = 0; i < cs->nr; i++)
		if (json_object_set_new(counters, cs->counters[i].name,
					json_u64(cs->counters[i].value))) {
			json_decref(counters);
			return NULL;
		}
	return counters;
}

static json_t *json_derived(const struct class_stats *cs)
{
	json_t *derived = json_object(), *bands = json_object();
	bool failed = false;
	enum derived which;

	for (which = 0; which < NR_DERIVED; which++) {
		struct ratio ratio = derive(cs, which);
		const char *name = derived_name(which);

		failed |= json_object_set_new(derived, name,
					      json_ratio(&ratio));
		if (derived_has_band(which))
			failed |= json_object_set_new(bands, name,
						      json_band(ratio.band));
	}
	failed |= json_object_set_new(derived, "lock_acquisitions",
				      json_u64(lock_acquisitions(cs)));
	failed |= json_object_set_new(derived, "bands", bands);
	if (failed) {
		json_decref(derived);
		return NULL;
	}
	return derived;
}

static json_t *json_tree(const struct tree *tree)
{
	json_t *classes = json_array();
	bool failed = false;
	size_t i;

	for (i = 0; i < tree->nr; i++) {
		const struct class_stats *cs = &tree->classes[i];

		failed |= json_array_append_new(classes,
			json_pack("{s:o, s:o, s:o}",
				  "size", json_u64(cs->size),
				  "counters", json_counters(cs),
				  "derived", json_derived(cs)));
	}
	if (failed) {
		json_decref(classes);
		return NULL;
	}
	return json_pack("{s:i, s:o, s:{s:o, s:o}}",
			 "version", SCHEMA_VERSION,
			 "classes", classes,
			 "total",
			 "counters", json_counters(&tree->total),
			 "derived", json_derived(&tree->total));
}

/* Errors of stdout itself are left for the caller to find. */
int json_print(const struct tree *tree, struct fault *fault)
{
	json_t *json = json_tree(tree);

	if (!json)
		return fault_set(fault, "out of memory");
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
	return 0;
}
