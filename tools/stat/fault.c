// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the one line that says what went wrong
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "fault.h"

/* One line, and no terminal escapes, whatever names it quotes. */
int fault_set(struct fault *fault, const char *fmt, ...)
{
	va_list args;
	char *c;

	va_start(args, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, args);
	va_end(args);

	for (c = fault->text; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	return -1;
}
