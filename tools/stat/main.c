// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: report the counters of the tslab allocator
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stat.h"

#define PROGRAM		"tslabstat"
#define PROGRAM_VERSION	"0.1"

#define EXIT_USAGE	2

struct options {
	const char *root;
	const char *instance;
	bool all;
	bool json;
};

static const char usage[] =
	"Usage: " PROGRAM " [options]\n"
	"Report the counters of the tslab allocator, by object size class.\n"
	"\n"
	"  -a, --all            show classes without any activity too\n"
	"      --json           JSON of all classes instead of the table\n"
	"      --instance NAME  one instance instead of all together\n"
	"      --root DIR       a saved copy of /sys/kernel/debug/tslab\n"
	"  -h, --help           show this text\n"
	"  -V, --version        show the version\n";

static int complain(int status, const char *text)
{
	fprintf(stderr, PROGRAM ": %s\n", text);
	return status;
}

/* A full disk must not go unseen. */
static int finish(void)
{
	struct fault fault;

	errno = 0;
	if (fflush(stdout) || ferror(stdout) || close(STDOUT_FILENO)) {
		fault_set(&fault, "write error: %s",
			  errno ? strerror(errno) : "output incomplete");
		return complain(EXIT_FAILURE, fault.text);
	}
	return EXIT_SUCCESS;
}

static bool instance_is_valid(const char *name)
{
	const char *c;

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (c = name; *c; c++)
		if (*c == '/' || iscntrl((unsigned char)*c))
			return false;
	return true;
}

static bool stdout_has_colour(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}

static int report(const struct options *opts)
{
	struct fault fault;
	struct tree tree;
	int ret;

	ret = tree_read(&tree, opts->root, opts->instance, &fault);
	if (!ret)
		ret = opts->json ? json_print(&tree, &fault) :
				   table_print(&tree, opts->all,
					       stdout_has_colour(), &fault);
	tree_free(&tree);
	return ret ? complain(EXIT_FAILURE, fault.text) : finish();
}

int main(int argc, char **argv)
{
	enum { OPT_JSON = 256, OPT_INSTANCE, OPT_ROOT };
	static const struct option longopts[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "instance", required_argument, NULL, OPT_INSTANCE },
		{ "root", required_argument, NULL, OPT_ROOT },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	static char name[] = PROGRAM;
	struct options opts = { };
	struct fault fault;
	int opt;

	if (argc)
		argv[0] = name;	/* what getopt's messages start with */

	while ((opt = getopt_long(argc, argv, "ahV", longopts, NULL)) != -1) {
		switch (opt) {
		case 'a':
			opts.all = true;
			break;
		case OPT_JSON:
			opts.json = true;
			break;
		case OPT_INSTANCE:
			if (!instance_is_valid(optarg))
				return complain(EXIT_USAGE,
						"--instance: not an instance name");
			opts.instance = optarg;
			break;
		case OPT_ROOT:
			opts.root = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return finish();
		case 'V':
			puts(PROGRAM " " PROGRAM_VERSION);
			return finish();
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fault_set(&fault, "unexpected argument '%s' (see --help)",
			  argv[optind]);
		return complain(EXIT_USAGE, fault.text);
	}
	return report(&opts);
}
