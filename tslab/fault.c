// SPDX-License-Identifier: GPL-2.0
/* Injected failure of each allocation the allocator itself makes. */
#include "tslab.h"

#ifdef CONFIG_FAULT_INJECTION
#include <linux/debugfs.h>
#include <linux/fault-inject.h>

static DECLARE_FAULT_ATTR(fail_tslab);
static struct dentry *fail_tslab_dir;

bool tslab_should_fail(size_t size, gfp_t gfp)
{
	if (gfp & __GFP_NOFAIL)
		return false;
	return should_fail_ex(&fail_tslab, size,
			      gfp & __GFP_NOWARN ? FAULT_NOWARN : 0);
}

void __init tslab_fault_init(void)
{
	fail_tslab_dir = fault_create_debugfs_attr("fail_tslab", NULL,
						   &fail_tslab);
}

void tslab_fault_exit(void)
{
	if (!IS_ERR(fail_tslab_dir))
		debugfs_remove_recursive(fail_tslab_dir);
}
#else
void __init tslab_fault_init(void) { }
void tslab_fault_exit(void) { }
#endif
