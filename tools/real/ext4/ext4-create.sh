# SPDX-License-Identifier: GPL-2.0
# Files that are made and removed, on a disk in memory: $files of them, in $rounds rounds,
# with sync after each $sync_each files: small transactions or large ones.
. /guest.sh
. /config

modprobe brd rd_nr=1 rd_size=262144
modprobe crc32c_generic
modprobe ext4 || exit 1
m=/host/tmp/m
mkdir $m
host /sbin/mke2fs -q -F -t ext4 -N 100000 /dev/ram0 > /dev/null
mount -t ext4 /dev/ram0 $m || exit 1
awk -v files=$files -v sync_each=$sync_each 'BEGIN {
	for (i = 0; i < files; i++) {
		if (i % 100 == 0)
			printf "\nmkdir -p %d\ntouch", i / 100
		printf " %d/%d", i / 100, i
		if (i % sync_each == sync_each - 1)
			printf "\nsync\ntouch ."
	}
	printf "\nsync\n"
}' > /tmp/create

create()
{
	cd $m
	. /tmp/create
	cd /
}

remove()
{
	rm -r $m/[0-9]* && sync
}

# What runs for the first time is slower.
create && remove
at before
for i in $(seq $rounds); do
	timed create $files create
	[ $i != 1 ] || at peak
	timed remove $files remove
done
settle
