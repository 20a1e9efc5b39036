# SPDX-License-Identifier: GPL-2.0
# In the guest, by powercut.sh: writes to /dev/vda until there is no power any more. A line
# "synced N" says that file N is on the disk.
. /guest.sh
. /config

modprobe virtio_blk
modprobe crc32c_generic
modprobe ext4 || exit 1
mkdir -p /m
mount -t ext4 -o data=$mode /dev/vda /m || exit 1
mkdir -p /m/synced /m/load
# What is not synced: the journal is never at rest.
while :; do
	cp -r /bin/busybox /m/load/a 2> /dev/null
	mkdir -p /m/load/b/c/d && touch /m/load/b/c/d/$((i = i + 1))
	[ $((i % 50)) != 0 ] || rm -r /m/load/b
done &
n=0
while :; do
	n=$((n + 1))
	awk -v n=$n 'BEGIN { for (i = 0; i < n % 700; i++) print n, i }' |
		dd of=/m/synced/$n conv=fsync 2> /dev/null && echo "synced $n"
done
