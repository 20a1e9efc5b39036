// SPDX-License-Identifier: GPL-2.0
/*
 * tslab_bench: loads of many kinds on tslab, kmem_cache and kmalloc.
 *
 * Writing options to /sys/kernel/debug/tslab_bench/run starts a run and returns
 * when it is over; a signal ends it early. progress tells how it goes, result
 * what came of it, error why the options were refused.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bench.h"

#define LINE_MAX_CHARS	1024

static struct dentry *dir;
static DEFINE_MUTEX(run_lock);		/* one run at a time */
static DEFINE_MUTEX(files_lock);	/* what the files show */
static char refusal[160];
static struct bench *running;
static struct bench *last;		/* with its result */

static void bench_discard(struct bench *bench)
{
	if (!bench)
		return;
	kvfree(bench->result->pages_at);
	kvfree(bench->result);
	kfree(bench);
}

/* What the files show from here on; the one from before is gone. */
static void show_run(struct bench *now, struct bench *over)
{
	struct bench *old = NULL;

	mutex_lock(&files_lock);
	running = now;
	if (over) {
		old = last;
		last = over;
	}
	mutex_unlock(&files_lock);
	bench_discard(old);
}

static int run_line(char *line)
{
	struct bench *bench = kzalloc(sizeof(*bench), GFP_KERNEL);
	char error[sizeof(refusal)] = "";
	int err = -ENOMEM;

	if (bench)
		bench->result = kvzalloc(sizeof(*bench->result), GFP_KERNEL);
	if (!bench || !bench->result)
		goto free;
	err = bench_options_parse(&bench->options, line, error, sizeof(error));
	mutex_lock(&files_lock);
	strscpy(refusal, error, sizeof(refusal));
	mutex_unlock(&files_lock);
	if (err)
		goto free_result;
	bench->backend = bench_backends[bench->options.backend];
	show_run(bench, NULL);
	err = bench_run(bench);
	show_run(NULL, bench);
	bench_free(bench);
	return err;

free_result:
	kvfree(bench->result);
free:
	kfree(bench);
	return err;
}

static ssize_t run_write(struct file *file, const char __user *buf, size_t len,
			 loff_t *pos)
{
	char *line;
	int err;

	if (len >= LINE_MAX_CHARS)
		return -EINVAL;
	line = memdup_user_nul(buf, len);
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = mutex_lock_interruptible(&run_lock);
	if (!err) {
		err = run_line(line);
		mutex_unlock(&run_lock);
	}
	kfree(line);
	return err ?: len;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.write = run_write,
};

static int error_show(struct seq_file *m, void *unused)
{
	mutex_lock(&files_lock);
	if (refusal[0])
		seq_printf(m, "%s\n", refusal);
	mutex_unlock(&files_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(error);

static int progress_show(struct seq_file *m, void *unused)
{
	mutex_lock(&files_lock);
	if (running)
		bench_progress(m, running);
	else
		seq_puts(m, "idle\n");
	mutex_unlock(&files_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(progress);

static void show_result(struct seq_file *m, const struct bench *bench)
{
	const struct bench_result *result = bench->result;
	unsigned int i;

	seq_puts(m, "version 1\n");
	bench_options_show(m, &bench->options);
	seq_printf(m, "interrupted %u\n", result->interrupted);
#define SHOW(name)	seq_printf(m, #name " %llu\n", result->name)
	SHOW(elapsed_ns);
	SHOW(requests);
	SHOW(allocs);
	SHOW(frees);
	SHOW(failed);
	SHOW(phases_refused);
	SHOW(live_end);
	SHOW(pages_peak);
	SHOW(pages_end);
	SHOW(pages_after);
#undef SHOW
	if (bench->backend->stats) {
#define SHOW(name) \
		seq_printf(m, "counter_" #name " %llu\n", result->counters.name);
		TSLAB_COUNTERS(SHOW)
		TSLAB_DERIVED_COUNTERS(SHOW)
#undef SHOW
#define SHOW(name)							\
		seq_printf(m, "counter_lock_contended_" #name " %llu\n",	\
			   result->counters.site_contended[TSLAB_SITE_##name]);
		TSLAB_LOCK_SITES(SHOW)
#undef SHOW
		for (i = 0; i < result->nr_pages_at; i++)
			seq_printf(m, "pages_at %u %u\n", i * BENCH_PAGES_MS,
				   result->pages_at[i]);
	}
	bench_latency_show(m, &result->latency);
}

static int result_show(struct seq_file *m, void *unused)
{
	mutex_lock(&files_lock);
	if (last)
		show_result(m, last);
	mutex_unlock(&files_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

static int __init bench_init(void)
{
	dir = debugfs_create_dir("tslab_bench", NULL);
	debugfs_create_file("run", 0200, dir, NULL, &run_fops);
	debugfs_create_file("error", 0400, dir, NULL, &error_fops);
	debugfs_create_file("progress", 0400, dir, NULL, &progress_fops);
	debugfs_create_file("result", 0400, dir, NULL, &result_fops);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove_recursive(dir);
	bench_discard(last);
	bench_backends_exit();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Loads on tslab, kmem_cache and kmalloc");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
