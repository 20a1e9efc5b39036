// SPDX-License-Identifier: GPL-2.0
// After tools/coccinelle/convert --instance nf_ct_ts: two epochs for each network
// namespace, one for connections of TCP, which last, and one for the rest. They are
// behind what modules that stay Debian's know of the namespace. A namespace that finds
// the ring full shares the current epoch, which stays.

@@
symbol nf_conntrack_cachep;
typedef tslab_epoch_t;
@@
 static struct tslab_cache *nf_conntrack_cachep;
+struct tslab *nf_ct_ts;
+
+static tslab_epoch_t *nf_ct_epoch(struct net *net, bool tcp)
+{
+	return (tslab_epoch_t *)(nf_ct_pernet(net) + 1) + tcp;
+}

@@
expression cache, gfp;
identifier net, zone, orig;
@@
 __nf_conntrack_alloc(struct net *net, const struct nf_conntrack_zone *zone,
		      const struct nf_conntrack_tuple *orig, ...) {
 <...
- tslab_cache_alloc(cache, gfp)
+ tslab_cache_alloc_epoch(cache, *nf_ct_epoch(net, orig->dst.protonum == IPPROTO_TCP), gfp)
 ...>
 }

@@
identifier net;
@@
 nf_conntrack_init_net(struct net *net) {
 ...
 nf_conntrack_proto_pernet_init(net);
+	for (int tcp = 0; tcp < 2; tcp++) {
+		tslab_epoch_t *epoch = nf_ct_epoch(net, tcp);
+
+		*epoch = tslab_epoch_open(nf_ct_ts, tcp ? "tcp" : "other");
+		if (tslab_epoch_err(*epoch))
+			*epoch = tslab_epoch_current(nf_ct_ts);
+	}
 ...
 }

@@
expression net;
@@
 nf_conntrack_cleanup_net_list(...) {
 <...
 nf_conntrack_expect_pernet_fini(net);
+	for (int tcp = 0; tcp < 2; tcp++)
+		if (*nf_ct_epoch(net, tcp) != tslab_epoch_current(nf_ct_ts))
+			tslab_epoch_close(nf_ct_ts, *nf_ct_epoch(net, tcp));
 ...>
 }

@size@
symbol nf_conntrack_net_ops;
@@
 struct pernet_operations nf_conntrack_net_ops = {
-	.size = sizeof(struct nf_conntrack_net),
+	.size = sizeof(struct nf_conntrack_net) + 2 * sizeof(tslab_epoch_t),
 };

@depends on size@
@@
 #include <linux/slab.h>
+#include <linux/tslab.h>

@@
symbol nf_conntrack_hash;
@@
 nf_conntrack_init_start(...) {
 <...
 kvfree(nf_conntrack_hash);
+	tslab_destroy(nf_ct_ts);
 ...>
 }

@@
@@
 nf_conntrack_init_start(...) {
 ...
+	nf_ct_ts = tslab_create("conntrack", NULL);
+	if (IS_ERR(nf_ct_ts)) {
+		kvfree(nf_conntrack_hash);
+		return PTR_ERR(nf_ct_ts);
+	}
 nf_conntrack_cachep = tslab_cache_create(...);
 ...
 }

@@
@@
 nf_conntrack_cleanup_end(...) {
 ...
 tslab_cache_destroy(nf_conntrack_cachep);
+	tslab_destroy(nf_ct_ts);
 }
