# SPDX-License-Identifier: GPL-2.0
# In the guest: ext4 and jbd2 on tslab, in place of Debian's, do what they are for, and
# leave nothing. Each check prints "ok NAME" or "not ok NAME".
instance=/sys/kernel/debug/tslab/instances/jbd2
. /check.sh
. /left.sh
. /guest.sh

# made HOW OPTIONS...: a file system on /dev/ram0
made()
{
	host /sbin/mke2fs -q -F -t ext4 "$@" /dev/ram0
}

# sum DIR: of all that can be read in it
sum()
{
	(cd $1 && find . | sort && find . -type l -exec readlink {} \; | sort &&
		find . -type f -exec cat {} +) | md5sum
}

# What there is of an inode in its block, and blocks beside it, too.
change_more()
{
	change $1 && ln -s $(printf "%0900d" 0) $1/long &&
		[ $(readlink $1/long | wc -c) = 901 ] &&
		dd if=/dev/urandom of=$1/big bs=64k count=64 2> /dev/null
}

# Blocks of directories, and in data=journal all, are revoked when they are freed.
revoke()
{
	for i in 1 2 3; do
		cp -r $1/moved $1/gone && sync && rm -r $1/gone || return 1
	done
}

# epochs STATE LABEL: how many there are
epochs()
{
	grep -c " $1 $2 " $instance/epochs
}

# pages_of LABEL: of the epochs with it
pages_of()
{
	awk -v label=$1 '$5 == label { n += $13 } END { print n + 0 }' $instance/epochs
}

# era_of LABEL: of the open epoch with it
era_of()
{
	awk -v label=$1 '$4 == "open" && $5 == label { print $2 "/" $3 }' $instance/epochs
}

# Inodes go when RCU lets them, and epochs when a worker has run.
gone()
{
	[ "$(value cache_ext4_inode_cache live_objects)" = 0 ] &&
		[ "$(value cache_jbd2_journal_head live_objects)" = 0 ] &&
		! grep -qE " (open|draining) (inodes|idle|transactions) " $instance/epochs
}

# stressed NAME OPTIONS...: a stressor that verifies what it does
stressed()
{
	host stress-ng --temp-path /tmp/m --verify --timeout 2s -q "$@" > /tmp/said 2>&1 ||
		{ tail -n 5 /tmp/said; return 1; }
}

verified()
{
	host fio --directory=/tmp/m --name=verify --rw=randwrite --bs=1k-16k --size=2m --fsync=64 \
		--numjobs=2 --ioengine=psync --verify=crc32c --do_verify=1 --verify_fatal=1 \
		"$@" > /tmp/said 2>&1 || { tail -n 5 /tmp/said; return 1; }
}

clean()
{
	host /sbin/e2fsck -fn /dev/ram0 > /tmp/said 2>&1 || { tail -n 5 /tmp/said; return 1; }
}

m=/host/tmp/m
mkdir -p $m
check "modprobe brd" modprobe brd rd_nr=1 rd_size=131072
modprobe crc32c_generic
check "modprobe ext4" modprobe ext4
for how in "ordered -b 4096" "journal -b 4096" "journal -b 1024" \
	"ordered -b 1024 -O inline_data,fast_commit,ea_inode"; do
	mode=${how%% *} options=${how#* }
	check "mke2fs: $how" made $options
	check "mount: $how" mount -t ext4 -o data=$mode /dev/ram0 $m
	# The checks that follow would be of something else.
	grep -q " $m " /proc/mounts || exit 1
	check "fill: $how" fill $m 300
	check "has inodes in an epoch: $how" \
		[ "$(epochs open inodes)" = 1 -a $(value cache_ext4_inode_cache live_objects) -ge 300 ]
	check "has its transactions in an epoch: $how" \
		[ "$(epochs open transactions)" = 1 -a $(pages_of transactions) -ge 1 ]
	begun=$(era_of transactions)
	check "changes: $how" change_more $m
	check "revokes: $how" revoke $m
	now=$(sum $m)
	echo 3 > /proc/sys/vm/drop_caches
	check "reads back: $how" [ "$(sum $m)" = "$now" ]
	check "fio: $how" verified
	check "stress-ng: $how" stressed --hdd 1 --hdd-bytes 4m --dir 1 --rename 1 --xattr 1
	[ $mode != journal ] || check "goes on with another epoch: $how" \
		[ "$(era_of transactions)" != "$begun" ]
	now=$(sum $m)
	check "umount: $how" umount $m
	check "leaves no inode, journal head and epoch: $how" soon 5 gone
	check "e2fsck: $how" clean
	check "mount again: $how" mount -t ext4 -o data=$mode /dev/ram0 $m
	check "reads back when mounted again: $how" [ "$(sum $m)" = "$now" ]
	echo 3 > /proc/sys/vm/drop_caches
	ionice -c 3 ls -lR $m > /dev/null
	check "what idle tasks read is in an epoch: $how" [ $(pages_of idle) -gt 4 ]
	check "umount again: $how" umount $m
	check "refuses what is no file system: $how" sh -c \
		"dd if=/dev/zero of=/dev/ram0 bs=64k count=1 2> /dev/null;
		 ! mount -t ext4 /dev/ram0 $m 2> /dev/null"
done
check "leaves nothing" soon 5 gone
check "every object is counted" counted
for i in 1 2 3; do
	check "rmmod ext4, $i" rmmod ext4
	check "nothing is live, $i" [ "$(value summary total_live_objects)" = 0 ]
	check "rmmod jbd2, $i" rmmod jbd2
	check "modprobe again, $i" modprobe ext4
done
check "rmmod at last" rmmod ext4 jbd2 tslab
check "kernel log is clean" log_is_clean
exit $failed
