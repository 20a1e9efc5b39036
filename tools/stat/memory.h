/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the memory is: rows of bytes, for tables, JSON and metrics.
 */
#ifndef TSLAB_MEMORY_H
#define TSLAB_MEMORY_H

#include "stat.h"

#define NO_LABEL	"-"
#define OTHER_LABELS	"other"
#define OTHERS_TEXT	"others"

uint64_t pages_to_bytes(uint64_t pages);
uint64_t epoch_bytes(const struct stats *epoch);
bool epoch_is_draining(const struct stats *epoch);
const char *counted_label(const struct tree *tree, const char *label);

/* What they fill has to be freed, error or not. */
int memory_total(struct stats *row, const struct tree *tree,
		 struct fault *fault);
int memory_by_instance(struct set *set, const struct tree *tree,
		       struct fault *fault);
int memory_by_type(struct set *set, const struct tree *tree,
		   struct fault *fault);
int memory_by_label(struct set *set, const struct tree *tree,
		    struct fault *fault);
int memory_by_cgroup(struct set *set, const struct tree *tree,
		     struct fault *fault);
int memory_largest(struct set *set, const char *name, size_t max,
		   struct fault *fault);

#endif /* TSLAB_MEMORY_H */
