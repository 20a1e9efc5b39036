/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tslab

#if !defined(_TRACE_TSLAB_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_TSLAB_H

#include <linux/tracepoint.h>

/* __assign_str() has two arguments on some kernels, and one on others. */
#undef tslab_assign_str
#define tslab_assign_str(dst, src)					\
	memcpy(__get_str(dst), src, __get_dynamic_array_len(dst))

#ifndef TSLAB_CAS_ALLOC
#define TSLAB_CAS_ALLOC			0
#define TSLAB_CAS_FREE			1
#define TSLAB_CAS_CURRENT_PARTIAL	2
#endif

#define show_tslab_cas(op)						\
	__print_symbolic(op,						\
		{ TSLAB_CAS_ALLOC,		"alloc" },		\
		{ TSLAB_CAS_FREE,		"free" },		\
		{ TSLAB_CAS_CURRENT_PARTIAL,	"current_partial" })

/* The values of enum tslab_lock_site and enum tslab_slow_bit. */
#define show_tslab_site(site)						\
	__print_symbolic(site,						\
		{ 0, "alloc_full" }, { 1, "slow_acquire" },		\
		{ 2, "slow_full" }, { 3, "free_empty" },		\
		{ 4, "free_partial" }, { 5, "epoch_close" })

#define show_tslab_reasons(reasons)					\
	__print_flags(reasons, "|",					\
		{ 1, "shared" }, { 2, "refill" }, { 4, "new_slab" },	\
		{ 8, "cas_retry" }, { 16, "lock_wait" },		\
		{ 32, "partial_null" }, { 64, "partial_full" },		\
		{ 128, "epoch_closed" }, { 256, "failed" })

DECLARE_EVENT_CLASS(tslab_slab,

	TP_PROTO(const char *instance, unsigned int size, unsigned int epoch,
		 unsigned int pages),

	TP_ARGS(instance, size, epoch, pages),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, size)
		__field(unsigned int, epoch)
		__field(unsigned int, pages)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->size = size;
		__entry->epoch = epoch;
		__entry->pages = pages;
	),

	TP_printk("instance=%s size=%u epoch=%u pages=%u",
		  __get_str(instance), __entry->size, __entry->epoch,
		  __entry->pages)
);

DEFINE_EVENT(tslab_slab, tslab_slab_new,

	TP_PROTO(const char *instance, unsigned int size, unsigned int epoch,
		 unsigned int pages),

	TP_ARGS(instance, size, epoch, pages)
);

DEFINE_EVENT(tslab_slab, tslab_slab_release,

	TP_PROTO(const char *instance, unsigned int size, unsigned int epoch,
		 unsigned int pages),

	TP_ARGS(instance, size, epoch, pages)
);

TRACE_EVENT(tslab_alloc_slow,

	TP_PROTO(const char *instance, unsigned int size, unsigned int epoch,
		 unsigned int reasons),

	TP_ARGS(instance, size, epoch, reasons),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, size)
		__field(unsigned int, epoch)
		__field(unsigned int, reasons)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->size = size;
		__entry->epoch = epoch;
		__entry->reasons = reasons;
	),

	TP_printk("instance=%s size=%u epoch=%u reasons=%s",
		  __get_str(instance), __entry->size, __entry->epoch,
		  show_tslab_reasons(__entry->reasons))
);

DECLARE_EVENT_CLASS(tslab_lock,

	TP_PROTO(const char *instance, unsigned int size, unsigned int site),

	TP_ARGS(instance, size, site),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, size)
		__field(unsigned int, site)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->size = size;
		__entry->site = site;
	),

	TP_printk("instance=%s size=%u site=%s",
		  __get_str(instance), __entry->size,
		  show_tslab_site(__entry->site))
);

DEFINE_EVENT(tslab_lock, tslab_lock_contended_begin,

	TP_PROTO(const char *instance, unsigned int size, unsigned int site),

	TP_ARGS(instance, size, site)
);

DEFINE_EVENT(tslab_lock, tslab_lock_contended_end,

	TP_PROTO(const char *instance, unsigned int size, unsigned int site),

	TP_ARGS(instance, size, site)
);

TRACE_EVENT(tslab_cas_retry,

	TP_PROTO(const char *instance, unsigned int size, unsigned int op),

	TP_ARGS(instance, size, op),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, size)
		__field(unsigned int, op)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->size = size;
		__entry->op = op;
	),

	TP_printk("instance=%s size=%u op=%s",
		  __get_str(instance), __entry->size,
		  show_tslab_cas(__entry->op))
);

DECLARE_EVENT_CLASS(tslab_epoch,

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

DEFINE_EVENT(tslab_epoch, tslab_epoch_open,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era),

	TP_ARGS(instance, epoch, era)
);

DEFINE_EVENT(tslab_epoch, tslab_epoch_advance,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era),

	TP_ARGS(instance, epoch, era)
);

DEFINE_EVENT(tslab_epoch, tslab_epoch_drained,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era),

	TP_ARGS(instance, epoch, era)
);

TRACE_EVENT(tslab_epoch_close,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era,
		 unsigned int classes, unsigned int scanned,
		 unsigned int recycled, u64 pages, u64 ns),

	TP_ARGS(instance, epoch, era, classes, scanned, recycled, pages, ns),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, epoch)
		__field(u64, era)
		__field(unsigned int, classes)
		__field(unsigned int, scanned)
		__field(unsigned int, recycled)
		__field(u64, pages)
		__field(u64, ns)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->epoch = epoch;
		__entry->era = era;
		__entry->classes = classes;
		__entry->scanned = scanned;
		__entry->recycled = recycled;
		__entry->pages = pages;
		__entry->ns = ns;
	),

	TP_printk("instance=%s epoch=%u era=%llu classes=%u scanned=%u recycled=%u pages=%llu ns=%llu",
		  __get_str(instance), __entry->epoch, __entry->era,
		  __entry->classes, __entry->scanned, __entry->recycled,
		  __entry->pages, __entry->ns)
);

TRACE_EVENT(tslab_epoch_discard,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era,
		 unsigned int slabs, u64 pages),

	TP_ARGS(instance, epoch, era, slabs, pages),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, epoch)
		__field(u64, era)
		__field(unsigned int, slabs)
		__field(u64, pages)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->epoch = epoch;
		__entry->era = era;
		__entry->slabs = slabs;
		__entry->pages = pages;
	),

	TP_printk("instance=%s epoch=%u era=%llu slabs=%u pages=%llu",
		  __get_str(instance), __entry->epoch, __entry->era,
		  __entry->slabs, __entry->pages)
);

DECLARE_EVENT_CLASS(tslab_domain,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era,
		 unsigned int depth),

	TP_ARGS(instance, epoch, era, depth),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, epoch)
		__field(u64, era)
		__field(unsigned int, depth)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->epoch = epoch;
		__entry->era = era;
		__entry->depth = depth;
	),

	TP_printk("instance=%s epoch=%u era=%llu depth=%u",
		  __get_str(instance), __entry->epoch, __entry->era,
		  __entry->depth)
);

DEFINE_EVENT(tslab_domain, tslab_domain_enter,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era,
		 unsigned int depth),

	TP_ARGS(instance, epoch, era, depth)
);

DEFINE_EVENT(tslab_domain, tslab_domain_exit,

	TP_PROTO(const char *instance, unsigned int epoch, u64 era,
		 unsigned int depth),

	TP_ARGS(instance, epoch, era, depth)
);

TRACE_EVENT(tslab_misuse,

	TP_PROTO(const char *instance, unsigned int size, const char *kind,
		 const void *ptr, u64 value, unsigned long caller),

	TP_ARGS(instance, size, kind, ptr, value, caller),

	TP_STRUCT__entry(
		__string(instance, instance)
		__field(unsigned int, size)
		__string(kind, kind)
		__field(const void *, ptr)
		__field(u64, value)
		__field(unsigned long, caller)
	),

	TP_fast_assign(
		tslab_assign_str(instance, instance);
		__entry->size = size;
		tslab_assign_str(kind, kind);
		__entry->ptr = ptr;
		__entry->value = value;
		__entry->caller = caller;
	),

	TP_printk("instance=%s size=%u kind=\"%s\" ptr=%p value=0x%llx caller=%pS",
		  __get_str(instance), __entry->size, __get_str(kind),
		  __entry->ptr, __entry->value, (void *)__entry->caller)
);

#endif /* _TRACE_TSLAB_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
