// SPDX-License-Identifier: GPL-2.0
/* Who allocated and who freed an object: task, CPU, time, stack. */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>

#include "debug.h"
#include "tslab.h"

/* As SLUB's. */
#define STACK_FRAMES	16

#if defined(CONFIG_STACKDEPOT) && defined(CONFIG_STACKTRACE)
/* Context: process context; may sleep. */
void tslab_users_init(void)
{
	/* Without it stacks are not known, all else is. */
	if (stack_depot_init())
		pr_warn_once("tslab: no memory for stacks\n");
}

/* Frames of the allocator's own, which say nothing of who uses it. */
static unsigned int nr_of_ours(const unsigned long *entries, unsigned int nr)
{
	unsigned int ours = 0;

#ifdef MODULE
	while (ours < nr - 1 && within_module(entries[ours], THIS_MODULE))
		ours++;
#endif
	return ours;
}

/**
 * tslab_stack_save() - remember the stack of the caller
 * @gfp: flags that memory is allocated by, or 0 if none may be
 *
 * Context: any that @gfp allows.
 * Return: what it is found by, or 0 if it is not known.
 */
u32 tslab_stack_save(gfp_t gfp)
{
	unsigned long entries[STACK_FRAMES];
	unsigned int nr, ours;

	nr = stack_trace_save(entries, ARRAY_SIZE(entries), 1);
	ours = nr_of_ours(entries, nr);
	return tslab_depot_save(entries + ours, nr - ours, gfp);
}

/**
 * tslab_stack_entries() - a stack that was remembered
 * @stack: from tslab_stack_save()
 * @entries: set to its return addresses, innermost first
 *
 * Context: any.
 * Return: how many.
 */
unsigned int tslab_stack_entries(u32 stack, unsigned long **entries)
{
	return stack ? stack_depot_fetch(stack, entries) : 0;
}

static void stack_show(u32 stack)
{
	if (stack)
		stack_depot_print(stack);
}
#else
void tslab_users_init(void)
{
	pr_warn_once("tslab: this kernel has no depot of stacks\n");
}

u32 tslab_stack_save(gfp_t gfp)
{
	return 0;
}

unsigned int tslab_stack_entries(u32 stack, unsigned long **entries)
{
	return 0;
}

static void stack_show(u32 stack) { }
#endif

/**
 * tslab_mark_user() - note that the caller uses an object
 * @mark: of the object
 * @user: what it does to it
 * @stack: from tslab_stack_save()
 *
 * Context: lock of the marks held.
 */
void tslab_mark_user(struct tslab_mark *mark, enum tslab_user user, u32 stack)
{
	mark->stack[user] = stack;
	/* That of an object that nobody ever had is 0. */
	mark->when[user] = (u32)jiffies ?: 1;
	mark->pid[user] = current->pid;
	mark->cpu[user] = raw_smp_processor_id();
}

/**
 * tslab_mark_show() - print who uses or used an object
 * @mark: of the object
 * @user: which of them; nothing is printed if there was none
 *
 * Context: any.
 */
void tslab_mark_show(const struct tslab_mark *mark, enum tslab_user user)
{
	static const char * const did[] = { "allocated", "freed" };

	if (!mark->when[user])
		return;
	pr_err("tslab: %s %u ms ago on CPU %u by task %u\n", did[user],
	       jiffies_to_msecs((u32)jiffies - mark->when[user]),
	       mark->cpu[user], mark->pid[user]);
	stack_show(mark->stack[user]);
}
