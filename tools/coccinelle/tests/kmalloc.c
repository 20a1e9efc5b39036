// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

struct table {
	struct row *rows;
	char *name;
	struct rcu_head rcu;
};

struct row {
	int value;
};

static struct table *table_new(const char *name, size_t rows, int node)
{
	struct table *table = kzalloc(sizeof(*table), GFP_KERNEL);

	if (!table)
		return NULL;
	table->rows = kcalloc(rows, sizeof(struct row), GFP_KERNEL);
	table->name = kstrdup(name, GFP_KERNEL);
	if (!table->rows || !table->name) {
		kfree(table->name);
		kfree(table->rows);
		kfree(table);
		return NULL;
	}
	return table;
}

static struct table *table_on(int node)
{
	return kmalloc_node(sizeof(struct table), GFP_KERNEL, node);
}

static int table_grow(struct table *table, size_t rows)
{
	struct row *new = krealloc_array(table->rows, rows, sizeof(*new),
					 GFP_KERNEL);

	if (!new)
		return -ENOMEM;
	table->rows = new;
	return 0;
}

static void table_free(struct table *table)
{
	kfree(table->rows);
	kfree_sensitive(table->name);
	kfree_rcu(table, rcu);
}

static char *line_of(const char *name, int number)
{
	return kasprintf(GFP_KERNEL, "%s %d", name, number);
}

static int print_lines(const void *data, size_t len, size_t n)
{
	void *copy = kmemdup(data, len, GFP_KERNEL);
	int *numbers = kmalloc_array(n, sizeof(int), GFP_KERNEL);
	char *line = line_of(copy, numbers[0]);
	char *start = kstrndup(line, 8, GFP_KERNEL);

	pr_info("%s\n", start);
	kfree(start);
	kfree(line);
	kfree(numbers);
	kfree(copy);
	return 0;
}
