// SPDX-License-Identifier: GPL-2.0
/* What is said of an object that is not as it was left. */
#include <linux/kernel.h>
#include <linux/kmsan-checks.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/string.h>

#include "debug.h"
#include "find.h"
#include "tslab.h"

/* Bytes of an object that are shown, and of what is around it. */
#define SHOWN_OBJECT	128
#define SHOWN_AROUND	32

/* As "cache foo", or "class 128". */
static void type_name(const struct tslab_type *type, char *buf, size_t size)
{
	if (type->name)
		snprintf(buf, size, "cache %s", type->name);
	else if (type->number == TSLAB_LARGE)
		strscpy(buf, "no class", size);
	else
		snprintf(buf, size, "class %u", type->geo.size);
}

static void show_bytes(const char *what, const void *from, const void *to)
{
	u8 bytes[SHOWN_OBJECT];
	size_t size = to - from;

	if (from >= to)
		return;
	memcpy(bytes, from, size);
	/* What nobody has written is shown, too. */
	kmsan_unpoison_memory(bytes, size);
	print_hex_dump(KERN_ERR, what, DUMP_PREFIX_OFFSET, 16, 1, bytes, size,
		       true);
}

static void show_object(struct tslab_slab *slab, unsigned long slot)
{
	const void *start = tslab_slab_start(slab), *end = tslab_slab_end(slab);
	const void *obj = tslab_slot_obj(slab, slot);
	size_t size = tslab_debug_size(slab, slot);
	const void *behind = min(obj + size, end);

	show_bytes("tslab: before ", max(obj - SHOWN_AROUND, start), obj);
	show_bytes("tslab: object ", obj, min(behind, obj + SHOWN_OBJECT));
	show_bytes("tslab: behind ", behind, min(behind + SHOWN_AROUND, end));
}

/**
 * tslab_debug_report() - report an object
 * @slab: its slab, which is debugged
 * @slot: its slot
 * @what: what was done to it
 * @at: first byte that is wrong, or NULL if none is
 * @expected: what that should be
 *
 * Context: any but NMI; lock of the marks held.
 */
void tslab_debug_report(struct tslab_slab *slab, unsigned long slot, const char *what,
			const u8 *at, u8 expected)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 20);
	const struct tslab_mark *mark = &tslab_slab_marks(slab)->mark[slot];
	const struct tslab_epoch *epoch = slab->bin->epoch;
	const void *obj = tslab_slot_obj(slab, slot);
	char name[TSLAB_NAME_MAX + 8];

	add_taint(TAINT_BAD_PAGE, LOCKDEP_STILL_OK);
	if (!__ratelimit(&limit))
		return;
	type_name(slab->type, name, sizeof(name));
	pr_err("tslab: BUG in %s, %s: object %p %s\n", slab->ts->name, name, obj,
	       what);
	if (at)
		pr_err("tslab: byte %td of it is 0x%02x and not 0x%02x\n",
		       (const void *)at - obj, *at, expected);
	pr_err("tslab: %zu bytes, slot %lu of %u, in epoch %u \"%s\", %s\n",
	       tslab_debug_size(slab, slot), slot, slab->geo.span,
	       epoch->index, tslab_label_name(READ_ONCE(epoch->label_number)),
	       tslab_epoch_takes_any(epoch) ? "open" : "closed");
	tslab_mark_show(mark, TSLAB_ALLOCATED);
	tslab_mark_show(mark, TSLAB_FREED);
	show_object(slab, slot);
	/* Not by whom it was overwritten, but who found it. */
	dump_stack_lvl(KERN_ERR);
}

/**
 * tslab_debug_trace() - print that an object is allocated or freed
 * @slab: its slab, which is debugged
 * @slot: its slot
 * @user: which of both
 *
 * Context: any but NMI.
 */
void tslab_debug_trace(struct tslab_slab *slab, unsigned long slot,
		       enum tslab_user user)
{
	char name[TSLAB_NAME_MAX + 8];

	type_name(slab->type, name, sizeof(name));
	pr_info("tslab: %s %p of %s, %s, in epoch %u\n",
		user == TSLAB_ALLOCATED ? "allocated" : "freed",
		tslab_slot_obj(slab, slot), slab->ts->name, name,
		slab->bin->epoch->index);
	dump_stack_lvl(KERN_INFO);
}
