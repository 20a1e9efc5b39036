// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: live objects of closed epochs, by who allocated them
 *
 * The file has the layout of SLUB's alloc_traces instead of a version and columns:
 * for each place a line, its stack, and an empty line. So a file that was cut short
 * is seen as one, as are the others, and one without a line is whole: nothing is
 * left, or nothing is debugged.
 */
#include <string.h>

#include "stat.h"

#define INDENT		"        "
#define NO_STACK	"<not-available>"

struct parser {
	char *next;
	unsigned int lineno;
	struct fault *fault;
};

static int malformed(struct parser *p, const char *what)
{
	return fault_set(p->fault, "line %u: malformed %s", p->lineno, what);
}

/* The next line, without its end, or NULL with a fault. */
static char *line_take(struct parser *p)
{
	char *line = p->next, *end = strchr(line, '\n');

	p->lineno++;
	if (!end) {
		fault_set(p->fault, "line %u: truncated", p->lineno);
		return NULL;
	}
	*end = '\0';
	p->next = end + 1;
	return line;
}

/* Cuts off what comes before a character. Return: that, or NULL. */
static char *part_take(char **text, char end)
{
	char *part = *text, *found = strchr(part, end);

	if (!found)
		return NULL;
	*found = '\0';
	*text = found + 1;
	return part;
}

/* The value of a field "name=value"; NULL with a fault if it is not the next. */
static char *field_take(struct parser *p, char **text, const char *name,
			bool is_last)
{
	const size_t len = strlen(name);
	char *field = is_last ? *text : part_take(text, ' ');

	if (field && !strncmp(field, name, len) && field[len] == '=' &&
	    field[len + 1])
		return field + len + 1;
	malformed(p, name);
	return NULL;
}

/* Numbers with a character between them, of a field. */
static int numbers_add(struct parser *p, struct stats *row, char *text,
		       char between, const char *const *names, size_t nr)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < nr; i++) {
		char *part = i + 1 < nr ? part_take(&text, between) : text;

		if (!part)
			return malformed(p, names[0]);
		if (value_parse(part, names[i], p->lineno, &value, p->fault) ||
		    stats_append(row, names[i], value, p->fault))
			return -1;
	}
	return 0;
}

static int ages_add(struct parser *p, struct stats *row, char **text)
{
	static const char *const names[] = { "age_min", "age_avg", "age_max" };
	char *ages = field_take(p, text, "age", false);

	return ages ? numbers_add(p, row, ages, '/', names,
				  ARRAY_SIZE(names)) : -1;
}

static int pids_add(struct parser *p, struct stats *row, char **text)
{
	static const char *const names[] = { "pid_min", "pid_max" };
	char *pids = field_take(p, text, "pid", false);

	return pids ? numbers_add(p, row, pids, '-', names,
				  ARRAY_SIZE(names)) : -1;
}

/* As "0-3,8". */
static const char *list_take(struct parser *p, char **text, const char *name)
{
	char *list = field_take(p, text, name, false);

	if (list && list[strspn(list, "0123456789,-")]) {
		malformed(p, name);
		return NULL;
	}
	return list;
}

static int instance_set(struct parser *p, struct stats *row, char **text)
{
	row->instance = field_take(p, text, "instance", false);
	if (!row->instance)
		return -1;
	return instance_name_is_valid(row->instance) ? 0 :
	       malformed(p, "instance");
}

/* "cache=" or "class=", of which the size may be "large". */
static int type_set(struct parser *p, struct stats *row, char **text)
{
	char *size;

	if (!strncmp(*text, "cache=", strlen("cache="))) {
		row->key = field_take(p, text, "cache", false);
		return row->key ? 0 : -1;
	}
	size = field_take(p, text, "class", false);
	if (!size)
		return -1;
	if (!strcmp(size, LARGE_TEXT)) {
		row->size = LARGE_CLASS;
		return 0;
	}
	if (value_parse(size, "class", p->lineno, &row->size, p->fault))
		return -1;
	return row->size ? 0 : malformed(p, "class");
}

/* A name of a function may have blanks behind it, with that of its module. */
static int function_set(struct parser *p, struct stats *row, char **text)
{
	char *end = strstr(*text, " age=");

	if (!end)
		return malformed(p, "age");
	if (end == *text)
		return malformed(p, "function");
	*end = '\0';
	if (strcmp(*text, NO_STACK))
		row->leak.function = *text;
	*text = end + 1;
	return 0;
}

static int place_parse(struct parser *p, struct stats *row, char *text)
{
	static const char *const objects = "objects";
	char *number;

	if (!text_make_valid(text))
		return malformed(p, "line");
	text += strspn(text, " ");
	number = part_take(&text, ' ');
	if (!number)
		return malformed(p, objects);
	if (numbers_add(p, row, number, ' ', &objects, 1) ||
	    function_set(p, row, &text) || ages_add(p, row, &text) ||
	    pids_add(p, row, &text))
		return -1;
	row->leak.cpus = list_take(p, &text, "cpus");
	if (!row->leak.cpus)
		return -1;
	row->leak.nodes = list_take(p, &text, "nodes");
	if (!row->leak.nodes || instance_set(p, row, &text) ||
	    type_set(p, row, &text))
		return -1;
	row->leak.label = field_take(p, &text, "label", true);
	if (!row->leak.label)
		return -1;
	return strchr(row->leak.label, ' ') ? malformed(p, "label") : 0;
}

/* Up to the empty line, whose end becomes that of the text. */
static int stack_parse(struct parser *p, struct stats *row)
{
	const size_t indent = strlen(INDENT);
	char *line;

	row->leak.stack = p->next;
	while ((line = line_take(p)) && *line) {
		if (strncmp(line, INDENT, indent) || line[indent] == ' ' ||
		    !text_make_valid(line + indent))
			return malformed(p, "stack");
		line[strlen(line)] = '\n';
	}
	return line ? 0 : -1;
}

/*
 * Parses @len bytes of @text, which is changed, must be followed by a NUL, and
 * must live as long as @set, which has to be freed, error or not. The rows are in
 * the order of the file: those with most objects first.
 */
int leaks_parse(struct set *set, char *text, size_t len, struct fault *fault)
{
	struct parser parser = { .next = text, .fault = fault };

	if (memchr(text, '\0', len))
		return fault_set(fault, "not a text file");
	while (*parser.next) {
		struct stats *row = set_new_row(set, fault);
		char *line = line_take(&parser);

		if (!row || !line || place_parse(&parser, row, line) ||
		    stack_parse(&parser, row))
			return -1;
	}
	set->present = true;
	return 0;
}

/* Return: the line after that which @stack begins with, of @len bytes at @line. */
const char *leak_stack_line(const char *stack, const char **line, size_t *len)
{
	*line = stack + strlen(INDENT);
	*len = strcspn(*line, "\n");
	return *line + *len + 1;
}

/* How many objects there are of each label; @set has to be freed, error or not. */
int leaks_by_label(struct set *set, const struct tree *tree,
		   struct fault *fault)
{
	const struct set *places = &tree->sets[SET_LEAKS];
	size_t i;

	memset(set, 0, sizeof(*set));
	set->present = places->present;
	for (i = 0; i < places->nr; i++) {
		const char *label = places->rows[i].leak.label;
		struct counter objects = {
			"objects", stats_value(&places->rows[i], "objects")
		};
		const struct stats add = { .nr = 1, .counters = &objects };

		if (!set_sum(set, label, &add, fault))
			return -1;
	}
	set_sort(set);
	return 0;
}
