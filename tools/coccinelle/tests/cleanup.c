// SPDX-License-Identifier: GPL-2.0
#include <linux/cleanup.h>
#include <linux/slab.h>

static struct kmem_cache *users;

static int name_user(const char *from)
{
	char *name __free(kfree) = kstrdup(from, GFP_KERNEL);
	struct user *user = kmem_cache_zalloc(users, GFP_KERNEL);

	if (!name || !user)
		return -ENOMEM;
	user->name = no_free_ptr(name);
	return 0;
}

static void free_user(struct user *user)
{
	kfree(user->name);
	kmem_cache_free(users, user);
}
