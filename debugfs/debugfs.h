/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of debugfs have in common. */
#ifndef _TSLAB_DEBUGFS_H
#define _TSLAB_DEBUGFS_H

#include <linux/fs.h>

#define FORMAT_VERSION	1

/* nodes.c */
extern const struct file_operations tslab_nodes_fops;

#endif /* _TSLAB_DEBUGFS_H */
