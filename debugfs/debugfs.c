// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/tslab and /proc/tslab: the files of figures and switches.
 *
 * Both have the same. Those of procfs are for a kernel without debugfs, or one
 * that keeps it closed; none of them is written to.
 */
#include <linux/debugfs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "tslab.h"
#include "debugfs.h"

static struct dentry *debugfs_dir;
static struct dentry *debugfs_instances;
static struct proc_dir_entry *proc_dir;
static struct proc_dir_entry *proc_instances;

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

static int lock_timing_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%u\n", tslab_lock_timing_get());
	return 0;
}

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

static int alloc_sampling_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%u\n", tslab_alloc_sampling_get());
	return 0;
}

/* === Set-up === */

static struct dentry *debugfs_file(const char *name, struct dentry *dir,
				   const struct tslab_figures *file, void *of)
{
	return debugfs_create_file(name, 0400, dir, of, file->fops);
}

/* To procfs, a directory that could not be made would be its own root. */
static struct proc_dir_entry *proc_file(const char *name,
					struct proc_dir_entry *dir,
					const struct tslab_figures *file,
					void *of)
{
	if (!dir)
		return NULL;
	if (file->show)
		return proc_create_single_data(name, 0400, dir, file->show, of);
	return proc_create_seq_data(name, 0400, dir, file->sops, of);
}

static struct proc_dir_entry *proc_subdir(const char *name,
					  struct proc_dir_entry *dir)
{
	return dir ? proc_mkdir_mode(name, 0500, dir) : NULL;
}

/* The files of an instance, or those of all instances together. */
static void create_files(struct dentry *debugfs, struct proc_dir_entry *proc,
			 struct tslab *ts)
{
	const struct tslab_figures *file;
	unsigned int class;
	char name[24];

	for (file = tslab_figures; file->name; file++) {
		debugfs_file(file->name, debugfs, file, ts);
		proc_file(file->name, proc, file, ts);
	}
	tslab_validate_create(debugfs, ts);
	for (class = 0; class < TSLAB_NO_CLASS; class++) {
		snprintf(name, sizeof(name), "class_%u",
			 tslab_geometry[class].size);
		debugfs_file(name, debugfs, &tslab_class_figures, ts);
		proc_file(name, proc, &tslab_class_figures, ts);
	}
}

static void instance_created(struct tslab *ts)
{
	ts->debugfs = debugfs_create_dir(ts->name, debugfs_instances);
	ts->proc = proc_subdir(ts->name, proc_instances);
	create_files(ts->debugfs, ts->proc, ts);
}

static void instance_destroyed(struct tslab *ts)
{
	debugfs_remove_recursive(ts->debugfs);
	proc_remove(ts->proc);
}

static void cache_created(struct tslab_cache *cache)
{
	struct tslab *ts = cache->type.ts;
	char name[TSLAB_NAME_MAX + 8];

	snprintf(name, sizeof(name), "cache_%s", cache->name);
	cache->debugfs = debugfs_file(name, ts->debugfs, &tslab_cache_figures,
				      cache);
	cache->proc = proc_file(name, ts->proc, &tslab_cache_figures, cache);
}

static void cache_destroyed(struct tslab_cache *cache)
{
	debugfs_remove(cache->debugfs);
	proc_remove(cache->proc);
}

static const struct tslab_observer observer = {
	.created = instance_created,
	.destroyed = instance_destroyed,
	.cache_created = cache_created,
	.cache_destroyed = cache_destroyed,
};

static void __init create_switches(void)
{
	debugfs_create_file("lock_timing", 0600, debugfs_dir, NULL,
			    &lock_timing_fops);
	debugfs_create_file("alloc_sampling", 0600, debugfs_dir, NULL,
			    &alloc_sampling_fops);
	if (!proc_dir)
		return;
	proc_create_single("lock_timing", 0400, proc_dir, lock_timing_show);
	proc_create_single("alloc_sampling", 0400, proc_dir,
			   alloc_sampling_show);
}

void __init tslab_files_init(void)
{
	debugfs_dir = debugfs_create_dir("tslab", NULL);
	debugfs_instances = debugfs_create_dir("instances", debugfs_dir);
	proc_dir = proc_mkdir_mode("tslab", 0500, NULL);
	proc_instances = proc_subdir("instances", proc_dir);
	create_files(debugfs_dir, proc_dir, NULL);
	create_switches();
	tslab_observe(&observer);
}

void tslab_files_exit(void)
{
	tslab_observe(NULL);
	debugfs_remove_recursive(debugfs_dir);
	proc_remove(proc_dir);
}
