// SPDX-License-Identifier: GPL-2.0
/*
 * The bins of an epoch: one for each type it has had slabs of. Most epochs have
 * slabs of few types, so a bin is made when it is first needed, and stays for
 * the place's next epochs.
 */
#include <linux/rculist.h>
#include <linux/slab.h>

#include "tslab.h"

struct tslab_bin tslab_no_bin = {
	.cpus = &tslab_no_cpu_slab,
	.home_cpu = TSLAB_NO_CPU,
};

static struct tslab_bins no_bins = {
	.nr = TSLAB_NR_ROWS,
	.bin = { [0 ... TSLAB_NR_ROWS - 1] = &tslab_no_bin },
};

/* Never open, and without bins. */
struct tslab_epoch tslab_no_epoch = {
	.open_id = 1,
	.bins = &no_bins,
	.domain_lock = __RAW_SPIN_LOCK_UNLOCKED(tslab_no_epoch.domain_lock),
};

static struct kmem_cache *tslab_bin_cache;

static struct tslab_bins *bins_alloc(unsigned int nr, gfp_t gfp)
{
	struct tslab_bins *bins;
	unsigned int i;

	if (tslab_should_fail(sizeof(*bins), gfp))
		return NULL;
	bins = kmalloc(struct_size(bins, bin, nr), gfp);
	if (!bins)
		return NULL;
	bins->nr = nr;
	for (i = 0; i < nr; i++)
		bins->bin[i] = &tslab_no_bin;
	return bins;
}

/* Makes room for a number. Return: whether there is. */
static bool bins_grow(struct tslab_epoch *epoch, unsigned int number, gfp_t gfp)
{
	struct tslab_bins *old, *new;
	unsigned long flags;

	if (number < READ_ONCE(epoch->bins)->nr)
		return true;
	new = bins_alloc(roundup_pow_of_two(number + 1), gfp);
	if (!new)
		return false;
	raw_spin_lock_irqsave(&epoch->bins_lock, flags);
	old = epoch->bins;
	if (number >= old->nr) {
		memcpy(new->bin, old->bin, flex_array_size(old, bin, old->nr));
		/* Pairs with the address that tslab_bin_of() follows. */
		smp_store_release(&epoch->bins, new);
	} else {
		old = new;
	}
	raw_spin_unlock_irqrestore(&epoch->bins_lock, flags);
	kfree_rcu(old, rcu);
	return true;
}

/* What a bin takes, without that of the CPUs. */
size_t tslab_bin_bytes(void)
{
	return sizeof(struct tslab_bin) +
	       nr_node_ids * sizeof(struct tslab_bin_node);
}

static struct tslab_bin *bin_alloc(struct tslab_type *type,
				   struct tslab_epoch *epoch, gfp_t gfp)
{
	struct tslab_bin_node *node;
	struct tslab_bin *bin;

	if (tslab_should_fail(tslab_bin_bytes(), gfp))
		return NULL;
	bin = kmem_cache_zalloc(tslab_bin_cache, gfp);
	if (!bin)
		return NULL;
	bin->cpus = &tslab_no_cpu_slab;
	bin->home_cpu = TSLAB_NO_CPU;
	tslab_cpu_slab_init(&bin->home);
	bin->epoch = epoch;
	bin->type = type;
	INIT_LIST_HEAD(&bin->full);
	tslab_for_each_bin_node(node, bin) {
		INIT_LIST_HEAD(&node->partial);
		INIT_LIST_HEAD(&node->empty);
	}
	return bin;
}

/**
 * tslab_bin_get() - the bin of a type in an epoch, made if there is none
 * @type: the type
 * @epoch: the epoch
 * @gfp: the caller's flags
 *
 * Context: any that @gfp allows; no locks.
 * Return: the bin, which stays as long as both; or NULL.
 */
struct tslab_bin *tslab_bin_get(struct tslab_type *type,
				struct tslab_epoch *epoch, gfp_t gfp)
{
	struct tslab_counters __percpu *counters;
	struct tslab_bin *bin, *old;
	unsigned long flags;
	unsigned int label;

	bin = tslab_bin_of(epoch, type);
	if (likely(bin != &tslab_no_bin))
		return bin;
	gfp &= ~(__GFP_ZERO | __GFP_ACCOUNT | __GFP_THISNODE);
	if (!bins_grow(epoch, type->number, gfp))
		return NULL;
	bin = bin_alloc(type, epoch, gfp);
	if (!bin)
		return NULL;
	label = READ_ONCE(epoch->label_number);
	counters = tslab_type_counters(type, label, gfp);

	raw_spin_lock_irqsave(&epoch->bins_lock, flags);
	/* Who sets another label goes through all that are in the list. */
	bin->counters = epoch->label_number == label ?
			counters : type->counters[TSLAB_LABEL_NONE];
	old = epoch->bins->bin[type->number];
	if (old == &tslab_no_bin) {
		list_add_tail_rcu(&bin->node, &epoch->bin_list);
		/* Pairs with the address that tslab_bin_of() follows. */
		smp_store_release(&epoch->bins->bin[type->number], bin);
	}
	raw_spin_unlock_irqrestore(&epoch->bins_lock, flags);
	if (old == &tslab_no_bin)
		return bin;
	kmem_cache_free(tslab_bin_cache, bin);
	return old;
}

/**
 * tslab_bin_use() - note that a bin is to have slabs
 * @bin: the bin
 * @id: id of the epoch they are for
 *
 * Context: any.
 */
void tslab_bin_use(struct tslab_bin *bin, u64 id)
{
	u64 used = READ_ONCE(bin->used_id);

	/* Only the newest: a stale id may come late. */
	while (used < id && !try_cmpxchg(&bin->used_id, &used, id))
		;
}

/**
 * tslab_bins_label() - memory for tslab_bins_count_in(), as far as there is any
 * @epoch: the epoch
 * @label: number of the label
 *
 * Context: process context; may sleep; no locks.
 */
void tslab_bins_label(struct tslab_epoch *epoch, unsigned int label)
{
	struct tslab_bin *bin;
	int srcu;

	if (label == TSLAB_LABEL_NONE)
		return;
	/* Caches may go meanwhile. */
	srcu = srcu_read_lock(&tslab_instances_srcu);
	tslab_for_each_bin(bin, epoch)
		tslab_type_counters(bin->type, label, GFP_KERNEL);
	srcu_read_unlock(&tslab_instances_srcu, srcu);
}

/**
 * tslab_bins_count_in() - have what happens in an epoch counted by its label
 * @epoch: the epoch
 * @label: number of the label
 *
 * Context: process context; epoch->lock held.
 */
void tslab_bins_count_in(struct tslab_epoch *epoch, unsigned int label)
{
	struct tslab_bin *bin;
	unsigned long flags;

	lockdep_assert_held(&epoch->lock);
	if (epoch->label_number == label)
		return;
	raw_spin_lock_irqsave(&epoch->bins_lock, flags);
	WRITE_ONCE(epoch->label_number, label);
	tslab_for_each_bin(bin, epoch)
		WRITE_ONCE(bin->counters, READ_ONCE(bin->type->counters[label]) ?:
			   bin->type->counters[TSLAB_LABEL_NONE]);
	raw_spin_unlock_irqrestore(&epoch->bins_lock, flags);
}

/**
 * tslab_bin_take() - take the bin of a type out of an epoch
 * @type: type that nobody allocates any more
 * @epoch: epoch that has one
 * @gone: list the bin goes onto, until all who may be looking at it have gone
 *
 * Context: process context; epoch->lock held.
 */
void tslab_bin_take(struct tslab_type *type, struct tslab_epoch *epoch,
		    struct list_head *gone)
{
	unsigned long flags;
	struct tslab_bin *bin;

	lockdep_assert_held(&epoch->lock);
	raw_spin_lock_irqsave(&epoch->bins_lock, flags);
	bin = epoch->bins->bin[type->number];
	WRITE_ONCE(epoch->bins->bin[type->number], &tslab_no_bin);
	list_del_rcu(&bin->node);
	raw_spin_unlock_irqrestore(&epoch->bins_lock, flags);
	list_add(&bin->gone, gone);
}

void tslab_bin_free(struct tslab_bin *bin)
{
	if (bin->cpus != &tslab_no_cpu_slab)
		free_percpu(bin->cpus);
	kmem_cache_free(tslab_bin_cache, bin);
}

int tslab_bins_init(struct tslab_epoch *epoch)
{
	raw_spin_lock_init(&epoch->bins_lock);
	INIT_LIST_HEAD(&epoch->bin_list);
	epoch->bins = bins_alloc(TSLAB_NR_ROWS, GFP_KERNEL);
	return epoch->bins ? 0 : -ENOMEM;
}

void tslab_bins_exit(struct tslab_epoch *epoch)
{
	struct tslab_bin *bin, *next;

	list_for_each_entry_safe(bin, next, &epoch->bin_list, node)
		tslab_bin_free(bin);
	kfree(epoch->bins);
}

int __init tslab_bin_cache_init(void)
{
	tslab_bin_cache = kmem_cache_create("tslab_bin", tslab_bin_bytes(),
					    __alignof__(struct tslab_bin),
					    SLAB_NO_MERGE, NULL);
	return tslab_bin_cache ? 0 : -ENOMEM;
}

void tslab_bin_cache_exit(void)
{
	kmem_cache_destroy(tslab_bin_cache);
}
