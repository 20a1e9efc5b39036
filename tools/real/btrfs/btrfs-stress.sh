# SPDX-License-Identifier: GPL-2.0
# In a guest, for minutes: each of stress-ng's stressors of file systems, and fio, on
# btrfs on tslab, while snapshots come and go; then nothing is wrong and nothing left.
. /check.sh
. /left.sh
. /guest.sh
at=/tmp/b instance=/sys/kernel/debug/tslab/instances/btrfs
mkdir -p /host$at

# Snapshots that come and go, until there is /tmp/enough
snapshots()
{
	while [ ! -e /tmp/enough ]; do
		host btrfs -q subvolume snapshot $at $at/snapshot
		sleep 1
		host btrfs -q subvolume delete $at/snapshot
	done
}

stress()
{
	# binderfs is no file system of this kernel.
	host sh -c "cd $at && exec stress-ng --temp-path $at --verify --class filesystem \
		--exclude binderfs --sequential 2 -t 2" > /tmp/stress 2>&1 ||
		{ tail -n 25 /tmp/stress; return 1; }
}

verify()
{
	host fio --name=fio --directory=$at --rw=randrw --bsrange=4k-128k --size=48m \
		--numjobs=2 --time_based --runtime=30 --verify=crc32c --verify_fatal=1 \
		--verify_backlog=256 --randseed=7 > /tmp/fio 2>&1 ||
		{ tail -n 20 /tmp/fio; return 1; }
}

scrub()
{
	host btrfs scrub start -B -r $at > /tmp/scrub 2>&1 &&
		grep -q "no errors found" /tmp/scrub ||
		{ tail -n 20 /tmp/scrub; return 1; }
}

load()
{
	for module in virtio_blk crc32c_intel xxhash_generic blake2b_generic btrfs; do
		modprobe $module || return 1
	done
}

# again: all of it once, from load to unload
again()
{
	load && host mount -t btrfs -o compress=zstd,device=/dev/vdb \
		/dev/vda $at &&
		cp -r /host/etc /host$at/again$1 && umount /host$at && rmmod btrfs tslab
}

load
host mkfs.btrfs -q -f -d raid1 -m raid1 /dev/vda /dev/vdb > /dev/null 2>&1 &&
	host mount -t btrfs -o compress=zstd,autodefrag /dev/vda $at || exit 1
snapshots > /dev/null 2>&1 &
check "stress-ng's file systems" stress
check "fio verifies" verify
touch /tmp/enough
wait
check "scrub" scrub
check "umount" umount /host$at
check "btrfs check" host btrfs check --readonly /dev/vda
sleep 2
check "every object is all_freed" all_freed
check "rmmod" rmmod btrfs tslab
for i in 1 2 3 4 5; do
	check "from modprobe to rmmod, $i" again $i
done
check "kernel log is clean" log_is_clean "BTRFS (error|critical)"
exit $failed
