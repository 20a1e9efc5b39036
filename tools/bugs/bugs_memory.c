// SPDX-License-Identifier: GPL-2.0
/* Programs that touch memory that is not theirs. */
#include <linux/uaccess.h>

#include "bugs.h"

/* Writes into an object of the cache, or beside it, and frees it. */
static void write_at(const struct bug_side *side, long offset)
{
	void *obj = side->alloc();

	bug_write(obj, offset);
	side->free(obj);
}

static void overflow_1(const struct bug_side *side)
{
	write_at(side, BUG_CACHE_SIZE);
}

static void overflow_7(const struct bug_side *side)
{
	write_at(side, BUG_CACHE_SIZE + 7);
}

static void underflow_1(const struct bug_side *side)
{
	write_at(side, -1);
}

static void underflow_8(const struct bug_side *side)
{
	write_at(side, -8);
}

/* Of two objects that are neighbours, one writes to the other's beginning. */
static void overflow_next(const struct bug_side *side)
{
	void *obj[8];
	int i;

	for (i = 0; i < 8; i++)
		obj[i] = side->alloc();
	bug_write(obj[3], BUG_CACHE_SIZE + 16);
	for (i = 0; i < 8; i++)
		side->free(obj[i]);
}

/* Beyond what was asked for, but not beyond the size class. */
static void overflow_asked(const struct bug_side *side)
{
	void *obj = side->alloc_size(BUG_SIZE);

	bug_write(obj, BUG_SIZE);
	side->free_size(obj);
}

static void overflow_class(const struct bug_side *side)
{
	void *obj = side->alloc_size(BUG_SIZE);

	bug_write(obj, 128);
	side->free_size(obj);
}

static void overflow_small(const struct bug_side *side)
{
	void *obj = side->alloc_size(13);

	bug_write(obj, 13);
	side->free_size(obj);
}

static void overflow_large(const struct bug_side *side)
{
	size_t size = 40000;
	void *obj = side->alloc_size(size);

	bug_write(obj, size);
	side->free_size(obj);
}

/* Reads beside objects: of one, KFENCE sees it on one side only. */
static void read_at(const struct bug_side *side, long offset)
{
	unsigned int i;

	for (i = 0; i < 12; i++) {
		void *obj = side->alloc();

		bug_read(obj, offset);
		side->free(obj);
	}
}

static void read_beyond(const struct bug_side *side)
{
	read_at(side, BUG_CACHE_SIZE);
}

static void read_before(const struct bug_side *side)
{
	read_at(side, -1);
}

/* Frees an object and writes to it then. */
static void write_free(const struct bug_side *side, long offset)
{
	void *obj = side->alloc(), *other = side->alloc();

	side->free(obj);
	bug_write(obj, offset);
	side->free(other);
}

static void write_after_free(const struct bug_side *side)
{
	write_free(side, 64);
}

static void write_after_free_end(const struct bug_side *side)
{
	write_free(side, BUG_CACHE_SIZE - 1);
}

static void write_after_free_first(const struct bug_side *side)
{
	write_free(side, 0);
}

static void read_after_free(const struct bug_side *side)
{
	void *obj = side->alloc(), *other = side->alloc();

	side->free(obj);
	bug_read(obj, 64);
	side->free(other);
}

/* What was freed still looks as if it were live: a flag in it is set. */
static void use_after_free(const struct bug_side *side)
{
	u64 *obj = side->alloc();

	obj[4] = 1;
	side->free(obj);
	if (READ_ONCE(bug_hide(obj)[4]) != 1)
		pr_info("tslab_bugs: found by its content\n");
}

/* What nobody has written is what a program goes on with. */
static void use_uninitialised(const struct bug_side *side)
{
	u64 *obj = side->alloc();

	if (READ_ONCE(bug_hide(obj)[4]) == 0x6b6b6b6b6b6b6b6bULL)
		pr_info("tslab_bugs: found by its content\n");
	side->free(obj);
}

static void write_large_after_free(const struct bug_side *side)
{
	void *obj = side->alloc_size(40000);

	side->free_size(obj);
	bug_write(obj, 100);
}

/* As a copy to user space that is longer than the object. */
static void copy_beyond(const struct bug_side *side)
{
	void __user *user = (void __user *)PAGE_SIZE;
	size_t size = BUG_CACHE_SIZE + 64;
	void *obj = side->alloc();

	OPTIMIZER_HIDE_VAR(size);
	if (copy_to_user(user, obj, size))
		pr_debug("nothing is mapped there\n");
	side->free(obj);
}

/* With the function that looks. */
static void copy_beyond_checked(void)
{
	void *obj = bugs_tslab_alloc_size(BUG_SIZE);
	void __user *user = (void __user *)PAGE_SIZE;

	if (tslab_copy_to_user(bug_ts, user, obj, bug_size(BUG_SIZE + 64)))
		pr_debug("refused\n");
	tslab_free(bug_ts, obj);
}

const struct bug bugs_memory[] = {
	{ "overflow_1", "writes the byte behind its object", overflow_1 },
	{ "overflow_7", "writes 7 bytes behind its object", overflow_7 },
	{ "overflow_next", "writes to the object behind its own", overflow_next },
	{ "overflow_asked", "writes beyond what it asked for, not beyond the size class",
	  overflow_asked },
	{ "overflow_class", "writes beyond the size class", overflow_class },
	{ "overflow_small", "writes the byte behind an object of 13 bytes", overflow_small },
	{ "overflow_large", "writes the byte behind an object of 40,000 bytes",
	  overflow_large },
	{ "underflow_1", "writes the byte before its object", underflow_1 },
	{ "underflow_8", "writes 8 bytes before its object", underflow_8 },
	{ "read_beyond", "reads the byte behind its objects", read_beyond },
	{ "read_before", "reads the byte before its objects", read_before },
	{ "write_after_free", "writes to an object it has freed", write_after_free },
	{ "write_after_free_first", "writes to the first byte of one", write_after_free_first },
	{ "write_after_free_end", "writes to the last byte of one", write_after_free_end },
	{ "write_large_after_free", "writes to an object of 40,000 bytes it has freed",
	  write_large_after_free },
	{ "read_after_free", "reads an object it has freed", read_after_free },
	{ "use_after_free", "goes on with what is in an object it has freed", use_after_free },
	{ "use_uninitialised", "goes on with what it has not written", use_uninitialised },
	{ "copy_beyond", "copies more to user space than its object has", copy_beyond },
	{ "copy_beyond_checked", "does so with tslab_copy_to_user()",
	  .tslab = copy_beyond_checked },
	{ }
};
