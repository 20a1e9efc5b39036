# SPDX-License-Identifier: GPL-2.0
# In the guest: btrfs on tslab, in place of Debian's, does what it is for, and leaves
# nothing. Each check prints "ok NAME" or "not ok NAME". What takes minutes is in
# btrfs-stress.sh.
instance=/sys/kernel/debug/tslab/instances/btrfs
. /check.sh
. /left.sh
. /guest.sh
disks="/dev/vda /dev/vdb" at=/tmp/b
mkdir -p /host$at

load()
{
	for module in virtio_blk crc32c_intel xxhash_generic blake2b_generic btrfs; do
		modprobe $module || return 1
	done
}

unload()
{
	rmmod btrfs && rmmod tslab
}

# mount_it OPTIONS
mount_it()
{
	host mount -t btrfs -o "$1" /dev/vda $at
}

# fill DIR FIRST LAST: files of 1 to 300 KiB, half of which compresses
fill()
{
	mkdir -p $1
	awk -v dir=$1 -v i=$2 -v last=$3 'BEGIN {
		for (; i <= last; i++) {
			name = dir "/" i
			for (n = 0; n < 16 * (1 + i * 7 % 300); n++)
				printf "%d %s\n", i * n, i % 2 ? "and again and again and again and again and again" : \
					n * 7919 % 104729 "" n * n * 31 % 1299709 "" i * n * 17 % 15485863 > name
			close(name)
		}
	}'
}

# sum DIR: of all that can be read in it
sum()
{
	(cd $1 && find . -type f | sort | while read -r file; do
		md5sum "$file"
	done) | md5sum
}

# same DIR SUM: reads it from the disks
same()
{
	echo 3 > /proc/sys/vm/drop_caches
	[ "$(sum $1)" = "$2" ]
}

btrfs()
{
	host btrfs "$@"
}

# What RCU, cleaner and workers still hold goes soon.
gone()
{
	[ "$(value summary total_live_objects)" = 0 ]
}

# fio_verify ARGUMENT...
fio_verify()
{
	host fio --name=fio --directory=$at --rw=randwrite --bsrange=4k-64k \
		--size=4m --numjobs=2 --fallocate=none --verify=crc32c --do_verify=1 \
		--verify_fatal=1 --randseed=7 --end_fsync=1 "$@" > /tmp/fio 2>&1 ||
		{ tail -n 20 /tmp/fio; return 1; }
	rm /host$at/fio.*
}

# clean: no fault on the disks
clean()
{
	host btrfs check --readonly /dev/vda > /tmp/check 2>&1 ||
		{ tail -n 20 /tmp/check; return 1; }
}

scrub()
{
	btrfs scrub start -B -r $at > /tmp/scrub 2>&1 && grep -q "no errors found" /tmp/scrub ||
		{ tail -n 20 /tmp/scrub; return 1; }
}

# replace: the second disk, which is gone, by a new one; with the older cache of space
replace()
{
	host mkfs.btrfs -q -f -R ^free-space-tree -d raid1 -m raid1 $disks > /dev/null 2>&1 &&
		mount_it defaults && cp /host/bin/btrfs /host$at && umount /host$at &&
		host wipefs -q -a /dev/vdb && btrfs device scan --forget &&
		mount_it degraded && btrfs replace start -B -f 2 /dev/vdb $at &&
		scrub && cmp /host/bin/btrfs /host$at/btrfs
}

# fragment: leaves space in so many pieces that there are bitmaps of it
fragment()
{
	mkdir /host$at/pieces && sync &&
		awk -v dir=/host$at/pieces 'BEGIN {
			for (i = 0; i < 1500; i++) {
				name = dir "/" i
				for (n = 0; n < 8; n++)
					printf "%01000d", i > name
				close(name)
			}
		}' && sync && rm /host$at/pieces/*[13579] && sync
}

stress()
{
	host stress-ng --temp-path $at --verify -t 3 --hdd 1 --hdd-bytes 8M --dentry 1 \
		--rename 1 --xattr 1 --fallocate 1 --fallocate-bytes 16M --link 1 --dir 1 \
		> /tmp/stress 2>&1 || { tail -n 25 /tmp/stress; return 1; }
}

check "modprobe btrfs" load
check "its caches are tslab's" [ "$(ls $instance | grep -c ^cache_btrfs_)" = 15 ]
check "mkfs.btrfs of two disks" host mkfs.btrfs -q -f -d raid1 -m raid1 $disks
[ $failed = 0 ] || exit 1
for options in compress=zstd,autodefrag nodatacow; do
	how=${options%%,*}
	check "mount $how" mount_it $options
	[ $failed = 0 ] || exit 1
	check "makes a subvolume: $how" btrfs subvolume create $at/sub
	check "writes: $how" fill /host$at/sub/files 1 30
	wrote=$(sum /host$at/sub)
	check "fio verifies: $how" fio_verify
	check "fio verifies, direct: $how" fio_verify --direct=1
	check "snapshot: $how" btrfs subvolume snapshot -r $at/sub $at/snapshot
	check "reflinks: $how" host cp -r --reflink=always $at/sub/files/. $at/sub/linked
	check "writes to what is shared: $how" sh -c \
		"echo more >> /host$at/sub/linked/1 && cmp -s /host$at/sub/files/2 /host$at/sub/linked/2"
	check "removes half: $how" sh -c "rm /host$at/sub/files/*[13579]"
	now=$(sum /host$at/sub)
	check "snapshot is as it was: $how" same /host$at/snapshot "$wrote"
	check "send: $how" btrfs send -q -f /tmp/stream $at/snapshot
	mkdir -p /host$at/received
	check "receive: $how" btrfs receive -q -f /tmp/stream $at/received
	rm /host/tmp/stream
	check "received is as it was sent: $how" same /host$at/received/snapshot "$wrote"
	check "defrag: $how" btrfs filesystem defragment -r -t 32M $at/sub
	check "balance: $how" btrfs balance start --full-balance $at
	check "balanced is as it was: $how" same /host$at/sub "$now"
	check "scrub: $how" scrub
	check "deletes the snapshot: $how" btrfs subvolume delete -c $at/snapshot
	check "which goes: $how" btrfs subvolume sync $at
	check "umount: $how" umount /host$at
	check "leaves no object: $how" soon 5 gone
	check "btrfs check: $how" clean
	check "mount again: $how" mount_it $options
	check "reads back: $how" same /host$at/sub "$now"
	check "deletes what is left: $how" btrfs subvolume delete $at/sub $at/received/snapshot
	check "umount again: $how" umount /host$at
done
check "one disk goes, another comes" replace
check "frees what is in fragments" fragment
check "stress-ng" stress
check "umount after that" umount /host$at
check "btrfs check after that" clean
unused=$(for file in $instance/cache_*; do
	[ "$(sed -n 's/^alloc_objects //p' $file)" -gt 0 ] || echo ${file##*/}
done)
check "each cache was used" [ -z "$unused" ]
[ -z "$unused" ] || echo $unused
check "every object is counted" counted
check "nothing is live" soon 5 gone
check "rmmod" unload
again()
{
	load && mount_it device=/dev/vdb,compress=zstd && fill /host$at/again 1 5 &&
		umount /host$at && unload
}
# Its self-tests, on the debug kernel, take a minute.
check "again, from modprobe to rmmod" again
check "kernel log is clean" log_is_clean "BTRFS (error|warning|critical)" \
	"devid 2 uuid .* is missing|space cache v1 is being deprecated"
exit $failed
