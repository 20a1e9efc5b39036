# SPDX-License-Identifier: GPL-2.0
# A scan, by a task whose I/O is idle, through $dirs directories of 1,000 files, of which
# each $each-th is in use: its user opens it, and keeps it open, just before the scan comes
# to it, or, with $first, before there is a scan. Then what is not in use goes. Both are on
# the CPUs of the mask $cpus: on one each, SLUB has their inodes apart.
. /guest.sh
. /config

modprobe virtio_blk
modprobe crc32c_generic
modprobe ext4 || exit 1
mkdir /m
mount -t ext4 -o noatime /dev/vda /m || exit 1
# What is on the disk is not what is measured.
cat /dev/vda > /dev/null
mkfifo /tmp/to /tmp/from /tmp/end
ulimit -n 30000

scanner()
{
	taskset $cpus ionice -c ${class:-3} awk '{
		for (i = $2; i < $3; i++) {
			file = "/m/" $1 "/" i
			getline line < file
			close(file)
		}
		print ""
		fflush()
	}' < /tmp/to > /tmp/from
}

# It ends, and closes its files, when somebody writes to /tmp/end.
user()
{
	taskset $cpus awk -v dirs=$dirs -v each=$each -v first=$first '
	function use(dir, i)
	{
		getline line < ("/m/" dir "/" i)
	}
	BEGIN {
		for (dir = 1; first && dir <= dirs; dir++)
			for (i = 1; i <= 1000; i += each)
				use(dir, i)
		for (dir = 1; dir <= dirs; dir++)
			for (i = 1; i <= 1000; i += each) {
				if (!first)
					use(dir, i)
				print dir, i, i + each > "/tmp/to"
				fflush("/tmp/to")
				getline line < "/tmp/from"
			}
		print "scanned" > "/tmp/scanned"
		close("/tmp/scanned")
		getline line < "/tmp/end"
	}'
}

scan()
{
	mkfifo /tmp/scanned
	scanner &
	user &
	read line < /tmp/scanned
	[ "$line" = scanned ]
}

drop()
{
	# Dentries that were looked at twice go at the second time.
	for i in 1 2 3; do
		echo 2 > /proc/sys/vm/drop_caches
	done
}

at before
timed scan $((dirs * 1000)) scan
at peak
timed drop $((dirs * (1000 - 1000 / each))) drop
# Inodes go when RCU lets them.
settle
echo > /tmp/end
wait
