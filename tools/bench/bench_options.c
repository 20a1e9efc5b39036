// SPDX-License-Identifier: GPL-2.0
/* Options of a run: key=value, checked, with the reason if one is wrong. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "bench.h"

static const char * const pattern_names[] = {
	[BENCH_HOTSPOT]			= "hotspot",
	[BENCH_STEADY]			= "steady",
	[BENCH_STRAGGLER]		= "straggler",
	[BENCH_CROSS_THREAD_FREE]	= "cross_thread_free",
	[BENCH_BURST]			= "burst",
	[BENCH_LEAK]			= "leak",
	[BENCH_REQUEST]			= "request",
	[BENCH_CHURN]			= "churn",
	NULL
};

static const char * const epoch_policy_names[] = {
	[BENCH_PER_REQ]	= "per_req",
	[BENCH_BATCH]	= "batch",
	[BENCH_MANUAL]	= "manual",
	NULL
};

static const char * const free_policy_names[] = {
	[BENCH_WITHIN_REQ]	= "within_req",
	[BENCH_LAG]		= "lag",
	[BENCH_LEAK_SHARE]	= "leak",
	NULL
};

static const char * const routing_names[] = {
	[BENCH_ISOLATED]	= "isolated",
	[BENCH_MIXED]		= "mixed",
	NULL
};

/* A key has either names, ended by NULL, or a range. */
static const struct {
	const char *key;
	size_t offset;
	const char * const *names;
	u64 min;
	u64 max;
} keys[] = {
#define KEY(name)	#name, offsetof(struct bench_options, name)
	{ KEY(pattern), pattern_names },
	{ KEY(backend), bench_backend_names },
	{ KEY(threads), NULL, 1, BENCH_THREADS_MAX },
	{ KEY(size), NULL, 8, TSLAB_CLASS_MAX_SIZE },
	{ KEY(duration_s), NULL, 1, 3600 },
	{ KEY(rounds), NULL, 0, 1000000000 },
	{ KEY(epoch_policy), epoch_policy_names },
	{ KEY(batch_size), NULL, 1, 1000000 },
	{ KEY(free_policy), free_policy_names },
	{ KEY(lag), NULL, 1, BENCH_LAG_MAX },
	{ KEY(leak_pct), NULL, 0, 100 },
	{ KEY(objs_min), NULL, 1, 65536 },
	{ KEY(objs_max), NULL, 1, 65536 },
	{ KEY(routing), routing_names },
	{ KEY(seed), NULL, 0, U64_MAX },
#undef KEY
};

static const struct bench_options defaults = {
	.threads = 1,
	.size = 128,
	.duration_s = 5,
	.epoch_policy = BENCH_BATCH,
	.batch_size = 64,
	.free_policy = BENCH_WITHIN_REQ,
	.lag = 4,
	.leak_pct = 5,
	.objs_min = 16,
	.objs_max = 16,
	.seed = 1,
};

/* What a pattern is about; what the line says goes before. */
static void pattern_defaults(struct bench_options *options)
{
	switch (options->pattern) {
	case BENCH_HOTSPOT:
	case BENCH_CROSS_THREAD_FREE:
		options->epoch_policy = BENCH_MANUAL;
		break;
	case BENCH_BURST:
		options->epoch_policy = BENCH_PER_REQ;
		options->objs_min = 4000;
		options->objs_max = 4000;
		break;
	case BENCH_LEAK:
		options->free_policy = BENCH_LEAK_SHARE;
		break;
	case BENCH_REQUEST:
		options->epoch_policy = BENCH_PER_REQ;
		break;
	case BENCH_CHURN:
		options->epoch_policy = BENCH_PER_REQ;
		options->rounds = 2000;
		options->objs_min = 1000;
		options->objs_max = 1000;
		break;
	default:
		break;
	}
}

static u64 *value_of(struct bench_options *options, unsigned int key)
{
	return (void *)options + keys[key].offset;
}

static int parse_value(u64 *value, const char *text, unsigned int key,
		       char *error, size_t len)
{
	const char * const *names = keys[key].names;
	unsigned int i;

	for (i = 0; names && names[i]; i++) {
		if (!strcmp(names[i], text)) {
			*value = i;
			return 0;
		}
	}
	if (names) {
		size_t n = scnprintf(error, len, "%s=%.40s: not one of",
				     keys[key].key, text);

		for (i = 0; names[i]; i++)
			n += scnprintf(error + n, len - n, " %s", names[i]);
		return -EINVAL;
	}
	if (kstrtou64(text, 10, value) || *value < keys[key].min ||
	    *value > keys[key].max) {
		snprintf(error, len, "%s=%.40s: not %llu to %llu",
			 keys[key].key, text, keys[key].min, keys[key].max);
		return -EINVAL;
	}
	return 0;
}

/* Takes the words of a line one by one; only @pattern of them if asked so. */
static int parse_words(struct bench_options *options, char *text,
		       bool pattern, char *error, size_t len)
{
	char *word, *value;
	unsigned int i;
	int err;

	while ((word = strsep(&text, " \t\n"))) {
		if (!*word)
			continue;
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			if (!strcmp(keys[i].key, word))
				break;
		if (!value || i == ARRAY_SIZE(keys)) {
			snprintf(error, len, "%.40s: no such option", word);
			return -EINVAL;
		}
		if (pattern != (value_of(options, i) == &options->pattern))
			continue;
		err = parse_value(value_of(options, i), value, i, error, len);
		if (err)
			return err;
	}
	return 0;
}

/**
 * bench_options_parse() - read the options of a run
 * @options: filled in
 * @text: a line, modified
 * @error: why it was refused, one line
 * @len: size of @error
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int bench_options_parse(struct bench_options *options, char *text, char *error,
			size_t len)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	*options = defaults;
	err = parse_words(options, copy, true, error, len);
	kfree(copy);
	if (err)
		return err;
	pattern_defaults(options);
	err = parse_words(options, text, false, error, len);
	if (err)
		return err;
	if (options->objs_min > options->objs_max) {
		snprintf(error, len, "objs_min=%llu: more than objs_max=%llu",
			 options->objs_min, options->objs_max);
		return -EINVAL;
	}
	return 0;
}

void bench_options_show(struct seq_file *m, const struct bench_options *options)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		u64 value = *value_of((struct bench_options *)options, i);

		if (keys[i].names)
			seq_printf(m, "%s %s\n", keys[i].key,
				   keys[i].names[value]);
		else
			seq_printf(m, "%s %llu\n", keys[i].key, value);
	}
}
