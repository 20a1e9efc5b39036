/* SPDX-License-Identifier: GPL-2.0 */
/* What is in a handle, and where. */
#ifndef _TSLAB_HANDLE_H
#define _TSLAB_HANDLE_H

#include <linux/bitfield.h>

/*
 * A larger page has more slots, and there are fewer of them: ids are enough for
 * 16 GiB of slabs, whatever the size of a page.
 */
#define HANDLE_SLAB		GENMASK_ULL(63, PAGE_SHIFT + 30)
#define HANDLE_SERIAL		GENMASK_ULL(PAGE_SHIFT + 29, PAGE_SHIFT)
#define HANDLE_SLOT		GENMASK_ULL(PAGE_SHIFT - 1, 2)
#define HANDLE_VERSION		GENMASK_ULL(1, 0)

#define HANDLE_VERSION_NOW	1

/* From one serial number to the next. */
#define HANDLE_NEXT		FIELD_PREP(HANDLE_SERIAL, 1)

/* In place of a serial number: there is none left. */
#define HANDLE_SERIAL_MAX	FIELD_MAX(HANDLE_SERIAL)

#endif /* _TSLAB_HANDLE_H */
