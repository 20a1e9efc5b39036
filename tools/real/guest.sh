# SPDX-License-Identifier: GPL-2.0
# Sourced in a guest, as /guest.sh: the programs of /host, and what is measured.
. /subsystem

# The kernel asks for some modules itself.
echo /bin/modprobe > /proc/sys/kernel/modprobe

# host PROGRAM...: runs one of programs.sh; what it mounts, or sees of files of the
# guest, is below /host/tmp
host()
{
	chroot /host env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# bring PROGRAM...: for near, with their libraries
bring()
{
	for program; do
		program=$(host sh -c "command -v $program")
		host cp -fL --parents $program $(host env LD_TRACE_LOADED_OBJECTS=1 \
			$program | grep -o '/[^ ]*') /tmp
	done
	for dir in proc sys dev; do
		mkdir -p /host/tmp/$dir
		mount --rbind /$dir /host/tmp/$dir
	done
}

# near PROGRAM...: runs what was brought, with /host/tmp as its root: with --icount, time
# goes on while the host is waited for that has the files of /host
near()
{
	PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot /host/tmp "$@"
}

# Nanoseconds; with --icount, instructions.
now()
{
	sed -n 's/^now at \([0-9]*\) nsecs/\1/p' /proc/timer_list
}

# SLUB's caches give back what is empty when they are told to.
shrink()
{
	[ $allocator = slub ] || return 0
	for cache in $caches; do
		[ ! -e /sys/kernel/slab/$cache ] || echo 1 > /sys/kernel/slab/$cache/shrink
	done
}

# of_cache NAME FIELD: a figure of tslab's file of the cache
of_cache()
{
	sed -n "s/^$2 //p" /sys/kernel/debug/tslab/instances/*/cache_$1
}

# Pages of the caches, and their live objects. tslab's have the pages' descriptors with
# them, as SLUB's are struct page and cost nothing beside it.
pages_and_objects()
{
	pages=0 objects=0
	for cache in $caches; do
		if [ $allocator = slub ]; then
			cd /sys/kernel/slab/$cache || continue
			slabs=$(cut -d' ' -f1 slabs) order=$(cat order)
			pages=$((pages + (slabs << order)))
			objects=$((objects + $(cut -d' ' -f1 objects)))
			cd /
		else
			# Some are made when they are first needed.
			[ -e "$(echo /sys/kernel/debug/tslab/instances/*/cache_$cache)" ] ||
				continue
			bytes=$(of_cache $cache committed_bytes)
			more=$(of_cache $cache metadata_bytes)
			pages=$((pages + (bytes + more + 4095) / 4096))
			objects=$((objects + $(of_cache $cache live_objects)))
		fi
	done
}

# at MOMENT: prints what there is of memory
at()
{
	pages_and_objects
	free=$(sed -n 's/^MemFree: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	available=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	# Free blocks of 2 MiB and more, and pages on the lists of the CPUs.
	blocks=$(awk '{ n += $14 + 2 * $15 } END { print n }' /proc/buddyinfo)
	listed=$(awk '/^ +count:/ { n += $2 } END { print n }' /proc/zoneinfo)
	echo "@real $1 ns=$(now) pages=$pages objects=$objects free_kb=$free available_kb=$available blocks=$blocks listed=$listed"
}

# timed NAME COUNT COMMAND...: how long it takes for that many of what it does
timed()
{
	timed=$1 count=$2
	shift 2
	begin=$(now)
	"$@" || echo "@failed $timed"
	end=$(now)
	echo "@time $timed ns=$((end - begin)) count=$count"
}

# settle: what comes back within five seconds, then what SLUB gives when it is told to
settle()
{
	at gone
	for second in 1 2 3 4 5; do
		sleep 1
		at back_$second
	done
	shrink
	at kept
}
