// SPDX-License-Identifier: GPL-2.0
/*
 * Makes objects of every kind and says where they are, so that what a debugger finds
 * in a dump can be compared with it: parameters/where has a line for each, "ADDRESS
 * WHAT NAME INDEX LABEL"; INDEX is that of the epoch. Write to parameters/crash for
 * the dump.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <linux/tslab.h>
#include <linux/vmalloc.h>

#define CACHE_SIZE	72
#define LARGE_SIZE	100000
#define NR_LEFT		200
/* One in so many stays. */
#define LEFT		50

static struct tslab *ts;
static struct tslab_cache *cache;
static tslab_epoch_t held;
static void *big, *shared[3], *freed_later;
static struct kmem_cache *foreign_cache;
static void *foreign, *mapped;

static char report[PAGE_SIZE];
static int len;

static void say(const void *obj, const char *what, const char *name, tslab_epoch_t epoch,
		const char *label)
{
	len += scnprintf(report + len, sizeof(report) - len, "%lx %s %s %llu %s\n",
			 (unsigned long)obj, what, name,
			 (__force u64)epoch % TSLAB_EPOCHS_MAX, label);
}

static void say_foreign(const void *addr)
{
	say(addr, "foreign", "-", 0, "-");
}

/* === Objects that stay === */

static int make_in_current(void)
{
	tslab_epoch_t epoch = tslab_epoch_current(ts);
	void *live = tslab_alloc(ts, 100, GFP_KERNEL);
	void *gone = tslab_alloc(ts, 100, GFP_KERNEL);

	if (!live || !gone)
		return -ENOMEM;
	tslab_free(ts, gone);
	say(live, "live", "class_128", epoch, "-");
	say(live + 99, "live", "class_128", epoch, "-");
	say(gone, "free", "class_128", epoch, "-");
	return 0;
}

/* What an epoch begins with shares a page. */
static int make_shared(void)
{
	static const struct {
		size_t size;
		const char *name;
	} kinds[] = { { 16, "class_16" }, { 200, "class_256" }, { 64, "class_64" } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		shared[i] = tslab_alloc_epoch(ts, held, kinds[i].size, GFP_KERNEL);
		if (!shared[i])
			return -ENOMEM;
		say(shared[i], i == 1 ? "free" : "live", kinds[i].name, held, "held");
	}
	tslab_free(ts, shared[1]);
	return 0;
}

static int make_in_held(void)
{
	void *obj = tslab_cache_alloc_epoch(cache, held, GFP_KERNEL);
	tslab_handle_t handle = tslab_alloc_handle(ts, held, 300, GFP_KERNEL);

	big = tslab_alloc_epoch(ts, held, LARGE_SIZE, GFP_KERNEL);
	freed_later = tslab_alloc_epoch(ts, held, 1000, GFP_KERNEL);
	if (!obj || !big || !freed_later || handle == TSLAB_HANDLE_NONE)
		return -ENOMEM;
	say(obj, "live", "cache_where_cache", held, "held");
	/* A page has 56 of them, and 64 bytes more. */
	say((void *)PAGE_ALIGN((unsigned long)obj + 1) - 1, "nothing", "-", held, "held");
	say(tslab_handle_to_obj(ts, handle), "handle", "class_384", held, "held");
	say(big, "live", "class_4194304", held, "held");
	say(big + LARGE_SIZE / 2, "live", "class_4194304", held, "held");
	say(freed_later, "rcu", "class_1024", held, "held");
	return 0;
}

/* An epoch that does not drain; its label is one that debugfs escapes. */
static int make_left(void)
{
	tslab_epoch_t epoch = tslab_epoch_open(ts, "# left");
	static void *objs[NR_LEFT];
	unsigned int i;
	long pages;

	if (tslab_epoch_err(epoch))
		return tslab_epoch_err(epoch);
	for (i = 0; i < NR_LEFT; i++) {
		objs[i] = tslab_alloc_epoch(ts, epoch, 500, GFP_KERNEL);
		if (!objs[i])
			return -ENOMEM;
	}
	for (i = 0; i < NR_LEFT; i++)
		if (i % LEFT)
			tslab_free(ts, objs[i]);
		else
			say(objs[i], "live", "class_512", epoch, "\\x23\\x20left");
	pages = tslab_epoch_close(ts, epoch);
	return min(pages, 0);
}

static int make_foreign(void)
{
	foreign_cache = kmem_cache_create("tslab_where", 128, 0, 0, NULL);
	if (!foreign_cache)
		return -ENOMEM;
	foreign = kmem_cache_alloc(foreign_cache, GFP_KERNEL);
	mapped = vmalloc(PAGE_SIZE);
	if (!foreign || !mapped)
		return -ENOMEM;
	say_foreign(foreign);
	say_foreign(mapped);
	say_foreign(&ts);
	say_foreign(current);
	say_foreign(make_foreign);
	say_foreign(NULL);
	say_foreign((void *)0x400000);
	say_foreign((void *)(1UL << 63));
	say_foreign((void *)~0UL);
	return 0;
}

/* === Parameters === */

/* A phase that has ended leaves a page that is ready for the next. */
static int where_get(char *buffer, const struct kernel_param *kp)
{
	tslab_epoch_t epoch = tslab_epoch_open(ts, "phase");
	void *obj = tslab_alloc_epoch(ts, epoch, 64, GFP_KERNEL);

	if (!obj || tslab_epoch_discard(ts, epoch) < 0)
		return -ENOMEM;
	return sysfs_emit(buffer, "%s%lx stock - 0 -\n", report,
			  (unsigned long)obj);
}

static const struct kernel_param_ops where_ops = { .get = where_get };
module_param_cb(where, &where_ops, NULL, 0400);
MODULE_PARM_DESC(where, "What there is, and what is ready for the next phase");

/* An object waits for a grace period that does not come. */
static int crash_set(const char *value, const struct kernel_param *kp)
{
	local_irq_disable();
	tslab_free_rcu(ts, freed_later, freed_later);
	panic("tslab_where: to be dumped");
}

static const struct kernel_param_ops crash_ops = { .set = crash_set };
module_param_cb(crash, &crash_ops, NULL, 0200);
MODULE_PARM_DESC(crash, "Panic");

/* === The module === */

static void unmake(void)
{
	vfree(mapped);
	if (foreign)
		kmem_cache_free(foreign_cache, foreign);
	kmem_cache_destroy(foreign_cache);
	tslab_destroy(ts);
}

static int make(void)
{
	struct tslab_params params = { .epochs = 16 };
	int err;

	ts = tslab_create("where", &params);
	if (IS_ERR(ts))
		return PTR_ERR(ts);
	cache = tslab_cache_create(ts, "where_cache", CACHE_SIZE, NULL);
	held = tslab_epoch_open(ts, "held");
	err = IS_ERR(cache) ? PTR_ERR(cache) : tslab_epoch_err(held);
	err = err ?: make_in_current() ?: make_shared() ?: make_in_held() ?: make_left() ?:
	      make_foreign();
	return err;
}

static int __init where_init(void)
{
	int err = make();

	if (err && !IS_ERR_OR_NULL(ts))
		unmake();
	return err;
}

/* No exit: what is there is to be found in the dump. */
module_init(where_init);
MODULE_DESCRIPTION("Says where objects of tslab are, for a dump");
MODULE_LICENSE("GPL");
