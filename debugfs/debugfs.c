// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/tslab: the figures of the core as text.
 *
 * Files over all instances and those of one are the same, with NULL for the
 * instance. The latter go with their directory; debugfs waits for readers, so
 * none of them sees an instance that is gone. Over all instances, a section of
 * tslab_instances_srcu keeps them.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "tslab.h"
#include "debugfs.h"

static struct dentry *tslab_dir;
static struct dentry *instances_dir;

/* === Counters === */

/* What can be told apart by CPU and label, and what cannot. */
#define SHOW_COUNTERS(SHOW, SHOW_SITE)		\
	TSLAB_COUNTERS(SHOW)			\
	TSLAB_DERIVED_COUNTERS(SHOW)		\
	TSLAB_LOCK_SITES(SHOW_SITE)

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
	SHOW_COUNTERS(TSLAB_X_SHOW, TSLAB_X_SHOW_SITE)
	TSLAB_GAUGES(TSLAB_X_SHOW)
#undef TSLAB_X_SHOW
#undef TSLAB_X_SHOW_SITE
}

/*
 * A label as one field, whatever it is made of: no two are written alike, none
 * as "-", which stands for no label, and none begins a comment.
 */
static void show_label(struct seq_file *m, const char *label)
{
	bool escape = label[0] == '#' || !strcmp(label, "-");

	if (!label[0])
		seq_putc(m, '-');
	for (; *label; label++, escape = false) {
		if (escape || *label <= ' ' || *label > '~' || *label == '\\')
			seq_printf(m, "\\x%02x", (unsigned char)*label);
		else
			seq_putc(m, *label);
	}
}

/* A line "<key> <class> <name> <value>", unless the value is 0. */
static void show_value(struct seq_file *m, int cpu, int label,
		       unsigned int class, const char *name, u64 value)
{
	if (!value)
		return;
	if (label == TSLAB_ALL_LABELS)
		seq_printf(m, "%d", cpu);
	else
		show_label(m, tslab_label_name(label));
	seq_printf(m, " %u %s %llu\n",
		   tslab_geometry[class].size,
		   name, value);
}

static void show_sparse(struct seq_file *m, int cpu, int label,
			unsigned int class, const struct tslab_stats *stats)
{
#define TSLAB_X_SHOW(name) \
	show_value(m, cpu, label, class, #name, stats->name);
#define TSLAB_X_SHOW_SITE(name)						\
	show_value(m, cpu, label, class, "lock_fast_acquire_" #name,	\
		   stats->site_fast_acquire[TSLAB_SITE_##name]);	\
	show_value(m, cpu, label, class, "lock_contended_" #name,	\
		   stats->site_contended[TSLAB_SITE_##name]);
	SHOW_COUNTERS(TSLAB_X_SHOW, TSLAB_X_SHOW_SITE)
#undef TSLAB_X_SHOW
#undef TSLAB_X_SHOW_SITE
}

static int class_show(struct seq_file *m, void *unused)
{
	struct tslab *ts = m->private;
	struct tslab_stats *stats;
	unsigned int size = 0;
	unsigned int class;

	if (sscanf(file_dentry(m->file)->d_name.name, "class_%u", &size) != 1 ||
	    !tslab_size_ok(size))
		return -EINVAL;
	class = tslab_class_of(size);
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (!stats)
		return -ENOMEM;
	scoped_guard(srcu, &tslab_instances_srcu)
		tslab_stats_sum(ts, class, TSLAB_ALL_CPUS, TSLAB_ALL_LABELS,
				stats);
	seq_printf(m, "version %u\nclass %u\n", FORMAT_VERSION, size);
	show_stats(m, "", stats);
	kfree(stats);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(class);

static int cache_show(struct seq_file *m, void *unused)
{
	struct tslab_cache *cache = m->private;
	struct tslab_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);

	if (!stats)
		return -ENOMEM;
	tslab_cache_stats(cache, stats);
	seq_printf(m, "version %u\ncache %s\nsize %zu\n", FORMAT_VERSION,
		   cache->name, cache->size);
	show_stats(m, "", stats);
	kfree(stats);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cache);

static int summary_show(struct seq_file *m, void *unused)
{
	struct tslab_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	struct tslab *ts = m->private, *each;
	unsigned int class;
	size_t instances = 0;

	if (!stats)
		return -ENOMEM;
	scoped_guard(srcu, &tslab_instances_srcu) {
		for (class = 0; class < TSLAB_NR_ROWS; class++)
			tslab_stats_sum(ts, class, TSLAB_ALL_CPUS,
					TSLAB_ALL_LABELS, stats);
		tslab_for_each_instance(each)
			instances += !ts || each == ts;
	}
	seq_printf(m, "version %u\ninstances %zu\n", FORMAT_VERSION, instances);
	show_stats(m, "total_", stats);
	kfree(stats);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(summary);

/* === Counters by CPU and by label === */

/*
 * One step of the iterator is one class on one CPU or of one label, so that
 * a read needs little memory at once, however many CPUs there are. Position 0
 * is the heading.
 */
static void *rows_at(loff_t pos, loff_t keys)
{
	return pos <= keys * TSLAB_NR_ROWS ? (void *)(uintptr_t)(pos + 1) :
					     NULL;
}

static void *percpu_start(struct seq_file *m, loff_t *pos)
{
	return rows_at(*pos, nr_cpu_ids);
}

static void *percpu_next(struct seq_file *m, void *v, loff_t *pos)
{
	return rows_at(++*pos, nr_cpu_ids);
}

static void *labels_start(struct seq_file *m, loff_t *pos)
{
	return rows_at(*pos, TSLAB_NR_LABELS);
}

static void *labels_next(struct seq_file *m, void *v, loff_t *pos)
{
	return rows_at(++*pos, TSLAB_NR_LABELS);
}

static void rows_stop(struct seq_file *m, void *v)
{
}

static int rows_show(struct seq_file *m, void *v, bool by_label)
{
	unsigned long row = (uintptr_t)v - 1;
	int label = TSLAB_ALL_LABELS;
	struct tslab *ts = m->private;
	int cpu = TSLAB_ALL_CPUS;
	struct tslab_stats *stats;
	unsigned int class;

	if (!row) {
		seq_printf(m, "version %u\n# %s class name value\n",
			   FORMAT_VERSION, by_label ? "label" : "cpu");
		return 0;
	}
	row--;
	class = row % TSLAB_NR_ROWS;
	if (by_label)
		label = row / TSLAB_NR_ROWS;
	else
		cpu = row / TSLAB_NR_ROWS;
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (!stats)
		return -ENOMEM;
	scoped_guard(srcu, &tslab_instances_srcu)
		tslab_stats_sum(ts, class, cpu, label, stats);
	show_sparse(m, cpu, label, class, stats);
	kfree(stats);
	return 0;
}

static int percpu_show(struct seq_file *m, void *v)
{
	return rows_show(m, v, false);
}

static int labels_show(struct seq_file *m, void *v)
{
	return rows_show(m, v, true);
}

static const struct seq_operations percpu_sops = {
	.start = percpu_start,
	.next = percpu_next,
	.stop = rows_stop,
	.show = percpu_show,
};
DEFINE_SEQ_ATTRIBUTE(percpu);

static const struct seq_operations labels_sops = {
	.start = labels_start,
	.next = labels_next,
	.stop = rows_stop,
	.show = labels_show,
};
DEFINE_SEQ_ATTRIBUTE(labels);

/* === Caches === */

/*
 * Where a reader of all instances' things stands: one step is one thing of one
 * instance. A position is made of the instance's serial number and the thing's
 * own, so that it stays what it is while instances come and go. Position 0 is
 * the heading.
 */
#define INSTANCE_POS(ts, number)	((loff_t)(ts)->serial << 32 | (number))

/* One that has such a file open. */
struct instances_reader {
	struct tslab *ts;
	int srcu;
};

/* The cache with the lowest number from a position on, or NULL. */
static struct tslab_cache *cache_at(struct tslab *only, loff_t *pos)
{
	struct tslab_type *type, *found;
	struct tslab *ts;

	tslab_for_each_instance(ts) {
		if (only && ts != only)
			continue;
		*pos = max(*pos, INSTANCE_POS(ts, 0));
		found = NULL;
		tslab_for_each_type(type, ts)
			if (type->name &&
			    INSTANCE_POS(ts, type->number) >= *pos &&
			    (!found || type->number < found->number))
				found = type;
		if (found) {
			*pos = INSTANCE_POS(ts, found->number);
			return container_of(found, struct tslab_cache, type);
		}
	}
	return NULL;
}

static void *caches_start(struct seq_file *m, loff_t *pos)
	__acquires(&tslab_instances_srcu)
{
	struct instances_reader *reader = m->private;

	reader->srcu = srcu_read_lock(&tslab_instances_srcu);
	return *pos ? (void *)cache_at(reader->ts, pos) : SEQ_START_TOKEN;
}

static void *caches_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct instances_reader *reader = m->private;

	++*pos;
	return cache_at(reader->ts, pos);
}

static void instances_stop(struct seq_file *m, void *v)
	__releases(&tslab_instances_srcu)
{
	struct instances_reader *reader = m->private;

	srcu_read_unlock(&tslab_instances_srcu, reader->srcu);
}

static void show_cache_value(struct seq_file *m, const struct tslab_cache *cache,
			     const char *name, u64 value)
{
	if (value)
		seq_printf(m, "%s %s %zu %s %llu\n", cache->type.ts->name,
			   cache->name, cache->size, name, value);
}

static int caches_show(struct seq_file *m, void *v)
{
	struct tslab_cache *cache = v;
	struct tslab_stats *stats;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "version %u\n# instance cache size name value\n",
			   FORMAT_VERSION);
		return 0;
	}
	stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	if (!stats)
		return -ENOMEM;
	tslab_cache_stats(cache, stats);
#define TSLAB_X_SHOW(name)	show_cache_value(m, cache, #name, stats->name);
#define TSLAB_X_SHOW_SITE(name)						\
	show_cache_value(m, cache, "lock_fast_acquire_" #name,		\
			 stats->site_fast_acquire[TSLAB_SITE_##name]);	\
	show_cache_value(m, cache, "lock_contended_" #name,		\
			 stats->site_contended[TSLAB_SITE_##name]);
	SHOW_COUNTERS(TSLAB_X_SHOW, TSLAB_X_SHOW_SITE)
	TSLAB_GAUGES(TSLAB_X_SHOW)
#undef TSLAB_X_SHOW
#undef TSLAB_X_SHOW_SITE
	kfree(stats);
	return 0;
}

static const struct seq_operations caches_sops = {
	.start = caches_start,
	.next = caches_next,
	.stop = instances_stop,
	.show = caches_show,
};

static int instances_open(struct inode *inode, struct file *file,
			  const struct seq_operations *ops)
{
	struct instances_reader *reader;

	reader = __seq_open_private(file, ops, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	reader->ts = inode->i_private;
	return 0;
}

static int caches_open(struct inode *inode, struct file *file)
{
	return instances_open(inode, file, &caches_sops);
}

static const struct file_operations caches_fops = {
	.owner = THIS_MODULE,
	.open = caches_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/* === Epochs === */

/* The first epoch from a position on, or NULL. */
static struct tslab_epoch *epoch_at(struct tslab *only, loff_t *pos)
{
	struct tslab_epoch *epoch;
	struct tslab *ts;
	loff_t end;

	tslab_for_each_instance(ts) {
		if (only && ts != only)
			continue;
		*pos = max(*pos, INSTANCE_POS(ts, 0));
		end = INSTANCE_POS(ts, ts->nr_epochs);
		for (; *pos < end; (*pos)++) {
			epoch = tslab_epoch_of(ts, *pos - INSTANCE_POS(ts, 0));
			if (epoch)
				return epoch;
		}
	}
	return NULL;
}

static void *epochs_start(struct seq_file *m, loff_t *pos)
	__acquires(&tslab_instances_srcu)
{
	struct instances_reader *reader = m->private;

	reader->srcu = srcu_read_lock(&tslab_instances_srcu);
	return *pos ? (void *)epoch_at(reader->ts, pos) : SEQ_START_TOKEN;
}

static void *epochs_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct instances_reader *reader = m->private;

	++*pos;
	return epoch_at(reader->ts, pos);
}

static int epochs_show(struct seq_file *m, void *v)
{
	static const char * const states[] = {
		[TSLAB_EPOCH_OPEN]	= "open",
		[TSLAB_EPOCH_DRAINING]	= "draining",
		[TSLAB_EPOCH_DRAINED]	= "drained",
	};
	struct tslab_epoch_stats stats;
	struct tslab_epoch *epoch = v;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "version %u\n", FORMAT_VERSION);
		seq_puts(m, "# instance index era state label age_ns live_objects domains partial full empty pages_at_close pages\n");
		return 0;
	}
	mutex_lock(&epoch->lock);
	tslab_epoch_fill_stats(epoch, &stats);
	mutex_unlock(&epoch->lock);
	seq_printf(m, "%s %u %llu %s ", epoch->ts->name, stats.index, stats.era,
		   states[stats.state]);
	show_label(m, stats.label);
	seq_printf(m, " %llu %llu %llu %llu %llu %llu %llu %llu\n",
		   stats.age_ns, stats.live_objects, stats.domains,
		   stats.partial_slabs, stats.full_slabs, stats.empty_slabs,
		   stats.pages_at_close, stats.pages);
	return 0;
}

static const struct seq_operations epochs_sops = {
	.start = epochs_start,
	.next = epochs_next,
	.stop = instances_stop,
	.show = epochs_show,
};

static int epochs_open(struct inode *inode, struct file *file)
{
	return instances_open(inode, file, &epochs_sops);
}

static const struct file_operations epochs_fops = {
	.owner = THIS_MODULE,
	.open = epochs_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/* === Times === */

static void show_histogram(struct seq_file *m, unsigned int size,
			   const char *kind, const struct tslab_histogram *h)
{
	unsigned int i;

	if (!h->samples)
		return;
	seq_printf(m, "%u %s %llu %llu %llu", size, kind, h->samples,
		   h->scaled_sum_ns, h->max_ns);
	for (i = 0; i < TSLAB_HISTOGRAM_BUCKETS; i++)
		seq_printf(m, " %llu", h->scaled[i]);
	seq_putc(m, '\n');
}

/* Shows what was timed, class by class, with a function for one of them. */
static int show_timing(struct seq_file *m, const char *heading,
		       void (*show)(struct seq_file *m,
				    const struct tslab_timing *timing))
{
	struct tslab_timing *timing = kmalloc(sizeof(*timing), GFP_KERNEL);
	struct tslab *ts = m->private;
	unsigned int class;

	if (!timing)
		return -ENOMEM;
	seq_printf(m, "version %u\n# class %s\n", FORMAT_VERSION, heading);
	for (class = 0; class < TSLAB_NO_CLASS; class++) {
		scoped_guard(srcu, &tslab_instances_srcu)
			tslab_timing_sum(ts, class, timing);
		show(m, timing);
	}
	kfree(timing);
	return 0;
}

#define HISTOGRAM_HEADING	"kind samples scaled_sum_ns max_ns scaled_buckets"

static void show_lock_histogram(struct seq_file *m,
				const struct tslab_timing *timing)
{
	show_histogram(m, timing->size, "wait", &timing->lock_wait);
	show_histogram(m, timing->size, "hold", &timing->lock_hold);
}

static int lock_histogram_show(struct seq_file *m, void *unused)
{
	return show_timing(m, HISTOGRAM_HEADING, show_lock_histogram);
}
DEFINE_SHOW_ATTRIBUTE(lock_histogram);

static void show_alloc_histogram(struct seq_file *m,
				 const struct tslab_timing *timing)
{
	show_histogram(m, timing->size, "wall", &timing->alloc_wall);
	show_histogram(m, timing->size, "cpu", &timing->alloc_cpu);
}

static int alloc_histogram_show(struct seq_file *m, void *unused)
{
	return show_timing(m, HISTOGRAM_HEADING, show_alloc_histogram);
}
DEFINE_SHOW_ATTRIBUTE(alloc_histogram);

static void show_alloc_reasons(struct seq_file *m,
			       const struct tslab_timing *timing)
{
#define TSLAB_X_NAME(name)	#name,
	static const char * const names[] = {
		TSLAB_SLOW_REASONS(TSLAB_X_NAME)
	};
#undef TSLAB_X_NAME
	unsigned int i;

	for (i = 0; i <= TSLAB_SAMPLED_FAST; i++) {
		const struct tslab_reason_times *r = &timing->reason[i];

		if (r->samples)
			seq_printf(m, "%u %s %llu %llu %llu %llu\n",
				   timing->size,
				   i == TSLAB_SAMPLED_FAST ? "fast" : names[i],
				   r->samples, r->scaled_wall_ns,
				   r->scaled_cpu_ns, r->max_wall_ns);
	}
}

static int alloc_reasons_show(struct seq_file *m, void *unused)
{
	return show_timing(m, "reason samples scaled_wall_ns scaled_cpu_ns max_wall_ns",
			   show_alloc_reasons);
}
DEFINE_SHOW_ATTRIBUTE(alloc_reasons);

/* === Switches === */

static int lock_timing_get(void *unused, u64 *n)
{
	*n = tslab_lock_timing_get();
	return 0;
}

static int lock_timing_set(void *unused, u64 n)
{
	return n > TSLAB_SAMPLE_MAX ? -EINVAL : tslab_lock_timing_set(n);
}
DEFINE_DEBUGFS_ATTRIBUTE(lock_timing_fops, lock_timing_get, lock_timing_set,
			 "%llu\n");

static int alloc_sampling_get(void *unused, u64 *n)
{
	*n = tslab_alloc_sampling_get();
	return 0;
}

static int alloc_sampling_set(void *unused, u64 n)
{
	return n > TSLAB_SAMPLE_MAX ? -EINVAL : tslab_alloc_sampling_set(n);
}
DEFINE_DEBUGFS_ATTRIBUTE(alloc_sampling_fops, alloc_sampling_get,
			 alloc_sampling_set, "%llu\n");

/* === Set-up === */

/* The files of an instance, or those of all instances together. */
static void create_files(struct dentry *dir, struct tslab *ts)
{
	unsigned int class;
	char name[24];

	debugfs_create_file("summary", 0400, dir, ts, &summary_fops);
	debugfs_create_file("epochs", 0400, dir, ts, &epochs_fops);
	debugfs_create_file("caches", 0400, dir, ts, &caches_fops);
	debugfs_create_file("nodes", 0400, dir, ts, &tslab_nodes_fops);
	debugfs_create_file("percpu", 0400, dir, ts, &percpu_fops);
	debugfs_create_file("labels", 0400, dir, ts, &labels_fops);
	debugfs_create_file("lock_histogram", 0400, dir, ts,
			    &lock_histogram_fops);
	debugfs_create_file("alloc_histogram", 0400, dir, ts,
			    &alloc_histogram_fops);
	debugfs_create_file("alloc_reasons", 0400, dir, ts,
			    &alloc_reasons_fops);
	for (class = 0; class < TSLAB_NO_CLASS; class++) {
		snprintf(name, sizeof(name), "class_%u",
			 tslab_geometry[class].size);
		debugfs_create_file(name, 0400, dir, ts, &class_fops);
	}
}

static void instance_created(struct tslab *ts)
{
	ts->debugfs = debugfs_create_dir(ts->name, instances_dir);
	create_files(ts->debugfs, ts);
}

static void instance_destroyed(struct tslab *ts)
{
	debugfs_remove_recursive(ts->debugfs);
}

static void cache_created(struct tslab_cache *cache)
{
	struct tslab *ts = cache->type.ts;
	char name[TSLAB_NAME_MAX + 8];

	snprintf(name, sizeof(name), "cache_%s", cache->name);
	cache->debugfs = debugfs_create_file(name, 0400, ts->debugfs, cache,
					     &cache_fops);
}

static void cache_destroyed(struct tslab_cache *cache)
{
	debugfs_remove(cache->debugfs);
}

static const struct tslab_observer debugfs_observer = {
	.created = instance_created,
	.destroyed = instance_destroyed,
	.cache_created = cache_created,
	.cache_destroyed = cache_destroyed,
};

void __init tslab_debugfs_init(void)
{
	tslab_dir = debugfs_create_dir("tslab", NULL);
	instances_dir = debugfs_create_dir("instances", tslab_dir);
	create_files(tslab_dir, NULL);
	debugfs_create_file("lock_timing", 0600, tslab_dir, NULL,
			    &lock_timing_fops);
	debugfs_create_file("alloc_sampling", 0600, tslab_dir, NULL,
			    &alloc_sampling_fops);
	tslab_observe(&debugfs_observer);
}

void tslab_debugfs_exit(void)
{
	tslab_observe(NULL);
	debugfs_remove_recursive(tslab_dir);
}
