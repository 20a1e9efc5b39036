/* SPDX-License-Identifier: GPL-2.0 */
/* What callers do wrong. */
#ifndef _TSLAB_MISUSE_H
#define _TSLAB_MISUSE_H

#include <linux/types.h>

struct tslab;
struct tslab_bin;
struct tslab_type;

enum tslab_misuse {
	TSLAB_MISUSE_SIZE,
	TSLAB_MISUSE_ZONE,
	TSLAB_MISUSE_NODE,
	TSLAB_MISUSE_CTOR,
	TSLAB_MISUSE_CACHE,
	TSLAB_MISUSE_DOUBLE,
	TSLAB_MISUSE_INVALID,
	TSLAB_MISUSE_FOREIGN,
	TSLAB_MISUSE_USERCOPY,
	TSLAB_MISUSE_KFREE,
	TSLAB_MISUSE_HANDLE,
	TSLAB_MISUSE_STALE_HANDLE,
	TSLAB_MISUSE_DOMAIN,
	TSLAB_MISUSE_OWNER,
	TSLAB_NR_MISUSES,
};

void tslab_misuse(struct tslab *ts, const struct tslab_type *type,
		  enum tslab_misuse kind, u64 value, unsigned long caller);

void tslab_misuse_live(const struct tslab_bin *bin, u64 live);

#endif /* _TSLAB_MISUSE_H */
