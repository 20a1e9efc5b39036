// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

static void *none(void)
{
	return kmalloc(16, GFP_KERNEL);
}
