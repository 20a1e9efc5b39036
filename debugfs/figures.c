// SPDX-License-Identifier: GPL-2.0
/*
 * The figures of the core as text.
 *
 * Files over all instances and those of one are the same, with NULL for the
 * instance. The latter go with their directory; debugfs and procfs wait for
 * readers, so none of them sees an instance that is gone. Over all instances, a
 * section of tslab_instances_srcu keeps them.
 */
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "tslab.h"
#include "debugfs.h"

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
void tslab_show_label(struct seq_file *m, const char *label)
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
		tslab_show_label(m, tslab_label_name(label));
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

/* Whose file a sequence is: where debugfs and procfs both have it. */
static struct tslab *instance_of(const struct seq_file *m)
{
	return file_inode(m->file)->i_private;
}

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
	struct tslab *ts = instance_of(m);
	int label = TSLAB_ALL_LABELS;
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

/* The section of SRCU is the one thing that a reader needs to know. */
static void instances_start(struct seq_file *m)
	__acquires(&tslab_instances_srcu)
{
	m->private = (void *)(long)srcu_read_lock(&tslab_instances_srcu);
}

static void instances_stop(struct seq_file *m, void *v)
	__releases(&tslab_instances_srcu)
{
	srcu_read_unlock(&tslab_instances_srcu, (long)m->private);
}

static void *caches_start(struct seq_file *m, loff_t *pos)
	__acquires(&tslab_instances_srcu)
{
	instances_start(m);
	return *pos ? (void *)cache_at(instance_of(m), pos) : SEQ_START_TOKEN;
}

static void *caches_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return cache_at(instance_of(m), pos);
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
DEFINE_SEQ_ATTRIBUTE(caches);

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
	instances_start(m);
	return *pos ? (void *)epoch_at(instance_of(m), pos) : SEQ_START_TOKEN;
}

static void *epochs_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return epoch_at(instance_of(m), pos);
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
	tslab_show_label(m, stats.label);
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
DEFINE_SEQ_ATTRIBUTE(epochs);

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

/* === All of them === */

/*
 * Shows the instance that a file is of, or all.
 *
 * @columns: what a line has besides its name
 * @show: shows one. Context: it does not go meanwhile
 */
int tslab_show_instances(struct seq_file *m, const char *columns,
			 void (*show)(struct seq_file *m, struct tslab *ts))
{
	struct tslab *ts = m->private;

	seq_printf(m, "version %u\n# instance %s\n", FORMAT_VERSION, columns);
	if (ts) {
		show(m, ts);
		return 0;
	}
	scoped_guard(srcu, &tslab_instances_srcu)
		tslab_for_each_instance(ts)
			show(m, ts);
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(tslab_nodes);
DEFINE_SHOW_ATTRIBUTE(tslab_cgroups);
DEFINE_SHOW_ATTRIBUTE(tslab_alloc_traces);
DEFINE_SHOW_ATTRIBUTE(tslab_free_traces);
DEFINE_SHOW_ATTRIBUTE(tslab_leaks);

const struct tslab_figures tslab_class_figures = {
	.fops = &class_fops, .show = class_show,
};

const struct tslab_figures tslab_cache_figures = {
	.fops = &cache_fops, .show = cache_show,
};

const struct tslab_figures tslab_figures[] = {
	{ "summary", &summary_fops, .show = summary_show },
	{ "epochs", &epochs_fops, .sops = &epochs_sops },
	{ "caches", &caches_fops, .sops = &caches_sops },
	{ "nodes", &tslab_nodes_fops, .show = tslab_nodes_show },
	{ "cgroups", &tslab_cgroups_fops, .show = tslab_cgroups_show },
	{ "percpu", &percpu_fops, .sops = &percpu_sops },
	{ "labels", &labels_fops, .sops = &labels_sops },
	{ "lock_histogram", &lock_histogram_fops, .show = lock_histogram_show },
	{ "alloc_histogram", &alloc_histogram_fops,
	  .show = alloc_histogram_show },
	{ "alloc_reasons", &alloc_reasons_fops, .show = alloc_reasons_show },
	{ "alloc_traces", &tslab_alloc_traces_fops,
	  .show = tslab_alloc_traces_show },
	{ "free_traces", &tslab_free_traces_fops,
	  .show = tslab_free_traces_show },
	{ "leaks", &tslab_leaks_fops, .show = tslab_leaks_show },
	{ }
};
