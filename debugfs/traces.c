// SPDX-License-Identifier: GPL-2.0
/*
 * The files alloc_traces, free_traces and leaks: who allocated what is live, who freed
 * what is free, and who allocated what is live in epochs that were closed; and
 * validate. In the layout of those that SLUB has of each cache.
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/seq_file.h>
#include <linux/sort.h>

#include "debug.h"
#include "tslab.h"
#include "debugfs.h"

/**
 * struct place - objects that have come, or gone, the same way
 * @stack: that way, or 0 if it is not known
 * @label: of their epochs
 * @type: of the objects
 * @objects: how many
 * @age_min: of the youngest, jiffies
 * @age_max: of the oldest
 * @age_sum: of all
 * @pid_min: lowest number of a task
 * @pid_max: highest
 * @cpus: of the tasks
 * @nodes: of the objects
 */
struct place {
	u32 stack;
	unsigned int label;
	const struct tslab_type *type;
	u64 objects;
	u32 age_min;
	u32 age_max;
	u64 age_sum;
	u32 pid_min;
	u32 pid_max;
	cpumask_t cpus;
	nodemask_t nodes;
};

/**
 * struct places - what a file shows
 * @user: who of an object
 * @of_closed: only of epochs that are closed
 * @now: jiffies
 * @nr: places that are known
 * @max: places there is room for
 * @place: those, by stack, label and type; behind them, by how many objects
 */
struct places {
	enum tslab_user user;
	bool of_closed;
	u32 now;
	unsigned int nr;
	unsigned int max;
	struct place *place;
};

static int place_cmp(const struct place *a, const struct place *b)
{
	if (a->stack != b->stack)
		return a->stack < b->stack ? -1 : 1;
	if (a->label != b->label)
		return a->label < b->label ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return 0;
}

/* Where such objects are counted, or NULL if there is no room for that. */
static struct place *place_find(struct places *places, const struct place *like)
{
	unsigned int from = 0, to = places->nr;

	while (from < to) {
		unsigned int at = from + (to - from) / 2;
		int cmp = place_cmp(like, &places->place[at]);

		if (!cmp)
			return &places->place[at];
		if (cmp < 0)
			to = at;
		else
			from = at + 1;
	}
	if (places->nr == places->max)
		return NULL;
	memmove(&places->place[from + 1], &places->place[from],
		(places->nr - from) * sizeof(*like));
	places->nr++;
	places->place[from] = *like;
	return &places->place[from];
}

static int place_add(struct places *places, struct tslab_slab *slab,
		     const struct tslab_mark *mark)
{
	enum tslab_user user = places->user;
	struct place like = {
		.stack = mark->stack[user],
		.label = READ_ONCE(slab->bin->epoch->label_number),
		.type = slab->type,
		.age_min = U32_MAX,
		.pid_min = U32_MAX,
	};
	u32 age = places->now - mark->when[user];
	struct place *place = place_find(places, &like);

	if (!place)
		return -ENOSPC;
	place->objects++;
	place->age_min = min(place->age_min, age);
	place->age_max = max(place->age_max, age);
	place->age_sum += age;
	place->pid_min = min(place->pid_min, mark->pid[user]);
	place->pid_max = max(place->pid_max, mark->pid[user]);
	cpumask_set_cpu(mark->cpu[user], &place->cpus);
	node_set(slab->node, place->nodes);
	return 0;
}

/* Whether an object is one of those that the file tells of. */
static bool is_shown(const struct places *places, const struct tslab_mark *mark)
{
	/* Nobody has forgotten what is kept as it was found. */
	if (places->of_closed && tslab_mark_is_broken(mark))
		return false;
	return mark->when[places->user] &&
	       !tslab_mark_size(mark) == (places->user == TSLAB_FREED);
}

static int slab_add(struct tslab_slab *slab, void *data)
{
	struct tslab_marks *marks = tslab_slab_marks(slab);
	struct places *places = data;
	unsigned long flags;
	unsigned int slot;
	int err = 0;

	if (places->of_closed && tslab_epoch_takes_any(slab->bin->epoch))
		return 0;
	raw_spin_lock_irqsave(&marks->lock, flags);
	for (slot = 0; slot < slab->geo.span && !err; slot++)
		if (is_shown(places, &marks->mark[slot]))
			err = place_add(places, slab, &marks->mark[slot]);
	raw_spin_unlock_irqrestore(&marks->lock, flags);
	return err;
}

/* Those with most objects first. */
static int place_cmp_objects(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->objects != y->objects)
		return x->objects < y->objects ? 1 : -1;
	return place_cmp(x, y);
}

static void show_stack(struct seq_file *m, u32 stack)
{
	unsigned long *entries;
	unsigned int nr = tslab_stack_entries(stack, &entries);
	unsigned int i;

	for (i = 0; i < nr; i++)
		seq_printf(m, "        %pS\n", (void *)entries[i]);
	seq_putc(m, '\n');
}

static void show_place(struct seq_file *m, const struct place *place)
{
	const struct tslab_type *type = place->type;
	unsigned long *entries;

	seq_printf(m, "%7llu ", place->objects);
	if (tslab_stack_entries(place->stack, &entries))
		seq_printf(m, "%pS", (void *)entries[0]);
	else
		seq_puts(m, "<not-available>");
	seq_printf(m, " age=%u/%llu/%u pid=%u-%u", place->age_min,
		   div64_u64(place->age_sum, place->objects), place->age_max,
		   place->pid_min, place->pid_max);
	seq_printf(m, " cpus=%*pbl nodes=%*pbl", cpumask_pr_args(&place->cpus),
		   nodemask_pr_args(&place->nodes));
	seq_printf(m, " instance=%s", type->ts->name);
	if (type->name)
		seq_printf(m, " cache=%s", type->name);
	else if (type->number == TSLAB_LARGE)
		seq_puts(m, " class=large");
	else
		seq_printf(m, " class=%u", type->geo.size);
	seq_puts(m, " label=");
	tslab_show_label(m, tslab_label_name(place->label));
	seq_putc(m, '\n');
	show_stack(m, place->stack);
}

/* Context: a section of tslab_instances_srcu: types and their names stay. */
static int places_collect(struct tslab *ts, struct places *places)
{
	int err;

	for (places->max = 256;; places->max *= 2) {
		places->place = kvmalloc_array(places->max,
					       sizeof(*places->place),
					       GFP_KERNEL);
		if (!places->place)
			return -ENOMEM;
		places->nr = 0;
		places->now = jiffies;
		err = tslab_debug_walk(ts, slab_add, places);
		if (err != -ENOSPC)
			return err;
		kvfree(places->place);
	}
}

static int places_show(struct seq_file *m, enum tslab_user user, bool of_closed)
{
	struct places places = { .user = user, .of_closed = of_closed };
	unsigned int i;
	int srcu, err;

	srcu = srcu_read_lock(&tslab_instances_srcu);
	err = places_collect(m->private, &places);
	if (!err) {
		sort(places.place, places.nr, sizeof(*places.place),
		     place_cmp_objects, NULL);
		for (i = 0; i < places.nr; i++)
			show_place(m, &places.place[i]);
	}
	srcu_read_unlock(&tslab_instances_srcu, srcu);
	kvfree(places.place);
	return err;
}

int tslab_alloc_traces_show(struct seq_file *m, void *unused)
{
	return places_show(m, TSLAB_ALLOCATED, false);
}

int tslab_free_traces_show(struct seq_file *m, void *unused)
{
	return places_show(m, TSLAB_FREED, false);
}

int tslab_leaks_show(struct seq_file *m, void *unused)
{
	return places_show(m, TSLAB_ALLOCATED, true);
}

/* === Looking at all objects === */

static int slab_check(struct tslab_slab *slab, void *unused)
{
	/* The log says what is wrong. */
	tslab_debug_slab_check(slab);
	return 0;
}

static int validate_set(void *ts, u64 n)
{
	return n == 1 ? tslab_debug_walk(ts, slab_check, NULL) : -EINVAL;
}
DEFINE_DEBUGFS_ATTRIBUTE(validate_fops, NULL, validate_set, "%llu\n");

/**
 * tslab_validate_create() - make the file that has all objects looked at
 * @dir: where
 * @ts: instance, or NULL for all
 */
void tslab_validate_create(struct dentry *dir, struct tslab *ts)
{
	debugfs_create_file("validate", 0200, dir, ts, &validate_fops);
}
