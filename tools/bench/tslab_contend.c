// SPDX-License-Identifier: GPL-2.0
/*
 * A load that raises every counter it can: threads that allocate from the same
 * epochs and free each other's objects, epochs that end meanwhile, and a known
 * number of mistakes.
 *
 * /sys/kernel/debug/tslab_contend/run takes "shared THREADS ROUNDS" or
 * "percpu THREADS ROUNDS" and returns when that has been done. Nothing is live
 * then, or the write fails with EUCLEAN.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/tslab.h>
#include <linux/uaccess.h>

#define THREADS_MAX	64
#define ROUNDS_MAX	10000000
#define SLOTS		256
#define MISTAKES	3

static const unsigned int sizes[] = { 64, 128, 768, 4096 };

/* What a session has of its own type. */
#define SESSION_BYTES	200

static struct tslab *percpu_ts;
static struct tslab *shared_ts;
static struct tslab_cache *percpu_cache;
static struct tslab_cache *shared_cache;
static struct dentry *dir;
static DEFINE_MUTEX(run_lock);	/* one run at a time */

/**
 * struct run - one run of the load
 * @ts: instance
 * @cache: cache of it
 * @rounds: of each thread
 * @session: id of an epoch that is open most of the time
 * @threads: threads that have not come to their end
 * @done: they have
 * @slot: objects that anybody may free
 * @handle: the same for objects with a handle
 */
struct run {
	struct tslab *ts;
	struct tslab_cache *cache;
	unsigned int rounds;
	u64 session;
	atomic_t threads;
	struct completion done;
	void *slot[SLOTS];
	u64 handle[SLOTS];
};

/* === Threads === */

/* One request: a domain of its own, whose objects nobody frees one by one. */
static void request(struct run *run)
{
	tslab_epoch_t epoch = tslab_epoch_open(run->ts, "request");
	struct tslab_domain *domain;
	unsigned int i;

	/* All of the ring may be draining. */
	if (tslab_epoch_err(epoch))
		return;
	domain = tslab_domain_wrap(run->ts, epoch, false);
	if (!IS_ERR(domain)) {
		scoped_guard(tslab_domain, domain)
			for (i = 0; i < 100; i++)
				tslab_domain_alloc(domain, sizes[i % 4],
						   GFP_KERNEL);
		tslab_domain_destroy(domain);
	}
	tslab_epoch_discard(run->ts, epoch);
}

static void one_round(struct run *run, struct rnd_state *rnd, unsigned int i)
{
	tslab_epoch_t session = (__force tslab_epoch_t)READ_ONCE(run->session);
	unsigned int size = sizes[prandom_u32_state(rnd) % ARRAY_SIZE(sizes)];
	unsigned int slot = prandom_u32_state(rnd) % SLOTS;
	tslab_handle_t handle;
	void *obj;
	u64 old;

	if (i % 1000 == 999) {
		request(run);
		return;
	}
	if (i % 8 == 7) {
		handle = tslab_alloc_handle(run->ts, session, size, GFP_KERNEL);
		old = xchg(&run->handle[slot], (__force u64)handle);
		if (old)
			tslab_free_handle(run->ts, (__force tslab_handle_t)old);
		return;
	}
	if (i % 4 == 3)
		obj = i % 16 == 3 ?
		      tslab_cache_alloc_epoch(run->cache, session, GFP_KERNEL) :
		      tslab_alloc_epoch(run->ts, session, size, GFP_KERNEL);
	else
		obj = tslab_alloc(run->ts, size, GFP_KERNEL);
	tslab_free(run->ts, xchg(&run->slot[slot], obj));
}

static int run_thread(void *data)
{
	struct run *run = data;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, atomic_read(&run->threads));
	for (i = 0; i < run->rounds; i++) {
		one_round(run, &rnd, i);
		cond_resched();
	}
	/* Not by returning: the module may go once all are gone. */
	kthread_complete_and_exit(atomic_dec_and_test(&run->threads) ?
				  &run->done : NULL, 0);
}

/* === Meanwhile === */

/* Closes the session's epoch under the threads and opens another. */
static void next_session(struct run *run)
{
	u64 old = run->session;
	tslab_epoch_t epoch = tslab_epoch_open(run->ts, "session");

	if (tslab_epoch_err(epoch))
		return;
	WRITE_ONCE(run->session, (__force u64)epoch);
	if (old)
		tslab_epoch_close(run->ts, (__force tslab_epoch_t)old);
}

/* What no caller should do, each MISTAKES times. */
static void make_mistakes(struct tslab *ts)
{
	/* A label that would begin a comment, if it were written as it is. */
	tslab_epoch_t epoch = tslab_epoch_open(ts, "#mistakes made");
	static u64 not_ours;
	tslab_handle_t handle;
	unsigned int i;
	void *obj;

	if (tslab_epoch_err(epoch))
		return;
	/* Its slab lives on; the other's does not. */
	obj = tslab_alloc(ts, 128, GFP_KERNEL);
	handle = tslab_alloc_handle(ts, epoch, 128, GFP_KERNEL);
	tslab_free_handle(ts, handle);
	tslab_epoch_close(ts, epoch);
	for (i = 0; i < MISTAKES; i++) {
		void *twice = tslab_alloc(ts, 64, GFP_KERNEL);

		tslab_free(ts, twice);
		tslab_free(ts, twice);
		tslab_free(ts, obj + 1);
		tslab_free(ts, &not_ours);
		tslab_handle_to_obj(ts, handle);
		tslab_handle_to_obj(ts, (__force tslab_handle_t)i);
		tslab_alloc(ts, 0, GFP_KERNEL);
		tslab_alloc(ts, 128, GFP_KERNEL | __GFP_DMA);
		tslab_alloc_epoch(ts, epoch, 128, GFP_KERNEL);
	}
	tslab_free(ts, obj);
}

/* === Run === */

static int run_end(struct run *run)
{
	struct tslab_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	unsigned int i;
	u64 live;

	for (i = 0; i < SLOTS; i++) {
		tslab_free(run->ts, run->slot[i]);
		if (run->handle[i])
			tslab_free_handle(run->ts, (__force tslab_handle_t)
					  run->handle[i]);
	}
	tslab_epoch_close(run->ts, (__force tslab_epoch_t)run->session);
	make_mistakes(run->ts);
	tslab_epoch_close(run->ts, tslab_epoch_current(run->ts));
	if (!stats)
		return -ENOMEM;
	tslab_global_stats(run->ts, stats);
	live = stats->live_objects + stats->committed_bytes;
	kfree(stats);
	return live ? -EUCLEAN : 0;
}

static int run_load(struct tslab *ts, struct tslab_cache *cache,
		    unsigned int threads, unsigned int rounds)
{
	struct run *run = kvzalloc(sizeof(*run), GFP_KERNEL);
	struct task_struct *task;
	int err = 0, end;

	if (!run)
		return -ENOMEM;
	run->ts = ts;
	run->cache = cache;
	run->rounds = rounds;
	init_completion(&run->done);
	/* One for this task, so that the end is not found too early. */
	atomic_set(&run->threads, 1);
	next_session(run);
	while (threads--) {
		atomic_inc(&run->threads);
		task = kthread_run(run_thread, run, "tslab_contend/%u",
				   threads);
		if (IS_ERR(task)) {
			atomic_dec(&run->threads);
			err = PTR_ERR(task);
			break;
		}
	}
	if (!atomic_dec_and_test(&run->threads))
		while (!wait_for_completion_timeout(&run->done, HZ / 20)) {
			tslab_epoch_advance(ts);
			next_session(run);
		}
	end = run_end(run);
	kvfree(run);
	return err ?: end;
}

static ssize_t run_write(struct file *file, const char __user *buf, size_t len,
			 loff_t *pos)
{
	unsigned int threads, rounds;
	char text[64] = "";
	char tier[8], more;
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	if (sscanf(text, "%7s %u %u %c", tier, &threads, &rounds, &more) != 3 ||
	    !threads || threads > THREADS_MAX || !rounds ||
	    rounds > ROUNDS_MAX)
		return -EINVAL;

	mutex_lock(&run_lock);
	if (!strcmp(tier, "percpu"))
		err = run_load(percpu_ts, percpu_cache, threads, rounds);
	else if (!strcmp(tier, "shared"))
		err = run_load(shared_ts, shared_cache, threads, rounds);
	else
		err = -EINVAL;
	mutex_unlock(&run_lock);
	return err ?: len;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.write = run_write,
};

/* The cache goes with its instance. */
static int __init make_instance(const char *name,
				const struct tslab_params *params,
				struct tslab **ts, struct tslab_cache **cache)
{
	*ts = tslab_create(name, params);
	if (IS_ERR(*ts))
		return PTR_ERR(*ts);
	*cache = tslab_cache_create(*ts, "session", SESSION_BYTES, NULL);
	if (IS_ERR(*cache)) {
		tslab_destroy(*ts);
		return PTR_ERR(*cache);
	}
	return 0;
}

static int __init contend_init(void)
{
	static const struct tslab_params percpu = { .empty_slabs = 2 };
	static const struct tslab_params shared = {
		.empty_slabs = 2, .flags = TSLAB_SHARED_ONLY,
	};

	int err;

	err = make_instance("contend_percpu", &percpu, &percpu_ts,
			    &percpu_cache);
	if (err)
		return err;
	err = make_instance("contend_shared", &shared, &shared_ts,
			    &shared_cache);
	if (err) {
		tslab_destroy(percpu_ts);
		return err;
	}
	dir = debugfs_create_dir("tslab_contend", NULL);
	debugfs_create_file("run", 0200, dir, NULL, &run_fops);
	return 0;
}

static void __exit contend_exit(void)
{
	debugfs_remove_recursive(dir);
	tslab_destroy(shared_ts);
	tslab_destroy(percpu_ts);
}

module_init(contend_init);
module_exit(contend_exit);
MODULE_DESCRIPTION("Load that raises the counters of tslab");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
