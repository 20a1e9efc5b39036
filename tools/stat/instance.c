// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: names of instances, wherever they come in
 */
#include <string.h>

#include "stat.h"

#define NAME_MAX_BYTES	32	/* TSLAB_NAME_MAX, with the final NUL */

/* The rule of tslab_create(): one that it refuses is nobody's. */
bool instance_name_is_valid(const char *name)
{
	const size_t len = strnlen(name, NAME_MAX_BYTES);
	size_t i;

	if (!len || len == NAME_MAX_BYTES || name[0] == '.')
		return false;
	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' ||
		    strchr("/\"\\#", name[i]))
			return false;
	return true;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit = c ? strchr(digits, c) : NULL;

	return digit ? digit - digits : -1;
}

/*
 * Undoes what systemd-escape does to a name in that of a unit, but for "-" in
 * the place of "/", which no name has: so a unit that was named without it has
 * the right one, too. No name has a backslash that this could be mistaken for.
 */
void instance_name_unescape(char *name)
{
	char *to = name;

	for (; *name; name++) {
		if (name[0] == '\\' && name[1] == 'x' &&
		    hex_digit(name[2]) >= 0 && hex_digit(name[3]) >= 0) {
			*to++ = hex_digit(name[2]) << 4 | hex_digit(name[3]);
			name += 3;
		} else {
			*to++ = *name;
		}
	}
	*to = '\0';
}
