// SPDX-License-Identifier: GPL-2.0
/* The smallest module that uses tslab: modprobe loads tslab.ko before it. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/tslab.h>

struct line {
	struct line *next;
	char text[50];
};

static struct tslab *ts;

/* A phase: its objects come one by one, and go all at once. */
static int phase(unsigned int lines)
{
	tslab_epoch_t epoch = tslab_epoch_open(ts, "phase");
	struct line *first = NULL, *line;
	unsigned int i, chars = 0;
	long pages;

	if (tslab_epoch_err(epoch))
		return tslab_epoch_err(epoch);
	for (i = 0; i < lines; i++) {
		line = tslab_alloc_epoch(ts, epoch, sizeof(*line), GFP_KERNEL);
		if (!line)
			break;
		chars += snprintf(line->text, sizeof(line->text), "line %u", i);
		line->next = first;
		first = line;
	}
	pages = tslab_epoch_discard(ts, epoch);
	pr_info("%u lines of %u characters, %ld pages given back\n", i, chars,
		pages);
	return i == lines ? 0 : -ENOMEM;
}

static int __init tslab_user_init(void)
{
	int err;

	ts = tslab_create("user", NULL);
	if (IS_ERR(ts))
		return PTR_ERR(ts);
	err = phase(1000);
	if (err)
		tslab_destroy(ts);
	return err;
}

static void __exit tslab_user_exit(void)
{
	tslab_destroy(ts);
}

module_init(tslab_user_init);
module_exit(tslab_user_exit);
MODULE_DESCRIPTION("User of tslab outside of its tree");
MODULE_AUTHOR("The tslab developers");
MODULE_LICENSE("GPL");
