/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tslab

#if !defined(_TRACE_TSLAB_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_TSLAB_H

#include <linux/tracepoint.h>
#include <linux/version.h>

/* 6.10 took the second argument away. */
#undef tslab_assign_str
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define tslab_assign_str(dst, src)	__assign_str(dst, src)
#else
#define tslab_assign_str(dst, src)	__assign_str(dst)
#endif

DECLARE_EVENT_CLASS(tslab_slab,

	TP_PROTO(const char *instance, unsigned int size, unsigned int epoch),

	TP_ARGS(instance, size, epoch),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, size)
		__field(unsigned int, epoch)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->size = size;
		__entry->epoch = epoch;
	),

	TP_printk("instance=%s size=%u epoch=%u",
		  __get_str(instance), __entry->size, __entry->epoch)
);

DEFINE_EVENT(tslab_slab, tslab_slab_new,

	TP_PROTO(const char *instance, unsigned int size, unsigned int epoch),

	TP_ARGS(instance, size, epoch)
);

DEFINE_EVENT(tslab_slab, tslab_slab_release,

	TP_PROTO(const char *instance, unsigned int size, unsigned int epoch),

	TP_ARGS(instance, size, epoch)
);

TRACE_EVENT(tslab_epoch_open,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era),

	TP_ARGS(instance, epoch, era),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, epoch)
		__field(u64, era)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->epoch = epoch;
		__entry->era = era;
	),

	TP_printk("instance=%s epoch=%u era=%llu",
		  __get_str(instance), __entry->epoch, __entry->era)
);

DECLARE_EVENT_CLASS(tslab_epoch_end,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era, long pages),

	TP_ARGS(instance, epoch, era, pages),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, epoch)
		__field(u64, era)
		__field(long, pages)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->epoch = epoch;
		__entry->era = era;
		__entry->pages = pages;
	),

	TP_printk("instance=%s epoch=%u era=%llu pages=%ld",
		  __get_str(instance), __entry->epoch, __entry->era,
		  __entry->pages)
);

DEFINE_EVENT(tslab_epoch_end, tslab_epoch_close,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era, long pages),

	TP_ARGS(instance, epoch, era, pages)
);

DEFINE_EVENT(tslab_epoch_end, tslab_epoch_discard,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era, long pages),

	TP_ARGS(instance, epoch, era, pages)
);

TRACE_EVENT(tslab_misuse,

	TP_PROTO(const char *instance, unsigned int size, const char *kind,
		 u64 value, unsigned long caller),

	TP_ARGS(instance, size, kind, value, caller),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, size)
		__string(kind, kind)
		__field(u64, value)
		__field(unsigned long, caller)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->size = size;
		tslab_assign_str(kind, kind);
		__entry->value = value;
		__entry->caller = caller;
	),

	TP_printk("instance=%s size=%u kind=\"%s\" value=0x%llx caller=%pS",
		  __get_str(instance), __entry->size, __get_str(kind),
		  __entry->value, (void *)__entry->caller)
);

#endif /* _TRACE_TSLAB_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
