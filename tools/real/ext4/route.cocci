// SPDX-License-Identifier: GPL-2.0
// After tools/coccinelle/convert --instance jbd2_ts, on include/linux/jbd2.h, fs/jbd2 and
// fs/ext4: an epoch for some transactions of a journal in a row, with their journal heads
// and revoke records, and two for each file system, with the inodes that were read, or
// made, by tasks whose I/O is idle (ionice -c 3, chrt --idle) and by all others. Who finds
// the ring full shares the current epoch, which tslab_epoch_close_nowait() leaves open.

// === jbd2: the instance, which ext4 has its caches in, too ===

@@
symbol ret;
@@
+struct tslab *jbd2_ts;
+EXPORT_SYMBOL(jbd2_ts);
+
 journal_init(...) {
 ...
+	jbd2_ts = tslab_create("jbd2", NULL);
+	if (IS_ERR(jbd2_ts))
+		return PTR_ERR(jbd2_ts);
 ret = journal_init_caches();
 ...
 }

@@
@@
 jbd2_journal_destroy_caches(...) {
 ...
 jbd2_journal_destroy_slabs();
+	tslab_destroy(jbd2_ts);
 }

// === jbd2: transactions ===

@@
@@
 struct journal_s {
+	tslab_epoch_t j_epoch;
 ...
 };

@@
typedef handle_t;
@@
+extern struct tslab *jbd2_ts;
+
+/* Of the transaction that the task is in; none if it replays the journal. */
+static inline tslab_epoch_t jbd2_epoch(void)
+{
+	handle_t *handle = current->journal_info;
+
+	return handle && handle->h_transaction ?
+	       handle->h_transaction->t_journal->j_epoch :
+	       tslab_epoch_current(jbd2_ts);
+}
+
 static inline handle_t *journal_current_handle(void) { ... }

@@
symbol journal;
@@
 journal_init_common(...) {
 ...
+	journal->j_epoch = tslab_epoch_open(jbd2_ts, "transactions");
+	if (tslab_epoch_err(journal->j_epoch))
+		journal->j_epoch = tslab_epoch_current(jbd2_ts);
 return journal;
 ...
 }

// Nobody is in a transaction here. What of those before waits for its checkpoint takes
// its slabs with it; if that is little, the next ones make use of the rest of them.
@@
typedef journal_t;
@@
+#define JOURNAL_EPOCH_FULL 256
+
+static void journal_next_epoch(journal_t *journal)
+{
+	struct tslab_epoch_stats stats;
+	tslab_epoch_t next;
+
+	if (tslab_epoch_stats(jbd2_ts, journal->j_epoch, &stats) ||
+	    stats.live_objects < JOURNAL_EPOCH_FULL)
+		return;
+	next = tslab_epoch_open(jbd2_ts, "transactions");
+	if (tslab_epoch_err(next))
+		return;
+	tslab_epoch_close_nowait(jbd2_ts, journal->j_epoch);
+	journal->j_epoch = next;
+}
+
 jbd2_journal_commit_transaction(...) {
 <...
 jbd2_clear_buffer_revoked_flags(journal);
+	journal_next_epoch(journal);
 ...>
 }

@@
symbol journal;
@@
 jbd2_journal_destroy(...) {
 <...
+	tslab_epoch_close_nowait(jbd2_ts, journal->j_epoch);
 kfree(journal);
 ...>
 }

@@
expression cache, gfp;
@@
 journal_alloc_journal_head(...) {
 <...
- tslab_cache_zalloc(cache, gfp)
+ tslab_cache_alloc_epoch(cache, jbd2_epoch(), gfp | __GFP_ZERO)
 ...>
 }

@@
expression cache, gfp;
@@
 insert_revoke_hash(...) {
 <...
- tslab_cache_alloc(cache, gfp)
+ tslab_cache_alloc_epoch(cache, jbd2_epoch(), gfp)
 ...>
 }

// === ext4: inodes ===

@@
@@
 struct ext4_sb_info {
+	tslab_epoch_t s_epoch[2];
 ...
 };

@@
expression cache, gfp;
symbol sb;
typedef bool;
@@
+#include <linux/ioprio.h>
+
+static bool ext4_idle(void)
+{
+	return IOPRIO_PRIO_CLASS(get_current_ioprio()) == IOPRIO_CLASS_IDLE;
+}
+
 static struct inode *ext4_alloc_inode(struct super_block *sb) {
 <...
- tslab_cache_alloc(cache, gfp)
+ tslab_cache_alloc_epoch(cache, EXT4_SB(sb)->s_epoch[ext4_idle()], gfp)
 ...>
 }

@@
symbol sbi;
@@
+static void ext4_open_epochs(struct ext4_sb_info *sbi)
+{
+	for (int i = 0; i < ARRAY_SIZE(sbi->s_epoch); i++) {
+		sbi->s_epoch[i] = tslab_epoch_open(jbd2_ts, i ? "idle" : "inodes");
+		if (tslab_epoch_err(sbi->s_epoch[i]))
+			sbi->s_epoch[i] = tslab_epoch_current(jbd2_ts);
+	}
+}
+
 static struct ext4_sb_info *ext4_alloc_sbi(...) {
 ...
 sbi->s_sb = sb;
+	ext4_open_epochs(sbi);
 return sbi;
 ...
 }

@@
symbol sbi;
@@
 ext4_free_sbi(struct ext4_sb_info *sbi) {
 ...
+	ext4_close_epochs(sbi);
 kfree(sbi);
 }

// Inodes that RCU frees later take their slabs with them.
@@
symbol sbi, ext4_put_sbi_rcu;
@@
+static void ext4_close_epochs(struct ext4_sb_info *sbi)
+{
+	for (int i = 0; i < ARRAY_SIZE(sbi->s_epoch); i++)
+		tslab_epoch_close_nowait(jbd2_ts, sbi->s_epoch[i]);
+}
+
 static void ext4_put_super(...) {
 ...
+	ext4_close_epochs(sbi);
 call_rcu(&sbi->s_rcu, ext4_put_sbi_rcu);
 }
