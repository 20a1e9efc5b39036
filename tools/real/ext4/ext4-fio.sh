# SPDX-License-Identifier: GPL-2.0
# fio, on a null block device whose queue another CPU runs: what ext4 has made where fio
# is, I/O that ends in that CPU's interrupts frees, and the workers and the journal that
# follow it. Of $size MiB of each job, $part are written once, at random, in blocks of
# 4 KiB, with fsync() after each $sync of them, then read; by one job, then by $jobs;
# $rounds times.
. /guest.sh
. /config
m=/host/tmp/m cpus=/sys/fs/cgroup

# The queue of a device is never run on a CPU that was isolated before it was made, and
# with a scheduler no task that submits runs it.
apart()
{
	mount -t cgroup2 cgroup2 $cpus && echo +cpuset > $cpus/cgroup.subtree_control &&
		mkdir $cpus/fio && echo 1 > $cpus/fio/cpuset.cpus &&
		echo isolated > $cpus/fio/cpuset.cpus.partition &&
		[ "$(cat $cpus/fio/cpuset.cpus.partition)" = isolated ]
}

# device MODE: I/O ends in interrupts of timers, 2, or in what runs the queue, 0
device()
{
	modprobe null_blk nr_devices=1 gb=1 memory_backed=1 submit_queues=1 irqmode=$1 \
		completion_nsec=10000 &&
		echo mq-deadline > /sys/block/nullb0/queue/scheduler &&
		echo 0 > /sys/block/nullb0/queue/rq_affinity
}

# run_fio RW JOBS: reads what was written, as the seed is the same
run_fio()
{
	(
		[ ! -d $cpus/fio ] || echo 0 > $cpus/fio/cgroup.procs
		near fio --name=fio --directory=/m --bs=4k --size=${size}m --io_size=${part}m \
			--thread --fallocate=truncate --randseed=7 --group_reporting \
			--output-format=json --rw=$1 --numjobs=$2 \
			$([ $1 = randread ] || echo --fsync=$sync) > /tmp/fio
	)
}

# measure NAME RW JOBS: latencies are means
measure()
{
	timed $1 $(($3 * part * 256)) run_fio $2 $3
	awk -v name=$1 -v of=${2#rand} '
	$1 ~ /^"(read|write|trim|sync)"$/ && $3 == "{" { part = $1 }
	$1 ~ /lat_ns"$/ { latency = $1 }
	$1 == "\"iops\"" && part == "\"" of "\"" { iops = $3 + 0 }
	$1 == "\"mean\"" { mean[part latency] = $3 + 0 }
	END {
		printf "@fio %s iops=%d clat_ns=%d", name, iops, mean["\"" of "\"\"clat_ns\""]
		if (of == "write")
			printf " fsync_ns=%d", mean["\"sync\"\"lat_ns\""]
		print ""
	}' /tmp/fio
}

# round MOMENT: when all files are written
round()
{
	measure write randwrite 1
	echo 3 > /proc/sys/vm/drop_caches
	measure read randread 1
	rm $m/fio*
	measure write_jobs randwrite $jobs
	at $1
	echo 3 > /proc/sys/vm/drop_caches
	measure read_jobs randread $jobs
	rm $m/fio*
	sync
}

# far: what was freed of tslab's while another CPU had its slab
far()
{
	for cache in $caches; do
		echo "@remote $cache frees=$(of_cache $cache free_objects) remote=$(of_cache $cache remote_free)"
	done
}

bring fio
if [ -e /sys/devices/system/cpu/cpu1 ]; then
	apart && mode=2 || exit 1
else
	mode=0
	# fio sleeps until it looks again whether a job is done; that is no instruction.
	now()
	{
		awk '$1 == "now" { now = $3 } $1 == ".idle_sleeptime" { now -= $3 }
			END { printf "%.0f\n", now }' /proc/timer_list
	}
fi
modprobe crc32c_generic
device $mode && modprobe ext4 && mkdir $m || exit 1
# What was written stays in memory, also when it is removed.
host /sbin/mke2fs -q -F -t ext4 -N 10000 -E lazy_itable_init=0 /dev/nullb0 192m > /dev/null
mount -t ext4 /dev/nullb0 $m || exit 1
# What runs for the first time is slower.
measure first randwrite 1 > /dev/null
rm $m/fio* && sync
at before
for i in $(seq $rounds); do
	round $([ $i = 1 ] && echo peak || echo again)
done
echo 3 > /proc/sys/vm/drop_caches
[ $allocator = slub ] || far
settle
