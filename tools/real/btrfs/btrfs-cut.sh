# SPDX-License-Identifier: GPL-2.0
# In a guest that loses its power: writes files and says "synced N" after the fsync() of
# the Nth, amid other load; and in the next one: what was said is there.
. /check.sh
. /guest.sh
. /config
at=/tmp/b
mkdir -p /host$at

# content N: of the Nth file
content()
{
	awk -v i=$1 'BEGIN { for (n = 0; n < 40 * (i % 50); n++) print i * n * 7919 % 1000003 }'
}

load()
{
	host fio --name=fio --directory=$at --rw=randwrite --bsrange=4k-64k --size=32m \
		--numjobs=1 --fsync=50 --time_based --runtime=600 > /dev/null 2>&1 &
	while :; do
		host btrfs -q subvolume snapshot $at $at/snapshot
		usleep 500000
		host btrfs -q subvolume delete $at/snapshot
	done > /dev/null 2>&1 &
	i=0
	while :; do
		i=$((i + 1))
		content $i > /host$at/file$i && host sync $at/file$i && echo "synced $i"
	done
}

there()
{
	for i in $(seq $synced); do
		content $i | cmp - /host$at/file$i || return 1
	done
}

scrub()
{
	host btrfs scrub start -B -r $at > /tmp/scrub 2>&1 &&
		grep -q "no errors found" /tmp/scrub ||
		{ tail -n 20 /tmp/scrub; return 1; }
}

for module in virtio_blk crc32c_intel xxhash_generic blake2b_generic btrfs; do
	modprobe $module
done
if [ $phase = load ]; then
	host mkfs.btrfs -q -f /dev/vda > /dev/null 2>&1 &&
		host mount -t btrfs -o compress=zstd /dev/vda $at && load
	exit 1
fi
check "btrfs check before the log is replayed" host btrfs check --readonly /dev/vda
check "mount after power cut" host mount -t btrfs /dev/vda $at
check "what was synced is there" there
check "scrub after power cut" scrub
check "umount after power cut" umount /host$at
check "btrfs check after power cut" host btrfs check --readonly /dev/vda
check "rmmod after power cut" rmmod btrfs tslab
check "kernel log is clean after power cut" log_is_clean "BTRFS (error|critical)"
exit $failed
