// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the text of one file
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
#define LINE_MAX_CHARS	1023
#define MAX_FIELDS	40
#define TOTAL_PREFIX	"total_"

/* === What is in a line === */

enum kind {
	KIND_NONE,
	KIND_NAME,	/* of the value that follows */
	KIND_VALUE,
	KIND_NUMBER,	/* whose name is that of the column */
	KIND_BUCKETS,
	KIND_CLASS,
	KIND_NUMBERED,	/* a key that is a number */
	KIND_KEY,
	KIND_INSTANCE,
	KIND_STATE,
};

struct column {
	enum kind kind;
	const char *name;
};

#define HISTOGRAM					\
	{						\
		{ KIND_CLASS, "class" },		\
		{ KIND_KEY, "kind" },			\
		{ KIND_NUMBER, "samples" },		\
		{ KIND_NUMBER, "scaled_sum_ns" },	\
		{ KIND_NUMBER, "max_ns" },		\
		{ KIND_BUCKETS, "scaled_buckets" },	\
	}

static const struct format {
	const char *file;
	struct column columns[16];	/* ends with KIND_NONE */
} formats[NR_FILES] = {
	[FILE_CLASSES] = {
		"class_",
		{ { KIND_NAME, "name" }, { KIND_VALUE, "value" } },
	},
	[FILE_SUMMARY] = {
		"summary",
		{ { KIND_NAME, "name" }, { KIND_VALUE, "value" } },
	},
	[FILE_EPOCHS] = {
		"epochs",
		{
			{ KIND_INSTANCE, "instance" },
			{ KIND_NUMBER, "index" },
			{ KIND_NUMBER, "era" },
			{ KIND_STATE, "state" },
			{ KIND_KEY, "label" },
			{ KIND_NUMBER, "age_ns" },
			{ KIND_NUMBER, "live_objects" },
			{ KIND_NUMBER, "domains" },
			{ KIND_NUMBER, "partial" },
			{ KIND_NUMBER, "full" },
			{ KIND_NUMBER, "empty" },
			{ KIND_NUMBER, "pages_at_close" },
			{ KIND_NUMBER, "pages" },
		},
	},
	[FILE_PERCPU] = {
		"percpu",
		{
			{ KIND_NUMBERED, "cpu" },
			{ KIND_CLASS, "class" },
			{ KIND_NAME, "name" },
			{ KIND_VALUE, "value" },
		},
	},
	[FILE_LABELS] = {
		"labels",
		{
			{ KIND_KEY, "label" },
			{ KIND_CLASS, "class" },
			{ KIND_NAME, "name" },
			{ KIND_VALUE, "value" },
		},
	},
	[FILE_LOCK_HISTOGRAM] = { "lock_histogram", HISTOGRAM },
	[FILE_ALLOC_HISTOGRAM] = { "alloc_histogram", HISTOGRAM },
	[FILE_ALLOC_REASONS] = {
		"alloc_reasons",
		{
			{ KIND_CLASS, "class" },
			{ KIND_KEY, "reason" },
			{ KIND_NUMBER, "samples" },
			{ KIND_NUMBER, "scaled_wall_ns" },
			{ KIND_NUMBER, "scaled_cpu_ns" },
			{ KIND_NUMBER, "max_wall_ns" },
		},
	},
	[FILE_CACHES] = {
		"caches",
		{
			{ KIND_INSTANCE, "instance" },
			{ KIND_KEY, "cache" },
			{ KIND_CLASS, "size" },
			{ KIND_NAME, "name" },
			{ KIND_VALUE, "value" },
		},
	},
	[FILE_NODES] = {
		"nodes",
		{
			{ KIND_INSTANCE, "instance" },
			{ KIND_NUMBERED, "node" },
			{ KIND_NUMBER, "slabs" },
			{ KIND_NUMBER, "pages" },
			{ KIND_NUMBER, "slab_hit" },
			{ KIND_NUMBER, "slab_miss" },
			{ KIND_NUMBER, "slab_foreign" },
		},
	},
	[FILE_CGROUPS] = {
		"cgroups",
		{
			{ KIND_INSTANCE, "instance" },
			{ KIND_NUMBERED, "index" },
			{ KIND_NUMBER, "cgroup" },
			{ KIND_NUMBER, "pages" },
		},
	},
};

/* Of the class files: what all their names start with. */
const char *file_name(enum file file)
{
	return formats[file].file;
}

/* === Fields === */

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

/* Bytes over ASCII may be parts of characters, which JSON does not take. */
bool text_make_valid(char *text)
{
	char *c;

	for (c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
		if ((unsigned char)*c > 0x7f)
			*c = '?';
	}
	return *text;
}

int value_parse(const char *text, const char *name, unsigned int lineno,
		uint64_t *value, struct fault *fault)
{
	int ret = u64_parse(text, value);

	if (ret == -ERANGE)
		return fault_set(fault, "line %u: value of %s is over 64 bits",
				 lineno, name);
	if (ret)
		return fault_set(fault, "line %u: value of %s is not a number",
				 lineno, name);
	return 0;
}

/* === Lines === */

struct parser {
	struct set *set;
	enum file file;
	unsigned int lineno;
	struct fault *fault;
};


static int version_check(struct parser *p, char *line)
{
	char *blank = strchr(line, ' ');
	uint64_t value = 0;

	if (blank)
		*blank = '\0';
	if (!blank || strcmp(line, "version"))
		return fault_set(p->fault, "line 1: not a version");
	if (value_parse(blank + 1, line, p->lineno, &value, p->fault))
		return -1;
	if (value != FORMAT_VERSION)
		return fault_set(p->fault, "unknown version %" PRIu64
				 ", this program reads version %d",
				 value, FORMAT_VERSION);
	return 0;
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool is_same_row(const struct stats *row, const struct stats *like)
{
	return row->size == like->size && is_same_text(row->key, like->key) &&
	       is_same_text(row->instance, like->instance);
}

/* The row of a line; lines of a row that has many follow each other. */
static struct stats *row_of(struct parser *p, const struct stats *like,
			    bool has_many)
{
	struct set *set = p->set;
	struct stats *row = set->nr ? &set->rows[set->nr - 1] : NULL;

	if (has_many && row && is_same_row(row, like))
		return row;
	row = set_new_row(set, p->fault);
	if (row)
		*row = *like;
	return row;
}

static int duplicate(struct parser *p, const char *what)
{
	return fault_set(p->fault, "line %u: duplicate %s", p->lineno, what);
}

static int add_value(struct parser *p, struct stats *row, const char *name,
		     uint64_t value)
{
	struct counter *counter;

	if (p->file == FILE_SUMMARY) {
		if (strncmp(name, TOTAL_PREFIX, strlen(TOTAL_PREFIX)))
			return 0;
		name += strlen(TOTAL_PREFIX);
	}
	counter = stats_find(row, name);
	if (!counter)
		return stats_append(row, name, value, p->fault);
	/* Different labels may be written in the same way. */
	if (p->file != FILE_LABELS)
		return duplicate(p, name);
	counter->value = sum_saturated(counter->value, value);
	return 0;
}

static int class_add(struct parser *p, const char *name, uint64_t value)
{
	struct set *set = p->set;
	struct stats *row;

	if (!set->nr && !set_new_row(set, p->fault))
		return -1;
	row = set->rows;
	if (p->file == FILE_SUMMARY || strcmp(name, "class"))
		return strcmp(name, "version") ?
		       add_value(p, row, name, value) : duplicate(p, name);
	if (row->size)
		return duplicate(p, name);
	if (!value)
		return fault_set(p->fault, "line %u: class 0", p->lineno);
	row->size = value;
	return 0;
}

struct field {
	enum kind kind;
	const char *name;
	char *text;
	uint64_t number;
};

static size_t count_fields(const struct column *columns)
{
	size_t nr;

	for (nr = 0; columns[nr].kind; nr++)
		if (columns[nr].kind == KIND_BUCKETS)
			return nr + NR_BUCKETS;
	return nr;
}

static int field_check(struct parser *p, struct field *f, const char *name)
{
	static const struct {
		bool is_number;
		bool is_text;
	} what[] = {
		[KIND_VALUE]	= { .is_number = true },
		[KIND_NUMBER]	= { .is_number = true },
		[KIND_CLASS]	= { .is_number = true },
		[KIND_NUMBERED]	= { .is_number = true },
		[KIND_KEY]	= { .is_text = true },
		[KIND_INSTANCE]	= { .is_text = true },
		[KIND_STATE]	= { .is_text = true },
	};

	if (f->kind == KIND_NAME ? !name_is_valid(f->text) :
	    what[f->kind].is_text && !text_make_valid(f->text))
		return fault_set(p->fault, "line %u: malformed %s", p->lineno,
				 f->name);
	if (f->kind == KIND_INSTANCE && !instance_name_is_valid(f->text))
		return fault_set(p->fault, "line %u: malformed %s", p->lineno,
				 f->name);
	return what[f->kind].is_number ?
	       value_parse(f->text, name, p->lineno, &f->number, p->fault) : 0;
}

/* The last field is all that is left: blanks in it make it no number. */
static int fields_split(struct parser *p, char *line, struct field *fields,
			size_t nr)
{
	const struct column *column = formats[p->file].columns;
	const char *name = NULL;
	size_t i, bucket = 0;

	for (i = 0; i < nr; i++) {
		struct field *f = &fields[i];
		char *blank = i + 1 < nr ? strchr(line, ' ') : NULL;

		if (!blank && i + 1 < nr)
			return fault_set(p->fault,
					 "line %u: malformed, not %zu fields",
					 p->lineno, nr);
		if (blank)
			*blank = '\0';
		f->kind = column->kind;
		f->name = column->name;
		f->text = line;
		if (f->kind == KIND_BUCKETS) {
			f->kind = KIND_NUMBER;
			f->name = bucket_names[bucket++];
		} else {
			column++;
		}
		if (field_check(p, f, f->kind == KIND_VALUE ? name : f->name))
			return -1;
		if (f->kind == KIND_NAME)
			name = f->text;
		if (blank)
			line = blank + 1;
	}
	return 0;
}

static int row_fill(struct parser *p, struct stats *row,
		    const struct field *fields, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct field *f = &fields[i];
		int ret = 0;

		switch (f->kind) {
		case KIND_VALUE:
			ret = add_value(p, row, f[-1].text, f->number);
			break;
		case KIND_NUMBER:
			ret = stats_append(row, f->name, f->number, p->fault);
			break;
		case KIND_STATE:
			row->state = f->text;
			break;
		default:
			break;
		}
		if (ret)
			return ret;
	}
	return 0;
}

static int parse_line(struct parser *p, char *line)
{
	size_t nr = count_fields(formats[p->file].columns), i;
	struct field fields[MAX_FIELDS] = { };
	struct stats like = { }, *row;
	bool has_many;

	if (strlen(line) > LINE_MAX_CHARS)
		return fault_set(p->fault, "line %u: longer than %d characters",
				 p->lineno, LINE_MAX_CHARS);
	if (p->lineno == 1)
		return version_check(p, line);
	if (*line == '#')
		return 0;
	if (fields_split(p, line, fields, nr))
		return -1;

	if (fields[0].kind == KIND_NAME)
		return class_add(p, fields[0].text, fields[1].number);
	for (i = 0; i < nr; i++) {
		if (fields[i].kind == KIND_KEY ||
		    fields[i].kind == KIND_NUMBERED)
			like.key = fields[i].text;
		if (fields[i].kind == KIND_CLASS)
			like.size = fields[i].number;
		if (fields[i].kind == KIND_INSTANCE)
			like.instance = fields[i].text;
	}
	has_many = fields[nr - 1].kind == KIND_VALUE;
	row = row_of(p, &like, has_many);
	return row ? row_fill(p, row, fields, nr) : -1;
}

/* === Files === */

static int set_merge(struct set *set, enum file file, struct fault *fault)
{
	size_t from, to = 0;

	set_sort(set);
	for (from = 1; from < set->nr; from++) {
		struct stats *row = &set->rows[from];
		int ret;

		if (stats_compare(&set->rows[to], row)) {
			set->rows[++to] = *row;
			if (to != from)
				memset(row, 0, sizeof(*row));
			continue;
		}
		if (file != FILE_LABELS)
			return fault_set(fault, "duplicate rows of %s %s",
					 formats[file].columns[0].name,
					 row->instance ?: row->key);
		ret = stats_add(&set->rows[to], row, fault);
		stats_free(row);
		if (ret)
			return -1;
	}
	if (set->nr)
		set->nr = to + 1;
	return 0;
}

static int check_required(const struct set *set, enum file file,
			  struct fault *fault)
{
	const char *name;
	size_t i = 0;

	if (file != FILE_CLASSES && file != FILE_SUMMARY)
		return 0;
	if (!set->nr || (file == FILE_CLASSES && !set->rows->size))
		return fault_set(fault, "truncated: no %s",
				 file == FILE_CLASSES ? "class" : "totals");
	while ((name = name_next_required(&i)))
		if (!stats_find(set->rows, name))
			return fault_set(fault, "truncated: no %s%s",
					 file == FILE_SUMMARY ? TOTAL_PREFIX :
					 "", name);
	return 0;
}

/*
 * Parses @len bytes of @text, which is changed, must be followed by a NUL, and
 * must live as long as @set, which has to be freed, error or not.
 */
int file_parse(struct set *set, enum file file, char *text, size_t len,
	       struct fault *fault)
{
	struct parser parser = { .set = set, .file = file, .fault = fault };
	char *line, *end;

	memset(set, 0, sizeof(*set));
	if (!len)
		return fault_set(fault, "empty file");
	if (memchr(text, '\0', len))
		return fault_set(fault, "not a text file");

	for (line = text; *line; line = end + 1) {
		parser.lineno++;
		end = strchr(line, '\n');
		if (!end)
			return fault_set(fault, "line %u: truncated",
					 parser.lineno);
		*end = '\0';
		if (parse_line(&parser, line))
			return -1;
	}
	set->present = true;
	if (check_required(set, file, fault))
		return -1;
	return set_merge(set, file, fault);
}
