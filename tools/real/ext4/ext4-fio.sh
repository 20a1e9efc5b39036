# SPDX-License-Identifier: GPL-2.0
# fio writes at random, and verifies, on a disk in memory: $size of each of $jobs jobs.
. /guest.sh
. /config

modprobe brd rd_nr=1 rd_size=262144
modprobe crc32c_generic
modprobe ext4 || exit 1
m=/host/tmp/m
mkdir $m
host /sbin/mke2fs -q -F -t ext4 /dev/ram0 > /dev/null
mount -t ext4 /dev/ram0 $m || exit 1

write()
{
	host fio --directory=/tmp/m --name=job --rw=randwrite --bs=4k --size=$size \
		--numjobs=$jobs --ioengine=psync --direct=$direct --fallocate=none \
		--randseed=1 --verify=crc32c --do_verify=1 --verify_fatal=1 > /tmp/said 2>&1 ||
		{ tail -n 5 /tmp/said; return 1; }
	rm $m/job*
	sync
}

write
at before
for i in 1 2 3; do
	timed fio $((jobs * 256 * ${size%m})) write
done
at peak
sleep 2
shrink
at kept
