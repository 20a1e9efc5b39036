// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/tslab: the figures of the core as text.
 *
 * Files of an instance go with its directory; debugfs waits for readers, so
 * none of them sees an instance that is gone.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "tslab.h"

#define FORMAT_VERSION	1

static struct dentry *tslab_dir;
static struct dentry *instances_dir;

/* === Printing === */

static void show_stats(struct seq_file *m, const char *prefix,
		       const struct tslab_stats *stats)
{
#define TSLAB_X_SHOW(name) \
	seq_printf(m, "%s" #name " %llu\n", prefix, stats->name);
#define TSLAB_X_SHOW_SITE(name)						\
	seq_printf(m, "%slock_fast_acquire_" #name " %llu\n", prefix,	\
		   stats->site_fast_acquire[TSLAB_SITE_##name]);	\
	seq_printf(m, "%slock_contended_" #name " %llu\n", prefix,	\
		   stats->site_contended[TSLAB_SITE_##name]);
	TSLAB_COUNTERS(TSLAB_X_SHOW)
	TSLAB_DERIVED_COUNTERS(TSLAB_X_SHOW)
	TSLAB_LOCK_SITES(TSLAB_X_SHOW_SITE)
	TSLAB_GAUGES(TSLAB_X_SHOW)
#undef TSLAB_X_SHOW
#undef TSLAB_X_SHOW_SITE
}

static void show_class(struct seq_file *m, unsigned int class,
		       const struct tslab_stats *stats)
{
	seq_printf(m, "version %u\nclass %u\n", FORMAT_VERSION,
		   tslab_geometry[class].size);
	show_stats(m, "", stats);
}

static void show_epochs(struct seq_file *m, struct tslab *ts)
{
	static const char * const states[] = {
		[TSLAB_EPOCH_OPEN]	= "open",
		[TSLAB_EPOCH_DRAINING]	= "draining",
		[TSLAB_EPOCH_DRAINED]	= "drained",
	};
	struct tslab_epoch_stats stats;
	unsigned int i;

	for (i = 0; i < ts->nr_epochs; i++) {
		struct tslab_epoch *epoch = tslab_epoch_of(ts, i);

		if (!epoch)
			continue;
		mutex_lock(&epoch->lock);
		tslab_epoch_fill_stats(epoch, &stats);
		mutex_unlock(&epoch->lock);
		seq_printf(m, "%s %u %llu %s ", ts->name, stats.index,
			   stats.era, states[stats.state]);
		/* One field whatever the label is made of. */
		strreplace(stats.label, ' ', '_');
		seq_escape_str(m, stats.label[0] ? stats.label : "-",
			       ESCAPE_SPACE | ESCAPE_SPECIAL | ESCAPE_HEX |
			       ESCAPE_NP, NULL);
		seq_printf(m, " %llu %llu %llu %llu %llu %llu %llu %llu\n",
			   stats.age_ns, stats.live_objects, stats.domains,
			   stats.partial_slabs, stats.full_slabs,
			   stats.empty_slabs, stats.pages_at_close,
			   stats.pages);
	}
}

static void show_epochs_header(struct seq_file *m)
{
	seq_printf(m, "version %u\n", FORMAT_VERSION);
	seq_puts(m, "# instance index era state label age_ns live_objects domains partial full empty pages_at_close pages\n");
}

/* === Files over all instances === */

static int class_show(struct seq_file *m, void *unused)
{
	unsigned int class = (unsigned long)m->private;
	struct tslab_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);

	if (!stats)
		return -ENOMEM;
	mutex_lock(&tslab_instances_lock);
	tslab_stats_add_all(class, stats);
	mutex_unlock(&tslab_instances_lock);
	show_class(m, class, stats);
	kfree(stats);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(class);

static int summary_show(struct seq_file *m, void *unused)
{
	struct tslab_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	unsigned int class;
	size_t instances;

	if (!stats)
		return -ENOMEM;
	mutex_lock(&tslab_instances_lock);
	for (class = 0; class <= TSLAB_NO_CLASS; class++)
		tslab_stats_add_all(class, stats);
	instances = list_count_nodes(&tslab_instances);
	mutex_unlock(&tslab_instances_lock);
	seq_printf(m, "version %u\ninstances %zu\n", FORMAT_VERSION, instances);
	show_stats(m, "total_", stats);
	kfree(stats);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(summary);

static int epochs_show(struct seq_file *m, void *unused)
{
	struct tslab *ts;

	show_epochs_header(m);
	mutex_lock(&tslab_instances_lock);
	list_for_each_entry(ts, &tslab_instances, node)
		show_epochs(m, ts);
	mutex_unlock(&tslab_instances_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(epochs);

/* === Files of one instance === */

static int instance_class_show(struct seq_file *m, void *unused)
{
	struct tslab *ts = m->private;
	struct tslab_stats *stats;
	unsigned int size = 0;
	int err;

	if (sscanf(file_dentry(m->file)->d_name.name, "class_%u", &size) != 1)
		return -EINVAL;
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (!stats)
		return -ENOMEM;
	err = tslab_class_stats(ts, size, stats);
	if (!err)
		show_class(m, tslab_class_of(size), stats);
	kfree(stats);
	return err;
}
DEFINE_SHOW_ATTRIBUTE(instance_class);

static int instance_summary_show(struct seq_file *m, void *unused)
{
	struct tslab_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);

	if (!stats)
		return -ENOMEM;
	tslab_global_stats(m->private, stats);
	seq_printf(m, "version %u\ninstances 1\n", FORMAT_VERSION);
	show_stats(m, "total_", stats);
	kfree(stats);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(instance_summary);

static int instance_epochs_show(struct seq_file *m, void *unused)
{
	show_epochs_header(m);
	show_epochs(m, m->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(instance_epochs);

/* === Set-up === */

static void instance_created(struct tslab *ts)
{
	struct dentry *dir = debugfs_create_dir(ts->name, instances_dir);
	unsigned int class;
	char name[16];

	ts->debugfs = dir;
	debugfs_create_file("summary", 0400, dir, ts, &instance_summary_fops);
	debugfs_create_file("epochs", 0400, dir, ts, &instance_epochs_fops);
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		snprintf(name, sizeof(name), "class_%u",
			 tslab_geometry[class].size);
		debugfs_create_file(name, 0400, dir, ts, &instance_class_fops);
	}
}

static void instance_destroyed(struct tslab *ts)
{
	debugfs_remove_recursive(ts->debugfs);
}

static const struct tslab_observer debugfs_observer = {
	.created = instance_created,
	.destroyed = instance_destroyed,
};

void __init tslab_debugfs_init(void)
{
	unsigned long class;
	char name[16];

	tslab_dir = debugfs_create_dir("tslab", NULL);
	instances_dir = debugfs_create_dir("instances", tslab_dir);
	debugfs_create_file("summary", 0400, tslab_dir, NULL, &summary_fops);
	debugfs_create_file("epochs", 0400, tslab_dir, NULL, &epochs_fops);
	for (class = 0; class < TSLAB_NR_CLASSES; class++) {
		snprintf(name, sizeof(name), "class_%u",
			 tslab_geometry[class].size);
		debugfs_create_file(name, 0400, tslab_dir, (void *)class,
				    &class_fops);
	}
	tslab_observe(&debugfs_observer);
}

void tslab_debugfs_exit(void)
{
	tslab_observe(NULL);
	debugfs_remove_recursive(tslab_dir);
}
