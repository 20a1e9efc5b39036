// SPDX-License-Identifier: GPL-2.0
/*
 * JSON whose numbers are digits
 *
 * jansson's integers are signed, and it writes reals with exponents. Both are
 * JSON, but counters have 64 bits, and not all that reads JSON reads exponents.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "digits.h"

/* None of our integers is negative: the bits are those of an unsigned one. */
json_t *json_u64(uint64_t n)
{
	return json_integer((json_int_t)n);
}

struct writer {
	FILE *file;
	bool one_line;
	int depth;
};

static void value_write(struct writer *w, const json_t *json);

/* As few decimals as give the same number when read. */
static void real_write(FILE *file, double value)
{
	const int max_decimals = 60;
	char text[400];
	int decimals = 1;

	do
		snprintf(text, sizeof(text), "%.*f", decimals, value);
	while (strtod(text, NULL) != value && decimals++ < max_decimals);
	fputs(text, file);
}

static void string_write(FILE *file, const json_t *json)
{
	json_dumpf(json, file, JSON_ENCODE_ANY);
}

static void line_begin(const struct writer *w)
{
	if (!w->one_line)
		fprintf(w->file, "\n%*s", 2 * w->depth, "");
}

static void member_begin(struct writer *w, size_t i)
{
	if (i)
		putc(',', w->file);
	line_begin(w);
}

static void object_write(struct writer *w, const json_t *json)
{
	json_t *object = (json_t *)json;
	const char *key;
	json_t *value;
	size_t i = 0;

	json_object_foreach(object, key, value) {
		json_t *name = json_string(key);

		member_begin(w, i++);
		string_write(w->file, name);
		json_decref(name);
		fputs(w->one_line ? ":" : ": ", w->file);
		value_write(w, value);
	}
}

static void array_write(struct writer *w, const json_t *json)
{
	json_t *value;
	size_t i;

	json_array_foreach(json, i, value) {
		member_begin(w, i);
		value_write(w, value);
	}
}

static void nested_write(struct writer *w, const json_t *json)
{
	const bool is_array = json_is_array(json);
	const size_t nr = is_array ? json_array_size(json) :
				     json_object_size(json);

	putc(is_array ? '[' : '{', w->file);
	w->depth++;
	if (is_array)
		array_write(w, json);
	else
		object_write(w, json);
	w->depth--;
	if (nr)
		line_begin(w);
	putc(is_array ? ']' : '}', w->file);
}

static void value_write(struct writer *w, const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		nested_write(w, json);
		break;
	case JSON_INTEGER:
		fprintf(w->file, "%" PRIu64,
			(uint64_t)json_integer_value(json));
		break;
	case JSON_REAL:
		real_write(w->file, json_real_value(json));
		break;
	case JSON_STRING:
		string_write(w->file, json);
		break;
	case JSON_TRUE:
		fputs("true", w->file);
		break;
	case JSON_FALSE:
		fputs("false", w->file);
		break;
	default:
		fputs("null", w->file);
		break;
	}
}

/* Errors of @file are the caller's. */
void json_write(FILE *file, const json_t *json, bool one_line)
{
	struct writer writer = { .file = file, .one_line = one_line };

	value_write(&writer, json);
	putc('\n', file);
}
