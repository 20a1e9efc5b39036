/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the views are made with.
 */
#ifndef TSLAB_VIEW_H
#define TSLAB_VIEW_H

#include "cell.h"

#define VALUE(heading, name)	{ heading, SHOWS_VALUE, name }
#define RATE(heading, name)	{ heading, SHOWS_RATE, name }
#define COUNT(heading, name)	{ heading, SHOWS_COUNT, name }
#define COUNT_RATE(heading, name) { heading, SHOWS_COUNT_RATE, name }
#define PERCENT(heading, which)	{ heading, SHOWS_PERCENT, .ratio = which }
#define RATIO(heading, which)	{ heading, SHOWS_RATIO, .ratio = which }
#define MEAN(heading, which)	{ heading, SHOWS_MEAN, .ratio = which }
#define KIB(heading, name)	{ heading, SHOWS_KIB, name }

struct builder {
	struct table *table;
	const struct tree *tree;
	const struct view_options *options;
	struct fault *fault;
};

void columns_choose(struct builder *b, const struct column *column);
int row_add(struct builder *b, const struct stats *stats, bool is_total);

/* memory_view.c */
int nodes_build(struct builder *b);
int memory_total_build(struct builder *b);
int memory_kernel_build(struct builder *b);
int memory_instances_build(struct builder *b);
int memory_types_build(struct builder *b);
int memory_labels_build(struct builder *b);
int memory_cgroups_build(struct builder *b);

#endif /* TSLAB_VIEW_H */
