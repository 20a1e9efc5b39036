// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

struct own {
	char *label;
	char *option;
	void *buffer;
};

static void given_away(struct file *file)
{
	struct own *own = kzalloc(sizeof(*own), GFP_KERNEL);

	file->private_data = own;
}

static void of_others(struct own *own, struct own_fc *fc)
{
	own->option = fc->string;
	fc->string = NULL;
	kfree(own->option);
	own->option = kstrdup("default", GFP_KERNEL);
}

static int may_be_vmalloc(struct own *own, size_t size)
{
	own->buffer = kvmalloc(size, GFP_KERNEL);
	if (!own->buffer)
		own->buffer = kmalloc(size, GFP_NOWAIT);
	kvfree(own->buffer);
	return 0;
}

static void filled_by_others(void)
{
	char *value = kmalloc(16, GFP_KERNEL);

	grow(&value);
	kfree(value);
}

static void of_another_module(void)
{
	struct posix_acl *acl = kmalloc(sizeof(*acl), GFP_KERNEL);

	kfree(acl);
}

static void stays(struct own *own)
{
	char *label = kstrdup("a", GFP_KERNEL);

	kfree(label);
	label = kstrdup("b", GFP_KERNEL);
	own->label = label;
	kfree(own->label);
}
