# SPDX-License-Identifier: GPL-2.0
# In the guest: overlayfs on tslab, in place of Debian's, does what it is for, and
# leaves nothing. Each check prints "ok NAME" or "not ok NAME".
instance=/sys/kernel/debug/tslab/instances/overlay
. /check.sh
. /left.sh

# mount_overlay NAME OPTIONS: /NAME/merged of /lower, and what is above it in /NAME
mount_overlay()
{
	mkdir -p /top/$1/upper /top/$1/work /top/$1/merged
	mount -t overlay overlay -o lowerdir=/lower,upperdir=/top/$1/upper,workdir=/top/$1/work$2 \
		/top/$1/merged
}

# sum DIR: of all that can be read in it
sum()
{
	(cd $1 && find . | sort && find . -type f | sort | xargs cat) | md5sum
}

# epochs STATE: how many there are of mounts
epochs()
{
	grep -c " $1 mount " $instance/epochs
}

gone()
{
	[ "$(value cache_ovl_inode live_objects)" = 0 ] &&
		[ "$(value cache_ovl_inode committed_bytes)" = 0 ] &&
		[ "$(epochs open)$(epochs draining)" = 00 ]
}

check "modprobe overlay" modprobe overlay
mkdir -p /lower /top
mount -t tmpfs lower /lower
mount -t tmpfs top /top
fill /lower 1000
below=$(sum /lower)
for options in "" ,redirect_dir=on,metacopy=on ,index=on,nfs_export=on,xino=on; do
	how=mount$(echo $options | tr -c "a-z\n" _)
	check "mount $how" mount_overlay $how $options
	check "reads what is below: $how" [ "$(sum /top/$how/merged)" = "$below" ]
	check "has its inodes in an epoch: $how" sh -c \
		"[ $(value cache_ovl_inode live_objects) -gt 1000 ] &&
		 [ $(epochs open) = 1 ]"
	check "changes: $how" change /top/$how/merged
	now=$(sum /top/$how/merged)
	echo 2 > /proc/sys/vm/drop_caches
	check "reads back: $how" [ "$(sum /top/$how/merged)" = "$now" ]
	check "umount: $how" umount /top/$how/merged
	check "leaves no inode, page and epoch: $how" soon 5 gone
	check "mount again: $how" mount_overlay $how $options
	check "reads back when mounted again: $how" \
		[ "$(sum /top/$how/merged)" = "$now" ]
	check "umount again: $how" umount /top/$how/merged
done
check "below is as it was" [ "$(sum /lower)" = "$below" ]
check "refuses a mount without lowerdir" sh -c \
	"! mount -t overlay overlay -o workdir=/top /top"
for i in 1 2 3 4 5 6 7 8 9 10; do
	mount_overlay many$i && ls -lR /top/many$i/merged > /dev/null || echo $i >> /tmp/bad
done
check "ten mounts" [ ! -e /tmp/bad ]
check "each has an epoch" [ "$(epochs open)" = 10 ]
for i in 1 2 3 4 5 6 7 8 9; do
	umount /top/many$i/merged
done
check "one of ten is left" [ "$(epochs open)" = 1 ]
umount /top/many10/merged
check "ten mounts leave nothing" soon 5 gone
check "every object is counted" counted
check "nothing is live" [ "$(value summary total_live_objects)" = 0 ]
check "rmmod overlay" rmmod overlay
check "rmmod tslab" rmmod tslab
check "kernel log is clean" log_is_clean
exit $failed
