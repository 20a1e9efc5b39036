/* SPDX-License-Identifier: GPL-2.0 */
/* What is in a handle, and where. */
#ifndef _TSLAB_HANDLE_H
#define _TSLAB_HANDLE_H

#include <linux/bitfield.h>

#define HANDLE_SLAB		GENMASK_ULL(63, 42)
#define HANDLE_SERIAL		GENMASK_ULL(41, 12)
#define HANDLE_SLOT		GENMASK_ULL(11, 2)
#define HANDLE_VERSION		GENMASK_ULL(1, 0)

#define HANDLE_VERSION_NOW	1

/* From one serial number to the next. */
#define HANDLE_NEXT		FIELD_PREP(HANDLE_SERIAL, 1)

/* In place of a serial number: there is none left. */
#define HANDLE_SERIAL_MAX	FIELD_MAX(HANDLE_SERIAL)

#endif /* _TSLAB_HANDLE_H */
