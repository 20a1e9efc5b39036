// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

struct user {
	struct user *next;
	struct rcu_head rcu;
};

static struct kmem_cache *user_cache;

static struct user *one_of_each(void **objs, int node)
{
	struct user *user = kmem_cache_alloc(user_cache, GFP_KERNEL);

	if (!user)
		return NULL;
	user->next = kmem_cache_zalloc(user_cache, GFP_ATOMIC);
	if (!user->next) {
		kmem_cache_free(user_cache, user);
		return NULL;
	}
	user->next->next = kmem_cache_alloc_node(user_cache, GFP_KERNEL, node);
	if (!kmem_cache_alloc_bulk(user_cache, GFP_KERNEL, 16, objs))
		return NULL;
	kmem_cache_free_bulk(user_cache, 16, objs);
	return user;
}

static void user_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(user_cache, container_of(head, struct user, rcu));
}

static void put_user_object(struct user *user, bool later, bool now)
{
	if (later)
		call_rcu(&user->rcu, user_free_rcu);
	else if (now)
		kfree(user);
	else
		kfree_rcu(user, rcu);
}

static void others(struct other *other)
{
	kfree(other);
}

struct link {
	struct link *next;
};

static struct kmem_cache *link_cache;

static struct link *link_of_either(bool template)
{
	struct link *link;

	if (template)
		link = kzalloc(sizeof(*link) + 8, GFP_KERNEL);
	else
		link = kmem_cache_alloc(link_cache, GFP_KERNEL);
	return link;
}

static void put_template(struct link *link)
{
	kfree(link);
}
