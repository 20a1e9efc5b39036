// SPDX-License-Identifier: GPL-2.0
// After tools/coccinelle/convert --instance ovl_ts: an epoch for each mount, with its
// inodes. A mount that finds the ring full shares the current epoch, which stays.

@@
@@
+#include <linux/tslab.h>
+
 struct ovl_config { ... };

@@
@@
 struct ovl_fs {
+	tslab_epoch_t epoch;
 ...
 };

@@
expression cache, gfp;
identifier sb;
@@
 ovl_alloc_inode(struct super_block *sb) {
 <...
- tslab_cache_alloc(cache, gfp)
+ tslab_cache_alloc_epoch(cache, OVL_FS(sb)->epoch, gfp)
 ...>
 }

@@
identifier sb, fc, ofs;
symbol ovl_dentry_operations;
@@
 ovl_fill_super(struct super_block *sb, struct fs_context *fc) {
 ...
 struct ovl_fs *ofs = sb->s_fs_info;
 ...
+	ofs->epoch = tslab_epoch_open(ovl_ts, "mount");
+	if (tslab_epoch_err(ofs->epoch))
+		ofs->epoch = tslab_epoch_current(ovl_ts);
 sb->s_d_op = &ovl_dentry_operations;
 ...
 }

// Inodes that RCU frees later take their slabs with them.
@@
identifier ofs;
expression mounts, n;
@@
 ovl_free_fs(struct ovl_fs *ofs) {
 ...
 kern_unmount_array(mounts, n);
+	if (ofs->epoch != TSLAB_EPOCH_NONE &&
+	    ofs->epoch != tslab_epoch_current(ovl_ts))
+		tslab_epoch_close(ovl_ts, ofs->epoch);
 ...
 }
