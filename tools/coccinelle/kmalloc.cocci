// SPDX-License-Identifier: GPL-2.0
// Makes users of kmalloc() users of tslab in the instance that -D instance= names, where
// allocations and frees are all in the files at hand; owned.py tells. The files and the
// headers beside them are in TSLAB_FILES in the environment. tools/coccinelle/convert
// runs it, and takes what is printed: lines "report: FILE:LINE: WHAT".

@initialize:python@
@@
import os
import owned
objects = owned.Objects(os.environ["TSLAB_FILES"].split("\n"))

// === What there is ===

@definition@
identifier fn;
parameter list params;
@@
 fn(params) { ... }

@script:python@
fn << definition.fn;
params << definition.params;
@@
objects.function(fn, params.elements)

@variable@
type T;
identifier x;
position p;
@@
(
 T x@p;
|
 T x@p = ...;
)

@script:python@
T << variable.T;
x << variable.x;
p << variable.p;
@@
objects.variable(p[0].current_element, x, T)

@definition_type@
identifier fn, tag;
@@
 struct tag *fn(...) { ... }

@script:python@
fn << definition_type.fn;
tag << definition_type.tag;
@@
objects.type(fn, fn + "()", tag)

@use@
identifier fn;
expression list args;
position p;
@@
 fn@p(args)

@script:python@
fn << use.fn;
args << use.args;
p << use.p;
@@
objects.used(p, fn, args.elements)

@call@
identifier fn =~ "^k";
position p;
@@
 fn@p(...)

@script:python is_call@
fn << call.fn;
p << call.p;
@@
if owned.CALL.match(fn + "("):
    objects.call(p, fn)
else:
    cocci.include_match(False)

@kept depends on is_call@
identifier call.fn;
expression L;
position call.p;
@@
 L = fn@p(...)

@script:python@
fn << call.fn;
L << kept.L;
p << call.p;
@@
objects.call(p, fn, L)

@kept_type depends on is_call@
identifier call.fn, tag;
struct tag *L;
position call.p;
@@
 L = fn@p(...)

@script:python@
L << kept_type.L;
tag << kept_type.tag;
p << call.p;
@@
objects.type(p[0].current_element, L, tag)

@returned depends on is_call@
identifier call.fn;
position call.p, q;
@@
 return fn@p@q(...);

@script:python@
fn << call.fn;
p << returned.q;
@@
objects.call(p, fn, p[0].current_element + "()")

@release@
identifier fn =~ "^k[a-z]*free";
expression E;
position p;
@@
 fn@p(E, ...)

@script:python@
fn << release.fn;
E << release.E;
p << release.p;
@@
if owned.CALL.match(fn + "("):
    objects.call(p, fn, E)

@release_type@
identifier release.fn, tag;
struct tag *E;
position release.p;
@@
 fn@p(E, ...)

@script:python@
E << release_type.E;
tag << release_type.tag;
p << release.p;
@@
objects.type(p[0].current_element, E, tag)

@put@
expression L, E;
position p;
@@
 L = E@p

@script:python@
L << put.L;
E << put.E;
p << put.p;
@@
objects.assigned(p, L, E)

@put_type@
identifier tag;
struct tag *L;
expression E;
position p;
@@
 L = E@p

@script:python@
L << put_type.L;
tag << put_type.tag;
p << put_type.p;
@@
objects.type(p[0].current_element, L, tag)

@value_type@
identifier tag;
expression L;
struct tag *E;
position p;
@@
 L = E@p

@script:python@
E << value_type.E;
tag << value_type.tag;
p << value_type.p;
@@
objects.type(p[0].current_element, E, tag)

@result@
expression E;
position p;
@@
 return E@p;

@script:python@
E << result.E;
p << result.p;
@@
objects.assigned(p, p[0].current_element + "()", E)

@result_type@
identifier tag;
struct tag *E;
position p;
@@
 return E@p;

@script:python@
E << result_type.E;
tag << result_type.tag;
p << result_type.p;
@@
objects.type(p[0].current_element, E, tag)

@address@
identifier E;
position p;
@@
 &E@p

@script:python@
E << address.E;
p << address.p;
@@
objects.leave(p[0].current_element + ":" + E, "has its address taken")

@init_field@
identifier v, f;
type T;
expression E;
position p;
@@
 T v = { ..., .f = E@p, ... };

@script:python@
f << init_field.f;
E << init_field.E;
p << init_field.p;
@@
objects.assigned(p, "." + f, E)

@literal@
identifier f;
type T;
expression E;
position p;
@@
 (T) { ..., .f = E@p, ... }

@script:python@
f << literal.f;
E << literal.E;
p << literal.p;
@@
objects.assigned(p, "." + f, E)

// === Change ===

@at@
identifier fn =~ "^k";
position p;
@@
 fn@p(...)

@script:python chosen_at@
p << at.p;
@@
if not objects.is_chosen(p):
    cocci.include_match(False)

@depends on chosen_at@
expression a, b, c, d;
expression list es;
identifier head;
identifier virtual.instance;
position at.p;
@@
(
- kmalloc@p(a, b)
+ tslab_alloc(instance, a, b)
|
- kzalloc@p(a, b)
+ tslab_zalloc(instance, a, b)
|
- kmalloc_array@p(a, b, c)
+ tslab_alloc_array(instance, a, b, c)
|
- kcalloc@p(a, b, c)
+ tslab_alloc_array(instance, a, b, c | __GFP_ZERO)
|
- kmalloc_node@p(a, b, c)
+ tslab_alloc_node(instance, a, b, c)
|
- kzalloc_node@p(a, b, c)
+ tslab_alloc_node(instance, a, b | __GFP_ZERO, c)
|
- kmemdup@p(a, b, c)
+ tslab_memdup(instance, a, b, c)
|
- kmemdup_array@p(a, b, c, d)
+ tslab_memdup(instance, a, size_mul(b, c), d)
|
- kstrdup@p(a, b)
+ tslab_strdup(instance, a, b)
|
- kstrndup@p(a, b, c)
+ tslab_strndup(instance, a, b, c)
|
- kasprintf@p(es)
+ tslab_asprintf(instance, es)
|
- kvasprintf@p(es)
+ tslab_vasprintf(instance, es)
|
- krealloc@p(a, b, c)
+ tslab_realloc(instance, a, b, c)
|
- krealloc_array@p(a, b, c, d)
+ tslab_realloc(instance, a, size_mul(b, c), d)
|
- kfree@p(a)
+ tslab_free(instance, a)
|
- kfree_sensitive@p(a)
+ tslab_free_sensitive(instance, a)
|
- kfree_rcu@p(a, head)
+ tslab_free_rcu(instance, a, &a->head)
)
