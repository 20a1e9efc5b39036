// SPDX-License-Identifier: GPL-2.0
/*
 * tslabstat: the command line
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "stat.h"

#define MAX_SECONDS	1e6
#define MAX_DECIMAL	24	/* characters */

const char usage[] =
	"Usage: tslabstat [options] [interval [count]]\n"
	"Report the counters of the tslab allocator: all since it was loaded, then,\n"
	"every interval seconds, those of the interval.\n"
	"\n"
	"What (one of these):\n"
	"      --classes            by object size class; the default\n"
	"      --epochs             all epochs\n"
	"      --percpu             by CPU\n"
	"      --locks              by place that takes a lock\n"
	"      --labels             by label of the epoch\n"
	"      --caches             by cache\n"
	"      --nodes              by NUMA node\n"
	"      --memory             where the memory is\n"
	"      --leaks              objects left of closed epochs, if they are debugged\n"
	"      --histogram          how long locks and allocations took\n"
	"  -a, --all                also what had no activity\n"
	"      --instance NAME      one instance instead of all together\n"
	"      --root DIR           a saved copy of /sys/kernel/debug/tslab\n"
	"\n"
	"How (a table, or one of these):\n"
	"      --top                a live screen\n"
	"      --json               JSON of everything\n"
	"      --prometheus         the text format of Prometheus\n"
	"      --output FILE.prom   the same, to replace a file\n"
	"      --check              one line and a status for monitoring\n"
	"  -h, --help               show this text\n"
	"  -V, --version            show the version\n"
	"\n"
	"Limits of --check; over one is a warning, or critical:\n"
	"      --warn-cas, --crit-cas PERCENT     CAS retries (5, 20)\n"
	"      --warn-lock, --crit-lock PERCENT   lock contention (5, 20)\n"
	"      --warn-misuse, --crit-misuse N     each misuse counter (0, none)\n"
	"      --warn-failed, --crit-failed N     failed allocations (0, none)\n"
	"      --warn-age, --crit-age SECONDS     draining epoch's age (none)\n"
	"      --warn-pages, --crit-pages N       draining epoch's pages (none)\n"
	"      --min-attempts N     fewer make no rate (1000)\n";

/*
 * Codes of options without a letter: --warn-* and --crit-* are OPT_LIMIT and
 * up, with the level and the limit in them.
 */
enum {
	OPT_INSTANCE = 256,
	OPT_ROOT,
	OPT_OUTPUT,
	OPT_MIN_ATTEMPTS,
	OPT_MODE = 512,
	OPT_VIEW = 1024,
	OPT_LIMIT = 2048,
};

#define LIMIT_OPTIONS(name, limit)					\
	{ "warn-" name, required_argument, NULL,			\
	  OPT_LIMIT + LEVEL_WARNING * NR_LIMITS + (limit) },		\
	{ "crit-" name, required_argument, NULL,			\
	  OPT_LIMIT + LEVEL_CRITICAL * NR_LIMITS + (limit) }

static const struct option longopts[] = {
	{ "classes", no_argument, NULL, OPT_VIEW + VIEW_CLASSES },
	{ "epochs", no_argument, NULL, OPT_VIEW + VIEW_EPOCHS },
	{ "percpu", no_argument, NULL, OPT_VIEW + VIEW_PERCPU },
	{ "locks", no_argument, NULL, OPT_VIEW + VIEW_LOCKS },
	{ "labels", no_argument, NULL, OPT_VIEW + VIEW_LABELS },
	{ "caches", no_argument, NULL, OPT_VIEW + VIEW_CACHES },
	{ "nodes", no_argument, NULL, OPT_VIEW + VIEW_NODES },
	{ "memory", no_argument, NULL, OPT_VIEW + VIEW_MEMORY },
	{ "leaks", no_argument, NULL, OPT_VIEW + VIEW_LEAKS },
	{ "histogram", no_argument, NULL, OPT_VIEW + VIEW_HISTOGRAM },
	{ "all", no_argument, NULL, 'a' },
	{ "instance", required_argument, NULL, OPT_INSTANCE },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "top", no_argument, NULL, OPT_MODE + MODE_TOP },
	{ "json", no_argument, NULL, OPT_MODE + MODE_JSON },
	{ "prometheus", no_argument, NULL, OPT_MODE + MODE_PROMETHEUS },
	{ "check", no_argument, NULL, OPT_MODE + MODE_CHECK },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	LIMIT_OPTIONS("cas", LIMIT_CAS),
	LIMIT_OPTIONS("lock", LIMIT_LOCK),
	LIMIT_OPTIONS("misuse", LIMIT_MISUSE),
	LIMIT_OPTIONS("failed", LIMIT_FAILED),
	LIMIT_OPTIONS("age", LIMIT_AGE),
	LIMIT_OPTIONS("pages", LIMIT_PAGES),
	{ "min-attempts", required_argument, NULL, OPT_MIN_ATTEMPTS },
	{ }
};

static const char shortopts[] = ":ahV";

/* The textfile collector reads no other files. */
static bool output_is_valid(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const size_t suffix = strlen(METRICS_SUFFIX);
	const size_t len = strlen(name);

	return len > suffix && !strcmp(name + len - suffix, METRICS_SUFFIX);
}

/* Digits, and more of them after a point: strtod() alone takes "inf". */
static int decimal_parse(const char *text, long double *value)
{
	static const char digits[] = "0123456789";
	size_t len = strspn(text, digits);

	if (!len)
		return -1;
	if (text[len] == '.') {
		size_t decimals = strspn(text + len + 1, digits);

		if (!decimals)
			return -1;
		len += 1 + decimals;
	}
	if (text[len] || len > MAX_DECIMAL)
		return -1;
	*value = strtold(text, NULL);
	return 0;
}

static int bad_argument(struct fault *fault, const char *what,
			const char *text)
{
	return fault_set(fault, "%s: '%s' (see --help)", what, text);
}

static int interval_parse(struct options *options, const char *text,
			  struct fault *fault)
{
	long double seconds;

	if (decimal_parse(text, &seconds) || seconds < 0.001L ||
	    seconds > MAX_SECONDS)
		return bad_argument(fault, "interval is not 0.001 to 1000000 seconds",
				    text);
	options->interval = seconds;
	return 0;
}

/* What the positional arguments may be depends on the options. */
static int operands_parse(struct options *options, int nr, char **args,
			  struct fault *fault)
{
	int max = 2;

	if (options->mode == MODE_PROMETHEUS)
		max = 0;	/* the server has an interval of its own */
	if (options->mode == MODE_CHECK)
		max = 1;
	if (nr > max)
		return bad_argument(fault, "unexpected argument", args[max]);
	if (nr > 0 && interval_parse(options, args[0], fault))
		return -1;
	if (nr > 1 && (u64_parse(args[1], &options->count) || !options->count))
		return bad_argument(fault, "count is not a positive number",
				    args[1]);
	return 0;
}

static int limit_parse(struct options *options, int code, const char *text,
		       struct fault *fault)
{
	enum limit limit = code % NR_LIMITS;
	enum level level = code / NR_LIMITS;

	struct limit_at *at = &options->limits.at[limit][level];

	if (decimal_parse(text, &at->value))
		return bad_argument(fault, "limit is not a number", text);
	at->text = text;
	if (limit == LIMIT_AGE || limit == LIMIT_PAGES)
		options->source.required |= 1U << FILE_EPOCHS;
	return 0;
}

static int limits_check(const struct limits *limits, struct fault *fault)
{
	enum limit limit;

	for (limit = 0; limit < NR_LIMITS; limit++) {
		const struct limit_at *at = limits->at[limit];

		if (at[LEVEL_WARNING].text && at[LEVEL_CRITICAL].text &&
		    at[LEVEL_WARNING].value > at[LEVEL_CRITICAL].value)
			return fault_set(fault,
					 "a limit for warning is over the one for critical");
	}
	return 0;
}

static void defaults_set(struct options *options)
{
	static const struct limit_at defaults[NR_LIMITS][LEVEL_CRITICAL + 1] = {
		[LIMIT_CAS] = { { }, { 5, "5" }, { 20, "20" } },
		[LIMIT_LOCK] = { { }, { 5, "5" }, { 20, "20" } },
		[LIMIT_MISUSE] = { { }, { 0, "0" } },
		[LIMIT_FAILED] = { { }, { 0, "0" } },
	};

	memset(options, 0, sizeof(*options));
	memcpy(options->limits.at, defaults, sizeof(defaults));
	options->limits.min_attempts = 1000;
}

/*
 * What decides how mistakes are told, wherever it stands among them: --check
 * prints them, and a collector leaves word of its failure.
 */
static void find_mode(struct options *options, int argc, char **argv)
{
	bool prometheus = false;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, shortopts, longopts, NULL)) != -1) {
		if (opt == OPT_MODE + MODE_CHECK)
			options->mode = MODE_CHECK;
		if (opt == OPT_MODE + MODE_PROMETHEUS)
			prometheus = true;
		if (opt == OPT_OUTPUT && output_is_valid(optarg))
			options->output = optarg;
		if (opt == OPT_INSTANCE) {
			instance_name_unescape(optarg);
			options->source.instance = optarg;
		}
	}
	if (!prometheus)
		options->output = NULL;
}

/* Of letters in one word, the word may still be the next one. */
static int option_fault(int opt, const char *word, struct fault *fault)
{
	const char letter[] = { '-', optopt, '\0' };

	if (optopt > 0 && optopt <= CHAR_MAX)
		word = letter;
	return bad_argument(fault, opt == ':' ? "option without its argument" :
			    "unknown option or argument of one that takes none",
			    word);
}

struct seen {
	bool mode;
	bool view;
	bool limit;
};

static int option_parse(struct options *options, struct seen *seen, int opt,
			struct fault *fault)
{
	if (opt >= OPT_LIMIT) {
		seen->limit = true;
		return limit_parse(options, opt - OPT_LIMIT, optarg, fault);
	}
	if (opt >= OPT_VIEW) {
		enum view view = opt - OPT_VIEW;

		if (seen->view && view != options->view)
			return fault_set(fault, "more than one of --%s and --%s",
					 view_name(options->view),
					 view_name(view));
		seen->view = true;
		options->view = view;
		return 0;
	}
	if (opt >= OPT_MODE) {
		enum mode mode = opt - OPT_MODE;

		if (seen->mode && mode != options->mode)
			return fault_set(fault,
					 "more than one of --top, --json, --prometheus and --check");
		seen->mode = true;
		options->mode = mode;
		return 0;
	}

	switch (opt) {
	case 'a':
		options->all = true;
		return 0;
	case OPT_INSTANCE:
		options->source.instance = optarg;
		return instance_name_is_valid(optarg) ? 0 :
		       fault_set(fault, "--instance: not an instance name");
	case OPT_ROOT:
		options->source.root = optarg;
		return 0;
	case OPT_OUTPUT:
		options->output = optarg;
		return output_is_valid(optarg) ? 0 :
		       bad_argument(fault, "--output is not a .prom file",
				    optarg);
	case OPT_MIN_ATTEMPTS:
		seen->limit = true;
		return u64_parse(optarg, &options->limits.min_attempts) ?
		       bad_argument(fault, "--min-attempts is not a number",
				    optarg) : 0;
	default:
		return -1;
	}
}

static int combination_check(const struct options *options,
			     const struct seen *seen, struct fault *fault)
{
	if (seen->limit && options->mode != MODE_CHECK)
		return fault_set(fault, "limits are for --check");
	if (options->output && options->mode != MODE_PROMETHEUS)
		return fault_set(fault, "--output is for --prometheus");
	if (seen->view && options->mode == MODE_CHECK)
		return fault_set(fault, "--%s is not for --check",
				 view_name(options->view));
	return limits_check(&options->limits, fault);
}

static void sets_choose(struct options *options)
{
	const unsigned int all = (1U << NR_SETS) - 1;
	struct source *source = &options->source;

	source->required |= view_sets(options->view);
	switch (options->mode) {
	case MODE_TOP:		/* any view may be asked for later */
	case MODE_JSON:
		source->wanted = all;
		break;
	case MODE_PROMETHEUS:
		source->wanted = all & ~(1U << FILE_PERCPU |
					 1U << FILE_CGROUPS |
					 1U << SET_INSTANCES |
					 1U << SET_MEMINFO);
		break;
	default:
		source->wanted = 1U << FILE_SUMMARY;
		if (options->view == VIEW_MEMORY)
			source->wanted |= 1U << FILE_CGROUPS |
					  1U << SET_MEMINFO;
		break;
	}
}

static int arguments_parse(struct options *options, int argc, char **argv,
			   struct fault *fault)
{
	struct seen seen = { };
	int opt;

	optind = 0;		/* glibc's way to start again */
	while ((opt = getopt_long(argc, argv, shortopts, longopts, NULL)) != -1) {
		if (opt == 'h' || opt == 'V') {
			options->mode = opt == 'h' ? MODE_HELP : MODE_VERSION;
			return 0;
		}
		if (opt == '?' || opt == ':' ?
		    option_fault(opt, argv[optind - 1], fault) :
		    option_parse(options, &seen, opt, fault))
			return -1;
	}
	if (combination_check(options, &seen, fault) ||
	    operands_parse(options, argc - optind, argv + optind, fault))
		return -1;
	sets_choose(options);
	return 0;
}

int options_parse(struct options *options, int argc, char **argv,
		  struct fault *fault)
{
	struct options found;

	defaults_set(options);
	find_mode(options, argc, argv);
	found = *options;
	if (!arguments_parse(options, argc, argv, fault))
		return 0;
	*options = found;
	return -1;
}
