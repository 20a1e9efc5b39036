// SPDX-License-Identifier: GPL-2.0
// Makes users of a kmem_cache users of a tslab_cache in the instance that -D instance=
// names. tools/coccinelle/convert runs it, and takes what it prints: lines "report:
// FILE:LINE: WHAT".

@initialize:python@
@@
flags_of = {
    "SLAB_RECLAIM_ACCOUNT": "TSLAB_CACHE_RECLAIM_ACCOUNT",
    "SLAB_TEMPORARY": "TSLAB_CACHE_RECLAIM_ACCOUNT",
    "SLAB_HWCACHE_ALIGN": "TSLAB_CACHE_HWCACHE_ALIGN",
    "SLAB_TYPESAFE_BY_RCU": "TSLAB_CACHE_TYPESAFE_BY_RCU",
    "SLAB_ACCOUNT": "TSLAB_CACHE_ACCOUNT",
}
# Nothing is lost without them.
moot = {"", "0", "SLAB_NO_MERGE", "SLAB_NOLEAKTRACE", "SLAB_NO_USER_FLAGS",
        "SLAB_CONSISTENCY_CHECKS", "SLAB_RED_ZONE", "SLAB_POISON",
        "SLAB_STORE_USER", "SLAB_DEBUG_OBJECTS"}
why_dropped = {
    "SLAB_ACCOUNT": "a list_lru, on which its objects are, has no list for the "
                    "cgroup of the page",
    "SLAB_PANIC": "without memory the cache is NULL",
    "SLAB_CACHE_DMA": "tslab has no memory of a zone",
    "SLAB_CACHE_DMA32": "tslab has no memory of a zone",
}
# Caches whose objects go onto a list_lru, as they are written.
on_lru = set()
# Structs of which some objects are kmalloc()'s.
of_kmalloc = set()


def words(text):
    return "".join(text.split())


def split_flags(cache, text):
    """Returns what tslab calls the flags, and those that it has not."""
    new, dropped = [], []
    for flag in words(text).replace("(", "").replace(")", "").split("|"):
        if flag in flags_of and not (flag == "SLAB_ACCOUNT" and
                                     words(cache) in on_lru):
            if flags_of[flag] not in new:
                new.append(flags_of[flag])
        elif flag not in moot:
            dropped.append(flag)
    return " | ".join(new) or "0", dropped


def cache_args(cache, flags, **fields):
    fields["flags"] = split_flags(cache, flags)[0]
    text = ", ".join(".%s = %s" % (name, fields[name]) for name in
                     ("align", "flags", "ctor", "useroffset", "usersize")
                     if words(fields.get(name, "0")) not in ("0", "NULL"))
    return cocci.make_expr("&(struct tslab_cache_args) { %s }" % text
                           if text else "NULL")


// === What is said, before lines move ===

@lru@
expression cache;
@@
(
 alloc_inode_sb(..., cache, ...)
|
 kmem_cache_alloc_lru(cache, ...)
)

@script:python@
cache << lru.cache;
@@
on_lru.add(words(cache))

@creation@
expression cache, flags, a, b, c, d, e;
position p;
@@
(
 cache = kmem_cache_create@p(a, b, c, flags, d)
|
 cache = kmem_cache_create@p(a, b, c, flags)
|
 cache = kmem_cache_create_usercopy@p(a, b, c, flags, d, e, ...)
|
 cache = KMEM_CACHE@p(a, flags)
|
 cache = KMEM_CACHE_USERCOPY@p(a, flags, b)
)

@script:python@
cache << creation.cache;
flags << creation.flags;
p << creation.p;
@@
for flag in split_flags(cache, flags)[1]:
    print("report: %s:%s: %s dropped: %s" % (
        p[0].file, p[0].line, flag,
        why_dropped.get(flag, "not a flag that is known here")))

@freeptr@
identifier args;
expression E;
position p;
@@
 struct kmem_cache_args args = { .freeptr_offset@p = E, };

@script:python@
p << freeptr.p;
@@
print("report: %s:%s: freeptr_offset dropped: tslab writes nothing into free objects" % (
    p[0].file, p[0].line))

// === Creation ===

@create@
expression cache, n, size, align, flags, ctor;
position p;
@@
 cache = kmem_cache_create@p(n, size, align, flags, ctor);

@script:python create_args@
cache << create.cache;
align << create.align;
flags << create.flags;
ctor << create.ctor;
args;
@@
coccinelle.args = cache_args(cache, flags, align=align, ctor=ctor)

@@
expression create.cache, create.n, create.size, create_args.args;
identifier virtual.instance;
position create.p;
@@
- cache = kmem_cache_create@p(n, size, ...);
+ cache = tslab_cache_create(instance, n, size, args);
+ if (IS_ERR(cache))
+ 	cache = NULL;

@usercopy@
expression cache, n, size, align, flags, offset, length, ctor;
position p;
@@
 cache = kmem_cache_create_usercopy@p(n, size, align, flags, offset, length, ctor);

@script:python usercopy_args@
cache << usercopy.cache;
align << usercopy.align;
flags << usercopy.flags;
offset << usercopy.offset;
length << usercopy.length;
ctor << usercopy.ctor;
args;
@@
coccinelle.args = cache_args(cache, flags, align=align, ctor=ctor,
                             useroffset=offset, usersize=length)

@@
expression usercopy.cache, usercopy.n, usercopy.size, usercopy_args.args;
identifier virtual.instance;
position usercopy.p;
@@
- cache = kmem_cache_create_usercopy@p(n, size, ...);
+ cache = tslab_cache_create(instance, n, size, args);
+ if (IS_ERR(cache))
+ 	cache = NULL;

@of_struct@
expression cache, flags;
identifier tag;
position p;
@@
 cache = KMEM_CACHE@p(tag, flags);

@script:python of_struct_flags@
cache << of_struct.cache;
flags << of_struct.flags;
new;
@@
coccinelle.new = cocci.make_expr(split_flags(cache, flags)[0])

@@
expression of_struct.cache, of_struct_flags.new;
identifier of_struct.tag;
identifier virtual.instance;
position of_struct.p;
@@
- cache = KMEM_CACHE@p(tag, ...);
+ cache = TSLAB_CACHE(instance, tag, new);
+ if (IS_ERR(cache))
+ 	cache = NULL;

@of_struct_usercopy@
expression cache, flags;
identifier tag, part;
position p;
@@
 cache = KMEM_CACHE_USERCOPY@p(tag, flags, part);

@script:python of_struct_usercopy_args@
cache << of_struct_usercopy.cache;
flags << of_struct_usercopy.flags;
tag << of_struct_usercopy.tag;
part << of_struct_usercopy.part;
title;
args;
@@
coccinelle.title = cocci.make_expr('"%s"' % tag)
coccinelle.args = cache_args(
    cache, flags, align="__alignof__(struct %s)" % tag,
    useroffset="offsetof(struct %s, %s)" % (tag, part),
    usersize="sizeof_field(struct %s, %s)" % (tag, part))

@@
expression of_struct_usercopy.cache;
expression of_struct_usercopy_args.title, of_struct_usercopy_args.args;
identifier of_struct_usercopy.tag;
identifier virtual.instance;
position of_struct_usercopy.p;
@@
- cache = KMEM_CACHE_USERCOPY@p(tag, ...);
+ cache = tslab_cache_create(instance, title, sizeof(struct tag), args);
+ if (IS_ERR(cache))
+ 	cache = NULL;

@by_args@
expression cache, flags, n, size;
identifier args;
position p;
@@
 cache = kmem_cache_create@p(n, size, &args, flags);

@script:python by_args_flags@
cache << by_args.cache;
flags << by_args.flags;
new;
@@
coccinelle.new = cocci.make_expr(split_flags(cache, flags)[0])

@@
expression by_args.cache, by_args.n, by_args.size, by_args_flags.new;
identifier by_args.args;
identifier virtual.instance;
position by_args.p;
@@
- cache = kmem_cache_create@p(n, size, &args, ...);
+ args.flags = new;
+ cache = tslab_cache_create(instance, n, size, &args);
+ if (IS_ERR(cache))
+ 	cache = NULL;

@@
identifier args;
expression E;
@@
 struct kmem_cache_args args = {
-	.freeptr_offset = E,
 };

@@
identifier args;
expression E;
@@
 struct kmem_cache_args args = {
-	.use_freeptr_offset = E,
 };

@@
@@
- struct kmem_cache_args
+ struct tslab_cache_args

// === Objects ===

@object@
identifier tag;
struct tag *obj;
@@
 obj = \(kmem_cache_alloc\|kmem_cache_zalloc\|kmem_cache_alloc_node\|kmem_cache_alloc_lru\|alloc_inode_sb\)(...)

@kmallocated@
identifier object.tag;
struct tag *obj;
position p;
@@
 obj@p = \(kmalloc\|kzalloc\|kmalloc_node\|kzalloc_node\|kmalloc_array\|kcalloc\|kmemdup\|krealloc\)(...)

@script:python@
tag << object.tag;
p << kmallocated.p;
@@
of_kmalloc.add(tag)

@freed@
identifier object.tag;
struct tag *obj;
position p;
@@
\(kfree@p\|kfree_rcu@p\)(obj, ...)

@script:python@
tag << object.tag;
p << freed.p;
@@
if tag in of_kmalloc:
    print("report: %s:%s: kfree left: some objects of struct %s are kmalloc()'s" % (
        p[0].file, p[0].line, tag))
    cocci.include_match(False)

@@
identifier virtual.instance;
identifier object.tag;
struct tag *obj;
identifier head;
position freed.p;
@@
(
- kfree_rcu@p(obj, head)
+ tslab_free_rcu(instance, obj, &obj->head)
|
- kfree@p(obj)
+ tslab_free(instance, obj)
)

@@
expression cache, a, b, c;
@@
(
- alloc_inode_sb(a, cache, b)
+ tslab_cache_alloc(cache, b)
|
- kmem_cache_alloc_lru(cache, a, b)
+ tslab_cache_alloc(cache, b)
|
- kmem_cache_alloc(cache, a)
+ tslab_cache_alloc(cache, a)
|
- kmem_cache_zalloc(cache, a)
+ tslab_cache_zalloc(cache, a)
|
- kmem_cache_alloc_node(cache, a, b)
+ tslab_cache_alloc_node(cache, a, b)
|
- kmem_cache_alloc_bulk(cache, a, b, c)
+ tslab_cache_alloc_bulk(cache, a, b, c)
|
- kmem_cache_free(cache, a)
+ tslab_cache_free(cache, a)
|
- kmem_cache_free_bulk(cache, a, b)
+ tslab_cache_free_bulk(cache, a, b)
|
- kmem_cache_size(cache)
+ tslab_cache_size(cache)
|
- kmem_cache_shrink(cache)
+ tslab_cache_shrink(cache)
|
- kmem_cache_destroy(cache)
+ tslab_cache_destroy(cache)
|
- mempool_create_slab_pool(a, cache)
+ mempool_create(a, tslab_mempool_alloc, tslab_mempool_free, cache)
|
- mempool_init_slab_pool(a, b, cache)
+ mempool_init(a, b, tslab_mempool_alloc, tslab_mempool_free, cache)
)

@@
symbol mempool_alloc_slab;
@@
- mempool_alloc_slab
+ tslab_mempool_alloc

@@
symbol mempool_free_slab;
@@
- mempool_free_slab
+ tslab_mempool_free

@@
@@
- struct kmem_cache
+ struct tslab_cache
