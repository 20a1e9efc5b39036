// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the same figures for programs; tslabstat(8) documents the schema
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "digits.h"
#include "memory.h"

#define SCHEMA_VERSION	1

static json_t *json_ratio(const struct ratio *ratio)
{
	return ratio->den ? json_real(ratio_value(ratio)) : json_null();
}

static json_t *json_band(enum band band)
{
	return band == BAND_NONE ? json_null() : json_string(band_name(band));
}

/* Takes both over. Return: NULL if either is. */
static json_t *json_update(json_t *to, json_t *from)
{
	if (to && from && !json_object_update(to, from)) {
		json_decref(from);
		return to;
	}
	json_decref(to);
	json_decref(from);
	return NULL;
}

static json_t *json_counters(const struct stats *stats)
{
	json_t *counters = json_object();
	size_t i;

	for (i = 0; i < stats->nr; i++)
		if (json_object_set_new(counters, stats->counters[i].name,
					json_u64(stats->counters[i].value))) {
			json_decref(counters);
			return NULL;
		}
	return counters;
}

static json_t *json_rates(const struct stats *stats, double seconds)
{
	json_t *rates;
	size_t i;

	if (seconds <= 0)
		return json_null();
	rates = json_object();
	for (i = 0; i < stats->nr; i++) {
		const struct counter *c = &stats->counters[i];

		if (name_only_grows(c->name) &&
		    json_object_set_new(rates, c->name,
					json_real((double)c->value /
						  seconds))) {
			json_decref(rates);
			return NULL;
		}
	}
	return rates;
}

static json_t *json_derived(const struct stats *stats)
{
	json_t *derived = json_object(), *bands = json_object();
	bool failed = false;
	enum derived which;

	for (which = 0; which < NR_DERIVED; which++) {
		struct ratio ratio = derive(stats, which);
		const char *name = derived_name(which);

		failed |= json_object_set_new(derived, name,
					      json_ratio(&ratio));
		if (derived_has_band(which))
			failed |= json_object_set_new(bands, name,
						      json_band(ratio.band));
	}
	failed |= json_object_set_new(derived, "lock_acquisitions",
				      json_u64(lock_acquisitions(stats)));
	failed |= json_object_set_new(derived, "bands", bands);
	if (failed) {
		json_decref(derived);
		return NULL;
	}
	return derived;
}

static json_t *json_figures(const struct stats *stats, double seconds)
{
	return json_pack("{s:o, s:o, s:o}",
			 "counters", json_counters(stats),
			 "derived", json_derived(stats),
			 "rates", json_rates(stats, seconds));
}

/* === Rows === */

static json_t *json_class(const struct stats *stats, double seconds)
{
	return json_update(json_pack("{s:o}", "size", json_u64(stats->size)),
			   json_figures(stats, seconds));
}

static json_t *json_epoch(const struct stats *stats, double seconds)
{
	(void)seconds;
	return json_update(json_pack("{s:s, s:s, s:s}",
				     "instance", stats->instance,
				     "state", stats->state,
				     "label", stats->key),
			   json_counters(stats));
}

static json_t *json_cpu(const struct stats *stats, double seconds)
{
	(void)seconds;
	return json_pack("{s:o, s:o, s:o}",
			 "cpu", json_u64(strtoull(stats->key, NULL, 10)),
			 "size", json_u64(stats->size),
			 "counters", json_counters(stats));
}

static json_t *json_label(const struct stats *stats, double seconds)
{
	(void)seconds;
	return json_pack("{s:s, s:o, s:o}",
			 "label", stats->key,
			 "size", json_u64(stats->size),
			 "counters", json_counters(stats));
}

static json_t *json_cache(const struct stats *stats, double seconds)
{
	return json_update(json_pack("{s:s, s:s, s:o}",
				     "instance", stats->instance,
				     "cache", stats->key,
				     "size", json_u64(stats->size)),
			   json_figures(stats, seconds));
}

static json_t *json_node(const struct stats *stats, double seconds)
{
	(void)seconds;
	return json_update(json_pack("{s:s, s:o}",
				     "instance", stats->instance,
				     "node",
				     json_u64(strtoull(stats->key, NULL, 10))),
			   json_counters(stats));
}

static json_t *json_stack(const char *stack)
{
	json_t *lines = json_array();

	while (*stack) {
		const char *line;
		size_t len;

		stack = leak_stack_line(stack, &line, &len);
		if (json_array_append_new(lines, json_stringn(line, len))) {
			json_decref(lines);
			return NULL;
		}
	}
	return lines;
}

/* The file does not have the sizes of caches, nor of what is larger than classes. */
static json_t *json_leak(const struct stats *stats, double seconds)
{
	const bool has_size = stats->size && stats->size != LARGE_CLASS;

	(void)seconds;
	return json_update(json_pack("{s:s, s:s?, s:o, s:s, s:s?, s:o, s:s, s:s}",
				     "instance", stats->instance,
				     "cache", stats->key,
				     "size", has_size ? json_u64(stats->size) :
							json_null(),
				     "label", stats->leak.label,
				     "function", stats->leak.function,
				     "stack", json_stack(stats->leak.stack),
				     "cpus", stats->leak.cpus,
				     "nodes", stats->leak.nodes),
			   json_counters(stats));
}

static json_t *json_histogram(const struct stats *stats, double seconds)
{
	json_t *buckets = json_array();
	size_t i;

	(void)seconds;
	for (i = 0; i < NR_BUCKETS; i++) {
		uint64_t value = stats_value(stats, bucket_names[i]);

		if (json_array_append_new(buckets, json_u64(value))) {
			json_decref(buckets);
			return NULL;
		}
	}
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}",
			 "size", json_u64(stats->size),
			 "kind", stats->key,
			 "samples", json_u64(stats_value(stats, "samples")),
			 "scaled_sum_ns",
			 json_u64(stats_value(stats, "scaled_sum_ns")),
			 "max_ns", json_u64(stats_value(stats, "max_ns")),
			 "scaled_buckets", buckets);
}

static json_t *json_reason(const struct stats *stats, double seconds)
{
	(void)seconds;
	return json_update(json_pack("{s:o, s:s}",
				     "size", json_u64(stats->size),
				     "reason", stats->key),
			   json_counters(stats));
}

/* === Files === */

static const struct {
	unsigned int set;
	const char *name;
	json_t *(*row)(const struct stats *stats, double seconds);
} members[] = {
	{ FILE_CLASSES, "classes", json_class },
	{ FILE_EPOCHS, "epochs", json_epoch },
	{ FILE_PERCPU, "percpu", json_cpu },
	{ FILE_LABELS, "labels", json_label },
	{ FILE_LOCK_HISTOGRAM, "lock_histogram", json_histogram },
	{ FILE_ALLOC_HISTOGRAM, "alloc_histogram", json_histogram },
	{ FILE_ALLOC_REASONS, "alloc_reasons", json_reason },
	{ FILE_CACHES, "caches", json_cache },
	{ FILE_NODES, "nodes", json_node },
	{ SET_LEAKS, "leaks", json_leak },
};

static json_t *json_rows(const struct set *set, double seconds,
			 json_t *(*json_row)(const struct stats *stats,
					     double seconds))
{
	json_t *rows;
	size_t i;

	if (!set->present)
		return json_null();
	rows = json_array();
	for (i = 0; i < set->nr; i++)
		if (json_array_append_new(rows,
					  json_row(&set->rows[i], seconds))) {
			json_decref(rows);
			return NULL;
		}
	return rows;
}

/* === Where the memory is === */

/* Of a figure that is not known there is null, so that no name is missing. */
static json_t *json_bytes(const struct stats *stats, const char *const *names)
{
	json_t *bytes = json_object();

	for (; *names; names++) {
		const struct counter *c = stats_find(stats, *names);

		if (json_object_set_new(bytes, *names, c ? json_u64(c->value) :
					json_null())) {
			json_decref(bytes);
			return NULL;
		}
	}
	return bytes;
}

static json_t *json_memory_total(const struct stats *stats)
{
	static const char *const names[] = {
		"live_bytes", "unused_bytes", "committed_bytes",
		"draining_bytes", "stock_bytes", "metadata_bytes",
		"total_bytes", NULL
	};

	return json_bytes(stats, names);
}

static json_t *json_memory_instance(const struct stats *stats, double seconds)
{
	static const char *const names[] = {
		"live_bytes", "unused_bytes", "committed_bytes",
		"draining_bytes", "metadata_bytes", "total_bytes", NULL
	};

	(void)seconds;
	return json_update(json_pack("{s:s}", "instance", stats->instance),
			   json_bytes(stats, names));
}

static json_t *json_memory_type(const struct stats *stats, double seconds)
{
	static const char *const names[] = {
		"live_bytes", "unused_bytes", "committed_bytes",
		"metadata_bytes", "total_bytes", NULL
	};

	(void)seconds;
	return json_update(json_pack("{s:s?, s:s?, s:o}",
				     "instance", stats->instance,
				     "cache", stats->key,
				     "size", json_u64(stats->size)),
			   json_bytes(stats, names));
}

static json_t *json_memory_label(const struct stats *stats, double seconds)
{
	(void)seconds;
	return json_update(json_pack("{s:s}", "label", stats->key),
			   json_counters(stats));
}

static json_t *json_memory_cgroup(const struct stats *stats, double seconds)
{
	(void)seconds;
	return json_update(json_pack("{s:s?}", "cgroup", stats->cgroup),
			   json_counters(stats));
}

static json_t *json_set(int ret, struct set *set,
			json_t *(*json_row)(const struct stats *stats,
					    double seconds))
{
	json_t *rows = ret ? NULL : json_rows(set, 0, json_row);

	set_free(set);
	return rows;
}

static json_t *json_memory(const struct tree *tree)
{
	const struct set *meminfo = &tree->sets[SET_MEMINFO];
	json_t *total, *instances, *types, *labels, *cgroups;
	struct fault unused;
	struct stats row;
	struct set set;

	total = memory_total(&row, tree, &unused) ? NULL :
		json_memory_total(&row);
	stats_free(&row);
	instances = json_set(memory_by_instance(&set, tree, &unused), &set,
			     json_memory_instance);
	types = json_set(memory_by_type(&set, tree, &unused), &set,
			 json_memory_type);
	labels = json_set(memory_by_label(&set, tree, &unused), &set,
			  json_memory_label);
	cgroups = json_set(memory_by_cgroup(&set, tree, &unused), &set,
			   json_memory_cgroup);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}",
			 "total", total,
			 "meminfo", meminfo->present ?
				    json_counters(meminfo->rows) : json_null(),
			 "instances", instances,
			 "types", types,
			 "labels", labels,
			 "cgroups", cgroups);
}

/* === All of it === */

static json_t *json_tree(const struct tree *tree)
{
	json_t *interval = tree->seconds > 0 ? json_real(tree->seconds) :
					       json_null();
	json_t *source = json_string(tree->root);	/* NULL: not UTF-8 */
	struct timespec now;
	json_t *json;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	json = json_pack("{s:i, s:f, s:o, s:o, s:b, s:o}",
			 "version", SCHEMA_VERSION,
			 "time", now.tv_sec + now.tv_nsec / 1e9,
			 "source", source ? source : json_null(),
			 "interval_s", interval,
			 "restarted", tree->restarted,
			 "total", json_figures(&tree->total, tree->seconds));
	for (i = 0; json && i < ARRAY_SIZE(members); i++)
		if (json_object_set_new(json, members[i].name,
					json_rows(&tree->sets[members[i].set],
						  tree->seconds,
						  members[i].row))) {
			json_decref(json);
			return NULL;
		}
	if (json && json_object_set_new(json, "memory", json_memory(tree))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

/* Errors of stdout itself are left for the caller to find. */
int json_print(const struct tree *tree, bool one_line, struct fault *fault)
{
	json_t *json = json_tree(tree);

	if (!json)
		return fault_set(fault, "out of memory");
	json_write(stdout, json, one_line);
	json_decref(json);
	return 0;
}
