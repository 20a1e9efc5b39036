/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one line that says what went wrong.
 */
#ifndef TSLAB_FAULT_H
#define TSLAB_FAULT_H

#include <limits.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

struct fault {
	char text[PATH_MAX + 512];
};

/* Return: -1. */
int fault_set(struct fault *fault, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* TSLAB_FAULT_H */
