// SPDX-License-Identifier: GPL-2.0
/*
 * What tslabstat makes of any file: it is parsed, and what was understood goes
 * through everything that prints. The first byte says which file it is; after
 * those of one layout come /proc/meminfo and leaks.
 *
 *	fuzz_parse [libFuzzer's options] CORPUS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../stat/stat.h"

/* As many as stay in a tree that is printed in every way, at a usable speed. */
#define MAX_ROWS	64

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (!freopen("/dev/null", "w", stdout))
		abort();
	return 0;
}

static void print_views(const struct tree *tree)
{
	struct view_options options = { .rates = true, .width = 100 };
	struct fault fault;

	for (options.view = 0; options.view < NR_VIEWS; options.view++) {
		options.all = options.view % 2;
		options.letters = options.view % 2;
		table_print(tree, &options, !options.letters, &fault);
	}
}

static void print_all(const struct tree *tree)
{
	static const enum view broken_down[] = {
		VIEW_CLASSES, VIEW_EPOCHS, VIEW_PERCPU, VIEW_LABELS
	};
	static const struct limits limits;
	struct fault fault;
	enum level level;
	size_t i;

	print_views(tree);
	/* Whatever was parsed can be written as JSON. */
	if (json_print(tree, true, &fault))
		abort();
	for (i = 0; i < ARRAY_SIZE(broken_down); i++)
		if (prometheus_print(stdout, tree, i ? "fuzz" : NULL,
				     broken_down[i], &fault))
			abort();
	if (check_print(tree, &limits, &level, &fault))
		abort();
}

static void use(struct tree *tree, unsigned int which)
{
	static const struct tree nothing;
	const struct set *set = &tree->sets[which];
	struct fault fault;
	struct tree delta;
	size_t i;

	for (i = 0; which != SET_MEMINFO && i < set->nr; i++)
		stats_add(&tree->total, &set->rows[i], &fault);
	print_all(tree);
	if (tree_delta(&delta, &nothing, tree, &fault))
		abort();
	tree_free(&delta);
	if (tree_delta(&delta, tree, tree, &fault) || delta.restarted)
		abort();	/* nothing falls from here to here */
	tree_free(&delta);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tree tree = { .seconds = 1 };
	struct fault fault = { };
	unsigned int which;
	char *text;
	int ret;

	if (!size)
		return 0;
	which = *data % (NR_FILES + 2);
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';

	if (which == NR_FILES) {
		which = SET_MEMINFO;
		ret = meminfo_parse(&tree.sets[which], text, &fault);
	} else if (which == NR_FILES + 1) {
		which = SET_LEAKS;
		ret = leaks_parse(&tree.sets[which], text, size - 1, &fault);
	} else {
		ret = file_parse(&tree.sets[which], which, text, size - 1,
				 &fault);
	}
	if (ret) {
		if (!*fault.text || strchr(fault.text, '\n'))
			abort();	/* not one line of explanation */
	} else if (tree.sets[which].nr <= MAX_ROWS) {
		use(&tree, which);
	}
	tree_free(&tree);
	free(text);
	return 0;
}
