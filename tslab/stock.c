// SPDX-License-Identifier: GPL-2.0
/*
 * The stock: slabs of a page that are ready to be cut, on each CPU. A phase that
 * ends leaves its slabs there, and the next one takes them, so that neither goes
 * to the page allocator, nor waits for RCU. It is bounded, and goes back when
 * memory is short, when its CPU goes offline, and when it was not used for a
 * second.
 */
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include "tslab.h"
#include "home.h"

#define STOCK_IDLE		HZ

/**
 * struct stock - what is ready on a CPU
 * @busy: this CPU is changing it; an interrupt that finds it set does without
 * @nr: slabs there are
 * @used: since somebody last looked
 * @slab: those, warmest last; changed by this CPU under @busy, or with
 *	interrupts off
 */
struct stock {
	unsigned long busy;
	unsigned int nr;
	bool used;
	struct tslab_slab *slab[TSLAB_STOCK_MAX];
};

static DEFINE_PER_CPU(struct stock, stocks);

static void stock_check(struct work_struct *work);
static DECLARE_DELAYED_WORK(stock_check_work, stock_check);
/* Somebody looks whether it is idle. */
static bool stock_checked;

/* Context: preemption disabled. */
static struct stock *stock_enter(void)
{
	struct stock *stock = this_cpu_ptr(&stocks);

	/* As in tslab_cpu_enter(). */
	if (unlikely(data_race(__test_and_set_bit(0, &stock->busy))))
		return NULL;
	barrier();
	return stock;
}

static void stock_leave(struct stock *stock)
{
	barrier();
	WRITE_ONCE(stock->busy, 0);
}

/**
 * tslab_stock_get() - take a slab
 *
 * Context: preemption disabled.
 * Return: a slab for tslab_slab_recut() on the CPU's node, or NULL.
 */
struct tslab_slab *tslab_stock_get(void)
{
	struct stock *stock = stock_enter();
	struct tslab_slab *slab = NULL;

	if (unlikely(!stock))
		return NULL;
	if (stock->nr) {
		slab = stock->slab[stock->nr - 1];
		WRITE_ONCE(stock->nr, stock->nr - 1);
	}
	WRITE_ONCE(stock->used, true);
	stock_leave(stock);
	return slab;
}

/*
 * Whether it is here where it is wanted, and nobody has dropped its page. If it
 * has ended amid a tslab_free_rcu(), that has pinned it, or finds it dead.
 */
static __always_inline bool stock_takes(const struct tslab_slab *slab)
{
	return slab->for_stock && slab->node == numa_mem_id() &&
	       /* After the xchg of home_kill(); pairs with free_rcu_take(). */
	       atomic_read(&slab->pins) == 1 &&
	       page_ref_count(virt_to_page(slab->base)) ==
	       1 + TSLAB_PAGE_REFS &&
	       !want_init_on_free();
}

static noinline void stock_check_begin(void)
{
	WRITE_ONCE(stock_checked, true);
	queue_delayed_work(tslab_wq, &stock_check_work, STOCK_IDLE);
}

/* There is something to give back when it was not used for a while. */
static __always_inline void stock_has_some(void)
{
	if (unlikely(!READ_ONCE(stock_checked)))
		stock_check_begin();
}

/* What is freed into it is nobody's. */
static void stock_disown(struct tslab_slab *slab)
{
	WRITE_ONCE(slab->key, NULL);
	WRITE_ONCE(slab->ts, NULL);
	WRITE_ONCE(slab->type, NULL);
}

/**
 * tslab_stock_put() - leave a slab
 * @slab: slab of no bin, which nobody but this CPU knows
 *
 * Context: preemption disabled.
 * Return: false if it is none for the stock, or that is full.
 */
bool tslab_stock_put(struct tslab_slab *slab)
{
	struct stock *stock;
	bool takes;

	if (!stock_takes(slab) || !__this_cpu_read(tslab_cpu_may_own))
		return false;
	stock = stock_enter();
	if (unlikely(!stock))
		return false;
	takes = stock->nr < TSLAB_STOCK_MAX;
	if (takes) {
		stock_disown(slab);
		stock->slab[stock->nr] = slab;
		WRITE_ONCE(stock->nr, stock->nr + 1);
	}
	WRITE_ONCE(stock->used, true);
	stock_leave(stock);
	if (takes)
		stock_has_some();
	return takes;
}

/**
 * tslab_stock_keep() - let a slab be stock where it is
 * @slab: slab of no bin, which nobody but this CPU knows, its home
 *
 * Context: preemption disabled.
 * Return: false if it is none for the stock.
 */
bool tslab_stock_keep(struct tslab_slab *slab)
{
	if (!stock_takes(slab) || !__this_cpu_read(tslab_cpu_may_own))
		return false;
	stock_disown(slab);
	stock_has_some();
	return true;
}

/**
 * tslab_stock_fill() - put a new slab into this CPU's stock, if that is empty
 * @gfp: the caller's flags
 *
 * Context: any that @gfp allows; no locks. The task may be on another CPU then.
 * Return: whether it has.
 */
bool tslab_stock_fill(gfp_t gfp)
{
	struct tslab_slab *slab;
	bool put;

	if (want_init_on_free() || raw_cpu_read(stocks.nr))
		return false;
	slab = tslab_slab_for_stock(gfp);
	if (!slab)
		return false;
	preempt_disable();
	put = tslab_stock_put(slab);
	preempt_enable();
	if (!put)
		tslab_slab_free(slab);
	return put;
}

/* === Giving back === */

/**
 * struct stock_drain - slabs that are taken out of stocks
 * @slabs: those
 * @idle: only of stocks that were not used since this last was asked
 * @node: only of CPUs of the node, unless that is NUMA_NO_NODE
 */
struct stock_drain {
	struct llist_head slabs;
	bool idle;
	int node;
};

/* Context: on the CPU of the stock with interrupts off. */
static void stock_take_out(void *data)
{
	struct stock *stock = this_cpu_ptr(&stocks);
	struct stock_drain *drain = data;

	if (READ_ONCE(stock->busy))
		return;
	if (drain->idle && stock->used) {
		WRITE_ONCE(stock->used, false);
		return;
	}
	while (stock->nr) {
		WRITE_ONCE(stock->nr, stock->nr - 1);
		llist_add(&stock->slab[stock->nr]->dead, &drain->slabs);
	}
}

static bool stock_is_to_drain(int cpu, void *data)
{
	const struct stock_drain *drain = data;

	return READ_ONCE(per_cpu(stocks, cpu).nr) &&
	       tslab_cpu_is_of(cpu, drain->node);
}

static unsigned long stock_free(struct stock_drain *drain)
{
	struct tslab_slab *slab;
	unsigned long pages = 0;
	LIST_HEAD(slabs);

	llist_for_each_entry(slab, llist_del_all(&drain->slabs), dead) {
		list_add(&slab->list, &slabs);
		pages++;
	}
	tslab_slab_free_list(&slabs);
	return pages;
}

/* Pages of the stocks of a node, or of all. Context: any but NMI. */
unsigned long tslab_stock_pages_of(int node)
{
	unsigned long pages = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		if (tslab_cpu_is_of(cpu, node))
			pages += READ_ONCE(per_cpu(stocks, cpu).nr);
	return pages + tslab_warm_pages(node);
}

static unsigned long stock_drain(bool idle, int node)
{
	struct stock_drain drain = {
		.slabs = LLIST_HEAD_INIT(drain.slabs),
		.idle = idle,
		.node = node,
	};

	on_each_cpu_cond(stock_is_to_drain, stock_take_out, &drain, true);
	return stock_free(&drain) + tslab_warm_drain(idle, node);
}

/**
 * tslab_stock_drain_of() - give the stocks of a node back
 * @node: the node, or NUMA_NO_NODE for all
 *
 * Context: process context; may sleep.
 * Return: number of pages; a stock that is just being changed keeps its own.
 */
unsigned long tslab_stock_drain_of(int node)
{
	return stock_drain(false, node);
}

/**
 * tslab_stock_leave() - give the stock of a CPU back that leaves
 *
 * Context: process context, on that CPU; tslab_cpu_may_own is false there.
 */
void tslab_stock_leave(void)
{
	struct stock_drain drain = { .slabs = LLIST_HEAD_INIT(drain.slabs) };

	local_irq_disable();
	stock_take_out(&drain);
	local_irq_enable();
	stock_free(&drain);
}

/* The first look finds what was used before, the second one gives it back. */
static void stock_check(struct work_struct *work)
{
	stock_drain(true, NUMA_NO_NODE);
	if (tslab_stock_pages()) {
		queue_delayed_work(tslab_wq, &stock_check_work, STOCK_IDLE);
		return;
	}
	WRITE_ONCE(stock_checked, false);
	/* Whoever has left one meanwhile may have seen somebody looking. */
	synchronize_rcu();
	if (tslab_stock_pages() && !xchg(&stock_checked, true))
		queue_delayed_work(tslab_wq, &stock_check_work, STOCK_IDLE);
}

void tslab_stock_exit(void)
{
	cancel_delayed_work_sync(&stock_check_work);
	tslab_stock_drain();
}
