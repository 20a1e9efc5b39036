// SPDX-License-Identifier: GPL-2.0
/*
 * Every public function of tslab at once, from tasks, softirqs, interrupts, RCU
 * callbacks and reclaim, while CPUs come and go. The last line in the kernel
 * log says SUCCESS or FAILURE. Documentation/torture.rst tells more.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/timer.h>

#include "../../tslab/compat.h"
#include "torture.h"

static int param_set_upto_1024(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 1024);
}

static const struct kernel_param_ops param_ops_upto_1024 = {
	.set = param_set_upto_1024,
	.get = param_get_uint,
};

static int param_set_epochs(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, TSLAB_EPOCHS_MIN,
				     TSLAB_EPOCHS_MAX);
}

static const struct kernel_param_ops param_ops_epochs = {
	.set = param_set_epochs,
	.get = param_get_uint,
};

static int param_set_upto_week(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, 7 * 24 * 3600);
}

static const struct kernel_param_ops param_ops_upto_week = {
	.set = param_set_upto_week,
	.get = param_get_uint,
};

unsigned int torture_nworkers = 8;
module_param_cb(nworkers, &param_ops_upto_1024, &torture_nworkers, 0444);
MODULE_PARM_DESC(nworkers, "Tasks, 1 to 1024, default 8");

/* Built in, it stays idle unless it is told how long. */
#ifdef MODULE
static unsigned int torture_secs = 120;
#else
static unsigned int torture_secs;
#endif
module_param_cb(torture_secs, &param_ops_upto_week, &torture_secs, 0444);
MODULE_PARM_DESC(torture_secs, "Seconds to run; as a module 0 is until it is removed");

static unsigned int stat_interval = 60;
module_param_cb(stat_interval, &param_ops_upto_week, &stat_interval, 0444);
MODULE_PARM_DESC(stat_interval, "Seconds between statistics, 0 for none, default 60");

static unsigned int onoff_interval = 2;
module_param_cb(onoff_interval, &param_ops_upto_week, &onoff_interval, 0444);
MODULE_PARM_DESC(onoff_interval, "Seconds between CPU hotplugs, 0 for none, default 2");

static unsigned int shuffle_interval = 3;
module_param_cb(shuffle_interval, &param_ops_upto_week, &shuffle_interval,
		0444);
MODULE_PARM_DESC(shuffle_interval, "Seconds after which a task goes to another CPU, 0 for never, default 3");

static unsigned int epochs = 1024;
module_param_cb(epochs, &param_ops_epochs, &epochs, 0444);
MODULE_PARM_DESC(epochs, "Size of the ring, 2 to 4096, default 1024");

bool torture_misuse = true;
module_param_named(misuse, torture_misuse, bool, 0444);
MODULE_PARM_DESC(misuse, "Also do what must be refused, default yes");

struct tslab *torture_ts;
struct tslab_cache *torture_cache[TORTURE_CACHES];
struct torture_arena torture_arena[TORTURE_ARENAS];
struct torture_counts torture_counts;
struct torture_refusals torture_refusals;

/* Whoever does something holds it for reading; the audit stops them all. */
static DECLARE_RWSEM(torture_pause);
static bool paused;
static bool stopping;

/* === Tasks, and what interrupts them === */

/**
 * struct worker - a task with an interrupt, a timer and a callback of its own
 * @task: the task
 * @rnd: source of chance for the task, and for each of the others
 * @hard: hard interrupt
 * @soft: timer
 * @rcu: callback
 * @rcu_busy: it has not run yet
 */
struct worker {
	struct task_struct *task;
	struct rnd_state rnd[4];
	struct irq_work hard;
	struct timer_list soft;
	struct rcu_head rcu;
	bool rcu_busy;
};

static struct worker *workers;

static void interrupt(struct rnd_state *rnd)
{
	if (READ_ONCE(paused))
		return;
	torture_interrupt(rnd);
	torture_count(interrupts);
}

static void worker_hard(struct irq_work *work)
{
	interrupt(&container_of(work, struct worker, hard)->rnd[1]);
}

static void worker_soft(struct timer_list *timer)
{
	interrupt(&container_of(timer, struct worker, soft)->rnd[2]);
}

static void worker_callback(struct rcu_head *head)
{
	struct worker *worker = container_of(head, struct worker, rcu);

	if (!READ_ONCE(paused)) {
		torture_interrupt(&worker->rnd[3]);
		torture_count(callbacks);
	}
	/* Pairs with the acquire in worker_fn(). */
	smp_store_release(&worker->rcu_busy, false);
}

static void worker_shuffle(struct worker *worker)
{
	unsigned int cpu = prandom_u32_state(&worker->rnd[0]) % nr_cpu_ids;

	cpus_read_lock();
	if (cpu_online(cpu))
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
	cpus_read_unlock();
}

static int worker_fn(void *data)
{
	unsigned long shuffle_at = jiffies;
	struct worker *worker = data;
	unsigned int i;

	for (i = 1; !READ_ONCE(stopping); i++) {
		down_read(&torture_pause);
		torture_op(&worker->rnd[0]);
		up_read(&torture_pause);
		/* As with SLUB, an interrupt that is hard on RT may not. */
		if (!IS_ENABLED(CONFIG_PREEMPT_RT) && i % 8 == 0)
			irq_work_queue(&worker->hard);
		if (i % 32 == 0)
			mod_timer(&worker->soft, jiffies + 1);
		/* Pairs with the release in worker_callback(). */
		if (i % 64 == 0 && !smp_load_acquire(&worker->rcu_busy)) {
			worker->rcu_busy = true;
			call_rcu(&worker->rcu, worker_callback);
		}
		if (shuffle_interval && time_after(jiffies, shuffle_at)) {
			shuffle_at = jiffies + shuffle_interval * HZ;
			worker_shuffle(worker);
		}
		cond_resched();
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

static void workers_stop(void)
{
	unsigned int i;

	WRITE_ONCE(stopping, true);
	for (i = 0; workers && i < torture_nworkers; i++)
		if (workers[i].task)
			kthread_stop(workers[i].task);
	for (i = 0; workers && i < torture_nworkers; i++) {
		irq_work_sync(&workers[i].hard);
		/* Nobody starts it any more. */
		while (timer_pending(&workers[i].soft))
			schedule_timeout_uninterruptible(1);
	}
	/* Timers that have run out, then callbacks. */
	synchronize_rcu();
	rcu_barrier();
}

static int workers_start(void)
{
	unsigned int i, j;

	workers = kcalloc(torture_nworkers, sizeof(*workers), GFP_KERNEL);
	if (!workers)
		return -ENOMEM;
	for (i = 0; i < torture_nworkers; i++) {
		struct worker *worker = &workers[i];
		struct task_struct *task;

		for (j = 0; j < ARRAY_SIZE(worker->rnd); j++)
			prandom_seed_state(&worker->rnd[j],
					   get_cycles() + i * 4 + j);
		init_irq_work(&worker->hard, worker_hard);
		timer_setup(&worker->soft, worker_soft, 0);
		task = kthread_run(worker_fn, worker, "tslab_torture/%u", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		worker->task = task;
	}
	return 0;
}

/* === Reclaim === */

static struct shrinker *shrinker;

static unsigned long reclaim_count(struct shrinker *s,
				   struct shrink_control *sc)
{
	return 1;
}

static unsigned long reclaim_scan(struct shrinker *s,
				  struct shrink_control *sc)
{
	/* It may be one of our own tasks that reclaims, or be held up. */
	if (READ_ONCE(stopping) || !down_read_trylock(&torture_pause))
		return SHRINK_STOP;
	torture_in_reclaim();
	up_read(&torture_pause);
	return 1;
}

static int reclaim_start(void)
{
	shrinker = shrinker_alloc(0, "tslab-torture");
	if (!shrinker)
		return -ENOMEM;
	shrinker->count_objects = reclaim_count;
	shrinker->scan_objects = reclaim_scan;
	shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(shrinker);
	return 0;
}

/* === CPUs that come and go === */

static void onoff(void)
{
#ifdef CONFIG_HOTPLUG_CPU
	static unsigned int cpu;

	cpu = (cpu + 1) % nr_cpu_ids;
	/* The first cannot go everywhere; a failure is the kernel's to explain. */
	if (!cpu || !cpu_online(cpu) || remove_cpu(cpu))
		return;
	msleep(20);
	if (add_cpu(cpu))
		torture_fail("CPU %u does not come back", cpu);
	torture_count(onoffs);
#endif
}

/* === Statistics, audit, end === */

static struct task_struct *conductor;
static bool failed;

static void show_counts(void)
{
	static char line[768];
	int len = 0;

#define TORTURE_X_SHOW(name)						\
	len += scnprintf(line + len, sizeof(line) - len, " " #name "=%ld", \
			 atomic_long_read(&torture_counts.name));
	TORTURE_COUNTS(TORTURE_X_SHOW)
#undef TORTURE_X_SHOW
	pr_info("tslab-torture:%s\n", line);
}

/* Everything stands still. */
static void audit(void)
{
	down_write(&torture_pause);
	WRITE_ONCE(paused, true);
	/* Interrupts and callbacks that have not seen it. */
	synchronize_rcu();
	torture_audit();
	WRITE_ONCE(paused, false);
	up_write(&torture_pause);
}

static unsigned long caches_end(void)
{
	unsigned long left = 0;
	unsigned int i;

	for (i = 0; i < TORTURE_CACHES; i++)
		if (!IS_ERR(torture_cache[i]))
			left += tslab_cache_destroy(torture_cache[i]);
	return left;
}

static void finish(void)
{
	static struct tslab_stats stats;
	unsigned long left;
	unsigned int i;

	workers_stop();
	torture_strange_end();
	audit();
	torture_ops_exit();
	/* What a close without waiting has left, and callbacks. */
	rcu_barrier();
	/* It needs memory, which may be refused once. */
	for (i = 0; i < 100; i++) {
		tslab_epoch_advance(torture_ts);
		tslab_global_stats(torture_ts, &stats);
		if (!stats.committed_bytes)
			break;
		msleep(100);
	}
	if (stats.committed_bytes)
		torture_fail("%llu bytes committed at the end",
			     stats.committed_bytes);
	if (stats.live_objects)
		torture_fail("%llu objects live at the end",
			     stats.live_objects);
	left = caches_end();
	left += tslab_destroy(torture_ts);
	if (left)
		torture_fail("%lu objects left at the end", left);
	torture_ts = NULL;
	show_counts();
	failed = atomic_long_read(&torture_counts.failures) ||
		 !atomic_long_read(&torture_counts.audits);
	pr_alert("tslab-torture:--- End of test: %s: nworkers=%u torture_secs=%u stat_interval=%u onoff_interval=%u shuffle_interval=%u epochs=%u misuse=%d\n",
		 failed ? "FAILURE" : "SUCCESS", torture_nworkers, torture_secs,
		 stat_interval, onoff_interval, shuffle_interval,
		 epochs, torture_misuse);
}

/* What is done at intervals. */
static int conductor_fn(void *unused)
{
	unsigned long second;

	torture_strange_start();
	for (second = 1; !kthread_should_stop(); second++) {
		schedule_timeout_interruptible(HZ);
		if (stat_interval && second % stat_interval == 0)
			show_counts();
		if (onoff_interval && second % onoff_interval == 0)
			onoff();
		if (second % 5 == 0)
			audit();
		if (torture_secs && second >= torture_secs)
			break;
	}
	shrinker_free(shrinker);
	finish();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

static int caches_start(void)
{
	static const struct tslab_cache_args safe = {
		.flags = TSLAB_CACHE_TYPESAFE_BY_RCU,
	};
	static const size_t sizes[TORTURE_CACHES] = { 104, 328, 5000 };
	char name[16];
	unsigned int i;

	for (i = 0; i < TORTURE_CACHES; i++) {
		snprintf(name, sizeof(name), "torture%u", i);
		torture_cache[i] = tslab_cache_create(torture_ts, name, sizes[i],
						      i ? NULL : &safe);
		if (IS_ERR(torture_cache[i]))
			return PTR_ERR(torture_cache[i]);
	}
	return 0;
}

static int __init torture_init(void)
{
	struct tslab_params params = { .epochs = epochs };
	struct task_struct *task;
	int err;

#ifndef MODULE
	if (!torture_secs)
		return 0;
#endif
	torture_model_init();
	torture_ts = tslab_create("torture", &params);
	if (IS_ERR(torture_ts))
		return PTR_ERR(torture_ts);
	err = caches_start();
	if (!err)
		err = reclaim_start();
	if (err)
		goto destroy;
	err = workers_start();
	if (err)
		goto stop;
	task = kthread_run(conductor_fn, NULL, "tslab_torture");
	if (!IS_ERR(task)) {
		conductor = task;
		return 0;
	}
	err = PTR_ERR(task);
stop:
	workers_stop();
	kfree(workers);
	shrinker_free(shrinker);
	torture_ops_exit();
destroy:
	caches_end();
	tslab_destroy(torture_ts);
	return err;
}

static void __exit torture_exit(void)
{
	/* Removed so soon that it has not even begun? */
	if (kthread_stop(conductor) == -EINTR) {
		shrinker_free(shrinker);
		finish();
	}
	kfree(workers);
}

/* Built in, after the allocator. */
late_initcall(torture_init);
module_exit(torture_exit);
MODULE_DESCRIPTION("Torture test of tslab");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
