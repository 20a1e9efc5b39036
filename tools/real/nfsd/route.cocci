// SPDX-License-Identifier: GPL-2.0
// After tools/coccinelle/convert --instance nfsd_ts: an epoch for each client of NFSv4,
// with its owners, its opens, locks and delegations, and the files that it was the first
// to open. A client that finds the ring full shares the current epoch, which stays, and
// which has the clients themselves, and what there is for NFSv3.

@@
@@
+#include <linux/tslab.h>
+
 struct nfs4_client {
+	tslab_epoch_t cl_epoch;
 ...
 };
+
+tslab_epoch_t nfsd_epoch_of(struct svc_rqst *rqstp);

@@
identifier clp;
@@
 alloc_client(...) {
 ...
 clp = tslab_cache_zalloc(...);
 if (clp == NULL)
 	return NULL;
+	clp->cl_epoch = tslab_epoch_open(nfsd_ts, "client");
+	if (tslab_epoch_err(clp->cl_epoch))
+		clp->cl_epoch = tslab_epoch_current(nfsd_ts);
 ...
 }

@@
symbol clp, client_slab;
@@
 alloc_client(...) {
 <...
+	end_client_epoch(clp);
 tslab_cache_free(client_slab, clp);
 ...>
 }

// Whoever reads its files in /proc/fs/nfsd/clients may keep the client itself.
@@
identifier clp;
@@
 free_client(struct nfs4_client *clp) {
 ...
+	end_client_epoch(clp);
 drop_client(clp);
 }

@@
@@
+static void end_client_epoch(struct nfs4_client *clp)
+{
+	if (clp->cl_epoch != tslab_epoch_current(nfsd_ts))
+		tslab_epoch_close(nfsd_ts, clp->cl_epoch);
+}
+
+tslab_epoch_t nfsd_epoch_of(struct svc_rqst *rqstp)
+{
+	struct nfsd4_compoundres *res = NULL;
+
+	if (rqstp && rqstp->rq_prog == NFS_PROGRAM && rqstp->rq_vers == 4)
+		res = rqstp->rq_resp;
+	return res && res->cstate.clp ? res->cstate.clp->cl_epoch :
+					tslab_epoch_current(nfsd_ts);
+}
+
 static struct nfs4_client *alloc_client(...) { ... }

// === What a client has ===

// With NFSv4.0 it is only known then whose the file is.
@@
@@
 nfsd4_process_open1(...) {
 ...
- open->op_file = nfsd4_alloc_file();
- if (open->op_file == NULL)
- 	return nfserr_jukebox;
 status = set_client(...);
 if (status)
 	return status;
 clp = cstate->clp;
+	open->op_file = nfsd4_alloc_file(clp);
+	if (open->op_file == NULL)
+		return nfserr_jukebox;
 ...
 }

@@
@@
 nfsd4_alloc_file(
- void
+ struct nfs4_client *clp
 ) { ... }

// Also nfs4_alloc_stid(), alloc_stateowner() and alloc_clnt_odstate().
@@
identifier function, clp;
expression cache, gfp;
@@
 function(..., struct nfs4_client *clp, ...) {
 <...
(
- tslab_cache_alloc(cache, gfp)
+ tslab_cache_alloc_epoch(cache, clp->cl_epoch, gfp)
|
- tslab_cache_zalloc(cache, gfp)
+ tslab_cache_alloc_epoch(cache, clp->cl_epoch, gfp | __GFP_ZERO)
)
 ...>
 }

// In the cache of files only the request knows whose they are.
@@
identifier function =~ "^nfsd_file_(alloc|mark_find_or_create)$";
expression cache, gfp;
@@
 function(
+ tslab_epoch_t epoch,
 ...) {
 <...
- tslab_cache_alloc(cache, gfp)
+ tslab_cache_alloc_epoch(cache, epoch, gfp)
 ...>
 }

@@
identifier function =~ "^nfsd_file_(alloc|mark_find_or_create)$";
identifier rqstp;
@@
 nfsd_file_do_acquire(struct svc_rqst *rqstp, ...) {
 <...
 function(
+	nfsd_epoch_of(rqstp),
 ...)
 ...>
 }

// === The instance ===

@@
@@
 init_nfsd(...) {
 <...
+	tslab_destroy(nfsd_ts);
 return retval;
 ...>
 }

@@
@@
 init_nfsd(...) {
 ...
+	nfsd_ts = tslab_create("nfsd", NULL);
+	if (IS_ERR(nfsd_ts))
+		return PTR_ERR(nfsd_ts);
 retval = nfsd4_init_slabs();
 ...
 }

@@
@@
+struct tslab *nfsd_ts;
+
 init_nfsd(...) { ... }

@@
@@
 exit_nfsd(...) {
 ...
 nfsd4_exit_pnfs();
+	tslab_destroy(nfsd_ts);
 }
