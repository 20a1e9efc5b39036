/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of figures have in common. */
#ifndef _TSLAB_DEBUGFS_H
#define _TSLAB_DEBUGFS_H

#include <linux/fs.h>
#include <linux/seq_file.h>

struct tslab;

#define FORMAT_VERSION	1

/**
 * struct tslab_figures - what a file shows
 * @name: of the file; NULL if there are several
 * @fops: for debugfs
 * @show: for procfs, which makes its operations of this
 * @sops: or of this
 */
struct tslab_figures {
	const char *name;
	const struct file_operations *fops;
	int (*show)(struct seq_file *m, void *unused);
	const struct seq_operations *sops;
};

/* figures.c */
extern const struct tslab_figures tslab_figures[];	/* ends with a NULL name */
extern const struct tslab_figures tslab_class_figures;
extern const struct tslab_figures tslab_cache_figures;

int tslab_show_instances(struct seq_file *m, const char *columns,
			 void (*show)(struct seq_file *m, struct tslab *ts));

void tslab_show_label(struct seq_file *m, const char *label);

/* traces.c */
int tslab_alloc_traces_show(struct seq_file *m, void *unused);
int tslab_free_traces_show(struct seq_file *m, void *unused);
int tslab_leaks_show(struct seq_file *m, void *unused);
void tslab_validate_create(struct dentry *dir, struct tslab *ts);

/* cgroups.c */
int tslab_cgroups_show(struct seq_file *m, void *unused);

/* nodes.c */
int tslab_nodes_show(struct seq_file *m, void *unused);

#endif /* _TSLAB_DEBUGFS_H */
