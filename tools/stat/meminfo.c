// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: what the kernel says of its slabs, in /proc/meminfo
 */
#include <string.h>

#include "stat.h"

static const struct {
	const char *line;
	const char *name;
} shown[] = {
	{ "Slab:", "slab_bytes" },
	{ "SReclaimable:", "sreclaimable_bytes" },
	{ "SUnreclaim:", "sunreclaim_bytes" },
};

/* "Slab:    1234 kB", of which the name was found. */
static int kib_parse(char *text, uint64_t *bytes)
{
	char *blank;

	text += strspn(text, " ");
	blank = strchr(text, ' ');
	if (!blank || strcmp(blank, " kB"))
		return -1;
	*blank = '\0';
	if (u64_parse(text, bytes) || *bytes > UINT64_MAX / 1024)
		return -1;
	*bytes *= 1024;
	return 0;
}

static int line_parse(struct stats *row, char *line, struct fault *fault)
{
	uint64_t bytes;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		const size_t len = strlen(shown[i].line);

		if (strncmp(line, shown[i].line, len))
			continue;
		if (stats_find(row, shown[i].name))
			return fault_set(fault, "duplicate %s", shown[i].line);
		if (kib_parse(line + len, &bytes))
			return fault_set(fault, "malformed %s", shown[i].line);
		return stats_append(row, shown[i].name, bytes, fault);
	}
	return 0;
}

/* One row, of bytes; @text is changed. */
int meminfo_parse(struct set *set, char *text, struct fault *fault)
{
	struct stats *row = set_new_row(set, fault);
	char *line, *next;
	size_t i;

	if (!row)
		return -1;
	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (line_parse(row, line, fault))
			return -1;
	}
	for (i = 0; i < ARRAY_SIZE(shown); i++)
		if (!stats_find(row, shown[i].name))
			return fault_set(fault, "truncated: no %s",
					 shown[i].line);
	set->present = true;
	return 0;
}
