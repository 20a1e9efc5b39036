// SPDX-License-Identifier: GPL-2.0
/*
 * tslab-bench: what came of a run, for people and for programs
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../stat/digits.h"
#include "front.h"

#define SCHEMA_VERSION	1
#define NSEC_PER_SEC	1000000000.0

/* A ratio without a denominator has no value. */
struct rate {
	const char *name;
	const char *title;
	const char *num;
	const char *den[2];	/* added up */
};

static const struct rate rates[] = {
	{ "alloc_cas_retries_per_attempt", "alloc CAS",
	  "counter_bitmap_alloc_cas_retries",
	  { "counter_bitmap_alloc_attempts" } },
	{ "free_cas_retries_per_attempt", "free CAS",
	  "counter_bitmap_free_cas_retries",
	  { "counter_bitmap_free_attempts" } },
	{ "current_partial_failure_rate", "current_partial",
	  "counter_current_partial_cas_failures",
	  { "counter_current_partial_cas_attempts" } },
	{ "lock_contention_rate", "class lock",
	  "counter_lock_contended",
	  { "counter_lock_fast_acquire", "counter_lock_contended" } },
	{ "recycle_rate", "recycled",
	  "counter_empty_slab_recycled",
	  { "counter_empty_slab_recycled", "counter_empty_slab_overflowed" } },
};

static const struct {
	const char *name;
	unsigned int permille;
} percentiles[] = {
	{ "p50", 500 }, { "p95", 950 }, { "p99", 990 }, { "p99.9", 999 },
	{ "max", 1000 },
};

/* Return: whether there is one. */
static bool rate_value(const struct result *result, const struct rate *rate,
		       double *value)
{
	uint64_t den = result_number(result, rate->den[0]);

	if (rate->den[1])
		den += result_number(result, rate->den[1]);
	if (den)
		*value = (double)result_number(result, rate->num) / den;
	return den;
}

static double per_second(const struct result *result, const char *name)
{
	uint64_t ns = result_number(result, "elapsed_ns");

	return ns ? result_number(result, name) / (ns / NSEC_PER_SEC) : 0;
}

/* Of the module, or of the cache, whichever is there. */
static struct pages pages_of(const struct run *run, const struct result *result)
{
	uint64_t ms = result_number(result, "elapsed_ns") / 1000000;
	struct pages pages = run->pages;
	size_t i;

	/* Later looks saw what was left while the module freed everything. */
	for (i = 0; i < pages.nr_at && pages.at[i].at <= ms; i++)
		pages.end = pages.at[i].count;
	if (run->polls_slab)
		return pages;
	return (struct pages){
		.peak = result_number(result, "pages_peak"),
		.end = result_number(result, "pages_end"),
		.after = result_number(result, "pages_after"),
		.nr_at = result->nr_pages_at,
		.at = result->pages_at,
	};
}

/* === Table === */

static void table_print(const struct run *run, const struct result *result)
{
	struct pages pages = pages_of(run, result);
	double value;
	size_t i;

	printf("%s on %s: %s threads, %s bytes, %.1f s%s\n",
	       result_text(result, "pattern"), result_text(result, "backend"),
	       result_text(result, "threads"), result_text(result, "size"),
	       result_number(result, "elapsed_ns") / NSEC_PER_SEC,
	       run->interrupted ? ", interrupted" : "");
	printf("throughput    %.0f objects/s, %.0f requests/s\n",
	       per_second(result, "allocs"), per_second(result, "requests"));
	printf("alloc, ns    ");
	for (i = 0; i < ARRAY_SIZE(percentiles); i++)
		printf(" %s<%" PRIu64, percentiles[i].name,
		       result_percentile(result, percentiles[i].permille));
	printf("\ncontention   ");
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		if (rate_value(result, &rates[i], &value))
			printf(" %s %.3f%%", rates[i].title, 100 * value);
		else
			printf(" %s -", rates[i].title);
		putchar(i + 1 < ARRAY_SIZE(rates) ? ',' : '\n');
	}
	if (pages.peak || run->polls_slab)
		printf("pages         peak %" PRIu64 ", at the end %" PRIu64
		       ", after all was freed %" PRIu64 "\n",
		       pages.peak, pages.end, pages.after);
	printf("objects       live at the end %s, failed %s\n",
	       result_text(result, "live_end"), result_text(result, "failed"));
	/* Its objects went to the current epoch: not the load that was meant. */
	if (result_number(result, "phases_refused"))
		printf("phases        without an epoch %s\n",
		       result_text(result, "phases_refused"));
}

/* === CSV === */

static const char *const csv_values[] = {
	"elapsed_ns", "requests", "allocs", "frees", "failed", "live_end",
};

static void csv_print(bool heading, const struct run *run,
		      const struct result *result)
{
	struct pages pages = pages_of(run, result);
	double value;
	size_t i;

	if (heading) {
		for (i = 0; keys[i].name; i++)
			printf("%s,", keys[i].name);
		for (i = 0; i < ARRAY_SIZE(csv_values); i++)
			printf("%s,", csv_values[i]);
		printf("objects_per_s,requests_per_s,");
		for (i = 0; i < ARRAY_SIZE(percentiles); i++)
			printf("alloc_ns_%s,", percentiles[i].name);
		for (i = 0; i < ARRAY_SIZE(rates); i++)
			printf("%s,", rates[i].name);
		puts("pages_peak,pages_end,pages_after,interrupted,phases_refused");
	}
	for (i = 0; keys[i].name; i++)
		printf("%s,", result_text(result, keys[i].name));
	for (i = 0; i < ARRAY_SIZE(csv_values); i++)
		printf("%s,", result_text(result, csv_values[i]));
	printf("%.0f,%.0f,", per_second(result, "allocs"),
	       per_second(result, "requests"));
	for (i = 0; i < ARRAY_SIZE(percentiles); i++)
		printf("%" PRIu64 ",",
		       result_percentile(result, percentiles[i].permille));
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		if (rate_value(result, &rates[i], &value))
			printf("%.6f", value);
		putchar(',');
	}
	printf("%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%d,%" PRIu64 "\n",
	       pages.peak, pages.end, pages.after, run->interrupted,
	       result_number(result, "phases_refused"));
}

/* === JSON === */

static json_t *json_points(const struct point *points, size_t nr)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < nr; i++)
		json_array_append_new(array,
				      json_pack("[o,o]", json_u64(points[i].at),
						json_u64(points[i].count)));
	return array;
}

static json_t *json_values(const struct result *result, bool counters)
{
	const size_t prefix = strlen("counter_");
	json_t *object = json_object();
	size_t i;

	for (i = 0; counters && i < result->nr_values; i++) {
		const char *name = result->values[i].name;

		if (!strncmp(name, "counter_", prefix))
			json_object_set_new(object, name + prefix,
					    json_u64(result_number(result, name)));
	}
	for (i = 0; !counters && keys[i].name; i++) {
		const char *name = keys[i].name;

		json_object_set_new(object, name, keys[i].is_number ?
				    json_u64(result_number(result, name)) :
				    json_string(result_text(result, name)));
	}
	return object;
}

static int json_print(const struct run *run, const struct result *result,
		      struct fault *fault)
{
	struct pages pages = pages_of(run, result);
	json_t *latency = json_object(), *ratios = json_object();
	json_t *json;
	double value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(percentiles); i++)
		json_object_set_new(latency, percentiles[i].name,
				    json_u64(result_percentile(result,
						percentiles[i].permille)));
	json_object_set_new(latency, "histogram",
			    json_points(result->latency, result->nr_latency));
	for (i = 0; i < ARRAY_SIZE(rates); i++)
		json_object_set_new(ratios, rates[i].name,
				    rate_value(result, &rates[i], &value) ?
				    json_real(value) : json_null());
	json = json_pack("{s:i, s:o, s:b, s:f, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "version", SCHEMA_VERSION,
			 "options", json_values(result, false),
			 "interrupted", run->interrupted,
			 "elapsed_s",
			 result_number(result, "elapsed_ns") / NSEC_PER_SEC,
			 "objects", json_pack("{s:o, s:o, s:o, s:o, s:f}",
				"allocs", json_u64(result_number(result, "allocs")),
				"frees", json_u64(result_number(result, "frees")),
				"failed", json_u64(result_number(result, "failed")),
				"live_end", json_u64(result_number(result, "live_end")),
				"per_s", per_second(result, "allocs")),
			 "requests", json_pack("{s:o, s:o, s:f}",
				"done", json_u64(result_number(result, "requests")),
				"phases_refused",
				json_u64(result_number(result, "phases_refused")),
				"per_s", per_second(result, "requests")),
			 "alloc_ns", latency,
			 "ratios", ratios,
			 "pages", json_pack("{s:o, s:o, s:o, s:o}",
				"peak", json_u64(pages.peak),
				"end", json_u64(pages.end),
				"after", json_u64(pages.after),
				"over_ms", json_points(pages.at, pages.nr_at)),
			 "counters", json_values(result, true));
	if (!json)
		return fault_set(fault, "out of memory");
	json_write(stdout, json, false);
	json_decref(json);
	return 0;
}

/* Errors of stdout itself are left for the caller to find. */
int report_print(enum report how, bool heading, const struct run *run,
		 const struct result *result, struct fault *fault)
{
	switch (how) {
	case REPORT_JSON:
		return json_print(run, result, fault);
	case REPORT_CSV:
		csv_print(heading, run, result);
		return 0;
	default:
		table_print(run, result);
		return 0;
	}
}
