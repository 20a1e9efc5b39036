// SPDX-License-Identifier: GPL-2.0
/*
 * tslab-bench: run a load of tslab_bench.ko and report what came of it
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front.h"

#define PROGRAM		"tslab-bench"
#define ROOT		"/sys/kernel/debug/tslab_bench"
#define SLAB_ROOT	"/sys/kernel/slab/tslab_bench"
#define LINE_MAX_CHARS	1023

#define EXIT_USAGE		2
#define EXIT_INTERRUPTED	130

const struct key keys[] = {
	{ "pattern" },
	{ "backend" },
	{ "threads", true },
	{ "size", true },
	{ "duration_s", true },
	{ "rounds", true },
	{ "epoch_policy" },
	{ "batch_size", true },
	{ "free_policy" },
	{ "lag", true },
	{ "leak_pct", true },
	{ "objs_min", true },
	{ "objs_max", true },
	{ "routing" },
	{ "seed", true },
	{ }
};

#define NR_KEYS	(ARRAY_SIZE(keys) - 1)

static const char usage[] =
	"Usage: " PROGRAM " [options] [key=value...]\n"
	"Run a load on tslab, kmem_cache or kmalloc in the kernel.\n"
	"\n"
	"The load; each is --key=VALUE, or key=VALUE without dashes:\n"
	"  pattern       hotspot, steady, straggler, cross_thread_free, burst,\n"
	"                leak, request or churn\n"
	"  backend       tslab, tslab_shared, kmem_cache or kmalloc\n"
	"  threads       1 to 64\n"
	"  size          8 to 8192 bytes\n"
	"  duration_s    1 to 3600 seconds\n"
	"  rounds        requests of each thread, or 0 to go by time alone\n"
	"  epoch_policy  per_req, batch or manual\n"
	"  batch_size    requests of an epoch with epoch_policy=batch\n"
	"  free_policy   within_req, lag or leak\n"
	"  lag           1 to 1024 requests that objects outlive theirs\n"
	"  leak_pct      0 to 100 per cent of the objects that outlive their phase\n"
	"  objs_min, objs_max  objects of a request\n"
	"  routing       isolated or mixed\n"
	"  seed          same seed, same sequence of operations\n"
	"\n"
	"Output:\n"
	"      --json          JSON\n"
	"      --csv           a heading and a line of CSV\n"
	"      --no-header     CSV without its heading\n"
	"      --root DIR      instead of " ROOT "\n"
	"      --slab-root DIR instead of " SLAB_ROOT "\n"
	"  -h, --help          show this text\n"
	"  -V, --version       show the version\n";

static int complain(int status, const char *text)
{
	fprintf(stderr, PROGRAM ": %s\n", text);
	return status;
}

/* A full disk must not go unseen. */
static int finish(int status)
{
	struct fault fault;

	errno = 0;
	if (fflush(stdout) || ferror(stdout) || close(STDOUT_FILENO)) {
		fault_set(&fault, "write error: %s",
			  errno ? strerror(errno) : "output incomplete");
		return complain(EXIT_FAILURE, fault.text);
	}
	return status;
}

/* Adds key=value to the line; the module checks what is in range. */
static int line_add(char *line, const struct key *key, const char *value,
		    struct fault *fault)
{
	size_t len = strlen(line);

	if (!*value || strpbrk(value, " \t\n"))
		return fault_set(fault, "%s: no value", key->name);
	if (key->is_number && value[strspn(value, "0123456789")])
		return fault_set(fault, "%s=%s: not a number", key->name,
				 value);
	if (len + strlen(key->name) + strlen(value) + 3 > LINE_MAX_CHARS)
		return fault_set(fault, "too many options");
	sprintf(line + len, "%s%s=%s", len ? " " : "", key->name, value);
	return 0;
}

/* An operand, key=value. */
static int line_add_word(char *line, char *word, struct fault *fault)
{
	char *value = strchr(word, '=');
	size_t i;

	if (value) {
		*value++ = '\0';
		for (i = 0; i < NR_KEYS; i++)
			if (!strcmp(keys[i].name, word))
				return line_add(line, &keys[i], value, fault);
	}
	return fault_set(fault, "%s: no such option (see --help)", word);
}

static bool is_kmem_cache(const char *line)
{
	const char *last = NULL, *at = line;

	/* The last one counts, as in the module. */
	while ((at = strstr(at, "backend=")))
		last = at++;
	return last && !strncmp(last, "backend=kmem_cache",
				strlen("backend=kmem_cache"));
}

static int bench(struct run *run, enum report how, bool heading)
{
	struct result result = { };
	struct fault fault;
	char *text;
	size_t len;
	int ret;

	ret = run_go(run, &fault);
	if (!ret) {
		ret = file_read(&text, &len, run->root, "result", &fault);
		if (ret)
			free(text);
		else
			ret = result_parse(&result, text, len, &fault);
	}
	if (!ret)
		ret = report_print(how, heading, run, &result, &fault);
	result_free(&result);
	run_free(run);
	if (ret)
		return complain(run->refused ? EXIT_USAGE :
				run->interrupted ? EXIT_INTERRUPTED :
				EXIT_FAILURE, fault.text);
	return finish(run->interrupted ? EXIT_INTERRUPTED : EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	enum { OPT_JSON = 256, OPT_CSV, OPT_NO_HEADER, OPT_ROOT, OPT_SLAB_ROOT,
	       OPT_KEY };
	static const struct option others[] = {
		{ "json", no_argument, NULL, OPT_JSON },
		{ "csv", no_argument, NULL, OPT_CSV },
		{ "no-header", no_argument, NULL, OPT_NO_HEADER },
		{ "root", required_argument, NULL, OPT_ROOT },
		{ "slab-root", required_argument, NULL, OPT_SLAB_ROOT },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	struct option options[NR_KEYS + ARRAY_SIZE(others)];
	struct run run = { .root = ROOT, .slab_root = SLAB_ROOT };
	static char line[LINE_MAX_CHARS + 1];
	static char name[] = PROGRAM;
	enum report how = REPORT_TABLE;
	bool heading = true;
	struct fault fault;
	int opt, index;
	size_t i;

	for (i = 0; i < NR_KEYS; i++)
		options[i] = (struct option){ keys[i].name, required_argument,
					      NULL, OPT_KEY };
	memcpy(options + NR_KEYS, others, sizeof(others));
	if (argc)
		argv[0] = name;	/* what getopt's messages start with */

	/* The dash: operands come in their turn, as the last one counts. */
	while ((opt = getopt_long(argc, argv, "-hV", options, &index)) != -1) {
		switch (opt) {
		case 1:
			if (line_add_word(line, optarg, &fault))
				return complain(EXIT_USAGE, fault.text);
			break;
		case OPT_KEY:
			if (line_add(line, &keys[index], optarg, &fault))
				return complain(EXIT_USAGE, fault.text);
			break;
		case OPT_JSON:
			how = REPORT_JSON;
			break;
		case OPT_CSV:
			how = REPORT_CSV;
			break;
		case OPT_NO_HEADER:
			heading = false;
			break;
		case OPT_ROOT:
			run.root = optarg;
			break;
		case OPT_SLAB_ROOT:
			run.slab_root = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return finish(EXIT_SUCCESS);
		case 'V':
			puts(PROGRAM " " TSLAB_VERSION);
			return finish(EXIT_SUCCESS);
		default:
			return EXIT_USAGE;
		}
	}
	/* The module wants something to be written. */
	strcat(line, "\n");
	run.line = line;
	run.show_progress = isatty(STDERR_FILENO);
	run.polls_slab = is_kmem_cache(line);
	return bench(&run, how, heading);
}
