// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the text of one class file
 *
 * Strict about the form, so that a file cut short or overwritten is never
 * shown as figures; open about the names, so that a newer module may add some.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stat.h"

#define FORMAT_VERSION	1
#define LINE_MAX_CHARS	255

#define SITES(prefix)							\
	prefix "_alloc_full", prefix "_slow_acquire", prefix "_slow_full", \
	prefix "_free_empty", prefix "_free_partial", prefix "_epoch_close"

/* What version 1 promises; a file without one of them has lost lines. */
static const char *const required[] = {
	"bitmap_alloc_attempts",
	"bitmap_alloc_cas_retries",
	"bitmap_free_attempts",
	"bitmap_free_cas_retries",
	"current_partial_cas_attempts",
	"current_partial_cas_failures",
	"current_partial_state_mismatch",
	"lock_fast_acquire",
	"lock_contended",
	"lock_wait_time_ns",
	"lock_hold_time_ns",
	"slow_path_hits",
	"slow_path_cache_miss",
	"slow_path_epoch_closed",
	"current_partial_null",
	"current_partial_full",
	"cpu_hits",
	"cpu_refills",
	"cpu_flushes",
	"remote_free",
	"new_slab_count",
	"empty_slab_recycled",
	"empty_slab_overflowed",
	"pages_released",
	"list_move_partial_to_full",
	"list_move_full_to_partial",
	"epoch_close_calls",
	"epoch_close_scanned_slabs",
	"epoch_close_recycled_slabs",
	"epoch_close_ns",
	"alloc_failed",
	"size_rejected",
	"free_double",
	"free_invalid",
	"free_foreign",
	"handle_invalid",
	"handle_stale",
	SITES("lock_fast_acquire"),
	SITES("lock_contended"),
	"live_objects",
	"live_bytes",
	"committed_bytes",
	"empty_slabs",
	"partial_slabs",
	"full_slabs",
	"cached_slabs",
};

#define NR_REQUIRED	(sizeof(required) / sizeof(required[0]))

/* Digits only: strtoull() alone would take blanks, signs and "-1". */
int u64_parse(const char *text, uint64_t *value)
{
	unsigned long long n;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno || n > UINT64_MAX)
		return -ERANGE;
	*value = n;
	return 0;
}

static bool name_is_valid(const char *name)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "_0123456789";

	return *name && !name[strspn(name, chars)];
}

struct counter *class_find(const struct class_stats *cs, const char *name)
{
	size_t i;

	for (i = 0; i < cs->nr; i++)
		if (!strcmp(cs->counters[i].name, name))
			return &cs->counters[i];
	return NULL;
}

uint64_t class_value(const struct class_stats *cs, const char *name)
{
	const struct counter *counter = class_find(cs, name);

	return counter ? counter->value : 0;
}

/* Unknown names do not count: one may stand for a constant of the class. */
bool class_is_active(const struct class_stats *cs)
{
	size_t i;

	for (i = 0; i < NR_REQUIRED; i++)
		if (class_value(cs, required[i]))
			return true;
	return false;
}

int class_add_counter(struct class_stats *cs, const char *name, uint64_t value,
		      struct fault *fault)
{
	const size_t step = 64;
	struct counter *counters = cs->counters;

	if (cs->nr % step == 0) {
		counters = reallocarray(counters, cs->nr + step,
					sizeof(*counters));
		if (!counters)
			return fault_set(fault, "out of memory");
		cs->counters = counters;
	}
	counters[cs->nr].name = name;
	counters[cs->nr].value = value;
	cs->nr++;
	return 0;
}

static int add_line(struct class_stats *cs, const char *name, uint64_t value,
		    unsigned int lineno, struct fault *fault)
{
	if (lineno == 1) {
		if (strcmp(name, "version"))
			return fault_set(fault, "line 1: not a version");
		if (value != FORMAT_VERSION)
			return fault_set(fault, "unknown version %" PRIu64
					 ", this program reads version %d",
					 value, FORMAT_VERSION);
		return 0;
	}

	if (!strcmp(name, "version") || class_find(cs, name) ||
	    (!strcmp(name, "class") && cs->size))
		return fault_set(fault, "line %u: duplicate %s", lineno, name);

	if (strcmp(name, "class"))
		return class_add_counter(cs, name, value, fault);
	if (!value)
		return fault_set(fault, "line %u: class 0", lineno);
	cs->size = value;
	return 0;
}

static int parse_line(struct class_stats *cs, char *line, unsigned int lineno,
		      struct fault *fault)
{
	char *blank = strchr(line, ' ');
	uint64_t value;
	int ret;

	if (strlen(line) > LINE_MAX_CHARS)
		return fault_set(fault, "line %u: longer than %d characters",
				 lineno, LINE_MAX_CHARS);
	if (blank)
		*blank = '\0';
	if (!blank || !name_is_valid(line))
		return fault_set(fault,
				 "line %u: malformed, not a name and a value",
				 lineno);

	ret = u64_parse(blank + 1, &value);
	if (ret == -ERANGE)
		return fault_set(fault, "line %u: value of %s is over 64 bits",
				 lineno, line);
	if (ret)
		return fault_set(fault, "line %u: value of %s is not a number",
				 lineno, line);

	return add_line(cs, line, value, lineno, fault);
}

/*
 * Parses @len bytes of @text, which is changed, must be followed by a NUL, and
 * belongs to @cs from here on, error or not.
 */
int class_parse(struct class_stats *cs, char *text, size_t len,
		struct fault *fault)
{
	unsigned int lineno = 0;
	char *line, *end;
	size_t i;

	memset(cs, 0, sizeof(*cs));
	cs->text = text;

	if (!len)
		return fault_set(fault, "empty file");
	if (memchr(text, '\0', len))
		return fault_set(fault, "not a text file");

	for (line = text; *line; line = end + 1) {
		lineno++;
		end = strchr(line, '\n');
		if (!end)
			return fault_set(fault, "line %u: truncated", lineno);
		*end = '\0';
		if (parse_line(cs, line, lineno, fault))
			return -1;
	}

	if (!cs->size)
		return fault_set(fault, "truncated: no class");
	for (i = 0; i < NR_REQUIRED; i++)
		if (!class_find(cs, required[i]))
			return fault_set(fault, "truncated: no %s",
					 required[i]);
	return 0;
}

void class_free(struct class_stats *cs)
{
	free(cs->counters);
	free(cs->text);
	memset(cs, 0, sizeof(*cs));
}
