// SPDX-License-Identifier: GPL-2.0
/* The parameter "debug": what is debugged of what, by name. */
#include <linux/ctype.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "debug.h"
#include "tslab.h"

#define DEBUG_LEN	256

/* As it was given; "" for what the kernel is made for. */
static char debug_param[DEBUG_LEN] __ro_after_init;

/* A kernel that is slow to find bugs finds them here, too. */
#define DEBUG_DEFAULT	(IS_ENABLED(CONFIG_KASAN_GENERIC) || \
			 IS_ENABLED(CONFIG_KMSAN) || \
			 IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) ? \
			 TSLAB_DEBUG_TOOLS : 0)
/* What is debugged where no letter says. */
#define DEBUG_ALL	(TSLAB_DEBUG_CHECKS | TSLAB_DEBUG_RED_ZONE | \
			 TSLAB_DEBUG_POISON | TSLAB_DEBUG_USER)

static unsigned int letter_flag(char letter)
{
	switch (toupper(letter)) {
	case 'F':
		return TSLAB_DEBUG_CHECKS;
	case 'Z':
		return TSLAB_DEBUG_RED_ZONE;
	case 'P':
		return TSLAB_DEBUG_POISON;
	case 'U':
		return TSLAB_DEBUG_USER;
	case 'T':
		return TSLAB_DEBUG_TRACE;
	case 'K':
		return TSLAB_DEBUG_TOOLS;
	default:
		return 0;
	}
}

/*
 * Flags at the beginning of a block: letters, "-" for none, nothing for all that
 * finds bugs. @end: what is behind them
 *
 * Return: the flags, or -EINVAL.
 */
static int block_flags(const char *block, const char **end)
{
	unsigned int flags = 0;

	*end = block + strcspn(block, ",;");
	if (*end == block)
		return DEBUG_ALL;
	if (*block == '-' && *end == block + 1)
		return 0;
	for (; block < *end; block++) {
		if (!letter_flag(*block))
			return -EINVAL;
		flags |= letter_flag(*block);
	}
	return flags;
}

/* Whether a name is one of a list that ends the block; "*" at the end stands for more. */
static bool names_have(const char *names, const char *name)
{
	while (*names == ',') {
		size_t len = strcspn(++names, ",;");

		if (len && names[len - 1] == '*' ?
		    !strncmp(name, names, len - 1) :
		    strlen(name) == len && !strncmp(name, names, len))
			return true;
		names += len;
	}
	return false;
}

static const char *block_next(const char *names)
{
	return strchrnul(names, ';');
}

/**
 * tslab_debug_flags() - what the parameter has debugged of a type
 * @ts: its instance
 * @name: of the type
 *
 * What is named comes before what is not.
 *
 * Context: any.
 * Return: TSLAB_DEBUG_*.
 */
unsigned int tslab_debug_flags(const struct tslab *ts, const char *name)
{
	unsigned int flags = DEBUG_DEFAULT;
	const char *block, *names;

	if (!debug_param[0])
		return flags;
	for (block = debug_param;; block = names + 1) {
		unsigned int here = block_flags(block, &names);

		if (*names != ',')
			flags = here;
		else if (names_have(names, ts->name) || names_have(names, name))
			return here;
		names = block_next(names);
		if (!*names)
			return flags;
	}
}

/* Likewise of a class, whose name is "class_" and its size. */
unsigned int tslab_debug_class_flags(const struct tslab *ts, unsigned int class)
{
	char name[16];

	/* Mostly nobody names any. */
	if (!debug_param[0])
		return DEBUG_DEFAULT;
	snprintf(name, sizeof(name), "class_%u", tslab_geometry[class].size);
	return tslab_debug_flags(ts, name);
}

static int param_set_debug(const char *val, const struct kernel_param *kp)
{
	char given[DEBUG_LEN];
	const char *block, *names;

	if (strscpy(given, val, sizeof(given)) < 0)
		return -ENOSPC;
	block = strim(given);
	memmove(given, block, strlen(block) + 1);
	for (block = given;; block = names + 1) {
		if (block_flags(block, &names) < 0) {
			pr_err("tslab: debug=%s: the letters are F, Z, P, U, T, K\n",
			       given);
			return -EINVAL;
		}
		names = block_next(names);
		if (!*names)
			break;
	}
	/* Of nothing at all everything is debugged. */
	strscpy(debug_param, given[0] ? given : ",*", sizeof(debug_param));
	return 0;
}

static int param_get_debug(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", debug_param);
}

static const struct kernel_param_ops param_ops_debug = {
	.set = param_set_debug,
	.get = param_get_debug,
};

module_param_cb(debug, &param_ops_debug, NULL, 0400);
MODULE_PARM_DESC(debug, "Objects to debug: F sanity, Z red zones, P poison, U users, T trace, K KASAN, KMSAN and kmemleak; letters[,name*]...[;...], - for none");
