# SPDX-License-Identifier: GPL-2.0
# Mounts of which some stay: $mounts of $files inodes each, of which each $stay-th stays,
# looked at in turn, $run inodes of each, as containers that run side by side do.
. /guest.sh
. /config

modprobe overlay || exit 1
mkdir /lower /top
mount -t tmpfs -o nr_inodes=0 lower /lower
mount -t tmpfs -o nr_inodes=0 top /top
(cd /lower && touch $(seq $files))

# The order in which all are looked at.
awk -v mounts=$mounts -v files=$files -v run=$run 'BEGIN {
	for (first = 1; first <= files; first += run)
		for (i = 1; i <= mounts; i++)
			for (j = first; j < first + run && j <= files; j++)
				printf "%s /top/%d/merged/%d", n++ % 100 ? "" : "\nls -ld", i, j
}' > /tmp/look

mount_all()
{
	for i in $(seq $mounts); do
		mkdir -p /top/$i/upper /top/$i/work /top/$i/merged
		mount -t overlay overlay /top/$i/merged \
			-o lowerdir=/lower,upperdir=/top/$i/upper,workdir=/top/$i/work ||
			return 1
	done
}

look_through()
{
	. /tmp/look > /dev/null
}

umount_most()
{
	for i in $(seq $mounts); do
		[ $((i % stay)) = 0 ] || umount /top/$i/merged || return 1
	done
}

at before
timed mount $mounts mount_all
timed look $((mounts * files)) look_through
at peak
timed umount $((mounts - mounts / stay)) umount_most
settle
