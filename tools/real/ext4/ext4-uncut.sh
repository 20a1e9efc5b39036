# SPDX-License-Identifier: GPL-2.0
# In the guest, by powercut.sh, when there is power again: the journal is replayed, files 1
# to $synced are there, and e2fsck finds nothing.
. /check.sh
. /guest.sh
. /config

written()
{
	for n in $(seq $synced); do
		[ "$(awk -v n=$n 'BEGIN { for (i = 0; i < n % 700; i++) print n, i }' | md5sum)" = \
			"$(md5sum < /m/synced/$n)" ] || { echo "file $n is not as it was"; return 1; }
	done
}

# A host that is busy is no fault.
echo 0 > /proc/sys/kernel/watchdog
modprobe virtio_blk
modprobe crc32c_generic
modprobe ext4
mkdir -p /m
check "needs its journal replayed" sh -c \
	"chroot /host /sbin/dumpe2fs -h /dev/vda 2> /dev/null | grep -q needs_recovery"
check "mount" mount -t ext4 /dev/vda /m
[ $failed = 0 ] || dmesg | grep -E 'EXT4|JBD2' | tail -n 5
check "replayed its journal" sh -c "dmesg | grep -q 'EXT4-fs (vda): recovery complete'"
check "files 1 to $synced are there" written
check "umount" umount /m
check "e2fsck" host /sbin/e2fsck -fn /dev/vda
check "rmmod" rmmod ext4 jbd2 $([ $allocator = slub ] || echo tslab)
check "kernel log is clean" log_is_clean
exit $failed
